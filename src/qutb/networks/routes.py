"""Routes off site: the cheapest way over the ground from a tie-in to the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Route", "route_offsite"]

_CELLS = 160  # along the longer side of the ground looked at
_RESTRICTED = 20.0  # a metre across restricted ground, or outside the corridors, counts as so many
_STRAIGHT_M = 5.0  # nearer than this nothing needs a route


@dataclass(frozen=True, eq=False)
class Route:
    """``target`` row of the node reached; ``outside_m`` length outside the corridors, where the site gives some."""

    target: int
    line: shapely.LineString
    length_m: float
    outside_m: float


def route_offsite(site: Site, start: tuple[float, float], nodes: np.ndarray) -> Route:
    """The cheapest route from ``start`` to any of ``nodes`` [x, y in m]."""
    away = np.hypot(*(nodes - np.array(start)).T)
    nearest = int(away.argmin())
    hard, corridors = _restrictions(site), _corridors(site)
    straight = shapely.LineString([start, tuple(nodes[nearest])])
    free = hard is None or not hard.intersects(straight)
    if away[nearest] <= _STRAIGHT_M or (free and corridors is None):
        return Route(nearest, straight, float(away[nearest]), _outside(straight, corridors))
    near = np.argsort(away, kind="stable")[:20]
    target, line = _over_ground(start, nodes, near, hard, corridors)
    return Route(target, line, float(line.length), _outside(line, corridors))


def _restrictions(site: Site) -> shapely.Geometry | None:
    """Ground to go around: protected or liable to floods."""
    kinds = site.constraints["kind"].isin(["protected_area", "flood"]) if len(site.constraints) else []
    shapes = site.constraints.geometry[kinds].to_numpy() if len(site.constraints) else []
    return shapely.union_all(shapes) if len(shapes) else None


def _corridors(site: Site) -> shapely.Geometry | None:
    """Where off-site networks may run, if the site says so."""
    table = getattr(site, "corridors", None)
    if table is None or not len(table):
        return None
    shapes = table.geometry.to_numpy()
    widths = table["width_m"].fillna(20.0).to_numpy() if "width_m" in table else np.full(len(shapes), 20.0)
    lines = shapely.get_dimensions(shapes) < 2
    return shapely.union_all(np.where(lines, shapely.buffer(shapes, widths / 2.0), shapes))


def _outside(line: shapely.LineString, corridors: shapely.Geometry | None) -> float:
    return 0.0 if corridors is None else float(shapely.length(shapely.difference(line, corridors)))


def _over_ground(
    start: tuple[float, float],
    nodes: np.ndarray,
    near: np.ndarray,
    hard: shapely.Geometry | None,
    corridors: shapely.Geometry | None,
) -> tuple[int, shapely.LineString]:
    """Dijkstra on a square grid with eight neighbours, then straightened where that costs nothing."""
    ends = np.vstack([start, nodes[near]])
    low, high = ends.min(axis=0), ends.max(axis=0)
    margin = 0.3 * float((high - low).max()) + 50.0
    low, high = low - margin, high + margin
    cell = float((high - low).max()) / _CELLS
    shape = tuple(int(n) for n in np.ceil((high - low) / cell).astype(int) + 1)
    x, y = (low[i] + cell * np.arange(shape[i]) for i in (0, 1))
    points = shapely.points(*(grid.ravel() for grid in np.meshgrid(x, y, indexing="ij")))
    price = _prices(points, hard, corridors)
    at = [int(np.ravel_multi_index(tuple(np.rint((end - low) / cell).astype(int)), shape)) for end in ends]
    dist, before = dijkstra(_grid(shape, price, cell), indices=at[0], return_predecessors=True)
    best = int(np.argmin(dist[at[1:]]))
    path = [at[1 + best]]
    while path[-1] != at[0] and before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    middle = [(float(points[p].x), float(points[p].y)) for p in path[-2:0:-1]]
    line = shapely.LineString([start, *middle, tuple(nodes[near[best]])])
    return int(near[best]), shapely.simplify(line, cell)


def _prices(points: np.ndarray, hard: shapely.Geometry | None, corridors: shapely.Geometry | None) -> np.ndarray:
    price = np.ones(len(points))
    for shape, inside in ((hard, True), (corridors, False)):
        if shape is not None:
            shapely.prepare(shape)
            price[shapely.intersects(shape, points) == inside] = _RESTRICTED
    return price


def _grid(shape: tuple[int, ...], price: np.ndarray, cell: float) -> coo_array:
    """Steps to the eight neighbours, at the mean price of both ends."""
    number = np.arange(shape[0] * shape[1]).reshape(shape)
    rows, columns, costs = [], [], []
    for a, b, far in (
        (number[:-1], number[1:], 1.0),
        (number[:, :-1], number[:, 1:], 1.0),
        (number[:-1, :-1], number[1:, 1:], np.sqrt(2.0)),
        (number[1:, :-1], number[:-1, 1:], np.sqrt(2.0)),
    ):
        one, other = a.ravel(), b.ravel()
        rows += [one, other]
        columns += [other, one]
        costs += [cell * far * 0.5 * (price[one] + price[other])] * 2
    size = shape[0] * shape[1]
    return coo_array(
        (np.concatenate(costs), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
    ).tocsr()
