"""The land balance of each plan: a ring of classes and the uses as a table."""

from __future__ import annotations

import pandas as pd

from qutb.dossier.content import Block, Cell, Columns, Figure, Head, Heading, Page, TableBlock, cell
from qutb.dossier.edition import Edition
from qutb.dossier.maps import balance_donut

__all__ = ["land_page"]


def land_page(edition: Edition) -> Page | None:
    """Land by use of every plan, or nothing if validity did not run."""
    plans = [p for p in edition.comparison.plans if "validity" in edition.appraisals[p].results]
    if not plans:
        return None
    donuts = tuple(
        (
            Heading(text=edition.title(plan)),
            Figure(
                svg=balance_donut(edition, plan),
                alt=edition.word("donut_alt").format(plan=edition.title(plan)),
                width_mm=90.0,
            ),
        )
        for plan in plans
    )
    rows_of_two = [Columns(columns=_pair(donuts[i : i + 2])) for i in range(0, len(donuts), 2)]
    blocks: tuple[Block, ...] = (*rows_of_two, _balance_table(edition, plans))
    return Page(key="land", title=edition.word("land_balance"), blocks=blocks)


def _pair(columns: tuple[tuple[Block, ...], ...]) -> tuple[tuple[Block, ...], ...]:
    return columns if len(columns) == 2 else (*columns, ())


def _balance_table(edition: Edition, plans: list[str]) -> TableBlock:
    balances = {p: edition.appraisals[p].results["validity"].tables()["balance"] for p in plans}
    uses = list(dict.fromkeys(use for b in balances.values() for use in b.index))
    return TableBlock(
        caption=edition.word("land_balance"),
        heads=(
            Head(text=edition.word("use"), width=1.4),
            *(Head(text=edition.title(p), align="end") for p in plans),
        ),
        rows=tuple(
            (cell(edition.named(f"use.{use}", str(use))), *(_area(edition, balances[p], use) for p in plans))
            for use in uses
            if any(_has(b, use) for b in balances.values())
        ),
        dense=True,
    )


def _has(balance: pd.DataFrame, use: str) -> bool:
    return use in balance.index and bool(balance.loc[use, "area_m2"] != 0)


def _area(edition: Edition, balance: pd.DataFrame, use: str) -> Cell:
    if not _has(balance, use):
        return cell("–", tone="muted")
    row = balance.loc[use]
    return cell(edition.value(float(row["area_m2"]), "m2"), sub=edition.value(float(row["share_of_site"]), "ratio"))
