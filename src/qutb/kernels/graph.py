"""Shortest ways on a street graph that plots enter along its edges, compiled with numba.

A graph is held in rows (CSR): the links of node ``i`` are ``starts[i]:starts[i + 1]``. A door is where a plot
meets an edge: ``(edge, offset)``, offset [m] from the edge's first end. Edges are never cut: the way from a
door at offset ``a`` to any place goes by the first end at ``a``, by the other at ``length - a``, or stays on
the edge. So answers are those of a graph split at every door. Ways are walked both ways round.

Method: Dijkstra (1959) with a binary heap that may hold a node twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_GRAPH", "door_distances", "more_people_within", "people_within", "spread", "walks_within"]

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


class _Entered(NamedTuple):
    """A graph with doors: by link of the graph, by edge, by door (in order of plots), by place on an edge."""

    starts: np.ndarray
    ends: np.ndarray
    weights: np.ndarray
    first: np.ndarray
    last: np.ndarray
    length: np.ndarray
    door_starts: np.ndarray
    door_edge: np.ndarray
    door_at: np.ndarray
    edge_starts: np.ndarray
    place_at: np.ndarray
    place_plot: np.ndarray


class _Heap(NamedTuple):
    """Room for Dijkstra's heap, and labels that nobody reads."""

    keys: np.ndarray
    labels: np.ndarray
    nodes: np.ndarray
    label: np.ndarray


@_compile
def _walk_from(plot: int, e: _Entered, table: Any, limit: float, heap: _Heap, near: Any) -> None:
    """Distance of every node from a plot into ``near``: from the table between nodes, else by Dijkstra."""
    near[:] = np.inf
    size = 0
    for door in range(e.door_starts[plot], e.door_starts[plot + 1]):
        edge, at = e.door_edge[door], e.door_at[door]
        for side in range(2):
            node = e.first[edge] if side == 0 else e.last[edge]
            far = at if side == 0 else e.length[edge] - at
            if table.shape[0] > 0:
                for other in range(len(near)):
                    through = far + table[node, other]
                    near[other] = through if through < near[other] else near[other]
            elif far < near[node]:
                near[node] = far
                size = _push(heap.keys, heap.labels, heap.nodes, size, far, 0, node)
    if table.shape[0] == 0:
        _settle(e.starts, e.ends, e.weights, limit, near, heap.label, heap.keys, heap.labels, heap.nodes, size)


@_compile
def _along_own(plot: int, edge: int, at: float, e: _Entered, far: float) -> float:
    """The lesser of ``far`` and the way that stays on ``edge`` from a door of ``plot``."""
    for door in range(e.door_starts[plot], e.door_starts[plot + 1]):
        if e.door_edge[door] == edge:
            far = min(far, abs(e.door_at[door] - at))
    return far


@_compile
def _ends_reach(one: float, other: float, whole: float, at: Any, low: int, high: int, radius: float) -> tuple[int, int]:
    """Doors ``low:left`` lie within ``radius`` over the first end, ``right:high`` over the last."""
    if one + whole <= radius or other + whole <= radius:
        return high, high
    left, right = low, high
    if one <= radius:
        while left < high and one + at[left] <= radius:
            left += 1
    if other <= radius:
        while right > left and other + (whole - at[right - 1]) <= radius:
            right -= 1
    return left, right


@_compile
def _count_own_edges(
    plot: int, many: bool, e: _Entered, near: Any, several: Any, people: Any, radii: Any, counts: Any
) -> None:
    """Count the plots of one door on the edges of ``plot``; it is counted with them where it has many."""
    for door in range(e.door_starts[plot], e.door_starts[plot + 1]):
        edge = e.door_edge[door]
        if (e.door_edge[e.door_starts[plot] : door] == edge).any():
            continue
        for place in range(e.edge_starts[edge], e.edge_starts[edge + 1]):
            other, at = e.place_plot[place], e.place_at[place]
            if several[other]:
                continue
            far = min(near[e.first[edge]] + at, near[e.last[edge]] + (e.length[edge] - at))
            far = _along_own(plot, edge, at, e, far)
            for ring in range(len(radii)):
                if far <= radii[ring]:
                    counts[plot, ring] += people[other]
                    if many:
                        counts[other, ring] += people[plot]


@_compile
def _count_edges(
    plot: int,
    many: bool,
    e: _Entered,
    near: Any,
    held: Any,
    mark: Any,
    people: Any,
    radii: Any,
    counts: Any,
    grown: Any,
) -> None:
    """Count the plots of one door on all other edges by sums along them, and ``plot`` with them where it has many."""
    rings, own = len(radii), people[plot]
    for edge in range(len(e.first)):
        low, high = e.edge_starts[edge], e.edge_starts[edge + 1]
        if low == high or mark[edge] == plot:
            continue
        one, other, whole = near[e.first[edge]], near[e.last[edge]], e.length[edge]
        for ring in range(rings - 1, -1, -1):
            radius = radii[ring]
            if one > radius and other > radius:
                break
            left, right = _ends_reach(one, other, whole, e.place_at, low, high, radius)
            counts[plot, ring] += held[left] - held[low] + held[high] - held[right]
            if many:
                grown[ring, low] += own
                grown[ring, left] -= own
                grown[ring, right] += own
                grown[ring, high] -= own


