"""Fibre: ducts to every plot on the shortest tree of ways, and the fewest distribution points that hold their ports.

A way with plots needs its duct from the first plot to the last; these stretches are given, and the shortest tree joins
them and the tie-in (:func:`solve_steiner`). Points are placed from the far ends inwards: wherever the ports gathered
would be more than one point holds, the fullest branches get a point of their own, which is the least number of points
that each serve one connected part of the tree (Kundu and Misra 1977, SIAM J. Comput. 6:151); a stretch with more ports
than one holds gets several cabinets. Left out: the number of fibres in a cable, and splices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from qutb.core import QUIET, Context, Effort, Finding
from qutb.networks.bill import elements
from qutb.networks.demand import Demand
from qutb.networks.layout import Layout
from qutb.networks.phasing import bring_forward
from qutb.networks.steiner import SteinerProblem, solve_steiner
from qutb.pack import Values

__all__ = ["Fibre", "design_fibre"]

_LONGEST_S = 300.0  # rounds end the search long before, so that it repeats
_IDLE_ROUNDS: Mapping[Effort, int] = {"draft": 2, "standard": 10, "full": 100}


@dataclass(frozen=True, kw_only=True, eq=False)
class Fibre:
    """``ducts`` (edge_id): street_id, from_node, to_node, length_m, location, rank, fibre_ports, geometry.

    ``points`` (point_id): node_id, x_m, y_m, ports, fill_ratio, rank. ``lower_bound_m`` no tree of ducts is shorter
    than. ``elements`` for the bill.
    """

    ducts: pd.DataFrame
    points: pd.DataFrame
    lower_bound_m: float
    elements: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class _Tree:
    """Nodes from the roots outwards, and the node before each."""

    order: np.ndarray
    before: np.ndarray


@dataclass(frozen=True, eq=False)
class _Graph:
    """Ends of ways, then one node for each served stretch; pieces join them. ``part`` of its way a piece is [0..1]."""

    tail: np.ndarray
    head: np.ndarray
    length: np.ndarray
    way: np.ndarray
    start: np.ndarray
    end: np.ndarray
    nodes: int
    stretch: pd.DataFrame


def design_fibre(
    layout: Layout, demand: Demand, values: Values, *, effort: Effort = "standard", ctx: Context = QUIET
) -> Fibre | None:
    """Ducts and distribution points for every plot with a port; None where there is none to serve."""
    ports = demand.plots["fibre_ports"].reindex(layout.connections.index).fillna(0.0)
    served = layout.connections[ports > 0.0]
    if not len(served):
        return None
    graph = _graph(layout, served, ports)
    roots = sorted(set(layout.tie_in_nodes("fibre")))
    pieces, bound = _shortest(graph, _terminals(graph, layout, roots), _IDLE_ROUNDS[effort], ctx)
    tree = _rooted(graph, pieces, _root(graph, layout, roots))
    beyond, points = _points(graph, tree, values.number("networks.fibre_ports_per_point"))
    ducts = _ducts(layout, graph, pieces, beyond, roots)
    placed = _placed(layout, graph, points, ducts, values)
    return Fibre(
        ducts=ducts,
        points=placed,
        lower_bound_m=bound + float(graph.stretch["length_m"].sum()),
        elements=_elements(ducts, placed, served),
        findings=() if roots else (Finding(code="NET-FIBRE-NO-TIE-IN", severity="warning", where=("pole",)),),
    )


def _graph(layout: Layout, served: pd.DataFrame, ports: pd.Series) -> _Graph:
    """Ways without plots whole; those with plots cut at the first and the last of them."""
    edges, places = layout.edges, pd.Index(layout.nodes.index)
    along = served.groupby("edge_id")["along_m"].agg(["min", "max"])
    rows = edges.index.get_indexer(along.index)
    way_m = edges["length_m"].to_numpy(float)
    stretch = pd.DataFrame(
        {
            "way": rows,
            "start": np.minimum(along["min"].to_numpy() / np.maximum(way_m[rows], 0.01), 1.0),
            "end": np.minimum(along["max"].to_numpy() / np.maximum(way_m[rows], 0.01), 1.0),
            "ports": ports[served.index].groupby(served["edge_id"]).sum().reindex(along.index).to_numpy(),
        }
    )
    stretch["length_m"] = (stretch["end"] - stretch["start"]) * way_m[rows]
    tail, head = places.get_indexer(edges["from_node"]), places.get_indexer(edges["to_node"])
    bare = np.setdiff1d(np.arange(len(edges)), rows)
    middle = len(places) + np.arange(len(rows))
    start = np.concatenate([np.zeros(len(bare)), np.zeros(len(rows)), stretch["end"]])
    end = np.concatenate([np.ones(len(bare)), stretch["start"], np.ones(len(rows))])
    way = np.concatenate([bare, rows, rows])
    return _Graph(
        tail=np.concatenate([tail[bare], tail[rows], middle]),
        head=np.concatenate([head[bare], middle, head[rows]]),
        length=(end - start) * way_m[way],
        way=way,
        start=start,
        end=end,
        nodes=len(places) + len(rows),
        stretch=stretch,
    )


def _terminals(graph: _Graph, layout: Layout, roots: list[str]) -> np.ndarray:
    """Every served stretch, and the tie-ins."""
    middle = np.arange(len(layout.nodes), graph.nodes)
    return np.concatenate([pd.Index(layout.nodes.index).get_indexer(pd.Index(roots)), middle]).astype(np.int64)


def _root(graph: _Graph, layout: Layout, roots: list[str]) -> int:
    """The first tie-in; without one, the stretch with most ports."""
    if roots:
        return int(pd.Index(layout.nodes.index).get_loc(roots[0]))
    return len(layout.nodes) + int(np.argmax(graph.stretch["ports"]))


def _shortest(graph: _Graph, terminals: np.ndarray, idle_rounds: int, ctx: Context) -> tuple[np.ndarray, float]:
    """Pieces of the shortest tree in each part of the graph, and the sum of their bounds [m]."""
    joined = coo_array((np.ones(len(graph.tail)), (graph.tail, graph.head)), shape=(graph.nodes, graph.nodes))
    _, part = connected_components(joined, directed=False)
    pieces, bound = [], 0.0
    for which in np.unique(part[terminals]):
        mine = terminals[part[terminals] == which]
        rows = np.flatnonzero(part[graph.tail] == which)
        problem = SteinerProblem(
            nodes=graph.nodes,
            tail=graph.tail[rows],
            head=graph.head[rows],
            length=graph.length[rows],
            terminals=np.unique(mine),
        )
        found = solve_steiner(problem, seconds=_LONGEST_S, idle_rounds=idle_rounds, ctx=ctx)
        pieces.append(rows[found.edges])
        bound += found.lower_bound
    return np.concatenate(pieces), bound


def _rooted(graph: _Graph, pieces: np.ndarray, root: int) -> _Tree:
    """Nodes of every part of the forest from its root outwards."""
    ends = graph.tail[pieces], graph.head[pieces]
    joined = coo_array((np.ones(len(pieces)), ends), shape=(graph.nodes, graph.nodes)).tocsr()
    count, part = connected_components(joined, directed=False)
    first = np.array([int(np.flatnonzero(part == k)[0]) for k in range(count)])
    first[part[root]] = root
    before = np.full(graph.nodes, -1)
    order = []
    for start in first.tolist():
        found, previous = breadth_first_order(joined, start, directed=False)
        order.append(found)
        before[found[1:]] = previous[found[1:]]
    return _Tree(np.concatenate(order), before)


def _points(graph: _Graph, tree: _Tree, holds: float) -> tuple[np.ndarray, dict[int, float]]:
    """Ports beyond each node towards the root, and the points: node -> ports."""
    own = np.zeros(graph.nodes)
    own[graph.nodes - len(graph.stretch) :] = graph.stretch["ports"]
    beyond, left = own.copy(), own.copy()
    below: dict[int, list[int]] = {}
    points: dict[int, float] = {}
    for node in tree.order[::-1].tolist():
        branches = sorted(below.pop(node, []), key=lambda n: (-left[n], n))
        gathered = own[node] + sum(left[n] for n in branches)
        for branch in branches:
            if gathered <= holds:
                break
            points[branch] = float(left[branch])
            gathered -= left[branch]
        parent = int(tree.before[node])
        if parent < 0 or gathered > holds:
            points[node] = float(gathered)
            gathered = 0.0
        left[node] = gathered
        if parent >= 0:
            beyond[parent] += beyond[node]
            if gathered > 0.0:
                below.setdefault(parent, []).append(node)
    return beyond, {node: ports for node, ports in points.items() if ports > 0.0}


def _ducts(layout: Layout, graph: _Graph, pieces: np.ndarray, beyond: np.ndarray, roots: list[str]) -> pd.DataFrame:
    """One row a way: the pieces of the tree and the served stretch that lie on it."""
    parts = pd.DataFrame({"way": graph.way[pieces], "start": graph.start[pieces], "end": graph.end[pieces]})
    parts["ports"] = np.minimum(beyond[graph.tail[pieces]], beyond[graph.head[pieces]])
    every = pd.concat([parts, graph.stretch[["way", "start", "end", "ports"]]])
    ways = every.groupby("way").agg(start=("start", "min"), end=("end", "max"), ports=("ports", "max"))
    table = layout.edges.iloc[ways.index][["street_id", "from_node", "to_node", "location", "length_m", "geometry"]]
    table = pd.DataFrame(table)
    table["length_m"] = (ways["end"] - ways["start"]).to_numpy() * table["length_m"].to_numpy()
    table["fibre_ports"] = ways["ports"].to_numpy()
    lines = table["geometry"].to_numpy()
    table["geometry"] = _between(lines, ways["start"].to_numpy(), ways["end"].to_numpy())
    rank = bring_forward(layout, roots, table.index)
    return table.assign(rank=rank.clip(upper=len(layout.phases) - 1))[table["length_m"] > 0.0]


def _between(lines: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Each line from one share of its length to another."""
    whole = (start <= 0.0) & (end >= 1.0)
    cut = [
        line if all_of_it else shapely.ops.substring(line, a, max(b, a + 1e-6), normalized=True)
        for line, a, b, all_of_it in zip(lines, start.tolist(), end.tolist(), whole.tolist(), strict=True)
    ]
    return np.array(cut, dtype=object)


