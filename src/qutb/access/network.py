"""The walking network: the plan's one street graph, entered by plots on the edges they front.

A door stands where the middle of a plot falls on a street it fronts, on the edge under it; a plot that fronts
several streets, or several edges of one, has a door on each. Nothing is moved to a node. Ways run along centre
lines, both ways whatever the traffic's direction, on every class of street and on existing roads; streets of
another level meet only where their ends do.
"""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from qutb.access.provision import Provision, provide
from qutb.kernels import door_distances, more_people_within, people_within, spread, walks_within
from qutb.plan import Fabric, Shapes

__all__ = ["AirLine", "Doors", "Network", "doors_on", "network_of", "walking_network"]

_REACH_M = 1.0  # beyond half the street's width: what the fabric allows a front
_KEPT = 1024
_FEW = 64  # the units of a service are asked for again in other company, candidates are not
PEOPLE_SCALE = 1 << 20  # people are counted in millionths, so that sums do not depend on their order


@dataclass(frozen=True, eq=False)
class Doors:
    """Where places meet edges, by place: ``plot``, ``edge`` and ``offset_m`` from the edge's first end."""

    plot: np.ndarray
    edge: np.ndarray
    offset_m: np.ndarray
    xy: np.ndarray
    places: int

    @cached_property
    def starts(self) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(np.bincount(self.plot, minlength=self.places))])

    def of(self, rows: np.ndarray) -> Doors:
        """The doors of these places alone, which keep their numbers."""
        if len(rows) == 1:
            return self.where(np.arange(self.starts[rows[0]], self.starts[rows[0] + 1]))
        mine = np.zeros(self.places, dtype=bool)
        mine[rows] = True
        return self.where(mine[self.plot])

    def where(self, kept: np.ndarray) -> Doors:
        return Doors(self.plot[kept], self.edge[kept], self.offset_m[kept], self.xy[kept], self.places)


