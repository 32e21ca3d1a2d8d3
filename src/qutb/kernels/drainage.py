"""Diameters and inverts of a tree of sewers, chosen together: an exact dynamic programme over diameter x level.

Every manhole has levels a step apart, counted downwards from its own ``top``. For each pipe, ``arrive[pipe, d, w]``
is the least cost of all that drains through it where it has diameter ``d`` and ends ``w`` levels below the top of
the manhole it runs to. A manhole adds up what arrives (diameters not above the outgoing one, crowns not below it),
or lifts it by a pump; the outgoing pipe then falls by a drop between its least and its most. Extends the method of
Duque, Duque and Saldarriaga (2016, J. Hydroinformatics 18(5), 757) for a line of pipes to trees and pumps.

Compiled by numba where it is installed; plain Python otherwise, with the same results. Manholes are indexed upstream
first; pipe ``i`` leaves manhole ``i``, and a root has parent -1 and no pipe.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_DRAINAGE", "SewerGrid", "least_costs", "trace_back"]

COMPILED_DRAINAGE, _compile = compiler(__file__)


class SewerGrid(NamedTuple):
    """A tree on its grid of levels; costs in one currency.

    By manhole: ``parent``, ``top`` (level of index 0, in steps), ``manhole`` [i, k] cost by level of the outgoing
    invert, ``station`` [i] cost of a pump whatever its lift (infinite: none may stand there), ``lift`` [i] cost by
    step of lift, ``well`` [i, a] cost by level of arrival. By manhole and diameter: ``first``, ``last`` [i, d]
    levels where cover holds, ``trench`` [i, d, k] cost of a metre of trench. By pipe: ``length_m``, ``laid`` [i, d]
    cost of the pipe itself, ``least``, ``most`` [i, d] steps of fall. ``below`` [d, e] steps by which an invert of
    diameter ``e`` must leave below one of ``d`` that arrives (negative never).
    """

    parent: np.ndarray
    top: np.ndarray
    first: np.ndarray
    last: np.ndarray
    manhole: np.ndarray
    station: np.ndarray
    lift: np.ndarray
    well: np.ndarray
    trench: np.ndarray
    length_m: np.ndarray
    laid: np.ndarray
    least: np.ndarray
    most: np.ndarray
    below: np.ndarray


@_compile
def least_costs(grid: SewerGrid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least cost by pipe, diameter and level of arrival; and at each manhole, what arrives by gravity and at a pump."""
    manholes, diameters = grid.first.shape
    levels = grid.manhole.shape[1]
    arrive = np.full((manholes, diameters, levels), np.inf)
    gravity = np.zeros((manholes, diameters, levels))
    pumped = np.zeros((manholes, diameters, levels))
    fed = np.zeros(manholes, np.bool_)
    for i in range(manholes):
        parent = grid.parent[i]
        if parent < 0:
            continue
        for d in range(diameters):
            leaving = _leaving(grid, i, d, gravity[i, d], pumped[i, d], fed[i])
            _run(grid, i, d, leaving, arrive[i, d])
        fed[parent] = True
        _join(grid, arrive[i], gravity[parent], pumped[parent])
    return arrive, gravity, pumped


@_compile
def _leaving(grid: SewerGrid, i: int, d: int, gravity: np.ndarray, pumped: np.ndarray, fed: bool) -> np.ndarray:
    """Least cost upstream of the pipe of diameter ``d`` that leaves manhole ``i``, by level of its invert."""
    cost = np.full(len(gravity), np.inf)
    deepest = np.inf  # least of all arrivals below level k, were they lifted to level 0
    for k in range(len(gravity) - 1, -1, -1):
        if grid.first[i, d] <= k <= grid.last[i, d]:
            cost[k] = gravity[k] + grid.manhole[i, k]
            if fed:
                cost[k] = min(cost[k], deepest + grid.station[i] - grid.lift[i] * k)
        deepest = min(deepest, pumped[k] + grid.lift[i] * k + grid.well[i, k])
    return cost


