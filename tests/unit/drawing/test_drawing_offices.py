"""Drawings in the manner of other offices: prefixed layers, abbreviations, English attributes, fills alone."""

from __future__ import annotations

import ezdxf
import numpy as np
import pytest
from ezdxf import units

from qutb.files import read_drawing
from qutb.files.drawing.words import meaning_of

CRS = "EPSG:32628"
ORIGIN = np.array([414_000.0, 2_613_000.0])
STREET_M = 12.0


def at(x: float, y: float) -> np.ndarray:
    return ORIGIN + np.array([x, y])


def ring(column: int, row: int) -> np.ndarray:
    """A lot of 20 by 25 m; lots of a row touch, rows lie a street apart."""
    corner = at(20.0 * column, (25.0 + STREET_M) * row)
    return corner + np.array([[0, 0], [20, 0], [20, 25], [0, 25]])


def drawing(unit: int = units.M) -> tuple[ezdxf.document.Drawing, ezdxf.layouts.Modelspace]:
    made = ezdxf.new("R2010", setup=True)
    made.header["$INSUNITS"] = unit
    return made, made.modelspace()


def read(made, path, crs=CRS):
    made.saveas(path)
    return read_drawing(path, crs=crs)


@pytest.mark.parametrize(
    ("written", "use", "facility"),
    [
        ("Log. soc.", "housing_social", ""),
        ("Hab. coll.", "housing_apartment", ""),
        ("07_Hab-Com_R+4", "mixed", ""),
        ("06_Lots_Eco_R+2", "self_build_row", ""),
        ("14_Esp-V", "green", ""),
        ("Recas.", "housing_resettlement", ""),
        ("Terr. sport", "sport", ""),
        ("Eq. pub.", "facility", ""),
        ("Poste transfo", "utility", ""),
        ("Centre cult.", "facility", "cultural_centre"),
        ("A-PLOT-MIX", "mixed", ""),
        ("A-PLOT-RES", "housing_apartment", ""),
        ("A-PLOT-OFF", "office", ""),
    ],
)
def test_words_cut_short_are_understood(written, use, facility):
    told = meaning_of(written)
    assert (told.use, told.facility_type) == (use, facility)


@pytest.mark.parametrize("written", ["Plan", "RES", "Nord", "Ech. 1/1000", "Part. A", "CAD"])
def test_what_could_shorten_several_words_tells_nothing(written):
    assert meaning_of(written).use == ""


def test_blocks_named_lot_with_english_attributes_and_dimensions(tmp_path):
    made, space = drawing()
    block = made.blocks.new("LOT")
    for tag in ("PLOT_NO", "LANDUSE", "AREA", "CES", "COS"):
        block.add_attdef(tag, (0, 0), dxfattribs={"height": 1.0})
    for column, use in enumerate(["VIL", "APT", "MIX", "COM"]):
        for row in range(2):
            corners = ring(column, row)
            space.add_lwpolyline(corners, close=True, dxfattribs={"layer": f"A-PLOT-{use}", "const_width": 0.4})
            values = {"PLOT_NO": f"P{row}{column}", "LANDUSE": use, "AREA": "500 sqm", "CES": "60%", "COS": "1,8"}
            middle = corners.mean(axis=0)
            space.add_blockref("LOT", middle, dxfattribs={"layer": "A-ANNO", "rotation": 30}).add_auto_attribs(values)
            space.add_aligned_dim(p1=corners[0], p2=corners[1], distance=2, dxfattribs={"layer": "A-DIMS"}).render()
    y = ORIGIN[1] + 25 + STREET_M / 2
    space.add_lwpolyline([(ORIGIN[0], y), (ORIGIN[0] + 80, y)], dxfattribs={"layer": "A-ROAD-CNTR"})
    result = read(made, tmp_path / "gulf.dxf")
    plots = result.plan.plots
    assert sorted(plots.index) == [f"P{row}{column}" for row in range(2) for column in range(4)]
    assert plots["use"].loc[["P00", "P11", "P02", "P13"]].tolist() == [
        "housing_villa",
        "housing_apartment",
        "mixed",
        "retail",
    ]
    assert (plots["ground_coverage_ratio"] == 0.6).all()
    assert (plots["floor_area_ratio"] == 1.8).all()
    assert result.plan.streets["width_m"].tolist() == [STREET_M]


