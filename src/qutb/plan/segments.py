"""Lines and rings as arrays of straight segments: what the graph and the fronts are computed on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["Segments", "merged_lengths", "ring_segments", "segments_of", "shares_inside"]


@dataclass(frozen=True, eq=False)
class Segments:
    """Straight pieces ``start -> end`` [m], the geometry each comes from and its rank along it.

    ``first`` and ``last`` mark the pieces at the two ends of a line.
    """

    start: np.ndarray
    end: np.ndarray
    owner: np.ndarray
    rank: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @property
    def length(self) -> np.ndarray:
        return np.hypot(*(self.end - self.start).T)

    def __len__(self) -> int:
        return len(self.owner)


def segments_of(lines: np.ndarray) -> Segments:
    """Pieces of single lines, in order; a vertex drawn twice counts once."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    fresh = np.ones(len(xy), dtype=bool)
    fresh[1:] = (owner[1:] != owner[:-1]) | (xy[1:] != xy[:-1]).any(axis=1)
    xy, owner = xy[fresh], owner[fresh]
    inner = owner[1:] == owner[:-1] if len(owner) else np.zeros(0, dtype=bool)
    start, end, whose = xy[:-1][inner], xy[1:][inner], owner[:-1][inner]
    change = whose[1:] != whose[:-1]
    first = np.concatenate([[True], change])[: len(whose)]
    last = np.concatenate([change, [True]])[-len(whose) :] if len(whose) else first
    begin = np.maximum.accumulate(np.where(first, np.arange(len(whose)), 0)) if len(whose) else whose
    return Segments(start, end, whose, np.arange(len(whose)) - begin, first, last)


def ring_segments(polygons: np.ndarray, *, holes: bool = False) -> Segments:
    """Pieces of the outer rings of polygons and multipolygons, or of all rings; ``owner`` is their row."""
    parts, whose = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True) if holes else (shapely.get_exterior_ring(parts), None)
    pieces = segments_of(rings)
    owner = pieces.owner if part is None else part[pieces.owner]
    return Segments(pieces.start, pieces.end, whose[owner], pieces.rank, pieces.first, pieces.last)


def shares_inside(
    start: np.ndarray,
    end: np.ndarray,
    axis_from: np.ndarray,
    axis_to: np.ndarray,
    reach: np.ndarray,
    beyond: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Where along each segment (0..1) it lies inside the rectangle around an axis, row by row.

    The rectangle reaches ``reach`` [m] to both sides of the axis and ``beyond`` [m] past its ends
    (n x 2). Clipping after Liang and Barsky (1984). Rows that miss give an interval with in >= out.
    """
    along = axis_to - axis_from
    length = np.hypot(along[:, 0], along[:, 1])
    unit = along / length[:, None]
    normal = np.column_stack([-unit[:, 1], unit[:, 0]])
    enter, leave = np.zeros(len(start)), np.ones(len(start))
    for direction, low, high in ((unit, -beyond[:, 0], length + beyond[:, 1]), (normal, -reach, reach)):
        origin = ((start - axis_from) * direction).sum(axis=1)
        step = ((end - start) * direction).sum(axis=1)
        enter, leave = _clipped(origin, step, low, high, enter, leave)
    return enter, leave


def _clipped(
    origin: np.ndarray, step: np.ndarray, low: np.ndarray, high: np.ndarray, enter: np.ndarray, leave: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    still = np.abs(step) < 1e-12
    safe = np.where(still, 1.0, step)
    t1, t2 = (low - origin) / safe, (high - origin) / safe
    near, far = np.minimum(t1, t2), np.maximum(t1, t2)
    out = still & ((origin < low) | (origin > high))
    near, far = np.where(still, -np.inf, near), np.where(still, np.inf, far)
    return np.where(out, 1.0, np.maximum(enter, near)), np.where(out, 0.0, np.minimum(leave, far))


def merged_lengths(group: np.ndarray, enter: np.ndarray, leave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups (sorted, unique) and the length of the union of their intervals."""
    order = np.lexsort((enter, group))
    group, enter, leave = group[order], enter[order], leave[order]
    names, begin = np.unique(group, return_index=True)
    covered = _running_max(leave, group)
    before = np.concatenate([[-np.inf], covered[:-1]]) if len(covered) else covered
    before[begin] = -np.inf
    gained = np.maximum(leave - np.maximum(enter, before), 0.0)
    return names, np.add.reduceat(gained, begin) if len(begin) else gained


def _running_max(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Greatest value so far inside each group; groups are consecutive and values lie in 0..1."""
    lift = np.cumsum(np.concatenate([[0], group[1:] != group[:-1]])) * 4.0 if len(group) else group * 4.0
    running: np.ndarray = np.maximum.accumulate(values + lift) - lift
    return running
