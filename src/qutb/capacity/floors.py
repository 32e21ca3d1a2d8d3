"""Gross floor area of each plot by use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.pack import Values
from qutb.plan import HOUSING_USES, USES, Plan, Words

__all__ = ["ECONOMIC_USES", "Floors", "built_without_floor", "given", "plot_floors"]

ECONOMIC_USES = ("retail", "office", "hotel", "industry", "logistics")
_BUILT_USES = (*HOUSING_USES, "mixed", *ECONOMIC_USES)
_MIXED_SHARES = ("housing_apartment", "retail", "office")
_MIXED = USES.index("mixed")
_BASES = np.array(["none", "coverage_and_storeys", "floor_area_ratio", "floors_given"], dtype=object)


@dataclass(frozen=True, eq=False)
class Floors:
    """``by_use``: plots x ``USES`` [m2]; the rest are arrays over plots.

    ``basis`` is what the floor rests on; ``unsplit`` marks mixed floor the plan does not split by use;
    ``disagreement_ratio`` compares floors given by use with the plot's ratio (NaN where not both are given);
    ``unmatched`` names plots of ``plot_floors`` that the plan does not have.
    """

    by_use: np.ndarray
    basis: np.ndarray
    unsplit: np.ndarray
    disagreement_ratio: np.ndarray
    unmatched: tuple[str, ...]

    def of(self, uses: Iterable[str]) -> np.ndarray:
        """Floor area [m2] of those uses, by plot."""
        total: np.ndarray = self.by_use[:, [USES.index(u) for u in uses]].sum(axis=1)
        return total

    @property
    def total(self) -> np.ndarray:
        total: np.ndarray = self.by_use.sum(axis=1)
        return total


def given(plots: pd.DataFrame, column: str) -> np.ndarray:
    """A column as float64; what is absent, unreadable, negative or endless is NaN (the plan's door names it)."""
    numbers: np.ndarray = pd.to_numeric(plots[column], errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isfinite(numbers) & (numbers >= 0), numbers, np.nan)


def plot_floors(plan: Plan, area_m2: np.ndarray, values: Values) -> Floors:
    """Floor of each plot by use: floors given by use, else area x ratio, else area x coverage x storeys [m2]."""
    plots = plan.plots
    ratio, coverage, storeys = (given(plots, c) for c in ("floor_area_ratio", "ground_coverage_ratio", "storeys"))
    drawn = np.where(np.isnan(ratio), area_m2 * coverage * storeys, area_m2 * ratio)
    basis = np.where(~np.isnan(ratio), 2, np.where(~np.isnan(drawn), 1, 0))
    use = _code(plan.words("use"))
    by_use = np.zeros((len(plots), len(USES)), order="F")  # by use, as it is mostly read
    known = (use >= 0) & ~np.isnan(drawn)
    by_use[known, use[known]] = drawn[known]

    listed, unmatched = _listed(plan)
    rows = listed.any(axis=1)
    by_use[rows] = listed[rows]
    basis[rows] = 3
    disagreement = np.where(rows & (drawn > 0), listed.sum(axis=1) / np.where(drawn > 0, drawn, 1.0) - 1.0, np.nan)
    unsplit = by_use[:, _MIXED] > 0
    if unsplit.any():
        by_use = _split_mixed(by_use, values)
    return Floors(by_use, _BASES[basis], unsplit, disagreement, unmatched)


def _code(use: Words) -> np.ndarray:
    """Place in ``USES`` by row, -1 for none of them."""
    return use.each(lambda name: USES.index(name) if name in USES else -1, -1)


def built_without_floor(plan: Plan, floors: Floors) -> np.ndarray:
    """Plots of a built use for which the plan gives neither ratio, nor coverage and storeys, nor floors."""
    return plan.words("use").among(_BUILT_USES) & (floors.total <= 0)


def _listed(plan: Plan) -> tuple[np.ndarray, tuple[str, ...]]:
    table = plan.plot_floors
    row = plan.plots.index.get_indexer(table["plot_id"])
    use = _code(Words.of(table["use"]))
    found = (row >= 0) & (use >= 0)
    floors = np.zeros((len(plan.plots), len(USES)), order="F")
    np.add.at(floors, (row[found], use[found]), np.nan_to_num(given(table, "floor_area_m2")[found]))
    return floors, tuple(sorted({str(p) for p in table["plot_id"][row < 0]}))


def _split_mixed(by_use: np.ndarray, values: Values) -> np.ndarray:
    split = by_use.copy(order="F")
    split[:, _MIXED] = 0.0
    for use in _MIXED_SHARES:
        share = values.number(f"capacity.mixed_floor_share.{use}")
        split[:, USES.index(use)] += by_use[:, _MIXED] * share
    return split
