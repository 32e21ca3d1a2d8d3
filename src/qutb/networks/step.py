"""The step: balance first, then demand, layout and each network on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Effort, StepResult, Table
from qutb.networks.balance import balance_of
from qutb.networks.bill import Bill, bill_of
from qutb.networks.demand import Demand, demand_of
from qutb.networks.fibre import Fibre, design_fibre
from qutb.networks.layout import Layout, lay_out
from qutb.networks.streets import Streets, design_streets
from qutb.networks.tables import TABLES
from qutb.networks.water import PoleWater, design_pole_water
from qutb.networks.water_elements import water_elements
from qutb.pack import Values
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Networks", "run"]

_ENDS = ("_low", "", "_high")


@dataclass(frozen=True, kw_only=True, eq=False)
class Networks(StepResult):
    """Balance, demand and the networks designed; ``files`` name -> text that other programs open (EPANET)."""

    TABLES: ClassVar[Mapping[str, Table]] = TABLES

    currency: str
    pole: pd.DataFrame
    plots: pd.DataFrame
    connections: pd.DataFrame
    balance: pd.DataFrame
    water_mains: pd.DataFrame
    water_nodes: pd.DataFrame
    fibre_ducts: pd.DataFrame
    fibre_points: pd.DataFrame
    streets: pd.DataFrame
    elements: pd.DataFrame
    bill: pd.DataFrame
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
    ctx.report("networks", 0.7)
    fibre = design_fibre(layout, demand, values, effort=effort, ctx=ctx)
    streets = design_streets(layout, fabric, site, values)
    bill = bill_of(_elements(layout, demand, water, fibre, streets), layout.phases, values)
    ctx.report("networks", 0.9)
    mains, nodes = _water_tables(layout, water)
    return Networks(
        currency=values.currency,
        pole=_pole(water, fibre, streets, bill),
        plots=demand.plots,
        connections=_connections(layout),
        balance=balance.table,
        water_mains=mains,
        water_nodes=nodes,
        fibre_ducts=_in_phases(layout, fibre.ducts if fibre else None, "fibre_ducts"),
        fibre_points=_in_phases(layout, fibre.points if fibre else None, "fibre_points"),
        streets=_in_phases(layout, streets.table, "streets"),
        elements=bill.elements,
        bill=bill.lines,
        files={"water.inp": water.inp} if water else {},
        findings=(
            *balance.findings,
            *layout.findings,
            *(water.findings if water else ()),
            *(fibre.findings if fibre else ()),
            *streets.findings,
            *bill.findings,
        ),
        status="complete" if water and fibre else "partial",
    )


def _elements(
    layout: Layout, demand: Demand, water: PoleWater | None, fibre: Fibre | None, streets: Streets
) -> list[pd.DataFrame]:
    """What each network that was designed is made of."""
    return [
        streets.elements,
        *([water_elements(water, layout, demand)] if water else []),
        *([fibre.elements] if fibre else []),
    ]


def _pole(water: PoleWater | None, fibre: Fibre | None, streets: Streets, bill: Bill) -> pd.DataFrame:
    table = streets.table
    row: dict[str, float] = {
        **(water.totals if water else {}),
        "streets_length_m": float(table["length_m"].sum()),
        **{f"streets_cut_m3{end}": float(table[f"cut_m3{end}"].sum(min_count=1)) for end in _ENDS},
        **{
            f"{place}_cost_amount{end}": float(mine[f"cost_amount{end}"].sum())
            for place, mine in ((p, bill.lines[bill.lines["location"] == p]) for p in ("onsite", "offsite"))
            for end in _ENDS
        },
    }
    if fibre:
        row |= {
            "fibre_ducts_length_m": float(fibre.ducts["length_m"].sum()),
            "fibre_ducts_bound_m": fibre.lower_bound_m,
            "fibre_points": int(fibre.points["cabinets"].sum()),
        }
    return pd.DataFrame([row], index=pd.Index(["pole"], name="pole"), columns=[c.name for c in TABLES["pole"]])


def _in_phases(layout: Layout, frame: pd.DataFrame | None, name: str) -> pd.DataFrame:
    """A design's frame as its table says, its rank as a phase; empty where there is no design."""
    columns = [c.name for c in TABLES[name]]
    if frame is None:
        return pd.DataFrame(columns=columns, index=pd.Index([], name=TABLES[name].key))
    return frame.assign(phase=[layout.phases[int(r)] for r in frame["rank"]])[columns]


def _connections(layout: Layout) -> pd.DataFrame:
    joined = layout.connections
    street = layout.edges["street_id"].reindex(joined["edge_id"]).to_numpy()
    return joined.assign(street_id=street)[[c.name for c in TABLES["connections"]]]


def _water_tables(layout: Layout, water: PoleWater | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    mains_columns = [c.name for c in TABLES["water_mains"]]
    nodes_columns = [c.name for c in TABLES["water_nodes"]]
    if water is None:
        return pd.DataFrame(columns=mains_columns), pd.DataFrame(columns=nodes_columns)
    mains = water.mains.assign(phase=[layout.phases[int(r)] for r in water.mains["rank"]])
    return mains[mains_columns], water.nodes[nodes_columns]
