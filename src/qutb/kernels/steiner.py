"""The shortest tree that joins chosen nodes of a graph: dual ascent from below, cutting and rejoining from above.

From above: the tree is cut into parts that each hold a terminal, and the parts are joined again along shortest ways
between them (Mehlhorn 1988), with lengths blurred so that ties and near ties fall differently; then the shortest
spanning tree of its nodes is taken and bare ends drop. Cuts are key paths, key nodes and neighbourhoods (moves of
Uchoa and Werneck 2012). From below: dual ascent (Wong 1984); its reduced lengths strike out nodes and edges that no
better tree can use.

Compiled by numba where it is installed; plain Python otherwise, with the same results. Edges are indexed; ``start``,
``near``, ``via`` list for each node its neighbours and the edges to them. Lengths in any unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_STEINER", "Graph", "ascend", "first_tree", "improve_tree"]

COMPILED_STEINER, _compile = compiler(__file__)
_FAR = 1e300
_NUMBERS = 4  # random numbers that one cut reads, besides the blur of lengths


class Graph(NamedTuple):
    """``tail``, ``head``, ``length`` by edge; ``order`` edges by length; ``start``, ``near``, ``via`` by node;
    ``wanted`` whether a node is a terminal.
    """

    tail: np.ndarray
    head: np.ndarray
    length: np.ndarray
    order: np.ndarray
    start: np.ndarray
    near: np.ndarray
    via: np.ndarray
    wanted: np.ndarray


@_compile
def _push(key: np.ndarray, item: np.ndarray, size: int, value: float, node: int) -> int:
    at = size
    while at > 0:
        up = (at - 1) // 2
        if key[up] <= value:
            break
        key[at], item[at] = key[up], item[up]
        at = up
    key[at], item[at] = value, node
    return size + 1


@_compile
def _pop(key: np.ndarray, item: np.ndarray, size: int) -> int:
    """Take the first off the heap; the new size."""
    size -= 1
    last, moved, at = key[size], item[size], 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if key[child] >= last:
            break
        key[at], item[at] = key[child], item[child]
        at = child
    key[at], item[at] = last, moved
    return size


@_compile
def _root(parent: np.ndarray, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@_compile
def _regions(
    graph: Graph,
    length: np.ndarray,
    base: np.ndarray,
    dist: np.ndarray,
    back: np.ndarray,
    key: np.ndarray,
    item: np.ndarray,
) -> None:
    """Grow every part (``base`` >= 0) over the nodes nearest to it; ``back`` the edge towards it."""
    size = 0
    for v in range(len(base)):
        back[v] = -1
        if base[v] >= 0:
            dist[v] = 0.0
            size = _push(key, item, size, 0.0, v)
        else:
            dist[v] = _FAR
    while size > 0:
        d, v = key[0], item[0]
        size = _pop(key, item, size)
        if d > dist[v]:
            continue
        for a in range(graph.start[v], graph.start[v + 1]):
            u, e = graph.near[a], graph.via[a]
            if d + length[e] < dist[u]:
                dist[u] = d + length[e]
                base[u] = base[v]
                back[u] = e
                size = _push(key, item, size, dist[u], u)


@_compile
def _rejoin(
    graph: Graph,
    length: np.ndarray,
    tree: np.ndarray,
    base: np.ndarray,
    dist: np.ndarray,
    back: np.ndarray,
    parent: np.ndarray,
    key: np.ndarray,
    item: np.ndarray,
) -> bool:
    """Join the parts marked in ``base`` by shortest ways, added to ``tree``; False where some stay apart."""
    parts = 0
    for v in range(len(base)):
        parts = max(parts, base[v] + 1)
        parent[v] = v
    _regions(graph, length, base, dist, back, key, item)
    count = 0
    for e in range(len(length)):
        u, v = graph.tail[e], graph.head[e]
        if base[u] >= 0 and base[v] >= 0 and base[u] != base[v]:
            key[count] = dist[u] + length[e] + dist[v]
            item[count] = e
            count += 1
    order = np.argsort(key[:count])
    joined = 1
    for place in order:
        e = item[place]
        a, b = _root(parent, base[graph.tail[e]]), _root(parent, base[graph.head[e]])
        if a == b:
            continue
        parent[a] = b
        joined += 1
        tree[e] = True
        for end in (graph.tail[e], graph.head[e]):
            v = end
            while back[v] >= 0:
                tree[back[v]] = True
                v = graph.tail[back[v]] + graph.head[back[v]] - v
        if joined == parts:
            break
    return joined >= parts


@_compile
def _tidy(graph: Graph, tree: np.ndarray, parent: np.ndarray, degree: np.ndarray, stack: np.ndarray) -> float:
    """Shortest spanning tree of the nodes used, without bare ends; its length."""
    n = len(parent)
    degree[:] = 0
    for e in range(len(tree)):
        if tree[e]:
            degree[graph.tail[e]] = 1
            degree[graph.head[e]] = 1
    for v in range(n):
        parent[v] = v
    tree[:] = False
    for e in graph.order:
        u, v = graph.tail[e], graph.head[e]
        if degree[u] > 0 and degree[v] > 0:
            a, b = _root(parent, u), _root(parent, v)
            if a != b:
                parent[a] = b
                tree[e] = True
    degree[:] = 0
    for e in range(len(tree)):
        if tree[e]:
            degree[graph.tail[e]] += 1
            degree[graph.head[e]] += 1
    size = 0
    for v in range(n):
        if degree[v] == 1 and not graph.wanted[v]:
            stack[size] = v
            size += 1
    while size > 0:
        size -= 1
        v = stack[size]
        for a in range(graph.start[v], graph.start[v + 1]):
            e = graph.via[a]
            if tree[e]:
                tree[e] = False
                u = graph.near[a]
                degree[v] -= 1
                degree[u] -= 1
                if degree[u] == 1 and not graph.wanted[u]:
                    stack[size] = u
                    size += 1
    total = 0.0
    for e in range(len(tree)):
        if tree[e]:
            total += graph.length[e]
    return total


@_compile
def _drop_path(graph: Graph, tree: np.ndarray, degree: np.ndarray, node: int, edge: int) -> None:
    """Take ``edge`` off the tree and what follows it from ``node`` on, up to a fork or terminal."""
    v, e = node, edge
    while True:
        tree[e] = False
        degree[graph.tail[e]] -= 1
        degree[graph.head[e]] -= 1
        v = graph.tail[e] + graph.head[e] - v
        if graph.wanted[v] or degree[v] != 1:
            return
        for a in range(graph.start[v], graph.start[v + 1]):
            if tree[graph.via[a]]:
                e = graph.via[a]
                break


@_compile
def _cut(
    graph: Graph, tree: np.ndarray, degree: np.ndarray, u: np.ndarray, stack: np.ndarray, seen: np.ndarray
) -> None:
    """Cut key paths, a key node, or what lies about a node."""
    n, m = len(degree), len(tree)
    if u[0] < 0.35:
        paths = 1 + int(u[1] * 3.0)
        at = int(u[2] * m)
        for _ in range(paths):
            for _ in range(m):
                at = (at + 1) % m
                if tree[at]:
                    break
            if not tree[at]:
                return
            tail, head = graph.tail[at], graph.head[at]
            _drop_path(graph, tree, degree, tail, at)
            if degree[tail] == 1 and not graph.wanted[tail]:
                for a in range(graph.start[tail], graph.start[tail + 1]):
                    if tree[graph.via[a]]:
                        _drop_path(graph, tree, degree, tail, graph.via[a])
                        break
            at = (at + int(u[3] * m) + head) % m
        return
    centre = int(u[2] * n)
    for _ in range(n):
        if degree[centre] > (2 if u[0] < 0.6 else 0):
            break
        centre = (centre + 1) % n
    reach = 0 if u[0] < 0.6 else 1 + int(u[1] * u[1] * 24.0)
    seen[:] = False
    stack[0] = centre
    seen[centre] = True
    first, last = 0, 1
    while first < last and first <= reach:
        v = stack[first]
        first += 1
        for a in range(graph.start[v], graph.start[v + 1]):
            e = graph.via[a]
            if tree[e]:
                w = graph.near[a]
                tree[e] = False
                degree[v] -= 1
                degree[w] -= 1
                if not seen[w]:
                    seen[w] = True
                    stack[last] = w
                    last += 1


@_compile
def _parts(graph: Graph, tree: np.ndarray, base: np.ndarray, stack: np.ndarray) -> int:
    """Number the parts that hold a terminal in ``base``; edges of others leave the tree. How many parts."""
    base[:] = -1
    count = 0
    for t in range(len(base)):
        if not graph.wanted[t] or base[t] >= 0:
            continue
        base[t] = count
        stack[0] = t
        size = 1
        while size > 0:
            size -= 1
            v = stack[size]
            for a in range(graph.start[v], graph.start[v + 1]):
                if tree[graph.via[a]] and base[graph.near[a]] < 0:
                    base[graph.near[a]] = count
                    stack[size] = graph.near[a]
                    size += 1
        count += 1
    for e in range(len(tree)):
        if tree[e] and base[graph.tail[e]] < 0:
            tree[e] = False
    return count


@_compile
def _improve(
    graph: Graph, tree: np.ndarray, best: np.ndarray, numbers: np.ndarray, blur: np.ndarray, heat: float
) -> tuple[float, float]:
    n, m = len(graph.wanted), len(tree)
    size = 2 * m + n + 2
    key, item = np.empty(size), np.empty(size, np.int64)
    base, back = np.empty(n, np.int64), np.empty(n, np.int64)
    parent, degree = np.empty(n, np.int64), np.zeros(n, np.int64)
    stack, seen = np.empty(n + 1, np.int64), np.zeros(n, np.bool_)
    dist = np.empty(n)
    trial = tree.copy()
    length = graph.length.copy()
    now = _tidy(graph, tree, parent, degree, stack)
    least = 0.0
    for e in range(m):
        if best[e]:
            least += graph.length[e]
    for i in range(len(numbers)):
        u = numbers[i]
        trial[:] = tree
        degree[:] = 0
        for e in range(m):
            if trial[e]:
                degree[graph.tail[e]] += 1
                degree[graph.head[e]] += 1
        _cut(graph, trial, degree, u, stack, seen)
        if _parts(graph, trial, base, stack) < 2:
            continue
        spread = 0.4 * u[1] * u[1] if i % 2 else 0.0
        shift = int(u[3] * len(blur))
        for e in range(m):
            length[e] = graph.length[e] * (1.0 + spread * blur[(e + shift) % len(blur)])
        if not _rejoin(graph, length, trial, base, dist, back, parent, key, item):
            continue
        total = _tidy(graph, trial, parent, degree, stack)
        if total <= now + heat * u[3]:
            tree[:] = trial
            now = total
            if total < least - 1e-9:
                least = total
                best[:] = trial
    return now, least


@_compile
def _ascend(graph: Graph, root: int, reduced: np.ndarray, key: np.ndarray, item: np.ndarray) -> float:
    """Dual ascent: raise, for the terminal with the fewest arcs into its cut, the dual of that cut.

    ``reduced`` [2, edge] lengths left of the arcs tail to head and head to tail. Returns the bound.
    """
    n, m = len(graph.wanted), len(graph.length)
    for e in range(m):
        reduced[0, e] = graph.length[e]
        reduced[1, e] = graph.length[e]
    mark, stack = np.zeros(n, np.int64), np.empty(n, np.int64)
    arcs_edge, arcs_way = np.empty(2 * m, np.int64), np.empty(2 * m, np.int64)
    bound, stamp, size = 0.0, 0, 0
    for v in range(n):
        if graph.wanted[v] and v != root:
            size = _push(key, item, size, float(graph.start[v + 1] - graph.start[v]), v)
    while size > 0:
        score, terminal = key[0], item[0]
        size = _pop(key, item, size)
        stamp += 1
        stack[0] = terminal
        mark[terminal] = stamp
        count, arcs, reached = 1, 0, False
        while count > 0 and not reached:
            count -= 1
            v = stack[count]
            for a in range(graph.start[v], graph.start[v + 1]):
                u, e = graph.near[a], graph.via[a]
                if mark[u] == stamp:
                    continue
                way = 0 if graph.head[e] == v else 1
                if reduced[way, e] <= 1e-12:
                    if u == root:
                        reached = True
                        break
                    mark[u] = stamp
                    stack[count] = u
                    count += 1
                else:
                    arcs_edge[arcs], arcs_way[arcs] = e, way
                    arcs += 1
        if reached:
            continue
        step, kept = _FAR, 0
        for a in range(arcs):
            e, way = arcs_edge[a], arcs_way[a]
            outer = graph.tail[e] if way == 0 else graph.head[e]
            if mark[outer] != stamp:
                arcs_edge[kept], arcs_way[kept] = e, way
                kept += 1
                step = min(step, reduced[way, e])
        if kept == 0:
            return _FAR
        if size > 0 and kept > 1.05 * score + 1.0 and kept > key[0]:
            size = _push(key, item, size, float(kept), terminal)
            continue
        for a in range(kept):
            reduced[arcs_way[a], arcs_edge[a]] -= step
        bound += step
        size = _push(key, item, size, float(kept), terminal)
    return bound


@_compile
def _spread(
    graph: Graph, reduced: np.ndarray, root: int, outwards: bool, dist: np.ndarray, key: np.ndarray, item: np.ndarray
) -> None:
    """Reduced distance from the root to every node, or from every node to the nearest other terminal."""
    size = 0
    for v in range(len(dist)):
        dist[v] = _FAR
        if (outwards and v == root) or (not outwards and graph.wanted[v] and v != root):
            dist[v] = 0.0
            size = _push(key, item, size, 0.0, v)
    while size > 0:
        d, v = key[0], item[0]
        size = _pop(key, item, size)
        if d > dist[v]:
            continue
        for a in range(graph.start[v], graph.start[v + 1]):
            u, e = graph.near[a], graph.via[a]
            forward = graph.tail[e] == (v if outwards else u)
            w = reduced[0, e] if forward else reduced[1, e]
            if d + w < dist[u]:
                dist[u] = d + w
                size = _push(key, item, size, dist[u], u)


@_compile
def _strike(
    graph: Graph, root: int, reduced: np.ndarray, bound: float, best: float, key: np.ndarray, item: np.ndarray
) -> np.ndarray:
    """Edges that a tree shorter than ``best`` may still use."""
    n, m = len(graph.wanted), len(graph.length)
    out, back = np.empty(n), np.empty(n)
    _spread(graph, reduced, root, True, out, key, item)
    _spread(graph, reduced, root, False, back, key, item)
    keep = np.zeros(m, np.bool_)
    for e in range(m):
        u, v = graph.tail[e], graph.head[e]
        least = min(out[u] + reduced[0, e] + back[v], out[v] + reduced[1, e] + back[u])
        keep[e] = bound + least < best - 1e-9
    return keep


def _heap(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    size = 2 * len(graph.length) + len(graph.wanted) + 2
    return np.empty(size), np.empty(size, np.int64)


def first_tree(graph: Graph, rng: np.random.Generator | None = None) -> np.ndarray:
    """A tree to begin with: terminals joined by shortest ways (Mehlhorn 1988), as a mask of edges.

    With ``rng`` lengths are blurred by up to as much again, so that each call gives another tree.
    """
    n, m = len(graph.wanted), len(graph.length)
    key, item = _heap(graph)
    base = np.full(n, -1)
    base[graph.wanted] = np.arange(int(graph.wanted.sum()))
    tree = np.zeros(m, bool)
    parent, degree, stack = np.empty(n, np.int64), np.zeros(n, np.int64), np.empty(n + 1, np.int64)
    length = graph.length if rng is None else graph.length * (1.0 + rng.random(m))
    _rejoin(graph, length, tree, base, np.empty(n), np.empty(n, np.int64), parent, key, item)
    _tidy(graph, tree, parent, degree, stack)
    return tree


def improve_tree(
    graph: Graph, tree: np.ndarray, best: np.ndarray, rng: np.random.Generator, *, cuts: int, heat: float
) -> tuple[float, float]:
    """Cut and rejoin ``tree`` so many times, in place; ``best`` keeps the shortest. Lengths of both.

    ``heat``: how much longer than the tree now a new one may be and still be taken, at most.
    """
    numbers = rng.random((cuts, _NUMBERS))
    blur = rng.random(max(64, len(tree)))
    now, least = _improve(graph, tree, best, numbers, blur, heat)
    return float(now), float(least)


def ascend(graph: Graph, root: int, best: float) -> tuple[float, np.ndarray]:
    """A length that no tree undercuts, and the edges that a tree shorter than ``best`` may still use."""
    key, item = _heap(graph)
    reduced = np.empty((2, len(graph.length)))
    bound = float(_ascend(graph, root, reduced, key, item))
    keep: np.ndarray = _strike(graph, root, reduced, bound, best, key, item)
    return bound, keep
