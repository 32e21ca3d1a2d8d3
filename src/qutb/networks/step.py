"""The step: balance first, then demand, layout and each network on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Effort, StepResult, Table
from qutb.networks.balance import balance_of
from qutb.networks.demand import demand_of
from qutb.networks.layout import Layout, lay_out
from qutb.networks.tables import TABLES
from qutb.networks.water import PoleWater, design_pole_water
from qutb.pack import Values
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Networks", "run"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Networks(StepResult):
    """Balance, demand and the networks designed; ``files`` name -> text that other programs open (EPANET)."""

    TABLES: ClassVar[Mapping[str, Table]] = TABLES

    currency: str
    pole: pd.DataFrame
    plots: pd.DataFrame
    balance: pd.DataFrame
    water_mains: pd.DataFrame
    water_nodes: pd.DataFrame
    files: Mapping[str, str]


def run(
    *,
    plan: Plan,
    fabric: Fabric,
    capacity: Capacity,
    site: Site,
    values: Values,
    seed: int = 0,
    effort: Effort = "standard",
    ctx: Context = QUIET,
) -> Networks:
    """Lay out, size and prove the networks of a plan.

    ``partial`` where there is no tie-in for water or nothing to serve: the balance and demand are given all the same.
    Findings begin with the sources that run short.
    """
    layout = lay_out(plan=plan, fabric=fabric, site=site)
    demand = demand_of(plan=plan, capacity=capacity, values=values)
    balance = balance_of(layout, demand, values)
    ctx.report("networks", 0.2)
    water = design_pole_water(layout, demand, values, seed=seed, effort=effort, ctx=ctx)
    ctx.report("networks", 0.9)
    mains, nodes = _water_tables(layout, water)
    columns = [c.name for c in TABLES["pole"]]
    return Networks(
        currency=values.currency,
        pole=pd.DataFrame([water.totals if water else {}], index=pd.Index(["pole"], name="pole"), columns=columns),
        plots=demand.plots,
        balance=balance.table,
        water_mains=mains,
        water_nodes=nodes,
        files={"water.inp": water.inp} if water else {},
        findings=(*balance.findings, *layout.findings, *(water.findings if water else ())),
        status="complete" if water else "partial",
    )


def _water_tables(layout: Layout, water: PoleWater | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    mains_columns = [c.name for c in TABLES["water_mains"]]
    nodes_columns = [c.name for c in TABLES["water_nodes"]]
    if water is None:
        return pd.DataFrame(columns=mains_columns), pd.DataFrame(columns=nodes_columns)
    mains = water.mains.assign(phase=[layout.phases[int(r)] for r in water.mains["rank"]])
    return mains[mains_columns], water.nodes[nodes_columns]
