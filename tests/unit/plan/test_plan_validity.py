"""Each defect is named, with its place, its amount and words in three languages."""

import pytest

from fixtures import defects
from fixtures.tiny import tiny_plan, tiny_site
from qutb.core import Finding
from qutb.plan import Plan, fabric_run, validity_run
from qutb.text import LANGUAGES, hint, message


def judged(plan, site=None):
    site = site or tiny_site()
    return validity_run(plan=plan, fabric=fabric_run(shapes=plan.shapes, site=site), site=site, values=None)


def codes(plan, site=None) -> dict[str, Finding]:
    return {f.code: f for f in judged(plan, site).findings}


def test_the_tiny_plan_has_nothing_wrong():
    result = judged(tiny_plan())
    assert result.findings == ()
    assert result.not_seen == ()


def test_the_balance_adds_up_to_the_site():
    balance = judged(tiny_plan()).balance
    assert balance.loc["housing_apartment", "area_m2"] == pytest.approx(3_120.0)
    assert balance.loc["right_of_way", "share_of_site"] == pytest.approx(5_840 / 30_800)
    assert balance["area_m2"].sum() == pytest.approx(30_800.0)


@pytest.mark.parametrize("make", [defects.plan_with_overlap, defects.plan_with_plot_outside, defects.plan_with_gap])
def test_the_balance_of_a_broken_plan_still_adds_up_to_the_site(make):
    assert judged(make()).balance["area_m2"].sum() == pytest.approx(30_800.0)


@pytest.mark.parametrize(
    ("make", "code", "severity", "place", "value"),
    [
        (defects.plan_with_overlap, "PLAN-OVERLAP", "blocking", "plot:A-16", 120.0),
        (defects.plan_with_thin_overlap, "PLAN-OVERLAP-THIN", "warning", "plot:A-17", 3.0),
        (defects.plan_with_plot_twice, "PLAN-PLOT-TWICE", "blocking", "plot:D-2b", 3120.0),
        (defects.plan_with_plot_outside, "PLAN-OUTSIDE", "blocking", "plot:B-2", 600.0),
        (defects.plan_with_bow_tie, "PLAN-INVALID", "blocking", "plot:D-2", 1560.0),
        (defects.plan_with_sliver, "PLAN-SLIVER", "warning", "plot:D-3", 0.4),
        (defects.plan_without_front, "PLAN-NO-FRONT", "blocking", "plot:A-18", 1560.0),
        (defects.plan_with_streets_in_two_pieces, "PLAN-STREETS-APART", "blocking", "street:L", 40.0),
        (defects.plan_with_streets_untied, "PLAN-STREETS-UNTIED", "blocking", "street:M", 330.0),
        (defects.plan_with_street_short, "PLAN-STREET-SHORT", "warning", "street:L", 2.0),
        (defects.plan_with_bridge, "PLAN-STREETS-APART", "blocking", "street:V", 140.0),
        (defects.plan_with_street_twice, "PLAN-STREET-TWICE", "warning", "street:M", 110.0),
        (defects.plan_with_street_without_length, "PLAN-STREET-ZERO", "warning", "street:Z", 0.0),
        (defects.plan_with_phase_apart, "PLAN-PHASE-APART", "blocking", "street:L", 140.0),
    ],
)
def test_a_defect_is_found_where_it_is_with_its_amount(make, code, severity, place, value):
    found = codes(make())[code]
    assert found.severity == severity
    assert place in found.where
    assert found.params["value"] == pytest.approx(value)


def test_a_gap_is_named_by_a_point_inside_it():
    found = codes(defects.plan_with_gap())["PLAN-GAP"]
    assert found.where[0].startswith("xy:4140")
    assert found.params["value"] == pytest.approx(1530.0)


def test_plots_serviced_before_their_street_are_named():
    found = codes(defects.plan_with_late_street())["PLAN-PHASE-FRONT"]
    assert found.where == tuple(f"plot:{p}" for p in ("A-16", "A-17", "C-1", "C-2", "C-3"))


def test_ranks_of_phases_have_no_holes():
    assert codes(defects.plan_with_holes_in_phases())["PLAN-PHASE-RANKS"].params["found"] == ["1", "3"]


