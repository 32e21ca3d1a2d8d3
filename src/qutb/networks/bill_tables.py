"""The tables of the bill of quantities. Amounts are without tax, at the price date, constant."""

from __future__ import annotations

from qutb.core import Column, Table

__all__ = ["BILL", "ELEMENTS", "TRADES"]

TRADES = ("earthworks", "roads", "water", "sewer", "storm", "power", "lighting", "fibre")
_MEANING = {"_low": ", low end", "": "", "_high": ", high end"}


def _text(name: str, description: str, choices: tuple[str, ...] = ()) -> Column:
    return Column(name=name, kind="text", unit="", description=description, choices=choices, nullable=True)


def _number(name: str, unit: str, description: str, formula: str = "", *reads: str) -> Column:
    return Column(
        name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, nullable=True
    )


def _priced(cost: str, price: str) -> tuple[Column, ...]:
    return (
        *(
            _number(f"unit_price{end}", "currency", f"Price of one unit{words}", price)
            for end, words in _MEANING.items()
        ),
        *(_number(f"cost_amount{end}", "currency", f"Cost{words}", cost) for end, words in _MEANING.items()),
        _text("status", "Standing of the price", ("confirmed", "comparator", "assumed", "missing")),
        _text("price_date", "Day of the price; not indexed since"),
        _text("tax_basis", "excl_tax or incl_tax"),
    )


ELEMENTS = Table(
    name="elements",
    key="element_id",
    description="Every element of every network, priced by its row of a catalogue.",
    columns=(
        _text("trade", "Trade", TRADES),
        _text("catalogue", "Catalogue"),
        _text("item", "Row of the catalogue"),
        _number("quantity", "by row", "Quantity, in the row's unit"),
        _text("unit", "Unit of the quantity, SI"),
        _text("phase", "Phase by which it must stand"),
        _text("location", "onsite or offsite", ("onsite", "offsite")),
        *_priced("quantity x unit price; where the design computed it by depth, that cost", "catalogue row"),
    ),
)
BILL = Table(
    name="bill",
    key="item_id",
    description="The elements summed by work package and catalogue row; quotes in place of what they cover.",
    columns=(
        _text("work_package", "Phase, trade and place"),
        _text("trade", "Trade", TRADES),
        _text("price_key", "Line of the price book, or row of a catalogue"),
        _number("quantity", "by row", "Quantity, in the row's unit", "sum of elements", "networks.elements.quantity"),
        _text("unit", "Unit of the quantity, SI"),
        _text("phase", "Phase by which it must stand"),
        _text("location", "onsite or offsite", ("onsite", "offsite")),
        _text("basis", "designed, or quoted by a utility", ("designed", "quoted")),
        *_priced("sum of elements, or the quote", "cost / quantity"),
        Column(name="elements", kind="integer", unit="", description="Elements summed", nullable=True),
    ),
)
