"""QGIS itself opens the kit, where it is installed: styles, lists of values, defaults, drawing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from qutb.kit import __doc__ as room
from qutb.text import LANGUAGES, label

SCRIPT = r"""
import json, sys
from qgis.core import (QgsApplication, QgsGeometry, QgsProject, QgsVectorLayer, QgsVectorLayerUtils)
app = QgsApplication([], False)
app.initQgis()
folder, lang = sys.argv[1], sys.argv[2]
project = QgsProject.instance()
said = {"read": project.read(f"{folder}/base.{lang}.qgs"), "crs": project.crs().authid()}
layers = {layer.id().removeprefix("qutb_layer_"): layer for layer in project.mapLayers().values()}
said["valid"] = {name: layer.isValid() for name, layer in layers.items()}
plots = layers["plots"]
said["renderer"] = plots.renderer().type()
said["classes"] = [c.value() for c in plots.renderer().categories()]
said["colours"] = {c.value(): c.symbol().color().name() for c in plots.renderer().categories()}
index = plots.fields().indexOf
said["uses"] = [list(o.items())[0] for o in plots.editorWidgetSetup(index("use")).config()["map"]]
said["widgets"] = {f.name(): plots.editorWidgetSetup(index(f.name())).type() for f in plots.fields()}
said["aliases"] = {f.name(): plots.attributeAlias(index(f.name())) for f in plots.fields()}
said["constraints"] = {f.name(): int(plots.fieldConstraints(index(f.name()))) for f in plots.fields()}
phases = plots.editorWidgetSetup(index("phase")).config()
said["phase_layer"] = project.mapLayer(phases["Layer"]) is not None
shape = QgsGeometry.fromWkt("MultiPolygon(((414000 2613000,414010 2613000,414010 2613010,414000 2613000)))")
plots.startEditing()
ids = []
for _ in range(2):
    drawn = QgsVectorLayerUtils.createFeature(plots, shape, {}, plots.createExpressionContext())
    plots.addFeature(drawn)
    ids.append([drawn["plot_id"], drawn["detail"]])
said["drawn"] = ids
said["saved"] = plots.commitChanges()
alone = QgsVectorLayer(f"{folder}/base.gpkg|layername=plots", "plots", "ogr")
said["alone"] = [alone.renderer().type(), alone.editorWidgetSetup(alone.fields().indexOf("use")).type()]
said["read_only"] = sorted(name for name, layer in layers.items() if layer.readOnly())
print("ANSWER" + json.dumps(said))
"""


@cache
def qgis_python() -> str:
    """A Python that can import QGIS, or the reason why the test is skipped."""
    for python in (os.environ.get("QUTB_QGIS_PYTHON"), "/usr/bin/python3", shutil.which("python3")):
        if python and Path(python).exists() and _asked(python, "import qgis.core").returncode == 0:
            return python
    pytest.skip("QGIS is not installed: the kit's styles are checked as XML only (set QUTB_QGIS_PYTHON to try)")


def _asked(python, code, *args):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([python, "-c", code, *args], capture_output=True, text=True, env=env, check=False)


@pytest.fixture(scope="module", params=LANGUAGES)
def opened(request, kit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("qgis") / "kit"
    shutil.copytree(kit, folder)
    run = _asked(qgis_python(), SCRIPT, str(folder), request.param)
    answer = next((line for line in run.stdout.splitlines() if line.startswith("ANSWER")), None)
    assert answer, run.stderr
    return request.param, json.loads(answer.removeprefix("ANSWER"))


def test_qgis_opens_the_project_with_every_layer_in_its_system(opened):
    _, said = opened
    assert room
    assert said["read"]
    assert said["crs"] == "EPSG:32628"
    assert all(said["valid"].values())
    assert {"plots", "streets", "plot_floors", "zones", "phases", "street_areas", "buildings"} <= set(said["valid"])


def test_qgis_shows_lists_of_values_and_names_in_the_language(opened):
    lang, said = opened
    assert [label("use.hotel", lang), "hotel"] in said["uses"]
    assert said["aliases"]["use"] == label("plan.use", lang)
    assert said["widgets"]["use"] == said["widgets"]["facility_type"] == said["widgets"]["segment"] == "ValueMap"
    assert said["widgets"]["phase"] == "ValueRelation"
    assert said["phase_layer"]
    assert said["constraints"]["plot_id"] == 3  # not null, unique


def test_qgis_colours_plots_by_use(opened):
    _, said = opened
    assert said["renderer"] == "categorizedSymbol"
    assert said["colours"]["green"] == "#6abf69"
    assert said["alone"] == ["categorizedSymbol", "ValueMap"]


def test_plots_drawn_in_qgis_number_themselves_and_the_site_is_read_only(opened):
    _, said = opened
    assert said["drawn"] == [["L-1", "lot"], ["L-2", "lot"]]
    assert said["saved"]
    assert {"site", "constraints", "roads"} <= set(said["read_only"])
