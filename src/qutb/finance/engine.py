"""One run of the business model, month by month, with NumPy and plain Python: what every page and check reads.

Columns are the months from the start date. Works run evenly from a phase's start and are indexed; plots sell along
an S-curve from the servicing of their phase on; a deposit comes with the sale and the rest in equal instalments.
VAT is due on receipts; a credit is carried. Tax on profit falls on each new high of the running profit, so losses
are carried without limit. A need for cash is met by partners' calls up to what they agreed, then the revolving
loan up to its limit, then by calls beyond the agreement (``shortfall``, a finding). A surplus pays the revolving
loan, then is kept up to a reserve, then shared from a month on; the last month shares all.

``qutb.kernels`` holds the same model for many draws; a test holds both to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from qutb.finance.model import FACTORS, MONTHS, NO_FACTORS, PARTNER_COLUMNS, Model

__all__ = ["ROWS", "Flows", "run_model", "sold_area"]

ROWS = (
    "onsite_works",
    "offsite_works",
    "offsite_in_kind",
    "studies",
    "fee",
    "overhead",
    "marketing",
    "subdivision_tax",
    "management",
    "land",
    "registration",
    "sales",
    "sales_vat",
    "receipts",
    "vat_collected",
    "vat_deductible",
    "vat_paid",
    "vat_credit",
    "subsidies",
    "interest",
    "profit_tax",
    "net_before_finance",
    "calls",
    "shortfall",
    "revolver_draw",
    "revolver_repaid",
    "revolver",
    "term_draw",
    "term_repaid",
    "term",
    "distribution",
    "cash",
    "in_kind",
    "sold_area",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Flows:
    """Rows x months of one run; ``paid`` tiers x months; ``put``, ``got``, ``net`` partners x months."""

    rows: np.ndarray
    paid: np.ndarray
    put: np.ndarray
    got: np.ndarray
    net: np.ndarray
    zone_sales: np.ndarray
    zone_sold: np.ndarray
    phase_works: np.ndarray

    def __getitem__(self, name: str) -> np.ndarray:
        return self.rows[ROWS.index(name)]

    @cached_property
    def project(self) -> np.ndarray:
        """Flow of the project before loans and partners, after tax; in-kind contributions count as paid."""
        return self["net_before_finance"] - self["in_kind"]


def run_model(model: Model, factors: np.ndarray = NO_FACTORS) -> Flows:
    """The flows of ``model`` for one set of ``factors`` (in the order of ``FACTORS``)."""
    rows, phase_works, sold, value = _project(model, factors)
    paid, put, got = _shared(model, rows)
    matrix = np.array([rows[name] for name in ROWS])
    return Flows(
        rows=matrix,
        paid=paid,
        put=put,
        got=got,
        net=_partner_nets(model, rows, put, got),
        zone_sales=value,
        zone_sold=sold,
        phase_works=phase_works,
    )


def sold_area(model: Model, factors: np.ndarray = NO_FACTORS) -> np.ndarray:
    """Land sold by month [m2]: the row of :func:`run_model`, without the money."""
    return _sales(model, _named(factors))[0].sum(axis=0)


def _named(factors: np.ndarray) -> dict[str, float]:
    return dict(zip(FACTORS, np.asarray(factors).tolist(), strict=True))


def _project(model: Model, factors: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    f = _named(factors)
    rows = dict.fromkeys(ROWS, np.zeros(MONTHS))
    phase_works = _costs(model, f, rows)
    sold, value = _sales(model, f)
    rows["sold_area"], rows["sales"] = sold.sum(axis=0), value.sum(axis=0)
    rows["sales_vat"] = model.zones["vat_rate"].to_numpy("float64") @ value
    _receipts(model, rows)
    rows["subsidies"] = f["subsidy"] * _subsidies(model.subsidies)
    _money(model, f, rows)
    return rows, phase_works, sold, value


def _done(start: np.ndarray, months: np.ndarray, length: int = MONTHS) -> np.ndarray:
    """Share of each stretch that has passed at the end of each month, with the month before the first in front."""
    t = np.arange(length + 1, dtype="float64")
    start, months = np.asarray(start, dtype="float64")[:, None], np.asarray(months, dtype="float64")[:, None]
    even = np.clip((t - start) / np.where(months > 0, months, 1.0), 0.0, 1.0)
    return np.where(months > 0, even, t > start)


def _costs(model: Model, f: dict[str, float], rows: dict[str, np.ndarray]) -> np.ndarray:
    s, phases = model.scalars, model.phases
    start = phases["start_month"].to_numpy("float64") + f["delay_months"]
    months = phases["months"].to_numpy("float64")
    end = start + months
    parts = np.diff(_done(start, months))
    t = np.arange(MONTHS)
    index = (1 + s["indexation"]) ** (t / 12)
    raised = f["cost"] * (1 + s["contingency"])
    amounts = {
        row: phases[column].to_numpy("float64")[:, None] * raised * parts * index
        for row, column in (
            ("onsite_works", "onsite_amount"),
            ("offsite_works", "offsite_amount"),
            ("offsite_in_kind", "offsite_in_kind_amount"),
        )
    }
    for row, by_phase in amounts.items():
        rows[row] = by_phase.sum(axis=0)
    works = rows["onsite_works"] + rows["offsite_works"]
    whole = f["cost"] * float(phases[["onsite_amount", "offsite_amount", "offsite_in_kind_amount"]].to_numpy().sum())
    spent = np.diff(_done(np.zeros(1), np.array([s["studies_months"]])))[0]
    rows["studies"] = s["studies_rate"] * whole * spent
    rows["fee"], rows["overhead"] = s["fee_rate"] * works, s["overhead_rate"] * works
    permit = (t + 1 > start[:, None]).astype("float64") - (t > start[:, None])
    accepted = (t + 1 >= end[:, None]).astype("float64") - (t >= end[:, None])
    due = s["subdivision_first_share"] * permit + (1 - s["subdivision_first_share"]) * accepted
    rows["subdivision_tax"] = s["subdivision_rate"] * raised * (phases["onsite_amount"].to_numpy("float64") @ due)
    kept = np.diff(_done(end, np.full(len(end), s["management_months"])))
    monthly = s["management_months"] * s["management_per_m2"] / 12
    rows["management"] = monthly * (phases["area_m2"].to_numpy("float64") @ kept) * index
    at_land = (t == int(s["land_month"])).astype("float64")
    rows["land"] = s["land_amount"] * at_land
    rows["registration"] = s["registration_rate"] * (s["land_amount"] + s["land_in_kind_amount"]) * at_land
    rows["in_kind"] = s["land_in_kind_amount"] * at_land + rows["offsite_in_kind"]
    return amounts["onsite_works"] + amounts["offsite_works"]


def _sales(model: Model, f: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Area sold [m2] and its price [currency, without tax] by zone and month."""
    zones, phases, s = model.zones, model.phases, model.scalars
    if not len(zones):
        return np.zeros((0, MONTHS)), np.zeros((0, MONTHS))
    end = (phases["start_month"] + phases["months"]).reindex(zones["phase"]).to_numpy("float64") + f["delay_months"]
    x = _done(end + zones["lag_months"].to_numpy("float64"), zones["months"].to_numpy("float64") * f["pace"])
    ceiling = np.maximum(0.0, zones["ceiling"].to_numpy("float64") - f["unsold"])[:, None]
    share = ceiling * x * x * (s["curve_a"] - s["curve_b"] * x)
    sold = zones["area_m2"].to_numpy("float64")[:, None] * np.diff(share)
    growth = zones["growth"].to_numpy("float64")[:, None] + f["growth"]
    price = zones["price_per_m2"].to_numpy("float64")[:, None] * f["price"] * (1 + growth) ** (np.arange(MONTHS) / 12)
    return sold, sold * price


