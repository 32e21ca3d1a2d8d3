"""The take-up curve of the class: a hierarchical model fitted to towns, kept as draws of its posterior.

    log share(t) = a + b (log target - log 250,000) + r(region) + u(town) + log F(t) + e
    F(t) = (1 - exp(-b t)) / (1 + i exp(-b t)),  b = ln(e + (e - 1) i) / tau
    r ~ N(0, region_sd),  u ~ Student(degrees, town_sd),  e ~ N(0, noise_sd)

Share is (people - people before) / (target - people before), never below 0.01. F is the diffusion of Bass (1969)
written by tau, the years to 63 % of what is ever reached, and i, how much those who live there draw others against
those who come unasked (q / p). Weak priors: tau around 20 years, i around 5, a and b around 0 (sd 1), degrees as Juarez
and Steel (2010): the towns say how heavy the tails are.
Student effects are normal ones of unknown scale, so given the scales and the five hyperparameters all is normal:
hyperparameters move by Metropolis steps on the marginal likelihood, effects and scales are drawn directly (Gibbs).
The chain starts at the mode, its steps have the shape found there. Same rows and seed, same draws.
Left out: decline, which this curve cannot show; anything the towns were not asked (rail, jobs, price).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import gammaln

__all__ = ["FLOOR", "Curve", "fit", "log_growth"]

Array = npt.NDArray[np.float64]

FLOOR = 0.01
TARGET_CENTRE = float(np.log(250_000.0))
_DEGREES = np.array([3.0, 4.0, 6.0, 9.0, 14.0, 20.0, 30.0, 50.0])
_DEGREES_PRIOR = np.log(_DEGREES) - 0.1 * _DEGREES + np.log(np.gradient(_DEGREES))
_NAMES = ("log_tau", "log_imitation", "log_region_sd", "log_town_sd", "log_noise_sd")
_PRIOR_MEAN = np.log([20.0, 5.0, 0.5, 0.6, 0.3])
_PRIOR_SD = np.array([0.5, 1.0, 0.5, 0.4, 0.4])
_COEFFICIENT_SD = 1.0
_YOUNGEST_YEARS = 0.25
_BURN_IN, _KEPT, _EVERY = 600, 400, 6


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """The posterior as draws, one row each; ``regions`` names the columns of ``region_effect``.

    ``hyper`` [draw, 5] as in ``_NAMES``; ``degrees`` of the Student law, ``intercept``, ``elasticity`` [draw];
    ``rows`` are the observations fitted (town, country, region, age_years, target_people, share), so that a
    forecast of a fitted town can be made without it.
    """

    hyper: Array
    degrees: Array
    intercept: Array
    elasticity: Array
    region_effect: Array
    regions: tuple[str, ...]
    rows: pd.DataFrame
    seed: int
    digest: str = ""

    @property
    def town_sd(self) -> Array:
        return np.exp(self.hyper[:, 3])

    @property
    def noise_sd(self) -> Array:
        return np.exp(self.hyper[:, 4])

    @property
    def region_sd(self) -> Array:
        return np.exp(self.hyper[:, 2])

    def level(self, region: str, target_people: float) -> Array:
        """Log share [draw] that a town of that region and target tends to, its own effect left out.

        A region never seen has effect 0 here; its spread is added by :meth:`spread`.
        """
        known = self.region_effect[:, self.regions.index(region)] if region in self.regions else 0.0
        return self.intercept + self.elasticity * (np.log(target_people) - TARGET_CENTRE) + known

    def unknown_region_variance(self, region: str) -> Array:
        """Variance [draw] of the region's effect where no town of the region was fitted."""
        return np.zeros(len(self.hyper)) if region in self.regions else self.region_sd**2

    def thinned(self, count: int) -> Curve:
        """At most ``count`` of the draws, evenly picked: enough for a quick look."""
        every = np.unique(np.linspace(0, len(self.hyper) - 1, min(count, len(self.hyper))).round().astype(int))
        return replace(
            self,
            hyper=self.hyper[every],
            degrees=self.degrees[every],
            intercept=self.intercept[every],
            elasticity=self.elasticity[every],
            region_effect=self.region_effect[every],
        )

    def without(self, names: Sequence[str], column: str = "town") -> Curve:
        """The curve fitted again without the rows whose ``column`` is one of ``names``; itself if there are none."""
        left = self.rows[~self.rows[column].isin(names)]
        return self if len(left) == len(self.rows) else fit(left, seed=self.seed)

    def to_json(self) -> dict[str, Any]:
        """Plain data, digits cut to what two runs share."""
        return {
            "model": "qutb-uptake-curve-2",
            "digest": self.digest,
            "seed": self.seed,
            "regions": list(self.regions),
            "hyper_names": list(_NAMES),
            "hyper": np.round(self.hyper, 5).tolist(),
            "degrees": self.degrees.tolist(),
            "intercept": np.round(self.intercept, 5).tolist(),
            "elasticity": np.round(self.elasticity, 5).tolist(),
            "region_effect": np.round(self.region_effect, 5).tolist(),
            "rows": self.rows.to_dict("list"),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Curve:
        """The curve as written by :meth:`to_json`; raises ``KeyError`` or ``ValueError`` on anything else."""
        if data.get("model") != "qutb-uptake-curve-2":
            raise ValueError("not a take-up model")
        hyper = np.asarray(data["hyper"], dtype=float).reshape(-1, len(_NAMES))
        return cls(
            hyper=hyper,
            degrees=np.asarray(data["degrees"], dtype=float),
            intercept=np.asarray(data["intercept"], dtype=float),
            elasticity=np.asarray(data["elasticity"], dtype=float),
            region_effect=np.asarray(data["region_effect"], dtype=float).reshape(len(hyper), -1),
            regions=tuple(data["regions"]),
            rows=pd.DataFrame(data["rows"]),
            seed=int(data["seed"]),
            digest=str(data["digest"]),
        )


def log_growth(age_years: Array, hyper: Array) -> Array:
    """log F [draw, age] at ages [year] for each row of ``hyper``."""
    ages = np.maximum(np.asarray(age_years, dtype=float), _YOUNGEST_YEARS)
    imitation = np.exp(hyper[:, 1:2])
    left = -np.log(np.e + (np.e - 1.0) * imitation) * ages[None, :] / np.exp(hyper[:, :1])
    return np.log(-np.expm1(left)) - np.log1p(imitation * np.exp(left))


def fit(rows: pd.DataFrame, *, seed: int = 0, digest: str = "") -> Curve:
    """The posterior given ``rows``: town, country, region, age_years [year], target_people, share [ratio]."""
    ordered = rows.sort_values(["town", "age_years"], kind="stable").reset_index(drop=True)
    chain = _Chain.over(ordered)
    return replace(chain.run(np.random.default_rng(seed)), rows=ordered, seed=seed, digest=digest)


@dataclass(eq=False)
class _Chain:
    """The rows as matrices. Columns of ``design``: intercept, size, one a region, one a town."""

    log_share: Array
    age_years: Array
    design: Array
    regions: tuple[str, ...]
    towns: int

    @classmethod
    def over(cls, rows: pd.DataFrame) -> _Chain:
        region_codes, regions = pd.factorize(rows["region"], sort=True)
        town_codes, towns = pd.factorize(rows["town"], sort=True)
        size = np.log(rows["target_people"].to_numpy(dtype=float)) - TARGET_CENTRE
        fixed = np.column_stack([np.ones(len(rows)), size])
        return cls(
            log_share=np.log(rows["share"].to_numpy(dtype=float)),
            age_years=rows["age_years"].to_numpy(dtype=float),
            design=np.hstack([fixed, np.eye(len(regions))[region_codes], np.eye(len(towns))[town_codes]]),
            regions=tuple(str(r) for r in regions),
            towns=len(towns),
        )

    def run(self, rng: np.random.Generator) -> Curve:
        scales, degrees = np.ones(self.towns), _DEGREES[-1]
        mode, steps = self._mode()
        hyper, value = mode, self._log_posterior(mode, scales)
        kept: list[Array] = []
        for turn in range(_BURN_IN + _KEPT * _EVERY):
            proposed = hyper + steps @ rng.standard_normal(len(hyper))
            there = self._log_posterior(proposed, scales)
            if np.log(rng.random()) < there - value:
                hyper = proposed
            effects = self._effects(hyper, scales, rng)
            scales = self._scales(hyper, effects, degrees, rng)
            degrees = _draw_degrees(scales, rng)
            value = self._log_posterior(hyper, scales)
            if turn >= _BURN_IN and (turn - _BURN_IN) % _EVERY == 0:
                kept.append(np.concatenate([hyper, [degrees], effects]))
        return self._curve(np.array(kept))

    def _curve(self, kept: Array) -> Curve:
        first = len(_NAMES)
        return Curve(
            hyper=kept[:, :first],
            degrees=kept[:, first],
            intercept=kept[:, first + 1],
            elasticity=kept[:, first + 2],
            region_effect=kept[:, first + 3 : first + 3 + len(self.regions)],
            regions=self.regions,
            rows=pd.DataFrame(),
            seed=0,
        )

    def _prior_variance(self, hyper: Array, scales: Array) -> Array:
        fixed = np.full(2, _COEFFICIENT_SD**2)
        return np.concatenate([fixed, np.full(len(self.regions), np.exp(2 * hyper[2])), np.exp(2 * hyper[3]) / scales])

    def _residual(self, hyper: Array) -> Array:
        return self.log_share - log_growth(self.age_years, hyper[None, :])[0]

    def _log_posterior(self, hyper: Array, scales: Array) -> float:
        """Marginal likelihood of the rows, effects integrated out, times the prior of ``hyper``; in logs."""
        covariance = (self.design * self._prior_variance(hyper, scales)) @ self.design.T
        covariance[np.diag_indices_from(covariance)] += np.exp(2 * hyper[4])
        factor = cholesky(covariance, lower=True, check_finite=False)
        white = solve_triangular(factor, self._residual(hyper), lower=True, check_finite=False)
        prior = (((hyper - _PRIOR_MEAN) / _PRIOR_SD) ** 2).sum()
        return float(-0.5 * (white @ white + prior) - np.log(np.diag(factor)).sum())

    def _effects(self, hyper: Array, scales: Array, rng: np.random.Generator) -> Array:
        """Coefficients, region and town effects, drawn given all else."""
        noise = np.exp(2 * hyper[4])
        precision = self.design.T @ self.design / noise
        precision[np.diag_indices_from(precision)] += 1.0 / self._prior_variance(hyper, scales)
        factor = cholesky(precision, lower=True, check_finite=False)
        mean = cho_solve((factor, True), self.design.T @ self._residual(hyper) / noise, check_finite=False)
        spread = solve_triangular(factor, rng.standard_normal(len(mean)), lower=True, trans=1, check_finite=False)
        return mean + spread

    def _scales(self, hyper: Array, effects: Array, degrees: float, rng: np.random.Generator) -> Array:
        """Precisions of the town effects that make their law a Student one."""
        own = effects[-self.towns :] ** 2 / np.exp(2 * hyper[3])
        return rng.gamma((degrees + 1.0) / 2.0, 2.0 / (degrees + own))

    def _mode(self) -> tuple[Array, Array]:
        """Hyperparameters at the mode with normal town effects, and a step matrix of the curvature there."""
        ones = np.ones(self.towns)
        found = minimize(lambda h: -self._log_posterior(h, ones), _PRIOR_MEAN, method="L-BFGS-B").x
        curvature = _curvature(lambda h: -self._log_posterior(h, ones), found)
        return found, np.linalg.cholesky(np.linalg.inv(curvature)) * (2.38 / np.sqrt(len(found)))


def _draw_degrees(scales: Array, rng: np.random.Generator) -> float:
    """Degrees of freedom drawn given the towns' scales, from a few values."""
    half = _DEGREES / 2.0
    fit_of = len(scales) * (half * np.log(half) - gammaln(half)) + half * (np.log(scales) - scales).sum()
    log_weight = fit_of + _DEGREES_PRIOR
    weight = np.exp(log_weight - log_weight.max())
    return float(rng.choice(_DEGREES, p=weight / weight.sum()))


def _curvature(function: Any, at: Array, step: float = 0.05) -> Array:
    """Second derivatives by central differences, made safely positive by the prior's own."""
    size = len(at)
    moves = np.eye(size) * step
    second = np.array(
        [
            [function(at + a + b) - function(at + a - b) - function(at - a + b) + function(at - a - b) for b in moves]
            for a in moves
        ]
    ) / (4 * step**2)
    values, vectors = np.linalg.eigh((second + second.T) / 2)
    floor = 1.0 / _PRIOR_SD.max() ** 2
    return (vectors * np.maximum(values, floor)) @ vectors.T
