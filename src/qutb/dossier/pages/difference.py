"""What a new version of a plan changes: a map, the figures before and after, and every change by layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from qutb.appraisal import Appraisal
from qutb.compare import Row, value_text
from qutb.dossier.content import Block, Bullets, Facts, Figure, Head, Heading, Item, Page, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import Edition, grouped
from qutb.dossier.maps import site_extent
from qutb.dossier.pages.shared import measure_name, terms_text
from qutb.draw import INK, Layer, map_svg
from qutb.plan import PLAN_TABLES, Difference
from qutb.text import isolate, label

__all__ = ["REDRAWN_M", "Revision", "difference_pages"]

REDRAWN_M = 0.05  # an outline that moved by less is the same drawing exported anew
_ROWS_SHOWN = 60
_IDS_SHOWN = 8
_LABELS_SHOWN = 80
_MAP_MM = (186.0, 132.0)
_LAYERS = tuple(t.name for t in PLAN_TABLES)
_KINDS = ("added", "removed", "split", "merged", "renamed", "geometry", "shifted", "attributes")
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


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Two versions of a plan in one language: ``edition`` holds both, the earlier as its base."""

    edition: Edition
    changes: Difference

    @property
    def old(self) -> Appraisal:
        return self.edition.appraisals[self.edition.comparison.plans[0]]

    @property
    def new(self) -> Appraisal:
        return self.edition.appraisals[self.edition.comparison.plans[1]]

    def word(self, key: str) -> str:
        return label(f"difference.{key}", self.edition.lang)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The changes, with outlines that only shifted within the drawing's tolerance apart as ``shifted``."""
        table = self.changes.changes
        slight = (table["change"] == "geometry") & (table["shift_m"] <= REDRAWN_M)
        return table.assign(change=table["change"].mask(slight, "shifted"))

    def kind(self, change: str) -> str:
        return self.word("shifted") if change == "shifted" else label(f"change.{change}", self.edition.lang)

    def ids(self, change: str, side: str, layer: str = "plots") -> pd.Index:
        """Ids on one side, ``old`` or ``new``, of the rows of that change."""
        rows = self.rows
        found = rows.loc[(rows["layer"] == layer) & (rows["change"] == change), f"{side}_id"]
        return pd.Index(found[found != ""].drop_duplicates())

    def names(self, ids: Iterable[object], shown: int = _IDS_SHOWN) -> str:
        """Ids in words, the first of many."""
        every = sorted(dict.fromkeys(str(i) for i in ids if str(i)))
        more = f" (+{self.edition.count(len(every) - shown)})" if len(every) > shown else ""
        return isolate(", ".join(every[:shown]), self.edition.lang) + more

    def signed(self, before: float, after: float, unit: str) -> str:
        """``+120`` in its own best unit; a dash where nothing differs that can be read."""
        if not (math.isfinite(before) and math.isfinite(after)) or math.isclose(before, after, rel_tol=1e-9):
            return "–"
        unit = unit.replace("currency", self.edition.currency)
        shown = value_text(abs(after - before), unit, self.edition.lang).strip("\u2068\u2069")
        figures, space, name = shown.partition("\u00a0")
        if not any(c in "123456789" for c in figures):
            return "–"
        return isolate(("+" if after > before else "-") + figures, self.edition.lang) + space + name


def difference_pages(revision: Revision) -> tuple[Page, ...]:
    """The map and what it says, the figures before and after, then the changes one by one."""
    edition = revision.edition
    first = Page(
        key="difference",
        title=revision.word("title"),
        blocks=(
            Text(text=_versions(revision)),
            Text(text=terms_text(edition), tone="muted"),
            _facts(revision),
            _map(revision),
        ),
    )
    figures = Page(key="figures", title=revision.word("figures"), blocks=_figures(revision))
    details = _details(revision)
    one_by_one = Page(key="changes", title=revision.word("changes"), blocks=details, follow=True)
    return (first, figures, one_by_one) if details else (first, figures)


def _versions(revision: Revision) -> str:
    edition = revision.edition
    before, after = edition.comparison.plans
    return revision.word("versions").format(
        old=edition.title(before), old_code=edition.code(before), new=edition.title(after), new_code=edition.code(after)
    )


