"""Text as people type it, turned into numbers, dates, yes or no and words of a list.

``"1 234,5"``, ``"1.234,50"``, ``"١٢٫٥"`` and ``"12"`` are numbers; ``"oui"``, ``"نعم"``, ``"1"`` are yes;
``"31/12/2027"`` is the last day of 2027; ``"Housing Villa"`` is ``housing_villa``. What cannot be read is
absent afterwards and reported by the caller, never guessed.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.core import Column

__all__ = ["Coerced", "coerced"]

_YES = {"1", "true", "t", "yes", "y", "oui", "o", "vrai", "نعم"}
_NO = {"0", "false", "f", "no", "n", "non", "faux", "لا"}
_ABSENT = {"", "nan", "none", "null", "<na>", "nat", "-", "–"}


@dataclass(frozen=True, eq=False)
class Coerced:
    """A column as it should be; ``rewritten`` marks values read from another spelling, ``unread`` those lost."""

    values: pd.Series
    rewritten: np.ndarray
    unread: np.ndarray


def coerced(given: pd.Series, column: Column) -> Coerced:
    """``given`` as the kind of ``column`` asks."""
    if column.kind in ("number", "integer"):
        return _numbers(given)
    if column.kind == "boolean":
        return _mapped(given, _yes_or_no)
    if column.kind == "date":
        return _mapped(given, _iso_day)
    if column.choices:
        return _mapped(given, lambda text: _choice(text, column.choices), keep=True)
    return Coerced(_text(given), *_nothing(given))


def _nothing(given: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(len(given), dtype=bool), np.zeros(len(given), dtype=bool)


def _text(given: pd.Series) -> pd.Series:
    """Words without spaces around them, in NFC; whole numbers without ``.0``; ``None`` where absent."""
    kinds = given.drop_duplicates()
    words = {value: _word(value) for value in kinds if isinstance(value, str) or not _is_absent(value)}
    return given.map(words).astype(object).where(given.notna(), None).replace({np.nan: None})


def _is_absent(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _word(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    word = unicodedata.normalize("NFC", str(value)).strip()
    return None if word.lower() in _ABSENT else word


def _numbers(given: pd.Series) -> Coerced:
    if pd.api.types.is_numeric_dtype(given) and not pd.api.types.is_bool_dtype(given):
        values = given.astype("float64")
        endless = np.isinf(values.to_numpy())
        return Coerced(values.where(~endless, np.nan), np.zeros(len(given), dtype=bool), endless)
    text = given.map(lambda v: isinstance(v, str)).to_numpy(dtype=bool)
    values = given.map(_number).astype("float64")
    filled = ~given.map(lambda v: _is_absent(v) or (isinstance(v, str) and v.strip().lower() in _ABSENT)).to_numpy(bool)
    unread = filled & values.isna().to_numpy()
    return Coerced(values, text & filled & ~unread, unread)


def _number(value: object) -> float:
    if _is_absent(value) or isinstance(value, bool):
        return np.nan
    text = "".join(str(value).split()).replace("٬", "").replace("٫", ",").replace("'", "").replace("’", "")
    if "," in text and "." in text:
        thousands = "." if text.rfind(",") > text.rfind(".") else ","
        text = text.replace(thousands, "")
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def _mapped(given: pd.Series, read: object, *, keep: bool = False) -> Coerced:
    """Distinct words read once each; with ``keep`` a word that cannot be read stays, for the schema to name."""
    words = _text(given)
    known = {word: read(word) for word in words.drop_duplicates() if word is not None}  # type: ignore[operator]
    values = words.map(known).astype(object)
    lost = (words.notna() & values.isna()).to_numpy(dtype=bool)
    if keep:
        values = values.where(~lost, words)
    changed = words.notna().to_numpy() & ~lost & (values.astype(str) != given.astype(str)).to_numpy()
    return Coerced(values.where(values.notna(), None), changed & bool(keep), lost & (not keep))


def _yes_or_no(word: str) -> bool | None:
    low = word.lower()
    return True if low in _YES else False if low in _NO else None


def _iso_day(word: str) -> str | None:
    day_first = "/" in word or (len(word) > 2 and word[2] in ".-")
    when = pd.to_datetime(word, dayfirst=day_first, errors="coerce")
    return None if pd.isna(when) else str(when.date().isoformat())


def _choice(word: str, choices: tuple[str, ...]) -> str | None:
    plain = "_".join(word.lower().replace("-", " ").replace("_", " ").split())
    return plain if plain in choices else None
