"""The subdivision permit and the acceptance of its works, stage by stage.

Silence grants a permit only where the rulebook confirms a limit; sales open only in an accepted stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from qutb.procedures.guarding import guards_of, reasoned
from qutb.procedures.model import CLOCK, Attempt, Case, Procedure, Transition, Unmet

__all__ = ["ACCEPTANCE", "PERMIT", "AcceptanceFacts", "PermitFacts", "Vote"]

T = partial(Transition, "permit")
A = partial(Transition, "acceptance")

# fmt: off
PERMIT_TABLE = (
    T("prepared", "filed", event="file", role="project_owner", needs=("plan_in_force",)),
    T("filed", "returned", event="return", role="permit_office", needs=("reasoned", "never_returned")),
    T("returned", "filed", event="complete", role="project_owner"),
    T("filed", "complete", event="declare_complete", role="permit_office", needs=("file_complete",)),
    T("complete", "granted", event="grant", role="permit_authority", apart=("file",),
      other_person=("declare_complete",)),
    T("complete", "refused", event="refuse", role="permit_authority", needs=("reasoned",), apart=("file",)),
    T("complete", "deemed", event="deem", role=CLOCK, needs=("silence_grants", "limit_passed")),
    T("granted", "works_opened", event="open_works", role="project_owner", needs=("named_professionals",)),
    T("deemed", "works_opened", event="open_works", role="project_owner", needs=("named_professionals",)),
    T("granted", "expired", event="expire", role=CLOCK, needs=("validity_passed",)),
    T("deemed", "expired", event="expire", role=CLOCK, needs=("validity_passed",)),
)
ACCEPTANCE_TABLE = (
    A("building", "end_declared", event="declare_end", role="project_owner", needs=("elements_listed",)),
    A("end_declared", "visited", event="visit", role="acceptance_chair", needs=("members_summoned",)),
    A("visited", "visited", event="vote", role="acceptance_member", needs=("votes_once",), apart=("declare_end",)),
    A("visited", "provisional", event="accept", role="acceptance_chair", needs=("votes_in", "no_refusal_vote",
      "dates_in_order"), apart=("declare_end",)),
    A("visited", "building", event="send_back", role="acceptance_chair", needs=("reasoned",)),
    A("provisional", "provisional", event="lift_defect", role="acceptance_member", apart=("declare_end",)),
    A("provisional", "final", event="accept_finally", role="acceptance_chair", needs=("no_open_defect",
      "guarantee_passed"), apart=("declare_end",)),
    A("final", "transferred", event="transfer", role="commune"),
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class PermitFacts:
    """``complete_at`` is when the file was declared complete, from which limits run."""

    plan_state: str
    missing_files: tuple[str, ...] = ()
    complete_at: datetime | None = None
    completion_asked: bool = False
    professionals: tuple[str, ...] = ()
    professionals_needed: tuple[str, ...] = ("architect", "engineer", "surveyor")
    granted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One member's vote on a stage: ``accept``, ``accept_with_defects`` or ``refuse``."""

    member: str
    verdict: str
    mandatory: bool = True


@dataclass(frozen=True, kw_only=True)
class AcceptanceFacts:
    """One stage: ``elements`` are the ids of what is accepted, ``defects`` what remains to be mended."""

    elements: tuple[str, ...] = ()
    summoned: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    open_defects: tuple[str, ...] = ()
    visited_on: date | None = None
    accepted_on: date | None = None


