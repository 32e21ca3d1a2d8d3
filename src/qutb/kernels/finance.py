"""Thirty years of a pole's business model month by month, for one run or many draws.

Works, sales, VAT, tax, loans, calls and shares of partners in one pass over the months, no matrix of draws x months:
a draw needs some kilobytes. The order of the columns of each argument stands in ``qutb.finance``'s ``Model``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_FINANCE", "run_draws", "run_months"]

COMPILED_FINANCE, _compile = compiler(__file__)

# scalars
INDEXATION, CONTINGENCY, STUDIES_RATE, STUDIES_MONTHS, OVERHEAD_RATE, MARKETING_RATE = 0, 1, 2, 3, 4, 5
SUBDIVISION_RATE, SUBDIVISION_FIRST, DEPOSIT, INSTALMENTS, MANAGEMENT, MANAGEMENT_MONTHS = 6, 7, 8, 9, 10, 11
LAND, LAND_MONTH, REGISTRATION_RATE, LAND_IN_KIND, FEE_RATE, VAT_COSTS, TAX_RATE = 12, 13, 14, 15, 16, 17, 18
EQUITY, REVOLVER_LIMIT, REVOLVER_RATE, TERM_AMOUNT, TERM_MONTH, TERM_RATE = 19, 20, 21, 22, 23, 24
TERM_FIRST, TERM_COUNT, SWEEP, RESERVE, DISTRIBUTE_FROM, DISCOUNT = 25, 26, 27, 28, 29, 30
CURVE_A, CURVE_B = 31, 32
# rows
ONSITE, OFFSITE, OFFSITE_KIND, STUDIES, FEE, OVERHEAD, MARKETING, SUBDIVISION, MANAGE, LAND_PAID, REGISTRATION = (
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
)  # fmt: skip
SALES, SALES_VAT, RECEIPTS, COLLECTED, DEDUCTIBLE, VAT_PAID, CREDIT, SUBSIDY, INTEREST, TAX, NET = (
    11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
)  # fmt: skip
CALL, SHORTFALL, DRAW, REPAY, REVOLVER, TERM_DRAW, TERM_PAID, TERM, DISTRIBUTION, CASH, KIND, SOLD = (
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
)  # fmt: skip
ROWS = 34
# partners: cash, land, off-site, fee and land sale share, tax rate, measured; phases: start, months, on site, off site,
# off site in kind, area; zones: phase, area, price, growth, lag, months, ceiling, VAT


@_compile
def _done(t: float, start: float, months: float) -> float:
    """Share of a stretch of ``months`` from ``start`` that has passed at the end of month ``t``."""
    if months <= 0.0:
        return 1.0 if t + 1.0 > start else 0.0
    return max(0.0, min(1.0, (t + 1.0 - start) / months))


@_compile
def _costs(s: Any, phases: Any, f: Any, rows: Any) -> None:
    months = rows.shape[1]
    whole = 0.0
    for p in range(phases.shape[0]):
        whole += phases[p, 2] + phases[p, 3] + phases[p, 4]
    whole *= f[1]
    for p in range(phases.shape[0]):
        start, length = phases[p, 0] + f[3], phases[p, 1]
        end = start + length
        raised = f[1] * (1.0 + s[CONTINGENCY])
        step = (1.0 + s[INDEXATION]) ** (1.0 / 12.0)
        first_month = max(0, int(start) - 1)
        index = step**first_month
        for t in range(first_month, min(months, int(end + s[MANAGEMENT_MONTHS]) + 2)):
            part = _done(t, start, length) - _done(t - 1, start, length)
            if part > 0.0:
                rows[ONSITE, t] += part * phases[p, 2] * raised * index
                rows[OFFSITE, t] += part * phases[p, 3] * raised * index
                rows[OFFSITE_KIND, t] += part * phases[p, 4] * raised * index
            permit = (1.0 if t + 1 > start else 0.0) - (1.0 if t > start else 0.0)
            accepted = (1.0 if t + 1 >= end else 0.0) - (1.0 if t >= end else 0.0)
            first = s[SUBDIVISION_FIRST]
            rows[SUBDIVISION, t] += (
                s[SUBDIVISION_RATE] * phases[p, 2] * raised * (first * permit + (1.0 - first) * accepted)
            )
            kept = _done(t, end, s[MANAGEMENT_MONTHS]) - _done(t - 1, end, s[MANAGEMENT_MONTHS])
            rows[MANAGE, t] += kept * s[MANAGEMENT_MONTHS] * s[MANAGEMENT] / 12.0 * phases[p, 5] * index
            index *= step
    for t in range(months):
        works = rows[ONSITE, t] + rows[OFFSITE, t]
        part = _done(t, 0.0, s[STUDIES_MONTHS]) - _done(t - 1, 0.0, s[STUDIES_MONTHS])
        rows[STUDIES, t] = s[STUDIES_RATE] * whole * part
        rows[FEE, t] = s[FEE_RATE] * works
        rows[OVERHEAD, t] = s[OVERHEAD_RATE] * works
        if t == int(s[LAND_MONTH]):
            rows[LAND_PAID, t] = s[LAND]
            rows[REGISTRATION, t] = s[REGISTRATION_RATE] * (s[LAND] + s[LAND_IN_KIND])
            rows[KIND, t] = s[LAND_IN_KIND]
        rows[KIND, t] += rows[OFFSITE_KIND, t]


@_compile
def _sales(s: Any, phases: Any, zones: Any, f: Any, rows: Any) -> None:
    months = rows.shape[1]
    for z in range(zones.shape[0]):
        p = int(zones[z, 0])
        start = phases[p, 0] + phases[p, 1] + f[3] + zones[z, 4]
        length, ceiling = zones[z, 5] * f[2], max(0.0, zones[z, 6] - f[7])
        step = (1.0 + zones[z, 3] + f[5]) ** (1.0 / 12.0)
        first_month = max(0, int(start) - 1)
        price = zones[z, 2] * f[0] * step**first_month
        before = 0.0
        for t in range(first_month, min(months, int(start + length) + 2)):
            x = _done(t, start, length)
            share = ceiling * x * x * (s[CURVE_A] - s[CURVE_B] * x)
            if share != before:
                sold = zones[z, 1] * (share - before)
                value = sold * price
                rows[SOLD, t] += sold
                rows[SALES, t] += value
                rows[SALES_VAT, t] += value * zones[z, 7]
                before = share
            price *= step


@_compile
def _receipts(s: Any, rows: Any) -> None:
    months = rows.shape[1]
    count = int(s[INSTALMENTS])
    running = np.zeros((2, months + 1))
    for t in range(months):
        running[0, t + 1] = running[0, t] + rows[SALES, t]
        running[1, t + 1] = running[1, t] + rows[SALES_VAT, t]
        late = max(0, t - count)
        rest = (1.0 - s[DEPOSIT]) / count
        rows[RECEIPTS, t] = s[DEPOSIT] * rows[SALES, t] + rest * (running[0, t] - running[0, late])
        rows[COLLECTED, t] = s[DEPOSIT] * rows[SALES_VAT, t] + rest * (running[1, t] - running[1, late])


@_compile
def _money(s: Any, subsidies: Any, f: Any, rows: Any) -> None:
    """VAT, tax, loans, calls and distributions: each month stands on the one before, so there is no circle."""
    months = rows.shape[1]
    for n in range(subsidies.shape[0]):
        t = int(subsidies[n, 0])
        if 0 <= t < months:
            rows[SUBSIDY, t] += subsidies[n, 1] * f[6]
    credit, gained, peak, cash, revolver, term, equity = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, s[EQUITY]
    for t in range(months):
        rows[MARKETING, t] = s[MARKETING_RATE] * rows[RECEIPTS, t]
        taxed = rows[ONSITE, t] + rows[OFFSITE, t] + rows[STUDIES, t] + rows[FEE, t] + rows[MARKETING, t]
        rows[DEDUCTIBLE, t] = s[VAT_COSTS] * taxed
        balance = rows[COLLECTED, t] - rows[DEDUCTIBLE, t] - credit
        rows[VAT_PAID, t] = max(0.0, balance)
        credit = max(0.0, -balance)
        rows[CREDIT, t] = credit
        other = rows[OVERHEAD, t] + rows[MANAGE, t] + rows[LAND_PAID, t] + rows[REGISTRATION, t] + rows[SUBDIVISION, t]
        interest = revolver * (s[REVOLVER_RATE] + f[4]) / 12.0 + term * (s[TERM_RATE] + f[4]) / 12.0
        rows[INTEREST, t] = interest
        margin = rows[RECEIPTS, t] + rows[SUBSIDY, t] - taxed - other
        gained += margin - rows[KIND, t] - interest
        rows[TAX, t] = s[TAX_RATE] * (max(peak, gained) - peak)
        peak = max(peak, gained)
        rows[NET, t] = margin + rows[COLLECTED, t] - rows[DEDUCTIBLE, t] - rows[VAT_PAID, t] - rows[TAX, t]
        drawn = s[TERM_AMOUNT] if t == int(s[TERM_MONTH]) else 0.0
        due = s[TERM_AMOUNT] / s[TERM_COUNT] if s[TERM_FIRST] <= t < s[TERM_FIRST] + s[TERM_COUNT] else 0.0
        term += drawn - due
        rows[TERM_DRAW, t], rows[TERM_PAID, t], rows[TERM, t] = drawn, due, term
        have = cash + rows[NET, t] - interest + drawn - due
        need = max(0.0, -have)
        call = min(need, equity)
        draw = min(need - call, max(0.0, s[REVOLVER_LIMIT] - revolver))
        short = need - call - draw
        repay = min(revolver, s[SWEEP] * max(0.0, have))
        revolver = revolver + draw - repay
        equity -= call
        left = have + call + draw + short - repay
        given = 0.0
        if t == months - 1:
            given = max(0.0, left)
        elif t >= s[DISTRIBUTE_FROM] and revolver == 0.0:
            given = max(0.0, left - s[RESERVE])
        cash = left - given
        rows[CALL, t], rows[DRAW, t], rows[SHORTFALL, t], rows[REPAY, t] = call, draw, short, repay
        rows[REVOLVER, t], rows[DISTRIBUTION, t], rows[CASH, t] = revolver, given, cash


@_compile
def _share(s: Any, partners: Any, tiers: Any, rows: Any, paid: Any, put: Any, got: Any) -> None:
    """Calls and in-kind works by partner, distributions through the tiers: ``paid`` tiers x months."""
    count, levels, months = partners.shape[0], tiers.shape[0], rows.shape[1]
    balance = np.zeros(levels)
    grow, part = np.zeros(levels), np.zeros(levels)
    for k in range(levels):
        grow[k] = (1.0 + tiers[k, 0]) ** (1.0 / 12.0)
        for p in range(count):
            part[k] += tiers[k, 1 + p] * partners[p, 6]
    for t in range(months):
        called = rows[CALL, t] + rows[SHORTFALL, t]
        land = rows[KIND, t] - rows[OFFSITE_KIND, t]
        measured = 0.0
        for p in range(count):
            put[p, t] = called * partners[p, 0] + land * partners[p, 1] + rows[OFFSITE_KIND, t] * partners[p, 2]
            measured += put[p, t] * partners[p, 6]
        left = rows[DISTRIBUTION, t]
        reached = 0.0
        for k in range(levels):
            balance[k] = balance[k] * grow[k] + measured
            if k < levels - 1:
                due = max(0.0, balance[k] - reached) / part[k]
                here = min(left, due)
            else:
                here = left
            reached += here * part[k]
            balance[k] = max(0.0, balance[k] - reached)
            left -= here
            paid[k, t] = here
            for p in range(count):
                got[p, t] += here * tiers[k, 1 + p]


@_compile
def _partner_nets(s: Any, partners: Any, rows: Any, put: Any, got: Any, net: Any) -> None:
    """What each partner has in hand each month: shares, fees and land sold, less its own tax on new highs."""
    for p in range(partners.shape[0]):
        gained, peak = 0.0, 0.0
        for t in range(rows.shape[1]):
            own = got[p, t] - put[p, t] + rows[FEE, t] * partners[p, 3] + rows[LAND_PAID, t] * partners[p, 4]
            gained += own
            tax = partners[p, 5] * (max(peak, gained) - peak)
            peak = max(peak, gained)
            net[p, t] = own - tax


@_compile
def run_months(
    s: Any, phases: Any, zones: Any, subsidies: Any, partners: Any, tiers: Any, f: Any,
    rows: Any, paid: Any, put: Any, got: Any, net: Any,
) -> None:  # fmt: skip
    """Fill ``rows`` (:data:`ROWS` x months), ``paid``, ``put``, ``got`` and ``net`` for the factors ``f``."""
    rows[:] = 0.0
    paid[:] = 0.0
    put[:] = 0.0
    got[:] = 0.0
    _costs(s, phases, f, rows)
    _sales(s, phases, zones, f, rows)
    _receipts(s, rows)
    _money(s, subsidies, f, rows)
    _share(s, partners, tiers, rows, paid, put, got)
    _partner_nets(s, partners, rows, put, got, net)


@_compile
def _present(flow: Any, v: float) -> float:
    """The value at month 0 with the monthly discount factor ``v``: Horner in four chains, which run side by side."""
    fourth = v * v * v * v
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(flow) // 4 * 4
    for t in range(len(flow) - 1, whole - 1, -1):
        a = a * v + flow[t]
    for t in range(whole - 4, -1, -4):
        a = a * fourth + flow[t]
        b = b * fourth + flow[t + 1]
        c = c * fourth + flow[t + 2]
        d = d * fourth + flow[t + 3]
    return a + v * (b + v * (c + v * d))


@_compile
def _rate(flow: Any) -> float:
    """Smallest yearly rate not below zero at which the value is zero, else the largest below; NaN for none seen.

    Sought in steps between -60% and 300% a year, then by halving: a root pair between two steps is not seen.
    """
    before_rate, before = 0.0, _present(flow, 1.0)
    if before == 0.0:
        return 0.0
    for side in range(2):
        before_rate, before = 0.0, _present(flow, 1.0)
        for step in range(1, 33):
            rate = 0.01 * step + 0.0026 * step * step if side == 0 else -0.018 * step
            value = _present(flow, (1.0 + rate) ** (-1.0 / 12.0))
            if before * value <= 0.0:
                low, high = before_rate, rate
                for _ in range(46):
                    middle = 0.5 * (low + high)
                    here = _present(flow, (1.0 + middle) ** (-1.0 / 12.0))
                    if here * before > 0.0:
                        low = middle
                    else:
                        high = middle
                return 0.5 * (low + high)
            before_rate, before = rate, value
    return np.nan


@_compile
def run_draws(
    s: Any, phases: Any, zones: Any, subsidies: Any, partners: Any, tiers: Any, factors: Any, months: int, out: Any
) -> None:
    """For each row of ``factors`` fill a row of ``out``: NPV, IRR, profit, sales, peak debt, calls, shortfall,
    money distributed, lowest cash, VAT credit left, NPV to all partners after loans, then the NPV of each partner.
    """
    count = partners.shape[0]
    rows, paid = np.zeros((ROWS, months)), np.zeros((tiers.shape[0], months))
    put, got, net = np.zeros((count, months)), np.zeros((count, months)), np.zeros((count, months))
    v = (1.0 + s[DISCOUNT]) ** (-1.0 / 12.0)
    for n in range(factors.shape[0]):
        run_months(s, phases, zones, subsidies, partners, tiers, factors[n], rows, paid, put, got, net)
        flow = rows[NET] - rows[KIND]
        out[n, 0] = _present(flow, v)
        out[n, 1] = _rate(flow)
        out[n, 2] = flow.sum() - rows[INTEREST].sum()
        out[n, 3] = rows[SALES].sum()
        out[n, 4] = (rows[REVOLVER] + rows[TERM]).max()
        out[n, 5] = rows[CALL].sum()
        out[n, 6] = rows[SHORTFALL].sum()
        out[n, 7] = rows[DISTRIBUTION].sum()
        out[n, 8] = rows[CASH].min()
        out[n, 9] = rows[CREDIT, months - 1]
        out[n, 10] = _present(rows[DISTRIBUTION] - rows[CALL] - rows[SHORTFALL] - rows[KIND], v)
        for p in range(count):
            out[n, 11 + p] = _present(net[p], v)
