"""Measures of single shapes: frame or series of geometries in, series on the same index out.

Names, definitions and values are those of momepy 0.11 (Fleischmann 2019, doi 10.21105/joss.01807) where it
has the measure: ``tests/against/test_momepy_parity.py`` holds them together to 1e-9.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = [
    "circular_compactness",
    "compactness",
    "compactness_weighted_axis",
    "convexity",
    "corner_count",
    "courtyard_area",
    "courtyard_index",
    "courtyards",
    "elongation",
    "equivalent_rectangular_index",
    "facade_ratio",
    "floor_area",
    "form_factor",
    "fractal_dimension",
    "linearity",
    "longest_axis_length",
    "orientation",
    "perimeter",
    "rectangularity",
    "shape_index",
    "square_compactness",
    "squareness",
]

Shapes: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries
_STRAIGHT_DEG = 10.0


def _geometries(shapes: Shapes) -> np.ndarray:
    return np.asarray(shapes.geometry.array, dtype=object)


def _series(values: Any, shapes: Shapes, name: str) -> pd.Series:
    return pd.Series(values, index=shapes.index, name=name, dtype="float64")


def _over(top: Any, bottom: Any) -> np.ndarray:
    """Quotient, NaN where the bottom is zero: an absent measure, not an infinite one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, np.true_divide(top, bottom))


def perimeter(shapes: Shapes) -> pd.Series:
    """Length of all rings [m]."""
    return _series(shapely.length(_geometries(shapes)), shapes, "perimeter_m")


def courtyard_area(shapes: Shapes) -> pd.Series:
    """Area of the holes [m2]: area inside the outer ring less area. Polygons only; NaN else."""
    shape = _geometries(shapes)
    outer = shapely.polygons(shapely.get_exterior_ring(shape))
    return _series(shapely.area(outer) - shapely.area(shape), shapes, "courtyard_area_m2")


def courtyard_index(shapes: Shapes) -> pd.Series:
    """Courtyard area over area [ratio]."""
    values = _over(courtyard_area(shapes).to_numpy(), shapely.area(_geometries(shapes)))
    return _series(values, shapes, "courtyard_index")


def courtyards(shapes: Shapes) -> pd.Series:
    """Number of holes of each polygon."""
    return _series(shapely.get_num_interior_rings(_geometries(shapes)), shapes, "courtyards")


