"""Files: all of them or none, the same bytes for the same inputs."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import jsonschema
import pytest

import qutb.dossier.writing as writing
from qutb.core import Cancelled, Context, InputError, UsageError
from qutb.dossier import dossier_schema, write_dossier

RUN_DATE = date(2026, 11, 23)


def _digests(paths):
    return {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in paths.items()}


def test_every_format_and_language_is_written_and_named(appraisals, comparison, tmp_path):
    written = write_dossier(appraisals, comparison, tmp_path / "d", run_date=RUN_DATE)
    kinds = [f"{kind}.{lang}" for lang in ("ar", "fr", "en") for kind in ("html", "pdf", "xlsx")]
    assert set(written) == {*kinds, "gpkg.grid", "gpkg.tower", "gpkg.paved", "json"}
    assert all(path.stat().st_size > 0 for path in written.values())
    assert {p.name for p in (tmp_path / "d").iterdir()} == {p.name for p in written.values()}
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_the_same_inputs_give_the_same_bytes(appraisals, comparison, tmp_path):
    first, again = (
        _digests(write_dossier(appraisals, comparison, tmp_path / name, run_date=RUN_DATE, languages=["fr"]))
        for name in ("one", "two")
    )
    assert first == again


def test_the_json_keeps_to_its_published_schema(appraisals, comparison, tmp_path):
    written = write_dossier(appraisals, comparison, tmp_path / "d", run_date=RUN_DATE, formats=["json"])
    schema = dossier_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(written["json"].read_text("utf-8")), schema)


def test_one_appraisal_makes_a_dossier_of_its_own(appraisals, tmp_path):
    written = write_dossier(
        appraisals["grid"], None, tmp_path / "d", run_date=RUN_DATE, languages=["en"], formats=["html", "pdf"]
    )
    assert set(written) == {"html.en", "pdf.en", "json"}


def test_an_earlier_dossier_is_replaced_as_a_whole(appraisals, comparison, tmp_path):
    out = tmp_path / "مجلد مع فراغ"
    write_dossier(appraisals, comparison, out, run_date=RUN_DATE, languages=["en"], formats=["html"])
    write_dossier(appraisals, comparison, out, run_date=RUN_DATE, languages=["fr"], formats=["html"])
    assert sorted(p.name for p in out.iterdir()) == ["dossier.fr.html", "dossier.json"]


def test_a_folder_of_other_files_is_left_alone(appraisals, comparison, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("keep")
    with pytest.raises(InputError) as refusal:
        write_dossier(appraisals, comparison, tmp_path / "letters", run_date=RUN_DATE)
    assert refusal.value.code == "DOSSIER-FOLDER"
    assert (tmp_path / "letters" / "letter.txt").read_text() == "keep"


def test_a_writer_that_fails_leaves_nothing_half_written(appraisals, comparison, tmp_path, monkeypatch):
    out = tmp_path / "d"
    write_dossier(appraisals, comparison, out, run_date=RUN_DATE, languages=["en"], formats=["html"])
    before = (out / "dossier.en.html").read_bytes()

    def full_disk(content):
        raise OSError("no space left")

    monkeypatch.setattr(writing, "render_html", full_disk)
    with pytest.raises(InputError, match="no space left"):
        write_dossier(appraisals, comparison, out, run_date=date(2027, 1, 1), languages=["en"], formats=["html"])
    assert (out / "dossier.en.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_a_user_who_stops_finds_nothing_half_written(appraisals, comparison, tmp_path):
    with pytest.raises(Cancelled):
        write_dossier(appraisals, comparison, tmp_path / "d", run_date=RUN_DATE, ctx=Context(cancelled=lambda: True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "code"), [({"languages": ["es"]}, "DOSSIER-LANGUAGE"), ({"formats": ["odt"]}, "DOSSIER-FORMAT")]
)
def test_an_unknown_language_or_format_is_refused(appraisals, comparison, tmp_path, asked, code):
    with pytest.raises(UsageError) as refusal:
        write_dossier(appraisals, comparison, tmp_path / "d", run_date=RUN_DATE, **asked)
    assert refusal.value.code == code


def test_plans_whose_names_look_alike_get_files_of_their_own():
    names = writing._file_names(["bay", "Bay", "bay 1", "bay_1", "الخليج", "../x"])
    assert names == {
        "bay": "bay",
        "Bay": "Bay-2",
        "bay 1": "bay_1",
        "bay_1": "bay_1-2",
        "الخليج": "الخليج",
        "../x": "___x",
    }
