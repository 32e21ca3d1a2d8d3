"""What holds for any demand: nobody vanishes, nobody is made up, nobody gains by another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qutb.mobility import MODES, Demand, Network, assign, gravity, mode_shares


def random_network(seed: int, nodes: int = 9, through_from: int = 0) -> Network:
    random = np.random.default_rng(seed)
    ring = np.arange(nodes)
    more = random.integers(0, nodes, (2, nodes * 2))
    tail, head = np.concatenate([ring, more[0]]), np.concatenate([np.roll(ring, -1), more[1]])
    links = len(tail)
    return Network(
        tail=tail,
        head=head,
        free=random.uniform(0, 5, links),
        b=random.choice([0.0, 0.15, 1.0], links),
        capacity=random.uniform(1, 20, links),
        power=random.choice([0.5, 1.0, 3.2, 4.0, 8.0], links),
        fixed=random.choice([0.0, 1.0], links),
        length=random.uniform(0, 5, links),
        through=np.arange(nodes) >= through_from,
    )


def random_demand(seed: int, nodes: int = 9) -> Demand:
    random = np.random.default_rng(seed)
    origin, destination = np.divmod(np.arange(nodes * nodes), nodes)
    return Demand(origin=origin, destination=destination, trips=random.gamma(0.3, 5.0, nodes * nodes).round(2))


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_what_flows_into_a_node_flows_out_or_ends_there(seed):
    network, demand = random_network(seed), random_demand(seed)
    result = assign(network, demand, gap=1e-6)
    moving = demand.origin != demand.destination
    net = np.bincount(network.head, result.flow, 9) - np.bincount(network.tail, result.flow, 9)
    due = np.bincount(demand.destination[moving], demand.trips[moving], 9) - np.bincount(
        demand.origin[moving], demand.trips[moving], 9
    )
    assert net == pytest.approx(due, abs=1e-8 * demand.trips.sum())
    assert (result.flow >= 0).all()
    assert result.trips + result.trips_within + result.trips_unreached == pytest.approx(demand.trips.sum())


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_equilibrium_is_reached_and_no_other_flow_costs_less(seed):
    network, demand = random_network(seed), random_demand(seed)
    best = assign(network, demand, gap=1e-9)
    rough = assign(network, demand, gap=1.0)
    assert best.converged or best.gap <= 1e-3  # 1 seed in 300: power 8 at many times the capacity, origins at odds
    assert best.objective <= rough.objective * (1 + 1e-9)


@given(st.integers(0, 10_000), st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_an_equilibrium_does_not_depend_on_the_unit_of_time(seed, unit):
    network, demand = random_network(seed), random_demand(seed)
    scaled = Network(**{**vars(network), "free": network.free * unit, "fixed": network.fixed * unit})
    one, other = (assign(n, demand, gap=1e-9) for n in (network, scaled))
    assert other.objective == pytest.approx(one.objective * unit, rel=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 12), st.booleans())
@settings(max_examples=80, deadline=None)
def test_gravity_loses_and_invents_no_trip(seed, size, balanced):
    random = np.random.default_rng(seed)
    made, pull = random.gamma(0.5, 100, size), random.choice([0.0, 1.0, 30.0], size)
    time_s = np.where(random.random((size, size)) < 0.2, np.inf, random.uniform(0, 3600, (size, size)))
    trips, lost = gravity(made, pull, time_s, 0.0015, balanced=balanced)
    assert trips.sum(axis=1) + lost == pytest.approx(made)
    assert (trips >= 0).all() and (trips[np.isinf(time_s)] == 0).all() and (trips[:, pull == 0] == 0).all()


@given(st.integers(0, 10_000), st.integers(2, 10))
@settings(max_examples=40, deadline=None)
def test_balanced_gravity_fills_what_draws_in_proportion(seed, size):
    random = np.random.default_rng(seed)
    made, pull = random.uniform(1, 100, size), random.uniform(1, 100, size)
    trips, _ = gravity(made, pull, random.uniform(0, 1800, (size, size)), 0.0015, balanced=True)
    assert trips.sum(axis=0) == pytest.approx(pull * made.sum() / pull.sum(), rel=1e-6)


@given(st.integers(0, 10_000), st.floats(0.2, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_modes_share_all_trips_and_a_dearer_mode_takes_fewer(seed, scale, cars):
    random = np.random.default_rng(seed)
    cost = {m: np.where(random.random(20) < 0.2, np.inf, random.uniform(0, 40_000, 20)) for m in MODES}
    shares = mode_shares(cost, taste_per_s=0.002, nest_scale=scale, car_share=cars)
    total = np.sum([shares[m] for m in MODES], axis=0)
    none = np.all([np.isinf(cost[m]) for m in MODES], axis=0)
    stuck = np.all([np.isinf(cost[m]) for m in MODES if m != "car"], axis=0)
    assert total[~none] == pytest.approx(1.0)
    assert (total[none] == 0).all()
    dearer = mode_shares({**cost, "bus": cost["bus"] + 300}, taste_per_s=0.002, nest_scale=scale, car_share=cars)
    assert (dearer["bus"][~stuck] <= shares["bus"][~stuck] + 1e-12).all()
