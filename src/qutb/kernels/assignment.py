"""User equilibrium on bushes: Dial's algorithm B (2006) with Nie's (2010) rules for adding links.

Every origin keeps an acyclic part of the network, its bush, that carries all its flow. A pass equalises, at
every node of every bush, the dearest used and the cheapest way in by a guarded Newton step; the bush then
drops links without flow and takes in links that shorten it. Travel time after the Bureau of Public Roads
(1964): ``fixed + free (1 + b (flow / capacity) ** power)`` with any ``power >= 0``.

Compiled by numba where it is installed and can keep what it compiled, in a folder named after this file's
digest; plain Python otherwise, with the same results. Arrays are indexed by link, node or origin row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = [
    "COMPILED_ASSIGNMENT",
    "Bushes",
    "equalise",
    "excess",
    "load_trees",
    "recount",
    "reshape",
    "start_bushes",
    "tree_costs",
]

COMPILED_ASSIGNMENT, _compile = compiler(__file__)
_REST = 1e-13  # of the link's flow: less than this of one origin is none
_GUARD = 8  # steps of the guarded search along one pair of ways


class Bushes(NamedTuple):
    """The network and the state of its assignment.

    ``tail``, ``head``, ``fixed``, ``free``, ``b``, ``capacity``, ``power`` by link; ``out_start``, ``out_link``
    the links that leave each node; ``through`` whether a node may be passed; ``origin`` node of each row;
    ``flow``, ``cost``, ``slope`` by link; ``part`` [row, link] flow of one origin; ``member`` [row, link] whether
    the link is in its bush; ``order`` [row, place] its nodes from the origin outwards; ``reached`` their number;
    ``links`` [row, place] the links of the bush, those into a node before those out of it; ``held`` their number.
    """

    tail: np.ndarray
    head: np.ndarray
    fixed: np.ndarray
    free: np.ndarray
    b: np.ndarray
    capacity: np.ndarray
    power: np.ndarray
    out_start: np.ndarray
    out_link: np.ndarray
    through: np.ndarray
    origin: np.ndarray
    flow: np.ndarray
    cost: np.ndarray
    slope: np.ndarray
    part: np.ndarray
    member: np.ndarray
    order: np.ndarray
    reached: np.ndarray
    links: np.ndarray
    held: np.ndarray

    def has_way(self, start: np.ndarray, where: np.ndarray) -> np.ndarray:
        """Whether each destination of :func:`start_bushes` is in the bush of its origin."""
        row = np.repeat(np.arange(len(self.origin)), np.diff(start))
        there = np.zeros((len(self.origin), len(self.out_start) - 1), dtype=bool)
        for origin, count in enumerate(self.reached.tolist()):
            there[origin, self.order[origin, :count]] = True
        found: np.ndarray = there[row, where]
        return found


@_compile
def _time(flow: float, fixed: float, free: float, b: float, capacity: float, power: float) -> float:
    if b == 0.0 or flow <= 0.0:
        return fixed + free * (1.0 + (b if power == 0.0 else 0.0))
    ratio = flow / capacity
    if power == 4.0:
        ratio *= ratio
        return fixed + free * (1.0 + b * ratio * ratio)
    return fixed + free * (1.0 + b * ratio**power)


@_compile
def _slope(flow: float, free: float, b: float, capacity: float, power: float) -> float:
    if b == 0.0 or power == 0.0:
        return 0.0
    ratio = flow / capacity if flow > 0.0 else 0.0
    if power == 4.0:
        return free * b * 4.0 * ratio * ratio * ratio / capacity
    if power < 1.0 and ratio < 1e-9:
        ratio = 1e-9
    return free * b * power * ratio ** (power - 1.0) / capacity


@_compile
def _refresh(a: int, s: Bushes) -> None:
    s.cost[a] = _time(s.flow[a], s.fixed[a], s.free[a], s.b[a], s.capacity[a], s.power[a])
    s.slope[a] = _slope(s.flow[a], s.free[a], s.b[a], s.capacity[a], s.power[a])


@_compile
def _tree(origin: int, s: Bushes, dist: np.ndarray, pred: np.ndarray, order: np.ndarray) -> int:
    """Cheapest way from ``origin`` to every node by Dijkstra on a binary heap; nodes in ``order`` of distance."""
    dist[:] = np.inf
    pred[:] = -1
    done = np.zeros(len(dist), dtype=np.bool_)
    key = np.empty(len(s.tail) + 1)
    item = np.empty(len(s.tail) + 1, dtype=np.int64)
    key[0], item[0], size, count = 0.0, origin, 1, 0
    dist[origin] = 0.0
    while size > 0:
        node = item[0]
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
        if done[node]:
            continue
        done[node] = True
        order[count] = node
        count += 1
        if node != origin and not s.through[node]:
            continue
        for place in range(s.out_start[node], s.out_start[node + 1]):
            a = s.out_link[place]
            other = s.head[a]
            new = dist[node] + s.cost[a]
            if new < dist[other]:
                dist[other] = new
                pred[other] = a
                at = size
                size += 1
                while at > 0 and key[(at - 1) // 2] > new:
                    key[at], item[at] = key[(at - 1) // 2], item[(at - 1) // 2]
                    at = (at - 1) // 2
                key[at], item[at] = new, other
    return count


@_compile
def start_bushes(s: Bushes, start: np.ndarray, where: np.ndarray, demand: np.ndarray) -> None:
    """Load every origin on its cheapest tree, one after the other at the costs the earlier ones leave.

    ``where[start[row]:start[row + 1]]`` are the destinations of an origin row, ``demand`` beside them. What
    cannot be reached is not loaded.
    """
    nodes = len(s.out_start) - 1
    dist, pred, load = np.empty(nodes), np.empty(nodes, dtype=np.int64), np.empty(nodes)
    for a in range(len(s.tail)):
        _refresh(a, s)
    for row in range(len(s.origin)):
        count = _tree(s.origin[row], s, dist, pred, s.order[row])
        s.reached[row] = count
        load[:] = 0.0
        for k in range(start[row], start[row + 1]):
            load[where[k]] += demand[k]
        s.held[row] = count - 1
        for place in range(count - 1, 0, -1):
            node = s.order[row, place]
            a = pred[node]
            s.member[row, a] = True
            s.links[row, place - 1] = a
            if load[node] > 0.0:
                s.part[row, a] = load[node]
                s.flow[a] += load[node]
                load[s.tail[a]] += load[node]
                _refresh(a, s)


@_compile
def tree_costs(
    s: Bushes, start: np.ndarray, where: np.ndarray, skim: np.ndarray, length: np.ndarray, way: np.ndarray
) -> None:
    """Cheapest cost at the present flows to each destination into ``skim``, the sum of the links' ``length`` on
    that way into ``way``; infinite where there is no way. Indexed as ``where`` of :func:`start_bushes`.
    """
    nodes = len(s.out_start) - 1
    dist, pred, order = np.empty(nodes), np.empty(nodes, dtype=np.int64), np.empty(nodes, dtype=np.int32)
    far = np.empty(nodes)
    for row in range(len(s.origin)):
        count = _tree(s.origin[row], s, dist, pred, order)
        far[:] = np.inf
        far[s.origin[row]] = 0.0
        for place in range(1, count):
            node = order[place]
            far[node] = far[s.tail[pred[node]]] + length[pred[node]]
        for k in range(start[row], start[row + 1]):
            skim[k] = dist[where[k]]
            way[k] = far[where[k]]


@_compile
def load_trees(s: Bushes, start: np.ndarray, where: np.ndarray, demand: np.ndarray) -> None:
    """Add every origin's ``demand`` to the flow of the links of its cheapest ways at the present costs."""
    nodes = len(s.out_start) - 1
    dist, pred, order = np.empty(nodes), np.empty(nodes, dtype=np.int64), np.empty(nodes, dtype=np.int32)
    load = np.empty(nodes)
    for row in range(len(s.origin)):
        count = _tree(s.origin[row], s, dist, pred, order)
        load[:] = 0.0
        for k in range(start[row], start[row + 1]):
            load[where[k]] += demand[k]
        for place in range(count - 1, 0, -1):
            node = order[place]
            s.flow[pred[node]] += load[node]
            load[s.tail[pred[node]]] += load[node]


