"""Maps from plain geometry: layers, names that do not cover each other, legend, north, scale bar."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from qutb.core import from_si
from qutb.draw import svg
from qutb.draw.labels import LabelRequest, placed_labels
from qutb.draw.palette import HATCHES, INK, PALETTE, color_of
from qutb.draw.paths import View, lines_path, outlines_mm, points_mm, polygons_path
from qutb.text import Lang, all_labels, label, number, shown_unit, unit_name

__all__ = ["Layer", "LegendEntry", "layers_extent", "map_svg", "use_layers"]

Extent = tuple[float, float, float, float]
_MARGIN = 1.04  # ground shown around the extent when the scale is free
_HATCHED_FROM_MM2 = 0.4  # below, a hatch only muddies the fill
_MANY = 20
_THINNEST_MM = 0.03  # viewers draw a thinner line as wide as a pixel
_LEGEND_MM = 46.0  # narrowest column


@dataclass(frozen=True, kw_only=True)
class LegendEntry:
    """A swatch, what it stands for, how much of it there is and its part of the whole, both as read."""

    label: str
    fill: str = "none"
    stroke: str = "none"
    stroke_width_mm: float = 0.2
    dash_mm: tuple[float, ...] = ()
    hatch: str = ""
    kind: str = "area"  # area, line or point
    point_size_mm: float = 2.4
    amount: str = ""
    part: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Geometries drawn alike: polygons filled, lines stroked, points as discs.

    ``fill`` is one colour, or one a geometry. ``hatch`` is a value of ``HATCHES``. ``labels`` has one name a
    geometry (empty: none); ``fit`` keeps a name only where its polygon has room for it; the name of a point stands
    beside it, or ``inside`` its disc.
    """

    geometries: Any
    fill: str | Sequence[str] = "none"
    stroke: str = "none"
    stroke_width_mm: float = 0.15
    dash_mm: tuple[float, ...] = ()
    hatch: str = ""
    opacity: float = 1.0
    point_size_mm: float = 1.6
    labels: Sequence[str] = ()
    label_size_mm: float = 1.8
    label_color: str = INK["text"]
    label_bold: bool = False
    fit: bool = True
    inside: bool = False
    legend: str = ""
    amount: str = ""
    legend_size_mm: float = 2.4

    @property
    def shapes(self) -> np.ndarray[Any, Any]:
        """The geometries as an array."""
        return np.asarray(self.geometries, dtype=object).reshape(-1)

    def entry(self) -> LegendEntry:
        """This layer's line in the legend."""
        dimension = int(shapely.get_dimensions(self.shapes).max(initial=-1))
        return LegendEntry(
            label=self.legend,
            fill=self.fill if isinstance(self.fill, str) else "none",
            stroke=self.stroke,
            stroke_width_mm=self.stroke_width_mm,
            dash_mm=self.dash_mm,
            hatch=self.hatch,
            kind=("point", "line", "area")[max(dimension, 0)],
            point_size_mm=self.legend_size_mm,
            amount=self.amount,
        )


def use_layers(
    geometries: Any,
    uses: Sequence[str],
    *,
    lang: Lang,
    labels: Sequence[str] = (),
    stroke: str = INK["plot_line"],
    stroke_width_mm: float = 0.1,
    names: Mapping[str, str] | None = None,
) -> list[Layer]:
    """One layer a use present, in the palette's order, with its name and area [ha] for the legend.

    ``names`` replaces the labels ``use.<use>``.
    """
    shapes = np.asarray(geometries, dtype=object)
    kinds = np.asarray(uses, dtype=object)
    texts = np.asarray(labels, dtype=object) if len(labels) else None
    found = set(kinds.tolist())
    order = [u for u in PALETTE if u in found] + sorted(found - set(PALETTE))
    areas = shapely.area(shapes)
    unit = shown_unit(max((float(areas[kinds == u].sum()) for u in order), default=0.0), "m2")[0]
    layers = []
    for use in order:
        mine = kinds == use
        layers.append(
            Layer(
                geometries=shapes[mine],
                fill=color_of(use),
                stroke=stroke,
                stroke_width_mm=stroke_width_mm,
                hatch=HATCHES.get(use, ""),
                labels=() if texts is None else texts[mine].tolist(),
                legend=_use_name(use, names, lang),
                amount=_area_words(float(areas[mine].sum()), unit, lang),
            )
        )
    return layers


def _area_words(area_m2: float, unit: str, lang: Lang) -> str:
    digits = 2 if unit == "ha" else 0
    return f"{number(from_si(area_m2, unit), lang, digits)}\u00a0{unit_name(unit, lang)}" if area_m2 else ""


def _use_name(use: str, names: Mapping[str, str] | None, lang: Lang) -> str:
    if names and use in names:
        return names[use]
    return label(f"use.{use}", lang) if f"use.{use}" in all_labels() else use


