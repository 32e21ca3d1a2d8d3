"""Plans side by side on equal terms: values, differences to a base, and what they mean in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from qutb.compare.measures import MEASURES, NOT_MEASURED, Better, Measure
from qutb.compare.ranking import Ranking, rank
from qutb.compare.readings import Reading, read_measure
from qutb.compare.terms import EqualTerms, equal_terms
from qutb.core import UsageError

if TYPE_CHECKING:
    from qutb.appraisal import Appraisal
    from qutb.pole import Brief, Target

__all__ = ["WORDS", "Cell", "Comparison", "Row", "Word", "compare", "comparison_json"]

_ON_REQUEST = ("networks",)  # groups of a step that runs only when it is asked for

Word = Literal["base", "better", "worse", "equal", "both_on_target", "more", "less", "overlap", "not_evaluated"]
WORDS: tuple[Word, ...] = get_args(Word)
_EQUAL = 1e-3  # no plan is drawn, and no price known, more exactly


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A measure of one plan, against the base. ``None`` is not evaluated, never zero.

    ``difference`` is in the row's unit, ``relative_difference`` [ratio] to the base. The word ``overlap`` says that
    the two ranges meet, so no difference is shown; ``on_equal_assumptions`` is then the word that low, central and
    high give alike, where they do: both plans hang on the same uncertain prices and shares.
    """

    value: float | None
    low: float | None
    high: float | None
    difference: float | None
    relative_difference: float | None
    word: Word
    on_equal_assumptions: Word | Literal[""] = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measure across the plans, in the comparison's order. ``target`` is the brief's, low and high."""

    measure: Measure
    better: Better
    unit: str
    cells: tuple[Cell, ...]
    target: tuple[float | None, float | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Rows are measures, columns are plans, the first plan is the base. No overall score: ``ranking`` is
    there only when the brief adopts weights. ``not_measured`` are codes with labels ``not_measured.<code>``.
    """

    plans: tuple[str, ...]
    titles: Mapping[str, Mapping[str, str]]
    digests: Mapping[str, str]
    terms: EqualTerms
    rows: tuple[Row, ...]
    ranking: Ranking | None
    not_measured: tuple[str, ...]

    @property
    def base(self) -> str:
        return self.plans[0]

    def row(self, key: str) -> Row:
        """The row of measure ``key``; raises ``UsageError`` if it is not compared."""
        for row in self.rows:
            if row.measure.key == key:
                return row
        raise UsageError("CMP-NO-MEASURE", key)

    def headlines(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.measure.headline)

    def table(self) -> pd.DataFrame:
        """One row a measure and plan: group, measure, plan, value, low, high, unit, differences, word."""
        records = [
            {
                "group": row.measure.group,
                "measure": row.measure.key,
                "plan": plan,
                "unit": row.unit,
                "better": row.better,
                **vars(cell),
            }
            for row in self.rows
            for plan, cell in zip(self.plans, row.cells, strict=True)
        ]
        return pd.DataFrame.from_records(records).set_index(["measure", "plan"])


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data, for ``--json``, the dossier's JSON and the web."""
    return {
        "plans": [
            {"name": p, "title": dict(comparison.titles[p]), "digest": comparison.digests[p]} for p in comparison.plans
        ],
        "base": comparison.base,
        "terms": comparison.terms.to_json(),
        "rows": [_row_json(row, comparison.plans) for row in comparison.rows],
        "ranking": comparison.ranking.to_json() if comparison.ranking else None,
        "not_measured": list(comparison.not_measured),
    }


def _row_json(row: Row, plans: Sequence[str]) -> dict[str, Any]:
    return {
        "measure": row.measure.key,
        "group": row.measure.group,
        "headline": row.measure.headline,
        "better": row.better,
        "unit": row.unit,
        "target": list(row.target) if row.target else None,
        "cells": {plan: dict(vars(cell)) for plan, cell in zip(plans, row.cells, strict=True)},
    }


def compare(appraisals: Mapping[str, Appraisal] | Sequence[Appraisal], *, base: str | None = None) -> Comparison:
    """Compare plans appraised on equal terms.

    Parameters
    ----------
    appraisals : by name, or in a row (then named by their plan).
    base : name of the plan in the first column; default the first given.

    Raises ``UsageError`` if there is none, if ``base`` is not among them, or if brief, site, pack, values, options
    or program version differ, naming what differs. Steps on request have rows only where they ran; what
    :data:`NOT_MEASURED` lists is left out.
    """
    named = _named(appraisals, base)
    every = list(named.values())
    terms = equal_terms(every)
    brief = every[0].pole.brief
    ran = every[0].results
    shown = [m for m in MEASURES if m.group not in _ON_REQUEST or m.step in ran]
    readings = {m: [read_measure(a, m) for a in every] for m in shown}
    rows = tuple(_row(m, found, brief) for m, found in readings.items())
    return Comparison(
        plans=tuple(named),
        titles={name: dict(a.plan.title) for name, a in named.items()},
        digests={name: a.digest for name, a in named.items()},
        terms=terms,
        rows=rows,
        ranking=_ranking(tuple(named), rows, brief, every[0].seed),
        not_measured=tuple(code for code in NOT_MEASURED if code not in ran),
    )


