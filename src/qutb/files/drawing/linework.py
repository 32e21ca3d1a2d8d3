"""Bare lines to outlines: cut at every crossing, open ends joined within a tolerance, faces made.

Every join is listed with its place and length; nothing else is moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

__all__ = ["Closures", "faces_of"]

_GRID_M = 0.001
_ASIDE_M = 0.03  # how far beside its direction a corner may lie
_NEXT_M = 0.02  # as good as touching, whatever the direction
_ANGLE_MOST = 4.0  # an extension to a corner may be so many times the gap


@dataclass(frozen=True, eq=False)
class Closures:
    """``joins``: x_m, y_m, length_m of each gap closed; ``open_ends``: those that remain, with their next line."""

    joins: pd.DataFrame
    open_ends: pd.DataFrame


def faces_of(lines: np.ndarray, gap_m: float) -> tuple[np.ndarray, Closures]:
    """Faces that lines enclose, after noding and closing gaps up to ``gap_m``."""
    noded = _noded(lines)
    joins = _joins(noded, gap_m)
    if len(joins):
        noded = _noded(np.concatenate([noded, joins["geometry"].to_numpy()]))
    faces = shapely.get_parts(shapely.polygonize(noded))
    return faces, Closures(_places(joins), _open_ends(noded, gap_m))


def _noded(lines: np.ndarray) -> np.ndarray:
    """Segments cut at crossings on a grid of 1 mm; lines drawn twice become one."""
    merged = shapely.union_all(lines, grid_size=_GRID_M)
    parts: np.ndarray = shapely.get_parts(merged)
    return parts[shapely.length(parts) > 0]


def _ends(noded: np.ndarray) -> pd.DataFrame:
    """Ends of degree one: x, y, the row of their line, and the direction outwards."""
    first, last = (shapely.get_coordinates(shapely.get_point(noded, i)) for i in (0, -1))
    inner_first, inner_last = (shapely.get_coordinates(shapely.get_point(noded, i)) for i in (1, -2))
    table = pd.DataFrame(np.vstack([first, last]), columns=["x", "y"])
    way = np.vstack([first - inner_first, last - inner_last])
    table[["dx", "dy"]] = way / np.maximum(np.hypot(*way.T), 1e-12)[:, None]
    table["row"] = np.tile(np.arange(len(noded)), 2)
    key = np.round(table[["x", "y"]].to_numpy() / _GRID_M).astype(np.int64)
    count = pd.DataFrame(key).groupby([0, 1])[0].transform("size").to_numpy()
    return table[count == 1].reset_index(drop=True)


def _joins(noded: np.ndarray, gap_m: float) -> pd.DataFrame:
    """The join of each open end: to a corner straight ahead, to another end through their corner, to the next line."""
    ends = _ends(noded)
    empty = pd.DataFrame({"geometry": np.empty(0, dtype=object)})
    if not len(ends):
        return empty
    points = shapely.points(ends[["x", "y"]].to_numpy())
    ahead, paired = _ahead(noded, ends, points, gap_m)
    corners = _corners(ends, points, gap_m, paired)
    rest = np.flatnonzero(~paired)
    bridges = _bridges(noded, ends.iloc[rest], points[rest], gap_m)
    made = [*ahead, *corners, *bridges]
    return pd.DataFrame({"geometry": np.array(made, dtype=object)}) if made else empty


def _ahead(
    noded: np.ndarray, ends: pd.DataFrame, points: np.ndarray, gap_m: float
) -> tuple[list[shapely.Geometry], np.ndarray]:
    """Joins to corners of other lines that lie where an end points to, and which ends they close."""
    closed = np.zeros(len(ends), dtype=bool)
    corners = np.unique(shapely.get_coordinates(noded), axis=0)
    dots = shapely.points(corners)
    end, corner = shapely.STRtree(dots).query(points, predicate="dwithin", distance=gap_m)
    step = corners[corner] - ends[["x", "y"]].to_numpy()[end]
    length = np.hypot(*step.T)
    way = ends[["dx", "dy"]].to_numpy()[end]
    along, aside = (step * way).sum(axis=1), np.abs(step[:, 0] * way[:, 1] - step[:, 1] * way[:, 0])
    fits = (length > 0) & (((along > 0) & (aside <= _ASIDE_M + 0.1 * along)) | (length <= _NEXT_M))
    fits &= ~_is_end(corners[corner], ends)
    fits &= shapely.distance(dots[corner], noded[ends["row"].to_numpy()[end]]) > 0
    made = []
    for i in np.lexsort((corner, length)).tolist():
        if fits[i] and not closed[end[i]]:
            closed[end[i]] = True
            made.append(shapely.LineString([shapely.get_coordinates(points[end[i]])[0], corners[corner[i]]]))
    return made, closed


def _is_end(places: np.ndarray, ends: pd.DataFrame) -> np.ndarray:
    keys = {(x, y) for x, y in np.round(ends[["x", "y"]].to_numpy(), 3)}
    return np.array([(x, y) in keys for x, y in np.round(places, 3)], dtype=bool)


def _corners(ends: pd.DataFrame, points: np.ndarray, gap_m: float, paired: np.ndarray) -> list[shapely.Geometry]:
    """Joins between two open ends that are each other's nearest; marks them in ``paired``."""
    if len(ends) < 2:
        return []
    a, b = shapely.STRtree(points).query(points, predicate="dwithin", distance=gap_m)
    keep = (a < b) & (ends["row"].to_numpy()[a] != ends["row"].to_numpy()[b])
    alone = (a < b) & ~keep  # the two ends of one line close on themselves if nothing else is near
    a, b = (np.concatenate([v[keep], v[alone]]) for v in (a, b))
    length = shapely.distance(points[a], points[b])
    order = np.lexsort((b, a, length))
    made = []
    for i in order.tolist():
        if not paired[a[i]] and not paired[b[i]]:
            paired[a[i]] = paired[b[i]] = True
            made.append(_corner(ends.iloc[a[i]], ends.iloc[b[i]], float(length[i])))
    return made