@_compile
def _run(grid: SewerGrid, i: int, d: int, leaving: np.ndarray, arrive: np.ndarray) -> None:
    """Run the pipe from every level it may leave at to every level it may end at."""
    parent = grid.parent[i]
    half = 0.5 * grid.length_m[i]
    offset = grid.top[parent] - grid.top[i]  # levels of the next manhole that lie above those of this one
    for w in range(grid.first[parent, d], grid.last[parent, d] + 1):
        deepest = w - offset - grid.least[i, d]
        best = np.inf
        for k in range(max(grid.first[i, d], w - offset - grid.most[i, d]), min(grid.last[i, d], deepest) + 1):
            cost = leaving[k] + half * grid.trench[i, d, k]
            if cost < best:
                best = cost
        arrive[w] = best + half * grid.trench[parent, d, w] + grid.laid[i, d]


@_compile
def _join(grid: SewerGrid, arrive: np.ndarray, gravity: np.ndarray, pumped: np.ndarray) -> None:
    """Add one pipe to what arrives at a manhole, by diameter and level of the pipe that leaves it."""
    diameters, levels = arrive.shape
    above = np.empty((diameters, levels))  # least cost with an arrival at or above each level
    for d in range(diameters):
        best = np.inf
        for w in range(levels):
            best = min(best, arrive[d, w])
            above[d, w] = best
    for e in range(diameters):
        for k in range(levels):
            best_gravity, best_pumped = np.inf, np.inf
            for d in range(e + 1):
                best_pumped = min(best_pumped, above[d, k])
                if k - grid.below[d, e] >= 0:
                    best_gravity = min(best_gravity, above[d, k - grid.below[d, e]])
            gravity[e, k] += best_gravity
            pumped[e, k] += best_pumped


@_compile
def trace_back(
    grid: SewerGrid, arrive: np.ndarray, gravity: np.ndarray, pumped: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The optimum read backwards: diameter, level where each pipe leaves and ends, level it is lifted from or -1."""
    manholes = len(arrive)
    diameter = np.full(manholes, -1)
    start, end, lifted = np.full(manholes, -1), np.full(manholes, -1), np.full(manholes, -1)
    fed = np.zeros(manholes, np.bool_)
    for i in range(manholes):
        if grid.parent[i] >= 0:
            fed[grid.parent[i]] = True
    for i in range(manholes - 1, -1, -1):
        parent = grid.parent[i]
        if parent < 0:
            continue
        d, w = _best_end(grid, arrive[i], diameter[parent], start[parent], lifted[parent])
        k = _best_start(grid, i, d, w, _leaving(grid, i, d, gravity[i, d], pumped[i, d], fed[i]))
        diameter[i], start[i], end[i] = d, k, w
        if fed[i]:
            lifted[i] = _lifted_from(grid, i, k, gravity[i, d], pumped[i, d])
    return diameter, start, end, lifted


@_compile
def _best_end(grid: SewerGrid, arrive: np.ndarray, out: int, level: int, lifted: int) -> tuple[int, int]:
    """Cheapest diameter and level of arrival that what leaves the manhole allows (``out`` -1: it leaves the tree)."""
    diameters, levels = arrive.shape
    best, best_d, best_w = np.inf, 0, 0
    for d in range(diameters if out < 0 else out + 1):
        deepest = levels - 1
        if out >= 0:
            deepest = lifted if lifted >= 0 else level - grid.below[d, out]
        for w in range(deepest + 1):
            if arrive[d, w] < best:
                best, best_d, best_w = arrive[d, w], d, w
    return best_d, best_w


@_compile
def _best_start(grid: SewerGrid, i: int, d: int, w: int, leaving: np.ndarray) -> int:
    parent = grid.parent[i]
    offset = grid.top[parent] - grid.top[i]
    best, best_k = np.inf, 0
    for k in range(
        max(grid.first[i, d], w - offset - grid.most[i, d]),
        min(grid.last[i, d], w - offset - grid.least[i, d]) + 1,
    ):
        cost = leaving[k] + 0.5 * grid.length_m[i] * grid.trench[i, d, k]
        if cost < best:
            best, best_k = cost, k
    return best_k


@_compile
def _lifted_from(grid: SewerGrid, i: int, k: int, gravity: np.ndarray, pumped: np.ndarray) -> int:
    """Level of arrival at the pump under level ``k``; -1 where gravity is not dearer."""
    best, best_a = gravity[k] + grid.manhole[i, k], -1
    for a in range(len(pumped) - 1, k, -1):
        cost = pumped[a] + grid.lift[i] * (a - k) + grid.well[i, a] + grid.station[i]
        if cost < best:
            best, best_a = cost, a
    return best_a
