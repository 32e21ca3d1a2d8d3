"""The bill of quantities: every element of every network with its catalogue row, price, standing, phase and place.

A design gives its elements, each naming a row of a catalogue; they are priced here and summed into lines, one for each
work package and row. A quote of the pole (``catalogues/quotes.csv``) replaces the lines of its trade and place, in one
phase or shared between all, and is confirmed: a utility gave it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.core import Finding, Table, work_package_name
from qutb.networks.bill_tables import BILL, ELEMENTS, TRADES
from qutb.pack import CatalogueRow, Price, Values, read_price

__all__ = ["Bill", "bill_of", "elements"]

_ENDS = ("_low", "", "_high")
_BY_ROW = ["trade", "location", "rank", "catalogue", "item", "unit"]
_RAW = ("trade", "catalogue", "item", "quantity", "unit", "location", "rank")


@dataclass(frozen=True, kw_only=True, eq=False)
class Bill:
    """``elements`` and ``lines`` as :data:`ELEMENTS` and :data:`BILL` say, and what was wrong with prices or quotes."""

    elements: pd.DataFrame
    lines: pd.DataFrame
    findings: tuple[Finding, ...]


def elements(
    index: Iterable[str],
    *,
    trade: str,
    item: object,
    quantity: object,
    unit: str,
    location: object,
    rank: object,
    catalogue: str = "prices",
) -> pd.DataFrame:
    """Elements of one kind, indexed by element_id; ``item``, ``quantity``, ``location``, ``rank``: one, or one each.

    ``item`` is a key of the first column of ``catalogue``; ``quantity`` in ``unit`` (SI), ``rank`` the phase's. A
    design that computed costs itself adds the columns ``amount_low``, ``amount``, ``amount_high``.
    """
    given = dict(zip(_RAW, (trade, catalogue, item, quantity, unit, location, rank), strict=True))
    return pd.DataFrame(given, index=pd.Index(list(index), name="element_id"))


def bill_of(parts: Iterable[pd.DataFrame], phases: tuple[str, ...], values: Values) -> Bill:
    """Price the elements, sum them into lines, put quotes in place of what they cover."""
    kept = [p for p in parts if len(p)]
    raw = pd.concat(kept) if kept else elements([], trade="", item="", quantity=0.0, unit="", location="", rank=0)
    raw = raw[raw["quantity"] != 0.0]
    priced, faults = _priced(raw, values)
    quotes, said = _quotes(values, phases)
    lines = _quoted(_lines(priced, phases), quotes, phases)
    shown = priced.assign(phase=[phases[int(r)] for r in priced["rank"]])
    return Bill(elements=_shaped(shown, ELEMENTS), lines=_shaped(lines, BILL), findings=(*faults, *said))


def _shaped(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    return frame[[c.name for c in table if c.name != table.key]]


# prices -------------------------------------------------------------------------------------------------


def _priced(raw: pd.DataFrame, values: Values) -> tuple[pd.DataFrame, list[Finding]]:
    """Elements with the price of their row and their cost; without a row, or in another unit, the cost is absent."""
    books: dict[str, Mapping[str, Price]] = {}
    faults: list[Finding] = []
    for name in sorted(set(raw["catalogue"])):
        books[name], said = _book(name, values)
        faults += said
    found: dict[tuple[str, str], Price | None] = {}
    for catalogue, item, unit in raw[["catalogue", "item", "unit"]].drop_duplicates().itertuples(index=False):
        price = books[catalogue].get(item)
        found[catalogue, item] = price if price is not None and price.unit == unit else None
        if found[catalogue, item] is None:
            given = price.unit if price else "–"
            params = {"catalogue": catalogue, "unit_needed": unit, "unit_given": given}
            faults.append(Finding(code="NET-NO-PRICE", severity="warning", where=(f"price:{item}",), params=params))
    chosen = [found[pair] for pair in zip(raw["catalogue"], raw["item"], strict=True)]
    return raw.assign(**_price_columns(chosen), **_amounts(raw, chosen)), faults


def _book(name: str, values: Values) -> tuple[Mapping[str, Price], list[Finding]]:
    book: dict[str, Price] = {}
    faults = []
    for row in values.catalogue(name):
        key = next(iter(row))
        try:
            book[row[key]] = read_price(row, key)
        except (KeyError, ValueError) as fault:
            params = {"catalogue": name, "fault": str(fault)}
            where = (f"price:{row[key]}",)
            faults.append(Finding(code="NET-PRICE-UNREADABLE", severity="warning", where=where, params=params))
    return book, faults


def _price_columns(chosen: list[Price | None]) -> dict[str, list[object]]:
    return {
        "unit_price_low": [p.low if p else np.nan for p in chosen],
        "unit_price": [p.central if p else np.nan for p in chosen],
        "unit_price_high": [p.high if p else np.nan for p in chosen],
        "status": [p.status if p else "missing" for p in chosen],
        "price_date": [p.price_date if p else None for p in chosen],
        "tax_basis": [p.tax_basis if p else None for p in chosen],
    }


def _amounts(raw: pd.DataFrame, chosen: list[Price | None]) -> dict[str, np.ndarray]:
    """Quantity x unit price; where the design computed the cost itself (a trench by its depth), that one.

    A design may know the ends of a cost and not its centre, as that of sewers where levels are not surveyed.
    """
    quantity = raw["quantity"].to_numpy(float)
    own = raw.reindex(columns=[f"amount{end}" for end in _ENDS]).to_numpy(float)
    by_design = ~np.isnan(own).all(axis=1)
    amounts = {}
    for column, (end, name) in enumerate(zip(_ENDS, ("low", "central", "high"), strict=True)):
        cost = quantity * np.array([getattr(p, name) if p else np.nan for p in chosen], float)
        amounts[f"cost_amount{end}"] = np.where(by_design, own[:, column], cost)
    return amounts


def _lines(priced: pd.DataFrame, phases: tuple[str, ...]) -> pd.DataFrame:
    """One line for each phase, trade, place and row; its unit price is cost over quantity, absent where one is."""
    groups = priced.groupby(_BY_ROW, sort=True)
    summed = ["quantity", "cost_amount_low", "cost_amount", "cost_amount_high"]
    sums = groups[summed].agg(lambda part: part.sum(skipna=False))
    words = groups[["status", "price_date", "tax_basis"]].first()
    lines = pd.concat([sums, words, groups.size().rename("elements")], axis=1).reset_index()
    lines["phase"] = [phases[int(r)] for r in lines["rank"]]
    for end in _ENDS:
        lines[f"unit_price{end}"] = lines[f"cost_amount{end}"] / lines["quantity"]
    lines["price_key"] = [
        str(item) if catalogue == "prices" else f"{catalogue}:{item}"
        for catalogue, item in zip(lines["catalogue"], lines["item"], strict=True)
    ]
    return _named(lines.assign(basis="designed"))


def _named(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines with their work package, indexed by it and their price."""
    parts = zip(lines["phase"], lines["trade"], lines["location"], strict=True)
    packages = [work_package_name(*part) for part in parts]
    keys = [f"{package}/{key}" for package, key in zip(packages, lines["price_key"], strict=True)]
    return lines.assign(work_package=packages).set_index(pd.Index(keys, name="item_id"))