def layers_extent(layers: Iterable[Layer]) -> Extent:
    """Ground [m] all the layers cover together; one square metre at the origin when they are empty."""
    bounds = [shapely.total_bounds(layer.shapes) for layer in layers if len(layer.shapes)]
    if not bounds or np.isnan(bounds).all():
        return 0.0, 0.0, 1.0, 1.0
    b = np.array(bounds)
    xmin, ymin = np.nanmin(b[:, :2], axis=0)
    xmax, ymax = np.nanmax(b[:, 2:], axis=0)
    return float(xmin), float(ymin), float(xmax), float(ymax)


def map_svg(
    layers: Sequence[Layer],
    *,
    extent: Extent | None = None,
    size_mm: tuple[float, float] = (180.0, 120.0),
    lang: Lang,
    title: str = "",
    description: str = "",
    scale: float | None = None,
    legend: Sequence[LegendEntry] = (),
    legend_title: str = "",
    north: bool = True,
    scale_bar: bool = True,
) -> str:
    """A map as one SVG.

    ``extent`` [m] is what must be seen (default: the layers); ``scale`` fixes the denominator, else the
    extent fills the frame. The legend, from the layers and then ``legend``, stands on the side where the
    language ends: right, and left in Arabic. Title and description are also read aloud by screen readers.
    """
    entries = [layer.entry() for layer in layers if layer.legend] + list(legend)
    head = 8.0 if title else 0.0
    aside = min(legend_width(entries), size_mm[0] * 0.42) if entries else 0.0
    left = aside if lang == "ar" else 0.0
    frame = (left, head, size_mm[0] - aside, size_mm[1] - head)
    view = fitted_view(extent or layers_extent(layers), frame, scale)
    body = [*map_marks(layers, view, lang, clip=0), svg.rect(*frame, stroke=INK["frame"], stroke_width_mm=0.2)]
    body += furniture(view, lang, north=north, scale_bar=scale_bar)
    if title:
        at, anchor = (size_mm[0], "end") if lang == "ar" else (0.0, "start")
        body.append(svg.text(at, 5.2, title, lang, size_mm=4.0, bold=True, anchor=anchor))
    if entries:
        x = 0.0 if lang == "ar" else size_mm[0] - aside + 3.0
        body += legend_marks(entries, (x, head, aside - 3.0, size_mm[1] - head), lang, title=legend_title)
    return svg.document(
        body,
        size_mm=size_mm,
        lang=lang,
        title=title or label("draw.map", lang),
        description=description,
        clips_mm=[frame],
    )


def fitted_view(extent: Extent, frame_mm: tuple[float, float, float, float], scale: float | None) -> View:
    """The view that centres ``extent`` in the frame, at ``scale`` or as large as it goes."""
    xmin, ymin, xmax, ymax = extent
    free = _MARGIN * 1000 * max((xmax - xmin) / frame_mm[2], (ymax - ymin) / frame_mm[3], 1e-6)
    return View(center_m=((xmin + xmax) / 2, (ymin + ymax) / 2), frame_mm=frame_mm, scale=scale or free)


def map_marks(layers: Sequence[Layer], view: View, lang: Lang, *, clip: int) -> list[str]:
    """Ground, layers in order, then their names, cut by the clip rectangle ``clip``."""
    marks = [svg.rect(*view.frame_mm, fill=INK["land"])]
    for layer in layers:
        marks += _layer_marks(layer, view)
    names = placed_labels([_label_request(layer, view) for layer in layers if len(layer.labels)], view.frame_mm, lang)
    return [svg.group(marks, clip=svg.clip_url(clip)), *names]


def _layer_marks(layer: Layer, view: View) -> list[str]:
    shapes = layer.shapes
    seen = view.sees(shapes)
    shapes = shapes[seen]
    if len(shapes) == 0:
        return []
    attributes = {} if layer.opacity == 1.0 else {"opacity": f"{layer.opacity:g}"}
    edge_mm = _edge_mm(layer, shapes, view)
    if edge_mm:
        attributes |= {"stroke": layer.stroke, "stroke_width": str(svg.units(edge_mm))}
    if layer.dash_mm:
        attributes["stroke_dasharray"] = " ".join(str(svg.units(d)) for d in layer.dash_mm)
    marks = _areas(layer, shapes, seen, view) + _lines_and_points(layer, shapes, view)
    return [svg.group(marks, **attributes)] if marks else []


def _mean_area_mm2(shapes: np.ndarray[Any, Any], view: View) -> float:
    return float(shapely.area(shapes).mean()) * (1000 / view.scale) ** 2


