"""The checks of validity on plots, one function each: a case in, findings out.

Limits here are tolerances of drawing, not norms: norms live in packs and are judged by the step that
computes their number. Zone rules and constraints are the plan's and the site's own tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from qutb.core import Finding, Severity
from qutb.plan.fabric import Fabric
from qutb.plan.findings import about
from qutb.plan.model import Plan
from qutb.plan.words import Words

if TYPE_CHECKING:
    from qutb.pack import Values
    from qutb.pole import Site

__all__ = ["PLOT_CHECKS", "Case", "named"]

OUTSIDE_M2 = 1.0
SLIVER_M = 1.0
THIN_M = 0.2
FRONT_MIN_M = 0.5
_POINT = re.compile(r"\[(\S+) (\S+?)(?: \S+)?\]")  # as GEOS writes the place of a fault
_OPEN_USES = ("green", "land_reserve", "utility", "parking", "sport")
_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    """A plan before its judge."""

    plan: Plan
    fabric: Fabric
    site: Site
    values: Values

    @cached_property
    def shape(self) -> pd.DataFrame:
        """Measures of the plots, in the order of the plan's table."""
        plots, index = self.fabric.plots, self.plan.plots.index
        return plots if plots.index.equals(index) else plots.reindex(index)

    @cached_property
    def rank(self) -> Mapping[object, float]:
        """Rank of each phase the plan lists."""
        return dict(pd.to_numeric(self.plan.phases["rank"]).astype("float64").items())

    def rank_of(self, phase: Words) -> np.ndarray:
        """Rank by row; NaN where the phase is not listed."""
        return phase.each(lambda name: self.rank.get(name, np.nan), np.nan)


def named(kind: str, ids: Iterable[object]) -> list[str]:
    """Places of one kind in a stable order."""
    return [f"{kind}:{i}" for i in sorted(str(i) for i in ids)]


def broken_outlines(case: Case) -> Iterator[Finding]:
    broken = case.fabric.broken
    if len(broken):
        change = float((broken["repaired_area_m2"] - broken["area_m2"]).abs().sum())
        where = named("plot", broken["plot_id"])
        reason = str(broken.sort_values("plot_id")["problem"].iloc[0])
        at = _POINT.search(reason)
        first = f"{float(at[1]):.2f}, {float(at[2]):.2f}" if at else "?"
        yield about("PLAN-INVALID", "blocking", where, value=change, unit="m2", at=first)


def overlapping(case: Case) -> Iterator[Finding]:
    """Plots drawn twice, overlaps, and overlaps thinner than 0.2 m that are a slip of the pen."""
    table = case.fabric.overlaps
    area = case.fabric.plots["area_m2"]
    larger = area.reindex(table["plot_a"]).to_numpy().clip(area.reindex(table["plot_b"]).to_numpy())
    twice = table["area_m2"] >= (1 - _TOLERANCE) * larger
    thin = ~twice & (table["width_m"] < THIN_M)
    cases: tuple[tuple[str, Severity, pd.Series], ...] = (
        ("PLAN-PLOT-TWICE", "blocking", twice),
        ("PLAN-OVERLAP", "blocking", ~twice & ~thin),
        ("PLAN-OVERLAP-THIN", "warning", thin),
    )
    for code, severity, at in cases:
        if at.any():
            pairs = table[at].sort_values("area_m2", ascending=False, kind="stable")
            ids = set(pairs["plot_a"]) | set(pairs["plot_b"])
            worst = f"{pairs['plot_a'].iloc[0]} / {pairs['plot_b'].iloc[0]}"
            value = float(pairs["area_m2"].sum())
            yield about(code, severity, named("plot", ids), value=value, unit="m2", pairs=len(pairs), worst=worst)


def gaps(case: Case) -> Iterator[Finding]:
    table = case.fabric.gaps
    thin = table["width_m"] < SLIVER_M
    for code, severity, at in (("PLAN-GAP", "warning", ~thin), ("PLAN-GAP-THIN", "note", thin)):
        if at.any():
            where = [f"xy:{x:.2f},{y:.2f}" for x, y in zip(table.loc[at, "x_m"], table.loc[at, "y_m"], strict=True)]
            value = float(table.loc[at, "area_m2"].sum())
            yield about(code, severity, where, value=value, unit="m2")  # type: ignore[arg-type]


def slivers(case: Case) -> Iterator[Finding]:
    plots = case.fabric.plots
    thin = plots.index[~(plots["width_m"] >= SLIVER_M)]
    if len(thin):
        value = float(plots.loc[thin, "width_m"].min())
        yield about("PLAN-SLIVER", "warning", named("plot", thin), value=value, limit=SLIVER_M, unit="m")