@_compile
def _count_several(
    plot: int, later: Any, e: _Entered, near: Any, mark: Any, people: Any, radii: Any, counts: Any
) -> None:
    """Count ``plot`` and the ``later`` plots of several doors with one another, itself once."""
    for other in later:
        far = np.inf
        for door in range(e.door_starts[other], e.door_starts[other + 1]):
            edge, at = e.door_edge[door], e.door_at[door]
            far = min(far, min(near[e.first[edge]] + at, near[e.last[edge]] + (e.length[edge] - at)))
            if mark[edge] == plot:
                far = _along_own(plot, edge, at, e, far)
        for ring in range(len(radii)):
            if far <= radii[ring]:
                counts[plot, ring] += people[other]
                if other != plot:
                    counts[other, ring] += people[plot]


@_compile
def _count_all(e: _Entered, several: Any, people: Any, radii: Any, table: Any, heap: _Heap) -> Any:
    """People within each radius of each plot: plots of one door by sums along edges, the others by pairs."""
    total, rings = len(e.door_starts) - 1, len(radii)
    counts = np.zeros((total, rings), np.int64)
    places = len(e.place_at)
    held, grown = np.zeros(places + 1, np.int64), np.zeros((rings, places + 1), np.int64)
    for place in range(places):
        plot = e.place_plot[place]
        held[place + 1] = held[place] + (0 if several[plot] else people[plot])
    near, mark = np.empty(len(e.starts) - 1), np.full(len(e.first), -1, np.int64)
    many = np.flatnonzero(several)
    behind = 0
    for plot in range(total):
        if e.door_starts[plot] == e.door_starts[plot + 1]:
            continue
        _walk_from(plot, e, table, radii[-1], heap, near)
        for door in range(e.door_starts[plot], e.door_starts[plot + 1]):
            mark[e.door_edge[door]] = plot
        _count_edges(plot, several[plot], e, near, held, mark, people, radii, counts, grown)
        _count_own_edges(plot, several[plot], e, near, several, people, radii, counts)
        if several[plot]:
            _count_several(plot, many[behind:], e, near, mark, people, radii, counts)
            behind += 1
    for ring in range(rings):
        more = 0
        for place in range(places):
            more += grown[ring, place]
            if not several[e.place_plot[place]]:
                counts[e.place_plot[place], ring] += more
    return counts


@_compile
def _walks_of(plot: int, e: _Entered, near: Any, limit: float, best: Any) -> None:
    """Walk from ``plot`` to every plot within ``limit`` into ``best``; others are left as they are."""
    for edge in range(len(e.first)):
        one, other, whole = near[e.first[edge]], near[e.last[edge]], e.length[edge]
        if min(one, other) > limit:
            continue
        for place in range(e.edge_starts[edge], e.edge_starts[edge + 1]):
            at = e.place_at[place]
            far = min(one + at, other + (whole - at))
            if far <= limit:
                best[e.place_plot[place]] = min(best[e.place_plot[place]], far)
    for door in range(e.door_starts[plot], e.door_starts[plot + 1]):
        edge = e.door_edge[door]
        for place in range(e.edge_starts[edge], e.edge_starts[edge + 1]):
            far = abs(e.place_at[place] - e.door_at[door])
            if far <= limit:
                best[e.place_plot[place]] = min(best[e.place_plot[place]], far)


@_compile
def _walks_compiled(e: _Entered, plots: Any, limit: float, heap: _Heap) -> tuple[Any, Any, Any]:
    total = len(e.door_starts) - 1
    near, best = np.empty(len(e.starts) - 1), np.full(total, np.inf)
    table = np.empty((0, 0))
    begins = np.zeros(len(plots) + 1, np.int64)
    reached, walks = np.empty(total, np.int64), np.empty(total)
    count = 0
    for row in range(len(plots)):
        _walk_from(plots[row], e, table, limit, heap, near)
        _walks_of(plots[row], e, near, limit, best)
        if count + total > len(walks):
            reached, walks = np.append(reached, np.empty_like(reached)), np.append(walks, np.empty_like(walks))
        for other in range(total):
            if best[other] < np.inf:
                reached[count], walks[count] = other, best[other]
                count += 1
                best[other] = np.inf
        begins[row + 1] = count
    return begins, reached[:count], walks[:count]


Graph = tuple[np.ndarray, np.ndarray, np.ndarray]
Places = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _entered(graph: Graph, edges: Graph, doors: Places, *, grain: float = 0.0) -> tuple[_Entered, _Heap]:
    """The graph with its doors by edge too; lengths in whole ``grain`` [m] where one is given."""
    starts, ends, weights = graph
    first, last, length = edges
    door_starts, door_edge, door_at, door_plot = doors
    if grain:
        weights, length, door_at = (np.rint(a / grain) * grain for a in (weights, length, door_at))
    order = np.lexsort((door_at, door_edge))
    edge_starts = np.concatenate([[0], np.cumsum(np.bincount(door_edge, minlength=len(first)))])
    entered = _Entered(
        *(starts, ends, weights, first, last, length, door_starts, door_edge, door_at),
        *(edge_starts, door_at[order], door_plot[order]),
    )
    room = len(ends) + 2 * len(door_edge) + 16
    whole = (np.empty(room, np.int64), np.empty(room, np.int64), np.zeros(len(starts) - 1, np.int64))
    return entered, _Heap(np.empty(room), *whole)


