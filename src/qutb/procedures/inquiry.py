"""The public inquiry: a register open for its whole term, every observation answered, nothing taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from qutb.procedures.guarding import guards_of
from qutb.procedures.model import Attempt, Case, Procedure, Transition, Unmet

__all__ = ["INQUIRY", "InquiryFacts"]

T = partial(Transition, "inquiry")

# fmt: off
TABLE = (
    T("prepared", "open", event="open", role="inquiry_officer", needs=("notice_published",)),
    T("open", "open", event="observe", role="public", needs=("contact_verified", "register_open")),
    T("open", "closed", event="close", role="inquiry_officer", needs=("term_run",)),
    T("closed", "closed", event="answer", role="planner"),
    T("closed", "reported", event="report", role="inquiry_officer", needs=("all_answered",), apart=("answer",)),
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class InquiryFacts:
    """``opens`` and ``closes`` are the first and last day of the register; the term comes from the rulebook."""

    opens: date
    closes: date
    notice_digest: str = ""
    contact_verified: bool = False
    unanswered: tuple[str, ...] = ()


Facts = Case[InquiryFacts]


def notice_published(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts, rule = case.facts, case.rules.get("inquiry.term")
    if not facts.notice_digest:
        yield Unmet(code="PROC-NOTICE-MISSING", owner="inquiry_officer")
    if rule is not None and rule.confirmed and (facts.closes - facts.opens).days + 1 < rule.value:
        yield Unmet(code="PROC-TERM-SHORT", owner="inquiry_officer", params={"limit": rule.value, "unit": rule.unit})


def contact_verified(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.contact_verified:
        yield Unmet(code="PROC-CONTACT-UNVERIFIED", owner="public")


def register_open(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.opens <= now.date() <= case.facts.closes:
        yield Unmet(code="PROC-REGISTER-CLOSED", params={"until": case.facts.closes})


def term_run(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if now.date() <= case.facts.closes:
        yield Unmet(code="PROC-TERM-RUNS", owner="inquiry_officer", params={"until": case.facts.closes})


def all_answered(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for name in case.facts.unanswered:
        yield Unmet(code="PROC-OBSERVATION-UNANSWERED", owner="planner", params={"observation": name})


INQUIRY: Procedure[InquiryFacts] = Procedure(
    name="inquiry",
    initial="prepared",
    transitions=TABLE,
    guards=guards_of(notice_published, contact_verified, register_open, term_run, all_answered),
)
