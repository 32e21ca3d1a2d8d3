"""Shortest ways on a street graph that plots enter along its edges, compiled with numba.

A graph is held in rows (CSR): the links of node ``i`` are ``starts[i]:starts[i + 1]``. A door is where a plot
meets an edge: ``(edge, offset)``, offset [m] from the edge's first end. Edges are never cut: the way from a
door at offset ``a`` to any place goes by the first end at ``a``, by the other at ``length - a``, or stays on
the edge. So answers are those of a graph split at every door. Ways are walked both ways round.

Method: Dijkstra (1959) with a binary heap that may hold a node twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_GRAPH", "door_distances", "people_within", "spread"]

COMPILED_GRAPH, _compile = compiler(__file__)


@_compile
def _before(key: float, label: int, other_key: float, other_label: int) -> bool:
    return key < other_key or (key == other_key and label < other_label)


@_compile
def _push(keys: Any, labels: Any, nodes: Any, size: int, key: float, label: int, node: int) -> int:
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if not _before(key, label, keys[up], labels[up]):
            break
        keys[at], labels[at], nodes[at] = keys[up], labels[up], nodes[up]
        at = up
    keys[at], labels[at], nodes[at] = key, label, node
    return size + 1


@_compile
def _drop_first(keys: Any, labels: Any, nodes: Any, size: int) -> int:
    size -= 1
    key, label, node = keys[size], labels[size], nodes[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and _before(keys[down + 1], labels[down + 1], keys[down], labels[down]):
            down += 1
        if not _before(keys[down], labels[down], key, label):
            break
        keys[at], labels[at], nodes[at] = keys[down], labels[down], nodes[down]
        at = down
    keys[at], labels[at], nodes[at] = key, label, node
    return size


@_compile
def _settle(
    starts: Any,
    ends: Any,
    weights: Any,
    limit: float,
    distance: Any,
    label: Any,
    keys: Any,
    labels: Any,
    nodes: Any,
    size: int,
) -> None:
    """Spread what the heap holds over the graph, up to ``limit``; of equal ways the lower label wins.

    A node is left once, with its final distance and label, so the heap never holds more than seeds and links.
    """
    while size > 0:
        key, mark, node = keys[0], labels[0], nodes[0]
        size = _drop_first(keys, labels, nodes, size)
        if key != distance[node] or mark != label[node]:
            continue
        for link in range(starts[node], starts[node + 1]):
            other = ends[link]
            far = key + weights[link]
            if far <= limit and _before(far, mark, distance[other], label[other]):
                distance[other] = far
                label[other] = mark
                size = _push(keys, labels, nodes, size, far, mark, other)


_NOBODY = 1 << 62


@_compile
def _spread_compiled(
    starts: Any, ends: Any, weights: Any, seeds: Any, at: Any, marks: Any, limit: float
) -> tuple[Any, Any]:
    count = len(starts) - 1
    distance = np.full(count, np.inf)
    label = np.full(count, _NOBODY, np.int64)
    room = len(seeds) + len(ends) + 16
    keys, labels, nodes = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    size = 0
    for i in range(len(seeds)):
        node = seeds[i]
        if at[i] <= limit and _before(at[i], marks[i], distance[node], label[node]):
            distance[node] = at[i]
            label[node] = marks[i]
            size = _push(keys, labels, nodes, size, at[i], marks[i], node)
    _settle(starts, ends, weights, limit, distance, label, keys, labels, nodes, size)
    for node in range(count):
        if distance[node] == np.inf:
            label[node] = -1
    return distance, label


def spread(
    starts: np.ndarray,
    ends: np.ndarray,
    weights: np.ndarray,
    nodes: np.ndarray,
    at: np.ndarray,
    labels: np.ndarray,
    limit: float = np.inf,
) -> tuple[np.ndarray, np.ndarray]:
    """Distance [m] from the nearest source to every node, and that source's label; inf and -1 beyond ``limit``.

    Source ``i`` stands ``at[i]`` [m] before node ``nodes[i]``. Of equally near sources the lowest label is told.
    """
    if COMPILED_GRAPH:
        return _spread_compiled(starts, ends, weights, nodes, at, labels, limit)
    return _spread_scipy(starts, ends, weights, nodes, at, labels, limit)


def _spread_scipy(
    starts: np.ndarray,
    ends: np.ndarray,
    weights: np.ndarray,
    nodes: np.ndarray,
    at: np.ndarray,
    labels: np.ndarray,
    limit: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The same through SciPy: every source is a further node linked to where it stands."""
    count, extra = len(starts) - 1, len(nodes)
    distance, label = np.full(count, np.inf), np.full(count, -1, dtype=np.int64)
    if not extra:
        return distance, label
    order = np.argsort(labels, kind="stable")
    begin = np.concatenate([starts, starts[-1] + 1 + np.arange(extra)])
    graph = csr_array(
        (np.concatenate([weights, at[order]]), np.concatenate([ends, nodes[order]]), begin),
        shape=(count + extra, count + extra),
    )
    found, _, source = dijkstra(
        graph, indices=count + np.arange(extra), min_only=True, return_predecessors=True, limit=limit
    )
    distance = found[:count]
    reached = np.isfinite(distance)
    label[reached] = labels[order][source[:count][reached] - count]
    return distance, label


