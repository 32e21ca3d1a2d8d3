"""The form of ``pole_tiny``, worked by hand (see ``fixtures.tiny`` for the drawing).

Site 220 x 140 = 30,800 m2; eight plots of 3,120 m2 less half of two; floor area 1,872 + 6,240 + 7,488 + 6,240 +
1,872 + 780 + 3,744 + 3,120 = 31,356 m2; footprint 1,248 + 1,560 + 1,872 + 1,560 + 936 + 780 + 1,248 + 1,560 = 10,764.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb import capacity, form
from qutb.pack import Values
from qutb.plan import STREETS, Plan, empty_table, fabric_run
from qutb.text import hint, label, message

SITE = 220 * 140
FLOOR, FOOTPRINT = 31_356, 10_764
PEOPLE = (4 + 52 + 7488 / 81 + 26) * 0.924 * 3.6  # dwellings x occupied x people in a household


def form_of(plan: Plan, values: Values | None = None) -> form.Form:
    pole = tiny_pole(values=values, plan=plan)
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    return form.run(plan=plan, fabric=fabric, capacity=held, site=pole.site, values=pole.values)


@cache
def tiny() -> form.Form:
    return form_of(tiny_plan())


def without(*keys: str) -> Values:
    """The pack's values with some keys taken out."""
    values = tiny_pole().values
    kept = {k: v for k, v in values.parameters.items() if k not in keys}
    return Values(kept, values.catalogues, values.when, values.pack, values.currency)


@pytest.mark.parametrize(
    ("measure", "by_hand"),
    [
        ("population_density_people_per_m2", PEOPLE / SITE),
        ("floor_area_ratio_gross", FLOOR / SITE),
        ("floor_area_ratio_net", FLOOR / (7.5 * 3120)),  # all plots but the green half plot
        ("ground_coverage_ratio", FOOTPRINT / SITE),
        ("mean_storeys", FLOOR / FOOTPRINT),
        ("open_space_ratio", (SITE - FOOTPRINT) / FLOOR),
        ("plot_density_plots_per_m2", 9 / SITE),
        ("housing_land_share", 4 * 3120 / SITE),  # B-1 and the mixed B-2
        ("economic_land_share", 2 * 3120 / SITE),
        ("facility_land_share", 2 * 3120 / SITE),  # school, mosque and green
        ("saleable_share", 6 * 3120 / SITE),
        ("street_share", (220 * 20 + 140 * 12 - 20 * 12) / SITE),  # the crossing once
        ("street_density_m_per_m2", 360 / SITE),
        ("street_length_per_dwelling_m", 360 / (4 + 52 + 7488 / 81 + 26)),
        ("intersection_density_per_m2", 1 / SITE),
        ("link_node_ratio", 4 / 5),
        ("gamma", 4 / (3 * (5 - 2))),
        ("alpha", 0.0),  # a cross has no circuit
        ("meshedness", 0.0),
        ("dead_end_share", 0.0),  # all four ends leave the site
        ("boundary_connection_spacing_m", 720 / 4),
        ("boundary_connection_gap_max_m", 110 + 70),  # from middle to middle of neighbouring sides
        ("wind_exposed_street_share", 140 / 360),  # the street that runs north
        ("block_area_median_m2", 104 * 60),
        ("block_perimeter_median_m", 2 * (104 + 60)),
        ("block_longest_side_max_m", 104),
        ("plot_area_median_m2", 3120),
        ("economic_floor_share", (3120 + 3744 + 3120) / FLOOR),
        ("single_function_block_share", 3 / 4),  # only B mixes housing and work
        ("low_cost_floor_share", 7488 / (1872 + 6240 + 7488 + 3120)),
        ("green_area_m2", 52 * 30),
        ("green_per_inhabitant_m2_per_people", 52 * 30 / PEOPLE),
        ("residents_near_green_share", 0.0),  # the green has 1,560 m2, less than the 2,000 counted
    ],
)
def test_the_pole_has_the_form_the_hand_says(measure, by_hand):
    assert tiny().pole.at["pole", measure] == pytest.approx(by_hand, rel=1e-12)


