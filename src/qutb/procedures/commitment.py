"""A commitment: who promised what to whom, by when, shown by what evidence, verified by whom.

The verifier is never the debtor; a date moves only by an amendment that both sign, and the first date stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from qutb.procedures.guarding import guards_of, reasoned
from qutb.procedures.model import CLOCK, Attempt, Case, Procedure, Transition, Unmet

__all__ = ["COMMITMENT", "CommitmentFacts"]

T = partial(Transition, "commitment")
SHOWN = ("by_debtor", "evidence_of_kind")
CHECKED = ("by_verifier", "not_above_evidence", "children_done")

# fmt: off
TABLE = (
    T("draft", "agreed", event="agree", role="director", needs=("agreement_in_force", "whole")),
    T("agreed", "waiting", event="wait", role=CLOCK, needs=("condition_open",)),
    T("agreed", "running", event="run", role=CLOCK, needs=("conditions_met",)),
    T("waiting", "running", event="run", role=CLOCK, needs=("conditions_met",)),
    T("running", "late", event="pass_date", role=CLOCK, needs=("date_passed",)),
    T("running", "evidenced", event="give_evidence", role="debtor", needs=SHOWN),
    T("late", "evidenced", event="give_evidence", role="debtor", needs=SHOWN),
    T("remedy", "evidenced", event="give_evidence", role="debtor", needs=SHOWN),
    T("evidenced", "verified", event="verify", role="verifier", needs=CHECKED, apart=("give_evidence",)),
    T("evidenced", "running", event="reject", role="verifier", needs=("by_verifier", "reasoned"),
      apart=("give_evidence",)),
    T("late", "remedy", event="summon", role="creditor", needs=("by_creditor", "reasoned")),
    T("remedy", "default", event="pass_remedy", role=CLOCK, needs=("remedy_passed",)),
    T("default", "evidenced", event="give_evidence", role="debtor", needs=SHOWN),
    T("running", "agreed", event="amend", role="director", needs=("amendment_in_force",)),
    T("late", "agreed", event="amend", role="director", needs=("amendment_in_force",)),
    T("waiting", "agreed", event="amend", role="director", needs=("amendment_in_force",)),
    T("running", "waived", event="waive", role="creditor", needs=("by_creditor", "reasoned")),
    T("late", "waived", event="waive", role="creditor", needs=("by_creditor", "reasoned")),
    T("default", "waived", event="waive", role="creditor", needs=("by_creditor", "reasoned")),
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class CommitmentFacts:
    """``amount`` in ``currency``, ``quantity`` in ``unit``; ``evidence`` is (kind, digest, quantity shown)."""

    debtor: str
    creditor: str
    verifier: str
    due: date | None
    evidence_kind: str
    agreement_state: str = "in_force"
    quantity: Decimal | None = None
    quantity_verified: Decimal | None = None
    evidence: tuple[tuple[str, str, Decimal | None], ...] = ()
    open_conditions: tuple[str, ...] = ()
    open_children: tuple[str, ...] = ()
    remedy_until: date | None = None
    amendment_in_force: str = ""


Facts = Case[CommitmentFacts]


def agreement_in_force(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.agreement_state != "in_force":
        yield Unmet(code="PROC-AGREEMENT-NOT-IN-FORCE", owner="director", params={"state": case.facts.agreement_state})


def whole(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    """A debtor, a creditor, another verifier, a date or an open condition, and a kind of evidence."""
    facts = case.facts
    if facts.verifier in ("", facts.debtor):
        yield Unmet(code="PROC-VERIFIER-IS-DEBTOR", owner="programme_officer", params={"party": facts.debtor})
    if not facts.debtor or not facts.creditor or facts.debtor == facts.creditor:
        yield Unmet(code="PROC-NO-CREDITOR", owner="programme_officer")
    if facts.due is None and not facts.open_conditions:
        yield Unmet(code="PROC-NO-DUE-DATE", owner="programme_officer")
    if not facts.evidence_kind:
        yield Unmet(code="PROC-NO-EVIDENCE-KIND", owner="programme_officer")


def condition_open(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.open_conditions:
        yield Unmet(code="PROC-NO-CONDITION-OPEN")


def conditions_met(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for name in case.facts.open_conditions:
        yield Unmet(code="PROC-CONDITION-OPEN", owner=case.facts.creditor, params={"condition": name})


def date_passed(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    due = case.facts.due
    if due is None or now.date() <= due:
        yield Unmet(code="PROC-TERM-RUNS", owner=case.facts.debtor, params={"until": due or "-"})


def by_debtor(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    yield from _for(case.facts.debtor, attempt)


def by_verifier(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    yield from _for(case.facts.verifier, attempt)
    if attempt.actor.organisation == case.facts.debtor:
        yield Unmet(code="PROC-VERIFIER-IS-DEBTOR", owner="programme_officer", params={"party": case.facts.debtor})


def by_creditor(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    yield from _for(case.facts.creditor, attempt)


def _for(party: str, attempt: Attempt) -> Iterable[Unmet]:
    if attempt.actor.organisation != party:
        params = {"party": party, "organisation": attempt.actor.organisation}
        yield Unmet(code="PROC-OTHER-PARTY", owner=party, params=params)


def evidence_of_kind(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    kind = case.facts.evidence_kind
    if not any(k == kind and digest for k, digest, _ in case.facts.evidence):
        yield Unmet(code="PROC-EVIDENCE-MISSING", owner=case.facts.debtor, params={"kind": kind})


def not_above_evidence(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts = case.facts
    shown = [q for k, _, q in facts.evidence if k == facts.evidence_kind and q is not None]
    if facts.quantity_verified is not None and facts.quantity_verified > sum(shown, Decimal(0)):
        params = {"value": facts.quantity_verified, "limit": sum(shown, Decimal(0)), "unit": "index"}
        yield Unmet(code="PROC-ABOVE-EVIDENCE", owner=facts.verifier, params=params)


def children_done(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for child in case.facts.open_children:
        yield Unmet(code="PROC-CHILD-OPEN", owner=case.facts.debtor, params={"commitment": child})


def remedy_passed(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    until = case.facts.remedy_until
    if until is None or now.date() <= until:
        yield Unmet(code="PROC-TERM-RUNS", owner=case.facts.debtor, params={"until": until or "-"})


def amendment_in_force(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.amendment_in_force:
        yield Unmet(code="PROC-NO-AMENDMENT", owner="party_signatory")


COMMITMENT: Procedure[CommitmentFacts] = Procedure(
    name="commitment",
    initial="draft",
    transitions=TABLE,
    guards=guards_of(
        reasoned,
        agreement_in_force,
        whole,
        condition_open,
        conditions_met,
        date_passed,
        by_debtor,
        by_verifier,
        by_creditor,
        evidence_of_kind,
        not_above_evidence,
        children_done,
        remedy_passed,
        amendment_in_force,
    ),
)
