"""A workbook or a CSV as grids of cells, with what makes a cell unfit to be read: merged, an error, no result.

XLSX by Excel, LibreOffice or French Excel hold the same numbers and dates; CSV is read with ``;``, tab or comma,
in UTF-8, UTF-16, cp1252 or cp1256. Macros are never run, and the reading says that they are there.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from qutb.core import Finding, FormatError, LimitError

__all__ = ["Cell", "Grid", "column_letters", "read_grids"]

_ROWS_MAX = 50_000
_COLUMNS_MAX = 300
_UNZIPPED_MAX = 256 * 2**20
_CSV_MAX = 64 * 2**20
_OLE = b"\xd0\xcf\x11\xe0"
_BOOK_SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm")
_ARABIC_WORD = re.compile("[\u0621-\u064a]{2,}")
_FORMULA = re.compile(rb"<f[\s/>]")  # not the <formula1> of a list of choices
_ERRORS = re.compile(r"#(REF|N/A|DIV/0|VALUE|VALEUR|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|EPARS|CALC)[!?]?|Err:\d{3}")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: ``ref`` as Excel names it, ``percent`` where its format shows percent, ``fault`` where unfit."""

    ref: str
    value: Any = None
    percent: bool = False
    fault: str = ""

    @property
    def blank(self) -> bool:
        return not self.fault and (self.value is None or (isinstance(self.value, str) and not self.value.strip()))

    @property
    def text(self) -> str:
        """What stands in it, as a person would say it."""
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))
        return "" if self.value is None else str(self.value).strip()


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One sheet: its name as the file gives it, rows of cells from ``A1`` on, and merged ranges in words."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[tuple[str, int, int]] = ()  # range, first row, last row (from 1)
    notes: tuple[Finding, ...] = field(default=())

    def place(self, cell: Cell) -> str:
        """``cell:Prix!F12``."""
        return f"cell:{self.name}!{cell.ref}" if self.name else f"cell:{cell.ref}"


def read_grids(path: str | Path) -> tuple[tuple[Grid, ...], tuple[Finding, ...]]:
    """Every sheet of a workbook, or the one of a CSV, and what the reading said.

    Raises ``FormatError`` for a file that is neither, ``LimitError`` for one that is too large.
    """
    path = Path(path)
    if not path.is_file():
        raise FormatError("SHEET-NO-FILE", str(path))
    with path.open("rb") as handle:
        head = handle.read(4)
    if head == _OLE or path.suffix.lower() in (".xls", ".xlsb", ".ods"):
        raise FormatError("SHEET-OLD-FORMAT", path.name)
    if head[:2] == b"PK":
        return _workbook(path)
    if path.suffix.lower() in _BOOK_SUFFIXES:
        raise FormatError("SHEET-FILE", path.name, fault="no zip archive")
    return _csv(path)


# workbooks -----------------------------------------------------------------------------------------------


def _workbook(path: Path) -> tuple[tuple[Grid, ...], tuple[Finding, ...]]:
    import openpyxl

    _check_archive(path)
    try:
        shown = openpyxl.load_workbook(path, data_only=True, keep_vba=False)
        written = openpyxl.load_workbook(path, data_only=False, keep_vba=False) if _has_formulas(path) else shown
    except Exception as fault:
        raise FormatError("SHEET-FILE", path.name, fault=_short(fault)) from fault
    epoch = shown.epoch.date() if isinstance(shown.epoch, datetime) else date(1899, 12, 30)
    grids = tuple(_grid(sheet, written[sheet.title], epoch) for sheet in shown.worksheets)
    notes = [Finding(code="SHEET-MACROS", severity="note", where=(f"file:{path.name}",))] if _has_macros(path) else []
    return grids, (*notes, *(note for grid in grids for note in grid.notes))


