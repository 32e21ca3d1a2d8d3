"""Texts of drawings: what each line says, and the plot it speaks of."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from qutb.files.drawing.labels import labels_of, parsed_texts
from qutb.files.drawing.words import clean_text, meaning_of, storeys_of, tag_meaning


def texts(*rows, height_m=1.0):
    """(text, x, y[, layer[, insert[, tag]]]) each."""
    table = [(*row, *("T", -1, "")[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(table, columns=["text", "x_m", "y_m", "layer", "insert", "tag"])
    return frame.assign(height_m=height_m, width_m=0.7 * height_m * frame["text"].str.len())


def said(text: str, tag: str = "", words=None) -> set:
    parsed = parsed_texts(texts((text, 0.0, 0.0, "T", -1, tag)), words or {})
    return set(zip(parsed["kind"], parsed["value"], strict=True))


def row_of_lots(count: int = 3, wide: float = 10.0):
    shapes = [shapely.box(wide * n, 0, wide * (n + 1), 20) for n in range(count)]
    return pd.DataFrame({"geometry": shapes, "insert": -1})


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("12", {("plot_id", "12")}),
        ("١٢", {("plot_id", "12")}),
        ("Lot 12 - 120 m²", {("plot_id", "12"), ("area", 120.0)}),
        ("LOT N°12", {("plot_id", "12")}),
        ("12 bis", {("plot_id", "12 bis")}),
        ("بقعة رقم 12", {("plot_id", "12")}),
        ("12.", {("plot_id", "12")}),
        ("R+4", {("storeys", 5.0)}),
        ("S = 1 250,50 m²", {("area", 1250.5)}),
        ("Sup=120", {("area", 120.0)}),
        ("1,25 ha", {("area", 12_500.0)}),
        ("12\\PS=120\\PR+2", {("plot_id", "12"), ("area", 120.0), ("storeys", 3.0)}),
        ("Rue de 15 m", {("width", 15.0)}),
        ("Emprise 12.00", {("width", 12.0)}),
        ("Rue 12", set()),
        ("COS=1.2", {("floor_area_ratio", 1.2)}),
        ("C.E.S 50%", {("ground_coverage_ratio", 0.5)}),
        ("Îlot 3", {("block_id", "3")}),
        ("E.V.", {("use", "green")}),
        ("EV", {("use", "green"), ("zone_code", "EV")}),
        ("Eq", {("use", "facility"), ("zone_code", "Eq")}),
        ("G.S", {("use", "facility"), ("facility_type", "primary_school")}),
        ("{\\fArial|b0;ÉCOLE}", {("use", "facility"), ("facility_type", "primary_school")}),
        ("مسجد", {("use", "worship"), ("facility_type", "neighbourhood_mosque")}),
        ("دجسم", set()),  # four letters turned round may be anything
        ("تارامع", {("use", "housing_apartment")}),  # عمارات in the order of the screen
    ],
)
def test_a_line_says(text, meanings):
    assert said(text) == meanings


def test_the_words_of_the_user_are_stronger_than_the_vocabulary():
    assert said("EV", words={"ev": "parking"}) == {("use", "parking")}


@pytest.mark.parametrize(
    ("tag", "text", "meaning"),
    [
        ("NUM_LOT", "Lot 7", ("plot_id", "7")),
        ("SURF", "1 200,5", ("area", 1200.5)),
        ("USAGE", "Villas", ("use", "housing_villa")),
        ("NIVEAUX", "R+3", ("storeys", 4.0)),
        ("رقم البقعة", "7", ("plot_id", "7")),
    ],
)
def test_an_attribute_fills_the_column_of_its_tag(tag, text, meaning):
    assert meaning in said(text, tag)


def test_tags_nobody_knows_say_nothing():
    assert tag_meaning("XYZ") == ""
    assert tag_meaning("Num_Lot") == "plot_id"


@pytest.mark.parametrize(
    ("words", "use"),
    [
        ("LOTVILLA", "housing_villa"),
        ("Equipemnts", "facility"),
        ("Locaux commerciaux", "retail"),
        ("Facilities", "facility"),
        ("السكن الاجتماعي", "housing_social"),
        ("HABITAT_SOCIAL-R+4", "housing_social"),
        ("Calque1", ""),
    ],
)
def test_words_glued_misspelt_or_in_the_plural_are_understood(words, use):
    assert meaning_of(words).use == use


def test_storeys_count_the_ground_floor():
    assert [storeys_of(t) for t in ("R+2", "RDC+1", "3 niveaux", "ط+2", "HAUTEUR")] == [3, 2, 3, 3, None]


def test_format_codes_are_no_text():
    assert clean_text("%%uLot%%u 12\\Pvilla") == "Lot 12\nvilla"


# into plots ------------------------------------------------------------------------------------------------


def test_each_text_goes_to_the_plot_it_lies_in():
    parsed = parsed_texts(texts(("1", 5, 10), ("2", 15, 10), ("Villa", 15, 5), ("3", 25, 10)), {})
    by_plot = labels_of(parsed, row_of_lots(), 12.0).by_plot
    assert by_plot["plot_id"].tolist() == ["1", "2", "3"]
    assert by_plot["use"].isna().tolist() == [True, False, True]


def test_a_number_dragged_into_the_street_goes_to_the_plot_without_one():
    parsed = parsed_texts(texts(("1", 5, 10), ("2", 14, -3), ("3", 25, 10)), {})
    labels = labels_of(parsed, row_of_lots(), 12.0)
    assert labels.by_plot["plot_id"].tolist() == ["1", "2", "3"]
    assert labels.moved == 1


def test_a_number_farther_than_the_reach_is_told_as_stray():
    labels = labels_of(parsed_texts(texts(("1", 5, 10), ("2", 14, -30)), {}), row_of_lots(2), 12.0)
    assert labels.by_plot["plot_id"].isna().tolist() == [False, True]
    assert labels.strays["value"].tolist() == ["2"]


def test_a_word_written_under_a_number_goes_with_it():
    """By hand: lots 3 m deep; the word two metres below its number lies in the next lot, which has its own."""
    lots = pd.DataFrame({"geometry": [shapely.box(0, 3 * n, 20, 3 * n + 3) for n in range(3)], "insert": -1})
    rows = [(str(n), 10, 3 * n + 1.5) for n in range(3)]
    rows += [(word, 10, 3 * n - 0.5) for n, word in enumerate(("Villas", "Bureaux", "Parking"))]
    by_plot = labels_of(parsed_texts(texts(*rows), {}), lots, 12.0).by_plot
    assert by_plot["use"].tolist() == ["housing_villa", "office", "parking"]


def test_second_lines_that_lie_in_the_next_narrow_plot_go_back_to_their_own():
    lots = pd.DataFrame({"geometry": [shapely.box(0, 4 * n, 20, 4 * n + 4) for n in range(6)], "insert": -1})
    uses = ("VILLAS", "COMMERCE", "BUREAUX", "HOTEL", "PARKING", "MOSQUEE")
    lines = [(str(n + 1), 5.0, 4 * n + 2.0) for n in range(6)]
    lines += [(use, 5.0, 4 * n - 0.5) for n, use in enumerate(uses)]  # 2.5 m below each number: in the plot before
    by_plot = labels_of(parsed_texts(texts(*lines), {}), lots, 3.0).by_plot
    assert list(by_plot["plot_id"]) == list("123456")
    assert list(by_plot["use"]) == ["housing_villa", "retail", "office", "hotel", "parking", "worship"]


def test_attributes_of_one_insert_stay_together():
    """The use stands 9 m right of the number, over the next lot: it is of the same insert."""
    rows = [("1", 5, 10, "0", 4, "LOT"), ("Villa", 14, 10, "0", 4, "USAGE")]
    rows += [("2", 15, 5, "0", 5, "LOT"), ("Bureaux", 24, 5, "0", 5, "USAGE")]
    by_plot = labels_of(parsed_texts(texts(*rows), {}), row_of_lots(), 12.0).by_plot
    assert by_plot["use"].tolist()[:2] == ["housing_villa", "office"]
    assert by_plot["use"].isna()[2]


def test_numbers_that_equal_areas_are_areas():
    rows = [(n, 10 * i + 5, 10, "SURF") for i, n in enumerate(("200", "201", "199"))]
    by_plot = labels_of(parsed_texts(texts(*rows), {}), row_of_lots(), 12.0).by_plot
    assert by_plot["area"].tolist() == [200.0, 201.0, 199.0]
    assert by_plot["plot_id"].isna().all()


def test_a_code_that_many_plots_bear_is_their_zone():
    rows = [("ZA1", 10 * i + 5, 10) for i in range(6)]
    by_plot = labels_of(parsed_texts(texts(*rows), {}), row_of_lots(6), 12.0).by_plot
    assert by_plot["zone_code"].tolist() == ["ZA1"] * 6


def test_a_code_that_one_plot_bears_names_it_where_no_number_is_written():
    by_plot = labels_of(parsed_texts(texts(("EV 1", 5, 10), ("2", 15, 10)), {}), row_of_lots(2), 12.0).by_plot
    assert by_plot["plot_id"].tolist() == ["EV 1", "2"]
