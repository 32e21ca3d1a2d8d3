"""Fabric: everything that the geometry of a plan says by itself. A change of use does not touch it.

Sources: Polsby and Popper (1991) for compactness; smallest rectangle by rotating calipers; the land balance
is exact: plots + right of way + gaps = site, because land in two plots is counted once and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import QUIET, Context, StepResult, Table
from qutb.plan.cover import (
    OVERLAP_MIN_M2,
    block_names,
    inside_areas,
    neighbours,
    overlap_areas,
    polygonal,
    shares_of,
    united,
)
from qutb.plan.fronts import FRONT_TOLERANCE_M, front_lines, plot_fronts
from qutb.plan.graph import StreetGraph, street_graph
from qutb.plan.model import LOCAL_CRS, Shapes
from qutb.plan.result_tables import FABRIC_TABLES
from qutb.plan.street_faults import street_faults

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Fabric", "fabric_run"]

GAP_MIN_M2 = 1.0
CORNER_M = 5.0  # corners of plots cut back by so much at a crossing belong to the street


@dataclass(frozen=True, kw_only=True, eq=False)
class Fabric(StepResult):
    """Measures of plots, blocks and streets, the street graph, and how plots cover the site."""

    TABLES: ClassVar[Mapping[str, Table]] = FABRIC_TABLES

    plots: pd.DataFrame
    blocks: pd.DataFrame
    streets: pd.DataFrame
    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame
    fronts: pd.DataFrame
    overlaps: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    broken: gpd.GeoDataFrame
    constraint_overlaps: pd.DataFrame
    land_overlaps: pd.DataFrame
    street_faults: pd.DataFrame
    footprints: pd.DataFrame
    pole: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the parts of the run share: plot ids, sound outlines, areas in all and inside the site."""

    crs: str | None
    ids: np.ndarray
    drawn: np.ndarray
    shapes: np.ndarray
    area: np.ndarray
    inside: np.ndarray
    boundary: shapely.Geometry


def fabric_run(*, shapes: Shapes, site: Site, ctx: Context = QUIET) -> Fabric:
    """Measure a plan's geometry once.

    ``shapes`` [m] in the site's system. Broken outlines are measured as their proposed repair and listed in
    ``broken``. Runs with no plots, no streets or no boundary inside the plan; ``not_seen`` then says what
    is missing. Curves are the straight pieces drawn.
    """
    ground = _ground(shapes, site)
    ctx.report("fabric", 0.1)
    graph = street_graph(shapes.streets, site.roads, ground.crs)
    pairs = neighbours(ground.shapes)
    overlaps = overlap_areas(ground.shapes, pairs)
    ctx.report("fabric", 0.4)
    block_id = block_names(shapes.plots["block_id"], pairs)
    code, names = pd.factorize(block_id, sort=True)
    blocks = united(ground.shapes, code)
    fronts, frontage = plot_fronts(ground.shapes, graph, shapes.street_areas)
    ctx.report("fabric", 0.7)
    rest = _rest(ground, blocks)
    gaps, right_of_way = _gaps(rest, graph, shapes, ground.crs)
    nodes = _with_boundary(graph.nodes, ground.boundary)
    plots = _plots(ground, block_id, fronts, frontage)
    tables: dict[str, Any] = {
        "plots": plots,
        "blocks": _blocks(blocks, names, code),
        "streets": _streets(shapes.streets, graph),
        "nodes": nodes,
        "edges": graph.edges,
        "fronts": _named(fronts, {"plot": ("plot_id", ground.ids)}),
        "overlaps": _overlap_table(overlaps, ground),
        "gaps": gaps,
        "broken": _broken(ground),
        "constraint_overlaps": _on(ground, site.constraints, "constraint_id"),
        "land_overlaps": _on(ground, site.land, "parcel_id"),
        "street_faults": street_faults(shapes.streets, graph),
        "footprints": _footprints(ground, shapes, graph),
    }
    pole = _pole(ground, rest, gaps, right_of_way, tables, site)
    return Fabric(**tables, pole=pole, not_seen=_not_seen(shapes, site))


def _ground(shapes: Shapes, site: Site) -> _Ground:
    drawn = shapes.plots.geometry.to_numpy()
    sound = polygonal(drawn)
    boundary = site.boundary
    return _Ground(
        crs=None if shapes.crs == LOCAL_CRS else shapes.crs,
        ids=shapes.plots.index.to_numpy(),
        drawn=drawn,
        shapes=sound,
        area=shapely.area(sound),
        inside=inside_areas(sound, boundary),
        boundary=boundary,
    )


def _not_seen(shapes: Shapes, site: Site) -> tuple[str, ...]:
    missing = (
        ("PLAN-NO-PLOTS", not len(shapes.plots)),
        ("PLAN-NO-STREETS", not len(shapes.streets)),
        ("PLAN-NO-ROADS", not len(site.roads) and not (shapes.streets["status"] == "existing").any()),
        ("PLAN-NO-CONSTRAINTS", not len(site.constraints)),
        ("PLAN-NO-LAND", not len(site.land)),
    )
    return tuple(code for code, absent in missing if absent)


