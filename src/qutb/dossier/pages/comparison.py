"""Every measure of every plan beside the base, with differences and words, and the ranking where adopted."""

from __future__ import annotations

from itertools import groupby

from qutb.compare import Cell, Comparison, Ranking, Row, alike_text, difference_text
from qutb.dossier.content import Block, Head, Heading, Page, TableBlock, Text
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.content import cell as table_cell
from qutb.dossier.edition import Edition
from qutb.dossier.pages.shared import measure_name, terms_text, word_badge
from qutb.text import label

__all__ = ["comparison_page"]


def comparison_page(edition: Edition) -> Page:
    """All measures in their groups; the base column first."""
    comparison = edition.comparison
    blocks: list[Block] = [
        Text(text=edition.word("comparison_intro")),
        Text(text=terms_text(edition), tone="muted"),
        _table(edition, comparison),
    ]
    if comparison.ranking:
        blocks += _ranking(edition, comparison.ranking)
    elif len(comparison.plans) > 1:
        blocks.insert(2, Text(text=edition.word("no_ranking"), tone="muted"))
    return Page(key="comparison", title=edition.word("comparison"), blocks=tuple(blocks))


def _table(edition: Edition, comparison: Comparison) -> TableBlock:
    base = edition.word("base_of").format(plan=edition.title(comparison.base))
    heads = (
        Head(text=edition.word("measure"), width=1.5),
        Head(text=base, align="end"),
        *(Head(text=edition.title(p), align="end", width=1.1) for p in comparison.plans[1:]),
    )
    rows: list[tuple[TableCell, ...]] = []
    for group, members in groupby(comparison.rows, key=lambda r: r.measure.group):
        rows.append((table_cell(label(f"compare.group.{group}", edition.lang), tone="group"),))
        rows += [_row(edition, r) for r in members]
    return TableBlock(caption=edition.word("comparison"), heads=heads, rows=tuple(rows), dense=True)


def _row(edition: Edition, row: Row) -> tuple[TableCell, ...]:
    side = "" if row.better == "none" else label(f"compare.better.{row.better}", edition.lang)
    return (table_cell(measure_name(edition, row), sub=side), *(_cell(edition, row, c) for c in row.cells))


def _cell(edition: Edition, row: Row, cell: Cell) -> TableCell:
    badge, tone = word_badge(edition, cell)
    parts = (
        edition.spread(cell.low, cell.high, row.unit),
        difference_text(row, cell, edition.lang),
    )
    return TableCell(
        text=edition.value(cell.value, row.unit),
        sub=" · ".join(p for p in parts if p),
        badge=badge,
        note=alike_text(cell, edition.lang),
        tone=tone,
    )


def _ranking(edition: Edition, ranking: Ranking) -> tuple[Block, ...]:
    order = TableBlock(
        caption=edition.word("ranking"),
        heads=(
            Head(text=edition.word("plan"), width=1.6),
            Head(text=edition.word("score"), align="end"),
            Head(text=edition.word("first_share"), align="end"),
        ),
        rows=tuple(
            (
                table_cell(f"{edition.count(n)}. {edition.title(p)}", tone="strong"),
                table_cell(edition.value(ranking.scores[p], "ratio")),
                table_cell(edition.value(ranking.first_share[p], "ratio")),
            )
            for n, p in enumerate(ranking.order, start=1)
        ),
    )
    return (
        Heading(text=edition.word("ranking")),
        Text(text=edition.word("ranking_intro")),
        order,
        _sensitivity(edition, ranking),
    )


def _sensitivity(edition: Edition, ranking: Ranking) -> TableBlock:
    def beyond(plan: str) -> str:
        return edition.title(plan) if plan else edition.word("nobody")

    return TableBlock(
        caption=edition.word("sensitivity"),
        heads=(
            Head(text=edition.word("criterion"), width=1.6),
            Head(text=edition.word("weight"), align="end"),
            Head(text=edition.word("holds_between"), align="end"),
            Head(text=edition.word("first_below")),
            Head(text=edition.word("first_above")),
        ),
        rows=tuple(
            (
                table_cell(label(f"measure.{s.measure}", edition.lang)),
                table_cell(edition.value(s.weight, "ratio")),
                table_cell(edition.spread(s.low, s.high, "ratio")),
                table_cell(beyond(s.first_below)),
                table_cell(beyond(s.first_above)),
            )
            for s in ranking.sensitivity
        ),
        note=edition.word("sensitivity_note"),
    )
