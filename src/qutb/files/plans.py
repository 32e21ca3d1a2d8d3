"""A master plan from a file: the GeoPackage Qutb writes (a layer a table), or any layers and a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from qutb.core import Finding, FormatError
from qutb.files.crs import Datum
from qutb.files.limits import LIMITS, Limits
from qutb.files.profiles import Profile, mapped, read_profile
from qutb.files.reading import Layers, read_layers
from qutb.files.writing import write_layers
from qutb.plan import PLAN_TABLES, USES, Plan, read_tables

__all__ = ["is_native", "plan_of", "read_plan", "write_plan"]

ABOUT = "about"
CONTEXT = "context"  # names the layers drawn for orientation only, separated by spaces
_OF_QGIS = ("layer_styles", "qgis_projects")
_FORM = "qutb-plan/1"
_NAMES = {t.name for t in PLAN_TABLES}
_NATIVE_LEAST = 0.5


def write_plan(plan: Plan, path: str | Path, *, when: date = date(2000, 1, 1)) -> None:
    """Write every table of ``plan`` to a GeoPackage, with ``about`` for titles and what it refines.

    Equal plans and dates give equal bytes.
    """
    rows = {"form": _FORM, "refines": plan.refines, **{f"title.{lang}": t for lang, t in sorted(plan.title.items())}}
    about = pd.DataFrame({"key": list(rows), "value": list(rows.values())})
    tables = {t.name: getattr(plan, t.name) for t in PLAN_TABLES}
    write_layers(path, {**tables, ABOUT: about}, crs=plan.crs, tables=PLAN_TABLES, when=when)


def read_plan(
    path: str | Path,
    *,
    crs: str | None = None,
    profile: str | Path | Profile | None = None,
    datum: Datum | None = None,
    encoding: str | None = None,
    limits: Limits = LIMITS,
) -> tuple[Plan, tuple[Finding, ...]]:
    """The plan of a file and everything that was said or wrong while reading it.

    Without ``profile`` the layers must be named and filled as the tables of a plan; a file of one layer is
    taken as its plots. ``profile`` is a TOML file that maps any layers, see :mod:`qutb.files.profiles`.
    Other parameters and errors as in :func:`~qutb.files.read_layers`; the plan is named after the file.
    """
    path = Path(path)
    maps = profile if isinstance(profile, Profile | None) else read_profile(profile)
    crs = crs or (maps.crs if maps else None)
    layers = read_layers(path, crs=crs, datum=datum, encoding=encoding, limits=limits)
    return plan_of(layers, path, maps)


def plan_of(layers: Layers, path: Path, maps: Profile | None) -> tuple[Plan, tuple[Finding, ...]]:
    """The plan of layers already read, by their own names or by a profile."""
    said: tuple[Finding, ...] = ()
    if maps is None:
        frames, title, refines = _native(layers, path.name)
    else:
        frames, said = mapped(layers, maps, path.name)
        title, refines = dict(maps.title), ""
    plan, findings = read_tables(frames, name=path.stem, crs=layers.crs, title=title, refines=refines)
    before = (*layers.notes, *said)
    return replace(plan, remarks=(*before, *plan.remarks)), (*before, *findings)


def is_native(layers: Layers) -> bool:
    """Whether layers are named and filled as the tables of a plan, so that no profile is needed."""
    if ABOUT in layers:
        return True
    plots = layers["plots"] if "plots" in layers else next(iter(layers.frames.values()))
    alone = len(layers.frames) == 1 or "plots" in layers
    return alone and "use" in plots and bool(plots["use"].isin(USES).mean() >= _NATIVE_LEAST)


def _native(layers: Layers, where: str) -> tuple[Mapping[str, pd.DataFrame], dict[str, str], str]:
    """Frames named as plan tables, titles and the version refined; layers the file calls context are not the plan."""
    about = _about(layers)
    aside = {ABOUT, *_OF_QGIS, *(about.get(CONTEXT) or "").split()}
    frames = {name: frame for name, frame in layers.frames.items() if name not in aside}
    if len(frames) == 1 and not _NAMES & set(frames):
        frames = {"plots": next(iter(frames.values()))}
    if "plots" not in frames:
        raise FormatError("FILE-NO-PLOTS", where, found=", ".join(layers.frames))
    title = {key.removeprefix("title."): text for key, text in about.items() if key.startswith("title.") and text}
    return frames, title, about.get("refines") or ""


def _about(layers: Layers) -> dict[str, str]:
    if ABOUT not in layers:
        return {}
    frame = layers[ABOUT]
    return {} if not {"key", "value"} <= set(frame) else dict(zip(frame["key"], frame["value"], strict=True))
