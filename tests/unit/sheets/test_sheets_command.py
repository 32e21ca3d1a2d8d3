"""``qutb sheets``, ``qutb plan programme`` and ``qutb pole takeover``: what is printed, written and refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from qutb.cli.sheets import programme, sheets_app, takeover
from qutb.pole import open_pole

SCHEMAS = Path(__file__).parents[3] / "src" / "qutb" / "cli" / "schema"
app = typer.Typer()
app.add_typer(sheets_app, name="sheets")
app.command("takeover")(takeover)
app.command("programme")(programme)


@pytest.fixture
def folder(written, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("QUTB_LANG", "fr")
    return Path(shutil.copytree(written, tmp_path / "pole"))


def run(*args: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(a) for a in args])
    assert result.exit_code == code, result.output
    return result.stdout


def as_json(schema: str, words: str) -> dict:
    data = json.loads(words)
    jsonschema.validate(data, json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))
    return data


@pytest.fixture
def changed(folder, tmp_path) -> Path:
    """The workbook with one target changed."""
    path = tmp_path / "pole.xlsx"
    assert run("sheets", "write", folder, "--out", path, "--lang", "fr", "--sheet", "targets").strip() == str(path)
    book = openpyxl.load_workbook(path)
    book["Objectifs"]["F6"] = 180
    book.save(path)
    return path


def test_the_difference_is_shown_before_anything_is_written(folder, changed):
    shown = run("sheets", "read", folder, changed, "--by", "A", "--date", "2026-11-20")
    assert "Objectifs / capacity.dwellings / Haut: 200 → 180 (Objectifs!F6)" in shown
    assert "--yes" in shown
    assert open_pole(folder).brief.targets[0].high == 200.0
    assert "brief.toml" in run("sheets", "read", folder, changed, "--by", "A", "--date", "2026-11-20", "--yes")
    assert open_pole(folder).brief.targets[0].high == 180.0


def test_what_blocks_is_said_and_nothing_is_written(folder, changed):
    shown = run("sheets", "read", folder, changed, "--yes", code=3)
    assert "rien n'est écrit" in shown
    assert open_pole(folder).brief.targets[0].high == 200.0


def test_the_json_follows_its_schema(folder, changed):
    data = as_json("sheets-read", run("sheets", "read", folder, changed, "--json", code=3))
    assert (data["blocked"], data["changes"][0]["new"], data["written"]) == (True, 180.0, [])


def test_a_file_that_is_none_ends_with_a_sentence(folder, tmp_path):
    run("sheets", "read", folder, tmp_path / "none.xlsx", code=3)


def test_a_takeover_is_a_template_and_then_acts(folder, tmp_path):
    path = tmp_path / "reprise.xlsx"
    run("takeover", folder, path, "--template", "--lang", "fr")
    data = as_json("pole-takeover", run("takeover", folder, path, "--json"))
    assert (data["acts"], data["written"]) == ([], [])
    assert "jamais réguliers" in run("takeover", folder, path)


def test_a_programme_becomes_a_plan_of_the_pole(folder, tmp_path):
    table = tmp_path / "usages.csv"
    table.write_text("Usage;Superficie (ha);Logements\nImmeubles;1,5;200\n", "utf-8")
    data = as_json("plan-programme", run("programme", folder, table, "--yes", "--json"))
    assert data["written"] == ["plans/usages.gpkg"]
    assert open_pole(folder).plan("usages").schematic
    run("programme", folder, table, "--yes", code=2)
