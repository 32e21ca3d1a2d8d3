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
from qutb.capacity.floors import plot_floors
from qutb.capacity.measures import plot_measures
from qutb.capacity.people import People, Range, people_of
from qutb.capacity.tables import MEASURES, UNASSIGNED
from qutb.core import QUIET, Context, StepResult, Table
from qutb.pack import Values
from qutb.plan import SEGMENTS, Plan, Words

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
    in_phase, phase_names = _phases(plan)
    phases = _summed(plots, in_phase, phase_names)
    pole = _pole(plots, people)
    ages = _ages(pole, people)
    facilities = facility_needs(plan, area_m2, _population(pole), people, brief.facilities, catalogue)
    schools = schools_by_phase(plan, area_m2, phases, in_phase, catalogue)
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
        blocks=_summed(plots, *_blocks(plan)),
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


def _summed(plots: pd.DataFrame, group: np.ndarray, names: pd.Index) -> pd.DataFrame:
    """Number of plots and sum of each measure by ``group``, which points into ``names``."""
    sums = {m: np.bincount(group, weights=plots[m].to_numpy(), minlength=len(names)) for m in MEASURES}
    count = np.bincount(group, minlength=len(names)).astype("float64")
    return pd.DataFrame({"plots": count, **sums}, index=names)


def _blocks(plan: Plan) -> tuple[np.ndarray, pd.Index]:
    """The block of each plot and the names of blocks, as text in order of the alphabet."""
    block = plan.words("block_id").filled(UNASSIGNED)
    return _placed(block, sorted({str(name) for name in block.names}), "block_id")


def _phases(plan: Plan) -> tuple[np.ndarray, pd.Index]:
    """The phase of each plot; phases listed, by rank, with or without a plot, then others, then plots without one."""
    phase = plan.words("phase").filled(UNASSIGNED)
    listed = plan.phases.sort_values("rank", kind="stable").index.astype(str)
    used = sorted({str(name) for name in phase.names}, key=lambda name: (name == UNASSIGNED, name))
    return _placed(phase, list(dict.fromkeys([*listed, *used])), "phase")


def _placed(words: Words, names: list[str], key: str) -> tuple[np.ndarray, pd.Index]:
    place = {name: number for number, name in enumerate(names)}
    return words.each(lambda name: place[str(name)], -1), pd.Index(names, name=key, dtype="object")


def _pole(plots: pd.DataFrame, people: People) -> pd.DataFrame:
    row: dict[str, object] = {"plots": float(len(plots))}
    row |= {name: float(plots[name].to_numpy().sum()) for name in MEASURES}
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
    """Dwellings and people by segment: the plan's, else the one that the use implies."""
    place = {name: number for number, name in enumerate((*SEGMENTS, UNASSIGNED))}
    given = plan.words("segment")
    of_use = plan.words("use").each(lambda use: place[_SEGMENT_OF_USE.get(use, UNASSIGNED)], place[UNASSIGNED])
    segment = np.where(given.absent, of_use, given.each(lambda name: place.get(name, len(place)), -1))
    dwellings, population = (
        np.bincount(segment, weights=plots[m].to_numpy(), minlength=len(place) + 1)[:-1]
        for m in ("dwellings", "population")
    )
    whole = dwellings.sum()
    share = dwellings / whole if whole > 0 else 0.0
    return pd.DataFrame(
        {"dwellings": dwellings, "population": population, "share_of_dwellings": share},
        index=pd.Index(list(place), name="segment", dtype="object"),
    )


def _ages(pole: pd.DataFrame, people: People) -> pd.DataFrame:
    share = pd.Series(people.ages, dtype="float64").rename_axis("age_band")
    return pd.DataFrame({"share": share, "population": share * pole.loc["pole", "population"]})