@_compile
def recount(s: Bushes) -> None:
    """Link flows as the sum over origins anew, so that rounding does not pile up; then times and slopes."""
    s.flow[:] = 0.0
    for row in range(len(s.origin)):
        for k in range(s.held[row]):
            s.flow[s.links[row, k]] += s.part[row, s.links[row, k]]
    for a in range(len(s.tail)):
        _refresh(a, s)


@_compile
def excess(s: Bushes, start: np.ndarray, where: np.ndarray, demand: np.ndarray, over: np.ndarray) -> None:
    """What each origin's trips cost beyond the cheapest ways, in ``over``; indexed as :func:`start_bushes`.

    The cheapest ways begin as those of the bush and are mended link by link until none is shorter.
    """
    nodes = len(s.out_start) - 1
    low, low_in = np.empty(nodes), np.empty(nodes, dtype=np.int64)
    for row in range(len(s.origin)):
        _nearest(row, s, low, low_in)
        mended = True
        while mended:
            mended = False
            for place in range(s.reached[row]):
                node = s.order[row, place]
                if place > 0 and not s.through[node]:
                    continue
                for k in range(s.out_start[node], s.out_start[node + 1]):
                    a = s.out_link[k]
                    if low[node] + s.cost[a] < low[s.head[a]]:
                        low[s.head[a]] = low[node] + s.cost[a]
                        mended = True
        over[row] = 0.0
        for k in range(s.held[row]):
            over[row] += s.part[row, s.links[row, k]] * s.cost[s.links[row, k]]
        for k in range(start[row], start[row + 1]):
            if low[where[k]] < np.inf:
                over[row] -= demand[k] * low[where[k]]


