"""Names on a map: the largest place first, none over another, none where it has no room.

A name that must fit its polygon lies level where it can, else along the polygon's longer side, else it is left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from qutb.draw import svg
from qutb.text import Lang

__all__ = ["LabelRequest", "placed_labels"]

_Array = np.ndarray[Any, Any]
_CELL_MM = 0.4
_PADDING_MM = 0.25
_INSIDE = 0.88  # part of a name that must lie in its polygon; skewed plots lose only a corner
_BODY = 0.72  # height of capitals and figures beside the size of the letters


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelRequest:
    """Names of one style: where, how they rank, and the polygons they must fit (``None``: no matter)."""

    at_mm: _Array
    words: _Array
    outlines_mm: _Array | None
    rank: _Array
    beside: _Array
    size_mm: float
    color: str
    bold: bool
    halo: bool = True


def placed_labels(
    requests: Sequence[LabelRequest], frame_mm: tuple[float, float, float, float], lang: Lang
) -> list[str]:
    """Text marks of the names that find room, grouped by style; the last layer's names are placed first."""
    taken = np.zeros((int(frame_mm[3] / _CELL_MM) + 2, int(frame_mm[2] / _CELL_MM) + 2), dtype=bool)
    groups = [_group(request, frame_mm, taken, lang) for request in reversed(requests)]
    return [g for g in reversed(groups) if g]


def _group(request: LabelRequest, frame_mm: tuple[float, float, float, float], taken: _Array, lang: Lang) -> str:
    marks = _placed(request, frame_mm, taken, lang)
    if not marks:
        return ""
    return svg.group(
        marks,
        font_size=str(svg.units(request.size_mm)),
        fill=request.color,
        text_anchor="middle",
        **(_halo(request.size_mm) if request.halo else {"stroke": "none"}),
        **({"font_weight": "bold"} if request.bold else {}),
    )


def _halo(size_mm: float) -> dict[str, str]:
    """A pale rim, so that a name reads on any ground."""
    width = str(svg.units(size_mm * 0.16))
    return {"paint_order": "stroke", "stroke": "#fff", "stroke_opacity": ".7", "stroke_width": width}


def _placed(request: LabelRequest, frame_mm: tuple[float, float, float, float], taken: _Array, lang: Lang) -> list[str]:
    size = request.size_mm
    widths = np.array([svg.span_mm(str(w), size, bold=request.bold) for w in request.words])
    at, turns, fits = _fitted(request, widths)
    at = at + np.where(request.beside[:, None], np.c_[widths / 2 + 1.4, np.full(len(widths), -0.2)], 0.0)
    order = np.lexsort((at[:, 0], -request.rank))
    marks = []
    for n in order[fits[order]].tolist():
        (x, y), turn = at[n], turns[n]
        # a turned name lies in its own plot: it keeps only its middle free of other layers' names
        wide, high = (size * 0.4, size * 0.4) if turn else (widths[n], size)
        inside = _inside(at[n], widths[n], size, turn, frame_mm)
        if inside and _claim(taken, x - frame_mm[0], y - frame_mm[1], wide, high):
            marks.append(_mark(x, y, size, turn, svg.shown(str(request.words[n]), lang)))
    return marks


def _mark(x: float, y: float, size: float, turn: float, words: str) -> str:
    if not turn:
        return f'<text x="{svg.units(x)}" y="{svg.units(y + size * 0.36)}">{words}</text>'
    place = f"translate({svg.units(x)} {svg.units(y)})rotate({round(float(turn), 1):g})"
    return f'<text y="{svg.units(size * 0.36)}" transform="{place}">{words}</text>'


def _fitted(request: LabelRequest, widths: _Array) -> tuple[_Array, _Array, _Array]:
    """Place [mm], turn [deg] and whether there is room, of each name."""
    at, count = request.at_mm, len(widths)
    turns, fits = np.zeros(count), np.ones(count, dtype=bool)
    if request.outlines_mm is None or count == 0:
        return at, turns, fits
    shapes = request.outlines_mm
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    half = np.c_[widths * _INSIDE, np.full(count, request.size_mm * _BODY)] / 2
    central, level = (
        shapely.covers(shapes, shapely.box(*(places - half).T, *(places + half).T)) for places in (middles, at)
    )
    chosen = np.where(central[:, None], middles, at)
    rest = np.flatnonzero(~(central | level))
    slant = _long_side(shapes[rest])
    fits[rest] = shapely.covers(shapes[rest], _turned_boxes(middles[rest], half[rest], slant))
    chosen[rest], turns[rest] = middles[rest], slant
    return chosen, turns, fits


def _long_side(shapes: _Array) -> _Array:
    """Direction [deg, -90..90, clockwise on paper] of each smallest rectangle's longer side."""
    boxes = shapely.oriented_envelope(shapes)
    flat = shapely.get_type_id(boxes) != 3
    boxes[flat] = shapely.box(0, 0, 0, 0)
    corners = shapely.get_coordinates(shapely.get_exterior_ring(boxes)).reshape(len(boxes), 5, 2)
    sides = corners[:, 1:3] - corners[:, 0:2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    longer = sides[np.arange(len(boxes)), lengths.argmax(axis=1)]
    degrees = np.degrees(np.arctan2(longer[:, 1], longer[:, 0]))
    return np.asarray((degrees + 90.0) % 180.0 - 90.0)


def _turned_boxes(at: _Array, half: _Array, turns: _Array) -> _Array:
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    corners = signs[None] * half[:, None]
    c, s = np.cos(np.radians(turns))[:, None], np.sin(np.radians(turns))[:, None]
    x, y = corners[..., 0], corners[..., 1]
    return np.asarray(shapely.polygons(np.stack((x * c - y * s, x * s + y * c), axis=-1) + at[:, None]))


def _inside(place: _Array, width: float, size: float, turn: float, frame: tuple[float, float, float, float]) -> bool:
    c, s = abs(np.cos(np.radians(turn))), abs(np.sin(np.radians(turn)))
    wide, high = (width * c + size * s) / 2, (width * s + size * c) / 2
    left, top = place[0] - frame[0], place[1] - frame[1]
    return bool(wide <= left <= frame[2] - wide and high <= top <= frame[3] - high)


def _claim(taken: _Array, x: float, y: float, width: float, height: float) -> bool:
    left, right = max(x - width / 2 - _PADDING_MM, 0.0), x + width / 2 + _PADDING_MM
    top, bottom = max(y - height / 2 - _PADDING_MM, 0.0), y + height / 2 + _PADDING_MM
    window = taken[int(top / _CELL_MM) : int(bottom / _CELL_MM) + 1, int(left / _CELL_MM) : int(right / _CELL_MM) + 1]
    if window.any():
        return False
    window[...] = True
    return True
