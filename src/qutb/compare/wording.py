"""Values of a comparison as people read them: the row's name says what is counted, the cell says how many."""

from __future__ import annotations

import math

from qutb.compare.comparison import Cell, Comparison, Row
from qutb.text import Lang, isolate, label, number, quantity

__all__ = ["cell_text", "difference_text", "plan_title", "range_text", "text_rows", "value_text"]

_COUNTED = frozenset({"dwellings", "people", "beds", "jobs", "plots", "findings", "checks", "types", "units", "pupils"})
_PER_ONE = ("/plot", "/dwelling")
_FIGURES = 3


def value_text(value: float | None, unit: str, lang: Lang) -> str:
    """``1,240`` for counts, ``92,300 MAD`` for money per plot, else the quantity with its unit."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit in _COUNTED:
        return number(round(value), lang, 0)
    if unit.endswith(_PER_ONE):
        return quantity(_to_figures(value), unit.partition("/")[0], lang)
    if unit == "places/pupil":
        return number(value, lang, 2)
    return quantity(value, unit, lang)


def range_text(low: float | None, high: float | None, unit: str, lang: Lang) -> str:
    """``240 – 410 MAD/m²``, or nothing where there is no range. The unit stands once, at the end."""
    if low is None or high is None or low == high:
        return ""
    first, last = value_text(low, unit, lang), value_text(high, unit, lang)
    name = last.rpartition("\u00a0")[2]
    if "\u00a0" in last and first.endswith(f"\u00a0{name}"):
        first = first.rpartition("\u00a0")[0]
    return f"{first} – {last}"


def difference_text(row: Row, cell: Cell, lang: Lang) -> str:
    """``+120 (+8.0 %)``; nothing in the base column, where ranges overlap or where all is equal."""
    if cell.difference is None or cell.word in ("overlap", "equal", "not_evaluated"):
        return ""
    sign = "+" if cell.difference > 0 else "-"
    shown = isolate(f"{sign}{value_text(abs(cell.difference), row.unit, lang)}", lang)
    if cell.relative_difference is None or row.unit == "ratio":
        return shown
    share = quantity(abs(cell.relative_difference), "ratio", lang, 0)
    return f"{shown} ({isolate(sign + share, lang)})"


def cell_text(row: Row, cell: Cell, lang: Lang) -> str:
    """``6.2 years (worse)``, for a terminal."""
    shown = value_text(cell.value, row.unit, lang)
    spread = range_text(cell.low, cell.high, row.unit, lang)
    word = "" if cell.word == "base" else f" ({label(f'compare.word.{cell.word}', lang)})"
    return f"{shown}{f' [{spread}]' if spread else ''}{word}"


def _to_figures(value: float) -> float:
    """Three figures: money per plot is not known to the dirham."""
    if value == 0:
        return 0.0
    return round(value, _FIGURES - 1 - math.floor(math.log10(abs(value))))


def plan_title(comparison: Comparison, plan: str, lang: Lang) -> str:
    """The plan's title, with its name where two plans share one title."""
    title = comparison.titles[plan].get(lang) or comparison.titles[plan].get("en") or plan
    shared = sum((t.get(lang) or "") == title for t in comparison.titles.values()) > 1
    return f"{title} · {isolate(plan, lang)}" if shared else title


def text_rows(comparison: Comparison, lang: Lang, *, headline_only: bool = True) -> list[list[str]]:
    """The comparison as rows of words for a terminal, headings first, years to fill next."""
    rows = comparison.headlines() if headline_only else comparison.rows
    heads = ["", *(plan_title(comparison, p, lang) for p in comparison.plans)]
    return [heads, *([label(r.measure.label_key, lang), *(cell_text(r, c, lang) for c in r.cells)] for r in rows)]
