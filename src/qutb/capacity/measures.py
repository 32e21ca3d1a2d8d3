"""Every measure of each plot, as arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from qutb.capacity.floors import ECONOMIC_USES, Floors, given
from qutb.capacity.people import People, Range
from qutb.capacity.tables import MEASURES, SCHOOL_LEVELS
from qutb.pack import Value, Values
from qutb.plan import HOUSING_USES, USES, Plan

__all__ = ["plot_measures"]

_STAFFED_USES = ("retail", "office", "industry", "logistics", "facility")
_PARKED_USES = ("retail", "office")
_ENDS = ("_low", "", "_high")
_STANDINGS = np.array(["none", "computed", "assumed", "given"], dtype=object)


def plot_measures(plan: Plan, area_m2: np.ndarray, floors: Floors, people: People, values: Values) -> pd.DataFrame:
    """One row a plot, columns as in ``MEASURES`` with ``floor_basis`` and ``dwellings_standing``."""
    dwellings, standing = _dwellings(plan, floors, values)
    beds = _beds(plan, floors, values)
    population = dwellings * _column(people.occupied_share) * _column(people.household_size)
    columns: dict[str, np.ndarray] = {
        "area_m2": area_m2,
        "floor_area_m2": floors.total,
        "residential_floor_area_m2": floors.of(HOUSING_USES),
        "economic_floor_area_m2": floors.of(ECONOMIC_USES),
        **_ranged("dwellings", dwellings),
        **_ranged("population", population),
        **_ranged("beds", beds),
        **_ranged("seasonal_population", population + beds * _read(values, "capacity.peak_bed_occupancy", beds)),
        **_ranged("jobs", _jobs(floors, beds, values)),
        **{f"pupils_{level}": population[1] * people.pupil_shares[level] for level in SCHOOL_LEVELS},
        **_ranged("parking_spaces_needed", _parking(plan, floors, dwellings, beds, values)),
    }
    ordered = {name: columns[name] for name in MEASURES}
    return pd.DataFrame(
        {**ordered, "floor_basis": floors.basis, "dwellings_standing": standing}, index=plan.plots.index
    )


def _column(ends: Range) -> np.ndarray:
    """Low, central, high as a column, to multiply arrays of three rows."""
    return np.array(ends)[:, None]


def _ends(value: Value) -> np.ndarray:
    return _column(Range.of(value))


def _ranged(name: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name + end: row for end, row in zip(_ENDS, rows, strict=True)}


def _read(values: Values, key: str, wanted: np.ndarray) -> np.ndarray:
    """Low, central, high of a value, asked for only where there is something to multiply it with."""
    return _ends(values.get(key)) if wanted.any() else np.zeros((3, 1))


def _over(amount: np.ndarray, value: Value) -> np.ndarray:
    """``amount`` / value, low end first: the most floor for each gives the least."""
    rows: np.ndarray = amount / _ends(value)[::-1]
    return rows


def _dwellings(plan: Plan, floors: Floors, values: Values) -> tuple[np.ndarray, np.ndarray]:
    told = given(plan.plots, "dwellings")
    rows = np.zeros((3, len(told)))
    for use in _with_floor(floors, HOUSING_USES):
        floor = floors.of([use])
        rows += _over(floor, values.get(f"capacity.floor_per_dwelling_m2.{use}"))
    computed = rows[1] > 0
    ruled = _within_rule(plan, rows, values)
    standing = np.where(~np.isnan(told), 3, np.where(computed, 1, np.where(ruled, 2, 0)))
    return np.where(np.isnan(told), rows, told), _STANDINGS[standing]


def _within_rule(plan: Plan, rows: np.ndarray, values: Values) -> np.ndarray:
    """Keeps ``rows`` of lots within the pack's dwellings per plot, its central number without floor; which plots."""
    use, lot = plan.words("use"), plan.words("detail").among(["lot"])
    ruled = np.zeros(len(lot), dtype=bool)
    for housing in HOUSING_USES:
        mine = lot & use.among([housing])
        rule = values.find(f"capacity.dwellings_per_plot.{housing}") if mine.any() else None
        if rule is None:
            continue
        found = rows[:, mine]
        rows[:, mine] = np.where(found[1] > 0, np.clip(found, rule.low, rule.high), _ends(rule))
        ruled |= mine
    return ruled


def _with_floor(floors: Floors, uses: Iterable[str]) -> list[str]:
    return [use for use in uses if (floors.by_use[:, USES.index(use)] > 0).any()]


def _beds(plan: Plan, floors: Floors, values: Values) -> np.ndarray:
    hotel_floor = floors.of(["hotel"])
    told = np.where(plan.words("use").among(["hotel"]), given(plan.plots, "capacity_places"), np.nan)
    rows = np.zeros((3, len(told)))
    if (hotel_floor > 0).any():
        rows = _over(hotel_floor, values.get("capacity.floor_per_bed_m2"))
    return np.where(np.isnan(told), rows, told)


def _jobs(floors: Floors, beds: np.ndarray, values: Values) -> np.ndarray:
    rows = np.zeros_like(beds)
    for use in _with_floor(floors, _STAFFED_USES):
        rows += _over(floors.of([use]), values.get(f"capacity.floor_per_worker_m2.{use}"))
    if beds.any():
        rooms = beds / values.number("capacity.beds_per_room")
        rows += rooms * _ends(values.get("capacity.jobs_per_room"))
    return rows


def _parking(plan: Plan, floors: Floors, dwellings: np.ndarray, beds: np.ndarray, values: Values) -> np.ndarray:
    """Spaces asked by the zone or by a readable limit; what has none adds nothing and is said in ``not_seen``."""
    rows: np.ndarray = dwellings * _spaces_per_dwelling(plan, values)
    for use in _with_floor(floors, _PARKED_USES):
        limit = values.limit(f"capacity.parking_floor_per_space_m2.{use}")
        if limit is not None:
            rows = rows + _over(floors.of([use]), limit)
    limit = values.limit("capacity.parking_beds_per_space")
    if limit is not None:
        rows = rows + beds / _ends(limit)[::-1]
    return rows


def _spaces_per_dwelling(plan: Plan, values: Values) -> np.ndarray:
    limit = values.limit("capacity.parking_spaces_per_dwelling")
    pack = _ends(limit) if limit is not None else np.zeros((3, 1))
    zones = plan.zones
    if zones.empty:
        return pack
    asked = pd.Series(given(zones, "parking_spaces_per_dwelling"), index=zones.index)
    zone = plan.plots["zone_code"].map(asked[~asked.index.duplicated()]).to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isnan(zone), pack, zone)
