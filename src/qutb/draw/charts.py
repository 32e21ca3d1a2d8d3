"""Charts as SVG. Labels follow the language; axes, and time above all, always run left to right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qutb.core import from_si
from qutb.draw import svg
from qutb.draw.maps import LegendEntry, legend_marks
from qutb.draw.palette import HATCHES, INK, color_of
from qutb.text import Lang, label, number, quantity, shown_unit, unit_name

__all__ = ["Bars", "Range", "Share", "bars_svg", "donut_svg", "ranges_svg"]

_CLASSES = 8
_SIZE = 2.7


@dataclass(frozen=True, kw_only=True)
class Range:
    """One row of a range chart: SI values, ``low <= central <= high``; low and high may be absent."""

    label: str
    central: float
    low: float | None = None
    high: float | None = None
    color: str = INK["low_high"]


@dataclass(frozen=True, kw_only=True)
class Share:
    """One part of a whole: SI value, and the palette's key that colours and hatches it."""

    label: str
    value: float
    key: str = "other"


@dataclass(frozen=True, kw_only=True)
class Bars:
    """One series of a bar chart: a value [SI] for each category; None where there is none."""

    label: str
    values: Sequence[float | None]
    color: str
    hatch: str = ""


@dataclass(frozen=True)
class Axis:
    """A value axis from zero: the unit shown, round ticks in it, and where a value falls [mm]."""

    unit: str
    ticks: tuple[float, ...]
    start_mm: float
    span_mm: float

    def at(self, value: float) -> float:
        return self.tick_at(from_si(value, self.unit))

    def tick_at(self, tick: float) -> float:
        return self.start_mm + self.span_mm * tick / self.ticks[-1]


def axis_over(values: Sequence[float], unit: str, start_mm: float, span_mm: float, count: int = 5) -> Axis:
    largest = max([v for v in values if math.isfinite(v)], default=0.0)
    named = shown_unit(largest, unit)[0]
    top = from_si(largest, named) or 1.0
    power = 10.0 ** math.floor(math.log10(top / count))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power * count >= top * (1 - 1e-9))
    steps = max(1, math.ceil(top / step - 1e-9))
    return Axis(named, tuple(step * n for n in range(steps + 1)), start_mm, span_mm)


def ranges_svg(
    rows: Sequence[Range],
    *,
    unit: str,
    lang: Lang,
    title: str,
    band: tuple[float, float] | None = None,
    band_label: str = "",
    size_mm: tuple[float, float] | None = None,
    description: str = "",
) -> str:
    """Low, central and high of each row on one axis from zero, over a reference ``band`` (SI, low and high).

    The axis runs left to right in each language; in Arabic the rows' names stand on the right.
    """
    width, height = size_mm or (150.0, 27.0 + 9.0 * max(len(rows), 1))
    top, bottom = (16.0 if band and band_label else 10.0), height - 11.0
    longest = max((svg.span_mm(r.label, _SIZE) for r in rows), default=0.0)
    names = min(longest + 3.0, width * 0.36)
    left, right = (6.0, width - names - 2.0) if lang == "ar" else (names + 2.0, width - 6.0)
    ends = [v for r in rows for v in (r.low, r.central, r.high) if v is not None]
    axis = axis_over([*ends, *(band or ())], unit, left, right - left)
    marks = _band(band, band_label, axis, top, bottom, lang) if band else []
    marks += _value_axis(axis, top, bottom, lang)
    step = (bottom - top) / max(len(rows), 1)
    for n, row in enumerate(rows):
        marks += _range_row(row, axis, top + step * (n + 0.5), min(3.4, step * 0.4), lang)
        words = svg.fitted(row.label, names, _SIZE)
        at, anchor = (width, "end") if lang == "ar" else (0.0, "start")
        marks.append(svg.text(at, top + step * (n + 0.5) + 1.0, words, lang, size_mm=_SIZE, anchor=anchor))
    said = "; ".join(f"{r.label}: {_range_words(r, unit, lang)}" for r in rows)
    return chart_document(marks, (width, height), lang, title, description or said)


