"""What a file may cost to read. A pole of 275 ha at lot detail is about 6,000 plots and 60,000 vertices."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMITS", "Limits"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one file: bytes, entries and ratio of a zip, features, vertices, memory [byte], time [s]."""

    file_bytes: int = 512 * 2**20
    unzipped_bytes: int = 1024 * 2**20
    zip_ratio: int = 100
    zip_entries: int = 200
    features: int = 500_000
    vertices: int = 5_000_000
    memory_bytes: int = 1536 * 2**20
    seconds: int = 60


LIMITS = Limits()
