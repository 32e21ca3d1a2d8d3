"""Steady flow in a looped water network, and a search of diameters that runs on it without leaving compiled code.

Global Gradient Algorithm (Todini and Pilati 1988): Newton's method on flows and heads together; each step is one
sparse symmetric system, factorised along a pattern found once for the network. Head loss by Hazen-Williams,
Darcy-Weisbach (Swamee and Jain 1976, Dunlop's cubic between Reynolds 2000 and 4000) or Chezy-Manning.

The search is simulated annealing (Kirkpatrick et al. 1983; Cunha and Sousa 1999 for water networks): unmet head is
priced, and the price follows the share of moves that meet every limit. Branches hang on junctions as staircases of
least cost by head, so that only pipes on loops are searched. The judge of a design is EPANET, not this file.

Compiled by numba where it is installed; plain Python otherwise, with the same results. Units are metres, m3/s and
seconds; arrays are indexed by link, junction (in order of elimination, fixed heads after them) and option.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_HYDRAULICS", "Hydraulics", "Limits", "Search", "anneal_diameters", "option_losses", "solve_heads"]

COMPILED_HYDRAULICS, _compile = compiler(__file__)
_LEAST_SLOPE = 1e-7  # head per flow, so that a link without flow stays invertible
_TRUST = 0.6  # a first Newton step tells the rise of a move; less than this share of it would still refuse it
_CLOSE = 3e-4  # change of flows after which a trial design is not solved further
_DRAWS = 6  # random numbers that one move reads


class Hydraulics(NamedTuple):
    """A network to be solved.

    ``tail``, ``head`` node of each link; ``law`` 0 Hazen-Williams, 1 Darcy-Weisbach, 2 Chezy-Manning;
    ``resistance``, ``relative_roughness``, ``viscous`` (viscosity x diameter), ``minor`` and ``area_m2``
    [link, option]; ``demand`` [load, junction]; ``fixed`` heads of the nodes after the junctions; ``column``, ``row``
    the pattern of the factor; ``place`` of each link in it (-1 where an end is fixed); ``program_start``,
    ``program`` the places that eliminating a column changes.
    """

    tail: np.ndarray
    head: np.ndarray
    law: int
    resistance: np.ndarray
    relative_roughness: np.ndarray
    viscous: np.ndarray
    minor: np.ndarray
    area_m2: np.ndarray
    demand: np.ndarray
    fixed: np.ndarray
    column: np.ndarray
    row: np.ndarray
    place: np.ndarray
    program_start: np.ndarray
    program: np.ndarray


class Limits(NamedTuple):
    """What a design must meet and what it costs.

    ``least`` head [load, junction], ``most`` head of each junction; ``speed`` limit (0: none); ``cost`` [link, option];
    ``options`` of each link; ``stair_start``, ``stair_head``, ``stair_cost`` the branches of each junction:
    heads upwards, costs downwards.
    """

    least: np.ndarray
    most: np.ndarray
    speed: float
    cost: np.ndarray
    options: np.ndarray
    stair_start: np.ndarray
    stair_head: np.ndarray
    stair_cost: np.ndarray


class Room(NamedTuple):
    """Memory of one solver: ``heads`` by node; ``work`` diagonal, right-hand side, factor; ``pull`` and ``rest``, the
    flow of each link as pull x difference of heads + rest.
    """

    heads: np.ndarray
    work: np.ndarray
    pull: np.ndarray
    rest: np.ndarray


class Search(NamedTuple):
    """State of one search: kept between calls, changed in place.

    ``option`` by link, ``flow`` [load, link], ``best`` the cheapest design that met every limit; ``number``:
    price of unmet head, cost now, unmet now, best cost, designs tried, moves accepted, designs solved to the end.
    """

    option: np.ndarray
    flow: np.ndarray
    best: np.ndarray
    number: np.ndarray


@_compile
def _darcy(q: float, r: float, e: float, s: float, minor: float) -> tuple[float, float]:
    """Head loss and its slope by Darcy-Weisbach; ``r`` holds length / (2 g d area2), ``s`` viscosity x d."""
    a = abs(q)
    w = a / s
    if w <= 500.0 * np.pi:
        laminar = 16.0 * np.pi * s * r
        return q * (laminar + minor * a), laminar + 2.0 * minor * a
    if w >= 1000.0 * np.pi:
        y1 = 4.61841319859066668690 / w**0.9
        y2 = e / 3.7 + y1
        y3 = -0.8685889638 * np.log(y2)
        f = 1.0 / (y3 * y3)
        slope = 1.8 * f * y1 * -0.8685889638 / y2 / y3 / a
    else:
        y2 = e / 3.7 + 0.00328895476345399058690
        y3 = -0.8685889638 * np.log(y2)
        fa = 1.0 / (y3 * y3)
        fb = (2.0 - 0.00514214965799093883760 / (y2 * y3)) * fa
        ratio = w / (500.0 * np.pi)
        x1 = 7.0 * fa - fb
        x2 = 0.128 - 17.0 * fa + 2.5 * fb
        x3 = -0.128 + 13.0 * fa - 2.0 * fb
        x4 = 0.032 - 3.0 * fa + 0.5 * fb
        f = x1 + ratio * (x2 + ratio * (x3 + ratio * x4))
        slope = (x2 + ratio * (2.0 * x3 + ratio * 3.0 * x4)) / s / (500.0 * np.pi)
    k = f * r + minor
    return k * a * q, 2.0 * k * a + slope * r * a * a


@_compile
def _loss(q: float, law: int, r: float, e: float, s: float, minor: float) -> tuple[float, float]:
    """Head loss of a link in the direction of its flow, and its slope; a negative ``r`` is a closed link."""
    if r < 0.0:
        return -r * q, -r
    if law == 1:
        return _darcy(q, r, e, s, minor)
    a = abs(q)
    if law == 0:
        t = r * a**0.852
        return q * (t + minor * a), 1.852 * t + 2.0 * minor * a
    k = r + minor
    return k * a * q, 2.0 * k * a


@_compile
def _assemble(net: Hydraulics, load: int, option: np.ndarray, flow: np.ndarray, room: Room) -> None:
    """Linearise every link about its flow."""
    work, pull, rest = room.work, room.pull, room.rest
    n = net.demand.shape[1]
    work[:] = 0.0
    for v in range(n):
        work[n + v] = -net.demand[load, v]
    for p in range(len(net.tail)):
        k = option[p]
        loss, slope = _loss(
            flow[p], net.law, net.resistance[p, k], net.relative_roughness[p, k], net.viscous[p, k], net.minor[p, k]
        )
        slope = max(slope, _LEAST_SLOPE)
        g = 1.0 / slope
        y = flow[p] - loss * g
        pull[p], rest[p] = g, y
        i, j = net.tail[p], net.head[p]
        if i < n:
            work[i] += g
            work[n + i] -= y
            if j >= n:
                work[n + i] += g * net.fixed[j - n]
        if j < n:
            work[j] += g
            work[n + j] += y
            if i >= n:
                work[n + j] += g * net.fixed[i - n]
        if net.place[p] >= 0:
            work[2 * n + net.place[p]] -= g


@_compile
def _eliminate(net: Hydraulics, work: np.ndarray, heads: np.ndarray) -> None:
    """Solve the assembled system by L D L' along the pattern; heads of junctions written to ``heads``."""
    n = net.demand.shape[1]
    factor = 2 * n
    for c in range(n):
        start, end = net.column[c], net.column[c + 1]
        inverse = 1.0 / work[c]
        rhs = work[n + c]
        at = net.program_start[c]
        for a in range(start, end):
            value = work[factor + a]
            scaled = value * inverse
            r = net.row[a]
            work[r] -= scaled * value
            work[n + r] -= scaled * rhs
            for b in range(a + 1, end):
                work[factor + net.program[at]] -= scaled * work[factor + b]
                at += 1
    for c in range(n - 1, -1, -1):
        total = work[n + c]
        for a in range(net.column[c], net.column[c + 1]):
            total -= work[factor + a] * heads[net.row[a]]
        heads[c] = total / work[c]


