"""Outlines that hold given areas and nothing else, for a programme that nobody has drawn yet.

The ground is cut in two at the right area, along its longer side, again and again, until each row has its own
piece. Pieces are inside the ground, never overlap and keep the order of the rows; their shape says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from scipy.optimize import brentq

__all__ = ["cut_by_areas", "square"]

_MM = 3
_ROUNDING_M2 = 1e-6


def square(area_m2: float) -> shapely.Polygon:
    """A square of ``area_m2`` with a corner at the origin."""
    side = math.sqrt(area_m2)
    return shapely.box(0.0, 0.0, side, side)


def cut_by_areas(ground: shapely.Geometry, areas_m2: Sequence[float]) -> list[shapely.Geometry]:
    """One piece of ``ground`` an area, in order, each within a millimetre's width of its area [m2].

    What ``ground`` holds beyond their sum is left over. Raises ``ValueError`` where it holds less, or an area is
    not above zero.
    """
    wanted = np.asarray(areas_m2, dtype="float64")
    if len(wanted) == 0:
        return []
    if not (wanted > 0).all() or wanted.sum() > shapely.area(ground) * (1 + 1e-9) + _ROUNDING_M2:
        raise ValueError("areas must be above zero and fit in the ground")
    rest = shapely.area(ground) - wanted.sum()
    used = _cut(ground, wanted.sum())[0] if rest > _ROUNDING_M2 else ground
    pieces: list[shapely.Geometry] = []
    waiting = [(used, wanted)]
    while waiting:  # a stack, so that thousands of rows do not run out of recursion
        piece, parts = waiting.pop()
        if len(parts) == 1:
            pieces.append(piece)
            continue
        half = _middle(parts)
        first, second = _cut(piece, shapely.area(piece) * parts[:half].sum() / parts.sum())
        waiting += [(second, parts[half:]), (first, parts[:half])]
    return pieces


def _middle(parts: np.ndarray) -> int:
    """Where the running sum comes nearest to half, so that pieces stay compact."""
    running = np.cumsum(parts)[:-1]
    return int(np.argmin(np.abs(running - parts.sum() / 2))) + 1


def _cut(shape: shapely.Geometry, area_m2: float) -> tuple[shapely.Geometry, shapely.Geometry]:
    """``shape`` parted across its longer side, the first part with ``area_m2``."""
    left, bottom, right, top = shapely.bounds(shape)
    upright = right - left >= top - bottom  # cut by a vertical line
    start, end = (left, right) if upright else (bottom, top)

    def before(at: float) -> shapely.Geometry:
        return _clipped(shape, left, bottom, at if upright else right, top if upright else at)

    wanted = min(area_m2, float(shapely.area(shape)))
    at = round(float(brentq(lambda x: shapely.area(before(x)) - wanted, start, end, xtol=1e-4)), _MM)
    return before(at), _clipped(shape, at if upright else left, bottom if upright else at, right, top)


def _clipped(shape: shapely.Geometry, left: float, bottom: float, right: float, top: float) -> shapely.Geometry:
    if right <= left or top <= bottom:
        return shapely.Polygon()
    clipped = shapely.clip_by_rect(shape, left, bottom, right, top)
    if shapely.get_type_id(clipped) in (3, 6):
        return clipped
    parts = shapely.get_parts(clipped)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
