"""The rules of the FAST standard that a program can check, on a workbook as it lies on disk.

One formula a row over all months; no number in a formula but 0, 1 and 12; no OFFSET, INDIRECT, named range or
whole-column reference; no error; checks at zero where results are stored.
"""

from __future__ import annotations

import re
from pathlib import Path

from openpyxl import load_workbook

from qutb.core import Finding
from qutb.finance.workbook.grid import FIRST

__all__ = ["fast_faults"]

_FORBIDDEN = re.compile(r"\b(OFFSET|INDIRECT|NOW|TODAY|RAND|RANDBETWEEN)\s*\(", re.IGNORECASE)
_CELL = re.compile(r"(?<![A-Za-z_'!$])(\$?)([A-Z]{1,3})(\$?)(\d+)(?![\d(])|(?<=!)(\$?)([A-Z]{1,3})(\$?)(\d+)")
_TEXT = re.compile(r'"[^"]*"|\'[^\']*\'!')
_NUMBER = re.compile(r"(?<![A-Za-z$\d.])(\d+(?:\.\d+)?)(?![A-Za-z\d(!:])")
_ALLOWED = {"0", "1", "12"}
_CALCULATIONS = slice(6, 11)


def fast_faults(path: Path) -> tuple[Finding, ...]:
    """What in the workbook breaks the rules, the first cell of each row at fault."""
    book = load_workbook(path, read_only=True)
    found = [_fault("FIN-FAST-NAME", name, given=name) for name in book.defined_names]
    for number, sheet in enumerate(book.worksheets):
        over_time = number in range(*_CALCULATIONS.indices(len(book.worksheets)))
        for row in sheet.iter_rows():
            found += _row_faults(sheet.title, row, over_time)
    book.close()
    return tuple(found)


def _row_faults(sheet: str, row: tuple, over_time: bool) -> list[Finding]:  # type: ignore[type-arg]
    formulas = [(c.column, c.coordinate, c.value) for c in row if isinstance(c.value, str) and c.value.startswith("=")]
    found = []
    for _, place, formula in formulas[:2]:
        bare = _TEXT.sub("", formula)
        if _FORBIDDEN.search(bare):
            found.append(_fault("FIN-FAST-FUNCTION", f"{sheet}!{place}", given=formula))
        constants = [n for n in _NUMBER.findall(_CELL.sub("", bare)) if n not in _ALLOWED]
        if constants:
            found.append(_fault("FIN-FAST-CONSTANT", f"{sheet}!{place}", given=", ".join(constants)))
    if over_time:
        cells = [c for c in formulas if c[0] > FIRST]
        shapes = [relative(formula, column) for column, _, formula in cells]
        odd = next((cells[n][1] for n, shape in enumerate(shapes) if shape != shapes[0]), None)
        if odd:
            found.append(_fault("FIN-FAST-ROW", f"{sheet}!{odd}", given=cells[0][1]))
    return found


def relative(formula: str, column: int) -> str:
    """A formula with the columns of its references counted from its own."""

    def shifted(found: re.Match[str]) -> str:
        fixed, letters, _, row = (found[1], found[2], found[3], found[4]) if found[2] else found.group(5, 6, 7, 8)
        return f"{letters}@{row}" if fixed else f"C[{_index(letters) - column}]@{row}"

    return _CELL.sub(shifted, formula)


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _fault(code: str, where: str, **params: object) -> Finding:
    return Finding(code=code, severity="warning", where=(f"cell:{where}",), params=params)
