"""Encodings, cut names, what a format cannot hold, and import profiles."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from qutb.core import CrsError, FormatError, InputError, UsageError
from qutb.files import read_layers, read_plan, read_profile, write_layers

CRS = "EPSG:32628"
SQUARE = shapely.box(414_000, 2_613_000, 414_100, 2_613_100)
PAIR = [SQUARE, shapely.affinity.translate(SQUARE, 200, 0)]


def frame(**columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"plot_id": ["A", "B"], **columns}, geometry=PAIR, crs=CRS)


@pytest.mark.parametrize(
    ("encoding", "word", "guess"),
    [("CP1256", "مدرسة ابتدائية", "CP1256"), ("CP1252", "École d'été à Éz", "CP1252"), ("UTF-8", "مسجد", "UTF-8")],
)
def test_a_shapefile_that_does_not_say_its_encoding_is_read_and_said(tmp_path, encoding, word, guess):
    path = tmp_path / "plots.shp"
    pyogrio.write_dataframe(frame(name=[word, "plain"]), path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    raw[29] = 0  # the byte that names the language
    path.with_suffix(".dbf").write_bytes(raw)
    layers = read_layers(path)
    assert layers["plots"]["name"].tolist() == [word, "plain"]
    assert {n.code: n.params.get("encoding") for n in layers.notes} == {"FILE-ENCODING-GUESSED": guess}


def test_a_shapefile_that_says_its_encoding_is_believed(tmp_path):
    path = tmp_path / "plots.shp"
    pyogrio.write_dataframe(frame(name=["مدرسة", "plain"]), path, encoding="CP1256")
    layers = read_layers(path)
    assert (layers["plots"]["name"][0], layers.notes) == ("مدرسة", ())


def test_names_that_are_cut_alike_stay_apart_and_come_back(tmp_path):
    given = frame(ground_coverage_ratio=[0.4, 0.5], ground_coverage_max=[0.6, 0.7], البقعة_الأرضية=["أ", "ب"])
    (note,) = write_layers(tmp_path / "plots.shp", {"plots": given}, crs=CRS)
    assert (note.code, len(note.params["names"])) == ("FILE-NAMES-CUT", 3)
    back = read_layers(tmp_path / "plots.shp")["plots"]
    assert list(back.columns) == list(given.columns)
    assert back["البقعة_الأرضية"].tolist() == ["أ", "ب"]


def test_a_long_text_that_a_shapefile_cuts_is_said(tmp_path):
    notes = write_layers(tmp_path / "plots.shp", {"plots": frame(note=["x" * 300, ""])}, crs=CRS)
    assert [(n.code, n.severity) for n in notes] == [("FILE-TEXT-CUT", "warning")]


def test_a_zip_holds_tables_and_shapes(tmp_path):
    phases = pd.DataFrame({"phase": ["P1"], "rank": [1], "name": ["غرب"]})
    write_layers(tmp_path / "plan.zip", {"plots": frame(), "phases": phases}, crs=CRS)
    layers = read_layers(tmp_path / "plan.zip")
    assert layers["phases"].to_dict("list") == {"phase": ["P1"], "rank": [1], "name": ["غرب"]}
    assert len(layers["plots"]) == 2


def test_a_format_that_cannot_hold_the_layers_says_so(tmp_path):
    two = {"plots": frame(), "again": frame()}
    for name in ("a.geojson", "a.shp"):
        with pytest.raises(UsageError, match="one layer"):
            write_layers(tmp_path / name, two, crs=CRS)
    with pytest.raises(UsageError, match=r"\.gpkg"):
        write_layers(tmp_path / "a.dwg", two, crs=CRS)
    with pytest.raises(CrsError, match="local metres"):
        write_layers(tmp_path / "a.geojson", {"plots": frame()}, crs="local")
    mixed = gpd.GeoDataFrame(geometry=[SQUARE, SQUARE.centroid], crs=CRS)
    with pytest.raises(UsageError, match="mixes"):
        write_layers(tmp_path / "a.shp", {"mixed": mixed}, crs=CRS)
    assert list(tmp_path.iterdir()) == []


def test_geojson_of_a_plan_says_that_it_is_in_degrees(tmp_path):
    (note,) = write_layers(tmp_path / "plots.geojson", {"plots": frame()}, crs=CRS)
    assert (note.code, note.params["target"]) == ("FILE-CRS-REPROJECTED", "EPSG:4326")


def test_one_layer_of_any_name_is_taken_as_plots(tmp_path):
    given = frame(use=["green", "hotel"], storeys=[None, 3.0], detail=["lot", "lot"])
    write_layers(tmp_path / "my drawing.geojson", {"my drawing": given}, crs=CRS)
    plan, _ = read_plan(tmp_path / "my drawing.geojson", crs=CRS)
    assert plan.name == "my drawing"
    assert plan.plots["use"].tolist() == ["green", "hotel"]


def test_layers_of_other_names_ask_for_a_profile(tmp_path):
    write_layers(tmp_path / "plan.gpkg", {"parcels": frame(), "roads": frame()}, crs=CRS)
    with pytest.raises(FormatError, match=r"parcels, roads.*--profile"):
        read_plan(tmp_path / "plan.gpkg")


def test_a_profile_maps_scales_fills_and_computes(tmp_path):
    given = frame(kind=["R", "X"], cos=[200.0, None], ces=[50.0, 40.0], state=["new", "old"])
    write_layers(tmp_path / "plan.gpkg", {"parcels": given}, crs=CRS)
    (tmp_path / "map.toml").write_text(
        """
        [[plots]]
        layer = "parcels"
        id = "T-{row}"
        columns = { use = "kind", floor_area_ratio = "cos", ground_coverage_ratio = "ces" }
        values.use = { R = "housing_row" }
        otherwise = { use = "land_reserve" }
        constants = { detail = "lot" }
        defaults = { floor_area_ratio = 100 }
        scale = { floor_area_ratio = 0.01, ground_coverage_ratio = 0.01 }
        [plots.computed]
        storeys = { divide = ["floor_area_ratio", "ground_coverage_ratio"], round = "up" }
        floor_area_m2 = { multiply = ["floor_area_ratio", "area_m2"] }
        """,
        "utf-8",
    )
    plan, findings = read_plan(tmp_path / "plan.gpkg", profile=tmp_path / "map.toml")
    assert plan.plots.index.tolist() == ["T-1", "T-2"]
    assert plan.plots["use"].tolist() == ["housing_row", "land_reserve"]
    assert plan.plots["storeys"].tolist() == [4, 3]  # by hand: 2.0 / 0.5 = 4; 1.0 / 0.4 = 2.5, up to 3
    assert plan.plots["floor_area_m2"].tolist() == [20_000, 10_000]  # 100 m x 100 m at 2.0 and 1.0
    said = {f.code: f.params["count"] for f in findings if f.code.startswith("FILE")}
    assert said == {"FILE-VALUES-OTHER": 1, "FILE-DEFAULT-USED": 1}


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("[[plots", FormatError, "FILE-PROFILE-UNREADABLE"),
        ("[[plots]]\nlayers = 'x'", InputError, "FILE-PROFILE-KEY"),
        ("crs = 'UTM'", InputError, "FILE-PROFILE-KEY"),
    ],
)
def test_a_wrong_profile_is_named(tmp_path, text, kind, code):
    (tmp_path / "map.toml").write_text(text, "utf-8")
    with pytest.raises(kind) as caught:
        read_profile(tmp_path / "map.toml")
    assert caught.value.code == code


def test_a_profile_that_asks_for_a_missing_column_is_refused(tmp_path):
    write_layers(tmp_path / "plan.gpkg", {"parcels": frame()}, crs=CRS)
    (tmp_path / "map.toml").write_text('[[plots]]\nlayer = "parcels"\ncolumns = { use = "kind" }\n', "utf-8")
    with pytest.raises(FormatError, match="kind") as caught:
        read_plan(tmp_path / "plan.gpkg", profile=tmp_path / "map.toml")
    assert caught.value.code == "FILE-NO-COLUMN"
