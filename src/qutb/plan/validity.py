"""Validity: what is wrong with a plan before anything is built on it, and its land balance.

Reads the fabric for all geometry, so that a change of use is judged anew in milliseconds. Each check is one
function of :mod:`qutb.plan.checks`; a plan with findings is still measured by the steps that can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd

from qutb.core import QUIET, Context, StepResult, Table, by_severity
from qutb.plan.checks import PLOT_CHECKS, Case
from qutb.plan.fabric import Fabric
from qutb.plan.model import Plan
from qutb.plan.result_tables import VALIDITY_TABLES
from qutb.plan.street_checks import STREET_CHECKS, references
from qutb.plan.zone_checks import zone_breaches, zone_findings, zone_uses, zones_not_seen

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
    breaches: pd.DataFrame


def validity_run(*, plan: Plan, fabric: Fabric, site: Site, values: Values, ctx: Context = QUIET) -> Validity:
    """Judge a plan. Blocking findings do not stop later steps. ``balance`` [m2] adds up to the site."""
    case = Case(plan=plan, fabric=fabric, site=site, values=values)
    breaches = zone_breaches(case)
    if plan.schematic:
        breaches = breaches[breaches["rule"] != "frontage_min_m"].reset_index(drop=True)
    checks = (zone_uses, references) if plan.schematic else (*PLOT_CHECKS, zone_uses, *STREET_CHECKS)
    found = (finding for check in checks for finding in check(case))
    findings = by_severity([*found, *zone_findings(case, breaches)])
    ctx.report("validity", 1.0)
    return Validity(
        balance=_balance(case),
        repairs=_repairs(fabric),
        breaches=breaches,
        findings=findings,
        not_seen=(*_not_seen(plan, fabric), *zones_not_seen(case)),
        status="partial" if "PLAN-NO-PLOTS" in fabric.not_seen else "complete",
    )


def _not_seen(plan: Plan, fabric: Fabric) -> tuple[str, ...]:
    if plan.schematic:
        return (*fabric.not_seen, "PLAN-UNSEEN-SCHEMATIC")
    lots = bool(plan.words("detail").among(["lot"]).any())
    return fabric.not_seen if lots or not len(plan.plots) else (*fabric.not_seen, "PLAN-NO-LOTS")


def _balance(case: Case) -> pd.DataFrame:
    use = case.plan.words("use").filled("unknown")
    inside = case.shape["area_m2"].to_numpy() * np.nan_to_num(case.shape["inside_site_ratio"].to_numpy())
    plots, area = use.sums(np.ones(len(inside))), use.sums(inside)
    rows = [(name, int(plots[name]), area[name]) for name in sorted(use.names)]
    pole = case.fabric.pole.iloc[0]
    if pole["overlap_area_m2"] > 0:
        rows.append(("overlap", 0, -pole["overlap_area_m2"]))
    rows += [("right_of_way", 0, pole["right_of_way_area_m2"]), ("unassigned", 0, pole["gap_area_m2"])]
    names, counts, areas = (list(column) for column in zip(*rows, strict=True))
    share = np.array(areas) / pole["site_area_m2"]
    return pd.DataFrame(
        {"plots": counts, "area_m2": areas, "share_of_site": share}, index=pd.Index(names, name="use", dtype=object)
    )


def _repairs(fabric: Fabric) -> gpd.GeoDataFrame:
    broken = fabric.broken
    change = broken["repaired_area_m2"] - broken["area_m2"]
    return broken.assign(area_change_m2=change)[[c.name for c in VALIDITY_TABLES["repairs"]]]
