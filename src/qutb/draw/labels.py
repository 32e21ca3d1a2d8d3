"""Names on a map: the largest place first, none over another, none where it has no room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qutb.draw import svg
from qutb.text import Lang

__all__ = ["placed_labels"]

_CELL_MM = 0.4
_PADDING_MM = 0.25


def placed_labels(
    requests: Sequence[dict[str, Any]], frame_mm: tuple[float, float, float, float], lang: Lang
) -> list[str]:
    """Text marks of the names that find room, grouped by style; the last layer's names are placed first.

    A request holds ``at_mm`` (n, 2), ``words``, ``room_mm`` (n, 2), ``rank``, ``beside``, ``size_mm``,
    ``color`` and ``bold``.
    """
    taken = np.zeros((int(frame_mm[3] / _CELL_MM) + 2, int(frame_mm[2] / _CELL_MM) + 2), dtype=bool)
    groups = [_place(request, frame_mm, taken, lang) for request in reversed(requests)]
    return [g for g in reversed(groups) if g]


def _place(
    request: dict[str, Any], frame_mm: tuple[float, float, float, float], taken: np.ndarray[Any, Any], lang: Lang
) -> str:
    size = request["size_mm"]
    marks = []
    order = np.lexsort((request["at_mm"][:, 0], -np.asarray(request["rank"], dtype=float)))
    for n in order.tolist():
        words = str(request["words"][n])
        width = svg.span_mm(words, size, bold=request["bold"])
        room_w, room_h = request["room_mm"][n]
        if width > room_w * 1.02 or size > room_h:
            continue
        x, y = request["at_mm"][n]
        if request["beside"][n]:
            x, y = x + width / 2 + 1.4, y - 0.2
        if _claim(taken, x - frame_mm[0], y - frame_mm[1], width, size):
            marks.append(f'<text x="{svg.units(x)}" y="{svg.units(y + size * 0.36)}">{svg.shown(words, lang)}</text>')
    if not marks:
        return ""
    weight = {"font_weight": "bold"} if request["bold"] else {}
    return svg.group(
        marks,
        font_size=str(svg.units(size)),
        fill=request["color"],
        text_anchor="middle",
        paint_order="stroke",
        stroke="#fff",
        stroke_opacity=".7",
        stroke_width=str(svg.units(size * 0.16)),
        **weight,
    )


def _claim(taken: np.ndarray[Any, Any], x: float, y: float, width: float, height: float) -> bool:
    left, right = x - width / 2 - _PADDING_MM, x + width / 2 + _PADDING_MM
    top, bottom = y - height / 2 - _PADDING_MM, y + height / 2 + _PADDING_MM
    rows, columns = taken.shape
    if left < 0 or top < 0 or right > (columns - 2) * _CELL_MM or bottom > (rows - 2) * _CELL_MM:
        return False
    window = taken[int(top / _CELL_MM) : int(bottom / _CELL_MM) + 1, int(left / _CELL_MM) : int(right / _CELL_MM) + 1]
    if window.any():
        return False
    window[...] = True
    return True
