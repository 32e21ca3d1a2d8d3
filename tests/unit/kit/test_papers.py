"""The papers that leave the office."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from xml.etree import ElementTree as ET

import ezdxf
import pandas as pd
import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import appraise
from qutb.core import UsageError
from qutb.dossier import write_papers
from qutb.dossier.docx import render_docx
from qutb.dossier.lots import lots_table, use_totals
from qutb.pack import load_pack
from qutb.plan import PLAN_TABLES, Plan
from qutb.text import LANGUAGES, label

RUN = date(2026, 11, 23)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def document(path, part="word/document.xml"):
    with zipfile.ZipFile(path) as archive:
        return ET.fromstring(archive.read(part))


def words(path):
    return " ".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in document(path).iter(f"{W}p"))


def footers(path):
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if re.match(r"word/footer\d*\.xml", n)]
        return [" ".join(t.text or "" for t in ET.fromstring(archive.read(n)).iter(f"{W}t")) for n in names]


# the table of lots ------------------------------------------------------------------------------------------


def test_lots_by_hand(appraisal):
    lots = lots_table(appraisal)
    assert list(lots.index) == ["A-16", "A-17", "B-1", "B-2", "C-1", "C-2", "C-3", "D-1", "D-2"]
    a17 = lots.loc["A-17"]
    # by hand: 52 m x 60 m = 3,120 m2; COS 2.0 given, so 6,240 m2 of floor
    assert (a17["area_m2"], a17["floor_area_ratio"], a17["floor_area_m2"]) == (3120.0, 2.0, 6240.0)
    assert lots.loc["A-16", "dwellings"] == 4  # given by the plan


def test_lots_add_up_to_the_plan_and_the_uses_to_the_site(appraisal):
    lots = lots_table(appraisal)
    assert lots["dwellings"].sum() == round(appraisal.capacity.plots["dwellings"].sum())
    assert (lots["dwellings"].dropna() % 1 == 0).all()
    totals = use_totals(appraisal, lots)
    # by hand: 220 m x 140 m = 30,800 m2; streets 220 x 20 + 140 x 12 - 20 x 12 = 5,840 m2
    assert totals.loc["right_of_way", "area_m2"] == pytest.approx(5840.0)
    assert totals["area_m2"].sum() == pytest.approx(30_800.0)
    assert totals["share_of_site"].sum() == pytest.approx(1.0)
    assert totals["lots"].sum() == 9


def test_land_of_lots_beyond_the_site_is_told_apart(appraisal):
    from shapely.affinity import translate

    plan = tiny_plan()
    moved = plan.with_plot("D-2", geometry=translate(plan.plots.loc["D-2", "geometry"], 10.0, 0.0))
    shifted = appraise(tiny_pole(plan=moved), moved)
    totals = use_totals(shifted, lots_table(shifted))
    assert totals.loc["outside", "area_m2"] == pytest.approx(-600.0)  # by hand: 10 m x 60 m
    assert totals["area_m2"].sum() == pytest.approx(30_800.0)


def test_a_plan_without_results_still_has_its_lots(appraisal):
    bare = replace(appraisal, results=MappingProxyType({}))
    lots = lots_table(bare)
    assert lots["area_m2"].sum() == pytest.approx(24_960.0)  # by hand: 7 x 3,120 + 2 x 1,560
    assert lots["floor_area_m2"].isna().all()


# Word files -------------------------------------------------------------------------------------------------


def test_every_paper_is_written_in_every_language(papers):
    names = {path.name for path in papers.values()}
    for lang in LANGUAGES:
        assert {f"plan.{lang}.dxf", f"lots.{lang}.docx", f"lots.{lang}.xlsx", f"zones.{lang}.docx"} <= names
        assert {f"education.{lang}.docx", f"education.{lang}.pdf", f"water.{lang}.docx"} <= names
    assert all(path.is_file() for path in papers.values())


def test_every_page_bears_the_short_digest_code(papers, appraisal):
    for key, path in papers.items():
        if path.suffix == ".docx":
            assert any(appraisal.code in footer for footer in footers(path)), key


def test_arabic_files_are_right_to_left_in_section_paragraph_run_and_table(papers):
    root = document(papers["lots.docx.ar"])
    assert root.find(f"{W}body/{W}sectPr/{W}bidi") is not None
    tables = list(root.iter(f"{W}tbl"))
    assert tables and all(t.find(f"{W}tblPr/{W}bidiVisual") is not None for t in tables)
    arabic = re.compile("[\u0600-\u06ff]")
    for paragraph in root.iter(f"{W}p"):
        for run in paragraph.iter(f"{W}r"):
            if arabic.search("".join(t.text or "" for t in run.iter(f"{W}t"))):
                assert paragraph.find(f"{W}pPr/{W}bidi") is not None
                assert run.find(f"{W}rPr/{W}rtl") is not None
    assert not re.search("[\u2066-\u2069]", words(papers["lots.docx.ar"])), "Word draws marks of direction as boxes"


def test_french_and_english_files_are_left_to_right(papers):
    for lang in ("fr", "en"):
        root = document(papers[f"lots.docx.{lang}"])
        assert not list(root.iter(f"{W}bidiVisual"))
        assert not list(root.iter(f"{W}rtl"))


def test_figures_are_written_as_the_language_writes_them(papers):
    assert "6\u202f240" in words(papers["lots.docx.fr"])
    assert "6.240" in words(papers["lots.docx.ar"])
    assert "6,240" in words(papers["lots.docx.en"])
    runs = [t.text or "" for t in document(papers["lots.docx.ar"]).iter(f"{W}t")]
    assert not [t for t in runs if re.search(r"\d \d{3}", t)], "a plain space reverses the thousands"


def test_zone_rules_say_that_none_are_given_and_show_what_is_drawn(papers):
    said = words(papers["zones.docx.fr"])
    assert "ne donne pas de règles" in said
    assert label("use.hotel", "fr") in said


def test_zone_rules_are_listed_where_the_plan_gives_them(tmp_path):
    plan = tiny_plan()
    zones = pd.DataFrame({"zone_code": ["ZV1"], "allowed_uses": ["housing_villa green"], "height_max_m": [8.5]})
    tables = {t.name: getattr(plan, t.name) for t in PLAN_TABLES}
    zoned = Plan.build(name="plan", crs=plan.crs, **{**tables, "zones": zones}).with_plot("A-16", zone_code="ZV1")
    pole = tiny_pole(plan=zoned)
    files = write_papers(appraise(pole, zoned), tmp_path / "p", run_date=RUN, languages=["fr"], papers=["zones"])
    said = words(files["zones.docx.fr"])
    assert "ZV1" in said
    assert "8,5" in said
    assert "Villas, Espaces verts" in said


def test_a_name_that_looks_like_markup_stays_a_name(appraisal, tmp_path):
    pole = replace(appraisal.pole, name=dict.fromkeys(LANGUAGES, 'A <b> & "c" \x07'))
    odd = replace(appraisal, pole=pole)
    files = write_papers(odd, tmp_path / "p", run_date=RUN, languages=["fr"], papers=["lots"])
    assert 'A <b> & "c"' in words(files["lots.docx.fr"])


# departments ------------------------------------------------------------------------------------------------


def test_a_department_sees_only_its_figures(papers):
    education, water = words(papers["departments.education.docx.fr"]), words(papers["departments.water.docx.fr"])
    assert "Élèves du primaire" in education
    assert "École primaire" in education
    assert "C-1" in education
    for other in ("Mosquée", "Hôtels", "MAD"):
        assert other not in education
    assert "Eau potable" in water
    assert "W-1" in water
    assert "École" not in water
    assert "MAD" not in water


def test_the_list_of_departments_is_marked_as_assumed_and_named_in_three_languages():
    rows = load_pack("ma").catalogues["departments"]
    assert len({r["department"] for r in rows}) == len(rows) >= 7
    assert all(r["status"] == "assumed" and r["source"] for r in rows)
    assert all(r[f"name_{lang}"] for r in rows for lang in LANGUAGES)


def test_every_word_of_the_list_of_departments_is_known(appraisal):
    from qutb.dossier.departments import _PARTS

    facilities = {r["facility_type"] for r in load_pack("ma").catalogues["facilities"]}
    for row in load_pack("ma").catalogues["departments"]:
        for measure in row["measures"].split():
            step, column = measure.split(".")
            assert column in appraisal.results[step].tables()["pole"], measure
        assert set(row["phase_columns"].split()) <= set(appraisal.capacity.phases.columns)
        assert set(row["facilities"].split()) <= facilities
        assert set(row["parts"].split()) <= set(_PARTS)


def test_a_pack_without_departments_has_no_sheets(appraisal, tmp_path):
    catalogues = {k: v for k, v in appraisal.pole.values.catalogues.items() if k != "departments"}
    pole = replace(appraisal.pole, values=replace(appraisal.pole.values, catalogues=catalogues))
    files = write_papers(replace(appraisal, pole=pole), tmp_path / "p", run_date=RUN, languages=["en"])
    assert not [key for key in files if key.startswith("departments")]


# drawing ----------------------------------------------------------------------------------------------------


def test_the_drawing_has_plots_by_layer_numbers_and_the_table_of_lots(papers):
    drawing = ezdxf.readfile(papers["drawing.fr"])
    assert not drawing.audit().errors
    space = drawing.modelspace()
    assert len(space.query('LWPOLYLINE[layer=="QUTB_PLOT_hotel"]')) == 1
    assert {t.dxf.text for t in space.query('TEXT[layer=="QUTB_PLOT_NUMBER"]')} == set(tiny_plan().plots.index)
    table = [t.dxf.text for t in space.query('TEXT[layer=="QUTB_TABLE_OF_LOTS"]')]
    assert {"A-17", "3\u202f120", "6\u202f240", "Hôtels", "Total du site"} <= set(table)


def test_the_table_stands_beside_the_site(papers):
    drawing = ezdxf.readfile(papers["drawing.ar"])
    easternmost = 414_000.0 + 220.0
    texts = drawing.modelspace().query('TEXT[layer=="QUTB_TABLE_OF_LOTS"]')
    assert min(t.dxf.insert.x for t in texts) > easternmost


def test_a_table_of_thousands_of_lots_stays_near_the_site():
    from qutb.dossier.lots_drawing import _fitting

    size, deep, lots, width = 2_300.0, 2_000.0, 4_600, 70.0
    height = _fitting(lots, width, size, deep)
    parts = -(-lots // int(deep / (1.8 * height)))
    assert parts * (width + 4) * height < 1.8 * size
    assert height > size / 1_000  # still read where the whole drawing is printed on A0


def test_a_long_table_is_cut_at_its_groups_so_that_word_opens_it_at_once():
    from qutb.dossier.docx import _parts

    rows = [r for block in range(40) for r in [("block",), *[("lot", "use")] * 30]]
    parts = _parts(rows)
    assert [row for part in parts for row in part] == rows
    assert max(map(len, parts)) <= 150
    assert all(len(part[0]) == 1 for part in parts)
    assert _parts([("lot", "use")] * 9) == [[("lot", "use")] * 9]


# writing ----------------------------------------------------------------------------------------------------


def test_equal_appraisals_give_equal_bytes(papers, appraisal, tmp_path):
    again = write_papers(appraisal, tmp_path / "again", run_date=RUN, languages=["ar"])
    for key in again:
        if key != "json":
            assert again[key].read_bytes() == papers[key].read_bytes(), key


def test_an_unknown_paper_is_refused(appraisal, tmp_path):
    with pytest.raises(UsageError):
        write_papers(appraisal, tmp_path / "p", run_date=RUN, papers=["poem"])
    assert not list(tmp_path.iterdir())


def test_office_opens_the_word_files(papers, tmp_path):
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice is not installed: Word files are checked as XML only")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [str(papers[k]) for k in ("lots.docx.ar", "departments.education.docx.fr")]
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files],
        capture_output=True,
        check=False,
        timeout=180,
    )
    made = sorted(f.name for f in tmp_path.glob("*.pdf"))
    if not made:
        pytest.skip("this LibreOffice has no Writer")
    assert made == ["education.fr.pdf", "lots.ar.pdf"]


def test_pages_of_the_dossier_become_a_word_file_too(appraisal):
    from qutb.compare import compare
    from qutb.dossier import Edition
    from qutb.dossier.build import build_content

    edition = Edition(lang="fr", appraisals={"plan": appraisal}, comparison=compare({"plan": appraisal}), run_date=RUN)
    with zipfile.ZipFile(io.BytesIO(render_docx(build_content(edition)))) as archive:
        assert [n for n in archive.namelist() if n.endswith(".png")]