# facts --------------------------------------------------------------------------------------------------


def _facts(revision: Revision) -> Facts:
    rows = revision.rows[revision.rows["layer"] == "plots"]
    touched = rows[~rows["change"].isin(["shifted", "renamed"])]
    now, then = len(revision.new.plan.plots), len(revision.old.plan.plots)
    kept = len(revision.old.plan.plots.index.intersection(revision.new.plan.plots.index))
    count = revision.edition.count
    dwellings = _pole(revision, "capacity", "dwellings")
    cost = _pole(revision, "cost", "cost_amount")
    items = (
        (count(now), revision.word("fact.plots"), revision.signed(then, now, "plots")),
        (count(touched["new_id"].replace("", np.nan).nunique()), revision.word("fact.touched"), ""),
        (revision.edition.value(kept / max(then, 1), "ratio"), revision.word("fact.ids_kept"), ""),
        (revision.signed(*dwellings, "dwellings"), revision.word("fact.dwellings"), ""),
        (revision.signed(*cost, "currency"), revision.word("fact.cost"), ""),
    )
    return Facts(items=tuple(Item(text=t, sub=s if not n or n == "–" else f"{s} ({n})") for t, s, n in items))


def _pole(revision: Revision, step: str, column: str) -> tuple[float, float]:
    """A figure of the pole, before and after; not a number where the step did not run."""
    found = [a.results.get(step) for a in (revision.old, revision.new)]
    before, after = (np.nan if r is None else float(r.tables()["pole"][column].iloc[0]) for r in found)
    return before, after


# map ----------------------------------------------------------------------------------------------------


def _map(revision: Revision) -> Figure:
    svg = map_svg(
        _layers(revision),
        extent=site_extent(revision.new),
        size_mm=_MAP_MM,
        lang=revision.edition.lang,
        description=revision.word("map_alt"),
        legend_title=revision.word("plots_by_change"),
    )
    return Figure(svg=svg, alt=revision.word("map_alt"), twin=_by_layer(revision), width_mm=_MAP_MM[0])


def _layers(revision: Revision) -> list[Layer]:
    """The plots of the new version in grey, what changed over them; removed plots from the old version."""
    new, old = revision.new.plan, revision.old.plan
    boundary = np.array([revision.new.pole.site.boundary], dtype=object)
    layers = [
        Layer(geometries=new.plots.geometry.to_numpy(), fill=INK["kept"], stroke="#c3c9d0", stroke_width_mm=0.06),
        _plots(revision, "attributes", "new", fill=INK["valued"], stroke="#b98900", stroke_width_mm=0.15),
        _plots(revision, "geometry", "new", fill="#fff1e3", stroke=INK["redrawn"], stroke_width_mm=0.3),
        _plots(revision, "renamed", "new", stroke=INK["renamed"], stroke_width_mm=0.25, dash_mm=(0.8, 0.5)),
        _plots(revision, "split", "new", fill="#efe8fb", stroke=INK["renamed"], stroke_width_mm=0.35),
        _plots(revision, "merged", "new", fill="#e2d7f7", stroke=INK["renamed"], stroke_width_mm=0.35),
        _plots(revision, "removed", "old", fill="#f6c9c6", hatch="removed", stroke=INK["removed"], dash_mm=(1.0, 0.5)),
        _plots(revision, "added", "new", fill="#bfe5c8", hatch="added", stroke=INK["added"], stroke_width_mm=0.3),
        *_street_layers(revision, old.streets, new.streets),
        Layer(
            geometries=boundary,
            stroke=INK["site"],
            stroke_width_mm=0.5,
            dash_mm=(4.0, 1.0, 0.8, 1.0),
            legend=revision.edition.word("site"),
        ),
    ]
    return [layer for layer in layers if len(layer.shapes)]


def _plots(revision: Revision, change: str, side: str, **style: object) -> Layer:
    plan = revision.new.plan if side == "new" else revision.old.plan
    ids = revision.ids(change, side)
    names = plan.plots.index.astype(str)
    shapes = plan.plots.geometry.to_numpy()[names.isin(ids)]
    few = len(ids) <= _LABELS_SHOWN
    return Layer(
        geometries=shapes,
        labels=[str(i) for i in names[names.isin(ids)]] if few else (),
        legend=revision.kind(change),
        amount=revision.edition.count(len(shapes)),
        **style,  # type: ignore[arg-type]
    )


