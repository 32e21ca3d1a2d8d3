"""Several drawings in one file: groups of plots with wide empty land between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

__all__ = ["Part", "parts_of"]

_GAP_M = 250.0
_GAP_SHARE = 0.25
_PLOTS_LEAST = 5
_AREA_SHARE = 0.05


@dataclass(frozen=True)
class Part:
    """One group: how many plots, their area, the middle and the box [m]."""

    plots: int
    area_m2: float
    x_m: float
    y_m: float
    box: tuple[float, float, float, float]


def parts_of(plots: pd.DataFrame) -> list[Part]:
    """The groups that count as drawings, most area first; none where there is only one.

    A gap parts two drawings when it is wider than 250 m and than a quarter of the larger one; a group of few
    plots and little land beside the others is no drawing of its own.
    """
    shapes = plots["geometry"].to_numpy()
    if len(shapes) < 2 * _PLOTS_LEAST:
        return []
    group = _groups(shapely.bounds(shapes))
    parts = [_part(shapes[group == g]) for g in range(group.max() + 1)]
    most = max(p.area_m2 for p in parts)
    real = [p for p in parts if p.plots >= _PLOTS_LEAST and p.area_m2 >= _AREA_SHARE * most]
    real.sort(key=lambda p: (-p.area_m2, p.x_m, p.y_m))
    if len(real) < 2 or not _far(real):
        return []
    return real


def _groups(bounds: np.ndarray) -> np.ndarray:
    """Numbers of the groups that straight gaps part, cut across and along until none is left."""
    group = np.zeros(len(bounds), dtype=int)
    axis, still = 0, 0
    while still < 2:
        cut = _cut(bounds[:, axis], bounds[:, axis + 2], group)
        still = still + 1 if cut.max() == group.max() else 0
        group, axis = cut, 1 - axis
    return group


def _cut(low: np.ndarray, high: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Each group cut where the next shape starts more than the gap after all before it end."""
    order = np.lexsort((low, group))
    rows = pd.DataFrame({"group": group[order], "low": low[order], "high": high[order]})
    reached = rows.groupby("group")["high"].cummax().groupby(rows["group"]).shift()
    fresh = (rows["low"] > reached + _GAP_M) | (rows["group"] != rows["group"].shift())
    found = np.empty(len(group), dtype=int)
    found[order] = fresh.cumsum().to_numpy() - 1
    return found


def _part(shapes: np.ndarray) -> Part:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    middle = ((west + east) / 2, (south + north) / 2)
    return Part(len(shapes), float(shapely.area(shapes).sum()), *middle, (west, south, east, north))


def _far(parts: list[Part]) -> bool:
    boxes = np.array([shapely.box(*p.box) for p in parts], dtype=object)
    widest = max(max(p.box[2] - p.box[0], p.box[3] - p.box[1]) for p in parts)
    others = [min(boxes[i].distance(boxes[j]) for j in range(len(boxes)) if j != i) for i in range(len(boxes))]
    return min(others) > max(_GAP_M, _GAP_SHARE * widest)
