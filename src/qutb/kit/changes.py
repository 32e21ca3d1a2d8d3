"""What a save changed, in words: layers, headline figures before and after, findings that came and went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qutb.appraisal import Appraisal
from qutb.compare import Row, compare, value_text
from qutb.core import Finding, blocking
from qutb.plan import difference
from qutb.text import Lang, isolate, label, message, number

__all__ = ["changed_lines", "first_lines"]

_LAYER_LINES = 12
_FIGURE_LINES = 14
_FINDING_LINES = 8
_INDENT = "  "


def first_lines(appraisal: Appraisal, lang: Lang) -> list[str]:
    """The headline figures of a plan seen for the first time, and its worst findings."""
    figures = [
        _say("value", lang, name=_name(row, lang), value=_value(row, lang))
        for row in _rows(appraisal)
        if row.measure.headline and row.measure.group != "findings"
    ]
    found = [f for f in appraisal.findings if f.severity != "note"]
    return [*figures, _count_line(appraisal, lang), *_capped(_said("", found, lang), _FINDING_LINES, lang)]


def changed_lines(before: Appraisal, after: Appraisal, lang: Lang) -> list[str]:
    """What differs between two appraisals of a plan: a line a layer and change, a figure, a finding.

    Headline figures come first; figures are shown only where their written value changed. One line says that
    nothing changed.
    """
    if before.digest == after.digest:
        return [_say("same", lang)]
    lines = [
        *_terms(before, after, lang),
        *_capped(difference(before.plan, after.plan).lines(lang), _LAYER_LINES, lang),
        *_capped(_figures(before, after, lang), _FIGURE_LINES, lang),
        *_findings(before.findings, after.findings, lang),
    ]
    return [*lines, _count_line(after, lang)] if lines else [_say("same", lang)]


def _say(key: str, lang: Lang, **fill: str) -> str:
    return label(f"watch.{key}", lang).format_map(fill) if fill else label(f"watch.{key}", lang)


def _terms(before: Appraisal, after: Appraisal, lang: Lang) -> list[str]:
    changed = [k for k in after.terms if before.terms.get(k) != after.terms[k]]
    comma = label("dossier.comma", lang) + " "
    return [_say("terms", lang, names=comma.join(_say(f"term.{k}", lang) for k in changed))] if changed else []


def _figures(before: Appraisal, after: Appraisal, lang: Lang) -> list[str]:
    old = {row.measure.key: row for row in _rows(before)}
    rows = sorted(_rows(after), key=lambda row: not row.measure.headline)
    lines = []
    for row in (r for r in rows if r.measure.key in old and r.measure.group != "findings"):
        largest = max((abs(r.cells[0].value or 0.0) for r in (row, old[row.measure.key])), default=0.0)
        was, now = _value(old[row.measure.key], lang, largest), _value(row, lang, largest)
        if was != now:
            lines.append(_say("change", lang, name=_name(row, lang), old=was, new=now))
    return lines


def _rows(appraisal: Appraisal) -> Sequence[Row]:
    """Every measure of one plan; each is compared with itself only, so that terms may differ."""
    return compare({appraisal.plan.name: appraisal}).rows


def _name(row: Row, lang: Lang) -> str:
    return label(row.measure.label_key, lang)


def _value(row: Row, lang: Lang, largest: float | None = None) -> str:
    return isolate(value_text(row.cells[0].value, row.unit, lang, largest), lang)


def _findings(old: Sequence[Finding], new: Sequence[Finding], lang: Lang) -> list[str]:
    """Findings by code and place. One that only covers other places or another amount has changed."""
    came, went = _without(new, old), _without(old, new)
    kept = {f.code for f in came} & {f.code for f in went}
    other = [f for f in came if f.code in kept and any(_alike(f, g) for g in went)]
    gone = [g for g in went if not any(_alike(f, g) for f in other)]
    fresh = [f for f in came if f not in other]
    told = [f for f in other if f.severity != "note"]  # a note with another amount says no more than the figures
    groups = (("new", fresh), ("other", told), ("gone_finding", gone))
    return [line for key, found in groups for line in _capped(_said(key, found, lang), _FINDING_LINES, lang)]


def _without(some: Iterable[Finding], others: Iterable[Finding]) -> list[Finding]:
    known = {_identity(f) for f in others}
    return [f for f in some if _identity(f) not in known]


def _identity(finding: Finding) -> tuple[str, str, tuple[str, ...], str]:
    return finding.code, finding.severity, finding.where, repr(sorted(finding.params.items(), key=lambda p: p[0]))


def _alike(one: Finding, other: Finding) -> bool:
    """The same trouble: one code, and a place in common or no place at all."""
    return one.code == other.code and (not one.where or not other.where or bool(set(one.where) & set(other.where)))


def _said(key: str, findings: Iterable[Finding], lang: Lang) -> list[str]:
    begin = f"{_say(key, lang)} · " if key else ""
    return [f"{begin}{label(f'severity.{f.severity}', lang)} · {message(f, lang)}" for f in findings]


def _count_line(appraisal: Appraisal, lang: Lang) -> str:
    found = appraisal.findings
    return _say("findings", lang, blocking=number(len(blocking(found)), lang), all=number(len(found), lang))


def _capped(lines: Sequence[str], most: int, lang: Lang) -> list[str]:
    shown = [_INDENT + line for line in lines[:most]]
    rest = len(lines) - most
    return [*shown, _INDENT + _say("more", lang, count=number(rest, lang))] if rest > 0 else shown
