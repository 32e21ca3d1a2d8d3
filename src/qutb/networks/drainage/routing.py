"""From the layout to trees of manholes: along streets to the tie-ins, against rises of the ground.

Each way with something to drain carries a sewer. The tree is that of the cheapest ways to the tie-ins, where a metre
of rise counts as so many metres of length; a way that closes a loop drains to the end nearer to its tie-in and begins
at the other as a head. Pipes are cut into equal lengths no longer than the spacing of manholes; what drains nothing
is left out. Levels between two nodes of the layout are interpolated along the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from qutb.networks.drainage.sizing import SewerTree
from qutb.networks.layout import Layout

__all__ = ["DrainedTree", "drain_towards"]

_USUAL_FALL = 0.004  # m of fall a metre of sewer asks for, when a way is weighed
_LEAST_M = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class DrainedTree:
    """``manholes`` (manhole_id, upstream first): x_m, y_m, ground_m. ``pipes``, one by manhole but the last of a tree,
    in the same order (pipe_id): from_manhole, to_manhole, edge_id, street_id, street_class, length_m, location,
    geometry. ``parent`` by manhole, -1 where a tree ends. ``joins`` plot_id -> pipe_id, at whose upper end it enters.
    """

    manholes: pd.DataFrame
    pipes: pd.DataFrame
    parent: np.ndarray
    joins: pd.Series

    def let_in(self, by_plot: pd.Series) -> np.ndarray:
        """Sum by manhole of a measure of plots."""
        by_pipe = by_plot.reindex(self.joins.index).groupby(self.joins.to_numpy()).sum().reindex(self.pipes.index)
        return np.append(by_pipe.fillna(0.0), np.zeros(len(self.parent) - len(self.pipes)))

    def kept(self, mask: np.ndarray) -> DrainedTree:
        """The tree of some pipes (mask by pipe) with all that lie below them; plots enter at its pipes only."""
        used = self.used(mask)
        new = np.cumsum(used) - 1
        parent = np.where(self.parent[used] >= 0, new[self.parent[used]], -1)
        pipes = self.pipes[used[: len(self.pipes)]]
        joins = self.joins[self.joins.isin(pipes.index)]
        return DrainedTree(manholes=self.manholes[used], pipes=pipes, parent=parent, joins=joins)

    def gathered(self, own: np.ndarray) -> np.ndarray:
        """Sum of a measure by manhole over all that drains through each."""
        total = np.asarray(own, float).copy()
        for i in np.flatnonzero(self.parent >= 0):
            total[self.parent[i]] += total[i]
        return total

    def longest(self) -> tuple[np.ndarray, np.ndarray]:
        """Length [m] of the longest way from a head to each manhole, and that head."""
        length, far, head = self.length_m, np.zeros(len(self.parent)), np.arange(len(self.parent))
        for i in np.flatnonzero(self.parent >= 0):
            if far[i] + length[i] > far[self.parent[i]]:
                far[self.parent[i]], head[self.parent[i]] = far[i] + length[i], head[i]
        return far, head

    def used(self, mask: np.ndarray) -> np.ndarray:
        """Manholes (mask) that some pipes (mask by pipe) leave, and ends of trees that they reach."""
        ends = np.arange(len(self.pipes), len(self.parent))
        return np.append(mask, np.isin(ends, self.parent[: len(self.pipes)][mask]))

    def first_rank(self, by_plot: pd.Series) -> np.ndarray:
        """Least rank of phase among the plots that drain through each manhole."""
        by_pipe = by_plot.reindex(self.joins.index).groupby(self.joins.to_numpy()).min().reindex(self.pipes.index)
        latest = int(by_plot.max()) if len(by_plot) else 0
        rank = np.append(by_pipe.fillna(latest), np.full(len(self.parent) - len(self.pipes), latest)).astype(int)
        for i in np.flatnonzero(self.parent >= 0):
            rank[self.parent[i]] = min(rank[self.parent[i]], rank[i])
        return rank

    @property
    def length_m(self) -> np.ndarray:
        """Length of the pipe that leaves each manhole, 0 at the end of a tree."""
        length = np.zeros(len(self.parent))
        length[self.parent >= 0] = self.pipes["length_m"]
        return length

    def problem(self, flow_m3_per_s: np.ndarray, outlet_m: np.ndarray) -> SewerTree:
        """The tree as the sizing takes it."""
        return SewerTree(
            parent=self.parent,
            ground_m=self.manholes["ground_m"].to_numpy(),
            length_m=self.length_m,
            flow_m3_per_s=flow_m3_per_s,
            outlet_m=outlet_m,
        )


def drain_towards(
    layout: Layout, roots: list[str], own: pd.Series, spacing_m: float, rise_weight: float = 0.0
) -> DrainedTree:
    """The tree that drains what each plot gives (``own``, by plot_id) to the roots.

    ``rise_weight`` metres of length that a metre of rise counts. Plots no root reaches are left out.
    """
    joined = layout.connections.loc[layout.connections.index.isin(own.index[own > 0.0])]
    level = layout.nodes["level_m"].fillna(0.0).to_numpy()
    ways = _ways(layout, level, roots, rise_weight)
    joined = joined[joined["edge_id"].isin(ways.index)]
    used = _used(ways, joined["edge_id"].unique(), layout.nodes.index.get_indexer(roots), len(layout.nodes))
    runs = _cut(layout, used, level, spacing_m)
    return _tree_of(layout, runs, _entered(layout, runs, joined), roots)


def _ways(layout: Layout, level: np.ndarray, roots: list[str], rise_weight: float) -> pd.DataFrame:
    """Ways a root reaches, each with the end it drains to (``down``), the other (``up``), and whether the tree
    that leads every node to a root runs along it (``led``).
    """
    edges, places = layout.edges, pd.Index(layout.nodes.index)
    tail, head = places.get_indexer(edges["from_node"]), places.get_indexer(edges["to_node"])
    length = np.maximum(edges["length_m"].to_numpy(), _LEAST_M)
    forth = length + rise_weight * np.maximum(level[head] - level[tail] + _USUAL_FALL * length, 0.0)
    back = length + rise_weight * np.maximum(level[tail] - level[head] + _USUAL_FALL * length, 0.0)
    # graph from the roots upwards: an arc down -> up has the price of draining up -> down
    down, up, price = np.append(head, tail), np.append(tail, head), np.append(forth, back)
    best = pd.DataFrame({"down": down, "up": up, "price": price, "edge": np.tile(np.arange(len(edges)), 2)})
    best = best.sort_values(["price", "edge"], kind="stable").drop_duplicates(["down", "up"])
    graph = coo_array((best["price"], (best["down"], best["up"])), shape=(len(places), len(places))).tocsr()
    away, before, _ = dijkstra(graph, indices=places.get_indexer(roots), min_only=True, return_predecessors=True)
    led = best[(before[best["up"]] == best["down"]) & np.isfinite(away[best["up"]])]
    to_tail = away[tail] + back < away[head] + forth
    table = pd.DataFrame(
        {"down": np.where(to_tail, tail, head), "up": np.where(to_tail, head, tail), "led": False}, index=edges.index
    )
    at = edges.index[led["edge"].to_numpy()]
    table.loc[at, "down"], table.loc[at, "up"], table.loc[at, "led"] = led["down"].array, led["up"].array, True
    return table[np.isfinite(away[tail]) & (tail != head)]


def _used(ways: pd.DataFrame, wanted: np.ndarray, roots: np.ndarray, nodes: int) -> pd.DataFrame:
    """Ways wanted, and those that lead from them to a root."""
    lead = ways[ways["led"]]
    leads = np.full(nodes, -1)
    leads[lead["up"]] = np.arange(len(lead))
    leads[roots] = -1
    down = lead["down"].to_numpy()
    taken = np.zeros(len(lead), bool)
    for node in ways.loc[wanted, "down"].unique().tolist():
        way = leads[node]
        while way >= 0 and not taken[way]:
            taken[way] = True
            way = leads[down[way]]
    return ways[ways.index.isin(wanted) | ways.index.isin(lead.index[taken])]


def _cut(layout: Layout, used: pd.DataFrame, level: np.ndarray, spacing_m: float) -> pd.DataFrame:
    """Each way cut into pipes in the direction of flow: names of both manholes, place, ground, share of the way."""
    edges = layout.edges.loc[used.index]
    length = np.maximum(edges["length_m"].to_numpy(), _LEAST_M)
    pieces = np.maximum(np.ceil(length / spacing_m - 1e-9), 1).astype(int)
    row = np.repeat(np.arange(len(used)), pieces)
    piece = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin, end = piece / pieces[row], (piece + 1) / pieces[row]
    names = layout.nodes.index.to_numpy()
    up, down = used["up"].to_numpy()[row], used["down"].to_numpy()[row]
    edge_id = used.index.to_numpy()[row]
    inner = np.array([f"{e}/{p}" for e, p in zip(edge_id, piece, strict=True)], dtype=object)
    after = np.array([f"{e}/{p + 1}" for e, p in zip(edge_id, piece, strict=True)], dtype=object)
    return pd.DataFrame(
        {
            "from_manhole": np.where((piece == 0) & used["led"].to_numpy()[row], names[up], inner),
            "to_manhole": np.where(piece + 1 == pieces[row], names[down], after),
            "edge_id": edge_id,
            "street_id": edges["street_id"].to_numpy()[row],
            "street_class": edges["street_class"].to_numpy()[row],
            "location": edges["location"].to_numpy()[row],
            "length_m": length[row] / pieces[row],
            "ground_m": level[up] + begin * (level[down] - level[up]),
            "begin": begin,
            "end": end,
            "forth": edges["from_node"].to_numpy()[row] == names[up],
        },
        index=pd.Index(inner, name="pipe_id"),
    )


def _entered(layout: Layout, runs: pd.DataFrame, joined: pd.DataFrame) -> pd.Series:
    """The pipe along which each plot lies."""
    first = runs.drop_duplicates("edge_id").set_index("edge_id").loc[joined["edge_id"]]
    length = np.maximum(layout.edges.loc[joined["edge_id"], "length_m"].to_numpy(), _LEAST_M)
    along = np.clip(joined["along_m"].to_numpy() / length, 0.0, 1.0)
    along = np.where(first["forth"], along, 1.0 - along)
    pieces = np.round(1.0 / first["end"].to_numpy()).astype(int)
    piece = np.minimum((along * pieces).astype(int), pieces - 1)
    names = [f"{e}/{p}" for e, p in zip(joined["edge_id"], piece, strict=True)]
    return pd.Series(names, index=joined.index, name="pipe_id", dtype=object)


def _upstream_first(runs: pd.DataFrame) -> np.ndarray:
    """Order of pipes from the farthest, in steps, to the last."""
    below = pd.Index(runs["from_manhole"]).get_indexer(runs["to_manhole"])
    steps = np.full(len(runs), -1)
    for i in range(len(runs)):
        way = []
        at = i
        while at >= 0 and steps[at] < 0:
            way.append(at)
            at = int(below[at])
        depth = steps[at] if at >= 0 else -1
        for pipe in reversed(way):
            depth += 1
            steps[pipe] = depth
    return np.argsort(-steps, kind="stable")


def _tree_of(layout: Layout, runs: pd.DataFrame, joins: pd.Series, roots: list[str]) -> DrainedTree:
    """The tree, upstream first, without heads that drain nothing."""
    runs = runs.iloc[_upstream_first(runs)]
    ends = layout.nodes.loc[[r for r in dict.fromkeys(roots) if r in set(runs["to_manhole"])]]
    names = pd.Index([*runs["from_manhole"], *ends.index], name="manhole_id")
    pipes = runs.drop(columns=["ground_m", "begin", "end", "forth"])
    pipes["geometry"] = _lines(layout, runs)
    begin = shapely.get_point(pipes["geometry"].to_numpy(), 0)
    manholes = pd.DataFrame(
        {
            "x_m": np.append(shapely.get_x(begin), ends["x_m"]),
            "y_m": np.append(shapely.get_y(begin), ends["y_m"]),
            "ground_m": np.append(runs["ground_m"], ends["level_m"].fillna(0.0)),
        },
        index=names,
    )
    parent = np.append(names.get_indexer(runs["to_manhole"]), np.full(len(ends), -1))
    tree = DrainedTree(manholes=manholes, pipes=pipes, parent=parent, joins=joins)
    entered = tree.gathered(tree.let_in(pd.Series(1.0, index=joins.index)))
    return tree.kept(entered[: len(pipes)] > 0.0)


def _lines(layout: Layout, runs: pd.DataFrame) -> np.ndarray:
    """Line of each pipe, in the direction of flow."""
    whole = layout.edges.geometry.loc[runs["edge_id"]].to_numpy()
    line = np.where(runs["forth"], whole, shapely.reverse(whole))
    parts = [
        substring(way, begin, end, normalized=True)
        for way, begin, end in zip(line, runs["begin"], runs["end"], strict=True)
    ]
    return np.array(parts, dtype=object)
