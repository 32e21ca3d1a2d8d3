"""Years between two dates by the conventions that agreements name."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Mapping
from datetime import date

__all__ = ["COMPOUNDINGS", "DAY_COUNTS", "growth", "year_fraction"]

COMPOUNDINGS = ("simple", "annual", "semiannual", "quarterly", "monthly", "daily", "continuous", "each_flow")
_PERIODS = {"annual": 1.0, "semiannual": 2.0, "quarterly": 4.0, "monthly": 12.0, "daily": 365.0}


def _thirty(start: date, end: date) -> float:
    """30/360 (US, bond basis); the last day of February counts as the 30th."""
    first = 30 if start.day == 31 or _ends_february(start) else start.day
    last = 30 if (end.day == 31 and first == 30) or (_ends_february(start) and _ends_february(end)) else end.day
    return ((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first) / 360


def _thirty_european(start: date, end: date) -> float:
    first, last = min(start.day, 30), min(end.day, 30)
    return ((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first) / 360


def _months(start: date, end: date) -> float:
    """Calendar months over 12: rows dated by month or year are equal periods whatever their days."""
    return (12 * (end.year - start.year) + end.month - start.month) / 12


def _actual(start: date, end: date) -> float:
    """Actual/actual (ISDA): days of each calendar year over the days that year has."""
    if start.year == end.year:
        return (end - start).days / _days_of(start.year)
    head = (date(start.year + 1, 1, 1) - start).days / _days_of(start.year)
    tail = (end - date(end.year, 1, 1)).days / _days_of(end.year)
    return head + (end.year - start.year - 1) + tail


def _days_of(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _ends_february(day: date) -> bool:
    return day.month == 2 and day.day == calendar.monthrange(day.year, 2)[1]


DAY_COUNTS: Mapping[str, Callable[[date, date], float]] = {
    "actual/365": lambda start, end: (end - start).days / 365,
    "actual/360": lambda start, end: (end - start).days / 360,
    "actual/365.25": lambda start, end: (end - start).days / 365.25,
    "actual/actual": _actual,
    "30/360": _thirty,
    "30E/360": _thirty_european,
    "months": _months,
}


def year_fraction(start: date, end: date, day_count: str) -> float:
    """Years [year] from ``start`` to ``end`` by a convention of :data:`DAY_COUNTS`."""
    return DAY_COUNTS[day_count](start, end)


def growth(rate: float, years: float, compounding: str) -> float:
    """What one grows to in ``years`` [year] at ``rate`` [ratio/year] by a rule of :data:`COMPOUNDINGS`.

    ``annual`` takes ``rate`` as effective a year; ``quarterly`` and the like as nominal, a part of it each period;
    ``simple`` and ``each_flow`` give ``1 + rate x years`` (``each_flow`` adds it to the balance at each flow).
    """
    if compounding in ("simple", "each_flow"):
        return 1 + rate * years
    if compounding == "continuous":
        return math.exp(rate * years)
    periods = _PERIODS[compounding]
    return float((1 + rate / periods) ** (periods * years))
