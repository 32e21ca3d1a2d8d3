"""The comparison in one picture: small maps side by side over the figures that decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape

from qutb.appraisal import Appraisal
from qutb.compare import Cell, Comparison, Row, alike_text
from qutb.dossier.edition import Edition
from qutb.dossier.maps import small_map
from qutb.dossier.pages.shared import measure_name, word_badge
from qutb.draw import FONT_FAMILIES, INK
from qutb.text import Lang

__all__ = ["PICTURE_MEASURES", "comparison_picture"]

PICTURE_MEASURES = (
    "uptake.years_to_fill",
    "capacity.dwellings",
    "cost.onsite_cost_per_gross_m2",
    "form.green_per_inhabitant_m2_per_people",
    "findings.blocking",
)
_WIDTH, _PAD, _GAP, _MAP_HIGH, _ROW_HIGH = 1200, 28, 24, 290, 64
_TONES = {"better": "#1a6b3c", "worse": "#9a3412"}
_MM = 0.25  # millimetres of a map for one unit of the picture: thin lines stay thin


def comparison_picture(appraisals: Mapping[str, Appraisal], comparison: Comparison, lang: Lang) -> str:
    """An SVG, 1200 wide: each plan's map, title and code over a strip of figures with their words."""
    edition = Edition(lang=lang, appraisals=appraisals, comparison=comparison, run_date=date.min)
    rows = [comparison.row(key) for key in PICTURE_MEASURES]
    plans = comparison.plans
    label_wide = 212
    wide = (_WIDTH - 2 * _PAD - label_wide - _GAP * len(plans)) / len(plans)
    starts = [_PAD + label_wide + _GAP + n * (wide + _GAP) for n in range(len(plans))]
    if lang == "ar":
        starts = [_WIDTH - x - wide for x in starts]
    body = [_head(edition)]
    for plan, x in zip(plans, starts, strict=True):
        body += _plan(edition, plan, x, wide)
    top = 92 + _MAP_HIGH + 64
    for n, row in enumerate(rows):
        body += _strip(edition, row, starts, wide, top + n * _ROW_HIGH)
    high = top + len(rows) * _ROW_HIGH + 52
    body.append(_text(edition, _edge(lang), high - 20, edition.word("picture_note"), 14, INK["muted"]))
    about = escape(edition.word("comparison"), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {high}" width="{_WIDTH}" height="{high}" '
        f'role="img" aria-label="{about}" lang="{lang}" direction="ltr" '
        f'font-family="{FONT_FAMILIES[lang]}"><rect width="{_WIDTH}" height="{high}" fill="#fff"/>'
        f"{''.join(body)}</svg>\n"
    )


def _edge(lang: Lang) -> int:
    return _WIDTH - _PAD if lang == "ar" else _PAD


def _head(edition: Edition) -> str:
    title = f"{edition.pole_name} · {edition.word('comparison')}"
    return _text(edition, _edge(edition.lang), 52, title, 30, INK["text"], bold=True)


def _plan(edition: Edition, plan: str, x: float, wide: float) -> list[str]:
    drawing = small_map(edition, plan, (wide * _MM, _MAP_HIGH * _MM))
    start = drawing.index("<svg ") + 5
    placed = f'<svg x="{x:g}" y="80" ' + drawing[start:]
    placed = placed.replace(f'width="{wide * _MM:g}mm"', f'width="{wide:g}"', 1)
    placed = placed.replace(f'height="{_MAP_HIGH * _MM:g}mm"', f'height="{_MAP_HIGH}"', 1)
    at = x + wide if edition.lang == "ar" else x
    y = 80 + _MAP_HIGH
    return [
        placed,
        _text(edition, at, y + 30, edition.title(plan), 21, INK["text"], bold=True),
        _text(edition, at, y + 52, edition.code(plan), 14, INK["muted"]),
    ]


def _strip(edition: Edition, row: Row, starts: list[float], wide: float, y: float) -> list[str]:
    line = f'<path d="M{_PAD} {y}H{_WIDTH - _PAD}" stroke="{INK["grid"]}"/>'
    large = 27 if row.measure.key == "uptake.years_to_fill" else 22
    marks = [line, _text(edition, _edge(edition.lang), y + 30, measure_name(edition, row), 16, INK["text"], bold=True)]
    for cell, x in zip(row.cells, starts, strict=True):
        at = x + wide if edition.lang == "ar" else x
        color = INK["accent"] if large > 22 else INK["text"]
        marks.append(_text(edition, at, y + 32, edition.value(cell.value, row.unit), large, color, bold=True))
        marks.append(_text(edition, at, y + 53, _under(edition, row, cell), 14, _color(cell)))
    return marks


def _under(edition: Edition, row: Row, cell: Cell) -> str:
    spread = edition.spread(cell.low, cell.high, row.unit)
    word = alike_text(cell, edition.lang) or word_badge(edition, cell)[0]
    return " · ".join(part for part in (spread, word) if part)


def _color(cell: Cell) -> str:
    return _TONES.get(cell.on_equal_assumptions or cell.word, INK["muted"])


def _text(edition: Edition, x: float, y: float, words: str, size: int, color: str, *, bold: bool = False) -> str:
    """A line that starts at ``x`` on the side where the language starts."""
    rtl = edition.lang == "ar"
    shown = f"\u2067{escape(words)}\u2069" if rtl else escape(words)
    anchor = ' text-anchor="end"' if rtl else ""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{color}"{anchor}{weight}>{shown}</text>'
