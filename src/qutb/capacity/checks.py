"""What is wrong or cannot be seen in what a plan holds: one small function a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qutb.capacity import tables
from qutb.capacity.facilities import school_places, school_rows
from qutb.capacity.floors import Floors, built_without_floor, given
from qutb.capacity.people import People
from qutb.core import Check, Finding, Severity, by_severity
from qutb.pack import CatalogueRow, Values
from qutb.plan import HOUSING_USES, Plan

if TYPE_CHECKING:
    from qutb.pole import Brief, Target

__all__ = ["Held", "all_checks", "all_findings", "not_seen"]

_STEP = "capacity."
_FLOORS_APART = 0.05
_HALF_A_PLACE = 0.5
_NO_PARKING_NORM_USES = ("industry", "logistics", "facility", "worship", "sport")


@dataclass(frozen=True, eq=False, kw_only=True)
class Held:
    """What the checks look at."""

    plan: Plan
    brief: Brief
    values: Values
    area_m2: np.ndarray
    floors: Floors
    people: People
    plots: pd.DataFrame
    pole: pd.DataFrame
    facilities: pd.DataFrame
    schools: pd.DataFrame

    @cached_property
    def facility_rows(self) -> list[dict[str, Any]]:
        """Rows of the table of facilities, ``facility_type`` with them."""
        return _rows(self.facilities.reset_index())

    @property
    def dwellings_given(self) -> np.ndarray:
        """Plots for which the plan gives a number of dwellings above zero."""
        return np.nan_to_num(given(self.plan.plots, "dwellings")) > 0

    @property
    def catalogue(self) -> tuple[CatalogueRow, ...]:
        return self.values.catalogue("facilities")


def all_findings(held: Held) -> tuple[Finding, ...]:
    """Findings of every check, gravest first."""
    return by_severity(f for check in _CHECKS for f in check(held))


def all_checks(held: Held) -> tuple[Check, ...]:
    """Each target of the brief on a measure of this step, then each facility of the list."""
    return (*_target_checks(held), *_facility_checks(held))


def not_seen(held: Held) -> tuple[str, ...]:
    """Codes of what this plan or pack does not let be seen."""
    detail = held.plan.words("detail")
    norms = ("spaces_per_dwelling", "floor_per_space_m2.retail", "floor_per_space_m2.office", "beds_per_space")
    unseen = {
        "CAP-NS-NET-PLOTS": bool(detail.among(("zone", "block")).any()),
        "CAP-NS-FACILITY-UNITS": bool((held.plan.words("use").among(["facility"]) & ~detail.among(["lot"])).any()),
        "CAP-NS-FLOOR": bool(built_without_floor(held.plan, held.floors).any()),
        "CAP-NS-TOWN": not held.people.town,
        "CAP-NS-PARKING": any(held.values.limit(f"capacity.parking_{name}") is None for name in norms),
        "CAP-NS-PARKING-USES": bool(held.plan.words("use").among(_NO_PARKING_NORM_USES).any()),
        "CAP-NS-FACILITY-NORMS": bool((held.facilities["status"] == "missing").any()),
    }
    return tuple(code for code, hidden in unseen.items() if hidden)


def _finding(code: str, severity: Severity, plots: Iterable[object], **params: Any) -> list[Finding]:
    where = tuple(f"plot:{p}" for p in plots)
    return [Finding(code=code, severity=severity, where=where, params={"count": len(where), **params})] if where else []


def _no_floor(held: Held) -> list[Finding]:
    use, plots = held.plan.words("use"), held.plan.plots.index
    empty = built_without_floor(held.plan, held.floors)
    with_beds = use.among(["hotel"]) & (held.plots["beds"].to_numpy() > 0)
    with_dwellings = use.among(HOUSING_USES) & (held.plots["dwellings"].to_numpy() > 0)
    counted = with_beds | with_dwellings
    return [
        *_finding("CAP-NO-FLOOR", "warning", plots[empty & ~counted]),
        *_finding("CAP-NO-FLOOR-COUNTED", "note", plots[empty & counted]),
    ]


def _mixed_not_split(held: Held) -> list[Finding]:
    return _finding("CAP-MIXED-NO-SPLIT", "note", held.plan.plots.index[held.floors.unsplit])


def _floors_disagree(held: Held) -> list[Finding]:
    apart = np.nan_to_num(np.abs(held.floors.disagreement_ratio))
    far = apart > _FLOORS_APART
    worst = float(apart.max(initial=0.0))
    return _finding(
        "CAP-FLOORS-DISAGREE", "warning", held.plan.plots.index[far], value=worst, limit=_FLOORS_APART, unit="ratio"
    )


def _floors_without_plot(held: Held) -> list[Finding]:
    return _finding("CAP-FLOORS-NO-PLOT", "warning", held.floors.unmatched)


def _dwellings_implausible(held: Held) -> list[Finding]:
    """Given dwellings against the housing floor of the plot [m2/dwelling]."""
    bounds = held.values.get("capacity.floor_per_dwelling_plausible_m2")
    floor = held.plots["residential_floor_area_m2"].to_numpy()
    dwellings = held.plots["dwellings"].to_numpy()
    told = held.dwellings_given & (floor > 0)
    each = np.where(told, floor / np.where(dwellings > 0, dwellings, 1.0), np.nan)
    index = held.plan.plots.index
    crowded, roomy = each < bounds.low, each > bounds.high
    unit = {"unit": "m2/dwelling"}
    return [
        *_finding(
            "CAP-DWELLINGS-CROWDED", "warning", index[crowded], value=_extreme(each, np.fmin), limit=bounds.low, **unit
        ),
        *_finding(
            "CAP-DWELLINGS-ROOMY", "warning", index[roomy], value=_extreme(each, np.fmax), limit=bounds.high, **unit
        ),
    ]


def _extreme(numbers: np.ndarray, pick: np.ufunc) -> float:
    known = numbers[~np.isnan(numbers)]
    return float(pick.reduce(known)) if known.size else 0.0


def _dwellings_off_housing(held: Held) -> list[Finding]:
    """Dwellings given on a plot without any housing floor, whose use is not housing."""
    off = (
        held.dwellings_given
        & (held.plots["residential_floor_area_m2"].to_numpy() <= 0)
        & ~held.plan.words("use").among((*HOUSING_USES, "mixed"))
    )
    return _finding("CAP-DWELLINGS-OFF-HOUSING", "warning", held.plan.plots.index[off])


def _town_unknown(held: Held) -> list[Finding]:
    if held.people.town or not held.brief.town:
        return []
    return [Finding(code="CAP-TOWN-UNKNOWN", severity="warning", params={"town": held.brief.town})]


def _targets_missed(held: Held) -> list[Finding]:
    findings = []
    for target in _targets(held):
        name = target.measure.removeprefix(_STEP)
        if name not in held.pole or name not in tables.MEASURES:
            findings.append(Finding(code="CAP-TARGET-UNKNOWN", severity="warning", params={"measure": target.measure}))
            continue
        value = _in_all(held, name)
        limit = _missed(target, value)
        if limit is not None:
            params = {"measure": target.measure, "value": value, "limit": limit, "unit": tables.POLE[name].unit}
            code = "CAP-TARGET-UNDER" if value < limit else "CAP-TARGET-OVER"
            findings.append(Finding(code=code, severity="warning", params=params, source=target.source or None))
    return findings


def _in_all(held: Held, name: str) -> float:
    return float(held.pole[name].to_numpy()[0])


def _missed(target: Target, value: float) -> float | None:
    """The end of the target that ``value`` lies outside, if any."""
    if target.low is not None and value < target.low:
        return target.low
    return target.high if target.high is not None and value > target.high else None


def _targets(held: Held) -> tuple[Target, ...]:
    return tuple(t for t in held.brief.targets if t.measure.startswith(_STEP))


def _facility_type_missing(held: Held) -> list[Finding]:
    untyped = held.plan.words("use").among(["facility"]) & held.plan.words("facility_type").absent
    return _finding("CAP-FACILITY-NO-TYPE", "warning", held.plan.plots.index[untyped])


def _facility_type_unknown(held: Held) -> list[Finding]:
    kind = held.plan.words("facility_type")
    strange = ~kind.absent & ~kind.among(held.facilities.index)
    names = ", ".join(kind.found(strange))
    asked = ", ".join(sorted(set(held.brief.facilities) - set(held.facilities.index)))
    findings = _finding("CAP-FACILITY-UNKNOWN", "warning", held.plan.plots.index[strange], facility_type=names)
    if asked:
        findings.append(Finding(code="CAP-FACILITY-UNKNOWN-ASKED", severity="warning", params={"facility_type": asked}))
    return findings


def _facility_names(held: Held) -> Mapping[str, Mapping[str, str]]:
    """Names of each facility in the three languages, as message parameters."""
    return {
        row["facility_type"]: {f"facility_{lang}": row[f"name_{lang}"] for lang in ("en", "fr", "ar")}
        for row in held.catalogue
    }


def _facilities_asked_not_planned(held: Held) -> list[Finding]:
    """Fewer than the brief asks; only a note where a block or zone of that type may hold several."""
    names = _facility_names(held)
    coarse = ~held.plan.words("detail").among(["lot"])
    several = set(held.plan.words("facility_type").found(coarse))
    return [
        Finding(
            code="CAP-FACILITY-NOT-PLANNED",
            severity="note" if row["facility_type"] in several else "warning",
            where=(f"facility:{row['facility_type']}",),
            params={
                "value": row["units_planned"],
                "limit": row["units_asked"],
                "unit": "units",
                **names[row["facility_type"]],
            },
            source="brief",
        )
        for row in held.facility_rows
        if row["units_planned"] < row["units_asked"]
    ]


def _facilities_below_comparator(held: Held) -> list[Finding]:
    schools = {row["facility_type"] for row, _ in school_rows(held.catalogue)}
    names = _facility_names(held)
    return [
        Finding(
            code="CAP-FACILITY-SHORT",
            severity="warning" if row["verdict"] == "not_met" else "note",
            where=(f"facility:{row['facility_type']}",),
            params={**_planned_and_needed(row, row["facility_type"] in schools), **names[row["facility_type"]]},
            source=row["source"],
        )
        for row in held.facility_rows
        if row["verdict"] in ("comparator_not_met", "not_met")
    ]


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = list(frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[n].tolist() for n in names), strict=True)]


def _planned_and_needed(row: Mapping[str, Any], school: bool) -> dict[str, Any]:
    """Places, units or site area, whichever the verdict was made from."""
    if school and not np.isnan(row["places_planned"]):
        return {"value": row["places_planned"], "limit": row["users"], "unit": "places"}
    if not np.isnan(row["units_needed"]):
        return {"value": row["units_planned"], "limit": row["units_needed"], "unit": "units"}
    return {"value": row["site_area_planned_m2"], "limit": row["site_area_needed_m2"], "unit": "m2"}


def _schools_short(held: Held) -> list[Finding]:
    """Pupils of the phases so far against school places of the same phases."""
    names = _facility_names(held)
    return [
        Finding(
            code="CAP-SCHOOL-SHORT",
            severity="warning",
            where=(f"phase:{row['phase']}", f"facility:{row['facility_type']}"),
            params={
                "value": round(row["places"]),
                "limit": round(row["pupils"]),
                "unit": "places",
                "phase": row["phase"],
                **names[row["facility_type"]],
            },
        )
        for row in _rows(held.schools)
        if row["short_places"] > _HALF_A_PLACE
    ]


def _school_places_guessed(held: Held) -> list[Finding]:
    guessed = np.zeros(len(held.plan.plots), dtype=bool)
    for row, _ in school_rows(held.catalogue):
        guessed |= school_places(held.plan, held.area_m2, row)[1]
    return _finding("CAP-SCHOOL-PLACES-GUESSED", "note", held.plan.plots.index[guessed])


def _target_checks(held: Held) -> list[Check]:
    checks = []
    for target in _targets(held):
        name = target.measure.removeprefix(_STEP)
        if name not in tables.MEASURES:
            continue
        value = _in_all(held, name)
        checks.append(
            Check(
                code="CAP-TARGET",
                verdict="met" if _missed(target, value) is None else "not_met",
                value=value,
                unit=tables.POLE[name].unit,
                limit_low=target.low,
                limit_high=target.high,
                status="confirmed",
                source=target.source or "brief",
                where=(f"measure:{target.measure}",),
            )
        )
    return checks


def _facility_checks(held: Held) -> list[Check]:
    return [
        Check(
            code="CAP-FACILITY",
            verdict=row["verdict"],
            value=row["units_planned"],
            unit="units",
            limit_low=None if np.isnan(row["units_needed_low"]) else row["units_needed_low"],
            limit_high=None if np.isnan(row["units_needed_high"]) else row["units_needed_high"],
            status=row["status"],
            source=row["source"],
            where=(f"facility:{row['facility_type']}",),
        )
        for row in held.facility_rows
    ]


_CHECKS: tuple[Callable[[Held], list[Finding]], ...] = (
    _no_floor,
    _mixed_not_split,
    _floors_disagree,
    _floors_without_plot,
    _dwellings_implausible,
    _dwellings_off_housing,
    _town_unknown,
    _targets_missed,
    _facility_type_missing,
    _facility_type_unknown,
    _facilities_asked_not_planned,
    _facilities_below_comparator,
    _schools_short,
    _school_places_guessed,
)
