"""Closed shapes that lie on each other: drawn twice, or outlines around others; what goes is entered in the ledger."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from qutb.files.drawing.ledger import Ledger
from qutb.files.drawing.shaping import areal_one

__all__ = ["INSIDE", "drop_rows", "without_duplicates", "without_outlines"]

INSIDE = 0.9  # of a shape within another
_SAME = 0.98  # intersection over union of a shape drawn twice
_OUTLINE_SHARE = 0.5


def without_duplicates(rows: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shapes drawn more than once: the one with a use and an id stays, else the first."""
    if len(rows) < 2:
        return rows, rows.iloc[:0]
    shapes = rows["geometry"].to_numpy()
    pairs = _same_pairs(shapes)
    worth = (rows["use"] != "").astype(int) * 2 + rows["tags"].notna().astype(int)
    order = np.lexsort((np.arange(len(rows)), -worth.to_numpy()))
    rank = np.empty(len(rows), dtype=int)
    rank[order] = np.arange(len(rows))
    gone = np.zeros(len(rows), dtype=bool)
    for a, b in sorted(pairs, key=lambda p: tuple(sorted((rank[p[0]], rank[p[1]])))):
        keep, leave = (a, b) if rank[a] < rank[b] else (b, a)
        if not gone[keep]:
            gone[leave] = True
    drop_rows(ledger, "duplicate", rows[gone])
    return rows[~gone].reset_index(drop=True), rows[gone].reset_index(drop=True)


def _same_pairs(shapes: np.ndarray) -> list[tuple[int, int]]:
    area = shapely.area(shapes)
    centres = shapely.centroid(shapes)
    a, b = shapely.STRtree(centres).query(
        centres, predicate="dwithin", distance=float(0.02 * np.sqrt(area.max())) + 0.01
    )
    near = (a < b) & (shapely.distance(centres[a], centres[b]) <= 0.02 * np.sqrt(area[a]) + 0.01)
    near &= np.abs(area[a] - area[b]) <= 0.03 * np.maximum(area[a], area[b])
    a, b = a[near], b[near]
    common = shapely.area(shapely.intersection(shapes[a], shapes[b]))
    same = common >= _SAME * (area[a] + area[b] - common)
    return list(zip(a[same].tolist(), b[same].tolist(), strict=True))


def drop_rows(ledger: Ledger, cause: str, rows: pd.DataFrame, area: np.ndarray | None = None) -> None:
    """Enter whole rows, or the given areas of them, under one cause."""
    if not len(rows):
        return
    size = shapely.area(rows["geometry"].to_numpy()) if area is None else area
    for layer, part in pd.DataFrame({"layer": rows["layer"].to_numpy(), "area": size}).groupby("layer", sort=True):
        ledger.drop(cause, str(layer), float(part["area"].sum()), len(part))


def without_outlines(
    rows: pd.DataFrame, ledger: Ledger, least: float = _OUTLINE_SHARE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shapes mostly covered by smaller ones are outlines of blocks or zones; in others, inner shapes are cut out."""
    shapes = rows["geometry"].to_numpy().copy()
    if len(shapes) < 2:
        return rows, rows.iloc[:0]
    area = shapely.area(shapes)
    inner, outer = shapely.STRtree(shapes).query(shapely.point_on_surface(shapes), predicate="within")
    smaller = area[inner] < 0.95 * area[outer]
    inner, outer = inner[smaller], outer[smaller]
    common = shapely.area(shapely.intersection(shapes[inner], shapes[outer]))
    within = common >= INSIDE * area[inner]
    inner, outer, common = inner[within], outer[within], common[within]
    is_outline = np.zeros(len(shapes), dtype=bool)
    cut = np.zeros(len(shapes))
    for parent in np.unique(outer)[np.argsort(area[np.unique(outer)], kind="stable")].tolist():
        children = inner[(outer == parent) & ~is_outline[inner]]
        if not len(children):
            continue
        covered = shapely.union_all(shapes[children])
        share = shapely.area(shapely.intersection(covered, shapes[parent])) / area[parent]
        if share >= least:
            is_outline[parent] = True
        else:
            rest = areal_one(shapely.difference(shapes[parent], covered))
            cut[parent] = area[parent] - shapely.area(rest)
            shapes[parent] = rest
    cutters = cut > 0
    drop_rows(ledger, "cut_by_inner", rows[cutters], cut[cutters])
    drop_rows(ledger, "outline", rows[is_outline])
    rows = rows.assign(geometry=shapes)
    return rows[~is_outline].reset_index(drop=True), rows[is_outline].reset_index(drop=True)
