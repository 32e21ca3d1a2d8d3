"""The waterfall: dated flows shared between partners, tier by tier, in whole centimes.

At each row balances first accrue since the row before; then a negative amount is capital paid in, a positive one
goes through the tiers in order. Amounts are exact (float64) inside; the ledger splits each row by largest remainder,
so partners and tiers always add up to the flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from qutb.core import Finding, split_by_largest_remainder, to_ledger
from qutb.finance.counting import growth, year_fraction
from qutb.finance.flow_files import FlowFile
from qutb.finance.returns import Returns, returns_of
from qutb.finance.waterfall_terms import Accrual, Terms, Tier

__all__ = ["PartnerResult", "Waterfall", "flow_faults", "share_out"]

_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True)
class PartnerResult:
    """What one partner pays and gets, clawback included, in whole minor units; returns by the terms' day count."""

    partner: str
    contributed: Decimal
    distributed: Decimal
    promote: float
    clawback: Decimal
    returns: Returns


@dataclass(frozen=True, eq=False, kw_only=True)
class Waterfall:
    """Rows x tiers x partners: ``paid_exact`` [currency] and the ledger ``paid``; ``called`` rows x partners."""

    terms: Terms
    days: tuple[date, ...]
    called: tuple[tuple[Decimal, ...], ...]
    paid: tuple[tuple[tuple[Decimal, ...], ...], ...]
    paid_exact: np.ndarray
    promote_exact: np.ndarray
    clawback: tuple[Decimal, ...]
    clawback_exact: np.ndarray
    partners: tuple[PartnerResult, ...]
    findings: tuple[Finding, ...]

    @property
    def total(self) -> Decimal:
        """Sum of all rows [currency]."""
        paid = (cell for row in self.paid for tier in row for cell in tier)
        return sum(paid, Decimal(0)) - sum((cell for row in self.called for cell in row), Decimal(0))

    def tier_total(self, tier: int, partner: int) -> Decimal:
        """What ``partner`` got in ``tier``, both by position."""
        return sum((row[tier][partner] for row in self.paid), Decimal(0))


@dataclass
class _Account:
    """Capital and the return it has earned, of one partner for a preferred return or of those a hurdle measures."""

    accrual: Accrual
    capital: float = 0.0
    earned: float = 0.0

    def accrue(self, years: float) -> None:
        added = growth(self.accrual.rate, years, self.accrual.compounding) - 1
        base = self.capital if self.accrual.compounding == "simple" else self.capital + self.earned
        self.earned += base * added

    def receive(self, amount: float) -> None:
        """An amount pays the return earned first, then capital; beyond both it counts against what comes."""
        to_earned = min(amount, max(self.earned, 0.0))
        self.earned -= to_earned
        self.capital -= amount - to_earned

    @property
    def balance(self) -> float:
        return self.capital + self.earned


@dataclass
class _State:
    """What one waterfall (the project, or a deal) remembers between rows."""

    terms: Terms
    contributed: np.ndarray = field(init=False)
    received: np.ndarray = field(init=False)
    unreturned: np.ndarray = field(init=False)
    promote: np.ndarray = field(init=False)
    returned: float = 0.0
    preferred_paid: float = 0.0
    preferred: dict[tuple[int, int], _Account] = field(init=False)
    hurdles: dict[int, _Account] = field(init=False)
    last: date | None = None

    def __post_init__(self) -> None:
        count = len(self.terms.ids)
        self.contributed, self.received, self.unreturned, self.promote = (np.zeros(count) for _ in range(4))
        self.preferred = {
            (n, self.terms.ids.index(p)): _Account(tier.accrual)
            for n, tier in enumerate(self.terms.tiers)
            if tier.kind == "preferred_return" and tier.accrual
            for p in tier.to
        }
        self.hurdles = {
            n: _Account(tier.accrual)
            for n, tier in enumerate(self.terms.tiers)
            if tier.kind == "hurdle" and tier.accrual
        }

    def accrue(self, day: date) -> None:
        if self.last is not None and day != self.last:
            years = year_fraction(self.last, day, self.terms.day_count)
            for account in (*self.preferred.values(), *self.hurdles.values()):
                account.accrue(years)
        self.last = day

    def call(self, amounts: np.ndarray) -> None:
        self.contributed += amounts
        self.unreturned += amounts
        for (_, partner), account in self.preferred.items():
            account.capital += amounts[partner]
        for n, account in self.hurdles.items():
            account.capital += sum(amounts[p] for p in self.measured(n))

    def measured(self, tier: int) -> list[int]:
        return [self.terms.ids.index(p) for p in self.terms.tiers[tier].measured_on]

    def by_capital(self, without: str = "") -> np.ndarray:
        """Shares by capital paid in, else by the capital shares of the terms, else equal."""
        kept = np.array([p != without for p in self.terms.ids], dtype="float64")
        agreed = np.array([p.capital_share for p in self.terms.partners])
        for weights in (self.contributed * kept, agreed * kept, kept):
            if weights.sum() > 0:
                return weights / weights.sum()
        return np.ones_like(kept) / len(kept)

    def absorb(self, other: _State) -> None:
        """Take over the capital and return that an ended deal still owes."""
        self.unreturned += other.unreturned
        pairs = [(self.preferred[key], account) for key, account in other.preferred.items()]
        pairs += [(self.hurdles[key], account) for key, account in other.hurdles.items()]
        for mine, theirs in pairs:
            mine.capital += max(theirs.capital, 0.0)
            mine.earned += max(theirs.earned, 0.0)
            theirs.capital = theirs.earned = 0.0
        other.unreturned = np.zeros_like(other.unreturned)