def test_a_confirmed_constraint_blocks_and_an_assumed_one_warns():
    confirmed = codes(tiny_plan(), defects.site_with_constraint())["PLAN-CONSTRAINT"]
    assert confirmed.severity == "blocking"
    assert confirmed.where == ("plot:C-1", "plot:C-3", "plot:D-1", "plot:D-2")
    assert confirmed.params["value"] == pytest.approx(4 * 52 * 20)
    assumed = codes(tiny_plan(), defects.site_with_constraint("assumed"))["PLAN-CONSTRAINT-UNSURE"]
    assert assumed.severity == "warning"


def test_a_use_that_the_constraint_allows_is_left_in_peace():
    site = defects.site_with_constraint(allowed="facility worship hotel retail")
    assert "PLAN-CONSTRAINT" not in codes(tiny_plan(), site)


@pytest.mark.parametrize(("status", "severity"), [("promised", "note"), ("disputed", "warning")])
def test_land_not_released_is_told_with_its_plots_and_date(status, severity):
    found = codes(tiny_plan(), defects.site_with_land_held(status))["PLAN-LAND-LATER"]
    assert found.severity == severity
    assert found.where == ("parcel:T-2", "plot:B-1", "plot:B-2", "plot:D-1", "plot:D-2")
    # by hand: (8 + 52) x 60 in the north, (8 + 52) x 50 in the south
    assert found.params["value"] == pytest.approx(3600 + 3000)
    assert found.params["date"] == "2029-06-30"


def test_land_not_released_under_the_first_phase_blocks():
    plan = tiny_plan().with_plot("B-2", phase="P1")
    found = codes(plan, defects.site_with_land_held())["PLAN-LAND-FIRST"]
    assert found.where == ("parcel:T-2", "plot:B-2")


def test_site_without_a_title_is_measured():
    found = codes(tiny_plan(), defects.site_with_land_held())["PLAN-LAND-NONE"]
    assert found.params["value"] == pytest.approx(2_200.0)  # 220 x 10


def test_zone_rules_are_held_against_plots():
    found = codes(defects.plan_with_zone_rules())
    assert found["PLAN-ZONE-USE"].params["found"] == ["housing_apartment"]
    assert found["PLAN-ZONE-COVERAGE"].params["value"] == 0.5
    assert found["PLAN-ZONE-FAR"].params["value"] == 2.0
    assert found["PLAN-ZONE-AREA"].params["value"] == pytest.approx(3_120.0)
    assert found["PLAN-ZONE-FRONT"].params["value"] == pytest.approx(112.0)
    assert all(f.where == ("plot:A-17",) for f in found.values())


def test_a_repair_is_proposed_and_not_applied():
    plan = defects.plan_with_bow_tie()
    result = judged(plan)
    assert result.repairs["plot_id"].tolist() == ["D-2"]
    assert result.repairs.geometry.is_valid.all()
    assert not plan.plots.geometry["D-2"].is_valid


def test_a_change_of_use_is_judged_on_the_same_fabric():
    plan, site = tiny_plan(), defects.site_with_constraint()
    fabric = fabric_run(shapes=plan.shapes, site=site)
    greener = plan.with_plot("C-1", use="green")
    assert greener.shapes.digest == plan.shapes.digest
    found = validity_run(plan=greener, fabric=fabric, site=site, values=None).findings
    assert "plot:C-1" not in found[0].where


def test_a_plan_of_zones_without_streets_is_judged_as_far_as_it_goes():
    result = judged(defects.plan_of_zones())
    assert {"PLAN-NO-STREETS", "PLAN-NO-LOTS"} <= set(result.not_seen)
    assert result.balance["area_m2"].sum() == pytest.approx(30_800.0)


def test_zero_plots_is_a_finding_and_the_balance_stands():
    result = judged(Plan.build(name="empty", crs="local"))
    assert [f.code for f in result.findings] == ["PLAN-NO-PLOTS"]
    assert result.status == "partial"
    assert result.balance["area_m2"].sum() == pytest.approx(30_800.0)


def test_every_finding_reads_in_three_languages_with_nothing_left_blank():
    plans = [getattr(defects, name)() for name in dir(defects) if name.startswith("plan_")]
    findings = [f for plan in plans for f in judged(plan, defects.site_with_constraint()).findings]
    findings += judged(tiny_plan(), defects.site_with_land_held()).findings
    for finding in findings:
        for lang in LANGUAGES:
            assert "{" not in message(finding, lang) + hint(finding, lang), finding
