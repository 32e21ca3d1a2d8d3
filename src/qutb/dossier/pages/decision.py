"""The one-page decision sheet: what each plan holds, where it breaks, what it costs, how long it takes to fill."""

from __future__ import annotations

from qutb.compare import Cell, Row, alike_text
from qutb.core import blocking
from qutb.dossier.content import Block, Bullets, Columns, Facts, Figure, Head, Heading, Item, Page, TableBlock, Text
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.content import cell as table_cell
from qutb.dossier.edition import Edition, grouped
from qutb.dossier.maps import small_map
from qutb.dossier.pages.remedies import remedy_line
from qutb.dossier.pages.shared import check_name, cost_band, is_facility_check, measure_name, terms_text, word_badge
from qutb.text import label

__all__ = ["decision_page"]

_NEED = "CAP-FACILITY"
_FINDINGS_SHOWN = 3
_NAMES_SHOWN = 8
_MAP_HEIGHT_MM = 40.0
_ONE_MAP_HEIGHT_MM = 85.0
_SHEET_MM = 186.0
_GAP_MM = 4.0


def decision_page(edition: Edition) -> Page:
    """Page one. The renderer keeps it on one sheet."""
    blocks: tuple[Block, ...] = (
        Columns(columns=tuple(_plan_head(edition, plan) for plan in edition.comparison.plans)),
        _headlines(edition),
        Heading(text=edition.word("what_breaks")),
        Columns(columns=tuple(_breaks(edition, plan) for plan in edition.comparison.plans)),
        Columns(columns=((*_not_evaluated(edition),), (*_not_measured(edition),))),
        Text(text=terms_text(edition), tone="muted"),
        Text(text=edition.word("standing_legend"), tone="muted"),
    )
    return Page(key="decision", title=edition.word("decision_sheet"), blocks=blocks, fit=True)


def _plan_head(edition: Edition, plan: str) -> tuple[Block, ...]:
    plans = edition.comparison.plans
    width = (_SHEET_MM - _GAP_MM * (len(plans) - 1)) / len(plans)
    height = _MAP_HEIGHT_MM if len(plans) > 1 else _ONE_MAP_HEIGHT_MM
    row = edition.comparison.row("uptake.years_to_fill")
    cell = row.cells[plans.index(plan)]
    return (
        Figure(
            svg=small_map(edition, plan, (width, height)),
            alt=edition.word("map_alt").format(plan=edition.title(plan)),
            width_mm=width,
        ),
        Heading(text=edition.title(plan)),
        Text(text=edition.word("digest").format(code=edition.code(plan)), tone="muted"),
        Facts(items=(_years(edition, row, cell),)),
    )


def _years(edition: Edition, row: Row, cell: Cell) -> Item:
    badge, tone = word_badge(edition, cell)
    parts = (measure_name(edition, row), edition.spread(cell.low, cell.high, row.unit))
    return Item(
        text=edition.value(cell.value, row.unit),
        sub=" · ".join(p for p in parts if p),
        badge=badge,
        note=alike_text(cell, edition.lang),
        tone=tone,
    )


def _headlines(edition: Edition) -> TableBlock:
    comparison = edition.comparison
    rows = [r for r in comparison.headlines() if r.measure.key != "uptake.years_to_fill"]
    return TableBlock(
        caption=edition.word("headlines"),
        heads=(
            Head(text=edition.word("measure"), width=1.15),
            *(Head(text=edition.title(p), align="end") for p in comparison.plans),
        ),
        rows=tuple((_row_head(edition, r), *(_headline_cell(edition, r, c) for c in r.cells)) for r in rows),
        dense=True,
    )


def _row_head(edition: Edition, row: Row) -> TableCell:
    name = measure_name(edition, row)
    if row.measure.key == "cost.onsite_cost_per_gross_m2":
        band = cost_band(edition)
        if band:
            return table_cell(name, sub=edition.word("sourced_band").format(band=edition.spread(*band, row.unit)))
    if row.target:
        return table_cell(name, sub=edition.word("target").format(target=_target(edition, row)))
    return table_cell(name)


def _target(edition: Edition, row: Row) -> str:
    low, high = row.target or (None, None)
    if low is not None and high is not None:
        return edition.spread(low, high, row.unit) or edition.value(low, row.unit)
    return edition.word("from" if low is not None else "up_to").format(value=edition.value(low or high, row.unit))


def _headline_cell(edition: Edition, row: Row, cell: Cell) -> TableCell:
    badge, tone = word_badge(edition, cell)
    return TableCell(
        text=edition.value(cell.value, row.unit),
        sub=edition.spread(cell.low, cell.high, row.unit),
        badge=badge,
        note=alike_text(cell, edition.lang),
        tone=tone,
    )


def _breaks(edition: Edition, plan: str) -> tuple[Block, ...]:
    """The gravest findings, and the cheapest change that mends one."""
    remedy = remedy_line(edition, plan)
    return (_findings(edition, plan), *((Text(text=remedy),) if remedy else ()))


def _findings(edition: Edition, plan: str) -> Block:
    appraisal = edition.appraisals[plan]
    groups = [g for g in grouped(appraisal.findings) if g.first.severity != "note"]
    if not groups:
        return Text(text=edition.word("no_finding"), tone="muted")
    items = [
        Item(
            text=g.text(edition),
            sub=g.places(edition, 3),
            badge=label(f"severity.{g.first.severity}", edition.lang),
            tone=g.tone,
        )
        for g in groups[:_FINDINGS_SHOWN]
    ]
    if len(groups) > _FINDINGS_SHOWN:
        more = edition.word("more_findings").format(
            count=edition.count(len(groups) - _FINDINGS_SHOWN),
            blocking=edition.count(len(blocking(appraisal.findings))),
        )
        items.append(Item(text=more, tone="muted"))
    return Bullets(items=tuple(items))


def _not_evaluated(edition: Edition) -> tuple[Block, ...]:
    every = [c for a in edition.appraisals.values() for c in a.checks if c.verdict == "not_evaluated"]
    checks = dict.fromkeys(check_name(edition, c) for c in every if not is_facility_check(c))
    lines = [edition.word("not_evaluated_intro").format(names=_listed(edition, list(checks)))] if checks else []
    types = dict.fromkeys(w.partition(":")[2] for c in every if c.code == _NEED for w in c.where)
    if types:
        names = _listed(edition, [edition.facility(t) for t in types])
        lines.append(edition.word("norm_missing").format(count=edition.count(len(types)), names=names))
    empty = [measure_name(edition, r) for r in edition.comparison.headlines() if all(c.value is None for c in r.cells)]
    if empty:
        lines.append(edition.word("no_result").format(names=_listed(edition, empty)))
    shown = lines or [edition.word("all_evaluated")]
    return (Heading(text=edition.word("not_evaluated")), *(Text(text=line) for line in shown))


def _listed(edition: Edition, names: list[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    more = f" (+{edition.count(rest)})" if rest > 0 else ""
    return f"{edition.word('comma')} ".join(names[:_NAMES_SHOWN]) + more


def _not_measured(edition: Edition) -> tuple[Block, ...]:
    names = f"{edition.word('comma')} ".join(
        label(f"not_measured.{code}", edition.lang) for code in edition.comparison.not_measured
    )
    return (
        Heading(text=edition.word("not_measured")),
        Text(text=edition.word("not_measured_intro").format(names=names)),
    )
