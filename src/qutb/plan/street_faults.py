"""Streets drawn wrongly: without length, twice, or ending just short of another."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.plan.graph import JOIN_M, StreetGraph
from qutb.plan.result_tables import FABRIC_TABLES

__all__ = ["street_faults"]

_NEAR_M = 1.0
_SAME_M = 0.1
_COLUMNS = [c.name for c in FABRIC_TABLES["street_faults"]]


def street_faults(streets: gpd.GeoDataFrame, graph: StreetGraph) -> pd.DataFrame:
    """Faults of streets: fault, street_id, other_id, distance_m, x_m, y_m."""
    found = [_zero_length(streets), _duplicates(graph), _near_misses(graph)]
    faults = pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True)
    return faults.sort_values(["fault", "street_id", "other_id", "x_m", "y_m"], ignore_index=True)


def _table(fault: str, street: np.ndarray, other: np.ndarray, distance: np.ndarray, points: np.ndarray) -> pd.DataFrame:
    x, y = shapely.get_x(points).round(2), shapely.get_y(points).round(2)
    columns = [np.full(len(street), fault, dtype=object), street, other, distance, x, y]
    return pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))


def _zero_length(streets: gpd.GeoDataFrame) -> pd.DataFrame:
    shapes = streets.geometry.to_numpy()
    short = ~(shapely.length(shapes) > JOIN_M)
    start = shapely.centroid(shapes[short])
    ids = streets.index.to_numpy()[short]
    return _table("zero_length", ids, np.full(len(ids), "", dtype=object), shapely.length(shapes[short]), start)


def _duplicates(graph: StreetGraph) -> pd.DataFrame:
    """Two edges between the same nodes that run together."""
    edges = graph.edges
    ends = np.sort(edges[["from_node", "to_node"]].to_numpy(dtype=str), axis=1)
    table = pd.DataFrame({"a": ends[:, 0], "b": ends[:, 1], "row": np.arange(len(edges))})
    pairs = table.merge(table, on=["a", "b"])
    pairs = pairs[pairs["row_x"] < pairs["row_y"]]
    one, two = pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()
    shapes = edges.geometry.to_numpy()
    same = shapely.hausdorff_distance(shapes[one], shapes[two]) < _SAME_M
    one, two = one[same], two[same]
    ids = edges["street_id"].to_numpy(dtype=object)
    middle = shapely.line_interpolate_point(shapes[one], 0.5, normalized=True)
    return _table("duplicate", ids[one], ids[two], shapely.length(shapes[one]), middle)


def _near_misses(graph: StreetGraph) -> pd.DataFrame:
    """Ends that lie in another street's right of way on the same level without meeting it."""
    edges, nodes = graph.edges, graph.nodes
    loose = nodes[(nodes["degree"] == 1) & (nodes["planned_degree"] == 1)]
    points = shapely.points(loose[["x_m", "y_m"]].to_numpy(dtype=float))
    own = _edge_at(edges, loose.index)
    reach = edges["width_m"].to_numpy(dtype=float) / 2 + _NEAR_M
    edge, end = shapely.STRtree(points).query(edges.geometry.to_numpy(), predicate="dwithin", distance=reach)
    ids, level = edges["street_id"].to_numpy(dtype=object), edges["level"].to_numpy(dtype=float)
    other = (ids[edge] != ids[own[end]]) & (level[edge] == level[own[end]]) & ~_joined(edges, own[end], edge)
    edge, end = edge[other], end[other]
    distance = shapely.distance(points[end], edges.geometry.to_numpy()[edge])
    table = _table("near_miss", ids[own[end]], ids[edge], distance, points[end])
    return table.sort_values("distance_m", kind="stable").drop_duplicates(["street_id", "x_m", "y_m"])


def _edge_at(edges: pd.DataFrame, nodes: pd.Index) -> np.ndarray:
    """Row of the one edge at each loose end."""
    rows = np.arange(len(edges))
    at = pd.concat([pd.Series(rows, index=edges[c]) for c in ("from_node", "to_node")])
    return at[~at.index.duplicated()].reindex(nodes).to_numpy(dtype=int)


def _joined(edges: pd.DataFrame, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Edges that share a node: the end of the one only runs a little past the other."""
    start, end = (edges[c].to_numpy(dtype=object) for c in ("from_node", "to_node"))
    meets: np.ndarray = np.zeros(len(one), dtype=bool)
    for a in (start, end):
        for b in (start, end):
            meets |= a[one] == b[two]
    return meets
