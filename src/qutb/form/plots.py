"""Form of single plots and blocks, from what the fabric measured and the capacity counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.pack import Values
from qutb.plan import Fabric, Plan

__all__ = ["aligned", "block_form", "over", "plot_form"]

Numbers = np.ndarray


def over(top: Numbers | float, bottom: Numbers) -> Numbers:
    """Quotient by row; NaN where there is nothing to divide by."""
    top = np.broadcast_to(np.asarray(top, dtype="float64"), np.shape(bottom))
    absent = np.full(np.shape(bottom), np.nan)
    return np.asarray(np.divide(top, bottom, out=absent, where=np.asarray(bottom) > 0))


def aligned(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """``table`` in the order of ``index``; NaN for rows it does not have."""
    return table if table.index.equals(index) else table.reindex(index)


def _column(table: pd.DataFrame, name: str) -> Numbers:
    return table[name].to_numpy(dtype="float64", na_value=np.nan)


def _spacematrix(floor_area_ratio: Numbers, coverage: Numbers) -> dict[str, Numbers]:
    """L = FSI / GSI and OSR = (1 - GSI) / FSI beside what they are made of."""
    return {
        "floor_area_ratio": floor_area_ratio,
        "ground_coverage_ratio": coverage,
        "mean_storeys": over(floor_area_ratio, coverage),
        "open_space_ratio": over(1 - coverage, floor_area_ratio),
    }


def plot_form(plan: Plan, fabric: Fabric, capacity: Capacity, values: Values) -> pd.DataFrame:
    """The table ``plots`` of the form, in the order of the plan's plots."""
    index = plan.plots.index
    land, held = aligned(fabric.plots, index), aligned(capacity.plots, index)
    area, perimeter, frontage = _column(land, "area_m2"), _column(land, "perimeter_m"), _column(land, "frontage_m")
    length, width, rectangularity = (
        _column(land, "length_m"),
        _column(land, "width_m"),
        _column(land, "rectangularity"),
    )
    floor_area_ratio = over(_column(held, "floor_area_m2"), area)
    return pd.DataFrame(
        {
            **_spacematrix(floor_area_ratio, _coverage(plan, floor_area_ratio)),
            "dwelling_density_net_dwellings_per_m2": over(_column(held, "dwellings"), area),
            "frontage_m": frontage,
            "frontage_share": over(frontage, perimeter),
            "depth_m": over(area, frontage),
            "aspect_ratio": over(length, width),
            "rectangularity": rectangularity,
            "compactness": _column(land, "compactness"),
            "equivalent_rectangular_index": np.sqrt(rectangularity) * over(2 * (length + width), perimeter),
            "greens_within_reach": _greens_within_reach(plan, area, values),
        },
        index=index,
    )


def _coverage(plan: Plan, floor_area_ratio: Numbers) -> Numbers:
    """Given coverage; else floor area ratio over storeys, at most 1; nothing built covers nothing."""
    given = _column(plan.plots, "ground_coverage_ratio")
    derived = np.minimum(over(floor_area_ratio, _column(plan.plots, "storeys")), 1.0)
    return np.where(floor_area_ratio > 0, np.where(np.isnan(given), derived, given), 0.0)


def _greens_within_reach(plan: Plan, area: Numbers, values: Values) -> Numbers:
    """Greens of the size asked within reach of each plot's centre, in a straight line."""
    reach, size = values.number("form.green_reach"), values.number("form.green_area_counted")
    greens = np.flatnonzero(plan.words("use").among(["green"]) & (area >= size))
    return plan.shapes.plots_near(greens, reach).astype("float64")


def block_form(fabric: Fabric, capacity: Capacity, plots: pd.DataFrame, values: Values) -> pd.DataFrame:
    """The table ``blocks`` of the form, in the order of the fabric's blocks."""
    land = fabric.blocks
    held = _held_by_block(fabric, capacity, plots, land.index)
    area, floor = _column(land, "area_m2"), held["floor_area_m2"]
    shares = _function_shares(held)
    largest = shares.max(axis=1) if len(shares) else np.array([])
    return pd.DataFrame(
        {
            **{name: _column(land, name) for name in ("area_m2", "perimeter_m", "longest_side_m", "plots")},
            **_spacematrix(over(floor, area), over(held["footprint_m2"], area)),
            "dwelling_density_net_dwellings_per_m2": over(held["dwellings"], area),
            "population_density_people_per_m2": over(held["population"], area),
            "economic_floor_share": over(held["economic_floor_area_m2"], floor),
            "function_balance": _entropy(shares) / np.log(3),
            "largest_function_share": largest,
            "single_function": largest >= values.number("form.single_function_share") - 1e-12,
        },
        index=land.index,
    )


_COUNTED = ("floor_area_m2", "residential_floor_area_m2", "economic_floor_area_m2", "dwellings", "population")


def _held_by_block(fabric: Fabric, capacity: Capacity, plots: pd.DataFrame, blocks: pd.Index) -> dict[str, Numbers]:
    """Sums over the plots of each block of the fabric, so that blocks the plan does not name count too."""
    land, held = aligned(fabric.plots, plots.index), aligned(capacity.plots, plots.index)
    code = blocks.get_indexer(pd.Index(land["block_id"]))
    inside = code >= 0

    def total(amount: Numbers) -> Numbers:
        return np.bincount(code[inside], weights=np.nan_to_num(amount[inside]), minlength=len(blocks))

    footprint = _column(plots, "ground_coverage_ratio") * _column(land, "area_m2")
    return {**{name: total(_column(held, name)) for name in _COUNTED}, "footprint_m2": total(footprint)}


def _function_shares(held: Mapping[str, Numbers]) -> Numbers:
    """Shares of floor area for housing, economy and public functions by row; NaN where nothing is built."""
    floor = held["floor_area_m2"]
    housing, economy = over(held["residential_floor_area_m2"], floor), over(held["economic_floor_area_m2"], floor)
    return np.column_stack([housing, economy, np.maximum(1 - housing - economy, 0.0)])


def _entropy(shares: Numbers) -> Numbers:
    """-sum p ln p by row [nat]."""
    return np.asarray(-(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1) + 0.0)
