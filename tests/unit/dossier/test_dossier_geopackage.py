"""A GeoPackage that QGIS opens as drawn."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import date
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio
import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb.dossier.geopackage import StyledLayer, appraisal_layers, use_style, write_styled_geopackage
from qutb.draw import HATCHES, INK, PALETTE
from qutb.text import label

RUN = date(2026, 11, 23)


def tiny_appraisal():
    plan = tiny_plan()
    capacity = pd.DataFrame(
        {"dwellings": range(9), "population": [1.5] * 9, "population_low": [1.0] * 9}, index=plan.plots.index
    )
    results = {"capacity": SimpleNamespace(plots=capacity), "cost": SimpleNamespace()}
    return SimpleNamespace(plan=plan, pole=tiny_pole(plan=plan), results=results)


def packed(folder, lang="fr"):
    layers = appraisal_layers(tiny_appraisal(), lang)
    return write_styled_geopackage(folder / "مخطط 1.gpkg", layers, crs="EPSG:32628", lang=lang, run_date=RUN)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return packed(tmp_path_factory.mktemp("gpkg"))


def styles(path):
    with closing(sqlite3.connect(path)) as base:
        rows = base.execute(
            "SELECT f_table_name, styleQML, useAsDefault, f_geometry_column FROM layer_styles"
        ).fetchall()
    return {
        name: (ET.fromstring(document.split("\n", 1)[1]), default, column) for name, document, default, column in rows
    }


def test_ids_system_and_results_are_kept(package):
    plots = pyogrio.read_dataframe(package, layer="plots").set_index("plot_id")
    assert list(plots.index) == list(tiny_plan().plots.index)
    assert plots.crs.to_epsg() == 32628
    assert plots.loc["A-17", "capacity_dwellings"] == 1  # the plan has dwellings of its own
    assert plots.loc["A-17", "population"] == 1.5
    assert plots.geometry.geom_equals(tiny_plan().plots.geometry).all()


def test_every_layer_has_a_default_style(package):
    found = styles(package)
    layers = {name for name, kind in pyogrio.list_layers(package) if kind}
    assert set(found) == layers == {"site", "constraints", "roads", "tie_ins", "streets", "plots"}
    assert all(default == 1 and column == "geometry" for _, default, column in found.values())


def test_plots_have_the_colours_and_hatches_of_the_maps(package):
    root = styles(package)["plots"][0]
    renderer = root.find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "use")
    symbols = {s.get("name"): s for s in renderer.iter("symbol")}
    seen = {}
    for category in renderer.iter("category"):
        layers = symbols[category.get("symbol")].findall("layer")
        options = {o.get("name"): o.get("value") for o in layers[0].iter("Option")}
        seen[category.get("value")] = (options["color"], len(layers), category.get("label"))
    assert set(seen) == {*tiny_plan().plots["use"], ""}
    for use, (color, sheets, name) in seen.items():
        if use:
            red, green, blue = (int(PALETTE[use][i : i + 2], 16) for i in (1, 3, 5))
            assert color == f"{red},{green},{blue},255"
            assert sheets == (2 if use in HATCHES else 1)
            assert name == label(f"use.{use}", "fr")


def test_columns_and_coded_values_are_named_in_the_language(package):
    root = styles(package)["plots"][0]
    names = {a.get("field"): a.get("name") for a in root.iter("alias")}
    assert (names["storeys"], names["population"]) == ("Niveaux", label("capacity.population", "fr"))
    assert names["population_low"] == f"{names['population']}, bas"
    assert len(set(names.values())) == len(names)
    field = root.find("fieldConfiguration/field[@name='use']/editWidget")
    values = {o.get("value"): o.get("name") for o in field.iter("Option") if o.get("value")}
    assert field.get("type") == "ValueMap"
    assert values["green"] == label("use.green", "fr")


def test_lines_and_points_have_symbols_of_their_kind(package):
    kinds = {name: root.find("renderer-v2/symbols/symbol").get("type") for name, (root, *_) in styles(package).items()}
    assert kinds == {
        "site": "fill",
        "constraints": "fill",
        "roads": "line",
        "tie_ins": "marker",
        "streets": "line",
        "plots": "fill",
    }


def test_the_file_is_sound_and_lists_its_styles(package):
    with closing(sqlite3.connect(package)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        listed = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        dates = {d for (d,) in base.execute("SELECT last_change FROM gpkg_contents")}
        titles = dict(base.execute("SELECT table_name, identifier FROM gpkg_contents").fetchall())
    assert listed["layer_styles"] == "attributes"
    assert dates == {"2026-11-23T00:00:00.000Z"}
    assert titles["plots"] == "Lots par usage"


def test_the_same_layers_and_date_give_the_same_bytes(tmp_path, package):
    time.sleep(1.1)  # a clock in the file would show
    assert packed(tmp_path).read_bytes() == package.read_bytes()


def test_a_local_system_stays_local(tmp_path):
    plots = tiny_plan().plots.set_crs(None, allow_override=True)
    layer = StyledLayer(name="plots", frame=plots, style=use_style(list(plots["use"]), "ar"))
    path = write_styled_geopackage(tmp_path / "local.gpkg", [layer], crs="local", lang="ar", run_date=RUN)
    crs = pyogrio.read_info(path, layer="plots")["crs"]
    assert crs is None or "EPSG:4326" not in crs


def test_a_table_without_geometry_is_kept_without_a_style(tmp_path):
    table = StyledLayer(name="balance", frame=pd.DataFrame({"use": ["green"], "area_m2": [1.0]}))
    path = write_styled_geopackage(tmp_path / "t.gpkg", [table], crs="EPSG:32628", lang="en", run_date=RUN)
    assert styles(path) == {}
    assert pyogrio.read_dataframe(path, layer="balance")["area_m2"].tolist() == [1.0]


def test_an_unknown_use_has_the_neutral_colour():
    style = use_style(["castle"], "en")
    assert [(c.value, c.symbol.fill) for c in style.classes] == [
        ("castle", PALETTE["other"]),
        ("", PALETTE["unassigned"]),
    ]
    assert style.classes[0].symbol.stroke == INK["plot_line"]


def test_nothing_is_left_when_writing_fails(tmp_path):
    layer = StyledLayer(name="plots", frame=tiny_plan().plots)
    with pytest.raises(Exception, match=r".+"):
        write_styled_geopackage(tmp_path / "x.gpkg", [layer], crs="EPSG:999999", lang="en", run_date=RUN)
    assert list(tmp_path.iterdir()) == []
