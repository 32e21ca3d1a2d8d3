"""Workbooks: one sheet a table, headed in the reader's language, safe to open, print and read again.

Values come in SI and are written in the unit people read, which stands in a row of its own; ratios stay 0..1
under a percent format. Text is always text: a name that starts with ``=`` is never a formula. Two runs of one
date write the same bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import xlsxwriter

from qutb.core import from_si
from qutb.text import Lang, shown_unit, unit_name

__all__ = ["SheetColumn", "SheetTable", "write_xlsx"]

_TITLE, _NOTE, _HEAD, _UNIT, _FIRST = range(5)
_LONGEST_TEXT = 32_767  # Excel's own limit for one cell
_FORBIDDEN_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 46
_FORMATS = {"ratio": "0.0%", "index": "0.00"}  # an index is a ratio not read in percent, such as the COS
_WORDY = ("text", "boolean", "unit")
_TONES = {"better": "#1b6e3c", "worse": "#b3261e", "blocking": "#b3261e", "warning": "#8a5a00"}


@dataclass(frozen=True, kw_only=True)
class SheetColumn:
    """A column: ``kind`` is text, number, integer, boolean, date or unit; ``unit`` the SI unit of its values.

    A column of kind ``unit`` holds SI units and shows them as the figures of its row are written.
    """

    key: str
    label: str
    unit: str = ""
    kind: str = "text"


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """One sheet: its tab ``name``, the ``title`` over the table, a ``note`` below it, columns and rows by key.

    A row may hold under ``"unit"`` (when ``unit_from_row``) the SI unit of its own numbers: a comparison has
    another unit in each row.
    """

    name: str
    title: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""
    unit_from_row: bool = False


def write_xlsx(
    path: Path, sheets: Sequence[SheetTable], *, lang: Lang, run_date: date, title: str = "", code: str = ""
) -> Path:
    """Write ``sheets`` as one workbook, whole or not at all.

    ``code`` stands in every footer, so that a printed table names the version it came from. Raises
    ``ValueError`` without a sheet.
    """
    if not sheets:
        raise ValueError("a workbook needs at least one sheet")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        _write(part, sheets, lang, run_date, title, code)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _write(part: Path, sheets: Sequence[SheetTable], lang: Lang, run_date: date, title: str, code: str) -> None:
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "default_format_properties": {"font_name": "Arial", "font_size": 10},
    }
    book = xlsxwriter.Workbook(str(part), options)
    created = datetime(run_date.year, run_date.month, run_date.day)
    book.set_properties({"title": _clean(title), "author": "Qutb", "created": created, "comments": _clean(code)})
    styles = _Styles(book, lang)
    for table, name in zip(sheets, _tab_names(s.name for s in sheets), strict=True):
        _write_sheet(book.add_worksheet(name), table, styles, lang, code)
    book.close()


class _Styles:
    """Cell formats by what they are for, each made once."""

    def __init__(self, book: Any, lang: Lang) -> None:
        self._book = book
        self._base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        if lang == "ar":
            self._base["reading_order"] = 2
        self._side = "right" if lang == "ar" else "left"
        self._date = "yyyy-mm-dd" if lang == "en" else "dd/mm/yyyy"
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def _get(self, **more: Any) -> Any:
        key = tuple(sorted(more.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(self._base | more)
        return self._made[key]

    @property
    def title(self) -> Any:
        return self._get(bold=True, font_size=14, align=self._side)

    @property
    def note(self) -> Any:
        return self._get(italic=True, font_color="#55606E", align=self._side)

    def head(self, kind: str) -> Any:
        side = self._side if kind in _WORDY else "center"
        return self._get(bold=True, bg_color="#E3EAF2", bottom=1, text_wrap=True, align=side, valign="vcenter")

    def unit(self, kind: str) -> Any:
        side = self._side if kind in _WORDY else "center"
        return self._get(italic=True, font_color="#55606E", bg_color="#F3F6FA", bottom=2, align=side)

    def text(self, words: str, tone: str) -> Any:
        more: dict[str, Any] = {"align": self._side, "text_wrap": True}
        if words.startswith(_FORMULA_START):
            more["quote_prefix"] = True
        if tone in _TONES:
            more |= {"font_color": _TONES[tone], "bold": True}
        return self._get(**more)

    def number(self, pattern: str) -> Any:
        return self._get(num_format=pattern)

    @property
    def date(self) -> Any:
        return self._get(num_format=self._date, align="center")


def _write_sheet(sheet: Any, table: SheetTable, styles: _Styles, lang: Lang, code: str) -> None:
    if lang == "ar":
        sheet.right_to_left()
    sheet.write_string(_TITLE, 0, _clean(table.title), styles.title)
    sheet.write_string(_NOTE, 0, _clean(table.note), styles.note)
    last = len(table.columns) - 1
    for n, column in enumerate(table.columns):
        sheet.write_string(_HEAD, n, _clean(column.label), styles.head(column.kind))
        sheet.write_string(_UNIT, n, _unit_words(column, lang), styles.unit(column.kind))
        sheet.set_column(n, n, _width(column, table.rows, lang))
    for r, row in enumerate(table.rows, start=_FIRST):
        for n, column in enumerate(table.columns):
            unit = str(row.get("unit") or "") if table.unit_from_row else column.unit
            value = row.get(column.key)
            if column.kind == "unit" and value:
                value = _unit_name(str(value), lang)
            _write_cell(sheet, r, n, value, column.kind, unit, str(row.get("tone", "")), styles)
    sheet.set_row(_HEAD, 14.5 * _head_lines(table, lang))
    sheet.freeze_panes(_FIRST, 1)
    if table.rows:
        sheet.autofilter(_UNIT, 0, _UNIT + len(table.rows), last)
    _print_setup(sheet, table, code, last)


def _print_setup(sheet: Any, table: SheetTable, code: str, last: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD, _UNIT)
    sheet.print_area(0, 0, _UNIT + max(len(table.rows), 1), last)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    safe_code = _clean(code).replace("&", "&&")
    sheet.set_footer(f"&L{safe_code}&C&A&R&P / &N")


def _write_cell(sheet: Any, r: int, n: int, value: Any, kind: str, unit: str, tone: str, styles: _Styles) -> None:
    if _absent(value):
        return
    if isinstance(value, bool) or kind == "boolean":
        sheet.write_boolean(r, n, bool(value))
    elif isinstance(value, date):
        sheet.write_datetime(r, n, value, styles.date)
    elif isinstance(value, Real) and kind not in _WORDY:
        shown = _shown_unit(unit)
        figure = float(value) if unit == "ratio" else from_si(float(value), shown)
        sheet.write_number(r, n, figure, styles.number(_pattern(unit, kind, value)))
    else:
        words = _clean(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
        sheet.write_string(r, n, words, styles.text(words, tone))


def _absent(value: Any) -> bool:
    if value is None or isinstance(value, str | list | tuple | bool):
        return value is None or value == ""
    if isinstance(value, Real):
        return not math.isfinite(float(value))
    return str(value) in ("<NA>", "NaT")


def _shown_unit(unit: str) -> str:
    """The unit a column of SI values is written in: small enough for its smallest, so never ha for m2."""
    return shown_unit(0.0, unit)[0]


def _unit_words(column: SheetColumn, lang: Lang) -> str:
    return _unit_name(column.unit, lang)


def _unit_name(unit: str, lang: Lang) -> str:
    return unit_name(_shown_unit(unit), lang) if unit not in ("", "index") else ""


def _pattern(unit: str, kind: str, value: Any) -> str:
    if unit in _FORMATS:
        return _FORMATS[unit]
    if kind == "integer" or isinstance(value, Integral):
        return "#,##0"
    digits = shown_unit(0.0, unit)[1]
    if digits is None:
        digits = 0 if abs(float(value)) >= 1000 or float(value).is_integer() else 2
    return "#,##0" + ("." + "0" * digits if digits else "")


def _width(column: SheetColumn, rows: Iterable[Mapping[str, Any]], lang: Lang) -> float:
    if column.kind not in _WORDY:
        longest_word = max((len(w) for w in column.label.split()), default=0)
        return float(max(12, longest_word + 3, len(_unit_words(column, lang)) + 4))
    longest = max((len(str(row.get(column.key) or "")) for row in rows), default=0)
    return float(min(_WIDEST, max(10, longest + 2, max((len(w) for w in column.label.split()), default=0) + 3)))


def _head_lines(table: SheetTable, lang: Lang) -> int:
    """Lines the tallest heading wraps to, word by word, at the columns' widths."""
    most = 1
    for column in table.columns:
        room, lines, used = _width(column, table.rows, lang) - 1.5, 1, 0
        for word in column.label.split():
            used = used + 1 + len(word) if used else len(word)
            if used > room and used > len(word):
                lines, used = lines + 1, len(word)
        most = max(most, lines)
    return most


def _clean(words: str) -> str:
    kept = words.encode("utf-8", "replace").decode("utf-8")
    return kept if len(kept) <= _LONGEST_TEXT else kept[: _LONGEST_TEXT - 1] + "…"


def _tab_names(names: Iterable[str]) -> list[str]:
    """Tab names as Excel allows them: 31 characters, none of ``[]:*?/\\``, each once whatever its case."""
    taken: set[str] = {"history"}  # Excel keeps this one for itself
    tabs = []
    for name in names:
        base = _FORBIDDEN_IN_NAME.sub(" ", name).strip("' ") or "-"
        tab, again = base[:31], 2
        while tab.lower() in taken:
            tail = f" {again}"
            tab, again = base[: 31 - len(tail)] + tail, again + 1
        taken.add(tab.lower())
        tabs.append(tab)
    return tabs
