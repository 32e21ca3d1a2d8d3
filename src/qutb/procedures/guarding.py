"""Guards by name, and the one that every table may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from qutb.procedures.model import Attempt, Case, Guard, Unmet

__all__ = ["guards_of", "reasoned"]


def guards_of(*guards: Guard[Any]) -> Mapping[str, Guard[Any]]:
    """Guards under the names their tables use: the names of the functions."""
    return {guard.__name__: guard for guard in guards}


def reasoned(case: Case[Any], attempt: Attempt, now: datetime) -> Iterable[Unmet]:
    """A refusal or a step back says why."""
    if not attempt.reason.strip():
        yield Unmet(code="PROC-NO-REASON", owner=attempt.role, params={"event": attempt.event})
