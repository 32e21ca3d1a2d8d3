"""Height, COS, CES, dwellings and parking as offices write them on plots."""

from __future__ import annotations

import ezdxf
import pytest

from qutb.files import read_drawing
from qutb.files.drawing.figures import figures_of, metres_of
from qutb.files.drawing.words import meaning_of


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("H=14,50m", {"height_m": 14.5}),
        ("Hauteur max : 12 m", {"height_m": 12.0}),
        ("الارتفاع 11 متر", {"height_m": 11.0}),
        ("COS 2,5", {"floor_area_ratio": 2.5}),
        ("C.O.S = 240 %", {"floor_area_ratio": 2.4}),
        ("COS: 2.4 CES: 60%", {"floor_area_ratio": 2.4, "ground_coverage_ratio": 0.6}),
        ("CES 60", {"ground_coverage_ratio": 0.6}),
        ("24 logts", {"dwellings": 24.0}),
        ("Logements : 120", {"dwellings": 120.0}),
        ("16 شقة", {"dwellings": 16.0}),
        ("45 places de parking", {"parking_spaces": 45.0}),
        ("Stationnement: 30", {"parking_spaces": 30.0}),
        ("30 pl. stat", {"parking_spaces": 30.0}),
    ],
)
def test_a_figure_is_read_by_its_name(line, told):
    assert dict(figures_of(line)[0]) == told


@pytest.mark.parametrize(
    "line", ["H 12", "HE2", "A-17", "R+4", "école 12 classes", "40 places", "PARKING", "LOT 12", "S=240 m2", "COSTA 4"]
)
def test_what_is_no_figure_is_left_alone(line):
    assert figures_of(line) == ([], line)


def test_a_height_in_metres_is_no_number_of_storeys():
    assert metres_of("14,50 m") == 14.5
    assert metres_of("R+4") is None
    assert metres_of("4") is None


def test_figures_and_attributes_reach_their_plot(tmp_path):
    doc = ezdxf.new("R2018", units=6)
    space = doc.modelspace()
    block = doc.blocks.new("LOT")
    for tag in ("NUM_LOT", "HAUTEUR", "PARKING", "LOGEMENTS"):
        block.add_attdef(tag, (0, 0))
    for n in range(12):
        x = 412_000 + 30 * n
        corners = [(x, 2_613_000), (x + 30, 2_613_000), (x + 30, 2_613_040), (x, 2_613_040)]
        space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "IMMEUBLES"})
        insert = space.add_blockref("LOT", (x + 15, 2_613_020), dxfattribs={"layer": "ETIQUETTES"})
        values = {"NUM_LOT": f"{n + 1}", "HAUTEUR": "17,50 m", "PARKING": "20", "LOGEMENTS": f"{n + 10}"}
        insert.add_auto_attribs(values)
        text = space.add_mtext("COS 3,2\\PCES 60 %", dxfattribs={"layer": "TEXTES", "char_height": 1.5})
        text.set_location((x + 10, 2_613_010))
    doc.saveas(tmp_path / "bay.dxf")
    plots = read_drawing(tmp_path / "bay.dxf", crs="EPSG:32628").plan.plots
    assert set(plots.index) == {str(n + 1) for n in range(12)}
    assert set(plots["height_m"]) == {17.5}
    assert set(plots["parking_spaces"]) == {20.0}
    assert plots.loc["3", "dwellings"] == 12
    assert set(plots["floor_area_ratio"]) == {3.2}
    assert set(plots["ground_coverage_ratio"]) == {0.6}
    assert plots["storeys"].isna().all()


@pytest.mark.parametrize(
    ("words", "use"),
    [("بقع سكنية", "housing_apartment"), ("المنطقة الصناعية", "industry"), ("بقع تجارية", "retail"), ("إدارية", "")],
)
def test_arabic_adjectives_are_known_in_both_genders(words, use):
    assert meaning_of(words).use == use


def test_a_plan_of_blocks_takes_their_numbers(tmp_path):
    doc = ezdxf.new("R2018", units=6)
    for n in range(6):
        x, y = 412_000 + 220 * n, 2_613_000
        corners = [(x, y), (x + 200, y), (x + 200, y + 180), (x, y + 180)]
        doc.modelspace().add_lwpolyline(corners, close=True, dxfattribs={"layer": "ILOTS"})
        text = doc.modelspace().add_mtext(
            f"Ilot {n + 1}\\PVilla\\PS=3,6 ha", dxfattribs={"layer": "T", "char_height": 5}
        )
        text.set_location((x + 50, y + 90))
    doc.saveas(tmp_path / "bay.dxf")
    plots = read_drawing(tmp_path / "bay.dxf", crs="EPSG:32628").plan.plots
    assert set(plots.index) == {"1", "2", "3", "4", "5", "6"}
    assert set(plots["use"]) == {"housing_villa"}
    assert set(plots["detail"]) == {"block"}
