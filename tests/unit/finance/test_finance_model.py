"""The monthly model: identities, both engines, debt, faults, the step on the tiny pole."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fixtures.business import business_model
from qutb import finance, jobs
from qutb.core import blocking
from qutb.finance import (
    ROWS,
    break_even_price,
    cover,
    factors,
    model_faults,
    run_model,
    sculpted,
    simulate,
    what_if,
)

STRESS = (
    factors(),
    factors(price=0.8, cost=1.2, pace=1.7, delay_months=7.3, rate=0.01, growth=-0.005, subsidy=0.5, unsold=0.1),
    factors(price=3.0),
)


@pytest.fixture(scope="module")
def model():
    return business_model(zones=6, phases=2)


@pytest.mark.parametrize("drawn", STRESS)
def test_vat_collected_deducted_paid_and_credit_left_cancel(model, drawn):
    flows = run_model(model, drawn)
    left = flows["vat_collected"].sum() - flows["vat_deductible"].sum() - flows["vat_paid"].sum()
    assert left + flows["vat_credit"][-1] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("drawn", STRESS)
def test_cash_adds_up_and_loans_are_paid_back(model, drawn):
    flows = run_model(model, drawn)
    inflow = flows["net_before_finance"] - flows["interest"] + flows["term_draw"] - flows["term_repaid"]
    calls = flows["calls"] + flows["shortfall"] + flows["revolver_draw"] - flows["revolver_repaid"]
    assert np.cumsum(inflow + calls - flows["distribution"]) == pytest.approx(flows["cash"], abs=1e-3)
    assert flows["cash"].min() >= 0 and flows["term"][-1] == pytest.approx(0, abs=1e-4)
    assert flows.paid.sum(axis=0) == pytest.approx(flows["distribution"], abs=1e-4)
    partners = (flows.got - flows.put).sum()
    project = (flows["distribution"] - flows["calls"] - flows["shortfall"] - flows["in_kind"]).sum()
    assert partners == pytest.approx(project, abs=1e-3)


def test_works_and_sales_by_hand():
    # One phase of 1,200 over 12 months from month 0, no index: 100 a month. 10 m2 at 50 sold over 12 months from 12 on.
    plain = business_model(zones=1, phases=1, **dict.fromkeys(("indexation", "contingency"), 0.0))
    phases = plain.phases.assign(start_month=0.0, months=12.0, onsite_amount=1200.0, offsite_amount=0.0)
    zones = plain.zones.assign(area_m2=10.0, price_per_m2=50.0, growth=0.0, months=12.0, ceiling=1.0)
    flows = run_model(replace(plain, phases=phases, zones=zones))
    assert flows["onsite_works"][:13] == pytest.approx([100.0] * 12 + [0.0])
    assert flows["sales"].sum() == pytest.approx(500.0)
    assert np.flatnonzero(flows["sales"])[[0, -1]].tolist() == [12, 23]
    # By hand, smoothstep at 1/12: 3/144 - 2/1728 = 0.0196759; deposit 30% at once, the rest over 24 months after.
    assert flows["sales"][12] == pytest.approx(500 * (3 / 144 - 2 / 1728))
    assert flows["receipts"][12] == pytest.approx(0.3 * flows["sales"][12])
    assert flows["receipts"][13] == pytest.approx(0.3 * flows["sales"][13] + 0.7 / 24 * flows["sales"][12])
    assert flows["receipts"].sum() == pytest.approx(500.0)
    # Tax on subdivision 4% of 1,200: three quarters at the permit, the rest with the certificate of conformity.
    assert flows["subdivision_tax"][[0, 11]] == pytest.approx([36.0, 12.0])


@pytest.mark.parametrize("drawn", STRESS)
def test_the_kernel_and_the_plain_engine_are_one_model(model, drawn):
    from qutb.kernels import run_months

    flows = run_model(model, drawn)
    out = [np.zeros_like(a) for a in (flows.rows, flows.paid, flows.put, flows.got, flows.net)]
    run_months(*model.arrays, drawn, *out)
    for ours, theirs in zip((flows.rows, flows.paid, flows.put, flows.got, flows.net), out, strict=True):
        assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-3)


def test_draws_give_what_single_runs_give(model):
    drawn = np.array(STRESS)
    table = simulate(model, drawn)
    for n, one in enumerate(STRESS):
        flows = run_model(model, one)
        worth = finance.present_value(flows.project, 0.08)
        assert table["npv_amount"][n] == pytest.approx(worth, rel=1e-9)
        assert table["shortfall_amount"][n] == pytest.approx(flows["shortfall"].sum(), rel=1e-9)
        assert table["npv_state"][n] == pytest.approx(finance.present_value(flows.net[2], 0.08), rel=1e-9)


def test_llcr_is_dscr_under_sculpted_debt():
    available = np.array([120.0, 80.0, 140.0, 60.0, 90.0])
    amount, interest, principal = sculpted(available, 1.35, 0.06)
    found = cover(available, interest, principal, 0.06)
    assert found.dscr == pytest.approx(1.35, abs=1e-12)
    assert found.llcr == pytest.approx(1.35, abs=1e-9)
    assert principal.sum() == pytest.approx(amount, abs=1e-9)


def test_the_break_even_price_is_where_the_value_is_zero(model):
    price = break_even_price(model)
    assert abs(what_if(model, price=price)["project"]) < 1e-4 * abs(what_if(model)["project"])


BAD = {
    "terms:deposit_share": ({"deposit_share": 1.2}, "FIN-SHARE-RANGE"),
    "terms:land_amount": ({"land_amount": -1.0}, "FIN-NEGATIVE"),
    "terms:instalments": ({"instalments": 0.0}, "FIN-TERM-RANGE"),
    "terms:term_instalments": ({"term_instalments": 400.0}, "FIN-LOAN-NEVER"),
    "terms:term_first_month": ({"term_first_month": 3.0}, "FIN-LOAN-ORDER"),
    "terms:sweep_share": ({"sweep_share": 0.0}, "FIN-LOAN-NEVER"),
}


@pytest.mark.parametrize("where", BAD)
def test_a_bad_input_is_named_with_its_place(model, where):
    changed, code = BAD[where]
    assert (code, (where,)) in {(f.code, f.where) for f in model_faults(model.with_scalars(**changed))}


def test_shares_that_do_not_add_up_and_negative_prices_are_named(model):
    assert model_faults(model) == ()
    partners = model.partners.assign(cash_share=[0.5, 0.6, 0.0])
    zones = model.zones.assign(price_per_m2=-1.0)
    tiers = model.tiers.assign(state=0.5)
    found = {f.code for f in model_faults(replace(model, partners=partners, zones=zones, tiers=tiers))}
    assert found >= {"FIN-SHARES-SUM", "FIN-NEGATIVE"}


@pytest.fixture(scope="module")
def tiny():
    from fixtures.tiny import tiny_plan, tiny_pole
    from qutb import capacity, cost, plan, uptake

    pole = tiny_pole()
    a, values = tiny_plan(), pole.values
    fabric = plan.fabric_run(shapes=a.shapes, site=pole.site)
    validity = plan.validity_run(plan=a, fabric=fabric, site=pole.site, values=values)
    held = capacity.run(plan=a, fabric=fabric, brief=pole.brief, values=values)
    bill = cost.run(plan=a, fabric=fabric, validity=validity, capacity=held, values=values)
    known = {
        "plan": a, "fabric": fabric, "validity": validity, "capacity": held, "cost": bill, "brief": pole.brief,
        "actors": pole.actors, "values": values, "site": pole.site, "seed": 0, "effort": "draft",
        "commitments": pole.commitments,
    }  # fmt: skip
    wanted = inspect.signature(uptake.run).parameters
    known["uptake"] = uptake.run(**{k: v for k, v in known.items() if k in wanted})
    return known


def _finance(tiny, **changed):
    names = ("plan", "fabric", "capacity", "cost", "uptake", "brief", "commitments", "values", "effort")
    return finance.run(**{n: {**tiny, **changed}[n] for n in names})


def test_the_step_fills_its_tables(tiny):
    result = _finance(tiny)
    assert not blocking(result.findings)
    for name, table in result.TABLES.items():
        frame = getattr(result, name)
        assert [*frame.columns] == [c.name for c in table if c.name != table.key], name
    # By hand: A-17 is 52 m x 60 m of apartments at 1,400 a m2.
    assert result.plots.at["A-17", "sales_amount"] == pytest.approx(52 * 60 * 1400)
    assert result.plots.at["C-2", "zone"] == ""
    assert result.plots["cross_subsidy_amount"].sum() == pytest.approx(
        result.plots["sales_amount"].sum() - result.pole.at["pole", "costs_amount"]
    )
    shared = result.shares["amount"].sum()
    assert shared == pytest.approx(result.months["distribution_amount"].sum(), abs=0.005)


def test_money_promised_to_the_project_comes_when_promised(tiny):
    row = {
        "object": "subsidy", "debtor": "fund", "creditor": "project", "quantity": np.nan, "unit": None,
        "amount": 5e6, "promised_date": "2028-06-30", "status": "voted", "source": None,
    }  # fmt: skip
    promised = pd.DataFrame([row, row | {"status": "wished"}], index=pd.Index(["s1", "s2"], name="id"))
    result = _finance(tiny, commitments=promised)
    came = result.months["subsidies_amount"]
    assert came.sum() == 5e6 and str(result.months["date"][came > 0].iloc[0]) == "2028-06-01"


def test_a_cash_ceiling_that_is_broken_is_a_finding(tiny):
    from qutb.pole import Target

    brief = replace(tiny["brief"], targets=(Target(measure="finance.peak_exposure_amount", high=1000.0),))
    result = _finance(tiny, brief=brief)
    assert "FIN-CASH-CEILING" in {f.code for f in result.findings}
    assert result.checks[0].verdict == "not_met"


def test_without_prices_no_model_is_made(tiny):
    from qutb.pack import Values

    values = tiny["values"]
    bare = Values({k: p for k, p in values.parameters.items() if "sale_price" not in k}, values.catalogues, values.when)
    result = _finance(tiny, values=bare)
    assert result.status == "refused" and [f.code for f in result.findings] == ["FIN-NO-TERMS"]


def test_jobs_are_ranges_with_their_rows(tiny):
    money = _finance(tiny)
    found = jobs.run(
        plan=tiny["plan"], capacity=tiny["capacity"], cost=tiny["cost"], finance=money, values=tiny["values"]
    )
    row = found.pole.loc["pole"]
    for name in ("direct_job_years", "indirect_job_years", "building_job_years", "operating_jobs"):
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    # By hand: a month's people at work are job-years x 12, so their sum over 12 is the job-years again.
    assert found.months["people_at_work"].sum() / 12 == pytest.approx(row["direct_job_years"])
    assert found.ratios["source"].str.len().min() > 0
    earth = found.trades.loc["earthworks"]
    assert earth["direct_job_years"] == pytest.approx(earth["cost_amount"] * 0.18 / 72_000)
    for name, table in found.TABLES.items():
        assert [*getattr(found, name).columns] == [c.name for c in table if c.name != table.key], name


def test_every_row_of_the_engine_has_words():
    from qutb.text import label

    for row in ROWS:
        assert label("finance.sold_area_m2" if row == "sold_area" else f"finance.{row}_amount", "ar")
