"""Checks of form: each measure beside the pack's limit, judged by the limit's standing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from qutb.core import Check, Verdict
from qutb.pack import Value, Values

__all__ = ["LIMITS", "Limit", "checks", "is_met"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A measure of the pole's row, the unit it is in and the keys of its limits, either of which may be absent."""

    code: str
    measure: str
    unit: str
    low: str = ""
    high: str = ""


LIMITS = (
    Limit(code="FORM-STREET-SHARE", measure="street_share", unit="ratio", low="form.street_share_min"),
    Limit(code="FORM-STREET-DENSITY", measure="street_density_m_per_m2", unit="m/m2", low="form.street_density_min"),
    Limit(
        code="FORM-POPULATION-DENSITY",
        measure="population_density_people_per_m2",
        unit="people/m2",
        low="form.population_density_min",
    ),
    Limit(
        code="FORM-ECONOMIC-FLOOR", measure="economic_floor_share", unit="ratio", low="form.economic_floor_share_min"
    ),
    Limit(
        code="FORM-LOW-COST",
        measure="low_cost_floor_share",
        unit="ratio",
        low="form.low_cost_floor_share_min",
        high="form.low_cost_floor_share_max",
    ),
    Limit(code="FORM-TENURE", measure="largest_tenure_share", unit="ratio", high="form.largest_tenure_share_max"),
    Limit(
        code="FORM-SINGLE-FUNCTION",
        measure="single_function_block_share",
        unit="ratio",
        high="form.single_function_block_share_max",
    ),
    Limit(
        code="FORM-INTERSECTIONS",
        measure="intersection_density_per_m2",
        unit="1/m2",
        low="form.intersection_density_min",
    ),
    Limit(
        code="FORM-PERMEABILITY",
        measure="boundary_connection_gap_max_m",
        unit="m",
        high="form.boundary_connection_gap_max",
    ),
    Limit(code="FORM-BLOCK-SIDE", measure="block_longest_side_max_m", unit="m", high="form.block_longest_side_max"),
    Limit(
        code="FORM-GREEN",
        measure="green_per_inhabitant_m2_per_people",
        unit="m2/people",
        low="form.green_per_inhabitant_min",
    ),
    Limit(
        code="FORM-GREEN-REACH",
        measure="residents_near_green_share",
        unit="ratio",
        low="form.residents_near_green_share_min",
    ),
    Limit(
        code="FORM-WIND",
        measure="wind_exposed_street_share",
        unit="ratio",
        high="form.wind_exposed_street_share_max",
    ),
)


def checks(row: Mapping[str, float], values: Values, hidden: Iterable[str] = ()) -> tuple[Check, ...]:
    """Every limit beside the pole's row. ``hidden`` names measures that the plan's grain cannot show."""
    unseen = set(hidden)
    return tuple(_check(limit, float(row[limit.measure]), values, limit.measure in unseen) for limit in LIMITS)


def is_met(check: Check) -> bool:
    """The measure stands within its limit, whatever the limit's standing."""
    return check.verdict in ("met", "comparator_met")


def _check(limit: Limit, value: float, values: Values, unseen: bool) -> Check:
    low = values.limit(limit.low) if limit.low else None
    high = values.limit(limit.high) if limit.high else None
    known = low or high
    return Check(
        code=limit.code,
        verdict="not_evaluated" if unseen else _verdict(value, low, high),
        value=None if unseen or not np.isfinite(value) else value,
        unit=limit.unit,
        limit_low=low.central if low else None,
        limit_high=high.central if high else None,
        status=known.status if known else "missing",
        source=known.reference if known else None,
    )


def _verdict(value: float, low: Value | None, high: Value | None) -> Verdict:
    limits = [v for v in (low, high) if v is not None]
    if not limits or not np.isfinite(value):
        return "not_evaluated"
    within = (low is None or value >= low.central - 1e-12) and (high is None or value <= high.central + 1e-12)
    if any(v.status == "comparator" for v in limits):
        return "comparator_met" if within else "comparator_not_met"
    return "met" if within else "not_met"
