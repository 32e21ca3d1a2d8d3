"""Traffic by size of network and by how full it is; the step by plots and effort."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plans import synthetic_plan

from fixtures.tiny import tiny_pole
from qutb.capacity import run as capacity_run
from qutb.mobility import Demand, Network, assign, prepare, read_network, read_trips, run
from qutb.plan import fabric_run

NETWORKS = Path(__file__).parents[1] / "tests" / "fixtures" / "networks"
ZONES, SIDE = 147, 24  # 3,090 links: the size of Winnipeg


@pytest.fixture(scope="module", autouse=True)
def compiled():
    prepare()


@pytest.mark.parametrize("gap", [1e-4, 1e-8])
def test_sioux_falls(benchmark, gap):
    read = read_network(NETWORKS / "sioux_falls_net.tntp")
    demand, _ = read_trips(NETWORKS / "sioux_falls_trips.tntp", zones=read.zones)
    result = benchmark(assign, read.network, demand, gap=gap)
    benchmark.extra_info["error"] = result.objective / 4_231_335.287107440 - 1


def city(trips: float) -> tuple[Network, Demand]:
    """Streets on a square grid, zones joined to three junctions each."""
    random = np.random.default_rng(1)
    at = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) + ZONES
    one = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    other = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    streets = 2 * len(one)
    zone = np.repeat(np.arange(ZONES), 3)
    junction = random.integers(ZONES, ZONES + SIDE * SIDE, len(zone))
    joins = 2 * len(zone)
    access = np.tile(random.uniform(0.2, 1.0, len(zone)), 2)
    network = Network(
        tail=np.concatenate([one, other, zone, junction]),
        head=np.concatenate([other, one, junction, zone]),
        free=np.concatenate([random.uniform(0.3, 1.5, streets), access]),
        capacity=np.concatenate([random.choice([600.0, 1200.0, 2400.0, 4000.0], streets), np.ones(joins)]),
        b=np.concatenate([np.full(streets, 0.15), np.zeros(joins)]),
        power=np.full(streets + joins, 4.0),
        fixed=np.zeros(streets + joins),
        length=np.ones(streets + joins),
        through=np.arange(ZONES + SIDE * SIDE) >= ZONES,
    )
    origin, destination = np.divmod(np.arange(ZONES * ZONES), ZONES)
    weight = random.gamma(0.3, 1.0, ZONES * ZONES) * (origin != destination)
    return network, Demand(origin=origin, destination=destination, trips=trips * weight / weight.sum())


@pytest.mark.parametrize("gap", [1e-4, 1e-8])
@pytest.mark.parametrize("trips", [64_000.0, 250_000.0])
def test_147_zones_3_000_links(benchmark, trips, gap):
    network, demand = city(trips)
    result = benchmark.pedantic(assign, args=(network, demand), kwargs={"gap": gap}, rounds=2)
    assert result.converged


@pytest.mark.parametrize("effort", ["draft", "standard", "full"])
@pytest.mark.parametrize("plots", [1_000, 6_000])
def test_the_step(benchmark, plots, effort):
    plan, site = synthetic_plan(plots, seed=1)
    pole = replace(tiny_pole(plan=plan), site=site)
    fabric = fabric_run(shapes=plan.shapes, site=site)
    capacity = capacity_run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    benchmark.pedantic(
        run,
        kwargs={
            "plan": plan,
            "fabric": fabric,
            "capacity": capacity,
            "site": site,
            "brief": pole.brief,
            "actors": pole.actors,
            "values": pole.values,
            "effort": effort,
        },
        rounds=3,
        warmup_rounds=1,
    )
