"""Floor and dwellings from what a plan gives, at each grain. Plots are squares of 10,000 m2."""

from __future__ import annotations

import pandas as pd
import pytest

from fixtures.held import codes, floors, held, overridden, square_plots


def only(result):
    return result.plots.iloc[0]


def test_floor_is_area_times_ratio():
    assert only(held(square_plots({"floor_area_ratio": 1.2})))["floor_area_m2"] == pytest.approx(12_000)


def test_without_ratio_floor_is_coverage_times_storeys():
    row = only(held(square_plots({"ground_coverage_ratio": 0.4, "storeys": 3})))
    assert row["floor_area_m2"] == pytest.approx(12_000)
    assert row["floor_basis"] == "coverage_and_storeys"


def test_a_housing_plot_without_floor_is_named_and_holds_nothing():
    result = held(square_plots({"storeys": 3}))
    assert codes(result) == ["CAP-NO-FLOOR"]
    assert result.findings[0].where == ("plot:p0",)
    assert result.status == "partial"
    assert "CAP-NS-FLOOR" in result.not_seen
    assert only(result)["dwellings"] == 0


def test_dwellings_given_without_floor_are_counted_and_noted():
    result = held(square_plots({"dwellings": 30}))
    assert only(result)["dwellings"] == 30
    assert only(result)["dwellings_low"] == 30
    assert "CAP-NO-FLOOR-COUNTED" in codes(result)
    assert "CAP-NO-FLOOR" not in codes(result)
    assert result.status == "complete"


def test_floors_by_use_stand_over_the_ratio_and_a_difference_is_told():
    plan = square_plots(
        {"use": "mixed", "floor_area_ratio": 2.0},
        plot_floors=floors(("p0", "housing_apartment", 12_000), ("p0", "office", 4_500)),
    )
    result = held(plan)
    assert only(result)["floor_area_m2"] == 16_500
    assert only(result)["dwellings"] == pytest.approx(12_000 / 120)
    assert only(result)["jobs"] == pytest.approx(4_500 / 22.5)
    finding = next(f for f in result.findings if f.code == "CAP-FLOORS-DISAGREE")
    assert finding.params["value"] == pytest.approx(20_000 / 16_500 - 1, abs=0.05)


def test_mixed_floor_without_split_takes_the_shares_of_the_pack():
    result = held(square_plots({"use": "mixed", "floor_area_ratio": 1.0}))
    assert only(result)["residential_floor_area_m2"] == pytest.approx(6_000)  # 60 %
    assert only(result)["economic_floor_area_m2"] == pytest.approx(4_000)
    assert "CAP-MIXED-NO-SPLIT" in codes(result)


def test_floors_of_a_plot_that_is_not_there_are_named():
    plan = square_plots({"floor_area_ratio": 1.0}, plot_floors=floors(("lost", "office", 100)))
    finding = next(f for f in held(plan).findings if f.code == "CAP-FLOORS-NO-PLOT")
    assert finding.where == ("plot:lost",)


@pytest.mark.parametrize("ratio", [None, 0.02, 0.6])
def test_a_villa_lot_holds_one_villa_whatever_its_floor(ratio):
    row = only(held(square_plots({"use": "housing_villa", "floor_area_ratio": ratio})))
    assert (row["dwellings_low"], row["dwellings"], row["dwellings_high"]) == (1, 1, 1)


def test_a_villa_zone_is_reckoned_from_its_floor():
    result = held(square_plots({"use": "housing_villa", "detail": "zone", "floor_area_ratio": 0.26}))
    assert only(result)["dwellings"] == pytest.approx(2_600 / 260)
    assert "CAP-NS-NET-PLOTS" in result.not_seen


def test_a_self_build_lot_holds_one_to_three_households():
    bare = only(held(square_plots({"use": "self_build_row"})))
    assert (bare["dwellings_low"], bare["dwellings"], bare["dwellings_high"]) == (1, 1, 3)
    assert bare["dwellings_standing"] == "assumed"
    tall = only(held(square_plots({"use": "self_build_row", "floor_area_ratio": 3.0})))
    assert tall["dwellings"] == 3
    small = only(held(square_plots({"use": "self_build_row", "floor_area_ratio": 0.022})))
    assert small["dwellings"] == pytest.approx(220 / 110)


def test_dwellings_that_would_be_cupboards_are_doubted():
    result = held(square_plots({"floor_area_ratio": 1.0, "dwellings": 500}))
    finding = next(f for f in result.findings if f.code == "CAP-DWELLINGS-CROWDED")
    assert finding.params["value"] == pytest.approx(20)
    assert finding.params["limit"] == 25


def test_dwellings_on_a_warehouse_plot_are_told():
    result = held(square_plots({"use": "logistics", "floor_area_ratio": 0.5, "dwellings": 2}))
    assert "CAP-DWELLINGS-OFF-HOUSING" in codes(result)


def test_a_hotel_gives_its_beds_or_they_follow_from_floor():
    given = only(held(square_plots({"use": "hotel", "capacity_places": 120})))
    assert (given["beds_low"], given["beds"], given["beds_high"]) == (120, 120, 120)
    built = only(held(square_plots({"use": "hotel", "floor_area_ratio": 0.56})))
    assert built["beds"] == pytest.approx(5_600 / 28)
    assert built["seasonal_population_low"] == pytest.approx(5_600 / 40 * 0.63)


def test_plots_without_block_or_phase_still_count():
    result = held(square_plots({"floor_area_ratio": 1.2, "block_id": None, "phase": None}))
    assert result.blocks.at["unassigned", "dwellings"] == pytest.approx(100)
    assert result.phases.index[-1] == "unassigned"


def test_a_phase_without_plots_is_zero_and_phases_keep_their_rank():
    phases = pd.DataFrame({"phase": ["late", "early"], "rank": [2, 1]})
    result = held(square_plots({"floor_area_ratio": 1.2, "phase": "late"}, phases=phases))
    assert result.phases.loc[["early", "late"], "plots"].tolist() == [0, 1]
    assert list(result.phases.index) == ["early", "late"]


def test_the_zone_says_how_many_parking_spaces_a_dwelling_needs():
    zones = pd.DataFrame({"zone_code": ["R1"], "parking_spaces_per_dwelling": [2.5]})
    result = held(square_plots({"dwellings": 10, "zone_code": "R1"}, {"dwellings": 10}, zones=zones))
    assert result.plots["parking_spaces_needed"].tolist() == [25.0, 15.0]


def test_an_unknown_use_holds_nothing():
    assert only(held(square_plots({"use": "moon_base", "floor_area_ratio": 1.0})))["floor_area_m2"] == 0


def test_a_pole_overrides_a_value_of_the_pack():
    values = overridden(capacity__household_size=5.0, capacity__occupied_share=1.0)
    assert only(held(square_plots({"dwellings": 10}), values=values))["population"] == 50


def test_a_plan_without_plots_holds_nothing():
    result = held(square_plots({"floor_area_ratio": 1.0}).build(name="empty", crs="EPSG:32628"))
    assert result.pole.at["pole", "dwellings"] == 0
    assert result.pole.at["pole", "plots"] == 0


@pytest.mark.parametrize("nonsense", [-1.0, float("inf"), "1,5", "many"])
def test_a_number_that_makes_no_sense_counts_as_absent(nonsense):
    result = held(square_plots({"floor_area_ratio": nonsense, "dwellings": nonsense}))
    assert result.pole.at["pole", "dwellings"] == 0
    assert "CAP-NO-FLOOR" in codes(result)
