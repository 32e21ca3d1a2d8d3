"""Hatches: plots where no outline is drawn, else what tells the use of the plots they lie on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from qutb.files.drawing.ledger import Ledger
from qutb.files.drawing.overlaps import INSIDE, drop_rows, without_duplicates, without_outlines
from qutb.files.drawing.shaping import areal, areal_one, slivers

__all__ = ["with_hatches", "without_loops"]

_HATCH_SHARE = 0.85
_STRIP_M = 1.2


def without_loops(plots: pd.DataFrame, hatches: pd.DataFrame, marks: np.ndarray, ledger: Ledger) -> pd.DataFrame:
    """Plots but for faces of lines around several hatches that bear texts: those are the plots, the lines streets."""
    fills = hatches["geometry"].to_numpy()
    made = np.flatnonzero(plots["source"] == "lines")
    if not len(fills) or not len(made) or not len(marks):
        return plots
    fills = fills[np.unique(shapely.STRtree(marks).query(fills, predicate="contains")[0])]
    middles = shapely.point_on_surface(fills)
    face, fill = shapely.STRtree(middles).query(plots["geometry"].to_numpy()[made], predicate="contains")
    common = shapely.area(shapely.intersection(plots["geometry"].to_numpy()[made[face]], fills[fill]))
    inside = common >= INSIDE * shapely.area(fills[fill])
    loops = made[np.bincount(face[inside], minlength=len(made)) > 1]
    drop_rows(ledger, "between_plots", plots.iloc[loops])
    return plots.drop(index=plots.index[loops]).reset_index(drop=True)


def with_hatches(plots: pd.DataFrame, hatches: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hatches where no outline is drawn become plots; the others tell the use of the plots they lie on."""
    if not len(hatches):
        return plots, hatches
    shapes = hatches["geometry"].to_numpy().copy()
    area = shapely.area(shapes)
    common, covered = _covered(shapes, plots["geometry"].to_numpy())
    over = covered >= _HATCH_SHARE * area
    rest = np.flatnonzero(~over & (covered > 0.001 * area))
    trimmed = areal(shapely.difference(shapes[rest], common[rest])) if len(rest) else shapes[rest]
    thin = slivers(trimmed) | (shapely.area(trimmed) < 0.1 * area[rest]) if len(rest) else np.zeros(0, bool)
    over[rest[thin]] = True
    keep = rest[~thin]
    drop_rows(ledger, "hatch_overlap", hatches.iloc[keep], area[keep] - shapely.area(trimmed[~thin]))
    shapes[keep] = trimmed[~thin]
    drop_rows(ledger, "hatch_of_plot", hatches[over])
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
    hatches, _ = without_duplicates(hatches, ledger)
    hatches, _ = without_outlines(hatches, ledger, _HATCH_SHARE)
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
    drop_rows(ledger, "hatch_overlap", hatches[cut], lost[cut])
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
