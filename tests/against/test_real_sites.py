"""Real sites, and the figures computed from the same files with GeoPandas 1.2 (``sites/expected.json``).

Each site also comes in a broken copy: what is wrong must be found and located, never read as if it were right.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely.affinity import translate

from fixtures.shared import shared_data
from qutb.core import CrsError, Finding, FormatError
from qutb.files import read_layers, read_plan, write_layers
from qutb.plan import Plan

pytestmark = pytest.mark.shared

PROFILES = Path(__file__).parents[2] / "examples" / "profiles"
HA = 10_000.0


def expected(site: str) -> dict:
    return json.loads(shared_data("sites", "expected.json").read_text("utf-8"))[site]


def site_file(site: str) -> Path:
    return shared_data("sites", f"{site}.gpkg")


def plan_of(site: str, profile: str) -> tuple[Plan, tuple[Finding, ...]]:
    return read_plan(site_file(site), profile=PROFILES / f"{profile}.toml")


def hectares(frame: pd.DataFrame, by: str) -> dict[str, float]:
    return (frame.geometry.area.groupby(frame[by]).sum() / HA).round(2).to_dict()


@pytest.fixture(scope="module")
def yishun() -> Plan:
    return plan_of("yishun_central_sg", "yishun")[0]


@pytest.fixture(scope="module")
def epinay() -> Plan:
    return plan_of("epinay_sur_orge_fr", "epinay")[0]


@pytest.fixture(scope="module")
def otterlo() -> Plan:
    return plan_of("otterlo_nl_bgt", "otterlo")[0]


def test_yishun_gives_its_land_balance(yishun):
    given = expected("yishun_central_sg")
    assert (yishun.crs, len(yishun.plots)) == (given["crs"], given["plots"])
    assert hectares(yishun.plots, "source_use") == given["land_ha"]
    assert yishun.plots.area.sum() / HA == pytest.approx(given["plots_ha"], abs=0.01)


def test_yishun_gives_its_permitted_floor(yishun):
    given = expected("yishun_central_sg")
    ratio = yishun.plots["floor_area_ratio"]
    assert ratio.notna().sum() == given["plots_with_ratio"]
    assert (ratio * yishun.plots.area).sum() / HA == pytest.approx(given["permitted_floor_ha"], abs=0.01)


def test_yishun_gives_its_buildings_and_roads(yishun):
    given = expected("yishun_central_sg")
    assert len(yishun.buildings) == given["buildings"]
    assert yishun.buildings.area.sum() / HA == pytest.approx(given["footprint_ha"], abs=0.01)
    assert yishun.streets.length.sum() / 1000 == pytest.approx(given["road_km"], abs=0.01)


def test_yishun_says_what_the_profile_assumed():
    _, findings = plan_of("yishun_central_sg", "yishun")
    assumed = {f.params["column"]: f.params["count"] for f in findings if f.code == "FILE-DEFAULT-USED"}
    assert assumed == {"width_m": 23}


def test_epinay_gives_its_parcels_and_registered_area(epinay):
    given = expected("epinay_sur_orge_fr")
    assert (epinay.crs, len(epinay.plots)) == (given["crs"], given["parcels"])
    area, registered = epinay.plots.area.sum() / HA, epinay.plots["registered_area_m2"].sum() / HA
    assert area == pytest.approx(given["parcels_ha"], abs=0.01)
    assert registered == pytest.approx(given["contenance_ha"], abs=0.01)
    assert area == pytest.approx(registered, rel=0.002)
    assert epinay.plots.area.median() == pytest.approx(given["median_parcel_m2"], abs=0.1)
    assert epinay.street_areas.area.sum() / HA == pytest.approx(given["uncadastred_ha"], abs=0.1)


def test_hlg_is_read_in_local_metres():
    plan, _ = plan_of("hlg_beijing_local", "hlg")
    given = expected("hlg_beijing_local")
    assert (plan.crs, len(plan.plots)) == ("local", given["blocks"])
    assert hectares(plan.plots, "source_use") == given["land_ha"]


def test_hlg_without_system_is_refused():
    with pytest.raises(CrsError) as caught:
        read_layers(site_file("hlg_beijing_local"))
    assert caught.value.code == "FILE-CRS-MISSING"


def test_otterlo_gives_its_road_surfaces_and_buildings(otterlo):
    given = expected("otterlo_nl_bgt")
    assert otterlo.crs == given["crs"]
    assert hectares(otterlo.street_areas, "function") == given["road_surface_ha"]
    assert len(otterlo.buildings) == given["buildings"]
    assert otterlo.buildings.area.sum() / HA == pytest.approx(given["footprint_ha"], abs=0.01)


def test_otterlo_gives_its_manholes_and_outline():
    given, layers = expected("otterlo_nl_bgt"), read_layers(site_file("otterlo_nl_bgt"))
    assert len(layers["put"]) == given["manholes"]
    assert layers["boundary"].area.sum() / HA == pytest.approx(given["boundary_ha"], abs=0.01)


def test_helsinki_gives_its_streets_and_areas():
    given, layers = expected("helsinki_centre_fi"), read_layers(site_file("helsinki_centre_fi"))
    assert layers.crs == given["crs"]
    assert layers["streets"].length.sum() / 1000 == pytest.approx(given["street_km"], abs=0.01)
    counts = {name: len(layers[name]) for name in ("streets", "buildings", "areas", "pois")}
    assert counts == {name: given[name] for name in counts}


@pytest.mark.parametrize("site", ["el_argoub_pole_illustrative", "pk40_pole_illustrative"])
def test_an_illustrative_outline_in_degrees_is_read_in_the_zone_the_refusal_names(site):
    path = shared_data("sites", f"{site}.geojson")
    with pytest.raises(CrsError) as caught:
        read_layers(path)
    assert caught.value.params["suggestion"] == "EPSG:32628"
    outline = read_layers(path, crs="EPSG:32628")[site]
    assert outline.area.sum() / HA == pytest.approx(275, abs=1)  # SOURCES.md: 275.1 and 275 ha


# broken copies ------------------------------------------------------------------------------------------


def broken(site: str, tmp_path: Path, layer: str, spoil) -> Path:
    """A copy of a site in which ``spoil`` changed one layer."""
    layers = read_layers(site_file(site), crs="local" if site.startswith("hlg") else None)
    frames = dict(layers.frames)
    frames[layer] = spoil(frames[layer].copy())
    path = tmp_path / f"{site}_broken.gpkg"
    write_layers(path, frames, crs=layers.crs)
    return path


def codes(findings: tuple[Finding, ...]) -> dict[str, tuple[str, ...]]:
    return {f.code: f.where for f in findings}


def test_yishun_with_points_for_polygons_says_what_fell_out(tmp_path):
    """As GDAL reads Dutch buildings: label points for some shapes. Count and layer are told."""

    def spoil(plots):
        shapes = plots.geometry.to_numpy().copy()
        shapes[:40] = shapely.centroid(shapes[:40])
        return plots.set_geometry(shapes)

    path = broken("yishun_central_sg", tmp_path, "plots", spoil)
    plan, findings = read_plan(path, profile=PROFILES / "yishun.toml")
    assert len(plan.plots) == 60
    (fallen,) = (f for f in findings if f.code == "PLAN-GEOMETRY-TYPE")
    assert (fallen.severity, len(fallen.where)) == ("blocking", 40)


def test_yishun_with_text_in_a_ratio_names_the_plot(tmp_path):
    def spoil(plots):
        given = plots["plot_ratio"].astype(object)
        row = given.first_valid_index()
        plots["plot_ratio"] = [("about two" if i == row else v if v is None else str(v)) for i, v in given.items()]
        spoilt.append(f"plot:{plots.loc[row, 'plot_id']}")
        return plots

    spoilt: list[str] = []
    path = broken("yishun_central_sg", tmp_path, "plots", spoil)
    _, findings = read_plan(path, profile=PROFILES / "yishun.toml")
    assert codes(findings)["PLAN-NUMBER"] == tuple(spoilt)


def test_yishun_with_a_use_nobody_knows_names_it(tmp_path):
    def spoil(plots):
        plots.loc[0, "landuse"] = "casino"
        return plots

    path = broken("yishun_central_sg", tmp_path, "plots", spoil)
    _, findings = read_plan(path, profile=PROFILES / "yishun.toml")
    (choice,) = (f for f in findings if f.code == "PLAN-CHOICE")
    assert choice.params["found"] == ["casino"]


def test_yishun_without_the_layer_of_the_profile_is_refused(tmp_path):
    layers = read_layers(site_file("yishun_central_sg"))
    path = tmp_path / "less.gpkg"
    write_layers(path, {"parcels": layers["plots"]}, crs=layers.crs)
    with pytest.raises(FormatError, match="parcels") as caught:
        read_plan(path, profile=PROFILES / "yishun.toml")
    assert caught.value.code == "FILE-NO-LAYER"


def test_epinay_with_dropped_system_is_refused(tmp_path):
    path = tmp_path / "epinay.gpkg"
    layers = read_layers(site_file("epinay_sur_orge_fr"))
    write_layers(path, layers.frames, crs="local")
    with pytest.raises(CrsError) as caught:
        read_layers(path)
    assert caught.value.code == "FILE-CRS-MISSING"


def test_epinay_shifted_across_the_map_is_said(tmp_path):
    def spoil(parcels):
        return parcels.set_geometry([translate(g, 3_000_000, 0) for g in parcels.geometry])

    path = broken("epinay_sur_orge_fr", tmp_path, "parcels", spoil)
    assert "FILE-CRS-FAR" in codes(read_layers(path).notes)


def test_epinay_with_twice_the_same_parcel_names_it(tmp_path):
    def spoil(parcels):
        return pd.concat([parcels, parcels.iloc[[7]]], ignore_index=True)

    path = broken("epinay_sur_orge_fr", tmp_path, "parcels", spoil)
    plan, findings = read_plan(path, profile=PROFILES / "epinay.toml")
    assert codes(findings)["PLAN-ID-DUPLICATE"] == (f"plot:{plan.plots.index[7]}",)


def test_epinay_with_a_crossed_parcel_keeps_it_for_the_checks(tmp_path):
    """A bow tie is the plan's fault, not the file's: it arrives as drawn, and validity names it."""

    def spoil(parcels):
        shapes = parcels.geometry.to_numpy().copy()
        x, y = shapely.get_coordinates(shapely.centroid(shapes[3]))[0]
        shapes[3] = shapely.Polygon([(x, y), (x + 20, y + 20), (x + 20, y), (x, y + 20)])
        return parcels.set_geometry(shapes)

    path = broken("epinay_sur_orge_fr", tmp_path, "parcels", spoil)
    plan, _ = read_plan(path, profile=PROFILES / "epinay.toml")
    assert len(plan.plots) == 4241
    assert (~plan.plots.is_valid).sum() == 1


def test_epinay_cut_short_is_refused(tmp_path):
    path = tmp_path / "epinay.gpkg"
    whole = site_file("epinay_sur_orge_fr").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError):
        read_layers(path)


def test_hlg_with_empty_shapes_says_which(tmp_path):
    def spoil(blocks):
        shapes = blocks.geometry.to_numpy().copy()
        shapes[0], shapes[1] = None, shapely.Polygon()
        return blocks.set_geometry(shapes)

    path = broken("hlg_beijing_local", tmp_path, "blocks", spoil)
    plan, findings = read_plan(path, profile=PROFILES / "hlg.toml")
    assert len(plan.plots) == 60
    assert len(codes(findings)["PLAN-GEOMETRY-NONE"]) == 2


def test_otterlo_with_a_trigger_reads_the_same_and_says_so(tmp_path):
    path = tmp_path / "otterlo.gpkg"
    path.write_bytes(site_file("otterlo_nl_bgt").read_bytes())
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TRIGGER quiet AFTER DELETE ON gpkg_contents BEGIN SELECT 1; END")
        base.commit()
    layers = read_layers(path)
    assert codes(layers.notes).keys() == {"FILE-TRIGGERS"}
    assert len(layers["put"]) == expected("otterlo_nl_bgt")["manholes"]


def test_otterlo_with_mixed_shapes_keeps_the_polygons_and_says_the_rest(tmp_path):
    def spoil(roads):
        shapes = roads.geometry.to_numpy().copy()
        line = shapely.LineString([shapes[0].exterior.coords[0], shapes[0].exterior.coords[1]])
        shapes[0] = shapely.GeometryCollection([shapes[0], line])
        shapes[1] = shapely.boundary(shapes[1])
        return roads.set_geometry(shapes)

    path = broken("otterlo_nl_bgt", tmp_path, "wegdeel", spoil)
    plan, findings = read_plan(path, profile=PROFILES / "otterlo.toml")
    assert len(plan.street_areas) == 971
    assert {"PLAN-GEOMETRY-MIXED", "PLAN-GEOMETRY-TYPE"} <= codes(findings).keys()


def test_a_shapefile_of_epinay_gives_the_same_areas(tmp_path):
    """Through another program's Shapefile: GeoPandas writes it, names cut, here without sidecar."""
    parcels = gpd.read_file(site_file("epinay_sur_orge_fr"), layer="parcels")[
        ["id", "section", "contenance", "geometry"]
    ]
    pyogrio.write_dataframe(parcels, tmp_path / "parcels.shp")
    read = read_layers(tmp_path / "parcels.shp")
    assert read.crs == "EPSG:2154"
    assert np.isclose(read["parcels"].area.sum(), parcels.area.sum(), rtol=1e-9)
