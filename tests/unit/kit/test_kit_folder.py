"""What a competitor is given."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import ezdxf
import geopandas as gpd
import pyogrio
import pytest
from shapely import Point, box

from fixtures.tiny import CRS, ORIGIN, tiny_plan, tiny_pole
from qutb.core import InputError, UsageError, digest_bytes
from qutb.draw import PALETTE
from qutb.files import read_plan
from qutb.files.drawing import read_answers, read_drawing
from qutb.kit import kit_code, write_kit
from qutb.plan import PLAN_TABLES, STREET_CLASSES, USES
from qutb.pole import open_pole
from qutb.text import LANGUAGES, label

RUN = date(2026, 11, 23)


def bytes_of(folder):
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_the_kit_holds_everything_in_three_languages(kit):
    names = set(bytes_of(kit))
    each = {f"{stem}.{lang}.{end}" for lang in LANGUAGES for stem, end in PAPERS}
    assert each | {"base.gpkg", "base.dxf", "kit.json", "pole/pole.toml", "pole/site.gpkg", "pole/brief.toml"} <= names


PAPERS = (("base", "qgs"), ("programme", "xlsx"), ("rules", "pdf"), ("check", "html"))


def test_the_manifest_proves_what_was_given(kit):
    manifest = json.loads((kit / "kit.json").read_text("utf-8"))
    assert manifest["code"] == kit_code(tiny_pole())
    given = {name: data for name, data in bytes_of(kit).items() if name != "kit.json"}
    assert manifest["files"] == {name: digest_bytes(data) for name, data in given.items()}


def test_equal_poles_give_equal_bytes(kit, tmp_path):
    write_kit(tiny_pole(), tmp_path / "again", run_date=RUN)
    assert bytes_of(tmp_path / "again") == bytes_of(kit)


def test_an_earlier_kit_is_replaced_whole_and_another_folder_is_left_alone(tmp_path):
    out = tmp_path / "kit"
    write_kit(tiny_pole(), out, run_date=RUN, languages=("ar", "fr"))
    write_kit(tiny_pole(), out, run_date=RUN, languages=("en",))
    assert not list(out.glob("*.fr.*"))
    own = tmp_path / "own"
    own.mkdir()
    (own / "thesis.docx").write_text("mine")
    with pytest.raises(InputError) as refusal:
        write_kit(tiny_pole(), own, run_date=RUN)
    assert refusal.value.code == "DOSSIER-FOLDER"
    assert [f.name for f in own.iterdir()] == ["thesis.docx"]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["kit", "own"], "nothing half-written stays"


def test_an_unknown_language_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError):
        write_kit(tiny_pole(), tmp_path / "kit", run_date=RUN, languages=("es",))
    assert not list(tmp_path.iterdir())


def test_the_pole_in_the_kit_is_the_same_pole_without_plans_and_promises(kit):
    pole = open_pole(kit / "pole")
    ours = tiny_pole()
    assert (pole.site.digest, pole.brief.digest, pole.values.digest) == (
        ours.site.digest,
        ours.brief.digest,
        ours.values.digest,
    )
    assert not pole.plans
    assert pole.commitments.empty


def test_the_base_package_has_every_layer_empty_and_typed(kit):
    layers = dict(pyogrio.list_layers(kit / "base.gpkg"))
    assert {t.name for t in PLAN_TABLES} <= set(layers)
    assert (layers["plots"], layers["streets"], layers["buildings"]) == ("MultiPolygon", "LineString", "MultiPolygon")
    assert {"site", "constraints", "roads", "tie_ins", "land"} <= set(layers)
    for table in PLAN_TABLES:
        info = pyogrio.read_info(kit / "base.gpkg", layer=table.name)
        assert info["features"] == 0
        assert set(info["fields"]) == {c.name for c in table if c.kind != "geometry"}


def test_the_base_package_is_read_as_a_plan_that_only_lacks_plots(kit):
    _, findings = read_plan(kit / "base.gpkg")
    assert [f.code for f in findings] == ["PLAN-NO-PLOTS"]


def test_a_plan_drawn_in_the_base_package_is_the_plan(kit, tmp_path):
    drawn = tmp_path / "mine.gpkg"
    drawn.write_bytes((kit / "base.gpkg").read_bytes())
    plan = tiny_plan()
    for name in ("plots", "streets"):
        pyogrio.write_dataframe(
            getattr(plan, name).reset_index(), drawn, layer=name, append=True, promote_to_multi=name == "plots"
        )
    for name in ("plot_floors", "phases"):
        table = getattr(plan, name).reset_index(drop=name == "plot_floors")
        pyogrio.write_dataframe(table, drawn, layer=name, append=True)
    read, findings = read_plan(drawn)
    assert read.table_digests["plots"] == plan.table_digests["plots"]
    assert read.table_digests["streets"] == plan.table_digests["streets"]
    assert read.table_digests["plot_floors"] == plan.table_digests["plot_floors"]
    assert not [f for f in findings if f.severity != "note"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_forms_stand_in_each_language(kit, lang):
    with closing(sqlite3.connect(kit / "base.gpkg")) as base:
        rows = base.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles WHERE styleName=?", (lang,))
        styles = {name: (ET.fromstring(qml.split("\n", 1)[1]), default) for name, qml, default in rows}
    assert {t.name for t in PLAN_TABLES} <= set(styles)
    root, default = styles["plots"]
    assert default == (1 if lang == "fr" else 0)
    lists = {f.get("name"): f.find("editWidget") for f in root.iter("field")}
    uses = {o.get("value"): o.get("name") for o in lists["use"].iter("Option") if o.get("value")}
    assert uses == {use: label(f"use.{use}", lang) for use in USES}
    assert lists["phase"].get("type") == "ValueRelation"
    assert "primary_school" in {o.get("value") for o in lists["facility_type"].iter("Option")}


def test_the_drawing_has_a_layer_a_use_and_street_class_in_its_colour(kit):
    drawing = ezdxf.readfile(kit / "base.dxf")
    assert not drawing.audit().errors
    assert drawing.units == 6  # metres
    for use in USES:
        layer = drawing.layers.get(f"QUTB_PLOT_{use}")
        assert "#{:02x}{:02x}{:02x}".format(*layer.rgb) == PALETTE[use]
        assert all(label(f"use.{use}", lang) in layer.description for lang in LANGUAGES)
    assert {f"QUTB_STREET_{kind}" for kind in STREET_CLASSES} <= {layer.dxf.name for layer in drawing.layers}
    site = drawing.modelspace().query('LWPOLYLINE[layer=="QUTB_SITE_BOUNDARY"]')
    assert next(tuple(p[:2]) for p in site[0].get_points()) in {
        (ORIGIN[0] + dx, ORIGIN[1] + dy) for dx in (0.0, 220.0) for dy in (0.0, 140.0)
    }
    tags = {a.dxf.tag for a in drawing.blocks.get("QUTB_LOT").query("ATTDEF")}
    assert tags >= {"LOT", "USAGE", "NIVEAUX", "CES", "COS"}


def test_the_drawing_s_legend_speaks_three_languages_without_marks_of_direction(kit):
    drawing = ezdxf.readfile(kit / "base.dxf")
    texts = [t.dxf.text for t in drawing.modelspace().query('TEXT[layer=="QUTB_LEGEND"]')]
    assert sum(label("use.hotel", lang) in " ".join(texts) for lang in LANGUAGES) == 3
    assert not re.search("[\u2066-\u2069]", "".join(texts))


def test_the_page_to_check_oneself_gives_exact_commands(kit):
    for lang in LANGUAGES:
        page = (kit / f"check.{lang}.html").read_text("utf-8")
        for command in ("pip install qutb", "qutb plan check base.gpkg", "qutb watch pole", "qutb appraise pole"):
            assert command in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_rules_name_layers_system_code_and_what_is_not_measured(kit, lang):
    text = pdf_text(kit / f"rules.{lang}.pdf")
    for word in ("plot_floors", "QUTB_PLOT_mixed", "EPSG:32628", kit_code(tiny_pole()), "ground_coverage_ratio"):
        assert word in text, word
    assert not re.search("compliant|conforme", text)


def pdf_text(path):
    try:
        run = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("pdftotext is not installed")
    return run.stdout.decode()


def test_the_programme_lists_targets_facilities_and_codes(kit):
    cells = workbook_cells(kit / "programme.fr.xlsx")
    assert {"Cibles", "Équipements demandés", "Listes de valeurs"} <= set(cells)
    assert {"Logements", 100, 200} <= set(cells["Cibles"])
    assert {"École primaire", 1, "primary_school"} <= set(cells["Équipements demandés"])
    assert {"housing_villa", "coefficient"} - set(cells["Listes de valeurs"]) == {"coefficient"}


def workbook_cells(path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    return {s.title: [c for row in s.iter_rows(values_only=True) for c in row if c is not None] for s in book}


def test_a_local_pole_with_heights_and_without_brief_has_a_kit_too(tmp_path):
    pole = tiny_pole()
    heights = gpd.GeoDataFrame(
        {"point_id": ["1"], "level_m": [12.5], "geometry": [Point(10, 10)]}, geometry="geometry"
    ).set_index("point_id")
    plain = {n: getattr(pole.site, n).iloc[:0].set_crs(None, allow_override=True) for n in SITE}
    site = replace(pole.site, crs="local", boundary=box(0, 0, 100, 60), spot_heights=heights, **plain)
    brief = replace(pole.brief, targets=(), facilities={}, criteria=())
    write_kit(replace(pole, crs="local", site=site, brief=brief), tmp_path / "kit", run_date=RUN, languages=("ar",))
    assert "spot_heights" in dict(pyogrio.list_layers(tmp_path / "kit" / "base.gpkg"))
    assert CRS not in (tmp_path / "kit" / "base.ar.qgs").read_text("utf-8")


SITE = ("constraints", "land", "roads", "tie_ins")


def test_a_plan_drawn_on_the_base_drawing_is_read_back_with_nothing_guessed(kit, tmp_path):
    drawing, plan = ezdxf.readfile(kit / "base.dxf"), tiny_plan()
    space = drawing.modelspace()
    for plot_id, plot in plan.plots.iterrows():
        ring = list(plot.geometry.exterior.coords)[:-1]
        space.add_lwpolyline(ring, close=True, dxfattribs={"layer": f"QUTB_PLOT_{plot.use}"})
        at = plot.geometry.representative_point()
        text = space.add_text(plot_id, height=2, dxfattribs={"layer": "QUTB_PLOT_NUMBER"})
        text.set_placement((at.x, at.y))
    for _, street in plan.streets.iterrows():
        layer = f"QUTB_STREET_{street.street_class}"
        space.add_lwpolyline(list(street.geometry.coords), dxfattribs={"layer": layer})
    drawing.saveas(tmp_path / "mine.dxf")
    read = read_drawing(tmp_path / "mine.dxf", crs=CRS, answers=read_answers(kit / "base.layers.toml"))
    assert read.plan.plots["use"].sort_index().to_dict() == plan.plots["use"].to_dict()
    assert read.plan.plots.geometry.sort_index().area.to_list() == plan.plots.geometry.area.to_list()
    assert sorted(read.plan.streets["street_class"]) == ["collector", "local"], "the existing road is no street of it"
    assert "DRAW-PROPOSAL-TAKEN" not in {f.code for f in read.findings}
