"""The checks of validity, one function each: a case in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qutb.core import Finding, Severity
from qutb.plan.fabric import Fabric
from qutb.plan.model import Plan

if TYPE_CHECKING:
    from qutb.pack import Values
    from qutb.pole import Site

__all__ = ["CHECKS", "Case"]

Check = Callable[["Case"], Iterator[Finding]]
_OUTSIDE_M2 = 1.0
_FIRST = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    """A plan before its judge."""

    plan: Plan
    fabric: Fabric
    site: Site
    values: Values


def _finding(code: str, severity: Severity, kind: str, ids: object, **params: object) -> Finding:
    """One finding on many things: the first named, all counted."""
    named = sorted(str(i) for i in ids)  # type: ignore[attr-defined]
    where = tuple(f"{kind}:{i}" for i in named[:_FIRST])
    return Finding(code=code, severity=severity, where=where, params={"count": len(named), **params})


def overlaps(case: Case) -> Iterator[Finding]:
    table = case.fabric.overlaps
    if len(table):
        ids = set(table["plot_a"]) | set(table["plot_b"])
        yield _finding("PLAN-OVERLAP", "blocking", "plot", ids, value=float(table["area_m2"].sum()), unit="m2")


def outside(case: Case) -> Iterator[Finding]:
    plots = case.fabric.plots
    out = plots["area_m2"] * (1 - plots["inside_site_ratio"])
    out = out[out > _OUTSIDE_M2]
    if len(out):
        yield _finding("PLAN-OUTSIDE", "blocking", "plot", out.index, value=float(out.sum()), unit="m2")


CHECKS: tuple[Check, ...] = (overlaps, outside)
