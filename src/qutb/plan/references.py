"""What ties the tables of a plan together: phases, zones, floors, and what a use needs to be counted."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from qutb.core import Finding
from qutb.plan.findings import about
from qutb.plan.model import Plan
from qutb.plan.tables import HOUSING_USES

__all__ = ["reference_findings"]


def reference_findings(plan: Plan) -> tuple[Finding, ...]:
    """Rows of one table that name what another does not have, and rows that lack what their use needs."""
    checks = (_no_plots, _phases, _phase_ranks, _zones, _floors, _storeys, _facility_types, _mixed_without_floors)
    return tuple(finding for check in checks for finding in check(plan))


def _no_plots(plan: Plan) -> Iterator[Finding]:
    if not len(plan.plots):
        yield Finding(code="PLAN-NO-PLOTS", severity="blocking", where=("layer:plots",))


def _phases(plan: Plan) -> Iterator[Finding]:
    for kind, table in (("plot", plan.plots), ("street", _planned(plan))):
        phase = table["phase"]
        absent = phase.isna()
        phased = len(plan.phases) > 0 or plan.plots["phase"].notna().any()
        if phased and absent.any():
            yield about("PLAN-PHASE-MISSING", "warning", _named(kind, table.index[absent]))
        unknown = phase.notna() & ~phase.isin(plan.phases.index)
        if unknown.any():
            found = sorted(phase[unknown].astype(str).unique())
            yield about("PLAN-PHASE-UNKNOWN", "blocking", _named(kind, table.index[unknown]), found=found)


def _planned(plan: Plan) -> pd.DataFrame:
    return plan.streets[plan.streets["status"] != "existing"]


def _phase_ranks(plan: Plan) -> Iterator[Finding]:
    rank = pd.to_numeric(plan.phases["rank"]).sort_values()
    if len(rank) and list(rank) != list(range(1, len(rank) + 1)):
        where = [f"phase:{p}" for p in rank.index]
        yield about("PLAN-PHASE-RANKS", "warning", where, found=[f"{r:g}" for r in rank])


def _zones(plan: Plan) -> Iterator[Finding]:
    zone = plan.plots["zone_code"]
    unknown = zone.notna() & ~zone.isin(plan.zones.index)
    if unknown.any():
        found = sorted(zone[unknown].astype(str).unique())
        yield about("PLAN-ZONE-UNKNOWN", "warning", _named("plot", plan.plots.index[unknown]), found=found)


def _floors(plan: Plan) -> Iterator[Finding]:
    floors = plan.plot_floors
    lost = ~floors["plot_id"].isin(plan.plots.index)
    if lost.any():
        area = float(floors.loc[lost, "floor_area_m2"].sum())
        where = _named("plot", pd.Index(floors.loc[lost, "plot_id"].drop_duplicates()))
        yield about("PLAN-FLOORS-UNKNOWN", "blocking", where, layer="plot_floors", value=area, unit="m2")


def _storeys(plan: Plan) -> Iterator[Finding]:
    """Housing with nothing to count floors or dwellings from."""
    plots = plan.plots
    given = plots[["storeys", "dwellings", "floor_area_ratio"]].notna().any(axis=1)
    lacking = plots["use"].isin(HOUSING_USES) & ~given & ~plots.index.isin(plan.plot_floors["plot_id"])
    if lacking.any():
        yield about("PLAN-STOREYS-MISSING", "warning", _named("plot", plots.index[lacking]))


def _facility_types(plan: Plan) -> Iterator[Finding]:
    lacking = (plan.plots["use"] == "facility") & plan.plots["facility_type"].isna()
    if lacking.any():
        yield about("PLAN-FACILITY-TYPE", "warning", _named("plot", plan.plots.index[lacking]))


def _mixed_without_floors(plan: Plan) -> Iterator[Finding]:
    lacking = (plan.plots["use"] == "mixed") & ~plan.plots.index.isin(plan.plot_floors["plot_id"])
    if lacking.any():
        yield about("PLAN-MIXED-FLOORS", "warning", _named("plot", plan.plots.index[lacking]))


def _named(kind: str, ids: pd.Index) -> list[str]:
    return [f"{kind}:{i}" for i in ids]
