"""What ``pole_tiny`` holds, worked by hand. Each plot is 52 m x 60 m = 3,120 m2, C-2 and C-3 half of it.

Pack values used (``ma``): gross floor per dwelling 120 m2 (flat) and 81 m2 (social flat); Dakhla: 3.6 people
in an occupied dwelling, 92.4 % occupied, so 3.3264 people in a dwelling; 28 m2 of hotel per bed.
"""

from __future__ import annotations

from functools import cache

import pytest

from fixtures.tiny import tiny_pole
from qutb import capacity
from qutb.capacity import Capacity
from qutb.plan import fabric_run

PEOPLE_PER_DWELLING = 0.924 * 3.6


@cache
def tiny() -> Capacity:
    pole = tiny_pole()
    plan = pole.plan("plan")
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    return capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)


@pytest.mark.parametrize(
    ("plot", "measure", "by_hand"),
    [
        ("A-16", "floor_area_m2", 3120 * 0.6),
        ("A-16", "dwellings", 4),  # given by the plan
        ("A-17", "floor_area_m2", 3120 * 2.0),
        ("A-17", "dwellings", 3120 * 2.0 / 120),  # 52
        ("A-17", "dwellings_low", 3120 * 2.0 / 160),  # 39
        ("A-17", "dwellings_high", 3120 * 2.0 / 94),
        ("A-17", "population", 52 * PEOPLE_PER_DWELLING),  # 172.97
        ("A-17", "population_low", 39 * 0.740 * 3.2),  # 0.740: low end of the pack; 3.2: 4.0 to 3.6 goes on
        ("A-17", "population_high", 3120 * 2.0 / 94 * 0.924 * 4.0),  # 4.0: the census of 2014
        ("B-1", "dwellings", 3120 * 2.4 / 81),
        ("B-2", "residential_floor_area_m2", 3120),  # listed in plot_floors
        ("B-2", "economic_floor_area_m2", 1560 + 1560),
        ("B-2", "dwellings", 3120 / 120),  # 26
        ("B-2", "jobs", 1560 / 20 + 1560 / 22.5),  # shop 20 m2, office 22.5 m2 a worker
        ("C-1", "jobs", 3120 * 0.6 / 80),  # facility: 80 m2 a worker
        ("C-2", "floor_area_m2", 0),
        ("D-1", "beds", 3120 * 1.2 / 28),
        ("D-1", "seasonal_population", 3120 * 1.2 / 28 * 0.8),  # four beds in five at the peak
        ("D-1", "jobs", 3120 * 1.2 / 28 / 2.155 * 1.2),  # 2.155 beds and 1.2 jobs a room
        ("D-2", "parking_spaces_needed", 3120 / 75),  # one space for 75 m2 of shop
        ("B-2", "parking_spaces_needed", 26 * 1.5 + 1560 / 75 + 1560 / 55),
    ],
)
def test_each_plot_holds_what_the_hand_says(plot, measure, by_hand):
    assert tiny().plots.at[plot, measure] == pytest.approx(by_hand, rel=1e-12)


def test_the_pole_holds_174_dwellings_and_580_people():
    row = tiny().pole.loc["pole"]
    dwellings = 4 + 52 + 3120 * 2.4 / 81 + 26
    assert row["dwellings"] == pytest.approx(dwellings)
    assert row["population"] == pytest.approx(dwellings * PEOPLE_PER_DWELLING)  # 580.27
    assert row["area_m2"] == 7 * 3120 + 2 * 1560
    assert row["plots"] == 9


def test_pupils_follow_the_ages_of_the_census():
    """Dakhla, per cent: 5-9 9.8, 10-14 8.9, 15-19 7.4; the groups printed add up to 100.1."""
    row = tiny().pole.loc["pole"]
    assert row["pupils_primary"] == pytest.approx(row["population"] * (0.8 * 9.8 + 0.4 * 8.9) / 100.1)
    assert row["pupils_lower_secondary"] == pytest.approx(row["population"] * 0.6 * 8.9 / 100.1)
    assert row["pupils_upper_secondary"] == pytest.approx(row["population"] * 0.6 * 7.4 / 100.1)


