"""Polygons made sound."""

from __future__ import annotations

import numpy as np
import shapely

__all__ = ["areal", "areal_one", "on_grid", "slivers"]

_SLIVER_WIDTH_M = 0.4
_SLIVER_M2 = 1.0


def areal(shapes: np.ndarray) -> np.ndarray:
    """The same shapes as valid polygons: broken ones mended by even and odd, lines and points left out."""
    sound = np.array(shapes, dtype=object)
    bad = ~shapely.is_valid(sound)
    sound[bad] = shapely.make_valid(sound[bad])
    mixed = ~np.isin(shapely.get_type_id(sound), (3, 6))
    sound[mixed] = [_flat(g) for g in sound[mixed]]
    return sound


def areal_one(shape: shapely.Geometry) -> shapely.Geometry:
    """One shape made sound."""
    return areal(np.array([shape], dtype=object))[0]


def on_grid(shapes: np.ndarray) -> np.ndarray:
    """Polygons on whole millimetres, as a plan keeps them; those that rounding would break are mended."""
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, 3))
    bad = ~shapely.is_valid(rounded) & shapely.is_valid(shapes)
    rounded[bad] = areal(shapely.set_precision(shapes[bad], 0.001))
    return rounded


def slivers(shapes: np.ndarray) -> np.ndarray:
    """Which shapes are too small or too thin to be land that someone drew."""
    area = shapely.area(shapes)
    width = 2 * area / np.maximum(shapely.length(shapes), 1e-9)
    thin: np.ndarray = (area < _SLIVER_M2) | (width < _SLIVER_WIDTH_M)
    return thin


def _flat(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
