"""What a procedure is: rows of one table, the guards they name, and a case that moves along them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

__all__ = ["CLOCK", "Act", "Actor", "Attempt", "Case", "Grant", "Guard", "Procedure", "Rule", "Transition", "Unmet"]

Facts = TypeVar("Facts")
CLOCK = "clock"  # the role of time itself: no person holds it


@dataclass(frozen=True)
class Transition:
    """One row: in state ``source``, ``role`` may do ``event`` if each guard in ``needs`` finds nothing unmet.

    ``apart`` names events of the same case whose author, or whose organisation, may not do this one;
    ``other_person`` those whose author may not, though a colleague may. ``article`` is a key of the rulebook,
    never a number of a law; without one it is ``<procedure>.<event>``.
    """

    procedure: str
    source: str
    target: str
    _: KW_ONLY
    event: str
    role: str
    needs: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    other_person: tuple[str, ...] = ()
    article: str = ""

    @property
    def rule_key(self) -> str:
        return self.article or f"{self.procedure}.{self.event}"


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """One condition that does not hold: message ``code``, who can mend it, what the message names."""

    code: str
    owner: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A role held from ``start`` to ``end`` (the last day, none if open)."""

    role: str
    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person, for one organisation, with the roles granted in this pole and procedure."""

    person: str
    organisation: str
    grants: tuple[Grant, ...] = ()

    def holds(self, role: str, day: date) -> bool:
        return any(g.role == role and g.holds(day) for g in self.grants)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something done in a case: kept as text, so that it outlives the account that did it."""

    event: str
    person: str
    organisation: str
    role: str
    at: datetime
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A value of a rulebook: a number in ``unit``, its article and standing; an unconfirmed one permits nothing."""

    value: float
    unit: str
    article: str
    source: str
    status: str

    @property
    def confirmed(self) -> bool:
        return self.status == "confirmed"


@dataclass(frozen=True, kw_only=True)
class Case(Generic[Facts]):
    """One running procedure as read inside the transaction that may move it.

    ``facts`` are what the guards of its procedure read; ``rules`` is the rulebook pinned when it was opened.
    """

    case_id: str
    state: str
    facts: Facts
    version: int = 0
    acts: tuple[Act, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What somebody wants to do, having seen ``version`` of the case; ``digest`` is what the act is about."""

    event: str
    role: str
    actor: Actor
    version: int
    digest: str = ""
    reason: str = ""


Guard = Callable[[Case[Facts], Attempt, datetime], Iterable[Unmet]]


@dataclass(frozen=True, eq=False)
class Procedure(Generic[Facts]):
    """A table of transitions and the guards that its rows name.

    Raises ``ValueError`` when two rows clash, a guard or an event is unknown, or a state cannot be reached.
    """

    name: str
    initial: str
    transitions: tuple[Transition, ...]
    guards: Mapping[str, Guard[Facts]]

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise ValueError(f"{self.name}: {fault}")

    @cached_property
    def rows(self) -> Mapping[tuple[str, str, str], Transition]:
        """Rows by state, event and role."""
        return {(t.source, t.event, t.role): t for t in self.transitions}

    @cached_property
    def states(self) -> tuple[str, ...]:
        """States in the order of the table."""
        return tuple(dict.fromkeys([self.initial, *(s for t in self.transitions for s in (t.source, t.target))]))

    @cached_property
    def events(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.event for t in self.transitions))

    @cached_property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.role for t in self.transitions))

    @cached_property
    def final(self) -> frozenset[str]:
        """States that nothing leaves."""
        return frozenset(self.states) - {t.source for t in self.transitions if t.target != t.source}

    def open_to(self, state: str, role: str) -> tuple[Transition, ...]:
        """What ``role`` may try in ``state``: what a page shows as buttons."""
        return tuple(t for t in self.transitions if t.source == state and t.role == role)


def _faults(procedure: Procedure[Any]) -> Iterable[str]:
    rows = procedure.transitions
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        key = (row.source, row.event, row.role)
        if row.procedure != procedure.name:
            yield f"{key} belongs to {row.procedure}"
        if key in seen:
            yield f"{key} stands twice"
        seen.add(key)
        for name in row.needs:
            if name not in procedure.guards:
                yield f"{key} needs {name}, which is no guard"
        for event in (*row.apart, *row.other_person):
            if event not in procedure.events:
                yield f"{key} keeps apart from {event}, which is no event"
    used = {name for row in rows for name in row.needs}
    for name in procedure.guards:
        if name not in used:
            yield f"guard {name} guards nothing"
    for state in _unreached(procedure):
        yield f"{state} cannot be reached"


def _unreached(procedure: Procedure[Any]) -> list[str]:
    reached, grown = {procedure.initial}, True
    while grown:
        more = {t.target for t in procedure.transitions if t.source in reached}
        grown = not more <= reached
        reached |= more
    return [s for s in procedure.states if s not in reached]
