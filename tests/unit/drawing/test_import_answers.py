"""Answers as people write them: short, in their language, wrong; confirmed and remembered beside the plan."""

from __future__ import annotations

import json
from pathlib import Path

import ezdxf
import jsonschema
import pytest
from typer.testing import CliRunner

from qutb import text
from qutb.cli.app import app
from qutb.core import InputError
from qutb.files import read_answers, read_plan

SCHEMA = Path(__file__).parents[3] / "src" / "qutb" / "cli" / "schema" / "plan-import.json"
CRS = "EPSG:32628"
X, Y = 412_000.0, 2_613_000.0


def run(*args: object, lang: str = "en"):
    return CliRunner().invoke(app, ["plan", "import", *map(str, args)], env={"QUTB_LANG": lang})


def told(*args: object) -> dict:
    done = run(*args, "--json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads(SCHEMA.read_text("utf-8")))
    return answer


def said(answer: dict) -> set[str]:
    return {f["code"] for f in answer["findings"]}


def square(x: float, y: float, factor: float = 1.0):
    return [(factor * u, factor * v) for u, v in ((x, y), (x + 20, y), (x + 20, y + 25), (x, y + 25))]


def drawing(path: Path, *, factor: float = 1.0, x: float = X, y: float = Y, numbers: bool = True) -> Path:
    """Twelve lots on ``LOT 1`` and twelve on ``Calque2``, a street between, in the unit that ``factor`` gives."""
    doc = ezdxf.new("R2018", units={1000.0: 4, 100.0: 5}.get(factor, 6))
    space = doc.modelspace()
    for row, layer in enumerate(("LOT 1", "Calque2")):
        for n in range(12):
            corner = (x + 20 * n, y + 37 * row)
            space.add_lwpolyline(square(*corner, factor), close=True, dxfattribs={"layer": layer})
            if numbers:
                middle = tuple(factor * v for v in (corner[0] + 8, corner[1] + 12))
                words = space.add_text(f"{row + 1}-{n + 1}", height=2 * factor, dxfattribs={"layer": "NUM"})
                words.set_placement(middle)
    axis = [(factor * x, factor * (y + 31)), (factor * (x + 240), factor * (y + 31))]
    space.add_lwpolyline(axis, dxfattribs={"layer": "AXE"})
    doc.saveas(path)
    return path


@pytest.fixture
def bay(tmp_path):
    return drawing(tmp_path / "bay.dxf")


def answers(tmp_path: Path, words: str) -> Path:
    path = tmp_path / "layers.toml"
    path.write_text(words, "utf-8")
    return path


# answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        '[layers]\n"LOT 1" = { role = "plots", use = "housing_villa" }\nCalque2 = { use = "green" }\n',
        '[layers]\n"LOT 1" = "housing_villa"\nCalque2 = "green"\n',
        '[layers]\n"lot 1" = "Villas"\n"calque*" = "Espaces verts"\n',
        '[layers]\n"LOT 1" = "فيلات"\n"Calque2" = "مساحة خضراء"\n',
        '[layers."LOT 1"]\nuse = "villa"\n[layers.Calque2]\nrole = "lots"\nuse = "espace vert"\n',
    ],
)
def test_a_layer_is_answered_for_in_short_in_full_or_in_ones_own_language(tmp_path, words):
    asked = read_answers(answers(tmp_path, words))
    found = {name: asked.layer(name) for name in ("LOT 1", "Calque2")}
    assert {name: (a.role, a.use) for name, a in found.items()} == {
        "LOT 1": ("plots", "housing_villa"),
        "Calque2": ("plots", "green"),
    }


def test_answers_given_decide_over_the_proposal(tmp_path, bay):
    words = '[layers]\n"lot 1" = "Villas"\n"calque*" = "Espaces verts"\n'
    answer = told(bay, "--crs", CRS, "--out", tmp_path / "o.gpkg", "--answers", answers(tmp_path, words))
    assert {use: row["plots"] for use, row in answer["plots_by_use"].items()} == {"housing_villa": 12, "green": 12}
    assert answer["answers"]["source"] == "file"
    assert "DRAW-ANSWERS-ABSENT" not in said(answer)