def _corner(one: pd.Series, other: pd.Series, gap: float) -> shapely.Geometry:
    """From end to end through the point where both directions meet, if that is near."""
    p, q = np.array([one["x"], one["y"]]), np.array([other["x"], other["y"]])
    d, e = np.array([one["dx"], one["dy"]]), np.array([other["dx"], other["dy"]])
    cross = d[0] * e[1] - d[1] * e[0]
    if abs(cross) > 0.2:
        along = ((q - p)[0] * e[1] - (q - p)[1] * e[0]) / cross
        meet = p + along * d
        if max(np.hypot(*(meet - p)), np.hypot(*(meet - q))) <= _ANGLE_MOST * max(gap, _GRID_M):
            return shapely.LineString([p, meet, q])
    return shapely.LineString([p, q])


def _bridges(noded: np.ndarray, ends: pd.DataFrame, points: np.ndarray, gap_m: float) -> list[shapely.Geometry]:
    """Joins from an open end to the nearest other line, straight on where that meets it."""
    if not len(ends):
        return []
    tree = shapely.STRtree(noded)
    reach = ends[["x", "y"]].to_numpy() + ends[["dx", "dy"]].to_numpy() * gap_m
    made: list[shapely.Geometry] = []
    for number, (point, ahead) in enumerate(zip(points, reach, strict=True)):
        near = tree.query(point, predicate="dwithin", distance=gap_m)
        near = near[near != int(ends["row"].iloc[number])]
        if not len(near):
            continue
        ray = shapely.LineString([shapely.get_coordinates(point)[0], ahead])
        hits = shapely.intersection(ray, noded[near])
        hits = hits[~shapely.is_empty(hits)]
        if len(hits):
            best = hits[int(np.argmin(shapely.distance(point, hits)))]
            end = shapely.get_coordinates(best)[0]
        else:
            best = noded[near[int(np.argmin(shapely.distance(point, noded[near])))]]
            end = shapely.get_coordinates(shapely.shortest_line(point, best))[-1]
        start = shapely.get_coordinates(point)[0]
        if np.any(start != end):
            made.append(shapely.LineString([start, start + (end - start) * (1 + 1e-9)]))
    return made


def _places(joins: pd.DataFrame) -> pd.DataFrame:
    lines = joins["geometry"].to_numpy()
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    return pd.DataFrame({"x_m": middle[:, 0], "y_m": middle[:, 1], "length_m": shapely.length(lines)})


def _open_ends(noded: np.ndarray, gap_m: float) -> pd.DataFrame:
    """Open ends left, with the distance to the next other line: what a larger tolerance would join."""
    ends = _ends(noded)
    points = shapely.points(ends[["x", "y"]].to_numpy())
    distance = np.full(len(ends), np.inf)
    tree = shapely.STRtree(noded)
    a, b = tree.query(points, predicate="dwithin", distance=5 * gap_m) if len(points) else (np.empty(0, int),) * 2
    other = ends["row"].to_numpy()[a] != b
    np.minimum.at(distance, a[other], shapely.distance(points[a[other]], noded[b[other]]))
    return pd.DataFrame({"x_m": ends["x"], "y_m": ends["y"], "distance_m": distance})