@_compile
def _door_distances_compiled(
    first: Any,
    last: Any,
    length: Any,
    door_starts: Any,
    door_edge: Any,
    door_at: Any,
    distance: Any,
    label: Any,
    own_starts: Any,
    own_at: Any,
    own_label: Any,
) -> tuple[Any, Any]:
    count = len(door_starts) - 1
    best = np.full(count, np.inf)
    who = np.full(count, -1, np.int64)
    for plot in range(count):
        for door in range(door_starts[plot], door_starts[plot + 1]):
            edge, at = door_edge[door], door_at[door]
            far = distance[first[edge]] + at
            if far < best[plot] or (far == best[plot] and label[first[edge]] < who[plot]):
                best[plot] = far
                who[plot] = label[first[edge]]
            far = distance[last[edge]] + (length[edge] - at)
            if far < best[plot] or (far == best[plot] and label[last[edge]] < who[plot]):
                best[plot] = far
                who[plot] = label[last[edge]]
            for own in range(own_starts[edge], own_starts[edge + 1]):
                far = abs(own_at[own] - at)
                if far < best[plot] or (far == best[plot] and own_label[own] < who[plot]):
                    best[plot] = far
                    who[plot] = own_label[own]
    for plot in range(count):
        if best[plot] == np.inf:
            who[plot] = -1
    return best, who


