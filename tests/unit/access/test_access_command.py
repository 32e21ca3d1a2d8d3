"""``qutb provision solve`` on small files, good and bad."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array
from shapely import LineString, Point
from typer.testing import CliRunner

from qutb.cli.provision import provision_app

CRS = "EPSG:32628"


@pytest.fixture
def files(tmp_path):
    """Two homes and a school on one street that bends, and a third home across a gap in the network."""
    homes = gpd.GeoDataFrame(
        {"id": ["h1", "h2", "h3"], "demand": [30, 50, 7]},
        geometry=[Point(10, 5), Point(100, 45), Point(500, 5)],
        crs=CRS,
    )
    schools = gpd.GeoDataFrame({"id": ["s1"], "capacity": [60]}, geometry=[Point(50, -5)], crs=CRS)
    streets = gpd.GeoDataFrame(
        {"id": ["a", "b"]},
        geometry=[LineString([(0, 0), (95, 0), (95, 90)]), LineString([(480, 0), (520, 0)])],
        crs=CRS,
    )
    homes.to_file(tmp_path / "homes.gpkg")
    schools.to_parquet(tmp_path / "schools.parquet")
    streets.to_file(tmp_path / "streets.gpkg")
    return tmp_path


def solved(files, *more, homes="homes.gpkg", schools="schools.parquet"):
    given = ["solve", str(files / homes), str(files / schools), *more]
    return CliRunner().invoke(provision_app, given)


def test_people_walk_along_streets_and_what_is_left_is_named(files):
    ran = solved(files, "--network", str(files / "streets.gpkg"), "--limit-m", "500", "--json")
    assert ran.exit_code == 0, ran.output
    data = json.loads(ran.stdout)
    flows = {f["building"]: f for f in data["flows"]}
    # by hand: h1 walks 40 m, h2 45 m on the cross street and 45 m on the first: 60 places go to 30 and 30 of 50
    assert (flows["h1"]["walk_m"], flows["h1"]["people"]) == (40.0, 30.0)
    assert (flows["h2"]["walk_m"], flows["h2"]["people"]) == (90.0, 30.0)
    assert {u["id"]: (u["unserved"], u["cause"]) for u in data["unserved_buildings"]} == {
        "h2": (20.0, "full"),
        "h3": (7.0, "far"),
    }
    assert data["proven"]
    assert {"ACC-STREETS-APART", "ACC-NO-WAY"} <= {f["code"] for f in data["findings"]}


def test_without_streets_distances_are_straight_and_said(files):
    data = json.loads(solved(files, "--limit-m", "500", "--json").stdout)
    assert data["distance"] == "straight"
    assert [f["code"] for f in data["findings"]] == ["ACC-STRAIGHT"]


def test_a_further_unit_is_sited_with_its_bound(files):
    data = json.loads(solved(files, "--limit-m", "200", "--add", "1", "--places", "100", "--json").stdout)
    assert data["further"]["buildings"] == ["h1"]  # h1 and h2 serve as many: the first is told
    assert data["further"]["served"] == data["further"]["bound"] == 80.0


def test_words_come_in_the_reader_s_language(files, monkeypatch):
    monkeypatch.setenv("QUTB_LANG", "fr")
    assert "Personnes servies" in solved(files, "--limit-m", "500").stdout


def test_missing_and_negative_numbers_are_located(files):
    homes = gpd.read_file(files / "homes.gpkg").assign(demand=[30.0, None, -2.0])
    homes.to_file(files / "bad.gpkg")
    schools = gpd.read_parquet(files / "schools.parquet").assign(capacity=[-1])
    schools.to_file(files / "bad_schools.gpkg")
    data = json.loads(solved(files, "--json", homes="bad.gpkg", schools="bad_schools.gpkg").stdout)
    where = {w for f in data["findings"] if f["code"] == "ACC-DEMAND-WRONG" for w in f["where"]}
    assert where == {"building:h2", "building:h3"}
    assert "ACC-CAPACITY-NEGATIVE" in {f["code"] for f in data["findings"]}
    assert data["capacity"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda g: g.drop(columns="demand"), "ACC-NO-COLUMN"),
        (lambda g: g.to_crs("EPSG:32629"), "ACC-OTHER-CRS"),
    ],
)
def test_files_that_cannot_be_used_end_with_exit_3_and_a_sentence(files, change, code):
    change(gpd.read_file(files / "homes.gpkg")).to_file(files / "other.gpkg")
    ran = solved(files, homes="other.gpkg")
    assert ran.exit_code == 3
    assert code in ran.stderr


def test_a_parquet_in_degrees_is_refused_and_taken_to_metres_when_asked(files):
    gpd.read_parquet(files / "schools.parquet").to_crs(4326).to_parquet(files / "degrees.parquet")
    ran = solved(files, schools="degrees.parquet")
    assert ran.exit_code == 3
    assert "--crs EPSG:" in ran.stderr  # the way out is told
    moved = json.loads(solved(files, "--crs", CRS, "--json", schools="degrees.parquet").stdout)
    same = json.loads(solved(files, "--json").stdout)
    assert moved["served"] == same["served"]
    assert moved["walk_mean_m"] == pytest.approx(same["walk_mean_m"], abs=1e-3)
    assert "FILE-CRS-REPROJECTED" in {f["code"] for f in moved["findings"]}


def test_a_building_without_a_shape_is_counted_and_named(files):
    homes = gpd.read_file(files / "homes.gpkg")
    homes.loc[1, "geometry"] = None
    homes.to_parquet(files / "undrawn.parquet")
    for more in ([], ["--network", str(files / "streets.gpkg")]):
        data = json.loads(solved(files, *more, "--json", homes="undrawn.parquet").stdout)
        assert data["demand"] == 87  # as in the file: 30 + 50 + 7
        assert {"id": "h2", "demand": 50.0, "unserved": 50.0, "cause": "far"} in data["unserved_buildings"]
        found = {f["code"]: f for f in data["findings"]}["ACC-NO-SHAPE"]
        assert (found["where"], found["params"]["value"]) == (["building:h2"], 50.0)


def test_layers_of_one_file_are_told_apart_by_what_they_hold(files):
    for layer, name in (("a", "streets.gpkg"), ("b", "homes.gpkg")):
        gpd.read_file(files / name).to_file(files / "all.gpkg", layer=layer)
    gpd.read_parquet(files / "schools.parquet").to_file(files / "all.gpkg", layer="c")
    one = solved(files, "--network", str(files / "all.gpkg"), "--json", homes="all.gpkg", schools="all.gpkg")
    many = solved(files, "--network", str(files / "streets.gpkg"), "--json")
    assert json.loads(one.stdout)["flows"] == json.loads(many.stdout)["flows"]


def test_ids_that_repeat_and_streets_that_are_no_lines_are_named(files):
    homes = gpd.read_file(files / "homes.gpkg").assign(id=["h1", "h1", "h3"])
    homes.to_file(files / "twice.gpkg")
    gpd.read_file(files / "homes.gpkg").to_file(files / "points.gpkg")
    ran = solved(files, "--network", str(files / "points.gpkg"), "--json", homes="twice.gpkg")
    found = {f["code"]: f["where"] for f in json.loads(ran.stdout)["findings"]}
    assert found["ACC-ID-UNCLEAR"] == ["row:0", "row:1"]
    assert found["ACC-NOT-A-LINE"] == ["street:h1", "street:h2", "street:h3"]
    assert "ACC-STRAIGHT" in found


def test_every_fault_of_a_network_is_located(files):
    """One street twice, one without length, a bridge drawn on the ground, a loop, a way in without a way out."""
    streets = gpd.GeoDataFrame(
        {
            "id": ["main", "again", "dot", "bridge", "loop", "in"],
            "bridge": [None, None, None, "yes", None, None],
            "oneway": [None, None, None, None, None, "yes"],
        },
        geometry=[
            LineString([(0, 0), (200, 0)]),
            LineString([(200, 0), (0, 0)]),
            LineString([(50, 0), (50, 0)]),
            LineString([(60, -40), (60, 40)]),
            LineString([(0, 0), (0, -50), (-50, -50), (0, 0)]),
            LineString([(200, 0), (300, 0)]),
        ],
        crs=CRS,
    )
    streets.to_file(files / "bad_streets.gpkg")
    ran = solved(files, "--network", str(files / "bad_streets.gpkg"), "--json")
    found = {f["code"]: f["where"] for f in json.loads(ran.stdout)["findings"]}
    at = {code: [w for w in found[code] if w.startswith("street:")] for code in found if code.startswith("ACC-")}
    assert set(at["ACC-STREET-TWICE"]) <= {"street:main", "street:again"}
    assert at["ACC-STREET-ZERO"] == ["street:dot"]
    assert at["ACC-BRIDGE-LEVEL"] == ["street:bridge"]
    assert at["ACC-STREET-LOOP"] == ["street:loop"]
    assert at["ACC-ONE-WAY-TRAP"] == ["street:in"]
    for code in at:
        if at[code]:
            assert any(w.startswith("xy:") for w in found[code]), code


@pytest.mark.parametrize("seed", range(3))
def test_the_command_serves_the_most_and_walks_the_least_as_a_linear_programme_does(tmp_path, seed):
    """HiGHS on what the files hold, polygons by their centres: first the most people, then the least walking."""
    rng = np.random.default_rng(seed)
    homes_xy, schools_xy = rng.random((40, 2)) * 900, rng.random((4, 2)) * 900
    demand, capacity = rng.integers(0, 12, 40), rng.integers(10, 70, 4)
    homes = [Point(*xy).buffer(5, cap_style="square") for xy in homes_xy]
    gpd.GeoDataFrame({"demand": demand}, geometry=homes, crs=CRS).to_parquet(tmp_path / "homes.parquet")
    gpd.GeoDataFrame({"capacity": capacity}, geometry=gpd.points_from_xy(*schools_xy.T), crs=CRS).to_file(
        tmp_path / "schools.gpkg"
    )
    ran = solved(tmp_path, "--limit-m", "400", "--json", homes="homes.parquet", schools="schools.gpkg")
    data = json.loads(ran.stdout)

    walk = np.hypot(*(homes_xy[:, None] - schools_xy).transpose(2, 0, 1))
    home, school = np.nonzero(walk <= 400)
    arcs = np.arange(len(home))
    uses = coo_array((np.ones(2 * len(arcs)), (np.append(home, 40 + school), np.tile(arcs, 2))), shape=(44, len(arcs)))
    rooms = {"A_ub": uses.tocsr(), "b_ub": np.append(demand, capacity)}
    most = -linprog(-np.ones(len(arcs)), **rooms).fun
    least = linprog(walk[home, school], **rooms, A_eq=np.ones((1, len(arcs))), b_eq=[most]).fun
    assert data["served"] == pytest.approx(most, abs=1e-6)
    assert sum(f["people"] * f["walk_m"] for f in data["flows"]) == pytest.approx(least, abs=0.5)  # walks in whole mm
    assert data["proven"]
