"""One department's opinion on one version of a plan: drafted and signed by two people, or given in a session.

Silence counts only where the rulebook pinned by the case confirms a limit after which it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from qutb.procedures.guarding import guards_of
from qutb.procedures.model import CLOCK, Attempt, Case, Procedure, Transition, Unmet

__all__ = ["LAYERS", "OPINION", "OpinionFacts", "fallen"]

LAYERS = ("plots", "streets", "phases", "zones", "plot_floors", "street_areas", "buildings")
VERDICTS = ("favourable", "with_reservations", "unfavourable")

T = partial(Transition, "opinion")
SIGNED = ("about_this_version", "plan_still_open", "verdict_reasoned", "own_department")

# fmt: off
TABLE = (
    T("asked", "drafted", event="draft", role="department_reviewer", needs=("own_department", "about_this_version")),
    T("drafted", "drafted", event="draft", role="department_reviewer", needs=("own_department", "about_this_version")),
    T("drafted", "signed", event="sign", role="department_signatory", needs=SIGNED, other_person=("draft",)),
    T("asked", "signed", event="sign_by_link", role="department_signatory", needs=(*SIGNED, "link_good")),
    T("asked", "signed", event="record_session", role="programme_officer", needs=("session_minuted", "verdict_reasoned",
      "about_this_version", "plan_still_open"), other_person=("sign_minutes",)),
    T("asked", "asked", event="sign_minutes", role="second_officer", needs=("session_held",)),
    T("asked", "lapsed", event="lapse", role=CLOCK, needs=("silence_counts", "limit_passed")),
    T("drafted", "lapsed", event="lapse", role=CLOCK, needs=("silence_counts", "limit_passed")),
    T("signed", "fallen", event="fall", role=CLOCK, needs=("layer_touched",)),
    T("lapsed", "fallen", event="fall", role=CLOCK, needs=("layer_touched",)),
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class OpinionFacts:
    """What an opinion is about: the plan's version, the layers the department reads, and when it was asked."""

    department: str
    plan_digest: str
    layers: tuple[str, ...]
    asked_at: datetime
    plan_state: str = "opinions"
    verdict: str = ""
    reasons: str = ""
    file_complete: bool = True
    changed_layers: tuple[str, ...] = ()
    summons_sent: bool = False
    attendance: tuple[str, ...] = ()
    minutes_digest: str = ""
    link_expires: datetime | None = None
    link_used: bool = False


Facts = Case[OpinionFacts]


def own_department(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if attempt.actor.organisation != case.facts.department:
        params = {"department": case.facts.department, "organisation": attempt.actor.organisation}
        yield Unmet(code="PROC-OTHER-DEPARTMENT", owner=case.facts.department, params=params)


def about_this_version(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if attempt.digest != case.facts.plan_digest:
        params = {"digest": case.facts.plan_digest[:12], "given": attempt.digest[:12] or "-"}
        yield Unmet(code="PROC-OTHER-VERSION", owner=attempt.role, params=params)


def plan_still_open(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.plan_state != "opinions":
        yield Unmet(code="PROC-PLAN-NOT-OPEN", params={"state": case.facts.plan_state})


def verdict_reasoned(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts = case.facts
    if facts.verdict not in VERDICTS:
        yield Unmet(code="PROC-NO-VERDICT", owner=attempt.role)
    elif facts.verdict != "favourable" and not facts.reasons.strip():
        yield Unmet(code="PROC-NO-REASON", owner=attempt.role, params={"event": attempt.event})


def link_good(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    """The link sent to the official address serves once, until its day."""
    expires = case.facts.link_expires
    if case.facts.link_used or expires is None or now >= expires:
        yield Unmet(code="PROC-LINK-SPENT", owner="programme_officer", params={"department": case.facts.department})


def session_held(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.summons_sent or case.facts.department not in case.facts.attendance:
        yield Unmet(
            code="PROC-SESSION-NOT-HELD", owner="programme_officer", params={"department": case.facts.department}
        )


def session_minuted(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    yield from session_held(case, attempt, now)
    if not any(a.event == "sign_minutes" and a.digest == case.facts.minutes_digest != "" for a in case.acts):
        yield Unmet(code="PROC-MINUTES-UNSIGNED", owner="second_officer")


def silence_counts(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    rule = case.rules.get("opinion.lapse")
    if rule is None or not rule.confirmed:
        yield Unmet(code="PROC-SILENCE-IS-NOT-CONSENT", owner=case.facts.department)
    if not case.facts.file_complete:
        yield Unmet(code="PROC-FILE-INCOMPLETE", owner="planner")


def limit_passed(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    rule = case.rules.get("opinion.lapse")
    if rule is None:
        return
    due = case.facts.asked_at + timedelta(days=rule.value)
    if now < due:
        yield Unmet(code="PROC-LIMIT-RUNS", owner=case.facts.department, params={"until": due.date()})


def layer_touched(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not fallen(case.facts.layers, case.facts.changed_layers):
        yield Unmet(code="PROC-LAYERS-UNTOUCHED", params={"layers": ", ".join(case.facts.layers)})


def fallen(read: Iterable[str], changed: Iterable[str]) -> bool:
    """Whether an opinion that read some layers falls when others changed."""
    return bool(set(read) & set(changed))


OPINION: Procedure[OpinionFacts] = Procedure(
    name="opinion",
    initial="asked",
    transitions=TABLE,
    guards=guards_of(
        own_department,
        about_this_version,
        plan_still_open,
        verdict_reasoned,
        link_good,
        session_held,
        session_minuted,
        silence_counts,
        limit_passed,
        layer_touched,
    ),
)
