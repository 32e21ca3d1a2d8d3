"""From grids to sheets: which sheet a grid is, where its heading stands, which column is which.

Hidden ids written by Qutb come first; where they are gone, names and headings in any of the three languages are
recognised. A row above, a column between or a renamed tab do not matter; each is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from qutb.core import Column, Finding, Severity, si_factor, si_unit
from qutb.pole.sheets.cells import Read, folded, listed, read_cell
from qutb.pole.sheets.grid import Cell, Grid
from qutb.pole.sheets.model import Rows, Sheet, Tab, Understood
from qutb.text import LANGUAGES, Lang, all_labels, label

__all__ = ["HEAD_MARK", "KEY_MARK", "NOTE_MARK", "UNIT_MARK", "column_label", "tab_name", "understand"]

_TAB_LONGEST = 31  # of Excel

KEY_MARK = "qutb:sheet:"
HEAD_MARK = "qutb:head"
UNIT_MARK = "qutb:unit"
NOTE_MARK = "qutb:note"
_SEARCHED_ROWS = 40
_PLACES_KEPT = 50
_UNIT_WORDS = re.compile(r"[(\[]([^)\]]*)[)\]]\s*$")


@dataclass(frozen=True, kw_only=True)
class _Heading:
    """Where a sheet's columns stand in a grid: grid column by name, first row of data, column of the row ids."""

    sheet: Sheet
    columns: Mapping[str, int]
    first_row: int
    id_column: int | None
    heading_row: int | None
    certain: bool


@cache
def tab_name(sheet: str, lang: Lang) -> str:
    """The sheet's name on its tab, as Excel takes it; its id where nobody gave it words."""
    key = f"sheet.tab.{sheet}"
    words = label(key, lang) if key in all_labels() else sheet
    return re.sub(r"\s*[\[\]:*?/\\]\s*", " - ", words).strip(" -'")[:_TAB_LONGEST]


@cache
def column_label(name: str, lang: Lang) -> str:
    """The column's heading; its id where nobody gave it words."""
    key = f"sheet.column.{name}"
    if key in all_labels():
        return label(key, lang)
    band = re.fullmatch(r"age_(\d+)_(\d+|plus)_share", name)
    if band:
        ages = f"{band[1]}+" if band[2] == "plus" else f"{band[1]}-{band[2]}"
        return label("sheet.column.age_band", lang).replace("{ages}", ages)
    return name


def understand(grids: Iterable[Grid], sheets: Sequence[Sheet], known: Mapping[str, Rows] | None = None) -> Understood:
    """The sheets that ``grids`` hold. ``known`` are rows that exist, which sheets that are not open may not exceed."""
    findings: list[Finding] = []
    tabs: dict[str, Tab] = {}
    for grid in grids:
        if not any(not c.blank for row in grid.rows for c in row):
            continue
        heading = _heading(grid, sheets)
        if heading is None:
            findings.append(_unknown(grid, sheets))
            continue
        if heading.sheet.name in tabs:
            params = {"name": grid.name, "first": tabs[heading.sheet.name].title}
            findings.append(_finding("SHEET-TWICE", "blocking", f"sheet:{grid.name}", **params))
            continue
        tab, said = _tab(grid, heading, (known or {}).get(heading.sheet.name))
        tabs[heading.sheet.name] = tab
        findings += said
    return Understood(tabs=tabs, findings=tuple(_gathered(findings)))


def _finding(code: str, severity: Severity, place: str, **params: Any) -> Finding:
    return Finding(code=code, severity=severity, where=(place,), params={"cell": place.partition(":")[2], **params})


def _unknown(grid: Grid, sheets: Sequence[Sheet]) -> Finding:
    from difflib import get_close_matches

    names = {folded(tab_name(s.name, lang)): tab_name(s.name, lang) for s in sheets for lang in LANGUAGES}
    near = [names[n] for n in get_close_matches(folded(grid.name), list(names), 2)]
    known = ", ".join(near) or ", ".join(tab_name(s.name, "fr") for s in sheets)
    return _finding("SHEET-UNKNOWN", "warning", f"sheet:{grid.name}", name=grid.name, known=known)


