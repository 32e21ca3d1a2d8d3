"""Streets as lines with a class; where they cross; the right of way; the blocks left between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from .patch import Patch

__all__ = ["CLASSES", "Street", "blocks_between", "extended", "grid_street", "noded", "right_of_way", "spread"]

GRID_M = 0.001
OVERSHOOT_M = 0.3  # lines are drawn a little too long, so that they surely cross
WELD_M = 0.8

# letter: class, right of way [m], traffic lanes
CLASSES = {
    "A": ("arterial", 30.0, 4),
    "c": ("collector", 20.0, 2),
    "L": ("local", 15.0, 2),
    "l": ("local", 12.0, 2),
    "n": ("lane", 8.0, 1),
    "f": ("footpath", 6.0, 0),
}


@dataclass(frozen=True)
class Street:
    """A centre line and the letter of its class."""

    letter: str
    line: shapely.LineString

    @property
    def width_m(self) -> float:
        return CLASSES[self.letter][1]


def spread(letters: str, total_m: float, ends: str, weights: Sequence[float] | None = None) -> list[float]:
    """Fractions at which parallel streets lie so that the ground between them has the widths of ``weights``.

    ``ends`` are the letters of the two border streets, whose centre lines bound the total.
    """
    widths = np.array([CLASSES[x][1] for x in ends[0] + letters + ends[1]])
    clear = total_m - widths[1:-1].sum() - (widths[0] + widths[-1]) / 2
    share = np.ones(len(letters) + 1) if weights is None else np.asarray(weights, dtype=float)
    steps = clear * share / share.sum() + (widths[:-1] + widths[1:]) / 2
    return [float(x) for x in np.cumsum(steps)[:-1] / total_m]


def extended(line: shapely.LineString, start_m: float = OVERSHOOT_M, end_m: float = OVERSHOOT_M) -> shapely.LineString:
    """The line carried on straight at both ends, so that it surely crosses what it should meet."""
    points = shapely.get_coordinates(line)
    first, last = points[0] - points[1], points[-1] - points[-2]
    head = points[0] + first / np.hypot(*first) * start_m
    tail = points[-1] + last / np.hypot(*last) * end_m
    return shapely.LineString(np.vstack([head, points[1:-1], tail]))


def grid_street(patch: Patch, letter: str, start: tuple[float, float], end: tuple[float, float]) -> Street:
    """A street of the patch between two (s, t) points."""
    return Street(letter, extended(patch.line(start, end)))


def noded(streets: Sequence[Street]) -> gpd.GeoDataFrame:
    """Street pieces from crossing to crossing, each with the class of the line it lies on; loose ends dropped."""
    lines = np.array([s.line for s in streets])
    pieces = _welded(shapely.get_parts(shapely.line_merge(shapely.union_all(lines, grid_size=GRID_M))))
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    piece, line = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=WELD_M)
    away = np.round(shapely.distance(middle[piece], lines[line]), 2)
    best = np.lexsort((-np.array([s.width_m for s in streets])[line], away, piece))
    piece, line = piece[best], line[best]
    owner = line[np.unique(piece, return_index=True)[1]]
    return gpd.GeoDataFrame({"letter": [streets[i].letter for i in owner], "geometry": pieces})


def _welded(pieces: np.ndarray) -> np.ndarray:
    """Pieces with ends closer than the weld brought to one point; what that leaves without length, and twins, go."""
    ends = np.concatenate([shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)])
    seat = _seats(ends)
    head, tail = seat.reshape(2, -1)
    long = (head != tail) | (shapely.length(pieces) > 4 * WELD_M)
    points = shapely.get_coordinates(ends)
    kept: dict[tuple[int, int, int], shapely.LineString] = {}
    for i in np.flatnonzero(long):
        inner = shapely.get_coordinates(pieces[i])[1:-1]
        line = shapely.LineString(np.vstack([points[head[i]], inner, points[tail[i]]]))
        kept.setdefault((*sorted((int(head[i]), int(tail[i]))), round(line.length / 5)), line)
    return np.array(list(kept.values()))


def _seats(ends: np.ndarray) -> np.ndarray:
    """For each end, the end it is brought to: the busiest one within the weld, the first of equals."""
    a, b = shapely.STRtree(ends).query(ends, predicate="dwithin", distance=WELD_M)
    _, code, count = np.unique(
        np.round(shapely.get_coordinates(ends), 3), axis=0, return_inverse=True, return_counts=True
    )
    order = np.lexsort((b, code.ravel()[b], -count[code.ravel()[b]], a))
    return b[order][np.unique(a[order], return_index=True)[1]]


def right_of_way(streets: Sequence[Street], pieces: gpd.GeoDataFrame) -> shapely.Geometry:
    """What the streets take: half a width on both sides of each line, and the outer corner where two lines end."""
    bands = [s.line.buffer(s.width_m / 2, cap_style="flat", join_style="mitre") for s in streets]
    return shapely.union_all(np.array(bands + list(_corners(pieces))), grid_size=GRID_M)


def _corners(pieces: gpd.GeoDataFrame) -> Iterable[shapely.Geometry]:
    ends = shapely.get_coordinates(
        np.concatenate([shapely.get_point(pieces.geometry, 0), shapely.get_point(pieces.geometry, -1)])
    )
    half = np.tile([CLASSES[x][1] / 2 for x in pieces["letter"]], 2)
    nodes, code, count = np.unique(np.round(ends, 3), axis=0, return_inverse=True, return_counts=True)
    for node in np.flatnonzero(count == 2):
        yield shapely.Point(nodes[node]).buffer(half[code.ravel() == node].min(), quad_segs=4)


def blocks_between(ground: shapely.Geometry, way: shapely.Geometry) -> np.ndarray:
    """The pieces of ground outside the right of way."""
    return shapely.get_parts(shapely.difference(ground, way, grid_size=GRID_M))
