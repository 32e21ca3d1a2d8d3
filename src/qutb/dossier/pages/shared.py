"""Wording that several pages share."""

from __future__ import annotations

from collections.abc import Mapping

from qutb.compare import Cell, Row
from qutb.core import Check
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.content import Tone
from qutb.dossier.edition import Edition
from qutb.text import isolate, label

__all__ = [
    "check_name",
    "check_places",
    "cost_band",
    "headed",
    "is_facility_check",
    "limit_standing",
    "measure_name",
    "phase_keys",
    "phase_names",
    "shortened",
    "terms_text",
    "verdict_cell",
    "word_badge",
]

_TARGET = "CAP-TARGET"
_TONES: dict[str, Tone] = {"better": "better", "worse": "worse", "equal": "equal", "not_evaluated": "unknown"}
_VERDICT_TONES: dict[str, Tone] = {
    "met": "better",
    "comparator_met": "better",
    "not_met": "worse",
    "comparator_not_met": "worse",
    "not_evaluated": "unknown",
}


def headed(edition: Edition, plan: str, key: str) -> str:
    """A page's title: the plan, then what the page shows."""
    return f"{edition.title(plan)} · {edition.word(key)}"


def phase_keys(edition: Edition, plan: str) -> Mapping[str, str]:
    """Phases by key, set apart where the language runs from the right."""
    return {str(key): isolate(str(key), edition.lang) for key in edition.appraisals[plan].plan.phases.index}


def phase_names(edition: Edition, plan: str) -> Mapping[str, str]:
    """Names that the plan gives its phases, by key."""
    names = edition.appraisals[plan].plan.phases["name"].dropna()
    return {str(key): isolate(str(name), edition.lang) for key, name in names.items()}


def verdict_cell(edition: Edition, verdict: str) -> TableCell:
    """A verdict as a word with its tone."""
    return TableCell(text="", badge=label(f"verdict.{verdict}", edition.lang), tone=_VERDICT_TONES.get(verdict, ""))


def measure_name(edition: Edition, row: Row) -> str:
    return label(row.measure.label_key, edition.lang)


def is_facility_check(check: Check) -> bool:
    """The need of one facility type: it stands in the table of facilities, not among the other checks."""
    return any(w.startswith("facility:") for w in check.where)


def check_name(edition: Edition, check: Check) -> str:
    """What a check looks at, in a few words."""
    return edition.named(f"check.{check.code}", check.code)


def check_places(edition: Edition, check: Check) -> str:
    """Where the check looks, or the measure it is about."""
    measures = [w.removeprefix("measure:") for w in check.where if w.startswith("measure:")]
    names = [edition.named(f"measure.{m}", m) for m in measures]
    places = [edition.place(w) for w in check.where if not w.startswith("measure:") and w != "pole"]
    return f"{edition.word('comma')} ".join([*names, *places])


def shortened(text: str, length: int) -> str:
    """``text`` cut at a word, with an ellipsis, where it is longer than a table can bear."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


def word_badge(edition: Edition, cell: Cell) -> tuple[str, Tone]:
    """The comparison's word, short enough to stand beside a number; nothing for the base."""
    if cell.word == "base":
        return "", ""
    return label(f"compare.badge.{cell.word}", edition.lang), _TONES.get(cell.word, "muted")


def cost_band(edition: Edition) -> tuple[float, float] | None:
    """On-site cost per gross m2 between which the sourced operations lie [currency/m2], if the pack knows."""
    known = edition.first.pole.values.find("cost.onsite_per_gross_m2")
    return (known.low, known.high) if known else None


def terms_text(edition: Edition) -> str:
    """The equal terms in one sentence, with their code."""
    shared = edition.comparison.terms.shared
    return edition.word("terms").format(
        pack=isolate(shared.get("pack", ""), edition.lang),
        version=isolate(shared.get("version", ""), edition.lang),
        effort=label(f"dossier.effort.{shared.get('effort', 'standard')}", edition.lang),
        code=isolate(edition.comparison.terms.code, edition.lang),
    )


def limit_standing(edition: Edition, check: Check) -> str:
    """Whether a limit is confirmed, a comparator or missing; a target is none of these but what the brief asks."""
    return edition.word("asked_by_brief") if check.code == _TARGET else label(f"standing.{check.status}", edition.lang)
