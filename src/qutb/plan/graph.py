"""The one street graph: streets and existing roads cut where they meet, level by level.

Lines meet where they cross or touch within :data:`JOIN_M` on the same level; lines of different level (a
bridge and the street below) meet only end to end. Ids depend on the drawing alone, not on the order of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from qutb.plan.segments import Segments, segments_of

__all__ = ["JOIN_M", "ROAD_PREFIX", "StreetGraph", "street_graph", "street_lines"]

JOIN_M = 0.01
ROAD_PREFIX = "road:"


@dataclass(frozen=True, eq=False)
class StreetGraph:
    """``nodes`` by node_id, ``edges`` by edge_id, ``lines`` the single lines that went in."""

    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame
    lines: pd.DataFrame


def street_lines(streets: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Planned streets and existing roads as single lines: street_id, level, width_m, existing, geometry.

    Roads of the site are named ``road:<road_id>``. Lines without length are left out.
    """
    planned = pd.DataFrame(
        {
            "street_id": streets.index.astype(str),
            "level": pd.to_numeric(streets["level"]).fillna(0.0).to_numpy(dtype=float),
            "width_m": pd.to_numeric(streets["width_m"]).fillna(0.0).to_numpy(dtype=float),
            "existing": (streets["status"] == "existing").to_numpy(dtype=bool),
            "geometry": streets.geometry.to_numpy(),
        }
    )
    around = pd.DataFrame(
        {
            "street_id": ROAD_PREFIX + roads.index.astype(str),
            "level": 0.0,
            "width_m": pd.to_numeric(roads["width_m"]).fillna(0.0).to_numpy(dtype=float) if "width_m" in roads else 0.0,
            "existing": True,
            "geometry": roads.geometry.to_numpy(),
        }
    )
    lines = pd.concat([t for t in (planned, around) if len(t)] or [planned], ignore_index=True)
    parts, row = shapely.get_parts(lines["geometry"].to_numpy(dtype=object), return_index=True)
    lines = lines.iloc[row].assign(geometry=parts)
    lines = lines[(shapely.get_type_id(parts) == 1) & (shapely.length(parts) > JOIN_M)]
    return lines.iloc[
        np.lexsort((shapely.to_wkb(lines["geometry"].to_numpy(dtype=object), hex=True), lines["street_id"]))
    ].reset_index(drop=True)


def street_graph(streets: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, crs: str | None) -> StreetGraph:
    """Nodes and edges of planned streets and existing roads together."""
    lines = street_lines(streets, roads)
    pieces = segments_of(lines["geometry"].to_numpy(dtype=object))
    cuts = _cuts(pieces, lines["level"].to_numpy(dtype=float))
    node, xy = _clustered(cuts)
    edges = _edges(pieces, cuts, node, xy, lines)
    nodes = _nodes(xy, cuts, node, edges)
    return StreetGraph(nodes, gpd.GeoDataFrame(edges, geometry="geometry", crs=crs).set_index("edge_id"), lines)


def _cuts(pieces: Segments, level: np.ndarray) -> pd.DataFrame:
    """Places where lines end or meet: owner (line), position along it, x, y, level, end."""
    ends = pd.concat([_ends(pieces, pieces.first, 0), _ends(pieces, pieces.last, 1)])
    meets = _meetings(pieces, level)
    cuts = pd.concat([t for t in (ends, meets) if len(t)] or [ends], ignore_index=True)
    cuts["level"] = level[cuts["owner"].to_numpy(dtype=int)] if len(cuts) else 0.0
    return cuts.drop_duplicates(["owner", "position"], ignore_index=True)


def _ends(pieces: Segments, at: np.ndarray, side: int) -> pd.DataFrame:
    xy = (pieces.end if side else pieces.start)[at]
    return pd.DataFrame(
        {
            "owner": pieces.owner[at],
            "position": pieces.rank[at] + float(side),
            "x": xy[:, 0],
            "y": xy[:, 1],
            "end": True,
        }
    )