# heading ---------------------------------------------------------------------------------------------------


def _heading(grid: Grid, sheets: Sequence[Sheet]) -> _Heading | None:
    by_name = {s.name: s for s in sheets}
    for number, row in enumerate(grid.rows[:_SEARCHED_ROWS]):
        for at, cell in enumerate(row[:10]):
            if isinstance(cell.value, str) and cell.value.startswith(KEY_MARK):
                sheet = by_name.get(cell.value.removeprefix(KEY_MARK).split(":")[0])
                return _marked(grid, sheet, number, at) if sheet else None
    named = [s for s in sheets if folded(grid.name) in _names(s.name)]
    found = [h for s in (named or sheets) if (h := _worded(grid, s, named=bool(named)))]
    return max(found, key=lambda h: len(h.columns)) if found else None


@cache
def _names(sheet: str) -> frozenset[str]:
    return frozenset({folded(sheet), *(folded(tab_name(sheet, lang)) for lang in LANGUAGES)})


def _marked(grid: Grid, sheet: Sheet, number: int, at: int) -> _Heading:
    """By the hidden row of column ids and the hidden column of row ids."""
    columns: dict[str, int] = {}
    for place, cell in enumerate(grid.rows[number]):
        if place > at and cell.text in sheet.table and cell.text not in columns:
            columns[cell.text] = place
    first, heading_row = number + 1, None
    for row, cells in enumerate(grid.rows):
        mark = cells[at].text if at < len(cells) else ""
        if row > number and mark in (HEAD_MARK, UNIT_MARK, NOTE_MARK):
            first = max(first, row + 1)
            heading_row = row if mark == HEAD_MARK else heading_row
    columns |= _added_by_words(grid, sheet, heading_row, columns)
    return _Heading(sheet=sheet, columns=columns, first_row=first, id_column=at, heading_row=heading_row, certain=True)


def _added_by_words(grid: Grid, sheet: Sheet, row: int | None, columns: Mapping[str, int]) -> dict[str, int]:
    """Columns whose hidden id was lost, by their heading."""
    if row is None:
        return {}
    found = _matched(grid.rows[row], sheet)
    taken = set(columns.values())
    return {name: at for name, at in found.items() if name not in columns and at not in taken}


