"""The mapping of ids between two versions as a file that a person corrects: CSV or XLSX.

CSV is written for Excel in French and Arabic: ``;`` between columns, UTF-8 with its mark. Excel turns ids such as
``1-2`` of a CSV into dates; in XLSX they are text cells and stay as they are.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from qutb.core import FormatError, UsageError
from qutb.files.writing import replacing
from qutb.plan import MATCHES

__all__ = ["read_matches", "write_matches"]

_NEEDED = ("layer", "new_id", "proposed_id")
_MOST_BYTES = 50_000_000
_SEPARATORS = ";,\t"
_COLUMNS = [c.name for c in MATCHES]


def write_matches(matches: pd.DataFrame, path: str | Path) -> None:
    """Write a proposal of :func:`qutb.plan.propose_matches`, one row a pair, to ``.csv`` or ``.xlsx``.

    Raises ``UsageError`` for another suffix.
    """
    path = Path(path)
    rows = [_COLUMNS, *(_shown(row) for row in matches[_COLUMNS].itertuples(index=False))]
    if path.suffix.lower() == ".csv":
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(rows)
        with replacing(path) as draft:
            draft.write_text(buffer.getvalue(), "utf-8-sig", newline="")
    elif path.suffix.lower() == ".xlsx":
        with replacing(path) as draft:
            _write_xlsx(draft, rows)
    else:
        raise UsageError("FILE-SUFFIX", path.name, known=".csv .xlsx")


def _shown(row: Iterable[object]) -> list[str]:
    """Cells as text; scores with two decimals, areas in whole square metres."""
    layer, old_id, new_id, proposed, score, status, *areas = row
    sizes = ["" if pd.isna(a) else f"{a:.0f}" for a in areas]
    return [str(layer), str(old_id), str(new_id), str(proposed), f"{score:.2f}", str(status), *sizes]


def _write_xlsx(path: Path, rows: Sequence[Sequence[str]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("matches")
        text, strong = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        for n, row in enumerate(rows):
            for column, words in enumerate(row):
                sheet.write_string(n, column, words, strong if n == 0 else text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows) - 1, len(_COLUMNS) - 1)
        sheet.set_column(0, len(_COLUMNS) - 1, 16, text)


def read_matches(path: str | Path, *, encoding: str | None = None) -> pd.DataFrame:
    """The confirmed mapping of a ``.csv`` or ``.xlsx``: layer, old_id, new_id, proposed_id, status as text.

    CSV may be cut by ``;``, ``,`` or tabs, in UTF-8, else in ``encoding`` (default cp1252, Excel's in French).
    Raises ``FormatError`` naming the file and line where it is none.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
    except OSError as fault:
        raise FormatError("PLAN-MATCH-FILE", path.name, fault=fault.strerror or str(fault)) from fault
    if size > _MOST_BYTES:
        raise FormatError("PLAN-MATCH-FILE", path.name, fault=f"> {_MOST_BYTES // 1_000_000} MB")
    rows = _xlsx_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path, encoding or "cp1252")
    if not rows:
        raise FormatError("PLAN-MATCH-FILE", path.name, fault="0 rows")
    head = [name.strip().casefold() for name in rows[0]]
    missing = [name for name in _NEEDED if name not in head]
    if missing:
        raise FormatError("PLAN-MATCH-FILE", f"{path.name}:1", fault=f"no column {', '.join(missing)}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(head) and any(row[len(head) :]):
            raise FormatError("PLAN-MATCH-FILE", f"{path.name}:{number}", fault=f"{len(row)} cells, {len(head)} heads")
    filled = [(row + [""] * len(head))[: len(head)] for row in rows[1:] if any(cell.strip() for cell in row)]
    table = pd.DataFrame(filled, columns=head, dtype=object)
    for name in ("old_id", "status"):
        if name not in table:
            table[name] = ""
    return table.apply(lambda column: column.str.strip())


def _csv_rows(path: Path, encoding: str) -> list[list[str]]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError) as fault:
            raise FormatError("PLAN-MATCH-FILE", path.name, fault=str(fault)) from fault
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as fault:
        raise FormatError("PLAN-MATCH-FILE", path.name, fault=str(fault)) from fault


def _xlsx_rows(path: Path) -> list[list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > 10 * _MOST_BYTES:
                raise FormatError("PLAN-MATCH-FILE", path.name, fault="zip")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = [[_cell(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as fault:
        raise FormatError("PLAN-MATCH-FILE", path.name, fault=str(fault)) from fault
    return rows


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
