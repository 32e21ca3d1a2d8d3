"""The tables of ``qutb.cost``. Amounts are in the pack's currency, without tax, at the price date, constant."""

from __future__ import annotations

from typing import Any

from qutb.core import Column, Table

__all__ = ["AMOUNTS", "ENDS", "ITEMS", "OPERATIONS", "PHASES", "POLE", "TRADES"]

ENDS = ("_low", "", "_high")
AMOUNTS = ("onsite_cost_amount", "offsite_cost_amount", "cost_amount")
_MEANING = {"_low": ", low", "": "", "_high": ", high"}


def _number(name: str, unit: str, description: str, formula: str, *reads: str, **more: Any) -> Column:
    return Column(name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, **more)


def _text(name: str, description: str, **more: Any) -> Column:
    return Column(name=name, kind="text", unit="", description=description, **more)


def _range(name: str, unit: str, description: str, formula: str, *reads: str, **more: Any) -> tuple[Column, ...]:
    """Low, central and high; ``{end}`` in a reading stands for the ending."""
    return tuple(
        _number(
            name + end,
            unit,
            description + _MEANING[end],
            formula,
            *(r.replace("{end}", end) for r in reads),
            **more,
        )
        for end in ENDS
    )


_AMOUNTS = (
    *_range(
        "onsite_cost_amount",
        "currency",
        "Works on site, without tax",
        "sum of items on site",
        "cost.items.cost_amount{end}",
    ),
    *_range(
        "offsite_cost_amount",
        "currency",
        "Works off site, without tax, by ratio until designed or quoted",
        "sum of items off site",
        "cost.items.cost_amount{end}",
    ),
    *_range(
        "cost_amount",
        "currency",
        "Works on and off site, without tax; public facilities, land and finance are not in it",
        "on site + off site",
        "cost.items.cost_amount{end}",
    ),
)
_SHARE = _number(
    "share_of_cost", "ratio", "Share of all works", "cost / cost of the pole", "cost.pole.cost_amount", nullable=True
)

ITEMS = Table(
    name="items",
    key="item_id",
    description="Work items: one line a price, phase and place.",
    columns=(
        _text("item_id", "Work package and price"),
        _text("work_package", "Phase, trade and place"),
        _text("trade", "Trade"),
        _text("price_key", "Line of the price book"),
        _number(
            "quantity",
            "by row",
            "Quantity, in the row's unit",
            "sum of elements designed; else streets, land, plots, dwellings or floor of the phase x ratio cost.*",
            "networks.bill.quantity",
            "fabric.streets.length_m",
            "fabric.streets.right_of_way_area_m2",
            "fabric.plots.area_m2",
        ),
        _text("unit", "Unit of the quantity, SI"),
        _text("phase", "Phase in which it is built"),
        _text("location", "onsite or offsite", choices=("onsite", "offsite")),
        _text("basis", "How the quantity was obtained", choices=("ratio", "designed", "quoted")),
        *_range(
            "unit_price", "currency", "Price of one unit, without tax", "price book", nullable=True, standing="given"
        ),
        *_range(
            "cost_amount",
            "currency",
            "Cost, without tax",
            "quantity x unit price",
            "cost.items.quantity",
            "cost.items.unit_price{end}",
            nullable=True,
        ),
        _text("status", "Standing of the price", choices=("confirmed", "comparator", "assumed", "missing")),
        _text("price_date", "Day of the price; not indexed since", nullable=True),
        _text("tax_basis", "excl_tax or incl_tax", nullable=True),
    ),
)

PHASES = Table(
    name="phases",
    key="phase",
    description="Cost by phase. Works off site stand in the first: a main must arrive before the first plot.",
    columns=(_text("phase", "Phase"), *_AMOUNTS, _SHARE),
)

TRADES = Table(
    name="trades",
    key="trade",
    description="Cost by trade.",
    columns=(
        _text("trade", "Trade"),
        *_AMOUNTS,
        _SHARE,
        _number(
            "ratio_cost_amount",
            "currency",
            "What the ratios alone would give: what a design is held against",
            "sum of items by ratio",
            "cost.items.cost_amount",
        ),
    ),
)

POLE = Table(
    name="pole",
    key="pole",
    description="Cost of the whole plan.",
    columns=(
        _text("pole", "pole"),
        *_AMOUNTS,
        *_range(
            "onsite_cost_per_gross_m2",
            "currency/m2",
            "Works on site for each m2 of the whole site, without tax",
            "on site / site area",
            "cost.pole.onsite_cost_amount{end}",
            "fabric.pole.site_area_m2",
            nullable=True,
        ),
        *_range(
            "cost_per_gross_m2",
            "currency/m2",
            "Works on and off site for each m2 of the whole site, without tax",
            "cost / site area",
            "cost.pole.cost_amount{end}",
            "fabric.pole.site_area_m2",
            nullable=True,
        ),
        *_range(
            "cost_per_plot",
            "currency/plot",
            "Works on and off site for each plot, green and land reserve left out",
            "cost / plots served",
            "cost.pole.cost_amount{end}",
            "plots.use",
            nullable=True,
        ),
        *_range(
            "cost_per_dwelling",
            "currency/dwelling",
            "Works on and off site for each dwelling",
            "cost / dwellings",
            "cost.pole.cost_amount{end}",
            "capacity.pole.dwellings",
            nullable=True,
        ),
    ),
)

OPERATIONS = Table(
    name="operations",
    key="operation",
    description="Operations that are known, at the prices of their day.",
    columns=(
        _text("operation", "Operation"),
        _text("name", "Name"),
        _number("year", "year", "Year of the figure", "", standing="given", nullable=True),
        _number("per_gross_m2", "currency/m2", "On-site servicing for each gross m2", "", standing="given"),
        _text("scope", "whole, or partial such as roads and sewers only", choices=("whole", "partial")),
        _text("status", "Standing of the figure"),
        _text("source", "Source"),
        _text("note", "Note", nullable=True),
    ),
)
