"""The one layout that every network follows: ways along streets and off site, levels, phases, a place for each plot.

Nodes and ways are those of the street graph, so that pipes, ducts and cables share trenches. Off site, each tie-in
is joined to the nearest way by the cheapest route over the ground (:mod:`qutb.networks.routes`): along corridors
where the site gives them, else around what restricts building. A plot is joined at the point nearest to it on the
street it fronts most. Without spot heights levels are unknown, and stay so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator
from scipy.spatial import QhullError

from qutb.core import Finding
from qutb.networks.routes import route_offsite
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["UNPHASED", "Layout", "lay_out", "levels_at"]

UNPHASED = "unphased"
_NEAR_M = 100.0  # a plot without a street is joined to the nearest way within this
_SAME_PLACE_M = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where networks can run.

    ``nodes`` (node_id): x_m, y_m, level_m (NaN: unknown), location, component.
    ``edges`` (edge_id): from_node, to_node, street_id, street_class, width_m, length_m, existing, location
    (onsite | offsite), phase, rank (0 first; existing roads 0), component, geometry.
    ``connections`` (plot_id): edge_id, node_id (end of the edge nearer to it), along_m (from the start of the edge),
    service_m (plot to street), x_m, y_m, phase, rank. Plots that no way reaches are not in it.
    ``tie_ins`` (tie_in_id): kind, node_id, offsite_m, and what the site says of it.
    ``phases`` in order. ``crs`` of all geometry, metres.
    """

    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame
    connections: pd.DataFrame
    tie_ins: pd.DataFrame
    phases: tuple[str, ...]
    crs: str
    findings: tuple[Finding, ...]

    @property
    def levels_known(self) -> bool:
        """Whether every node has a level."""
        return bool(self.nodes["level_m"].notna().all()) and len(self.nodes) > 0

    def tie_in_nodes(self, kind: str) -> list[str]:
        """Nodes where tie-ins of a kind (water, sewer, power, fibre, road) meet the layout."""
        return self.tie_ins.loc[self.tie_ins["kind"] == kind, "node_id"].tolist()


def lay_out(*, plan: Plan, fabric: Fabric, site: Site) -> Layout:
    """Lay out ways and connections for a plan."""
    phases = _phases(plan)
    edges = _street_edges(plan, fabric, site, phases)
    nodes = fabric.nodes[["x_m", "y_m", "component"]].copy()
    offsite, far_nodes, tie_ins, remarks = _tie_ins(site, nodes, edges)
    if len(offsite):
        joined = pd.concat([edges, offsite])
        edges = gpd.GeoDataFrame(joined, geometry="geometry", crs=plan.crs)
        nodes = pd.concat([nodes, far_nodes])
    nodes["level_m"] = levels_at(site, nodes[["x_m", "y_m"]].to_numpy())
    nodes["location"] = _where(site, shapely.points(nodes["x_m"], nodes["y_m"]))
    connections, unjoined = _connections(plan, fabric, edges, nodes, phases)
    return Layout(
        nodes=nodes,
        edges=edges,
        connections=connections,
        tie_ins=tie_ins,
        phases=phases,
        crs=str(plan.crs),
        findings=(*remarks, *unjoined, *_apart(edges, tie_ins, nodes)),
    )


def _phases(plan: Plan) -> tuple[str, ...]:
    """Phases by rank, then those only plots or streets name, then the unphased."""
    told = plan.phases.sort_values("rank", kind="stable").index.astype(str).tolist() if len(plan.phases) else []
    named = {str(p) for frame in (plan.plots, plan.streets) for p in frame["phase"].dropna().unique()}
    return (*told, *sorted(named - set(told)), UNPHASED)


def _ranks(phase: pd.Series, phases: tuple[str, ...]) -> np.ndarray:
    return pd.Index(phases).get_indexer(pd.Index(phase))