def _range_row(row: Range, axis: Axis, y: float, thick: float, lang: Lang) -> list[str]:
    marks = []
    if row.low is not None and row.high is not None:
        x0, x1 = axis.at(row.low), axis.at(row.high)
        marks.append(svg.rect(x0, y - thick / 2, x1 - x0, thick, fill=row.color))
        marks += [svg.line([(x, y - thick / 2), (x, y + thick / 2)], stroke=INK["text"]) for x in (x0, x1)]
    if math.isfinite(row.central):
        at = axis.at(row.central)
        marks.append(svg.line([(at, y - thick * 0.75), (at, y + thick * 0.75)], stroke=INK["central"], width_mm=0.9))
        figures = number(from_si(row.central, axis.unit), lang, axis_digits(axis))
        marks.append(svg.text(at, y - thick * 0.95, figures, lang, size_mm=2.4, anchor="middle", bold=True, halo=True))
    return marks


def _range_words(row: Range, unit: str, lang: Lang) -> str:
    central = quantity(row.central, unit, lang)
    if row.low is None or row.high is None:
        return central
    return f"{central} ({quantity(row.low, unit, lang)} – {quantity(row.high, unit, lang)})"


def _band(band: tuple[float, float], words: str, axis: Axis, top: float, bottom: float, lang: Lang) -> list[str]:
    x0, x1 = axis.at(band[0]), axis.at(band[1])
    marks = [svg.rect(x0, top, x1 - x0, bottom - top, fill=INK["band"])]
    marks += [svg.line([(x, top), (x, bottom)], stroke=INK["band_line"], dash_mm=(1.0, 0.8)) for x in (x0, x1)]
    if words:
        half = svg.span_mm(words, 2.4) / 2
        at = min(max((x0 + x1) / 2, axis.start_mm + half), axis.start_mm + axis.span_mm - half)
        marks.append(svg.text(at, top - 2.4, words, lang, size_mm=2.4, anchor="middle", color=INK["band_text"]))
    return marks


def _value_axis(axis: Axis, top: float, bottom: float, lang: Lang) -> list[str]:
    marks = [svg.line([(axis.tick_at(t), top), (axis.tick_at(t), bottom)], stroke=INK["grid"]) for t in axis.ticks]
    marks.append(svg.line([(axis.start_mm, bottom), (axis.start_mm + axis.span_mm, bottom)], stroke=INK["text"]))
    for t in axis.ticks:
        words = number(t, lang, axis_digits(axis))
        marks.append(svg.text(axis.tick_at(t), bottom + 3.6, words, lang, size_mm=2.4, anchor="middle"))
    middle = axis.start_mm + axis.span_mm / 2
    name = unit_name(axis.unit, lang)
    marks.append(svg.text(middle, bottom + 8.2, name, lang, size_mm=2.5, anchor="middle", color=INK["muted"]))
    return marks


def axis_digits(axis: Axis) -> int:
    step = axis.ticks[1]
    return max(0, -math.floor(math.log10(step)) + (0 if round(step, 9) in _ONE_FIGURE else 1)) if step < 10 else 0


_ONE_FIGURE = {round(m * 10.0**-p, 9) for m in (1, 2, 5) for p in range(9)}


def donut_svg(
    shares: Sequence[Share],
    *,
    unit: str = "m2",
    lang: Lang,
    title: str,
    size_mm: tuple[float, float] = (120.0, 62.0),
    description: str = "",
) -> str:
    """A ring of at most eight classes, the smaller ones together as other; amount and percent beside."""
    rows = _largest(shares, lang)
    total = sum(s.value for s in rows)
    width, height = size_mm
    radius = min((height - 10.0) / 2, width * 0.21)
    center = (width - radius - 2.0 if lang == "ar" else radius + 2.0, 8.0 + (height - 8.0) / 2)
    marks = _ring(rows, total, center, radius)
    figures, name = _split(total, unit, lang)
    marks.append(svg.text(center[0], center[1] + 0.6, figures, lang, size_mm=4.2, anchor="middle", bold=True))
    marks.append(svg.text(center[0], center[1] + 5.0, name, lang, size_mm=2.7, anchor="middle", color=INK["muted"]))
    left = 0.0 if lang == "ar" else 2 * radius + 9.0
    box = (left, 8.0 + max(0.0, (height - 8.0 - 5.0 * len(rows)) / 2), width - 2 * radius - 9.0, height - 8.0)
    entries = [
        LegendEntry(
            label=s.label,
            fill=color_of(s.key),
            hatch=HATCHES.get(s.key, ""),
            stroke=INK["plot_line"],
            amount="\u00a0".join(_split(s.value, unit, lang, of=total)),
            part=quantity(s.value / total, "ratio", lang),
        )
        for s in rows
    ]
    marks += legend_marks(entries, box, lang)
    said = "; ".join(f"{e.label}: {e.amount}, {e.part}" for e in entries)
    return chart_document(marks, size_mm, lang, title, description or said)


