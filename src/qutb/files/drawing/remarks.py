"""What the reader did that is not in the drawing, as findings: taken, closed, dropped, guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding, Severity

if TYPE_CHECKING:
    from qutb.files.drawing.answers import Answers
    from qutb.files.drawing.labels import Labels
    from qutb.files.drawing.result import DrawingImport

__all__ = ["remarks_of"]

_AREA_OFF = 0.02
_AREA_OFF_M2 = 2.0
_LISTED = 50


def remarks_of(
    result: DrawingImport, labels: Labels, plots: pd.DataFrame, mended: pd.DataFrame, *, asked: Answers
) -> tuple[Finding, ...]:
    """All remarks, in the order a reader asks: what was taken, what was changed, what is missing."""
    said: list[Finding] = []
    proposed = [] if asked.confirmed else [a for n, a in result.answers.layers.items() if asked.layer(n) is None]
    if proposed:
        chosen = sum(a.role == "plots" for a in proposed)
        said.append(_say("DRAW-PROPOSAL-TAKEN", "warning", layers=len(proposed), plots=chosen))
    absent = asked.absent(map(str, result.scan.layers.index))
    if absent:
        said.append(_say("DRAW-ANSWERS-ABSENT", "warning", tuple(f"layer:{name}" for name in absent)))
    said += _changed(result, mended)
    said += _dropped(result)
    said += _about_plots(result, labels, plots)
    if abs(result.unexplained_m2) > 1.0:
        said.append(_say("DRAW-UNEXPLAINED", "blocking", value=result.unexplained_m2, unit="m2"))
    return tuple(said)


def _say(code: str, severity: Severity, where: tuple[str, ...] = (), **params: Any) -> Finding:
    return Finding(code=code, severity=severity, where=where[:_LISTED], params=params)


def _spots(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(f"xy:{x:.1f},{y:.1f}" for x, y in zip(table["x_m"], table["y_m"], strict=True))


def _changed(result: DrawingImport, mended: pd.DataFrame) -> list[Finding]:
    said = []
    joins = result.closures
    if len(joins):
        longest = float(joins["length_m"].max())
        limit = result.answers.gap_m
        said.append(
            _say("DRAW-GAPS-CLOSED", "warning", _spots(joins), count=len(joins), value=longest, limit=limit, unit="m")
        )
    ends = result.open_ends
    near = ends[np.isfinite(ends["distance_m"])]
    if len(near):
        least = float(near["distance_m"].min())
        params = {"count": len(near), "value": least, "limit": result.answers.gap_m, "unit": "m"}
        said.append(_say("DRAW-OPEN-ENDS", "warning", _spots(near), **params))
    if len(mended):
        where = tuple(f"line:{n}" for n in mended["line"])
        said.append(
            _say("DRAW-MENDED", "warning", where, count=len(mended), value=float(mended["area_m2"].sum()), unit="m2")
        )
    return said


def _dropped(result: DrawingImport) -> list[Finding]:
    said = []
    kinds = result.dropped["cause"].str.replace("role_.*", "role", regex=True)
    for cause, rows in result.dropped.groupby(kinds, sort=True):
        area, count = float(rows["area_m2"].sum()), int(rows["count"].sum())
        if not count and abs(area) < 0.5:
            continue
        where = tuple(f"layer:{name}" for name in rows.sort_values("area_m2", ascending=False)["layer"])
        severity: Severity = "warning" if cause in ("other_part", "sliver", "between_plots", "cut_by_inner") else "note"
        if cause == "rounding":
            continue
        code = "DRAW-DROP-" + str(cause).upper().replace("_", "-")
        said.append(_say(code, severity, where, count=count, value=area, unit="m2"))
    return said


def _about_plots(result: DrawingImport, labels: Labels, plots: pd.DataFrame) -> list[Finding]:
    said = []
    if result.ids_by.get("made"):
        bare = tuple(f"plot:{i}" for i in plots.loc[~plots["named"], "plot_id"])
        said.append(_say("DRAW-ID-MADE", "warning", bare, count=len(bare)))
    if labels.moved:
        said.append(_say("DRAW-TEXTS-MOVED", "note", count=labels.moved, limit=result.answers.text_reach_m, unit="m"))
    if len(labels.strays):
        where = tuple(f"xy:{x:.1f},{y:.1f}" for x, y in labels.strays[["x_m", "y_m"]].to_numpy())
        example = ", ".join(labels.strays["value"].astype(str).unique()[:5])
        said.append(_say("DRAW-TEXTS-STRAY", "note", where, count=len(labels.strays), example=example))
    for cause, code in (("default", "DRAW-USE-DEFAULT"), ("storeys", "DRAW-USE-STOREYS")):
        some = plots[plots["use_from"] == cause]
        if len(some):
            where = tuple(f"plot:{i}" for i in some["plot_id"])
            area = float(shapely.area(some["geometry"].to_numpy()).sum())
            used = ", ".join(sorted(some["use"].unique()))
            said.append(_say(code, "warning", where, count=len(some), used=used, value=area, unit="m2"))
    return [*said, *_areas(plots)]


def _areas(plots: pd.DataFrame) -> list[Finding]:
    """Areas written on plots against those measured."""
    measured = shapely.area(plots["geometry"].to_numpy())
    written = plots["area_said_m2"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        off = np.abs(written - measured) > np.maximum(_AREA_OFF * measured, _AREA_OFF_M2)
    if not off.any():
        return []
    worst = int(np.nanargmax(np.where(off, np.abs(written - measured), 0)))
    params = {
        "count": int(off.sum()),
        "plot": plots["plot_id"].iloc[worst],
        "value": float(written[worst]),
        "limit": float(measured[worst]),
        "unit": "m2",
    }
    return [_say("DRAW-AREA-DIFFERS", "warning", tuple(f"plot:{i}" for i in plots.loc[off, "plot_id"]), **params)]
