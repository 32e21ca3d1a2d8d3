"""Small drawings whose plots are known by hand: curves, hatches, units, blocks, legends, streets, and what is lost."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

ezdxf = pytest.importorskip("ezdxf")

from qutb.core import InputError  # noqa: E402
from qutb.files import read_drawing  # noqa: E402
from qutb.files.drawing import Answers, LayerAnswer  # noqa: E402

CRS = "EPSG:32628"
X, Y = 414_000.0, 2_613_000.0
HERE = np.array([X, Y])


class Sheet:
    """A drawing in metres at (X, Y), written and read in one go."""

    def __init__(self, folder, version="R2010", insunits=6, unit=1.0):
        self.path, self.unit = folder / "plan.dxf", unit
        self.doc = ezdxf.new(version)
        if version != "R12":
            self.doc.header["$INSUNITS"] = insunits
        self.space = self.doc.modelspace()

    def at(self, points):
        return ((np.asarray(points, dtype=float) + HERE) * self.unit).tolist()

    def ring(self, points, layer="LOTS", colour=256, bulges=None):
        about = {"layer": layer, "color": colour}
        rows = [(*p, b) for p, b in zip(self.at(points), bulges or [0] * len(points), strict=True)]
        return self.space.add_lwpolyline(rows, format="xyb", close=True, dxfattribs=about)

    def box(self, west, south, east, north, layer="LOTS", colour=256):
        return self.ring([(west, south), (east, south), (east, north), (west, north)], layer, colour)

    def lots(self, count=6, layer="LOTS VILLA", south=0.0):
        for n in range(count):
            self.box(20 * n, south, 20 * n + 20, south + 25, layer)

    def line(self, a, b, layer="LOTS"):
        self.space.add_line(*self.at([a, b]), dxfattribs={"layer": layer})

    def text(self, words, x, y, layer="TEXTES", height=1.0):
        about = {"layer": layer, "height": height * self.unit, "insert": self.at([(x, y)])[0]}
        self.space.add_text(words, dxfattribs=about)

    def read(self, **answers):
        self.doc.saveas(self.path)
        return read_drawing(self.path, crs=CRS, answers=Answers.model_validate(answers) if answers else None)


@pytest.fixture
def sheet(tmp_path):
    return Sheet(tmp_path)


def areas(result) -> list[float]:
    return sorted(result.plan.plots.area.round(2))


def causes(result) -> dict[str, float]:
    return result.dropped.groupby("cause")["area_m2"].sum().round(2).to_dict()


def codes(result) -> set[str]:
    return {f.code for f in result.findings}


def nothing_is_lost(result) -> bool:
    told = result.plots_area_m2 + result.other_area_m2 + result.dropped_m2
    return abs(told - result.area_in_m2) < 0.01


# shapes ---------------------------------------------------------------------------------------------------


def test_a_bulge_is_an_arc(sheet):
    """A square of 20 m with one side a half circle outwards: 400 + pi 10^2 / 2 = 557.08 m2, to the chord of 1 cm."""
    sheet.ring([(0, 0), (20, 0), (20, 20), (0, 20)], "VILLAS", bulges=[0, 1.0, 0, 0])
    sheet.box(0, 40, 20, 60, "VILLAS")
    assert areas(sheet.read()) == pytest.approx([400.0, 557.08], abs=0.4)


def test_a_bulge_the_other_way_takes_land_away(sheet):
    sheet.ring([(0, 0), (20, 0), (20, 20), (0, 20)], "VILLAS", bulges=[0, -1.0, 0, 0])
    sheet.box(0, 40, 20, 60, "VILLAS")
    assert areas(sheet.read()) == pytest.approx([242.92, 400.0], abs=0.4)


def test_circles_and_ellipses_on_a_layer_of_plots_are_plots(sheet):
    """pi 10^2 = 314.16 and pi 20 10 = 628.32 m2."""
    centre, other = sheet.at([(0, 0), (60, 0)])
    sheet.space.add_circle(centre, 10, dxfattribs={"layer": "JARDIN"})
    sheet.space.add_ellipse(other, (20, 0), 0.5, dxfattribs={"layer": "JARDIN"})
    assert areas(sheet.read()) == pytest.approx([314.16, 628.32], rel=0.002)


def test_a_closed_spline_is_a_plot(sheet):
    """Control points of degree one are corners: 30 m by 20 m."""
    spline = sheet.space.add_spline(dxfattribs={"layer": "JARDIN"})
    corners = sheet.at([(0, 0), (30, 0), (30, 20), (0, 20), (0, 0)])
    spline.set_open_uniform([(x, y, 0) for x, y in corners], degree=1)
    sheet.box(0, 40, 20, 60, "VILLAS")
    assert areas(sheet.read()) == pytest.approx([400.0, 600.0], abs=0.01)


def test_sides_of_lines_and_an_arc_enclose_a_plot(sheet):
    """A square of 20 m and a half disc of radius 10 on top: 400 + 157.08 m2."""
    sheet.line((0, 20), (0, 0))
    sheet.line((0, 0), (20, 0))
    sheet.line((20, 0), (20, 20))
    centre = sheet.at([(10, 20)])[0]
    sheet.space.add_arc(centre, 10, 0, 180, dxfattribs={"layer": "LOTS"})
    sheet.text("Villa", 8, 10)
    assert areas(sheet.read()) == pytest.approx([557.08], abs=0.4)


def test_a_hatch_with_a_hole_keeps_the_hole(sheet):
    """40 m by 40 m with a pond of 10 m by 10 m: 1,500 m2."""
    hatch = sheet.space.add_hatch(dxfattribs={"layer": "ESPACES VERTS"})
    for west, east in ((0, 40), (15, 25)):
        ring = [(west, west), (east, west), (east, east), (west, east)]
        hatch.paths.add_polyline_path(sheet.at(ring), is_closed=True)
    result = sheet.read()
    assert areas(result) == [1500.0]
    assert result.plan.plots["use"].tolist() == ["green"]
    assert nothing_is_lost(result)


def test_a_hatch_gives_its_use_to_the_plot_below_and_no_second_plot(sheet):
    sheet.box(0, 0, 20, 25)
    sheet.box(20, 0, 40, 25)
    hatch = sheet.space.add_hatch(dxfattribs={"layer": "COMMERCES"})
    hatch.paths.add_polyline_path(sheet.at([(0, 0), (20, 0), (20, 25), (0, 25)]), is_closed=True)
    result = sheet.read()
    assert sorted(result.plan.plots["use"]) == ["land_reserve", "retail"]
    assert causes(result)["hatch_of_plot"] == 500.0


def test_hatches_that_overlap_by_a_strip_are_parted_along_its_middle(sheet):
    """Two hatches of 20.1 m that overlap by 0.2 m: 402 m2 in all are 20 m x 20 m each and a strip once."""
    for west in (0.0, 19.9):
        hatch = sheet.space.add_hatch(dxfattribs={"layer": "VILLAS"})
        ring = [(west, 0), (west + 20.1, 0), (west + 20.1, 20), (west, 20)]
        hatch.paths.add_polyline_path(sheet.at(ring), is_closed=True)
    result = sheet.read()
    assert areas(result) == pytest.approx([400.0, 400.0], abs=2.1)
    assert causes(result)["hatch_overlap"] == pytest.approx(4.0)
    assert nothing_is_lost(result)


# units and versions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["R12", "R2000", "R2007", "R2010", "R2013", "R2018"])
def test_every_version_of_dxf_reads_alike(tmp_path, version):
    sheet = Sheet(tmp_path, version)
    for n in range(6):
        corners = sheet.at([(20 * n, 0), (20 * n + 20, 0), (20 * n + 20, 25), (20 * n, 25)])
        sheet.space.add_polyline2d(corners, close=True, dxfattribs={"layer": "LOTS VILLA"})
        sheet.text(f"Lot {n + 1}", 20 * n + 8, 12)
    result = sheet.read()
    assert areas(result) == [500.0] * 6
    assert sorted(result.plan.plots.index) == list("123456")


@pytest.mark.parametrize(("unit", "factor", "insunits"), [("mm", 1000.0, 6), ("mm", 1000.0, 0), ("cm", 100.0, 6)])
def test_the_size_of_lots_tells_the_unit_whatever_the_header_says(tmp_path, unit, factor, insunits):
    sheet = Sheet(tmp_path, insunits=insunits, unit=factor)
    sheet.lots()
    result = sheet.read()
    assert result.answers.unit == unit
    assert areas(result) == [500.0] * 6


def test_arabic_names_in_an_old_code_page_are_read(tmp_path):
    sheet = Sheet(tmp_path, "R2000")
    sheet.doc.encoding = "cp1256"
    sheet.lots(layer="فيلات")
    sheet.text("بقعة ٧", 5, 12, "أرقام البقع")
    result = sheet.read()
    assert set(result.plan.plots["use"]) == {"housing_villa"}
    assert "7" in result.plan.plots.index


# blocks ---------------------------------------------------------------------------------------------------


def test_a_block_inserted_turned_and_mirrored_keeps_its_area_and_number(sheet):
    block = sheet.doc.blocks.new("LOT")
    block.add_lwpolyline([(0, 0), (20, 0), (20, 25), (0, 25)], close=True)
    for n, (scale, turn) in enumerate([(1, 0), (-1, 90), (1, 45)]):
        about = {"layer": "VILLAS", "xscale": scale, "rotation": turn}
        insert = sheet.space.add_blockref("LOT", sheet.at([(80 * n, 0)])[0], dxfattribs=about)
        insert.add_attrib("NUM", f"V{n}", sheet.at([(80 * n + 30, 30)])[0])
    result = sheet.read()
    assert areas(result) == [500.0] * 3
    assert sorted(result.plan.plots.index) == ["V0", "V1", "V2"]


def test_an_insert_in_rows_and_columns_is_many_plots(sheet):
    block = sheet.doc.blocks.new("LOT")
    block.add_lwpolyline([(0, 0), (20, 0), (20, 25), (0, 25)], close=True)
    about = {"layer": "VILLAS", "column_count": 3, "row_count": 2, "column_spacing": 20, "row_spacing": 40}
    sheet.space.add_blockref("LOT", sheet.at([(0, 0)])[0], dxfattribs=about)
    assert areas(sheet.read()) == [500.0] * 6


def test_outlines_of_blocks_and_the_lines_that_divide_them_are_lots(sheet):
    """A block of 60 m by 25 m with two dividers: three lots of 500 m2; its name is theirs."""
    sheet.box(0, 0, 60, 25, "ILOTS")
    sheet.line((20, 0), (20, 25), "Calque1")
    sheet.line((40, 0.3), (40, 24.8), "Calque1")
    sheet.text("Îlot B", 25, 20)
    result = sheet.read()
    assert areas(result) == [500.0] * 3
    assert result.plan.plots["block_id"].tolist() == ["B"] * 3
    assert sorted(result.closures["length_m"].round(2)) == [0.2, 0.3]


# what shapes are for --------------------------------------------------------------------------------------


def test_a_legend_gives_colours_their_use_and_is_no_plot(sheet):
    for n in range(6):
        sheet.box(20 * n, 0, 20 * n + 20, 25, "Calque1", colour=10 if n < 4 else 90)
    for row, (colour, words) in enumerate([(10, "Villas"), (90, "Espaces verts")]):
        sheet.box(0, -60 - 8 * row, 6, -56 - 8 * row, "Calque1", colour)
        sheet.text(words, 8, -58.5 - 8 * row, height=1.5)
    result = sheet.read()
    assert result.plan.plots["use"].value_counts().to_dict() == {"housing_villa": 4, "green": 2}
    assert causes(result) == {"legend": 48.0}
    assert "DRAW-LEGEND" in codes(result)
    assert nothing_is_lost(result)


def test_the_colour_of_a_layer_and_a_true_colour_are_colours_too(sheet):
    sheet.doc.layers.add("Calque1", color=30)
    for n in range(4):
        ring = sheet.box(20 * n, 0, 20 * n + 20, 25, "Calque1")
        if n == 3:
            ring.rgb = (0, 128, 0)
    sheet.box(0, -60, 6, -56, "Calque1")
    sheet.text("Villas", 8, -58.5)
    sheet.box(0, -68, 6, -64, "Calque1").rgb = (0, 128, 0)
    sheet.text("Jardin", 8, -66.5)
    assert sheet.read().plan.plots["use"].value_counts().to_dict() == {"housing_villa": 3, "green": 1}


def test_one_box_with_a_word_is_no_legend(sheet):
    sheet.lots(layer="Calque1")
    sheet.box(0, -60, 6, -56, "Calque1", 10)
    sheet.text("Villas", 8, -58.5)
    assert "DRAW-LEGEND" not in codes(sheet.read())


def test_equal_lots_beside_words_are_no_legend(sheet):
    """Lots apart from each other, their numbers inside and their words in the street, on the row of the next lot."""
    for n, words in enumerate(["Villas", "Bureaux", "Villas", "Bureaux"]):
        sheet.box(40 * n, 0, 40 * n + 10, 10, f"Calque{n % 2}")
        sheet.text(str(n + 1), 40 * n + 4, 4)
        sheet.text(words, 40 * n + 12, 4)
    result = sheet.read()
    assert areas(result) == [100.0] * 4
    assert "DRAW-LEGEND" not in codes(result)


def test_buildings_on_a_layer_without_a_name_are_not_cut_out_of_plots(sheet):
    """A house of 10 m by 10 m in each lot of 500 m2."""
    sheet.lots()
    for n in range(6):
        sheet.box(20 * n + 5, 5, 20 * n + 15, 15, "Calque5")
    result = sheet.read()
    assert areas(result) == [500.0] * 6
    assert len(result.plan.buildings) == 6
    assert result.other_area_m2 == pytest.approx(600.0)
    assert "DRAW-BUILDINGS-FOUND" in codes(result)
    assert nothing_is_lost(result)


def test_lots_in_an_outline_without_a_name_stay_lots(sheet):
    sheet.lots(layer="Calque1")
    sheet.box(0, 0, 120, 25, "Calque2")
    result = sheet.read()
    assert areas(result) == [500.0] * 6
    assert causes(result) == {"outline": 3000.0}


def test_what_the_user_answers_is_not_doubted(sheet):
    sheet.lots()
    for n in range(6):
        sheet.box(20 * n + 5, 5, 20 * n + 15, 15, "Calque5")
    result = sheet.read(layers={"Calque5": LayerAnswer(role="plots", use="green")})
    assert areas(result) == [100.0] * 6 + [400.0] * 6
    assert causes(result) == {"cut_by_inner": 600.0}


def test_a_drawing_without_plots_is_refused_with_its_layers(sheet):
    sheet.text("12", 0, 0, "NUMEROS")
    with pytest.raises(InputError) as told:
        sheet.read()
    assert told.value.code == "DRAW-NO-PLOTS"


# streets --------------------------------------------------------------------------------------------------


def test_a_street_drawn_takes_its_width_from_the_plots_beside(sheet):
    sheet.lots()
    sheet.lots(south=37.0)
    sheet.line((0, 31), (120, 31), "AXES VOIRIE")
    streets = sheet.read().plan.streets
    assert streets["width_m"].tolist() == [12.0]
    assert streets["street_class"].tolist() == ["local"]
    assert streets.length.tolist() == [120.0]


def test_a_street_nobody_drew_is_derived_with_its_width(sheet):
    """Two rows of lots 12 m apart, 120 m long."""
    sheet.lots()
    sheet.lots(south=37.0)
    result = sheet.read()
    main = result.plan.streets.loc[result.plan.streets.length.idxmax()]
    assert main["width_m"] == pytest.approx(12.0, abs=0.2)
    assert main.geometry.length == pytest.approx(120.0, abs=8.0)
    assert main.geometry.centroid.y - Y == pytest.approx(31.0, abs=0.2)
    assert "DRAW-STREETS-DERIVED" in codes(result)


# what is lost ---------------------------------------------------------------------------------------------


def test_every_square_metre_that_is_in_no_plot_has_a_cause(sheet):
    """By hand: 6 lots of 500 m2, one drawn twice, a block around all (3,000), a frame of 300 m by 200 m."""
    sheet.lots()
    sheet.box(0, 0, 20, 25, "LOTS VILLA")
    sheet.box(0, 0, 120, 25, "Calque3")
    sheet.box(-90, -90, 210, 110, "CADRE")
    result = sheet.read()
    assert causes(result) == {"duplicate": 500.0, "outline": 3000.0, "role_ignore": 60_000.0}
    assert result.area_in_m2 == pytest.approx(66_500.0)
    assert result.plots_area_m2 == pytest.approx(3000.0)
    assert nothing_is_lost(result)


def test_two_drawings_in_one_file_are_told_and_one_is_read(sheet):
    sheet.lots(8)
    sheet.lots(6, south=2000.0)
    result = sheet.read()
    assert len(result.plan.plots) == 8
    assert causes(result) == {"other_part": 3000.0}
    assert "DRAW-PARTS" in codes(result)
    assert len(sheet.read(part=2).plan.plots) == 6


def test_a_ring_that_crosses_itself_is_mended_and_told(sheet):
    """A bow tie of two triangles of 100 m2 each."""
    sheet.lots()
    sheet.ring([(0, 40), (20, 60), (20, 40), (0, 60)], "LOTS VILLA")
    result = sheet.read()
    assert areas(result)[0] == 200.0
    assert nothing_is_lost(result)


def test_ids_are_kept_where_the_second_drawing_has_no_numbers(sheet, tmp_path):
    sheet.lots()
    for n in range(6):
        sheet.text(f"A{n}", 20 * n + 8, 12)
    first = sheet.read().plan
    bare = Sheet(tmp_path)
    bare.lots()
    bare.doc.saveas(bare.path)
    second = read_drawing(bare.path, crs=CRS, previous=first)
    assert sorted(second.plan.plots.index) == [f"A{n}" for n in range(6)]
    assert second.ids_kept_share == 1.0
    same = second.plan.plots.loc[first.plots.index]
    assert shapely.equals(same.geometry.to_numpy(), first.plots.geometry.to_numpy()).all()
