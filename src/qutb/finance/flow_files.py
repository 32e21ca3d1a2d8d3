"""``FLOWS.csv``: dated amounts as an accountant's program writes them.

Columns ``date`` and ``amount`` (money received positive, money paid negative); optional ``partner`` (whose
capital call this is), ``deal`` (for terms that run deal by deal) and ``currency``. Comma, semicolon or tab;
decimal point or comma; UTF-8, cp1252 or cp1256; dates as 2027-03-31 or 31/03/2027.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from qutb.core import Finding, FormatError

__all__ = ["FlowFile", "decoded_text", "read_amount", "read_day", "read_flows"]

_SPACES = str.maketrans("", "", "\u00a0\u202f \u200e\u200f'")
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}([,.]\d{3})+")  # 10,000 is ten thousand; 10.000 stays a decimal point
_OPTIONAL = ("partner", "deal", "currency")


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowFile:
    """The rows of a file in order; ``rows`` are the line numbers to name in findings."""

    days: tuple[date, ...]
    amounts: np.ndarray
    partner: tuple[str, ...]
    deal: tuple[str, ...]
    rows: tuple[int, ...]
    decimals: int
    currency: str
    findings: tuple[Finding, ...]


def read_flows(path: Path, *, sort: bool = False) -> FlowFile:
    """Rows of ``path``; what is wrong with a cell is a finding that names its row.

    Dates must not go backwards, since a swapped day and month would otherwise pass unseen; ``sort`` takes rows in
    any order. Raises ``FormatError`` on a file that is no such table.
    """
    lines = _lines(path)
    head = [_key(cell) for cell in lines[0][1]]
    if "date" not in head or "amount" not in head:
        raise FormatError("FIN-FLOWS-HEAD", path.name, found=", ".join(head))
    faults: list[Finding] = []
    read = [row for n, cells in lines[1:] if (row := _row(n, dict(zip(head, cells, strict=False)), faults)) is not None]
    if not read and not faults:
        raise FormatError("FIN-FLOWS-EMPTY", path.name)
    if sort:
        read.sort(key=lambda row: row.day)
    faults += _backwards(read)
    return FlowFile(
        days=tuple(row.day for row in read),
        amounts=np.array([row.amount for row in read], dtype="float64"),
        partner=tuple(row.words["partner"] for row in read),
        deal=tuple(row.words["deal"] for row in read),
        rows=tuple(row.line for row in read),
        decimals=max((row.decimals for row in read), default=0),
        currency=_one_currency(read, faults),
        findings=tuple(faults),
    )


@dataclass(frozen=True)
class _Row:
    line: int
    day: date
    amount: float
    decimals: int
    words: Mapping[str, str]


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Rows with their number; the sign between cells is the one the heading has."""
    text = decoded_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    sign = max(";\t,", key=first.count)
    rows = [(n, row) for n, row in enumerate(csv.reader(text.splitlines(), delimiter=sign), start=1) if any(row)]
    if not rows:
        raise FormatError("FIN-FLOWS-EMPTY", path.name)
    return rows


def decoded_text(path: Path) -> str:
    """The text of a file in UTF-8 or a Windows code page."""
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252", "cp1256"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FormatError("FIN-FLOWS-HEAD", path.name, found="?")


_HEADS = {"montant": "amount", "المبلغ": "amount", "التاريخ": "date", "partenaire": "partner", "devise": "currency"}


def _key(cell: str) -> str:
    word = cell.strip().strip("\ufeff").lower()
    return _HEADS.get(word, word)


def _row(line: int, cells: Mapping[str, str], faults: list[Finding]) -> _Row | None:
    day, amount = read_day(cells.get("date", "")), _amount(cells.get("amount", ""))
    if day is None:
        faults.append(_fault("FIN-FLOW-DATE", line, given=cells.get("date", "")))
    if amount is None:
        faults.append(_fault("FIN-FLOW-AMOUNT", line, given=cells.get("amount", "")))
    if day is None or amount is None:
        return None
    words = {name: (cells.get(name) or "").strip() for name in _OPTIONAL}
    return _Row(line, day, amount[0], amount[1], words)


def _fault(code: str, line: int, **params: object) -> Finding:
    return Finding(code=code, severity="blocking", where=(f"row:{line}",), params=params)


def read_day(text: str) -> date | None:
    """A date as written by a person or a program, ``None`` where it is none."""
    for form in _DATES:
        try:
            return datetime.strptime(text.strip()[:10], form).date()
        except ValueError:
            continue
    return None


def read_amount(text: str) -> float | None:
    """An amount as accountants write it, ``None`` where it is none."""
    found = _amount(text)
    return None if found is None else found[0]


def _amount(text: str) -> tuple[float, int] | None:
    """The number and its decimals: ``-1 234,50``, ``-1,234.50``, ``(1234.50)`` and ``-1234.5`` are read."""
    body = text.translate(_SPACES)
    negative = body.startswith("(") and body.endswith(")")
    body = body.strip("()")
    if "," in body and "." in body:
        thousands = "," if body.rfind(".") > body.rfind(",") else "."
        body = body.replace(thousands, "")
    elif _THOUSANDS.fullmatch(body):
        body = body.replace(",", "").replace(".", "") if body.count(".") != 1 else body
    body = body.replace(",", ".")
    try:
        value = float(body)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    decimals = len(body.partition(".")[2]) if "e" not in body.lower() else 2
    return (-value if negative else value), decimals


def _backwards(rows: Sequence[_Row]) -> list[Finding]:
    return [
        _fault("FIN-FLOW-ORDER", row.line, given=row.day.isoformat(), before=earlier.day.isoformat())
        for earlier, row in pairwise(rows)
        if row.day < earlier.day
    ]


def _one_currency(rows: Sequence[_Row], faults: list[Finding]) -> str:
    first = next((row.words["currency"] for row in rows if row.words["currency"]), "")
    for row in rows:
        if row.words["currency"] not in ("", first):
            faults.append(_fault("FIN-CURRENCY", row.line, given=row.words["currency"], expected=first))
    return first
