"""What stands in a cell, read as its column asks; every doubt is told with what was understood.

``1 234,5`` with any space, ``1.234,5``, ``30 %``, ``R+4``, ``31/12/2027``, ``31 décembre 2027``, the serial 46387,
``oui``, ``نعم`` and a choice in any of the three languages are read. What is not read is refused, never guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from qutb.core import Column, Severity
from qutb.pole.sheets.grid import Cell
from qutb.text import LANGUAGES, all_labels, label

__all__ = ["Read", "choice_label", "folded", "listed", "number_of", "read_cell"]

_YES = {"1", "true", "yes", "y", "oui", "o", "vrai", "نعم", "x"}
_NO = {"0", "false", "no", "n", "non", "faux", "لا"}
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009\u2007']+")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")  # a comma is the decimal mark of those who write it
_STOREYS = re.compile(r"(?:r|rdc|rez de chaussee)\s*(?:\+\s*(\d{1,2}))?", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[T ].*)?")
_WORDED = re.compile(r"(\d{1,2})(?:er)?\s+([^\W\d_][^\d]*?)\.?\s+(\d{4})")
_SERIALS = (20_000.0, 75_000.0)  # 1954 to 2105


@dataclass(frozen=True, kw_only=True)
class Read:
    """A value (text, float, bool, ISO date or ``None``) and what must be said about the reading."""

    value: Any = None
    code: str = ""
    severity: Severity = "note"
    params: dict[str, Any] = field(default_factory=dict)


def read_cell(cell: Cell, column: Column, unit: str | None = None) -> Read:
    """``cell`` as ``column`` asks; ``unit`` stands for the column's own where the row gives one."""
    if cell.fault:
        code = "SHEET-FORMULA-ERROR" if cell.fault == "error" else "SHEET-FORMULA-NO-RESULT"
        return Read(code=code, severity="blocking")
    if cell.blank:
        return Read()
    if column.kind in ("number", "integer"):
        return _bounded(_number(cell, column, column.unit if unit is None else unit), column)
    if column.kind == "date":
        return _date(cell)
    if column.kind == "boolean":
        return _boolean(cell)
    if column.choices:
        return _choice(cell, column.choices)
    return Read(value=_text(cell))


def _text(cell: Cell) -> str:
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    return unicodedata.normalize("NFC", cell.text).replace("\r\n", "\n")


# numbers ---------------------------------------------------------------------------------------------------


def number_of(words: str) -> tuple[float, bool, bool] | None:
    """The number ``words`` stand for, whether in percent, and whether a lone mark might part thousands."""
    plain = unicodedata.normalize("NFKC", words).replace("٪", "%").replace("٬", "").replace("٫", ",")
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in plain)
    percent = plain.strip().endswith("%")
    plain = _SPACES.sub("", plain.replace("’", "").replace("%", "")).replace("−", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    doubtful = bool(_DOUBTFUL.fullmatch(plain))
    marks = [c for c in plain if c in ".,"]
    if len(set(marks)) == 2:
        thousands = marks[0]
        if marks.count(marks[-1]) > 1:
            return None
        plain = plain.replace(thousands, "")
    elif len(marks) > 1:
        plain = plain.replace(marks[0], "")
    value = float(plain.replace(",", "."))
    return (value, percent, doubtful) if math.isfinite(value) else None


def _number(cell: Cell, column: Column, unit: str) -> Read:
    if isinstance(cell.value, bool | date):
        return _refused("SHEET-NUMBER", cell)
    if isinstance(cell.value, int | float):
        return _measured(float(cell.value), cell, column, unit, percent=cell.percent, stored=True)
    if column.unit == "storeys" and (built := _STOREYS.fullmatch(folded(cell.text))):
        return Read(value=1.0 + float(built[1] or 0))
    found = number_of(cell.text)
    if found is None:
        return _refused("SHEET-NUMBER", cell)
    value, percent, doubtful = found
    read = _measured(value, cell, column, unit, percent=percent, stored=False)
    if doubtful and not read.code:
        return Read(value=read.value, code="SHEET-THOUSANDS", severity="warning", params={"read": read.value})
    return read


def _measured(value: float, cell: Cell, column: Column, unit: str, *, percent: bool, stored: bool) -> Read:
    """A number in the unit of its column, where percent and ratios are told apart."""
    if percent:
        share = value if stored else value / 100.0
        return Read(value=_clean(share * 100.0) if unit == "%" else share if _is_share(unit) else value)
    if unit == "%" and 0 < abs(value) < 1:
        return Read(value=value, code="SHEET-PERCENT", severity="warning", params={"read": f"{value:g} %"})
    whole = column.maximum == 1.0 or unit == "share"
    if whole and 1 < value <= 100:
        params = {"read": f"{value:g} %"}
        return Read(value=_clean(value / 100.0), code="SHEET-PERCENT", severity="warning", params=params)
    return Read(value=value)


def _is_share(unit: str) -> bool:
    return unit in ("ratio", "share")


def _clean(value: float) -> float:
    """``0.3 * 100`` is 30, not 30.000000000000004."""
    return float(f"{value:.12g}")


def _bounded(read: Read, column: Column) -> Read:
    if read.value is None:
        return read
    if column.kind == "integer" and not float(read.value).is_integer():
        return Read(code="SHEET-INTEGER", severity="blocking")
    for code, limit, broken in (
        ("SHEET-BELOW", column.minimum, column.minimum is not None and read.value < column.minimum),
        ("SHEET-ABOVE", column.maximum, column.maximum is not None and read.value > column.maximum),
    ):
        if broken:
            return Read(code=code, severity="blocking", params={"limit": limit})
    return read


def _refused(code: str, cell: Cell, **params: Any) -> Read:
    return Read(code=code, severity="blocking", params=params)


# dates -----------------------------------------------------------------------------------------------------


def _date(cell: Cell) -> Read:
    if isinstance(cell.value, date):
        return Read(value=cell.value.isoformat())
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        return _serial(float(cell.value), cell)
    words = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in cell.text)
    when = _worded_day(_SPACES.sub(" ", words).strip())
    if when is not None:
        return Read(value=when.isoformat())
    found = number_of(words)
    return _serial(found[0], cell) if found and not found[1] else _refused("SHEET-DATE", cell)


