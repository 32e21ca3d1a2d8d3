"""Geometries as path data: many polygons in one path, relative steps, whole units of 0.01 mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

__all__ = ["View", "lines_path", "outlines_mm", "points_mm", "polygons_path"]


@dataclass(frozen=True, kw_only=True)
class View:
    """Where ground [m] falls on paper [mm]: frame x, y, width, height, and the scale's denominator."""

    center_m: tuple[float, float]
    frame_mm: tuple[float, float, float, float]
    scale: float

    @property
    def extent_m(self) -> tuple[float, float, float, float]:
        """Ground the frame shows: xmin, ymin, xmax, ymax."""
        half_w, half_h = (side * self.scale / 2000 for side in self.frame_mm[2:])
        x, y = self.center_m
        return x - half_w, y - half_h, x + half_w, y + half_h

    def to_mm(self, coordinates_m: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Paper coordinates [mm], y downward, of ground coordinates [m]."""
        x, y, width, height = self.frame_mm
        factor = 1000 / self.scale
        from_center = (coordinates_m[:, :2] - self.center_m) * (factor, -factor)
        return np.asarray(from_center + np.array([x + width / 2, y + height / 2]))

    def sees(self, geometries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Which geometries touch the frame, by their bounds."""
        xmin, ymin, xmax, ymax = self.extent_m
        b = shapely.bounds(geometries)
        with np.errstate(invalid="ignore"):
            seen = (b[:, 0] <= xmax) & (b[:, 2] >= xmin) & (b[:, 1] <= ymax) & (b[:, 3] >= ymin)
        return np.asarray(seen)


def polygons_path(geometries: np.ndarray[Any, Any], view: View) -> str:
    """Rings of polygons, and of polygons inside collections, as closed subpaths."""
    parts = shapely.get_parts(shapely.get_parts(geometries))
    parts = parts[shapely.get_dimensions(parts) == 2]
    return _path(shapely.get_rings(parts), view, closed=True)


def lines_path(geometries: np.ndarray[Any, Any], view: View) -> str:
    """Lines as open subpaths; polygons give their rings."""
    parts = shapely.get_parts(shapely.get_parts(geometries))
    lines = parts[shapely.get_dimensions(parts) == 1]
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
    return _path(lines, view, closed=False) + _path(rings, view, closed=True)


def points_mm(geometries: np.ndarray[Any, Any], view: View) -> np.ndarray[Any, Any]:
    """Points on paper [mm]: the points themselves, or one inside each line or polygon."""
    return view.to_mm(shapely.get_coordinates(shapely.point_on_surface(geometries)))


def outlines_mm(geometries: np.ndarray[Any, Any], view: View) -> np.ndarray[Any, Any]:
    """The geometries as they lie on paper [mm]."""
    return np.asarray(shapely.transform(geometries, view.to_mm))


def _path(curves: np.ndarray[Any, Any], view: View, *, closed: bool) -> str:
    if len(curves) == 0:
        return ""
    coordinates, owner = shapely.get_coordinates(curves, return_index=True)
    grid = np.rint(view.to_mm(coordinates) * 100).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    steps = np.diff(grid, axis=0, prepend=grid[:1])
    keep = steps.any(axis=1)
    keep[starts] = True
    if closed:
        keep[np.r_[starts[1:], len(grid)] - 1] = False
    first = np.zeros(len(grid), dtype=bool)
    first[starts] = True
    tokens = np.where(first[:, None], grid, steps)[keep].tolist()
    end = "z" if closed else ""
    return _written(tokens, first[keep].tolist(), end)


def _written(tokens: list[list[int]], first: list[bool], end: str) -> str:
    written = []
    after_start = False
    for (x, y), starts in zip(tokens, first, strict=True):
        if starts:
            written.append(f"{end}M{x}{_next(y)}")
        else:
            written.append(f"{'l' if after_start else '' if x < 0 else ' '}{x}{_next(y)}")
        after_start = starts
    return "".join(written).removeprefix(end) + end


def _next(y: int) -> str:
    return f" {y}" if y >= 0 else str(y)