def _edge_mm(layer: Layer, shapes: np.ndarray[Any, Any], view: View) -> float:
    """The layer's line; thinner, then none, where many polygons are so small that edges would hide their fill."""
    if layer.stroke == "none":
        return 0.0
    if len(shapes) < _MANY or shapely.get_dimensions(shapes).max() < 2:
        return layer.stroke_width_mm
    thin = 0.08 * math.sqrt(_mean_area_mm2(shapes, view))
    return min(layer.stroke_width_mm, thin) if thin >= _THINNEST_MM else 0.0


def _areas(layer: Layer, shapes: np.ndarray[Any, Any], seen: np.ndarray[Any, Any], view: View) -> list[str]:
    if isinstance(layer.fill, str):
        batches = [(layer.fill, shapes)]
    else:
        fills = np.asarray(layer.fill, dtype=object)[seen]
        batches = [(color, shapes[fills == color]) for color in dict.fromkeys(fills.tolist())]
    paths = [(color, polygons_path(batch, view)) for color, batch in batches]
    marks = [f'<path fill="{color}" d="{d}"/>' for color, d in paths if d]
    if layer.hatch and _mean_area_mm2(shapes, view) >= _HATCHED_FROM_MM2:
        marks += [f'<path fill="{svg.hatch_id(layer.hatch)}" stroke="none" d="{d}"/>' for _, d in paths if d]
    return marks


def _lines_and_points(layer: Layer, shapes: np.ndarray[Any, Any], view: View) -> list[str]:
    dimensions = shapely.get_dimensions(shapes)
    marks = []
    if (dimensions == 1).any():
        marks.append(f'<path fill="none" d="{lines_path(shapes[dimensions == 1], view)}"/>')
    if (dimensions == 0).any():
        color = layer.fill if isinstance(layer.fill, str) else INK["accent"]
        marks += [
            svg.circle(x, y, layer.point_size_mm / 2, fill=color) for x, y in points_mm(shapes[dimensions == 0], view)
        ]
    return marks


def _label_request(layer: Layer, view: View) -> LabelRequest:
    shapes, words = layer.shapes, np.asarray(layer.labels, dtype=object)
    chosen = view.sees(shapes) & np.array([bool(w) for w in words], dtype=bool)
    shapes, words = shapes[chosen], words[chosen]
    dimensions = shapely.get_dimensions(shapes)
    return LabelRequest(
        at_mm=points_mm(shapes, view) if len(shapes) else np.zeros((0, 2)),
        words=words,
        outlines_mm=outlines_mm(shapes, view) if layer.fit and (dimensions == 2).all() else None,
        rank=shapely.area(shapes) + shapely.length(shapes) * 1e-6,
        beside=(dimensions == 0) & (not layer.inside),
        halo=not layer.inside,
        size_mm=layer.label_size_mm,
        color=layer.label_color,
        bold=layer.label_bold,
    )


def furniture(view: View, lang: Lang, *, north: bool = True, scale_bar: bool = True) -> list[str]:
    """North arrow in the upper corner and scale bar in the lower corner of the map's frame."""
    x, y, width, height = view.frame_mm
    marks = []
    if north:
        marks.append(north_arrow(x + width - 7.0, y + 4.0, lang))
    if scale_bar:
        marks.append(scale_bar_marks(x + 4.0, y + height - 4.0, view.scale, min(36.0, width * 0.35), lang))
    return marks


def north_arrow(x_mm: float, y_mm: float, lang: Lang) -> str:
    """A needle of 9 mm pointing up, with the letter of north."""
    needle = [(x_mm, y_mm), (x_mm + 2.2, y_mm + 7.5), (x_mm, y_mm + 6.0)]
    other = [(x_mm, y_mm), (x_mm - 2.2, y_mm + 7.5), (x_mm, y_mm + 6.0)]
    return svg.group(
        [
            svg.line([*needle, needle[0]], fill=INK["frame"], width_mm=0.15),
            svg.line([*other, other[0]], fill="#ffffff", width_mm=0.15),
            svg.text(x_mm, y_mm + 10.8, label("draw.north", lang), lang, anchor="middle", bold=True, halo=True),
        ]
    )


def scale_bar_marks(x_mm: float, y_mm: float, scale: float, longest_mm: float, lang: Lang) -> str:
    """A bar of a round length on the ground, halved, with its length and nothing else to compute."""
    length_m = round_length(longest_mm * scale / 1000)
    span = length_m * 1000 / scale
    unit, shown_length = ("km", length_m / 1000) if length_m >= 2000 else ("m", length_m)
    half = svg.rect(x_mm, y_mm - 1.4, span / 2, 1.4, fill=INK["frame"])
    whole = svg.rect(x_mm, y_mm - 1.4, span, 1.4, fill="#ffffff", stroke=INK["frame"])
    return svg.group(
        [
            svg.rect(x_mm - 2.0, y_mm - 6.0, span + 12.0, 7.6, fill="#ffffff"),
            whole,
            half,
            *(
                svg.text(x_mm + span * part, y_mm - 2.2, words, lang, size_mm=2.3, anchor="middle")
                for part, words in (
                    (0.0, "0"),
                    (0.5, number(shown_length / 2, lang)),
                )
            ),
            svg.text(
                x_mm + span,
                y_mm - 2.2,
                f"{number(shown_length, lang)}\u00a0{unit_name(unit, lang)}",
                lang,
                size_mm=2.3,
                anchor="middle",
            ),
        ]
    )


