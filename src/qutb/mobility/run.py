"""The step: trips, where they go, by which mode, on which streets, and what that asks of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Effort, StepResult, Table, by_severity
from qutb.mobility.choice import MODES
from qutb.mobility.costs import Places, Trips, choices, places_of
from qutb.mobility.demand import Purpose, purposes_of
from qutb.mobility.distribution import gravity
from qutb.mobility.equilibrium import Assignment, assign
from qutb.mobility.findings import Known, all_checks, all_findings, not_seen
from qutb.mobility.outside import outside_of
from qutb.mobility.service import lanes_by_class, link_table
from qutb.mobility.streets import Streets, streets_of
from qutb.mobility.summary import bus_figures, mode_table, pole_row, purpose_table, zone_table
from qutb.mobility.tables import TABLES
from qutb.mobility.zones import zones_of
from qutb.pack import Values
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Brief, Site

__all__ = ["Mobility", "run"]

GAP = 1e-4
_FIRST_GAP = 1e-3  # times of a round that another follows need no more
_ZONES: Mapping[Effort, int] = {"draft": 100, "standard": 150, "full": 500}
_ROUNDS: Mapping[Effort, int] = {"draft": 1, "standard": 2, "full": 4}


@dataclass(frozen=True, kw_only=True, eq=False)
class Mobility(StepResult):
    """Trips, modes, traffic by street and what it needs."""

    TABLES: ClassVar[Mapping[str, Table]] = TABLES

    pole: pd.DataFrame
    links: gpd.GeoDataFrame
    zones: pd.DataFrame
    blocks: pd.DataFrame
    modes: pd.DataFrame
    purposes: pd.DataFrame
    classes: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Day:
    """Outings by purpose from place to place, those that cannot be made, and the day's choices."""

    trips: Trips
    outings: list[np.ndarray]
    lost: list[np.ndarray]


def run(
    *,
    plan: Plan,
    fabric: Fabric,
    capacity: Capacity,
    site: Site,
    brief: Brief,
    actors: pd.DataFrame,
    values: Values,
    effort: Effort = "standard",
    ctx: Context = QUIET,
) -> Mobility:
    """How the people of a plan, its tourists and the city around it move on a day at the peak of the season.

    Zones are blocks (joined beyond 100, 150 or 500 by effort). Times between zones are the quickest
    from one middle to the other. Peak-hour traffic is assigned to a relative gap of 1e-4; in
    efforts above draft the day's times are the mean of empty and peak-hour streets. Junction delays, parking
    search and goods traffic are left out. Refused without plots or streets or where the pack has no mobility.
    """
    if not len(plan.plots) or not len(fabric.edges) or not values.keys("mobility."):
        return _refused(plan, fabric, values)
    ctx.report("mobility", 0.0)
    streets = streets_of(plan, fabric, site, values)
    zones = zones_of(plan.shapes, fabric, _ZONES[effort])
    outside = outside_of(plan, fabric, site, brief, actors, streets, values)
    places = places_of(streets, zones, outside, values)
    purposes = purposes_of(plan, capacity, zones, outside, values)
    network, decay = places.network, values.get("mobility.gravity_decay")
    ctx.report("mobility", 0.3)
    cost = network.free
    for left in reversed(range(_ROUNDS[effort])):
        day = _day(places, cost, purposes, decay.central, values)
        peak = _peak(day, purposes, values)
        gap = _FIRST_GAP if left else GAP
        assigned = assign(network, places.demand(_vehicles(peak, values)), gap=gap, ways=False, ctx=ctx)
        cost = (network.free + assigned.cost) / 2
    ends = [_outings(places, day.trips, purposes, d)[0] for d in (decay.low, decay.high)]
    links = _links(streets, fabric, assigned, values)
    return _result(
        Known(plan, fabric, capacity, streets, zones, outside, places, purposes, assigned, links, values),
        day,
        peak,
        ends,
        bus_figures(places, peak["bus"], day.trips, values),
    )


def _day(places: Places, cost_s: np.ndarray, purposes: list[Purpose], decay: float, values: Values) -> Day:
    trips = choices(places, cost_s, values)
    outings, lost = _outings(places, trips, purposes, decay)
    return Day(trips, outings, lost)


