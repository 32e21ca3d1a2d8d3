"""Measures of mix: entropy and diversity of shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["balance", "hill_number", "shannon", "simpson"]


def _shares(amounts: pd.Series | np.ndarray) -> np.ndarray:
    known = np.asarray(amounts, dtype="float64")
    known = known[known > 0]
    return known / known.sum() if len(known) else known


def shannon(amounts: pd.Series | np.ndarray) -> float:
    """Entropy -sum p ln p [nat] of amounts by category; NaN of nothing."""
    share = _shares(amounts)
    return float(-(share * np.log(share)).sum() + 0.0) if len(share) else np.nan


def simpson(amounts: pd.Series | np.ndarray) -> float:
    """Sum of squared shares [0..1]: 1 where one category has all (Simpson 1949); NaN of nothing."""
    share = _shares(amounts)
    return float((share**2).sum()) if len(share) else np.nan


def balance(amounts: pd.Series | np.ndarray, categories: int) -> float:
    """Entropy over its greatest value, -sum p ln p / ln k [0..1] (Cervero and Kockelman 1997).

    ``categories`` is k, the number that could be there, so that an absent one lowers the balance.
    """
    return shannon(amounts) / float(np.log(categories)) if categories > 1 else np.nan


def hill_number(amounts: pd.Series | np.ndarray, order: float) -> float:
    """Effective number of categories of that order (Hill 1973): 0 counts, 1 is exp(entropy), 2 is 1/Simpson."""
    share = _shares(amounts)
    if not len(share):
        return np.nan
    if order == 1:
        return float(np.exp(shannon(share)))
    return float((share**order).sum() ** (1 / (1 - order)))
