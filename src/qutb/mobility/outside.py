"""What lies around the pole: the gate of its roads, the city beyond it, other actors' projects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from qutb.mobility.streets import Streets
from qutb.pack import CatalogueRow, Values
from qutb.plan import LOCAL_CRS, Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Brief, Site

__all__ = ["Outside", "outside_of"]

_FIRM = ("built", "committed")


@dataclass(frozen=True, eq=False)
class Outside:
    """Places off site. By place: ``names``, ``distance_m`` beyond the gate, residents, jobs; ``gate`` is the graph
    row of the gate (-1: none); ``distance_assumed`` says that the distance to the city is not given.
    """

    names: tuple[str, ...]
    distance_m: np.ndarray
    population: np.ndarray
    jobs: np.ndarray
    beds: np.ndarray
    gate: int
    town: CatalogueRow | None
    distance_assumed: bool


def outside_of(
    plan: Plan, fabric: Fabric, site: Site, brief: Brief, actors: pd.DataFrame, streets: Streets, values: Values
) -> Outside:
    """The city of the brief and the actors' firm projects, behind the gate nearest to the city."""
    town = _town(brief.town, values)
    xy = _position(town, plan)
    gate = _gate(fabric, site, streets, xy)
    names: list[str] = []
    rows: list[tuple[float, float, float, float]] = []
    given = values.find("mobility.city_distance")
    assumed = False
    people = float(town.get("population_last") or 0) if town else 0.0
    if town and not people:
        people = float(town.get("households_last") or 0) * float(town.get("household_size_last") or 0)
    if people > 0 and gate >= 0:
        distance = (
            given.central if given else _straight(xy, streets, fabric, gate) * values.number("mobility.road_detour")
        )
        if math.isfinite(distance):
            assumed = given is None
            names.append("city")
            rows.append((distance, people, people * values.number("mobility.city_jobs_per_person"), 0.0))
    around = _around(actors)
    if any(around) and gate >= 0:
        names.append("around")
        rows.append((values.number("mobility.around_distance"), *around))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return Outside(tuple(names), table[:, 0], table[:, 1], table[:, 2], table[:, 3], gate, town, assumed)


def _town(code: str, values: Values) -> CatalogueRow | None:
    return next((row for row in values.catalogue("towns") if code and row["code"] == code), None)


def _position(town: CatalogueRow | None, plan: Plan) -> tuple[float, float] | None:
    """Coordinates of the town in the plan's system."""
    if town is None or plan.crs == LOCAL_CRS or not town.get("lat_deg") or not town.get("lon_deg"):
        return None
    from pyproj import Transformer

    into = Transformer.from_crs("EPSG:4326", plan.crs, always_xy=True)
    x, y = into.transform(float(town["lon_deg"]), float(town["lat_deg"]))
    return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else None


def _gate(fabric: Fabric, site: Site, streets: Streets, city: tuple[float, float] | None) -> int:
    """Outer end of an existing road, nearest to the city, else to a road tie-in; else a tied node; else -1."""
    nodes = fabric.nodes
    old = fabric.edges["existing"].to_numpy(dtype=bool)
    at_old = np.zeros(len(nodes), dtype=bool)
    at_old[np.concatenate([streets.from_node[old], streets.to_node[old]])] = True
    ties = site.tie_ins[site.tie_ins["kind"] == "road"]
    outer = at_old & (nodes["degree"] == 1).to_numpy() & nodes["on_boundary"].to_numpy(dtype=bool)
    candidates = nodes[outer] if outer.any() else nodes[nodes["tied"].to_numpy(dtype=bool)]
    if candidates.empty and len(ties):
        candidates = nodes[nodes["on_boundary"].to_numpy(dtype=bool)]
    if candidates.empty:
        return -1
    target = city or (_xy(ties) if len(ties) else None)
    if target is None:
        return int(streets.nodes.get_indexer([candidates.index[0]])[0])
    gap = np.hypot(candidates["x_m"] - target[0], candidates["y_m"] - target[1])
    return int(streets.nodes.get_indexer([gap.idxmin()])[0])


def _xy(ties: pd.DataFrame) -> tuple[float, float]:
    point = ties.geometry.iloc[0].centroid
    return point.x, point.y


def _straight(city: tuple[float, float] | None, streets: Streets, fabric: Fabric, gate: int) -> float:
    if city is None:
        return math.nan
    node = fabric.nodes.loc[streets.nodes[gate]]
    return math.hypot(float(node["x_m"]) - city[0], float(node["y_m"]) - city[1])


def _around(actors: pd.DataFrame) -> tuple[float, float, float]:
    """Residents (dwellings), jobs and beds of the actors' projects that are built or committed."""
    firm = actors["firmness"].isin(_FIRM).to_numpy(dtype=bool)

    def total(name: str) -> float:
        number = pd.to_numeric(actors[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        return float(np.maximum(np.nan_to_num(number[firm]), 0.0).sum())

    return total("dwellings"), total("jobs"), total("beds")
