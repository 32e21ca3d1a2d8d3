"""The programme as a workbook: targets, facilities, criteria, tie-ins, and what the plan's fields may hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from qutb.appraisal import STEPS
from qutb.compare import MEASURES
from qutb.core import Column, Table
from qutb.dossier import SheetColumn, SheetTable, write_xlsx
from qutb.kit.package import codes_of
from qutb.kit.words import Words
from qutb.plan import PLAN_TABLES
from qutb.pole import TIE_INS

__all__ = ["field_rows", "measure_name", "measure_unit", "programme_sheets", "write_programme"]


def write_programme(words: Words, path: Path, *, run_date: date, code: str) -> Path:
    """Write the programme in the language of ``words``."""
    sheets = programme_sheets(words)
    return write_xlsx(path, sheets, lang=words.lang, run_date=run_date, title=words.pole_name, code=code)


def programme_sheets(words: Words) -> list[SheetTable]:
    """Sheets in reading order."""
    return [
        _targets(words),
        _facilities(words),
        _criteria(words),
        _tie_ins(words),
        _fields(words),
        _values(words),
    ]


def _sheet(words: Words, key: str, columns: Mapping[str, str], rows: list[Mapping[str, Any]], note: str = "") -> Any:
    kinds = {"asked": "integer", "low": "number", "high": "number", "weight": "number", "capacity": "number"}
    kinds |= {"unit": "unit"} if key == "targets" else {}
    return SheetTable(
        name=words.say(f"sheet.{key}"),
        title=f"{words.pole_name} · {words.say(f'sheet.{key}')}",
        columns=[SheetColumn(key=k, label=w, kind=kinds.get(k, "text")) for k, w in columns.items()],
        rows=rows,
        note=note,
        unit_from_row=key == "targets",
    )


def _heads(words: Words, *keys: str) -> dict[str, str]:
    return {key: words.say(f"head.{key}") for key in keys}


def _targets(words: Words) -> SheetTable:
    rows: list[Mapping[str, Any]] = [
        {
            "measure": measure_name(words, t.measure),
            "low": t.low,
            "high": t.high,
            "unit": measure_unit(words, t.measure),
            "code": t.measure,
            "source": t.source,
        }
        for t in words.pole.brief.targets
    ]
    heads = {**_heads(words, "measure", "low", "high", "unit", "code"), "source": words.say("column.source")}
    note = words.say("targets_note" if rows else "no_targets")
    return _sheet(words, "targets", heads, rows, note)


def _facilities(words: Words) -> SheetTable:
    names = words.facilities()
    rows: list[Mapping[str, Any]] = [
        {"name": names.get(kind, kind), "asked": asked, "code": kind}
        for kind, asked in words.pole.brief.facilities.items()
    ]
    return _sheet(words, "facilities", _heads(words, "name", "asked", "code"), rows)


def _criteria(words: Words) -> SheetTable:
    brief = words.pole.brief
    rows: list[Mapping[str, Any]] = [
        {
            "measure": measure_name(words, c.measure),
            "better": words.say(c.better),
            "weight": c.weight if brief.weights_adopted else None,
        }
        for c in brief.criteria
    ]
    note = words.say("criteria_weights" if brief.weights_adopted else "criteria_none")
    return _sheet(words, "criteria", _heads(words, "measure", "better", "weight"), rows, note)


def _tie_ins(words: Words) -> SheetTable:
    kinds = words.listed(TIE_INS, TIE_INS["kind"])
    shown = ("capacity", "capacity_unit", "available_date", "owner", "letter")
    rows: list[Mapping[str, Any]] = [
        {"name": str(tie_in), "kind": kinds.get(row["kind"], row["kind"]), **{c: row.get(c) for c in shown}}
        for tie_in, row in words.pole.site.tie_ins.iterrows()
    ]
    heads = {**_heads(words, "name", "kind"), **{c: words.column(TIE_INS, c) for c in shown}}
    return _sheet(words, "ground", heads, rows)


def field_rows(words: Words, table: Table) -> list[dict[str, str]]:
    """The fields of a table of the plan: name, words, kind, whether it must be filled, what it may hold."""
    return [
        {
            "layer": table.name,
            "field": column.name,
            "name": words.column(table, column.name),
            "kind": words.say(f"kind.{column.kind}"),
            "must": words.say("yes" if column.required and not column.nullable else "no"),
            "values": words.say("see_list") if words.listed(table, column) else _range_words(words, column),
        }
        for column in table
        if column.kind != "geometry"
    ]


def _range_words(words: Words, column: Column) -> str:
    if column.minimum is None:
        return ""
    if column.maximum is None:
        return words.say("rule.at_least", low=f"{column.minimum:g}")
    return words.say("rule.between", low=f"{column.minimum:g}", high=f"{column.maximum:g}")


def _fields(words: Words) -> SheetTable:
    rows: list[Mapping[str, Any]] = [row for table in PLAN_TABLES for row in field_rows(words, table)]
    heads = _heads(words, "layer", "field", "name", "kind", "must", "values")
    return _sheet(words, "fields", heads, rows, words.say("fields_intro"))


def _values(words: Words) -> SheetTable:
    rows: list[Mapping[str, Any]] = [
        {"layer": table.name, "field": column.name, "code": value, "name": name}
        for table, column, listed in codes_of(words)
        for value, name in listed.items()
    ]
    return _sheet(words, "values", _heads(words, "layer", "field", "code", "name"), rows, words.say("values_intro"))


def measure_name(words: Words, key: str) -> str:
    """A measure's name as the comparison has it, else as its table has it."""
    return words.named(f"measure.{key}", "") or words.named(key, key)


def measure_unit(words: Words, key: str) -> str:
    """SI unit of the measure ``"<step>.<column>"``."""
    unit = _units().get(key, "")
    return unit.replace("currency", words.pole.values.currency)


@cache
def _units() -> Mapping[str, str]:
    given = {m.key: m.unit for m in MEASURES if m.unit}
    found = {f"{s.name}.{c.name}": c.unit for s in STEPS for c in _pole_columns(s.run)}
    return {**found, **given}


def _pole_columns(run: Any) -> tuple[Column, ...]:
    """Columns of the one row ``pole`` of what a step returns, as its signature says."""
    made = getattr(import_module(run.__module__), run.__annotations__["return"])
    return tuple(made.TABLES.get("pole", ()))
