"""From a plan to its business model: plots to zones, bill to phases, uptake to the pace of sales.

Calendar: until a schedule is made, phases follow each other in the order of the plan, each with the same months of
works. A phase's homes sell over its share of the years to fill, not before the homes of the phase before are gone:
the households that come are the same ones. Other land sells over ``finance.sale_months``.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.cost import Cost
from qutb.finance.model import MONTHS, PARTNER_COLUMNS, PHASE_COLUMNS, SCALARS, ZONE_COLUMNS, Model
from qutb.pack import Values
from qutb.plan import HOUSING_USES, Fabric, Plan

if TYPE_CHECKING:
    from qutb.uptake import Uptake

__all__ = ["NOT_SOLD", "OWN_KEYS", "SYMBOLIC_USES", "build_model", "has_terms", "subsidies_of"]

NOT_SOLD = ("green", "land_reserve")
SYMBOLIC_USES = ("facility", "sport", "worship", "utility")
_UNPHASED = "unphased"
_MONTHS_AT_LEAST = 12.0
_CURVE = {"curve_a": 3.0, "curve_b": 2.0}  # smoothstep: slow, fast, slow; its slope is zero at both ends
_RATES = (
    "indexation",
    "contingency",
    "studies_rate",
    "studies_months",
    "overhead_rate",
    "marketing_rate",
    "deposit_share",
    "instalments",
    "management_per_m2",
    "management_months",
    "land_month",
    "fee_rate",
    "revolver_rate",
    "term_rate",
    "term_instalments",
    "sweep_share",
    "discount_rate",
)
_TAXES = {
    "subdivision_rate": "tax.subdivision_rate",
    "subdivision_first_share": "tax.subdivision_first_share",
    "registration_rate": "tax.registration_rate",
    "vat_costs_rate": "tax.vat_costs_rate",
    "tax_rate": "tax.project_profit_rate",
}
OWN_KEYS = {**{name: f"finance.{name}" for name in _RATES}, **_TAXES}  # inputs that are one value of the pack


def has_terms(values: Values) -> bool:
    """Whether the pack or the pole gives what a business model needs."""
    return bool(values.keys("finance.sale_price_per_m2.")) and "finance_partners" in values.catalogues


def build_model(
    *,
    plan: Plan,
    fabric: Fabric,
    capacity: Capacity,
    cost: Cost,
    uptake: Uptake,
    commitments: pd.DataFrame,
    values: Values,
) -> Model:
    """The model of ``plan`` at central values; raises ``PackError`` where a value is missing."""
    start = values.when.replace(day=1)
    phases = _phases(plan, capacity, cost, values)
    plots = _plots(plan, capacity, values)
    zones = _zones(plots, phases, capacity, uptake, values)
    partners, tiers = _partners(values)
    scalars = _scalars(values, phases, float(fabric.pole["site_area_m2"].iloc[0]))
    return Model(
        start_date=start,
        currency=values.currency,
        scalars={name: scalars[name] for name in SCALARS},
        phases=phases,
        zones=zones,
        subsidies=subsidies_of(commitments, start),
        partners=partners,
        tiers=tiers,
        plots=plots,
    )


def subsidies_of(commitments: pd.DataFrame, start: date) -> pd.DataFrame:
    """Amounts committed or voted to the project (creditor ``project``), by the month in which they are promised."""
    rows = []
    for key, row in commitments.iterrows():
        due = pd.to_datetime(row["promised_date"]) if pd.notna(row["promised_date"]) else None
        firm = row["status"] in ("committed", "voted")
        if str(row["creditor"]).strip().lower() == "project" and firm and pd.notna(row["amount"]) and due is not None:
            month = 12 * (due.year - start.year) + due.month - start.month
            rows.append({"commitment": str(key), "month": float(max(0, month)), "amount": float(row["amount"])})
    return pd.DataFrame(rows, columns=["commitment", "month", "amount"]).astype(
        {"month": "float64", "amount": "float64"}
    )


def _phases(plan: Plan, capacity: Capacity, cost: Cost, values: Values) -> pd.DataFrame:
    names = list(cost.phases.index)
    months = values.number("finance.works_months")
    between = months * (1 - values.number("finance.works_overlap"))
    project = values.number("finance.offsite_project_share")
    offsite = cost.phases["offsite_cost_amount"].to_numpy("float64")
    area = capacity.plots["area_m2"].groupby(_texts(plan, "phase", _UNPHASED)).sum()
    table = pd.DataFrame(
        {
            "start_month": values.number("finance.first_works_month") + between * np.arange(len(names)),
            "months": months,
            "onsite_amount": cost.phases["onsite_cost_amount"].to_numpy("float64"),
            "offsite_amount": offsite * project,
            "offsite_in_kind_amount": offsite * (1 - project),
            "area_m2": area.reindex(names).fillna(0.0).to_numpy("float64"),
        },
        index=pd.Index(names, name="phase", dtype="object"),
    )
    return table[list(PHASE_COLUMNS)]


def _plots(plan: Plan, capacity: Capacity, values: Values) -> pd.DataFrame:
    """One row a plot: its zone (phase/use), area [m2], price [currency/m2]; what is not sold has no zone."""
    uses = _texts(plan, "use", "")
    phases = _texts(plan, "phase", _UNPHASED)
    prices = {u: _price(values, u) for u in dict.fromkeys(uses)}
    price = np.array([prices[u] for u in uses], dtype="float64")
    return pd.DataFrame(
        {
            "phase": phases,
            "use": uses,
            "zone": [f"{p}/{u}" if known >= 0 else "" for p, u, known in zip(phases, uses, price, strict=True)],
            "area_m2": capacity.plots["area_m2"].to_numpy("float64"),
            "price_per_m2": np.where(price >= 0, price, 0.0),
        },
        index=plan.plots.index,
    )


def _texts(plan: Plan, column: str, absent: str) -> np.ndarray:
    return np.asarray(plan.words(column).each(str, absent), dtype="object")


def _price(values: Values, use: str) -> float:
    """Price of a use [currency/m2]; -1 where its land is not sold."""
    value = None if use in NOT_SOLD or not use else values.find(f"finance.sale_price_per_m2.{use}")
    return value.central if value is not None else -1.0


def _zones(
    plots: pd.DataFrame, phases: pd.DataFrame, capacity: Capacity, uptake: Uptake, values: Values
) -> pd.DataFrame:
    sold = plots[plots["zone"] != ""]
    zones = sold.groupby("zone", sort=False).agg(
        phase=("phase", "first"),
        use=("use", "first"),
        area_m2=("area_m2", "sum"),
        price_per_m2=("price_per_m2", "first"),
    )
    order = {phase: n for n, phase in enumerate(phases.index)}
    zones = zones.loc[sorted(zones.index, key=lambda z: (order[zones.at[z, "phase"]], str(zones.at[z, "use"])))]
    zones = zones.assign(plots=sold.groupby("zone")["area_m2"].size())
    homes = zones["use"].isin([*HOUSING_USES, "mixed"]).to_numpy()
    lag, months = _pace(zones["phase"], phases, capacity, uptake, values)
    other = values.number("finance.sale_months")
    zones["growth"] = values.number("finance.sale_growth")
    zones["lag_months"] = np.where(homes, lag, values.number("finance.sale_lag_months"))
    zones["months"] = np.where(homes, months, other)
    zones["ceiling"] = 1 - values.number("finance.unsold_share")
    symbolic = zones["use"].isin(SYMBOLIC_USES).to_numpy()
    zones["vat_rate"] = np.where(symbolic, 0.0, values.number("tax.vat_sales_rate"))
    return zones[["phase", "use", "plots", *ZONE_COLUMNS]]


def _pace(
    of: pd.Series, phases: pd.DataFrame, capacity: Capacity, uptake: Uptake, values: Values
) -> tuple[np.ndarray, np.ndarray]:
    """Lag after servicing and months of sale of the homes of each zone's phase."""
    years = float(uptake.pole["years_to_fill"].iloc[0])
    dwellings = capacity.phases["dwellings"].reindex(phases.index).fillna(0.0)
    whole = float(dwellings.sum())
    known = math.isfinite(years) and years > 0 and whole > 0
    lags, lengths = {}, {}
    gone = 0.0
    for phase in phases.index:
        served = float(phases.at[phase, "start_month"] + phases.at[phase, "months"])
        length = 12 * years * float(dwellings[phase]) / whole if known else values.number("finance.sale_months")
        begins = max(served + values.number("finance.sale_lag_months"), gone)
        lags[phase], lengths[phase] = begins - served, max(_MONTHS_AT_LEAST, length)
        if dwellings[phase] > 0:
            gone = begins + lengths[phase]
    return of.map(lags).to_numpy("float64"), of.map(lengths).to_numpy("float64")


