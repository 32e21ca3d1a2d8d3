"""Which services a plan offers, to whom, how far each may be, and how many places it has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.pack import CatalogueRow, Value, Values
from qutb.plan import Fabric, Plan

__all__ = ["Limit", "Service", "services_of"]


@dataclass(frozen=True)
class Limit:
    """A limit in SI with its standing; only a norm or a comparator is one."""

    value: float
    status: str
    source: str

    @classmethod
    def of(cls, value: Value | None) -> Limit | None:
        return cls(value.central, value.status, value.reference) if value else None


@dataclass(frozen=True, eq=False, kw_only=True)
class Service:
    """One facility type: the plots that offer it, its users by plot, how far it may be, its places by plot.

    ``places`` is ``None`` where the type is not counted in places; a type for everybody never is (``countable``).
    ``bad_places`` and ``no_places`` are rows of plots whose places are negative or unknown: they count none.
    """

    facility_type: str
    daily: bool
    school: bool
    countable: bool
    rows: np.ndarray
    users: np.ndarray
    reach: Limit | None
    floor: Limit | None
    places: np.ndarray | None
    bad_places: np.ndarray
    no_places: np.ndarray


_DAILY_LEVELS = ("neighbourhood unit", "quarter", "all")
_NONE = np.empty(0, dtype=np.int64)


def services_of(plan: Plan, fabric: Fabric, capacity: Capacity, values: Values) -> tuple[Service, ...]:
    """Services of the pack's list that a plan can hold, in its order, then the types only the plan knows.

    Types that are rooms inside a building are left out; of two rows that a use stands for, the first counts.
    """
    rows = [row for row in values.catalogue("facilities") if row["level"] != "building"]
    known = {row["facility_type"] for row in rows}
    drawn = _drawn(plan, fabric, capacity)
    stands_for: set[str] = set()
    listed = []
    for row in rows:
        use = row.get("plot_use", "")
        if use and use in stands_for:
            continue
        stands_for.add(use)
        listed.append(_service(row, drawn, capacity, values))
    strange = sorted({str(name) for name in drawn.types if name is not None} - known - {""})
    return (*listed, *(_service(_unknown(name), drawn, capacity, values) for name in strange))


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Columns of the plan's plots that services are told from, in the plan's order."""

    types: np.ndarray
    uses: np.ndarray
    places: np.ndarray
    area_m2: np.ndarray
    people: np.ndarray
    index: pd.Index


def _drawn(plan: Plan, fabric: Fabric, capacity: Capacity) -> _Drawn:
    plots = plan.plots
    return _Drawn(
        types=plots["facility_type"].astype(object).where(plots["facility_type"].notna(), None).to_numpy(dtype=object),
        uses=plots["use"].to_numpy(dtype=object),
        places=pd.to_numeric(plots["capacity_places"]).to_numpy(dtype="float64", na_value=np.nan),
        area_m2=_aligned(fabric.plots["area_m2"], plots.index),
        people=_aligned(capacity.plots["population"], plots.index),
        index=plots.index,
    )


def _unknown(name: str) -> CatalogueRow:
    return {"facility_type": name, "level": "", "users": "population", "plot_use": ""}


def _service(row: CatalogueRow, drawn: _Drawn, capacity: Capacity, values: Values) -> Service:
    name = row["facility_type"]
    rows = _rows(row, drawn, values)
    places, bad, missing = _places(row, rows, drawn)
    return Service(
        facility_type=name,
        daily=row["level"] in _DAILY_LEVELS,
        school=row["users"].startswith("pupils_"),
        countable=row["users"] != "population",
        rows=rows,
        users=_users(row, drawn, capacity),
        reach=_reach(row, values),
        floor=Limit.of(values.limit(f"access.service_share_min.{name}")),
        places=places,
        bad_places=bad,
        no_places=missing,
    )


def _rows(row: CatalogueRow, drawn: _Drawn, values: Values) -> np.ndarray:
    mine: np.ndarray = drawn.types == row["facility_type"]
    use = row.get("plot_use", "")
    if use:
        size = values.find(f"form.{use}_area_counted")
        stands = (drawn.uses == use) & (drawn.types == None)  # noqa: E711 (by element)
        mine = mine | (stands & (drawn.area_m2 >= (size.central if size else 0.0)))
    return np.flatnonzero(mine).astype(np.int64)


def _aligned(column: pd.Series, index: pd.Index) -> np.ndarray:
    same = column.index is index or column.index.equals(index)
    return np.nan_to_num((column if same else column.reindex(index)).to_numpy(dtype="float64"))


def _users(row: CatalogueRow, drawn: _Drawn, capacity: Capacity) -> np.ndarray:
    """Users by plot: pupils of the level; else residents x the share of users among the residents of the pole."""
    users = row["users"]
    if users.startswith("pupils_") and users in capacity.plots:
        return _aligned(capacity.plots[users], drawn.index)
    people = drawn.people
    whole = people.sum()
    if users == "population" or row["facility_type"] not in capacity.facilities.index or whole <= 0:
        return people
    return people * float(capacity.facilities.loc[row["facility_type"], "users"]) / whole


def _reach(row: CatalogueRow, values: Values) -> Limit | None:
    """A norm typed into the list and confirmed, else the pack's value, else the list's comparator."""
    if row.get("status") == "confirmed" and row.get("service_radius_m"):
        return Limit(float(row["service_radius_m"]), "confirmed", f"{row['document']}, {row['page']}")
    given = Limit.of(values.limit(f"access.reach.{row['facility_type']}"))
    if given is None and row.get("comparator_service_radius_m"):
        return Limit(float(row["comparator_service_radius_m"]), "comparator", row["comparator_source"])
    return given


def _places(row: CatalogueRow, rows: np.ndarray, drawn: _Drawn) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Places by facility; rows with negative places; rows with none known. Schools may be guessed from their site."""
    told = drawn.places[rows]
    pupils = row["users"].startswith("pupils_")
    if row["users"] == "population" or not (pupils or np.isfinite(told).any()):
        return None, _NONE, _NONE  # everybody is no demand for places
    low, high = (row.get(f"comparator_site_m2_per_user_{end}", "") for end in ("low", "high"))
    guess = np.full(len(rows), np.nan)
    if low and high:
        guess = drawn.area_m2[rows] / ((float(low) + float(high)) / 2)
    places = np.where(np.isnan(told), guess, told)
    bad, missing = places < 0, np.isnan(places)
    return np.where(bad | missing, 0.0, places), rows[bad], rows[missing]