@_compile
def _advance(net: Hydraulics, load: int, option: np.ndarray, flow: np.ndarray, room: Room) -> float:
    """One Newton step; the change of flows as a share of all flow."""
    _assemble(net, load, option, flow, room)
    _eliminate(net, room.work, room.heads)
    heads, change, total = room.heads, 0.0, 1e-12
    for p in range(len(flow)):
        new = room.rest[p] + room.pull[p] * (heads[net.tail[p]] - heads[net.head[p]])
        change += abs(new - flow[p])
        total += abs(new)
        flow[p] = new
    return change / total


@_compile
def _solve(
    net: Hydraulics, load: int, option: np.ndarray, flow: np.ndarray, room: Room, tolerance: float, trials: int
) -> float:
    change = 1.0
    for _ in range(trials):
        change = _advance(net, load, option, flow, room)
        if change <= tolerance:
            break
    return change


@_compile
def _price(
    net: Hydraulics, limits: Limits, load: int, option: np.ndarray, flow: np.ndarray, heads: np.ndarray
) -> tuple[float, float]:
    """Cost of branches, and unmet head [m] over all limits (a metre a second too fast counts as 10 m)."""
    cost, unmet = 0.0, 0.0
    for v in range(net.demand.shape[1]):
        h = heads[v]
        if h < limits.least[load, v]:
            unmet += limits.least[load, v] - h
        if h > limits.most[v]:
            unmet += h - limits.most[v]
        low, high = limits.stair_start[v], limits.stair_start[v + 1]
        if high > low:
            if h < limits.stair_head[low]:
                unmet += limits.stair_head[low] - h
                cost += limits.stair_cost[low]
            else:
                while high - low > 1:
                    middle = (low + high) // 2
                    if limits.stair_head[middle] <= h:
                        low = middle
                    else:
                        high = middle
                cost += limits.stair_cost[low]
    if limits.speed > 0.0:
        for p in range(len(flow)):
            fast = abs(flow[p]) / net.area_m2[p, option[p]] - limits.speed
            if fast > 0.0:
                unmet += 10.0 * fast
    return cost, unmet


