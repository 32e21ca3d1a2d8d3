"""Provision beside independent solvers: HiGHS for the programme, SciPy's maximum flow, and all choices tried."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from qutb.access import (
    best_next,
    best_places,
    gini,
    least_unserved,
    provide,
    weighted_quantiles,
    worst_tenth_mean,
)


def a_case(seed, origins=12, sites=4):
    rng = np.random.default_rng(seed)
    walk = rng.integers(0, 1000, (origins, sites)).astype(float)
    walk[rng.random(walk.shape) < 0.15] = np.inf
    return walk, rng.integers(0, 9, origins).astype(float), rng.integers(0, 18, sites).astype(float)


def most_served(walk, people, places, limit):
    """SciPy's maximum flow from a source over people and places to a sink."""
    origins, sites = walk.shape
    size = origins + sites + 2
    capacity = np.zeros((size, size), dtype=np.int32)
    capacity[0, 1 : origins + 1] = people
    capacity[1 : origins + 1, origins + 1 : -1] = np.where(walk <= limit, 10_000, 0)
    capacity[origins + 1 : -1, -1] = places
    return maximum_flow(csr_array(capacity), 0, size - 1).flow_value


def least_walking(walk, people, places, limit, served):
    """HiGHS: least walking among flows that serve ``served`` people."""
    origins, sites = walk.shape
    open_ = (walk <= limit).ravel()
    rows = np.kron(np.eye(origins), np.ones(sites))
    columns = np.kron(np.ones(origins), np.eye(sites))
    result = linprog(
        np.where(open_, np.where(np.isfinite(walk), walk, 0).ravel(), 0),
        A_ub=np.vstack([rows, columns]),
        b_ub=np.concatenate([people, places]),
        A_eq=np.ones((1, origins * sites)),
        b_eq=[served],
        bounds=[(0, None if o else 0) for o in open_],
    )
    return result.fun


@pytest.mark.parametrize("seed", range(40))
def test_provision_is_the_maximum_flow_to_the_person_with_the_least_walking(seed):
    walk, people, places = a_case(seed)
    found = provide(walk, people, places, 700.0)
    most = most_served(walk, people, places, 700.0)
    assert found.served == most
    assert found.walk_person_m == pytest.approx(least_walking(walk, people, places, 700.0, most), abs=1e-6)
    assert found.gap_person_m == 0.0
    assert (found.flow.sum(axis=0) <= places).all()
    assert np.allclose(found.flow.sum(axis=1) + found.unserved, people)


@pytest.mark.parametrize("sites", [0, 1, 4, 40])
@pytest.mark.parametrize("seed", range(6))
def test_who_is_left_over_can_be_counted_without_saying_who_goes_where(seed, sites):
    walk, people, places = a_case(seed, origins=30, sites=sites)
    people = people * 0.737  # thousandths are rounded alike
    left = provide(walk, people, places / 3, 700.0).unserved.sum()
    assert least_unserved(walk <= 700.0, people, places / 3) == pytest.approx(left, abs=1e-9)


def test_the_price_of_a_place_is_what_one_more_would_save():
    walk = np.array([[100.0, 300.0], [200.0, 250.0]])
    found = provide(walk, np.array([1.0, 1.0]), np.array([1.0, 5.0]))
    # by hand: the second goes to the far site (250), the first stays near (100); with one more place 200 replaces 250
    assert (found.walk_person_m, found.price_m.tolist()) == (350.0, [50.0, 0.0])


@pytest.mark.parametrize("seed", range(15))
def test_the_best_next_unit_is_that_of_all_candidates_tried(seed):
    walk, people, places = a_case(seed, sites=2)
    candidates, *_ = a_case(100 + seed, sites=7)
    near = csr_array(np.where(candidates <= 500.0, candidates, 0.0).T)  # no walk of the case is 0
    found = best_next(provide(walk, people, places, 500.0), walk, people, places, near, 6.0, 500.0)
    tried = [
        provide(np.column_stack([walk, candidates[:, j]]), people, np.append(places, 6.0), 500.0).served
        for j in range(7)
    ]
    assert found.served == pytest.approx(max(tried))


@pytest.mark.parametrize("seed", range(8))
def test_the_best_two_units_are_those_of_all_pairs_tried_and_the_bound_says_so(seed):
    walk, people, places = a_case(seed, sites=2)
    candidates, *_ = a_case(200 + seed, sites=6)
    found = best_places(walk, people, places, candidates, 6.0, 500.0, 2)
    tried = [
        provide(np.column_stack([walk, candidates[:, list(j)]]), people, np.append(places, [6.0, 6.0]), 500.0).served
        for j in combinations(range(6), 2)
    ]
    assert found.served == pytest.approx(max(tried))
    assert found.bound == pytest.approx(found.served)
    assert found.status == "optimal"


def test_nobody_nowhere_and_no_places_are_answered():
    assert provide(np.empty((0, 2)), np.empty(0), np.array([1.0, 2.0])).served == 0
    assert provide(np.empty((2, 0)), np.ones(2), np.empty(0)).unserved.tolist() == [1.0, 1.0]
    assert provide(np.ones((2, 1)), np.ones(2), np.zeros(1)).unserved.tolist() == [1.0, 1.0]


def test_fairness_by_hand():
    walk, people = np.array([100.0, 300.0]), np.array([3.0, 1.0])
    assert gini(walk, people) == pytest.approx(0.25)  # Lorenz: (0,0) (0.75,0.5) (1,1); 1 - (0.5x0.75 + 1.5x0.25)
    assert weighted_quantiles(walk, people, (0.5, 0.75, 0.76)) == (100.0, 100.0, 300.0)
    assert worst_tenth_mean(walk, people) == 300.0
