"""What comes through the door: every fault a located finding, nothing dropped in silence."""

import numpy as np
import pandas as pd
import pytest
import shapely

from fixtures import defects
from fixtures.tiny import CRS, tiny_plan, tiny_site
from qutb.plan import PLOTS, Plan, fabric_run, read_table, read_tables, validity_run
from qutb.pole import LAND, ROADS, TIE_INS
from qutb.text import LANGUAGES, hint, message


def through(**tables):
    frames = {**defects.frames(), **tables}
    plan, findings = read_tables(frames, name="read", crs=CRS)
    for finding in findings:
        for lang in LANGUAGES:
            assert "{" not in message(finding, lang) + hint(finding, lang), finding
    return plan, {f.code: f for f in findings}


def plots_with(row: str | None = None, **columns) -> pd.DataFrame:
    plots = defects.frames()["plots"].astype(dict.fromkeys(columns, object))
    rows = plots["plot_id"] == row if row else np.ones(len(plots), dtype=bool)
    for column, value in columns.items():
        plots.loc[rows, column] = value
    return plots


def test_a_sound_plan_comes_through_unchanged():
    plan, findings = through()
    assert findings == {}
    assert plan.digest == tiny_plan().digest


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3.0),
        ("2,5", 2.5),
        ("1 234,5", 1234.5),
        ("1.234,50", 1234.5),
        ("1,234.5", 1234.5),
        ("٣٫٥", 3.5),
        ("1 000", 1e3),
    ],
)
def test_numbers_written_as_text_are_read_and_noted(text, number):
    plan, found = through(plots=plots_with("A-16", dwellings=text))
    assert plan.plots.loc["A-16", "dwellings"] == number
    assert found["PLAN-VALUE-READ"].severity == "note"
    assert found["PLAN-VALUE-READ"].where == ("plot:A-16",)


def test_text_in_a_number_is_absent_and_told():
    plan, found = through(plots=plots_with("A-17", storeys="R+3"))
    assert np.isnan(plan.plots.loc["A-17", "storeys"])
    assert found["PLAN-NUMBER"].params["found"] == ["R+3"]
    assert found["PLAN-NUMBER"].where == ("plot:A-17",)


def test_a_missing_column_is_named():
    _, found = through(streets=defects.frames()["streets"].drop(columns="width_m"))
    assert found["PLAN-COLUMN-MISSING"].where == ("layer:streets",)
    assert found["PLAN-COLUMN-MISSING"].params["column"] == "width_m"


def test_a_plan_without_the_column_detail_is_taken_as_lots_and_says_so():
    plan, found = through(plots=defects.frames()["plots"].drop(columns="detail"))
    assert set(plan.plots["detail"]) == {"lot"}
    assert found["PLAN-COLUMN-ASSUMED"].severity == "warning"


def test_repeated_ids_are_told_apart_and_both_kept():
    plan, found = through(plots=plots_with("A-16", plot_id="A-17"))
    assert {"A-17", "A-17~2"} <= set(plan.plots.index)
    assert len(plan.plots) == 9
    assert found["PLAN-ID-DUPLICATE"].where == ("plot:A-17",)


def test_rows_without_id_take_their_row_number():
    plan, found = through(plots=plots_with("A-17", plot_id=None))
    assert "row-2" in plan.plots.index
    assert found["PLAN-ID-MISSING"].where == ("plot:row-2",)


def test_a_plan_without_ids_at_all_still_comes_in():
    plan, found = through(plots=defects.frames()["plots"].drop(columns="plot_id"))
    assert plan.plots.index[0] == "row-1"
    assert found["PLAN-ID-COLUMN"].params["count"] == 9


def test_an_unknown_use_is_named_with_the_nearest_known():
    plan, found = through(plots=plots_with("B-2", use="hotell"))
    assert plan.plots.loc["B-2", "use"] is None
    assert found["PLAN-CHOICE"].params["known"] == ["hotel"]
    assert found["PLAN-CHOICE"].severity == "blocking"


