"""Values of a comparison as people read them: the row's name says what is counted, the cell says how many."""

from __future__ import annotations

import math

from qutb.compare.comparison import Cell, Comparison, Row
from qutb.core import from_si
from qutb.text import Lang, isolate, label, number, quantity, shown_unit, unit_name

__all__ = [
    "alike_text",
    "cell_text",
    "difference_text",
    "plan_title",
    "range_text",
    "text_rows",
    "value_text",
    "word_text",
]

_COUNTED = frozenset(
    {"dwellings", "people", "beds", "jobs", "plots", "findings", "checks", "types", "units", "pupils"}
    | {"services", "buses"}
)
_PER_ONE = ("/plot", "/dwelling")
_DECIMALS = {"index": 2, "places/pupil": 2, "units/type": 1}
_PLAIN = frozenset({"", "ratio", "year"})
_FIGURES = 3
_ISOLATES = "\u2068\u2069"
_WHOLE = 100.0


def value_text(value: float | None, unit: str, lang: Lang, largest: float | None = None) -> str:
    """``1,240`` for counts, ``92,300 MAD`` for money per plot, else the quantity with its unit.

    A column gives its ``largest`` value, so that all its figures stand in one unit.
    """
    if value is None or not math.isfinite(value):
        return "–"
    return _in_unit(value, unit, lang, largest=value if largest is None else largest)


def range_text(low: float | None, high: float | None, unit: str, lang: Lang) -> str:
    """``240 – 410 MAD/m²``, or nothing where there is no range. Both figures stand in one unit, named once."""
    if low is None or high is None or low == high or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    first, last = (_in_unit(v, unit, lang, largest=high) for v in (low, high))
    name = last.strip(_ISOLATES).partition("\u00a0")[2]
    if not name:
        return f"{first} – {last}"
    bare = first.strip(_ISOLATES).removesuffix(name).rstrip()
    return f"{bare} – {last}"


def _in_unit(value: float, unit: str, lang: Lang, *, largest: float) -> str:
    """``value`` written in the unit that suits ``largest``."""
    if unit in _COUNTED:
        return number(round(value), lang, 0)
    if unit in _DECIMALS:
        return number(value, lang, _DECIMALS[unit])
    money, _, per = unit.partition("/")
    written = money if f"/{per}" in _PER_ONE else unit
    shown, places = shown_unit(largest, written)
    if shown == written and written == money and written not in _PLAIN:
        value, places = _to_figures(value), 0 if abs(largest) >= _WHOLE else None
    figures = number(from_si(value, shown) if shown != written else value, lang, places)
    name = unit_name(shown, lang)
    if shown == "%":
        return isolate(f"{figures}\u00a0%", lang)
    return f"{figures}\u00a0{name}" if name else figures


def difference_text(row: Row, cell: Cell, lang: Lang) -> str:
    """``+120 (+8.0 %)``; nothing in the base column, where ranges overlap or where all is equal."""
    if cell.difference is None or cell.word in ("overlap", "equal", "not_evaluated"):
        return ""
    sign = "+" if cell.difference > 0 else "-"
    figures, space, name = value_text(abs(cell.difference), row.unit, lang).strip(_ISOLATES).partition("\u00a0")
    shown = isolate(sign + figures, lang) + space + name
    if cell.relative_difference is None or row.unit == "ratio":
        return shown
    share = isolate(sign + quantity(abs(cell.relative_difference), "ratio", lang, 0), lang)
    return f"{shown} ({share})"


def word_text(cell: Cell, lang: Lang) -> str:
    """The comparison's word, short; where ranges overlap, what holds on equal assumptions. Nothing for the base."""
    if cell.word == "base":
        return ""
    word = label(f"compare.badge.{cell.word}", lang)
    alike = alike_text(cell, lang)
    return f"{word}, {alike}" if alike and lang != "ar" else f"{word}، {alike}" if alike else word


def alike_text(cell: Cell, lang: Lang) -> str:
    """``better on equal assumptions``, or nothing."""
    return label(f"compare.alike.{cell.on_equal_assumptions}", lang) if cell.on_equal_assumptions else ""


def cell_text(row: Row, cell: Cell, lang: Lang) -> str:
    """``6.2 years [4.0 – 9.1 years] (worse)``, for a terminal."""
    shown = value_text(cell.value, row.unit, lang)
    spread = range_text(cell.low, cell.high, row.unit, lang)
    word = word_text(cell, lang)
    return shown + (f" [{spread}]" if spread else "") + (f" ({word})" if word else "")


def _to_figures(value: float) -> float:
    """Three figures: no cost is known to the last unit of money."""
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
