"""Cost: what the works of a plan cost, by item, phase and trade, on and off site.

Quantities are measured on the plan where it shows them (land, right of way, street length, plots, green) and
taken by ratio where a network is not designed yet. Cost = quantity x unit price of the price book, without
tax, at the price date, neither indexed nor discounted. Public facilities, land, studies asked for apart,
finance and tax are not in it.

The prices that ship with the first pack, ``ma``, are assumed and calibrated: the total on site of a reference
hectare (30% and 180 m/ha of streets as UN-Habitat asks, 22.6 plots, 45 dwellings, 1,500 m2 of economic floor,
6% green) is made to cost 340 per gross m2, the mean of six known operations, with 257 and 475, their lowest
and highest, as low and high. The share of each trade is an assumption
(``docs/decisions/0003-price-calibration.md``). So the total is sourced in its order of size, its split is not.
"""

from qutb.cost.prices import Price, price_book, priced
from qutb.cost.quantities import TRADES as WORK_TRADES
from qutb.cost.quantities import UNPHASED, Ground, Trade, ground_of, work_items
from qutb.cost.run import Cost, run
from qutb.cost.tables import ITEMS, OPERATIONS, PHASES, POLE, TRADES

__all__ = [
    "ITEMS",
    "OPERATIONS",
    "PHASES",
    "POLE",
    "TRADES",
    "UNPHASED",
    "WORK_TRADES",
    "Cost",
    "Ground",
    "Price",
    "Trade",
    "ground_of",
    "price_book",
    "priced",
    "run",
    "work_items",
]
