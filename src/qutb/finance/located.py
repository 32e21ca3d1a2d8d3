"""Reading terms so that each fault names its place: ``terms:tiers[2].split``."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from qutb.core import Finding, FormatError, Severity

__all__ = ["Located", "read_toml", "share_sum_fault"]

_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Located:
    """A table of a TOML file with its path; each ``read`` names what it takes, faults go to ``findings``."""

    data: Mapping[str, Any]
    path: str
    findings: list[Finding]
    taken: set[str] = field(default_factory=set)

    def fault(self, code: str, key: str = "", severity: Severity = "blocking", **params: object) -> None:
        """Note that ``key`` of this table is wrong."""
        self.findings.append(Finding(code=code, severity=severity, where=(f"terms:{self.at(key)}",), params=params))

    def at(self, key: str) -> str:
        return ".".join(part for part in (self.path, key) if part)

    def has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def text(self, key: str, default: str = "", choices: Sequence[str] = ()) -> str:
        """A word; one that is not among ``choices`` is a fault and gives ``default``."""
        value = self._take(key, default)
        if not isinstance(value, str):
            self.fault("FIN-TERM-TEXT", key, given=str(value))
            return default
        if choices and value not in choices:
            self.fault("FIN-TERM-CHOICE", key, given=value, known=", ".join(choices))
            return default
        return value

    def number(self, key: str, default: float | None = None, low: float = -math.inf, high: float = math.inf) -> float:
        """A number within ``low``..``high``; ``"8 %"`` is 0.08. Needed where there is no ``default``."""
        given = self._take(key, default)
        if given is None:
            self.fault("FIN-TERM-MISSING", key)
            return math.nan
        value = _number(given)
        if value is None or not math.isfinite(value):
            self.fault("FIN-TERM-NUMBER", key, given=str(given))
        elif not low <= value <= high:
            self.fault(_range_code(low, high, value), key, given=value, low=low, high=high)
        else:
            return value
        return math.nan if default is None else default

    def share(self, key: str, default: float | None = None) -> float:
        """A ratio 0..1."""
        return self.number(key, default, 0.0, 1.0)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.fault("FIN-TERM-FLAG", key, given=str(value))
            return default
        return value

    def day(self, key: str, default: date | None = None) -> date | None:
        value = self._take(key, default)
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                self.fault("FIN-TERM-DATE", key, given=value)
                return default
        if value is not None and not isinstance(value, date):
            self.fault("FIN-TERM-DATE", key, given=str(value))
            return default
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words; a single word is a list of one."""
        value = self._take(key, ())
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            self.fault("FIN-TERM-TEXT", key, given=str(value))
            return ()
        return tuple(value)

    def table(self, key: str) -> Located:
        """A table under this one, empty where absent."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            self.fault("FIN-TERM-TABLE", key, given=str(value))
            value = {}
        return Located(value, self.at(key), self.findings)

    def tables(self, key: str) -> list[Located]:
        """A list of tables, numbered from 1 as a reader counts."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.fault("FIN-TERM-TABLE", key, given=str(value))
            return []
        return [Located(v, f"{self.at(key)}[{n}]", self.findings) for n, v in enumerate(value, start=1)]

    def shares(self, key: str, known: Sequence[str]) -> dict[str, float]:
        """Shares by name that add up to one; empty where absent."""
        table = self.table(key)
        found = {name: table.share(name) for name in table.data}
        for name in sorted(set(found) - set(known)):
            table.fault("FIN-PARTNER-UNKNOWN", name, partner=name, known=", ".join(known))
        if found and not any(math.isnan(v) for v in found.values()):
            share_sum_fault(self, key, list(found.values()))
        return {name: share for name, share in found.items() if name in known}

    def finish(self) -> None:
        """Keys that nothing reads: a misspelt term must not be silently left out."""
        for key in self.data:
            if key not in self.taken:
                self.fault("FIN-TERM-UNKNOWN", key, known=", ".join(sorted(self.taken)))

    def _take(self, key: str, default: Any) -> Any:
        self.taken.add(key)
        value = self.data.get(key)
        return default if value is None else value


def share_sum_fault(table: Located, key: str, shares: Sequence[float]) -> None:
    """A fault where shares do not add up to one."""
    if abs(sum(shares) - 1) > _SUM_TOLERANCE:
        table.fault("FIN-SHARES-SUM", key, total=100 * sum(shares))


def _range_code(low: float, high: float, value: float) -> str:
    if (low, high) == (0.0, 1.0):
        return "FIN-SHARE-RANGE"
    return "FIN-NEGATIVE" if low == 0.0 and value < 0 else "FIN-TERM-RANGE"


def _number(given: Any) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return float(given)
    if not isinstance(given, str):
        return None
    body, percent = given.strip(), given.strip().endswith("%")
    try:
        value = float(body.rstrip("% \u00a0\u202f").replace(",", "."))
    except ValueError:
        return None
    return value / 100 if percent else value


def read_toml(path: Path) -> Mapping[str, Any]:
    """The data of a TOML file; raises ``FormatError`` with the line where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FormatError("FIN-TOML", path.name, fault=str(fault)) from fault
