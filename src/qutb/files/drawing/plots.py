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
from qutb.files.drawing.hatches import with_hatches, without_loops
from qutb.files.drawing.ledger import Ledger
from qutb.files.drawing.linework import Closures, faces_of
from qutb.files.drawing.overlaps import drop_rows, without_duplicates, without_outlines
from qutb.files.drawing.scan import closed_shapes
from qutb.files.drawing.shaping import areal, areal_one, slivers

__all__ = ["Outlines", "closed_rows", "outlines_of"]

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
    rings, twice = without_duplicates(rings, ledger)
    faces, split, closures = _with_lines(rings, lines, marks, ledger, answers.gap_m)
    plots, outlines = without_outlines(faces, ledger)
    plots = without_loops(plots, hatches, marks, ledger)
    plots, over = with_hatches(plots, hatches, ledger)
    givers = pd.concat([g for g in (outlines, over, split, twice) if len(g)] or [over], ignore_index=True)
    plots = plots.sort_values("row", kind="stable").reset_index(drop=True)
    return Outlines(plots, givers, closures.joins, closures.open_ends, rows.iloc[:0])


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
    faces = faces[~slivers(faces)]
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
    drop_rows(ledger, "between_plots", faces[street])
    return faces[~street]
