"""Forecasts of the share reached: a mixture of normal laws over the posterior, exact to update.

Each draw of the curve and each of a few scales of the town effect is one component: given these, log shares of
one town are jointly normal, so observations of the town itself condition them in closed form and re-weigh them
by how well they foresaw what was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtr

from qutb.uptake.curve import FLOOR, Curve, log_growth

__all__ = ["Forecast", "forecast"]

Array = npt.NDArray[np.float64]

_SCALES = 9
_HALVINGS = 20
_SPAN_SD = 8.0


@dataclass(frozen=True, eq=False)
class Forecast:
    """Log shares at ``age_years``: ``mean`` and ``sd`` [component, age], ``weight`` [component] summing to 1."""

    age_years: Array
    mean: Array
    sd: Array
    weight: Array

    def below(self, share: float) -> Array:
        """Probability [age] that the share stays under ``share``."""
        return self.weight @ ndtr((np.log(share) - self.mean) / self.sd)

    def quantile(self, probability: float) -> Array:
        """Share [age] not exceeded with that probability, never under the floor of 0.01."""
        low, high = self.log_mean - _SPAN_SD * self.log_sd, self.log_mean + _SPAN_SD * self.log_sd
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = self.weight @ ndtr((middle - self.mean) / self.sd) < probability
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.maximum(np.exp((low + high) / 2), FLOOR)

    @cached_property
    def log_mean(self) -> Array:
        """Mean [age] of the log share."""
        return self.weight @ self.mean

    @cached_property
    def log_sd(self) -> Array:
        """Standard deviation [age] of the log share."""
        return np.sqrt(self.weight @ (self.sd**2 + (self.mean - self.log_mean) ** 2))

    @cached_property
    def median(self) -> Array:
        """Share [age] as likely exceeded as not."""
        return self.quantile(0.5)


def forecast(
    curve: Curve,
    *,
    region: str,
    target_people: float,
    age_years: Sequence[float] | Array,
    seen: Sequence[tuple[float, float]] = (),
) -> Forecast:
    """The share of its target that a town reaches at ``age_years`` [year after founding].

    ``seen``: (age [year], share [ratio]) already observed in this very town.
    """
    ages = np.asarray(age_years, dtype=float)
    level = curve.level(region, target_people)[:, None]
    own = (
        curve.town_sd[:, None] ** 2 / _scales(curve.degrees) + curve.unknown_region_variance(region)[:, None]
    ).ravel()
    mean = np.repeat(level + log_growth(ages, curve.hyper), _SCALES, axis=0)
    noise = np.repeat(curve.noise_sd**2, _SCALES)
    weight = np.full(len(mean), 1.0 / len(mean))
    if seen:
        at, shares = np.array(seen, dtype=float).T
        miss = np.log(np.maximum(shares, FLOOR)) - np.repeat(level + log_growth(at, curve.hyper), _SCALES, axis=0)
        weight, shift, own = _condition(miss, own, noise)
        mean = mean + shift[:, None]
    sd = np.broadcast_to(np.sqrt(own + noise)[:, None], mean.shape)
    return Forecast(age_years=ages, mean=mean, sd=sd, weight=weight)


def _scales(degrees: Array) -> Array:
    """Middles of equal slices of the law of a town's scale [draw, slice]."""
    shape = degrees[:, None] / 2.0
    return gammaincinv(shape, (np.arange(_SCALES)[None, :] + 0.5) / _SCALES) / shape


def _condition(miss: Array, own: Array, noise: Array) -> tuple[Array, Array, Array]:
    """Weights, mean and variance of the town's effect given residuals ``miss`` [component, observation]."""
    count = miss.shape[1]
    total = count * own + noise
    shift = own * miss.sum(axis=1) / total
    squares = ((miss**2).sum(axis=1) - own * miss.sum(axis=1) ** 2 / total) / noise
    log_weight = -0.5 * (squares + np.log(total) + (count - 1) * np.log(noise))
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum(), shift, own * noise / total