def _largest(shares: Sequence[Share], lang: Lang) -> list[Share]:
    present = sorted((s for s in shares if s.value > 0), key=lambda s: (-s.value, s.label))
    if len(present) <= _CLASSES:
        return present
    rest = sum(s.value for s in present[_CLASSES:])
    return [*present[:_CLASSES], Share(label=label("draw.other", lang), value=rest)]


def _ring(rows: Sequence[Share], total: float, center: tuple[float, float], radius: float) -> list[str]:
    marks = []
    turned = 0.0
    for share in rows:
        part = share.value / total
        path = _sector(center, radius, radius * 0.58, turned, turned + part)
        for fill in (color_of(share.key), *([svg.hatch_id(HATCHES[share.key])] if share.key in HATCHES else [])):
            marks.append(f'<path d="{path}" fill="{fill}" stroke="#fff" stroke-width="30"/>')
        turned += part
    return marks


def _sector(center: tuple[float, float], outer: float, inner: float, start: float, end: float) -> str:
    end = min(end, start + 0.99999)  # an arc that closes on itself is not drawn
    large = int(end - start > 0.5)

    def at(radius: float, turn: float) -> str:
        angle = 2 * math.pi * turn - math.pi / 2
        x, y = center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle)
        return f"{svg.units(x)} {svg.units(y)}"

    r0, r1 = svg.units(outer), svg.units(inner)
    return (
        f"M{at(outer, start)}A{r0} {r0} 0 {large} 1 {at(outer, end)}"
        f"L{at(inner, end)}A{r1} {r1} 0 {large} 0 {at(inner, start)}z"
    )


def _split(value: float, unit: str, lang: Lang, *, of: float | None = None) -> tuple[str, str]:
    named, digits = shown_unit(of if of is not None else value, unit)
    return number(from_si(value, named), lang, 1 if named != unit else digits), unit_name(named, lang)


