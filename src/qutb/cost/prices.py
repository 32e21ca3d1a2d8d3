"""The price book: catalogue ``prices`` of the pack, or the pole's own ``prices.csv`` in its place.

Columns: price_key, trade, name_en, name_fr, name_ar, unit, low, central, high, price_date, tax_basis,
status, source, derivation. A price stands for one ``unit``; it is turned into the price of one SI unit here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from qutb.core import Finding, WorkItem
from qutb.cost.tables import ENDS, ITEMS
from qutb.pack import Price, Value, Values, read_price

__all__ = ["Price", "gross_area_price", "price_book", "priced"]


def price_book(values: Values) -> tuple[Mapping[str, Price], tuple[Finding, ...]]:
    """Prices by key; a row that cannot be used is left out and named in a finding."""
    book: dict[str, Price] = {}
    faults: list[Finding] = []
    for row in values.catalogue("prices"):
        try:
            price = read_price(row, "price_key")
        except (KeyError, ValueError) as fault:
            faults.append(_fault("COST-PRICE-UNREADABLE", row.get("price_key", ""), fault=str(fault)))
            continue
        if price.price_key in book:
            faults.append(_fault("COST-PRICE-TWICE", price.price_key))
        book[price.price_key] = price
    return book, tuple(faults)


def gross_area_price(value: Value | None) -> Mapping[str, Price]:
    """The cost of known operations for each gross m2 as a price; nothing where the pack has none to compare with."""
    if value is None:
        return {}
    price = Price(
        price_key=value.key,
        unit="m2",
        low=value.low,
        central=value.central,
        high=value.high,
        price_date=value.valid_from.isoformat(),
        tax_basis="not_stated",
        status=value.status,
    )
    return {value.key: price}


def _fault(code: str, key: str, **params: object) -> Finding:
    return Finding(code=code, severity="warning", where=(f"price:{key}",), params=params)


def priced(items: Iterable[WorkItem], book: Mapping[str, Price]) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Items with unit price and cost. Without a price, or with one for another unit, the cost is absent."""
    rows = []
    missing: dict[str, Finding] = {}
    for item in items:
        price = book.get(item.price_key)
        if price is None:
            missing[item.price_key] = _fault("COST-NO-PRICE", item.price_key)
        elif price.unit != item.unit:
            missing[item.price_key] = _fault(
                "COST-PRICE-UNIT", item.price_key, unit_given=price.unit, unit_needed=item.unit
            )
            price = None
        rows.append(_row(item, price))
    table = pd.DataFrame(rows, columns=[c.name for c in ITEMS]).set_index("item_id")
    return table, tuple(missing.values())


def _row(item: WorkItem, price: Price | None) -> dict[str, object]:
    unit_prices = dict(zip(ENDS, (price.low, price.central, price.high) if price else (math.nan,) * 3, strict=True))
    return {
        **{name: value for name, value in vars(item).items() if name in ITEMS},
        **{f"unit_price{end}": p for end, p in unit_prices.items()},
        **{f"cost_amount{end}": item.quantity * p for end, p in unit_prices.items()},
        "status": price.status if price else "missing",
        "price_date": price.price_date if price else None,
        "tax_basis": price.tax_basis if price else None,
    }
