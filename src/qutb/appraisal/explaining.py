"""``explain``: the formula of a number, what it read, where each figure comes from."""

from __future__ import annotations

import math
import string
from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from qutb import text
from qutb.core import Column, StepResult, Table, UsageError
from qutb.plan import PLAN_TABLES

if TYPE_CHECKING:
    from qutb.appraisal.engine import Appraisal

__all__ = ["Explanation", "Reading", "explain"]

_VALUE = "value:"
_CATALOGUE = "catalogue:"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One thing a number was made from. ``value`` is in ``unit``; ``rows`` > 1 means it is a sum over rows."""

    name: str
    value: float | str | None
    unit: str
    standing: str
    source: str = ""
    low: float | None = None
    high: float | None = None
    rows: int = 1


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A number with its formula and readings; ``str()`` gives it in English, :meth:`words` in any language."""

    key: str
    where: str
    value: float | str | None
    low: float | None
    high: float | None
    unit: str
    description: str
    formula: str
    standing: str
    readings: tuple[Reading, ...]

    def __str__(self) -> str:
        return self.words("en")

    def words(self, lang: text.Lang) -> str:
        """Lines of text: the number, its formula, and each thing it read with its standing and source."""
        head = f"{self.key} @ {self.where} = {_shown(self.value, self.unit, lang)}{_band(self, lang)}"
        lines = [head, f"  {self.description} [{text.label(f'standing.{self.standing}', lang)}]"]
        if self.formula:
            lines.append(f"  = {self.formula}")
        for r in self.readings:
            rows = f" (Σ {text.number(r.rows, lang)})" if r.rows > 1 else ""
            standing = text.label(f"standing.{r.standing}", lang)
            source = f", {r.source}" if r.source else ""
            lines.append(f"    {r.name} = {_shown(r.value, r.unit, lang)}{_band(r, lang)}{rows} [{standing}{source}]")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "readings": [vars(r) for r in self.readings]}


def _shown(value: float | str | None, unit: str, lang: text.Lang) -> str:
    return value if isinstance(value, str) else text.quantity(value, unit, lang)


def _band(part: Explanation | Reading, lang: text.Lang) -> str:
    if part.low is None or part.high is None or part.low == part.high:
        return ""
    return f" ({text.quantity(part.low, part.unit, lang)} – {text.quantity(part.high, part.unit, lang)})"


def explain(appraisal: Appraisal, key: str, where: str = "pole") -> Explanation:
    """Explain ``step.column`` at ``pole`` or ``kind:id`` (plot, block, phase, street, use, facility, item ...).

    A row of a table without key is named by two: ``plot:A-17,facility:primary_school``.
    Raises ``UsageError`` naming the steps, columns or places there are.
    """
    step, _, column_name = key.partition(".")
    if step not in appraisal.results:
        raise UsageError("EXPLAIN-NO-STEP", key, known=", ".join(appraisal.results))
    result = appraisal.results[step]
    table_name, table = _table(result, key, column_name, where)
    frame = getattr(result, table_name)
    row_id = where.partition(",")[0].partition(":")[2] or where
    rows = _named_rows(frame, where) if "," in where else frame.loc[frame.index == row_id]
    if not len(rows):
        raise UsageError("EXPLAIN-NO-PLACE", where, key=key, count=len(frame))
    row = rows.iloc[0]
    column = table[column_name]
    context = _row_context(appraisal, where, row)
    return Explanation(
        key=key,
        where=where,
        value=_plain(row[column_name]),
        low=_number(row.get(f"{column_name}_low")),
        high=_number(row.get(f"{column_name}_high")),
        unit=_unit(appraisal, column),
        description=column.description,
        formula=column.formula,
        standing=column.standing,
        readings=tuple(r for name in column.reads for r in _readings(appraisal, result, name, where, row_id, context)),
    )


def _table(result: StepResult, key: str, column: str, where: str) -> tuple[str, Table]:
    kind = where.partition(":")[0]
    for name, table in result.TABLES.items():
        if column in table and (_is_named_by(where, table) if "," in where else _is_key_of(kind, name, table)):
            return name, table
    known = sorted({c.name for t in result.TABLES.values() for c in t})
    raise UsageError("EXPLAIN-NO-COLUMN", key, place=where, known=", ".join(known))


def _is_key_of(kind: str, name: str, table: Table) -> bool:
    if kind == "pole":
        return name == "pole"
    return table.key in {kind, f"{kind}_id", f"{kind}_code", f"{kind}_type"}


def _columns_of(where: str) -> dict[str, str]:
    """``{"plot": "A-17", "facility": "primary_school"}`` of ``plot:A-17,facility:primary_school``."""
    return dict(part.partition(":")[::2] for part in where.split(","))


def _key_column(kind: str, names: Container[str]) -> str | None:
    return next((n for n in (kind, f"{kind}_id", f"{kind}_code", f"{kind}_type") if n in names), None)