@dataclass(frozen=True, eq=False)
class Network:
    """Edges ``first`` to ``last`` [node rows] of ``length_m``, and the doors of the plots on them."""

    first: np.ndarray
    last: np.ndarray
    length_m: np.ndarray
    nodes: int
    doors: Doors
    open: np.ndarray
    _fields: dict[bytes, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    _lines: dict[bytes, np.ndarray] = field(default_factory=dict)
    _tables: dict[bytes, np.ndarray] = field(default_factory=dict)
    _parts: dict[bytes, Network] = field(default_factory=dict)
    _provisions: dict[bytes, Provision] = field(default_factory=dict)
    _near: dict[tuple[float, int], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    _within: dict[float, tuple[bytes, csr_array]] = field(default_factory=dict)
    _counted: dict[bytes, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @cached_property
    def graph(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Open edges as links from each node: starts, ends, weights [m]."""
        rows = np.flatnonzero(self.open)
        begin = np.concatenate([self.first[rows], self.last[rows]])
        end = np.concatenate([self.last[rows], self.first[rows]])
        order = np.lexsort((end, begin))
        starts = np.concatenate([[0], np.cumsum(np.bincount(begin, minlength=self.nodes))])
        return starts, end[order], np.tile(self.length_m[rows], 2)[order]

    @property
    def reached(self) -> np.ndarray:
        """Places with a door on an open edge."""
        return np.diff(self.doors.starts) > 0

    def part(self, open_edges: np.ndarray) -> Network:
        """The network with only these edges: what is built so far."""
        key = np.packbits(open_edges).tobytes()
        if key not in self._parts:
            doors = self.doors.where(open_edges[self.doors.edge])
            _keep(self._parts, key, Network(self.first, self.last, self.length_m, self.nodes, doors, open_edges))
        return self._parts[key]

    def nearest(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Walk [m] from every place to the nearest of the places ``rows``, and that place's row; inf and -1: no way."""
        key = np.sort(rows).astype(np.int64).tobytes()
        if key not in self._fields:
            _keep(self._fields, key, self.nearest_to(self.doors.of(rows)))
        return self._fields[key]

    def nearest_to(self, sources: Doors, limit_m: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
        """The same to any doors, labelled by their ``plot``."""
        edge, at, label = sources.edge, sources.offset_m, sources.plot.astype(np.int64)
        seeds = np.concatenate([self.first[edge], self.last[edge]])
        away = np.concatenate([at, self.length_m[edge] - at])
        distance, mark = spread(*self.graph, seeds, away, np.tile(label, 2), limit_m)
        order = np.lexsort((at, edge))
        starts = np.searchsorted(edge[order], np.arange(len(self.first) + 1))
        return door_distances(
            self.first,
            self.last,
            self.length_m,
            self.doors.starts,
            self.doors.edge,
            self.doors.offset_m,
            distance,
            mark,
            starts,
            at[order],
            label[order],
        )

    def straight(self, rows: np.ndarray) -> np.ndarray:
        """Shortest straight line [m] between the doors of every place and those of its nearest of ``rows``."""
        key = np.sort(rows).astype(np.int64).tobytes()
        if key not in self._lines:
            _keep(self._lines, key, self._straight(self.nearest(rows)[1]))
        return self._lines[key]

    def _straight(self, nearest: np.ndarray) -> np.ndarray:
        doors = self.doors
        target = nearest[doors.plot]
        begin = doors.starts[np.maximum(target, 0)]
        count = np.where(target >= 0, doors.starts[np.maximum(target, 0) + 1] - begin, 0)
        best = np.full(len(target), np.inf)
        for number in range(int(count.max(initial=0))):
            has = count > number
            apart = doors.xy[has] - doors.xy[begin[has] + number]
            best[has] = np.minimum(best[has], np.hypot(apart[:, 0], apart[:, 1]))
        line = np.full(doors.places, np.inf)
        np.minimum.at(line, doors.plot, best)
        return line

    def walks(self, rows: np.ndarray, limit_m: float = np.inf) -> np.ndarray:
        """Walk [m] from every place to each of ``rows``, one column each; inf: no way within ``limit_m``."""
        key = rows.astype(np.int64).tobytes() + np.float64(limit_m).tobytes()
        if key not in self._tables:
            columns = [self._walk_to(row, limit_m, keep=len(rows) <= _FEW) for row in rows.tolist()]
            table = np.column_stack(columns) if columns else np.empty((self.doors.places, 0))
            _keep(self._tables, key, table)
        return self._tables[key]

    def provided(self, sites: np.ndarray, people: np.ndarray, places: np.ndarray, limit_m: float) -> Provision:
        """People sent to the places of ``sites`` within ``limit_m``; the same question is answered once."""
        asked = (sites.astype(np.int64), people, places, np.float64(limit_m))
        key = b"".join(hashlib.sha256(np.ascontiguousarray(a).tobytes()).digest() for a in asked)
        if key not in self._provisions:
            _keep(self._provisions, key, provide(self.walks(sites, limit_m), people, places, limit_m), _FEW)
        return self._provisions[key]

    def _walk_to(self, row: int, limit_m: float, *, keep: bool) -> np.ndarray:
        key = np.float64(limit_m).tobytes() + np.int64(row).tobytes()
        if key in self._tables:
            return self._tables[key]
        away = self.nearest_to(self.doors.of(np.array([row])), limit_m)[0]
        away = np.where(away <= limit_m, away, np.inf)
        if keep:
            _keep(self._tables, key, away)
        return away

    def within(self, rows: np.ndarray, limit_m: float) -> csr_array:
        """Walks [m] from each of ``rows`` (a row each) to the places within ``limit_m``; no entry: none that short."""
        key = rows.astype(np.int64).tobytes()
        if self._within.get(limit_m, (b"", None))[0] != key:
            self._within[limit_m] = (key, self._gathered(rows, limit_m))
        return self._within[limit_m][1]

    def _gathered(self, rows: np.ndarray, limit_m: float) -> csr_array:
        new = np.array([row for row in rows.tolist() if (limit_m, row) not in self._near], dtype=np.int64)
        for row, found in zip(new.tolist(), self._walks_within(new, limit_m), strict=True):
            self._near[limit_m, row] = found
        near = [self._near[limit_m, row] for row in rows.tolist()]
        begins = np.concatenate([[0], np.cumsum([len(places) for places, _ in near], dtype=np.int64)])
        places = np.concatenate([np.empty(0, dtype=np.int64), *(places for places, _ in near)])
        walks = np.concatenate([np.empty(0), *(walks for _, walks in near)])
        return csr_array((walks, places, begins), shape=(len(rows), self.doors.places))

    def _walks_within(self, rows: np.ndarray, limit_m: float) -> list[tuple[np.ndarray, np.ndarray]]:
        if not len(rows):
            return []
        begins, places, walks = walks_within(self.graph, self._edges, self._doors, rows, limit_m)
        return list(zip(np.split(places, begins[1:-1]), np.split(walks, begins[1:-1]), strict=True))

    @property
    def _edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.first, self.last, self.length_m

    @property
    def _doors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self.doors.starts, self.doors.edge, self.doors.offset_m, self.doors.plot

    def people_within(self, people: np.ndarray, radii_m: tuple[float, ...]) -> np.ndarray:
        """People within each radius of each place; NaN for places without a door.

        After few changes only the places that changed are walked from; sums are of whole numbers, so the answer
        is the same to the last digit.
        """
        whole = np.rint(people * PEOPLE_SCALE).astype(np.int64)
        radii = np.array(radii_m, dtype=float)
        before, counts = self._counted.get(radii.tobytes(), (None, np.empty(0)))
        changed = np.arange(len(whole)) if before is None else np.flatnonzero(before != whole)
        if before is None or len(changed) > max(50, len(whole) // 20):
            counts = people_within(self.graph, self._edges, self._doors, whole, radii)
        elif len(changed):
            more = (whole - before)[changed]
            counts = more_people_within(self.graph, self._edges, self._doors, counts, changed, more, radii)
        self._counted[radii.tobytes()] = (whole, counts)
        return np.where(self.reached[:, None], counts / PEOPLE_SCALE, np.nan)


def _keep(kept: dict[bytes, Any], key: bytes, value: Any, most: int = _KEPT) -> None:
    """Keep a value beside at most so many; the oldest goes first."""
    kept[key] = value
    while len(kept) > most:
        del kept[next(iter(kept))]


_NETWORKS: weakref.WeakKeyDictionary[Fabric, Network] = weakref.WeakKeyDictionary()


def network_of(shapes: Shapes, fabric: Fabric) -> Network:
    """The walking network of a plan; made once for each fabric, since nothing else changes it."""
    if fabric not in _NETWORKS:
        _NETWORKS[fabric] = walking_network(fabric.edges, *_front_pairs(shapes, fabric))
    return _NETWORKS[fabric]


def walking_network(edges: pd.DataFrame, shapes: np.ndarray, place: np.ndarray, street: np.ndarray) -> Network:
    """The network of ``edges`` entered by places ``shapes``: place ``place[i]`` fronts street ``street[i]``."""
    ends, names = pd.factorize(np.concatenate([edges["from_node"], edges["to_node"]]))
    first, last = ends[: len(edges)].astype(np.int64), ends[len(edges) :].astype(np.int64)
    length = edges["length_m"].to_numpy(dtype=float)
    doors = doors_on(edges, shapes, place, street)
    return Network(first, last, length, len(names), doors, np.ones(len(edges), dtype=bool))


def _front_pairs(shapes: Shapes, fabric: Fabric) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    drawn = shapes.plots.geometry.to_numpy()
    repaired = fabric.broken
    if len(repaired):
        drawn = drawn.copy()
        drawn[shapes.plots.index.get_indexer(repaired["plot_id"])] = repaired.geometry.to_numpy()
    fronts = fabric.fronts
    return drawn, shapes.plots.index.get_indexer(fronts["plot_id"]), fronts["street_id"].to_numpy(dtype=object)


def doors_on(edges: pd.DataFrame, shapes: np.ndarray, place: np.ndarray, street: np.ndarray) -> Doors:
    """Doors of places on the edges of the streets they front.

    Of a street's edges those that lie along the place get a door at the foot of the place's centre; where the
    centre falls beyond their ends, the nearest edge gets one at its end.
    """
    axes = edges.geometry.to_numpy()
    reach = edges["width_m"].to_numpy(dtype=float) / 2 + _REACH_M
    pair, edge = _near_pairs(edges["street_id"].to_numpy(dtype=object), axes, reach, shapes, place, street)
    lines = axes[edge]
    length = edges["length_m"].to_numpy(dtype=float)[edge]
    away = shapely.distance(lines, shapes[place[pair]])
    offset = np.clip(shapely.line_locate_point(lines, shapely.centroid(shapes[place[pair]])), 0.0, length)
    inner = (offset > 0) & (offset < length)
    along = (away <= reach[edge]) & inner
    order = np.lexsort((edge, away, ~inner, ~along, pair))
    pair, edge, offset, along = pair[order], edge[order], offset[order], along[order]
    kept = along | _first_of(pair)
    where, edge, offset = place[pair[kept]].astype(np.int64), edge[kept].astype(np.int64), offset[kept]
    order = np.lexsort((edge, where))
    order = order[_first_of(where[order], edge[order])]
    where, edge, offset = where[order], edge[order], offset[order]
    at = shapely.get_coordinates(shapely.line_interpolate_point(axes[edge], offset))
    return Doors(where, edge, offset, at, len(shapes))


def _first_of(*keys: np.ndarray) -> np.ndarray:
    """Rows where sorted ``keys`` differ from the row before."""
    first = np.ones(len(keys[0]), dtype=bool)
    first[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return first


def _near_pairs(
    street_of_edge: np.ndarray,
    axes: np.ndarray,
    reach: np.ndarray,
    shapes: np.ndarray,
    place: np.ndarray,
    street: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Fronts (rows of ``place`` and ``street``) and the edges of their street whose boxes lie within reach of the
    place's; all edges of the street where none does.
    """
    known, of_edge = np.unique(street_of_edge.astype(str), return_inverse=True)
    by_street = np.argsort(of_edge, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(of_edge, minlength=len(known)))])
    at = np.searchsorted(known, street.astype(str))
    at = np.where(np.append(known, "")[at] == street.astype(str), at, len(known))
    count = np.append(np.diff(starts), 0)[at]
    pair = np.repeat(np.arange(len(place)), count)
    edge = by_street[np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(starts[at], count)]
    one, two = shapely.bounds(axes)[edge], shapely.bounds(shapes)[place[pair]]
    apart = np.maximum(np.maximum(one[:, :2] - two[:, 2:], two[:, :2] - one[:, 2:]), 0.0)
    near = np.hypot(*apart.T) <= reach[edge]
    kept = near | ~np.isin(pair, pair[near])
    return pair[kept], edge[kept]


class AirLine(Network):
    """Straight lines between the centres of places: all that a plan at the grain of zones lets be seen."""

    @classmethod
    def between(cls, shapes: np.ndarray) -> AirLine:
        rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
        centres = shapely.get_coordinates(shapely.centroid(shapes[rows]))
        doors = Doors(rows, np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows)), centres, len(shapes))
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, np.empty(0), 0, doors, np.empty(0, dtype=bool))

    def part(self, open_edges: np.ndarray) -> Network:
        return self

    def nearest(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.nearest_to(self.doors.of(rows))

    def nearest_to(self, sources: Doors, limit_m: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
        away, which = np.full(self.doors.places, np.inf), np.full(self.doors.places, -1)
        if len(sources.plot):
            away[self.doors.plot], found = cKDTree(sources.xy).query(self.doors.xy)
            which[self.doors.plot] = sources.plot[found]
        return away, which

    def _walks_within(self, rows: np.ndarray, limit_m: float) -> list[tuple[np.ndarray, np.ndarray]]:
        tree, own = cKDTree(self.doors.xy), self.doors
        found = []
        for row in rows.tolist():
            at = own.xy[own.starts[row] : own.starts[row + 1]]
            near = np.sort(np.concatenate([np.empty(0), *tree.query_ball_point(at, limit_m)])).astype(np.int64)
            found.append((own.plot[near], np.hypot(*(own.xy[near] - at).T)))
        return found

    def people_within(self, people: np.ndarray, radii_m: tuple[float, ...]) -> np.ndarray:
        tree, own = cKDTree(self.doors.xy), self.doors
        within = np.full((own.places, len(radii_m)), np.nan)
        for column, radius in enumerate(radii_m):
            near = tree.query_ball_point(own.xy, radius)
            within[own.plot, column] = [people[own.plot[doors]].sum() for doors in near]
        return within
