"""Buildings on a layer whose name says nothing, told from plots by where they stand: one or two in a lot."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import shapely

from qutb.files.drawing.linework import faces_of

__all__ = ["built_among", "stand_in"]

_INSIDE = 0.9  # of a building's area lies in its lot
_MOST_IN_LOTS = 0.8  # of the layer's shapes
_COVER = 0.6  # of the lots built on, all together: more is lots in a block, or blocks amid streets
_IN_ONE_LOT = 2
_LOTS_BUILT = 0.2
_LEAST = 3


def built_among(rows: pd.DataFrame, lines: np.ndarray, doubtful: Collection[str], gap_m: float) -> np.ndarray:
    """Which closed ``rows`` of the ``doubtful`` layers are buildings; ``lines`` are the open lines of plots.

    A layer holds buildings when nearly all its shapes lie in the outlines of other layers, at most two in each
    of many, and leave land free there.
    """
    built = np.zeros(len(rows), dtype=bool)
    rings = (rows["kind"] == "ring").to_numpy()
    shapes = rows["geometry"].to_numpy()
    for layer in sorted(set(doubtful) & set(rows.loc[rings, "layer"])):
        on_layer = rings & (rows["layer"] == layer).to_numpy()
        lots = shapes[rings & ~on_layer & ~built]
        if on_layer.sum() < _LEAST:
            continue
        if len(lines):
            lots, _ = faces_of(np.concatenate([lines, shapely.boundary(lots)]), gap_m)
        built[on_layer] = any(stand_in(shapes[on_layer], land) for land in (lots, shapes[~rings]))
    return built


def stand_in(shapes: np.ndarray, lots: np.ndarray) -> bool:
    """Whether ``shapes`` stand one or two in a lot, in many of the ``lots``, and leave land free there."""
    if not len(lots):
        return False
    area, land = shapely.area(shapes), shapely.area(lots)
    shape, lot = shapely.STRtree(lots).query(shapely.point_on_surface(shapes), predicate="within")
    common = shapely.area(shapely.intersection(shapes[shape], lots[lot]))
    held = (common >= _INSIDE * area[shape]) & (area[shape] < 0.95 * land[lot])
    pairs = pd.DataFrame({"shape": shape, "lot": lot, "land": land[lot]})[held]
    pairs = pairs.sort_values("land", kind="stable").drop_duplicates("shape")
    used = pairs.drop_duplicates("lot")
    return bool(
        len(pairs) >= _MOST_IN_LOTS * len(shapes)
        and area[pairs["shape"]].sum() <= _COVER * used["land"].sum()
        and pairs["lot"].value_counts().median() <= _IN_ONE_LOT
        and len(used) >= _LOTS_BUILT * len(lots)
    )
