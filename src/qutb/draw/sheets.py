"""Plan sheets: a map at a round scale in a frame, with title block, legend, key map and digest code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import box

from qutb.draw import svg
from qutb.draw.maps import (
    Extent,
    Layer,
    LegendEntry,
    fitted_view,
    layers_extent,
    legend_marks,
    map_marks,
    north_arrow,
    round_length,
    scale_bar_marks,
)
from qutb.draw.palette import INK
from qutb.draw.paths import View, polygons_path
from qutb.text import Lang, label, number

__all__ = ["PAPERS", "Sheet", "sheet_svg"]

PAPERS = {"A0": (1189.0, 841.0), "A1": (841.0, 594.0), "A3": (420.0, 297.0), "A4": (297.0, 210.0)}  # mm, landscape
_SCALES = (200, 500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_OVERLAP_MM = 10.0  # shown twice on sheets that lie side by side
_BORDER_MM = 8.0


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Words of the title block. ``date`` and ``digest_code`` come as they are to be read.

    ``stamp`` is a warning across the foot such as the line that marks an illustrative outline.
    """

    project: str
    plan: str
    date: str = ""
    digest_code: str = ""
    drawing: str = ""
    author: str = ""
    crs: str = ""
    stamp: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Format:
    width: float
    height: float
    factor: float  # sizes of marks beside A3
    aside: float

    def map_frame(self, lang: Lang) -> tuple[float, float, float, float]:
        left = _BORDER_MM + (self.aside if lang == "ar" else 0.0)
        return left, _BORDER_MM, self.width - 2 * _BORDER_MM - self.aside, self.height - 2 * _BORDER_MM

    def aside_frame(self, lang: Lang) -> tuple[float, float, float, float]:
        left = _BORDER_MM if lang == "ar" else self.width - _BORDER_MM - self.aside
        return left, _BORDER_MM, self.aside, self.height - 2 * _BORDER_MM


def sheet_svg(
    layers: Sequence[Layer],
    words: Sheet,
    *,
    lang: Lang,
    paper: str = "A3",
    scale: float | None = None,
    extent: Extent | None = None,
    legend: Sequence[LegendEntry] = (),
) -> tuple[str, ...]:
    """Sheets of the plan, in rows from the north-west; one where it fits.

    ``scale`` is the denominator (5_000 for 1:5,000); without it the largest round scale at which ``extent``
    [m] (default: the layers) fits one sheet. At a scale too large for one sheet the plan is cut into several,
    each overlapping its neighbours by a centimetre and marked on the key map.
    """
    size = PAPERS[paper]
    form = _Format(*size, factor={"A0": 1.9, "A1": 1.5, "A3": 1.0, "A4": 0.8}[paper], aside=size[0] * 0.2 + 8.0)
    ground = extent or layers_extent(layers)
    views = [v for v in _views(ground, form.map_frame(lang), scale) if _shows(v, layers)] or [
        fitted_view(ground, form.map_frame(lang), scale)
    ]
    entries = [layer.entry() for layer in layers if layer.legend] + list(legend)
    return tuple(_one_sheet(layers, words, form, views, n, ground, entries, lang) for n in range(len(views)))


def _views(ground: Extent, frame: tuple[float, float, float, float], scale: float | None) -> list[View]:
    xmin, ymin, xmax, ymax = ground
    wide, high = xmax - xmin, ymax - ymin
    least = 1000 * max(wide / (frame[2] - _OVERLAP_MM), high / (frame[3] - _OVERLAP_MM))
    chosen = scale or next((s for s in _SCALES if s >= least), least)
    if least <= chosen:
        return [fitted_view(ground, frame, chosen)]
    step_x, step_y = ((side - _OVERLAP_MM) * chosen / 1000 for side in frame[2:])
    columns, rows = math.ceil(wide / step_x - 1e-9), math.ceil(high / step_y - 1e-9)
    left = (xmin + xmax) / 2 - step_x * (columns - 1) / 2
    top = (ymin + ymax) / 2 + step_y * (rows - 1) / 2
    return [
        View(center_m=(left + step_x * column, top - step_y * row), frame_mm=frame, scale=chosen)
        for row in range(rows)
        for column in range(columns)
    ]


def _shows(view: View, layers: Sequence[Layer]) -> bool:
    frame = box(*view.extent_m)
    return any(bool(shapely.intersects(layer.shapes, frame).any()) for layer in layers)


