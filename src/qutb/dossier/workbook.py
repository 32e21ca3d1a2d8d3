"""The dossier as a workbook: comparison, results by table and plan, findings, checks, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from qutb.core import StepResult, Table
from qutb.dossier.edition import Edition
from qutb.dossier.pages import limit_standing, read_values
from qutb.dossier.xlsx import SheetColumn, SheetTable
from qutb.text import hint, label, message

__all__ = ["result_sheet", "workbook_sheets"]

_RESULTS = (
    ("validity", "balance"),
    ("capacity", "phases"),
    ("capacity", "facilities"),
    ("access", "services"),
    ("access", "unserved"),
    ("access", "phases"),
    ("access", "phase_services"),
    ("mobility", "modes"),
    ("mobility", "classes"),
    ("networks", "balance"),
    ("networks", "bill"),
    ("cost", "trades"),
    ("cost", "items"),
    ("finance", "months"),
    ("finance", "zones"),
    ("finance", "partners"),
    ("finance", "shares"),
    ("finance", "tornado"),
    ("jobs", "months"),
    ("jobs", "trades"),
)
# The labels of the codes that stand in a column of a result; facility types have their names in the pack.
_CODES = {
    "use": "use",
    "trade": "trade",
    "location": "location",
    "basis": "basis",
    "status": "standing",
    "verdict": "verdict",
    "tax_basis": "tax",
    "cause": "access.cause",
    "street_class": "street_class",
    "mode": "mobility.mode",
    "kind": "remedies.kind",
    "edit": "remedies.edit",
    "factor": "finance.factor",
}
_REMEDIES = ("shortfalls", "remedies")
_LISTED = {"facility_type": Edition.facility, "partner": Edition.partner}  # codes that the pack's lists name


def workbook_sheets(edition: Edition) -> list[SheetTable]:
    """Sheets in the dossier's order; every plan's rows stand in one sheet under a column ``plan``."""
    sheets = [_comparison(edition)]
    sheets += [s for step, table in _RESULTS if (s := _results(edition, step, table)) is not None]
    sheets += [s for table in _REMEDIES if (s := _remedies(edition, table)) is not None]
    return [*sheets, _checks(edition), _findings(edition), _sources(edition)]


def _comparison(edition: Edition) -> SheetTable:
    comparison = edition.comparison
    columns = [
        SheetColumn(key="group", label=edition.word("group")),
        SheetColumn(key="measure", label=edition.word("measure")),
        SheetColumn(key="unit", label=edition.word("unit"), kind="unit"),
    ]
    for plan in comparison.plans:
        title = edition.title(plan)
        columns += [
            SheetColumn(key=f"{plan}.low", label=f"{title} · {edition.word('low')}", kind="number"),
            SheetColumn(key=f"{plan}.value", label=title, kind="number"),
            SheetColumn(key=f"{plan}.high", label=f"{title} · {edition.word('high')}", kind="number"),
            SheetColumn(key=f"{plan}.word", label=f"{title} · {edition.word('verdict')}"),
        ]
    rows: list[Mapping[str, Any]] = []
    for row in comparison.rows:
        record: dict[str, Any] = {
            "group": label(f"compare.group.{row.measure.group}", edition.lang),
            "measure": label(row.measure.label_key, edition.lang),
            "unit": "" if row.unit == "index" else row.unit,
        }
        for plan, cell in zip(comparison.plans, row.cells, strict=True):
            record |= {f"{plan}.{part}": getattr(cell, part) for part in ("low", "value", "high")}
            record[f"{plan}.word"] = label(f"compare.word.{cell.word}", edition.lang)
        rows.append(record)
    return SheetTable(
        name=edition.word("comparison"),
        title=edition.word("comparison"),
        columns=columns,
        rows=rows,
        note=edition.word("comparison_intro"),
        unit_from_row=True,
    )


def _results(edition: Edition, step: str, name: str) -> SheetTable | None:
    results = {plan: edition.appraisals[plan].results.get(step) for plan in edition.comparison.plans}
    return _stacked(edition, step, name, {plan: r for plan, r in results.items() if r is not None})


def _remedies(edition: Edition, name: str) -> SheetTable | None:
    return _stacked(edition, "remedies", name, {p: r for p, r in edition.remedies.items() if len(r.shortfalls)})


def _stacked(edition: Edition, step: str, name: str, results: Mapping[str, StepResult]) -> SheetTable | None:
    """One table of every plan's result, the plans under each other."""
    having = {plan: r for plan, r in results.items() if name in r.TABLES}
    if not having:
        return None
    schema = next(iter(having.values())).TABLES[name]
    frames = {plan: pd.DataFrame(r.tables()[name]) for plan, r in having.items()}
    table = pd.concat(frames, names=["plan"]).reset_index()
    table["plan"] = table["plan"].map(edition.title)
    sheet = result_sheet(edition, step, schema, table, edition.word(f"sheet.{step}_{name}"))
    return replace(sheet, columns=[SheetColumn(key="plan", label=edition.word("plan")), *sheet.columns])