def plan_in_force(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.plan_state != "in_force":
        yield Unmet(code="PROC-PLAN-NOT-IN-FORCE", owner="director", params={"state": case.facts.plan_state})


def never_returned(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    """What is missing is asked for once, in one list."""
    if any(a.event == "return" for a in case.acts):
        yield Unmet(code="PROC-RETURNED-TWICE", owner="permit_office")


def file_complete(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for file in case.facts.missing_files:
        yield Unmet(code="PROC-FILE-MISSING", owner="project_owner", params={"file": file})


def silence_grants(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    rule = case.rules.get("permit.deem")
    if rule is None or not rule.confirmed:
        yield Unmet(code="PROC-SILENCE-IS-NOT-CONSENT", owner="permit_authority")
    if case.facts.completion_asked:
        yield Unmet(code="PROC-FILE-INCOMPLETE", owner="project_owner")


def limit_passed(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    rule, since = case.rules.get("permit.deem"), case.facts.complete_at
    if rule is None:
        return
    if since is None or now < since + timedelta(days=rule.value):
        until = "-" if since is None else (since + timedelta(days=rule.value)).date()
        yield Unmet(code="PROC-LIMIT-RUNS", owner="permit_authority", params={"until": until})


def named_professionals(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for kind in case.facts.professionals_needed:
        if kind not in case.facts.professionals:
            yield Unmet(code="PROC-PROFESSIONAL-MISSING", owner="project_owner", params={"kind": kind})


def validity_passed(case: Case[PermitFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    rule, since = case.rules.get("permit.validity"), case.facts.granted_at
    if rule is None or not rule.confirmed or since is None or now < since + timedelta(days=rule.value):
        until = "-" if rule is None or since is None else (since + timedelta(days=rule.value)).date()
        yield Unmet(code="PROC-TERM-RUNS", params={"until": until})


def elements_listed(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.elements:
        yield Unmet(code="PROC-NO-ELEMENTS", owner="project_owner")


def members_summoned(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for member in case.facts.members:
        if member not in case.facts.summoned:
            yield Unmet(code="PROC-NOT-SUMMONED", owner="acceptance_chair", params={"member": member})


def votes_once(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    mine = attempt.actor.organisation
    if mine not in case.facts.members:
        yield Unmet(code="PROC-NOT-A-MEMBER", params={"organisation": mine})
    if any(v.member == mine for v in case.facts.votes):
        yield Unmet(code="PROC-VOTED-ALREADY", owner=mine, params={"organisation": mine})


def votes_in(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    voted = {v.member for v in case.facts.votes}
    for member in case.facts.members:
        if member not in voted:
            yield Unmet(code="PROC-VOTE-MISSING", owner=member, params={"member": member})


def no_refusal_vote(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for vote in case.facts.votes:
        if vote.verdict == "refuse":
            yield Unmet(code="PROC-VOTE-REFUSES", owner="project_owner", params={"member": vote.member})


def dates_in_order(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    visited = case.facts.visited_on
    if visited is None or now.date() < visited:
        yield Unmet(code="PROC-VISIT-AFTER", owner="acceptance_chair", params={"day": visited or "-"})


def no_open_defect(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for defect in case.facts.open_defects:
        yield Unmet(code="PROC-DEFECT-OPEN", owner="project_owner", params={"defect": defect})


def guarantee_passed(case: Case[AcceptanceFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    rule, since = case.rules.get("acceptance.guarantee"), case.facts.accepted_on
    if rule is None or since is None or now.date() < since + timedelta(days=rule.value):
        until = "-" if rule is None or since is None else since + timedelta(days=rule.value)
        yield Unmet(code="PROC-TERM-RUNS", owner="project_owner", params={"until": until})


PERMIT: Procedure[PermitFacts] = Procedure(
    name="permit",
    initial="prepared",
    transitions=PERMIT_TABLE,
    guards=guards_of(
        reasoned,
        plan_in_force,
        never_returned,
        file_complete,
        silence_grants,
        limit_passed,
        named_professionals,
        validity_passed,
    ),
)
ACCEPTANCE: Procedure[AcceptanceFacts] = Procedure(
    name="acceptance",
    initial="building",
    transitions=ACCEPTANCE_TABLE,
    guards=guards_of(
        reasoned,
        elements_listed,
        members_summoned,
        votes_once,
        votes_in,
        no_refusal_vote,
        dates_in_order,
        no_open_defect,
        guarantee_passed,
    ),
)