def _one_sheet(
    layers: Sequence[Layer],
    words: Sheet,
    form: _Format,
    views: Sequence[View],
    index: int,
    ground: Extent,
    entries: Sequence[LegendEntry],
    lang: Lang,
) -> str:
    view = views[index]
    frame = view.frame_mm
    body = [svg.rect(0.0, 0.0, form.width, form.height, fill="#ffffff")]
    body += map_marks(layers, view, lang, clip=0)
    body += _coordinate_marks(view, lang)
    body.append(svg.rect(*frame, stroke=INK["frame"], stroke_width_mm=0.5))
    body.append(svg.rect(*form.aside_frame(lang), stroke=INK["frame"], stroke_width_mm=0.5))
    body += _aside(layers, words, form, views, index, ground, entries, lang)
    title = f"{words.project}, {words.plan}"
    about = f"{_scale_words(view.scale, lang)}. {words.digest_code}"
    return svg.document(
        body, size_mm=(form.width, form.height), lang=lang, title=title, description=about, clips_mm=[frame]
    )


def _coordinate_marks(view: View, lang: Lang) -> list[str]:
    """Crosses on round coordinates about every 8 cm, their figures [m] along the lower and left edge."""
    step = round_length(160.0 * view.scale / 1000)
    xmin, ymin, xmax, ymax = view.extent_m
    eastings = np.arange(math.ceil(xmin / step) * step, xmax, step)
    northings = np.arange(math.ceil(ymin / step) * step, ymax, step)
    grid = view.to_mm(np.array([(x, y) for x in eastings for y in northings]).reshape(-1, 2))
    arms = "".join(f"M{svg.units(x) - 150} {svg.units(y)}h300m-150-150v300" for x, y in grid)
    left, top, _, height = view.frame_mm
    figures = [
        svg.text(x, top + height - 1.2, number(e, lang, 0), lang, size_mm=1.9, anchor="middle", halo=True)
        for e, (x, _) in zip(eastings, view.to_mm(np.c_[eastings, np.full(len(eastings), ymin)]), strict=True)
    ] + [
        svg.text(left + 1.0, y - 0.6, number(n, lang, 0), lang, size_mm=1.9, halo=True)
        for n, (_, y) in zip(northings, view.to_mm(np.c_[np.full(len(northings), xmin), northings]), strict=True)
    ]
    return [f'<path d="{arms}" fill="none" stroke="{INK["muted"]}" stroke-width="12"/>', *figures]


def _scale_words(scale: float, lang: Lang) -> str:
    return f"\u20681:{number(round(scale), lang)}\u2069" if lang == "ar" else f"1:{number(round(scale), lang)}"


def _aside(
    layers: Sequence[Layer],
    words: Sheet,
    form: _Format,
    views: Sequence[View],
    index: int,
    ground: Extent,
    entries: Sequence[LegendEntry],
    lang: Lang,
) -> list[str]:
    x, y, width, height = form.aside_frame(lang)
    pad = 4.0 * form.factor
    inner = (x + pad, width - 2 * pad)
    marks, below = _headline(words, form, inner, y + pad, lang)
    block, block_top = _title_block(words, form, views, index, inner, y + height - pad, lang)
    key, key_top = _key_map(layers, form, views, index, ground, inner, block_top, lang)
    bar_y = key_top - 4.0 * form.factor
    marks += block + key
    view = views[index]
    middle = inner[0] + inner[1] / 2
    marks.append(scale_bar_marks(middle - 24.0, bar_y, view.scale, 34.0, lang))
    marks.append(north_arrow(middle + 27.0, bar_y - 10.0, lang))
    room = bar_y - 15.0 - below
    marks += legend_marks(
        entries, (inner[0], below, inner[1], room), lang, title=label("draw.legend", lang) if entries else ""
    )
    return marks


def _headline(
    words: Sheet, form: _Format, inner: tuple[float, float], top: float, lang: Lang
) -> tuple[list[str], float]:
    at, anchor = (inner[0] + inner[1], "end") if lang == "ar" else (inner[0], "start")
    marks, y = [], top
    for text_, size, bold in ((words.project, 4.2, True), (words.plan, 3.6, False), (words.drawing, 3.0, False)):
        for part in svg.wrap(text_, inner[1], size * form.factor) if text_ else []:
            y += size * form.factor * 1.35
            marks.append(svg.text(at, y, part, lang, size_mm=size * form.factor, bold=bold, anchor=anchor))
    y += 3.0 * form.factor
    marks.append(svg.line([(inner[0], y), (inner[0] + inner[1], y)], width_mm=0.25))
    return marks, y + 2.0 * form.factor


