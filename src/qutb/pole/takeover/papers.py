"""Scans and plans that acts name: found beside the workbook or in the pole, known by their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import Any

from qutb.core import short_code
from qutb.pole.model import Pole

__all__ = ["Papers"]

_CHUNK = 2**20
Fault = tuple[str, str, dict[str, Any]]  # code, column, params


class Papers:
    """Looks for files from ``folders`` in turn; plans are those of ``pole``."""

    def __init__(self, beside: Path, folder: Path, pole: Pole) -> None:
        self.folders = (beside, folder)
        self.pole = pole

    def of(self, kind: str, record: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        """What the act's papers add to it, and what is wrong with them."""
        found, faults = self._scan(record)
        if kind == "plan_in_force":
            plan, wrong = self._plan(record)
            found |= plan
            faults += wrong
        return found, faults

    def plots_of(self, digest: str) -> set[str] | None:
        """Ids of the plots of the pole's plan with that digest; ``None`` where it has none."""
        name = self._plans.get(digest)
        return set(self.pole.plan(name).plots.index.astype(str)) if name else None

    def _scan(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        given = record.get("scan_file")
        if not given:
            return {}, []
        name = PureWindowsPath(str(given)).as_posix()
        path = self._path(name)
        if path is None:
            return {}, [("TAKEOVER-NO-SCAN", "scan_file", {"given": name})]
        digest = _sha256(path)
        stated = str(record.get("scan_digest") or "").strip().lower()
        if stated and stated.removeprefix("sha256:") != digest.removeprefix("sha256:"):
            return {}, [("TAKEOVER-SCAN-DIGEST", "scan_digest", {"given": stated, "found": digest})]
        return {"scan_file": name, "scan_digest": digest}, []

    def _path(self, name: str) -> Path | None:
        """The file of that relative name inside one of the folders."""
        for folder in self.folders:
            path = (folder / name).resolve()
            if path.is_file() and path.is_relative_to(folder.resolve()):
                return path
        return None

    def _plan(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        """The pole's plan that the act approved, by name or file, with its digest."""
        name = PureWindowsPath(str(record.get("plan_file") or "")).stem
        known = ", ".join(self.pole.plans)
        if name not in self.pole.plans:
            return {}, [("TAKEOVER-PLAN", "plan_file", {"given": name, "known": known})]
        digest = self.pole.plan(name).digest
        stated = str(record.get("plan_digest") or "").strip()
        if stated and stated not in (digest, digest.removeprefix("q1:"), short_code(digest)):
            params = {"given": stated, "found": f"{digest} ({short_code(digest)})"}
            return {}, [("TAKEOVER-PLAN-DIGEST", "plan_digest", params)]
        return {"plan_file": f"plans/{name}.gpkg", "plan_digest": digest}, []

    @cached_property
    def _plans(self) -> dict[str, str]:
        return {self.pole.plan(name).digest: name for name in self.pole.plans}


def _sha256(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            sha.update(chunk)
    return f"sha256:{sha.hexdigest()}"
