"""Packs: a country's dated values, catalogues and samples, as data. The library knows no country."""

from qutb.pack.loading import Pack, available_packs, load_pack, read_catalogue, read_overrides
from qutb.pack.prices import Price, read_price
from qutb.pack.values import STATUSES, CatalogueRow, Parameter, Value, Values

__all__ = [
    "STATUSES",
    "CatalogueRow",
    "Pack",
    "Parameter",
    "Price",
    "Value",
    "Values",
    "available_packs",
    "load_pack",
    "read_catalogue",
    "read_overrides",
    "read_price",
]
