"""Reading one measure from an appraisal: value, range and unit, or nothing where no step gave it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from qutb.compare.measures import Measure
from qutb.core import SEVERITIES, VERDICTS

if TYPE_CHECKING:
    from qutb.appraisal import Appraisal

__all__ = ["Reading", "read_measure"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A value [unit, SI] with its range where it is uncertain."""

    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def ranged(self) -> bool:
        return self.low is not None and self.high is not None and self.high > self.low

    @property
    def bounds(self) -> tuple[float, float]:
        """Low and high, or the value twice; raises ``ValueError`` on an absent value."""
        if self.value is None:
            raise ValueError("an absent value has no bounds")
        if self.low is None or self.high is None:
            return self.value, self.value
        return self.low, self.high


def read_measure(appraisal: Appraisal, measure: Measure) -> Reading:
    """The measure in this appraisal; value ``None`` if the step did not run or has no such column."""
    if measure.key in _COUNTED:
        return _COUNTED[measure.key](appraisal)
    result = appraisal.results.get(measure.step)
    table = getattr(result, "pole", None)
    if result is None or table is None or measure.column not in table.columns:
        return Reading(value=None)
    column = result.TABLES["pole"][measure.column]
    unit = measure.unit or column.unit.replace("currency", appraisal.pole.values.currency)
    value, low, high = (_number(table, measure.column + end) for end in ("", "_low", "_high"))
    return Reading(value=value, low=low, high=high, unit=unit)


def _number(table: pd.DataFrame, column: str) -> float | None:
    if column not in table.columns:
        return None
    number = float(table[column].iloc[0])
    return number if math.isfinite(number) else None


def _drawn_share(appraisal: Appraisal) -> Reading:
    facilities = _facilities(appraisal)
    if facilities is None:
        return Reading(value=None)
    asked = facilities[facilities["units_asked"].fillna(0) > 0]
    if asked.empty:
        return Reading(value=None)
    return Reading(value=float((asked["units_planned"] >= asked["units_asked"]).mean()), unit="ratio")


def _below_need(appraisal: Appraisal) -> Reading:
    facilities = _facilities(appraisal)
    if facilities is None or facilities["units_needed"].isna().all():
        return Reading(value=None)
    known = facilities[facilities["units_needed"].notna()]
    short = {end: float((known["units_planned"] < known[f"units_needed{end}"]).sum()) for end in ("_low", "", "_high")}
    return Reading(value=short[""], low=short["_low"], high=short["_high"], unit="types")


def _primary_places(appraisal: Appraisal) -> Reading:
    facilities = _facilities(appraisal)
    capacity = appraisal.results.get("capacity")
    if facilities is None or capacity is None or "primary_school" not in facilities.index:
        return Reading(value=None)
    pupils = _number(getattr(capacity, "pole"), "pupils_primary")  # noqa: B009 (a step's own field)
    places = float(facilities.loc["primary_school", "places_planned"])
    if not pupils or not math.isfinite(places):
        return Reading(value=None)
    return Reading(value=places / pupils, unit="places/pupil")


def _facilities(appraisal: Appraisal) -> pd.DataFrame | None:
    return getattr(appraisal.results.get("capacity"), "facilities", None)


def _count_findings(severity: str) -> Callable[[Appraisal], Reading]:
    return lambda a: Reading(value=float(sum(f.severity == severity for f in a.findings)), unit="findings")


def _count_checks(verdict: str) -> Callable[[Appraisal], Reading]:
    return lambda a: Reading(value=float(sum(c.verdict == verdict for c in a.checks)), unit="checks")


_COUNTED: Mapping[str, Callable[[Appraisal], Reading]] = {
    "service.facility_types_asked_and_drawn_share": _drawn_share,
    "service.facility_types_below_need": _below_need,
    "service.primary_places_per_pupil": _primary_places,
    **{f"findings.{s}": _count_findings(s) for s in SEVERITIES},
    **{f"checks.{v}": _count_checks(v) for v in VERDICTS},
}
