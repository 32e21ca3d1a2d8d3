"""Layers of a geofile to a plan, with what was chosen and left out: as a drawing is imported, without its linework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from qutb.core import Finding, FormatError, Severity
from qutb.files.crs import Datum
from qutb.files.drawing.telling import plan_told
from qutb.files.limits import LIMITS, Limits
from qutb.files.plans import is_native, plan_of
from qutb.files.profiles import Profile, read_profile
from qutb.files.proposing import TABLES, found_layers, profile_toml, proposed_profile
from qutb.files.reading import read_layers
from qutb.plan import Plan

__all__ = ["GeofileImport", "read_geofile"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GeofileImport:
    """What came of a file of layers.

    ``layers`` has a row a layer with its role; ``proposal`` is the profile to confirm where one was made;
    ``dropped_m2_by_cause`` what is in no table.
    """

    file: str
    plan: Plan
    findings: tuple[Finding, ...]
    layers: pd.DataFrame
    chosen: Mapping[str, Mapping[str, Any]]
    dropped_m2_by_cause: Mapping[str, float]
    native: bool
    proposal: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data, under the names of ``qutb plan import --json``."""
        tables = (self.plan.street_areas, self.plan.buildings)
        return {
            "file": self.file,
            "format": Path(self.file).suffix.lower().removeprefix("."),
            **plan_told(self.plan),
            "layers_found": self.layers.to_dict("records"),
            "layers_chosen": {name: dict(chosen) for name, chosen in self.chosen.items()},
            "closures": [],
            "closed_area_in_m2": float(self.layers["closed_area_m2"].sum()),
            "other_tables_area_m2": sum(float(t.geometry.area.sum()) for t in tables if len(t)),
            "dropped_m2": sum(self.dropped_m2_by_cause.values()),
            "dropped_m2_by_cause": dict(self.dropped_m2_by_cause),
        }


def read_geofile(
    path: str | Path,
    *,
    crs: str | None = None,
    profile: str | Path | Profile | None = None,
    datum: Datum | None = None,
    encoding: str | None = None,
    limits: Limits = LIMITS,
) -> GeofileImport:
    """The plan of a file of layers; without ``profile``, one is proposed unless the layers are those of a plan.

    Other parameters and errors as in :func:`~qutb.files.read_plan`.
    """
    path = Path(path)
    maps = profile if isinstance(profile, Profile | None) else read_profile(profile)
    layers = read_layers(path, crs=crs or (maps.crs if maps else None), datum=datum, encoding=encoding, limits=limits)
    native = maps is None and is_native(layers)
    found = found_layers(layers)
    proposed = None if maps or native else proposed_profile(layers, found)
    used = maps or proposed
    found = _with_roles(found, used)
    plan, findings = plan_of(layers, path, used)
    if not len(plan.plots):
        raise FormatError("FILE-NO-PLOTS", path.name, found=", ".join(found["layer"]))
    dropped = _dropped(found, plan)
    return GeofileImport(
        file=path.name,
        plan=plan,
        findings=(*_said(dropped, found, proposed), *findings),
        layers=found,
        chosen=_chosen(found, used),
        dropped_m2_by_cause=dropped,
        native=native,
        proposal=profile_toml(proposed, found, path.name) if proposed else "",
    )


def _with_roles(found: pd.DataFrame, profile: Profile | None) -> pd.DataFrame:
    """What each layer was in fact taken for: by the profile, else by its own name."""
    if profile is None:
        roles = [name if name in TABLES else "table" for name in found["layer"]]
        if len(found) == 1:
            roles = ["plots"]
    else:
        taken = {source.layer: table for table in TABLES for source in getattr(profile, table)}
        roles = [
            taken.get(n, r if r not in TABLES else "ignore") for n, r in zip(found["layer"], found["role"], strict=True)
        ]
    return found.assign(role=roles)


def _chosen(found: pd.DataFrame, profile: Profile | None) -> dict[str, dict[str, Any]]:
    chosen: dict[str, dict[str, Any]] = {str(r["layer"]): {"role": r["role"]} for _, r in found.iterrows()}
    for table in TABLES if profile else ():
        for source in getattr(profile, table):
            chosen[source.layer] = {"role": table, **source.model_dump(exclude_defaults=True, exclude={"layer"})}
    return chosen


def _dropped(found: pd.DataFrame, plan: Plan) -> dict[str, float]:
    """Closed area that is in no table [m2]: of layers left out, and of rows that could not be used."""
    aside = found[~found["role"].isin(TABLES)].groupby("role")["closed_area_m2"].sum()
    dropped = {f"role_{role}": float(area) for role, area in aside.items() if area > 0}
    came = float(found.loc[found["role"].isin(TABLES), "closed_area_m2"].sum())
    kept = sum(float(t.geometry.area.sum()) for t in (plan.plots, plan.street_areas, plan.buildings) if len(t))
    return dropped if abs(came - kept) <= 1.0 else {**dropped, "not_read": came - kept}


def _said(dropped: Mapping[str, float], found: pd.DataFrame, proposed: Profile | None) -> list[Finding]:
    said = []
    if proposed:
        said.append(_say("DRAW-PROPOSAL-TAKEN", "warning", layers=len(found), plots=len(proposed.plots)))
    aside = found[~found["role"].isin(TABLES) & (found["closed"] > 0)]
    if len(aside):
        count, area = int(aside["closed"].sum()), float(aside["closed_area_m2"].sum())
        where = tuple(f"layer:{name}" for name in aside["layer"])
        said.append(_say("DRAW-DROP-ROLE", "note", where, count=count, value=area, unit="m2"))
    if "not_read" in dropped:
        said.append(_say("DRAW-DROP-NOT-READ", "warning", value=dropped["not_read"], unit="m2"))
    return said


def _say(code: str, severity: Severity, where: tuple[str, ...] = (), **params: Any) -> Finding:
    return Finding(code=code, severity=severity, where=where, params=params)