def result_sheet(edition: Edition, step: str, schema: Table, table: pd.DataFrame, title: str) -> SheetTable:
    """A result's table, its key among the columns, with headings and codes in words."""
    shown = table.copy()
    for column in shown.columns.intersection([*_CODES, *_LISTED]):
        shown[column] = shown[column].map(lambda code, of=column: _in_words(edition, of, code), na_action="ignore")
    columns = _columns(edition, step, schema, shown)
    return SheetTable(name=title, title=title, columns=columns, rows=shown.to_dict("records"))


def _in_words(edition: Edition, column: str, code: str) -> str:
    return _LISTED[column](edition, code) if column in _LISTED else edition.named(f"{_CODES[column]}.{code}", code)


def _columns(edition: Edition, step: str, schema: Table, table: pd.DataFrame) -> list[SheetColumn]:
    shown = [schema.key, *(c.name for c in schema if c.name != schema.key)]
    return [
        SheetColumn(
            key=name,
            label=_column_words(edition, step, name),
            unit=_unit(edition, schema, name),
            kind="unit" if name == "unit" else _kind(schema, name),
        )
        for name in shown
        if name in table.columns and (name not in schema or schema[name].kind != "geometry")
    ]


def _unit(edition: Edition, schema: Table, name: str) -> str:
    """The unit of a column; none where each row names its own."""
    unit = schema[name].unit if name in schema else ""
    return "" if unit == "by row" else unit.replace("currency", edition.currency)


def _kind(schema: Table, name: str) -> str:
    return schema[name].kind if name in schema and schema[name].kind in ("number", "integer") else "text"


def _column_words(edition: Edition, step: str, name: str) -> str:
    """``Dwellings · low``: the label of the column, and which end of the range it is."""
    for end in ("_low", "_high"):
        if name.endswith(end):
            return f"{_column_words(edition, step, name.removesuffix(end))} · {edition.word(end[1:])}"
    return edition.named(f"{step}.{name}", edition.named(f"plan.{name}", name))


def _checks(edition: Edition) -> SheetTable:
    columns = [("plan", "plan", "text"), ("check", "check", "text"), ("unit", "unit", "unit")]
    columns += [("value", "value", "number"), ("low", "at_least", "number"), ("high", "at_most", "number")]
    columns += [("verdict", "verdict", "text"), ("status", "standing", "text"), ("source", "source", "text")]
    rows = [
        {
            "plan": edition.title(plan),
            "check": " · ".join(p for p in (edition.named(f"check.{c.code}", c.code), edition.places(c.where)) if p),
            "unit": c.unit,
            "value": c.value,
            "low": c.limit_low,
            "high": c.limit_high,
            "verdict": label(f"verdict.{c.verdict}", edition.lang),
            "status": limit_standing(edition, c),
            "source": c.source or "",
        }
        for plan in edition.comparison.plans
        for c in edition.appraisals[plan].checks
    ]
    return _sheet(edition, "checks", columns, rows, unit_from_row=True)


def _findings(edition: Edition) -> SheetTable:
    columns = [("plan", "plan", "text"), ("severity", "severity", "text"), ("code", "code", "text")]
    columns += [("message", "finding", "text"), ("hint", "hint", "text"), ("where", "places", "text")]
    rows = [
        {
            "plan": edition.title(plan),
            "severity": label(f"severity.{f.severity}", edition.lang),
            "code": f.code,
            "message": message(f, edition.lang),
            "hint": hint(f, edition.lang),
            "where": edition.places(f.where, shown=len(f.where)),
        }
        for plan in edition.comparison.plans
        for f in edition.appraisals[plan].findings
    ]
    return _sheet(edition, "findings", columns, rows)


def _sources(edition: Edition) -> SheetTable:
    columns = [("key", "value_key", "text"), ("unit", "unit", "unit"), ("low", "low", "number")]
    columns += [("value", "value", "number"), ("high", "high", "number"), ("status", "standing", "text")]
    columns += [("source", "source", "text"), ("derivation", "derivation", "text"), ("since", "date", "text")]
    rows = [
        {
            "key": v.key,
            "unit": v.unit,
            "low": v.low,
            "value": v.central,
            "high": v.high,
            "status": label(f"standing.{v.status}", edition.lang),
            "source": v.source,
            "derivation": v.derivation,
            "since": v.valid_from.isoformat(),
        }
        for v in read_values(edition)
    ]
    return _sheet(edition, "sources", columns, rows, unit_from_row=True)


def _sheet(
    edition: Edition,
    key: str,
    columns: list[tuple[str, str, str]],
    rows: list[dict[str, Any]],
    *,
    unit_from_row: bool = False,
) -> SheetTable:
    title = edition.word(key)
    heads = [SheetColumn(key=name, label=edition.word(word), kind=kind) for name, word, kind in columns]
    return SheetTable(name=title, title=title, columns=heads, rows=rows, unit_from_row=unit_from_row)
