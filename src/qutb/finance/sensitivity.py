"""What the result hangs on: tornado, what-if, break-even price, first phases, price against occupation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from qutb.cost import Cost
from qutb.finance.engine import project_flow, project_rows
from qutb.finance.model import MONTHS, Model, factors
from qutb.pack import Values

if TYPE_CHECKING:
    from qutb.uptake import Uptake

__all__ = ["break_even_price", "conflict", "factor_ranges", "first_phases", "present_value", "tornado", "what_if"]

_OCCUPIED = 0.8
_PRICE_AT_MOST = 64.0


def present_value(flow: np.ndarray, rate: float) -> float:
    """Value at month 0 of monthly flows [currency] at ``rate`` [ratio/year]."""
    return float(flow @ (1 + rate) ** (-np.arange(len(flow)) / 12))


def what_if(model: Model, **changed: float) -> dict[str, float]:
    """Present values when factors change: ``what_if(model, price=0.9, delay_months=12)``.

    ``project`` is before loans and after tax, ``partners`` after loans; ``shortfall`` [currency] is the cash called
    beyond what was agreed.
    """
    rows = project_rows(model, factors(**changed))
    rate = model.scalars["discount_rate"]
    equity = rows["distribution"] - rows["calls"] - rows["shortfall"] - rows["in_kind"]
    return {
        "project": present_value(rows["net_before_finance"] - rows["in_kind"], rate),
        "partners": present_value(equity, rate),
        "shortfall": float(rows["shortfall"].sum()),
    }


def _project_value(model: Model, drawn: np.ndarray) -> float:
    return present_value(project_flow(model, drawn), model.scalars["discount_rate"])


def factor_ranges(model: Model, cost: Cost, uptake: Uptake, values: Values) -> Mapping[str, tuple[float, float]]:
    """Each factor at the unfavourable and at the favourable end of the values it stands for."""
    prices = [values.get(f"finance.sale_price_per_m2.{use}") for use in model.zones["use"]]
    area = model.zones["area_m2"].to_numpy("float64")
    worth = float(area @ np.array([p.central for p in prices])) if prices else 0.0
    low, high = (
        float(area @ np.array([getattr(p, end) for p in prices])) / worth if worth > 0 else 1.0
        for end in ("low", "high")
    )
    bill = cost.pole.iloc[0]
    years = uptake.pole.iloc[0]
    works, unsold = values.get("finance.works_months"), values.get("finance.unsold_share")
    growth, rate = values.get("finance.sale_growth"), values.get("finance.revolver_rate")
    ranges = {
        "price": (low, high),
        "cost": tuple(_ratio(bill[f"cost_amount{end}"], bill["cost_amount"]) for end in ("_high", "_low")),
        "pace": tuple(_ratio(years[f"years_to_fill{end}"], years["years_to_fill"]) for end in ("_high", "_low")),
        "unsold": (unsold.high - unsold.central, unsold.low - unsold.central),
        "growth": (growth.low - growth.central, growth.high - growth.central),
        "rate": (rate.high - rate.central, rate.low - rate.central),
        "delay_months": (works.high - works.central, works.low - works.central),
    }
    if model.subsidies["amount"].sum() > 0:
        ranges["subsidy"] = (0.0, 1.0)
    return ranges  # type: ignore[return-value]


def _ratio(end: float, centre: float) -> float:
    return float(end) / float(centre) if centre > 0 and math.isfinite(end) else 1.0


def tornado(model: Model, ranges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Value to the partners with one factor at each end and the others at the centre, widest first."""
    rows = []
    for name, (worse, better) in ranges.items():
        at = [what_if(model, **{name: end})["partners"] for end in (worse, better)]
        rows.append({"factor": name, "at_worse": worse, "at_better": better, "npv_worse": at[0], "npv_better": at[1]})
    table = pd.DataFrame(rows).set_index("factor")
    table["swing"] = (table["npv_better"] - table["npv_worse"]).abs()
    return table.sort_values("swing", ascending=False, kind="stable")


def break_even_price(model: Model) -> float:
    """Factor on all sale prices at which the project's present value is zero; NaN where none up to 64 does."""

    def worth(price: float) -> float:
        return _project_value(model, factors(price=price))

    if worth(0.0) >= 0:
        return 0.0
    low, high = 0.0, 1.0
    while worth(high) < 0:
        low, high = high, 2 * high
        if high > _PRICE_AT_MOST:
            return math.nan
    return float(brentq(worth, low, high, xtol=1e-6, rtol=1e-9))


def first_phases(model: Model) -> pd.DataFrame:
    """Present value when only the first phases are built: 1, 2 ... all; land and off-site works stay whole."""
    rows = []
    for count in range(1, len(model.phases) + 1):
        names = model.phases.index[:count]
        zones = model.zones[model.zones["phase"].isin(names)]
        phases = model.phases.loc[names].copy()
        rest = model.phases.iloc[count:]
        for column in ("offsite_amount", "offsite_in_kind_amount"):
            phases.iloc[0, phases.columns.get_loc(column)] += rest[column].sum()
        npv = _project_value(replace(model, phases=phases, zones=zones), factors())
        rows.append({"phases_built": count, "phase": str(names[-1]), "npv": npv, "viable": npv >= 0})
    return pd.DataFrame(rows, columns=["phases_built", "phase", "npv", "viable"]).set_index("phases_built")


def conflict(model: Model, elasticity: float, prices: tuple[float, ...]) -> pd.DataFrame:
    """What a price does to the developer's value and to occupation, where a higher price slows sales.

    ``pace = price ** elasticity``; ``years_to_occupied`` [year] is the time from the start until 80% of the saleable
    land is sold, absent where it never is within the horizon.
    """
    rows = []
    for price in prices:
        pace = price**elasticity
        run = project_rows(model, factors(price=price, pace=pace))
        flow = run["net_before_finance"] - run["in_kind"]
        rows.append(
            {
                "price_ratio": price,
                "npv": present_value(flow, model.scalars["discount_rate"]),
                "years_to_occupied": _years_to(run["sold_area"], _OCCUPIED * float(model.zones["area_m2"].sum())),
                "sold_in_time_share": float(
                    run["sold_area"][: MONTHS // 2].sum() / max(model.zones["area_m2"].sum(), 1e-9)
                ),
            }
        )
    return pd.DataFrame(rows).set_index("price_ratio")


def _years_to(sold: np.ndarray, area: float) -> float:
    reached = np.flatnonzero(np.cumsum(sold) >= area)
    return float(reached[0] + 1) / 12 if len(reached) else math.nan