# quotes -------------------------------------------------------------------------------------------------


def _quotes(values: Values, phases: tuple[str, ...]) -> tuple[list[CatalogueRow], list[Finding]]:
    """Quotes that can be used, and what is wrong with the others."""
    good, faults = [], []
    for row in values.catalogue("quotes"):
        fault = _fault(row, phases)
        if not fault:
            good.append(row)
            continue
        where = (f"quote:{row.get('quote_id', '')}",)
        faults.append(Finding(code="NET-QUOTE-UNREADABLE", severity="warning", where=where, params={"fault": fault}))
    return good, faults


def _fault(row: CatalogueRow, phases: tuple[str, ...]) -> str:
    """The first cell of a quote that cannot be used, with what may stand there; nothing where all can."""
    allowed = {
        "trade": TRADES,
        "location": ("onsite", "offsite"),
        "phase": ("", *phases),
        "tax_basis": ("excl_tax",),
    }
    for column, known in allowed.items():
        if row.get(column, "") not in known:
            return f"{column} = {row.get(column, '')!r}; {', '.join(k for k in known if k)}"
    try:
        amount = float(row.get("amount", ""))
    except ValueError:
        amount = math.nan
    return "" if math.isfinite(amount) and amount >= 0.0 else f"amount = {row.get('amount', '')!r}"


def _quoted(lines: pd.DataFrame, quotes: list[CatalogueRow], phases: tuple[str, ...]) -> pd.DataFrame:
    """Lines with those that a quote covers replaced by it; quotes of one trade and place add up."""
    covered = np.zeros(len(lines), bool)
    added: list[dict[str, object]] = []
    for quote in quotes:
        mine = ((lines["trade"] == quote["trade"]) & (lines["location"] == quote["location"])).to_numpy()
        if quote.get("phase"):
            mine &= (lines["phase"] == quote["phase"]).to_numpy()
        covered |= mine
        added += _quote_lines(quote, lines[mine], phases)
    kept = lines[~covered]
    if not added:
        return kept
    given = _named(pd.DataFrame(added))
    return pd.concat([kept, given]) if len(kept) else given


def _quote_lines(quote: CatalogueRow, covered: pd.DataFrame, phases: tuple[str, ...]) -> list[dict[str, object]]:
    """The quote in its phase; one for all phases is shared as what it covers costs, or stands in the first."""
    amount = float(quote["amount"])
    return [
        {
            "trade": quote["trade"],
            "location": quote["location"],
            "phase": phase,
            "price_key": f"quote:{quote['quote_id']}",
            "quantity": share,
            "unit": "quote",
            "basis": "quoted",
            **{f"unit_price{end}": amount for end in _ENDS},
            **{f"cost_amount{end}": amount * share for end in _ENDS},
            "status": "confirmed",
            "price_date": quote.get("price_date", ""),
            "tax_basis": quote["tax_basis"],
            "elements": int(covered.loc[covered["phase"] == phase, "elements"].sum()),
        }
        for phase, share in _shares(quote, covered, phases).items()
    ]


def _shares(quote: CatalogueRow, covered: pd.DataFrame, phases: tuple[str, ...]) -> dict[str, float]:
    if quote.get("phase"):
        return {quote["phase"]: 1.0}
    by_phase = covered.groupby("phase", sort=False)["cost_amount"].sum()
    whole = float(by_phase.sum())
    return {str(p): float(s) / whole for p, s in by_phase.items() if s > 0.0} if whole > 0.0 else {phases[0]: 1.0}
