"""Which class a plan is held to, and what was counted in it since.

By default remote new towns of the plan's macro-region, named by the pack (catalogue ``uptake_class``). As soon as
the developer's own poles are known (catalogue ``own_poles``: id, pole, year_started, lots_planned, year,
connections) they are fitted beside the new towns as a region of their own, and the plan is held to them. Counts of
the plan's own pole (catalogue ``uptake_counts``: id, age_years, people) condition the curve exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from qutb.core import Finding
from qutb.pack import CatalogueRow, Values
from qutb.uptake.curve import FLOOR, Curve, fit
from qutb.uptake.forecast import Forecast, forecast
from qutb.uptake.reference_class import reference_curve
from qutb.uptake.towns import UNKNOWN_REGION

__all__ = ["OWN_CLASS", "Outside", "outside_of", "own_rows"]

OWN_CLASS = "OWN_POLES"
_PEOPLE_PER_LOT = 4.0
_OWN_COLUMNS = ("pole", "year_started", "lots_planned", "year", "connections")


@dataclass(frozen=True, eq=False, kw_only=True)
class Outside:
    """The class, its curve and region, what was counted of this pole, and the forecast at each year."""

    curve: Curve
    region: str
    own_class: bool
    counts: tuple[tuple[float, float], ...]
    forecast: Forecast
    findings: tuple[Finding, ...]


def outside_of(values: Values, *, target_people: float, years: int, draws: int) -> Outside:
    """The share of ``target_people`` reached by the end of years 1 to ``years`` in the plan's class.

    ``draws`` of the curve are used at most.
    """
    own, own_findings = own_rows(_rows("own_poles", values))
    counts, count_findings = _counts(_rows("uptake_counts", values), target_people)
    curve = (_with_own(own) if len(own) else reference_curve()).thinned(draws)
    region = OWN_CLASS if len(own) else _region(values)
    seen = forecast(
        curve, region=region, target_people=target_people, age_years=np.arange(1.0, years + 1.0), seen=counts
    )
    return Outside(
        curve=curve,
        region=region,
        own_class=bool(len(own)),
        counts=counts,
        forecast=seen,
        findings=(*own_findings, *count_findings, _said(curve, region, own)),
    )


def _said(curve: Curve, region: str, own: pd.DataFrame) -> Finding:
    """The first line of the report: what the plan is held to."""
    if len(own):
        params = {"poles": int(own["town"].nunique()), "counts": len(own)}
        return Finding(code="UPT-OWN-CLASS", severity="note", params=params)
    near = curve.rows[curve.rows["region"] == region]["town"].nunique()
    towns = int(curve.rows["town"].nunique())
    return Finding(
        code="UPT-REMOTE-CLASS", severity="note", params={"towns": towns, "near": int(near), "region": region}
    )


def _rows(name: str, values: Values) -> Sequence[CatalogueRow]:
    return values.catalogue(name) if name in values.catalogues else ()


def _region(values: Values) -> str:
    return next((row["region"] for row in _rows("uptake_class", values)), UNKNOWN_REGION)


def own_rows(rows: Sequence[CatalogueRow]) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The developer's poles as rows of a class: share is meters connected over lots planned."""
    good, findings = [], []
    for number, row in enumerate(rows, start=2):
        try:
            figures = {name: float(row[name]) for name in _OWN_COLUMNS[1:]}
        except (KeyError, ValueError):
            findings.append(_row_fault("own_poles", number, row))
            continue
        age, lots = figures["year"] - figures["year_started"], figures["lots_planned"]
        if not (age > 0 and lots > 0 and figures["connections"] >= 0 and row.get("pole")):
            findings.append(_row_fault("own_poles", number, row))
            continue
        share = max(figures["connections"] / lots, FLOOR)
        good.append((f"own: {row['pole']}", OWN_CLASS, OWN_CLASS, age, lots * _PEOPLE_PER_LOT, share))
    columns = ["town", "country", "region", "age_years", "target_people", "share"]
    return pd.DataFrame(good, columns=columns), tuple(findings)


def _counts(
    rows: Sequence[CatalogueRow], target_people: float
) -> tuple[tuple[tuple[float, float], ...], tuple[Finding, ...]]:
    """(age [year], share) of the counts of this pole, oldest first."""
    good, findings = [], []
    for number, row in enumerate(rows, start=2):
        try:
            age, people = float(row["age_years"]), float(row["people"])
        except (KeyError, ValueError):
            age, people = -1.0, -1.0
        if age > 0 and people >= 0:
            good.append((age, max(people / target_people, FLOOR)))
        else:
            findings.append(_row_fault("uptake_counts", number, row))
    return tuple(sorted(good)), tuple(findings)


def _row_fault(name: str, line: int, row: CatalogueRow) -> Finding:
    params = {"catalogue": name, "line": line, "town": row.get("pole") or row.get("id") or "–"}
    return Finding(code="UPT-ROW-FAULT", severity="warning", where=(f"line:{line}",), params=params)


def _with_own(own: pd.DataFrame) -> Curve:
    return _fitted(tuple(own.itertuples(index=False, name=None)))


@lru_cache(maxsize=8)
def _fitted(own: tuple[tuple[object, ...], ...]) -> Curve:
    """The new towns and the developer's poles fitted together: size and pace are learnt from both."""
    base = reference_curve()
    columns = ["town", "country", "region", "age_years", "target_people", "share"]
    rows = pd.concat([base.rows[columns], pd.DataFrame(list(own), columns=columns)], ignore_index=True)
    return fit(rows, seed=base.seed)
