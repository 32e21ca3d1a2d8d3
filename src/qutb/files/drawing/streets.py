"""Streets from their centre lines, or from the space between plots, with the width measured there.

Without centre lines the skeleton of the space between blocks is taken: points on the edges of plots, their
Voronoi diagram, and of its edges those that part two different blocks. Width = twice the distance to plots.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi

from qutb.core import Finding
from qutb.files.drawing.answers import Answers
from qutb.files.drawing.marks import apart, marked, own_number

__all__ = ["class_of", "derived_streets", "drawn_streets", "measured_widths", "streets_of"]

_AXIS_AWAY_M = 1.0
_WIDTH_TEXT_M = 15.0
_WIDTH_M = (0.5, 200.0)
_STEP_M = 2.0
_TOUCH_M = 0.3
_POINTS_MOST = 400_000
_SAMPLES = 9
_NARROWEST_M = 1.5
_SIMPLE_M = 0.6
_STUB_M = 3.0
_KNOT_M = 1.0  # ends nearer than this are one crossing


def streets_of(
    shapes: pd.DataFrame, land: np.ndarray, parsed: pd.DataFrame, answers: Answers
) -> tuple[pd.DataFrame, list[Finding]]:
    """Streets (street_id, street_class, width_m, tags, geometry) of a drawing, and what is said of them.

    Width: what the line carries, else the space between plots, else the width written beside it, else the
    answers' default.
    """
    lines = shapes[(shapes["role"] == "streets") & (shapes["kind"] == "line")].copy()
    said: list[Finding] = []
    if not len(lines):
        lines, said = _stray_axes(shapes, land)
    if len(lines):
        streets = _with_widths(drawn_streets(lines), land, parsed, answers.street_width_most_m)
    else:
        streets = derived_streets(land, answers.street_width_most_m).assign(layer="", tags=None)
        params = {"count": len(streets), "most": answers.street_width_most_m}
        said = [Finding(code="DRAW-STREETS-DERIVED", severity="warning", params=params)]
    lacking = int(streets["width_m"].isna().sum())
    if lacking:
        params = {"count": lacking, "used": answers.default_width_m}
        said.append(Finding(code="DRAW-WIDTH-ASSUMED", severity="warning", params=params))
    streets["width_m"] = streets["width_m"].fillna(answers.default_width_m).clip(*_WIDTH_M).round(2)
    by_width = class_of(streets["width_m"].to_numpy(dtype=float), answers.class_widths_m)
    named = {name: answer.street_class for name, answer in answers.layers.items()}
    given = np.array([named.get(name, "") for name in streets["layer"]], dtype=object)
    streets["street_class"] = np.where(given == "", by_width, given) if len(streets) else by_width
    ids = [marked(tags) or f"S-{n + 1}" for n, tags in enumerate(streets["tags"])]
    streets["street_id"] = apart(pd.Series(ids, dtype=object)).to_numpy()
    return streets[["street_id", "street_class", "width_m", "tags", "geometry"]], said


def _with_widths(streets: pd.DataFrame, land: np.ndarray, parsed: pd.DataFrame, most_m: float) -> pd.DataFrame:
    measured = pd.Series(measured_widths(streets["geometry"].to_numpy(), land, most_m))
    own = pd.Series([own_number(tags, "width_m") for tags in streets["tags"]])
    return streets.assign(width_m=own.fillna(measured).fillna(_by_text(streets, parsed)))


def _by_text(streets: pd.DataFrame, parsed: pd.DataFrame) -> pd.Series:
    """The width written nearest to a line, within reach."""
    widths = parsed[parsed["kind"] == "width"]
    found = pd.Series(np.nan, index=streets.index)
    if len(widths):
        points = shapely.points(widths[["x_m", "y_m"]].to_numpy(dtype=float))
        lines, near = shapely.STRtree(points).query_nearest(
            streets["geometry"].to_numpy(), max_distance=_WIDTH_TEXT_M, all_matches=False
        )
        found.iloc[lines] = widths["value"].to_numpy(dtype=float)[near]
    return found


def _stray_axes(shapes: pd.DataFrame, land: np.ndarray) -> tuple[pd.DataFrame, list[Finding]]:
    """Lines on the layers of plots that run between plots and bound none: centre lines on a wrong layer."""
    lines = shapes[(shapes["role"] == "plots") & (shapes["kind"] == "line")].copy()
    if not len(lines):
        return lines, []
    middles = shapely.line_interpolate_point(lines["geometry"].to_numpy(), 0.5, normalized=True)
    (at, _), distance = shapely.STRtree(land).query_nearest(middles, return_distance=True, all_matches=False)
    away = np.zeros(len(lines), dtype=bool)
    away[at] = distance > _AXIS_AWAY_M
    found = lines[away]
    if found.empty:
        return found, []
    where = tuple(f"layer:{name}" for name in sorted(found["layer"].unique()))
    params = {"count": len(found)}
    return found, [Finding(code="DRAW-STREETS-FOUND", severity="warning", where=where, params=params)]


def class_of(width_m: np.ndarray, limits: Mapping[str, float]) -> np.ndarray:
    """Class by width: the first of ``limits`` (name to least width [m]) that fits, else footpath."""
    found = np.full(len(width_m), "footpath", dtype=object)
    for name, least in sorted(limits.items(), key=lambda item: item[1]):
        found[width_m >= least - 0.05] = name
    return found


def measured_widths(lines: np.ndarray, plots: np.ndarray, most_m: float) -> np.ndarray:
    """Width [m] between plots along each line: twice the median distance of its points; NaN where no plot is near."""
    if not len(lines) or not len(plots):
        return np.full(len(lines), np.nan)
    at = np.linspace(0.1, 0.9, _SAMPLES)
    points = shapely.line_interpolate_point(lines[:, None], at[None, :], normalized=True)
    tree = shapely.STRtree(plots)
    _, distance = tree.query_nearest(points.ravel(), return_distance=True, all_matches=False)
    width = 2 * np.median(distance.reshape(points.shape), axis=1)
    return np.where((width > most_m) | (width < 0.5), np.nan, width)


def drawn_streets(rows: pd.DataFrame) -> pd.DataFrame:
    """Centre lines of their layers; pieces drawn twice once, pieces that continue each other kept apart."""
    lines = rows["geometry"].to_numpy()
    rows = rows[(shapely.length(lines) > 0.01)].reset_index(drop=True)
    plain = shapely.to_wkb(shapely.normalize(shapely.transform(rows["geometry"].to_numpy(), lambda xy: xy.round(3))))
    return rows[~pd.Series(plain).duplicated().to_numpy()].reset_index(drop=True)


def derived_streets(plots: np.ndarray, most_m: float) -> pd.DataFrame:
    """Centre lines (geometry, width_m) of the space between blocks of plots, up to ``most_m`` wide."""
    empty = pd.DataFrame({"geometry": np.empty(0, dtype=object), "width_m": np.empty(0)})
    if len(plots) < 2:
        return empty
    points, block = _edge_points(plots)
    if len(np.unique(block)) < 2:
        return empty
    pieces = _between_blocks(points, block, plots, most_m)
    if not len(pieces):
        return empty
    lines = _merged(pieces)
    width = measured_widths(lines, plots, most_m)
    keep = np.isfinite(width) & (width >= _NARROWEST_M)
    return pd.DataFrame({"geometry": lines[keep], "width_m": width[keep]})


def _edge_points(plots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points on the edges of plots, and the block (plots that touch) each belongs to."""
    a, b = shapely.STRtree(plots).query(plots, predicate="dwithin", distance=_TOUCH_M)
    links = coo_array((np.ones(len(a)), (a, b)), shape=(len(plots),) * 2)
    _, block = connected_components(links, directed=False)
    edges = shapely.boundary(plots)
    step = max(_STEP_M, float(shapely.length(edges).sum()) / _POINTS_MOST)
    points, owner = shapely.get_coordinates(shapely.segmentize(edges, step), return_index=True)
    _, first = np.unique(np.round(points, 2), axis=0, return_index=True)
    return points[first], block[owner[first]]