def _receipts(model: Model, rows: dict[str, np.ndarray]) -> None:
    deposit, count = model.scalars["deposit_share"], int(model.scalars["instalments"])
    t = np.arange(MONTHS)
    for row, of in (("receipts", "sales"), ("vat_collected", "sales_vat")):
        running = np.concatenate([[0.0], np.cumsum(rows[of])])
        rest = (1 - deposit) / count * (running[t] - running[np.maximum(0, t - count)])
        rows[row] = deposit * rows[of] + rest


def _subsidies(subsidies: pd.DataFrame) -> np.ndarray:
    month = subsidies["month"].to_numpy("int64")
    inside = (month >= 0) & (month < MONTHS)
    return np.bincount(month[inside], weights=subsidies["amount"].to_numpy("float64")[inside], minlength=MONTHS)


def _money(model: Model, f: dict[str, float], rows: dict[str, np.ndarray]) -> None:
    s = model.scalars
    rows["marketing"] = s["marketing_rate"] * rows["receipts"]
    taxed = rows["onsite_works"] + rows["offsite_works"] + rows["studies"] + rows["fee"] + rows["marketing"]
    rows["vat_deductible"] = s["vat_costs_rate"] * taxed
    rows["vat_paid"], rows["vat_credit"] = _vat(rows["vat_collected"] - rows["vat_deductible"])
    other = rows["overhead"] + rows["management"] + rows["land"] + rows["registration"] + rows["subdivision_tax"]
    margin = rows["receipts"] + rows["subsidies"] - taxed - other
    before_tax = margin + rows["vat_collected"] - rows["vat_deductible"] - rows["vat_paid"]
    for name, values in _loans(s, f["rate"], margin - rows["in_kind"], before_tax).items():
        rows[name] = values


