"""Reading a workbook back: which inputs were changed, which formulas were broken, and taking changes over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook

from qutb.core import Finding, FormatError
from qutb.finance.building import OWN_KEYS
from qutb.finance.model import Model
from qutb.finance.workbook.content import SHEETS, build_grid
from qutb.finance.workbook.grid import FIRST, Block, Grid
from qutb.finance.workbook.writing import model_code
from qutb.pack import Values

__all__ = ["Difference", "ReadBack", "accept", "read_workbook"]

_TOLERANCE = 1e-12
_CODE = re.compile(r"qutb (\S+)")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One input that differs. ``value_key`` is the pack value it stands for, empty where it stands for none."""

    number: int
    cell: str
    key: str
    before: float | str
    after: float | str
    value_key: str


@dataclass(frozen=True, kw_only=True)
class ReadBack:
    """What a workbook says: its code, differences in order, findings."""

    code: str
    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]


def read_workbook(path: Path, model: Model) -> ReadBack:
    """Compare a workbook with ``model``: changed inputs, formulas that are no longer those of the model.

    Raises ``FormatError`` on a file that is no workbook of this kind.
    """
    try:
        book = load_workbook(path)
    except (BadZipFile, KeyError, ValueError, OSError) as fault:
        raise FormatError("FIN-WB-FOREIGN", path.name) from fault
    said = _CODE.search(book.properties.subject or "")
    if said is None or len(book.worksheets) != len(SHEETS):
        raise FormatError("FIN-WB-FOREIGN", path.name)
    grid = _grid_in(book, model)
    sheets = dict(zip(SHEETS, book.worksheets, strict=True))
    findings: list[Finding] = []
    differences = [d for block in grid.blocks for d in _block_differences(block, sheets[block.sheet], model, findings)]
    for block in grid.results:
        _block_differences(block, sheets[block.sheet], model, findings)
    _time_faults(grid, sheets, findings)
    if said[1] != model_code(model):
        params = {"given": said[1], "expected": model_code(model)}
        findings.append(Finding(code="FIN-WB-OTHER", severity="warning", params=params))
    numbered = tuple(Difference(**{**vars(d), "number": n}) for n, d in enumerate(differences, start=1))
    return ReadBack(code=said[1], differences=numbered, findings=tuple(findings))


def _grid_in(book: Any, model: Model) -> Grid:
    """The grid with the sheet names of the book: words may be in any of the languages."""
    grid = build_grid(model, "en")
    names = [sheet.title for sheet in book.worksheets]
    renamed = {grid.titles[key]: name for key, name in zip(SHEETS, names, strict=True)}
    if all(old == new for old, new in renamed.items()):
        return grid
    for lang in ("fr", "ar"):
        other = build_grid(model, lang)
        if list(other.titles.values()) == names:
            return other
    raise FormatError("FIN-WB-FOREIGN", names[0])


def _block_differences(block: Block, sheet: Any, model: Model, findings: list[Finding]) -> list[Difference]:
    found = []
    for cell in block.cells:
        given = sheet.cell(row=cell.row + 1, column=cell.column + 1).value
        place = f"{sheet.title}!{sheet.cell(row=cell.row + 1, column=cell.column + 1).coordinate}"
        if isinstance(cell.content, str) and cell.content.startswith("="):
            if given != cell.content:
                findings.append(_fault("FIN-WB-FORMULA", place, given))
        elif cell.style == "input" and not _same(given, cell.content):
            if isinstance(cell.content, float) and not _is_number(given):
                findings.append(_fault("FIN-WB-VALUE", place, given))
                continue
            found.append(
                Difference(
                    number=0,
                    cell=place,
                    key=cell.key,
                    before=cell.content,
                    after=given,
                    value_key=_value_key(cell.key, model),
                )
            )
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(given: object, content: str | float) -> bool:
    if isinstance(content, str):
        return given == content
    if not isinstance(given, int | float) or isinstance(given, bool):
        return False
    return abs(float(given) - content) <= _TOLERANCE * max(1.0, abs(content))


def _time_faults(grid: Grid, sheets: Mapping[str, Any], findings: list[Finding]) -> None:
    """The first month of each row whose formula is not the model's."""
    for spec in grid.time:
        sheet = sheets[spec.name]
        for n, row in enumerate(spec.rows):
            cells = next(sheet.iter_rows(min_row=spec.top + n + 1, max_row=spec.top + n + 1, min_col=FIRST + 1))
            for cell, formula in zip(cells, grid.formulas(spec, row), strict=False):
                if cell.value != formula:
                    findings.append(_fault("FIN-WB-FORMULA", f"{sheet.title}!{cell.coordinate}", cell.value))
                    break


def _fault(code: str, place: str, given: object) -> Finding:
    shown = "–" if given is None else str(given)
    return Finding(code=code, severity="blocking", where=(f"cell:{place}",), params={"given": shown})


def _value_key(key: str, model: Model) -> str:
    """``finance.indexation`` for ``scalar.indexation``; the price of a use for the price of one of its zones."""
    kind, _, name = key.partition(".")
    if kind == "scalar":
        return OWN_KEYS.get(name, "")
    zone, _, column = name.rpartition(".")
    if kind == "zones" and column == "price_per_m2":
        return f"finance.sale_price_per_m2.{model.zones.at[zone, 'use']}"
    return ""


def accept(
    differences: Sequence[Difference], values: Values, *, source: str, when: date
) -> tuple[dict[str, Any], tuple[Difference, ...]]:
    """The accepted differences as entries of ``values.yaml``, and those that have no value of the pack to go to.

    An accepted figure stands as assumed, with the workbook as its source, until somebody confirms it.
    """
    entries: dict[str, Any] = {}
    without = []
    for difference in differences:
        value = values.find(difference.value_key) if difference.value_key else None
        if value is None or isinstance(difference.after, str):
            without.append(difference)
            continue
        entries[value.key] = {
            "description": values.parameters[value.key].description,
            "unit": value.unit,
            "kind": value.kind,
            "values": {
                min(when, values.when).isoformat(): {
                    "value": float(difference.after),
                    "status": "assumed",
                    "source": source,
                    "derivation": f"{difference.cell}: {difference.before} -> {difference.after}",
                    "last_checked": when.isoformat(),
                }
            },
        }
    return entries, tuple(without)
