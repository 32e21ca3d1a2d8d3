"""``run``: the business model of a plan, its partners, debt and what it hangs on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import (
    QUIET,
    Check,
    Context,
    Finding,
    StepResult,
    Table,
    by_severity,
    split_by_largest_remainder,
    to_ledger,
)
from qutb.cost import Cost
from qutb.finance.building import build_model, has_terms
from qutb.finance.debt import cover, sculpted
from qutb.finance.engine import ROWS, Flows, run_model
from qutb.finance.faults import model_faults
from qutb.finance.model import MONTHS, Model
from qutb.finance.returns import mirr, returns_of
from qutb.finance.sensitivity import break_even_price, conflict, factor_ranges, first_phases, present_value, tornado
from qutb.finance.tables import TABLES
from qutb.pack import Values
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Brief
    from qutb.uptake import Uptake

__all__ = ["Finance", "run"]

_PRICES = {"draft": (0.8, 1.0, 1.2), "standard": (0.7, 0.85, 1.0, 1.15, 1.3)}
_COSTS = (
    "onsite_works", "offsite_works", "studies", "fee", "overhead", "marketing", "subdivision_tax", "management",
    "land", "registration",
)  # fmt: skip
_CEILING = "finance.peak_exposure_amount"
_YEARS = np.arange(MONTHS) / 12
_MINOR_DIGITS = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Finance(StepResult):
    """Flows by month, zone, phase, plot and partner; returns, cover, sensitivity. ``model`` makes the workbook."""

    TABLES: ClassVar[Mapping[str, Table]] = TABLES

    currency: str
    model: Model | None
    pole: pd.DataFrame
    phases: pd.DataFrame
    zones: pd.DataFrame
    plots: pd.DataFrame
    partners: pd.DataFrame
    shares: pd.DataFrame
    months: pd.DataFrame
    tornado: pd.DataFrame
    first_phases: pd.DataFrame
    conflict: pd.DataFrame
    commitments: pd.DataFrame


def run(
    *,
    plan: Plan,
    fabric: Fabric,
    capacity: Capacity,
    cost: Cost,
    uptake: Uptake,
    brief: Brief,
    commitments: pd.DataFrame,
    values: Values,
    effort: str = "standard",
    ctx: Context = QUIET,
) -> Finance:
    """The business model of a plan over 30 years, at central values.

    ``refused`` where the pack and the pole give no prices, partners or tiers, or where these contradict themselves;
    ``partial`` where the cost of works or the pace of sales is not known.
    """
    ctx.report("finance", 0.0)
    if not has_terms(values) or not len(cost.phases):
        return _refused(values, (Finding(code="FIN-NO-TERMS", severity="note", params={"pack": values.pack}),))
    model = build_model(
        plan=plan, fabric=fabric, capacity=capacity, cost=cost, uptake=uptake, commitments=commitments, values=values
    )
    faults = model_faults(model)
    if faults:
        return _refused(values, faults)
    flows = run_model(model)
    ctx.report("finance", 0.3)
    plots = _plots(model, flows)
    zones = _zones(model, flows, plots)
    partners = _partners(model, flows)
    steps = first_phases(model)
    row = _pole(model, flows, zones, partners, steps, values.number("finance.dscr_asked"))
    ctx.report("finance", 0.6)
    paced = math.isfinite(float(uptake.pole["years_to_fill"].iloc[0]))
    swings = tornado(model, factor_ranges(model, cost, uptake, values))
    return Finance(
        currency=values.currency,
        model=model,
        pole=pd.DataFrame([row], index=pd.Index(["pole"], name="pole")),
        phases=_phases(model, flows),
        zones=zones,
        plots=plots.drop(columns=["phase", "use", "price_per_m2"]),
        partners=partners,
        shares=_shares(model, flows),
        months=_months(model, flows),
        tornado=swings,
        first_phases=steps,
        conflict=conflict(
            model, values.number("finance.pace_price_elasticity"), _PRICES.get(effort, _PRICES["standard"])
        ),
        commitments=_commitments(model, flows),
        checks=_checks(row, brief, values),
        findings=by_severity(_findings(row, swings, brief, values, paced)),
        status="complete" if paced and cost.status == "complete" else "partial",
    )


def _refused(values: Values, findings: Sequence[Finding]) -> Finance:
    empty = {
        name: pd.DataFrame(
            {c.name: pd.Series(dtype="object" if c.kind == "text" else "float64") for c in table}
        ).set_index(table.key)
        for name, table in TABLES.items()
    }
    return Finance(currency=values.currency, model=None, findings=tuple(findings), status="refused", **empty)


def _months(model: Model, flows: Flows) -> pd.DataFrame:
    first = 12 * model.start_date.year + model.start_date.month - 1
    months = first + np.arange(MONTHS)
    days = [date(int(m) // 12, int(m) % 12 + 1, 1) for m in months]
    names = [f"{row}_amount" if row != "sold_area" else "sold_area_m2" for row in ROWS]
    table = pd.DataFrame(flows.rows.T, columns=names, index=pd.RangeIndex(MONTHS, name="month"))
    table.insert(0, "date", days)
    return table


def _plots(model: Model, flows: Flows) -> pd.DataFrame:
    table = model.plots.copy()
    bearing = (table["zone"] != "").to_numpy()
    area = table["area_m2"].to_numpy("float64")
    costs = sum(float(flows[row].sum()) for row in _COSTS)
    whole = float(area[bearing].sum())
    table["sales_amount"] = area * table["price_per_m2"].to_numpy("float64")
    table["cost_amount"] = np.where(bearing, area, 0.0) * (costs / whole if whole > 0 else 0.0)
    table["cross_subsidy_amount"] = table["sales_amount"] - table["cost_amount"]
    return table


def _zones(model: Model, flows: Flows, plots: pd.DataFrame) -> pd.DataFrame:
    table = model.zones[["phase", "use", "plots", "area_m2", "price_per_m2"]].copy()
    table["sold_area_m2"] = flows.zone_sold.sum(axis=1)
    table["sales_amount"] = flows.zone_sales.sum(axis=1)
    table["cost_amount"] = plots.groupby("zone")["cost_amount"].sum().reindex(table.index).to_numpy("float64")
    table["cross_subsidy_amount"] = table["sales_amount"] - table["cost_amount"]
    return table


def _phases(model: Model, flows: Flows) -> pd.DataFrame:
    sales = pd.Series(flows.zone_sales.sum(axis=1), index=model.zones.index).groupby(model.zones["phase"]).sum()
    table = pd.DataFrame(
        {
            "start_month": model.phases["start_month"],
            "end_month": model.phases["start_month"] + model.phases["months"],
            "works_amount": flows.phase_works.sum(axis=1),
        }
    )
    table["sales_amount"] = sales.reindex(table.index).fillna(0.0)
    table["margin_amount"] = table["sales_amount"] - table["works_amount"]
    return table


def _partners(model: Model, flows: Flows) -> pd.DataFrame:
    rates = model.scalars["revolver_rate"], model.scalars["discount_rate"]
    rows = []
    for n, (name, partner) in enumerate(model.partners.iterrows()):
        fees = flows["fee"] * float(partner["fee_share"]) + flows["land"] * float(partner["land_sale_share"])
        net = flows.net[n]
        earned = returns_of(_YEARS, net)
        own = float((flows.got[n] - flows.put[n] + fees).sum())
        rows.append(
            {
                "partner": name,
                "group": partner["group"] or None,
                "contributed_amount": float(flows.put[n].sum()),
                "distributed_amount": float(flows.got[n].sum()),
                "fees_amount": float(fees.sum()),
                "tax_amount": own - float(net.sum()),
                "net_amount": float(net.sum()),
                "npv_amount": present_value(net, rates[1]),
                "mirr": _known(mirr(_YEARS, net, *rates)),
                "irr": _known(earned.irr),
                "sign_changes": float(earned.sign_changes),
                "multiple": _known(earned.multiple),
                "peak_exposure_amount": earned.peak_exposure,
                "default_exposure_amount": _default_exposure(model, flows, n),
            }
        )
    return pd.DataFrame(rows).set_index("partner")


def _default_exposure(model: Model, flows: Flows, partner: int) -> float:
    """The most that the other members of a jointly liable group still have to pay in, at any time."""
    group = model.partners["group"].to_numpy()
    others = [n for n, name in enumerate(group) if name and name == group[partner] and n != partner]
    if not others:
        return 0.0
    return float(flows.put[others].sum(axis=0)[::-1].cumsum().max())


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _shares(model: Model, flows: Flows) -> pd.DataFrame:
    """By tier and partner, rounded once so that all add up to what was shared."""
    splits = model.tiers[list(model.partners.index)].to_numpy("float64")
    cells = flows.paid.sum(axis=1)[:, None] * splits
    total = to_ledger(float(cells.sum()), _MINOR_DIGITS)
    exact = split_by_largest_remainder(total, cells.ravel().tolist()) if total > 0 else [0] * cells.size
    rows = [
        {"share": f"{tier} / {partner}", "tier": tier, "partner": partner}
        for tier in model.tiers.index
        for partner in model.partners.index
    ]
    return pd.DataFrame(rows).assign(amount=[float(amount) for amount in exact]).set_index("share")


def _commitments(model: Model, flows: Flows) -> pd.DataFrame:
    """What each partner pays in or brings, by calendar year, in the form of ``commitments.csv``."""
    first = model.start_date
    year = (12 * first.year + first.month - 1 + np.arange(MONTHS)) // 12
    rows = [
        {
            "id": f"finance-{partner}-{y}",
            "object": "calls, land and works in kind",
            "debtor": partner,
            "creditor": "project",
            "amount": amount,
            "promised_date": date(int(y), 12, 31),
            "status": "computed",
        }
        for n, partner in enumerate(model.partners.index)
        for y in np.unique(year)
        if (amount := float(flows.put[n][year == y].sum())) > 0.005
    ]
    return pd.DataFrame(rows, columns=[c.name for c in TABLES["commitments"]]).set_index("id")


def _pole(
    model: Model,
    flows: Flows,
    zones: pd.DataFrame,
    partners: pd.DataFrame,
    steps: pd.DataFrame,
    dscr_asked: float,
) -> dict[str, float]:
    rates = model.scalars["revolver_rate"], model.scalars["discount_rate"]
    flow = flows.project
    earned = returns_of(_YEARS, flow)
    viable = steps.index[steps["viable"].to_numpy(dtype=bool)]
    return {
        "sales_amount": float(flows["sales"].sum()),
        "costs_amount": sum(float(flows[row].sum()) for row in _COSTS),
        "subsidies_amount": float(flows["subsidies"].sum()),
        "in_kind_amount": float(flows["in_kind"].sum()),
        "interest_amount": float(flows["interest"].sum()),
        "profit_amount": float(flow.sum() - flows["interest"].sum()),
        "npv_amount": present_value(flow, rates[1]),
        "mirr": _known(mirr(_YEARS, flow, *rates)),
        "irr": _known(earned.irr),
        "sign_changes": float(earned.sign_changes),
        "multiple": _known(earned.multiple),
        "peak_exposure_amount": earned.peak_exposure,
        "peak_debt_amount": float((flows["revolver"] + flows["term"]).max()),
        "loans_left_amount": float(flows["revolver"][-1] + flows["term"][-1]),
        "shortfall_amount": float(flows["shortfall"].sum()),
        **_debt(model, flows, dscr_asked),
        "break_even_price_ratio": break_even_price(model),
        "viable_phases": float(viable[0]) if len(viable) else math.nan,
        "cross_subsidy_amount": float(zones["cross_subsidy_amount"].clip(lower=0).sum()),
        "commune_taxes_amount": float(flows["subdivision_tax"].sum()),
        "state_taxes_amount": float(
            flows["vat_paid"].sum()
            + flows["registration"].sum()
            + flows["profit_tax"].sum()
            + partners["tax_amount"].sum()
        ),
        "vat_credit_left_amount": float(flows["vat_credit"][-1]),
        "unsold_area_m2": float(zones["area_m2"].sum() - zones["sold_area_m2"].sum()),
    }


def _debt(model: Model, flows: Flows, dscr_asked: float) -> dict[str, float]:
    """Cover of the term loan by year of its service, and the loan that the flows after the works would carry."""
    s = model.scalars
    first, count = int(s["term_first_month"]), int(s["term_instalments"])
    inside = slice(first, min(MONTHS, first + count))
    opening = np.concatenate([[0.0], flows["term"][:-1]])
    available, interest, repaid = (
        _by_year(values[inside])
        for values in (flows["net_before_finance"], opening * s["term_rate"] / 12, flows["term_repaid"])
    )
    loan = cover(available, interest, repaid, s["term_rate"])
    after = flows["net_before_finance"][int(s["distribute_from_month"]) :]
    capacity, _, _ = sculpted(_by_year(after), dscr_asked, s["term_rate"])
    return {"dscr_min": loan.dscr_min, "llcr": loan.llcr, "debt_capacity_amount": capacity}


def _by_year(values: np.ndarray) -> np.ndarray:
    whole = -(-len(values) // 12) * 12
    return np.concatenate([values, np.zeros(whole - len(values))]).reshape(-1, 12).sum(axis=1)


def _ceiling(brief: Brief) -> tuple[float | None, str]:
    target = next((t for t in brief.targets if t.measure == _CEILING and t.high is not None), None)
    return (target.high, target.source or "brief") if target else (None, "")


def _checks(row: Mapping[str, float], brief: Brief, values: Values) -> tuple[Check, ...]:
    limit, source = _ceiling(brief)
    verdict = "not_evaluated" if limit is None else "met" if row["peak_exposure_amount"] <= limit else "not_met"
    return (
        Check(
            code="FIN-CASH-CEILING",
            verdict=verdict,  # type: ignore[arg-type]
            value=row["peak_exposure_amount"],
            unit=values.currency,
            limit_high=limit,
            status="confirmed" if limit is not None else "missing",
            source=source or None,
            where=("pole",),
        ),
    )


def _findings(
    row: Mapping[str, float], swings: pd.DataFrame, brief: Brief, values: Values, paced: bool
) -> list[Finding]:
    money = {"unit": values.currency}
    found = []
    ceiling, source = _ceiling(brief)
    if ceiling is not None and row["peak_exposure_amount"] > ceiling:
        params = {"value": row["peak_exposure_amount"], "limit": ceiling, **money}
        found.append(Finding(code="FIN-CASH-CEILING", severity="warning", params=params, source=source))
    if row["shortfall_amount"] > 0:
        params = {"value": row["shortfall_amount"], **money}
        found.append(Finding(code="FIN-SHORTFALL", severity="warning", params=params))
    if row["loans_left_amount"] > 1:
        params = {"value": row["loans_left_amount"], **money}
        found.append(Finding(code="FIN-LOAN-LEFT", severity="warning", params=params))
    asked = values.number("finance.dscr_asked")
    if row["dscr_min"] < asked:
        params = {"value": round(row["dscr_min"], 2), "limit": asked}
        found.append(Finding(code="FIN-DSCR", severity="warning", params=params))
    if row["npv_amount"] < 0:
        ratio = row["break_even_price_ratio"]
        params = {"value": row["npv_amount"], **money, "ratio": round(100 * ratio) if math.isfinite(ratio) else "–"}
        found.append(Finding(code="FIN-NPV-NEGATIVE", severity="warning", params=params))
    if row["sign_changes"] > 1:
        found.append(Finding(code="FIN-RATES", severity="note", params={"changes": int(row["sign_changes"])}))
    if not paced:
        found.append(Finding(code="FIN-NO-PACE", severity="warning"))
    assumed = [k for prefix in ("finance.", "tax.") for k in values.keys(prefix) if values.get(k).status == "assumed"]
    if assumed:
        widest = str(swings.index[0]) if len(swings) else "–"
        params = {"count": len(assumed), "factor": widest}
        found.append(Finding(code="FIN-ASSUMED", severity="note", params=params))
    return found
