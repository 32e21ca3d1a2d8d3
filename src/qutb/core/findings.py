"""What is wrong with a plan, and how each check came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["SEVERITIES", "VERDICTS", "Check", "Finding", "Severity", "Verdict", "blocking", "by_severity"]

Severity = Literal["blocking", "warning", "note"]
Verdict = Literal["met", "not_met", "comparator_met", "comparator_not_met", "not_evaluated"]
SEVERITIES: tuple[Severity, ...] = ("blocking", "warning", "note")
VERDICTS: tuple[Verdict, ...] = ("met", "not_met", "comparator_met", "comparator_not_met", "not_evaluated")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong with the plan: where, how much, against which limit.

    ``where`` holds places such as ``"plot:A-17"``, ``"street:S-4"``, ``"xy:501234.5,2612345.0"``.
    ``params`` holds ``value``, ``limit``, ``unit`` and whatever else the message names. Message and hint
    are looked up by ``code`` in ``qutb.text``. ``source`` names the rule:
    ``"ma:form.street_share_min@2014-01-01"``.
    """

    code: str
    severity: Severity
    where: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "where": list(self.where),
            "params": dict(self.params),
            "source": self.source,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        return cls(
            code=data["code"],
            severity=data["severity"],
            where=tuple(data["where"]),
            params=dict(data["params"]),
            source=data.get("source"),
        )


@dataclass(frozen=True, kw_only=True)
class Check:
    """A value beside a limit, with a verdict. Never the word "compliant".

    ``status`` is the standing of the limit (``confirmed``, ``comparator``, ``assumed`` or ``missing``);
    an assumed or missing limit gives ``not_evaluated``. ``value`` and limits in ``unit`` (SI).
    """

    code: str
    verdict: Verdict
    value: float | None
    unit: str
    limit_low: float | None = None
    limit_high: float | None = None
    status: str = "missing"
    source: str | None = None
    where: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "verdict": self.verdict,
            "value": self.value,
            "unit": self.unit,
            "limit_low": self.limit_low,
            "limit_high": self.limit_high,
            "status": self.status,
            "source": self.source,
            "where": list(self.where),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Check:
        return cls(**{**data, "where": tuple(data["where"])})


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that stop approval."""
    return tuple(f for f in findings if f.severity == "blocking")


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings from blocking to note, then by code and place: the same order every time."""
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.code, f.where)))