def flow_faults(terms: Terms, flows: FlowFile) -> tuple[Finding, ...]:
    """What in ``flows`` cannot be shared by ``terms``, each fault with its row."""
    faults: list[Finding] = []
    shared = any(p.capital_share for p in terms.partners)
    if flows.currency and terms.currency and flows.currency != terms.currency:
        faults.append(_row_fault("FIN-CURRENCY", flows.rows[0], given=flows.currency, expected=terms.currency))
    for row, amount, partner, deal in zip(flows.rows, flows.amounts, flows.partner, flows.deal, strict=True):
        if partner and partner not in terms.ids:
            faults.append(_row_fault("FIN-PARTNER-UNKNOWN", row, partner=partner, known=", ".join(terms.ids)))
        elif partner and amount > 0:
            faults.append(_row_fault("FIN-FLOW-NAMED", row, partner=partner))
        elif not partner and amount < 0 and not shared:
            faults.append(_row_fault("FIN-FLOW-NOBODY", row))
        if terms.style == "american" and not deal:
            faults.append(_row_fault("FIN-FLOW-DEAL", row))
    return tuple(faults)


def _row_fault(code: str, row: int, **params: object) -> Finding:
    return Finding(code=code, severity="blocking", where=(f"row:{row}",), params=params)


def share_out(terms: Terms, flows: FlowFile) -> Waterfall:
    """Share ``flows`` by ``terms``; both must be free of blocking findings.

    Row by row as in :mod:`qutb.finance.waterfall`; the clawback is settled at the last date over the whole project.
    """
    engine = _Engine(terms, flows)
    called, paid, promote = engine.run()
    clawback = _clawed_back(terms, flows.days, called, paid, promote)
    digits = terms.minor_digits if terms.minor_digits is not None else max(2, flows.decimals)
    calls = tuple(_split_row(row, digits) for row in called)
    ledger = tuple(_split_tiers(row, digits) for row in paid)
    back = _split_zero(clawback, digits)
    return Waterfall(
        terms=terms,
        days=flows.days,
        called=calls,
        paid=ledger,
        paid_exact=paid,
        promote_exact=promote,
        clawback=back,
        clawback_exact=clawback,
        partners=_partner_results(terms, flows.days, calls, ledger, back, promote),
        findings=flows.findings,
    )


