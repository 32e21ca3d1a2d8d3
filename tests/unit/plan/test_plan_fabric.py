"""The fabric of pole_tiny, worked by hand (see fixtures/tiny.py), and of its broken copies."""

import numpy as np
import pytest
from shapely import LineString, box

from fixtures import defects
from fixtures.tiny import tiny_plan, tiny_site
from qutb.plan import Plan, fabric_run


def fabric(plan=None, site=None):
    return fabric_run(shapes=(plan or tiny_plan()).shapes, site=site or tiny_site())


def test_a_plot_is_measured_as_its_rectangle():
    row = fabric().plots.loc["A-17"]  # 52 m x 60 m
    assert row["area_m2"] == pytest.approx(3120.0)
    assert row["perimeter_m"] == pytest.approx(224.0)
    assert (row["length_m"], row["width_m"]) == (pytest.approx(60.0), pytest.approx(52.0))
    assert row["orientation_deg"] == pytest.approx(0.0)  # the long side runs north
    assert row["rectangularity"] == pytest.approx(1.0)
    assert row["compactness"] == pytest.approx(4 * np.pi * 3120 / 224**2)
    assert row["inside_site_ratio"] == 1.0
    assert row["valid"]


def test_a_corner_plot_fronts_two_streets_and_its_corner_counts_once():
    row = fabric().plots.loc["A-17"]  # 52 m on the collector, 60 m on the local street
    assert row["frontage_m"] == pytest.approx(112.0)
    assert (row["fronts"], row["front_street"]) == (2, "L")


def test_sides_that_end_at_a_street_are_no_front():
    assert fabric().plots.loc["A-16", "frontage_m"] == pytest.approx(52.0)


def test_blocks_are_the_union_of_their_plots():
    blocks = fabric().blocks  # 104 m x 60 m
    assert blocks["area_m2"].tolist() == pytest.approx([6240.0] * 4)
    assert blocks["perimeter_m"].tolist() == pytest.approx([328.0] * 4)
    assert blocks["longest_side_m"].tolist() == pytest.approx([104.0] * 4)
    assert blocks["plots"].tolist() == [2, 2, 3, 2]


def test_plots_without_a_block_form_one_with_those_they_touch():
    plan = defects.rebuilt(plots=defects.frames()["plots"].assign(block_id=None))
    blocks = fabric(plan).blocks
    assert blocks.index.tolist() == ["touching:A-16", "touching:B-1", "touching:C-1", "touching:D-1"]
    assert blocks["plots"].tolist() == [2, 2, 3, 2]


def test_the_land_of_the_tiny_pole_adds_up():
    pole = fabric().pole.loc["pole"]
    assert pole["site_area_m2"] == pytest.approx(30_800.0)  # 220 x 140
    assert pole["plots_area_m2"] == pytest.approx(24_960.0)  # 4 x 104 x 60
    assert pole["right_of_way_area_m2"] == pytest.approx(5_840.0)  # 220 x 20 + 12 x 120
    assert pole["gap_area_m2"] == 0.0


def test_street_areas_stand_for_the_right_of_way_where_they_are_drawn():
    areas = {"area_id": ["R"], "geometry": [defects.here(box(0, 60, 220, 80))]}
    plan = defects.rebuilt(street_areas=defects.gpd.GeoDataFrame(areas))
    result = fabric(plan)
    assert result.pole.loc["pole", "right_of_way_area_m2"] == pytest.approx(4_400.0, abs=5.0)  # 220 x 20 + 1 cm
    assert result.pole.loc["pole", "gap_area_m2"] == pytest.approx(1_440.0, abs=5.0)  # 12 x 60 twice
    assert result.plots.loc["A-17", "frontage_m"] == pytest.approx(52.0)  # the local street has no area


