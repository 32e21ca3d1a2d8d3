"""Layers of a geofile to a plan, with what was chosen and left out: as a drawing is imported, without its linework."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qutb.core import Finding
from qutb.files.crs import Datum
from qutb.files.drawing.telling import plan_told
from qutb.files.limits import LIMITS, Limits
from qutb.files.plans import read_plan
from qutb.files.profiles import Profile
from qutb.plan import Plan

__all__ = ["GeofileImport", "read_geofile"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GeofileImport:
    """What came of a file of layers; ``proposal`` is the profile to confirm, where one was made."""

    plan: Plan
    findings: tuple[Finding, ...]
    file: str
    proposal: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data, under the names of ``qutb plan import --json``."""
        return {"file": self.file, "format": Path(self.file).suffix.lower().removeprefix("."), **plan_told(self.plan)}


def read_geofile(
    path: str | Path,
    *,
    crs: str | None = None,
    profile: str | Path | Profile | None = None,
    datum: Datum | None = None,
    encoding: str | None = None,
    limits: Limits = LIMITS,
) -> GeofileImport:
    """Parameters and errors as in :func:`~qutb.files.read_plan`."""
    plan, findings = read_plan(path, crs=crs, profile=profile, datum=datum, encoding=encoding, limits=limits)
    return GeofileImport(plan=plan, findings=findings, file=Path(path).name)
