"""Many draws of the model at once: what ``risk`` will feed with joint draws, and a page with simple ones."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from qutb.finance.model import FACTORS, MONTHS, NO_FACTORS, Model

__all__ = ["DRAW_COLUMNS", "draw_factors", "simulate"]

DRAW_COLUMNS = (
    "npv_amount",
    "irr",
    "profit_amount",
    "sales_amount",
    "peak_debt_amount",
    "calls_amount",
    "shortfall_amount",
    "distribution_amount",
    "lowest_cash_amount",
    "vat_credit_left_amount",
    "equity_npv_amount",
)
_CHUNK = 500


def draw_factors(ranges: Mapping[str, tuple[float, float]], count: int, seed: int) -> np.ndarray:
    """``count`` draws of the factors, each triangular between its two ends with the mode at no change, independent.

    Joint draws through schedule, uptake and finance are for ``risk``; these serve speed and first looks.
    """
    random = np.random.default_rng(seed)
    drawn = np.tile(NO_FACTORS, (count, 1))
    for name, ends in sorted(ranges.items()):
        n = FACTORS.index(name)
        low, high = min(*ends, NO_FACTORS[n]), max(*ends, NO_FACTORS[n])
        if high > low:
            drawn[:, n] = random.triangular(low, NO_FACTORS[n], high, count)
    return drawn


def simulate(model: Model, drawn: np.ndarray, cores: int = 2) -> pd.DataFrame:
    """One row a draw: :data:`DRAW_COLUMNS`, then the present value of each partner as ``npv_<partner>``.

    ``irr`` is the smallest rate not below zero, else the largest below, sought in steps between -60% and 300% a year;
    absent where there is none. Results do not depend on ``cores``.
    """
    from qutb.kernels import run_draws

    s, phases, zones, subsidies, partners, tiers = model.arrays
    columns = [*DRAW_COLUMNS, *(f"npv_{p}" for p in model.partners.index)]
    out = np.empty((len(drawn), len(columns)))
    given = np.ascontiguousarray(drawn, dtype="float64")

    def part(first: int) -> None:
        rows = slice(first, first + _CHUNK)
        run_draws(s, phases, zones, subsidies, partners, tiers, given[rows], MONTHS, out[rows])

    with ThreadPoolExecutor(max_workers=cores) as pool:
        list(pool.map(part, range(0, len(drawn), _CHUNK)))
    return pd.DataFrame(out, columns=columns)
