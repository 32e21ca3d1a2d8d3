"""What holds for every network and every provision."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.split_graph import oracle_walks
from qutb.access import Doors, Network, provide
from qutb.kernels.graph import _entered, _more_scipy, _spread_scipy, _walks_scipy, people_within, spread, walks_within


@st.composite
def networks(draw):
    """Small graphs with loops, parallel edges and separate pieces, and doors anywhere on them."""
    nodes = draw(st.integers(2, 8))
    edges = draw(st.integers(1, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    first, last = rng.integers(0, nodes, (2, edges))
    length = rng.integers(1, 400, edges).astype(float)
    places = draw(st.integers(1, 9))
    plot = np.sort(rng.integers(0, places, draw(st.integers(1, 14))))
    edge = rng.integers(0, edges, len(plot))
    at = np.round(rng.random(len(plot)) * length[edge], 2)
    doors = Doors(plot.astype(np.int64), edge.astype(np.int64), at, np.zeros((len(plot), 2)), places)
    return Network(first.astype(np.int64), last.astype(np.int64), length, nodes, doors, np.ones(edges, dtype=bool))


@settings(max_examples=80, deadline=None)
@given(networks(), st.integers(0, 2**16))
def test_walks_are_those_of_the_split_graph_whatever_the_network(network, seed):
    rows = np.unique(np.random.default_rng(seed).integers(0, network.doors.places, 3))
    ours, nearest = network.nearest(rows)
    oracle = oracle_walks(network, rows)
    assert np.allclose(ours, oracle)
    assert set(nearest[np.isfinite(ours)].tolist()) <= set(rows.tolist())


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(0, 2**16))
def test_scipy_alone_gives_what_the_kernels_give(network, seed):
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, network.nodes, 3)
    given_ = (*network.graph, seeds.astype(np.int64), rng.random(3) * 50, np.array([4, 2, 9]))
    ours, labels = spread(*given_)
    theirs, their_labels = _spread_scipy(*given_, np.inf)
    assert np.allclose(ours, theirs)
    assert (labels == their_labels).all()
    doors, people = network.doors, rng.integers(0, 50, network.doors.places)
    shape = (doors.starts, doors.edge, doors.offset_m, doors.plot)
    edges, radii = (network.first, network.last, network.length_m), np.array([100.0, 500.0])
    fast = people_within(network.graph, edges, shape, people, radii)
    zero = np.zeros((doors.places, 2), dtype=np.int64)
    entered, _ = _entered(network.graph, edges, shape, grain=2.0**-20)
    assert (fast == _more_scipy(entered, zero, np.arange(doors.places), people, radii)).all()
    begins, places, walks = walks_within(network.graph, edges, shape, np.arange(doors.places), 300.0)
    for place in range(doors.places):
        mine = slice(begins[place], begins[place + 1])
        far = _walks_scipy(_entered(network.graph, edges, shape)[0], place, 300.0)
        assert places[mine].tolist() == np.flatnonzero(far <= 300.0).tolist()
        assert np.allclose(walks[mine], far[far <= 300.0])


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(0, 2**16))
def test_people_counted_after_an_edit_are_those_counted_afresh(network, seed):
    rng = np.random.default_rng(seed)
    people = rng.random(network.doors.places) * 40
    network.people_within(people, (150.0, 600.0))
    edited = people.copy()
    edited[rng.integers(0, len(people))] *= 1.7
    fresh = Network(network.first, network.last, network.length_m, network.nodes, network.doors, network.open)
    step, whole = (n.people_within(edited, (150.0, 600.0)) for n in (network, fresh))
    assert np.array_equal(step, whole, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 5))
def test_more_places_or_a_longer_limit_never_serve_fewer(seed, origins, sites):
    rng = np.random.default_rng(seed)
    walk = rng.random((origins, sites)) * 1000
    people, places = rng.random(origins) * 10, rng.random(sites) * 12
    base = provide(walk, people, places, 500.0)
    assert base.gap_person_m == 0.0
    assert provide(walk, people, places + 1, 500.0).served >= base.served - 1e-9
    assert provide(walk, people, places, 700.0).served >= base.served - 1e-9


def test_a_door_is_at_the_foot_of_the_plot_s_centre():
    import geopandas as gpd

    from qutb.access import doors_on

    edges = gpd.GeoDataFrame(
        {"street_id": ["S", "S"], "length_m": [50.0, 50.0], "width_m": [10.0, 10.0]},
        geometry=[shapely.LineString([(0, 0), (50, 0)]), shapely.LineString([(50, 0), (100, 0)])],
    )
    doors = doors_on(edges, np.array([shapely.box(20, 5, 90, 30)]), np.array([0]), np.array(["S"], dtype=object))
    assert (doors.edge.tolist(), doors.offset_m.tolist()) == ([1], [5.0])  # centre at x = 55