def _placed(
    layout: Layout, graph: _Graph, points: dict[int, float], ducts: pd.DataFrame, values: Values
) -> pd.DataFrame:
    """The points on the ground, in the phase of the first duct that meets them."""
    holds = values.number("networks.fibre_ports_per_point")
    nodes, rows = len(layout.nodes), []
    by_node = (
        pd.concat([ducts.set_index("from_node")["rank"], ducts.set_index("to_node")["rank"]]).groupby(level=0).min()
    )
    for node, ports in sorted(points.items()):
        if node < nodes:
            at = layout.nodes.iloc[node]
            x, y, rank = at["x_m"], at["y_m"], by_node.get(layout.nodes.index[node], 0)
        else:
            piece = graph.stretch.iloc[node - nodes]
            way = layout.edges.index[int(piece["way"])]
            line = layout.edges.geometry.iloc[int(piece["way"])]
            spot = line.interpolate(0.5 * (piece["start"] + piece["end"]), normalized=True)
            x, y, rank = spot.x, spot.y, ducts["rank"].get(way, 0)
        cabinets = int(np.ceil(ports / holds))
        rows.append((x, y, ports, cabinets, ports / (cabinets * holds), int(rank)))
    index = pd.Index([f"FP-{n}" for n in range(1, len(rows) + 1)], name="point_id")
    return pd.DataFrame(rows, index=index, columns=["x_m", "y_m", "fibre_ports", "cabinets", "fill_ratio", "rank"])


def _elements(ducts: pd.DataFrame, points: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(
        [
            elements(
                [f"fibre:{e}" for e in ducts.index],
                trade="fibre",
                item="fibre.duct",
                quantity=ducts["length_m"].to_numpy(),
                unit="m",
                location=ducts["location"].to_numpy(),
                rank=ducts["rank"].to_numpy(),
            ),
            elements(
                [f"fibre-point:{p}" for p in points.index],
                trade="fibre",
                item="fibre.point",
                quantity=points["cabinets"].to_numpy(float),
                unit="point",
                location="onsite",
                rank=points["rank"].to_numpy(),
            ),
            elements(
                [f"fibre-connection:{p}" for p in served.index],
                trade="fibre",
                item="fibre.connection",
                quantity=1.0,
                unit="connection",
                location="onsite",
                rank=served["rank"].to_numpy(),
            ),
        ]
    )
