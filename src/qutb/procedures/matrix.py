"""The permission matrix of a procedure: every state, event and role, allowed or refused, made from its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from qutb.procedures.model import Procedure

__all__ = ["ROLES", "Cell", "matrix"]

ROLES = (
    "public",
    "planner",
    "partner_signatory",
    "party_signatory",
    "developer_signatory",
    "programme_officer",
    "second_officer",
    "director",
    "department_reviewer",
    "department_signatory",
    "approving_authority",
    "inquiry_officer",
    "permit_office",
    "permit_authority",
    "project_owner",
    "works_manager",
    "supervisor",
    "finance_officer",
    "accountant",
    "acceptance_chair",
    "acceptance_member",
    "commune",
    "debtor",
    "creditor",
    "verifier",
    "auditor",
    "administrator",
)


class Cell(NamedTuple):
    """Whether ``role`` may try ``event`` in ``state``; its guards may still refuse."""

    procedure: str
    state: str
    event: str
    role: str
    allowed: bool


def matrix(procedure: Procedure[Any]) -> Iterator[Cell]:
    """Every cell of (state, event, role) for every role there is, the clock left out: it is no person."""
    for state in procedure.states:
        for event in procedure.events:
            for role in ROLES:
                allowed = (state, event, role) in procedure.rows
                yield Cell(procedure.name, state, event, role, allowed)
