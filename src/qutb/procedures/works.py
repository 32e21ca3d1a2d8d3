"""Work packages: planned, contracted, started through the gate, built with evidence, accepted.

Progress is reported by one role, verified by another, certified by a third; a payment never exceeds what was
verified and cites contract, package and tranche.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial

from qutb.procedures.gate import GateFacts, gate
from qutb.procedures.guarding import guards_of, reasoned
from qutb.procedures.model import Attempt, Case, Procedure, Transition, Unmet

__all__ = ["PROGRESS", "WORKS", "ProgressFacts", "WorksFacts"]

T = partial(Transition, "works")

# fmt: off
WORKS_TABLE = (
    T("planned", "contracted", event="sign_contract", role="project_owner", needs=("contract_names_package",)),
    T("contracted", "requested", event="request_start", role="works_manager"),
    T("requested", "started", event="start", role="director", needs=("gate_open",),
      other_person=("request_start",)),
    T("requested", "contracted", event="take_back", role="works_manager", needs=("reasoned",)),
    T("started", "stopped", event="stop", role="director", needs=("reasoned",)),
    T("stopped", "requested", event="request_start", role="works_manager", needs=("reasoned",)),
    T("started", "ended", event="declare_end", role="works_manager", needs=("progress_certified",)),
    T("ended", "accepted", event="accept", role="acceptance_chair", needs=("accepted_provisionally",),
      apart=("declare_end", "request_start")),
)

P = partial(Transition, "progress")
PROGRESS_TABLE = (
    P("drafted", "reported", event="report", role="works_manager", needs=("share_possible", "has_evidence")),
    P("reported", "verified", event="verify", role="supervisor", needs=("not_above_report",), apart=("report",)),
    P("reported", "drafted", event="reject", role="supervisor", needs=("reasoned",), apart=("report",)),
    P("verified", "certified", event="certify", role="finance_officer", needs=("cites_the_thread", "within_verified"),
      other_person=("report", "verify"), apart=("report",)),
    P("certified", "paid", event="pay", role="accountant", needs=("payment_shown",),
      other_person=("certify", "report")),
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class WorksFacts:
    """What a package looks at; ``gate`` is read anew in the transaction that starts it."""

    gate: GateFacts
    contract_packages: tuple[str, ...] = ()
    package: str = ""
    uncertified: tuple[str, ...] = ()
    acceptance_state: str = ""


@dataclass(frozen=True, kw_only=True)
class ProgressFacts:
    """Shares are of the package, 0..1; amounts are Decimal in the contract's currency."""

    share: Decimal
    share_before: Decimal = Decimal(0)
    share_verified: Decimal = Decimal(0)
    evidence: tuple[str, ...] = ()
    contract: str = ""
    package: str = ""
    tranche: str = ""
    contract_amount: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    paid_before: Decimal = Decimal(0)
    payment_evidence: str = ""
    currencies: frozenset[str] = field(default_factory=frozenset)


def contract_names_package(case: Case[WorksFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.package not in case.facts.contract_packages:
        yield Unmet(code="PROC-CONTRACT-OTHER-PACKAGE", owner="project_owner", params={"package": case.facts.package})


def gate_open(case: Case[WorksFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    return gate(case.facts.gate, now.date())


def progress_certified(case: Case[WorksFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for name in case.facts.uncertified:
        yield Unmet(code="PROC-PROGRESS-OPEN", owner="supervisor", params={"progress": name})


def accepted_provisionally(case: Case[WorksFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.acceptance_state not in ("provisional", "final"):
        params = {"state": case.facts.acceptance_state or "-"}
        yield Unmet(code="PROC-NOT-ACCEPTED-YET", owner="acceptance_chair", params=params)


def share_possible(case: Case[ProgressFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts = case.facts
    if not 0 <= facts.share <= 1:
        params = {"value": facts.share, "unit": "index"}
        yield Unmet(code="PROC-SHARE-IMPOSSIBLE", owner="works_manager", params=params)
    elif facts.share < facts.share_before and not attempt.reason.strip():
        params = {"value": facts.share, "limit": facts.share_before, "unit": "index"}
        yield Unmet(code="PROC-SHARE-FALLS", owner="works_manager", params=params)


def has_evidence(case: Case[ProgressFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.evidence:
        yield Unmet(code="PROC-EVIDENCE-MISSING", owner="works_manager", params={"kind": "progress"})


def not_above_report(case: Case[ProgressFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts = case.facts
    if facts.share_verified > facts.share:
        params = {"value": facts.share_verified, "limit": facts.share, "unit": "index"}
        yield Unmet(code="PROC-ABOVE-EVIDENCE", owner="supervisor", params=params)


def cites_the_thread(case: Case[ProgressFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    """A certificate names its contract, its package and the tranche of the commitment that pays."""
    facts = case.facts
    for kind in ("contract", "package", "tranche"):
        if not getattr(facts, kind):
            yield Unmet(code="PROC-THREAD-BROKEN", owner="finance_officer", params={"kind": kind})
    if len(facts.currencies) > 1:
        params = {"currencies": ", ".join(sorted(facts.currencies))}
        yield Unmet(code="PROC-CURRENCIES-DIFFER", owner="finance_officer", params=params)


def within_verified(case: Case[ProgressFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    facts = case.facts
    limit = facts.share_verified * facts.contract_amount - facts.paid_before
    if facts.amount <= 0 or facts.amount > limit:
        params = {"value": facts.amount, "limit": limit, "unit": "index"}
        yield Unmet(code="PROC-PAYMENT-ABOVE-VERIFIED", owner="finance_officer", params=params)


def payment_shown(case: Case[ProgressFacts], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if not case.facts.payment_evidence:
        yield Unmet(code="PROC-EVIDENCE-MISSING", owner="accountant", params={"kind": "payment"})


WORKS: Procedure[WorksFacts] = Procedure(
    name="works",
    initial="planned",
    transitions=WORKS_TABLE,
    guards=guards_of(reasoned, contract_names_package, gate_open, progress_certified, accepted_provisionally),
)
PROGRESS: Procedure[ProgressFacts] = Procedure(
    name="progress",
    initial="drafted",
    transitions=PROGRESS_TABLE,
    guards=guards_of(
        reasoned, share_possible, has_evidence, not_above_report, cites_the_thread, within_verified, payment_shown
    ),
)
