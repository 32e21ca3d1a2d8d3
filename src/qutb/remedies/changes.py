"""Single changes of a plan, as they are drawn into it for the steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from qutb.access import Edit, edited_plan
from qutb.plan import Plan

__all__ = ["KINDS", "Change", "changed_plan", "place_of"]

KINDS = (
    "add_facility",
    "move_facility",
    "add_passage",
    "advance_street",
    "advance_plot",
    "split_phase",
    "widen_street",
)
_HALF = 0.5
_WORDS = ("facility_type", "segment")
_FIGURES = ("storeys", "floor_area_ratio", "ground_coverage_ratio", "dwellings", "capacity_places")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. ``edit`` is what the fast engine tries, absent where it cannot.

    ``plots`` are all plots taken for a facility (the first one is its address), or put off when a phase is
    split; a street is widened to ``lanes`` in all and ``width_m``.
    """

    kind: str
    edit: Edit | None = None
    plots: tuple[str, ...] = ()
    street: str = ""
    phase: str = ""
    lanes: float = np.nan
    width_m: float = np.nan

    @property
    def key(self) -> tuple[str, ...]:
        """What orders changes that do equally well."""
        e = self.edit
        own = (e.plot, e.source, e.street, e.phase, str(e.line)) if e else ()
        return (str(KINDS.index(self.kind)), *own, self.street, self.phase, *self.plots)


def changed_plan(plan: Plan, change: Change) -> Plan:
    """The plan with the change drawn in."""
    if change.kind == "split_phase":
        return _with_split(plan, change)
    if change.kind == "widen_street":
        return _with_wider_street(plan, change)
    if change.edit is None:
        raise ValueError(f"{change.kind} has nothing to draw")
    return _without_homes(edited_plan(plan, change.edit), change.plots[1:])


def _without_homes(plan: Plan, plots: tuple[str, ...]) -> Plan:
    """The further plots that a facility takes: its ground, without floors or people."""
    if not plots:
        return plan
    floors = plan.plot_floors
    emptied = plan.with_plots(plots, use="facility", **dict.fromkeys(_WORDS), **dict.fromkeys(_FIGURES, np.nan))
    kept = floors[~floors["plot_id"].isin(plots)].reset_index(drop=True)
    return emptied if len(kept) == len(floors) else _same_drawing(plan, replace(emptied, plot_floors=kept))


def _with_split(plan: Plan, change: Change) -> Plan:
    """The plots put off come in a phase of their own, right after the one that is split."""
    rank = plan.phases["rank"].astype(float)
    own = float(rank[change.phase])
    later = rank[rank > own]
    name = second_half(plan, change.phase)
    row = plan.phases.loc[[change.phase]].rename(index={change.phase: name})
    row["rank"] = own + _HALF * ((float(later.min()) if len(later) else own + 1.0) - own)
    phases = pd.concat([plan.phases, row]).sort_values("rank", kind="stable")
    phases.index.name = plan.phases.index.name
    moved = plan.with_plots(change.plots, phase=name)
    return _same_drawing(plan, replace(moved, phases=phases))


def _same_drawing(before: Plan, after: Plan) -> Plan:
    """What was read of the drawing need not be read again."""
    after.__dict__["shapes"] = before.shapes
    return after


def second_half(plan: Plan, phase: str) -> str:
    """Name of the phase that a split makes: ``P1-b``."""
    name = f"{phase}-b"
    while name in plan.phases.index:
        name += "b"
    return name


def _with_wider_street(plan: Plan, change: Change) -> Plan:
    streets = plan.streets.copy()
    streets.loc[change.street, ["lanes", "width_m"]] = (change.lanes, change.width_m)
    return replace(plan, streets=streets)


def place_of(plan: Plan, change: Change) -> shapely.Geometry:
    """Where the change is made: a point, or the line of a street or passage."""
    edit = change.edit
    if change.kind == "widen_street":
        return plan.streets.geometry[change.street]
    if edit is not None and edit.line is not None:
        return shapely.LineString(edit.line)
    if edit is not None and edit.street:
        return plan.streets.geometry[edit.street]
    return shapely.point_on_surface(plan.plots.geometry[edit.plot if edit is not None else change.plots[-1]])