@_compile
def _weigh(
    net: Hydraulics, limits: Limits, option: np.ndarray, flow: np.ndarray, room: Room, tolerance: float, trials: int
) -> tuple[float, float, float]:
    """Cost of branches, unmet head over all loads, and the last change of flows."""
    branches, unmet, change = 0.0, 0.0, 0.0
    for load in range(len(flow)):
        change = max(change, _solve(net, load, option, flow[load], room, tolerance, trials))
        cost, short = _price(net, limits, load, option, flow[load], room.heads)
        branches += cost
        unmet += short
    return branches, unmet, change


@_compile
def _step(option: int, options: int, up: bool) -> int:
    return min(option + 1, options - 1) if up else max(option - 1, 0)


@_compile
def _move(u: np.ndarray, limits: Limits, option: np.ndarray, changed: np.ndarray) -> int:
    """Change one pipe by a step or at random, or two against each other; how many, written to ``changed``."""
    m = len(option)
    p = int(u[0] * m)
    if u[1] < 0.55 or m == 1:
        option[p] = _step(option[p], limits.options[p], u[2] < 0.45)
        changed[0] = p
        return 1
    if u[1] < 0.65:
        option[p] = int(u[2] * limits.options[p])
        changed[0] = p
        return 1
    other = int(u[3] * m)
    if u[4] < 0.5:  # a near one: links are numbered along the lines they lie on
        other = (p + 1 + int(u[3] * 4.0)) % m
    if other == p:
        other = (p + 1) % m
    option[p] = _step(option[p], limits.options[p], True)
    option[other] = _step(option[other], limits.options[other], False)
    changed[0], changed[1] = p, other
    return 2


