"""What contradicts itself in the terms of a business model; each fault names its place."""

from __future__ import annotations

import numpy as np

from qutb.core import Finding
from qutb.finance.model import Model

__all__ = ["model_faults"]

_TOLERANCE = 1e-9
_SHARES = (
    "contingency", "studies_rate", "overhead_rate", "marketing_rate", "subdivision_rate", "subdivision_first_share",
    "deposit_share", "registration_rate", "fee_rate", "vat_costs_rate", "tax_rate", "sweep_share",
)  # fmt: skip
_POSITIVE = ("instalments", "term_instalments", "studies_months")


def model_faults(model: Model) -> tuple[Finding, ...]:
    """Shares outside 0..1 or not adding up, negative prices, a loan never paid back, months out of order."""
    return (*_scalar_faults(model), *_table_faults(model), *_partner_faults(model), *_loan_faults(model))


def _fault(code: str, where: str, **params: object) -> Finding:
    return Finding(code=code, severity="blocking", where=(f"terms:{where}",), params=params)


def _scalar_faults(model: Model) -> list[Finding]:
    found = []
    for name, value in model.scalars.items():
        if name in _SHARES and not 0 <= value <= 1:
            found.append(_fault("FIN-SHARE-RANGE", name, given=value))
        elif name in _POSITIVE and not value >= 1:
            found.append(_fault("FIN-TERM-RANGE", name, given=value, low=1, high=360))
        elif name.endswith(("_amount", "_month", "_months", "_per_m2")) and not value >= 0:
            found.append(_fault("FIN-NEGATIVE", name, given=value))
    return found


def _table_faults(model: Model) -> list[Finding]:
    found = [
        _fault("FIN-NEGATIVE", f"zones.{zone}.price_per_m2", given=float(price))
        for zone, price in model.zones["price_per_m2"].items()
        if not price >= 0
    ]
    for column in ("start_month", "months", "onsite_amount", "offsite_amount", "offsite_in_kind_amount"):
        wrong = model.phases[column][~(model.phases[column] >= 0)]
        found += [_fault("FIN-NEGATIVE", f"phases.{p}.{column}", given=float(v)) for p, v in wrong.items()]
    return found


def _partner_faults(model: Model) -> list[Finding]:
    partners, tiers = model.partners, model.tiers
    found = []
    for column, needed in _needed_shares(model).items():
        shares = partners[column].to_numpy("float64")
        found += [
            _fault("FIN-SHARE-RANGE", f"partners.{p}.{column}", given=float(v))
            for p, v in zip(partners.index, shares, strict=True)
            if not 0 <= v <= 1
        ]
        if needed and abs(shares.sum() - 1) > _TOLERANCE:
            found.append(_fault("FIN-SHARES-SUM", f"partners.{column}", total=100 * float(shares.sum())))
    splits = tiers[list(partners.index)].to_numpy("float64")
    for n, tier in enumerate(tiers.index):
        if abs(splits[n].sum() - 1) > _TOLERANCE or (splits[n] < 0).any():
            found.append(_fault("FIN-SHARES-SUM", f"tiers.{tier}", total=100 * float(splits[n].sum())))
        elif n < len(tiers) - 1 and not splits[n] @ partners["measured"].to_numpy("float64") > 0:
            found.append(_fault("FIN-HURDLE-NEVER", f"tiers.{tier}", partner=", ".join(partners.index)))
    return found


def _needed_shares(model: Model) -> dict[str, bool]:
    """Columns of shares, and whether anything is shared by them."""
    s = model.scalars
    return {
        "cash_share": True,
        "land_share": s["land_in_kind_amount"] > 0,
        "offsite_share": bool((model.phases["offsite_in_kind_amount"] > 0).any()),
        "fee_share": False,
        "land_sale_share": False,
        "tax_rate": False,
    }


def _loan_faults(model: Model) -> list[Finding]:
    s = model.scalars
    found = []
    if s["term_amount"] > 0:
        if s["term_first_month"] < s["term_month"]:
            found.append(
                _fault("FIN-LOAN-ORDER", "term_first_month", first=s["term_first_month"], drawn=s["term_month"])
            )
        if s["term_first_month"] + s["term_instalments"] > 360:
            months = s["term_first_month"] + s["term_instalments"]
            found.append(_fault("FIN-LOAN-NEVER", "term_instalments", months=months))
    if s["revolver_limit_amount"] > 0 and not s["sweep_share"] > 0:
        found.append(_fault("FIN-LOAN-NEVER", "sweep_share", months=np.inf))
    return found
