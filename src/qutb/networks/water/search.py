"""The search of diameters: rounds of annealing on every core, each best design judged by EPANET.

A round starts either afresh (hot, from pipes sized for one speed) or from the best design so far (warm). Rounds grow
when they disagree; the search ends when fresh rounds agree, when the time is up, or at once where nothing is looped.
Workers meet after every round, so the same seed gives the same design unless the time cuts a round short.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from qutb.core import Context
from qutb.kernels import Search, anneal_diameters, solve_heads
from qutb.networks.water.problem import Problem

__all__ = ["Found", "Schedule", "search_core"]

_COLD = 0.03  # of the usual price of one step in diameter, as the other temperatures
_CHUNK_SECONDS = 0.25
_SAME_UNMET = 0.01  # designs that fall short by this share more or less fall short alike


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a search goes: temperatures of fresh and warm rounds, moves of the first round for each option of a pipe,
    fresh rounds that must end at the best cost, and rounds at most.
    """

    hot: float = 10.0
    warm: float = 1.0
    moves_per_option: float = 40.0
    agree: int = 4
    rounds: int = 1_000_000


@dataclass(kw_only=True, eq=False)
class Found:
    """The best design of the looped rest, and how it was found.

    While no design holds, ``cost`` is infinite and ``option`` the one that falls short least: ``unmet`` [m] in all.
    """

    option: np.ndarray
    cost: float = np.inf
    unmet: float = np.inf
    found_s: float = 0.0
    spent_s: float = 0.0
    evaluations: int = 0
    rounds: int = 0
    stopped: str = "time"
    history: list[tuple[float, float]] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class _Clock:
    """Seconds since the search began, and when it must end."""

    began: float
    seconds: float

    @property
    def spent(self) -> float:
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        return self.seconds - self.spent


