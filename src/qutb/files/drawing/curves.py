"""Arcs, ellipses, splines and bulges of a record cut to points. In drawing units; runs in the child process."""

from __future__ import annotations

from typing import Any

import numpy as np

from qutb.files.drawing.entities import Record

__all__ = ["bulged", "flattened"]


def flattened(record: Record, chord: float) -> list[np.ndarray]:
    """The record's loops as points, arcs cut so that no chord leaves its arc by more than ``chord``."""
    data = record.data
    if data.keys() == {"points"}:  # most of all
        return [data["points"]]
    if "source" in data:
        return _through_ezdxf(data["source"], chord)
    if "loops" in data:
        loops = [bulged(points, bulges, chord, closed=True) for points, bulges in data["loops"]]
    elif "arc" in data:
        loops = [_arc(data["arc"], chord)]
    elif "ellipse" in data:
        loops = [_elliptic(data["ellipse"], chord)]
    elif "spline" in data:
        loops = [_splined(chord, **data["spline"])]
    elif "bulges" in data and len(data["bulges"]):
        loops = [bulged(data["points"], np.asarray(data["bulges"]), chord, closed=record.kind == "ring")]
    else:
        loops = [data["points"]]
    return [_in_plane(loop, data) for loop in loops]


def _in_plane(points: np.ndarray, data: dict[str, Any]) -> np.ndarray:
    if data.get("back"):
        return points * np.array([-1.0, 1.0])
    if "normal" in data:
        from ezdxf.math import OCS

        plane = OCS(data["normal"])
        return np.array([plane.to_wcs((x, y, 0.0)).vec2 for x, y in points])
    return points


def _steps(radius: float, turn: float, chord: float) -> int:
    """Chords for an arc: the sagitta r(1 - cos(a/2)) of each stays within ``chord``."""
    if radius <= chord or radius <= 0:
        return max(8, int(np.ceil(abs(turn) / (np.pi / 4))))
    angle = 2 * np.arccos(1 - chord / radius)
    return min(4096, max(int(np.ceil(abs(turn) / angle)), int(np.ceil(abs(turn) / (np.pi / 6))), 1))


def _arc(about: tuple[float, ...], chord: float) -> np.ndarray:
    x, y, radius, low, high = about
    if high <= low:
        high += 2 * np.pi
    turns = np.linspace(low, high, _steps(radius, high - low, chord) + 1)
    return np.column_stack([x + radius * np.cos(turns), y + radius * np.sin(turns)])


def _elliptic(about: tuple[float, ...], chord: float) -> np.ndarray:
    x, y, ax, ay, ratio, low, high = about
    if high <= low:
        high += 2 * np.pi
    turns = np.linspace(low, high, _steps(float(np.hypot(ax, ay)), high - low, chord) + 1)
    cos, sin = np.cos(turns), np.sin(turns) * ratio
    return np.column_stack([x + ax * cos - ay * sin, y + ay * cos + ax * sin])


def bulged(points: np.ndarray, bulges: np.ndarray, chord: float, *, closed: bool) -> np.ndarray:
    """A polyline with its arcs cut; a bulge is the tangent of a quarter of the arc's turn."""
    if not np.any(bulges):
        return points
    parts = []
    count = len(points) if closed else len(points) - 1
    for i in range(count):
        start, end = points[i], points[(i + 1) % len(points)]
        parts.append(start[None])
        if bulges[i] and np.any(start != end):
            parts.append(_bow(start, end, float(bulges[i]), chord))
    if not closed:
        parts.append(points[-1:])
    return np.concatenate(parts)


def _bow(start: np.ndarray, end: np.ndarray, bulge: float, chord: float) -> np.ndarray:
    """Points between two ends of an arc, ends left out."""
    turn = 4 * np.arctan(bulge)
    along = end - start
    half = float(np.hypot(*along)) / 2
    radius = half * (1 + bulge * bulge) / (2 * abs(bulge))
    left = np.array([-along[1], along[0]])
    centre = (start + end) / 2 + left * (1 - bulge * bulge) / (4 * bulge)
    first = np.arctan2(*(start - centre)[::-1])
    turns = first + np.linspace(0, turn, _steps(radius, turn, chord) + 1)[1:-1]
    return centre + radius * np.column_stack([np.cos(turns), np.sin(turns)])


def _splined(
    chord: float, *, degree: int, control: np.ndarray, fit: np.ndarray, knots: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    from ezdxf.math import BSpline, fit_points_to_cad_cv

    if len(control) > degree:
        weighted = weights if len(weights) == len(control) else None
        spaced = knots if len(knots) == len(control) + degree + 1 else None
        curve = BSpline(control, order=degree + 1, knots=spaced, weights=weighted)
    elif len(fit) > 1:
        curve = fit_points_to_cad_cv(fit)
    else:
        return control
    return np.array([(p.x, p.y) for p in curve.flattening(chord, segments=4)])


def _through_ezdxf(source: str, chord: float) -> list[np.ndarray]:
    from ezdxf import path
    from ezdxf.entities import factory
    from ezdxf.lldxf.extendedtags import ExtendedTags

    entity = factory.load(ExtendedTags.from_text(source))
    loops = []
    for loop in path.from_hatch(entity):
        points = np.array([(p.x, p.y) for p in loop.flattening(chord, segments=4)])
        if len(points) > 2:
            loops.append(points)
    return loops
