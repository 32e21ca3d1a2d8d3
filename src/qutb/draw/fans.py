"""A quantity by year with its bands: the wider the band, the paler; beside it, other courses as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qutb.draw import svg
from qutb.draw.charts import Axis, axis_digits, axis_over, chart_document, level_lines
from qutb.draw.palette import INK
from qutb.text import Lang, number, quantity, unit_name

__all__ = ["Course", "Fan", "fan_svg"]

_TINTS = ("#dbe6f1", "#b3cae1", "#7fa5cb")
_SIZE = 2.4
_LINE_STEP_MM = 4.4
_MARK_MM = 5.0
_EVERY_YEARS = 5
_TOP_MM = 11.0


@dataclass(frozen=True, kw_only=True)
class Fan:
    """``central`` [SI] by year and at most three ``bands``, widest first, each a name, low and high by year."""

    label: str
    central: Sequence[float]
    bands: Sequence[tuple[str, Sequence[float], Sequence[float]]] = ()


@dataclass(frozen=True, kw_only=True)
class Course:
    """Another course by year [SI], drawn as a dashed line."""

    label: str
    values: Sequence[float]
    color: str = INK["finding"]


def fan_svg(
    fan: Fan,
    *,
    unit: str,
    lang: Lang,
    title: str,
    year_label: str,
    courses: Sequence[Course] = (),
    level: tuple[str, float] | None = None,
    top: float | None = None,
    size_mm: tuple[float, float] = (90.0, 62.0),
    description: str = "",
) -> str:
    """Years 0 (nobody) to n from left to right in each language; ``level`` is a named line across.

    ``top`` [SI] fixes the end of the axis, so that charts beside each other compare.
    """
    width, height = size_mm
    names = _names(fan, courses, level)
    rows = -(-len(names) // 2)
    bottom = height - 9.0 - _LINE_STEP_MM * rows
    axis = axis_over([top or _largest(fan, courses, level)], unit, bottom, _TOP_MM - bottom, count=5)
    left = 4.0 + max(svg.span_mm(number(t, lang, axis_digits(axis)), _SIZE) for t in axis.ticks)
    pitch = (width - 3.0 - left) / max(len(fan.central), 1)
    marks = [_area(low, high, axis, left, pitch, tint) for tint, (_, low, high) in zip(_TINTS, fan.bands, strict=False)]
    marks += level_lines(axis, left, width - 2.0, lang)
    if level:
        at = axis.at(level[1])
        marks.append(
            svg.line([(left, at), (width - 2.0, at)], stroke=INK["band_line"], width_mm=0.3, dash_mm=(0.8, 0.8))
        )
    marks += [_course(c.values, axis, left, pitch, c.color, (2.0, 1.0)) for c in courses]
    marks.append(_course(fan.central, axis, left, pitch, INK["central"], ()))
    marks += _years(len(fan.central), left, pitch, bottom, year_label, lang)
    marks.append(svg.text(0.6, _TOP_MM - 2.4, unit_name(axis.unit, lang), lang, size_mm=_SIZE, color=INK["muted"]))
    marks += _key(names, width, bottom + 10.0, lang)
    return chart_document(marks, size_mm, lang, title, description or _said(fan, courses, unit, lang))


def _largest(fan: Fan, courses: Sequence[Course], level: tuple[str, float] | None) -> float:
    rows = [fan.central, *(high for _, _, high in fan.bands), *(c.values for c in courses)]
    return max([v for row in rows for v in row] + ([level[1]] if level else []), default=0.0)


def _points(values: Sequence[float], axis: Axis, left: float, pitch: float) -> list[tuple[float, float]]:
    """From nobody at the start, a point at the end of each year."""
    return [(left + pitch * n, axis.at(v)) for n, v in enumerate([0.0, *values])]


def _area(low: Sequence[float], high: Sequence[float], axis: Axis, left: float, pitch: float, tint: str) -> str:
    around = _points(high, axis, left, pitch) + _points(low, axis, left, pitch)[::-1]
    return svg.line(around, stroke="none", fill=tint)


def _course(
    values: Sequence[float], axis: Axis, left: float, pitch: float, color: str, dash_mm: Sequence[float]
) -> str:
    return svg.line(_points(values, axis, left, pitch), stroke=color, width_mm=0.6, dash_mm=dash_mm)


def _years(count: int, left: float, pitch: float, bottom: float, words: str, lang: Lang) -> list[str]:
    marks = [
        svg.text(left + pitch * n, bottom + 3.4, number(n, lang), lang, size_mm=_SIZE, anchor="middle")
        for n in range(0, count + 1, _EVERY_YEARS)
    ]
    middle = left + pitch * count / 2
    return [*marks, svg.text(middle, bottom + 6.8, words, lang, size_mm=_SIZE, anchor="middle", color=INK["muted"])]


_Name = tuple[str, str, Sequence[float], bool]


def _names(fan: Fan, courses: Sequence[Course], level: tuple[str, float] | None) -> list[_Name]:
    """What the key says: words, colour, dashes, whether it is an area."""
    names: list[_Name] = [(fan.label, INK["central"], (), False)]
    names += [(words, tint, (), True) for tint, (words, _, _) in zip(_TINTS, fan.bands, strict=False)]
    names += [(c.label, c.color, (2.0, 1.0), False) for c in courses]
    return names + ([(level[0], INK["band_line"], (0.8, 0.8), False)] if level else [])


def _key(names: Sequence[_Name], width: float, top: float, lang: Lang) -> list[str]:
    """Two columns of names, from the side where reading starts."""
    marks, half = [], width / 2
    for n, (words, color, dash, area) in enumerate(names):
        column = n % 2 if lang != "ar" else 1 - n % 2
        y = top + _LINE_STEP_MM * (n // 2)
        edge = half * (column + 1) - _MARK_MM - 1.0 if lang == "ar" else half * column + 1.0
        if area:
            marks.append(svg.rect(edge, y - 2.0, _MARK_MM, 2.2, fill=color))
        else:
            marks.append(
                svg.line([(edge, y - 0.9), (edge + _MARK_MM, y - 0.9)], stroke=color, width_mm=0.6, dash_mm=dash)
            )
        at, anchor = (edge - 1.2, "end") if lang == "ar" else (edge + _MARK_MM + 1.2, "start")
        room = half - _MARK_MM - 3.4
        marks.append(svg.text(at, y, svg.fitted(words, room, _SIZE), lang, size_mm=_SIZE, anchor=anchor))
    return marks


def _said(fan: Fan, courses: Sequence[Course], unit: str, lang: Lang) -> str:
    """Every fifth year in words."""
    rows = [(fan.label, fan.central), *((c.label, c.values) for c in courses)]
    return "; ".join(
        f"{words}: "
        + ", ".join(f"{number(n + 1, lang)} {quantity(v, unit, lang, 0)}" for n, v in enumerate(values) if _fifth(n))
        for words, values in rows
    )


def _fifth(index: int) -> bool:
    return (index + 1) % _EVERY_YEARS == 0
