"""Money: float64 in engines, ``Decimal`` in ledgers, and the one door between them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

__all__ = ["split_by_largest_remainder", "to_ledger"]


def to_ledger(amount: float, minor_digits: int) -> Decimal:
    """Amount [currency] rounded once, half to even, to the pack's minor digits."""
    return Decimal(repr(float(amount))).quantize(Decimal(1).scaleb(-minor_digits), rounding=ROUND_HALF_EVEN)


def split_by_largest_remainder(total: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """Split ``total`` in proportion to ``weights`` so that the parts add up to it to the last digit.

    Ties go to the earlier part. Raises ``ValueError`` on a negative weight or weights that sum to zero.
    """
    exact = [Decimal(repr(float(w))) for w in weights]
    whole = sum(exact, Decimal(0))
    if any(w < 0 for w in exact) or whole <= 0:
        raise ValueError("weights must be non-negative and add up to more than zero")
    exponent = total.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{total} is not an amount")
    unit = Decimal(1).scaleb(exponent)
    units = int(total / unit)
    sign = -1 if units < 0 else 1
    shares = [abs(units) * w / whole for w in exact]
    floors = [int(s) for s in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    for i in by_remainder[: abs(units) - sum(floors)]:
        floors[i] += 1
    return [sign * f * unit for f in floors]