def test_a_plot_that_is_a_block_turned_and_in_millimetres(tmp_path):
    made, space = drawing(units.MM)
    for number in range(6):
        corners = ring(number, 0)
        middle, turn = corners.mean(axis=0), 0.5 * number
        back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        block = made.blocks.new(f"PLOT_{number}")
        block.add_lwpolyline((corners - middle) @ back * 1000, close=True, dxfattribs={"layer": "0"})
        for tag in ("NO", "TYPE"):
            block.add_attdef(tag, (0, 0), dxfattribs={"height": 1000})
        turned = {"layer": "Parcels", "rotation": np.degrees(turn)}
        insert = space.add_blockref(f"PLOT_{number}", middle * 1000, dxfattribs=turned)
        insert.add_auto_attribs({"NO": str(number + 1), "TYPE": "Affordable"})
    plots = read(made, tmp_path / "blocks.dxf").plan.plots
    assert sorted(plots.index) == ["1", "2", "3", "4", "5", "6"]
    assert set(plots["use"]) == {"housing_social"}
    assert plots.area.to_numpy() == pytest.approx(500.0, abs=0.1)


def test_coloured_hatches_with_a_legend_and_roads_on_their_edges(tmp_path):
    made, space = drawing(0)
    uses = [("R2", 50, "Residential"), ("G1", 90, "Green"), ("B2", 20, "Office")]
    for number, (code, colour, word) in enumerate(uses):
        for row in range(3):
            corners = at(200.0 * number, 150.0 * row) + np.array([[0, 0], [200, 0], [200, 150], [0, 150]])
            fill = space.add_hatch(color=colour, dxfattribs={"layer": "LANDUSE_FILL"})
            fill.paths.add_polyline_path(corners, is_closed=True)
            space.add_text(code, dxfattribs={"layer": "CODE", "height": 10}).set_placement(corners.mean(axis=0))
        box = at(0, -60.0 - 30 * number) + np.array([[0, 0], [30, 0], [30, 20], [0, 20]])
        space.add_hatch(color=colour, dxfattribs={"layer": "LEGEND"}).paths.add_polyline_path(box, is_closed=True)
        space.add_text(word, dxfattribs={"layer": "LEGEND", "height": 9}).set_placement(box[0] + [40, 5])
    for x in (200.0, 400.0):
        space.add_lwpolyline([at(x, 0), at(x, 450)], dxfattribs={"layer": "road"})
    result = read(made, tmp_path / "zones.dxf", crs="local")
    assert result.plan.plots["use"].value_counts().to_dict() == {"housing_apartment": 3, "green": 3, "office": 3}
    assert result.plan.streets.length.tolist() == pytest.approx([450.0, 450.0])


def test_streets_derived_where_four_blocks_meet_leave_no_crumbs(tmp_path):
    made, space = drawing()
    for x in range(3):
        for y in range(3):  # the blocks of the middle column are moved a little: crossings are not quite crossings
            corner = at(70.0 * x, 60.0 * y + (0.4 if x == 1 else 0.0))
            space.add_lwpolyline(corner + np.array([[0, 0], [58, 0], [58, 48], [0, 48]]), close=True)
    result = read(made, tmp_path / "blocks.dxf")
    streets = result.plan.streets
    assert streets.length.min() > 5.0
    assert len(streets) == 12  # by hand: two streets each way, three pieces each
    assert streets["width_m"].to_numpy() == pytest.approx(12.0, abs=0.5)
    assert "PLAN-STREET-ZERO" not in {f.code for f in result.findings}
