"""Sioux Falls (LeBlanc, Morlok and Pierskalla 1975) in the numbers of Transportation Networks for Research.

Best known objective 4,231,335.287107440 and link flows: github.com/bstabler/TransportationNetworks, SiouxFalls.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from qutb.mobility import assign, prepare, read_network, read_trips

NETWORKS = Path(__file__).parents[1] / "fixtures" / "networks"
OPTIMUM = 4_231_335.287107440


@pytest.fixture(scope="module")
def sioux_falls():
    read = read_network(NETWORKS / "sioux_falls_net.tntp")
    demand, remarks = read_trips(NETWORKS / "sioux_falls_trips.tntp", zones=read.zones)
    assert not read.remarks and not remarks
    prepare()
    return read.network, demand


def test_the_objective_is_the_best_known_to_a_millionth_within_two_seconds(sioux_falls):
    began = time.perf_counter()
    result = assign(*sioux_falls, gap=1e-6)
    assert time.perf_counter() - began <= 2.0
    assert result.objective == pytest.approx(OPTIMUM, rel=1e-6)
    assert result.converged


def test_the_gap_asked_is_reached_and_the_objective_never_undercuts_the_optimum(sioux_falls):
    for gap in (1e-2, 1e-4, 1e-8, 1e-12):
        result = assign(*sioux_falls, gap=gap)
        assert result.gap <= gap
        assert OPTIMUM - 1e-3 <= result.objective <= OPTIMUM * (1 + gap * 2)


def test_link_flows_are_those_published(sioux_falls):
    flow = assign(*sioux_falls, gap=1e-12).flow
    # SiouxFalls_flow.tntp: 1-2, 1-3, 2-1, 2-6
    assert flow[:4] == pytest.approx(
        [4494.6576464564205, 8119.079948047809, 4519.079948047809, 5967.336396713767], rel=1e-6
    )


def test_no_trip_is_lost(sioux_falls):
    network, demand = sioux_falls
    result = assign(network, demand, gap=1e-4)
    assert result.trips == pytest.approx(360_600.0, abs=1e-6)
    assert result.trips_unreached == 0.0


def test_total_cost_is_that_of_the_published_equilibrium(sioux_falls):
    # 7,480,225 by the published flows and costs
    assert assign(*sioux_falls, gap=1e-10).total_cost == pytest.approx(7_480_225.34, rel=1e-6)