_GRAIN_M = 2.0**-20  # sums of whole grains are exact: a way is as long from either end


def people_within(
    graph: Graph, edges: Graph, doors: Places, people: np.ndarray, radii: np.ndarray, *, table_nodes: int = 6000
) -> np.ndarray:
    """People within each radius [m] of each plot by foot, the plot's own counted: one row a plot, one column a radius.

    ``people`` are whole numbers and lengths are rounded to 2^-20 m, so that sums do not depend on their order.
    ``graph``: starts, ends, weights; ``edges``: first, last, length; ``doors``: starts by plot, edge, offset,
    plot. ``radii`` go up. A table between nodes is held in memory up to ``table_nodes`` nodes.
    """
    entered, heap = _entered(graph, edges, doors, grain=_GRAIN_M)
    if not COMPILED_GRAPH:
        total = len(doors[0]) - 1
        zero = np.zeros((total, len(radii)), dtype=np.int64)
        return _more_scipy(entered, zero, np.arange(total), people, radii)
    small = len(graph[0]) - 1 <= table_nodes
    table = _node_table(*entered[:3], float(radii[-1])) if small else np.empty((0, 0))
    counts: np.ndarray = _count_all(entered, np.diff(doors[0]) > 1, people, radii, table, heap)
    return counts


def more_people_within(
    graph: Graph,
    edges: Graph,
    doors: Places,
    counts: np.ndarray,
    changed: np.ndarray,
    amount: np.ndarray,
    radii: np.ndarray,
) -> np.ndarray:
    """``counts`` of :func:`people_within` after ``amount`` [people] more on the plots ``changed``."""
    entered, heap = _entered(graph, edges, doors, grain=_GRAIN_M)
    if not COMPILED_GRAPH:
        return _more_scipy(entered, counts.copy(), changed, amount, radii)
    begins, reached, walks = _walks_compiled(entered, changed, float(radii[-1]), heap)
    more = np.repeat(amount, np.diff(begins))
    sums = counts.copy()
    for ring, radius in enumerate(radii.tolist()):
        near = walks <= radius
        np.add.at(sums[:, ring], reached[near], more[near])
    return sums


def walks_within(graph: Graph, edges: Graph, doors: Places, plots: np.ndarray, limit: float) -> Graph:
    """Walks [m] from each of ``plots`` to the plots within ``limit``: where each one's begin, plots, walks."""
    entered, heap = _entered(graph, edges, doors)
    if COMPILED_GRAPH:
        begins, reached, walks = _walks_compiled(entered, plots, limit, heap)
        return begins, reached, walks
    tables = [_walks_scipy(entered, plot, limit) for plot in plots.tolist()]
    found = [np.flatnonzero(table <= limit) for table in tables]
    near = [table[rows] for table, rows in zip(tables, found, strict=True)]
    begins = np.concatenate([[0], np.cumsum([len(rows) for rows in found], dtype=np.int64)])
    none = np.empty(0)
    return begins, np.concatenate([none.astype(np.int64), *found]), np.concatenate([none, *near])


def _more_scipy(
    e: _Entered, counts: np.ndarray, plots: np.ndarray, amount: np.ndarray, radii: np.ndarray
) -> np.ndarray:
    """Adds ``amount`` to all that reach each of ``plots``, with SciPy's Dijkstra, one plot at a time."""
    for plot, added in zip(plots.tolist(), amount.tolist(), strict=True):
        counts += np.where(_walks_scipy(e, plot, float(radii[-1]))[:, None] <= radii, added, 0)
    return counts


def _walks_scipy(e: _Entered, plot: int, limit: float) -> np.ndarray:
    """Walk from ``plot`` to every plot; inf where none is within ``limit``."""
    best = np.full(len(e.door_starts) - 1, np.inf)
    own = slice(e.door_starts[plot], e.door_starts[plot + 1])
    edge, at = e.door_edge[own], e.door_at[own]
    if not len(edge):
        return best
    nodes, away = np.concatenate([e.first[edge], e.last[edge]]), np.concatenate([at, e.length[edge] - at])
    near, _ = _spread_scipy(*e[:3], nodes, away, np.zeros(len(nodes), np.int64), limit)
    on = np.repeat(np.arange(len(e.first)), np.diff(e.edge_starts))
    far = np.minimum(near[e.first[on]] + e.place_at, near[e.last[on]] + (e.length[on] - e.place_at))
    for here, offset in zip(edge.tolist(), at.tolist(), strict=True):
        places = slice(e.edge_starts[here], e.edge_starts[here + 1])
        far[places] = np.minimum(far[places], np.abs(e.place_at[places] - offset))
    np.minimum.at(best, e.place_plot, far)
    return best
