"""Provision of buildings by facilities given as bare tables: what ``qutb provision solve`` runs."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.access.network import AirLine, Doors, Network
from qutb.access.provision import Placing, Provision, best_next, best_places, provide
from qutb.access.streets import network_findings
from qutb.core import Finding, InputError
from qutb.plan import Fabric

__all__ = ["Solution", "prepare", "solve"]

FAR_M = 200.0
_CANDIDATES = 200


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """Who goes where: ``walk_m`` between buildings and facilities, the provision, further units, what was wrong."""

    walk_m: np.ndarray
    people: np.ndarray
    places: np.ndarray
    limit_m: float
    provision: Provision
    placing: Placing | None
    candidates: np.ndarray
    straight: bool
    findings: tuple[Finding, ...]

    @property
    def cause(self) -> np.ndarray:
        """By building: ``far`` where no facility with places is within the limit, else ``full``."""
        near = (self.walk_m[:, self.places > 0] <= self.limit_m).any(axis=1)
        return np.where(near, "full", "far")


def solve(
    buildings: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    limit_m: float,
    fabric: Fabric | None = None,
    streets: pd.DataFrame | None = None,
    more_units: int = 0,
    places_of_each: float | None = None,
) -> Solution:
    """The most people served within ``limit_m``, then the least walking.

    ``buildings`` carry ``demand`` [people], ``facilities`` ``capacity`` [places]; any geometry. With ``fabric``
    and its ``streets`` walks run along the street network from the foot of each place on its nearest street; else
    in straight lines. ``more_units`` further facilities of ``places_of_each`` (default: the median capacity) are
    sited at buildings. A place without a shape reaches nothing and is named. Raises ``InputError`` on a missing column.
    """
    people, demand_wrong = _numbers(buildings, "demand", ("ACC-DEMAND-WRONG", "ACC-DEMAND-WRONG"), "building")
    places, capacity_wrong = _numbers(
        facilities, "capacity", ("ACC-CAPACITY-MISSING", "ACC-CAPACITY-NEGATIVE"), "facility"
    )
    shapes = np.concatenate([buildings.geometry.to_numpy(), facilities.geometry.to_numpy()])
    names = [*(f"building:{i}" for i in buildings.index), *(f"facility:{i}" for i in facilities.index)]
    network, found = _network(shapes, names, fabric, streets)
    count = len(buildings)
    walk = network.walks(np.arange(count, len(shapes)))[:count]
    provision = provide(walk, people, places, limit_m)
    placing, candidates = None, np.empty(0, dtype=np.int64)
    if more_units > 0:
        candidates = _candidates(network, count, provision.unserved, limit_m)
        known = places[places > 0]
        each = places_of_each or (float(np.median(known)) if len(known) else float(people.sum()))
        if more_units == 1:
            near = network.within(candidates, limit_m)[:, :count]
            placing = best_next(provision, walk, people, places, near, each, limit_m)
        else:
            extra = network.walks(candidates)[:count]
            placing = best_places(walk, people, places, extra, each, limit_m, more_units)
    undrawn = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    lost = ~np.isfinite(walk).any(axis=1) & (people > 0) & ~undrawn[:count] & (len(facilities) > 0)
    without = np.append(people, np.zeros(len(facilities)))
    return Solution(
        walk_m=walk,
        people=people,
        places=places,
        limit_m=limit_m,
        provision=provision,
        placing=placing,
        candidates=candidates,
        straight=isinstance(network, AirLine),
        findings=(
            *found,
            *demand_wrong,
            *capacity_wrong,
            *_cut_off("ACC-NO-SHAPE", names, undrawn, without),
            *_cut_off("ACC-NO-WAY", names[:count], lost, people),
        ),
    )


def prepare() -> None:
    """Load the compiled engine by sending one person along one street, so that what follows can be timed by itself."""
    ends, places = np.arange(2), np.array([0.0, 1.0])
    doors = Doors(ends, np.zeros(2, dtype=np.int64), places, np.zeros((2, 2)), 2)
    street = Network(ends[:1], ends[1:], np.ones(1), 2, doors, np.ones(1, dtype=bool))
    provide(street.walks(ends[1:])[:1], np.ones(1), np.ones(1))


def _numbers(
    frame: gpd.GeoDataFrame, column: str, codes: tuple[str, str], kind: str
) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """Numbers of a column; missing (first code) and negative ones (second) are found and count zero."""
    if column not in frame:
        raise InputError("ACC-NO-COLUMN", kind, column=column)
    number = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    found: list[Finding] = []
    for code, bad in zip(codes, (~np.isfinite(number), number < 0), strict=True):
        found += _located(code, [f"{kind}:{i}" for i in frame.index[bad]])
    return np.where(np.isfinite(number) & (number > 0), number, 0.0), tuple(found)


def _cut_off(code: str, names: list[str], chosen: np.ndarray, people: np.ndarray) -> tuple[Finding, ...]:
    """Places that nobody gets away from or to, and the people who live there."""
    where = [names[i] for i in np.flatnonzero(chosen)]
    return _located(code, where, value=float(people[chosen].sum()), unit="people")


def _located(code: str, where: list[str], **params: object) -> tuple[Finding, ...]:
    if not where:
        return ()
    return (Finding(code=code, severity="warning", where=tuple(where), params={"count": len(where), **params}),)


def _network(
    shapes: np.ndarray, names: list[str], fabric: Fabric | None, streets: pd.DataFrame | None
) -> tuple[Network, tuple[Finding, ...]]:
    if fabric is None or streets is None or not len(fabric.edges):
        return AirLine.between(shapes), (Finding(code="ACC-STRAIGHT", severity="note"),)
    edges = fabric.edges
    code, nodes = pd.factorize(np.concatenate([edges["from_node"], edges["to_node"]]))
    doors, away = _nearest_doors(shapes, edges)
    network = Network(
        code[: len(edges)].astype(np.int64),
        code[len(edges) :].astype(np.int64),
        edges["length_m"].to_numpy(dtype=float),
        len(nodes),
        doors,
        np.ones(len(edges), dtype=bool),
    )
    far = np.flatnonzero(away > FAR_M)
    remote = _located(
        "ACC-FAR-FROM-STREET", [names[i] for i in far], value=float(away.max(initial=0.0)), limit=FAR_M, unit="m"
    )
    return network, (*network_findings(edges, fabric.street_faults, streets), *remote)


def _nearest_doors(shapes: np.ndarray, edges: gpd.GeoDataFrame) -> tuple[Doors, np.ndarray]:
    """One door a place: the foot of its centre on the street nearest to it; and how far that street is [m]."""
    lines = edges.geometry.to_numpy()
    (place, edge), away = shapely.STRtree(lines).query_nearest(shapes, return_distance=True, all_matches=True)
    order = np.lexsort((edge, away, place))
    place, edge, away = place[order], edge[order], away[order]
    first = np.concatenate([[True], place[1:] != place[:-1]])[: len(place)]
    place, edge, away = place[first], edge[first], away[first]
    length = edges["length_m"].to_numpy(dtype=float)[edge]
    offset = np.clip(shapely.line_locate_point(lines[edge], shapely.centroid(shapes[place])), 0.0, length)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines[edge], offset))
    return Doors(place.astype(np.int64), edge.astype(np.int64), offset, xy, len(shapes)), away


def _candidates(network: Network, buildings: int, unserved: np.ndarray, limit_m: float) -> np.ndarray:
    """Buildings that may take a further unit: those with most unserved people within the limit, at most 200."""
    rows = np.arange(buildings)
    if buildings > _CANDIDATES:
        short = np.flatnonzero(unserved > 0)
        rows = short[np.lexsort((short, -unserved[short]))][:_CANDIDATES]
    return np.sort(rows).astype(np.int64)
