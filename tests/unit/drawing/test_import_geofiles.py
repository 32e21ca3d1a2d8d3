"""Layers that an office names in its own way become a plan; the profile is proposed, confirmed and remembered."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import jsonschema
import pytest
import shapely
from typer.testing import CliRunner

from qutb.cli.app import app
from qutb.files import read_plan

SCHEMA = Path(__file__).parents[3] / "src" / "qutb" / "cli" / "schema" / "plan-import.json"
CRS = "EPSG:32628"
X, Y = 412_000.0, 2_613_000.0
WORDS = ["Villa", "Villa", "Espace vert", "École", "Commerce", "xx"]
USES = {"housing_villa": 2, "green": 1, "facility": 1, "retail": 1, "land_reserve": 1}


def run(*args: object):
    return CliRunner().invoke(app, ["plan", "import", *map(str, args)], env={"QUTB_LANG": "fr"})


def told(*args: object) -> dict:
    done = run(*args, "--json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads(SCHEMA.read_text("utf-8")))
    return answer


def lots(number: str = "Num_Lot", use: str = "Affectation") -> gpd.GeoDataFrame:
    shapes = [shapely.box(X + 20 * n, Y, X + 20 * n + 20, Y + 25) for n in range(6)]
    levels = ["R+2", "R+1", None, "R+2", "R+4", None]
    return gpd.GeoDataFrame({number: list("abcdef"), use: WORDS, "Niveaux": levels}, geometry=shapes, crs=CRS)


def axes() -> gpd.GeoDataFrame:
    line = shapely.LineString([(X, Y - 6), (X + 120, Y - 6)])
    return gpd.GeoDataFrame({"nom": ["Avenue A"], "largeur": [14.0]}, geometry=[line], crs=CRS)


def uses(answer: dict) -> dict[str, int]:
    return {use: row["plots"] for use, row in answer["plots_by_use"].items()}


def test_a_geopackage_with_an_office_s_own_names(tmp_path):
    path, out = tmp_path / "envoi.gpkg", tmp_path / "bay.gpkg"
    lots().to_file(path, layer="LOTS PROJET", driver="GPKG")
    axes().to_file(path, layer="Axes voirie", driver="GPKG")
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(X - 10, Y - 20, X + 130, Y + 40)], crs=CRS)
    frame.to_file(path, layer="Périmètre", driver="GPKG")
    answer = told(path, "--crs", CRS, "--out", out)
    assert uses(answer) == USES
    assert answer["dropped_m2_by_cause"] == {"role_boundary": pytest.approx(140 * 60)}
    assert answer["answers"] == {"source": "proposal", "file": str(tmp_path / "bay.profile.toml"), "confirmed": False}
    plan = read_plan(out)[0]
    assert list(plan.plots.index) == list("abcdef")
    assert plan.plots["storeys"].dropna().tolist() == [3, 2, 3, 5]
    assert plan.plots.loc["d", "facility_type"] == "primary_school"
    assert plan.streets[["street_class", "width_m"]].to_numpy().tolist() == [["arterial", 14.0]]


def test_a_profile_corrected_is_used_once_it_is_confirmed(tmp_path):
    path, out, beside = tmp_path / "envoi.gpkg", tmp_path / "bay.gpkg", tmp_path / "bay.profile.toml"
    lots().to_file(path, layer="LOTS PROJET", driver="GPKG")
    told(path, "--crs", CRS, "--out", out)
    corrected = beside.read_text("utf-8").replace('"Commerce" = "retail"', '"Commerce" = "retail", "xx" = "hotel"')
    beside.write_text(corrected, "utf-8")
    assert "hotel" not in uses(told(path, "--crs", CRS, "--out", out))
    beside.write_text(corrected.replace("confirmed = false", "confirmed = true"), "utf-8")
    answer = told(path, "--crs", CRS, "--out", out)
    assert answer["answers"]["source"] == "remembered"
    assert uses(answer)["hotel"] == 1


def test_kml_is_placed_and_read_by_its_names_and_descriptions(tmp_path):
    named = lots("Name", "Description")[["Name", "Description", "geometry"]]
    named.to_crs(4326).to_file(tmp_path / "envoi.kml", driver="KML")
    answer = told(tmp_path / "envoi.kml", "--crs", CRS, "--out", tmp_path / "bay.gpkg")
    assert uses(answer) == USES
    assert answer["plots_area_m2"] == pytest.approx(3000, abs=0.1)
    assert set(read_plan(tmp_path / "bay.gpkg")[0].plots.index) == set("abcdef")


def test_geojson_in_degrees_is_reprojected_and_said(tmp_path):
    lots().to_crs(4326).to_file(tmp_path / "envoi.geojson", driver="GeoJSON")
    answer = told(tmp_path / "envoi.geojson", "--crs", CRS, "--out", tmp_path / "bay.gpkg")
    assert uses(answer) == USES
    assert "FILE-CRS-REPROJECTED" in {f["code"] for f in answer["findings"]}
    refused = run(tmp_path / "envoi.geojson", "--out", tmp_path / "no.gpkg")
    assert refused.exit_code == 3
    assert not (tmp_path / "no.gpkg").exists()


@pytest.mark.parametrize("encoding", ["cp1256", "utf-8"])
def test_a_zip_of_shapefiles_in_arabic(tmp_path, encoding):
    parts = tmp_path / "parts"
    parts.mkdir()
    arabic = lots("Num", "use_ar").assign(use_ar=["فيلا", "فيلا", "حديقة", "مدرسة", "محل تجاري", "؟"])
    arabic.to_file(parts / "LOTS.shp", encoding=encoding)
    axes().to_file(parts / "AXES.shp")
    with zipfile.ZipFile(tmp_path / "envoi.zip", "w") as archive:
        for part in sorted(parts.iterdir()):
            if part.suffix != ".cpg":
                archive.write(part, part.name)
    answer = told(tmp_path / "envoi.zip", "--crs", CRS, "--out", tmp_path / "bay.gpkg")
    assert uses(answer) == USES
    assert answer["streets"] == 1


def test_the_layers_of_a_plan_need_no_profile(tmp_path):
    tiny = Path(__file__).parents[3] / "examples" / "pole_tiny" / "plans" / "plan.gpkg"
    answer = told(tiny, "--out", tmp_path / "bay.gpkg")
    assert answer["answers"]["source"] == "names"
    assert answer["plots"] == 9
    assert not (tmp_path / "bay.profile.toml").exists()
    assert read_plan(tmp_path / "bay.gpkg")[0].table_digests == read_plan(tiny)[0].table_digests


def test_lines_alone_are_no_plan(tmp_path):
    axes().to_file(tmp_path / "envoi.gpkg", layer="Axes", driver="GPKG")
    done = run(tmp_path / "envoi.gpkg", "--crs", CRS, "--out", tmp_path / "bay.gpkg")
    assert done.exit_code == 3
    assert "[FILE-NO-PLOTS]" in done.stderr
    assert not (tmp_path / "bay.gpkg").exists()