def _is_named_by(where: str, table: Table) -> bool:
    return not table.key and all(_key_column(kind, table) for kind in _columns_of(where))


def _named_rows(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Rows of a table without key that hold every id of ``where``."""
    for kind, name in _columns_of(where).items():
        frame = frame[frame[_key_column(kind, frame.columns)] == name]
    return frame


def _row_context(appraisal: Appraisal, where: str, row: pd.Series) -> Mapping[str, tuple[Any, ...]]:
    """What braces in a value's key are filled from: the plot's own columns, then the result's.

    A plot of several uses offers each of them.
    """
    kind, _, row_id = where.partition(",")[0].partition(":")
    plan_row = appraisal.plan.plots.loc[row_id].to_dict() if kind == "plot" else {}
    context = {name: (value,) for name, value in {**row.to_dict(), **plan_row}.items() if _filled(value)}
    floors = appraisal.plan.plot_floors
    uses = tuple(dict.fromkeys(floors["use"][floors["plot_id"] == row_id]))
    return {**context, "use": uses} if uses else context


def _readings(
    appraisal: Appraisal,
    result: StepResult,
    name: str,
    where: str,
    row_id: str,
    context: Mapping[str, tuple[Any, ...]],
) -> tuple[Reading, ...]:
    if name.startswith(_VALUE):
        return tuple(_value_readings(appraisal, result, name.removeprefix(_VALUE), context))
    if name.startswith(_CATALOGUE):
        rows = len(appraisal.pole.values.catalogue(name.removeprefix(_CATALOGUE)))
        return (Reading(name=name, value=None, unit="", standing="given", rows=rows),)
    found = _find_column(appraisal, name)
    if found is None:
        return (Reading(name=name, value=None, unit="", standing="computed"),)
    frame, column = found
    if row_id in frame.index:
        value, rows = _plain(frame.loc[row_id, column.name]), 1
    else:
        rows_of = _rows_inside(appraisal, frame, where)
        rows = len(rows_of)
        value = _number(rows_of[column.name].sum()) if column.kind in ("number", "integer") else f"{rows} rows"
    return (Reading(name=name, value=value, unit=_unit(appraisal, column), standing=column.standing, rows=rows),)


def _value_readings(
    appraisal: Appraisal, result: StepResult, key: str, context: Mapping[str, tuple[Any, ...]]
) -> list[Reading]:
    """The pack values behind ``key`` that the step did read; a sum over rows shows the whole family."""
    fields = [f for _, f, _, _ in string.Formatter().parse(key) if f]
    read = result.provenance.values_read
    if all(f in context for f in fields):
        choices = product(*(context[f] for f in fields))
        keys = [key.format_map(dict(zip(fields, choice, strict=True))) for choice in choices]
    else:
        prefix = key[: key.index("{")]
        keys = sorted(k for k in read if k.startswith(prefix) and not k.endswith("*"))
    values = [appraisal.pole.values.find(k) for k in keys if k in read]
    return [
        Reading(
            name=v.key,
            value=v.central,
            unit=v.unit,
            standing=v.status,
            source=f"{v.reference}, {v.source}",
            low=v.low,
            high=v.high,
        )
        for v in values
        if v is not None
    ]


def _find_column(appraisal: Appraisal, name: str) -> tuple[pd.DataFrame, Column] | None:
    parts = name.split(".")
    if len(parts) == 2:  # a table of the plan
        tables = {t.name: t for t in PLAN_TABLES}
        table = tables.get(parts[0])
        return (getattr(appraisal.plan, parts[0]), table[parts[1]]) if table and parts[1] in table else None
    if len(parts) != 3:
        return None
    step, table_name, column = parts
    result = appraisal.results.get(step)
    if result is None or table_name not in result.TABLES or column not in result.TABLES[table_name]:
        return None
    return getattr(result, table_name), result.TABLES[table_name][column]


def _rows_inside(appraisal: Appraisal, frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Rows of ``frame`` that belong to a plot, block or phase; all of them otherwise."""
    kind, _, row_id = where.partition(",")[0].partition(":")
    if kind == "plot":
        return frame[frame["plot_id"] == row_id] if "plot_id" in frame else frame
    column = {"block": "block_id", "phase": "phase", "use": "use", "segment": "segment"}.get(kind)
    if column is None or frame.index.name != "plot_id":
        return frame
    members = appraisal.plan.plots.index[appraisal.plan.plots[column] == row_id]
    return frame.loc[frame.index.intersection(members)]


def _unit(appraisal: Appraisal, column: Column) -> str:
    return column.unit.replace("currency", appraisal.pole.values.currency)


def _filled(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> float | str | None:
    if not _filled(value):
        return None
    if isinstance(value, shapely.Geometry):
        return value.geom_type
    return value if isinstance(value, str) else float(value)


def _number(value: Any) -> float | None:
    return None if not _filled(value) else float(value)
