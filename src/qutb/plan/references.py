"""What ties the tables of a plan together: phases, zones, floors, and what a use needs to be counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from qutb.core import Finding
from qutb.plan.findings import about
from qutb.plan.model import Plan
from qutb.plan.tables import HOUSING_USES
from qutb.plan.words import Words

__all__ = ["reference_findings"]


def reference_findings(plan: Plan) -> tuple[Finding, ...]:
    """Rows of one table that name what another does not have, and rows that lack what their use needs."""
    checks = (_no_plots, _phases, _phase_ranks, _zones, _floors, _storeys, _facility_types, _mixed_without_floors)
    return tuple(finding for check in checks for finding in check(plan))


def _no_plots(plan: Plan) -> Iterator[Finding]:
    if not len(plan.plots):
        yield Finding(code="PLAN-NO-PLOTS", severity="blocking", where=("layer:plots",))


def _phases(plan: Plan) -> Iterator[Finding]:
    planned = (plan.streets["status"] != "existing").to_numpy(dtype=bool)
    of_plots, of_streets = plan.words("phase"), Words.of(plan.streets["phase"])
    phased = len(plan.phases) > 0 or not of_plots.absent.all()
    for kind, ids, phase, judged in (
        ("plot", plan.plots.index, of_plots, np.ones(len(plan.plots), dtype=bool)),
        ("street", plan.streets.index, of_streets, planned),
    ):
        absent = phase.absent & judged
        if phased and absent.any():
            yield about("PLAN-PHASE-MISSING", "warning", _named(kind, ids[absent]))
        unknown = ~phase.absent & ~phase.among(plan.phases.index) & judged
        if unknown.any():
            yield about("PLAN-PHASE-UNKNOWN", "blocking", _named(kind, ids[unknown]), found=phase.found(unknown))


def _phase_ranks(plan: Plan) -> Iterator[Finding]:
    rank = pd.to_numeric(plan.phases["rank"]).sort_values()
    if len(rank) and list(rank) != list(range(1, len(rank) + 1)):
        where = [f"phase:{p}" for p in rank.index]
        yield about("PLAN-PHASE-RANKS", "warning", where, found=[f"{r:g}" for r in rank])


def _zones(plan: Plan) -> Iterator[Finding]:
    zone = plan.words("zone_code")
    unknown = ~zone.absent & ~zone.among(plan.zones.index)
    if unknown.any():
        yield about(
            "PLAN-ZONE-UNKNOWN", "warning", _named("plot", plan.plots.index[unknown]), found=zone.found(unknown)
        )


def _floors(plan: Plan) -> Iterator[Finding]:
    floors = plan.plot_floors
    lost = ~floors["plot_id"].isin(plan.plots.index)
    if lost.any():
        area = float(floors.loc[lost, "floor_area_m2"].sum())
        where = _named("plot", pd.Index(floors.loc[lost, "plot_id"].drop_duplicates()))
        yield about("PLAN-FLOORS-UNKNOWN", "blocking", where, layer="plot_floors", value=area, unit="m2")


def _storeys(plan: Plan) -> Iterator[Finding]:
    """Housing with nothing to count floors or dwellings from."""
    given = [plan.plots[c].notna().to_numpy() for c in ("storeys", "dwellings", "floor_area_ratio")]
    lacking = _without_floors(plan, plan.words("use").among(HOUSING_USES) & ~np.logical_or.reduce(given))
    if len(lacking):
        yield about("PLAN-STOREYS-MISSING", "warning", _named("plot", lacking))


def _without_floors(plan: Plan, chosen: np.ndarray) -> pd.Index:
    """Plots chosen for which the plan lists no floors by use."""
    plots = plan.plots.index[chosen]
    return plots[~plots.isin(plan.plot_floors["plot_id"])] if len(plots) else plots


def _facility_types(plan: Plan) -> Iterator[Finding]:
    lacking = plan.words("use").among(["facility"]) & plan.words("facility_type").absent
    if lacking.any():
        yield about("PLAN-FACILITY-TYPE", "warning", _named("plot", plan.plots.index[lacking]))


def _mixed_without_floors(plan: Plan) -> Iterator[Finding]:
    lacking = _without_floors(plan, plan.words("use").among(["mixed"]))
    if len(lacking):
        yield about("PLAN-MIXED-FLOORS", "warning", _named("plot", lacking))


def _named(kind: str, ids: pd.Index) -> list[str]:
    return [f"{kind}:{i}" for i in ids]
