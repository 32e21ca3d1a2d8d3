"""One language's edition of a dossier: what pages are made from, and the wording they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.compare import Comparison, plan_title, range_text, value_text
from qutb.core import Finding, Table, by_severity, digest_parts, short_code
from qutb.dossier.content import Cell, Head, TableBlock, Tone, cell
from qutb.remedies import Remedies
from qutb.text import Lang, all_labels, isolate, label, message, number, place

__all__ = ["Edition", "FindingGroup", "dossier_code", "grouped", "results_table"]


@dataclass(frozen=True, kw_only=True)
class Edition:
    """Appraisals by plan, their comparison, the language and the run's date; remedies where they were looked for."""

    lang: Lang
    appraisals: Mapping[str, Appraisal]
    comparison: Comparison
    run_date: date
    remedies: Mapping[str, Remedies] = field(default_factory=dict)

    @property
    def first(self) -> Appraisal:
        return self.appraisals[self.comparison.base]

    @property
    def currency(self) -> str:
        return self.first.pole.values.currency

    @property
    def pole_name(self) -> str:
        name = self.first.pole.name
        return name.get(self.lang) or name.get("en") or next(iter(name.values()), "")

    def title(self, plan: str) -> str:
        return plan_title(self.comparison, plan, self.lang)

    def code(self, plan: str) -> str:
        """Digest code of a plan's appraisal, set apart so that it reads the same in Arabic."""
        return isolate(self.appraisals[plan].code, self.lang)

    def word(self, key: str) -> str:
        """The dossier's own words ``dossier.<key>``."""
        return label(f"dossier.{key}", self.lang)

    def named(self, key: str, fallback: str) -> str:
        """The label ``key``, or the given name set apart where a pole or pack brings words of its own."""
        return label(key, self.lang) if key in _known_labels() else isolate(fallback, self.lang)

    def value(self, value: float | None, unit: str, largest: float | None = None) -> str:
        return value_text(value, unit.replace("currency", self.currency), self.lang, largest)

    def spread(self, low: float | None, high: float | None, unit: str) -> str:
        return range_text(low, high, unit.replace("currency", self.currency), self.lang)

    def count(self, value: float) -> str:
        return number(value, self.lang)

    def facility(self, facility_type: str) -> str:
        """Name of a facility type: the pack's list holds it in each language."""
        for row in self.first.pole.values.catalogues.get("facilities", ()):
            if row.get("facility_type") == facility_type:
                return row.get(f"name_{self.lang}") or isolate(facility_type, self.lang)
        return self.named(f"facility.{facility_type}", facility_type)

    def partner(self, partner_id: str) -> str:
        """Name of a partner: the list of the pack or the pole holds it in each language."""
        for row in self.first.pole.values.catalogues.get("finance_partners", ()):
            if row.get("partner") == partner_id:
                return row.get(f"name_{self.lang}") or isolate(partner_id, self.lang)
        return isolate(partner_id, self.lang)

    def place(self, where: str) -> str:
        """``plot:A-17`` as ``plot A-17`` in the language."""
        kind, _, name = where.partition(":")
        if kind == "facility":
            return self.facility(name)
        return place(where, self.lang)

    def places(self, where: Iterable[str], shown: int = 6) -> str:
        every = [w for w in dict.fromkeys(where) if w != "pole"]
        names = (self.word("comma") + " ").join(self.place(w) for w in every[:shown])
        return f"{names} (+{self.count(len(every) - shown)})" if len(every) > shown else names


@cache
def _known_labels() -> frozenset[str]:
    return frozenset(all_labels())


@dataclass(frozen=True, kw_only=True)
class FindingGroup:
    """Findings of one code and severity: the first speaks, the places of all are listed."""

    first: Finding
    count: int
    where: tuple[str, ...]

    def text(self, edition: Edition) -> str:
        said = message(self.first, edition.lang)
        if self.count == 1:
            return said
        return f"{said} {edition.word('and_others').format(count=edition.count(self.count - 1))}"

    def places(self, edition: Edition, shown: int) -> str:
        """The places in words, or nothing where the message names them itself."""
        said = message(self.first, edition.lang)
        return "" if any(w in said for w in self.where if w != "pole") else edition.places(self.where, shown)

    @property
    def tone(self) -> Tone:
        return self.first.severity


def grouped(findings: Iterable[Finding]) -> list[FindingGroup]:
    """Findings by severity, then code, each code once."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in by_severity(findings):
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    return [
        FindingGroup(first=same[0], count=len(same), where=tuple(w for f in same for w in f.where))
        for same in groups.values()
    ]


def results_table(
    edition: Edition,
    frame: pd.DataFrame,
    schema: Table,
    columns: Mapping[str, str],
    *,
    caption: str,
    first: str,
    names: Mapping[str, str],
    subs: Mapping[str, str] | None = None,
    total: pd.Series | None = None,
    note: str = "",
) -> TableBlock:
    """A result table as a page shows it: rows by ``names``, chosen ``columns`` (name -> heading), ranges below."""
    shown = {c: words for c, words in columns.items() if c in frame.columns}
    units = {c: schema[c].unit for c in shown}
    rows = [
        (
            cell(names.get(str(key), str(key)), sub=(subs or {}).get(str(key), ""), tone="strong"),
            *(_figure(edition, row, c, units[c]) for c in shown),
        )
        for key, row in frame.iterrows()
    ]
    if total is not None:
        rows.append(
            (
                cell(edition.word("total"), tone="strong"),
                *(_figure(edition, total, c, units[c], tone="strong") for c in shown),
            )
        )
    heads = (Head(text=first, width=1.5), *(Head(text=words, align="end") for words in shown.values()))
    return TableBlock(caption=caption, heads=heads, rows=tuple(rows), note=note)


def _figure(edition: Edition, row: pd.Series, column: str, unit: str, tone: Tone = "") -> Cell:
    value = row.get(column)
    if isinstance(value, str):
        return cell(value, tone=tone)
    known = value is not None and math.isfinite(float(value))
    spread = edition.spread(_bound(row, f"{column}_low"), _bound(row, f"{column}_high"), unit)
    return cell(edition.value(float(value) if known else None, unit), sub=spread, tone=tone)


def _bound(row: pd.Series, column: str) -> float | None:
    value = row.get(column)
    return None if value is None or not math.isfinite(float(value)) else float(value)


def dossier_code(edition: Edition) -> str:
    """Short code over the terms and every plan's digest: the dossier's own."""
    return short_code(digest_parts({**edition.comparison.digests, "": edition.comparison.terms.digest}))