@_compile
def _anneal(
    net: Hydraulics, limits: Limits, search: Search, draws: np.ndarray, hot: float, cold: float, trials: int
) -> None:
    n, m, moves = net.demand.shape[1], len(net.tail), len(draws)
    option, flow, number = search.option, search.flow, search.number
    trial, tried = option.copy(), flow.copy()
    room = Room(np.empty(n + len(net.fixed)), np.empty(2 * n + len(net.row)), np.empty(m), np.empty(m))
    room.heads[n:] = net.fixed
    changed = np.zeros(2, np.int64)
    pipes = 0.0
    for p in range(m):
        pipes += limits.cost[p, option[p]]
    least_branches = 0.0
    for v in range(n):
        if limits.stair_start[v + 1] > limits.stair_start[v]:
            least_branches += limits.stair_cost[limits.stair_start[v + 1] - 1]
    branches, unmet, _ = _weigh(net, limits, option, flow, room, 1e-7, trials)
    price = number[0]
    met = 0
    for i in range(moves):
        u = draws[i]
        temperature = hot * (cold / hot) ** (i / moves)
        count = _move(u, limits, trial, changed)
        new_pipes = pipes
        same = True
        for c in range(count):
            p = changed[c]
            new_pipes += limits.cost[p, trial[p]] - limits.cost[p, option[p]]
            same = same and trial[p] == option[p]
        bar = pipes + branches + price * unmet - temperature * np.log(max(u[5], 1e-300))
        accepted = False
        if not same and new_pipes + least_branches < bar:
            tried[:] = flow
            number[4] += 1.0
            new_branches, new_unmet, change = _weigh(net, limits, trial, tried, room, 0.0, 1)
            rise = new_pipes + new_branches + price * new_unmet - pipes - branches - price * unmet
            if rise * _TRUST > bar - pipes - branches - price * unmet:
                new_unmet = 1e300
            elif change > _CLOSE:
                number[6] += 1.0
                new_branches, new_unmet, _ = _weigh(net, limits, trial, tried, room, _CLOSE, trials)
            if new_pipes + new_branches + price * new_unmet < bar:
                accepted = True
                pipes, branches, unmet = new_pipes, new_branches, new_unmet
                flow[:] = tried
                number[5] += 1.0
                if unmet <= 0.0 and pipes + branches < number[3] - 1e-9:
                    sure_branches, sure_unmet, _ = _weigh(net, limits, trial, tried, room, 1e-9, trials)
                    if sure_unmet <= 0.0 and pipes + sure_branches < number[3] - 1e-9:
                        number[3] = pipes + sure_branches
                        search.best[:] = trial
        if unmet <= 0.0:
            met += 1
        for c in range(count):
            if accepted:
                option[changed[c]] = trial[changed[c]]
            else:
                trial[changed[c]] = option[changed[c]]
        if i % 200 == 199:
            if met < 60:
                price *= 1.2
            elif met > 120:
                price /= 1.2
            met = 0
    number[0], number[1], number[2] = price, pipes + branches, unmet


def solve_heads(
    net: Hydraulics,
    option: np.ndarray,
    flow: np.ndarray | None = None,
    *,
    load: int = 0,
    tolerance: float = 1e-9,
    trials: int = 60,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Heads [m] by node and flows [m3/s] by link of one design under one load, and the last change of flows."""
    n, m = net.demand.shape[1], len(net.tail)
    flows = np.full(m, 0.01) if flow is None else flow.copy()
    room = Room(np.concatenate([np.zeros(n), net.fixed]), np.empty(2 * n + len(net.row)), np.empty(m), np.empty(m))
    change = _solve(net, load, option, flows, room, tolerance, trials)
    return room.heads, flows, float(change)


@_compile
def _losses(net: Hydraulics, flow: np.ndarray) -> np.ndarray:
    links, options = net.resistance.shape
    out = np.empty((links, options))
    for p in range(links):
        for k in range(options):
            out[p, k] = _loss(
                flow[p], net.law, net.resistance[p, k], net.relative_roughness[p, k], net.viscous[p, k], net.minor[p, k]
            )[0]
    return out


def option_losses(net: Hydraulics, flow: np.ndarray) -> np.ndarray:
    """Head loss [m] of each link with each option at a given flow [m3/s], in the direction of the link."""
    losses: np.ndarray = _losses(net, flow)
    return losses


def anneal_diameters(
    net: Hydraulics, limits: Limits, search: Search, rng: np.random.Generator, *, moves: int, hot: float, cold: float
) -> None:
    """Run ``moves`` moves from temperature ``hot`` down to ``cold`` (in cost), changing ``search`` in place."""
    _anneal(net, limits, search, rng.random((moves, _DRAWS)), hot, cold, 40)
