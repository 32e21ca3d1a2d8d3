"""The plan as a drawing by layer, with the lots' numbers and the table of lots beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import shapely

from qutb.dossier.edition import Edition
from qutb.dossier.lots import LOT_COLUMNS, lots_table, use_name, use_totals, written
from qutb.draw import INK, PALETTE
from qutb.files import DxfPen, plan_drawing, save_drawing

__all__ = ["STREET_COLOURS", "write_lots_drawing"]

STREET_COLOURS = {
    "arterial": "#c2410c",
    "collector": "#d97706",
    "local": "#737373",
    "lane": "#a3a3a3",
    "footpath": "#15803d",
    "cycleway": "#1d4ed8",
}

_LAYER = "QUTB_TABLE_OF_LOTS"
_ROWS_LEAST = 20  # of a part of the table
_TABLE_MOST = 1.6  # width of the table in sizes of the site
_BETWEEN = 4.0  # parts of the table, in text heights
_LETTER = 0.72  # mean width of a letter, in text heights
_HEAD = 0.75  # of the text height
_ROW = 1.8
_FIGURES_FROM = 2
_HEADS = ("plot_id", "use", *LOT_COLUMNS)


def write_lots_drawing(edition: Edition, plan: str, path: Path) -> Path:
    """Write the drawing [m]; the table's columns run from the right in Arabic."""
    appraisal = edition.appraisals[plan]
    pen = plan_drawing(appraisal.plan, lang=edition.lang, colours={**PALETTE, **STREET_COLOURS})
    site = pen.layer("QUTB_SITE_BOUNDARY", description=edition.word("site"), colour=INK["site"], linetype="DASHDOT")
    pen.shape(appraisal.pole.site.boundary, site)
    title = f"{edition.pole_name} · {edition.title(plan)} · {edition.named('papers.lots', '')}"
    pen.layer(_LAYER, description=title)
    xmin, ymin, xmax, ymax = shapely.bounds(appraisal.pole.site.boundary)
    rows, totals = _rows(edition, plan)
    heads = tuple(edition.named(f"papers.head.{c}", c) for c in _HEADS)
    widths = _widths([heads, *rows, *totals])
    size, deep = float(max(xmax - xmin, ymax - ymin)), float(ymax - ymin)
    height = min(size / 220, _fitting(len(rows), sum(widths), size, deep))
    pen.drawing.header["$LTSCALE"] = size / 220
    table = _Table(pen, rtl=edition.lang == "ar", height=height, widths=[w * height for w in widths])
    count = max(_ROWS_LEAST, int(deep / (_ROW * height)) - 1)
    parts = [totals, *(rows[i : i + count] for i in range(0, len(rows), count))]
    left, top = float(xmax + 12 * height), float(ymax)
    table.line(title, left, top + 2.5 * height, 1.4)
    table.line(f"{edition.word('code')} {appraisal.code}", left, top + 5.0 * height, 1.0)
    for number, part in enumerate(parts):
        table.part(heads, part, left + number * (table.width + _BETWEEN * height), top)
    save_drawing(pen.drawing, path)
    return path


def _fitting(rows: int, width: float, size: float, deep: float) -> float:
    """Text height [m] at which the table is as deep as the site and no wider than allowed; ``width`` in heights."""
    area = _TABLE_MOST * size * deep
    return float((area / (_ROW * max(rows, 1) * (width + _BETWEEN))) ** 0.5)


def _widths(rows: list[tuple[str, ...]]) -> list[float]:
    """Width of each column in text heights for the longest of its cells; the first row is the head, smaller."""
    heads, *cells = rows
    longest = [max((len(row[n]) for row in cells), default=0) for n in range(len(heads))]
    return [max(m, _HEAD * len(h)) * _LETTER + 2.0 for m, h in zip(longest, heads, strict=True)]


def _rows(edition: Edition, plan: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Rows of the lots, and those of the totals by use, as written."""
    appraisal = edition.appraisals[plan]
    lots = lots_table(appraisal)
    rows = [
        (
            str(lot["plot_id"]),
            use_name(edition, str(lot["use"])) if isinstance(lot["use"], str) else "–",
            *(written(lot[c], u, edition) for c, u in LOT_COLUMNS.items()),
        )
        for lot in lots.reset_index().to_dict("records")
    ]
    totals = use_totals(appraisal, lots)
    empty = ("", "", "")
    last = totals.sum(numeric_only=True)
    named: list[tuple[str, pd.Series]] = [(use_name(edition, str(use)), row) for use, row in totals.iterrows()]
    named.append((edition.named("papers.site_total", ""), last))
    sums: list[tuple[str, ...]] = [
        (
            written(row["lots"], "lots", edition),
            name,
            written(row["area_m2"], "m2", edition),
            *empty,
            written(row["floor_area_m2"], "m2", edition),
            written(row["dwellings"], "dwellings", edition),
        )
        for name, row in named
    ]
    return rows, sums


class _Table:
    """Draws parts of one table: words from the side where a line begins, figures to the other."""

    def __init__(self, pen: DxfPen, *, rtl: bool, height: float, widths: list[float]) -> None:
        self.pen, self.rtl, self.height, self.widths = pen, rtl, height, widths
        self.width = sum(widths)

    def line(self, words: str, left: float, base: float, size: float) -> None:
        """A line of words over the first part."""
        place, align = ((left + self.width, base), "RIGHT") if self.rtl else ((left, base), "LEFT")
        self.pen.text(words, place, size * self.height, _LAYER, align=align)

    def part(self, heads: tuple[str, ...], rows: list[tuple[str, ...]], left: float, top: float) -> None:
        for number, row in enumerate((heads, *rows)):
            base = top - number * _ROW * self.height
            for n, words in enumerate(row):
                self._cell(words, n, left, base, self.height * (1.0 if number else _HEAD))
            if number in (0, len(rows)):
                y = base - 0.5 * self.height
                self.pen.shape(shapely.LineString([(left, y), (left + self.width, y)]), _LAYER)

    def _cell(self, words: str, column: int, left: float, base: float, size: float) -> None:
        figures = column >= _FIGURES_FROM
        along = sum(self.widths[:column]) + (self.widths[column] - 0.8 * self.height if figures else 0.0)
        x = left + (self.width - along if self.rtl else along)
        self.pen.text(words, (x, base), size, _LAYER, align="LEFT" if figures == self.rtl else "RIGHT")
