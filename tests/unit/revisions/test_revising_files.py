"""The mapping as a file a person corrects, and the commands around it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from fixtures.coarser import coarser
from fixtures.revised import re_exported
from fixtures.tiny import tiny_plan, tiny_pole
from qutb.cli.revising import plan_diff, plan_match, plan_refine
from qutb.core import FormatError, UsageError
from qutb.files import read_matches, read_plan, write_matches, write_plan
from qutb.plan import propose_matches
from qutb.pole import write_pole

app = typer.Typer(rich_markup_mode=None)
app.command("match")(plan_match)
app.command("diff")(plan_diff)
app.command("refine")(plan_refine)


def run(*words: object):
    return CliRunner().invoke(app, [str(w) for w in words])


@pytest.fixture
def versions(tmp_path):
    """Two files of one plan: as first drawn, and drawn anew under other ids."""
    files = tmp_path / "v1.gpkg", tmp_path / "v2.gpkg"
    write_plan(tiny_plan(), files[0])
    write_plan(re_exported(tiny_plan())[0], files[1])
    return files


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_mapping_reads_back_as_it_was_written(tmp_path, suffix):
    matches = propose_matches(tiny_plan(), re_exported(tiny_plan())[0])
    write_matches(matches, tmp_path / f"m{suffix}")
    back = read_matches(tmp_path / f"m{suffix}")
    columns = ["layer", "old_id", "new_id", "proposed_id", "status"]
    assert back[columns].to_numpy().tolist() == matches[columns].to_numpy().tolist()


def test_a_mapping_saved_by_a_french_excel_is_read(tmp_path):
    file = tmp_path / "m.csv"
    file.write_bytes("layer;new_id;proposed_id\r\nplots;P1;Îlot é\r\n;;\r\n".encode("cp1252"))
    assert read_matches(file)["proposed_id"].tolist() == ["Îlot é"]
    file.write_bytes("layer,new_id,proposed_id\nplots,P1,بقعة\n".encode("cp1256"))
    assert read_matches(file, encoding="cp1256")["proposed_id"].tolist() == ["بقعة"]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", "m.csv"),
        (b"layer;old_id\nplots;A\n", "m.csv:1"),
        (b"layer;new_id;proposed_id\nplots;A;B;C\n", "m.csv:2"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_with_its_place(tmp_path, content, where):
    (tmp_path / "m.csv").write_bytes(content)
    with pytest.raises(FormatError) as refused:
        read_matches(tmp_path / "m.csv")
    assert refused.value.where == where


def test_a_workbook_that_is_none_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "m.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    for name in ("m.xlsx", "absent.csv"):
        with pytest.raises(FormatError):
            read_matches(tmp_path / name)
    with pytest.raises(UsageError):
        write_matches(propose_matches(tiny_plan(), tiny_plan()), tmp_path / "m.doc")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_proposal_is_written_confirmed_and_applied(tmp_path, versions, suffix):
    old, new = versions
    mapping, out = tmp_path / f"m{suffix}", tmp_path / "named.gpkg"
    said = run("match", old, new, "--out", mapping)
    assert said.exit_code == 0
    assert "100" in said.output
    assert run("match", old, new, "--confirmed", mapping, "--out", out, "--keep-outlines", 0.05).exit_code == 0
    assert read_plan(out)[0].digest == read_plan(old)[0].digest


def test_what_the_user_corrected_is_what_is_applied(tmp_path, versions):
    old, new = versions
    mapping, out = tmp_path / "m.csv", tmp_path / "named.gpkg"
    run("match", old, new, "--out", mapping)
    rows = mapping.read_text("utf-8-sig").splitlines()
    mine = [r.replace(";A-17;", ";A-17bis;") if r.startswith("plots;A-17;") else r for r in rows]
    mapping.write_text("\n".join(mine), "utf-8-sig")
    run("match", old, new, "--confirmed", mapping, "--out", out)
    assert "A-17bis" in read_plan(out)[0].plots.index


def test_ids_that_a_spreadsheet_turned_into_dates_are_refused_and_nothing_is_written(tmp_path, versions):
    old, new = versions
    mapping, out = tmp_path / "m.csv", tmp_path / "named.gpkg"
    mapping.write_text("layer;new_id;proposed_id\nplots;01/02/2026;A-17\n", "utf-8")
    said = run("match", old, new, "--confirmed", mapping, "--out", out)
    assert said.exit_code == 3
    assert "PLAN-MATCH-UNKNOWN" in said.output
    assert not out.exists()


def test_the_difference_page_is_written_for_versions_of_a_pole(tmp_path, versions):
    pole = write_pole(tiny_pole(), tmp_path / "pole")
    out = tmp_path / "diff"
    said = run("diff", "plan", versions[1], "--pole", pole, "--out", out, "--date", "2026-11-23", "--languages", "ar")
    assert said.exit_code == 0, said.output
    assert {p.name for p in out.iterdir()} == {"difference.ar.html", "difference.ar.pdf", "difference.json"}


def test_a_page_without_a_pole_is_refused_and_the_changes_alone_are_listed(tmp_path, versions):
    assert run("diff", *versions, "--out", tmp_path / "diff").exit_code == 2
    listed = json.loads(run("diff", *versions, "--json").output)
    assert {row["change"] for row in listed["changes"]} == {"renamed", "geometry"}


def test_a_lot_version_is_held_to_its_block_version_and_named(tmp_path, versions):
    blocks, out = tmp_path / "blocks.gpkg", tmp_path / "lots.gpkg"
    write_plan(coarser(tiny_plan()), blocks)
    assert run("refine", versions[0], "--of", blocks, "--out", out, "--strict").exit_code == 0
    assert read_plan(out)[0].refines
    write_plan(tiny_plan().with_plot("C-2", use="retail"), versions[1])
    refused = run("refine", versions[1], "--of", blocks, "--json", "--strict")
    assert refused.exit_code == 1
    assert [f["code"] for f in json.loads(refused.output)["findings"]] == ["PLAN-REFINE-PUBLIC"]
