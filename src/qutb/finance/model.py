"""The business model as data: what the engine, the draws and the workbook all read, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

__all__ = [
    "FACTORS",
    "MONTHS",
    "NO_FACTORS",
    "PARTNER_COLUMNS",
    "PHASE_COLUMNS",
    "SCALARS",
    "ZONE_COLUMNS",
    "Model",
    "factors",
]

MONTHS = 360

# Inputs of one number each, in the order that the kernel knows. Rates [ratio/year or ratio], months [month], amounts.
SCALARS = (
    "indexation",
    "contingency",
    "studies_rate",
    "studies_months",
    "overhead_rate",
    "marketing_rate",
    "subdivision_rate",
    "subdivision_first_share",
    "deposit_share",
    "instalments",
    "management_per_m2",
    "management_months",
    "land_amount",
    "land_month",
    "registration_rate",
    "land_in_kind_amount",
    "fee_rate",
    "vat_costs_rate",
    "tax_rate",
    "equity_amount",
    "revolver_limit_amount",
    "revolver_rate",
    "term_amount",
    "term_month",
    "term_rate",
    "term_first_month",
    "term_instalments",
    "sweep_share",
    "reserve_amount",
    "distribute_from_month",
    "discount_rate",
    "curve_a",
    "curve_b",
)
PHASE_COLUMNS = ("start_month", "months", "onsite_amount", "offsite_amount", "offsite_in_kind_amount", "area_m2")
ZONE_COLUMNS = ("area_m2", "price_per_m2", "growth", "lag_months", "months", "ceiling", "vat_rate")
PARTNER_COLUMNS = (
    "cash_share",
    "land_share",
    "offsite_share",
    "fee_share",
    "land_sale_share",
    "tax_rate",
    "measured",
)
# What a draw changes: three multipliers, months of delay, two rates added, subsidies received, share never sold added.
FACTORS = ("price", "cost", "pace", "delay_months", "rate", "growth", "subsidy", "unsold")
NO_FACTORS = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0])


def factors(**changed: float) -> np.ndarray:
    """Factors of one run: those not named change nothing.

    >>> factors(price=0.9)[0]
    0.9
    """
    values = dict(zip(FACTORS, NO_FACTORS.tolist(), strict=True))
    return np.array([*({**values, **changed}).values()])[: len(FACTORS)]


@dataclass(frozen=True, eq=False, kw_only=True)
class Model:
    """Inputs of a pole's business model, all amounts in ``currency`` without tax, at the prices of ``start_date``.

    ``phases`` (index phase), ``zones`` (index zone = phase/use; column ``phase``), ``subsidies`` (month, amount),
    ``partners`` (index partner; column ``group``), ``tiers`` (``irr`` and one column a partner; the last one takes
    the rest), ``plots`` (index plot_id; zone, area_m2): the zones' areas are sums over it.
    """

    start_date: date
    currency: str
    scalars: Mapping[str, float]
    phases: pd.DataFrame
    zones: pd.DataFrame
    subsidies: pd.DataFrame
    partners: pd.DataFrame
    tiers: pd.DataFrame
    plots: pd.DataFrame
    sources: Mapping[str, str] = field(default_factory=dict)

    def with_scalars(self, **changed: float) -> Model:
        return replace(self, scalars={**self.scalars, **changed})

    @cached_property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """Scalars, phases, zones, subsidies, partners, tiers, as the kernel takes them."""
        rank = {phase: n for n, phase in enumerate(self.phases.index)}
        zones = self.zones[list(ZONE_COLUMNS)].to_numpy("float64")
        return (
            np.array([self.scalars[name] for name in SCALARS], dtype="float64"),
            np.ascontiguousarray(self.phases[list(PHASE_COLUMNS)].to_numpy("float64")),
            np.ascontiguousarray(np.column_stack([self.zones["phase"].map(rank).to_numpy("float64"), zones])),
            np.ascontiguousarray(self.subsidies[["month", "amount"]].to_numpy("float64")),
            np.ascontiguousarray(self.partners[list(PARTNER_COLUMNS)].to_numpy("float64")),
            np.ascontiguousarray(self.tiers[["irr", *self.partners.index]].to_numpy("float64")),
        )
