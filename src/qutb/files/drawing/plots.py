"""Closed shapes of a drawing to plots that lie side by side, each square metre accounted for.

In this order: rings (those that nearly close are closed), faces of lines, duplicates, outlines over others,
hatches where nothing else is drawn. ``Outlines.plots`` has one row a plot with its layer and use as drawn;
``givers`` are shapes that became no plot but tell a use: hatches over plots, outlines, duplicates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from qutb.files.drawing.answers import Answers
from qutb.files.drawing.ledger import Ledger
from qutb.files.drawing.linework import Closures, faces_of
from qutb.files.drawing.scan import closed_shapes
from qutb.files.drawing.shaping import areal, areal_one

__all__ = ["Outlines", "closed_rows", "outlines_of"]

_SAME = 0.98  # intersection over union of a shape drawn twice
_OUTLINE_SHARE = 0.5
_INSIDE = 0.9
_SLIVER_WIDTH_M = 0.4
_SLIVER_M2 = 1.0
_HATCH_SHARE = 0.85
_STRIP_M = 1.2
_MARKED = 0.8  # where so many plots bear a text, a face of lines without one is no plot
_STREET_COMPACTNESS = 0.12


@dataclass(eq=False)
class Outlines:
    """``plots`` and ``givers`` (layer, row, insert, colour, tags, geometry, source); what was closed and mended."""

    plots: pd.DataFrame
    givers: pd.DataFrame
    closures: pd.DataFrame
    open_ends: pd.DataFrame
    mended: pd.DataFrame


def closed_rows(shapes: pd.DataFrame, ledger: Ledger, gap_m: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Every closed shape of the drawing as a valid polygon, entered in the ledger; closures; what was mended."""
    rings = _as_rings(shapes, gap_m)
    closures = rings.loc[rings["gap_m"] > 0, ["x_m", "y_m", "gap_m"]].rename(columns={"gap_m": "length_m"})
    rings["geometry"] = closed_shapes(rings)
    rings = rings[~shapely.is_missing(rings["geometry"].to_numpy())].reset_index(drop=True)
    rows = _grouped(rings)
    drawn = rows["geometry"].to_numpy().copy()
    rows["geometry"] = areal(drawn)
    broken = ~shapely.is_valid(drawn)
    rows["area_m2"] = shapely.area(rows["geometry"].to_numpy())
    mended = rows.loc[broken, ["layer", "line", "area_m2"]]
    rows = rows[rows["area_m2"] > 0].reset_index(drop=True)
    for layer, part in rows.groupby("layer", sort=True):
        ledger.take(str(layer), float(part["area_m2"].sum()), len(part))
    return rows, closures, mended


def _as_rings(shapes: pd.DataFrame, gap_m: float) -> pd.DataFrame:
    """Rings and hatch loops, and open lines whose two ends meet or nearly do."""
    lines = shapes["geometry"].to_numpy()
    count = shapely.get_num_coordinates(lines)
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    gap = shapely.distance(first, last)
    opened = (shapes["kind"] == "line").to_numpy()
    length = shapely.length(lines)
    closing = opened & (count >= 4) & (gap <= np.minimum(gap_m, 0.1 * length))
    rings = shapes[shapes["kind"].isin(["ring", "hatch"]).to_numpy() | closing].copy()
    at = shapes.index.get_indexer(rings.index)
    spot = shapely.get_coordinates(shapely.get_point(rings["geometry"].to_numpy(), 0))
    rings["gap_m"] = np.where(closing[at] & (gap[at] > 1e-6), gap[at], 0.0)
    rings["x_m"], rings["y_m"] = spot[:, 0], spot[:, 1]
    rings.loc[closing[at], "kind"] = "ring"
    rings["row"] = rings.index
    return rings


