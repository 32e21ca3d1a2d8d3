"""A master plan as one GeoPackage: a layer a table, and ``about`` with its titles and what it refines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from qutb.core import FormatError
from qutb.files.limits import LIMITS, Limits
from qutb.files.reading import Layers, read_layers
from qutb.files.tables import coerced
from qutb.files.writing import write_layers
from qutb.plan import PLAN_TABLES, Plan

__all__ = ["native_plan", "read_native_plan", "write_plan"]

ABOUT = "about"
_FORM = "qutb-plan/1"


def write_plan(plan: Plan, path: str | Path, *, when: date = date(2000, 1, 1)) -> None:
    """Write every table of ``plan`` to a GeoPackage; equal plans and dates give equal bytes."""
    rows = {"form": _FORM, "refines": plan.refines, **{f"title.{lang}": t for lang, t in sorted(plan.title.items())}}
    about = pd.DataFrame({"key": list(rows), "value": list(rows.values())})
    tables = {t.name: getattr(plan, t.name) for t in PLAN_TABLES}
    write_layers(path, {**tables, ABOUT: about}, crs=plan.crs, tables=PLAN_TABLES, when=when)


def read_native_plan(path: str | Path, *, crs: str | None = None, limits: Limits = LIMITS) -> Plan:
    """The plan of a GeoPackage that :func:`write_plan` wrote, or one drawn with the same layers and columns."""
    path = Path(path)
    return native_plan(read_layers(path, crs=crs, limits=limits), path.stem)


def native_plan(layers: Layers, name: str) -> Plan:
    """The plan in ``layers`` named as the tables of a plan; raises ``FormatError`` without plots."""
    if "plots" not in layers:
        raise FormatError("FILE-NO-PLOTS", name, found=", ".join(layers.frames))
    about = _about(layers)
    tables = {t.name: coerced(layers.frames.get(t.name), t, layers.crs, where=name) for t in PLAN_TABLES}
    title = {key.removeprefix("title."): text for key, text in about.items() if key.startswith("title.")}
    refines = about.get("refines") or ""
    return Plan.build(name=name, crs=layers.crs, title=title, refines=refines, remarks=layers.notes, **tables)


def _about(layers: Layers) -> dict[str, str]:
    if ABOUT not in layers:
        return {}
    frame = layers[ABOUT]
    return {} if not {"key", "value"} <= set(frame) else dict(zip(frame["key"], frame["value"], strict=True))
