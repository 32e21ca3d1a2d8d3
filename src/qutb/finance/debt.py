"""Cover of a loan by the money that is there to serve it, and the loan that a cover allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Cover", "cover", "sculpted"]


@dataclass(frozen=True, kw_only=True)
class Cover:
    """DSCR: money available over debt service, by period and lowest; LLCR: its present value over the loan."""

    dscr: np.ndarray
    dscr_min: float
    llcr: float


def cover(available: np.ndarray, interest: np.ndarray, principal: np.ndarray, rate: float) -> Cover:
    """Cover of a loan drawn at time 0 and served at the end of each period.

    Parameters
    ----------
    available : money before debt service by period [currency].
    interest, principal : debt service by period [currency].
    rate : of the loan for one period [ratio].

    ``dscr`` is NaN in periods without service; ``llcr`` looks at periods up to the last service and is NaN
    without a loan.
    """
    service = interest + principal
    served = service > 0
    dscr = np.where(served, available / np.where(served, service, 1.0), np.nan)
    if not served.any():
        return Cover(dscr=dscr, dscr_min=float("nan"), llcr=float("nan"))
    life = int(np.flatnonzero(served)[-1]) + 1
    discount = (1 + rate) ** -np.arange(1, life + 1, dtype="float64")
    loan = float(principal.sum())
    return Cover(
        dscr=dscr,
        dscr_min=float(np.nanmin(dscr)),
        llcr=float(available[:life] @ discount) / loan if loan > 0 else np.nan,
    )


def sculpted(available: np.ndarray, dscr: float, rate: float) -> tuple[float, np.ndarray, np.ndarray]:
    """The loan that ``available`` serves at a constant ``dscr``: amount, interest and principal by period.

    Service is ``max(available, 0) / dscr`` each period, so the loan is its present value at ``rate`` and
    LLCR = DSCR [ratio]. Interest is on the balance before; principal may be negative where service is below it.

    >>> amount, interest, principal = sculpted(np.array([130.0, 130.0]), 1.3, 0.1)
    >>> round(amount, 6), round(float(principal.sum()), 6)
    (173.553719, 173.553719)
    """
    service = np.maximum(available, 0.0) / dscr
    amount = float(service @ (1 + rate) ** -np.arange(1, len(service) + 1, dtype="float64"))
    interest, balance = np.zeros(len(service)), amount
    for n, paid in enumerate(service.tolist()):
        interest[n] = balance * rate
        balance -= paid - interest[n]
    return amount, interest, service - interest
