"""Survey points become spot heights, from whatever the surveyor sends."""

from __future__ import annotations

import json

import ezdxf
import pytest
from typer.testing import CliRunner

from qutb.cli.app import app
from qutb.files import read_layers, read_survey

CRS = "EPSG:32628"
POINTS = [("P1", 412000.0, 2613000.0, 4.25), ("P2", 412020.5, 2613010.25, 5.5)]


def run(*args: object):
    return CliRunner().invoke(app, ["plan", "import", *map(str, args)], env={"QUTB_LANG": "en"})


def levels(path):
    return [(i, r.geometry.x, r.geometry.y, r.level_m) for i, r in read_survey(path, crs=CRS).iterrows()]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.xyz", "412000.0 2613000.0 4.25\n412020.5 2613010.25 5.5\n"),
        ("b.txt", "P1\t412000,0\t2613000,0\t4,25\nP2\t412020,5\t2613010,25\t5,5\n"),
        ("c.csv", "Matricule;Est;Nord;Altitude\r\nP1;412000,0;2613000,0;4,25\r\nP2;412020,5;2613010,25;5,5\r\n"),
        ("d.csv", "x,y,z\n412000.0,2613000.0,4.25\n412020.5,2613010.25,5.5\n"),
        ("e.csv", "# levé du 3 mars\nP1,412000.0,2613000.0,4.25,sol\nP2,412020.5,2613010.25,5.5,route\n"),
        ("f.csv", "point;z;y;x\nP1;4,25;2613000,0;412000,0\nP2;5,5;2613010,25;412020,5\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1256", "utf-16"])
def test_lists_of_points_are_read_as_surveyors_write_them(tmp_path, name, words, encoding):
    (tmp_path / name).write_bytes(words.encode(encoding))
    found = levels(tmp_path / name)
    assert [p[1:] for p in found] == [p[1:] for p in POINTS]
    if "P1" in words:
        assert [p[0] for p in found] == ["P1", "P2"]


def test_a_line_that_is_no_point_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("x;y;z\n412000;2613000;4,25\nborne détruite\n")
    done = run(tmp_path / "a.csv", "--crs", CRS, "--out", tmp_path / "levels.gpkg")
    assert done.exit_code == 3
    assert "line 3" in done.stderr
    assert not (tmp_path / "levels.gpkg").exists()


def survey_drawing(path):
    """A point with a height, a block with its level as attribute, a flat point with a number beside it."""
    doc = ezdxf.new("R2018", units=6)
    block = doc.blocks.new("PTOPO")
    block.add_point((0, 0))
    block.add_attdef("ALT", (0, 0))
    space = doc.modelspace()
    space.add_point((412000.0, 2613000.0, 4.25), dxfattribs={"layer": "POINTS TOPO"})
    insert = space.add_blockref("PTOPO", (412020.5, 2613010.25), dxfattribs={"layer": "POINTS TOPO"})
    insert.add_auto_attribs({"ALT": "5,50"})
    space.add_point((412040.0, 2613000.0, 0.0), dxfattribs={"layer": "POINTS TOPO"})
    space.add_text("6.75", height=0.5, dxfattribs={"layer": "POINTS TOPO"}).set_placement((412040.5, 2613000.5))
    return doc, space


def test_a_drawing_of_survey_points_becomes_spot_heights(tmp_path):
    doc, _ = survey_drawing(tmp_path)
    doc.saveas(tmp_path / "leve.dxf")
    done = run(tmp_path / "leve.dxf", "--crs", CRS, "--levels", tmp_path / "levels.gpkg", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["spot_heights"] == 3
    written = read_layers(tmp_path / "levels.gpkg")
    assert written.crs == CRS
    assert sorted(written["spot_heights"]["level_m"]) == [4.25, 5.5, 6.75]


def test_a_plan_with_survey_points_gives_both(tmp_path):
    doc, space = survey_drawing(tmp_path)
    for n in range(12):
        x = 412000.0 + 20 * n
        corners = [(x, 2613100), (x + 20, 2613100), (x + 20, 2613125), (x, 2613125)]
        space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "VILLAS"})
    doc.saveas(tmp_path / "bay.dxf")
    out, heights = tmp_path / "bay.gpkg", tmp_path / "levels.gpkg"
    done = run(tmp_path / "bay.dxf", "--crs", CRS, "--out", out, "--levels", heights, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["plots"], told["spot_heights"]) == (12, 3)
    assert told["written"][:2] == [str(out), str(heights)]


def test_a_drawing_without_any_level_is_refused(tmp_path):
    doc = ezdxf.new("R2018", units=6)
    doc.modelspace().add_line((412000, 2613000), (412010, 2613000))
    doc.saveas(tmp_path / "leve.dxf")
    done = run(tmp_path / "leve.dxf", "--crs", CRS, "--levels", tmp_path / "levels.gpkg")
    assert done.exit_code == 3
    assert "[DRAW-NO-LEVELS]" in done.stderr
