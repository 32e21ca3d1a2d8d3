"""Demand first: net new households of the town, the part of them that comes, and the years that takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from qutb.capacity import Capacity
from qutb.core import Check, Finding
from qutb.pack import CatalogueRow, Value, Values
from qutb.uptake.tables import SHARES_SHOWN

if TYPE_CHECKING:
    from qutb.pole import Brief

__all__ = ["Demand", "demand_of"]

_YEARS_MEASURE = "uptake.years_to_fill"
_FIRMNESS = {"_low": ("built",), "": ("built", "committed"), "_high": ("built", "committed", "announced")}
_ENDS = ("_low", "", "_high")


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """``row`` of the pole, tables of shares and phases, what is to be said; ``growth`` [households/year]."""

    row: Mapping[str, object]
    growth: float
    horizon_years: float
    shares: pd.DataFrame
    phases: pd.DataFrame
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]

    @property
    def pool(self) -> float:
        """Households a year that look for a home here or in the projects beside it, which share them by size."""
        own, beside = _number(self.row, "dwellings"), _number(self.row, "competing_dwellings")
        return self.growth * own / (own + beside) if own > 0 and self.growth > 0 else 0.0


def demand_of(capacity: Capacity, brief: Brief, actors: pd.DataFrame, values: Values) -> Demand:
    """Years [year] to fill the plan's dwellings from the household growth of the brief's town."""
    town = _town(brief.town, values)
    growth = _growth(town, values)
    share = values.get("uptake.captured_share")
    horizon = _horizon(brief, values)
    row = {
        "town": town["code"] if town else None,
        **{f"town_name_{lang}": town[f"name_{lang}"] if town else None for lang in ("en", "fr", "ar")},
        "household_growth_per_year": growth,
        "captured_share_low": share.low,
        "captured_share": share.central,
        "captured_share_high": share.high,
        **{f"dwellings{end}": float(capacity.pole.at["pole", f"dwellings{end}"]) for end in _ENDS},
        **{f"competing_dwellings{end}": _competing(actors, _FIRMNESS[end]) for end in _ENDS},
    }
    row |= _years_of(row, growth)
    row["horizon_years"] = horizon[0]
    return Demand(
        row=row,
        growth=growth,
        horizon_years=horizon[0],
        shares=_shares(row, growth),
        phases=_phases(capacity.phases["dwellings"], growth * share.central),
        findings=tuple(_findings(row, brief, share, values)),
        checks=_checks(row, horizon),
    )


def _town(code: str, values: Values) -> CatalogueRow | None:
    return next((row for row in values.catalogue("towns") if code and row["code"] == code), None)


def _growth(town: CatalogueRow | None, values: Values) -> float:
    """Net new households a year: the pole's own figure, else from the town's last two censuses, else NaN."""
    own = values.find("uptake.household_growth_per_year")
    if own is not None:
        return own.central
    if town is None or not town["households_first"] or not town["households_last"]:
        return math.nan
    years = float(town["census_last"]) - float(town["census_first"])
    return (float(town["households_last"]) - float(town["households_first"])) / years


def _competing(actors: pd.DataFrame, firmness: tuple[str, ...]) -> float:
    """Dwellings of other actors as firm as that; one whose firmness is not said counts as announced."""
    if actors.empty:
        return 0.0
    said = actors["firmness"].where(actors["firmness"].notna(), "announced")
    return float(pd.to_numeric(actors["dwellings"], errors="coerce")[said.isin(firmness)].sum())


def _years_of(row: Mapping[str, object], growth: float) -> dict[str, float]:
    opposite = dict(zip(_ENDS, reversed(_ENDS), strict=True))
    return {
        f"years_to_fill{end}": _years(_number(row, f"dwellings{end}") + _number(row, f"competing_dwellings{end}"), flow)
        for end in _ENDS
        for flow in (growth * _number(row, f"captured_share{opposite[end]}"),)
    }


def _number(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else math.nan


def _years(dwellings: float, households_per_year: float) -> float:
    """Absent where households do not grow: such a plan never fills by growth."""
    return dwellings / households_per_year if households_per_year > 0 else math.nan


def _shares(row: Mapping[str, object], growth: float) -> pd.DataFrame:
    dwellings = _number(row, "dwellings") + _number(row, "competing_dwellings")
    index = pd.Index(SHARES_SHOWN, name="captured_share", dtype="float64")
    years = [_years(dwellings, growth * share) for share in SHARES_SHOWN]
    return pd.DataFrame({"years_to_fill": years, "households_per_year": growth * index.to_numpy()}, index=index)


def _phases(dwellings: pd.Series, households_per_year: float) -> pd.DataFrame:
    running = dwellings.cumsum()
    return pd.DataFrame({"dwellings": running, "years_to_fill": [_years(d, households_per_year) for d in running]})


def _horizon(brief: Brief, values: Values) -> tuple[float, str, str]:
    """Years, status and source: the brief's target, else the pack's comparator."""
    for target in brief.targets:
        if target.measure == _YEARS_MEASURE and target.high is not None:
            return target.high, "confirmed", target.source or "brief"
    value = values.find("uptake.horizon_years")
    return (value.central, value.status, value.reference) if value else (math.nan, "missing", "")


def _findings(row: Mapping[str, object], brief: Brief, share: Value, values: Values) -> list[Finding]:
    growth, years, horizon = (_number(row, n) for n in ("household_growth_per_year", "years_to_fill", "horizon_years"))
    findings = []
    if math.isnan(growth):
        findings.append(Finding(code="UPT-NO-TOWN", severity="warning", params={"town": brief.town or "–"}))
    elif growth <= 0:
        findings.append(Finding(code="UPT-NO-GROWTH", severity="warning", params={**_place(row), "growth": growth}))
    elif years > horizon:
        findings.append(_too_long(row, share, values))
    if share.status == "assumed":
        params = {"low": share.low * 100, "central": share.central * 100, "high": share.high * 100}
        findings.append(Finding(code="UPT-SHARE-ASSUMED", severity="note", params=params, source=share.reference))
    rivals = _number(row, "competing_dwellings_high")
    if rivals > 0:
        both = {"value": rivals, "limit": _number(row, "dwellings"), "unit": "dwellings"}
        findings.append(Finding(code="UPT-COMPETING", severity="note", params=both))
    return findings


def _too_long(row: Mapping[str, object], share: Value, values: Values) -> Finding:
    return Finding(
        code="UPT-TOO-LONG",
        severity="warning",
        params={
            "value": _number(row, "years_to_fill"),
            "limit": _number(row, "horizon_years"),
            "unit": "year",
            "share": share.central * 100,
            "growth": _number(row, "household_growth_per_year"),
            **_place(row),
            **_precedents(values),
        },
        source=share.reference,
    )


def _place(row: Mapping[str, object]) -> dict[str, object]:
    return {f"town_{lang}": row[f"town_name_{lang}"] or "–" for lang in ("en", "fr", "ar")}


def _precedents(values: Values) -> dict[str, str]:
    """What became of earlier plans, in the words of the pack; empty where it has none."""
    rows = values.catalogue("precedents") if "precedents" in values.catalogues else ()
    return {f"precedent_{lang}": " ".join(row[f"sentence_{lang}"] for row in rows) for lang in ("en", "fr", "ar")}


def _checks(row: Mapping[str, object], horizon: tuple[float, str, str]) -> tuple[Check, ...]:
    limit, status, source = horizon
    years = _number(row, "years_to_fill")
    if math.isnan(years) or math.isnan(limit) or status in ("assumed", "missing"):
        verdict = "not_evaluated"
    else:
        verdict = ("" if status == "confirmed" else "comparator_") + ("met" if years <= limit else "not_met")
    return (
        Check(
            code="UPT-HORIZON",
            verdict=verdict,  # type: ignore[arg-type]
            value=None if math.isnan(years) else years,
            unit="year",
            limit_high=None if math.isnan(limit) else limit,
            status=status,
            source=source or None,
            where=("pole",),
        ),
    )
