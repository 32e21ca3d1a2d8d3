"""What every step returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

from qutb.core.findings import Check, Finding
from qutb.core.tables import Table

__all__ = ["Provenance", "Status", "StepResult"]

Status = Literal["complete", "partial", "refused"]


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result comes from. ``values_read`` maps each pack value read to its digest."""

    version: str = ""
    step: str = ""
    pack: str = ""
    pack_date: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    values_read: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    effort: str = "standard"
    solver: str = ""
    status: str = ""
    gap: float | None = None
    stopped: str = ""

    def to_json(self) -> dict[str, Any]:
        return {k: (dict(v) if isinstance(v, Mapping) else v) for k, v in vars(self).items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class StepResult:
    """Base of every step's result: named tables (fields), findings, checks, provenance, status.

    A subclass lists its tables in ``TABLES`` (field name -> :class:`Table`) and adds one DataFrame field a
    table. ``not_seen`` says, by code, what the step could not see at this grain of plan.
    """

    TABLES: ClassVar[Mapping[str, Table]] = {}

    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    not_seen: tuple[str, ...] = ()
    status: Status = "complete"
    provenance: Provenance = Provenance()

    def tables(self) -> dict[str, Any]:
        """The result's DataFrames by field name."""
        return {name: getattr(self, name) for name in self.TABLES}

    def with_provenance(self, provenance: Provenance) -> Self:
        return replace(self, provenance=provenance)