def _title_block(
    words: Sheet,
    form: _Format,
    views: Sequence[View],
    index: int,
    inner: tuple[float, float],
    bottom: float,
    lang: Lang,
) -> tuple[list[str], float]:
    number_of = f"{number(index + 1, lang)} / {number(len(views), lang)}"
    rows = [
        ("draw.scale", _scale_words(views[index].scale, lang)),
        ("draw.date", words.date),
        ("draw.crs", words.crs),
        ("draw.author", words.author),
        ("draw.sheet", f"\u2068{number_of}\u2069" if lang == "ar" else number_of),
        ("draw.code", words.digest_code),
    ]
    size = 2.6 * form.factor
    lines = [part for note in words.notes for part in svg.wrap(note, inner[1], size * 0.92)]
    stamp = svg.wrap(words.stamp, inner[1] - 3.0, size) if words.stamp else []
    kept = [(label(key, lang), value) for key, value in rows if value]
    high = size * (1.55 * len(kept) + 1.4 * len(lines) + (1.5 * len(stamp) + 1.4 if stamp else 0.0) + 1.0)
    top = y = bottom - high
    marks = [svg.line([(inner[0], y), (inner[0] + inner[1], y)], width_mm=0.25)]
    for name, value in kept:
        y += size * 1.55
        marks += _pair(name, value, inner, y, size, lang, bold=value == words.digest_code)
    y += size * 0.5
    start, anchor = (inner[0] + inner[1], "end") if lang == "ar" else (inner[0], "start")
    for part in lines:
        y += size * 1.4
        marks.append(svg.text(start, y, part, lang, size_mm=size * 0.92, color=INK["muted"], anchor=anchor))
    if stamp:
        marks += _stamp(stamp, inner, y + size * 0.9, size, lang)
    return marks, top


def _pair(
    name: str, value: str, inner: tuple[float, float], y: float, size: float, lang: Lang, *, bold: bool
) -> list[str]:
    left, right = inner[0], inner[0] + inner[1]
    first, last = ((right, "end"), (left, "start")) if lang == "ar" else ((left, "start"), (right, "end"))
    return [
        svg.text(first[0], y, name, lang, size_mm=size, color=INK["muted"], anchor=first[1]),
        svg.text(last[0], y, value, lang, size_mm=size, anchor=last[1], bold=bold),
    ]


def _stamp(lines: Sequence[str], inner: tuple[float, float], top: float, size: float, lang: Lang) -> list[str]:
    high = size * 1.5 * len(lines) + size * 0.7
    marks = [svg.rect(inner[0], top, inner[1], high, stroke=INK["constraint"], stroke_width_mm=0.35)]
    for n, part in enumerate(lines):
        y = top + size * (1.35 + 1.5 * n)
        marks.append(
            svg.text(
                inner[0] + inner[1] / 2,
                y,
                part,
                lang,
                size_mm=size,
                anchor="middle",
                color=INK["constraint"],
                bold=True,
            )
        )
    return marks


def _key_map(
    layers: Sequence[Layer],
    form: _Format,
    views: Sequence[View],
    index: int,
    ground: Extent,
    inner: tuple[float, float],
    bottom: float,
    lang: Lang,
) -> tuple[list[str], float]:
    if len(views) == 1:
        return [], bottom
    high = 30.0 * form.factor
    frame = (inner[0], bottom - high - 2.0, inner[1], high)
    whole = fitted_view(_all_seen(ground, views), frame, None)
    marks = [svg.rect(*frame, fill=INK["land"], stroke=INK["grid"])]
    for layer in layers:
        path = polygons_path(layer.shapes, whole) if isinstance(layer.fill, str) and layer.fill != "none" else ""
        marks += [f'<path d="{path}" fill="{layer.fill}"/>'] if path else []
    for n, view in enumerate(views):
        marks += _key_cell(view, whole, n, n == index, lang)
    return marks, frame[1]


def _all_seen(ground: Extent, views: Sequence[View]) -> Extent:
    seen = [ground, *(v.extent_m for v in views)]
    return (min(e[0] for e in seen), min(e[1] for e in seen), max(e[2] for e in seen), max(e[3] for e in seen))


def _key_cell(view: View, whole: View, number_: int, current: bool, lang: Lang) -> list[str]:
    (x0, y1), (x1, y0) = whole.to_mm(np.reshape(view.extent_m, (2, 2)))
    color, wide = (INK["constraint"], 0.6) if current else (INK["muted"], 0.2)
    return [
        svg.rect(x0, y0, x1 - x0, y1 - y0, stroke=color, stroke_width_mm=wide),
        svg.text((x0 + x1) / 2, (y0 + y1) / 2 + 1.0, str(number_ + 1), lang, size_mm=2.8, anchor="middle", halo=True),
    ]
