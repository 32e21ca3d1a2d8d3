"""Filling of a pole year by year, draw by draw: wish to come, sale, permit, building, moving in, leaving.

A cell is a housing segment with one way of building (by a developer, or by the household on its lot). In year y

    wish   P = 1 / (1 + exp(-V)),  V = appeal - price x ln(price / affordable) - time x extra hours
               + service x (S - S0) + jobs x (J / workforce - j0) + imitation x ln(occupied / plan + 0.02)
    households = pool x P;  reserved += min(households / (1 - absent), delivered - reserved)
    sold += sale rate x (reserved - sold);  permitted, built follow sold, at once or at their rates on self-build lots
    occupied = (1 - absent) x built x lived;  lived += relet x P x (1 - lived) - churn x lived
    churn = rate x exp(-c (S - 0.5));  J += lag x (min(anchors + induced x occupied, floor) - J)

Every update rises with the service, with the stocks and with the wish, so on the same draws a later facility never
means more people, provided that churn and reletting take less than all homes in a year (they are cut to that).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = ["BOUND_BY", "COMPILED_UPTAKE", "PARAMETERS", "STAGES", "Setting", "fill"]

COMPILED_UPTAKE, _compile = compiler(__file__)

PARAMETERS = (
    "appeal",
    "price_response",
    "time_response",
    "service_response",
    "jobs_response",
    "imitation",
    "absent_share",
    "sale_rate",
    "permit_rate",
    "build_rate",
    "churn",
    "churn_service",
    "relet_rate",
    "jobs_lag",
    "induced_jobs",
    "pool_factor",
    "pool_growth",
)
STAGES = ("reserved", "sold", "permitted", "built", "occupied")
BOUND_BY = ("supply", "demand", "service")

_FIRST_COMERS = 0.02
_SHORT = 0.05
_SERVICE_LIFT = 1.25


class Setting(NamedTuple):
    """What all draws share. Years count from 0; amounts are dwellings or households, one home each.

    ``delivered`` [year, cell] in all by then; ``segment`` and ``self_build`` [cell]; ``pool`` [year, cell]
    households that look for such a home in the year; ``price_log`` [segment] ln(price / affordable); ``service`` [year]
    0..1 and ``service_zero``; ``extra_h`` [year] hours of travel above the class's; ``anchor_jobs``, ``job_floor``
    [year]; ``workforce`` and ``plan_homes`` of the full plan, ``jobs_zero`` the ordinary share with a job there.
    """

    delivered: np.ndarray
    segment: np.ndarray
    self_build: np.ndarray
    pool: np.ndarray
    price_log: np.ndarray
    service: np.ndarray
    service_zero: float
    extra_h: np.ndarray
    anchor_jobs: np.ndarray
    job_floor: np.ndarray
    workforce: float
    jobs_zero: float
    plan_homes: float


@_compile
def fill(draws: Any, setting: Setting, stages: Any, homes: Any, bound: Any, arrivals: Any) -> None:
    """Fill ``stages`` [draw, year, stage], ``homes`` occupied [draw, year, cell], ``bound`` [draw, year] and
    ``arrivals`` [draw, year] households moving in, for ``draws`` [draw, parameter] in the order of ``PARAMETERS``.
    """
    years, cells = setting.delivered.shape
    plan = setting.plan_homes
    for d in range(draws.shape[0]):
        row = draws[d]
        stock = np.zeros((5, cells))
        homes_ready = np.zeros(cells)
        lived = np.ones(cells)
        jobs = 0.0
        occupied = 0.0
        for y in range(years):
            service = setting.service[y]
            wish = row[0] - row[2] * setting.extra_h[y] + row[3] * (service - setting.service_zero)
            wish += row[4] * (jobs / setting.workforce - setting.jobs_zero)
            wish += row[5] * math.log((occupied / plan if plan > 0 else 0.0) + _FIRST_COMERS)
            leaving = min(row[10] * math.exp(-row[11] * (service - 0.5)), 1.0)
            wanted = 0.0
            short = 0.0
            came = 0.0
            shares = 0.0
            lifted = 0.0
            for c in range(cells):
                g = setting.segment[c]
                v = wish - row[1] * setting.price_log[g]
                p = 1.0 / (1.0 + math.exp(-v))
                shares += p
                lifted += 1.0 / (1.0 + math.exp(-v - row[3] * (1.0 - service)))
                pool = setting.pool[y, c] * row[15] * math.exp(row[16] * y)
                present = 1.0 - row[6]
                asked = pool * p / present
                free = setting.delivered[y, c] - stock[0, c]
                taken = min(asked, max(free, 0.0))
                wanted += asked
                short += asked - taken
                stock[0, c] += taken
                stock[1, c] += row[7] * (stock[0, c] - stock[1, c])
                if setting.self_build[c]:
                    stock[2, c] += row[8] * (stock[1, c] - stock[2, c])
                    stock[3, c] += row[9] * (stock[2, c] - stock[3, c])
                else:
                    stock[2, c] = stock[1, c]
                    stock[3, c] = stock[1, c]
                again = min(row[12] * p, 1.0 - leaving) * (1.0 - lived[c])
                came += again * homes_ready[c]
                lived[c] += again - leaving * lived[c]
                ready = present * stock[3, c]
                came += (ready - homes_ready[c]) * lived[c]
                homes_ready[c] = ready
                stock[4, c] = ready * lived[c]
                homes[d, y, c] = stock[4, c]
            occupied = stock[4].sum()
            ceiling = min(setting.anchor_jobs[y] + row[14] * occupied, setting.job_floor[y])
            jobs += row[13] * (ceiling - jobs)
            arrivals[d, y] = came
            for k in range(5):
                stages[d, y, k] = stock[k].sum()
            if short > _SHORT * wanted or wanted == 0.0:
                bound[d, y] = 0
            elif lifted > _SERVICE_LIFT * shares:
                bound[d, y] = 2
            else:
                bound[d, y] = 1
