"""Ids from version to version: proposed by overlap and text, confirmed by a person, then applied."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely import box
from shapely.affinity import translate

from fixtures.defects import frames, here, rebuilt
from fixtures.revised import re_exported
from fixtures.tiny import tiny_plan
from qutb import open_pole
from qutb.pack import load_pack
from qutb.plan import apply_matches, difference, keep_outlines, match_ids, propose_matches
from qutb.text import LANGUAGES, hint, message

SAMPLE = load_pack("ma").folder / "samples" / "dakhla"


@pytest.mark.parametrize("name", ["bay", "courtyards", "spine"])
def test_a_sample_plan_drawn_anew_keeps_its_ids(name):
    """Vertices 2 cm off, rows in another order, new ids: at least 98 % must be found again."""
    old = open_pole(SAMPLE).plan(name)
    new, fresh = re_exported(old)
    back, findings = apply_matches(new, propose_matches(old, new))
    assert findings == ()
    was = {new_id: old_id for old_id, new_id in fresh.items()}
    kept = sum(was[new_id] == got for new_id, got in zip(new.plots.index, back.plots.index, strict=True))
    assert kept >= 0.98 * len(was)
    assert sorted(back.plot_floors["plot_id"]) == sorted(old.plot_floors["plot_id"])


def test_a_drawing_exported_anew_with_its_outlines_kept_is_the_earlier_version():
    old = tiny_plan()
    new, _ = re_exported(old)
    back, _ = apply_matches(new, propose_matches(old, new))
    assert back.digest != old.digest
    same, findings = keep_outlines(old, back, 0.05)
    assert same.digest == old.digest
    assert {f.params["layer"] for f in findings} == {"plots", "streets"}
    assert all(f.params["value"] <= 0.05 for f in findings)


def test_an_outline_moved_further_than_asked_stays_as_drawn():
    moved = tiny_plan().with_plot("D-2", geometry=here(box(168, 0, 220, 59)))
    assert keep_outlines(tiny_plan(), moved, 0.05)[0].digest == moved.digest


def test_ids_used_again_for_other_land_are_a_new_numbering_and_not_nine_redrawn_plots():
    plots = frames()["plots"]
    turned = plots.assign(plot_id=[*plots["plot_id"][1:], plots["plot_id"].iloc[0]])
    found = difference(tiny_plan(), rebuilt(plots=turned)).changes
    assert set(found.loc[found["layer"] == "plots", "change"]) == {"renamed"}


def test_floors_of_a_renamed_plot_are_no_difference():
    plots, floors = frames()["plots"], frames()["plot_floors"]
    plots["plot_id"] = plots["plot_id"].replace("B-2", "B-22")
    found = difference(tiny_plan(), rebuilt(plots=plots, plot_floors=floors.assign(plot_id="B-22")))
    assert found.changes[["layer", "change"]].to_numpy().tolist() == [["plots", "renamed"]]


def test_a_street_drawn_a_hand_aside_under_another_name_is_the_same_street():
    streets = frames()["streets"]
    streets["street_id"] = ["S1", "S2"]
    streets["geometry"] = [translate(g, 0.3, 0.3) for g in streets["geometry"]]
    found = difference(tiny_plan(), rebuilt(streets=streets)).changes
    assert set(found["change"]) == {"renamed", "geometry"}
    assert found["shift_m"].max() == pytest.approx(0.3 * 2**0.5, abs=1e-3)


def test_texts_that_differ_by_signs_case_or_figures_are_the_same_when_the_land_does_not_decide():
    old = tiny_plan().plots
    new = old.set_axis([i.lower().replace("-", " ") for i in old.index])
    new = new.set_geometry(new.translate(500.0))
    table = match_ids(old, new)
    assert set(table["status"]) == {"renamed"}
    assert table.set_index("new_id").loc["a 16", "proposed_id"] == "A-16"
    arabic = old.set_axis([i.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) for i in old.index])
    arabic = arabic.set_geometry(arabic.translate(500.0))
    assert set(match_ids(old, arabic)["status"]) == {"renamed"}


def confirmed(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["layer", "new_id", "proposed_id"])


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        ([("plots", "2026-01-02", "A-1")], "PLAN-MATCH-UNKNOWN", "plot:2026-01-02"),
        ([("plots", "A-16", "A-17")], "PLAN-MATCH-TWICE", "plot:A-17"),
        ([("plots", "A-16", "X"), ("plots", "A-16", "Y")], "PLAN-MATCH-TORN", "plot:A-16"),
    ],
)
def test_a_mapping_that_cannot_be_applied_says_where_and_changes_nothing(rows, code, where):
    plan = tiny_plan()
    same, findings = apply_matches(plan, confirmed(*rows))
    assert same is plan
    found = {f.code: f for f in findings}[code]
    assert (found.severity, found.where) == ("blocking", (where,))
    for lang in LANGUAGES:
        assert "{" not in message(found, lang) + hint(found, lang)


def test_a_row_that_the_mapping_leaves_out_keeps_its_id():
    back, findings = apply_matches(tiny_plan(), confirmed(("plots", "A-16", "A-99")))
    assert "A-99" in back.plots.index
    assert "A-17" in back.plots.index
    assert [f.code for f in findings] == ["PLAN-MATCH-SILENT"]


def test_ids_may_change_places():
    back, findings = apply_matches(tiny_plan(), confirmed(("plots", "D-1", "D-2"), ("plots", "D-2", "D-1")))
    assert not [f for f in findings if f.severity == "blocking"]
    assert back.plots.loc["D-2", "use"] == "hotel"


def test_plots_that_overlap_in_both_versions_are_not_taken_for_a_merger():
    old = tiny_plan().with_plot("A-17", geometry=here(box(10, 80, 104, 140))).plots
    new = old.set_axis([f"n{i}" for i in old.index])
    table = match_ids(old, new)
    assert set(table["status"]) == {"renamed"}
    assert table["proposed_id"].tolist() == sorted(old.index)
