"""``run``: measures of each plot, their sums, needs, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from qutb.capacity import tables
from qutb.capacity.checks import Held, all_checks, all_findings, not_seen
from qutb.capacity.facilities import facility_needs, schools_by_phase
from qutb.capacity.floors import plot_floors, words
from qutb.capacity.measures import plot_measures
from qutb.capacity.people import People, Range, people_of
from qutb.capacity.tables import MEASURES, UNASSIGNED
from qutb.core import QUIET, Context, StepResult, Table
from qutb.pack import Values
from qutb.plan import SEGMENTS, Plan

if TYPE_CHECKING:
    from qutb.plan import Fabric
    from qutb.pole import Brief

__all__ = ["Capacity", "run"]

_SEGMENT_OF_USE = {"housing_social": "social", "housing_resettlement": "resettlement"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Capacity(StepResult):
    """What a plan holds by plot, block, phase and in all; by segment and age; schools and facilities."""

    TABLES: ClassVar[Mapping[str, Table]] = {
        t.name: t
        for t in (
            tables.PLOTS,
            tables.BLOCKS,
            tables.PHASES,
            tables.POLE,
            tables.SEGMENTS,
            tables.AGES,
            tables.SCHOOLS,
            tables.FACILITIES,
        )
    }

    plots: pd.DataFrame
    blocks: pd.DataFrame
    phases: pd.DataFrame
    pole: pd.DataFrame
    segments: pd.DataFrame
    ages: pd.DataFrame
    schools: pd.DataFrame
    facilities: pd.DataFrame


def run(*, plan: Plan, fabric: Fabric, brief: Brief, values: Values, ctx: Context = QUIET) -> Capacity:
    """What ``plan`` holds, with findings where it misses the brief or does not add up.

    Areas come from ``fabric.plots.area_m2``; the census town and the targets from ``brief``. Works at zone,
    block and lot detail; what a grain hides is in ``not_seen``. Raises ``PackError`` where the pack lacks a
    value that the plan makes necessary.
    """
    ctx.report("capacity", 0.0)
    area_m2 = np.nan_to_num(fabric.plots["area_m2"].reindex(plan.plots.index).to_numpy(dtype="float64"))
    floors = plot_floors(plan, area_m2, values)
    people = people_of(brief.town, values)
    plots = plot_measures(plan, area_m2, floors, people, values)
    catalogue = values.catalogue("facilities")
    phases = _phases(plan, plots)
    pole = _pole(plots, people)
    ages = _ages(pole, people)
    facilities = facility_needs(plan, area_m2, _population(pole), people, brief.facilities, catalogue)
    schools = schools_by_phase(plan, area_m2, plots, list(phases.index), catalogue)
    held = Held(
        plan=plan,
        brief=brief,
        values=values,
        area_m2=area_m2,
        floors=floors,
        people=people,
        plots=plots,
        pole=pole,
        facilities=facilities,
        schools=schools,
    )
    findings = all_findings(held)
    return Capacity(
        plots=plots,
        blocks=_summed(plots, plan.plots["block_id"], "block_id"),
        phases=phases,
        pole=pole,
        segments=_segments(plan, plots),
        ages=ages,
        schools=schools,
        facilities=facilities,
        findings=findings,
        checks=all_checks(held),
        not_seen=not_seen(held),
        status="partial" if any(f.code == "CAP-NO-FLOOR" for f in findings) else "complete",
    )


def _summed(plots: pd.DataFrame, group: pd.Series, key: str) -> pd.DataFrame:
    by_group = plots[list(MEASURES)].groupby(words(group, UNASSIGNED))
    sums = by_group.sum()
    sums.insert(0, "plots", by_group.size().astype("float64"))
    return sums.rename_axis(key)


def _phases(plan: Plan, plots: pd.DataFrame) -> pd.DataFrame:
    """Phases in order of rank; phases the plan lists without a plot are zero; plots without phase come last."""
    sums = _summed(plots, plan.plots["phase"], "phase")
    listed = plan.phases.sort_values("rank", kind="stable").index.astype(str)
    others = sums.index.difference(listed).difference([UNASSIGNED])
    order = [*dict.fromkeys([*listed, *others]), *(sums.index.intersection([UNASSIGNED]))]
    return sums.reindex(order, fill_value=0.0).rename_axis("phase")


def _pole(plots: pd.DataFrame, people: People) -> pd.DataFrame:
    row: dict[str, object] = {"plots": float(len(plots))}
    row |= {name: float(plots[name].sum()) for name in MEASURES}
    row["town"] = people.town or None
    for name, ends in (
        ("household_size_people_per_dwelling", people.household_size),
        ("occupied_share", people.occupied_share),
    ):
        row |= {name: ends.central, f"{name}_low": ends.low, f"{name}_high": ends.high}
    row |= {f"pupil_share_{level}": share for level, share in people.pupil_shares.items()}
    return pd.DataFrame([row], index=pd.Index(["pole"], name="pole"))


def _population(pole: pd.DataFrame) -> Range:
    return Range(*(float(pole[f"population{end}"].to_numpy()[0]) for end in ("_low", "", "_high")))


def _segments(plan: Plan, plots: pd.DataFrame) -> pd.DataFrame:
    by_use = words(plan.plots["use"].map(_SEGMENT_OF_USE), UNASSIGNED)
    segment = np.where(plan.plots["segment"].isna(), by_use, plan.plots["segment"])
    sums = plots[["dwellings", "population"]].groupby(segment).sum()
    sums = sums.reindex([*SEGMENTS, UNASSIGNED], fill_value=0.0).rename_axis("segment")
    whole = sums["dwellings"].sum()
    return sums.assign(share_of_dwellings=sums["dwellings"] / whole if whole > 0 else 0.0)


def _ages(pole: pd.DataFrame, people: People) -> pd.DataFrame:
    share = pd.Series(people.ages, dtype="float64").rename_axis("age_band")
    return pd.DataFrame({"share": share, "population": share * pole.loc["pole", "population"]})
