"""A price as a catalogue row gives it: low, central and high of one unit, with date, tax and standing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qutb.core import si_factor, si_unit
from qutb.pack.values import STATUSES, CatalogueRow

__all__ = ["Price", "read_price"]


@dataclass(frozen=True, kw_only=True)
class Price:
    """Price of one SI ``unit``, without tax unless ``tax_basis`` says so."""

    price_key: str
    unit: str
    low: float
    central: float
    high: float
    price_date: str
    tax_basis: str
    status: str


def read_price(row: CatalogueRow, key: str) -> Price:
    """The price of a row, named by its column ``key``.

    Raises ``KeyError`` on a column that is missing, ``ValueError`` on one that cannot be used.
    """
    factor = si_factor(row["unit"])
    low, central, high = (float(row[c]) / factor for c in ("low", "central", "high"))
    if not (0 <= low <= central <= high and math.isfinite(high)):
        raise ValueError(f"0 <= {row['low']} <= {row['central']} <= {row['high']}")
    if row["status"] not in STATUSES:
        raise ValueError(f"status {row['status']!r}")
    if row["tax_basis"] != "excl_tax":
        raise ValueError(f"tax_basis {row['tax_basis']!r}, excl_tax")
    return Price(
        price_key=row[key],
        unit=si_unit(row["unit"]),
        low=low,
        central=central,
        high=high,
        price_date=row["price_date"],
        tax_basis=row["tax_basis"],
        status=row["status"],
    )
