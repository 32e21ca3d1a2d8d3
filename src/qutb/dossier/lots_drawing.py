"""The plan as a drawing by layer, with the lots' numbers and the table of lots beside it."""

from __future__ import annotations

from pathlib import Path

import shapely

from qutb.dossier.edition import Edition
from qutb.dossier.lots import LOT_COLUMNS, lots_table, use_name, use_totals, written
from qutb.draw import INK, PALETTE
from qutb.files import DxfPen, plan_drawing, save_drawing
from qutb.text import isolate

__all__ = ["write_lots_drawing"]

_LAYER = "QUTB_TABLE_OF_LOTS"
_ROWS_A_COLUMN = 60
_WIDTHS = (7.0, 17.0, 8.0, 7.0, 6.0, 6.0, 9.0, 8.0)  # in text heights: lot, use, then LOT_COLUMNS
_ROW = 1.8
_HEADS = ("plot_id", "use", *LOT_COLUMNS)


def write_lots_drawing(edition: Edition, plan: str, path: Path) -> Path:
    """Write the drawing [m]; the table's columns run from the right in Arabic."""
    appraisal = edition.appraisals[plan]
    pen = plan_drawing(appraisal.plan, lang=edition.lang, colours=PALETTE)
    site = pen.layer("QUTB_SITE_BOUNDARY", description=edition.word("site"), colour=INK["site"], linetype="DASHDOT")
    pen.shape(appraisal.pole.site.boundary, site)
    rows, totals = _rows(edition, plan)
    title = f"{edition.pole_name} · {edition.title(plan)} · {edition.named('papers.lots', '')}"
    pen.layer(_LAYER, description=title, colour=INK["muted"])
    xmin, ymin, xmax, ymax = shapely.bounds(appraisal.pole.site.boundary)
    height = float(max(xmax - xmin, ymax - ymin)) / 220
    left, top = float(xmax + 12 * height), float(ymax)
    pen.text(title, _start(left, top + 2.5 * height, height, edition), 1.4 * height, _LAYER, align=_align(edition))
    pen.text(
        f"{edition.word('code')} {edition.appraisals[plan].code}",
        _start(left, top + 5.0 * height, height, edition),
        height,
        _LAYER,
        align=_align(edition),
    )
    parts = [totals, *(rows[i : i + _ROWS_A_COLUMN] for i in range(0, len(rows), _ROWS_A_COLUMN))]
    step = (sum(_WIDTHS) + 3.0) * height
    for number, part in enumerate(parts):
        _part(pen, edition, part, left + number * step, top, height)
    save_drawing(pen.drawing, path)
    return path


def _start(left: float, base: float, height: float, edition: Edition) -> tuple[float, float]:
    """Where a line of text over the first part of the table begins."""
    return (left + sum(_WIDTHS) * height, base) if edition.lang == "ar" else (left, base)


def _align(edition: Edition) -> str:
    return "RIGHT" if edition.lang == "ar" else "LEFT"


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
    named = [(use_name(edition, str(use)), row) for use, row in totals.iterrows()]
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


def _part(pen: DxfPen, edition: Edition, rows: list[tuple[str, ...]], left: float, top: float, height: float) -> None:
    """Head, rows and rules of one part of the table."""
    heads = tuple(edition.named(f"papers.head.{c}", c) for c in _HEADS)
    right = left + sum(_WIDTHS) * height
    for number, row in enumerate((heads, *rows)):
        base = top - number * _ROW * height
        for n, words in enumerate(row):
            _write(pen, edition, isolate(words, "en"), n, left, right, base, height, is_head=number == 0)
        rule = shapely.LineString([(left, base - 0.5 * height), (right, base - 0.5 * height)])
        if number in (0, len(rows)):
            pen.shape(rule, _LAYER)


def _write(
    pen: DxfPen,
    edition: Edition,
    words: str,
    column: int,
    left: float,
    right: float,
    base: float,
    height: float,
    *,
    is_head: bool,
) -> None:
    """One cell: text from the side where a line begins, figures to the other."""
    before, width = sum(_WIDTHS[:column]) * height, _WIDTHS[column] * height
    figures = column >= 2
    size = 0.75 * height if is_head else height
    along = before + (width - 0.5 * height if figures else 0.0)
    if edition.lang == "ar":
        pen.text(words, (right - along, base), size, _LAYER, align="LEFT" if figures else "RIGHT")
    else:
        pen.text(words, (left + along, base), size, _LAYER, align="RIGHT" if figures else "LEFT")