def floor_area(area_m2: pd.Series, height_m: pd.Series, floor_height_m: float | pd.Series = 3.0) -> pd.Series:
    """Footprint times whole floors [m2]: area x floor(height / floor height)."""
    return area_m2 * (height_m // floor_height_m)


def form_factor(shapes: Shapes, height_m: pd.Series) -> pd.Series:
    """Outer surface over volume to the power 2/3 [ratio] of a prism of that height (Bourdic 2012)."""
    shape = _geometries(shapes)
    area, height = shapely.area(shape), height_m.to_numpy(dtype="float64")
    surface = shapely.length(shape) * height + area
    return _series(_over(surface, (area * height) ** (2 / 3)), shapes, "form_factor")


def longest_axis_length(shapes: Shapes) -> pd.Series:
    """Diameter of the smallest circle around the shape [m]."""
    return _series(shapely.minimum_bounding_radius(_geometries(shapes)) * 2, shapes, "longest_axis_length_m")


def compactness(shapes: Shapes) -> pd.Series:
    """4 pi area / perimeter squared [0..1] (Polsby and Popper 1991); 1 for a circle."""
    shape = _geometries(shapes)
    values = _over(4 * np.pi * shapely.area(shape), shapely.length(shape) ** 2)
    return _series(values, shapes, "compactness")


def circular_compactness(shapes: Shapes) -> pd.Series:
    """Area over that of the smallest circle around it [0..1] (Reock 1961)."""
    shape = _geometries(shapes)
    values = _over(shapely.area(shape), np.pi * shapely.minimum_bounding_radius(shape) ** 2)
    return _series(values, shapes, "circular_compactness")


def square_compactness(shapes: Shapes) -> pd.Series:
    """(4 sqrt(area) / perimeter) squared [ratio]; 1 for a square (Feliciotti 2018)."""
    shape = _geometries(shapes)
    values = _over(4 * np.sqrt(shapely.area(shape)), shapely.length(shape)) ** 2
    return _series(values, shapes, "square_compactness")


def convexity(shapes: Shapes) -> pd.Series:
    """Area over that of the convex hull [0..1] (Dibble 2017)."""
    shape = _geometries(shapes)
    return _series(_over(shapely.area(shape), shapely.area(shapely.convex_hull(shape))), shapes, "convexity")


def rectangularity(shapes: Shapes) -> pd.Series:
    """Area over that of the smallest rotated rectangle [0..1] (Dibble 2017)."""
    shape = _geometries(shapes)
    values = _over(shapely.area(shape), shapely.area(shapely.minimum_rotated_rectangle(shape)))
    return _series(values, shapes, "rectangularity")


def shape_index(shapes: Shapes) -> pd.Series:
    """sqrt(area / pi) over half the longest axis [0..1] (Ausleitner 2017)."""
    shape = _geometries(shapes)
    values = _over(np.sqrt(shapely.area(shape) / np.pi), shapely.minimum_bounding_radius(shape))
    return _series(values, shapes, "shape_index")


def equivalent_rectangular_index(shapes: Shapes) -> pd.Series:
    """sqrt(area / rectangle area) x rectangle perimeter / perimeter [ratio] (Basaraner and Cetinkaya 2017)."""
    shape = _geometries(shapes)
    box = shapely.minimum_rotated_rectangle(shape)
    values = np.sqrt(_over(shapely.area(shape), shapely.area(box))) * _over(shapely.length(box), shapely.length(shape))
    return _series(values, shapes, "equivalent_rectangular_index")


def elongation(shapes: Shapes) -> pd.Series:
    """Short over long side of the smallest rotated rectangle [0..1] (Gil 2012)."""
    box = shapely.minimum_rotated_rectangle(_geometries(shapes))
    half, area = shapely.length(box) / 2, shapely.area(box)
    root = np.sqrt(np.maximum(half**2 - 4 * area, 0.0))
    return _series(_over(half - root, half + root), shapes, "elongation")


def fractal_dimension(shapes: Shapes) -> pd.Series:
    """2 ln(perimeter / 4) / ln(area) [ratio] (McGarigal and Marks 1995); areas above 1 m2."""
    shape = _geometries(shapes)
    values = _over(2 * np.log(shapely.length(shape) / 4), np.log(shapely.area(shape)))
    return _series(values, shapes, "fractal_dimension")


def facade_ratio(shapes: Shapes) -> pd.Series:
    """Area over perimeter [m] (Hijazi 2016)."""
    shape = _geometries(shapes)
    return _series(_over(shapely.area(shape), shapely.length(shape)), shapes, "facade_ratio_m")


def compactness_weighted_axis(shapes: Shapes) -> pd.Series:
    """Longest axis x (4 / pi - 16 area / perimeter squared) [m] (Feliciotti 2018)."""
    shape = _geometries(shapes)
    axis = shapely.minimum_bounding_radius(shape) * 2
    values = axis * (4 / np.pi - _over(16 * shapely.area(shape), shapely.length(shape) ** 2))
    return _series(values, shapes, "compactness_weighted_axis_m")


def linearity(lines: Shapes) -> pd.Series:
    """Straight distance between the ends over length [0..1] of a line (Araldi and Fusco 2019)."""
    line = _geometries(lines)
    straight = shapely.distance(shapely.get_point(line, 0), shapely.get_point(line, -1))
    return _series(_over(straight, shapely.length(line)), lines, "linearity")


def orientation(shapes: Shapes) -> pd.Series:
    """Deviation of the longest axis from the cardinal directions [0..45 deg] (Schirmer and Axhausen 2015).

    Of polygons the axis of the smallest rotated rectangle, of lines the chord between the ends.
    """
    shape = _geometries(shapes)
    is_line = shapely.get_dimensions(shape) == 1
    lines = np.where(is_line, shape, shapely.get_exterior_ring(shapely.minimum_rotated_rectangle(shape)))
    first = shapely.get_point(lines, 0)
    last = shapely.get_point(lines, np.where(is_line, -1, 1))
    angle = np.degrees(
        np.arctan2(shapely.get_x(last) - shapely.get_x(first), shapely.get_y(last) - shapely.get_y(first))
    )
    return _series(np.abs((angle + 45) % 90 - 45), shapes, "orientation_deg")


def corner_count(shapes: Shapes, straight_deg: float = _STRAIGHT_DEG) -> pd.Series:
    """Vertices of the outer ring whose angle differs from 180 by ``straight_deg`` or more."""
    angle, owner = _vertex_angles(shapes)
    turns = _is_corner(angle, straight_deg)
    return _series(np.bincount(owner, weights=turns, minlength=len(shapes)), shapes, "corner_count")


def squareness(shapes: Shapes, straight_deg: float = _STRAIGHT_DEG) -> pd.Series:
    """Mean deviation of corners from 90 degrees [deg] (Dibble 2017)."""
    angle, owner = _vertex_angles(shapes)
    turns = _is_corner(angle, straight_deg)
    total = np.bincount(owner[turns], weights=np.abs(90 - angle[turns]), minlength=len(shapes))
    return _series(_over(total, np.bincount(owner[turns], minlength=len(shapes))), shapes, "squareness_deg")


def _is_corner(angle: np.ndarray, straight_deg: float) -> np.ndarray:
    return np.asarray(angle <= 180 - straight_deg)


def _vertex_angles(shapes: Shapes) -> tuple[np.ndarray, np.ndarray]:
    """Angle [0..180 deg] at each vertex of the outer rings, and the position of the shape that owns it."""
    xy, owner = shapely.get_coordinates(shapely.get_exterior_ring(_geometries(shapes)), return_index=True)
    last = np.append(np.flatnonzero(np.diff(owner)), len(owner) - 1) if len(owner) else np.array([], dtype=int)
    closing = np.zeros(len(owner), dtype=bool)
    closing[last] = True
    xy, owner = xy[~closing], owner[~closing]
    start = np.flatnonzero(np.r_[True, np.diff(owner) > 0]) if len(owner) else np.array([], dtype=int)
    end = np.r_[start[1:], len(owner)] - 1 if len(owner) else start
    before, after = np.arange(len(owner)) - 1, np.arange(len(owner)) + 1
    before[start], after[end] = end, start
    back, ahead = xy[before] - xy, xy[after] - xy
    length = np.linalg.norm(back, axis=1) * np.linalg.norm(ahead, axis=1)
    cosine = np.einsum("ij,ij->i", back, ahead) / np.where(length == 0, np.nan, length)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1))), owner
