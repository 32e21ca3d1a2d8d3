"""The commands: what they print, their exit codes, and nothing heavy for the help page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import geopandas
import jsonschema
import pytest

ROOT = Path(__file__).parents[3]
TINY = ROOT / "examples" / "pole_tiny"
PLAN = TINY / "plans" / "plan.gpkg"
SCHEMAS = ROOT / "src" / "qutb" / "cli" / "schema"
HEAVY = {"pandas", "geopandas", "numpy", "shapely", "scipy", "pyarrow", "typst", "matplotlib", "ezdxf", "babel"}


def qutb(*args: object, lang: str = "en", columns: str = "120", **more) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "QUTB_LANG": lang, "COLUMNS": columns, "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "qutb", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False, **more)


def test_the_help_page_loads_nothing_heavy():
    code = "import sys; sys.argv = ['qutb', '--help']; import atexit, qutb.cli\n"
    code += f"atexit.register(lambda: print([m for m in {sorted(HEAVY)} if m in sys.modules]))\nqutb.cli.main()"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip().endswith("[]")


@pytest.mark.parametrize(
    ("schema", "args"),
    [
        ("appraise", ["appraise", TINY, "--plan", "plan", "--json"]),
        ("explain", ["explain", TINY, "capacity.dwellings", "--plan", "plan", "--where", "plot:A-17", "--json"]),
        ("compare", ["compare", TINY, "--json"]),
        ("plan-check", ["plan", "check", PLAN, "--json"]),
        ("plan-balance", ["plan", "balance", PLAN, "--json"]),
        ("plan-diff", ["plan", "diff", PLAN, PLAN, "--json"]),
        ("pack-show", ["pack", "show", "ma", "--json"]),
    ],
)
def test_json_follows_its_published_schema(schema, args):
    run = qutb(*args)
    assert run.returncode == 0, run.stderr
    jsonschema.validate(json.loads(run.stdout), json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))


def test_every_schema_is_itself_valid():
    for file in SCHEMAS.glob("*.json"):
        jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text("utf-8")))


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (2, ["appraise", TINY, "--plan", "nobody"]),
        (2, ["appraise", TINY, "--plan", "plan", "--to", "poetry"]),
        (2, ["appraise", TINY]),
        (2, ["plan", "check", PLAN, "--datum", "perhaps"]),
        (3, ["appraise", "no-such-folder", "--plan", "plan"]),
        (3, ["plan", "check", __file__]),
        (3, ["plan", "check", "no-such-file.gpkg"]),
        (3, ["pack", "show", "atlantis"]),
        (2, ["pack", "show", "ma", "atlantis."]),
        (2, ["--lang", "xx", "pack", "show", "ma"]),
        (2, ["plan", "convert", PLAN, "--out", "plan.docx"]),
        (2, ["dossier", TINY, "--formats", "papyrus"]),
        (3, ["appraise", TINY, "--plan", "plan", "--quiet", "--out", __file__]),
    ],
)
def test_an_exit_code_says_whose_mistake_it_was(code, args):
    run = qutb(*args)
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip()


@pytest.mark.parametrize(("lang", "word"), [("ar", "القطب"), ("fr", "pôle"), ("en", "pole")])
def test_an_error_speaks_the_user_s_language(lang, word):
    assert word in qutb("appraise", TINY, "--plan", "nobody", lang=lang).stderr


def test_strict_turns_a_blocking_finding_into_exit_code_1(tmp_path):
    broken = tmp_path / "broken"
    assert qutb("new", broken, "--boundary", PLAN, "--crs", "EPSG:32628").returncode == 0
    sample = ROOT / "src" / "qutb_ma" / "samples" / "dakhla" / "plans" / "bay.gpkg"
    (broken / "plans" / "bay.gpkg").write_bytes(sample.read_bytes())
    assert qutb("appraise", broken, "--plan", "bay", "--to", "validity").returncode == 0
    assert qutb("appraise", broken, "--plan", "bay", "--to", "validity", "--strict").returncode == 1


def test_a_path_with_spaces_and_arabic_is_a_path_like_any_other(tmp_path):
    folder = tmp_path / "my pole قطب"
    run = qutb("new", folder, "--boundary", PLAN, "--name", "قطب", "--crs", "EPSG:32628", lang="ar")
    assert run.returncode == 0, run.stderr
    assert (folder / "pole.toml").is_file()


@pytest.mark.parametrize("suffix", [".gpkg", ".zip", ".dxf"])
def test_a_plan_is_written_in_each_format(suffix, tmp_path):
    out = tmp_path / f"plan{suffix}"
    run = qutb("plan", "convert", PLAN, "--out", out)
    assert run.returncode == 0, run.stderr
    assert any(tmp_path.iterdir())
    assert not [f for f in tmp_path.iterdir() if f.name.startswith(".")], "nothing half-written stays"


def test_written_results_are_found_where_the_command_says(tmp_path):
    run = qutb("appraise", TINY, "--plan", "plan", "--out", tmp_path, "--quiet")
    written = Path(run.stdout.splitlines()[0])
    assert (written / "appraisal.json").is_file()
    assert (written / "capacity" / "plots.parquet").is_file()


def test_a_plan_in_degrees_takes_the_system_of_the_pole_it_is_checked_against(tmp_path):
    file = tmp_path / "plots.geojson"
    geopandas.read_file(PLAN, layer="plots").to_crs(4326).to_file(file)
    assert "FILE-CRS-GEOGRAPHIC" in qutb("plan", "check", file).stderr
    assert "FILE-CRS-REPROJECTED" in qutb("plan", "check", file, "--pole", TINY).stdout


def test_a_clean_plan_is_said_to_be_clean():
    assert qutb("plan", "check", PLAN, "--pole", TINY, lang="fr").stdout == "Rien à signaler.\n"


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_the_comparison_fits_the_terminal(lang):
    run = qutb(
        "compare", ROOT / "src" / "qutb_ma" / "samples" / "dakhla", "--effort", "draft", lang=lang, columns="100"
    )
    assert run.returncode == 0, run.stderr
    seen = [sum(unicodedata.category(sign) not in ("Mn", "Cf") for sign in line) for line in run.stdout.splitlines()]
    assert max(seen) <= 100


def test_the_version_is_printed():
    assert qutb("--version").stdout.startswith("qutb ")
