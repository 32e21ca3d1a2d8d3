"""Rates of return beside figures that others have published.

- Microsoft, support page of XIRR and XNPV: five flows, XIRR 0.373362535, XNPV at 9% 2,086.65 (2086.647602).
- LibreOffice help, XIRR: five flows, 0.1828.
- Revitalize REI, Waterfall Distributions and Promote Structures: 1,000,000 of equity, 450,000 of profit, capital, 8%,
  full catch-up, 80/20: 360,000 of profit to the investor, 90,000 to the sponsor.
- Lorie and Savage 1955, Three Problems in Rationing Capital: the oil pump, -1,600, 10,000, -10,000: 25% and 400%.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from qutb.finance import FlowFile, irr_roots, reported_root, returns_of, share_out, terms_from, xnpv, years_365

_MICROSOFT = (
    [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)],
    [-10000.0, 2750.0, 4250.0, 3250.0, 2750.0],
)
_LIBREOFFICE = (
    [date(2001, 1, 1), date(2001, 2, 1), date(2001, 3, 15), date(2001, 5, 12), date(2001, 8, 10)],
    [-10000.0, 2000.0, 2500.0, 5000.0, 1000.0],
)


def test_xirr_and_xnpv_are_those_of_microsoft():
    days, amounts = _MICROSOFT
    assert returns_of(years_365(days), amounts).irr == pytest.approx(0.373362535, abs=2e-9)
    assert xnpv(0.09, days, amounts) == pytest.approx(2086.647602, abs=5e-7)


def test_xirr_is_that_of_libreoffice():
    days, amounts = _LIBREOFFICE
    assert returns_of(years_365(days), amounts).irr == pytest.approx(0.1828, abs=5e-5)


def test_the_oil_pump_has_its_two_rates_and_the_rule_takes_the_smaller():
    roots = irr_roots([0, 1, 2], [-1600.0, 10000.0, -10000.0])
    assert roots == pytest.approx((0.25, 4.0), rel=1e-12)
    assert reported_root(roots) == roots[0]


def test_random_flows_with_one_sign_change_agree_with_pyxirr():
    pyxirr = pytest.importorskip("pyxirr")
    draw = np.random.default_rng(7)
    for _ in range(200):
        days = [date(2027, 1, 1) + timedelta(days=int(d)) for d in np.cumsum(draw.integers(1, 90, 40))]
        amounts = np.where(np.arange(40) < 12, -1.0, 1.0) * draw.uniform(1, 100, 40)
        ours = returns_of(years_365(days), amounts)
        assert len(ours.roots) == ours.sign_changes == 1
        assert ours.irr == pytest.approx(pyxirr.xirr(days, amounts.tolist()), abs=1e-8)


def test_every_root_put_into_random_flows_is_found():
    draw = np.random.default_rng(11)
    for _ in range(100):
        rates = np.sort(draw.choice(np.arange(-60, 200, 7), size=int(draw.integers(1, 6)), replace=False)) / 100
        polynomial = np.poly(1 / (1 + rates))[::-1]  # in v = 1 / (1 + rate), coefficient of v**0 first
        found = irr_roots(range(len(polynomial)), polynomial)
        assert found == pytest.approx(tuple(rates), abs=1e-6)


def test_the_four_tiers_of_a_published_syndication():
    tiers = [
        {"kind": "return_of_capital"},
        {"kind": "preferred_return", "rate": "8 %", "compounding": "simple"},
        {"kind": "catch_up", "target_share": "20 %"},
        {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}},
    ]
    partners = [{"id": "lp", "capital_share": 1.0}, {"id": "gp", "role": "sponsor"}]
    terms, faults = terms_from({"partners": partners, "tiers": tiers})
    assert faults == ()
    flows = FlowFile(
        days=(date(2027, 1, 1), date(2030, 1, 1)),
        amounts=np.array([-1_000_000.0, 1_450_000.0]),
        partner=("", ""),
        deal=("", ""),
        rows=(2, 3),
        decimals=2,
        currency="",
        findings=(),
    )
    lp, gp = share_out(terms, flows).partners
    assert (lp.distributed - lp.contributed, gp.distributed) == (360_000, 90_000)
