"""What a forecast must beat: five rules that need no model, computed on the same towns left in.

plan_is_met         a straight line to the target date, 20 years where the plan names none
constant_20_percent a fifth of the target, at any age
world_mean          the mean of towns, in logs
macro_region_mean   the same among towns of the region; of the world where the region has none
fill_rate_times_years  mean share a year among towns of the region, in logs, times age
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["BASELINES", "Rule"]

Array = npt.NDArray[np.float64]
Rule = Callable[[pd.DataFrame, pd.DataFrame], Array]

_YEARS_WITHOUT_DATE = 20.0


def _plan_is_met(left: pd.DataFrame, town: pd.DataFrame) -> Array:
    horizon = town["horizon_years"].fillna(_YEARS_WITHOUT_DATE).clip(lower=1.0)
    return (town["age_years"] / horizon).clip(upper=1.0).to_numpy()


def _constant(left: pd.DataFrame, town: pd.DataFrame) -> Array:
    return np.full(len(town), 0.2)


def _world_mean(left: pd.DataFrame, town: pd.DataFrame) -> Array:
    return np.full(len(town), _mean_of_towns(left, left["share"]))


def _region_mean(left: pd.DataFrame, town: pd.DataFrame) -> Array:
    near = _same_region(left, town)
    return np.full(len(town), _mean_of_towns(near, near["share"]))


def _fill_rate(left: pd.DataFrame, town: pd.DataFrame) -> Array:
    near = _same_region(left, town)
    return _mean_of_towns(near, near["share"] / near["age_years"]) * town["age_years"].to_numpy()


def _same_region(left: pd.DataFrame, town: pd.DataFrame) -> pd.DataFrame:
    near = left[left["region"] == town["region"].iloc[0]]
    return near if len(near) else left


def _mean_of_towns(rows: pd.DataFrame, values: pd.Series) -> float:
    """Each town counts once, however often it was counted."""
    return float(np.exp(np.log(values).groupby(rows["town"]).mean().mean()))


BASELINES: dict[str, Rule] = {
    "plan_is_met": _plan_is_met,
    "constant_20_percent": _constant,
    "world_mean": _world_mean,
    "macro_region_mean": _region_mean,
    "fill_rate_times_years": _fill_rate,
}


def chance_below(left: pd.DataFrame, town: pd.DataFrame, share: float) -> Array:
    """Part of the region's towns under ``share``: the rate an alarm has to beat, every town counting once."""
    near = _same_region(left, town)
    return np.full(len(town), float((near["share"] < share).groupby(near["town"]).mean().mean()))
