"""What the result hangs on: tornado, what-if, break-even price, first phases, price against occupation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from qutb.cost import Cost
from qutb.finance.draws import simulate
from qutb.finance.engine import sold_area
from qutb.finance.model import MONTHS, Model, factors
from qutb.pack import Values

if TYPE_CHECKING:
    from qutb.uptake import Uptake

__all__ = ["break_even_price", "conflict", "factor_ranges", "first_phases", "present_value", "tornado", "what_if"]

_OCCUPIED = 0.8
_PRICE_STEPS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def present_value(flow: np.ndarray, rate: float) -> float:
    """Value at month 0 of monthly flows [currency] at ``rate`` [ratio/year]."""
    return float(flow @ (1 + rate) ** (-np.arange(len(flow)) / 12))


def what_if(model: Model, **changed: float) -> dict[str, float]:
    """Present values when factors change: ``what_if(model, price=0.9, delay_months=12)``.

    ``project`` is before loans and after tax, ``partners`` after loans; ``shortfall`` [currency] is the cash called
    beyond what was agreed.
    """
    row = _runs(model, [factors(**changed)]).iloc[0]
    columns = {"project": "npv_amount", "partners": "equity_npv_amount", "shortfall": "shortfall_amount"}
    return {name: float(row[column]) for name, column in columns.items()}


def _runs(model: Model, drawn: Sequence[np.ndarray]) -> pd.DataFrame:
    return simulate(model, np.array(drawn), cores=1)


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
    table = pd.DataFrame.from_dict(ranges, orient="index", columns=["at_worse", "at_better"]).rename_axis("factor")
    drawn = [factors(**{name: end}) for name, ends in ranges.items() for end in ends]
    values = _runs(model, drawn)["equity_npv_amount"].to_numpy().reshape(-1, 2)
    table["npv_worse"], table["npv_better"] = values[:, 0], values[:, 1]
    table["swing"] = (table["npv_better"] - table["npv_worse"]).abs()
    return table.sort_values("swing", ascending=False, kind="stable")


def break_even_price(model: Model) -> float:
    """Factor on all sale prices at which the project's present value is zero; NaN where none up to 64 does."""

    def worth(prices: Sequence[float]) -> np.ndarray:
        return _runs(model, [factors(price=p) for p in prices])["npv_amount"].to_numpy()

    reached = np.flatnonzero(worth(_PRICE_STEPS) >= 0)
    if not len(reached):
        return math.nan
    if reached[0] == 0:
        return 0.0
    low, high = _PRICE_STEPS[reached[0] - 1], _PRICE_STEPS[reached[0]]
    return float(brentq(lambda price: worth([price])[0], low, high, xtol=1e-6, rtol=1e-9))


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
        npv = what_if(replace(model, phases=phases, zones=zones))["project"]
        rows.append({"phases_built": count, "phase": str(names[-1]), "npv": npv, "viable": npv >= 0})
    return pd.DataFrame(rows, columns=["phases_built", "phase", "npv", "viable"]).set_index("phases_built")


def conflict(model: Model, elasticity: float, prices: tuple[float, ...]) -> pd.DataFrame:
    """What a price does to the developer's value and to occupation, where a higher price slows sales.

    ``pace = price ** elasticity``; ``years_to_occupied`` [year] is the time from the start until 80% of the saleable
    land is sold, absent where it never is within the horizon.
    """
    drawn = [factors(price=price, pace=price**elasticity) for price in prices]
    sold = [sold_area(model, one) for one in drawn]
    saleable = float(model.zones["area_m2"].sum())
    return pd.DataFrame(
        {
            "npv": _runs(model, drawn)["npv_amount"].to_numpy(),
            "years_to_occupied": [_years_to(area, _OCCUPIED * saleable) for area in sold],
            "sold_in_time_share": [float(area[: MONTHS // 2].sum()) / max(saleable, 1e-9) for area in sold],
        },
        index=pd.Index(prices, name="price_ratio", dtype="float64"),
    )


def _years_to(sold: np.ndarray, area: float) -> float:
    reached = np.flatnonzero(np.cumsum(sold) >= area)
    return float(reached[0] + 1) / 12 if len(reached) else math.nan
