"""Charts: the figures given, on axes that run left to right in each language."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from qutb.draw import INK, Bars, Range, Share, bars_svg, donut_svg, ranges_svg

LANGUAGES = ("ar", "fr", "en")
SVG = "{http://www.w3.org/2000/svg}"
ROWS = [Range(label="Bay", low=280, central=390, high=520), Range(label="Spine", central=251)]


def texts(drawing):
    return [(int(t.get("x")), int(t.get("y")), t.text) for t in ET.fromstring(drawing).iter(f"{SVG}text")]


def said(drawing):
    return [w for _, _, w in texts(drawing)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_range_axis_runs_left_to_right_from_zero(lang):
    drawing = ranges_svg(ROWS, unit="MAD/m2", lang=lang, title="Cost", band=(257, 475))
    ticks = [(x, int(w)) for x, _, w in texts(drawing) if w in ("0", "200", "400", "600")]
    assert [w for _, w in sorted(ticks)] == [0, 200, 400, 600]


def test_the_reference_band_spans_its_two_values():
    drawing = ranges_svg(ROWS, unit="MAD/m2", lang="en", title="Cost", band=(257, 475), band_label="done")
    at = {w: x for x, _, w in texts(drawing)}
    per_unit = (at["600"] - at["0"]) / 600
    band = re.search(rf'<rect x="(\d+)" y="\d+" width="(\d+)" height="\d+" fill="{INK["band"]}"', drawing)
    assert int(band.group(1)) == pytest.approx(at["0"] + 257 * per_unit, abs=2)
    assert int(band.group(2)) == pytest.approx((475 - 257) * per_unit, abs=2)


def test_names_of_rows_stand_where_the_language_starts():
    at = {
        lang: {w: x for x, _, w in texts(ranges_svg(ROWS, unit="year", lang=lang, title="t"))}["Bay"]
        for lang in ("ar", "fr")
    }
    assert at["fr"] == 0
    assert at["ar"] == 15000  # the chart is 150 mm wide


def test_a_chart_tells_its_figures_to_those_who_cannot_see_it():
    about = ET.fromstring(ranges_svg(ROWS, unit="MAD/m2", lang="en", title="Cost")).find(f"{SVG}desc").text
    assert about == "Bay: 390\u00a0MAD/m² (280\u00a0MAD/m² – 520\u00a0MAD/m²); Spine: 251\u00a0MAD/m²"


@pytest.mark.parametrize("rows", [[], [Range(label="none", central=float("nan"))], [Range(label="zero", central=0.0)]])
def test_a_chart_without_figures_is_still_a_chart(rows):
    drawing = ranges_svg(rows, unit="year", lang="ar", title="t")
    ET.fromstring(drawing)
    assert "nan" not in drawing.lower().replace("none", "")


def test_small_classes_of_a_donut_come_together_as_other():
    shares = [Share(label=f"use {n}", value=(20 - n) * 1e4, key="green") for n in range(12)]
    drawing = donut_svg(shares, lang="fr", title="Sol")
    assert "use 7" in said(drawing)
    assert "use 8" not in said(drawing)
    assert "Autres" in said(drawing)
    # by hand: 12 + 11 + 10 + 9 = 42 of 174 ha
    assert "42,0\u00a0ha" in said(drawing)
    assert "24,1\u00a0%" in said(drawing)


def test_a_donut_of_one_class_is_a_whole_ring():
    drawing = donut_svg([Share(label="Green", value=5e4, key="green")], lang="en", title="Land")
    assert "100.0\u00a0%" in said(drawing)
    assert 'd="M' in drawing


@pytest.mark.parametrize("shares", [[], [Share(label="none", value=0.0)]])
def test_a_donut_of_nothing_does_not_fail(shares):
    ET.fromstring(donut_svg(shares, lang="ar", title="t"))


SERIES = [
    Bars(label="Onsite", values=[100e6, 200e6], color="#ffe07a"),
    Bars(label="Offsite", values=[50e6, None], color="#d79ad6", hatch="rising"),
]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_time_runs_left_to_right(lang):
    at = {w: x for x, _, w in texts(bars_svg(["2027", "2028"], SERIES, unit="MAD", lang=lang, title="t"))}
    assert at["2027"] < at["2028"]


def test_a_stack_says_its_sum_in_the_axis_unit():
    words = said(bars_svg(["2027", "2028"], SERIES, unit="MAD", lang="en", title="t"))
    assert "150" in words  # 100 M + 50 M
    assert "200" in words
    assert "M MAD" in words


def test_grouped_bars_say_each_value():
    words = said(
        bars_svg(
            ["a"],
            [Bars(label="x", values=[30.0], color="#ffe07a"), Bars(label="y", values=[70.0], color="#d79ad6")],
            unit="dwellings",
            lang="en",
            title="t",
            mode="grouped",
        )
    )
    assert {"30", "70"} <= set(words)


def test_a_series_with_another_number_of_values_is_refused():
    with pytest.raises(ValueError, match="one value a category"):
        bars_svg(["2027"], SERIES, unit="MAD", lang="en", title="t")


def test_bars_of_nothing_do_not_fail():
    ET.fromstring(bars_svg([], [], unit="MAD", lang="fr", title="t"))