def test_the_land_of_an_unknown_use_stays_in_the_balance():
    plan, _ = through(plots=plots_with("B-2", use="palace"))
    site = tiny_site()
    fabric = fabric_run(shapes=plan.shapes, site=site)
    balance = validity_run(plan=plan, fabric=fabric, site=site, values=None).balance
    assert balance.loc["unknown", "area_m2"] == pytest.approx(3120.0)
    assert balance["area_m2"].sum() == pytest.approx(30_800.0)


def test_a_use_in_other_letters_is_read():
    plan, found = through(plots=plots_with("B-2", use=" Housing-Villa "))
    assert plan.plots.loc["B-2", "use"] == "housing_villa"
    assert "PLAN-VALUE-READ" in found


def test_a_ratio_in_percent_is_above_its_limit_and_absent():
    plan, found = through(plots=plots_with("D-1", ground_coverage_ratio=40))
    assert np.isnan(plan.plots.loc["D-1", "ground_coverage_ratio"])
    assert (found["PLAN-ABOVE"].params["value"], found["PLAN-ABOVE"].params["limit"]) == (40.0, 1.0)


def test_a_negative_number_is_below_its_limit():
    _, found = through(plots=plots_with("D-1", dwellings=-4))
    assert found["PLAN-BELOW"].params["value"] == -4.0


@pytest.mark.parametrize("shape", [None, shapely.Polygon()])
def test_rows_without_geometry_are_kept_out_and_said(shape):
    plots = plots_with()
    plots.loc[plots["plot_id"] == "C-2", "geometry"] = shape
    plan, found = through(plots=plots)
    assert "C-2" not in plan.plots.index
    assert found["PLAN-GEOMETRY-NONE"].where == ("plot:C-2",)


def test_a_line_among_plots_is_kept_out_and_said():
    plots = plots_with()
    plots["geometry"] = [
        shapely.LineString([(0, 0), (1, 1)]) if i == "C-2" else g for i, g in plots[["plot_id", "geometry"]].to_numpy()
    ]
    plan, found = through(plots=plots)
    assert len(plan.plots) == 8
    assert found["PLAN-GEOMETRY-TYPE"].where == ("plot:C-2",)


def test_a_polygon_among_streets_is_kept_out_with_its_area():
    streets = defects.frames()["streets"]
    streets["geometry"] = [defects.here(shapely.box(0, 0, 10, 10)), streets["geometry"].iloc[1]]
    plan, found = through(streets=streets)
    assert plan.streets.index.tolist() == ["M"]
    assert found["PLAN-GEOMETRY-TYPE"].params["value"] == pytest.approx(100.0)


def test_a_collection_keeps_its_polygon_and_says_so():
    plots = plots_with()
    plots["geometry"] = [
        shapely.GeometryCollection([g, shapely.Point(0, 0)]) if i == "C-2" else g
        for i, g in plots[["plot_id", "geometry"]].to_numpy()
    ]
    plan, found = through(plots=plots)
    assert plan.plots.geometry["C-2"].area == pytest.approx(1560.0)
    assert found["PLAN-GEOMETRY-MIXED"].where == ("plot:C-2",)


def test_coordinates_that_are_no_numbers_are_kept_out():
    plots = plots_with()
    plots["geometry"] = [
        shapely.Polygon([(0, 0), (np.inf, 0), (1, 1)]) if i == "C-2" else g
        for i, g in plots[["plot_id", "geometry"]].to_numpy()
    ]
    plan, found = through(plots=plots)
    assert "C-2" not in plan.plots.index
    assert "PLAN-GEOMETRY-ENDLESS" in found


def test_a_plan_without_plots_is_a_finding():
    plan, findings = read_tables({}, name="empty", crs="local")
    assert isinstance(plan, Plan)
    assert [f.code for f in findings] == ["PLAN-NO-PLOTS"]