def _vat(balance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """VAT paid and credit carried, from collected less deductible: what is paid is each new high of their sum."""
    running = np.cumsum(balance)
    paid = np.maximum.accumulate(np.maximum(running, 0.0))
    return np.diff(paid, prepend=0.0), paid - running


def _loans(v: Mapping[str, float], rate: float, margin: np.ndarray, before_tax: np.ndarray) -> dict[str, np.ndarray]:
    """Interest, tax, loans, calls, distributions and cash; each month stands on the one before."""
    names = (
        "interest", "profit_tax", "net_before_finance", "calls", "shortfall", "revolver_draw", "revolver_repaid",
        "revolver", "term_draw", "term_repaid", "term", "distribution", "cash",
    )  # fmt: skip
    on_revolver, on_term = (v["revolver_rate"] + rate) / 12, (v["term_rate"] + rate) / 12
    limit, sweep, reserve, from_month = (
        v["revolver_limit_amount"],
        v["sweep_share"],
        v["reserve_amount"],
        v["distribute_from_month"],
    )
    first, count = v["term_first_month"], v["term_instalments"]
    months = len(margin)
    cash = revolver = term = gained = peak = 0.0
    equity = v["equity_amount"]
    out = np.empty((len(names), months))
    for t, (profit, net) in enumerate(zip(margin.tolist(), before_tax.tolist(), strict=True)):
        interest = revolver * on_revolver + term * on_term
        gained += profit - interest
        tax = v["tax_rate"] * (max(peak, gained) - peak)
        peak = max(peak, gained)
        net -= tax
        drawn = v["term_amount"] if t == int(v["term_month"]) else 0.0
        due = v["term_amount"] / count if first <= t < first + count else 0.0
        term += drawn - due
        have = cash + net - interest + drawn - due
        need = max(0.0, -have)
        call = min(need, equity)
        draw = min(need - call, max(0.0, limit - revolver))
        short = need - call - draw
        repaid = min(revolver, sweep * max(0.0, have))
        revolver = revolver + draw - repaid
        equity -= call
        left = have + call + draw + short - repaid
        given = 0.0
        if t == months - 1:
            given = max(0.0, left)
        elif t >= from_month and revolver == 0.0:
            given = max(0.0, left - reserve)
        cash = left - given
        out[:, t] = (interest, tax, net, call, short, draw, repaid, revolver, drawn, due, term, given, cash)
    return dict(zip(names, out, strict=True))


def _shared(model: Model, rows: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distributions by tier, contributions and receipts by partner."""
    partners = model.partners
    column = {name: partners[name].to_numpy("float64")[:, None] for name in PARTNER_COLUMNS}
    land = rows["in_kind"] - rows["offsite_in_kind"]
    put = (
        (rows["calls"] + rows["shortfall"]) * column["cash_share"]
        + land * column["land_share"]
        + rows["offsite_in_kind"] * column["offsite_share"]
    )
    splits = model.tiers[list(partners.index)].to_numpy("float64")
    measured = column["measured"][:, 0]
    paid = _tiers(model.tiers["irr"].to_numpy("float64"), splits @ measured, measured @ put, rows["distribution"])
    return paid, put, splits.T @ paid


def _tiers(irr: np.ndarray, part: np.ndarray, contributed: np.ndarray, distributed: np.ndarray) -> np.ndarray:
    """Each month's distribution through the hurdles; ``part`` [ratio] is what those measured get of each tier."""
    grow = ((1 + irr) ** (1 / 12)).tolist()
    shares, levels = part.tolist(), len(irr)
    balance = [0.0] * levels
    paid = np.zeros((levels, len(distributed)))
    for t, (put, left) in enumerate(zip(contributed.tolist(), distributed.tolist(), strict=True)):
        reached = 0.0
        for k in range(levels):
            owed = balance[k] * grow[k] + put
            here = left if k == levels - 1 else min(left, max(0.0, owed - reached) / shares[k])
            reached += here * shares[k]
            balance[k] = max(0.0, owed - reached)
            left -= here
            paid[k, t] = here
    return paid


def _partner_nets(model: Model, rows: dict[str, np.ndarray], put: np.ndarray, got: np.ndarray) -> np.ndarray:
    """What each partner has in hand, after its own tax on each new high of its running gain."""
    column = {name: model.partners[name].to_numpy("float64")[:, None] for name in ("fee_share", "land_sale_share")}
    own = got - put + rows["fee"] * column["fee_share"] + rows["land"] * column["land_sale_share"]
    highs = np.maximum.accumulate(np.maximum(np.cumsum(own, axis=1), 0.0), axis=1)
    tax = model.partners["tax_rate"].to_numpy("float64")[:, None] * np.diff(highs, axis=1, prepend=0.0)
    return own - tax
