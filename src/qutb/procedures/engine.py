"""Whether an attempt moves a case: one function for the action, the page, the script and the tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from qutb.procedures.model import CLOCK, Attempt, Case, Procedure, Transition, Unmet

__all__ = ["Moved", "Refused", "decide"]

Facts = TypeVar("Facts")


@dataclass(frozen=True, kw_only=True)
class Moved:
    """The case goes to ``target`` by ``row``."""

    row: Transition
    target: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The case stays; every reason is told at once."""

    unmet: tuple[Unmet, ...]


def decide(procedure: Procedure[Facts], case: Case[Facts], attempt: Attempt, now: datetime) -> Moved | Refused:
    """What comes of an attempt at ``now`` (aware). Nothing is changed here; the caller records either outcome."""
    row = procedure.rows.get((case.state, attempt.event, attempt.role))
    if row is None:
        return Refused(unmet=(_no_row(procedure, case, attempt),))
    unmet = (*_right(attempt, row, now), *_fresh(case, attempt), *_apart(case, attempt, row))
    unmet = unmet or tuple(u for name in row.needs for u in procedure.guards[name](case, attempt, now))
    return Refused(unmet=unmet) if unmet else Moved(row=row, target=row.target)


def _no_row(procedure: Procedure[Any], case: Case[Any], attempt: Attempt) -> Unmet:
    """Nobody may do it in this state, or only others may."""
    others = [t.role for t in procedure.transitions if (t.source, t.event) == (case.state, attempt.event)]
    code = "PROC-OTHER-ROLE" if others else "PROC-NOT-IN-STATE"
    params = {"event": attempt.event, "state": case.state, "role": attempt.role}
    return Unmet(code=code, owner=others[0] if others else "", params=params)


def _right(attempt: Attempt, row: Transition, now: datetime) -> Iterable[Unmet]:
    if row.role != CLOCK and not attempt.actor.holds(row.role, now.date()):
        yield Unmet(code="PROC-ROLE-NOT-HELD", params={"role": row.role, "day": now.date()})


def _fresh(case: Case[Any], attempt: Attempt) -> Iterable[Unmet]:
    if attempt.version != case.version:
        yield Unmet(code="PROC-STALE", params={"seen": attempt.version, "version": case.version})


def _apart(case: Case[Any], attempt: Attempt, row: Transition) -> Iterable[Unmet]:
    """Who did one of the events that this row keeps apart from, as a person or for the same organisation."""
    actor = attempt.actor
    for act in case.acts:
        same_person = act.person == actor.person and act.event in (*row.apart, *row.other_person)
        same_house = act.organisation == actor.organisation and act.event in row.apart
        if same_person or same_house:
            yield Unmet(code="PROC-APART", params={"event": act.event, "person": act.person})
