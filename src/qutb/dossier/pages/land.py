"""The land balance of each plan: a ring of classes and the uses as a table."""

from __future__ import annotations

import pandas as pd

from qutb.dossier.content import Block, Cell, Columns, Figure, Head, Page, TableBlock, Text, cell
from qutb.dossier.edition import Edition
from qutb.dossier.maps import balance_donut
from qutb.draw import PALETTE

__all__ = ["land_page"]

_SHOWN_M2 = 0.5


def land_page(edition: Edition) -> Page | None:
    """Land by use of every plan, or nothing if validity did not run."""
    plans = [p for p in edition.comparison.plans if "validity" in edition.appraisals[p].results]
    if not plans:
        return None
    donuts = tuple(
        (
            Figure(
                svg=balance_donut(edition, plan),
                alt=edition.word("donut_alt").format(plan=edition.title(plan)),
                width_mm=90.0,
            ),
        )
        for plan in plans
    )
    rows_of_two = [Columns(columns=_pair(donuts[i : i + 2])) for i in range(0, len(donuts), 2)]
    blocks: tuple[Block, ...] = (
        *rows_of_two,
        Text(text=edition.word("class_note"), tone="muted"),
        _balance_table(edition, plans),
    )
    return Page(key="land", title=edition.word("land_balance"), blocks=blocks)


def _pair(columns: tuple[tuple[Block, ...], ...]) -> tuple[tuple[Block, ...], ...]:
    return columns if len(columns) == 2 else (*columns, ())


def _balance_table(edition: Edition, plans: list[str]) -> TableBlock:
    balances = [edition.appraisals[p].results["validity"].tables()["balance"] for p in plans]
    areas = pd.concat([b["area_m2"] for b in balances], axis=1, keys=plans).fillna(0.0)
    shares = pd.concat([b["share_of_site"] for b in balances], axis=1, keys=plans).fillna(0.0)
    present = areas.index[(areas.abs() >= _SHOWN_M2).any(axis=1)]
    order = [u for u in PALETTE if u in present] + sorted(u for u in present if u not in PALETTE)
    largest = float(areas.to_numpy().max())
    return TableBlock(
        caption=edition.word("land_balance"),
        heads=(
            Head(text=edition.word("use"), width=1.4),
            *(Head(text=edition.title(p), align="end") for p in plans),
        ),
        rows=tuple(
            (
                cell(edition.named(f"use.{use}", str(use))),
                *(_area(edition, areas.loc[use, p], shares.loc[use, p], largest) for p in plans),
            )
            for use in order
        ),
        dense=True,
    )


def _area(edition: Edition, area: float, share: float, largest: float) -> Cell:
    if abs(area) < _SHOWN_M2:
        return cell("–", tone="muted")
    return cell(f"{edition.value(area, 'm2', largest)} · {edition.value(share, 'ratio')}")