def door_distances(
    first: np.ndarray,
    last: np.ndarray,
    length: np.ndarray,
    door_starts: np.ndarray,
    door_edge: np.ndarray,
    door_at: np.ndarray,
    distance: np.ndarray,
    label: np.ndarray,
    own_starts: np.ndarray,
    own_at: np.ndarray,
    own_label: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Distance [m] of every plot to the nearest source, and its label: the best over the plot's doors.

    ``distance`` and ``label`` are those of :func:`spread`; ``own_*`` hold the doors of the sources by edge, so
    that a way that stays on one edge counts. Doors of plot ``i`` are ``door_starts[i]:door_starts[i + 1]``.
    """
    return _door_distances_compiled(
        first, last, length, door_starts, door_edge, door_at, distance, label, own_starts, own_at, own_label
    )


@_compile
def _node_table(starts: Any, ends: Any, weights: Any, limit: float) -> Any:
    """Distance [m] between all nodes, inf beyond ``limit``."""
    count = len(starts) - 1
    table = np.full((count, count), np.inf)
    room = len(ends) + 16
    keys, labels, nodes = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    label = np.zeros(count, np.int64)
    for node in range(count):
        table[node, node] = 0.0
        size = _push(keys, labels, nodes, 0, 0.0, 0, node)
        _settle(starts, ends, weights, limit, table[node], label, keys, labels, nodes, size)
    return table


@_compile
def _add_both(far: Any, people: Any, radii: Any, plot: int, counts: Any) -> None:
    """Count ``plot`` and every later plot with one another."""
    for ring in range(len(radii)):
        radius, here, total = radii[ring], people[plot], 0
        for other in range(plot, len(far)):
            inside = far[other] <= radius
            total += people[other] * inside
            counts[other, ring] += here * inside
        counts[plot, ring] += total - here * (far[plot] <= radius)


@_compile
def _within_compiled(
    starts: Any,
    ends: Any,
    weights: Any,
    first: Any,
    last: Any,
    length: Any,
    door_starts: Any,
    door_edge: Any,
    door_at: Any,
    door_plot: Any,
    edge_starts: Any,
    edge_doors: Any,
    people: Any,
    radii: Any,
    plots: Any,
    table: Any,
    symmetric: bool,
    counts: Any,
    amount: Any,
) -> None:
    count = len(starts) - 1
    total = len(door_starts) - 1
    limit = radii[-1]
    room = len(ends) + 2 * len(door_edge) + 16
    keys, labels, nodes = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    label = np.zeros(count, np.int64)
    near = np.empty(count)
    from_node, to_node = first[door_edge], last[door_edge]
    rest = length[door_edge] - door_at
    far_plot, away = np.empty(total), np.empty(len(door_at))
    for row in range(len(plots)):
        plot = plots[row]
        if door_starts[plot] == door_starts[plot + 1]:
            continue
        near[:] = np.inf
        size = 0
        for door in range(door_starts[plot], door_starts[plot + 1]):
            edge, at = door_edge[door], door_at[door]
            for side in range(2):
                node = first[edge] if side == 0 else last[edge]
                far = at if side == 0 else length[edge] - at
                if table.shape[0] > 0:
                    for other in range(count):
                        through = far + table[node, other]
                        near[other] = through if through < near[other] else near[other]
                elif far < near[node]:
                    near[node] = far
                    size = _push(keys, labels, nodes, size, far, 0, node)
        if table.shape[0] == 0:
            _settle(starts, ends, weights, limit, near, label, keys, labels, nodes, size)
        begin = plot if symmetric else 0
        for door in range(door_starts[begin], len(door_at)):
            one, two = near[from_node[door]] + door_at[door], near[to_node[door]] + rest[door]
            away[door] = one if one < two else two
        far_plot[begin:] = np.inf
        for door in range(door_starts[begin], len(door_at)):
            other = door_plot[door]
            far_plot[other] = away[door] if away[door] < far_plot[other] else far_plot[other]
        for door in range(door_starts[plot], door_starts[plot + 1]):
            edge = door_edge[door]
            for place in range(edge_starts[edge], edge_starts[edge + 1]):
                there = edge_doors[place]
                other = door_plot[there]
                far_plot[other] = min(far_plot[other], abs(door_at[there] - door_at[door]))
        if symmetric:
            _add_both(far_plot, people, radii, plot, counts)
        else:
            for ring in range(len(radii)):
                for other in range(total):
                    counts[other, ring] += amount[row] * (far_plot[other] <= radii[ring])


def people_within(
    graph: tuple[np.ndarray, np.ndarray, np.ndarray],
    edges: tuple[np.ndarray, np.ndarray, np.ndarray],
    doors: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    people: np.ndarray,
    radii: np.ndarray,
    *,
    counts: np.ndarray | None = None,
    changed: np.ndarray | None = None,
    amount: np.ndarray | None = None,
    table_nodes: int = 6000,
) -> np.ndarray:
    """People within each radius [m] of each plot by foot, the plot's own counted: one row a plot, one column a radius.

    ``people`` are whole numbers, so that sums do not depend on their order. With ``counts`` of an earlier run,
    only the plots ``changed`` are walked from, each adding its ``amount`` to all that reach it.
    ``graph``: starts, ends, weights; ``edges``: first, last, length; ``doors``: starts by plot, edge, offset,
    plot, starts by edge, doors by edge. ``radii`` go up. A table between nodes is held in memory up to
    ``table_nodes`` nodes.
    """
    total = len(doors[0]) - 1
    fresh = counts is None
    sums = np.zeros((total, len(radii)), dtype=np.int64) if counts is None else counts.copy()
    plots = np.arange(total) if changed is None else changed
    added = people[plots] if amount is None else amount
    if not COMPILED_GRAPH:
        return _within_scipy(graph, edges, doors, radii, sums, plots, added)
    small = fresh and len(graph[0]) - 1 <= table_nodes
    table = _node_table(*graph, float(radii[-1])) if small else np.empty((0, 0))
    _within_compiled(*graph, *edges, *doors, people, radii, plots, table, fresh, sums, added)
    return sums


def _within_scipy(
    graph: tuple[np.ndarray, np.ndarray, np.ndarray],
    edges: tuple[np.ndarray, np.ndarray, np.ndarray],
    doors: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    radii: np.ndarray,
    sums: np.ndarray,
    plots: np.ndarray,
    amount: np.ndarray,
) -> np.ndarray:
    """The same with SciPy's Dijkstra, one plot at a time."""
    starts, ends, weights = graph
    first, last, length = edges
    door_starts, door_edge, door_at, door_plot, edge_starts, edge_doors = doors
    by_first, by_last = door_at, length[door_edge] - door_at
    for plot, added in zip(plots.tolist(), amount.tolist(), strict=True):
        own = slice(door_starts[plot], door_starts[plot + 1])
        edge, at = door_edge[own], door_at[own]
        if not len(edge):
            continue
        nodes = np.concatenate([first[edge], last[edge]])
        away = np.concatenate([at, length[edge] - at])
        near, _ = _spread_scipy(starts, ends, weights, nodes, away, np.zeros(len(nodes), np.int64), float(radii[-1]))
        far = np.minimum(near[first[door_edge]] + by_first, near[last[door_edge]] + by_last)
        for e, a in zip(edge.tolist(), at.tolist(), strict=True):
            there = edge_doors[edge_starts[e] : edge_starts[e + 1]]
            far[there] = np.minimum(far[there], np.abs(door_at[there] - a))
        best = np.full(len(door_starts) - 1, np.inf)
        np.minimum.at(best, door_plot, far)
        sums += np.where(best[:, None] <= radii, added, 0)
    return sums