def test_zero_rows_are_a_plan_without_plots():
    _, found = through(plots=defects.frames()["plots"].iloc[:0], plot_floors=None)
    assert "PLAN-NO-PLOTS" in found


def test_floors_of_an_unknown_plot_are_kept_out_with_their_area():
    floors = defects.frames()["plot_floors"]
    floors.loc[0, "plot_id"] = "X-1"
    plan, found = through(plot_floors=floors)
    assert len(plan.plot_floors) == 2
    assert found["PLAN-FLOORS-UNKNOWN"].params["value"] == pytest.approx(3120.0)


def test_phases_and_zones_that_nobody_declared_are_named():
    _, found = through(plots=plots_with("A-16", phase="P7", zone_code="ZZ"))
    assert found["PLAN-PHASE-UNKNOWN"].params["found"] == ["P7"]
    assert found["PLAN-ZONE-UNKNOWN"].params["found"] == ["ZZ"]


def test_housing_without_any_measure_of_its_size_is_named():
    _, found = through(plots=plots_with("A-17", storeys=None, floor_area_ratio=None))
    assert found["PLAN-STOREYS-MISSING"].where == ("plot:A-17",)


def test_a_layer_that_is_no_table_is_told_with_those_there_are():
    _, found = through(rubbish=pd.DataFrame({"a": [1]}))
    assert found["PLAN-LAYER-UNKNOWN"].where == ("layer:rubbish",)


def test_one_way_streets_read_yes_in_three_languages():
    streets = defects.frames()["streets"].assign(oneway=["oui", "لا"])
    plan, _ = through(streets=streets)
    assert plan.streets["oneway"].tolist() == [True, False]


def test_an_unreadable_yes_or_no_is_told():
    _, found = through(streets=defects.frames()["streets"].assign(oneway=["perhaps", None]))
    assert found["PLAN-BOOLEAN"].params["found"] == ["perhaps"]


def test_a_street_keeps_its_direction():
    streets = defects.frames()["streets"]
    streets["geometry"] = [shapely.reverse(g) for g in streets["geometry"]]
    plan, _ = through(streets=streets)
    assert plan.streets.geometry["M"].coords[0][0] > plan.streets.geometry["M"].coords[-1][0]


def test_site_tables_come_through_the_same_door():
    site = tiny_site()
    land, findings = read_table(site.land.reset_index().assign(release_date="31/12/2027", status="Released"), LAND, CRS)
    assert land.loc["T-1", ["release_date", "status"]].tolist() == ["2027-12-31", "released"]
    assert {f.code for f in findings} == {"PLAN-VALUE-READ"}
    roads, findings = read_table(site.roads, ROADS, CRS)
    assert findings == ()
    assert roads.crs == CRS
    _, findings = read_table(site.roads.reset_index().rename(columns={"road_id": "tie_in_id"}), TIE_INS, CRS)
    assert {"PLAN-GEOMETRY-TYPE", "PLAN-COLUMN-MISSING"} <= {f.code for f in findings}


def test_two_columns_of_one_name_are_told_and_the_first_is_read():
    plots = defects.frames()["plots"]
    plan, found = through(plots=pd.concat([plots, plots[["use"]].assign(use="hotel")], axis=1))
    assert plan.plots.loc["A-16", "use"] == "housing_villa"
    assert found["PLAN-COLUMN-TWICE"].params["found"] == ["use"]


def test_a_layer_whose_shapes_bear_another_name_is_read():
    plan, found = through(plots=tiny_plan().plots.rename_geometry("geom"))
    assert found == {}
    assert plan.digest == tiny_plan().digest


def test_findings_name_the_first_and_count_all():
    plots = pd.concat([defects.frames()["plots"]] * 20, ignore_index=True)
    plots["plot_id"] = [f"T-{i}" for i in range(len(plots))]
    plots["use"] = "palace"
    _, findings = read_table(plots, PLOTS, CRS)
    found = next(f for f in findings if f.code == "PLAN-CHOICE")
    assert (len(found.where), found.params["count"]) == (50, 180)
