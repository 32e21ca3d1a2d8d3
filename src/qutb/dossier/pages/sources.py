"""Where the numbers come from: every pack value read, with its standing, source and date."""

from __future__ import annotations

from collections.abc import Iterable

from qutb.compare import values_read
from qutb.dossier.content import Block, Head, Page, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import Edition
from qutb.pack import Value
from qutb.text import day, isolate, label

__all__ = ["read_values", "sources_page"]


def sources_page(edition: Edition) -> Page:
    """Values read by any plan's appraisal; they are the same for all on equal terms."""
    rows = tuple(_row(edition, value) for value in read_values(edition))
    blocks: tuple[Block, ...] = (
        Text(text=edition.word("sources_intro")),
        TableBlock(
            caption=edition.word("sources"),
            heads=(
                Head(text=edition.word("value_key"), width=1.9),
                Head(text=edition.word("value"), align="end"),
                Head(text=edition.word("standing"), width=0.8),
                Head(text=edition.word("source"), width=2.6),
            ),
            rows=rows,
            dense=True,
        ),
        Text(text=edition.word("catalogues").format(names=_catalogues(edition)), tone="muted"),
        Text(text=edition.word("standing_legend"), tone="muted"),
    )
    return Page(key="sources", title=edition.word("sources"), blocks=blocks)


def read_values(edition: Edition) -> list[Value]:
    """Values in force among those read, by key; groups and catalogues are left out."""
    found = (edition.first.pole.values.find(key) for key in _keys(edition))
    return [v for v in found if v is not None]


def _keys(edition: Edition) -> Iterable[str]:
    every = {key for a in edition.appraisals.values() for key in values_read(a)}
    return sorted(k for k in every if not k.endswith("*") and not k.startswith("catalogue:"))


def _catalogues(edition: Edition) -> str:
    every = {key for a in edition.appraisals.values() for key in values_read(a) if key.startswith("catalogue:")}
    names = [isolate(key.removeprefix("catalogue:"), edition.lang) for key in sorted(every)]
    return f"{edition.word('comma')} ".join(names) or "–"


def _row(edition: Edition, value: Value) -> tuple[TableCell, ...]:
    since = edition.word("in_force_since").format(date=day(value.valid_from, edition.lang))
    return (
        TableCell(text=isolate(value.key, edition.lang), tone="code"),
        TableCell(text=edition.value(value.central, value.unit), sub=edition.spread(value.low, value.high, value.unit)),
        cell(label(f"standing.{value.status}", edition.lang)),
        TableCell(text=isolate(value.source, edition.lang), sub=since),
    )
