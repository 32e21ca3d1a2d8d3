"""A long profile: the ground and the pipe under it along a line, heights drawn larger than lengths."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qutb.draw import svg
from qutb.draw.charts import chart_document
from qutb.draw.maps import round_length
from qutb.draw.palette import INK
from qutb.text import Lang, number, unit_name

__all__ = ["Profile", "profile_svg"]

_SIZE = 2.4
_TOP_MM = 12.0
_BELOW_MM = 14.0
_Scale = Callable[[float], float]
_GROUND, _PIPE = "#7a4b1e", INK["accent"]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """By manhole, in the direction of flow: distance, ground, invert arriving (NaN at the head) and leaving [m].

    ``diameter_m`` is that of the pipe that leaves (NaN at the end).
    """

    station_m: Sequence[float]
    ground_m: Sequence[float]
    arriving_invert_m: Sequence[float]
    invert_m: Sequence[float]
    diameter_m: Sequence[float]


def profile_svg(
    profile: Profile,
    *,
    lang: Lang,
    title: str,
    words: tuple[str, str],
    size_mm: tuple[float, float] = (186.0, 60.0),
    description: str = "",
) -> str:
    """Ground and pipe from the head on the left to the end on the right; ``words`` name the two lines."""
    width, height = size_mm
    station, ground = np.asarray(profile.station_m, float), np.asarray(profile.ground_m, float)
    arriving, leaving = np.asarray(profile.arriving_invert_m, float), np.asarray(profile.invert_m, float)
    known = np.concatenate([ground, arriving, leaving])
    ticks = _ticks(float(np.nanmin(known)), float(np.nanmax(known)))
    left, bottom = 14.0, height - _BELOW_MM

    def x(metres: float) -> float:
        return left + (width - left - 3.0) * metres / max(float(station[-1]), 1.0)

    def y(level: float) -> float:
        return bottom - (bottom - _TOP_MM) * (level - ticks[0]) / (ticks[-1] - ticks[0])

    marks = _grid(ticks, y, left, width - 3.0, lang)
    marks += _stations(station, x, bottom, lang)
    for i in range(len(station) - 1):
        marks += _pipe((x(station[i]), x(station[i + 1])), (leaving[i], arriving[i + 1]), profile.diameter_m[i], y)
    for i, at in enumerate(station):
        low = np.nanmin([arriving[i], leaving[i]]) if not (math.isnan(arriving[i]) and math.isnan(leaving[i])) else None
        if low is not None:
            marks.append(svg.line([(x(at), y(ground[i])), (x(at), y(low))], stroke=INK["muted"], width_mm=0.15))
    marks.append(svg.line([(x(s), y(g)) for s, g in zip(station, ground, strict=True)], stroke=_GROUND, width_mm=0.4))
    marks += _key(words, width, height, lang)
    return chart_document(marks, size_mm, lang, title, description or title)


def _ticks(low: float, high: float) -> list[float]:
    """Round levels that hold both ends."""
    step = round_length(max(high - low, 1.0) / 3.0)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [step * n for n in range(first, last + 1)]


def _grid(ticks: Sequence[float], y: _Scale, left: float, right: float, lang: Lang) -> list[str]:
    marks = [svg.text(0.6, _TOP_MM - 3.0, unit_name("m", lang), lang, size_mm=_SIZE, color=INK["muted"])]
    digits = 0 if all(abs(t - round(t)) < 1e-9 for t in ticks) else 1
    for t in ticks:
        marks.append(svg.line([(left, y(t)), (right, y(t))], stroke=INK["grid"]))
        marks.append(svg.text(left - 1.5, y(t) + 0.9, number(t, lang, digits), lang, size_mm=_SIZE, anchor="end"))
    return marks


def _stations(station: np.ndarray, x: _Scale, bottom: float, lang: Lang) -> list[str]:
    step = round_length(max(float(station[-1]), 1.0) / 5.0)
    marks = []
    for n in range(int(float(station[-1]) / step) + 1):
        at = x(step * n)
        marks.append(svg.line([(at, bottom), (at, bottom + 1.0)], stroke=INK["text"]))
        marks.append(svg.text(at, bottom + 4.2, number(step * n, lang), lang, size_mm=_SIZE, anchor="middle"))
    return marks


def _pipe(at: tuple[float, float], invert: tuple[float, float], diameter: float, y: _Scale) -> list[str]:
    """Invert and crown of one pipe."""
    if any(math.isnan(v) for v in (*invert, diameter)):
        return []
    return [
        svg.line([(at[0], y(invert[0] + up)), (at[1], y(invert[1] + up))], stroke=_PIPE, width_mm=wide)
        for up, wide in ((0.0, 0.35), (diameter, 0.2))
    ]


def _key(words: tuple[str, str], width: float, height: float, lang: Lang) -> list[str]:
    marks = []
    for n, (name, color) in enumerate(zip(words, (_GROUND, _PIPE), strict=True)):
        at = width - 3.0 - 60.0 * n if lang == "ar" else 14.0 + 60.0 * n
        side = -1.0 if lang == "ar" else 1.0
        marks.append(svg.line([(at, height - 3.2), (at + 7.0 * side, height - 3.2)], stroke=color, width_mm=0.5))
        anchor = "end" if lang == "ar" else "start"
        marks.append(svg.text(at + 9.0 * side, height - 2.3, name, lang, size_mm=_SIZE, anchor=anchor))
    return marks
