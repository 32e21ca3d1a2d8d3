"""The inside view: draws of one plan's filling, held to the class at its level, free in its differences.

1. the common appeal is shifted until a plan of ordinary quality (services, travel, jobs and prices as the class)
   reaches at year 20 the median of the class; where its deliveries could hardly hold that, at the latest of years
   15, 10 and 5 when they can with a quarter to spare;
2. draws are weighted so that its log share at year 10 has the class's mean and spread:
   w = N(log share | m, s) / N(log share | mean of draws, sd of draws);
3. where fewer than a tenth of the draws count after that, the simulation is refused: it says nothing.

Every variant runs on the same draws with the same shift and weights, so differences are sharper than levels. A plan
may stand above the class by a stated factor at most unless evidence is attached; what exceeds it is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from qutb.kernels import PARAMETERS, STAGES, Setting, fill
from qutb.uptake.calendar import YEARS, Calendar, Delays, Means
from qutb.uptake.curve import FLOOR
from qutb.uptake.forecast import Forecast

__all__ = ["Inside", "Run", "inside_of"]

Array = npt.NDArray[np.float64]

_LEVEL_YEARS, _SPREAD_YEAR = (20, 15, 10, 5), 10
_SPARE = 0.75
_LEAST_EFFECTIVE = 0.1
_HALVINGS = 11
_SEARCHED = 10.0
_PROBES = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """One variant: ``stages`` [draw, year, stage], ``homes`` lived in [draw, year, cell], ``bound`` [draw, year] by
    (index in ``BOUND_BY``), ``arrivals`` [draw, year], ``share`` [draw, year] of the plan's people, ``setting``.
    """

    stages: Array
    homes: Array
    bound: npt.NDArray[np.int8]
    arrivals: Array
    share: Array
    setting: Setting


@dataclass(frozen=True, eq=False, kw_only=True)
class Inside:
    """Draws, shift and weights ready for any variant of the plan."""

    calendar: Calendar
    means: Means
    pool: Array
    draws: Array
    homes_full: float
    weight: Array
    effective_share: float
    cut: float = 1.0

    @property
    def refused(self) -> bool:
        """Fewer than a tenth of the draws count, or none could be held to the class."""
        return not self.effective_share >= _LEAST_EFFECTIVE

    @cached_property
    def planned(self) -> Run:
        """The plan as it promises."""
        return self.run()

    def run(self, delays: Delays | None = None, *, means: Means | None = None, pool: Array | None = None) -> Run:
        """The plan with other delays, means or households a year, on the same draws."""
        used = self.pool if pool is None else pool
        setting = self.calendar.setting(used, means or self.means, delays)
        return _run(self.draws, setting, self.homes_full, self.cut)

    def quantile(self, values: Array, probability: float) -> Array:
        """Weighted quantile over draws of ``values`` [draw, ...]."""
        return self.quantiles(values, (probability,))[0]

    def quantiles(self, values: Array, probabilities: Sequence[float]) -> list[Array]:
        """Several at once: draws are sorted once."""
        order = np.argsort(values, axis=0, kind="stable")
        mass, ranked = np.cumsum(self.weight[order], axis=0), np.take_along_axis(values, order, 0)
        places = (np.minimum((mass < p - 1e-12).sum(axis=0), len(values) - 1) for p in probabilities)
        return [np.take_along_axis(ranked, place[None], 0)[0] for place in places]

    def mean(self, values: Array) -> Array:
        """Weighted mean over draws of ``values`` [draw, ...]."""
        return np.tensordot(self.weight, values, axes=1)

    def seen(self, counts: tuple[tuple[float, float], ...], noise_sd: float) -> Inside:
        """Weights after counts (age [year], share [ratio]) of this very pole: draws that foresaw them weigh more."""
        weight = np.log(np.maximum(self.weight, 1e-300))
        for age, share in counts:
            at = int(np.clip(round(age), 1, YEARS)) - 1
            miss = np.log(np.maximum(self.planned.share[:, at], FLOOR)) - np.log(max(share, FLOOR))
            weight = weight - 0.5 * (miss / noise_sd) ** 2
        weight = np.exp(weight - weight.max())
        return replace(self, weight=weight / weight.sum(), effective_share=_effective(weight))


def inside_of(
    calendar: Calendar, means: Means, pool: Array, draws: Array, outside: Forecast, *, homes_full: float, cap: float
) -> Inside:
    """The draws held to ``outside`` (ages 1 to ``YEARS``); ``homes_full`` homes lived in make the plan's people.

    ``cap``: factor by which the plan may stand above the class at year 10.
    """
    ordinary = _ordinary(calendar, means, pool)
    plain = draws.copy()
    plain[:, PARAMETERS.index("jobs_response")] = 0.0
    shift = _shift(plain, ordinary, homes_full, outside.median)
    for table in (plain, draws := draws.copy()):
        table[:, PARAMETERS.index("appeal")] += shift
    reached = _run(plain, ordinary, homes_full, 1.0).share[:, _SPREAD_YEAR - 1]
    at = _SPREAD_YEAR - 1
    weight = _weights(reached, float(outside.log_mean[at]), float(outside.log_sd[at]))
    held = Inside(
        calendar=calendar,
        means=means,
        pool=pool,
        draws=draws,
        homes_full=homes_full,
        weight=weight,
        effective_share=_effective(weight),
    )
    return replace(held, cut=_cut(held, reached, cap))


def _ordinary(calendar: Calendar, means: Means, pool: Array) -> Setting:
    """The same homes on the same calendar, with everything else as the class has it."""
    setting = calendar.setting(pool, means)
    return setting._replace(
        service=np.full(YEARS, means.ordinary_service),
        extra_h=np.zeros(YEARS),
        price_log=np.zeros(len(setting.price_log)),
    )


def _shift(draws: Array, setting: Setting, homes_full: float, aims: Array) -> float:
    """Shift of the appeal at which the median share meets the class's, or the end of the range searched."""
    probe = draws[:_PROBES].copy()
    column = PARAMETERS.index("appeal")
    start = probe[:, column].copy()

    def medians(shift: float, years: int) -> Array:
        probe[:, column] = start + shift
        return np.median(_run(probe, _until(setting, years), homes_full, 1.0).share, axis=0)

    most = medians(_SEARCHED, _LEVEL_YEARS[0])
    year = next((y for y in _LEVEL_YEARS if aims[y - 1] <= _SPARE * most[y - 1]), _LEVEL_YEARS[-1])
    low, high = -_SEARCHED, _SEARCHED
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if medians(middle, year)[-1] < aims[year - 1] else (low, middle)
    return (low + high) / 2


