"""Work-item lines: what is to be built, before anyone has priced it.

Networks, streets and facilities emit them; ``cost`` prices them; ``schedule``, ``finance`` and ``works``
refer to them by ``work_package``, a name such as ``P2-water-offsite``, never a counter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Location", "WorkItem", "work_package_name"]

Location = Literal["onsite", "offsite"]


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """A quantity of one catalogue item, in one phase, for one trade.

    ``price_key`` points into the price book; ``quantity`` is in ``unit`` (SI). ``basis`` says how the
    quantity was obtained: ``ratio`` until the network is designed, then ``designed``, or ``quoted``.
    """

    item_id: str
    work_package: str
    trade: str
    price_key: str
    quantity: float
    unit: str
    phase: str
    location: Location
    basis: Literal["ratio", "designed", "quoted"]
    elements: tuple[str, ...] = ()


def work_package_name(phase: str, trade: str, location: Location) -> str:
    """``P2-water-offsite``."""
    return f"{phase}-{trade}-{location}"