def _outings(
    places: Places, trips: Trips, purposes: list[Purpose], decay: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Outings by purpose between places, trips of the city within itself left out; and those not made."""
    off_site = np.ix_(~places.inside, ~places.inside)
    outings, lost = [], []
    for purpose in purposes:
        made, missed = gravity(purpose.outings, purpose.attraction, trips.mean_s, decay, balanced=purpose.balanced)
        made[off_site] = 0.0
        outings.append(made)
        lost.append(missed)
    return outings, lost


def _peak(day: Day, purposes: list[Purpose], values: Values) -> dict[str, np.ndarray]:
    """Trips in the morning peak hour by mode, from place to place."""
    total = np.zeros_like(day.trips.mean_s)
    for purpose, out in zip(purposes, day.outings, strict=True):
        share = values.number(f"mobility.peak_share.{purpose.name}")
        outward = values.number(f"mobility.peak_outward.{purpose.name}")
        total += 2 * share * (outward * out + (1 - outward) * out.T)
    return {mode: total * day.trips.share[mode] for mode in MODES}


def _vehicles(peak: Mapping[str, np.ndarray], values: Values) -> np.ndarray:
    """Cars, shared taxis and buses (as car units) from place to place in the peak hour."""
    bus = values.number("mobility.car_units.bus") / (
        values.number("mobility.bus_places") * values.number("mobility.bus_load")
    )
    moving: np.ndarray = (
        peak["car"] / values.number("mobility.occupancy.car")
        + peak["shared_taxi"] / values.number("mobility.occupancy.shared_taxi")
        + peak["bus"] * bus
    )
    return moving


def _links(streets: Streets, fabric: Fabric, assigned: Assignment, values: Values) -> pd.DataFrame:
    links = len(streets.tail)
    cost = assigned.cost[:links]
    time_s = np.where(np.isfinite(cost), cost, streets.free_s)  # a loop carries nothing and costs its free time
    return link_table(streets, fabric.edges, assigned.flow[:links], time_s, values)


def _result(
    known: Known, day: Day, peak: dict[str, np.ndarray], ends: list[list[np.ndarray]], bus: dict[str, float]
) -> Mobility:
    classes = lanes_by_class(known.links)
    zones = zone_table(known, day)
    modes = mode_table(known, day, peak)
    purposes = purpose_table(known, day)
    row = pole_row(known, day, ends, zones, modes, purposes, classes) | bus
    pole = pd.DataFrame([row], index=pd.Index(["pole"], name="pole"))[[c.name for c in TABLES["pole"]]]
    blocks = pd.DataFrame({"zone_id": known.zones.names[known.zones.of_block]}, index=known.zones.of_block.index)
    own = known.capacity.blocks["population"].reindex(blocks.index).fillna(0.0)
    blocks["trips_per_day"] = _shared_out(own, blocks["zone_id"], zones["trips_per_day"])
    findings = all_findings(known, pole, zones, classes, purposes)
    return Mobility(
        pole=pole,
        links=gpd.GeoDataFrame(known.links, geometry="geometry", crs=known.fabric.edges.crs),
        zones=zones,
        blocks=blocks,
        modes=modes,
        purposes=purposes,
        classes=classes,
        findings=by_severity(findings),
        checks=all_checks(known, pole),
        not_seen=not_seen(known.plan),
        status="complete" if known.assigned.converged else "partial",
    )


def _shared_out(weight: pd.Series, zone: pd.Series, total: pd.Series) -> pd.Series:
    """Trips of a zone by block: by residents, equally where there are none."""
    whole = weight.groupby(zone).transform("sum")
    count = zone.groupby(zone).transform("size")
    share = np.where(whole > 0, weight / whole.where(whole > 0, 1.0), 1.0 / count)
    return zone.map(total) * share


def _refused(plan: Plan, fabric: Fabric, values: Values) -> Mobility:
    """Empty tables and one row without figures."""
    frames = {
        name: pd.DataFrame({c.name: [] for c in table if c.name != table.key}).rename_axis(table.key)
        for name, table in TABLES.items()
    }
    pole = pd.DataFrame({c.name: [np.nan] for c in TABLES["pole"]}, index=pd.Index(["pole"], name="pole"))
    links = gpd.GeoDataFrame(frames["links"], geometry="geometry", crs=fabric.edges.crs)
    why = "MOB-NS-VALUES" if len(plan.plots) and len(fabric.edges) else "MOB-NS-STREETS"
    return Mobility(**{**frames, "pole": pole, "links": links}, not_seen=(why,), status="refused")
