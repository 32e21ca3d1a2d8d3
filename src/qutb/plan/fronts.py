"""Street fronts of plots: the parts of a plot's outline that lie along a right of way.

Without drawn street areas, a part of the outline is a front when it lies within half the street's width
plus :data:`FRONT_TOLERANCE_M` of the centre line, on the ground level. With street areas, when it lies
within the tolerance of one. Side boundaries that merely end at the street are left out.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.plan.cover import polygonal
from qutb.plan.graph import StreetGraph
from qutb.plan.segments import Segments, merged_lengths, ring_segments, segments_of, shares_inside

__all__ = ["FRONT_TOLERANCE_M", "front_lines", "plot_fronts"]

FRONT_TOLERANCE_M = 1.0
_SIDE_M = 2.5 * FRONT_TOLERANCE_M
_MOSTLY = 0.6


def plot_fronts(
    plots: np.ndarray, graph: StreetGraph, street_areas: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, np.ndarray]:
    """Fronts (plot row, street_id, length_m) and the frontage [m] of each plot, corners counted once."""
    outline = ring_segments(plots)
    hits = _along_areas(outline, street_areas, graph) if len(street_areas) else _along_axes(outline, graph)
    hits = _without_sides(hits, outline)
    length = outline.length
    by_street = _union(hits, ["piece", "street"])
    by_street["length_m"] = by_street["share"] * length[by_street["piece"].to_numpy(dtype=int)]
    by_street["plot"] = outline.owner[by_street["piece"].to_numpy(dtype=int)]
    fronts = by_street.groupby(["plot", "street"], as_index=False)["length_m"].sum()
    whole = _union(hits, ["piece"])
    piece = whole["piece"].to_numpy(dtype=int)
    frontage = np.bincount(outline.owner[piece], weights=whole["share"] * length[piece], minlength=len(plots))
    return fronts.rename(columns={"street": "street_id"}), frontage


def front_lines(plots: np.ndarray, graph: StreetGraph, street_areas: gpd.GeoDataFrame) -> np.ndarray:
    """The street front of each plot as one line, ``None`` where it has none: what setbacks are measured from."""
    outline = ring_segments(plots)
    hits = _along_areas(outline, street_areas, graph) if len(street_areas) else _along_axes(outline, graph)
    hits = _without_sides(hits, outline)
    lines: np.ndarray = np.full(len(plots), None, dtype=object)
    if not len(hits):
        return lines
    piece = hits["piece"].to_numpy(dtype=int)
    start, along = outline.start[piece], outline.end[piece] - outline.start[piece]
    ends = [start + along * hits[side].to_numpy(dtype=float)[:, None] for side in ("enter", "leave")]
    order = np.argsort(outline.owner[piece], kind="stable")
    pieces = shapely.linestrings(np.stack(ends, axis=1)[order])
    owner, group = np.unique(outline.owner[piece][order], return_inverse=True)
    lines[owner] = shapely.multilinestrings(pieces, indices=group)
    return lines


def _along_axes(outline: Segments, graph: StreetGraph) -> pd.DataFrame:
    """Hits of the outline on the rights of way that centre lines and widths describe."""
    edges = graph.edges[graph.edges["level"] == 0.0]
    axes = segments_of(edges.geometry.to_numpy())
    reach = edges["width_m"].to_numpy(dtype=float)[axes.owner] / 2 + FRONT_TOLERANCE_M
    hits = _hits(outline, axes, reach, _beyond(edges, axes, graph.nodes))
    street = edges["street_id"].to_numpy(dtype=object)[axes.owner[hits["axis"].to_numpy(dtype=int)]]
    return hits.assign(street=street)


def _along_areas(outline: Segments, areas: gpd.GeoDataFrame, graph: StreetGraph) -> pd.DataFrame:
    """Hits of the outline on the rims of drawn street areas, each named after the nearest street."""
    rims = ring_segments(polygonal(areas.geometry.to_numpy()), holes=True)
    reach = np.full(len(rims), FRONT_TOLERANCE_M)
    hits = _hits(outline, rims, reach, np.column_stack([reach, reach]))
    piece = hits["piece"].to_numpy(dtype=int)
    return hits.assign(street=_nearest((outline.start[piece] + outline.end[piece]) / 2, graph))


def _hits(outline: Segments, axes: Segments, reach: np.ndarray, beyond: np.ndarray) -> pd.DataFrame:
    """Parts of outline pieces inside the rectangle around each axis: piece, axis, enter, leave."""
    far = np.hypot(reach, beyond.max(axis=1, initial=0.0))
    axis, piece = shapely.STRtree(_pieces(outline)).query(_pieces(axes), predicate="dwithin", distance=far)
    enter, leave = shares_inside(
        outline.start[piece], outline.end[piece], axes.start[axis], axes.end[axis], reach[axis], beyond[axis]
    )
    hits = pd.DataFrame({"piece": piece, "axis": axis, "enter": enter, "leave": leave})
    return hits[hits["enter"] < hits["leave"]]


def _beyond(edges: pd.DataFrame, axes: Segments, nodes: pd.DataFrame) -> np.ndarray:
    """How far each axis is prolonged: half the width at a dead end, the tolerance elsewhere."""
    degree = nodes["degree"]
    half = edges["width_m"].to_numpy(dtype=float) / 2
    sides = []
    for column, at in (("from_node", axes.first), ("to_node", axes.last)):
        dead = degree.reindex(edges[column]).to_numpy() == 1
        sides.append(FRONT_TOLERANCE_M + np.where(at & dead[axes.owner], half[axes.owner], 0.0))
    return np.column_stack(sides)


def _nearest(points: np.ndarray, graph: StreetGraph) -> np.ndarray:
    edges = graph.edges[graph.edges["level"] == 0.0]
    names = np.full(len(points), "", dtype=object)
    if len(edges) and len(points):
        nearest = shapely.STRtree(edges.geometry.to_numpy()).nearest(shapely.points(points))
        names = edges["street_id"].to_numpy(dtype=object)[nearest]
    return names


def _pieces(segments: Segments) -> np.ndarray:
    if not len(segments):
        return np.empty(0, dtype=object)
    lines: np.ndarray = shapely.linestrings(np.stack([segments.start, segments.end], axis=1))
    return lines


def _without_sides(hits: pd.DataFrame, outline: Segments) -> pd.DataFrame:
    """Hits that follow the street: long, or covering most of their piece."""
    joined = _union(hits, ["piece", "street"])
    piece = joined["piece"].to_numpy(dtype=int)
    follows = (joined["share"] * outline.length[piece] > _SIDE_M) | (joined["share"] >= _MOSTLY)
    return hits.merge(joined.loc[follows, ["piece", "street"]], on=["piece", "street"])


def _union(hits: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Share of each outline piece covered by the union of its hits."""
    number = hits.groupby(keys, sort=True).ngroup().to_numpy()
    _, share = merged_lengths(number, hits["enter"].to_numpy(dtype=float), hits["leave"].to_numpy(dtype=float))
    names = hits[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    return names.assign(share=share)