def _rest(ground: _Ground, blocks: np.ndarray) -> shapely.Geometry:
    return shapely.difference(ground.boundary, shapely.union_all(blocks))


def _gaps(
    rest: shapely.Geometry, graph: StreetGraph, shapes: Shapes, crs: str | None
) -> tuple[gpd.GeoDataFrame, float]:
    """What is left of the site beyond plots and right of way, and the area [m2] of the right of way."""
    if not len(shapes.streets) and not len(shapes.street_areas):
        parts = np.empty(0, dtype=object)
    else:
        parts = shapely.get_parts(shapely.difference(rest, _corridor(graph, shapes)))
        parts = parts[shapely.get_dimensions(parts) == 2]
    parts = shapely.normalize(parts[shapely.area(parts) >= GAP_MIN_M2])
    area = shapely.area(parts)
    point = shapely.point_on_surface(parts)
    table = gpd.GeoDataFrame(
        {
            "area_m2": area,
            "width_m": 2 * area / shapely.length(parts),
            "x_m": shapely.get_x(point).round(2),
            "y_m": shapely.get_y(point).round(2),
        },
        geometry=parts,
        crs=crs,
    )
    table = table.sort_values(["area_m2", "x_m", "y_m"], ascending=[False, True, True], ignore_index=True)
    return table, float(shapely.area(rest) - area.sum())


def _corridor(graph: StreetGraph, shapes: Shapes) -> shapely.Geometry:
    if len(shapes.street_areas):
        return shapely.union_all(shapely.buffer(polygonal(shapes.street_areas.geometry.to_numpy()), 0.01))
    lines = graph.lines[graph.lines["level"] >= 0]
    half = lines["width_m"].to_numpy(dtype=float) / 2 + FRONT_TOLERANCE_M
    along = shapely.buffer(lines["geometry"].to_numpy(dtype=object), half, cap_style="square", join_style="mitre")
    return shapely.union_all(np.concatenate([along, _crossings(graph)]))


def _crossings(graph: StreetGraph) -> np.ndarray:
    """Discs around crossings that reach past the corner of the two widest streets."""
    edges = graph.edges
    width = pd.concat([edges.set_index(end)["width_m"] for end in ("from_node", "to_node")]).groupby(level=0).max()
    nodes = graph.nodes[graph.nodes["degree"] > 1]
    reach = width.reindex(nodes.index).to_numpy(dtype=float) / np.sqrt(2) + CORNER_M
    discs: np.ndarray = shapely.buffer(shapely.points(nodes[["x_m", "y_m"]].to_numpy(dtype=float)), reach, quad_segs=4)
    return discs


def _with_boundary(nodes: pd.DataFrame, boundary: shapely.Geometry) -> pd.DataFrame:
    edge = shapely.boundary(boundary)
    points = shapely.points(nodes[["x_m", "y_m"]].to_numpy(dtype=float))
    shapely.prepare(edge)
    at_edge = shapely.dwithin(edge, points, FRONT_TOLERANCE_M) | ~shapely.covers(boundary, points)
    return nodes.assign(on_boundary=at_edge)[[c.name for c in FABRIC_TABLES["nodes"]]]


def _plots(ground: _Ground, block_id: pd.Series, fronts: pd.DataFrame, frontage: np.ndarray) -> pd.DataFrame:
    perimeter = shapely.length(ground.shapes)
    length, width, orientation = _rectangles(ground.shapes)
    main = fronts.sort_values(["plot", "length_m", "street_id"], ascending=[True, False, True]).drop_duplicates("plot")
    street = np.full(len(ground.ids), None, dtype=object)
    street[main["plot"].to_numpy(dtype=int)] = main["street_id"]
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {
            "block_id": block_id.to_numpy(),
            "area_m2": ground.area,
            "perimeter_m": perimeter,
            "frontage_m": frontage,
            "front_street": street,
            "fronts": np.bincount(fronts["plot"].to_numpy(dtype=int), minlength=len(ground.ids)),
            "length_m": length,
            "width_m": width,
            "orientation_deg": orientation,
            "rectangularity": ground.area / (length * width),
            "compactness": 4 * np.pi * ground.area / perimeter**2,
            "inside_site_ratio": np.minimum(ground.inside / ground.area, 1.0),
            "valid": shapely.is_valid(ground.drawn),
        }
    return pd.DataFrame(columns, index=pd.Index(ground.ids, name="plot_id"))


