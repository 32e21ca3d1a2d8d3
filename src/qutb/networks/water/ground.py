"""From layout and demand to a water network: which ways carry a main, what each node draws, where hydrants stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from qutb.networks.demand import Demand
from qutb.networks.layout import Layout
from qutb.networks.phasing import bring_forward
from qutb.pack import Values

__all__ = ["Ground", "ground_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What the water network stands on.

    ``nodes`` (node_id): x_m, y_m, level_m, peak_hour_m3_per_s, peak_day_m3_per_s, hydrant. ``mains`` (edge_id):
    from_node, to_node, length_m, location, rank, street_id, geometry. ``sources`` node -> head [m].
    ``levels_known`` whether level_m is read from the ground, or 0 everywhere.
    """

    nodes: pd.DataFrame
    mains: pd.DataFrame
    sources: dict[str, float]
    levels_known: bool


def ground_of(layout: Layout, demand: Demand, values: Values) -> Ground | None:
    """The mains that serve every plot from the tie-ins for water; None without a tie-in or anything to serve."""
    roots = sorted(set(layout.tie_in_nodes("water")))
    served = layout.connections.index[demand.plots["water_m3_per_s"].reindex(layout.connections.index) > 0.0]
    if not roots or not len(served):
        return None
    wanted = layout.connections.loc[served, "edge_id"].unique()
    mains = _mains(layout, roots, wanted)
    used = pd.Index(np.unique(np.concatenate([mains["from_node"].to_numpy(str), mains["to_node"].to_numpy(str)])))
    nodes = layout.nodes.loc[used, ["x_m", "y_m", "level_m"]].copy()
    if not layout.levels_known:
        nodes["level_m"] = 0.0
    lost = values.number("networks.water_efficiency")
    at = layout.connections.loc[served, "node_id"]
    for name in ("peak_hour", "peak_day"):
        drawn = demand.plots.loc[served, f"water_{name}_m3_per_s"].groupby(at.to_numpy()).sum() / lost
        nodes[f"{name}_m3_per_s"] = drawn.reindex(used).fillna(0.0)
    nodes["hydrant"] = _hydrants(nodes, mains, values.number("networks.hydrant_spacing"))
    return Ground(
        nodes=nodes, mains=mains, sources=_sources(layout, nodes, roots, values), levels_known=layout.levels_known
    )


def _mains(layout: Layout, roots: list[str], wanted: np.ndarray) -> pd.DataFrame:
    """Ways with a plot to serve that a source reaches, and the cheapest ways that join them to it."""
    component = layout.nodes.loc[roots, "component"].unique()
    reached = layout.edges[layout.edges["component"].isin(component)]
    rank = bring_forward(layout, roots, reached.index)
    last = len(layout.phases) - 1
    joins = _joining(layout, roots, reached, reached.index.isin(wanted))
    mains = reached[joins].copy()
    mains["rank"] = rank.loc[mains.index].clip(upper=last)
    return mains[["from_node", "to_node", "length_m", "location", "rank", "street_id", "geometry"]]


def _joining(layout: Layout, roots: list[str], edges: pd.DataFrame, wanted: np.ndarray) -> np.ndarray:
    """Mask of the edges wanted and those on the shortest ways from the roots to them."""
    places = pd.Index(layout.nodes.index)
    tail, head = places.get_indexer(edges["from_node"]), places.get_indexer(edges["to_node"])
    length = np.maximum(edges["length_m"].to_numpy(), 0.01)
    order = np.argsort(-length, kind="stable")
    row = {frozenset((int(a), int(b))): int(e) for e, a, b in zip(order, tail[order], head[order], strict=True)}
    ends = np.array([sorted(pair) if len(pair) == 2 else list(pair) * 2 for pair in row])
    lengths = length[list(row.values())]
    graph = coo_array((lengths, (ends[:, 0], ends[:, 1])), shape=(len(places), len(places))).tocsr()
    _, before, _ = dijkstra(
        graph, directed=False, indices=places.get_indexer(roots), min_only=True, return_predecessors=True
    )
    used = wanted.copy()
    for node in np.unique(np.concatenate([tail[wanted], head[wanted]])).tolist():
        while before[node] >= 0:
            used[row[frozenset((int(before[node]), int(node)))]] = True
            node = int(before[node])
    return used


def _hydrants(nodes: pd.DataFrame, mains: pd.DataFrame, spacing_m: float) -> np.ndarray:
    """Hydrants at nodes, so that none is farther than the spacing along mains: the node that covers most, first."""
    places = pd.Index(nodes.index)
    tail, head = places.get_indexer(mains["from_node"]), places.get_indexer(mains["to_node"])
    length = np.maximum(mains["length_m"].to_numpy(), 0.01)
    graph = coo_array((length, (tail, head)), shape=(len(places), len(places))).tocsr()
    near = dijkstra(graph, directed=False, limit=spacing_m) <= spacing_m
    chosen = np.zeros(len(places), bool)
    open_nodes = np.ones(len(places), bool)
    while open_nodes.any():
        best = int(np.argmax((near & open_nodes).sum(axis=1)))
        chosen[best] = True
        open_nodes &= ~near[best]
    return chosen


def _sources(layout: Layout, nodes: pd.DataFrame, roots: list[str], values: Values) -> dict[str, float]:
    """Head at each tie-in: given by the site, else the level there and the pack's head of a source."""
    lift = values.number("networks.source_head")
    given = layout.tie_ins["head_m"] if "head_m" in layout.tie_ins else pd.Series(np.nan, index=layout.tie_ins.index)
    heads = {}
    for tie_in, row in layout.tie_ins.iterrows():
        if row["kind"] == "water" and row["node_id"] in nodes.index:
            told = float(given.loc[tie_in])
            heads[str(row["node_id"])] = told if np.isfinite(told) else float(nodes["level_m"][row["node_id"]]) + lift
    return {root: heads[root] for root in roots if root in heads}