def _grouped(rings: pd.DataFrame) -> pd.DataFrame:
    """Loops of one hatch, and rings that carry the same id, as one shape: inner loops are holes."""
    tagged = [str(t["QUTB"][0]) if isinstance(t, dict) and t.get("QUTB") else "" for t in rings["tags"]]
    key = pd.Series(rings["row"].astype(str).to_numpy(), index=rings.index)
    loops = (rings["kind"] == "hatch").to_numpy()
    key = key.where(~loops, "h" + rings["group"].astype(str))
    marks = pd.Series(tagged, index=rings.index)
    key = key.where(marks == "", "t" + rings["layer"] + "\0" + marks)
    several = key.duplicated(keep=False)
    alone = rings[~several]
    parts = []
    for _, loop in rings[several].groupby(key[several], sort=False):
        first = loop.iloc[[0]].copy()
        first["geometry"] = [_even_odd(loop["geometry"].to_numpy())]
        parts.append(first)
    whole = pd.concat([alone, *parts]) if parts else alone
    return whole.sort_values("row", kind="stable").reset_index(drop=True)


def _even_odd(loops: np.ndarray) -> shapely.Geometry:
    """What lies inside an odd number of loops: islands in holes are kept, loops drawn twice count once."""
    sound = areal(loops)
    sound = sound[np.argsort(-shapely.area(sound), kind="stable")]
    shape = sound[0]
    for loop in sound[1:]:
        if shapely.equals(loop, shape):
            continue
        shape = shapely.symmetric_difference(shape, loop)
    return areal_one(shape)


def outlines_of(
    rows: pd.DataFrame, lines: pd.DataFrame, marks: np.ndarray, ledger: Ledger, answers: Answers
) -> Outlines:
    """Plots from the closed ``rows`` and open ``lines`` of the layers that hold plots.

    ``marks`` are the places of numbers and uses: a face that holds one is a plot, however odd its shape.
    """
    rings = rows[rows["kind"] == "ring"].reset_index(drop=True)
    hatches = rows[rows["kind"] == "hatch"].reset_index(drop=True)
    rings, twice = _without_duplicates(rings, ledger)
    faces, split, closures = _with_lines(rings, lines, marks, ledger, answers.gap_m)
    plots, outlines = _without_outlines(faces, ledger)
    plots = _without_loops(plots, hatches, marks, ledger)
    plots, over = _with_hatches(plots, hatches, ledger)
    givers = pd.concat([g for g in (outlines, over, split, twice) if len(g)] or [over], ignore_index=True)
    plots = plots.sort_values("row", kind="stable").reset_index(drop=True)
    return Outlines(plots, givers, closures.joins, closures.open_ends, rows.iloc[:0])


# duplicates --------------------------------------------------------------------------------------------


