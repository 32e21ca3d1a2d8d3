"""``find_remedies``: proposals tried fast, the best of each kind measured by the steps, the cheapest named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd

from qutb.access import Access, Trials, state_at
from qutb.appraisal import Appraisal
from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Effort, StepResult, Table
from qutb.mobility import Mobility
from qutb.plan import Fabric
from qutb.remedies.changes import Change, place_of, second_half
from qutb.remedies.measuring import Measured, measure
from qutb.remedies.proposals import Ground, proposals
from qutb.remedies.shortfalls import Shortfall, shortfalls_of
from qutb.remedies.tables import REMEDIES, SHORTFALLS, TABLES

__all__ = ["Remedies", "find_remedies"]

_HALF = 0.5
_LEAST = 0.5  # less than half a person or vehicle is no gain


@dataclass(frozen=True)
class _Counts:
    """How much is tried: shortfalls in people and in vehicles, proposals of each kind, how many of it are measured."""

    shortfalls: int
    proposals: int
    measured: int


_COUNTS: Mapping[Effort, _Counts] = {
    "draft": _Counts(4, 8, 1),
    "standard": _Counts(12, 60, 2),
    "full": _Counts(1_000, 1_000, 4),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Remedies(StepResult):
    """What the plan falls short of and the single changes that mend it, as tables."""

    TABLES: ClassVar[Mapping[str, Table]] = TABLES

    shortfalls: pd.DataFrame
    remedies: gpd.GeoDataFrame

    def cheapest(self) -> pd.DataFrame:
        """The remedy of each shortfall that has one, in the order of the shortfalls."""
        found: pd.DataFrame = self.remedies[self.remedies["rank"] == 1]
        return found


@dataclass(frozen=True, eq=False)
class _Answer:
    """What came of one shortfall: ``mending`` best first; ``None`` where the effort did not reach it."""

    shortfall: Shortfall
    tried: int | None
    measured: int | None
    mending: tuple[Measured, ...]


def find_remedies(appraisal: Appraisal, *, effort: Effort | None = None, ctx: Context = QUIET) -> Remedies:
    """The cheapest single change for each thing the plan falls short of.

    Proposals are tried by the fast engine, whose score is that of the steps; the best of each kind is then
    measured by the steps on the edited plan. Of those that mend at least half of what the best one mends, and add no
    blocking finding, the one with the least price for each person is the remedy. ``effort`` (default: the
    appraisal's) counts shortfalls, proposals and measurements; the same plan gives the same answer. Refused
    without access and cost, and on a plan that is only a programme: nothing can be placed on it.
    """
    refusal = _refusal(appraisal)
    if refusal:
        return _result(appraisal, (), not_seen=(refusal,), status="refused")
    known = appraisal.results
    access, mobility = known["access"], known.get("mobility")
    assert isinstance(access, Access)
    traffic = mobility if isinstance(mobility, Mobility) and mobility.status != "refused" else None
    counts = _COUNTS[effort or appraisal.effort]
    ground, trials = _ground(appraisal)
    every = shortfalls_of(access, traffic, appraisal.pole.values, trials)
    answers = []
    seen: Counter[str] = Counter()
    for number, shortfall in enumerate(every):
        ctx.report("remedies", number / len(every))
        answers.append(_answer(ground, trials, shortfall, counts if seen[shortfall.unit] < counts.shortfalls else None))
        seen[shortfall.unit] += 1
    ctx.report("remedies", 1.0)
    return _result(appraisal, answers)


def _refusal(appraisal: Appraisal) -> str:
    if appraisal.plan.schematic:
        return "REM-NS-SCHEMATIC"
    steps = ("fabric", "validity", "capacity", "access", "cost")
    if not all(s in appraisal.results for s in steps) or not len(appraisal.plan.plots):
        return "REM-NS-STEPS"
    access = appraisal.results["access"]
    return "REM-NS-STREETS" if "ACC-NS-STREETS" in access.not_seen else ""


def _ground(appraisal: Appraisal) -> tuple[Ground, Trials]:
    fabric, held = appraisal.results["fabric"], appraisal.results["capacity"]
    assert isinstance(fabric, Fabric)
    assert isinstance(held, Capacity)
    state = state_at(appraisal.plan, fabric, held, appraisal.pole.values)
    return Ground(appraisal, state), Trials(appraisal.plan, fabric, state)


def _answer(ground: Ground, trials: Trials, shortfall: Shortfall, counts: _Counts | None) -> _Answer:
    if counts is None:
        return _Answer(shortfall, None, None, ())
    tried = proposals(ground, shortfall, counts.proposals)
    chosen = _screened(trials, shortfall, tried, counts.measured)
    measured = [measure(ground.appraisal, trials, change, shortfall) for change in chosen]
    mending = [m for m in measured if m.gained >= _LEAST]
    return _Answer(shortfall, len(tried), len(chosen), tuple(sorted(mending, key=_order(mending))))


def _screened(trials: Trials, shortfall: Shortfall, tried: Sequence[Change], each: int) -> list[Change]:
    """The ``each`` best of every kind that promise at least half of what the best promises; untried ones stay."""
    scores = {change.key: _promise(trials, shortfall, change) for change in tried}
    best = max((s for s in scores.values() if np.isfinite(s)), default=0.0)
    kinds: dict[str, list[Change]] = {}
    for change in sorted(tried, key=lambda c: (-scores[c.key], c.key)):
        if scores[change.key] >= max(_HALF * best, _LEAST):
            kinds.setdefault(change.kind, []).append(change)
    return [change for some in kinds.values() for change in some[:each]]


def _promise(trials: Trials, shortfall: Shortfall, change: Change) -> float:
    """What the fast engine says a change gains [people]; infinite where only the steps can say."""
    if change.edit is None:
        return np.inf
    before, after = trials.score, trials.try_edit(change.edit)
    if shortfall.kind == "floor":
        return before.short_of_floor_users - after.short_of_floor_users
    if shortfall.kind == "unserved":
        return before.unserved_users - after.unserved_users
    if shortfall.kind == "far":
        return after.in_reach_users - before.in_reach_users
    return np.inf  # ways and doors are few: the steps measure them all


def _order(mending: Sequence[Measured]) -> Any:
    """Cheapest first among those that mend enough and add no blocking finding; the rest after."""
    allowed = [m.gained for m in mending if m.new_blocking <= 0]
    enough = _HALF * max(allowed, default=0.0)

    def key(m: Measured) -> tuple[object, ...]:
        return (m.new_blocking > 0, m.gained < enough, m.price_each, -m.gained, m.change.key)

    return key


# tables -------------------------------------------------------------------------------------------------


def _result(appraisal: Appraisal, answers: Sequence[_Answer], **more: Any) -> Remedies:
    shortfalls = pd.DataFrame(list(_shortfall_rows(answers)), columns=["shortfall_id", *(c.name for c in SHORTFALLS)])
    rows = [row for answer in answers for row in _remedy_rows(appraisal, answer)]
    remedies = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["remedy_id", *(c.name for c in REMEDIES)]),
        geometry="geometry",
        crs=appraisal.plan.plots.crs,
    )
    return Remedies(shortfalls=shortfalls.set_index("shortfall_id"), remedies=remedies.set_index("remedy_id"), **more)


def _shortfall_rows(answers: Sequence[_Answer]) -> Iterator[dict[str, Any]]:
    for a in answers:
        best = a.mending[0] if a.mending and a.mending[0].new_blocking <= 0 else None
        yield {
            "shortfall_id": a.shortfall.name,
            **_what(a.shortfall),
            "amount": a.shortfall.amount,
            "tried": np.nan if a.tried is None else float(a.tried),
            "measured": np.nan if a.measured is None else float(a.measured),
            "remedy_id": f"{a.shortfall.name}-1" if best else None,
        }


def _what(shortfall: Shortfall) -> dict[str, Any]:
    return {
        "kind": shortfall.kind,
        "finding": shortfall.finding,
        "facility_type": shortfall.facility_type or None,
        "phase": shortfall.phase or None,
        "street_id": shortfall.street or None,
        "unit": shortfall.unit,
    }


def _remedy_rows(appraisal: Appraisal, answer: _Answer) -> Iterator[dict[str, Any]]:
    allowed = [m for m in answer.mending if m.new_blocking <= 0]
    for rank, m in enumerate(answer.mending, start=1):
        yield {
            "remedy_id": f"{answer.shortfall.name}-{rank}",
            "shortfall_id": answer.shortfall.name,
            "rank": float(rank) if m in allowed else np.nan,
            **_what(answer.shortfall),
            **_done(appraisal, m.change),
            "gained": m.gained,
            "gained_share": m.gained / answer.shortfall.amount,
            **_amounts("works_amount", m.works),
            **_amounts("price_amount", m.price),
            "price_each": m.price_each,
            "status": m.status or None,
            "brought_forward_amount": m.brought_forward,
            "dwellings": m.dwellings,
            "land_given_up_m2": m.land_given_up_m2,
            "new_blocking": float(max(m.new_blocking, 0)),
            "geometry": place_of(appraisal.plan, m.change),
        }


def _amounts(name: str, ends: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip((f"{name}_low", name, f"{name}_high"), ends, strict=True))


def _done(appraisal: Appraisal, change: Change) -> dict[str, Any]:
    """What the change is, as columns."""
    edit, line = change.edit, None if change.edit is None else change.edit.line
    return {
        "edit": change.kind,
        "plot_id": (edit.plot or None) if edit else change.plots[-1] if change.plots else None,
        "plots": " ".join(change.plots) or None,
        "from_plot": (edit.source or None) if edit else None,
        "street_id": change.street or None,
        "to_phase": second_half(appraisal.plan, change.phase)
        if change.phase
        else (edit.phase or None)
        if edit
        else None,
        "places": edit.places if edit else np.nan,
        "length_m": float(np.hypot(*np.subtract(line[1], line[0]))) if line else np.nan,
        "lanes": change.lanes,
        "width_m": edit.width_m if edit and line else change.width_m,
    }
