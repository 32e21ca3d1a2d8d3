"""Measures of the street network: counts of a planar graph, orientation of streets, way through the boundary."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = [
    "alpha",
    "boundary_gaps",
    "cyclomatic",
    "exposed_share",
    "gamma",
    "link_node_ratio",
    "meshedness",
    "node_degree",
    "orientation_entropy",
    "orientation_order",
    "segment_bearings",
    "skeleton_counts",
]

_BINS = 36


def node_degree(edges: pd.DataFrame) -> pd.Series:
    """Number of edge ends at each node of ``edges`` (``from_node``, ``to_node``); a loop counts twice."""
    ends = pd.concat([edges["from_node"], edges["to_node"]], ignore_index=True)
    return ends.value_counts().sort_index().rename("degree")


def skeleton_counts(edges: pd.DataFrame) -> tuple[int, int, int]:
    """Links, nodes and pieces of ``edges`` (``from_node``, ``to_node``) once nodes of degree 2 are taken out.

    A street drawn in three pieces then counts like the same street drawn in one. A piece that is a lone ring
    keeps one node and one link.
    """
    ends = np.concatenate([edges["from_node"].to_numpy(), edges["to_node"].to_numpy()])
    codes, names = pd.factorize(ends)
    if not len(names):
        return 0, 0, 0
    start, end = codes[: len(edges)], codes[len(edges) :]
    joins = np.bincount(codes, minlength=len(names)) == 2
    pieces, piece = connected_components(
        coo_matrix((np.ones(len(edges)), (start, end)), shape=(len(names), len(names))), directed=False
    )
    rings = int((np.bincount(piece, weights=~joins, minlength=pieces) == 0).sum())
    taken = int(joins.sum()) - rings
    return len(edges) - taken, len(names) - taken, int(pieces)


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else np.nan


def link_node_ratio(links: int, nodes: int) -> float:
    """Links over nodes [ratio]: 1 for a tree, about 2 for a large grid."""
    return _ratio(links, nodes)


def gamma(links: int, nodes: int) -> float:
    """Links over the most a planar graph can have, e / (3 (v - 2)) [0..1] (Kansky 1963); v >= 3."""
    return _ratio(links, 3 * (nodes - 2))


def alpha(links: int, nodes: int, components: int = 1) -> float:
    """Circuits over the most there can be, (e - v + p) / (2 v - 5) [0..1] (Kansky 1963); v >= 3."""
    return _ratio(links - nodes + components, 2 * nodes - 5)


def meshedness(links: int, nodes: int) -> float:
    """(e - v + 1) / (2 v - 5) [ratio] (Feliciotti 2018): alpha of a network in one piece."""
    return _ratio(links - nodes + 1, 2 * nodes - 5)


def cyclomatic(links: int, nodes: int, components: int = 1) -> int:
    """Independent circuits, e - v + p."""
    return links - nodes + components


def segment_bearings(lines: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    """Bearing [deg from grid north, clockwise, 0..180) and length [m] of each straight piece of ``lines``."""
    xy, owner = shapely.get_coordinates(np.asarray(lines.array, dtype=object), return_index=True)
    step = np.diff(xy, axis=0)
    step = step[np.diff(owner) == 0]
    length = np.hypot(step[:, 0], step[:, 1])
    kept = length > 0
    return np.degrees(np.arctan2(step[kept, 0], step[kept, 1])) % 180, length[kept]


def orientation_entropy(bearing_deg: np.ndarray, length_m: np.ndarray) -> float:
    """Shannon entropy [nat] of street bearings in 36 bins of 10 degrees, both ways, weighted by length.

    Boeing 2019, doi 10.1007/s41109-019-0189-1. ln 4 = 1.386 for one grid, ln 36 = 3.584 for no order. Turning
    a plan by less than 10 degrees may move a bearing to the next bin.
    """
    if length_m.sum() <= 0:
        return np.nan
    both = np.concatenate([bearing_deg, bearing_deg + 180])
    # a bearing of 355 to 5 falls in the bin "north"; rounding first keeps 5 - 1e-12 and 5 together
    bins = (np.floor((np.round(both, 6) + 180 / _BINS) / (360 / _BINS)) % _BINS).astype(int)
    share = np.bincount(bins, weights=np.tile(length_m, 2), minlength=_BINS)
    share = share[share > 0] / share.sum()
    return float(-(share * np.log(share)).sum())


def orientation_order(entropy: float) -> float:
    """1 for a single grid, 0 for streets in all directions: 1 - ((H - ln 4) / (ln 36 - ln 4))^2 (Boeing 2019)."""
    return float(1 - ((entropy - np.log(4)) / (np.log(_BINS) - np.log(4))) ** 2)


def exposed_share(bearing_deg: np.ndarray, length_m: np.ndarray, wind_from_deg: float, within_deg: float) -> float:
    """Share of street length [0..1] whose axis lies within ``within_deg`` of the wind's axis."""
    if length_m.sum() <= 0:
        return np.nan
    off = np.abs((bearing_deg - wind_from_deg + 90) % 180 - 90)
    return float(length_m[off <= within_deg + 1e-9].sum() / length_m.sum())


def boundary_gaps(boundary: shapely.Geometry, points: np.ndarray) -> np.ndarray:
    """Distances along the outer ring [m] from each connection to the next, going round.

    ``points`` are projected on the ring of the largest part of ``boundary``. One connection leaves one gap,
    the whole ring; none leaves none.
    """
    ring = max(shapely.get_parts(boundary), key=shapely.area).exterior
    at = np.unique(np.round(shapely.line_locate_point(ring, points), 3))
    return np.asarray(np.diff(np.append(at, at[:1] + ring.length)))
