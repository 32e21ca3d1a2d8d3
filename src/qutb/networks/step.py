"""The step: balance first, then demand, layout and each network on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Effort, Finding, StepResult, Table
from qutb.networks.balance import balance_of
from qutb.networks.bill import Bill, bill_of
from qutb.networks.demand import Demand, demand_of
from qutb.networks.drainage import Drainage, design_sewers, design_storm
from qutb.networks.fibre import Fibre, design_fibre
from qutb.networks.layout import Layout, lay_out
from qutb.networks.power import Power, design_power
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
    sewer_pipes: pd.DataFrame
    sewer_nodes: pd.DataFrame
    sewer_profiles: pd.DataFrame
    storm_pipes: pd.DataFrame
    storm_nodes: pd.DataFrame
    storm_profiles: pd.DataFrame
    power_lines: pd.DataFrame
    power_nodes: pd.DataFrame
    power_substations: pd.DataFrame
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
    ctx.report("networks", 0.1)
    water = design_pole_water(layout, demand, values, seed=seed, effort=effort, ctx=ctx)
    ctx.report("networks", 0.4)
    made = _Designs(
        water=water,
        sewers=design_sewers(layout, demand, values, effort=effort, ctx=ctx),
        storm=design_storm(layout, plan, values, ctx=ctx),
        power=design_power(layout, demand, values, effort=effort, ctx=ctx),
        fibre=design_fibre(layout, demand, values, effort=effort, ctx=ctx),
        streets=design_streets(layout, fabric, site, values),
    )
    bill = bill_of(_elements(layout, demand, made), layout.phases, values)
    ctx.report("networks", 0.9)
    return Networks(
        currency=values.currency,
        pole=_pole(made, bill),
        plots=demand.plots,
        connections=_connections(layout),
        balance=balance.table,
        **{name: _in_phases(layout, frame, name) for name, frame in _frames(made).items()},
        elements=bill.elements,
        bill=bill.lines,
        files={name: text for name, text in _files(made).items() if text},
        findings=(*balance.findings, *layout.findings, *made.findings, *bill.findings),
        status="complete" if water and len(made.sewers.pipes) and len(made.power.lines) and made.fibre else "partial",
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Designs:
    """The networks designed; none of water and fibre, and empty others, where there is nothing to design."""

    water: PoleWater | None
    sewers: Drainage
    storm: Drainage
    power: Power
    fibre: Fibre | None
    streets: Streets

    @property
    def findings(self) -> tuple[Finding, ...]:
        every = (self.water, self.sewers, self.storm, self.power, self.fibre, self.streets)
        return tuple(f for design in every if design for f in design.findings)


def _frames(made: _Designs) -> dict[str, pd.DataFrame | None]:
    """Lines and places of each network by the name of their table."""
    water, fibre = made.water, made.fibre
    return {
        "water_mains": water.mains if water else None,
        "water_nodes": water.nodes if water else None,
        "sewer_pipes": made.sewers.pipes,
        "sewer_nodes": made.sewers.nodes,
        "sewer_profiles": made.sewers.profiles,
        "storm_pipes": made.storm.pipes,
        "storm_nodes": made.storm.nodes,
        "storm_profiles": made.storm.profiles,
        "power_lines": made.power.lines,
        "power_nodes": made.power.nodes,
        "power_substations": made.power.substations,
        "fibre_ducts": fibre.ducts if fibre else None,
        "fibre_points": fibre.points if fibre else None,
        "streets": made.streets.table,
    }


def _files(made: _Designs) -> dict[str, str]:
    """Files that the solvers open."""
    return {
        "water.inp": made.water.inp if made.water else "",
        "sewer.inp": made.sewers.inp,
        "storm.inp": made.storm.inp,
        "power.json": made.power.json,
    }


def _elements(layout: Layout, demand: Demand, made: _Designs) -> list[pd.DataFrame]:
    """What each network that was designed is made of."""
    return [
        made.streets.elements,
        *([water_elements(made.water, layout, demand)] if made.water else []),
        made.sewers.elements,
        made.storm.elements,
        made.power.elements,
        *([made.fibre.elements] if made.fibre else []),
    ]


def _pole(made: _Designs, bill: Bill) -> pd.DataFrame:
    """All totals in one row; a cost with a part that cannot be priced has its ends alone."""
    table, fibre = made.streets.table, made.fibre
    row: dict[str, float] = {
        **(made.water.totals if made.water else {}),
        **made.sewers.totals,
        **made.storm.totals,
        **made.power.totals,
        "streets_length_m": float(table["length_m"].sum()),
        **{f"streets_cut_m3{end}": float(table[f"cut_m3{end}"].sum(min_count=1)) for end in _ENDS},
        **{
            f"{place}_cost_amount{end}": float(mine[f"cost_amount{end}"].sum(skipna=False))
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
    if "phase" in columns:
        frame = frame.assign(phase=[layout.phases[int(r)] for r in frame["rank"]])
    return frame[columns]


def _connections(layout: Layout) -> pd.DataFrame:
    joined = layout.connections
    street = layout.edges["street_id"].reindex(joined["edge_id"]).to_numpy()
    return joined.assign(street_id=street)[[c.name for c in TABLES["connections"]]]