def outside(case: Case) -> Iterator[Finding]:
    plots = case.fabric.plots
    area = plots["area_m2"] * (1 - plots["inside_site_ratio"])
    area = area[(area > OUTSIDE_M2) & (area > plots["area_m2"] * _TOLERANCE)]
    if len(area):
        yield about("PLAN-OUTSIDE", "blocking", named("plot", area.index), value=float(area.sum()), unit="m2")


def without_front(case: Case) -> Iterator[Finding]:
    """Plots no street reaches: blocking for lots to build on. Without streets nothing can be said."""
    if "PLAN-NO-STREETS" in case.fabric.not_seen:
        return
    plots = case.plan.plots.index
    lacking = case.shape["frontage_m"].to_numpy() < FRONT_MIN_M
    open_land = case.plan.words("use").among(_OPEN_USES)
    lot = case.plan.words("detail").among(["lot"])
    cases: tuple[tuple[str, Severity, np.ndarray], ...] = (
        ("PLAN-NO-FRONT", "blocking", lacking & ~open_land & lot),
        ("PLAN-NO-FRONT", "warning", lacking & ~open_land & ~lot),
        ("PLAN-NO-FRONT-OPEN", "warning", lacking & open_land),
    )
    for code, severity, at in cases:
        if at.any():
            area = float(case.shape["area_m2"].to_numpy()[at].sum())
            yield about(code, severity, named("plot", plots[at]), value=area, unit="m2")


def constraints(case: Case) -> Iterator[Finding]:
    """Plots whose use a constraint does not allow: blocking only when the constraint is confirmed."""
    use, plots = case.plan.words("use"), case.plan.plots.index
    for constraint_id, table in case.fabric.constraint_overlaps.groupby("constraint_id", sort=True):
        rule = case.site.constraints.loc[constraint_id]
        allowed = str(rule["allowed_uses"] or "").split() if pd.notna(rule["allowed_uses"]) else []
        fits = use.at(plots.get_indexer(table["plot_id"])).among(allowed)
        clash = ~fits & (table["area_m2"].to_numpy() > OUTSIDE_M2)
        if not clash.any():
            continue
        status = str(rule["status"]) if pd.notna(rule["status"]) else "assumed"
        yield about(
            "PLAN-CONSTRAINT" if status == "confirmed" else "PLAN-CONSTRAINT-UNSURE",
            "blocking" if status == "confirmed" else "warning",
            named("plot", table.loc[clash, "plot_id"]),
            source=str(rule["source"]) if pd.notna(rule["source"]) else None,
            value=float(table.loc[clash, "area_m2"].sum()),
            unit="m2",
            share=round(float(table.loc[clash, "share"].max()), 3),
            constraint=str(constraint_id),
            kind=str(rule["kind"]),
            status=status,
            allowed=allowed,
        )


def land(case: Case) -> Iterator[Finding]:
    """Plots on land that is not released: blocking in the first phase, told with its date in later ones."""
    held = case.site.land[case.site.land["status"] != "released"]
    if held.empty:
        return
    table = case.fabric.land_overlaps
    table = table[table["parcel_id"].isin(held.index) & (table["area_m2"] > OUTSIDE_M2)]
    rank = np.nan_to_num(case.rank_of(case.plan.words("phase")), nan=1.0)
    table = table.assign(first=rank[case.plan.plots.index.get_indexer(table["plot_id"])] <= 1)
    for (parcel, first), plots in table.groupby(["parcel_id", "first"], sort=True):
        status = str(held.loc[parcel, "status"])
        later: Severity = "note" if status == "promised" else "warning"
        date = held.loc[parcel, "release_date"]
        yield about(
            "PLAN-LAND-FIRST" if first else "PLAN-LAND-LATER",
            "blocking" if first else later,
            [f"parcel:{parcel}", *named("plot", plots["plot_id"])],
            value=float(plots["area_m2"].sum()),
            unit="m2",
            plots=len(plots),
            status=status,
            date=str(date) if pd.notna(date) else "?",
        )


def land_uncovered(case: Case) -> Iterator[Finding]:
    if "PLAN-NO-LAND" in case.fabric.not_seen:
        return
    pole = case.fabric.pole.iloc[0]
    area, site = float(pole["area_without_land_m2"]), float(pole["site_area_m2"])
    if area > max(OUTSIDE_M2, site * 1e-4):
        share = round(area / site, 4)
        yield Finding(code="PLAN-LAND-NONE", severity="warning", params={"value": area, "unit": "m2", "share": share})


PLOT_CHECKS = (
    broken_outlines,
    overlapping,
    gaps,
    slivers,
    outside,
    without_front,
    constraints,
    land,
    land_uncovered,
)