def round_length(longest: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above ``longest``."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9))


def legend_marks(
    entries: Sequence[LegendEntry], box_mm: tuple[float, float, float, float], lang: Lang, *, title: str = ""
) -> list[str]:
    """Swatch, name and amount a line, from the side where the language starts; smaller when there are many."""
    x, y, width, height = box_mm
    head = 5.5 if title else 0.0
    step = min(5.0, max(2.6, (height - head) / max(len(entries), 1)))
    size = min(2.7, step * 0.62)
    start, anchor = (x + width, "end") if lang == "ar" else (x, "start")
    marks = [svg.text(start, y + 3.5, title, lang, size_mm=3.0, bold=True, anchor=anchor)] if title else []
    for n, entry in enumerate(entries):
        marks += _legend_line(entry, x, y + head + step * n, width, step, size, lang)
    return marks


def legend_width(entries: Sequence[LegendEntry], size_mm: float = 2.7) -> float:
    """Width [mm] at which no entry is cut: swatch, name, amount and part with the gaps between them."""
    spans = (
        svg.span_mm(e.label, size_mm) + svg.span_mm(e.amount, size_mm) + (13.0 if e.part else 0.0) for e in entries
    )
    return max(_LEGEND_MM, max(spans, default=0.0) + 18.0)


def _legend_line(
    entry: LegendEntry, x: float, y: float, width: float, step: float, size: float, lang: Lang
) -> list[str]:
    swatch, base = 6.0, y + step / 2 + size * 0.36
    rtl = lang == "ar"
    at = x + width - swatch if rtl else x
    name_x = at - 1.8 if rtl else at + swatch + 1.8
    marks = _swatch(entry, at, y + step * 0.14, swatch, step * 0.72)
    columns = [(c, w) for c, w in ((entry.part, 13.0), (entry.amount, svg.span_mm(entry.amount, size) + 2.0)) if c]
    room = width - swatch - 3.0 - sum(w for _, w in columns)
    lines = _name_lines(entry.label, room, size, step)
    for row, (words, letters) in enumerate(lines):
        down = base + letters * (row * 1.12 - 0.52 * (len(lines) - 1))
        marks.append(svg.text(name_x, down, words, lang, size_mm=letters, anchor="end" if rtl else "start"))
    end, anchor = (x + 0.6, "start") if rtl else (x + width - 0.6, "end")
    for figures, wide in columns:
        marks.append(svg.text(end, base, figures, lang, size_mm=size, anchor=anchor, color=INK["muted"]))
        end += wide if rtl else -wide
    return marks


def _name_lines(words: str, room: float, size: float, step: float) -> list[tuple[str, float]]:
    """The name with its size: whole, else smaller, else in two lines where the step has room, else cut."""
    small = min(size * 0.82, step * 0.44)
    if svg.span_mm(words, size) <= room:
        return [(words, size)]
    if small < 1.7 or svg.span_mm(words, small) <= room:
        return [(svg.fitted(words, room, max(small, 1.7)), max(small, 1.7))]
    lines = svg.wrap(words, room, small)
    rest = " ".join(lines[1:])
    return [(svg.fitted(lines[0], room, small), small), *([(svg.fitted(rest, room, small), small)] if rest else [])]


def _swatch(entry: LegendEntry, x: float, y: float, width: float, height: float) -> list[str]:
    if entry.kind == "line":
        ends = [(x, y + height / 2), (x + width, y + height / 2)]
        return [svg.line(ends, stroke=entry.stroke, width_mm=max(entry.stroke_width_mm, 0.25), dash_mm=entry.dash_mm)]
    if entry.kind == "point":
        size = min(height, entry.point_size_mm)
        return [svg.circle(x + width / 2, y + height / 2, size / 2, fill=entry.fill, stroke=entry.stroke)]
    edge, wide = (entry.stroke, entry.stroke_width_mm) if entry.stroke != "none" else (INK["grid"], 0.15)
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    marks = [svg.line(corners, stroke=edge, width_mm=wide, dash_mm=entry.dash_mm, fill=entry.fill)]
    if entry.hatch:
        marks.append(svg.rect(x, y, width, height, fill=svg.hatch_id(entry.hatch)))
    return marks
