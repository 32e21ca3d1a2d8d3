"""Findings of this room: places named by table, the first of many listed, all counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qutb.core import Finding, Severity, Table

__all__ = ["PLACES_NAMED", "about", "place"]

PLACES_NAMED = 50


def place(table: Table, row_id: object) -> str:
    """``plot:A-17``, ``street:S-4``, ``parcel:T-1``."""
    kind = table.key.removesuffix("_id").removesuffix("_code")
    return f"{kind}:{row_id}"


def about(code: str, severity: Severity, where: Iterable[str], *, source: str | None = None, **params: Any) -> Finding:
    """A finding on many places; ``params["count"]`` tells how many there are."""
    places = tuple(where)
    return Finding(
        code=code,
        severity=severity,
        where=places[:PLACES_NAMED],
        params={"count": len(places), **params},
        source=source,
    )
