"""Maps and sheets: compact, deterministic, readable from either side."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
import shapely.affinity
from shapely import LineString, MultiPolygon, Point, Polygon, box

from fixtures.tiny import tiny_plan
from qutb.draw import INK, PALETTE, Layer, LegendEntry, Sheet, map_svg, sheet_svg, use_layers

LANGUAGES = ("ar", "fr", "en")
SVG = "{http://www.w3.org/2000/svg}"


def tiny_layers(lang="en"):
    plots = tiny_plan().plots
    return use_layers(plots.geometry.to_numpy(), plots["use"].to_numpy(), lang=lang, labels=list(plots.index))


def words_of(drawing):
    return [t.text for t in ET.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_map_is_well_formed_and_named_for_readers_who_cannot_see_it(lang):
    drawing = map_svg(tiny_layers(lang), lang=lang, title="T & <t>", description="what it shows")
    root = ET.fromstring(drawing)
    title, about = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (title.text, about.text) == ("T & <t>", "what it shows")
    assert root.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}"
    assert root.get("direction") == "ltr"


def test_the_same_layers_give_the_same_bytes():
    assert map_svg(tiny_layers(), lang="ar", title="x") == map_svg(tiny_layers(), lang="ar", title="x")


def test_two_drawings_in_one_page_share_no_id():
    one, other = (map_svg(tiny_layers(), lang="en", title=t) for t in ("one", "other"))
    ids = [set(re.findall(r'id="([^"]+)"', drawing)) for drawing in (one, other)]
    assert ids[0] and not ids[0] & ids[1]


def test_every_reference_inside_a_drawing_is_met():
    drawing = map_svg(tiny_layers(), lang="en", title="x")
    assert set(re.findall(r"url\(#([^)]+)\)", drawing)) <= set(re.findall(r'id="([^"]+)"', drawing))


def test_plots_of_a_use_are_one_path():
    paths = re.findall(r'<path fill="(#[0-9a-f]{6})" d="([^"]+)"', map_svg(tiny_layers(), lang="en"))
    assert [p[0] for p in paths].count(PALETTE["facility"]) == 1
    assert len(paths) == 9  # pole_tiny has nine plots of nine uses


def test_a_rectangle_is_drawn_where_it_stands():
    drawing = map_svg(
        [Layer(geometries=[box(10, 10, 20, 40)], fill="#ff0000")],
        extent=(0, 0, 100, 100),
        size_mm=(100, 100),
        scale=1000,
        lang="en",
        north=False,
        scale_bar=False,
    )
    # by hand: 1 m is 1 mm is 100 units; y runs down from 100 m; ring goes (20,10) (20,40) (10,40) (10,10)
    assert 'd="M2000 9000l0-3000-1000 0 0 3000z"' in drawing


def test_holes_parts_and_collections_are_drawn():
    holed = Polygon(box(0, 0, 9, 9).exterior.coords, [box(3, 3, 6, 6).exterior.coords])
    collection = shapely.GeometryCollection([MultiPolygon([box(20, 0, 25, 5), box(30, 0, 35, 5)]), Point(1, 1)])
    drawing = map_svg([Layer(geometries=[holed, collection], fill="#ff0000")], lang="en")
    path = re.search(r'<path fill="#ff0000" d="([^"]+)"', drawing).group(1)
    assert path.count("M") == path.count("z") == 4  # shell, hole, two parts


@pytest.mark.parametrize("shape", [None, Polygon(), LineString(), Point()])
def test_absent_and_empty_geometries_are_passed_over(shape):
    shapes = np.array([shape, box(0, 0, 9, 9)], dtype=object)
    drawing = map_svg([Layer(geometries=shapes, fill="#ff0000", labels=["gone", "here"])], lang="en")
    assert "nan" not in drawing
    assert "gone" not in words_of(drawing)


@pytest.mark.parametrize("layers", [[], [Layer(geometries=[])]])
def test_an_empty_map_is_still_a_map(layers):
    ET.fromstring(map_svg(layers, lang="fr", title="Rien"))


def test_a_wrong_use_is_drawn_in_the_neutral_colour_under_its_own_word():
    (layer,) = use_layers([box(0, 0, 9, 9)], ["castle"], lang="ar")
    assert (layer.fill, layer.legend) == (PALETTE["other"], "castle")


def test_the_legend_says_the_area_of_each_use():
    amounts = {layer.legend: layer.amount for layer in tiny_layers()}
    assert next(iter(amounts.values())) == "3,120\u00a0m²"  # by hand: 52 m x 60 m


@pytest.mark.parametrize("lang", LANGUAGES)
def test_arabic_runs_from_the_right_wherever_the_page_goes(lang):
    drawing = map_svg(tiny_layers(lang), lang=lang, title="قطب الداخلة" if lang == "ar" else "Pole")
    arabic = [w for w in words_of(drawing) if re.search("[\u0600-\u06ff]", w)]
    assert all(w.startswith("\u2067") and w.endswith("\u2069") for w in arabic)
    assert bool(arabic) == (lang == "ar")


def test_the_legend_stands_left_of_an_arabic_map():
    frames = {
        lang: float(re.search(r'<clipPath id="[^"]+"><path d="M(\d+) ', map_svg(tiny_layers(lang), lang=lang)).group(1))
        for lang in ("ar", "fr")
    }
    assert frames["ar"] > 4000
    assert frames["fr"] == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_number_is_split_by_a_plain_space(lang):
    big = Layer(geometries=[box(0, 0, 12_345, 9_000)], fill="#ffffff", legend="x", amount="")
    sheets = sheet_svg([big], Sheet(project="p", plan="q"), lang=lang, paper="A4")
    assert not any(re.search(r"\d \d{3}", w) for s in sheets for w in words_of(s))


def test_names_do_not_cover_each_other_and_the_largest_plot_is_named_first():
    shapes = [Point(0, 0).buffer(30), Point(1, 0).buffer(20), Point(400, 0).buffer(30)]
    layer = Layer(geometries=shapes, fill="#ffffff", labels=["large", "small", "far"], fit=False)
    said = words_of(map_svg([layer], lang="en", north=False, scale_bar=False))
    assert said == ["far", "large"] or said == ["large", "far"]


def test_a_plot_too_small_for_its_name_has_none():
    layer = Layer(geometries=[box(0, 0, 2, 2), box(50, 0, 250, 200)], fill="#ffffff", labels=["A-1", "A-2"])
    assert words_of(map_svg([layer], lang="en", north=False, scale_bar=False)) == ["A-2"]


@pytest.mark.parametrize(
    "longest, expected", [(99.0, 50.0), (100.0, 100.0), (7.0, 5.0), (0.3, 0.2), (2_600.0, 2_000.0)]
)
def test_the_scale_bar_has_a_round_length(longest, expected):
    from qutb.draw.maps import round_length

    assert round_length(longest) == pytest.approx(expected)


def test_marks_in_names_cannot_break_the_drawing():
    drawing = map_svg([Layer(geometries=[box(0, 0, 9, 9)], labels=["<b>&\x00\x07"], legend='"><script>')], lang="en")
    ET.fromstring(drawing)
    assert "<script" not in drawing


def test_six_thousand_plots_make_a_small_drawing():
    x, y = (a.ravel() for a in np.meshgrid(np.arange(100) * 20.0, np.arange(60) * 30.0))
    shapes = shapely.box(x, y, x + 18.0, y + 27.0)
    uses = np.resize(list(PALETTE)[:12], len(shapes))
    drawing = map_svg(use_layers(shapes, uses, lang="fr", labels=[f"A-{n}" for n in range(6000)]), lang="fr")
    assert len(drawing.encode()) < 2_500_000


def sheets(lang="fr", **more):
    words = Sheet(
        project="Pôle",
        plan="Baie",
        date="23 novembre 2026",
        digest_code="QK7-4M2P",
        crs="EPSG:32628",
        stamp="Tracé illustratif",
        notes=("Surfaces calculées.",),
    )
    return sheet_svg(tiny_layers(lang), words, lang=lang, **more)


@pytest.mark.parametrize("paper, scale", [("A1", "1:500"), ("A3", "1:1 000"), ("A4", "1:2 000")])
def test_a_sheet_takes_the_largest_round_scale_that_fits(paper, scale):
    # by hand, pole_tiny 220 m x 140 m; A1 leaves about 640 mm x 568 mm: 220 m at 1:500 is 440 mm, at 1:200 1,100 mm
    (sheet,) = sheets(paper=paper)
    assert scale.replace(" ", "\u202f") in words_of(sheet)


def test_the_title_block_says_all_it_was_given():
    (sheet,) = sheets()
    said = words_of(sheet)
    for expected in (
        "Pôle",
        "Baie",
        "23 novembre 2026",
        "QK7-4M2P",
        "EPSG:32628",
        "Tracé illustratif",
        "Surfaces calculées.",
        "1 / 1",
        "Légende",
        "N",
    ):
        assert expected in said


def test_a_plan_too_large_for_its_scale_is_cut_into_numbered_sheets():
    every = sheets(scale=200, paper="A4")
    assert len(every) > 4
    numbers = [w for s in every for w in words_of(s) if re.fullmatch(r"\d+ / \d+", w)]
    assert numbers == [f"{n + 1} / {len(every)}" for n in range(len(every))]
    assert all(f'stroke="{INK["constraint"]}" stroke-width="60"' in s for s in every)  # this sheet on the key map


def test_sheets_together_show_the_whole_plan():
    from qutb.draw.maps import layers_extent
    from qutb.draw.sheets import _views

    ground = layers_extent(tiny_layers())
    shown = shapely.union_all([box(*v.extent_m) for v in _views(ground, (8.0, 8.0, 200.0, 190.0), 200)])
    assert shown.buffer(1e-6).contains(box(*ground))


def test_a_sheet_that_would_show_nothing_is_left_out():
    corners = [box(0, 0, 10, 10), box(2000, 2000, 2010, 2010)]
    words = Sheet(project="p", plan="q")
    assert len(sheet_svg([Layer(geometries=corners, fill="#ffffff")], words, lang="en", paper="A4", scale=1000)) == 2


def test_an_arabic_sheet_keeps_its_scale_in_order():
    (sheet,) = sheets("ar")
    assert any(re.search("\u20681:1\\.000\u2069", w) for w in words_of(sheet))


def test_extra_legend_lines_come_after_the_layers():
    said = words_of(
        map_svg(tiny_layers(), lang="en", legend=[LegendEntry(label="Coast", stroke="#000000", kind="line")])
    )
    assert said.index("Coast") > said.index("Villas")


def test_a_long_name_in_the_legend_is_set_smaller_before_it_is_cut():
    from qutb.draw.maps import _name_lines

    assert _name_lines("Villas", 30.0, 2.7, 5.0) == [("Villas", 2.7)]
    ((whole, size),) = _name_lines("Lots d'autoconstruction", 27.5, 2.7, 5.0)
    assert whole == "Lots d'autoconstruction"
    assert size < 2.7
    assert [w for w, _ in _name_lines("Lots d'autoconstruction", 20.0, 2.7, 5.0)] == ["Lots", "d'autoconstruction"]
    assert _name_lines("Lots d'autoconstruction", 15.0, 2.0, 2.6)[0][0].endswith("…")


def turns_of(drawing):
    return [float(t) for t in re.findall(r"rotate\(([-\d.]+)\)", drawing)]


def test_a_name_turns_along_a_plot_too_narrow_for_it_level():
    upright = Layer(geometries=[box(0, 0, 2, 40)], labels=["A-17"])
    slanted = Layer(geometries=[shapely.affinity.rotate(box(0, 0, 40, 1.2), 30)], labels=["A-17"])
    level = Layer(geometries=[box(0, 0, 40, 4)], labels=["A-17"])
    options = {"lang": "en", "extent": (-20, -20, 60, 60), "size_mm": (120, 120), "north": False, "scale_bar": False}
    assert [abs(t) for t in turns_of(map_svg([upright], **options))] == [90.0]
    assert turns_of(map_svg([slanted], **options)) == [-30.0]  # 30 degrees up on the ground, y runs down on paper
    assert turns_of(map_svg([level], **options)) == []


def test_turned_names_stay_inside_their_plot():
    row = [box(5 * n, 0, 5 * n + 5, 20) for n in range(8)]
    drawing = map_svg(
        [Layer(geometries=row, labels=[f"213-{n}" for n in range(8)])],
        lang="en",
        size_mm=(60, 60),
        north=False,
        scale_bar=False,
    )
    assert len(words_of(drawing)) == 8


def test_areas_in_a_legend_stand_in_one_unit():
    layers = use_layers([box(0, 0, 900, 900), box(900, 0, 910, 10)], ["green", "retail"], lang="en")
    assert {layer.amount for layer in layers} == {"81.00\u00a0ha", "0.01\u00a0ha"}


def test_small_plots_keep_their_colour_clear_of_lines_and_hatch():
    plots = [box(10 * n, 0, 10 * n + 10, 15) for n in range(40)]
    layer = Layer(geometries=plots, fill="#ff0000", stroke="#000000", stroke_width_mm=0.1, hatch="rising")
    large = map_svg([layer], lang="en", scale=2_000)
    small = map_svg([layer], lang="en", scale=50_000)
    assert ("<pattern" in large, "<pattern" in small) == (True, False)
    assert 'stroke-width="10"' in large
    assert 'stroke="#000000"' not in small  # by hand: 0.08 x sqrt(150 m2 / 50,000^2) = 0.0196 mm, under 0.03
    streets = Layer(geometries=[p.boundary for p in plots], stroke="#00ff00", stroke_width_mm=0.3)
    assert 'stroke="#00ff00" stroke-width="30"' in map_svg([streets], lang="en", scale=50_000)


def test_a_dashed_outline_is_dashed_in_the_legend_too():
    layer = Layer(geometries=[box(0, 0, 9, 9)], stroke="#000000", dash_mm=(1.6, 1.0), legend="Limit")
    assert map_svg([layer], lang="en").count('stroke-dasharray="160 100"') == 2