def test_overlapped_land_is_counted_once_in_the_pole():
    result = fabric(defects.plan_with_overlap())
    assert result.overlaps[["plot_a", "plot_b"]].to_numpy().tolist() == [["A-16", "A-17"]]
    assert result.overlaps["area_m2"].tolist() == pytest.approx([120.0])
    assert result.pole.loc["pole", "plots_area_m2"] == pytest.approx(24_960.0)
    assert result.pole.loc["pole", "overlap_area_m2"] == pytest.approx(120.0)


def test_the_part_outside_the_site_is_measured():
    result = fabric(defects.plan_with_plot_outside())
    assert result.pole.loc["pole", "outside_area_m2"] == pytest.approx(600.0)
    assert result.plots.loc["B-2", "inside_site_ratio"] == pytest.approx(3120 / 3720)


def test_a_bow_tie_is_measured_as_its_proposed_repair():
    result = fabric(defects.plan_with_bow_tie())
    assert result.broken["plot_id"].tolist() == ["D-2"]
    assert not result.plots.loc["D-2", "valid"]
    assert result.plots.loc["D-2", "area_m2"] == pytest.approx(1560.0)  # two triangles of 52 x 30 / 2


def test_a_missing_plot_leaves_a_gap():
    result = fabric(defects.plan_with_gap())
    # 52 m x 30 m less the metre beside the local street: 51 x 30
    assert result.gaps["area_m2"].tolist() == pytest.approx([1530.0])


def test_a_plot_in_two_parts_is_one_plot():
    assert fabric(defects.plan_in_two_parts()).plots.loc["C-2", "area_m2"] == pytest.approx(1040.0)


def test_plots_on_restricted_land_are_told_with_their_share():
    shares = fabric(site=defects.site_with_constraint()).constraint_overlaps.set_index("plot_id")["share"]
    assert shares["C-1"] == pytest.approx(20 / 60)
    assert shares["C-3"] == pytest.approx(20 / 30)


def test_a_plan_of_zones_without_streets_says_what_it_cannot_see():
    result = fabric(defects.plan_of_zones())
    assert "PLAN-NO-STREETS" in result.not_seen
    assert result.gaps.empty
    assert result.pole.loc["pole", "right_of_way_area_m2"] == pytest.approx(5_840.0)


def test_a_plan_without_plots_is_all_street_and_gap():
    result = fabric(Plan.build(name="empty", crs="EPSG:32628", streets=tiny_plan().streets))
    pole = result.pole.loc["pole"]
    assert pole["plots_area_m2"] == 0.0
    assert pole["right_of_way_area_m2"] + pole["gap_area_m2"] == pytest.approx(30_800.0)


def test_an_empty_plan_in_local_metres_runs():
    result = fabric(Plan.build(name="empty", crs="local"))
    assert {"PLAN-NO-PLOTS", "PLAN-NO-STREETS"} <= set(result.not_seen)
    assert result.pole.loc["pole", "right_of_way_area_m2"] == pytest.approx(30_800.0)


def test_a_corner_cut_back_belongs_to_the_crossing():
    shape = box(52, 80, 104, 140).difference(LineString([(104, 80), (104, 80.01)]).buffer(4, cap_style="square"))
    plan = tiny_plan().with_plot("A-17", geometry=defects.here(shape))
    assert fabric(plan).gaps.empty


def test_every_column_of_every_table_is_described():
    result = fabric(defects.plan_with_overlap(), defects.site_with_constraint())
    for name, spec in result.TABLES.items():
        columns = set(result.tables()[name].columns)
        assert columns == {c.name for c in spec}, name
        assert result.tables()[name].index.name == (spec.key or None)


def test_the_same_plan_in_another_order_of_rows_gives_the_same_bytes():
    frames = defects.frames()
    turned = defects.rebuilt(**{n: f.iloc[::-1] for n, f in frames.items()})
    one, two = fabric(), fabric(turned)
    assert one.nodes.equals(two.nodes)
    assert one.edges.drop(columns="geometry").equals(two.edges.drop(columns="geometry"))
    assert one.plots.sort_index().equals(two.plots.sort_index())
