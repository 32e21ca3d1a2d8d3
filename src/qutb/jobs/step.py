"""``run``: job-years of works and buildings, people at work by month, jobs in operation, investment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Finding, StepResult, Table
from qutb.cost import Cost
from qutb.finance import Finance
from qutb.jobs.tables import ENDS, MONTHS, POLE, RATIOS, TRADES, USES
from qutb.pack import Value, Values
from qutb.plan import Plan

__all__ = ["Jobs", "run"]

_OPPOSITE = {"_low": "_high", "": "", "_high": "_low"}
_RATIOS = ("direct_per_million", "labour_cost_per_year", "indirect_per_direct", "induced_per_direct", "local_share")
_TABLES = {t.name: t for t in (POLE, TRADES, MONTHS, USES, RATIOS)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Jobs(StepResult):
    """Jobs by trade, month, use and in all, with the values they rest on."""

    TABLES: ClassVar[Mapping[str, Table]] = _TABLES

    pole: pd.DataFrame
    trades: pd.DataFrame
    months: pd.DataFrame
    uses: pd.DataFrame
    ratios: pd.DataFrame


def run(*, plan: Plan, capacity: Capacity, cost: Cost, finance: Finance, values: Values, ctx: Context = QUIET) -> Jobs:
    """Jobs and investment of a plan; ``refused`` where the pack has no labour norms."""
    ctx.report("jobs", 0.0)
    if not values.keys("jobs.labour_share."):
        empty = {
            name: pd.DataFrame({c.name: pd.Series(dtype="object") for c in table}).set_index(table.key)
            for name, table in _TABLES.items()
        }
        note = Finding(code="JOBS-NO-NORMS", severity="note", params={"pack": values.pack})
        return Jobs(**empty, findings=(note,), status="refused")
    trades = _trades(cost, values)
    row = _pole(trades, capacity, finance, values)
    return Jobs(
        pole=pd.DataFrame([row], index=pd.Index(["pole"], name="pole")),
        trades=trades,
        months=_months(finance, row),
        uses=_uses(plan, capacity),
        ratios=_ratios(trades, values),
        findings=(_range_note(row),),
        status="complete" if len(finance.months) else "partial",
    )


def _end(value: Value, end: str) -> float:
    return {"_low": value.low, "": value.central, "_high": value.high}[end]


def _share_key(trade: str, values: Values) -> str:
    key = f"jobs.labour_share.{trade}"
    return key if values.find(key) is not None else "jobs.labour_share.other"


def _trades(cost: Cost, values: Values) -> pd.DataFrame:
    table = pd.DataFrame({"cost_amount": cost.trades["cost_amount"]})
    table.index.name = "trade"
    year = values.get("jobs.labour_cost_per_year")
    shares = [values.get(_share_key(str(trade), values)) for trade in table.index]
    for end in ENDS:
        table[f"labour_share{end}"] = [_end(share, end) for share in shares]
    for end in ENDS:
        table[f"direct_job_years{end}"] = (
            table["cost_amount"] * table[f"labour_share{end}"] / _end(year, _OPPOSITE[end])
        )
    return table


def _pole(trades: pd.DataFrame, capacity: Capacity, finance: Finance, values: Values) -> dict[str, float]:
    held = capacity.pole.iloc[0]
    direct = {end: float(trades[f"direct_job_years{end}"].sum()) for end in ENDS}
    building, per_money = values.get("jobs.building_cost_per_m2"), values.get("jobs.direct_per_million")
    floor = float(held["floor_area_m2"])
    built = {end: floor * _end(building, end) for end in ENDS}
    row = {f"direct_job_years{end}": direct[end] for end in ENDS}
    for name, key in (("indirect", "indirect_per_direct"), ("induced", "induced_per_direct"), ("local", "local_share")):
        ratio = values.get(f"jobs.{key}")
        row |= {f"{name}_job_years{end}": direct[end] * _end(ratio, end) for end in ENDS}
    row |= {f"building_job_years{end}": built[end] * _end(per_money, end) for end in ENDS}
    row |= {f"operating_jobs{end}": float(held[f"jobs{end}"]) for end in ENDS}
    for end in ENDS:
        people = float(held[f"population{_OPPOSITE[end]}"])
        row[f"jobs_per_inhabitant{end}"] = float(held[f"jobs{end}"]) / people if people > 0 else math.nan
    row |= _investment(finance)
    row |= {f"building_investment_amount{end}": built[end] for end in ENDS}
    return row


def _investment(finance: Finance) -> dict[str, float]:
    if finance.model is None:
        return {"public_investment_amount": math.nan, "private_investment_amount": math.nan}
    public = (finance.model.partners["public"].astype(str) == "1").to_numpy()
    brought = finance.partners["contributed_amount"].to_numpy("float64")
    subsidies = float(finance.pole["subsidies_amount"].iloc[0])
    return {
        "public_investment_amount": float(brought[public].sum()) + subsidies,
        "private_investment_amount": float(brought[~public].sum()),
    }


def _months(finance: Finance, row: Mapping[str, float]) -> pd.DataFrame:
    """People at work follow the money spent on works, those brought in kind included."""
    months = finance.months
    works = (
        months[["onsite_works_amount", "offsite_works_amount", "offsite_in_kind_amount"]]
        .sum(axis=1)
        .to_numpy("float64")
    )
    share = works / works.sum() if works.sum() > 0 else np.zeros(len(works))
    table = pd.DataFrame({"date": months["date"]}, index=months.index)
    for end in ENDS:
        table[f"people_at_work{end}"] = 12 * row[f"direct_job_years{end}"] * share
    return table


def _uses(plan: Plan, capacity: Capacity) -> pd.DataFrame:
    use = plan.words("use")
    sums = {f"operating_jobs{end}": use.sums(capacity.plots[f"jobs{end}"].to_numpy("float64")) for end in ENDS}
    table = pd.DataFrame(sums)
    table.index.name = "use"
    return table[table["operating_jobs_high"] > 0].sort_values("operating_jobs", ascending=False, kind="stable")


def _ratios(trades: pd.DataFrame, values: Values) -> pd.DataFrame:
    keys = [f"jobs.{name}" for name in _RATIOS] + ["jobs.building_cost_per_m2"]
    keys += list(dict.fromkeys(_share_key(str(trade), values) for trade in trades.index))
    found = [values.get(key) for key in keys]
    return pd.DataFrame(
        {
            "value_low": [v.low for v in found],
            "value": [v.central for v in found],
            "value_high": [v.high for v in found],
            "unit": [v.unit for v in found],
            "status": [v.status for v in found],
            "source": [v.source for v in found],
        },
        index=pd.Index(keys, name="ratio", dtype="object"),
    )


def _range_note(row: Mapping[str, float]) -> Finding:
    low, high = row["direct_job_years_low"], row["direct_job_years_high"]
    params = {"low": round(low), "central": round(row["direct_job_years"]), "high": round(high)}
    return Finding(code="JOBS-RANGE", severity="note", params=params)
