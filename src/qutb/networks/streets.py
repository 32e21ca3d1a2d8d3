"""Streets: a cross-section for each by class and width, and the earth to be moved where the ground is known.

A street takes the widest section of its class that its right of way holds; what is left over goes to the footways.
Areas are those of the right of way, so that crossings count once. Earthworks: the roadbed dug out, and cut and fill
between the ground and a straight grade from node to node; without levels only a range of depths, marked. Left out:
vertical curves and slopes beside the street.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding, PackError
from qutb.networks.bill import elements
from qutb.networks.layout import Layout, levels_at
from qutb.pack import CatalogueRow, Values
from qutb.plan import Fabric

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Streets", "design_streets"]

_MAIN = ("arterial", "collector")
_WHEELED = ("arterial", "collector", "local", "lane")
_STATIONS = 9  # places along a way at which the ground is compared with the grade
_ENDS = ("_low", "", "_high")


@dataclass(frozen=True, kw_only=True, eq=False)
class Streets:
    """``table`` (edge_id): street_id, street_class, section, widths, areas, cut and fill, rank, line."""

    table: pd.DataFrame
    elements: pd.DataFrame
    findings: tuple[Finding, ...]


def design_streets(layout: Layout, fabric: Fabric, site: Site, values: Values) -> Streets:
    """Cross-sections and earthworks of every street to be built, and of the road off site."""
    built = _built(layout, values)
    sections = values.catalogue("cross_sections")
    table, narrow = _sections(built, sections)
    table = table.assign(**_areas(table, fabric))
    table = table.assign(**_earthworks(table, layout, site, values))
    return Streets(
        table=table,
        elements=pd.concat([_elements(table, layout.levels_known), _platforms(layout, fabric)]),
        findings=(*narrow, *_range(table, layout.levels_known)),
    )


def _built(layout: Layout, values: Values) -> pd.DataFrame:
    """New streets, and new ways to tie-ins for roads, which are arterials."""
    edges = layout.edges
    roads = {f"offsite:{t}" for t in layout.tie_ins.index[layout.tie_ins["kind"] == "road"]}
    access = edges.index.isin(roads)
    mine = edges[~edges["existing"].astype(bool) & ((edges["street_class"] != "offsite") | access)]
    frame = pd.DataFrame(mine).copy()
    road = frame.index.isin(roads)
    frame.loc[road, "street_class"] = "arterial"
    frame.loc[road, "width_m"] = values.number("networks.access_road_width")
    frame = frame[frame["width_m"].notna()]
    return frame.assign(rank=frame["rank"].clip(upper=len(layout.phases) - 1))


def _sections(built: pd.DataFrame, sections: tuple[CatalogueRow, ...]) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The widest section that each street holds; one narrower than all takes the narrowest, shrunk, and is named."""
    classes = sorted(set(built["street_class"]))
    parts, narrow = [], []
    for name in classes:
        mine = built[built["street_class"] == name]
        rows = sorted((r for r in sections if r["street_class"] == name), key=lambda r: float(r["from_width"]))
        if not rows:
            raise PackError("PACK-NO-CATALOGUE", f"cross_sections: {name}", pack="")
        least = np.array([float(r["from_width"]) for r in rows])
        pick = np.maximum(np.searchsorted(least, mine["width_m"].to_numpy() + 1e-9, side="right") - 1, 0)
        short = mine["width_m"].to_numpy() < least[0] - 1e-9
        narrow += [(str(s), float(w), float(least[0])) for s, w in mine.loc[short, ["street_id", "width_m"]].to_numpy()]
        parts.append(_with_section(mine, [rows[int(k)] for k in pick]))
    table = pd.concat(parts).reindex(built.index) if parts else _with_section(built, [])
    return table, _narrow(narrow)


def _with_section(mine: pd.DataFrame, rows: list[CatalogueRow]) -> pd.DataFrame:
    width = mine["width_m"].to_numpy(float)
    drawn = {n: np.array([float(r[n]) for r in rows], float) for n in ("carriageway", "parking", "cycle", "planting")}
    shrink = np.minimum(1.0, width / np.maximum(sum(drawn.values(), np.zeros(len(rows))), 0.01))
    drawn = {name: part * shrink for name, part in drawn.items()}
    rest = width - sum(drawn.values(), np.zeros(len(rows)))
    columns = [
        "street_id",
        "street_class",
        "from_node",
        "to_node",
        "width_m",
        "length_m",
        "location",
        "rank",
        "geometry",
    ]
    return mine[columns].assign(
        section=[r["section"] for r in rows],
        **{f"{name}_m": part for name, part in drawn.items()},
        footway_m=np.maximum(rest, 0.0),
    )


def _narrow(rows: list[tuple[str, float, float]]) -> tuple[Finding, ...]:
    if not rows:
        return ()
    streets = dict.fromkeys(row[0] for row in rows)
    worst = min(rows, key=lambda row: row[1] - row[2])
    params = {"count": len(streets), "value": worst[1], "limit": worst[2], "unit": "m"}
    where = tuple(f"street:{s}" for s in list(streets)[:20])
    return (Finding(code="NET-STREET-NARROW", severity="warning", where=where, params=params),)


