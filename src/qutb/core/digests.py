"""Digests: SHA-256 with a version in front, so that a change of method never looks like a change of plan."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

__all__ = ["DIGEST_VERSION", "canonical_json", "digest_bytes", "digest_json", "digest_parts", "short_code"]

DIGEST_VERSION = "q1"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def digest_bytes(*chunks: bytes) -> str:
    """Versioned digest of bytes, each chunk preceded by its length so that joins cannot collide."""
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(len(chunk).to_bytes(8, "big"))
        sha.update(chunk)
    return f"{DIGEST_VERSION}:{sha.hexdigest()}"


def canonical_json(data: Any) -> str:
    """JSON with sorted keys, no spaces, text in NFC: equal data, equal text."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return unicodedata.normalize("NFC", text)


def digest_json(data: Any) -> str:
    """Versioned digest of plain data."""
    return digest_bytes(canonical_json(data).encode())


def digest_parts(parts: Mapping[str, str]) -> str:
    """Digest of named digests; the order of the mapping does not matter."""
    return digest_json(dict(parts))


def short_code(digest: str) -> str:
    """Eight letters and figures to print on paper, ``XXXX-XXXX``, in Crockford's base 32 (no I, L, O, U).

    2**40 codes: enough to tell a stamped copy from another version, not a proof by itself.
    """
    number = int(digest.rsplit(":", 1)[-1][:10], 16)
    signs = ""
    for _ in range(8):
        number, rest = divmod(number, 32)
        signs += _CROCKFORD[rest]
    return f"{signs[:4]}-{signs[4:]}"
