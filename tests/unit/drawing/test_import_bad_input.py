"""Drawings that cannot be read, or only in part: each is told with its place, in three languages, by the command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import ezdxf
import pytest
from typer.testing import CliRunner

from qutb import text
from qutb.cli.app import app
from qutb.core import Finding

CRS = "EPSG:32628"
X, Y = 412_000.0, 2_613_000.0


def run(*args: object, lang: str = "en"):
    return CliRunner().invoke(app, ["plan", "import", *map(str, args)], env={"QUTB_LANG": lang})


def told(path: Path, out: Path, *more: object) -> dict:
    done = run(path, "--crs", CRS, "--out", out, "--json", *more)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def codes(answer: dict) -> dict[str, dict]:
    return {f["code"]: f for f in answer["findings"]}


def drawing(plots: int = 12, layer: str = "LOTS VILLA", x: float = X, y: float = Y):
    """Lots of 20 m by 25 m in a row, numbered."""
    doc = ezdxf.new("R2018", units=6)
    space = doc.modelspace()
    lots(space, plots, layer, x, y)
    return doc, space


def lots(space, plots, layer, x, y):
    for n in range(plots):
        west = x + 20 * n
        corners = [(west, y), (west + 20, y), (west + 20, y + 25), (west, y + 25)]
        space.add_lwpolyline(corners, close=True, dxfattribs={"layer": layer})
        space.add_text(f"{n + 1}", height=2, dxfattribs={"layer": "NUMEROS"}).set_placement((west + 8, y + 12))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "plans" / "bay.gpkg"


def refused(path: Path, out: Path, code: str, *more: object, exit_code: int = 3) -> str:
    """The command ends with this code in three languages, and nothing is written."""
    said = {}
    for lang in text.LANGUAGES:
        done = run(path, "--crs", CRS, "--out", out, *more, lang=lang)
        assert done.exit_code == exit_code, done.output
        assert f"[{code}]" in done.stderr
        said[lang] = done.stderr
    assert len(set(said.values())) == 3
    assert any("\u0600" <= c <= "\u06ff" for c in said["ar"])
    assert not out.parent.exists() or not any(out.parent.iterdir())
    return said["en"]


# what cannot be read ------------------------------------------------------------------------------------


def test_a_file_that_is_no_dxf_is_refused_with_the_line(tmp_path, out):
    path = tmp_path / "bay.dxf"
    path.write_text("Dear Sir,\nplease find the drawing attached.\n")
    assert "line 1" in refused(path, out, "DRAW-NOT-DXF")


def test_a_pdf_named_dxf_is_refused(tmp_path, out):
    path = tmp_path / "bay.dxf"
    path.write_bytes(b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n")
    assert "bay.dxf" in refused(path, out, "DRAW-NOT-DXF")


def test_a_dwg_is_refused_with_the_ways_to_save_it(tmp_path, out):
    path = tmp_path / "bay.dwg"
    path.write_bytes(b"AC1032" + bytes(300))
    assert "DXFOUT" in refused(path, out, "DRAW-DWG")


def test_a_drawing_cut_in_the_middle_is_refused_with_the_line(tmp_path, out):
    doc, _ = drawing()
    path = tmp_path / "bay.dxf"
    doc.saveas(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"LOTS VILLA", len(whole) // 2)])
    assert "line" in refused(path, out, "DRAW-CUT")


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path, out):
    path = tmp_path / "bay.dxf"
    refused(path, out, "FILE-NOT-FOUND")
    path.write_bytes(b"")
    refused(path, out, "FILE-EMPTY")


def test_a_drawing_without_plots_is_refused_with_its_layers(tmp_path, out):
    doc = ezdxf.new("R2018")
    doc.modelspace().add_text("rien", dxfattribs={"layer": "TEXTE SEUL"})
    doc.saveas(tmp_path / "bay.dxf")
    assert "TEXTE SEUL" in refused(tmp_path / "bay.dxf", out, "DRAW-NO-PLOTS")


def test_a_drawing_without_a_coordinate_system_is_a_fault_of_the_command(tmp_path, out):
    drawing()[0].saveas(tmp_path / "bay.dxf")
    done = run(tmp_path / "bay.dxf", "--out", out)
    assert done.exit_code == 2
    assert "DRAW-CRS-NEEDED" in done.stderr


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:0", "Merchich"])
def test_a_coordinate_system_that_gives_no_metres_is_refused(tmp_path, out, crs):
    drawing()[0].saveas(tmp_path / "bay.dxf")
    done = run(tmp_path / "bay.dxf", "--crs", crs, "--out", out)
    assert done.exit_code in (2, 3)
    assert "[FILE-CRS" in done.stderr or "[CRS" in done.stderr
    assert not out.exists()


def test_merchich_at_el_argoub_asks_which_reading_of_the_datum(tmp_path, out):
    drawing(x=433_000.0, y=561_000.0)[0].saveas(tmp_path / "bay.dxf")
    merchich = ("--crs", "EPSG:26195", "--out", out)
    done = run(tmp_path / "bay.dxf", *merchich)
    assert done.exit_code == 3
    assert "[FILE-DATUM-CHOICE]" in done.stderr
    assert not out.exists()
    for choice in ("shift", "as_is"):
        done = run(tmp_path / "bay.dxf", *merchich, "--datum", choice, "--json")
        assert done.exit_code == 0, done.stderr
        assert codes(json.loads(done.stdout))["FILE-DATUM-USED"]["params"]["datum"] == choice


def test_options_that_do_not_fit_are_faults_of_the_command(tmp_path, out):
    drawing()[0].saveas(tmp_path / "bay.dxf")
    path = tmp_path / "bay.dxf"
    refused(path, tmp_path / "no" / "bay.dxf", "FILE-SUFFIX", exit_code=2)
    refused(path, out, "RUN-NO-DATUM", "--datum", "perhaps", exit_code=2)
    refused(path, out, "DRAW-MATCHES-ALONE", "--matches", tmp_path / "m.csv", exit_code=2)
    refused(path, out, "DRAW-ENCODING-UNKNOWN", "--encoding", "ebcdic", exit_code=2)


# what can be read in part -------------------------------------------------------------------------------


def test_a_binary_dxf_is_read_like_its_text(tmp_path, out):
    doc, _ = drawing()
    doc.saveas(tmp_path / "bay.dxf")
    doc.saveas(tmp_path / "binary.dxf", fmt="bin")
    plain, binary = told(tmp_path / "bay.dxf", out), told(tmp_path / "binary.dxf", out)
    assert plain["plots"] == binary["plots"] == 12
    assert plain["plots_by_use"] == binary["plots_by_use"]


def test_proxy_objects_are_counted_with_layer_and_line(tmp_path, out):
    doc, _ = drawing()
    path = tmp_path / "bay.dxf"
    doc.saveas(path)
    proxy = (
        "  0\nACAD_PROXY_ENTITY\n  5\nFFF1\n330\n1F\n100\nAcDbEntity\n  8\nCIVIL 3D\n100\nAcDbProxyEntity\n 90\n498\n"
    )
    lines = path.read_text("utf-8")
    at = lines.index("LWPOLYLINE", lines.index("ENTITIES")) - len("  0\n")
    path.write_text(lines[:at] + proxy + lines[at:], "utf-8")
    answer = told(path, out)
    said = codes(answer)["DRAW-PROXY"]
    assert said["where"][0] == "layer:CIVIL 3D"
    assert said["where"][1].startswith("line:")
    assert answer["plots"] == 12


def test_a_reference_to_another_drawing_is_told(tmp_path, out):
    doc, space = drawing()
    doc.add_xref_def("voirie.dwg", "voirie")
    space.add_blockref("voirie", (X, Y), dxfattribs={"layer": "XREF"})
    doc.saveas(tmp_path / "bay.dxf")
    said = codes(told(tmp_path / "bay.dxf", out))["DRAW-XREF-MISSING"]
    assert said["params"]["block"] == "voirie.dwg"
    assert "layer:XREF" in said["where"]


def test_three_dimensional_lines_are_taken_in_plan_and_told(tmp_path, out):
    doc, space = drawing()
    corners = [(X, Y + 100, 5), (X + 20, Y + 100, 6), (X + 20, Y + 125, 7), (X, Y + 125, 8)]
    space.add_polyline3d(corners, close=True, dxfattribs={"layer": "LOTS VILLA"})
    doc.saveas(tmp_path / "bay.dxf")
    answer = told(tmp_path / "bay.dxf", out)
    assert answer["plots"] == 13
    assert answer["plots_area_m2"] == pytest.approx(13 * 500)
    assert codes(answer)["DRAW-SPATIAL"]["where"][0] == "layer:LOTS VILLA"


@pytest.mark.parametrize(("depth", "read"), [(10, True), (12, False)])
def test_blocks_in_blocks_are_read_ten_deep_and_told_beyond(tmp_path, out, depth, read):
    doc, space = drawing()
    inner = doc.blocks.new("B0")
    inner.add_lwpolyline([(0, 0), (20, 0), (20, 25), (0, 25)], close=True, dxfattribs={"layer": "LOTS VILLA"})
    for n in range(1, depth):
        doc.blocks.new(f"B{n}").add_blockref(f"B{n - 1}", (1, 0))
    space.add_blockref(f"B{depth - 1}", (X, Y + 100))
    doc.saveas(tmp_path / "bay.dxf")
    answer = told(tmp_path / "bay.dxf", out)
    assert answer["plots"] == 12 + read
    assert ("DRAW-NESTING" in codes(answer)) is not read


def test_a_block_inside_itself_ends(tmp_path, out):
    doc, space = drawing()
    block = doc.blocks.new("SERPENT")
    block.add_line((0, 0), (1, 1))
    block.add_blockref("SERPENT", (1, 1))
    space.add_blockref("SERPENT", (X, Y))
    doc.saveas(tmp_path / "bay.dxf")
    assert codes(told(tmp_path / "bay.dxf", out))["DRAW-BLOCK-IN-ITSELF"]["params"]["block"] == "SERPENT"


def test_empty_layers_are_named(tmp_path, out):
    doc, _ = drawing()
    doc.layers.add("ESPACES VERTS")
    doc.saveas(tmp_path / "bay.dxf")
    answer = told(tmp_path / "bay.dxf", out)
    assert codes(answer)["DRAW-LAYERS-EMPTY"]["where"] == ["layer:ESPACES VERTS"]
    assert {row["layer"] for row in answer["layers_found"]} >= {"LOTS VILLA", "ESPACES VERTS", "NUMEROS"}


def test_two_drawings_in_one_file_are_told_and_the_second_can_be_chosen(tmp_path, out):
    doc, space = drawing(plots=20)
    lots(space, 12, "LOTS VILLA", X + 4_000, Y)
    doc.saveas(tmp_path / "bay.dxf")
    first = told(tmp_path / "bay.dxf", out)
    assert first["plots"] == 20
    assert codes(first)["DRAW-PARTS"]["params"]["found"] == 2
    assert first["dropped_m2_by_cause"]["other_part"] == pytest.approx(12 * 500)
    (tmp_path / "answers.toml").write_text("part = 2\n")
    assert told(tmp_path / "bay.dxf", out, "--answers", tmp_path / "answers.toml")["plots"] == 12


def test_every_code_of_drawings_is_said_in_three_languages():
    own = [code for code in text.all_codes() if code.startswith("DRAW-")]
    assert len(own) > 50
    for code in own:
        finding = Finding(code=code, severity="note")
        for part in (text.message, text.hint):
            assert len({part(finding, lang) for lang in text.LANGUAGES}) == 3, code


def test_every_cause_of_what_is_left_out_has_words():
    rooms = (Path(__file__).parents[3] / "src" / "qutb" / "files").rglob("*.py")
    written = re.compile(r'(?:ledger\.drop\(|drop_rows\((?:self\.)?ledger, )"(\w+)"')
    causes = {cause for file in rooms for cause in written.findall(file.read_text("utf-8"))} | {"role", "not_read"}
    assert {"duplicate", "sliver", "rounding", "other_part"} <= causes
    for cause in causes:
        assert text.label(f"drawing.cause.{cause}", "ar")
        if cause != "rounding":
            assert "DRAW-DROP-" + cause.upper().replace("_", "-") in text.all_codes()
