"""Networks small enough to solve by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qutb.core import InputError, LimitError
from qutb.mobility import Demand, Network, assign, skim


def network(*links, nodes=None, first_through=0):
    """Links (tail, head, free, b, capacity, power)."""
    rows = np.array(links, dtype=float)
    ends = rows[:, :2].astype(int)
    count = nodes or ends.max() + 1
    return Network(
        tail=ends[:, 0],
        head=ends[:, 1],
        free=rows[:, 2],
        b=rows[:, 3],
        capacity=rows[:, 4],
        power=rows[:, 5],
        fixed=np.zeros(len(rows)),
        length=np.ones(len(rows)),
        through=np.arange(count) >= first_through,
    )


def demand(*pairs):
    rows = np.array(pairs, dtype=float)
    return Demand(origin=rows[:, 0].astype(int), destination=rows[:, 1].astype(int), trips=rows[:, 2])


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 4.0, 7.3, 16.0])
def test_two_equal_ways_share_the_traffic_whatever_the_power(power):
    result = assign(network((0, 1, 10, 0.15, 5, power), (0, 1, 10, 0.15, 5, power)), demand((0, 1, 30)), gap=1e-12)
    assert result.flow == pytest.approx([15.0, 15.0], rel=1e-9)


def test_two_ways_cost_the_same_at_equilibrium():
    # by hand: 10 + x = 15 + (12 - x) / 2 gives x = 22/3
    result = assign(network((0, 1, 10, 0.1, 1, 1), (0, 1, 15, 0.5 / 15, 1, 1)), demand((0, 1, 12)), gap=1e-13)
    assert result.flow == pytest.approx([22 / 3, 12 - 22 / 3], rel=1e-9)
    # by hand: 10 x + x2/2 and 15 y + y2/4
    assert result.objective == pytest.approx(
        10 * 22 / 3 + (22 / 3) ** 2 / 2 + 15 * 14 / 3 + (14 / 3) ** 2 / 4, rel=1e-9
    )


def test_a_way_too_dear_stays_empty():
    result = assign(network((0, 1, 10, 0.1, 10, 4), (0, 1, 100, 0.1, 10, 4)), demand((0, 1, 10)), gap=1e-12)
    assert result.flow.tolist() == [10.0, 0.0]
    assert result.cost[1] == 100.0


def test_braess_six_travellers_take_92_each():
    # Braess (1968): 10x, 50+x, 50+x, 10x and the link 10+x; flows 4, 2, 2, 4, 2 and cost 92
    tiny, steep = 1e-8, 1e9
    links = [
        (0, 2, tiny, steep, 1, 1),
        (0, 3, 50, 0.02, 1, 1),
        (2, 1, 50, 0.02, 1, 1),
        (3, 1, tiny, steep, 1, 1),
        (2, 3, 10, 0.1, 1, 1),
    ]
    result = assign(network(*links), demand((0, 1, 6)), gap=1e-10)
    assert result.flow == pytest.approx([4, 2, 2, 4, 2], rel=1e-6)
    assert result.way_cost == pytest.approx([92.0], rel=1e-6)


def test_centroids_are_not_passed_through():
    links = [(0, 1, 1, 0, 1, 1), (1, 2, 1, 0, 1, 1), (0, 3, 5, 0, 1, 1), (3, 2, 5, 0, 1, 1)]
    assert assign(network(*links), demand((0, 2, 7)), gap=0.0).flow.tolist() == [7, 7, 0, 0]
    assert assign(network(*links, first_through=3), demand((0, 2, 7)), gap=0.0).flow.tolist() == [0, 0, 7, 7]


def test_a_link_of_infinite_cost_or_without_capacity_carries_nothing():
    links = [(0, 1, np.inf, 0.15, 10, 4), (0, 1, 1, 0.15, 0, 4), (0, 1, 3, 0.15, 10, 4)]
    result = assign(network(*links), demand((0, 1, 5)), gap=1e-9)
    assert result.flow.tolist() == [0, 0, 5]
    assert np.isinf(result.cost[:2]).all()
    assert np.isfinite(result.objective)


def test_trips_without_a_way_are_counted():
    result = assign(network((0, 1, 1, 0.15, 10, 4), nodes=4), demand((0, 1, 5), (1, 0, 2), (2, 3, 4), (3, 3, 8)))
    assert (result.trips, result.trips_unreached, result.trips_within) == (5.0, 6.0, 8.0)
    assert np.isinf(result.way_cost[[1, 2]]).all()
    assert result.way_cost[3] == 0.0


def test_nothing_to_assign_costs_nothing():
    result = assign(network((0, 1, 1, 0.15, 10, 4)), demand((0, 1, 0)))
    assert (result.objective, result.gap, result.iterations) == (0.0, 0.0, 0)
    assert result.cost.tolist() == [1.0]


def test_links_without_length_in_a_circle_do_not_trap_the_search():
    links = [(0, 1, 0, 0, 1, 1), (1, 0, 0, 0, 1, 1), (1, 2, 0, 0.15, 1, 4), (2, 1, 0, 0, 1, 1), (0, 2, 1, 1, 1, 1)]
    result = assign(network(*links), demand((0, 2, 3), (2, 0, 1)), gap=1e-9)
    assert result.converged
    assert result.flow[[0, 4]].sum() == pytest.approx(3.0)


def test_a_dead_end_in_iterations_is_said():
    links = [(0, 1, 10, 0.15, 5, 4), (0, 1, 12, 0.15, 5, 4), (0, 1, 13, 0.15, 5, 4)]
    result = assign(network(*links), demand((0, 1, 60)), gap=1e-14, iterations=0)
    assert not result.converged and result.iterations == 0 and result.gap > 0


@pytest.mark.parametrize("name", ["free", "capacity", "b", "power", "fixed", "length"])
@pytest.mark.parametrize("value", [-1.0, np.nan])
def test_a_negative_or_missing_figure_of_a_link_is_refused_by_place(name, value):
    good = vars(network((0, 1, 1, 0.15, 10, 4), (1, 0, 1, 0.15, 10, 4)))
    with pytest.raises(InputError) as refused:
        Network(**{**good, name: np.array([1.0, value])})
    assert refused.value.where == "link 2" and refused.value.params["name"] == name


def test_negative_trips_are_refused():
    with pytest.raises(InputError):
        demand((0, 1, -3))


def test_a_network_beyond_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr("qutb.mobility.equilibrium._MEMORY_BYTES", 10)
    with pytest.raises(LimitError):
        assign(network((0, 1, 1, 0.15, 10, 4)), demand((0, 1, 1)))


def test_a_skim_gives_cost_and_length_of_the_quickest_way():
    net = network((0, 1, 1, 0, 1, 1), (1, 2, 1, 0, 1, 1), (0, 2, 3, 0, 1, 1))
    cost, length = skim(net, np.array([0, 2]), net.free)
    assert cost.tolist() == [[0, 2], [np.inf, 0]]
    assert length.tolist() == [[0, 2], [np.inf, 0]]
