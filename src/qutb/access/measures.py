"""Spread and fairness of walks among people: weighted quantiles, worst tenth, p90:p10, Gini.

Sources: Gini (1912) as the mean absolute difference over twice the mean, by the Lorenz curve's trapezes; the
worst tenth is the mean walk of the tenth of people who walk farthest.
"""

from __future__ import annotations

import numpy as np

__all__ = ["equity", "gini", "weighted_mean", "weighted_quantiles", "worst_tenth_mean"]


def weighted_mean(value: np.ndarray, weight: np.ndarray) -> float:
    """Mean of finite ``value`` [its unit] by ``weight``; NaN where nobody counts."""
    known = np.isfinite(value) & (weight > 0)
    whole = weight[known].sum()
    return float((value[known] * weight[known]).sum() / whole) if whole > 0 else np.nan


def weighted_quantiles(value: np.ndarray, weight: np.ndarray, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The least value that at least each share (0..1) of the weight does not exceed; inf counts, NaN does not."""
    counted = ~np.isnan(value) & (weight > 0)
    order = np.argsort(value[counted], kind="stable")
    sorted_value, running = value[counted][order], np.cumsum(weight[counted][order])
    if not len(running):
        return tuple(np.nan for _ in shares)
    at = np.searchsorted(running, np.array(shares) * running[-1] - 1e-9 * running[-1])
    return tuple(float(v) for v in sorted_value[np.minimum(at, len(running) - 1)])


def worst_tenth_mean(value: np.ndarray, weight: np.ndarray) -> float:
    """Mean value of the tenth of the weight with the greatest values."""
    known = np.isfinite(value) & (weight > 0)
    order = np.argsort(-value[known], kind="stable")
    v, w = value[known][order], weight[known][order]
    tenth = w.sum() / 10
    if tenth <= 0:
        return np.nan
    taken = np.clip(tenth - (np.cumsum(w) - w), 0.0, w)
    return float((v * taken).sum() / tenth)


def gini(value: np.ndarray, weight: np.ndarray) -> float:
    """Gini coefficient (0 all alike .. 1) of finite values by weight."""
    known = np.isfinite(value) & (weight > 0)
    order = np.argsort(value[known], kind="stable")
    v, w = value[known][order], weight[known][order]
    total, whole = (v * w).sum(), w.sum()
    if total <= 0:
        return 0.0 if whole > 0 else np.nan
    share = np.cumsum(v * w) / total
    before = np.concatenate([[0.0], share[:-1]])
    return float(1.0 - ((share + before) * w).sum() / whole)


def equity(value: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """``p90_p10`` [ratio], ``gini`` [0..1] and ``worst_tenth`` [unit of value] among those with a finite value."""
    finite = np.where(np.isfinite(value), value, np.nan)
    low, high = weighted_quantiles(finite, weight, (0.1, 0.9))
    return {
        "p90_p10": high / low if low > 0 else np.nan,
        "gini": gini(finite, weight),
        "worst_tenth": worst_tenth_mean(finite, weight),
    }
