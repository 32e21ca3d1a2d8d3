"""Validity: what is wrong with a plan before anything is built on it, and its land balance.

Reads the fabric for all geometry, so that a change of use is judged anew in milliseconds. Each check is one
function of :mod:`qutb.plan.checks`; a plan with findings is still measured by the steps that can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import pandas as pd

from qutb.core import QUIET, Context, StepResult, Table, by_severity
from qutb.plan.checks import PLOT_CHECKS, Case
from qutb.plan.fabric import Fabric
from qutb.plan.model import Plan
from qutb.plan.result_tables import VALIDITY_TABLES
from qutb.plan.street_checks import STREET_CHECKS

if TYPE_CHECKING:
    from qutb.pack import Values
    from qutb.pole import Site

__all__ = ["Validity", "validity_run"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Validity(StepResult):
    """Findings on geometry, network, constraints, land, phases and zones; land balance; proposed repairs."""

    TABLES: ClassVar[Mapping[str, Table]] = VALIDITY_TABLES

    balance: pd.DataFrame
    repairs: gpd.GeoDataFrame


def validity_run(*, plan: Plan, fabric: Fabric, site: Site, values: Values, ctx: Context = QUIET) -> Validity:
    """Judge a plan. Blocking findings do not stop later steps. ``balance`` [m2] adds up to the site."""
    case = Case(plan=plan, fabric=fabric, site=site)
    findings = by_severity(finding for check in (*PLOT_CHECKS, *STREET_CHECKS) for finding in check(case))
    ctx.report("validity", 1.0)
    return Validity(
        balance=_balance(plan, fabric),
        repairs=_repairs(fabric),
        findings=findings,
        not_seen=_not_seen(plan, fabric),
        status="partial" if "PLAN-NO-PLOTS" in fabric.not_seen else "complete",
    )


def _not_seen(plan: Plan, fabric: Fabric) -> tuple[str, ...]:
    lots = bool((plan.plots["detail"] == "lot").any())
    return fabric.not_seen if lots or not len(plan.plots) else (*fabric.not_seen, "PLAN-NO-LOTS")


def _balance(plan: Plan, fabric: Fabric) -> pd.DataFrame:
    inside = fabric.plots["area_m2"] * fabric.plots["inside_site_ratio"].fillna(0.0)
    use = plan.plots["use"].astype(object).where(plan.plots["use"].notna(), "unknown")
    by_use = inside.groupby(use.reindex(inside.index), sort=True).agg(["size", "sum"])
    pole = fabric.pole.iloc[0]
    rest = pd.DataFrame(
        {
            "size": [0, 0, 0],
            "sum": [-pole["overlap_area_m2"], pole["right_of_way_area_m2"], pole["gap_area_m2"]],
        },
        index=["overlap", "right_of_way", "unassigned"],
    )
    rest = rest[(rest["sum"].abs() > 0) | (rest.index != "overlap")]
    balance = pd.concat([by_use, rest]) if len(by_use) else rest
    balance.columns = pd.Index(["plots", "area_m2"])
    balance.index.name = "use"
    return balance.assign(share_of_site=balance["area_m2"] / pole["site_area_m2"])


def _repairs(fabric: Fabric) -> gpd.GeoDataFrame:
    broken = fabric.broken
    change = broken["repaired_area_m2"] - broken["area_m2"]
    return broken.assign(area_change_m2=change)[[c.name for c in VALIDITY_TABLES["repairs"]]]
