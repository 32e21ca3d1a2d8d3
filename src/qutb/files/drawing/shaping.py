"""Polygons made sound."""

from __future__ import annotations

import numpy as np
import shapely

__all__ = ["areal", "areal_one", "on_grid"]


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


def _flat(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