@_compile
def _nearest(row: int, s: Bushes, low: np.ndarray, low_in: np.ndarray) -> None:
    """Cheapest way within the bush: cost and last link by node."""
    low[:] = np.inf
    low_in[:] = -1
    low[s.origin[row]] = 0.0
    for k in range(s.held[row]):
        a = s.links[row, k]
        far = low[s.tail[a]] + s.cost[a]
        if far < low[s.head[a]]:
            low[s.head[a]] = far
            low_in[s.head[a]] = a


@_compile
def _farthest(row: int, s: Bushes, used_only: bool, top: np.ndarray, top_in: np.ndarray) -> None:
    """Dearest way within the bush, over used links alone if asked: cost (-inf: none) and last link by node."""
    top[:] = -np.inf
    top_in[:] = -1
    top[s.origin[row]] = 0.0
    for k in range(s.held[row]):
        a = s.links[row, k]
        if used_only and s.part[row, a] <= 0.0:
            continue
        far = top[s.tail[a]] + s.cost[a]
        if far > top[s.head[a]]:
            top[s.head[a]] = far
            top_in[s.head[a]] = a


@_compile
def _sort(row: int, s: Bushes, waiting: np.ndarray) -> None:
    """Nodes of a bush so that every link leads from an earlier to a later one, and its links in that order."""
    waiting[:] = 0
    for a in range(len(s.tail)):
        if s.member[row, a]:
            waiting[s.head[a]] += 1
    s.order[row, 0] = s.origin[row]
    count, at, held = 1, 0, 0
    while at < count:
        node = s.order[row, at]
        at += 1
        for k in range(s.out_start[node], s.out_start[node + 1]):
            a = s.out_link[k]
            if s.member[row, a]:
                s.links[row, held] = a
                held += 1
                waiting[s.head[a]] -= 1
                if waiting[s.head[a]] == 0:
                    s.order[row, count] = s.head[a]
                    count += 1
    s.held[row] = held


