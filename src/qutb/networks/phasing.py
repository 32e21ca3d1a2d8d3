"""What must stand before a phase is served: ways brought forward so that every phase is joined to its source."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from qutb.networks.layout import Layout

__all__ = ["bring_forward"]

_LATER = 3.0  # a metre of a way that belongs to a later phase counts as so many


def bring_forward(layout: Layout, sources: list[str], edges: pd.Index | None = None) -> pd.Series:
    """Rank of phase by which each way must stand, by edge_id.

    Phase by phase, each place that a plot needs is joined to the nearest source along ways that stand already, and
    later ways only where that saves more than twice their length; those are brought forward. So the ways of the
    phases up to any rank, sources included, hang together. ``edges`` limits it to the ways that a network uses.
    """
    table = layout.edges if edges is None else layout.edges.loc[edges]
    rank = np.minimum(table["rank"].to_numpy(), _needed(layout, table.index))
    places = pd.Index(layout.nodes.index)
    roots = places.get_indexer(pd.Index(sources))
    if len(table) and len(roots):
        tail, head = places.get_indexer(table["from_node"]), places.get_indexer(table["to_node"])
        length = np.maximum(table["length_m"].to_numpy(), 0.01)
        for phase in range(len(layout.phases)):
            price = np.where(rank <= phase, length, _LATER * length)
            used = _ways_to(tail, head, price, roots, rank <= phase, len(places))
            rank[used] = np.minimum(rank[used], phase)
    return pd.Series(rank, index=table.index, name="rank")


def _needed(layout: Layout, edges: pd.Index) -> np.ndarray:
    """First phase with a plot on each way; beyond the last where there is none."""
    first = layout.connections.groupby("edge_id")["rank"].min()
    return np.asarray(first.reindex(edges).fillna(len(layout.phases)).astype(int))


def _ways_to(
    tail: np.ndarray, head: np.ndarray, price: np.ndarray, roots: np.ndarray, standing: np.ndarray, nodes: int
) -> np.ndarray:
    """Ways on the cheapest paths from the roots to both ends of every way that stands."""
    order = np.argsort(-price, kind="stable")  # the cheapest of parallels is written last, and stays
    way = {(int(a), int(b)): int(e) for e, a, b in zip(order, tail[order], head[order], strict=True)}
    way |= {(b, a): e for (a, b), e in way.items() if price[way.get((b, a), e)] >= price[e]}
    ends = np.array(list(way))
    graph = coo_array((price[list(way.values())], (ends[:, 0], ends[:, 1])), shape=(nodes, nodes)).tocsr()
    _, before, _ = dijkstra(graph, indices=roots, min_only=True, return_predecessors=True)
    used: set[int] = set()
    stack = np.unique(np.concatenate([tail[standing], head[standing]])).tolist()
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if node in seen or before[node] < 0:
            continue
        seen.add(node)
        used.add(way[(int(before[node]), node)])
        stack.append(int(before[node]))
    return np.array(sorted(used), np.int64)