def _short(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:120]


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            size = sum(i.file_size for i in archive.infolist())
    except (zipfile.BadZipFile, OSError) as fault:
        raise FormatError("SHEET-FILE", path.name, fault=str(fault)) from fault
    if size > _UNZIPPED_MAX:
        raise LimitError("SHEET-TOO-LARGE", path.name, value=size // 2**20, limit=_UNZIPPED_MAX // 2**20)
    if "mimetype" in names or "content.xml" in names:
        raise FormatError("SHEET-OLD-FORMAT", path.name)


def _has_macros(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(name.lower().endswith("vbaproject.bin") for name in archive.namelist())


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        pages = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return any(_FORMULA.search(archive.read(name)) for name in pages)


def _grid(sheet: Any, written: Any, epoch: date) -> Grid:
    rows = []
    height, width = min(sheet.max_row or 0, _ROWS_MAX), min(sheet.max_column or 0, _COLUMNS_MAX)
    both = zip(
        sheet.iter_rows(max_row=height, max_col=width),
        written.iter_rows(max_row=height, max_col=width),
        strict=True,
    )
    for one, other in both:
        rows.append([_cell(c, w, epoch) for c, w in zip(one, other, strict=True)])
    while rows and all(cell.blank for cell in rows[-1]):
        rows.pop()
    merged = [(str(r), r.min_row, r.max_row) for r in sheet.merged_cells.ranges]
    notes = []
    if (sheet.max_row or 0) > _ROWS_MAX or (sheet.max_column or 0) > _COLUMNS_MAX:
        where = (f"sheet:{sheet.title}",)
        params = {"rows": _ROWS_MAX, "columns": _COLUMNS_MAX}
        notes.append(Finding(code="SHEET-BEYOND", severity="warning", where=where, params=params))
    return Grid(name=sheet.title, rows=rows, merged=sorted(merged, key=lambda m: m[1]), notes=tuple(notes))


def _cell(shown: Any, written: Any, epoch: date) -> Cell:
    value = shown.value
    ref = f"{column_letters(shown.column)}{shown.row}"
    formula = written.data_type == "f"
    fault = ""
    if shown.data_type == "e" or (isinstance(value, str) and _ERRORS.fullmatch(value.strip())):
        fault = "error"
    elif formula and value is None:
        fault, value = "no_result", str(written.value)
    if isinstance(value, datetime):
        value = value.date()
    elif isinstance(value, timedelta):
        value = epoch + value
    percent = isinstance(value, int | float) and "%" in str(shown.number_format or "")
    return Cell(ref=ref, value=value, percent=percent, fault=fault)


def column_letters(number: int) -> str:
    """``A`` for 1, ``AB`` for 28."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# CSV -------------------------------------------------------------------------------------------------------


def _csv(path: Path) -> tuple[tuple[Grid, ...], tuple[Finding, ...]]:
    data = path.read_bytes()
    if len(data) > _CSV_MAX:
        raise LimitError("SHEET-TOO-LARGE", path.name, value=len(data) // 2**20, limit=_CSV_MAX // 2**20)
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FormatError("SHEET-FILE", path.name, fault="no text")
    text, encoding, guessed = _decoded(data, path.name)
    lines = text.splitlines(keepends=True)
    if lines and lines[0].lower().startswith("sep="):
        mark, text = lines[0].strip()[4:5] or ";", "\n" + "".join(lines[1:])
    else:
        mark = _separator(text)
    try:
        parsed = list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=mark), path.name))
    except csv.Error as fault:
        raise FormatError("SHEET-FILE", path.name, fault=str(fault)) from fault
    width = max((len(row) for row in parsed), default=0)
    padded = [[*row, *([""] * (width - len(row)))] for row in parsed]
    rows = [[_csv_cell(words, r, c) for c, words in enumerate(row, 1)] for r, row in enumerate(padded, 1)]
    while rows and all(cell.blank for cell in rows[-1]):
        rows.pop()
    said = Finding(code="SHEET-ENCODING", severity="note", where=(f"file:{path.name}",), params={"encoding": encoding})
    return (Grid(name=path.stem, rows=rows),), (said,) if guessed else ()


def _limited(rows: Iterator[list[str]], name: str) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        if number >= _ROWS_MAX:
            raise LimitError("SHEET-TOO-LARGE", name, value=number, limit=_ROWS_MAX)
        yield row[:_COLUMNS_MAX]


def _csv_cell(words: str, row: int, column: int) -> Cell:
    value = words.strip()
    fault = "error" if _ERRORS.fullmatch(value) else ""
    return Cell(ref=f"{column_letters(column)}{row}", value=value or None, fault=fault)


def _decoded(data: bytes, name: str) -> tuple[str, str, bool]:
    """Text, its encoding and whether that was concluded from the letters alone."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding, False
            except UnicodeDecodeError as fault:
                raise FormatError("SHEET-FILE", name, fault=str(fault)) from fault
    try:
        return data.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        pass
    arabic = data.decode("cp1256", errors="replace")
    if len(_ARABIC_WORD.findall(arabic)) >= 1:  # French accents stand alone between plain letters
        return arabic, "cp1256", True
    return data.decode("cp1252", errors="replace"), "cp1252", True


def _separator(text: str) -> str:
    """The mark found most evenly over the first lines, outside quotes."""
    plain = re.sub(r'"[^"]*"', "", text[:20_000]).splitlines()[:40]
    filled = [line for line in plain if line.strip()]
    return max((";", "\t", ","), key=lambda mark: (sum(mark in line for line in filled), mark == ";"))