@_compile
def _drop(row: int, s: Bushes, low_in: np.ndarray) -> None:
    """Drop the links of a bush that carry nothing and lie on no cheapest way; the rest keep their order."""
    held = 0
    for k in range(s.held[row]):
        a = s.links[row, k]
        if s.part[row, a] <= 0.0 and low_in[s.head[a]] != a:
            s.part[row, a] = 0.0
            s.member[row, a] = False
        else:
            s.links[row, held] = a
            held += 1
    s.held[row] = held


@_compile
def _take_in(row: int, s: Bushes, low: np.ndarray, top: np.ndarray, place_of: np.ndarray, strict: bool) -> int:
    """Add links that shorten the bush and lead outwards by dearest cost, so that no circle can close."""
    origin = s.origin[row]
    added = 0
    for place in range(s.reached[row]):
        i = s.order[row, place]
        if i != origin and not s.through[i]:
            continue
        for k in range(s.out_start[i], s.out_start[i + 1]):
            a = s.out_link[k]
            j = s.head[a]
            if s.member[row, a] or j == origin:
                continue
            outwards = top[i] < top[j] or (top[i] == top[j] and place_of[i] < place_of[j])
            reach = low[i] + s.cost[a] if strict else top[i] + s.cost[a]
            goal = low[j] if strict else top[j]
            if outwards and reach < goal - 1e-14 * goal:
                s.member[row, a] = True
                added += 1
    return added


@_compile
def _leads_back(row: int, s: Bushes, link: int, reached: np.ndarray) -> bool:
    """Whether the bush has a way from the head of ``link`` to its tail, so that it would close a circle."""
    reached[:] = 0
    reached[s.head[link]] = 1
    for k in range(s.held[row]):
        a = s.links[row, k]
        if reached[s.tail[a]] == 1:
            reached[s.head[a]] = 1
    return bool(reached[s.tail[link]] == 1)


@_compile
def _take_one_in(row: int, s: Bushes, low: np.ndarray, reached: np.ndarray) -> int:
    """Add the first link that shortens the bush and closes no circle, where costs alone let none in."""
    for place in range(s.reached[row]):
        i = s.order[row, place]
        if i != s.origin[row] and not s.through[i]:
            continue
        for k in range(s.out_start[i], s.out_start[i + 1]):
            a = s.out_link[k]
            j = s.head[a]
            shorter = low[i] + s.cost[a] < low[j] - 1e-14 * low[j]
            if shorter and not s.member[row, a] and j != s.origin[row] and not _leads_back(row, s, a, reached):
                s.member[row, a] = True
                return 1
    return 0


