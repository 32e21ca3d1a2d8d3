"""The works gate: one pure function says whether a work package may start, and all that stands in the way.

It refuses to authorise; it never refuses to record. Work seen without it, a signed derogation and acts older
than the register are kept as what they are (:data:`STANDINGS`), stay red and are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qutb.procedures.model import Unmet

__all__ = ["CONDITIONS", "STANDINGS", "Funding", "GateFacts", "gate"]

STANDINGS = ("authorised", "observed", "derogation", "transcribed")
CONDITIONS = (
    "plan_in_force",
    "no_blocking_reservation",
    "land_released",
    "funding_verified",
    "contract_signed",
    "permit_valid",
)


@dataclass(frozen=True, kw_only=True)
class Funding:
    """A commitment that pays for the package: its state and who owes it."""

    commitment_id: str
    debtor: str
    state: str


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What the gate reads about one package, all of it read in the transaction that would start it."""

    plan_digest: str
    plan_state: str
    plan_in_force_until: date | None = None
    blocking_reservations: tuple[tuple[str, str], ...] = ()  # reservation, who must lift it
    parcels_held: tuple[tuple[str, str], ...] = ()  # parcel not released, who must release it
    land_known: bool = True
    fundings: tuple[Funding, ...] = ()
    contract_state: str = ""
    contract_plan_digest: str = ""
    permit_required: bool = True
    permit_state: str = ""
    permit_until: date | None = None


def gate(facts: GateFacts, today: date) -> tuple[Unmet, ...]:
    """Each unmet condition with its owner; empty when works may start. Conditions in the order of the list."""
    checks = (_plan, _reservations, _land, _funding, _contract, _permit)
    return tuple(unmet for check in checks for unmet in check(facts, today))


def _plan(facts: GateFacts, today: date) -> Iterable[Unmet]:
    over = facts.plan_in_force_until is not None and today > facts.plan_in_force_until
    if facts.plan_state != "in_force" or over:
        params = {"digest": facts.plan_digest[:12], "state": "expired" if over else facts.plan_state}
        yield Unmet(code="GATE-PLAN-NOT-IN-FORCE", owner="director", params=params)


def _reservations(facts: GateFacts, today: date) -> Iterable[Unmet]:
    for reservation, owner in facts.blocking_reservations:
        yield Unmet(code="GATE-RESERVATION-BLOCKS", owner=owner, params={"reservation": reservation})


def _land(facts: GateFacts, today: date) -> Iterable[Unmet]:
    if not facts.land_known:
        yield Unmet(code="GATE-LAND-UNKNOWN", owner="programme_officer")
    for parcel, owner in facts.parcels_held:
        yield Unmet(code="GATE-LAND-HELD", owner=owner, params={"parcel": parcel})


def _funding(facts: GateFacts, today: date) -> Iterable[Unmet]:
    if not facts.fundings:
        yield Unmet(code="GATE-NO-FUNDING", owner="finance_officer")
    for one in facts.fundings:
        if one.state != "verified":
            params = {"commitment": one.commitment_id, "state": one.state}
            yield Unmet(code="GATE-FUNDING-NOT-VERIFIED", owner=one.debtor, params=params)


def _contract(facts: GateFacts, today: date) -> Iterable[Unmet]:
    if facts.contract_state != "signed":
        params = {"state": facts.contract_state or "-"}
        yield Unmet(code="GATE-CONTRACT-NOT-SIGNED", owner="works_manager", params=params)
    elif facts.contract_plan_digest != facts.plan_digest:
        params = {"digest": facts.contract_plan_digest[:12] or "-", "plan": facts.plan_digest[:12]}
        yield Unmet(code="GATE-CONTRACT-OTHER-PLAN", owner="works_manager", params=params)


def _permit(facts: GateFacts, today: date) -> Iterable[Unmet]:
    if not facts.permit_required:
        return
    over = facts.permit_until is not None and today > facts.permit_until
    if facts.permit_state not in ("granted", "deemed", "works_opened") or over:
        params = {"state": "expired" if over else facts.permit_state or "-"}
        yield Unmet(code="GATE-PERMIT-NOT-VALID", owner="project_owner", params=params)