def _scalars(values: Values, phases: pd.DataFrame, site_area_m2: float) -> dict[str, float]:
    land = values.number("finance.land_per_m2") * site_area_m2
    kind = values.number("finance.land_in_kind_share")
    works = float(phases[["onsite_amount", "offsite_amount"]].to_numpy().sum())
    beside = sum(values.number(f"finance.{k}") for k in ("contingency", "studies_rate", "overhead_rate", "fee_rate"))
    costs = works * (1 + beside) + land * (1 - kind)
    ends = phases["start_month"] + phases["months"]
    first = float(phases["start_month"].min())
    served = float(phases["area_m2"].sum()) * values.number("finance.management_per_m2")
    return {
        **{name: values.number(f"finance.{name}") for name in _RATES},
        **{name: values.number(key) for name, key in _TAXES.items()},
        **_CURVE,
        "land_amount": land * (1 - kind),
        "land_in_kind_amount": land * kind,
        "equity_amount": costs * values.number("finance.equity_share"),
        "revolver_limit_amount": costs * values.number("finance.revolver_share"),
        "term_amount": costs * values.number("finance.term_share"),
        "term_month": first,
        "term_first_month": first + values.number("finance.term_grace_months"),
        "reserve_amount": served / 12 * values.number("finance.reserve_months"),
        "distribute_from_month": min(float(MONTHS - 1), float(ends.max())),
    }


def _partners(values: Values) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = values.catalogue("finance_partners")
    ids = [row["partner"] for row in rows]
    index = pd.Index(ids, name="partner", dtype="object")
    partners = pd.DataFrame({c: [float(row[c] or 0) for row in rows] for c in PARTNER_COLUMNS}, index=index)
    for column in ("group", "name_en", "name_fr", "name_ar", "public"):
        partners[column] = [row.get(column, "") for row in rows]
    terms = values.catalogue("finance_tiers")
    tiers = pd.DataFrame(
        {column: [float(row.get(column) or 0) for row in terms] for column in ("irr", *ids)},
        index=pd.Index([row["tier"] for row in terms], name="tier", dtype="object"),
    )
    return partners, tiers
