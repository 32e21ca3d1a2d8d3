"""No plot on the wrong side of a limit: walks beside plain Dijkstra on a graph really cut at every door."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from fixtures.shared import shared_data
from fixtures.split_graph import oracle_walks
from qutb import access, capacity
from qutb.access import Network, network_of, walking_network
from qutb.plan import Plan, fabric_run
from qutb.pole import bare_site, open_pole

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
LIMITS_M = (400.0, 500.0, 800.0, 1200.0)
SAMPLE = Path(access.__file__).parents[2] / "qutb_ma" / "samples" / "dakhla"


def misclassified(network: Network, services: list[np.ndarray]) -> tuple[int, float]:
    """Pairs on the wrong side of a limit, and the greatest difference [m]."""
    wrong, worst = 0, 0.0
    for rows in services:
        ours, oracle = network.nearest(rows)[0], oracle_walks(network, rows)
        assert (np.isinf(ours) == np.isinf(oracle)).all()
        both = np.isfinite(oracle)
        worst = max(worst, float(np.abs(ours[both] - oracle[both]).max(initial=0.0)))
        near = np.abs(oracle[:, None] - np.array(LIMITS_M)) < 1e-7  # on the limit to the rounding of a sum
        wrong += int((((ours[:, None] <= LIMITS_M) != (oracle[:, None] <= LIMITS_M)) & ~near).sum())
    return wrong, worst


def some_services(places: int, seed: int, services: int = 10, units: int = 20) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.sort(rng.choice(places, min(units, places), replace=False)) for _ in range(services)]


@pytest.fixture(scope="module")
def synthetic() -> Network:
    from plans import synthetic_plan

    plan, site = synthetic_plan(1500, seed=3)
    return network_of(plan.shapes, fabric_run(shapes=plan.shapes, site=site))


def test_no_plot_of_a_made_plan_is_on_the_wrong_side(synthetic):
    wrong, worst = misclassified(synthetic, some_services(1500, 1))
    assert (wrong, worst < 1e-7) == (0, True)


def test_people_within_a_radius_are_those_the_oracle_counts(synthetic):
    people = np.random.default_rng(5).integers(0, 30, 1500).astype(float)
    counted = synthetic.people_within(people, (400.0, 800.0, 1200.0))
    for plot in (0, 7, 333, 812, 1499):
        far = oracle_walks(synthetic, np.array([plot]))
        assert counted[plot].tolist() == [people[far <= r].sum() for r in (400.0, 800.0, 1200.0)]


@pytest.mark.parametrize("entry", ["bay", "courtyards", "spine"])
def test_no_plot_of_an_entry_is_on_the_wrong_side(entry):
    pole = open_pole(SAMPLE)
    plan = pole.plan(entry)
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    types = ["primary_school", "preschool", "lower_secondary_school", "neighbourhood_mosque", "market"]
    rows = [np.flatnonzero(plan.plots["facility_type"] == t) for t in types]
    wrong, worst = misclassified(network_of(plan.shapes, fabric), rows)
    assert (wrong, worst < 1e-7) == (0, True)


def test_the_step_gives_the_walks_of_the_oracle():
    pole = open_pole(SAMPLE)
    plan = pole.plan("bay")
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    result = access.run(plan=plan, fabric=fabric, capacity=held, site=pole.site, values=pole.values)
    oracle = oracle_walks(
        network_of(plan.shapes, fabric), np.flatnonzero(plan.plots["facility_type"] == "primary_school")
    )
    mine = result.distances.query("facility_type == 'primary_school'")["distance_m"].to_numpy()
    assert np.nanmax(np.abs(mine - oracle)) < 1e-7
    assert result.services.loc["primary_school", "flow_gap_person_m"] == 0


@pytest.mark.shared
def test_central_helsinki_with_levels_and_steps():
    """2,468 pieces of street with tunnels and steps; buildings and all 1,880 points enter on the nearest of them."""
    source = shared_data("sites", "helsinki_centre_fi.gpkg")
    streets = gpd.read_file(source, layer="streets")
    homes = gpd.read_file(source, layer="buildings")
    places = gpd.read_file(source, layer="pois")
    level = streets["layer"].astype(float).fillna(0)
    drawn = streets.assign(street_id=[f"S{i}" for i in range(len(streets))], level=level, width_m=0.0)
    plan = Plan.build(name="helsinki", crs="EPSG:3067", streets=drawn[["street_id", "level", "width_m", "geometry"]])
    edges = fabric_run(shapes=plan.shapes, site=bare_site(plan)).edges
    shapes = np.concatenate([homes.geometry.to_numpy(), places.geometry.to_numpy()])
    nearest = edges.sindex.nearest(shapely.centroid(shapes), return_all=False)
    network = walking_network(edges, shapes, nearest[0], edges["street_id"].to_numpy()[nearest[1]])
    cafes = len(homes) + np.flatnonzero(places["amenity"] == "cafe")
    assert (len(edges) > 2468, len(places), len(cafes)) == (True, 1880, 89)
    wrong, worst = misclassified(network, [cafes, cafes[:1], *some_services(len(shapes), 2, 3)])
    assert (wrong, worst < 1e-7) == (0, True)


@pytest.mark.shared
def test_yishun_blocks_are_walked_from_their_sides():
    from qutb.files import read_plan

    profiles = Path(__file__).parents[2] / "examples" / "profiles"
    plan, _ = read_plan(shared_data("sites", "yishun_central_sg.gpkg"), profile=profiles / "yishun.toml")
    fabric = fabric_run(shapes=plan.shapes, site=bare_site(plan))
    network = network_of(plan.shapes, fabric)
    schools = np.flatnonzero(plan.plots["facility_type"] == "education")
    assert misclassified(network, [schools]) == (0, pytest.approx(0.0, abs=1e-7))