def _areas(table: pd.DataFrame, fabric: Fabric) -> dict[str, np.ndarray]:
    """Right of way of each street by the length of its ways, less what streets share at crossings."""
    drawn = fabric.streets["right_of_way_area_m2"].reindex(table["street_id"]).to_numpy(float)
    whole = table.groupby("street_id")["length_m"].transform("sum").to_numpy(float)
    length, width = table["length_m"].to_numpy(float), table["width_m"].to_numpy(float)
    area = np.where(np.isnan(drawn), length * width, drawn * length / np.maximum(whole, 0.01))
    area = np.where(table["location"] == "onsite", area * _counted_once(fabric), area)
    share = {
        name: table[f"{name}_m"].to_numpy(float) / width for name in ("carriageway", "parking", "cycle", "footway")
    }
    return {
        "area_m2": area,
        "carriageway_area_m2": area * share["carriageway"],
        "footway_area_m2": area * (share["footway"] + share["parking"] + share["cycle"]),
        "planting_area_m2": area * table["planting_m"].to_numpy(float) / width,
    }


def _counted_once(fabric: Fabric) -> float:
    whole = float(fabric.pole["right_of_way_area_m2"].iloc[0])
    summed = float(fabric.streets["right_of_way_area_m2"].sum())
    return min(1.0, whole / summed) if whole > 0.0 and summed > 0.0 else 1.0


def _earthworks(table: pd.DataFrame, layout: Layout, site: Site, values: Values) -> dict[str, np.ndarray]:
    """Cut and fill [m3], with the range of the roadbed's depth; without levels the range of depths alone."""
    area = table["area_m2"].to_numpy(float)
    known = "networks.roadbed_depth" if layout.levels_known else "networks.earthworks_depth_unknown"
    depth = values.get(known)
    cut, fill = _against_grade(table, layout, site) if layout.levels_known else (0.0 * area, np.full(len(area), np.nan))
    ends = dict(zip(_ENDS, (depth.low, depth.central, depth.high), strict=True))
    moved = {f"cut_m3{end}": cut + area * deep for end, deep in ends.items()}
    if not layout.levels_known:
        moved["cut_m3"] = np.full(len(area), np.nan)
    return {**moved, "fill_m3": fill}


def _against_grade(table: pd.DataFrame, layout: Layout, site: Site) -> tuple[np.ndarray, np.ndarray]:
    """Cut and fill between the ground and the straight grade from node to node."""
    if not len(table):
        return np.zeros(0), np.zeros(0)
    share = (np.arange(_STATIONS) + 0.5) / _STATIONS
    lines = table["geometry"].to_numpy()[:, None]
    ground = levels_at(site, shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True)))
    level = layout.nodes["level_m"]
    first, last = (level.reindex(table[end]).to_numpy(float)[:, None] for end in ("from_node", "to_node"))
    over = (ground.reshape(-1, _STATIONS) - (first + (last - first) * share)) * table["area_m2"].to_numpy(float)[
        :, None
    ]
    return np.maximum(over, 0.0).mean(axis=1), np.maximum(-over, 0.0).mean(axis=1)


def _range(table: pd.DataFrame, levels_known: bool) -> tuple[Finding, ...]:
    if levels_known or not len(table):
        return ()
    low, high = float(table["cut_m3_low"].sum()), float(table["cut_m3_high"].sum())
    params = {"limit_low": round(low), "limit_high": round(high), "unit": "m3"}
    return (Finding(code="NET-EARTHWORKS-RANGE", severity="warning", where=("pole",), params=params),)


def _platforms(layout: Layout, fabric: Fabric) -> pd.DataFrame:
    """Plots graded by their area, beside the earth moved for streets; without levels ``cost`` takes all by area."""
    plots = layout.connections if layout.levels_known else layout.connections.iloc[:0]
    return elements(
        [f"grading:{p}" for p in plots.index],
        trade="earthworks",
        item="earthworks.grading",
        quantity=fabric.plots["area_m2"].reindex(plots.index).fillna(0.0).to_numpy(float),
        unit="m2",
        location="onsite",
        rank=plots["rank"].to_numpy(),
    )


def _elements(table: pd.DataFrame, levels_known: bool) -> pd.DataFrame:
    """Surfaces, kerbs on both sides, earth where levels are known; planting is left to the green works of ``cost``."""
    main = table["street_class"].isin(_MAIN).to_numpy()
    wheeled = table["street_class"].isin(_WHEELED).to_numpy()
    kinds = {
        "roads.carriageway_main": (main, table["carriageway_area_m2"], "m2", "roads"),
        "roads.carriageway_local": (~main, table["carriageway_area_m2"], "m2", "roads"),
        "roads.footway": (np.ones(len(table), bool), table["footway_area_m2"], "m2", "roads"),
        "roads.kerb": (wheeled, 2.0 * table["length_m"], "m", "roads"),
    }
    if levels_known:
        every = np.ones(len(table), bool)
        kinds["earthworks.cut"] = (every, table["cut_m3"], "m3", "earthworks")
        kinds["earthworks.fill"] = (every, table["fill_m3"], "m3", "earthworks")
    return pd.concat(
        [
            elements(
                [f"{key}:{e}" for e in table.index[mine]],
                trade=trade,
                item=key,
                quantity=quantity.to_numpy(float)[mine],
                unit=unit,
                location=table["location"].to_numpy()[mine],
                rank=table["rank"].to_numpy()[mine],
            )
            for key, (mine, quantity, unit, trade) in kinds.items()
        ]
    )