class _Engine:
    """The rows of one file through the tiers, for the project as one or deal by deal."""

    def __init__(self, terms: Terms, flows: FlowFile) -> None:
        self.terms, self.flows = terms, flows
        self.deal = flows.deal if terms.style == "american" else ("",) * len(flows.days)
        self.states = {deal: _State(terms) for deal in dict.fromkeys(self.deal)}
        self.last_row = {deal: row for row, deal in enumerate(self.deal)}

    def run(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows, tiers, partners = len(self.flows.days), len(self.terms.tiers), len(self.terms.ids)
        called, paid = np.zeros((rows, partners)), np.zeros((rows, tiers, partners))
        for row, (day, amount) in enumerate(zip(self.flows.days, self.flows.amounts.tolist(), strict=True)):
            state = self.states[self.deal[row]]
            for each in self.states.values():
                each.accrue(day)
            if amount < 0:
                called[row] = self._callers(row) * -amount
                state.call(called[row])
            elif amount > 0:
                if self.terms.loss_carry_forward:
                    self._carry_losses(row, state)
                paid[row] = _distribute(state, amount)
        return called, paid, np.sum([s.promote for s in self.states.values()], axis=0)

    def _callers(self, row: int) -> np.ndarray:
        named = self.flows.partner[row]
        if named:
            return np.array([float(p == named) for p in self.terms.ids])
        return np.array([p.capital_share for p in self.terms.partners])

    def _carry_losses(self, row: int, state: _State) -> None:
        for deal, other in self.states.items():
            if other is not state and self.last_row[deal] < row and other.unreturned.sum() > _NOTHING:
                state.absorb(other)


def _distribute(state: _State, amount: float) -> np.ndarray:
    """One amount through the tiers: tiers x partners."""
    terms = state.terms
    paid = np.zeros((len(terms.tiers), len(terms.ids)))
    left, nothing = amount, _NOTHING * max(1.0, amount)
    for n, tier in enumerate(terms.tiers):
        due, shares, promote = _due(state, n, tier)
        here = left if tier.kind == "residual" else min(left, max(due, 0.0))
        if here <= 0:
            continue
        paid[n] = here * shares
        state.promote += here * promote
        _book(state, n, tier, paid[n])
        left -= here
        if left <= nothing:
            paid[n] *= (here + left) / here
            break
    for n, account in state.hurdles.items():
        if not terms.tiers[n].excess_counted:
            account.earned += max(0.0, -account.balance)
    return paid


def _due(state: _State, n: int, tier: Tier) -> tuple[float, np.ndarray, np.ndarray]:
    """What the tier still asks for in all, each partner's share of it and of each unit the promote of each."""
    none = np.zeros(len(state.terms.ids))
    if tier.kind == "return_of_capital":
        owed = np.array([max(u, 0.0) if p in tier.to else 0.0 for p, u in zip(state.terms.ids, state.unreturned)])  # noqa: B905
        return float(owed.sum()), owed / max(owed.sum(), _NOTHING), none
    if tier.kind == "preferred_return":
        owed = none.copy()
        for (of, partner), account in state.preferred.items():
            if of == n:
                owed[partner] = max(account.earned, 0.0)
        return float(owed.sum()), owed / max(owed.sum(), _NOTHING), none
    if tier.kind == "catch_up":
        to_partner = np.array([float(p == tier.partner) for p in state.terms.ids])
        shares = tier.share * to_partner + (1 - tier.share) * state.by_capital(without=tier.partner)
        return _catch_up_due(state, tier), shares, tier.share * to_partner
    shares, promote = _split_shares(state, tier)
    return (_hurdle_due(state, n, tier, shares) if tier.kind == "hurdle" else 0.0), shares, promote


def _split_shares(state: _State, tier: Tier) -> tuple[np.ndarray, np.ndarray]:
    """Shares of a hurdle or residual tier; the promote of a full split is what exceeds the share of capital."""
    capital = state.by_capital()
    if tier.split:
        shares = np.array([tier.split.get(p, 0.0) for p in state.terms.ids])
        sponsor = np.array([p.role == "sponsor" for p in state.terms.partners])
        return shares, np.where(sponsor, np.maximum(shares - capital, 0.0), 0.0)
    to_partner = tier.promote * np.array([float(p == tier.partner) for p in state.terms.ids])
    return to_partner + (1 - tier.promote) * capital, to_partner


def _hurdle_due(state: _State, n: int, tier: Tier, shares: np.ndarray) -> float:
    measured = state.measured(n)
    lacking = []
    if n in state.hurdles:
        lacking.append(state.hurdles[n].balance)
    if tier.multiple is not None:
        lacking.append(tier.multiple * float(state.contributed[measured].sum()) - float(state.received[measured].sum()))
    part = float(shares[measured].sum())
    return max(lacking) / part if part > 0 else 0.0


def _catch_up_due(state: _State, tier: Tier) -> float:
    """``x`` such that promote + share x = target x (profit + x), or = target x preferred return."""
    carried = float(state.promote[state.terms.ids.index(tier.partner)])
    if tier.of == "preferred_return":
        return (tier.target_share * state.preferred_paid - carried) / tier.share if tier.share > 0 else 0.0
    profit = float(state.received.sum()) - state.returned
    return (tier.target_share * profit - carried) / (tier.share - tier.target_share)


def _book(state: _State, n: int, tier: Tier, paid: np.ndarray) -> None:
    state.received += paid
    for h, account in state.hurdles.items():
        account.receive(float(sum(paid[p] for p in state.measured(h))))
    if tier.kind in ("return_of_capital", "hurdle"):
        capital = np.minimum(paid, np.maximum(state.unreturned, 0.0))
        state.unreturned -= capital
        state.returned += float(capital.sum())
        for (_, partner), account in state.preferred.items():
            account.capital -= capital[partner]
    if tier.kind == "preferred_return":
        state.preferred_paid += float(paid.sum())
        for (of, partner), account in state.preferred.items():
            if of >= n:
                account.earned -= paid[partner]


def _clawed_back(
    terms: Terms, days: Sequence[date], called: np.ndarray, paid: np.ndarray, promote: np.ndarray
) -> np.ndarray:
    """What each partner gets (+) or gives (-) back at the last date."""
    back = np.zeros(len(terms.ids))
    rule = terms.clawback
    if rule is None or not len(days):
        return back
    giver = terms.ids.index(rule.partner)
    carried = float(promote[giver])
    profit = max(0.0, float(paid.sum() - called.sum()))
    lacking = [carried - rule.share * profit] if rule.test != "return" else []
    if rule.accrual is not None:
        lacking.append(_investors_lack(terms, rule.accrual, days, called, paid))
    amount = min(max(lacking), carried * (1 - rule.tax_rate))
    if amount > _NOTHING:
        others = np.where(np.arange(len(back)) == giver, 0.0, called.sum(axis=0))
        weights = others if others.sum() > 0 else np.where(np.arange(len(back)) == giver, 0.0, 1.0)
        back = amount * weights / weights.sum()
        back[giver] = -amount
    return back


def _investors_lack(
    terms: Terms, accrual: Accrual, days: Sequence[date], called: np.ndarray, paid: np.ndarray
) -> float:
    """Capital and return that the investors are short of at the last date."""
    who = [terms.ids.index(p) for p in terms.investors]
    account, last = _Account(accrual), days[0]
    for row, day in enumerate(days):
        account.accrue(year_fraction(last, day, terms.day_count))
        account.capital += float(called[row, who].sum())
        account.receive(float(paid[row][:, who].sum()))
        last = day
    return account.balance


def _split_row(amounts: np.ndarray, digits: int) -> tuple[Decimal, ...]:
    """Amounts in whole minor units that add up to their rounded sum."""
    total = to_ledger(float(amounts.sum()), digits)
    if total == 0:
        return (Decimal(0),) * len(amounts)
    return tuple(split_by_largest_remainder(total, amounts.tolist()))


def _split_tiers(row: np.ndarray, digits: int) -> tuple[tuple[Decimal, ...], ...]:
    flat = _split_row(row.ravel(), digits)
    width = row.shape[1]
    return tuple(tuple(flat[n * width : (n + 1) * width]) for n in range(row.shape[0]))


def _split_zero(amounts: np.ndarray, digits: int) -> tuple[Decimal, ...]:
    """Amounts that add up to zero, as whole minor units that do so too."""
    given = _split_row(np.maximum(-amounts, 0.0), digits)
    got = _split_row(np.maximum(amounts, 0.0), digits)
    return tuple(g - b for g, b in zip(got, given, strict=True))


def _partner_results(
    terms: Terms,
    days: Sequence[date],
    called: tuple[tuple[Decimal, ...], ...],
    paid: tuple[tuple[tuple[Decimal, ...], ...], ...],
    back: tuple[Decimal, ...],
    promote: np.ndarray,
) -> tuple[PartnerResult, ...]:
    years = [year_fraction(days[0], day, terms.day_count) for day in days] if days else []
    results = []
    for n, partner in enumerate(terms.ids):
        put, got = [row[n] for row in called], [sum((tier[n] for tier in row), Decimal(0)) for row in paid]
        flows = [float(g - p) for g, p in zip(got, put, strict=True)]
        results.append(
            PartnerResult(
                partner=partner,
                contributed=sum(put, Decimal(0)),
                distributed=sum(got, Decimal(0)),
                promote=float(promote[n]),
                clawback=back[n],
                returns=_returns(years, flows, float(back[n])),
            )
        )
    return tuple(results)


def _returns(years: list[float], flows: list[float], back: float) -> Returns:
    return returns_of([*years, *years[-1:]], [*flows, *([back] if years else [])])
