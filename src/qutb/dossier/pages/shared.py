"""Wording that several pages share."""

from __future__ import annotations

from qutb.compare import Cell, Row
from qutb.core import Check
from qutb.dossier.content import Tone
from qutb.dossier.edition import Edition
from qutb.text import isolate, label

__all__ = [
    "check_name",
    "check_places",
    "cost_band",
    "is_facility_check",
    "limit_standing",
    "measure_name",
    "shortened",
    "terms_text",
    "word_badge",
]

_TARGET = "CAP-TARGET"
_TONES: dict[str, Tone] = {"better": "better", "worse": "worse", "equal": "equal", "not_evaluated": "unknown"}


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