def search_core(
    problem: Problem,
    judge: Callable[[np.ndarray], bool],
    *,
    seconds: float,
    seed: int,
    workers: int,
    ctx: Context,
    schedule: Schedule = Schedule(),
    begin: np.ndarray | None = None,
) -> Found:
    """Search until agreement, rounds or time end; ``judge`` confirms a new best design or tightens the limits.

    Fresh rounds begin with the design ``begin``, or with pipes sized for one speed.
    """
    top = problem.choice.count[problem.core.links] - 1
    begin = _by_speed(problem) if begin is None else begin
    best = Found(option=top)
    if not len(top) or int(top.max()) == 0:
        best.cost, best.stopped = 0.0, "proven"
        return best
    idle = _Clock(began=time.perf_counter(), seconds=np.inf)
    largest = _round(problem, top, np.random.default_rng(0), moves=1, heat=schedule.hot, clock=idle)
    clock = _Clock(began=time.perf_counter(), seconds=seconds)  # from when the engine is loaded
    _nearest(best, [largest], clock)
    streams = [np.random.default_rng([seed, worker]) for worker in range(workers)]
    moves = int(schedule.moves_per_option * (top + 1).sum())
    agreed, fresh = 0, True
    with ThreadPoolExecutor(workers) as pool:
        while clock.left > 0.0 and agreed < schedule.agree and best.rounds < schedule.rounds:
            share = _affordable(problem, begin, moves, clock)
            fresh = not np.isfinite(best.cost) or (fresh and share > 0.5)
            start, heat = (begin, schedule.hot * share) if fresh else (best.option, schedule.warm)
            work = partial(_round, problem, start, moves=moves if fresh else moves // 2, heat=heat, clock=clock)
            ends = list(pool.map(work, streams))
            best.rounds += 1
            better, same = _take(problem, best, ends, judge, clock)
            whole = clock.left > 0.0
            agreed = (0 if better else agreed) + (same if fresh and whole else 0)
            if fresh and same < 1 + better:  # nobody came back to the best
                moves *= 2
            fresh = not fresh or (same > 0 and not better)  # what was found again needs no warm round
            ctx.report("water", min(0.99, max(agreed / schedule.agree, clock.spent / seconds)))
    best.spent_s = clock.spent
    best.stopped = "time" if clock.left <= 0.0 else "agreed" if agreed >= schedule.agree else "rounds"
    return best


def _take(
    problem: Problem, best: Found, ends: list[Search], judge: Callable[[np.ndarray], bool], clock: _Clock
) -> tuple[bool, int]:
    """Take over the cheapest confirmed end of a round; whether it is better, and how many ends are as good."""
    better = False
    for end in sorted(ends, key=lambda s: s.number[3]):
        best.evaluations += int(end.number[4])
        if end.number[3] < best.cost - 1e-6 and judge(end.best):
            best.option, best.cost, best.unmet = end.best.copy(), float(end.number[3]), 0.0
            best.found_s = clock.spent
            best.history.append((best.found_s, best.cost))
            better = True
    if np.isfinite(best.cost):
        return better, sum(end.number[3] <= best.cost * (1.0 + 1e-9) for end in ends)
    if any(np.isfinite(end.number[3]) for end in ends):  # EPANET refused them: limits are tighter now
        return True, 0
    return _nearest(best, ends, clock)


def _nearest(best: Found, ends: list[Search], clock: _Clock) -> tuple[bool, int]:
    """While no design holds: take over the end that falls short least, as :func:`_take` does."""
    better = False
    for end in ends:
        if end.number[2] < best.unmet * (1.0 - _SAME_UNMET):
            best.option, best.unmet, best.found_s = end.option.copy(), float(end.number[2]), clock.spent
            better = True
    return better, sum(end.number[2] <= best.unmet * (1.0 + _SAME_UNMET) for end in ends)


def _round(
    problem: Problem, start: np.ndarray, rng: np.random.Generator, *, moves: int, heat: float, clock: _Clock
) -> Search:
    """One annealing of so many moves, in chunks so that time can stop it; shorter where time is short."""
    net, limits = problem.core.hydraulics, problem.limits
    step = _usual_step(problem)
    flow = np.array([solve_heads(net, start, load=load)[1] for load in range(len(net.demand))])
    search = Search(
        option=start.copy(), flow=flow, best=start.copy(), number=np.array([step, 0.0, 0.0, np.inf, 0.0, 0.0, 0.0])
    )
    done, chunk, began = 0, min(500, moves), clock.spent
    while done < moves and clock.left > 0.0:
        hot, cold = (step * heat * (_COLD / heat) ** (at / moves) for at in (done, min(done + chunk, moves)))
        anneal_diameters(net, limits, search, rng, moves=min(chunk, moves - done), hot=hot, cold=cold)
        done += chunk
        rate = done / max(clock.spent - began, 1e-6)
        chunk = max(500, int(rate * _CHUNK_SECONDS))
        if (moves - done) / rate > clock.left:  # the rest cools faster, to end in time
            moves = done + max(1, int(rate * clock.left))
    return search


def _affordable(problem: Problem, option: np.ndarray, moves: int, clock: _Clock) -> float:
    """Share of the heat that time allows: a round that must be cut short does not begin so hot."""
    if not np.isfinite(clock.seconds):
        return 1.0
    net, began = problem.core.hydraulics, time.perf_counter()
    solve_heads(net, option, tolerance=0.0, trials=20)
    a_move = 1.5 * len(net.demand) * (time.perf_counter() - began) / 20.0
    return float(np.clip(clock.left / max(moves * a_move, 1e-9), 0.05, 1.0))


def _by_speed(problem: Problem) -> np.ndarray:
    """The cheapest design that holds among those that size every pipe for one speed in the peak hour."""
    net, limits = problem.core.hydraulics, problem.limits
    top = limits.options - 1
    best, cost = top.copy(), np.inf
    flow = np.max([np.abs(solve_heads(net, top, load=load)[1]) for load in range(len(net.demand))], axis=0)
    for speed in (2.0, 1.6, 1.3, 1.0, 0.8, 0.6, 0.4, 0.3):
        option = np.minimum((net.area_m2 * speed < flow[:, None]).sum(axis=1), top)
        met = all(
            (solve_heads(net, option, load=load)[0][: len(limits.most)] >= limits.least[load]).all()
            for load in range(len(net.demand))
        )
        price = float(limits.cost[np.arange(len(option)), option].sum())
        if met and price < cost:
            best, cost = option, price
    return best


def _usual_step(problem: Problem) -> float:
    """Median price of one step in diameter: the scale of temperatures."""
    limits = problem.limits
    steps = np.diff(limits.cost, axis=1)[limits.options > 1]
    positive = steps[steps > 0.0]
    return float(np.median(positive)) if len(positive) else 1.0
