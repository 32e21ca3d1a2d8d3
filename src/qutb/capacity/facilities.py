"""What the residents need of each facility of the pack's list, beside what the plan and the brief hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.capacity.floors import given
from qutb.capacity.people import People, Range, age_share
from qutb.core import Verdict
from qutb.pack import CatalogueRow
from qutb.plan import Plan

__all__ = ["facility_needs", "school_places", "school_rows", "schools_by_phase"]

_WHOLE = 1e-9  # 0.9999999999 of a unit is one unit


@dataclass(frozen=True)
class _Norm:
    """Population or users for each unit and site area for each user, of a norm or a comparator."""

    status: str
    source: str
    population_per_unit: Range | None
    users_per_unit: Range | None
    site_m2_per_user: Range | None
    site_m2_per_unit: Range | None


def facility_needs(
    plan: Plan,
    area_m2: np.ndarray,
    population: Range,
    people: People,
    asked: Mapping[str, int],
    catalogue: tuple[CatalogueRow, ...],
) -> pd.DataFrame:
    """One row a facility type: asked by the brief, planned, needed, verdict.

    A norm typed into the pack and confirmed comes first; else the comparator; else ``not_evaluated``.
    """
    planned = _planned(plan, area_m2, catalogue)
    rows = [_facility(row, plots, population, people, asked) for row, plots in zip(catalogue, planned, strict=True)]
    return pd.DataFrame(rows).set_index("facility_type")


def school_rows(catalogue: tuple[CatalogueRow, ...]) -> tuple[tuple[CatalogueRow, str], ...]:
    """Schools of the list with the level their pupils are of."""
    return tuple(
        (row, row["users"].removeprefix("pupils_"))
        for row in catalogue
        if row["users"].startswith("pupils_") and row["level"] != "building"
    )


def school_places(plan: Plan, area_m2: np.ndarray, row: CatalogueRow) -> tuple[np.ndarray, np.ndarray]:
    """School places by plot, and which of them are guessed from the site area by the comparator."""
    mine = plan.words("facility_type").among([row["facility_type"]])
    told = given(plan.plots, "capacity_places")
    per_user = _norm(row).site_m2_per_user
    guess = area_m2 / per_user.central if per_user else np.zeros(len(area_m2))
    unknown = mine & np.isnan(told)
    return np.where(mine, np.where(unknown, guess, told), 0.0), unknown


def _planned(plan: Plan, area_m2: np.ndarray, catalogue: tuple[CatalogueRow, ...]) -> list[dict[str, float]]:
    """Plots, places and area of each type of the list; a plot without type counts where its use does."""
    kind, use = plan.words("facility_type"), plan.words("use")
    told = given(plan.plots, "capacity_places")
    planned = []
    for row in catalogue:
        of_type = kind.among([row["facility_type"]])
        if row.get("plot_use"):
            of_type |= kind.absent & use.among([row["plot_use"]])
        mine = np.flatnonzero(of_type)
        known = len(mine) > 0 and not np.isnan(told[mine]).any()
        planned.append(
            {
                "units_planned": float(len(mine)),
                "places_planned": float(told[mine].sum()) if known else math.nan,
                "site_area_planned_m2": float(area_m2[mine].sum()),
            }
        )
    return planned


def _facility(
    row: CatalogueRow, planned: Mapping[str, float], population: Range, people: People, asked: Mapping[str, int]
) -> dict[str, object]:
    norm = _norm(row)
    share = _user_share(row["users"], people)
    users = Range(*(p * share for p in population))
    units, site = _units(norm, population, users), _site(norm, population, users)
    return {
        "facility_type": row["facility_type"],
        "level": row["level"] or None,
        "units_asked": float(asked.get(row["facility_type"], 0)),
        **planned,
        "users": users.central,
        **_columns("units_needed", units),
        **_columns("site_area_needed_m2", site),
        "status": norm.status,
        "verdict": _verdict(row, norm, planned, users, units, site),
        "source": norm.source or None,
    }


def _columns(name: str, ends: Range | None) -> dict[str, float]:
    low, central, high = ends or Range(math.nan, math.nan, math.nan)
    return {name: central, f"{name}_low": low, f"{name}_high": high}


def _norm(row: CatalogueRow) -> _Norm:
    if row["status"] == "confirmed":
        return _Norm(
            status="confirmed",
            source=f"{row['document']}, {row['page']}",
            population_per_unit=_single(row["population_per_unit"]),
            users_per_unit=None,
            site_m2_per_user=None,
            site_m2_per_unit=_single(row["site_area_m2"]),
        )
    norm = _Norm(
        status="comparator",
        source=row["comparator_source"],
        population_per_unit=_between(row, "comparator_population_per_unit"),
        users_per_unit=_between(row, "comparator_users_per_unit"),
        site_m2_per_user=_between(row, "comparator_site_m2_per_user"),
        site_m2_per_unit=None,
    )
    return norm if norm.source else _Norm("missing", f"{row['document']}, {row['page']}".strip(", "), *[None] * 4)


def _single(cell: str) -> Range | None:
    return Range(*[float(cell)] * 3) if cell else None


def _between(row: CatalogueRow, name: str) -> Range | None:
    if not row[f"{name}_low"]:
        return None
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    return Range(low, (low + high) / 2, high)


def _user_share(users: str, people: People) -> float:
    """``population``, ``pupils_<level>``, ``age:4-5`` or ``share:0.02``; NaN for a group that is none of these."""
    kind, _, detail = users.partition(":")
    if kind == "age":
        first, _, last = detail.partition("-")
        return age_share(people.ages, float(first), float(last))
    if kind == "share":
        return float(detail)
    if kind.startswith("pupils_"):
        return people.pupil_shares.get(kind.removeprefix("pupils_"), math.nan)
    return 1.0 if kind == "population" else math.nan


def _units(norm: _Norm, population: Range, users: Range) -> Range | None:
    if norm.population_per_unit is not None:
        return _for_each(population, norm.population_per_unit)
    return _for_each(users, norm.users_per_unit) if norm.users_per_unit is not None else None


def _for_each(amount: Range, per_unit: Range) -> Range:
    return Range(amount.low / per_unit.high, amount.central / per_unit.central, amount.high / per_unit.low)


def _site(norm: _Norm, population: Range, users: Range) -> Range | None:
    if norm.site_m2_per_user is not None:
        return Range(*(n * m2 for n, m2 in zip(users, norm.site_m2_per_user, strict=True)))
    units = _units(norm, population, users)
    if norm.site_m2_per_unit is None or units is None:
        return None
    return Range(*(n * m2 for n, m2 in zip(units, norm.site_m2_per_unit, strict=True)))


def _verdict(
    row: CatalogueRow,
    norm: _Norm,
    planned: Mapping[str, float],
    users: Range,
    units: Range | None,
    site: Range | None,
) -> Verdict:
    if norm.status == "missing" or math.isnan(users.central):
        return "not_evaluated"
    if row["level"] == "building":  # rooms inside a building are not on a plan
        return "not_evaluated"
    if row["users"].startswith("pupils_") and not math.isnan(planned["places_planned"]):
        enough = planned["places_planned"] >= users.central - _WHOLE
    elif units is not None:
        enough = planned["units_planned"] >= math.floor(units.central + _WHOLE)
    elif site is not None:
        enough = planned["site_area_planned_m2"] >= site.central - _WHOLE
    else:
        return "not_evaluated"
    if norm.status == "confirmed":
        return "met" if enough else "not_met"
    return "comparator_met" if enough else "comparator_not_met"


def schools_by_phase(
    plan: Plan, area_m2: np.ndarray, phases: pd.DataFrame, in_phase: np.ndarray, catalogue: tuple[CatalogueRow, ...]
) -> pd.DataFrame:
    """Pupils so far beside places so far, phase by phase, for each kind of school.

    ``in_phase`` is the row of ``phases`` that each plot is in.
    """
    kinds = school_rows(catalogue)
    pupils = [phases[f"pupils_{level}"].to_numpy().cumsum() for _, level in kinds]
    places = [
        np.bincount(in_phase, weights=school_places(plan, area_m2, row)[0], minlength=len(phases)).cumsum()
        for row, _ in kinds
    ]
    table = pd.DataFrame(
        {
            "facility_type": np.repeat(np.array([row["facility_type"] for row, _ in kinds], dtype=object), len(phases)),
            "phase": np.tile(phases.index.to_numpy(dtype=object), len(kinds)),
            "pupils": np.concatenate([np.empty(0), *pupils]),
            "places": np.concatenate([np.empty(0), *places]),
        }
    )
    return table.assign(short_places=(table["pupils"] - table["places"]).clip(lower=0.0))