def test_each_number_says_what_it_rests_on():
    plots = tiny().plots
    assert plots.at["A-16", "dwellings_standing"] == "given"
    assert plots.at["A-17", "dwellings_standing"] == "computed"
    assert plots.at["C-2", "dwellings_standing"] == "none"
    assert plots.at["A-17", "floor_basis"] == "floor_area_ratio"
    assert plots.at["B-2", "floor_basis"] == "floors_given"
    assert plots.at["C-2", "floor_basis"] == "none"


def test_blocks_and_phases_are_sums_of_their_plots():
    result = tiny()
    assert result.blocks.at["A", "dwellings"] == pytest.approx(4 + 52)
    assert result.blocks.at["C", "dwellings"] == 0
    assert list(result.phases.index) == ["P1", "P2"]
    assert result.phases.at["P2", "dwellings"] == pytest.approx(3120 * 2.4 / 81 + 26)
    assert result.phases["plots"].tolist() == [5, 4]


def test_segments_share_out_the_dwellings():
    segments = tiny().segments
    assert segments.at["high", "dwellings"] == 4
    assert segments.at["middle", "dwellings"] == pytest.approx(52 + 26)
    assert segments.at["social", "dwellings"] == pytest.approx(3120 * 2.4 / 81)
    assert segments["share_of_dwellings"].sum() == pytest.approx(1.0)


def test_ages_add_up_to_the_residents():
    result = tiny()
    assert result.ages["share"].sum() == pytest.approx(1.0)
    assert result.ages["population"].sum() == pytest.approx(result.pole.at["pole", "population"])
    assert list(result.ages.index[[0, -1]]) == ["0-4", "75+"]


def test_the_school_of_phase_one_takes_the_pupils_of_both_phases():
    schools = tiny().schools.set_index(["facility_type", "phase"])
    assert schools.loc[("primary_school", "P1"), "places"] == 480
    assert schools.loc[("primary_school", "P2"), "short_places"] == 0
    assert schools.loc[("upper_secondary_school", "P2"), "places"] == 0
    assert schools.loc[("upper_secondary_school", "P2"), "short_places"] == pytest.approx(
        tiny().pole.at["pole", "pupils_upper_secondary"]
    )


def test_facility_needs_name_norm_comparator_or_nothing():
    table = tiny().facilities
    people = tiny().pole.at["pole", "population"]
    assert len(table) == 26
    assert table.at["primary_school", "units_needed"] == pytest.approx(people / 3000)  # one for 1,000 to 5,000
    assert table.at["primary_school", "units_asked"] == 1
    assert table.at["primary_school", "verdict"] == "comparator_met"  # 480 places for 66 pupils
    assert table.at["green_space", "site_area_needed_m2"] == pytest.approx(people * 10)
    assert table.at["green_space", "verdict"] == "comparator_not_met"  # 1,560 m2
    assert table.at["youth_centre", "status"] == "missing"
    assert table.at["youth_centre", "verdict"] == "not_evaluated"
    assert "p. 43" in table.at["youth_centre", "source"]
    assert table.at["neighbourhood_mosque", "units_planned"] == 1
    assert table.at["primary_classroom", "verdict"] == "not_evaluated"
    assert set(table["verdict"]) <= {"comparator_met", "comparator_not_met", "not_evaluated"}


def test_the_target_of_the_brief_is_met_and_said():
    check = next(c for c in tiny().checks if c.code == "CAP-TARGET")
    assert (check.verdict, check.limit_low, check.limit_high) == ("met", 100.0, 200.0)
    assert check.value == pytest.approx(174.44, abs=0.01)


def test_four_villas_on_1872_m2_of_floor_are_doubted():
    finding = next(f for f in tiny().findings if f.code == "CAP-DWELLINGS-ROOMY")
    assert finding.where == ("plot:A-16",)
    assert finding.params["value"] == pytest.approx(1872 / 4)


def test_every_column_is_described_and_present():
    result = tiny()
    for name, table in result.TABLES.items():
        frame = getattr(result, name)
        assert list(frame.columns) == [c.name for c in table], name
        assert (frame.index.name or "") == table.key, name
        for column in table:
            assert column.description, column.name
            assert column.unit or column.kind == "text", column.name
            assert column.formula, column.name