def test_streets_run_in_two_directions_by_length():
    north, east = 140 / 360 / 2, 220 / 360 / 2  # each street counts both ways
    by_hand = -2 * (north * np.log(north) + east * np.log(east))
    assert tiny().pole.at["pole", "orientation_entropy"] == pytest.approx(by_hand, rel=1e-12)


def test_floor_area_is_spread_over_five_of_six_groups():
    floors = np.array([18_720, 1_560 + 3_120, 1_560, 3_744, 1_872 + 780]) / FLOOR  # housing retail office hotel public
    assert tiny().pole.at["pole", "use_balance"] == pytest.approx(-(floors * np.log(floors)).sum() / np.log(6))


@pytest.mark.parametrize(
    ("plot", "measure", "by_hand"),
    [
        ("A-17", "floor_area_ratio", 2.0),
        ("A-17", "ground_coverage_ratio", 0.5),
        ("A-17", "mean_storeys", 2.0 / 0.5),
        ("A-17", "open_space_ratio", (1 - 0.5) / 2.0),
        ("A-17", "dwelling_density_net_dwellings_per_m2", 52 / 3120),
        ("A-17", "frontage_m", 52 + 60),  # a corner
        ("A-17", "aspect_ratio", 60 / 52),
        ("A-17", "equivalent_rectangular_index", 1.0),
        ("A-16", "depth_m", 60.0),
        ("C-2", "floor_area_ratio", 0.0),
        ("C-2", "ground_coverage_ratio", 0.0),
    ],
)
def test_a_plot_has_the_form_the_hand_says(plot, measure, by_hand):
    assert tiny().plots.at[plot, measure] == pytest.approx(by_hand, rel=1e-12)


def test_block_b_mixes_housing_and_work():
    block = tiny().blocks.loc["B"]
    assert block["floor_area_ratio"] == pytest.approx((7488 + 6240) / 6240)
    assert block["economic_floor_share"] == pytest.approx(3120 / 13_728)
    assert block["largest_function_share"] == pytest.approx(10_608 / 13_728)
    assert not block["single_function"]


def test_coverage_not_given_is_floor_area_over_storeys():
    plan = tiny_plan().with_plot("A-17", ground_coverage_ratio=np.nan)
    assert form_of(plan).plots.at["A-17", "ground_coverage_ratio"] == pytest.approx(2.0 / 4)


def test_a_large_green_within_300_m_serves_all_of_the_pole():
    served = form_of(tiny_plan().with_plot("D-1", use="green", floor_area_ratio=np.nan, storeys=np.nan))
    assert served.pole.at["pole", "residents_near_green_share"] == 1.0
    assert served.plots.at["A-16", "greens_within_reach"] == 1
    assert "FORM-FAR-FROM-GREEN" not in {f.code for f in served.findings}


def test_every_limit_is_a_comparator_and_none_says_met():
    verdicts = {c.code: c.verdict for c in tiny().checks}
    assert verdicts["FORM-STREET-SHARE"] == "comparator_not_met"
    assert verdicts["FORM-POPULATION-DENSITY"] == "comparator_met"
    assert verdicts["FORM-LOW-COST"] == "comparator_met"
    assert not {"met", "not_met"} & set(verdicts.values())


def test_a_measure_without_a_limit_is_shown_and_not_evaluated():
    check = next(c for c in tiny().checks if c.code == "FORM-BLOCK-SIDE")
    assert (check.verdict, check.status) == ("not_evaluated", "missing")
    assert check.value == pytest.approx(104)


def test_tenure_is_not_judged_until_the_plan_gives_it():
    assert "FORM-UNSEEN-TENURE" in tiny().not_seen
    assert np.isnan(tiny().pole.at["pole", "largest_tenure_share"])
    plan = tiny_plan()
    for plot, tenure in (("A-16", "ownership"), ("A-17", "rental"), ("B-1", "ownership"), ("B-2", "rental")):
        plan = plan.with_plot(plot, tenure=tenure)
    seen = form_of(plan)
    assert "FORM-UNSEEN-TENURE" not in seen.not_seen
    # by hand: ownership 1,872 + 7,488, rental 6,240 + 3,120: half each
    assert seen.pole.at["pole", "largest_tenure_share"] == pytest.approx(0.5)


