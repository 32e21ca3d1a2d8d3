"""What the approval of a plan looks at: the facts of one version and the guards that read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from qutb.procedures.guarding import guards_of, reasoned
from qutb.procedures.model import Attempt, Case, Unmet

__all__ = ["GUARDS", "ApprovalFacts", "OpinionState", "Reservation"]


@dataclass(frozen=True, kw_only=True)
class OpinionState:
    """Where one department's opinion on this version stands; ``signatories`` are persons."""

    department: str
    state: str
    mandatory: bool = True
    verdict: str = ""
    signatories: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        return self.state in ("signed", "lapsed")


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """A condition put by a department; ``blocking`` ones stop the works until they are lifted."""

    reservation_id: str
    department: str
    owner: str = ""
    due: date | None = None
    lifted: bool = False
    blocking: bool = False


@dataclass(frozen=True, kw_only=True)
class ApprovalFacts:
    """What the guards of the approval read; ``plan_digest`` is the version, ``appraised_digest`` what was appraised."""

    plan_digest: str
    appraised_digest: str = ""
    no_appraisal_statement: str = ""
    open_remarks: tuple[str, ...] = ()
    missing_files: tuple[str, ...] = ()
    opinions: tuple[OpinionState, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    blocking_findings: tuple[str, ...] = ()
    inquiry_required: bool = False
    inquiry_state: str = ""
    later_version: str = ""
    later_version_in_force: bool = False
    published_act: str = ""
    in_force_until: date | None = None


Facts = Case[ApprovalFacts]


def appraised_or_stated(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts = case.facts
    if facts.appraised_digest != facts.plan_digest and not facts.no_appraisal_statement:
        params = {"digest": facts.plan_digest[:12], "appraised": facts.appraised_digest[:12] or "-"}
        yield Unmet(code="PROC-PLAN-NOT-APPRAISED", owner="planner", params=params)


def accepted_by_both(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    accepted = {a.event for a in case.acts if a.digest == case.facts.plan_digest}
    for event, owner in (("accept_partner", "partner_signatory"), ("accept_developer", "developer_signatory")):
        if event not in accepted:
            yield Unmet(code="PROC-NOT-ACCEPTED", owner=owner, params={"role": owner})


def remarks_closed(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for remark in case.facts.open_remarks:
        yield Unmet(code="PROC-REMARK-OPEN", owner="remark_author", params={"remark": remark})


def file_complete(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for file in case.facts.missing_files:
        yield Unmet(code="PROC-FILE-MISSING", owner="planner", params={"file": file})


def opinions_in(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for opinion in case.facts.opinions:
        if opinion.mandatory and not opinion.given:
            params = {"department": opinion.department, "state": opinion.state}
            yield Unmet(code="PROC-OPINION-MISSING", owner=opinion.department, params=params)
    if not any(o.mandatory for o in case.facts.opinions):
        yield Unmet(code="PROC-NO-OPINION-ASKED", owner="programme_officer")


def no_unfavourable_opinion(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for opinion in case.facts.opinions:
        if opinion.mandatory and opinion.verdict == "unfavourable" and opinion.state == "signed":
            yield Unmet(code="PROC-OPINION-UNFAVOURABLE", owner="planner", params={"department": opinion.department})
        if attempt.actor.person in opinion.signatories:
            yield Unmet(code="PROC-APART", params={"event": "sign_opinion", "person": attempt.actor.person})


def reservations_owned(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for one in case.facts.reservations:
        if not one.lifted and not (one.owner and one.due):
            params = {"reservation": one.reservation_id, "department": one.department}
            yield Unmet(code="PROC-RESERVATION-UNOWNED", owner="programme_officer", params=params)


def no_blocking_finding(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for code in case.facts.blocking_findings:
        yield Unmet(code="PROC-FINDING-BLOCKS", owner="planner", params={"finding": code})


def inquiry_on_track(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.inquiry_required:
        yield Unmet(code="PROC-INQUIRY-NOT-ASKED", owner="programme_officer")


def inquiry_not_on_track(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.inquiry_required:
        yield Unmet(code="PROC-INQUIRY-FIRST", owner="inquiry_officer")


def inquiry_reported(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.inquiry_state != "reported":
        params = {"state": case.facts.inquiry_state or "-"}
        yield Unmet(code="PROC-INQUIRY-NOT-REPORTED", owner="inquiry_officer", params=params)


def later_version(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.later_version or case.facts.later_version == case.facts.plan_digest:
        yield Unmet(code="PROC-NO-LATER-VERSION", owner="planner")


def published_where_asked(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.published_act:
        yield Unmet(code="PROC-ACT-NOT-PUBLISHED", owner="director")


def later_version_in_force(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.later_version_in_force:
        yield Unmet(code="PROC-NO-LATER-VERSION", owner="planner")


def term_passed(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    until = case.facts.in_force_until
    if until is None or now.date() <= until:
        yield Unmet(code="PROC-TERM-RUNS", params={"until": until or "-"})


GUARDS = guards_of(
    reasoned,
    appraised_or_stated,
    accepted_by_both,
    remarks_closed,
    file_complete,
    opinions_in,
    no_unfavourable_opinion,
    reservations_owned,
    no_blocking_finding,
    inquiry_on_track,
    inquiry_not_on_track,
    inquiry_reported,
    later_version,
    published_where_asked,
    later_version_in_force,
    term_passed,
)
