"""The log: one hash chain a procedure, whose first altered, missing or added record can be named offline.

``hash = SHA-256(canonical JSON of the record without its hash)``; each record holds the hash before it, so nothing
can change, vanish or be put in between without the chain breaking there. What was cut from the end shows against a
published :class:`Checkpoint`. Only digests of documents and of personal data stand in a record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FIELDS", "GENESIS", "Checkpoint", "Fault", "first_fault", "sealed"]

GENESIS = "0" * 64
FIELDS = (
    "stream",
    "seq",
    "at",
    "actor",
    "organisation",
    "role",
    "event",
    "object",
    "source",
    "target",
    "outcome",
    "standing",
    "digest",
    "rulebook",
    "reason",
    "previous",
)
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """How long a stream was and how it ended when that was published."""

    stream: str
    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The first record of a stream that is not as it was written: ``code`` says how."""

    stream: str
    seq: int
    code: str


def sealed(record: Mapping[str, Any], previous: Mapping[str, Any] | None) -> dict[str, Any]:
    """The record with its number, the hash before it and its own. All :data:`FIELDS` but these two must be there."""
    body = dict(record)
    body["seq"] = 0 if previous is None else int(previous["seq"]) + 1
    body["previous"] = GENESIS if previous is None else str(previous["hash"])
    missing = set(FIELDS) ^ set(body)
    if missing:
        raise ValueError(f"fields of a log record differ: {', '.join(sorted(missing))}")
    return {**body, "hash": _hash(body)}


def first_fault(records: Iterable[Mapping[str, Any]], checkpoints: Iterable[Checkpoint] = ()) -> Fault | None:
    """The first bad record of one stream in order of ``seq``, or nothing; one pass, any length."""
    due = {c.seq: c for c in checkpoints}
    length = 0
    for record, fault in _checked(records):
        if fault:
            return fault
        length += 1
        mark = due.pop(int(record["seq"]), None)
        if mark is not None and mark.hash != record["hash"]:
            return Fault(stream=mark.stream, seq=mark.seq, code="LOG-NOT-AS-PUBLISHED")
    if due:
        mark = due[min(due)]
        return Fault(stream=mark.stream, seq=length, code="LOG-CUT-SHORT")
    return None


def _checked(records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Fault | None]]:
    previous, stream = GENESIS, None
    for seq, record in enumerate(records):
        stream = str(record.get("stream", "")) if stream is None else stream
        code = _code(record, seq, previous, stream)
        yield record, Fault(stream=stream, seq=seq, code=code) if code else None
        previous = record["hash"]


def _code(record: Mapping[str, Any], seq: int, previous: str, stream: str) -> str:
    if record.get("seq") != seq or record.get("stream") != stream:
        return "LOG-RECORD-MISSING"
    body = {k: v for k, v in record.items() if k != "hash"}
    if len(body) != len(FIELDS) or _hash(body) != record.get("hash"):
        return "LOG-RECORD-ALTERED"
    return "" if record.get("previous") == previous else "LOG-CHAIN-BROKEN"


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_ENCODE(body).encode()).hexdigest()
