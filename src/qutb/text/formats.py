"""Numbers, quantities, money and dates as Morocco's Arabic, French and English write them (CLDR by Babel).

Screens show hectares, kilometres, percent; inside, everything is SI. Thousands are never separated by a
plain space: it reverses in right-to-left text.
"""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from qutb.core import from_si

if TYPE_CHECKING:
    from babel import Locale

    from qutb.text.catalogue import Lang

__all__ = ["day", "direction", "isolate", "money", "number", "quantity", "shown_unit", "unit_name"]

_LOCALES = {"ar": "ar_MA", "fr": "fr_MA", "en": "en"}
_SHOWN_AS: dict[str, tuple[str, int]] = {
    # SI unit: unit on screen, decimals
    "ratio": ("%", 1),
    "index": ("index", 2),  # a pure number that nobody reads in percent, such as the COS
    "people/m2": ("people/ha", 0),
    "dwellings/m2": ("dwellings/ha", 1),
    "plots/m2": ("plots/ha", 1),
    "1/m2": ("1/km2", 0),
    "m/m2": ("km/km2", 1),
    "MAD/m2": ("MAD/m2", 0),
    "m2": ("m2", 0),
    "m": ("m", 1),
    "m3": ("m3", 0),
    "year": ("year", 1),
    "people": ("people", 0),
    "places": ("places", 0),
    "deg": ("deg", 0),
}
_LARGE: dict[str, tuple[float, str, int]] = {
    # SI unit: from this many on, shown in that unit with so many decimals
    "m2": (10_000.0, "ha", 2),
    "m": (10_000.0, "km", 2),
    "MAD": (1_000_000.0, "M MAD", 1),
}


_LEFT_TO_RIGHT = "\u200e"  # keeps a minus before its figures in a line that runs right to left, as CLDR does


@cache
def _locale(lang: str) -> Locale:
    from babel import Locale

    return Locale.parse(_LOCALES[lang])


def direction(lang: Lang) -> str:
    """``"rtl"`` for Arabic, else ``"ltr"``."""
    return "rtl" if lang == "ar" else "ltr"


def isolate(text: str, lang: Lang) -> str:
    """Names and codes set apart (U+2068 .. U+2069) so that they keep their order in Arabic text."""
    return f"\u2068{text}\u2069" if lang == "ar" else text


def number(value: float, lang: Lang, digits: int | None = None) -> str:
    """``1 234,5`` in French with U+202F, ``1.234,5`` in Moroccan Arabic. ``digits``: decimals; default: as few
    as show three figures. A value that is not a number is an en dash.
    """
    from babel.numbers import format_decimal

    if isinstance(value, float) and not math.isfinite(value):
        return "–"
    if digits is None:
        digits = 0 if float(value).is_integer() else max(0, 2 - math.floor(math.log10(max(abs(value), 1e-9))))
    rounded = round(float(value), digits) + 0.0
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    figures = str(format_decimal(rounded, format=pattern, locale=_locale(lang)))
    return _LEFT_TO_RIGHT + figures if rounded < 0 and direction(lang) == "rtl" else figures


def quantity(value: float | None, unit: str, lang: Lang, digits: int | None = None) -> str:
    """SI ``value`` in the unit people read: m2 as ha from one hectare on, ratios in percent."""
    if value is None or not math.isfinite(value):
        return "–"
    shown, places = shown_unit(value, unit)
    figures = number(from_si(value, shown) if shown != unit else value, lang, places if digits is None else digits)
    name = unit_name(shown, lang)
    return f"{figures}\u00a0{name}" if name else figures


def shown_unit(value: float, unit: str) -> tuple[str, int | None]:
    """Unit people read an SI ``value`` in, and its decimals (``None``: as few as show three figures).

    An axis or a column asks once for its largest value, so that all its figures stand in one unit.
    """
    large = _LARGE.get(unit)
    if large and abs(value) >= large[0]:
        return large[1], large[2]
    return _SHOWN_AS.get(unit, (unit, None))


def money(amount: float, currency: str, lang: Lang) -> str:
    """Amount with its currency code, in millions from one million on."""
    return quantity(amount, currency, lang)


def day(when: date, lang: Lang) -> str:
    """``23 novembre 2026``, ``23 نونبر 2026``."""
    from babel.dates import format_date

    return str(format_date(when, format="long", locale=_locale(lang)))


def unit_name(unit: str, lang: Lang) -> str:
    """The unit as written on screen: m², ha, %, inhabitants/ha."""
    from qutb.text.catalogue import all_labels, label

    if unit == "index":
        return ""
    key = f"unit.{unit}"
    return label(key, lang) if key in all_labels() else unit