def bars_svg(
    categories: Sequence[str],
    series: Sequence[Bars],
    *,
    unit: str,
    lang: Lang,
    title: str,
    mode: str = "stacked",
    size_mm: tuple[float, float] = (120.0, 70.0),
    description: str = "",
) -> str:
    """Upright bars, ``stacked`` or ``grouped``; categories run left to right as time does.

    Raises ``ValueError`` when a series has another number of values than there are categories.
    """
    if any(len(s.values) != len(categories) for s in series):
        raise ValueError("each series needs one value a category")
    width, height = size_mm
    rows = -(-len(series) // 2) if len(series) > 1 else 0
    top, bottom = 14.0 + 4.6 * rows, height - 9.0
    axis = axis_over(_tops(series, mode), unit, bottom, top - bottom, count=4)
    left = 4.0 + max(svg.span_mm(number(t, lang, axis_digits(axis)), 2.4) for t in axis.ticks)
    marks = level_lines(axis, left, width - 2.0, lang)
    marks += _columns(series, axis, mode, left, (width - 2.0 - left) / max(len(categories), 1), lang)
    marks += _category_names(categories, left, (width - 2.0 - left) / max(len(categories), 1), bottom, lang)
    marks.append(svg.text(0.6, top - 3.2, unit_name(axis.unit, lang), lang, size_mm=2.4, color=INK["muted"]))
    marks += _series_names(series, width, lang) if rows else []
    said = "; ".join(
        f"{s.label}: " + ", ".join(f"{c} {quantity(v, unit, lang)}" for c, v in zip(categories, s.values, strict=True))
        for s in series
    )
    return chart_document(marks, size_mm, lang, title, description or said)


def _tops(series: Sequence[Bars], mode: str) -> list[float]:
    columns = list(zip(*(s.values for s in series), strict=True))
    if mode == "stacked":
        return [sum(v or 0.0 for v in column) for column in columns]
    return [v or 0.0 for column in columns for v in column]


def level_lines(axis: Axis, left: float, right: float, lang: Lang) -> list[str]:
    marks = []
    for t in axis.ticks:
        y = axis.tick_at(t)
        marks.append(svg.line([(left, y), (right, y)], stroke=INK["text"] if t == 0 else INK["grid"]))
        marks.append(svg.text(left - 1.5, y + 0.9, number(t, lang, axis_digits(axis)), lang, size_mm=2.4, anchor="end"))
    return marks


def _columns(series: Sequence[Bars], axis: Axis, mode: str, left: float, pitch: float, lang: Lang) -> list[str]:
    marks: list[str] = []
    count = len(series[0].values) if series else 0
    wide = min(pitch * 0.7, 18.0 if mode == "stacked" else pitch)
    each = wide if mode == "stacked" else wide / max(len(series), 1)
    for n in range(count):
        x, base = left + pitch * (n + 0.5) - wide / 2, 0.0
        for s in series:
            value = s.values[n]
            if value:
                low, high = axis.at(base), axis.at(base + value)
                marks += _bar(x, high, each, low - high, s)
            if mode == "stacked":
                base += value or 0.0
            else:
                marks += _bar_figure(x + each / 2, value or 0.0, axis, each, lang)
                x += each
        marks += _bar_figure(left + pitch * (n + 0.5), base, axis, pitch, lang)
    return marks


def _bar_figure(x: float, value: float, axis: Axis, room: float, lang: Lang) -> list[str]:
    words = number(from_si(value, axis.unit), lang, max(0, axis_digits(axis) - (axis.ticks[-1] >= 10)))
    if not value or svg.span_mm(words, 2.3) > room:
        return []
    return [svg.text(x, axis.at(value) - 0.9, words, lang, size_mm=2.3, anchor="middle", halo=True)]


def _bar(x: float, y: float, width: float, height: float, series: Bars) -> list[str]:
    marks = [svg.rect(x, y, width, height, fill=series.color, stroke=INK["plot_line"], stroke_width_mm=0.1)]
    if series.hatch:
        marks.append(svg.rect(x, y, width, height, fill=svg.hatch_id(series.hatch)))
    return marks


def _category_names(categories: Sequence[str], left: float, pitch: float, bottom: float, lang: Lang) -> list[str]:
    every = max(1, math.ceil(max((svg.span_mm(c, 2.4) for c in categories), default=0.0) / 2 / pitch - 1e-9))
    marks = []
    for n, words in enumerate(categories[::every]):
        x = left + pitch * (n * every + 0.5)
        for row, part in enumerate(svg.wrap(words, pitch * every * 0.98, 2.4)[:2]):
            marks.append(svg.text(x, bottom + 3.6 + 3.0 * row, part, lang, size_mm=2.4, anchor="middle"))
    return marks


def _series_names(series: Sequence[Bars], width: float, lang: Lang) -> list[str]:
    marks = []
    half = width / 2
    for n, s in enumerate(series):
        column = n % 2 if lang != "ar" else 1 - n % 2
        entry = LegendEntry(label=s.label, fill=s.color, hatch=s.hatch, stroke=INK["plot_line"])
        marks += legend_marks([entry], (half * column, 7.2 + 4.6 * (n // 2), half - 3.0, 4.6), lang)
    return marks


def chart_document(marks: list[str], size_mm: tuple[float, float], lang: Lang, title: str, description: str) -> str:
    at, anchor = (size_mm[0], "end") if lang == "ar" else (0.0, "start")
    words = svg.fitted(title, size_mm[0], 3.4)
    head = svg.text(at, 4.4, words, lang, size_mm=3.4, bold=True, anchor=anchor)
    return svg.document([head, *marks], size_mm=size_mm, lang=lang, title=title, description=description)
