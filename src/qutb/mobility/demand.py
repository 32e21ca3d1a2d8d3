"""Trips by purpose: what zones produce, what draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.mobility.outside import Outside
from qutb.mobility.zones import Zones
from qutb.pack import Values
from qutb.plan import Plan

__all__ = ["PURPOSES", "Purpose", "purposes_of"]

PURPOSES = ("work", "study", "shopping", "leisure", "visit", "personal", "tourist")
_BALANCED = ("work", "study")
_SHOPS = ("retail", "mixed")
_LEISURE = ("green", "sport", "worship")
_RATE = "mobility.trips_per_person_per_day."


@dataclass(frozen=True, eq=False)
class Purpose:
    """Outings a day that begin in each place (zones, then places off site) and what draws them there.

    An outing is a trip out and a trip back. ``low`` and ``high`` scale with the range of residents or guests.
    """

    name: str
    outings: np.ndarray
    attraction: np.ndarray
    balanced: bool
    low: float
    high: float


def purposes_of(plan: Plan, capacity: Capacity, zones: Zones, outside: Outside, values: Values) -> list[Purpose]:
    """Every purpose with its outings: residents by rate, tourists by rate at the peak of the season."""
    held = capacity.plots.reindex(plan.plots.index)
    amounts = {name: zones.summed(np.nan_to_num(held[name].to_numpy(dtype=float))) for name in ("population", "jobs")}
    guests = np.nan_to_num((held["seasonal_population"] - held["population"]).to_numpy(dtype=float)).clip(min=0)
    tourists = zones.summed(guests)
    household = float(capacity.pole.at["pole", "household_size_people_per_dwelling"])
    people_out = np.where(np.array(outside.names) == "around", outside.population * household, outside.population)
    pull = _attractions(plan, capacity, zones, amounts, people_out, outside, values)
    pole = capacity.pole.loc["pole"]
    found = []
    for name in PURPOSES:
        if name == "tourist":
            rate, inside, out = values.number("mobility.trips_per_tourist_per_day"), tourists, outside.beds
            ends = _range_of(pole["seasonal_population"] - pole["population"], pole, "seasonal_population")
            trips = values.get("mobility.trips_per_tourist_per_day")
            low, high = ends[0] * trips.low / max(rate, 1e-12), ends[1] * trips.high / max(rate, 1e-12)
        else:
            value = values.get(_RATE + name)
            rate, inside, out = value.central, amounts["population"], people_out
            low, high = _range_of(pole["population"], pole, "population")
            low, high = low * value.low / max(rate, 1e-12), high * value.high / max(rate, 1e-12)
        outings = np.concatenate([inside, out]) * rate / 2
        found.append(Purpose(name, outings, pull[name], name in _BALANCED, low, high))
    return found


def _range_of(central: float, pole: pd.Series, name: str) -> tuple[float, float]:
    """Low and high end over the centre; for guests of the residents' share in the seasonal population."""
    if not central > 0:
        return 1.0, 1.0
    taken = "population" if name == "seasonal_population" else None
    ends = [pole[name + end] - (pole[taken + end] if taken else 0.0) for end in ("_low", "_high")]
    return max(float(ends[0]), 0.0) / float(central), max(float(ends[1]), 0.0) / float(central)


def _attractions(
    plan: Plan,
    capacity: Capacity,
    zones: Zones,
    amounts: dict[str, np.ndarray],
    people_out: np.ndarray,
    outside: Outside,
    values: Values,
) -> dict[str, np.ndarray]:
    held = capacity.plots.reindex(plan.plots.index)
    use = plan.plots["use"].to_numpy(dtype=object)
    pupils = float(sum(capacity.pole.at["pole", c] for c in capacity.pole.columns if c.startswith("pupil_share_")))
    shops = np.where(np.isin(use, _SHOPS), np.nan_to_num(held["economic_floor_area_m2"].to_numpy(dtype=float)), 0.0)
    market = plan.plots["facility_type"].to_numpy(dtype=object) == "market"
    shops += np.where(market, np.nan_to_num(held["floor_area_m2"].to_numpy(dtype=float)), 0.0)
    open_air = np.where(np.isin(use, _LEISURE), np.nan_to_num(held["area_m2"].to_numpy(dtype=float)), 0.0)
    shop_out = people_out * (values.number("mobility.city_shop_floor") if len(people_out) else 0.0)
    open_out = people_out * (values.number("mobility.city_leisure_area") if len(people_out) else 0.0)
    leisure = np.concatenate([zones.summed(open_air), open_out])
    jobs = np.concatenate([amounts["jobs"], outside.jobs])
    return {
        "work": jobs,
        "study": np.concatenate([zones.summed(_places(plan, capacity, values)), people_out * pupils]),
        "shopping": np.concatenate([zones.summed(shops), shop_out]),
        "leisure": leisure,
        "visit": np.concatenate([amounts["population"], people_out]),
        "personal": jobs,
        "tourist": leisure,
    }


def _places(plan: Plan, capacity: Capacity, values: Values) -> np.ndarray:
    """Places in schools by plot: as the plan gives them, else the pupils of the level shared among its schools."""
    schools = {
        row["facility_type"] for row in values.catalogue("facilities") if row["users"].startswith(("pupils_", "age:"))
    }
    kind = plan.plots["facility_type"].to_numpy(dtype=object)
    taught = np.array([k in schools for k in kind], dtype=bool)
    given = pd.to_numeric(plan.plots["capacity_places"], errors="coerce").to_numpy(dtype=float)
    needs = capacity.facilities
    each = (needs["users"] / needs["units_planned"].where(needs["units_planned"] > 0)).reindex(kind)
    shared = np.nan_to_num(pd.to_numeric(each, errors="coerce").to_numpy(dtype=float))
    return np.where(taught, np.where(np.isfinite(given) & (given >= 0), given, shared), 0.0)