@_compile
def reshape(s: Bushes, rows: np.ndarray) -> None:
    """Drop the links of each bush of ``rows`` that carry nothing and lie on no cheapest way; take in those that
    shorten it; equalise it once.
    """
    nodes = len(s.out_start) - 1
    low, low_in = np.empty(nodes), np.empty(nodes, dtype=np.int64)
    top, top_in = np.empty(nodes), np.empty(nodes, dtype=np.int64)
    waiting, place_of = np.empty(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    for row in rows:
        _nearest(row, s, low, low_in)
        _drop(row, s, low_in)
        _farthest(row, s, False, top, top_in)
        for place in range(s.reached[row]):
            place_of[s.order[row, place]] = place
        added = _take_in(row, s, low, top, place_of, True)
        if added == 0:
            added = _take_in(row, s, low, top, place_of, False)
        if added == 0:
            added = _take_one_in(row, s, low, waiting)
        if added > 0:
            _sort(row, s, waiting)
            for place in range(s.reached[row]):
                place_of[s.order[row, place]] = place
        _equalise_row(row, s, low, low_in, top, top_in, place_of)


@_compile
def equalise(s: Bushes, rows: np.ndarray) -> None:
    """One pass over the bushes of ``rows`` as they are."""
    nodes = len(s.out_start) - 1
    low, low_in = np.empty(nodes), np.empty(nodes, dtype=np.int64)
    top, top_in = np.empty(nodes), np.empty(nodes, dtype=np.int64)
    place_of = np.zeros(nodes, dtype=np.int64)
    for row in rows:
        for place in range(s.reached[row]):
            place_of[s.order[row, place]] = place
        _equalise_row(row, s, low, low_in, top, top_in, place_of)


@_compile
def _equalise_row(
    row: int,
    s: Bushes,
    low: np.ndarray,
    low_in: np.ndarray,
    top: np.ndarray,
    top_in: np.ndarray,
    place_of: np.ndarray,
) -> None:
    """Shift flow of one origin from the dearest used to the cheapest way into each node, outermost first."""
    _nearest(row, s, low, low_in)
    _farthest(row, s, True, top, top_in)
    dear, cheap = np.empty(len(low), dtype=np.int64), np.empty(len(low), dtype=np.int64)
    for place in range(s.reached[row] - 1, 0, -1):
        node = s.order[row, place]
        if top_in[node] < 0 or top_in[node] == low_in[node] or top[node] - low[node] <= 1e-15 * low[node]:
            continue
        dear[0], cheap[0], dears, cheaps = top_in[node], low_in[node], 1, 1
        i, k = s.tail[top_in[node]], s.tail[low_in[node]]
        while i != k:
            if place_of[i] > place_of[k]:
                dear[dears] = top_in[i]
                i = s.tail[top_in[i]]
                dears += 1
            else:
                cheap[cheaps] = low_in[k]
                k = s.tail[low_in[k]]
                cheaps += 1
        _shift(row, s, dear[:dears], cheap[:cheaps])


@_compile
def _shift(row: int, s: Bushes, dear: np.ndarray, cheap: np.ndarray) -> None:
    """Move flow from one way to the other until they cost the same or the dearer is empty."""
    difference, slope, most = 0.0, 0.0, np.inf
    for a in dear:
        difference += s.cost[a]
        slope += s.slope[a]
        most = min(most, s.part[row, a])
    for a in cheap:
        difference -= s.cost[a]
        slope += s.slope[a]
    if difference <= 0.0 or most <= 0.0:
        return
    step = min(difference / slope, most) if slope > 0.0 else most
    step = _guarded(s, dear, cheap, difference, step)
    for a in dear:
        left = s.part[row, a] - step
        s.part[row, a] = left if left > _REST * s.flow[a] else 0.0
        s.flow[a] = max(s.flow[a] - step, 0.0)
        _refresh(a, s)
    for a in cheap:
        s.part[row, a] += step
        s.flow[a] += step
        _refresh(a, s)


@_compile
def _difference(s: Bushes, dear: np.ndarray, cheap: np.ndarray, step: float) -> float:
    total = 0.0
    for a in dear:
        total += _time(s.flow[a] - step, s.fixed[a], s.free[a], s.b[a], s.capacity[a], s.power[a])
    for a in cheap:
        total -= _time(s.flow[a] + step, s.fixed[a], s.free[a], s.b[a], s.capacity[a], s.power[a])
    return total


@_compile
def _guarded(s: Bushes, dear: np.ndarray, cheap: np.ndarray, difference: float, step: float) -> float:
    """The step, cut back (regula falsi, Illinois rule) where it would turn the difference round."""
    after = _difference(s, dear, cheap, step)
    if after >= -0.1 * difference:
        return step
    short, long, at_short, at_long = 0.0, step, difference, after
    for _ in range(_GUARD):
        middle = (short * at_long - long * at_short) / (at_long - at_short)
        at_middle = _difference(s, dear, cheap, middle)
        if abs(at_middle) <= 0.1 * difference:
            return middle
        if at_middle > 0.0:
            short, at_short = middle, at_middle
            at_long *= 0.5
        else:
            long, at_long = middle, at_middle
            at_short *= 0.5
    return short
