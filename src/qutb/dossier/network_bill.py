"""Rows that speak of a network's bill: names of what is priced, quantities, places, standings."""

from __future__ import annotations

import re

import pandas as pd

from qutb.dossier.content import Cell as TableCell
from qutb.dossier.content import Head, TableBlock, cell
from qutb.dossier.edition import Edition
from qutb.text import isolate, label

__all__ = ["BILL_TRADES", "bill_table", "price_name"]

BILL_TRADES = {  # page -> trades of the bill that stand on it
    "water": ("water",),
    "sewer": ("sewer",),
    "storm": ("storm",),
    "power": ("power", "lighting"),
    "fibre": ("fibre",),
    "streets": ("roads", "earthworks"),
}
_SUMS = ["quantity", "elements", "cost_amount_low", "cost_amount", "cost_amount_high"]


def price_name(edition: Edition, key: str) -> str:
    """Name of a line: what the price book calls it, the row of a catalogue, or the quote."""
    catalogue, _, item = key.rpartition(":")
    if catalogue == "quote":
        return edition.word("net_quote").format(name=isolate(item, edition.lang))
    for row in edition.first.pole.values.catalogues.get(catalogue or "prices", ()):
        if next(iter(row.values())) == item:
            return row.get(f"name_{edition.lang}") or edition.named(f"net.item.{item}", item)
    return isolate(item, edition.lang)


def bill_table(edition: Edition, bill: pd.DataFrame, network: str) -> TableBlock:
    """The bill of one network, all phases together: quantity, place, unit price, cost, standing of the price."""
    mine = bill[bill["trade"].isin(BILL_TRADES[network])]
    keys = ["trade", "location", "price_key", "unit", "basis", "status"]
    lines = mine.groupby(keys, sort=False)[_SUMS].agg(lambda part: part.sum(skipna=False)).reset_index()
    lines = lines.sort_values(["location", "price_key"], key=lambda c: c.map(_in_order), ignore_index=True)
    rows = [_row(edition, row) for _, row in lines.iterrows()]
    if len(lines):
        rows.append(_total(edition, lines))
    return TableBlock(
        caption=edition.word("net_bill"),
        heads=(
            Head(text=edition.word("net_item"), width=1.9),
            Head(text=edition.word("net_place"), width=0.9),
            Head(text=edition.word("net_quantity"), align="end"),
            Head(text=edition.word("net_unit_price"), align="end"),
            Head(text=edition.word("net_cost"), align="end", width=1.3),
            Head(text=edition.word("standing"), width=0.9),
        ),
        rows=tuple(rows) or ((cell(edition.word("net_nothing")), *(cell("–"),) * 5),),
        note=edition.word("net_bill_note"),
        dense=True,
    )


def _in_order(text: str) -> tuple[object, ...]:
    """On site first; names with their figures as numbers, so that DN90 stands before DN110."""
    parts = re.split(r"(\d+)", str(text))
    return (text == "offsite", *((0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts))


def _row(edition: Edition, row: pd.Series) -> tuple[TableCell, ...]:
    quoted = row["basis"] == "quoted"
    unit = str(row["unit"])
    each = None if quoted or pd.isna(row["cost_amount"]) else float(row["cost_amount"]) / float(row["quantity"])
    return (
        cell(price_name(edition, str(row["price_key"]))),
        cell(label(f"location.{row['location']}", edition.lang)),
        cell("–" if quoted else edition.value(float(row["quantity"]), unit)),
        cell(edition.value(each, "currency")),
        _cost(edition, row),
        cell(label("basis.quoted" if quoted else f"standing.{row['status']}", edition.lang)),
    )


def _cost(edition: Edition, row: pd.Series, *, strong: bool = False) -> TableCell:
    low, value, high = (row[f"cost_amount{end}"] for end in ("_low", "", "_high"))
    shown = edition.value(None if pd.isna(value) else float(value), "currency")
    sub = "" if pd.isna(low) else edition.spread(float(low), float(high), "currency")
    return cell(shown, sub=sub, tone="strong" if strong else "")


def _total(edition: Edition, lines: pd.DataFrame) -> tuple[TableCell, ...]:
    blank = (cell(""),) * 3
    return (
        cell(edition.word("total"), tone="strong"),
        *blank,
        _cost(edition, lines[_SUMS].sum(skipna=False), strong=True),
        cell(""),
    )
