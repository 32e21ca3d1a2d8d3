"""What is wrong with how people would move, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb import text
from qutb.capacity import Capacity
from qutb.core import Check, Finding, Severity, Verdict
from qutb.mobility.costs import Places
from qutb.mobility.demand import Purpose
from qutb.mobility.equilibrium import Assignment
from qutb.mobility.outside import Outside
from qutb.mobility.streets import Streets, car_graph
from qutb.mobility.zones import Zones
from qutb.pack import Values
from qutb.plan import Fabric, Plan

__all__ = ["Known", "all_checks", "all_findings", "not_seen"]

_LEAST_TRIPS = 0.5
_NAMED = 50


@dataclass(frozen=True, eq=False)
class Known:
    """What findings and tables are made from."""

    plan: Plan
    fabric: Fabric
    capacity: Capacity
    streets: Streets
    zones: Zones
    outside: Outside
    places: Places
    purposes: list[Purpose]
    assigned: Assignment
    links: pd.DataFrame
    values: Values


def all_findings(
    known: Known, pole: pd.DataFrame, zones: pd.DataFrame, classes: pd.DataFrame, purposes: pd.DataFrame
) -> list[Finding]:
    """Every finding, in no order."""
    row = pole.loc["pole"]
    return [
        *_not_connected(known, zones),
        *_no_destination(purposes, zones),
        *_traps(known),
        *_over_capacity(known),
        *_short_of_lanes(known),
        *_outside(known, row),
        *_assumed(known),
        *_not_converged(known),
    ]


def _places(kind: str, names: pd.Index | np.ndarray | list[str]) -> tuple[str, ...]:
    return tuple(f"{kind}:{name}" for name in list(dict.fromkeys(names))[:_NAMED])


def _blocks_of(known: Known, chosen: np.ndarray) -> tuple[str, ...]:
    """Blocks of the zones chosen."""
    of_block = known.zones.of_block
    return _places("block", of_block.index[chosen[of_block.to_numpy()]])


def _not_connected(known: Known, zones: pd.DataFrame) -> Iterator[Finding]:
    """Zones that no street reaches, or none that a car may use."""
    cases: tuple[tuple[str, str, Severity], ...] = (
        ("none", "MOB-NOT-CONNECTED", "warning"),
        ("on_foot", "MOB-NO-CARS", "note"),
    )
    for connection, code, severity in cases:
        chosen = ((zones["connection"] == connection) & (zones["trips_per_day"] > _LEAST_TRIPS)).to_numpy()
        if chosen.any():
            trips = float(zones.loc[chosen, "trips_per_day"].sum())
            params = {"value": trips, "unit": "trips/day", "count": int(chosen[known.zones.of_block.to_numpy()].sum())}
            yield Finding(code=code, severity=severity, where=_blocks_of(known, chosen), params=params)


def _no_destination(purposes: pd.DataFrame, zones: pd.DataFrame) -> Iterator[Finding]:
    """Purposes that find nothing: all their trips are impossible though zones are connected."""
    for name, row in purposes.iterrows():
        lost, trips = float(row["impossible_trips_per_day"]), float(row["trips_per_day"])
        if trips > _LEAST_TRIPS and lost > 0.999 * trips and (zones["connection"] != "none").any():
            words = {f"purpose_{lang}": text.label(f"mobility.purpose.{name}", lang) for lang in text.LANGUAGES}
            params = {"value": lost, "unit": "trips/day", **words}
            yield Finding(code="MOB-NO-DESTINATION", severity="warning", where=("pole",), params=params)


def _traps(known: Known) -> Iterator[Finding]:
    """Streets that can be entered and not left, or left and not entered, because of one-way streets."""
    _, no_exit, no_entry = car_graph(known.streets)
    names = known.fabric.edges["street_id"].to_numpy(dtype=object)[known.streets.edge]
    for nodes, code in ((no_exit, "MOB-TRAP-NO-EXIT"), (no_entry, "MOB-TRAP-NO-ENTRY")):
        own = nodes[known.streets.tail] | nodes[known.streets.head]
        if nodes.any():
            where = (*_places("street", names[own]), *_points(known, nodes))
            yield Finding(code=code, severity="warning", where=where, params={"value": int(nodes.sum())})


def _points(known: Known, nodes: np.ndarray) -> list[str]:
    at = known.fabric.nodes.loc[known.streets.nodes[nodes]].head(5)
    return [f"xy:{x:.1f},{y:.1f}" for x, y in zip(at["x_m"], at["y_m"], strict=True)]


def _over_capacity(known: Known) -> Iterator[Finding]:
    links = known.links
    over = links[links["volume_to_capacity_ratio"] > 1.0].sort_values("volume_to_capacity_ratio", ascending=False)
    if len(over):
        worst = over.iloc[0]
        params = {
            "value": float(worst["flow_vehicles_per_h"]),
            "limit": float(worst["capacity_vehicles_per_h"]),
            "unit": "vehicles/h",
            "count": int(over["street_id"].nunique()),
        }
        yield Finding(code="MOB-OVER-CAPACITY", severity="warning", where=_streets(over), params=params)


def _streets(links: pd.DataFrame) -> tuple[str, ...]:
    return _places("street", links["street_id"].to_numpy(dtype=object))


def _short_of_lanes(known: Known) -> Iterator[Finding]:
    limit = known.values.limit("mobility.volume_to_capacity_max")
    if limit is None:
        return
    links = known.links
    short = links[(links["volume_to_capacity_ratio"] > limit.central)]
    short = short.sort_values("volume_to_capacity_ratio", ascending=False)
    if len(short):
        worst = short.iloc[0]
        params = {
            "value": float(worst["lanes_needed"]),
            "limit": float(worst["lanes"]),
            "unit": "lanes",
            "count": int(short["street_id"].nunique()),
        }
        yield Finding(
            code="MOB-LANES", severity="warning", where=_streets(short), params=params, source=limit.reference
        )


def _outside(known: Known, row: pd.Series) -> Iterator[Finding]:
    if known.outside.gate < 0:
        yield Finding(code="MOB-NO-GATE", severity="warning", where=("pole",))
    elif known.outside.town is None or "city" not in known.outside.names:
        yield Finding(code="MOB-NO-CITY", severity="note", where=("pole",))
    elif known.outside.distance_assumed:
        detour = known.values.get("mobility.road_detour")
        params = {"value": float(row["city_distance_m"]), "unit": "m", "detour": detour.central}
        yield Finding(
            code="MOB-CITY-DISTANCE-ASSUMED", severity="note", where=("pole",), params=params, source=detour.reference
        )


def _assumed(known: Known) -> Iterator[Finding]:
    links = known.links
    guessed = links[links["lanes_standing"] == "assumed"]
    if len(guessed):
        params = {"value": float(guessed.drop_duplicates("edge_id")["length_m"].sum()), "unit": "m"}
        yield Finding(code="MOB-LANES-ASSUMED", severity="note", where=_streets(guessed), params=params)
    rate = known.values.get("mobility.trips_per_person_per_day.work")
    if rate.status != "confirmed":
        yield Finding(code="MOB-RATES-ELSEWHERE", severity="note", where=("pole",), source=rate.reference)


def _not_converged(known: Known) -> Iterator[Finding]:
    if not known.assigned.converged:
        params = {"value": known.assigned.gap, "limit": 1e-4, "iterations": known.assigned.iterations}
        yield Finding(code="MOB-NOT-CONVERGED", severity="note", where=("pole",), params=params)


def all_checks(known: Known, pole: pd.DataFrame) -> tuple[Check, ...]:
    """The busiest street beside the volume over capacity that design allows."""
    limit = known.values.limit("mobility.volume_to_capacity_max")
    value = float(pole.at["pole", "volume_to_capacity_max"])
    verdict: Verdict = "not_evaluated"
    if limit is not None and np.isfinite(value):
        met = value <= limit.central
        if limit.status == "confirmed":
            verdict = "met" if met else "not_met"
        else:
            verdict = "comparator_met" if met else "comparator_not_met"
    return (
        Check(
            code="MOB-VOLUME-TO-CAPACITY",
            verdict=verdict,
            value=value if np.isfinite(value) else None,
            unit="ratio",
            limit_high=limit.central if limit else None,
            status=limit.status if limit else "missing",
            source=limit.reference if limit else None,
            where=("pole",),
        ),
    )


def not_seen(plan: Plan) -> tuple[str, ...]:
    """What this grain of plan hides."""
    if len(plan.plots) and (plan.plots["detail"] == "zone").all():
        return ("MOB-NS-LOCAL",)
    return ()
