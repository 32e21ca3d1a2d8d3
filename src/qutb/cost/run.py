"""The step: quantities, prices, sums, and the plan beside operations that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Check, Context, Finding, StepResult, Table, Verdict, blocking
from qutb.cost.bill import with_bill
from qutb.cost.prices import gross_area_price, price_book, priced
from qutb.cost.quantities import GROSS_AREA_PRICE, ground_of, is_served, work_items
from qutb.cost.tables import AMOUNTS, ENDS, ITEMS, OPERATIONS, PHASES, POLE, TRADES
from qutb.pack import Value, Values
from qutb.plan import Fabric, Plan, Validity

if TYPE_CHECKING:
    from qutb.networks import Networks

__all__ = ["Cost", "run"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cost(StepResult):
    """Cost of the works by item, phase, trade and pole, in ``currency``, without tax, at the price dates."""

    TABLES: ClassVar[Mapping[str, Table]] = {
        "pole": POLE,
        "phases": PHASES,
        "trades": TRADES,
        "items": ITEMS,
        "operations": OPERATIONS,
    }

    currency: str
    pole: pd.DataFrame
    phases: pd.DataFrame
    trades: pd.DataFrame
    items: pd.DataFrame
    operations: pd.DataFrame


def run(
    *,
    plan: Plan,
    fabric: Fabric,
    validity: Validity,
    capacity: Capacity,
    values: Values,
    networks: Networks | None = None,
    ctx: Context = QUIET,
) -> Cost:
    """Price the works of a plan.

    Quantities come from streets, plots and land by the ratios ``cost.*``; where the networks were designed, their
    bill stands in place of the ratios of the trades and places it covers. Prices come from the catalogue ``prices``.
    The ratios are taken at their central value: low and high are those of the prices.

    Returns
    -------
    Cost
        Amounts without tax, at the price dates, not indexed. ``partial`` where a price is missing or the plan
        draws no street.
    """
    ground = ground_of(plan, fabric, capacity, values)
    book, faults = price_book(values)
    band = values.limit(GROSS_AREA_PRICE)
    prices = {**book, **gross_area_price(band)} if plan.schematic else book
    by_ratio, missing = priced(work_items(ground, values, drawn=not plan.schematic), prices)
    items = by_ratio if networks is None else with_bill(by_ratio, networks.bill)
    ctx.report("cost", 0.7)
    phases = _sums(items, "phase", list(dict.fromkeys([*ground.phases, *items["phase"]])))
    row = _pole(phases, plan, fabric, capacity)
    unseen = _not_seen(plan)
    complete = not missing and "COST-UNSEEN-STREETS" not in unseen
    check = _check(row, band, values.currency, complete)
    return Cost(
        currency=values.currency,
        pole=pd.DataFrame([row], index=pd.Index(["pole"], name="pole")),
        phases=phases,
        trades=_trades(items, by_ratio),
        items=items,
        operations=_operations(values),
        checks=(check,),
        findings=(*faults, *missing, *_outside(check), *_notes(items, validity, band if plan.schematic else None)),
        not_seen=unseen,
        status="complete" if complete else "partial",
    )


def _sums(items: pd.DataFrame, by: str, order: list[str]) -> pd.DataFrame:
    """Amounts on site, off site and in all by ``by``, with their share; items without a price count nothing."""
    index = pd.Index(order, name=by, dtype="object")
    code = index.get_indexer(pd.Index(items[by]))
    onsite = (items["location"] == "onsite").to_numpy()
    parts = zip(AMOUNTS, (onsite, ~onsite, np.ones_like(onsite)), strict=True)
    sums = {
        f"{amount}{end}": np.bincount(
            code, weights=np.nan_to_num(items[f"cost_amount{end}"].to_numpy("float64")) * of, minlength=len(order)
        )
        for amount, of in parts
        for end in ENDS
    }
    whole = sums["cost_amount"].sum()
    sums["share_of_cost"] = sums["cost_amount"] / whole if whole > 0 else np.full(len(order), np.nan)
    return pd.DataFrame(sums, index=index)


def _trades(items: pd.DataFrame, by_ratio: pd.DataFrame) -> pd.DataFrame:
    """Amounts by trade, and beside them what the ratios alone give, so that a design can be held against them."""
    sums = _sums(items, "trade", list(dict.fromkeys([*by_ratio["trade"], *items["trade"]])))
    ratio = by_ratio.groupby("trade")["cost_amount"].sum()
    return sums.assign(ratio_cost_amount=ratio.reindex(sums.index).fillna(0.0))


def _pole(phases: pd.DataFrame, plan: Plan, fabric: Fabric, capacity: Capacity) -> dict[str, float]:
    totals = {f"{amount}{end}": float(phases[f"{amount}{end}"].sum()) for amount in AMOUNTS for end in ENDS}
    ground = float(fabric.pole["site_area_m2"].iloc[0])
    dwellings = float(capacity.pole["dwellings"].iloc[0])
    served = float(is_served(plan).sum())
    rates = {
        "onsite_cost_per_gross_m2": ("onsite_cost_amount", ground),
        "cost_per_gross_m2": ("cost_amount", ground),
        "cost_per_plot": ("cost_amount", served),
        "cost_per_dwelling": ("cost_amount", dwellings),
    }
    return totals | {
        f"{rate}{end}": totals[f"{amount}{end}"] / over if over > 0 else np.nan
        for rate, (amount, over) in rates.items()
        for end in ENDS
    }


def _operations(values: Values) -> pd.DataFrame:
    rows = [
        {
            "operation": row["key"],
            "name": row["name"],
            "year": float(row["year"]) if row["year"] else np.nan,
            "per_gross_m2": float(row["per_gross_m2"]),
            "scope": row["scope"],
            "status": row["status"],
            "source": row["source"],
            "note": row["note"],
        }
        for row in values.catalogue("operations")
    ]
    return pd.DataFrame(rows, columns=[c.name for c in OPERATIONS]).set_index("operation")


def _not_seen(plan: Plan) -> tuple[str, ...]:
    codes = []
    if not len(plan.streets):
        codes.append("COST-UNSEEN-STREETS")
    if len(plan.plots) and not plan.words("detail").among(["lot"]).all():
        codes.append("COST-UNSEEN-LOTS")
    return tuple(codes)


def _check(row: Mapping[str, float], band: Value | None, currency: str, complete: bool) -> Check:
    value = row["onsite_cost_per_gross_m2"]
    return Check(
        code="COST-ONSITE",
        verdict=_verdict(value, band) if complete else "not_evaluated",
        value=value if np.isfinite(value) else None,
        unit=f"{currency}/m2",
        limit_low=band.low if band else None,
        limit_high=band.high if band else None,
        status=band.status if band else "missing",
        source=band.reference if band else None,
    )


def _verdict(value: float, band: Value | None) -> Verdict:
    if band is None or not np.isfinite(value):
        return "not_evaluated"
    return "comparator_met" if band.low <= value <= band.high else "comparator_not_met"


def _outside(check: Check) -> tuple[Finding, ...]:
    if check.verdict != "comparator_not_met" or check.value is None or check.limit_low is None:
        return ()
    code = "COST-ONSITE-LOW" if check.value < check.limit_low else "COST-ONSITE-HIGH"
    params = {
        "value": check.value,
        "limit_low": check.limit_low,
        "limit_high": check.limit_high,
        "unit": check.unit,
    }
    return (Finding(code=code, severity="warning", params=params, source=check.source),)


def _notes(items: pd.DataFrame, validity: Validity, by_area: Value | None) -> list[Finding]:
    """What a reader of the total must know."""
    notes = []
    if by_area is not None:
        ends = {"value": by_area.central, "limit_low": by_area.low, "limit_high": by_area.high, "unit": by_area.unit}
        notes.append(Finding(code="COST-BY-GROSS-AREA", severity="warning", params=ends, source=by_area.reference))
    assumed = int((items["status"] == "assumed").sum())
    if assumed:
        notes.append(Finding(code="COST-ASSUMED", severity="note", params={"items": assumed, "of": len(items)}))
    by_ratio = items[(items["location"] == "offsite") & (items["basis"] == "ratio")]
    if len(by_ratio):
        notes.append(Finding(code="COST-OFFSITE-RATIO", severity="note", where=("pole",)))
    stops = len(blocking(validity.findings))
    if stops:
        notes.append(Finding(code="COST-ON-BLOCKING", severity="note", params={"findings": stops}))
    return notes