def _street_layers(revision: Revision, old: pd.DataFrame, new: pd.DataFrame) -> list[Layer]:
    cases = (("removed", "old", old, (1.2, 0.8)), ("geometry", "new", new, ()), ("added", "new", new, ()))
    layers = []
    for change, side, streets, dash in cases:
        shapes = streets.geometry.to_numpy()[streets.index.astype(str).isin(revision.ids(change, side, "streets"))]
        ink = INK["redrawn" if change == "geometry" else change]
        said = f"{label('layer.streets', revision.edition.lang)}: {revision.kind(change)}"
        amount = revision.edition.count(len(shapes))
        layers.append(
            Layer(geometries=shapes, stroke=ink, stroke_width_mm=0.6, dash_mm=dash, legend=said, amount=amount)
        )
    return layers


def _by_layer(revision: Revision) -> TableBlock:
    """Layer by layer and change by change: how many rows, area or length before and after, which."""
    rows: list[tuple[TableCell, ...]] = []
    for layer in _LAYERS:
        mine = revision.rows[revision.rows["layer"] == layer]
        if mine.empty:
            continue
        rows.append((cell(label(f"layer.{layer}", revision.edition.lang), tone="group"),))
        for change in _KINDS:
            some = mine[mine["change"] == change]
            if len(some):
                rows.append(_change_row(revision, change, some))
    if not rows:
        rows.append((cell(revision.word("nothing"), tone="group"),))
    word = revision.word
    return TableBlock(
        caption=word("by_layer"),
        heads=(
            Head(text=word("change"), width=1.3),
            Head(text=word("rows"), align="end", width=0.6),
            Head(text=word("before"), align="end"),
            Head(text=word("after"), align="end"),
            Head(text=word("which"), width=2.6),
        ),
        rows=tuple(rows),
        note=word("shifted_note").format(distance=revision.edition.count(100 * REDRAWN_M)),
        dense=True,
    )


def _change_row(revision: Revision, change: str, rows: pd.DataFrame) -> tuple[TableCell, ...]:
    one = rows["new_id"].where(rows["new_id"] != "", rows["old_id"])
    return (
        cell(revision.kind(change)),
        cell(revision.edition.count(one.nunique())),
        cell(_extent(revision, rows, "old")),
        cell(_extent(revision, rows, "new")),
        cell(revision.names(one)),
    )


def _extent(revision: Revision, rows: pd.DataFrame, side: str) -> str:
    """Area of the rows on one side, each counted once; their length where they are lines."""
    once = rows[rows[f"{side}_id"] != ""].drop_duplicates(f"{side}_id")
    for column, unit in ((f"{side}_area_m2", "m2"), (f"{side}_length_m", "m")):
        amount = once[column].astype(float).sum(min_count=1)
        if amount > 0:
            return revision.edition.value(float(amount), unit)
    return "–"


# figures before and after ---------------------------------------------------------------------------------


def _figures(revision: Revision) -> tuple[Block, ...]:
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


def _details(revision: Revision) -> tuple[Block, ...]:
    blocks = (_values(revision), _identities(revision), _drawn(revision))
    return tuple(b for b in blocks if b is not None)


def _values(revision: Revision) -> TableBlock | None:
    """Values that differ, alike ones together: ``use: row houses -> shops, 12 plots``."""
    table = revision.changes.attributes
    if table.empty:
        return None
    groups = table.groupby(["layer", "column", "old_value", "new_value"], sort=False)
    ordered = sorted(groups, key=lambda g: (_LAYERS.index(g[0][0]), g[0][1], -len(g[1]), g[0][2], g[0][3]))
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
        for (layer, change, _), some in sorted(groups, key=lambda g: (_KINDS.index(g[0][1]), g[0][0], g[0][2]))
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
        cell(_extent(revision, one, "old")),
        cell(_extent(revision, one, "new")),
        cell(revision.edition.value(shift if math.isfinite(shift) else None, "m")),
    )


def _more(revision: Revision, rows: int) -> str:
    rest = rows - _ROWS_SHOWN
    return revision.word("more").format(count=revision.edition.count(rest)) if rest > 0 else ""
