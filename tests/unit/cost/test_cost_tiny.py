"""The cost of ``pole_tiny``, worked by hand with the pack's ratios and assumed prices.

Streets, all phase P1: M 220 m x 20 m = 4,400 m2 (collector), L 140 m x 12 m = 1,680 m2 (local). They share
20 x 12 = 240 m2 at the crossing, so each m2 counts (6,080 - 240) / 6,080. Blocks of 104 x 60 = 6,240 m2: A and C
are phase P1, B and D phase P2. Eight of nine plots are served (not the green).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb import capacity, cost
from qutb.core import Finding
from qutb.pack import Values
from qutb.plan import STREETS, Plan, empty_table, fabric_run, validity_run
from qutb.text import hint, label, message

SITE = 220 * 140
ONCE = (6080 - 240) / 6080
VA_P2 = (7488 / 81 + 26) * 3000 + (3120 + 3744 + 3120) * 40  # B-1, B-2; work in B-2, D-1, D-2


def cost_of(plan: Plan, values: Values | None = None, findings: tuple[Finding, ...] = ()) -> cost.Cost:
    pole = tiny_pole(values=values, plan=plan)
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    validity = validity_run(plan=plan, fabric=fabric, site=pole.site, values=pole.values)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    validity = replace(validity, findings=findings)
    return cost.run(plan=plan, fabric=fabric, validity=validity, capacity=held, values=pole.values)


@cache
def tiny() -> cost.Cost:
    return cost_of(tiny_plan())


def with_prices(change) -> Values:
    """The pack's values with a changed price book, as a pole's own prices.csv would."""
    values = tiny_pole().values
    rows = [dict(row) for row in values.catalogue("prices")]
    return values.with_overrides({}, {"prices": change(rows)})


BY_HAND = {
    "P1-site_preparation-onsite/site_preparation.clearing": (2 * 6240 + 5840, 6.8),
    "P2-site_preparation-onsite/site_preparation.clearing": (2 * 6240, 6.8),
    "P1-roads-onsite/roads.carriageway_main": (4400 * ONCE * 0.55, 500),
    "P1-roads-onsite/roads.carriageway_local": (1680 * ONCE * 0.6, 380),
    "P1-roads-onsite/roads.footway": (4400 * ONCE * 0.45 + 1680 * ONCE * 0.4, 280),
    "P1-roads-onsite/roads.kerb": (2 * 360, 150),
    "P1-water-onsite/water.main": (360, 1080),
    "P1-water-onsite/water.hydrant": (360 / 150, 14_400),
    "P2-water-onsite/water.connection": (4, 4200),
    "P1-sewer-onsite/sewer.main": (360, 1850),
    "P1-sewer-onsite/sewer.manhole": (360 / 40, 11_000),
    "P1-storm-onsite/storm.main": (180, 2000),
    "P1-storm-onsite/storm.gully": (360 / 50, 6700),
    "P1-power-onsite/power.mv_cable": (360 * 0.4, 770),
    "P1-power-onsite/power.lv_cable": (360 * 1.5, 640),
    "P1-power-onsite/power.substation": ((4 + 52) * 3000, 0.83),  # 830 for a kVA; no work in A and C
    "P2-power-onsite/power.substation": (VA_P2, 0.83),
    "P1-lighting-onsite/lighting.point": ((220 * 2 + 140) / 30, 25_500),  # M is lit on both sides
    "P1-fibre-onsite/fibre.duct": (360, 280),
    "P1-green-onsite/green.planting": (52 * 30, 120),
    "P1-green-onsite/green.tree": (360 / 10, 1660),
    "P1-power-offsite/offsite.power": (SITE, 54),
}


@pytest.mark.parametrize("item", BY_HAND)
def test_an_item_costs_what_the_hand_says(item):
    quantity, price = BY_HAND[item]
    row = tiny().items.loc[item]
    assert row["quantity"] == pytest.approx(quantity, rel=1e-12)
    assert row["unit_price"] == pytest.approx(price, rel=1e-12)
    assert row["cost_amount"] == pytest.approx(quantity * price, rel=1e-12)
    assert row["work_package"] == item.partition("/")[0]


def test_land_prepared_is_the_whole_site_once():
    land = tiny().items[tiny().items["price_key"] == "earthworks.grading"]
    assert land["quantity"].sum() == pytest.approx(SITE, rel=1e-12)


def test_works_off_site_are_74_per_gross_m2_in_the_first_phase():
    # by hand: 8 + 6 + 4 + 54 + 2, see the derivation in prices.csv
    assert tiny().phases.at["P1", "offsite_cost_amount"] == pytest.approx(74 * SITE)
    assert tiny().phases.at["P2", "offsite_cost_amount"] == 0


def test_phases_and_trades_add_up_to_the_pole():
    for amount in ("onsite_cost_amount", "offsite_cost_amount", "cost_amount"):
        for end in ("_low", "", "_high"):
            whole = tiny().pole.at["pole", f"{amount}{end}"]
            assert tiny().phases[f"{amount}{end}"].sum() == pytest.approx(whole, rel=1e-12)
            assert tiny().trades[f"{amount}{end}"].sum() == pytest.approx(whole, rel=1e-12)
    assert tiny().phases["share_of_cost"].sum() == pytest.approx(1)


def test_rates_are_cost_over_land_plots_and_dwellings():
    row = tiny().pole.loc["pole"]
    assert row["onsite_cost_per_gross_m2"] == pytest.approx(row["onsite_cost_amount"] / SITE)
    assert row["cost_per_plot"] == pytest.approx(row["cost_amount"] / 8)
    assert row["cost_per_dwelling"] == pytest.approx(row["cost_amount"] / (4 + 52 + 7488 / 81 + 26))


def test_a_plan_with_few_streets_costs_less_than_any_known_operation_and_says_so():
    # 117 m of street a hectare, the reference hectare has 180
    row = tiny().pole.loc["pole"]
    assert row["onsite_cost_per_gross_m2"] < 257
    finding = next(f for f in tiny().findings if f.code == "COST-ONSITE-LOW")
    assert finding.params["value"] == row["onsite_cost_per_gross_m2"]
    assert (finding.params["limit_low"], finding.params["limit_high"]) == (257, 475)
    assert finding.params["unit"] == "MAD/m2"
    assert tiny().checks[0].verdict == "comparator_not_met"


def test_a_dear_plan_is_named_too():
    dear = cost_of(tiny_plan(), with_prices(_times(3)))
    assert "COST-ONSITE-HIGH" in {f.code for f in dear.findings}


def test_the_known_operations_stand_beside_the_plan():
    operations = tiny().operations
    assert operations.at["wahat_al_mouhit", "per_gross_m2"] == 257
    assert operations.at["settapark", "per_gross_m2"] == 475
    assert (operations["source"] != "").all()
    assert set(operations["scope"]) == {"whole", "partial"}


def test_assumed_prices_and_the_ratio_off_site_are_said():
    said = {f.code: f.params for f in tiny().findings}
    assert said["COST-ASSUMED"]["items"] == said["COST-ASSUMED"]["of"] == len(tiny().items)
    assert "COST-OFFSITE-RATIO" in said


def test_blocking_findings_of_the_plan_are_said():
    blocked = cost_of(tiny_plan(), findings=(Finding(code="PLAN-OVERLAP", severity="blocking"),))
    note = next(f for f in blocked.findings if f.code == "COST-ON-BLOCKING")
    assert note.params["findings"] == 1


def test_an_existing_street_is_not_built_again():
    plan = tiny_plan()
    streets = plan.streets.assign(status=["existing", "planned"])
    plan = Plan.build(name="plan", crs=plan.crs, plots=plan.plots, streets=streets, phases=plan.phases)
    assert "P1-roads-onsite/roads.carriageway_local" not in cost_of(plan).items.index


def test_plots_without_a_phase_are_kept_apart():
    loose = cost_of(tiny_plan().with_plot("A-17", phase=None))
    assert list(loose.phases.index) == ["P1", "P2", "unphased"]
    assert loose.phases.at["unphased", "cost_amount"] > 0
    assert loose.phases["cost_amount"].sum() == pytest.approx(loose.pole.at["pole", "cost_amount"])


def test_a_plan_without_streets_is_priced_in_part_and_not_judged():
    plan = tiny_plan()
    bare = cost_of(Plan.build(name="bare", crs=plan.crs, plots=plan.plots, streets=empty_table(STREETS, plan.crs)))
    assert bare.status == "partial"
    assert "COST-UNSEEN-STREETS" in bare.not_seen
    assert bare.checks[0].verdict == "not_evaluated"
    assert "COST-ONSITE-LOW" not in {f.code for f in bare.findings}


def test_a_plan_without_dwellings_has_no_cost_per_dwelling():
    plan = tiny_plan()
    for plot in ("A-16", "A-17", "B-1", "B-2"):
        plan = plan.with_plot(plot, use="green", dwellings=np.nan, floor_area_ratio=np.nan)
    plan = Plan.build(name="plan", crs=plan.crs, plots=plan.plots, streets=plan.streets, phases=plan.phases)
    assert np.isnan(cost_of(plan).pole.at["pole", "cost_per_dwelling"])


def _times(factor: float):
    def change(rows):
        return [{**r, **{c: str(float(r[c]) * factor) for c in ("low", "central", "high")}} for r in rows]

    return change


def test_a_pole_can_bring_its_own_prices():
    doubled = cost_of(tiny_plan(), with_prices(_times(2)))
    assert doubled.pole.at["pole", "cost_amount"] == pytest.approx(2 * tiny().pole.at["pole", "cost_amount"])


def _edited(key: str, **cells: str):
    def change(rows):
        return [{**r, **(cells if r["price_key"] == key else {})} for r in rows]

    return change


def test_a_missing_price_is_named_and_left_out_of_the_total():
    short = cost_of(tiny_plan(), with_prices(lambda rows: [r for r in rows if r["price_key"] != "roads.kerb"]))
    finding = next(f for f in short.findings if f.code == "COST-NO-PRICE")
    assert finding.where == ("price:roads.kerb",)
    assert short.status == "partial"
    left = tiny().pole.at["pole", "cost_amount"] - 2 * 360 * 150
    assert short.pole.at["pole", "cost_amount"] == pytest.approx(left)
    assert short.items.at["P1-roads-onsite/roads.kerb", "status"] == "missing"


@pytest.mark.parametrize(
    "cells",
    [
        {"central": "dear"},
        {"low": "900"},
        {"high": "inf"},
        {"low": "-1"},
        {"tax_basis": "incl_tax"},
        {"status": "sure"},
        {"central": "nan"},
    ],
)
def test_an_unusable_price_is_named(cells):
    found = cost_of(tiny_plan(), with_prices(_edited("roads.kerb", **cells))).findings
    assert {("COST-PRICE-UNREADABLE", ("price:roads.kerb",)), ("COST-NO-PRICE", ("price:roads.kerb",))} <= {
        (f.code, f.where) for f in found
    }


def test_a_price_for_another_unit_is_named():
    found = cost_of(tiny_plan(), with_prices(_edited("roads.kerb", unit="m2"))).findings
    finding = next(f for f in found if f.code == "COST-PRICE-UNIT")
    assert (finding.params["unit_given"], finding.params["unit_needed"]) == ("m2", "m")


def test_a_price_by_the_hectare_is_turned_into_one_by_the_m2():
    by_hectare = _edited("earthworks.grading", unit="ha", low="231000", central="306000", high="428000")
    assert cost_of(tiny_plan(), with_prices(by_hectare)).pole.at["pole", "cost_amount"] == pytest.approx(
        tiny().pole.at["pole", "cost_amount"]
    )


def test_a_price_that_stands_twice_is_named():
    twice = cost_of(tiny_plan(), with_prices(lambda rows: [*rows, rows[0]]))
    assert "COST-PRICE-TWICE" in {f.code for f in twice.findings}


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_every_finding_and_check_speaks(lang):
    broken = cost_of(tiny_plan(), with_prices(_edited("roads.kerb", unit="m2", central="dear")))
    for about in (*tiny().findings, *tiny().checks, *broken.findings):
        assert "{" not in message(about, lang) + hint(about, lang)


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_every_column_and_trade_has_a_label(lang):
    for table in cost.Cost.TABLES.values():
        for column in table:
            if column.name != table.key:
                label(f"cost.{column.name.removesuffix('_low').removesuffix('_high')}", lang)
    for trade in tiny().trades.index:
        label(f"trade.{trade}", lang)


def test_tables_have_the_columns_they_declare():
    for name, table in cost.Cost.TABLES.items():
        frame = getattr(tiny(), name)
        assert {table.key, *frame.columns} == {c.name for c in table}, name
        assert frame.index.name == table.key