def _street_edges(plan: Plan, fabric: Fabric, site: Site, phases: tuple[str, ...]) -> gpd.GeoDataFrame:
    columns = ["street_id", "from_node", "to_node", "length_m", "width_m", "existing", "component", "geometry"]
    edges = fabric.edges[columns].copy()
    streets = plan.streets.reindex(edges["street_id"])
    edges["street_class"] = streets["street_class"].fillna("road").to_numpy()
    edges["phase"] = streets["phase"].astype(object).fillna(UNPHASED).to_numpy()
    edges["rank"] = np.where(edges["existing"], 0, _ranks(edges["phase"], phases))
    middle = shapely.line_interpolate_point(edges.geometry.to_numpy(), 0.5, normalized=True)
    edges["location"] = _where(site, middle)
    return edges


def _where(site: Site, points: np.ndarray) -> np.ndarray:
    """onsite within a metre of the site, else offsite."""
    ground = site.boundary.buffer(_SAME_PLACE_M)
    shapely.prepare(ground)
    return np.where(shapely.intersects(ground, points), "onsite", "offsite")


def levels_at(site: Site, wanted: np.ndarray) -> np.ndarray:
    """Level [m] of the ground at places [x, y in m]: linear between spot heights, the nearest one outside them."""
    spots = site.spot_heights
    if not len(spots):
        return np.full(len(wanted), np.nan)
    known = shapely.get_coordinates(spots.geometry.to_numpy())
    heights = spots["level_m"].to_numpy(float)
    nearest = NearestNDInterpolator(known, heights)(wanted)
    try:
        within = LinearNDInterpolator(known, heights)(wanted)
    except QhullError:  # fewer than three spots, or all on one line
        return np.asarray(nearest)
    return np.where(np.isnan(within), nearest, within)


def _tie_ins(
    site: Site, nodes: pd.DataFrame, edges: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame, tuple[Finding, ...]]:
    """Join each tie-in to the nearest node; the ways and nodes this adds, where each meets, what was said."""
    ways: list[dict[str, object]] = []
    ends: dict[str, dict[str, object]] = {}
    rows, remarks = [], []
    places = nodes[["x_m", "y_m"]].to_numpy()
    for tie_in, given in site.tie_ins.iterrows():
        if not len(nodes):
            break
        point = given.geometry
        route = route_offsite(site, (point.x, point.y), places)
        node = str(nodes.index[route.target])
        if route.length_m > _SAME_PLACE_M:
            own = f"tie:{tie_in}"
            ends[own] = {"x_m": point.x, "y_m": point.y, "component": int(nodes["component"].iloc[route.target])}
            ways.append(_way(str(tie_in), own, node, route.line, edges))
            node = own
        remarks += _route_remarks(str(tie_in), route.outside_m)
        rows.append({**given.drop("geometry"), "tie_in_id": str(tie_in), "node_id": node, "offsite_m": route.length_m})
    known = [*site.tie_ins.columns.drop("geometry"), "node_id", "offsite_m"]
    table = pd.DataFrame(rows, columns=["tie_in_id", *known]).set_index("tie_in_id")
    offsite = (
        gpd.GeoDataFrame(ways, geometry="geometry", crs=edges.crs).set_index("edge_id") if ways else edges.iloc[:0]
    )
    return offsite, pd.DataFrame.from_dict(ends, orient="index"), table, tuple(remarks)


def _way(tie_in: str, start: str, end: str, line: shapely.LineString, edges: gpd.GeoDataFrame) -> dict[str, object]:
    """A way off site, in the first phase: nothing is served without it."""
    component = edges.loc[(edges["from_node"] == end) | (edges["to_node"] == end), "component"]
    return {
        "edge_id": f"offsite:{tie_in}",
        "street_id": f"offsite:{tie_in}",
        "from_node": start,
        "to_node": end,
        "length_m": float(line.length),
        "width_m": np.nan,
        "existing": False,
        "component": int(component.iloc[0]) if len(component) else 0,
        "geometry": line,
        "street_class": "offsite",
        "phase": UNPHASED,
        "rank": 0,
        "location": "offsite",
    }


def _route_remarks(tie_in: str, outside_m: float) -> list[Finding]:
    if outside_m < _SAME_PLACE_M:
        return []
    return [
        Finding(
            code="NET-OUT-OF-CORRIDOR",
            severity="warning",
            where=(f"tie_in:{tie_in}",),
            params={"value": round(outside_m), "unit": "m"},
        )
    ]


