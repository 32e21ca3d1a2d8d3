"""The cheapest single change for each thing a plan falls short of, in words and in a table."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from qutb.core import Finding
from qutb.dossier.content import Block, Head, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import Edition
from qutb.remedies import Remedies
from qutb.text import hint, isolate, label, message

__all__ = ["remedy_blocks", "remedy_line", "remedy_rows", "remedy_text", "shortfall_text"]


def remedy_blocks(edition: Edition, plan: str) -> tuple[Block, ...]:
    """The table of remedies, what was tried in vain, and what the price does not hold."""
    found = edition.remedies.get(plan)
    if found is None:
        return ()
    if found.not_seen:
        note = Finding(code=found.not_seen[0], severity="note")
        return (Text(text=f"{message(note, edition.lang)} {hint(note, edition.lang)}", tone="muted"),)
    if not len(found.shortfalls):
        return (Text(text=edition.word("no_shortfall")),)
    return (Text(text=edition.word("remedies_note"), tone="muted"), _table(edition, found))


def _table(edition: Edition, found: Remedies) -> TableBlock:
    return TableBlock(
        caption=edition.word("remedies"),
        heads=(
            Head(text=edition.word("shortfall"), width=1.5),
            Head(text=edition.word("remedy"), width=2.0),
            Head(text=edition.word("gains"), align="end", width=0.9),
            Head(text=edition.word("remedy_price"), align="end", width=1.2),
            Head(text=edition.word("price_each"), align="end", width=0.9),
        ),
        rows=remedy_rows(edition, found),
        dense=True,
    )


def remedy_rows(edition: Edition, found: Remedies) -> tuple[tuple[TableCell, ...], ...]:
    """A row a shortfall: what is missing, its remedy, what that mends, its price, the price for each."""
    cheapest = found.cheapest().set_index("shortfall_id")
    numbers = {name: edition.count(i) for i, name in enumerate(cheapest.index, start=1)}
    rows = []
    for name, short in found.shortfalls.iterrows():
        said, missing = shortfall_text(edition, short), _amount(edition, float(short["amount"]), str(short["unit"]))
        if name in numbers:
            done = _remedy_cells(edition, cheapest.loc[name], short)
            rows.append((cell(f"{numbers[name]}. {said}", sub=missing), *done))
        else:
            rows.append((cell(said, sub=missing), *_none(edition, short)))
    return tuple(rows)


def _none(edition: Edition, short: pd.Series) -> tuple[TableCell, ...]:
    tried = float(short["tried"])
    key = "not_tried" if math.isnan(tried) else "nothing_mends" if tried else "nothing_applies"
    words = edition.word(key).format(count=edition.count(tried))
    return (cell(words, tone="muted"), cell("–"), cell("–"), cell("–"))


def _remedy_cells(edition: Edition, row: pd.Series, short: pd.Series) -> tuple[TableCell, ...]:
    low, mid, high = (float(row[f"price_amount{end}"]) for end in ("_low", "", "_high"))
    standing = label(f"standing.{row['status']}", edition.lang) if isinstance(row["status"], str) else ""
    spread = edition.spread(low, high, "currency")
    return (
        cell(remedy_text(edition, row), sub=_beside(edition, row, short)),
        cell(
            _amount(edition, float(row["gained"]), str(row["unit"])),
            sub=edition.value(min(float(row["gained_share"]), 1.0), "ratio"),
        ),
        cell(edition.value(mid, "currency"), sub=" · ".join(p for p in (spread, standing) if p)),
        cell(edition.value(float(row["price_each"]), "currency")),
    )


def _amount(edition: Edition, amount: float, unit: str) -> str:
    return edition.word(f"amount.{unit}").format(count=edition.count(round(amount)))


def _beside(edition: Edition, row: pd.Series, short: pd.Series) -> str:
    """What the change gives up or brings forward, and how many were tried."""
    parts = []
    if float(row["dwellings"]) <= -1.0:
        parts.append(edition.word("homes_given_up").format(count=edition.count(round(-float(row["dwellings"])))))
    if float(row["land_given_up_m2"]) >= 1.0:
        parts.append(edition.word("land_given_up").format(area=edition.value(float(row["land_given_up_m2"]), "m2")))
    if float(row["brought_forward_amount"]) >= 1.0:
        amount = edition.value(float(row["brought_forward_amount"]), "currency")
        parts.append(edition.word("brought_forward").format(amount=amount))
    parts.append(edition.word("tried").format(count=edition.count(float(short["tried"]))))
    return " · ".join(parts)


def shortfall_text(edition: Edition, row: pd.Series) -> str:
    """What is short: the service, the phase, or the street."""
    return edition.word(f"short.{row['kind']}").format(**_names(edition, row))


def remedy_text(edition: Edition, row: pd.Series) -> str:
    """The change in a sentence."""
    names = _names(edition, row)
    taken = len(str(row["plots"]).split()) if isinstance(row["plots"], str) else 0
    key = f"edit.{row['edit']}"
    if row["edit"] in ("add_facility", "move_facility") and taken > 1:
        key += "_block"
    return edition.word(key).format(**names, taken=edition.count(taken))


def _names(edition: Edition, row: pd.Series) -> dict[str, str]:
    def text(column: str) -> str:
        value = row.get(column)
        return isolate(value, edition.lang) if isinstance(value, str) else ""

    def number(column: str, unit: str) -> str:
        value = row.get(column)
        return "" if value is None or pd.isna(value) else edition.value(float(value), unit)

    places: Any = row.get("places")
    service = row.get("facility_type")
    counted = places is not None and not pd.isna(places)
    return {
        "facility": edition.facility(service) if isinstance(service, str) else "",
        "plot": text("plot_id"),
        "source": text("from_plot"),
        "phase": text("phase"),
        "to_phase": text("to_phase"),
        "street": text("street_id"),
        "places": edition.word("with_places").format(count=edition.count(float(places))) if counted else "",
        "length": number("length_m", "m"),
        "lanes": "" if pd.isna(row.get("lanes", float("nan"))) else edition.count(float(row["lanes"])),
        "width": number("width_m", "m"),
    }


def remedy_line(edition: Edition, plan: str) -> str:
    """The first remedy in one line, for the decision sheet; nothing where none was found."""
    found = edition.remedies.get(plan)
    table = found.cheapest() if found is not None else None
    if table is None or not len(table):
        return ""
    row = table.iloc[0]
    return edition.word("cheapest_remedy").format(
        short=shortfall_text(edition, row),
        remedy=remedy_text(edition, row),
        gained=_amount(edition, float(row["gained"]), str(row["unit"])),
        price=edition.value(float(row["price_amount"]), "currency"),
    )