def _serial(value: float, cell: Cell) -> Read:
    """Days since 30 December 1899, as a workbook stores a date whose format was lost."""
    if not _SERIALS[0] <= value <= _SERIALS[1]:
        return _refused("SHEET-DATE", cell)
    when = (date(1899, 12, 30) + timedelta(days=int(value))).isoformat()
    return Read(value=when, code="SHEET-DATE-SERIAL", severity="note", params={"read": when})


def _worded_day(words: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(words):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY_FIRST.fullmatch(words):
        day, month, year = (int(part) for part in found.groups())
    elif (found := _WORDED.fullmatch(words)) and (named := _months().get(folded(found[2]))):
        day, month, year = int(found[1]), named, int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    from babel.dates import get_month_names

    names: dict[str, int] = {}
    for locale in ("fr_MA", "en", "ar_MA", "ar"):
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=locale).items():
                names.setdefault(folded(str(name).rstrip(".")), int(number))
    return names


# words -----------------------------------------------------------------------------------------------------


def folded(words: str) -> str:
    """Lower case, without accents, Arabic vowel signs, marks or double spaces: how words are compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    plain = plain.replace("أ", "ا").replace("إ", "ا").replace("آ", "ا").replace("ـ", "").casefold()
    return " ".join(re.sub(r"[_\-/.,:;'’()\u200e\u200f\u2066-\u2069*]+", " ", plain).split())


def _boolean(cell: Cell) -> Read:
    if isinstance(cell.value, bool):
        return Read(value=cell.value)
    word = folded(cell.text)
    if word in _YES:
        return Read(value=True)
    return Read(value=False) if word in _NO else _refused("SHEET-BOOLEAN", cell)


def choice_label(choice: str, lang: str) -> str:
    """A choice in words, or itself where nobody gave it any."""
    for key in (f"sheet.choice.{choice}", f"use.{choice}", f"segment.{choice}", f"tenure.{choice}", f"status.{choice}"):
        if key in all_labels():
            return label(key, lang)  # type: ignore[arg-type]
    return choice


@cache
def _choice_words(choices: tuple[str, ...]) -> dict[str, str]:
    words = {folded(c): c for c in choices}
    for choice in choices:
        for lang in LANGUAGES:
            words.setdefault(folded(choice_label(choice, lang)), choice)
    return words


def _choice(cell: Cell, choices: tuple[str, ...]) -> Read:
    from difflib import get_close_matches

    words = _choice_words(choices)
    word = folded(cell.text)
    if word in words:
        return Read(value=words[word])
    near = [words[n] for n in get_close_matches(word, list(words), 2)]
    return _refused("SHEET-CHOICE", cell, known=", ".join(dict.fromkeys(near)) or ", ".join(choices))


def listed(cell: Cell, choices: tuple[str, ...]) -> Read:
    """Several choices in one cell, apart by ``;``, comma or line, as ids with a space between."""
    if cell.fault or cell.blank:
        return read_cell(cell, Column(name="", kind="text", unit="", description=""))
    words = _choice_words(choices)
    parts = [part for part in re.split(r"[;,،؛\n]+", cell.text) if part.strip()]
    if len(parts) == 1 and folded(parts[0]) not in words:
        parts = parts[0].split()
    unknown = [part.strip() for part in parts if folded(part) not in words]
    if unknown:
        return _refused("SHEET-CHOICE", cell, known=", ".join(choices))
    return Read(value=" ".join(words[folded(part)] for part in parts))