@pytest.mark.parametrize(
    ("words", "line", "hint"),
    [
        ('unit = "m"\n[layers]\n"LOT 1" = { rol = "plots" }\n', 3, "rol → role?"),
        ('units = "m"\n', 1, "units → unit?"),
        ('unit = "leagues"\n', 1, "leagues"),
        ("gap_m = 200\n", 1, "200 > 20"),
        ('[layers]\n"LOT 1" = "nonsense"\n', 2, "nonsense"),
        ('[layers]\nA = "green"\n"LOT 1" = { role = "plots", use = "castle" }\n', 3, "castle"),
        ('[[control]]\nname = "B1"\ndrawn = [1.0]\ntrue = [1.0, 2.0]\n', 3, "missing"),
        ('[words]\nHE2 = "castle"\n', 1, "castle"),
    ],
)
def test_a_wrong_answer_is_named_with_its_line(tmp_path, words, line, hint):
    with pytest.raises(InputError) as fault:
        read_answers(answers(tmp_path, words))
    assert fault.value.code == "DRAW-ANSWERS-KEY"
    assert f"layers.toml:{line}" in fault.value.where
    assert hint in fault.value.params["fault"]


def test_answers_that_are_no_toml_are_refused_in_three_languages(tmp_path, bay):
    path = answers(tmp_path, "[layers\n")
    for lang in text.LANGUAGES:
        done = run(bay, "--crs", CRS, "--out", tmp_path / "o.gpkg", "--answers", path, lang=lang)
        assert done.exit_code == 3
        assert "[DRAW-ANSWERS-UNREADABLE]" in done.stderr
    assert not (tmp_path / "o.gpkg").exists()


def test_a_layer_that_the_drawing_does_not_have_is_told(tmp_path, bay):
    path = answers(tmp_path, '[layers]\n"LOTS" = "green"\n')
    answer = told(bay, "--crs", CRS, "--out", tmp_path / "o.gpkg", "--answers", path)
    assert [f["where"] for f in answer["findings"] if f["code"] == "DRAW-ANSWERS-ABSENT"] == [["layer:LOTS"]]


def test_the_proposal_is_written_once_used_when_confirmed_and_never_overwritten(tmp_path, bay):
    out, beside = tmp_path / "bay.gpkg", tmp_path / "bay.layers.toml"
    first = told(bay, "--crs", CRS, "--out", out)
    assert first["answers"] == {"source": "proposal", "file": str(beside), "confirmed": False}
    assert first["written"] == [str(out), str(beside)]
    assert "DRAW-PROPOSAL-TAKEN" in said(first)
    edited = beside.read_text("utf-8").replace('"Calque2" = { role = "plots" }', '"Calque2" = "hotel"')
    beside.write_text(edited, "utf-8")
    waiting = told(bay, "--crs", CRS, "--out", out)
    assert "DRAW-ANSWERS-WAITING" in said(waiting)
    assert "hotel" not in waiting["plots_by_use"]
    beside.write_text(edited.replace("confirmed = false", "confirmed = true"), "utf-8")
    last = told(bay, "--crs", CRS, "--out", out)
    assert last["answers"]["source"] == "remembered"
    assert last["plots_by_use"]["hotel"]["plots"] == 12
    assert "DRAW-PROPOSAL-TAKEN" not in said(last)
    assert beside.read_text("utf-8").startswith(edited[:20])


# unit and place -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "unit"), [(1000.0, "mm"), (100.0, "cm"), (1.0, "m")])
def test_millimetres_centimetres_and_metres_give_the_same_plan(tmp_path, factor, unit):
    answer = told(drawing(tmp_path / "bay.dxf", factor=factor), "--crs", CRS, "--out", tmp_path / "o.gpkg")
    assert answer["unit"] == unit
    assert (answer["plots"], answer["streets"]) == (24, 1)
    assert answer["plots_area_m2"] == pytest.approx(24 * 500)
    assert abs(answer["unexplained_m2"]) < 0.01


def test_local_coordinates_are_placed_by_control_points_with_what_is_left_at_each(tmp_path):
    local = drawing(tmp_path / "bay.dxf", x=1000.0, y=2000.0)
    points = [("B1", 1000, 2000, 0.00), ("B2", 1240, 2000, 0.02), ("B3", 1000, 2062, -0.02)]
    words = "".join(
        f'[[control]]\nname = "{n}"\ndrawn = [{x}, {y}]\ntrue = [{X + x - 1000 + off}, {Y + y - 2000}]\n'
        for n, x, y, off in points
    )
    out = tmp_path / "o.gpkg"
    answer = told(local, "--crs", CRS, "--out", out, "--answers", answers(tmp_path, words))
    assert [p["name"] for p in answer["control_residuals_m"]] == ["B1", "B2", "B3"]
    assert 0 < max(p["residual_m"] for p in answer["control_residuals_m"]) < 0.05
    assert read_plan(out)[0].plots.total_bounds == pytest.approx([X, Y, X + 240, Y + 62], abs=0.1)
    shown = run(local, "--crs", CRS, "--out", out, "--answers", tmp_path / "layers.toml")
    assert "Residual B2: 0.0" in shown.stdout