def _until(setting: Setting, years: int) -> Setting:
    """The same for the first ``years`` alone."""
    dated = ("delivered", "pool", "service", "extra_h", "anchor_jobs", "job_floor")
    return setting._replace(**{name: getattr(setting, name)[:years] for name in dated})


def _run(draws: Array, setting: Setting, homes_full: float, cut: float) -> Run:
    count, (years, cells) = len(draws), setting.delivered.shape
    stages = np.zeros((count, years, len(STAGES)))
    homes = np.zeros((count, years, cells))
    bound = np.zeros((count, years), dtype=np.int8)
    arrivals = np.zeros((count, years))
    fill(draws, setting, stages, homes, bound, arrivals)
    share = stages[:, :, -1] / homes_full * cut
    return Run(
        stages=stages * cut, homes=homes * cut, bound=bound, arrivals=arrivals * cut, share=share, setting=setting
    )


def _weights(reached: Array, mean: float, sd: float) -> Array:
    """Draws re-weighed from their own normal law of the log share, floored as the class's is, to the class's."""
    logs = np.log(np.maximum(reached, FLOOR))
    spread = logs.std()
    if not spread > 0:
        return np.full(len(logs), 1.0 / len(logs))
    ratio = -0.5 * ((logs - mean) / sd) ** 2 + 0.5 * ((logs - logs.mean()) / spread) ** 2
    weight = np.exp(ratio - ratio.max())
    return weight / weight.sum()


def _effective(weight: Array) -> float:
    """Effective part of the draws: 1 when all weigh alike."""
    total = weight.sum()
    return float(total**2 / (weight**2).sum() / len(weight))


def _cut(held: Inside, reached: Array, cap: float) -> float:
    """What the plan's people are multiplied by so that its median stands at most ``cap`` above the ordinary plan."""
    at = _SPREAD_YEAR - 1
    ordinary = float(held.quantile(reached, 0.5))
    own = float(held.quantile(held.planned.share[:, at], 0.5))
    return min(1.0, cap * ordinary / own) if own > 0 else 1.0