def _rectangles(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Long side, short side [m] and direction of the long side [deg from north] of the smallest rectangles."""
    corners = np.full((len(shapes), 3, 2), np.nan)
    around = shapely.oriented_envelope(shapes)
    sound = shapely.get_num_coordinates(around) == 5
    corners[sound] = shapely.get_coordinates(around[sound]).reshape(-1, 5, 2)[:, :3]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    sides = np.column_stack([np.hypot(*one.T), np.hypot(*two.T)])
    axis = np.where((sides[:, 0] >= sides[:, 1])[:, None], one, two)
    azimuth = np.rad2deg(np.arctan2(axis[:, 0], axis[:, 1])) % 180.0
    return sides.max(axis=1), sides.min(axis=1), np.where(np.round(azimuth, 6) >= 180.0, 0.0, azimuth)


def _blocks(blocks: np.ndarray, names: pd.Index, code: np.ndarray) -> pd.DataFrame:
    columns = {
        "area_m2": shapely.area(blocks),
        "perimeter_m": shapely.length(blocks),
        "longest_side_m": _rectangles(blocks)[0],
        "plots": np.bincount(code, minlength=len(names)),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="block_id"))


def _streets(streets: gpd.GeoDataFrame, graph: StreetGraph) -> pd.DataFrame:
    length = shapely.length(streets.geometry.to_numpy())
    width = pd.to_numeric(streets["width_m"]).to_numpy(dtype=float)
    piece = graph.edges.groupby("street_id")["component"].min().reindex(streets.index.astype(str))
    columns = {
        "length_m": length,
        "right_of_way_area_m2": length * width,
        "component": piece.fillna(0).to_numpy(dtype=int),
    }
    return pd.DataFrame(columns, index=pd.Index(streets.index, name="street_id"))


def _named(table: pd.DataFrame, names: Mapping[str, tuple[str, np.ndarray]]) -> pd.DataFrame:
    """Row numbers turned into ids."""
    given = {new: ids[table[old].to_numpy(dtype=int)] for old, (new, ids) in names.items()}
    rest = {c: table[c].to_numpy() for c in table.columns if c not in names}
    return pd.DataFrame({**given, **rest})


def _overlap_table(overlaps: pd.DataFrame, ground: _Ground) -> gpd.GeoDataFrame:
    table = _named(overlaps, {"a": ("plot_a", ground.ids), "b": ("plot_b", ground.ids)})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=ground.crs)


def _broken(ground: _Ground) -> gpd.GeoDataFrame:
    bad = ~shapely.is_valid(ground.drawn)
    return gpd.GeoDataFrame(
        {
            "plot_id": ground.ids[bad],
            "problem": shapely.is_valid_reason(ground.drawn[bad]),
            "area_m2": shapely.area(ground.drawn[bad]),
            "repaired_area_m2": ground.area[bad],
        },
        geometry=ground.shapes[bad],
        crs=ground.crs,
    )


def _on(ground: _Ground, zones: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    found = shares_of(ground.shapes, polygonal(zones.geometry.to_numpy()))
    shape = found["shape"].to_numpy(dtype=int)
    table = _named(found, {"shape": ("plot_id", ground.ids), "zone": (key, zones.index.to_numpy())})
    return table.assign(share=table["area_m2"].to_numpy() / ground.area[shape])


def _footprints(ground: _Ground, shapes: Shapes, graph: StreetGraph) -> pd.DataFrame:
    """Each building in each plot it stands on: the area there and the distance to the plot's street front."""
    drawn = polygonal(shapes.buildings.geometry.to_numpy())
    plot, building = shapely.STRtree(drawn).query(ground.shapes, predicate="intersects")
    part = shapely.intersection(ground.shapes[plot], drawn[building])
    stands = shapely.area(part) > OVERLAP_MIN_M2
    plot, building, part = plot[stands], building[stands], part[stands]
    built, row = np.unique(plot, return_inverse=True)
    fronts = front_lines(ground.shapes[built], graph, shapes.street_areas)
    table = pd.DataFrame(
        {
            "plot_id": ground.ids[plot],
            "building_id": shapes.buildings.index.to_numpy()[building],
            "area_m2": shapely.area(part),
            "setback_m": shapely.distance(part, fronts[row]),
        }
    )
    return table.sort_values(["plot_id", "building_id"], ignore_index=True)


def _pole(
    ground: _Ground,
    rest: shapely.Geometry,
    gaps: pd.DataFrame,
    right_of_way: float,
    tables: Mapping[str, pd.DataFrame],
    site: Site,
) -> pd.DataFrame:
    site_area, free = float(shapely.area(ground.boundary)), float(shapely.area(rest))
    nodes = tables["nodes"]
    within = nodes[(nodes["planned_degree"] > 0) & ~nodes["on_boundary"]]
    titles = shapely.union_all(polygonal(site.land.geometry.to_numpy()))
    row = {
        "site_area_m2": site_area,
        "plots_area_m2": site_area - free,
        "right_of_way_area_m2": right_of_way,
        "outside_area_m2": float((ground.area - ground.inside).clip(0).sum()),
        "overlap_area_m2": max(float(ground.inside.sum()) - (site_area - free), 0.0),
        "gap_area_m2": float(gaps["area_m2"].sum()),
        "street_length_m": float(tables["streets"]["length_m"].sum()),
        "intersections": int((within["degree"] >= 3).sum()),
        "dead_ends": int((within["degree"] == 1).sum()),
        "components": int(nodes.loc[nodes["planned_degree"] > 0, "component"].nunique()),
        "area_without_land_m2": float(shapely.area(shapely.difference(ground.boundary, titles))),
    }
    return pd.DataFrame(row, index=pd.Index(["pole"], name="pole"))