def _worded(grid: Grid, sheet: Sheet, *, named: bool) -> _Heading | None:
    """By headings: the row among the first that holds most of them, the key among them."""
    best: dict[str, int] = {}
    at = -1
    for number, row in enumerate(grid.rows[:_SEARCHED_ROWS]):
        found = _matched(row, sheet)
        if len(found) > len(best):
            best, at = found, number
    enough = len(best) >= (2 if named or sheet.numbered else max(3, len(sheet.editable) // 2))
    if not enough or not set(sheet.key) <= set(best):
        return None
    first = at + 1
    if first < len(grid.rows) and _is_unit_row(grid.rows[first], sheet, best):
        first += 1
    return _Heading(sheet=sheet, columns=best, first_row=first, id_column=None, heading_row=at, certain=named)


def _matched(row: Sequence[Cell], sheet: Sheet) -> dict[str, int]:
    words = _column_words(sheet)
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        if not isinstance(cell.value, str):
            continue
        bare = _UNIT_WORDS.sub("", cell.value)
        name = words.get(folded(cell.value)) or words.get(folded(bare))
        if name and name not in found:
            found[name] = at
    return found


def _column_words(sheet: Sheet) -> dict[str, str]:
    words: dict[str, str] = {}
    for c in sheet.table:
        for said in (c.name, *(column_label(c.name, lang) for lang in LANGUAGES), *sheet.aliases.get(c.name, ())):
            words.setdefault(folded(said), c.name)
    return words


def _is_unit_row(row: Sequence[Cell], sheet: Sheet, columns: Mapping[str, int]) -> bool:
    """Text under the headings of numbers only, and nothing under the key."""
    keys = [row[columns[name]] for name in sheet.key if columns[name] < len(row)]
    said = [cell for cell in row if not cell.blank]
    return bool(said) and all(cell.blank for cell in keys) and all(isinstance(c.value, str) for c in said)


# rows ------------------------------------------------------------------------------------------------------


def _tab(grid: Grid, heading: _Heading, known: Rows | None) -> tuple[Tab, list[Finding]]:
    reader = _RowReader(grid, heading, known)
    for number in range(heading.first_row, len(grid.rows)):
        reader.read(number)
    tab = Tab(
        sheet=heading.sheet,
        title=grid.name,
        rows=reader.rows,
        places=reader.places,
        columns=tuple(heading.columns),
        unread=frozenset(reader.unread),
    )
    return tab, [*_said_of_heading(grid, heading), *_merged(grid, heading), *reader.findings]


class _RowReader:
    """Reads the rows of one grid; what is wrong gathers in ``findings``."""

    def __init__(self, grid: Grid, heading: _Heading, known: Rows | None) -> None:
        self.grid, self.heading, self.sheet, self.known = grid, heading, heading.sheet, known
        self.rows: Rows = {}
        self.places: dict[tuple[str, str], str] = {}
        self.unread: set[tuple[str, str]] = set()
        self.findings: list[Finding] = []
        self.factors = _unit_factors(grid, heading)

    def read(self, number: int) -> None:
        cells = self.grid.rows[number]
        wanted = {n: cells[at] for n, at in self.heading.columns.items() if at < len(cells)}
        given = {n: c for n, c in wanted.items() if n not in self.sheet.shown}
        if all(c.blank for c in given.values()):
            return
        at = self.heading.id_column
        hidden = cells[at].text if at is not None and at < len(cells) else ""
        if hidden.startswith("qutb:"):
            return
        record, faults = self._record(given, self._unit(wanted, hidden))
        row = self._identified(record, hidden, cells, given)
        if row is None:
            return
        self.rows[row] = record
        self.places[row, ""] = self.grid.place(next(c for c in cells if not c.blank))
        for name, cell in given.items():
            self.places[row, name] = self.grid.place(cell)
        self.unread |= {(row, name) for name in faults}

    def _unit(self, cells: Mapping[str, Cell], hidden: str) -> str | None:
        known = (self.known or {}).get(hidden) or (self.known or {}).get(self._visible(cells)) or {}
        if self.sheet.per_row_unit:
            return str(known.get("unit") or (cells["unit"].text if "unit" in cells else ""))
        return None

    def _visible(self, cells: Mapping[str, Cell]) -> str:
        return self.sheet.row_id({n: cells[n].text for n in self.sheet.key if n in cells})

    def _record(self, cells: Mapping[str, Cell], unit: str | None) -> tuple[dict[str, Any], set[str]]:
        record: dict[str, Any] = {}
        faults: set[str] = set()
        for name, cell in cells.items():
            column = self.sheet.table[name]
            if name in self.sheet.lists:
                read = listed(cell, column.choices)
            else:
                read = read_cell(cell, column, unit if name in self.sheet.per_row_unit else None)
            if read.code:
                self._say(read, cell, column)
            if read.severity == "blocking":
                faults.add(name)
                continue
            factor = self.factors.get(name)
            record[name] = read.value * factor if factor and read.value is not None else read.value
        return record, faults

    def _say(self, read: Read, cell: Cell, column: Column) -> None:
        params = {"given": cell.text, "column": column.name, "sheet": self.grid.name, **read.params}
        self.findings.append(_finding(read.code, read.severity, self.grid.place(cell), **params))

    def _identified(
        self, record: dict[str, Any], hidden: str, cells: Sequence[Cell], given: Mapping[str, Cell]
    ) -> str | None:
        """The row's id: its visible key, else the hidden one where the key is no column of the file."""
        place = self.grid.place(next(c for c in cells if not c.blank))
        if self.sheet.numbered:
            return cells[0].ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        row = self.sheet.row_id(record) if all(record.get(k) not in (None, "") for k in self.sheet.key) else ""
        if self.known is not None and not self.sheet.open:
            row = self._of_known(row, hidden)
        if not row:
            self._refuse("SHEET-ROW-NO-KEY", place, column=", ".join(self.sheet.key))
            return None
        if row in self.rows:
            self._refuse("SHEET-ROW-TWICE", place, row=row, first=self.places[row, ""].partition(":")[2])
            return None
        if self.known is not None and not self.sheet.open and row not in self.known:
            code = "SHEET-VALUE-UNKNOWN" if self.sheet.name == "values" else "SHEET-ROW-UNKNOWN"
            self._refuse(code, place, row=row, known=self._near(row))
            return None
        return row

    def _of_known(self, row: str, hidden: str) -> str:
        """A row of a closed sheet may be named by its words in any language instead of its id."""
        if hidden and (not row or row not in (self.known or {})):
            return hidden
        return row

    def _near(self, row: str) -> str:
        from difflib import get_close_matches

        return ", ".join(get_close_matches(row, list(self.known or {}), 3)) or "–"

    def _refuse(self, code: str, place: str, **params: Any) -> None:
        self.findings.append(_finding(code, "blocking", place, sheet=self.grid.name, **params))


def _unit_factors(grid: Grid, heading: _Heading) -> dict[str, float]:
    """Factors for headings that name another unit than the column's, such as ``Superficie (m²)`` for hectares."""
    factors: dict[str, float] = {}
    if heading.heading_row is None:
        return factors
    for name, at in heading.columns.items():
        unit = heading.sheet.table[name].unit
        said = _UNIT_WORDS.search(grid.rows[heading.heading_row][at].text)
        if not said or not unit or heading.sheet.table[name].kind != "number":
            continue
        given = said[1].strip().replace("²", "2").replace("هكتار", "ha").replace("م2", "m2")
        if given != unit and si_unit(given) == si_unit(unit) and given in ("m2", "ha", "km2", "m", "km"):
            factors[name] = si_factor(given) / si_factor(unit)
    return factors


def _said_of_heading(grid: Grid, heading: _Heading) -> list[Finding]:
    said = []
    place = f"sheet:{grid.name}"
    if folded(grid.name) not in _names(heading.sheet.name) and not heading.sheet.numbered:
        said.append(_finding("SHEET-NAME", "note", place, name=grid.name, sheet=heading.sheet.name))
    if heading.id_column is None and (heading.heading_row or 0) > 0:
        said.append(_finding("SHEET-SHIFTED", "note", place, row=(heading.heading_row or 0) + 1))
    missing = [n for n in heading.sheet.editable if n not in heading.columns]
    if missing and not heading.sheet.numbered:
        said.append(_finding("SHEET-COLUMNS-ABSENT", "note", place, columns=", ".join(missing)))
    return said + _foreign_columns(grid, heading)


def _foreign_columns(grid: Grid, heading: _Heading) -> list[Finding]:
    if heading.heading_row is None:
        return []
    taken = {*heading.columns.values(), heading.id_column}
    row = grid.rows[heading.heading_row]
    return [
        _finding("SHEET-COLUMN-UNKNOWN", "note", grid.place(c), given=c.text)
        for at, c in enumerate(row)
        if at not in taken and not c.blank and not c.text.startswith("qutb:")
    ]


def _merged(grid: Grid, heading: _Heading) -> list[Finding]:
    return [
        _finding("SHEET-MERGED", "blocking", f"cell:{grid.name}!{ref}", range=ref)
        for ref, _, last in grid.merged
        if last > heading.first_row
    ]


def _gathered(findings: Sequence[Finding]) -> list[Finding]:
    """Notes and warnings of one kind in one column told once, with all their cells."""
    told: dict[tuple[Any, ...], Finding] = {}
    for number, f in enumerate(findings):
        alike = f.severity != "blocking" and "given" in f.params and "column" in f.params
        key = (f.code, f.params.get("sheet"), f.params.get("column")) if alike else (number,)
        first = told.get(key)
        if first is None:
            told[key] = f
            continue
        count = int(first.params.get("count", 1)) + 1
        where = (*first.where, *f.where)[:_PLACES_KEPT]
        told[key] = Finding(
            code=f.code, severity=f.severity, where=where, params={**first.params, "count": count}, source=first.source
        )
    return list(told.values())
