"""The tables of the difference page: figures before and after, then the changes one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from qutb.compare import Row
from qutb.dossier.content import Block, Bullets, Head, Heading, Item, TableBlock, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import grouped
from qutb.dossier.pages.difference_view import KINDS, LAYERS, Revision
from qutb.dossier.pages.shared import measure_name
from qutb.text import label

__all__ = ["change_tables", "figure_tables"]

_ROWS_SHOWN = 60
_MEASURES = (
    "capacity.dwellings",
    "capacity.population",
    "capacity.beds",
    "capacity.jobs",
    "capacity.floor_area_m2",
    "capacity.economic_floor_area_m2",
    "form.green_per_inhabitant_m2_per_people",
    "form.saleable_share",
    "cost.onsite_cost_amount",
    "cost.offsite_cost_amount",
    "cost.cost_amount",
    "cost.cost_per_dwelling",
    "uptake.years_to_fill",
    "findings.blocking",
    "findings.warning",
)


# figures before and after ---------------------------------------------------------------------------------


def figure_tables(revision: Revision) -> tuple[Block, ...]:
    """What the plan holds and costs, land, facilities and cost by trade before and after; findings come and gone."""
    blocks = (_measures(revision), _land(revision), _facilities(revision), _trades(revision), *_findings(revision))
    return tuple(b for b in blocks if b is not None)


def _findings(revision: Revision) -> tuple[Block, ...]:
    """Kinds of finding that only one of the versions has."""
    both = [{(g.first.code, g.tone): g for g in grouped(a.findings)} for a in (revision.old, revision.new)]
    lang = revision.edition.lang
    cases = (("findings_new", both[1], both[0]), ("findings_gone", both[0], both[1]))
    blocks: list[Block] = []
    for heading, mine, others in cases:
        items = tuple(
            Item(text=g.text(revision.edition), badge=label(f"severity.{g.tone}", lang), tone=g.tone)
            for key, g in mine.items()
            if key not in others
        )
        if items:
            blocks += [Heading(text=revision.word(heading)), Bullets(items=items)]
    return tuple(blocks)


def _heads(revision: Revision, first: str) -> tuple[Head, ...]:
    word = revision.word
    return (
        Head(text=first, width=1.8),
        Head(text=word("before"), align="end"),
        Head(text=word("after"), align="end"),
        Head(text=word("delta"), align="end"),
    )


def _line(revision: Revision, name: str, before: float, after: float, unit: str) -> tuple[TableCell, ...]:
    largest = max((abs(v) for v in (before, after) if math.isfinite(v)), default=None)
    changed = revision.signed(before, after, unit)
    return (
        cell(name),
        cell(revision.edition.value(before, unit, largest)),
        cell(revision.edition.value(after, unit, largest)),
        cell(changed, tone="muted" if changed == "–" else "strong"),
    )


def _measures(revision: Revision) -> TableBlock:
    known = {row.measure.key: row for row in revision.edition.comparison.rows}
    rows = [known[key] for key in _MEASURES if key in known]
    return TableBlock(
        caption=revision.word("measures"),
        heads=_heads(revision, revision.edition.word("measure")),
        rows=tuple(_measure_line(revision, row) for row in rows),
        dense=True,
    )


def _measure_line(revision: Revision, row: Row) -> tuple[TableCell, ...]:
    before, after = (math.nan if c.value is None else c.value for c in row.cells)
    return _line(revision, measure_name(revision.edition, row), before, after, row.unit)


def _land(revision: Revision) -> TableBlock | None:
    tables = _tables(revision, "validity", "balance")
    if tables is None:
        return None
    areas = [t["area_m2"] for t in tables]
    names = {use: revision.edition.named(f"use.{use}", use) for use in _union(tables)}
    return _beside(revision, revision.word("land"), revision.edition.word("use"), areas, names, "m2")


def _trades(revision: Revision) -> TableBlock | None:
    tables = _tables(revision, "cost", "trades")
    if tables is None:
        return None
    names = {t: revision.edition.named(f"trade.{t}", t) for t in _union(tables)}
    costs, first = [t["cost_amount"] for t in tables], revision.edition.word("trade")
    return _beside(revision, revision.word("cost"), first, costs, names, "currency")


def _facilities(revision: Revision) -> TableBlock | None:
    """Facilities of which units, places or land differ; said where none does."""
    tables = _tables(revision, "capacity", "facilities")
    if tables is None:
        return None
    cases = (("units_planned", "units"), ("places_planned", "places"), ("site_area_planned_m2", "m2"))
    rows: list[tuple[TableCell, ...]] = []
    for facility in _union(tables):
        for column, unit in cases:
            pair = [float(t[column].get(facility, 0.0)) for t in tables]
            before, after = (0.0 if math.isnan(v) else v for v in pair)
            if not math.isclose(before, after, abs_tol=0.5 if unit == "m2" else 1e-9):
                name = f"{revision.edition.facility(facility)} · {revision.word(f'facility.{unit}')}"
                rows.append(_line(revision, name, before, after, unit))
    if not rows:
        rows = [(cell(revision.word("no_facility_changed"), tone="group"),)]
    caption = revision.edition.word("facilities")
    return TableBlock(
        caption=caption, heads=_heads(revision, revision.edition.word("facility")), rows=tuple(rows), dense=True
    )


def _tables(revision: Revision, step: str, table: str) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    found = [a.results.get(step) for a in (revision.old, revision.new)]
    if any(r is None or table not in r.TABLES for r in found):
        return None
    before, after = (r.tables()[table] for r in found if r is not None)
    return before, after


def _union(tables: Sequence[pd.DataFrame]) -> list[str]:
    return [str(k) for k in dict.fromkeys([*tables[0].index, *tables[1].index])]


def _beside(
    revision: Revision, caption: str, first: str, columns: Sequence[pd.Series], names: Mapping[str, str], unit: str
) -> TableBlock:
    """Two columns side by side with their difference, then their sum."""
    pairs = {key: tuple(float(c.get(key, 0.0)) for c in columns) for key in names}
    rows = [_line(revision, names[k], a, b, unit) for k, (a, b) in pairs.items() if max(abs(a), abs(b)) >= 0.5]
    total = [sum(pair[side] for pair in pairs.values()) for side in (0, 1)]
    rows.append(_line(revision, revision.edition.word("total"), total[0], total[1], unit))
    return TableBlock(caption=caption, heads=_heads(revision, first), rows=tuple(rows), dense=True)


# one by one -----------------------------------------------------------------------------------------------


def change_tables(revision: Revision) -> tuple[Block, ...]:
    """Values that differ, ids that changed, rows added, removed or redrawn; none where nothing changed."""
    blocks = (_values(revision), _identities(revision), _drawn(revision))
    return tuple(b for b in blocks if b is not None)


def _values(revision: Revision) -> TableBlock | None:
    """Values that differ, alike ones together: ``use: row houses -> shops, 12 plots``."""
    table = revision.changes.attributes
    if table.empty:
        return None
    groups = table.groupby(["layer", "column", "old_value", "new_value"], sort=False)
    ordered = sorted(groups, key=lambda g: (LAYERS.index(g[0][0]), g[0][1], -len(g[1]), g[0][2], g[0][3]))
    rows = [_value_row(revision, key, same["new_id"]) for key, same in ordered[:_ROWS_SHOWN]]
    word = revision.word
    return TableBlock(
        caption=word("values"),
        heads=(
            Head(text=word("layer"), width=0.9),
            Head(text=word("column"), width=1.1),
            Head(text=word("before"), width=1.2),
            Head(text=word("after"), width=1.2),
            Head(text=word("rows"), align="end", width=0.5),
            Head(text=word("which"), width=2.2),
        ),
        rows=tuple(rows),
        note=_more(revision, len(ordered)),
        dense=True,
    )


def _value_row(revision: Revision, key: tuple[str, ...], ids: pd.Series) -> tuple[TableCell, ...]:
    layer, column, old, new = key
    edition = revision.edition
    before, after = (_said(revision, column, v) for v in (old, new))
    return (
        cell(label(f"layer.{layer}", edition.lang)),
        cell(edition.named(f"plan.{column}", column)),
        cell(before),
        cell(after),
        cell(edition.count(len(ids))),
        cell(revision.names(ids)),
    )


def _said(revision: Revision, column: str, value: str) -> str:
    if value == "":
        return "–"
    if column == "facility_type":
        return revision.edition.facility(value)
    return revision.edition.named(f"{column}.{value}", value)


def _identities(revision: Revision) -> TableBlock | None:
    """Rows renamed, split and merged: the old ids beside the new."""
    rows = revision.rows[revision.rows["change"].isin(["split", "merged", "renamed"])]
    if rows.empty:
        return None
    key = np.where(rows["change"] == "merged", rows["new_id"], rows["old_id"])
    groups = list(rows.groupby(["layer", "change", key], sort=True))
    lines = [
        (
            cell(label(f"layer.{layer}", revision.edition.lang)),
            cell(revision.kind(change)),
            cell(revision.names(some["old_id"])),
            cell(revision.names(some["new_id"])),
        )
        for (layer, change, _), some in sorted(groups, key=lambda g: (KINDS.index(g[0][1]), g[0][0], g[0][2]))
    ]
    word = revision.word
    return TableBlock(
        caption=word("identities"),
        heads=(
            Head(text=word("layer"), width=0.9),
            Head(text=word("change"), width=1.1),
            Head(text=word("before"), width=2.0),
            Head(text=word("after"), width=2.0),
        ),
        rows=tuple(lines[:_ROWS_SHOWN]),
        note=_more(revision, len(lines)),
        dense=True,
    )


def _drawn(revision: Revision) -> TableBlock | None:
    """Rows added, removed or redrawn, the largest first."""
    rows = revision.rows[revision.rows["change"].isin(["added", "removed", "geometry"])]
    if rows.empty:
        return None
    size = rows[["old_area_m2", "new_area_m2", "old_length_m", "new_length_m"]].astype(float).max(axis=1)
    order = rows.assign(size=size).sort_values(
        ["size", "layer", "old_id", "new_id"], ascending=[False, True, True, True]
    )
    lines = [_drawn_row(revision, row) for _, row in order.head(_ROWS_SHOWN).iterrows()]
    word = revision.word
    return TableBlock(
        caption=word("drawn"),
        heads=(
            Head(text=word("layer"), width=0.9),
            Head(text=word("which"), width=1.3),
            Head(text=word("change"), width=1.1),
            Head(text=word("before"), align="end"),
            Head(text=word("after"), align="end"),
            Head(text=word("moved"), align="end", width=0.8),
        ),
        rows=tuple(lines),
        note=_more(revision, len(order)),
        dense=True,
    )


def _drawn_row(revision: Revision, row: pd.Series) -> tuple[TableCell, ...]:
    one = row.to_frame().T
    shift = float(row["shift_m"])
    return (
        cell(label(f"layer.{row['layer']}", revision.edition.lang)),
        cell(revision.names([row["old_id"], row["new_id"]])),
        cell(revision.kind(str(row["change"]))),
        cell(revision.extent(one, "old")),
        cell(revision.extent(one, "new")),
        cell(revision.edition.value(shift if math.isfinite(shift) else None, "m")),
    )


def _more(revision: Revision, rows: int) -> str:
    rest = rows - _ROWS_SHOWN
    return revision.word("more").format(count=revision.edition.count(rest)) if rest > 0 else ""
