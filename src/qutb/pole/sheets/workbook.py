"""The workbook: one sheet a subject, hidden ids for the machine, words in the reader's language for people.

Column A and the first row are hidden and hold ids; grey cells are for reading, white cells are to be filled.
Numbers are written in general format, so that a CSV saved from the sheet keeps every digit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from qutb.core import Column
from qutb.files import replacing
from qutb.pole.sheets.cells import choice_label
from qutb.pole.sheets.layout import HEAD_MARK, KEY_MARK, NOTE_MARK, UNIT_MARK, column_label, tab_name
from qutb.pole.sheets.model import Rows, Sheet
from qutb.text import Lang, all_labels, direction, label, unit_name

__all__ = ["write_workbook"]

_KEYS, _TITLE, _NOTE, _HEAD, _UNIT, _FIRST = range(6)
_SPARE_ROWS = 300  # rows below the last that get drop-down lists
_WIDE = {"label": 38, "source": 34, "pack_source": 34, "document": 34, "derivation": 30, "comparator": 34, "value": 50}
_TEXT_MAX = 32_000
_LINE_HEIGHT, _LINES_MAX = 13.5, 6


def write_workbook(
    path: Path, sheets: Sequence[Sheet], book: Mapping[str, Rows], *, lang: Lang, title: str, when: date
) -> Path:
    """Write ``sheets`` with their rows to ``path``, whole or not at all; equal rows and date give equal bytes."""
    with replacing(path) as draft:
        _write(draft, sheets, book, lang, title, when)
    return path


def _write(path: Path, sheets: Sequence[Sheet], book: Mapping[str, Rows], lang: Lang, title: str, when: date) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(str(path), options)
    workbook.set_properties({"title": title, "author": "Qutb", "created": datetime(when.year, when.month, when.day)})
    styles = _styles(workbook, lang)
    for sheet in sheets:
        page = workbook.add_worksheet(tab_name(sheet.name, lang))
        _write_sheet(page, sheet, book.get(sheet.name, {}), styles, lang)
    workbook.close()


def _styles(workbook: Any, lang: Lang) -> dict[str, Any]:
    base: dict[str, Any] = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    if lang == "ar":
        base["reading_order"] = 2
    edge = {"border": 1, "border_color": "#C8CFD8"}
    day = {"num_format": "yyyy-mm-dd" if lang == "en" else "dd/mm/yyyy"}
    made: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 14},
        "note": {"italic": True, "font_color": "#55606E"},
        "head": {"bold": True, "bg_color": "#E3EAF2", "text_wrap": True, "valign": "vcenter", **edge},
        "unit": {"italic": True, "font_color": "#55606E", "bg_color": "#F3F6FA", **edge},
        "shown": {"bg_color": "#ECEFF3", "font_color": "#55606E", "text_wrap": True, **edge},
        "shown_date": {"bg_color": "#ECEFF3", "font_color": "#55606E", **day, **edge},
        "given": {"text_wrap": True, **edge},
        "given_date": {**day, **edge},
        "number": {**edge},
    }
    return {name: workbook.add_format(base | more) for name, more in made.items()}


def _write_sheet(page: Any, sheet: Sheet, rows: Rows, styles: Mapping[str, Any], lang: Lang) -> None:
    columns = list(sheet.table)
    if direction(lang) == "rtl":
        page.right_to_left()
    page.write_string(_KEYS, 0, KEY_MARK + sheet.name)
    for mark, line in ((NOTE_MARK, _TITLE), (NOTE_MARK, _NOTE), (HEAD_MARK, _HEAD), (UNIT_MARK, _UNIT)):
        page.write_string(line, 0, mark)
    page.write_string(_TITLE, 1, tab_name(sheet.name, lang), styles["title"])
    note = f"sheet.note.{sheet.name}"
    page.write_string(_NOTE, 1, label(note if note in all_labels() else "sheet.note", lang), styles["note"])
    for at, column in enumerate(columns, 1):
        page.write_string(_KEYS, at, column.name)
        page.write_string(_HEAD, at, column_label(column.name, lang), styles["head"])
        page.write_string(_UNIT, at, _unit(column, lang), styles["unit"])
        page.set_column(at, at, _width(column))
    for number, (row, record) in enumerate(rows.items(), _FIRST):
        page.write_string(number, 0, row)
        page.set_row(number, _LINE_HEIGHT * _lines(record, columns))
        for at, column in enumerate(columns, 1):
            _write_cell(page, number, at, column, record.get(column.name), sheet, styles, lang)
    _lists(page, sheet, columns, _FIRST + len(rows) + (_SPARE_ROWS if sheet.open else 0), lang)
    page.set_column(0, 0, 4, None, {"hidden": True})
    page.set_row(_KEYS, None, None, {"hidden": True})
    page.set_row(_HEAD, 32)
    page.freeze_panes(_FIRST, 1 + len(sheet.key))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD, _UNIT)


def _lines(record: Mapping[str, Any], columns: Sequence[Column]) -> int:
    """Lines the longest text of a row takes in its column, so that none covers the next row."""
    longest = (len(str(v)) / _width(c) for c in columns if isinstance(v := record.get(c.name), str))
    return min(max(math.ceil(max(longest, default=1.0)), 1), _LINES_MAX)


def _unit(column: Column, lang: Lang) -> str:
    if column.kind == "date":
        return label("sheet.unit.date", lang)
    return unit_name(column.unit, lang) if column.unit else ""


def _width(column: Column) -> int:
    if column.name in _WIDE:
        return _WIDE[column.name]
    return 13 if column.kind in ("number", "integer", "date", "boolean") else 20


def _write_cell(
    page: Any, row: int, at: int, column: Column, value: Any, sheet: Sheet, styles: Mapping[str, Any], lang: Lang
) -> None:
    shown = column.name in sheet.shown
    style = styles["shown" if shown else "given"]
    if value is None or value == "":
        page.write_blank(row, at, None, style)
    elif column.kind == "date":
        day = _day(value)
        dated = styles["shown_date" if shown else "given_date"]
        page.write_datetime(row, at, day, dated) if day else page.write_string(row, at, str(value), style)
    elif column.kind in ("number", "integer") and isinstance(value, int | float):
        page.write_number(row, at, value, style if shown else styles["number"])
    elif column.kind == "boolean":
        page.write_string(row, at, label(f"sheet.choice.{'yes' if value else 'no'}", lang), style)
    else:
        parts = str(value).split() if column.name in sheet.lists else [str(value)]
        words = "; ".join(choice_label(p, lang) for p in parts) if column.choices else str(value)
        page.write_string(row, at, words[:_TEXT_MAX], style)


def _day(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _lists(page: Any, sheet: Sheet, columns: Sequence[Column], last: int, lang: Lang) -> None:
    for at, column in enumerate(columns, 1):
        if not column.choices or column.name in sheet.shown | sheet.lists:
            continue
        words = [choice_label(choice, lang) for choice in column.choices]
        if sum(len(w) + 1 for w in words) < 255:  # Excel's own limit for a list written out
            page.data_validation(_FIRST, at, max(last, _FIRST), at, {"validate": "list", "source": words})
