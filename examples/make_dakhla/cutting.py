"""Cutting a block into lots: every cut is noded on whole millimetres, so that lots cover the block exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely
import shapely.ops

__all__ = ["cut", "double_row", "four_sides", "lanes_through", "ring", "shares"]

GRID_M = 0.001
SLIM = 3.0


@lru_cache(maxsize=64)
def four_sides(block: shapely.Polygon) -> tuple[shapely.LineString, ...]:
    """The sides of a block between its four sharpest corners: long, short, long, short, in order round it.

    Both long sides are returned running the same way, so that equal fractions face each other; the two short
    sides run from the first long side to the second.
    """
    ring = shapely.get_coordinates(shapely.normalize(block).exterior.simplify(1.2))[:-1]
    corners = ring if len(ring) == 4 else _sharpest(ring, block)
    a, b, c, d = _outline_between(block, corners)
    if a.length + c.length < b.length + d.length:
        a, b, c, d = b, c, d, a
    return a, b, c.reverse(), d.reverse()


def _sharpest(ring: np.ndarray, block: shapely.Polygon) -> np.ndarray:
    if len(ring) < 4:
        return shapely.get_coordinates(shapely.minimum_rotated_rectangle(block).exterior)[:-1]
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turn = np.abs(np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1)))
    return ring[np.sort(np.argsort(-turn, kind="stable")[:4])]


def _outline_between(block: shapely.Polygon, corners: np.ndarray) -> list[shapely.LineString]:
    outline = shapely.LinearRing(shapely.get_coordinates(shapely.normalize(block).exterior))
    line = shapely.LineString(outline.coords)
    where = np.sort(shapely.line_locate_point(line, shapely.points(corners)))
    doubled = shapely.LineString(np.vstack([shapely.get_coordinates(line), shapely.get_coordinates(line)[1:]]))
    stops = np.append(where, where[0] + line.length)
    return [shapely.ops.substring(doubled, stops[i], stops[i + 1]) for i in range(4)]


def depth_m(block: shapely.Polygon) -> float:
    """Mean length of the short sides."""
    _, b, _, d = four_sides(block)
    return float(b.length + d.length) / 2


def length_m(block: shapely.Polygon) -> float:
    """Mean length of the long sides."""
    a, _, c, _ = four_sides(block)
    return float(a.length + c.length) / 2


def _at(side: shapely.LineString, fraction: float) -> np.ndarray:
    return shapely.get_coordinates(side.interpolate(fraction, normalized=True))[0]


def _through(p: np.ndarray, q: np.ndarray, start_m: float = 1.0, end_m: float = 1.0) -> shapely.LineString:
    way = (q - p) / max(np.hypot(*(q - p)), 1e-9)
    return shapely.LineString([p - way * start_m, q + way * end_m])


def cut(block: shapely.Polygon, lines: Sequence[shapely.LineString]) -> list[shapely.Polygon]:
    """The parts of a block between lines, from south-west to north-east by their centres."""
    if not lines:
        return [block]
    edges = shapely.union_all(np.array([block.boundary, *lines]), grid_size=GRID_M)
    parts = shapely.get_parts(shapely.polygonize([edges]))
    inside = shapely.contains_xy(block, *shapely.get_coordinates(shapely.point_on_surface(parts)).T)
    return list(parts[inside])


def lanes_through(block: shapely.Polygon, strips: int, lane_m: float, reach_m: float) -> list[shapely.LineString]:
    """Centre lines of lanes that part a block lengthwise into equal strips, carried on to the streets around."""
    _, first, _, second = four_sides(block)
    depth = (first.length + second.length) / 2
    strip = (depth - (strips - 1) * lane_m) / strips
    places = [(k * strip + (k - 0.5) * lane_m) / depth for k in range(1, strips)]
    return [_through(_at(second, f), _at(first, f), reach_m, reach_m) for f in places]


def lane_across(block: shapely.Polygon, fraction: float, reach_m: float) -> shapely.LineString:
    """Centre line of a path across a block at a fraction of its length."""
    a, _, c, _ = four_sides(block)
    return _through(_at(a, fraction), _at(c, fraction), reach_m, reach_m)


def _fractions(length_m: float, front_m: float, corner: float) -> list[float]:
    count = max(1, round((length_m - 2 * (corner - 1) * front_m) / front_m))
    if count < 3:
        return [k / count for k in range(1, count)]
    widths = np.ones(count)
    widths[[0, -1]] = corner
    return [float(x) for x in np.cumsum(widths)[:-1] / widths.sum()]


def double_row(block: shapely.Polygon, front_m: float, corner: float = 1.25) -> list[shapely.Polygon]:
    """Two rows of lots back to back along the long sides; corner lots wider by the factor ``corner``."""
    a, b, c, d = four_sides(block)
    spine = _through(_at(d, 0.5), _at(b, 0.5))
    fractions = _fractions((a.length + c.length) / 2, front_m, corner)
    return cut(block, [spine, *(_through(_at(a, f), _at(c, f)) for f in fractions)])


def shares(block: shapely.Polygon, parts: Sequence[float]) -> list[shapely.Polygon]:
    """Lots with these shares of a block, in order along it from its western end.

    They lie side by side; where that would make a lot slimmer than three to one, they are cut in two rows.
    """
    if len(parts) == 1:
        return [block]
    a, b, c, _ = four_sides(block)
    if len(parts) > 2 and b.length > SLIM * a.length * min(parts) / sum(parts):
        half = len(parts) // 2
        west, east = shares(block, [sum(parts[:half]), sum(parts[half:])])
        return shares(west, parts[:half]) + shares(east, parts[half:])
    if _at(a, 0.0)[0] > _at(a, 1.0)[0]:
        a, c = a.reverse(), c.reverse()
    stops = np.cumsum(parts)[:-1] / np.sum(parts)
    lots = cut(block, [_through(_at(a, f), _at(c, f)) for f in stops])
    return sorted(lots, key=lambda lot: a.project(lot.centroid))


def ring(
    block: shapely.Polygon, depth_m: float, front_m: float
) -> tuple[list[shapely.Polygon], list[shapely.Polygon], shapely.LineString]:
    """Lots along the edge of a block, the halves of the court inside, and the line of the path between them."""
    court = _four_cornered(block.buffer(-depth_m, join_style="mitre", mitre_limit=4.0))
    a, _, c, _ = four_sides(court)
    path = _through(_at(a, 0.5), _at(c, 0.5), depth_m * 1.6, depth_m * 1.6)
    corners = shapely.get_coordinates(court.exterior)[:-1]
    lines = [shapely.LineString(court.exterior)]
    for p, q in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        lines.append(_through(p, q, depth_m * 1.6, depth_m * 1.6))
        crossed = path.distance(shapely.Point((p + q) / 2)) < 0.01
        lines.extend(_outward(p, q, court, depth_m, front_m, even=crossed))
    lots = cut(block, [path, *lines])
    inside = [court.contains(lot.representative_point()) for lot in lots]
    edge = [lot for lot, within in zip(lots, inside, strict=True) if not within]
    return edge, [lot for lot, within in zip(lots, inside, strict=True) if within], path


def _four_cornered(court: shapely.Polygon) -> shapely.Polygon:
    """The four-cornered outline nearest to a court, on whole millimetres."""
    outline = shapely.get_coordinates(shapely.normalize(court).exterior.simplify(1.2))[:-1]
    corners = outline if len(outline) == 4 else _sharpest(outline, court)
    return shapely.set_precision(shapely.Polygon(corners), GRID_M)


def _outward(
    p: np.ndarray, q: np.ndarray, court: shapely.Polygon, depth_m: float, front_m: float, *, even: bool
) -> list[shapely.LineString]:
    """Cuts from one side of the court to the street; ``even`` leaves the middle to the path."""
    length = float(np.hypot(*(q - p)))
    count = max(2, 2 * round(length / front_m / 2)) if even else max(1, round(length / front_m))
    normal = np.array([q[1] - p[1], p[0] - q[0]]) / length
    if shapely.contains_xy(court, *((p + q) / 2 + normal)):
        normal = -normal
    starts = [p + (q - p) * k / count for k in range(1, count) if not (even and 2 * k == count)]
    return [shapely.LineString([s, s + normal * depth_m * 1.5]) for s in starts]