def _connections(
    plan: Plan, fabric: Fabric, edges: gpd.GeoDataFrame, nodes: pd.DataFrame, phases: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The point of the way that each plot is joined at."""
    plots = plan.plots
    lines = edges.geometry.to_numpy()
    middles = shapely.centroid(plots.geometry.to_numpy())
    chosen = _own_street(fabric, edges, plots.index, middles)
    lost = np.flatnonzero(chosen < 0)
    if len(lost) and len(lines):
        near = shapely.STRtree(lines).query_nearest(middles[lost], max_distance=_NEAR_M, all_matches=False)
        chosen[lost[near[0]]] = near[1]
    joined = np.flatnonzero(chosen >= 0)
    line, middle = lines[chosen[joined]], middles[joined]
    along = shapely.line_locate_point(line, middle)
    place = shapely.line_interpolate_point(line, along)
    first = along <= shapely.length(line) / 2.0
    row = edges.iloc[chosen[joined]]
    phase = plots["phase"].astype(object).fillna(UNPHASED).iloc[joined]
    table = pd.DataFrame(
        {
            "edge_id": row.index.to_numpy(),
            "node_id": np.where(first, row["from_node"], row["to_node"]),
            "along_m": along,
            "service_m": shapely.distance(plots.geometry.to_numpy()[joined], place),
            "x_m": shapely.get_x(place),
            "y_m": shapely.get_y(place),
            "phase": phase.to_numpy(),
            "rank": _ranks(phase, phases),
        },
        index=plots.index[joined],
    )
    named = plots.index[lost].tolist()
    return table, _no_street(named, plots.index[chosen < 0].tolist())


def _own_street(fabric: Fabric, edges: gpd.GeoDataFrame, plots: pd.Index, middles: np.ndarray) -> np.ndarray:
    """Row of the nearest edge of the street each plot fronts most; -1 where it fronts none."""
    front = fabric.plots["front_street"].reindex(plots)
    left = pd.DataFrame({"plot": np.arange(len(plots)), "street_id": front.to_numpy()}).dropna()
    right = pd.DataFrame({"edge": np.arange(len(edges)), "street_id": edges["street_id"].to_numpy()})
    pairs = left.merge(right, on="street_id", how="inner")
    chosen = np.full(len(plots), -1)
    if len(pairs):
        lines = edges.geometry.to_numpy()
        pairs["away_m"] = shapely.distance(lines[pairs["edge"].to_numpy()], middles[pairs["plot"].to_numpy()])
        best = pairs.sort_values(["plot", "away_m", "edge"]).drop_duplicates("plot")
        chosen[best["plot"].to_numpy()] = best["edge"].to_numpy()
    return chosen


def _no_street(named: list[str], unreached: list[str]) -> tuple[Finding, ...]:
    found = []
    away = set(unreached)
    near = [plot for plot in named if plot not in away]
    if near:
        where = tuple(f"plot:{p}" for p in near[:20])
        found.append(Finding(code="NET-NO-STREET", severity="warning", where=where, params={"value": len(near)}))
    if unreached:
        where = tuple(f"plot:{p}" for p in unreached[:20])
        params = {"value": len(unreached), "limit": _NEAR_M, "unit": "m"}
        found.append(Finding(code="NET-NO-WAY", severity="blocking", where=where, params=params))
    return tuple(found)


def _apart(edges: gpd.GeoDataFrame, tie_ins: pd.DataFrame, nodes: pd.DataFrame) -> tuple[Finding, ...]:
    """Pieces of the street graph that no tie-in reaches."""
    if not len(tie_ins):
        return (Finding(code="NET-NO-TIE-IN", severity="blocking", where=("pole",)),)
    reached = set(nodes.loc[tie_ins["node_id"].unique(), "component"])
    lost = edges[~edges["component"].isin(reached) & (edges["location"] == "onsite")]
    if not len(lost):
        return ()
    where = tuple(f"street:{s}" for s in lost["street_id"].drop_duplicates().tolist()[:20])
    return (
        Finding(code="NET-APART", severity="blocking", where=where, params={"value": int(lost["component"].nunique())}),
    )
