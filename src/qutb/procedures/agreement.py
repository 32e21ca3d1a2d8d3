"""The agreement between the partners: a framework, its specific agreements, its amendments, each a case.

An amendment is an agreement that names the one it changes; nothing in force is edited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import partial

from qutb.procedures.guarding import guards_of, reasoned
from qutb.procedures.model import CLOCK, Attempt, Case, Procedure, Transition, Unmet

__all__ = ["AGREEMENT", "AgreementFacts", "Party"]

T = partial(Transition, "agreement")
WHOLE = ("parties_complete", "shares_whole", "framework_in_force")

# fmt: off
TABLE = (
    T("draft", "offered", event="offer", role="programme_officer", needs=WHOLE),
    T("offered", "draft", event="take_back", role="programme_officer", needs=("reasoned",)),
    T("offered", "offered", event="sign", role="party_signatory", needs=("signs_own_party", "this_text")),
    T("offered", "signed", event="conclude", role="director", needs=("signed_by_all",)),
    T("signed", "in_force", event="take_effect", role="director", needs=("approved_where_asked", "conditions_met")),
    T("in_force", "ended", event="expire", role=CLOCK, needs=("term_passed",)),
    T("in_force", "ended", event="terminate", role="director", needs=("reasoned", "ended_by_all")),
    T("in_force", "in_force", event="agree_end", role="party_signatory", needs=("signs_own_party",)),
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class Party:
    """One who signs: an organisation, its share of the operation where it has one, and the members behind it.

    Members of an economic interest group are jointly liable, so they are named.
    """

    party_id: str
    share: Fraction | None = None
    members: tuple[str, ...] = ()
    is_group: bool = False


@dataclass(frozen=True, kw_only=True)
class AgreementFacts:
    """``text_digest`` is what is signed; ``framework_state`` is empty for a framework itself."""

    text_digest: str
    parties: tuple[Party, ...]
    framework_state: str = ""
    approval_required: bool = False
    approved_act: str = ""
    open_conditions: tuple[str, ...] = ()
    until: date | None = None


Facts = Case[AgreementFacts]


def parties_complete(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    parties = case.facts.parties
    if len({p.party_id for p in parties}) < 2:
        yield Unmet(code="PROC-PARTIES-TOO-FEW", owner="programme_officer")
    for party in parties:
        if party.is_group and not party.members:
            yield Unmet(code="PROC-GROUP-WITHOUT-MEMBERS", owner=party.party_id, params={"party": party.party_id})


def shares_whole(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    shares = [p.share for p in case.facts.parties if p.share is not None]
    if shares and (sum(shares) != 1 or min(shares) < 0):
        params = {"value": float(sum(shares)), "unit": "index"}
        yield Unmet(code="PROC-SHARES-NOT-WHOLE", owner="programme_officer", params=params)


def framework_in_force(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    state = case.facts.framework_state
    if state not in ("", "in_force"):
        yield Unmet(code="PROC-FRAMEWORK-NOT-IN-FORCE", owner="director", params={"state": state})


def signs_own_party(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    """One organisation signs for itself, once; two users of one party are still one party."""
    mine = attempt.actor.organisation
    if mine not in {p.party_id for p in case.facts.parties}:
        yield Unmet(code="PROC-NOT-A-PARTY", params={"organisation": mine})
    if any(a.event == attempt.event and a.organisation == mine and a.digest == attempt.digest for a in case.acts):
        yield Unmet(code="PROC-ALREADY-SIGNED", owner=mine, params={"organisation": mine})


def this_text(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if attempt.digest != case.facts.text_digest:
        params = {"digest": case.facts.text_digest[:12], "given": attempt.digest[:12] or "-"}
        yield Unmet(code="PROC-OTHER-VERSION", owner=attempt.role, params=params)


def _without(case: Facts, event: str) -> Iterable[Unmet]:
    done = {a.organisation for a in case.acts if a.event == event and a.digest == case.facts.text_digest}
    for party in case.facts.parties:
        if party.party_id not in done:
            yield Unmet(code="PROC-NOT-SIGNED", owner=party.party_id, params={"party": party.party_id})


def signed_by_all(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    return _without(case, "sign")


def ended_by_all(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    return _without(case, "agree_end")


def approved_where_asked(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    if case.facts.approval_required and not case.facts.approved_act:
        yield Unmet(code="PROC-APPROVAL-ACT-MISSING", owner="approving_authority")


def conditions_met(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    for name in case.facts.open_conditions:
        yield Unmet(code="PROC-CONDITION-OPEN", owner="programme_officer", params={"condition": name})


def term_passed(case: Facts, attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    until = case.facts.until
    if until is None or now.date() <= until:
        yield Unmet(code="PROC-TERM-RUNS", params={"until": until or "-"})


AGREEMENT: Procedure[AgreementFacts] = Procedure(
    name="agreement",
    initial="draft",
    transitions=TABLE,
    guards=guards_of(
        reasoned,
        parties_complete,
        shares_whole,
        framework_in_force,
        signs_own_party,
        this_text,
        signed_by_all,
        ended_by_all,
        approved_where_asked,
        conditions_met,
        term_passed,
    ),
)
