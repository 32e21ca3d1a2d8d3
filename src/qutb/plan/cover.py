"""How plots cover the site: overlaps, blocks, what lies outside, what is left between them.

No union of all plots is taken: plots are united block by block, and only the blocks are taken off the site.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = [
    "OVERLAP_MIN_M2",
    "Neighbours",
    "block_names",
    "inside_areas",
    "neighbours",
    "overlap_areas",
    "polygonal",
    "shares_of",
    "united",
]

OVERLAP_MIN_M2 = 0.1  # two straight fronts on whole millimetres may share this much of a 100 m edge
TOUCH_M = 0.01
_EMPTY = shapely.Polygon()


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Pairs of plots (rows ``a < b``) that touch or overlap."""

    a: np.ndarray
    b: np.ndarray
    count: int


def polygonal(shapes: np.ndarray) -> np.ndarray:
    """The same shapes, broken ones as ``make_valid`` mends them, without their lines and points."""
    sound = shapes.copy()
    broken = ~shapely.is_valid(shapes)
    sound[broken] = [_areal(g) for g in shapely.make_valid(shapes[broken])]
    return sound


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    if shapely.get_type_id(shape) in (3, 6):
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def neighbours(shapes: np.ndarray) -> Neighbours:
    """Every pair of plots within 1 cm of each other."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCH_M)
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    return Neighbours(a[a < b], b[a < b], len(shapes))


def overlap_areas(shapes: np.ndarray, pairs: Neighbours) -> pd.DataFrame:
    """Pairs that share more than :data:`OVERLAP_MIN_M2`: plot rows a and b, area_m2, width_m, geometry."""
    meet = shapely.relate_pattern(shapes[pairs.a], shapes[pairs.b], "2********")
    a, b = pairs.a[meet], pairs.b[meet]
    common = shapely.intersection(shapes[a], shapes[b])
    area = shapely.area(common)
    width = 2 * area / np.maximum(shapely.length(common), 1e-9)
    table = pd.DataFrame({"a": a, "b": b, "area_m2": area, "width_m": width, "geometry": common})
    return table[area > OVERLAP_MIN_M2].reset_index(drop=True)


def block_names(block_id: pd.Series, pairs: Neighbours) -> pd.Series:
    """The block of each plot; plots without one form blocks of those that touch, named after the first."""
    given = block_id.notna().to_numpy()
    free = ~given[pairs.a] & ~given[pairs.b]
    links = coo_array((np.ones(int(free.sum())), (pairs.a[free], pairs.b[free])), shape=(pairs.count, pairs.count))
    _, label = connected_components(links, directed=False)
    first = pd.DataFrame({"label": label, "name": block_id.index.astype(str)}).sort_values(["label", "name"])
    first = first.drop_duplicates("label").set_index("label")["name"]
    return block_id.where(given, "touching:" + first.reindex(label).to_numpy()).astype(object)


def united(shapes: np.ndarray, group: np.ndarray, count: int | None = None) -> np.ndarray:
    """One shape for each group 0..count-1 (default: up to the last); empty where a group has no area."""
    whole: np.ndarray = np.full(int(group.max(initial=-1)) + 1 if count is None else count, _EMPTY)
    order = np.argsort(group, kind="stable")
    parts, row = shapely.get_parts(shapes[order], return_index=True)
    flat = shapely.get_dimensions(parts) == 2
    named, code = np.unique(group[order][row[flat]], return_inverse=True)
    if len(named):
        collected = shapely.multipolygons(parts[flat], indices=code)
        whole[named] = shapely.union_all(collected[:, None], axis=1)
    return whole


def inside_areas(shapes: np.ndarray, boundary: shapely.Geometry) -> np.ndarray:
    """Area [m2] of each shape inside the boundary; only shapes that cross it are cut."""
    shapely.prepare(boundary)
    area: np.ndarray = shapely.area(shapes)
    whole = shapely.covers(boundary, shapes)
    area[~whole] = shapely.area(shapely.intersection(shapes[~whole], boundary))
    return area


def shares_of(shapes: np.ndarray, zones: np.ndarray) -> pd.DataFrame:
    """Rows (shape, zone, area_m2) where a shape lies in a zone; only shapes that cross its edge are cut."""
    zone, shape = shapely.STRtree(shapes).query(zones, predicate="intersects")
    within = shapely.covers(zones[zone], shapes[shape])
    area = shapely.area(shapes[shape])
    area[~within] = shapely.area(shapely.intersection(shapes[shape[~within]], zones[zone[~within]]))
    table = pd.DataFrame({"shape": shape, "zone": zone, "area_m2": area})
    return table[table["area_m2"] > OVERLAP_MIN_M2].sort_values(["shape", "zone"], ignore_index=True)
