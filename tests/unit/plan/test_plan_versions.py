"""Versions of pole_tiny: what is the same plot, and what changed."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from fixtures import defects
from fixtures.tiny import tiny_plan
from qutb.plan import difference, match_ids
from qutb.text import LANGUAGES


def drawn(rows: dict[str, tuple[float, float, float, float]]) -> gpd.GeoDataFrame:
    shapes = [defects.here(box(*b)) for b in rows.values()]
    return gpd.GeoDataFrame({"plot_id": list(rows)}, geometry=shapes, crs="EPSG:32628").set_index("plot_id")


def matched(old, new) -> dict[tuple[str, str], tuple[str, str]]:
    table = match_ids(drawn(old), drawn(new))
    return {(r.old_id, r.new_id): (r.status, r.proposed_id) for r in table.itertuples()}


def test_a_re_exported_drawing_keeps_its_ids():
    old = {"A": (0, 0, 10, 20), "B": (10, 0, 20, 20)}
    new = {"row-1": (10, 0, 20, 20), "row-2": (0, 0, 10, 20)}
    assert matched(old, new) == {("A", "row-2"): ("renamed", "A"), ("B", "row-1"): ("renamed", "B")}


def test_ids_that_changed_places_follow_the_land():
    old = {"A": (0, 0, 10, 20), "B": (10, 0, 20, 20)}
    new = {"B": (0, 0, 10, 20), "A": (10, 0, 20, 20)}
    assert matched(old, new) == {("A", "B"): ("renamed", "A"), ("B", "A"): ("renamed", "B")}


def test_a_plot_cut_in_two_is_split():
    found = matched({"A": (0, 0, 10, 20)}, {"A-1": (0, 0, 10, 8), "A-2": (0, 8, 10, 20)})
    assert found == {("A", "A-1"): ("split", "A-1"), ("A", "A-2"): ("split", "A-2")}


def test_two_plots_in_one_are_merged_and_the_largest_gives_its_id():
    found = matched({"A": (0, 0, 10, 8), "B": (0, 8, 10, 20)}, {"row-1": (0, 0, 10, 20)})
    assert found == {("A", "row-1"): ("merged", "B"), ("B", "row-1"): ("merged", "B")}


def test_new_and_gone_plots_are_told():
    found = matched({"A": (0, 0, 10, 20)}, {"B": (50, 0, 60, 20)})
    assert found == {("A", ""): ("gone", ""), ("", "B"): ("new", "B")}


def test_a_plot_that_moved_away_keeps_its_id_with_no_score():
    table = match_ids(drawn({"A": (0, 0, 10, 20)}), drawn({"A": (50, 0, 60, 20)}))
    assert table[["status", "proposed_id", "score"]].to_numpy().tolist() == [["same", "A", 0.0]]


def test_a_new_plot_does_not_take_the_id_of_one_that_was_renamed():
    found = matched({"A": (0, 0, 10, 20)}, {"row-1": (0, 0, 10, 20), "A": (50, 0, 60, 20)})
    assert found[("A", "row-1")] == ("renamed", "A")
    assert found[("", "A")] == ("new", "A~2")


def test_the_score_is_intersection_over_union():
    table = match_ids(drawn({"A": (0, 0, 10, 20)}), drawn({"A": (0, 0, 10, 16)}))
    assert table["score"].tolist() == pytest.approx([0.8])  # 160 / 200


def test_a_plan_does_not_differ_from_itself():
    assert difference(tiny_plan(), tiny_plan()).empty


def test_a_changed_value_is_told_with_both():
    found = difference(tiny_plan(), tiny_plan().with_plot("A-17", storeys=5.0))
    assert found.changes[["layer", "change", "old_id"]].to_numpy().tolist() == [["plots", "attributes", "A-17"]]
    assert found.attributes[["column", "old_value", "new_value"]].to_numpy().tolist() == [["storeys", "4", "5"]]


def test_a_changed_outline_is_told_with_both_areas():
    found = difference(tiny_plan(), defects.plan_with_overlap()).changes.iloc[0]
    assert (found["change"], found["old_id"]) == ("geometry", "A-16")
    assert (found["old_area_m2"], found["new_area_m2"]) == (pytest.approx(3120.0), pytest.approx(3240.0))


def test_streets_added_and_removed_are_told_with_their_length():
    found = difference(defects.plan_with_bridge(), tiny_plan()).changes
    assert found[["layer", "change", "old_id"]].to_numpy().tolist() == [["streets", "removed", "V"]]
    assert found["old_length_m"].tolist() == pytest.approx([140.0])


def test_a_street_renamed_is_the_same_line():
    streets = defects.frames()["streets"].replace({"street_id": {"L": "L-9"}})
    found = difference(tiny_plan(), defects.rebuilt(streets=streets)).changes
    assert found[["change", "old_id", "new_id"]].to_numpy().tolist() == [["renamed", "L", "L-9"]]


def test_floors_of_a_mixed_plot_differ_by_plot_and_use():
    floors = defects.frames()["plot_floors"]
    floors.loc[1, "floor_area_m2"] = 1000.0
    found = difference(tiny_plan(), defects.rebuilt(plot_floors=floors)).attributes
    assert found[["layer", "new_id", "old_value", "new_value"]].to_numpy().tolist() == [
        ["plot_floors", "B-2/retail", "1560", "1000"]
    ]


def test_a_difference_is_told_in_three_languages():
    plots = defects.frames()["plots"]
    plots.loc[plots["plot_id"] == "A-17", "use"] = "retail"
    found = difference(tiny_plan(), defects.rebuilt(plots=plots[plots["plot_id"] != "D-2"]))
    said = {lang: "\n".join(found.lines(lang)) for lang in LANGUAGES}
    assert "Plots · Removed 1: D-2" in said["en"]
    assert "Usage: Immeubles d'habitation → Commerces" in said["fr"].replace("\u2068", "").replace("\u2069", "")
    assert "بقع" in said["ar"]


def test_a_difference_is_plain_data():
    found = difference(tiny_plan(), defects.plan_with_overlap()).to_json()
    assert found["changes"][0]["new_length_m"] is None
    assert found["attributes"] == []


def test_absent_values_are_not_a_difference():
    plan = defects.rebuilt(plots=defects.frames()["plots"].assign(tenure=pd.NA))
    assert difference(tiny_plan(), plan).empty
