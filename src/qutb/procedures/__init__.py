"""Procedures: transition tables with generic roles, one engine, the works gate and the chained log.

No country: articles, limits and names of roles come from a rulebook of the pack, pinned by each case. One table makes
the action, the page, the permission matrix and the tests of all that is refused.
"""

from typing import Any

from qutb.procedures.agreement import AGREEMENT, AgreementFacts, Party
from qutb.procedures.approval import APPROVAL
from qutb.procedures.approval_facts import ApprovalFacts, OpinionState, Reservation
from qutb.procedures.commitment import COMMITMENT, CommitmentFacts
from qutb.procedures.engine import Moved, Refused, decide
from qutb.procedures.gate import CONDITIONS, STANDINGS, Funding, GateFacts, gate
from qutb.procedures.inquiry import INQUIRY, InquiryFacts
from qutb.procedures.log import FIELDS, GENESIS, Checkpoint, Fault, first_fault, sealed
from qutb.procedures.matrix import ROLES, Cell, matrix
from qutb.procedures.model import CLOCK, Act, Actor, Attempt, Case, Grant, Procedure, Rule, Transition, Unmet
from qutb.procedures.opinion import OPINION, OpinionFacts, fallen
from qutb.procedures.permit import ACCEPTANCE, PERMIT, AcceptanceFacts, PermitFacts, Vote
from qutb.procedures.works import PROGRESS, WORKS, ProgressFacts, WorksFacts

__all__ = [
    "ACCEPTANCE",
    "AGREEMENT",
    "APPROVAL",
    "CLOCK",
    "COMMITMENT",
    "CONDITIONS",
    "FIELDS",
    "GENESIS",
    "INQUIRY",
    "OPINION",
    "PERMIT",
    "PROCEDURES",
    "PROGRESS",
    "ROLES",
    "STANDINGS",
    "WORKS",
    "AcceptanceFacts",
    "Act",
    "Actor",
    "AgreementFacts",
    "ApprovalFacts",
    "Attempt",
    "Case",
    "Cell",
    "Checkpoint",
    "CommitmentFacts",
    "Fault",
    "Funding",
    "GateFacts",
    "Grant",
    "InquiryFacts",
    "Moved",
    "OpinionFacts",
    "OpinionState",
    "Party",
    "PermitFacts",
    "Procedure",
    "ProgressFacts",
    "Refused",
    "Reservation",
    "Rule",
    "Transition",
    "Unmet",
    "Vote",
    "WorksFacts",
    "decide",
    "fallen",
    "first_fault",
    "gate",
    "matrix",
    "sealed",
]

PROCEDURES: tuple[Procedure[Any], ...] = (
    AGREEMENT,
    COMMITMENT,
    APPROVAL,
    OPINION,
    INQUIRY,
    PERMIT,
    WORKS,
    PROGRESS,
    ACCEPTANCE,
)