def _named(appraisals: Mapping[str, Appraisal] | Sequence[Appraisal], base: str | None) -> dict[str, Appraisal]:
    named: dict[str, Appraisal] = {}
    pairs = appraisals.items() if isinstance(appraisals, Mapping) else ((a.plan.name, a) for a in appraisals)
    for name, appraisal in pairs:
        count = sum(1 for taken in named if taken == name or taken.startswith(f"{name} ("))
        named[f"{name} ({count + 1})" if count else name] = appraisal
    if not named:
        raise UsageError("CMP-EMPTY")
    if base is None:
        return named
    if base not in named:
        raise UsageError("CMP-NO-BASE", base, known=", ".join(named))
    return {base: named[base], **named}


def _row(measure: Measure, readings: Sequence[Reading], brief: Brief) -> Row:
    target = next((t for t in brief.targets if t.measure == measure.key), None)
    criterion = next((c for c in brief.criteria if c.measure == measure.key), None)
    better: Better = "target" if target else criterion.better if criterion else measure.better
    first = readings[0]
    return Row(
        measure=measure,
        better=better,
        unit=next((r.unit for r in readings if r.unit), ""),
        cells=tuple(_cell(first, r, better, target, base_column=i == 0) for i, r in enumerate(readings)),
        target=(target.low, target.high) if target else None,
    )


def _cell(base: Reading, this: Reading, better: Better, target: Target | None, *, base_column: bool) -> Cell:
    difference = relative = None
    if base.value is not None and this.value is not None and not base_column:
        difference = this.value - base.value
        relative = difference / abs(base.value) if base.value else None
    word: Word = "base" if base_column and this.value is not None else _word(base, this, better, target)
    return Cell(
        value=this.value,
        low=this.low,
        high=this.high,
        difference=difference,
        relative_difference=relative,
        word=word,
        on_equal_assumptions=_word_alike(base, this, better, target) if word == "overlap" else "",
    )


def _word(base: Reading, this: Reading, better: Better, target: Target | None) -> Word:
    if this.value is None or base.value is None:
        return "not_evaluated"
    if _same(base, this):
        return "equal"
    if _overlapping(base, this):
        return "both_on_target" if _word_alike(base, this, better, target) == "both_on_target" else "overlap"
    return _judged(base.value, this.value, better, target)


def _judged(base: float, this: float, better: Better, target: Target | None) -> Word:
    if math.isclose(base, this, rel_tol=_EQUAL, abs_tol=1e-12):
        return "equal"
    if better == "none":
        return "more" if this > base else "less"
    gain = _gain(base, this, better, target)
    if better == "target" and gain == 0.0:
        return "both_on_target"
    return "better" if gain > 0 else "worse"


def _word_alike(base: Reading, this: Reading, better: Better, target: Target | None) -> Word | Literal[""]:
    """The word of low, central and high where all three give the same one."""
    if base.value is None or this.value is None or not (base.ranged and this.ranged):
        return ""
    pairs = ((base.value, this.value), *zip(base.bounds, this.bounds, strict=True))
    words = {_judged(b, t, better, target) for b, t in pairs}
    return words.pop() if len(words) == 1 else ""


def _gain(base: float, this: float, better: Better, target: Target | None) -> float:
    if better == "target" and target is not None:
        return _distance(base, target) - _distance(this, target)
    return this - base if better == "more" else base - this


def _distance(value: float, target: Target) -> float:
    below = target.low - value if target.low is not None else 0.0
    above = value - target.high if target.high is not None else 0.0
    return max(0.0, below, above)


def _same(one: Reading, other: Reading) -> bool:
    pairs = ((one.value, other.value), (one.low, other.low), (one.high, other.high))
    return all(math.isclose(a or 0.0, b or 0.0, rel_tol=_EQUAL, abs_tol=1e-12) for a, b in pairs)


def _overlapping(one: Reading, other: Reading) -> bool:
    if not (one.ranged or other.ranged):
        return False
    return one.bounds[0] <= other.bounds[1] and other.bounds[0] <= one.bounds[1]


def _ranking(plans: tuple[str, ...], rows: Sequence[Row], brief: Brief, seed: int) -> Ranking | None:
    weighted = {c.measure: c for c in brief.criteria if c.weight is not None}
    if not brief.weights_adopted or len(plans) < 2 or not weighted:
        return None
    values = {r.measure.key: [c.value for c in r.cells] for r in rows if r.measure.key in weighted}
    weights = {key: float(c.weight or 0.0) for key, c in weighted.items()}
    return rank(plans, values, weights, {k: c.better == "more" for k, c in weighted.items()}, seed)
