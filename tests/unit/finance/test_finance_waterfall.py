"""Waterfalls worked by hand, and all that can be wrong with their terms."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files

import jsonschema
import pytest
from typer.testing import CliRunner

from qutb.cli.finance import finance_app
from qutb.finance import flow_faults, read_flows, share_out, terms_from


def _follows(schema, result):
    jsonschema.validate(result, json.loads(files("qutb.cli").joinpath(f"schema/{schema}.json").read_text("utf-8")))


PARTNERS = [
    {"id": "lp", "role": "investor", "capital_share": 0.9},
    {"id": "gp", "role": "sponsor", "capital_share": 0.1},
]
FUND = [
    {"id": "lp", "role": "investor", "capital_share": 1.0},
    {"id": "gp", "role": "sponsor"},
]


def _flows(tmp_path, *rows, head="date,amount"):
    file = tmp_path / "flows.csv"
    file.write_text("\n".join([head, *rows]), "utf-8")
    return read_flows(file)


def _shared(tmp_path, data, *rows, head="date,amount"):
    terms, faults = terms_from(data)
    assert faults == ()
    flows = _flows(tmp_path, *rows, head=head)
    assert flows.findings == () and flow_faults(terms, flows) == ()
    return share_out(terms, flows)


def _amounts(shared):
    return [
        [float(shared.tier_total(n, p)) for p in range(len(shared.terms.ids))] for n in range(len(shared.terms.tiers))
    ]


def test_capital_then_return_then_catch_up_then_carry(tmp_path):
    # By hand: 1,000 paid in; a year at 8% earns 80; the catch-up of 20 makes 20 of 100; of 400 left, 80 and 320.
    data = {
        "day_count": "months",
        "partners": FUND,
        "tiers": [
            {"kind": "return_of_capital"},
            {"kind": "preferred_return", "rate": "8 %"},
            {"kind": "catch_up", "target_share": 0.2},
            {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}},
        ],
    }
    shared = _shared(tmp_path, data, "2027-12-31,-1000", "2028-12-31,1500")
    assert _amounts(shared) == [[1000, 0], [80, 0], [0, 20], [320, 80]]
    assert shared.partners[1].promote == pytest.approx(100)  # 20% of the profit of 500
    assert shared.partners[0].returns.irr == pytest.approx(0.40)


def test_half_a_catch_up_takes_twice_as_long(tmp_path):
    # By hand: x with 0.5 x = 0.2 (80 + x): x = 53.33; the partner has 26.67, which is 20% of 133.33.
    tiers = [
        {"kind": "return_of_capital"},
        {"kind": "preferred_return", "rate": 0.08},
        {"kind": "catch_up", "share": 0.5, "target_share": 0.2},
        {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}},
    ]
    data = {"day_count": "months", "partners": FUND, "tiers": tiers}
    assert _amounts(_shared(tmp_path, data, "2027-01-01,-1000", "2028-01-01,1500"))[2] == [26.67, 26.67]


@pytest.mark.parametrize(
    ("compounding", "earned"),
    [
        ("simple", 240.0),
        ("annual", 259.712),  # 1.08 ** 3 - 1
        ("semiannual", 265.319018),  # 1.04 ** 6 - 1
        ("quarterly", 268.241795),  # 1.02 ** 12 - 1
        ("monthly", 270.237051),  # (1 + 0.08 / 12) ** 36 - 1
        ("continuous", 271.249150),  # exp(0.24) - 1
    ],
)
def test_a_preferred_return_compounds_as_agreed(tmp_path, compounding, earned):
    tiers = [
        {"kind": "return_of_capital"},
        {"kind": "preferred_return", "rate": 0.08, "compounding": compounding},
        {"kind": "residual", "split": {"gp": 1.0}},
    ]
    data = {"day_count": "30/360", "partners": FUND, "tiers": tiers}
    shared = _shared(tmp_path, data, "2027-01-31,-1000", "2030-01-31,2000")
    assert shared.paid_exact[:, 1, 0].sum() == pytest.approx(earned, abs=1e-6)


def test_a_hurdle_gives_the_investor_exactly_its_rate(tmp_path):
    # The investor's flows without the residual tier earn 12%: that is what the hurdle means.
    data = {
        "partners": PARTNERS,
        "tiers": [
            {"kind": "hurdle", "irr": 0.08},
            {"kind": "hurdle", "irr": 0.12, "promote": 0.2},
            {"kind": "residual", "promote": 0.4},
        ],
    }
    shared = _shared(
        tmp_path, data, "2027-01-31,-1000000", "2028-06-30,80000", "2030-01-31,-50000", "2032-01-31,2500000"
    )
    from qutb.finance import returns_of, years_365

    to_hurdle = shared.paid_exact[:, :2, 0].sum(axis=1) - [float(c[0]) for c in shared.called]
    assert returns_of(years_365(shared.days), to_hurdle).irr == pytest.approx(0.12, abs=1e-10)
    to_first = shared.paid_exact[:, 0, 0] - [float(c[0]) for c in shared.called]
    assert returns_of(years_365(shared.days), to_first).irr == pytest.approx(0.08, abs=1e-10)


def test_a_multiple_is_a_hurdle_too(tmp_path):
    # By hand: 900 of the investor x 1.5 = 1,350 at 90% of the tier: 1,500 in all; 500 left in halves.
    tiers = [{"kind": "hurdle", "multiple": 1.5}, {"kind": "residual", "split": {"lp": 0.5, "gp": 0.5}}]
    shared = _shared(tmp_path, {"partners": PARTNERS, "tiers": tiers}, "2027-01-01,-1000", "2028-01-01,2000")
    assert _amounts(shared) == [[1350, 150], [250, 250]]


def test_deal_by_deal_pays_a_promote_that_the_clawback_takes_back(tmp_path):
    # By hand, no preferred return: deal A earns 100, of which 20 promote; deal B loses 80. Profit 20, promote due 4.
    tiers = [{"kind": "return_of_capital"}, {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}}]
    clawback = {"partner": "gp", "test": "carry", "share": 0.2}
    data = {"style": "american", "partners": FUND, "tiers": tiers, "clawback": clawback}
    rows = ("2027-01-01,-100,A", "2027-01-01,-100,B", "2029-01-01,200,A", "2030-01-01,20,B")
    shared = _shared(tmp_path, data, *rows, head="date,amount,deal")
    assert _amounts(shared) == [[120, 0], [80, 20]]
    assert shared.clawback == (Decimal("16.00"), Decimal("-16.00"))
    whole = _shared(tmp_path, {**data, "style": "european"}, *rows, head="date,amount,deal")
    assert _amounts(whole) == [[200, 0], [16, 4]]
    assert whole.clawback == (0, 0)


def test_a_loss_is_carried_into_the_next_deal(tmp_path):
    tiers = [{"kind": "return_of_capital"}, {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}}]
    data = {"style": "american", "loss_carry_forward": True, "partners": FUND, "tiers": tiers}
    rows = ("2027-01-01,-100,A", "2027-01-01,-100,B", "2028-01-01,20,B", "2029-01-01,200,A")
    shared = _shared(tmp_path, data, *rows, head="date,amount,deal")
    assert _amounts(shared) == [[200, 0], [16, 4]]  # B lacks 80 when A pays 200: 100 + 80 of capital, 20 shared


def test_a_clawback_leaves_the_tax_paid(tmp_path):
    tiers = [{"kind": "return_of_capital"}, {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}}]
    clawback = {"test": "return", "rate": 0.0, "tax_rate": 0.5}
    data = {"style": "american", "partners": FUND, "tiers": tiers, "clawback": clawback}
    rows = ("2027-01-01,-100,A", "2027-01-01,-100,B", "2029-01-01,200,A", "2030-01-01,0,B")
    shared = _shared(tmp_path, data, *rows, head="date,amount,deal")
    assert shared.clawback[1] == Decimal("-10.00")  # 20 lacking, 20 of promote, half of it taxed


def test_a_catch_up_on_the_preferred_return_alone(tmp_path):
    tiers = [
        {"kind": "return_of_capital"},
        {"kind": "preferred_return", "rate": 0.1},
        {"kind": "catch_up", "target_share": 0.25, "of": "preferred_return"},
        {"kind": "residual", "split": {"lp": 0.8, "gp": 0.2}},
    ]
    data = {"day_count": "months", "partners": FUND, "tiers": tiers}
    assert _amounts(_shared(tmp_path, data, "2027-01-01,-1000", "2028-01-01,1125"))[1:3] == [[100, 0], [0, 25]]


BAD = {
    "terms:partners[1].capital_share": ({"partners": [{"id": "a", "capital_share": 1.2}]}, "FIN-SHARE-RANGE"),
    "terms:partners.capital_share": ({"partners": [{"id": "a", "capital_share": 0.4}]}, "FIN-SHARES-SUM"),
    "terms:tiers[1].split": ({"tiers": [{"kind": "residual", "split": {"lp": 0.8, "gp": 0.3}}]}, "FIN-SHARES-SUM"),
    "terms:tiers[1].split.x": (
        {"tiers": [{"kind": "residual", "split": {"lp": 0.8, "x": 0.2}}]},
        "FIN-PARTNER-UNKNOWN",
    ),
    "terms:tiers[1].rate": (
        {"tiers": [{"kind": "preferred_return", "rate": -0.08}, {"kind": "residual"}]},
        "FIN-NEGATIVE",
    ),
    "terms:tiers[1].kind": ({"tiers": [{"kind": "bonus"}, {"kind": "residual"}]}, "FIN-TERM-CHOICE"),
    "terms:tiers[1].irr": ({"tiers": [{"kind": "hurdle"}, {"kind": "residual"}]}, "FIN-TERM-MISSING"),
    "terms:tiers[1].hurdel": ({"tiers": [{"kind": "residual", "hurdel": 1}]}, "FIN-TERM-UNKNOWN"),
    "terms:tiers[1].share": (
        {"tiers": [{"kind": "catch_up", "share": 0.2, "target_share": 0.2}, {"kind": "residual"}]},
        "FIN-CATCH-UP-NEVER",
    ),
    "terms:tiers": ({"tiers": [{"kind": "return_of_capital"}]}, "FIN-NO-RESIDUAL"),
    "terms:day_count": ({"day_count": "365"}, "FIN-TERM-CHOICE"),
    "terms:clawback.partner": ({"clawback": {"partner": "x", "share": 0.2}}, "FIN-PARTNER-UNKNOWN"),
}


@pytest.mark.parametrize("where", BAD)
def test_a_bad_term_is_named_with_its_place(where):
    data, code = BAD[where]
    whole = {"partners": PARTNERS, "tiers": [{"kind": "residual"}], **data}
    _, faults = terms_from(whole)
    assert (code, (where,)) in {(f.code, f.where) for f in faults}


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        (("2027-01-01,-1", "2026-01-01,2"), "FIN-FLOW-ORDER", "row:3"),
        (("2027-13-01,-1", "2027-01-01,2"), "FIN-FLOW-DATE", "row:2"),
        (("2027-01-01,-1", "2028-01-01,two"), "FIN-FLOW-AMOUNT", "row:3"),
    ],
)
def test_a_bad_row_is_named(tmp_path, rows, code, where):
    assert [(f.code, f.where) for f in _flows(tmp_path, *rows).findings] == [(code, (where,))]


def test_two_currencies_are_not_added(tmp_path):
    flows = _flows(tmp_path, "2027-01-01,-1,MAD", "2028-01-01,2,EUR", head="date,amount,currency")
    assert [f.code for f in flows.findings] == ["FIN-CURRENCY"]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("-1 234,50", -1234.5),
        ('"-1,234.50"', -1234.5),
        ("(1234.5)", -1234.5),
        ('"10,000"', 10000.0),
        ('"0,125"', 0.125),
        ("1e6", 1e6),
    ],
)
def test_amounts_are_read_as_accountants_write_them(tmp_path, cell, amount):
    sign = ";" if cell == "-1 234,50" else ","
    flows = _flows(tmp_path, f"2027-01-01{sign}{cell}", head=f"date{sign}amount")
    assert flows.amounts.tolist() == [amount]


def test_the_commands_print_json_that_adds_up(tmp_path):
    (tmp_path / "t.toml").write_text(
        'currency = "MAD"\n[[partners]]\nid = "a"\ncapital_share = "60 %"\n[[partners]]\nid = "b"\nrole = "sponsor"\n'
        'capital_share = "40 %"\n[[tiers]]\nkind = "hurdle"\nirr = "10 %"\n[[tiers]]\n'
        'kind = "residual"\npromote = 0.3\n',
        "utf-8",
    )
    (tmp_path / "f.csv").write_text("date,amount\n2027-01-01,-1000.01\n2029-01-01,3333.33\n", "utf-8")
    done = CliRunner().invoke(finance_app, ["waterfall", str(tmp_path / "t.toml"), str(tmp_path / "f.csv"), "--json"])
    result = json.loads(done.stdout)
    assert done.exit_code == 0 and result["difference"] == 0 and result["project"] == 2333.32
    _follows("finance-waterfall", result)
    assert sum(t["amount"] for t in result["tiers"]) == pytest.approx(3333.33)
    found = CliRunner().invoke(finance_app, ["irr", str(tmp_path / "f.csv"), "--json"])
    assert json.loads(found.stdout)["sign_changes"] == 1
    _follows("finance-irr", json.loads(found.stdout))
    (tmp_path / "f.csv").write_text("date,amount\n2027-01-01,-1\n2026-01-01,2\n", "utf-8")
    refused = CliRunner().invoke(finance_app, ["irr", str(tmp_path / "f.csv"), "--json"])
    _follows("finance-irr", json.loads(refused.stdout))
    assert refused.exit_code == 3 and json.loads(refused.stdout)["findings"][0]["where"] == ["row:3"]
