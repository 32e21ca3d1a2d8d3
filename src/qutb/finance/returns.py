"""Rates of return of dated flows: every root, the one that is reported and why, XNPV, MIRR, multiple.

``f(x) = sum(amount_i * exp(-t_i x))`` with ``x = ln(1 + rate)`` has at most as many real roots as the flows change
sign (Descartes, for exponential sums: Laguerre 1883). Multiplying by ``exp(tau x)`` with ``tau`` between two flows
of opposite sign and differentiating takes one sign change away, so the roots of that derivative part the axis
into stretches with at most one root of ``f`` each: nothing is guessed, no root is missed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.optimize import brentq

__all__ = [
    "ROOT_RULE",
    "Returns",
    "irr_roots",
    "mirr",
    "reported_root",
    "returns_of",
    "sign_changes",
    "xnpv",
    "years_365",
]

ROOT_RULE = "smallest root not below zero, else the largest below zero"
_DAYS = 365.0
_TOUCH = 1e-13
_LARGEST = 700.0


@dataclass(frozen=True, kw_only=True)
class Returns:
    """What dated flows earn; ``irr`` is effective a year (XIRR), ``None`` where there is no root.

    ``roots`` are all real rates above -1 at which the net present value is zero, ascending; ``sign_changes``
    bounds their number. ``multiple`` is money received over money put in, ``peak_exposure`` the deepest running sum.
    """

    irr: float | None
    roots: tuple[float, ...]
    sign_changes: int
    multiple: float | None
    profit: float
    peak_exposure: float


def years_365(days: Sequence[date]) -> np.ndarray:
    """Years [year of 365 days] from the first date in the list, as XIRR and XNPV count."""
    return np.array([(day - days[0]).days for day in days], dtype="float64") / _DAYS


def xnpv(rate: float, days: Sequence[date], amounts: Sequence[float] | np.ndarray) -> float:
    """Net present value at the first date: ``sum(amount_i / (1 + rate) ** ((day_i - day_1) / 365))``.

    As the spreadsheet programs define XNPV, for any ``rate`` [ratio/year] above -1.

    >>> from datetime import date
    >>> round(xnpv(0.09, [date(2008, 1, 1), date(2009, 1, 1)], [-100.0, 109.0]), 4)
    -0.0236
    """
    return float(np.sum(np.asarray(amounts, dtype="float64") * (1.0 + rate) ** -years_365(days)))


def sign_changes(amounts: Sequence[float] | np.ndarray) -> int:
    """Times that the flows, in order of time, turn from paid to received or back; zeros do not count."""
    signs = np.sign(np.asarray(amounts, dtype="float64"))
    signs = signs[signs != 0]
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def irr_roots(years: Sequence[float] | np.ndarray, amounts: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    """All rates above -1 [ratio/year] that make the net present value zero, ascending.

    ``years`` [year] are the times of the ``amounts`` [currency]; equal times are added up.
    """
    when, summed = _merged(np.asarray(years, dtype="float64"), np.asarray(amounts, dtype="float64"))
    return _rates(when, summed)


def reported_root(roots: Sequence[float]) -> float | None:
    """The root that is shown: :data:`ROOT_RULE`. The others stay beside it.

    A spreadsheet started from its usual guess of 10% lands there too in the usual cases; one that starts
    elsewhere may land on a negative root that no investor means.
    """
    above = [r for r in roots if r >= 0]
    return min(above) if above else max(roots, default=None)


def mirr(
    years: Sequence[float] | np.ndarray,
    amounts: Sequence[float] | np.ndarray,
    finance_rate: float,
    reinvest_rate: float,
) -> float | None:
    """Modified rate of return [ratio/year]: money paid is financed, money received reinvested until the last flow.

    ``(FV(received, reinvest_rate) / -PV(paid, finance_rate)) ** (1 / years) - 1``; ``None`` for one-sided flows.
    """
    when, flow = np.asarray(years, dtype="float64"), np.asarray(amounts, dtype="float64")
    end = float(when.max(initial=0.0))
    received = float(np.sum(np.maximum(flow, 0.0) * (1 + reinvest_rate) ** (end - when)))
    paid = -float(np.sum(np.minimum(flow, 0.0) * (1 + finance_rate) ** -when))
    return (received / paid) ** (1 / end) - 1 if received > 0 and paid > 0 and end > 0 else None


def returns_of(years: Sequence[float] | np.ndarray, amounts: Sequence[float] | np.ndarray) -> Returns:
    """All that is said of one party's flows."""
    when, flow = _merged(np.asarray(years, dtype="float64"), np.asarray(amounts, dtype="float64"))
    roots = _rates(when, flow)
    paid, received = -float(flow[flow < 0].sum()), float(flow[flow > 0].sum())
    return Returns(
        irr=reported_root(roots),
        roots=roots,
        sign_changes=sign_changes(flow),
        multiple=received / paid if paid > 0 else None,
        profit=received - paid,
        peak_exposure=float(-min(0.0, np.cumsum(flow).min(initial=0.0))),
    )


def _merged(years: np.ndarray, amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flows by time, equal times added, zeros left out, the first at time zero."""
    when, of = np.unique(years, return_inverse=True)
    summed = np.bincount(of, weights=amounts, minlength=len(when))
    kept = summed != 0
    when, summed = when[kept], summed[kept]
    return when - (when[0] if len(when) else 0.0), summed


def _rates(years: np.ndarray, amounts: np.ndarray) -> tuple[float, ...]:
    """Roots as rates; one too large to be written as a number, from flows a day apart, is left out."""
    return tuple(math.expm1(x) for x in _log_roots(years, amounts) if x < _LARGEST)


def _log_roots(years: np.ndarray, amounts: np.ndarray) -> list[float]:
    """Roots ``x`` of ``sum(amount exp(-t x))``, ascending, by the roots of a sum with one sign change fewer."""
    turns = np.flatnonzero(np.sign(amounts[1:]) != np.sign(amounts[:-1]))
    if not len(turns):
        return []
    middle = (years[turns[0]] + years[turns[0] + 1]) / 2
    parting = _log_roots(years, amounts * (middle - years))
    low, high = _bounds(years, amounts)
    edges = [low, *(x for x in parting if low < x < high), high]
    values = [_scaled(x, years, amounts) for x in edges]
    roots = [x for x, v in zip(edges, values, strict=True) if abs(v) <= _TOUCH]
    for left, right, at_left, at_right in zip(edges, edges[1:], values, values[1:], strict=False):
        if min(abs(at_left), abs(at_right)) > _TOUCH and at_left * at_right < 0:
            roots.append(
                float(brentq(_scaled, left, right, args=(years, amounts), xtol=1e-15, rtol=1e-15, maxiter=500))
            )
    return sorted(roots)


def _scaled(x: float, years: np.ndarray, amounts: np.ndarray) -> float:
    """The sum over the sum of its absolute terms: -1..1, never overflowing."""
    power = -years * x
    terms = amounts * np.exp(power - power.max())
    return float(terms.sum() / np.abs(terms).sum())


def _bounds(years: np.ndarray, amounts: np.ndarray) -> tuple[float, float]:
    """Beyond these the last, or the first, flow outweighs all others: no root lies there."""
    low = high = 1.0
    while abs(_scaled(-low, years, amounts) - np.sign(amounts[-1])) > 0.5:
        low *= 2
    while abs(_scaled(high, years, amounts) - np.sign(amounts[0])) > 0.5:
        high *= 2
    return -low, high