def _meetings(pieces: Segments, level: np.ndarray) -> pd.DataFrame:
    shapes = shapely.linestrings(np.stack([pieces.start, pieces.end], axis=1)) if len(pieces) else np.empty(0, object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=JOIN_M)
    same = level[pieces.owner[a]] == level[pieces.owner[b]]
    next_to = (pieces.owner[a] == pieces.owner[b]) & (np.abs(pieces.rank[a] - pieces.rank[b]) <= 1)
    keep = (a != b) & same & ~next_to
    a, b = a[keep], b[keep]
    found = [_crossing(pieces, a, b), _touch(pieces, a, b, 0), _touch(pieces, a, b, 1)]
    return pd.concat([t for t in found if len(t)] or found[:1], ignore_index=True)


def _crossing(pieces: Segments, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """Cut of ``a`` where it properly crosses ``b`` (each pair comes both ways round)."""
    p, r = pieces.start[a], pieces.end[a] - pieces.start[a]
    q, s = pieces.start[b], pieces.end[b] - pieces.start[b]
    turn = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    safe = np.where(np.abs(turn) < 1e-12, np.nan, turn)
    d = q - p
    t = (d[:, 0] * s[:, 1] - d[:, 1] * s[:, 0]) / safe
    u = (d[:, 0] * r[:, 1] - d[:, 1] * r[:, 0]) / safe
    hit = (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    return _cut(pieces, a[hit], t[hit])


def _touch(pieces: Segments, a: np.ndarray, b: np.ndarray, side: int) -> pd.DataFrame:
    """Cuts of ``a`` and of ``b`` where an end of piece ``b`` lies on piece ``a``."""
    point = pieces.end[b] if side else pieces.start[b]
    r = pieces.end[a] - pieces.start[a]
    t = np.clip(((point - pieces.start[a]) * r).sum(axis=1) / (r**2).sum(axis=1), 0.0, 1.0)
    foot = pieces.start[a] + t[:, None] * r
    hit = np.hypot(*(foot - point).T) <= JOIN_M
    own, other = _cut(pieces, a[hit], t[hit]), _cut(pieces, b[hit], np.full(int(hit.sum()), float(side)))
    return pd.concat([own, other], ignore_index=True) if len(own) else own


def _cut(pieces: Segments, at: np.ndarray, t: np.ndarray) -> pd.DataFrame:
    length = pieces.length[at]
    t = np.where(t * length < JOIN_M, 0.0, np.where((1 - t) * length < JOIN_M, 1.0, t))
    xy = pieces.start[at] + t[:, None] * (pieces.end[at] - pieces.start[at])
    return pd.DataFrame(
        {"owner": pieces.owner[at], "position": pieces.rank[at] + t, "x": xy[:, 0], "y": xy[:, 1], "end": False}
    )


def _clustered(cuts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Node number of each cut, nodes numbered by x, y, level; and the nodes' coordinates."""
    if cuts.empty:
        return np.empty(0, int), np.empty((0, 2))
    xy = cuts[["x", "y"]].to_numpy(dtype=float)
    storey = (cuts["level"].rank(method="dense").to_numpy() * 1000.0)[:, None]
    pairs = cKDTree(np.hstack([xy, storey])).query_pairs(2 * JOIN_M, output_type="ndarray")
    end = np.flatnonzero(cuts["end"].to_numpy(dtype=bool))
    ramps = end[cKDTree(xy[end]).query_pairs(2 * JOIN_M, output_type="ndarray")]
    both = np.vstack([pairs, ramps.reshape(-1, 2)])
    links = coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(cuts), len(cuts)))
    _, label = connected_components(links, directed=False)
    order = np.lexsort((cuts["level"].to_numpy(), np.round(xy[:, 1], 3), np.round(xy[:, 0], 3)))
    _, first = np.unique(label[order], return_index=True)
    lead = order[np.sort(first)]
    number = np.empty(label.max() + 1, dtype=int)
    number[label[lead]] = np.arange(len(lead))
    return number[label], np.round(xy[lead], 3)


def _edges(pieces: Segments, cuts: pd.DataFrame, node: np.ndarray, xy: np.ndarray, lines: pd.DataFrame) -> pd.DataFrame:
    chain = _chain(pieces, cuts, node, xy)
    at_node = chain["node"].to_numpy(dtype=int) >= 0
    owner = chain["owner"].to_numpy(dtype=int)
    begins = np.concatenate([[True], owner[1:] != owner[:-1]])[: len(owner)]
    ends = np.concatenate([begins[1:], [True]])[: len(owner)]
    twice = at_node & ~begins & ~ends
    row = np.repeat(np.arange(len(chain)), 1 + twice)
    again = np.concatenate([[False], row[1:] == row[:-1]])[: len(row)]
    edge = np.cumsum(again | begins[row]) - 1
    points = chain[["x", "y"]].to_numpy(dtype=float)[row]
    head = np.flatnonzero(np.concatenate([[True], edge[1:] != edge[:-1]])[: len(edge)])
    tail = np.append(head[1:], len(edge))[: len(head)] - 1
    number = chain["node"].to_numpy(dtype=int)[row]
    shapes = shapely.linestrings(points, indices=edge) if len(edge) else np.empty(0, object)
    table = pd.DataFrame(
        {
            "street_id": lines["street_id"].to_numpy()[owner[row][head]],
            "from_node": number[head],
            "to_node": number[tail],
            "length_m": shapely.length(shapes),
            "level": lines["level"].to_numpy()[owner[row][head]],
            "width_m": lines["width_m"].to_numpy()[owner[row][head]],
            "existing": lines["existing"].to_numpy(dtype=bool)[owner[row][head]],
            "geometry": shapes,
        }
    )
    table = table[(table["from_node"] != table["to_node"]) | (table["length_m"] > 4 * JOIN_M)].reset_index(drop=True)
    rank = table.groupby("street_id").cumcount() + 1
    table.insert(0, "edge_id", table["street_id"].astype(str) + "/" + rank.astype(str))
    return table


def _chain(pieces: Segments, cuts: pd.DataFrame, node: np.ndarray, xy: np.ndarray) -> pd.DataFrame:
    """Vertices and nodes of every line in order along it; ``node`` is -1 at a plain vertex."""
    inner = ~pieces.first
    plain = pd.DataFrame(
        {
            "owner": pieces.owner[inner],
            "position": pieces.rank[inner].astype(float),
            "x": pieces.start[inner, 0],
            "y": pieces.start[inner, 1],
            "node": -1,
        }
    )
    marked = cuts[["owner", "position"]].assign(x=xy[node, 0], y=xy[node, 1], node=node)
    chain = pd.concat([t for t in (marked, plain) if len(t)] or [marked], ignore_index=True)
    chain = chain.drop_duplicates(["owner", "position"])  # a node stands for the vertex it falls on
    return chain.sort_values(["owner", "position"], ignore_index=True)


def _nodes(xy: np.ndarray, cuts: pd.DataFrame, node: np.ndarray, edges: pd.DataFrame) -> pd.DataFrame:
    count = len(xy)
    ends = edges[["from_node", "to_node"]].to_numpy(dtype=int)
    planned = ends[~edges["existing"].to_numpy(dtype=bool)]
    old = ends[edges["existing"].to_numpy(dtype=bool)]
    degree = np.bincount(ends.ravel(), minlength=count)
    planned_degree = np.bincount(planned.ravel(), minlength=count)
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    component = _by_length(connected_components(links, directed=False)[1], edges) if count else np.empty(0, int)
    names = np.array([f"N{i + 1}" for i in range(count)], dtype=object)
    edges["component"] = component[ends[:, 0]] if len(ends) else np.empty(0, int)
    edges["from_node"], edges["to_node"] = names[ends[:, 0]], names[ends[:, 1]]
    nodes = pd.DataFrame(
        {
            "x_m": xy[:, 0],
            "y_m": xy[:, 1],
            "degree": degree,
            "tied": (np.bincount(old.ravel(), minlength=count) > 0) & (planned_degree > 0),
            "component": component,
            "planned_degree": planned_degree,
        },
        index=pd.Index(names, name="node_id"),
    )
    return nodes[nodes["degree"] > 0]


def _by_length(label: np.ndarray, edges: pd.DataFrame) -> np.ndarray:
    """Pieces numbered from 1: most planned length first, then the westernmost."""
    where = label[edges["from_node"].to_numpy(dtype=int)]
    planned = np.where(edges["existing"].to_numpy(dtype=bool), 0.0, edges["length_m"].to_numpy(dtype=float))
    length = np.round(np.bincount(where, weights=planned, minlength=label.max() + 1), 3)
    rank = np.empty(len(length), dtype=int)
    rank[np.lexsort((np.arange(len(length)), -length))] = np.arange(1, len(length) + 1)
    ranked: np.ndarray = rank[label]
    return ranked
