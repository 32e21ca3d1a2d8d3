"""Cells of a workbook before they are written: inputs with their keys, rows over time with one formula each.

In a formula of a row over time ``[x]`` is row ``x`` in the same column, ``[x<]`` in the column before, ``[x:]`` the
whole row, ``[x..y]`` the rows from ``x`` to ``y`` in the same column (``[x..y<]`` in the one before); ``{name}`` is an
input or a range of inputs by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_col_to_name

from qutb.finance.model import MONTHS

__all__ = ["FIRST", "KEY", "LABEL", "OPENING", "TOTAL", "UNIT", "Block", "Cell", "Grid", "Row", "TimeSheet"]

KEY, LABEL, UNIT, TOTAL, OPENING, FIRST = 0, 1, 2, 3, 4, 5
COLUMNS = tuple(xl_col_to_name(c) for c in range(FIRST + MONTHS))
_TOKEN = re.compile(r"\[([^\]<:]+?)(<|:)?\]|\{([^}]+)\}")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a sheet of inputs, outputs or checks: a value, or a formula that starts with ``=``."""

    row: int
    column: int
    content: str | float
    style: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row over time: its formula stands in each month; ``total`` is the function of its column D, or nothing."""

    key: str
    label: str
    unit: str
    formula: str
    total: str = "SUM"
    opening: float | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """A table of inputs on a sheet: heads, then one row a record; ``keys`` name rows, ``columns`` name columns."""

    sheet: str
    heads: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class TimeSheet:
    """A sheet with one column a month; rows start below the heading."""

    name: str
    rows: tuple[Row, ...]
    top: int = 3


@dataclass(eq=False)
class Grid:
    """All sheets in order; ``names`` maps each input or range to its reference, ``at`` each row to its place."""

    titles: Mapping[str, str]
    blocks: list[Block] = field(default_factory=list)
    time: list[TimeSheet] = field(default_factory=list)
    results: list[Block] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    at: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add_time(self, sheet: TimeSheet) -> None:
        self.time.append(sheet)
        for n, row in enumerate(sheet.rows):
            self.at[row.key] = (sheet.name, sheet.top + n)

    def quoted(self, sheet: str) -> str:
        return "'" + self.titles[sheet].replace("'", "''") + "'!"

    def formulas(self, sheet: TimeSheet, row: Row) -> Iterator[str]:
        """The formula of ``row`` in each month."""
        parts = self._parts(sheet.name, row.formula)
        for column in range(FIRST, FIRST + MONTHS):
            here, before = COLUMNS[column], COLUMNS[column - 1]
            yield "=" + "".join(p if isinstance(p, str) else p[0] + (before if p[2] else here) + p[1] for p in parts)

    def resolved(self, sheet: str, formula: str) -> str:
        """A formula outside time: only whole rows, totals (``[x]`` is column D) and inputs."""

        def replaced(found: re.Match[str]) -> str:
            if found[3]:
                return self.names[found[3]]
            home, row = self.at[found[1]]
            prefix = "" if home == sheet else self.quoted(home)
            if found[2] == ":":
                return f"{prefix}$F${row + 1}:${COLUMNS[-1]}${row + 1}"
            return f"{prefix}$D${row + 1}"

        return _TOKEN.sub(replaced, formula)

    def _parts(self, sheet: str, formula: str) -> list[str | tuple[str, str, bool]]:
        """Text, or (before the column, after it, whether the column before is meant)."""
        parts: list[str | tuple[str, str, bool]] = []
        last = 0
        for found in _TOKEN.finditer(formula):
            parts.append(formula[last : found.start()])
            parts += self._reference(sheet, found)
            last = found.end()
        return [*parts, formula[last:]]

    def _reference(self, sheet: str, found: re.Match[str]) -> list[str | tuple[str, str, bool]]:
        if found[3]:
            return [self.names[found[3]]]
        first, _, end = found[1].partition("..")
        home, row = self.at[first]
        prefix = "" if home == sheet else self.quoted(home)
        before = found[2] == "<"
        if found[2] == ":":
            return [f"{prefix}$F${row + 1}:${COLUMNS[-1]}${row + 1}"]
        if not end:
            return [(prefix, f"${row + 1}", before)]
        return [(prefix, f"${row + 1}:", before), ("", f"${self.at[end][1] + 1}", before)]
