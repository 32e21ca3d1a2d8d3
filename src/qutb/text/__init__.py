"""Every word a person reads: messages by code, labels, glossary, numbers and dates, in ar, fr and en."""

from __future__ import annotations

from qutb.core import QutbError
from qutb.text.catalogue import (
    LANGUAGES,
    Lang,
    all_codes,
    all_labels,
    error_text,
    hint,
    label,
    message,
    missing_translations,
    place,
    term,
)
from qutb.text.formats import day, direction, isolate, money, number, quantity, shown_unit, unit_name

__all__ = [
    "LANGUAGES",
    "Lang",
    "all_codes",
    "all_labels",
    "day",
    "direction",
    "error_text",
    "hint",
    "isolate",
    "label",
    "message",
    "missing_translations",
    "money",
    "number",
    "place",
    "quantity",
    "shown_unit",
    "term",
    "unit_name",
]

QutbError.speak = staticmethod(lambda error: error_text(error, "en"))
