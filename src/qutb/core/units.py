"""Units at the border. Inside Qutb everything is SI and ratios are 0..1; packs and screens may differ.

``to_si(30, "%")`` is ``0.3``; ``si_unit("ha")`` is ``"m2"``. A compound such as ``MAD/ha`` or ``people/ha``
is read part by part. A word that is no unit of measure (``people``, ``MAD``, ``dwelling``) stays as it is.
"""

from __future__ import annotations

from datetime import date

__all__ = ["DAYS_PER_YEAR", "from_si", "si_factor", "si_unit", "to_si", "years_between"]

DAYS_PER_YEAR = 365.2425

_TO_SI: dict[str, tuple[float, str]] = {
    "": (1.0, ""),
    "ratio": (1.0, "ratio"),
    "share": (1.0, "ratio"),
    "%": (0.01, "ratio"),
    "‰": (0.001, "ratio"),
    "m": (1.0, "m"),
    "mm": (0.001, "m"),
    "cm": (0.01, "m"),
    "km": (1_000.0, "m"),
    "m2": (1.0, "m2"),
    "ha": (10_000.0, "m2"),
    "km2": (1_000_000.0, "m2"),
    "m3": (1.0, "m3"),
    "L": (0.001, "m3"),
    "l": (0.001, "m3"),
    "s": (1.0, "s"),
    "min": (60.0, "s"),
    "h": (3_600.0, "s"),
    "day": (1.0, "day"),  # calendar quantities stay in days and years
    "month": (1.0, "month"),
    "year": (1.0, "year"),
    "W": (1.0, "W"),
    "kW": (1_000.0, "W"),
    "MW": (1_000_000.0, "W"),
    "VA": (1.0, "VA"),
    "kVA": (1_000.0, "VA"),
    "deg": (1.0, "deg"),
    "M MAD": (1_000_000.0, "MAD"),
    "1000 people": (1_000.0, "people"),
}


def si_factor(unit: str) -> float:
    """What a number in ``unit`` is multiplied by to be SI."""
    return _parse(unit)[0]


def si_unit(unit: str) -> str:
    """Name of the SI unit that ``unit`` turns into."""
    return _parse(unit)[1]


def to_si(value: float, unit: str) -> float:
    """``value`` [``unit``] in SI."""
    return value * si_factor(unit)


def from_si(value: float, unit: str) -> float:
    """SI ``value`` expressed in ``unit``."""
    return value / si_factor(unit)


def _parse(unit: str) -> tuple[float, str]:
    if unit in _TO_SI:
        return _TO_SI[unit]
    head, *divisors = unit.split("/")
    factor, name = _TO_SI.get(head.strip(), (1.0, head.strip()))
    for part in divisors:
        part_factor, part_name = _TO_SI.get(part.strip(), (1.0, part.strip()))
        factor /= part_factor
        name = f"{name}/{part_name}"
    return factor, name


def years_between(start: date, end: date) -> float:
    """Years [year] from ``start`` to ``end`` by the mean Gregorian year."""
    return (end - start).days / DAYS_PER_YEAR
