"""The search where EPANET must judge every trial: networks with pumps, valves, controls or pressure-driven demand.

Annealing as in :mod:`qutb.networks.water.search`, one trial at a time in EPANET, warm from the flows of the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from qutb.core import Context, SolverError
from qutb.networks.water.search import Found

__all__ = ["search_by_trying"]

_HOT, _COLD = 3.0, 0.03  # of the usual price of one step in diameter
_ROUND = 4_000  # trials
_AGREE = 3

Weigh = Callable[[np.ndarray], tuple[float, float]]


def search_by_trying(count: np.ndarray, weigh: Weigh, *, seconds: float, seed: int, ctx: Context) -> Found:
    """Search options (``count`` of them by decision) with ``weigh(option) -> (cost, unmet head [m])``.

    Rounds from the largest pipes, each from its own draws, until three end alike or the time is up. The cheapest
    design within the limits; where there is none, the one that falls short least.
    """
    rng = np.random.default_rng(seed)
    top = count - 1
    best = Found(option=top.copy())
    began = time.perf_counter()
    agreed, trials, least = 0, _ROUND, np.inf
    while agreed < _AGREE and time.perf_counter() - began < seconds:
        unmet, cost, option, found_s = _round(count, weigh, rng, trials, began, seconds, best)
        best.rounds += 1
        if (unmet, cost) < (best.unmet, least - 1e-6):
            best.unmet, least, best.option, best.found_s = unmet, cost, option, found_s
            agreed = 1
        elif unmet <= best.unmet and cost <= least * (1.0 + 1e-9):
            agreed += 1
        else:
            trials *= 2
        ctx.report("water", min(0.99, (time.perf_counter() - began) / seconds))
    best.cost = least if best.unmet <= 0.0 else np.inf
    best.spent_s = time.perf_counter() - began
    best.stopped = "agreed" if agreed >= _AGREE else "time"
    return best


def _round(
    count: np.ndarray, weigh: Weigh, rng: np.random.Generator, trials: int, began: float, seconds: float, best: Found
) -> tuple[float, float, np.ndarray, float]:
    """One annealing: unmet head, cost and options of its best design, and when it was found."""
    option = count - 1
    cost, unmet = weigh(option)
    step = max(cost / len(count) / max(int(count.max()), 1), 1e-9)
    price, met = step, 0
    least, kept, found_s = (unmet, cost), option.copy(), time.perf_counter() - began
    for at in range(trials):
        spent = time.perf_counter() - began
        if spent > seconds:
            break
        heat = step * _HOT * (_COLD / _HOT) ** max(at / trials, spent / seconds if trials * spent > at * seconds else 0)
        trial = _moved(option, count, rng)
        new_cost, new_unmet = _weighed(weigh, trial)
        best.evaluations += 1
        if new_cost + price * new_unmet < cost + price * unmet - heat * np.log(rng.random()):
            option, cost, unmet = trial, new_cost, new_unmet
        met += unmet <= 0.0
        if (unmet, cost) < least:
            least, kept, found_s = (unmet, cost), option.copy(), spent
        if at % 100 == 99:
            price, met = price * (1.2 if met < 30 else 1 / 1.2 if met > 60 else 1.0), 0
    return *least, kept, found_s


def _weighed(weigh: Weigh, option: np.ndarray) -> tuple[float, float]:
    """A design that EPANET cannot solve at all is as far from the limits as can be."""
    try:
        return weigh(option)
    except SolverError:
        return np.inf, np.inf


def _moved(option: np.ndarray, count: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One pipe a step up or down or at random, or one up and another down."""
    trial = option.copy()
    draw = rng.random()
    one, other = rng.integers(len(option), size=2)
    if draw < 0.1:
        trial[one] = rng.integers(count[one])
    elif draw < 0.65:
        trial[one] += 1 if rng.random() < 0.45 else -1
    else:
        trial[one] += 1
        trial[other] -= 1
    clipped: np.ndarray = np.clip(trial, 0, count - 1)
    return clipped