def test_a_control_point_that_is_off_stops_the_import_with_all_residuals(tmp_path):
    local = drawing(tmp_path / "bay.dxf", x=1000.0, y=2000.0)
    points = [("B1", 1000, 2000, 0.0), ("B2", 1240, 2000, 9.0), ("B3", 1000, 2062, 0.0)]
    words = "".join(
        f'[[control]]\nname = "{n}"\ndrawn = [{x}, {y}]\ntrue = [{X + x - 1000 + off}, {Y + y - 2000}]\n'
        for n, x, y, off in points
    )
    done = run(local, "--crs", CRS, "--out", tmp_path / "o.gpkg", "--answers", answers(tmp_path, words))
    assert done.exit_code == 3
    assert "B1:" in done.stderr
    assert "[DRAW-RESIDUALS]" in done.stderr


# versions -----------------------------------------------------------------------------------------------


def test_numbers_lost_in_a_new_version_come_back_from_the_earlier_one(tmp_path, bay):
    told(bay, "--crs", CRS, "--out", tmp_path / "v1.gpkg")
    bare = drawing(tmp_path / "bay2.dxf", numbers=False)
    answer = told(bare, "--crs", CRS, "--out", tmp_path / "v2.gpkg", "--previous", tmp_path / "v1.gpkg")
    assert (answer["ids_kept"], answer["ids_before"], answer["ids_kept_share"]) == (24, 24, 1.0)
    one, two = (read_plan(tmp_path / f"v{n}.gpkg")[0].plots for n in (1, 2))
    assert set(one.index) == set(two.index)
    assert {row["status"] for row in answer["ids_matched"]} == {"same"}


def test_ids_are_written_to_confirm_and_applied_once_corrected(tmp_path, bay):
    told(bay, "--crs", CRS, "--out", tmp_path / "v1.gpkg")
    matches = tmp_path / "ids.csv"
    order = ("--crs", CRS, "--out", tmp_path / "v2.gpkg", "--previous", tmp_path / "v1.gpkg", "--matches", matches)
    assert str(matches) in told(bay, *order)["written"]
    matches.write_bytes(matches.read_bytes().replace(b"plots;1-1;1-1;1-1;", b"plots;1-1;1-1;NEUF;"))
    answer = told(bay, *order)
    assert "NEUF" in read_plan(tmp_path / "v2.gpkg")[0].plots.index
    assert answer["ids_kept"] == 23
    matches.write_bytes(matches.read_bytes().replace(b";1-2;1-2;1-2;", b";1-2;absent;NEUF;"))
    done = run(bay, *order)
    assert done.exit_code == 3
    assert "[PLAN-MATCH-REFUSED]" in done.stderr


def test_a_lot_version_names_the_block_version_it_refines_and_is_checked(tmp_path, bay):
    told(bay, "--crs", CRS, "--out", tmp_path / "blocks.gpkg")
    words = '[layers]\n"LOT 1" = "hotel"\n'
    answer = told(
        *(bay, "--crs", CRS, "--out", tmp_path / "lots.gpkg", "--refines", tmp_path / "blocks.gpkg"),
        *("--answers", answers(tmp_path, words)),
    )
    assert answer["refines"]["plan"] == "blocks"
    assert answer["refines"]["findings"] >= 1
    assert "PLAN-REFINE-USE" in said(answer)
    assert read_plan(tmp_path / "lots.gpkg")[0].refines


def test_people_read_the_layers_the_areas_and_the_causes(tmp_path, bay):
    for lang, words in (("en", "Left out, by cause"), ("fr", "Écarté, par cause"), ("ar", "متروك حسب السبب")):
        shown = run(bay, "--crs", CRS, "--out", tmp_path / lang / "o.gpkg", lang=lang)
        assert shown.exit_code == 0
        assert words in shown.stdout
        assert "Calque2" in shown.stdout
