"""Substations: where they stand and which places each feeds, within the reach of low voltage and their power.

The place that gathers most load, nearest first and within one transformer, is taken until all is fed (greedy
covering); each substation then stands where power x length to its loads is least, still within reach. A place that
alone asks for more than one transformer gets a substation of its own with several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from qutb.networks.power.radial import coincident_w

__all__ = ["Placed", "Street", "place_substations"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Street:
    """The graph that cables follow: ``tail``, ``head`` rows of nodes and ``length_m`` by way, ``nodes`` in all."""

    nodes: int
    tail: np.ndarray
    head: np.ndarray
    length_m: np.ndarray

    def distances(self, sources: np.ndarray, limit_m: float = np.inf) -> np.ndarray:
        """Length [m] from each source to each node along ways; infinite beyond the limit."""
        return np.asarray(dijkstra(self.graph(), directed=False, indices=sources, limit=limit_m))

    def graph(self) -> coo_array:
        """Lengths as a sparse matrix, the shortest of parallel ways."""
        low, high = np.minimum(self.tail, self.head), np.maximum(self.tail, self.head)
        order = np.lexsort((self.length_m, high, low))
        first = np.ones(len(order), bool)
        first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
        kept = order[first]
        return coo_array((self.length_m[kept], (low[kept], high[kept])), shape=(self.nodes, self.nodes)).tocsr()


@dataclass(frozen=True, kw_only=True, eq=False)
class Placed:
    """``node`` of each substation, number of ``transformers`` in it, and the substation that feeds each node (-1)."""

    node: np.ndarray
    transformers: np.ndarray
    fed_by: np.ndarray


def place_substations(
    street: Street, power_w: np.ndarray, *, load_w: float, many: float, capacity_w: float, reach_m: float
) -> Placed:
    """Substations for the power of each node; ``capacity_w`` of one transformer, spare taken off."""
    loaded = np.flatnonzero(power_w > 0.0)
    away = street.distances(loaded, reach_m)
    alone = coincident_w(power_w, load_w, many) > capacity_w
    fed_by = np.full(street.nodes, -1)
    nodes = [int(n) for n in np.flatnonzero(alone)]
    fed_by[nodes] = np.arange(len(nodes))
    open_rows = ~alone[loaded]
    while open_rows.any():
        rows, node = _most(away, open_rows, power_w[loaded], load_w, many, capacity_w)
        best = _centre(away, rows, power_w[loaded], node)
        fed_by[loaded[rows]] = len(nodes)
        nodes.append(best)
        open_rows[rows] = False
    drawn = coincident_w(np.bincount(fed_by[loaded], power_w[loaded], len(nodes)), load_w, many)
    return Placed(
        node=np.array(nodes, np.int64),
        transformers=np.maximum(np.ceil(drawn / capacity_w - 1e-9), 1).astype(np.int64),
        fed_by=fed_by,
    )


def _most(
    away: np.ndarray, open_rows: np.ndarray, power_w: np.ndarray, load_w: float, many: float, capacity_w: float
) -> tuple[np.ndarray, int]:
    """Rows of loads, nearest first, that the best place feeds within its capacity; and that place."""
    rows = np.flatnonzero(open_rows)
    near = away[rows]
    order = np.argsort(near, axis=0, kind="stable")
    reached = np.isfinite(np.take_along_axis(near, order, axis=0))
    summed = np.cumsum(np.where(reached, power_w[rows][order], 0.0), axis=0)
    fits = reached & (coincident_w(summed, load_w, many) <= capacity_w)
    gathered = np.where(fits, summed, 0.0).max(axis=0)
    node = int(np.argmax(gathered))
    return rows[order[fits[:, node], node]], node


def _centre(away: np.ndarray, rows: np.ndarray, power_w: np.ndarray, node: int) -> int:
    """The place within reach of all rows from which power x length is least."""
    moment = power_w[rows] @ np.where(np.isfinite(away[rows]), away[rows], np.inf)
    best = int(np.argmin(moment))
    return best if np.isfinite(moment[best]) else node
