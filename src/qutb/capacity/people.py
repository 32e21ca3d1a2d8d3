"""Households, ages and school ages of the census town that the brief names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from qutb.capacity.tables import SCHOOL_LEVELS
from qutb.core import PackError
from qutb.pack import CatalogueRow, Value, Values

__all__ = ["People", "Range", "age_share", "people_of"]

_OPEN_BAND_YEARS = 25  # the last group, "75+", is split over so many years of age
_COUNTRY = "country"


class Range(NamedTuple):
    """Low, central and high end of a number."""

    low: float
    central: float
    high: float

    @classmethod
    def of(cls, value: Value) -> Range:
        return cls(value.low, value.central, value.high)


@dataclass(frozen=True)
class People:
    """``town`` is its code, ``""`` where the brief names none or one the pack does not know.

    ``ages`` maps groups such as ``"0-4"`` and ``"75+"`` to shares that add up to one.
    """

    town: str
    household_size: Range
    occupied_share: Range
    ages: Mapping[str, float]
    pupil_shares: Mapping[str, float]


def people_of(town: str, values: Values) -> People:
    """Household size, occupied share and ages: the pole's own figure, else the town's census, else the pack's."""
    row = find_row(values.catalogue("towns"), town)
    ages = _ages(values, town if row else _COUNTRY)
    return People(
        town=town if row else "",
        household_size=_household_size(values, row),
        occupied_share=_occupied_share(values, row),
        ages=ages,
        pupil_shares={level: _pupil_share(values, ages, level) for level in SCHOOL_LEVELS},
    )


def find_row(rows: tuple[CatalogueRow, ...], code: str) -> CatalogueRow | None:
    """The row of that code, if there is one."""
    return next((row for row in rows if code and row["code"] == code), None)


def age_share(ages: Mapping[str, float], first: float, last: float) -> float:
    """Share of people aged ``first`` to ``last`` [year, both included], groups split evenly by year of age."""
    total = 0.0
    for band, share in ages.items():
        start, end = _years(band)
        overlap = max(0.0, min(last + 1, end) - max(first, start))
        total += share * overlap / (end - start)
    return total


def _years(band: str) -> tuple[float, float]:
    if band.endswith("+"):
        return float(band[:-1]), float(band[:-1]) + _OPEN_BAND_YEARS
    start, _, end = band.partition("-")
    return float(start), float(end) + 1


def _household_size(values: Values, row: CatalogueRow | None) -> Range:
    own = values.find("capacity.household_size")
    if own is not None:
        return Range.of(own)
    if row is None or not row["household_size_last"]:
        return Range.of(values.get("people.household_size"))
    now = float(row["household_size_last"])
    before = float(row["household_size_first"] or now)
    ends = sorted((2 * now - before, before))
    return Range(min(ends[0], now), now, max(ends[1], now))


def _occupied_share(values: Values, row: CatalogueRow | None) -> Range:
    own = values.find("capacity.occupied_share")
    if own is not None:
        return Range.of(own)
    pack = Range.of(values.get("people.occupied_share"))
    if row is None or not row["occupied_share"]:
        return pack
    now = float(row["occupied_share"])
    return Range(min(pack.low, now), now, max(pack.high, now))


def _ages(values: Values, code: str) -> dict[str, float]:
    rows = values.catalogue("age_structure")
    row = find_row(rows, code) or find_row(rows, _COUNTRY)
    if row is None:
        raise PackError("CAP-NO-AGES", code, pack=values.pack)
    counts = {_band(c): float(v) for c, v in row.items() if c.startswith("age_") and v}
    whole = sum(counts.values())
    return {band: count / whole for band, count in counts.items()}


def _band(column: str) -> str:
    """``age_0_4_share`` is ``0-4``, ``age_75_plus_share`` is ``75+``."""
    name = column.removeprefix("age_").removesuffix("_share")
    return name.replace("_plus", "+").replace("_", "-")


def _pupil_share(values: Values, ages: Mapping[str, float], level: str) -> float:
    first = values.number(f"people.school_age_first.{level}")
    last = values.number(f"people.school_age_last.{level}")
    return age_share(ages, first, last)
