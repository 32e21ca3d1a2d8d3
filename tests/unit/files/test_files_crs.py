"""Coordinate systems: what is asked, what is said, and how far two readings of a Merchich file lie apart."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from qutb.core import CrsError
from qutb.files import read_layers, write_layers
from qutb.text import error_text

SHORE = (497_000.0, 562_000.0)  # near El Argoub in EPSG:26195


@pytest.fixture
def merchich(tmp_path):
    path = tmp_path / "plan.gpkg"
    square = shapely.box(*SHORE, SHORE[0] + 100, SHORE[1] + 100)
    write_layers(path, {"plots": gpd.GeoDataFrame({"plot_id": ["A"]}, geometry=[square])}, crs="EPSG:26195")
    return path


def test_merchich_is_read_as_it_is(merchich):
    layers = read_layers(merchich)
    assert (layers.crs, layers.notes) == ("EPSG:26195", ())


@pytest.mark.parametrize("zone", ["EPSG:26193", "EPSG:26194", "EPSG:26195"])
def test_a_merchich_zone_without_published_shift_asks_which_reading(tmp_path, zone):
    path = tmp_path / "plan.gpkg"
    point = gpd.GeoSeries.from_xy([-15.867], [23.609], crs="EPSG:4261").to_crs(zone)
    write_layers(path, {"plots": point.to_frame("geometry")}, crs=zone)
    with pytest.raises(CrsError) as caught:
        read_layers(path, crs="EPSG:32628")
    assert caught.value.code == "FILE-DATUM-CHOICE"
    # measured once with PROJ 9: 256 m at El Argoub between x=31 y=146 z=47 and none
    assert caught.value.params["metres"] == pytest.approx(256, abs=1)
    assert "--datum shift" in error_text(caught.value, "fr")


def test_both_readings_can_be_chosen_and_are_said(merchich):
    read = {datum: read_layers(merchich, crs="EPSG:32628", datum=datum) for datum in ("shift", "as_is")}
    apart = read["shift"]["plots"].centroid.distance(read["as_is"]["plots"].centroid)
    assert apart.iloc[0] == pytest.approx(256, abs=3)
    notes = {datum: {n.code: n.params for n in layers.notes} for datum, layers in read.items()}
    assert notes["shift"]["FILE-DATUM-USED"]["operation"] == "x=31 y=146 z=47"
    assert notes["as_is"]["FILE-DATUM-USED"]["operation"] == "0"
    assert notes["shift"]["FILE-CRS-REPROJECTED"]["target"] == "EPSG:32628"


def test_a_published_shift_is_used_without_asking(tmp_path):
    """North of 27.66 N the shift of Merchich is published: nothing to choose."""
    path = tmp_path / "plan.gpkg"
    point = gpd.GeoSeries.from_xy([105_000], [388_000], crs="EPSG:26192")
    write_layers(path, {"plots": point.to_frame("geometry")}, crs="EPSG:26192")
    moved = read_layers(path, crs="EPSG:32629")["plots"].geometry
    expected = point.to_crs("EPSG:32629")
    assert moved.distance(expected).iloc[0] < 0.001


def test_the_same_datum_needs_no_choice(merchich):
    assert read_layers(merchich, crs="EPSG:26194").crs == "EPSG:26194"


def test_geojson_of_a_merchich_plan_asks_too(merchich, tmp_path):
    plots = read_layers(merchich)["plots"]
    with pytest.raises(CrsError, match=r"25[5-9] m apart"):
        write_layers(tmp_path / "out.geojson", {"plots": plots}, crs="EPSG:26195")
    assert not (tmp_path / "out.geojson").exists()
    write_layers(tmp_path / "out.geojson", {"plots": plots}, crs="EPSG:26195", datum="shift")
    back = read_layers(tmp_path / "out.geojson", crs="EPSG:26195", datum="shift")["plots"]
    assert shapely.hausdorff_distance(back.geometry.iloc[0], plots.geometry.iloc[0]) < 0.001


def test_local_metres_drop_a_system_aloud(merchich):
    layers = read_layers(merchich, crs="local")
    assert layers["plots"].crs is None
    assert [n.code for n in layers.notes] == ["FILE-CRS-DROPPED"]


def test_an_esri_projection_file_is_recognised(tmp_path):
    path = tmp_path / "plots.shp"
    square = shapely.box(650_000, 6_840_000, 650_100, 6_840_100)
    write_layers(path, {"plots": gpd.GeoDataFrame({"plot_id": ["A"]}, geometry=[square])}, crs="EPSG:2154")
    assert "RGF" in path.with_suffix(".prj").read_text()
    assert read_layers(path).crs == "EPSG:2154"