def test_a_plan_without_streets_has_no_measure_of_streets():
    plan = tiny_plan()
    plan = Plan.build(name="bare", crs=plan.crs, plots=plan.plots, streets=empty_table(STREETS, plan.crs))
    bare = form_of(plan)
    assert "FORM-UNSEEN-STREETS" in bare.not_seen
    assert np.isnan(bare.pole.at["pole", "street_density_m_per_m2"])
    verdicts = {c.code: c.verdict for c in bare.checks}
    assert verdicts["FORM-STREET-SHARE"] == verdicts["FORM-INTERSECTIONS"] == "not_evaluated"


def test_zones_hide_the_shape_of_lots():
    plan = tiny_plan()
    zones = Plan.build(name="zones", crs=plan.crs, plots=plan.plots.assign(detail="zone"), streets=plan.streets)
    assert "FORM-UNSEEN-LOTS" in form_of(zones).not_seen
    assert np.isnan(form_of(zones).pole.at["pole", "plot_area_median_m2"])


def test_without_a_wind_exposure_is_not_evaluated_and_said():
    still = form_of(tiny_plan(), without("form.prevailing_wind_from"))
    assert np.isnan(still.pole.at["pole", "wind_exposed_street_share"])
    assert "FORM-NO-WIND" in {f.code for f in still.findings}


def test_blocks_of_one_function_are_named():
    finding = next(f for f in tiny().findings if f.code == "FORM-SPECIALISED-BLOCKS")
    assert finding.where == ("block:A", "block:C", "block:D")


def test_people_far_from_green_are_named_by_block():
    finding = next(f for f in tiny().findings if f.code == "FORM-FAR-FROM-GREEN")
    assert finding.where == ("block:A", "block:B")


def test_the_land_balance_stands_beside_known_plans():
    row = tiny().comparators.loc["housing_land_share.sidi_yahia_zaer"]
    assert row["value"] == pytest.approx(4 * 3120 / SITE)
    assert row["reference"] == pytest.approx(0.563)
    for case in tiny().comparators.index:
        label(f"form.comparator.{case.partition('.')[2]}", "ar")


def test_the_plan_is_left_as_it_was():
    plan = tiny_plan()
    before = plan.digest
    form_of(plan)
    assert (
        Plan.build(
            name="plan",
            crs=plan.crs,
            **{
                n: getattr(plan, n)
                for n in ("plots", "streets", "plot_floors", "zones", "phases", "street_areas", "buildings")
            },
        ).digest
        == before
    )


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_every_finding_and_check_speaks(lang):
    for about in (*tiny().findings, *tiny().checks):
        assert "{" not in message(about, lang) + hint(about, lang)


def test_tables_have_the_columns_they_declare():
    for name, table in form.Form.TABLES.items():
        frame = getattr(tiny(), name)
        assert [table.key, *frame.columns] == [c.name for c in table], name
        assert frame.index.name == table.key


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_every_column_has_a_label(lang):
    for table in form.Form.TABLES.values():
        for column in table:
            if column.name != table.key:
                label(f"form.{column.name.removesuffix('_low').removesuffix('_high')}", lang)


def test_blocks_that_the_plan_does_not_name_are_the_plots_that_touch():
    plan = tiny_plan()
    unnamed = Plan.build(
        name="plan",
        crs=plan.crs,
        plots=plan.plots.assign(block_id=None),
        streets=plan.streets,
        plot_floors=plan.plot_floors,
    )
    assert form_of(unnamed).pole.at["pole", "single_function_block_share"] == pytest.approx(3 / 4)


def test_a_plan_without_plots_has_densities_of_zero_and_no_mix():
    plan = tiny_plan()
    empty = form_of(Plan.build(name="empty", crs=plan.crs, streets=plan.streets))
    assert empty.pole.at["pole", "population_density_people_per_m2"] == 0
    assert np.isnan(empty.pole.at["pole", "economic_floor_share"])