def _between_blocks(points: np.ndarray, block: np.ndarray, plots: np.ndarray, most_m: float) -> np.ndarray:
    """Edges of the Voronoi diagram between points of different blocks, near enough to both, outside plots."""
    origin = points.mean(axis=0)
    cells = Voronoi(points - origin)
    ends = np.array(cells.ridge_vertices)
    one, other = cells.ridge_points.T
    keep = (block[one] != block[other]) & (ends >= 0).all(axis=1)
    keep &= np.hypot(*(points[one] - points[other]).T) <= most_m
    segments = cells.vertices[ends[keep]] + origin
    whole = np.hypot(*(segments[:, 0] - segments[:, 1]).T) > 1e-6
    segments = segments[whole]
    far = np.abs(segments - points[one[keep]][whole][:, None, :]).max(axis=(1, 2)) <= most_m
    lines: np.ndarray = shapely.linestrings(np.round(segments[far], 3))
    inside = shapely.STRtree(plots).query(shapely.line_interpolate_point(lines, 0.5, normalized=True), "within")[0]
    return np.delete(lines, np.unique(inside))


def _merged(pieces: np.ndarray) -> np.ndarray:
    """Pieces joined from crossing to crossing, straightened; crossings made one, short ends pruned."""
    lines = _joined(pieces)
    lines = _knotted(shapely.simplify(lines, _SIMPLE_M))
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    keys = pd.Series(shapely.to_wkb(ends))
    free = (keys.groupby(keys).transform("size") == 1).to_numpy().reshape(2, -1).any(axis=0)
    return _joined(lines[~(free & (shapely.length(lines) < _STUB_M))])


def _joined(lines: np.ndarray) -> np.ndarray:
    """Lines that meet end to end as one."""
    if not len(lines):
        return lines
    parts: np.ndarray = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    return parts[shapely.length(parts) > 0]


def _knotted(lines: np.ndarray) -> np.ndarray:
    """Lines whose ends at one crossing meet in one point; the crumbs between those ends are left out."""
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    a, b = shapely.STRtree(ends).query(ends, predicate="dwithin", distance=_KNOT_M)
    _, knot = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(len(ends),) * 2), directed=False)
    places = pd.DataFrame(shapely.get_coordinates(ends)).groupby(knot).transform("mean").round(3).to_numpy()
    first, last = places[: len(lines)], places[len(lines) :]
    crumb = (knot[: len(lines)] == knot[len(lines) :]) & (shapely.length(lines) <= 2 * _KNOT_M)
    moved = []
    for line, start, end in zip(lines[~crumb], first[~crumb], last[~crumb], strict=True):
        points = shapely.get_coordinates(line)
        moved.append(shapely.LineString([start, *points[1:-1], end]))
    return np.array(moved, dtype=object)