def _without_duplicates(rows: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
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
    _drop(ledger, "duplicate", rows[gone])
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


def _drop(ledger: Ledger, cause: str, rows: pd.DataFrame, area: np.ndarray | None = None) -> None:
    """Enter whole rows, or the given areas of them, under one cause."""
    if not len(rows):
        return
    size = shapely.area(rows["geometry"].to_numpy()) if area is None else area
    for layer, part in pd.DataFrame({"layer": rows["layer"].to_numpy(), "area": size}).groupby("layer", sort=True):
        ledger.drop(cause, str(layer), float(part["area"].sum()), len(part))


# lines ---------------------------------------------------------------------------------------------------


def _with_lines(
    rings: pd.DataFrame, lines: pd.DataFrame, marks: np.ndarray, ledger: Ledger, gap_m: float
) -> tuple[pd.DataFrame, pd.DataFrame, Closures]:
    """Rings and the faces that lines make, alone or with rings; a ring that lines divide becomes its faces."""
    nothing = Closures(
        pd.DataFrame({"x_m": [], "y_m": [], "length_m": []}), pd.DataFrame({"x_m": [], "y_m": [], "distance_m": []})
    )
    if not len(lines):
        return rings, rings.iloc[:0], nothing
    edges = shapely.boundary(rings["geometry"].to_numpy())
    faces, closures = faces_of(np.concatenate([lines["geometry"].to_numpy(), edges]), gap_m)
    faces = faces[~_slivers(faces)]
    inside, owner = _owners(faces, rings)
    split = _split_rings(rings, faces, owner)
    pieces = np.isin(owner, split)
    fresh = ~inside
    kept = rings.drop(index=split)
    parted = _made(faces[pieces], rings.iloc[owner[pieces]], lines)
    new = _made(faces[fresh], None, lines)
    for layer, part in new.groupby("layer", sort=True):
        ledger.take(str(layer), float(shapely.area(part["geometry"].to_numpy()).sum()), len(part))
    lost = shapely.area(rings.loc[split, "geometry"].to_numpy()).sum() - shapely.area(faces[pieces]).sum()
    if len(split) and abs(lost) > 1e-9:
        ledger.drop("sliver", str(rings.loc[split, "layer"].iloc[0]), float(lost), 0)
    new = _without_streets(new, kept, marks, ledger)
    table = pd.concat([t for t in (kept, parted, new) if len(t)] or [kept], ignore_index=True)
    return table, rings.loc[split], closures


def _slivers(shapes: np.ndarray) -> np.ndarray:
    area = shapely.area(shapes)
    width = 2 * area / np.maximum(shapely.length(shapes), 1e-9)
    thin: np.ndarray = (area < _SLIVER_M2) | (width < _SLIVER_WIDTH_M)
    return thin


def _owners(faces: np.ndarray, rings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The smallest ring each face lies in, -1 for none."""
    owner = np.full(len(faces), -1)
    if not len(rings) or not len(faces):
        return owner >= 0, owner
    shapes = rings["geometry"].to_numpy()
    points = shapely.point_on_surface(faces)
    face, ring = shapely.STRtree(shapes).query(points, predicate="within")
    order = np.argsort(-shapely.area(shapes[ring]), kind="stable")
    owner[face[order]] = ring[order]
    return owner >= 0, owner


def _split_rings(rings: pd.DataFrame, faces: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Rings divided by lines: several faces lie in them and fill them, and no ring lies inside."""
    if not len(rings):
        return np.empty(0, dtype=int)
    known = owner >= 0
    count = np.bincount(owner[known], minlength=len(rings))
    filled = np.bincount(owner[known], weights=shapely.area(faces[known]), minlength=len(rings))
    area = shapely.area(rings["geometry"].to_numpy())
    return np.flatnonzero((count >= 2) & (filled >= 0.95 * area))


def _made(faces: np.ndarray, rings: pd.DataFrame | None, lines: pd.DataFrame) -> pd.DataFrame:
    """Rows for faces: those of their ring, else of the lines that bound them."""
    if not len(faces):
        return lines.iloc[:0].assign(area_m2=0.0)
    if rings is not None:
        table = rings.reset_index(drop=True).copy()
        table["tags"] = None
    else:
        table = lines.iloc[_bounding(faces, lines)].reset_index(drop=True).copy()
        table["kind"], table["tags"], table["insert"] = "ring", None, -1
    table["geometry"] = faces
    table["area_m2"] = shapely.area(faces)
    table["source"] = "lines"
    return table


def _bounding(faces: np.ndarray, lines: pd.DataFrame) -> np.ndarray:
    """The line nearest to the middle of each face's longest edge."""
    tree = shapely.STRtree(lines["geometry"].to_numpy())
    spots = []
    for face in faces:
        points = shapely.get_coordinates(shapely.get_exterior_ring(face))
        sides = np.hypot(*np.diff(points, axis=0).T)
        at = int(np.argmax(sides))
        spots.append(shapely.Point((points[at] + points[at + 1]) / 2))
    nearest: np.ndarray = tree.nearest(np.array(spots, dtype=object))
    return nearest


def _without_streets(faces: pd.DataFrame, rings: pd.DataFrame, marks: np.ndarray, ledger: Ledger) -> pd.DataFrame:
    """Faces that are the space between plots: they surround others, run long and thin, or alone bear no text."""
    if not len(faces) or len(faces) + len(rings) < 2:
        return faces
    shapes = faces["geometry"].to_numpy()
    holes = shapely.get_num_interior_rings(shapes)
    compact = 4 * np.pi * shapely.area(shapes) / np.maximum(shapely.length(shapes), 1e-9) ** 2
    usual = np.median(shapely.area(shapes))
    street = (shapely.area(shapes) > 3 * usual) & ((holes > 0) | (compact < _STREET_COMPACTNESS))
    if len(marks):
        marked = np.zeros(len(faces), dtype=bool)
        marked[np.unique(shapely.STRtree(marks).query(shapes, predicate="contains")[0])] = True
        usual_marks = (marked.sum() + min(len(rings), len(marks) - marked.sum())) / (len(faces) + len(rings))
        street = (street | (usual_marks >= _MARKED)) & ~marked
    _drop(ledger, "between_plots", faces[street])
    return faces[~street]


# outlines over others ------------------------------------------------------------------------------------


def _without_outlines(
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
    within = common >= _INSIDE * area[inner]
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
    _drop(ledger, "cut_by_inner", rows[cutters], cut[cutters])
    _drop(ledger, "outline", rows[is_outline])
    rows = rows.assign(geometry=shapes)
    return rows[~is_outline].reset_index(drop=True), rows[is_outline].reset_index(drop=True)


# hatches -------------------------------------------------------------------------------------------------


def _without_loops(plots: pd.DataFrame, hatches: pd.DataFrame, marks: np.ndarray, ledger: Ledger) -> pd.DataFrame:
    """Plots but for faces of lines around several hatches that bear texts: those are the plots, the lines streets."""
    fills = hatches["geometry"].to_numpy()
    made = np.flatnonzero(plots["source"] == "lines")
    if not len(fills) or not len(made) or not len(marks):
        return plots
    fills = fills[np.unique(shapely.STRtree(marks).query(fills, predicate="contains")[0])]
    middles = shapely.point_on_surface(fills)
    face, fill = shapely.STRtree(middles).query(plots["geometry"].to_numpy()[made], predicate="contains")
    common = shapely.area(shapely.intersection(plots["geometry"].to_numpy()[made[face]], fills[fill]))
    inside = common >= _INSIDE * shapely.area(fills[fill])
    loops = made[np.bincount(face[inside], minlength=len(made)) > 1]
    _drop(ledger, "between_plots", plots.iloc[loops])
    return plots.drop(index=plots.index[loops]).reset_index(drop=True)


def _with_hatches(plots: pd.DataFrame, hatches: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hatches where no outline is drawn become plots; the others tell the use of the plots they lie on."""
    if not len(hatches):
        return plots, hatches
    shapes = hatches["geometry"].to_numpy().copy()
    area = shapely.area(shapes)
    common, covered = _covered(shapes, plots["geometry"].to_numpy())
    over = covered >= _HATCH_SHARE * area
    rest = np.flatnonzero(~over & (covered > 0.001 * area))
    trimmed = areal(shapely.difference(shapes[rest], common[rest])) if len(rest) else shapes[rest]
    thin = _slivers(trimmed) | (shapely.area(trimmed) < 0.1 * area[rest]) if len(rest) else np.zeros(0, bool)
    over[rest[thin]] = True
    keep = rest[~thin]
    _drop(ledger, "hatch_overlap", hatches.iloc[keep], area[keep] - shapely.area(trimmed[~thin]))
    shapes[keep] = trimmed[~thin]
    _drop(ledger, "hatch_of_plot", hatches[over])
    alone = hatches.assign(geometry=shapes)[~over].reset_index(drop=True)
    alone = _apart(alone, ledger)
    table = pd.concat([t for t in (plots, alone) if len(t)] or [plots], ignore_index=True)
    return table, hatches


def _covered(shapes: np.ndarray, plots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What of each shape lies under plots, as geometry and area."""
    common = np.full(len(shapes), shapely.Polygon(), dtype=object)
    if not len(plots):
        return common, np.zeros(len(shapes))
    shape, plot = shapely.STRtree(plots).query(shapes, predicate="intersects")
    pieces = shapely.intersection(shapes[shape], plots[plot])
    flat = shapely.area(pieces) > 0
    order = shape[flat]
    for row, part in pd.DataFrame({"row": order, "piece": pieces[flat]}).groupby("row"):
        common[row] = shapely.union_all(areal(part["piece"].to_numpy()))
    return common, shapely.area(common)


def _apart(hatches: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Hatches that overlap: drawn twice is once, a thin strip is shared along its middle, else the later is on top."""
    hatches, _ = _without_duplicates(hatches, ledger)
    hatches, _ = _without_outlines(hatches, ledger, _HATCH_SHARE)
    shapes = hatches["geometry"].to_numpy().copy()
    if len(shapes) < 2:
        return hatches
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    below = a < b
    lost = np.zeros(len(shapes))
    for i, j in sorted(zip(a[below].tolist(), b[below].tolist(), strict=True)):
        common = shapely.area(shapely.intersection(shapes[i], shapes[j]))
        if common <= 0.01:
            continue
        before = shapely.area(shapes[[i, j]]).sum()
        if 2 * common / max(shapely.length(shapely.intersection(shapes[i], shapes[j])), 1e-9) < _STRIP_M:
            shapes[i], shapes[j] = _parted(shapes[i], shapes[j])
        else:
            shapes[i] = areal_one(shapely.difference(shapes[i], shapes[j]))
        lost[i] += before - shapely.area(shapes[[i, j]]).sum()
    cut = lost > 0
    _drop(ledger, "hatch_overlap", hatches[cut], lost[cut])
    gone = shapely.area(shapes) <= 0
    return hatches.assign(geometry=shapes)[~gone].reset_index(drop=True)


def _parted(one: shapely.Geometry, other: shapely.Geometry) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Two shapes without their common strip, each with its half: cut where their edges cross, from end to end."""
    edges = shapely.boundary(np.array([one, other], dtype=object))
    crossings = shapely.get_coordinates(shapely.intersection(edges[0], edges[1]))
    common = areal_one(shapely.intersection(one, other))
    pieces = [p for strip in shapely.get_parts(common) for p in _halves(strip, crossings)]
    shares = [shapely.length(shapely.intersection(edges, p)) for p in pieces]
    sides: tuple[list[shapely.Geometry], list[shapely.Geometry]] = ([], [])
    for piece, (own, of_other) in zip(pieces, shares, strict=True):
        sides[0 if of_other >= own else 1].append(piece)  # the edge of the other lies inside the first
    first, second = (
        areal_one(shapely.union_all([shapely.difference(shape, common), *side]))
        for shape, side in zip((one, other), sides, strict=True)
    )
    return first, second


def _halves(strip: shapely.Geometry, crossings: np.ndarray) -> list[shapely.Geometry]:
    """A strip cut along the line between the two crossings of edges that lie farthest apart on it."""
    near = crossings[shapely.distance(shapely.points(crossings), strip) < 1e-6] if len(crossings) else crossings
    if len(near) < 2:
        return [strip]
    gaps = np.hypot(*(near[:, None, :] - near[None, :, :]).transpose(2, 0, 1))
    a, b = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
    lines = shapely.union_all([shapely.LineString([near[a], near[b]]), shapely.boundary(strip)])
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.within(shapely.point_on_surface(pieces), strip) if len(pieces) else np.zeros(0, bool)
    return list(pieces[inside]) or [strip]
