"""Water networks of the literature: Alperovits & Shamir (1977), Fujiwara & Khang (1990), Reca & Martinez (2006)."""

from __future__ import annotations

import pytest

from fixtures.shared import shared_data
from fixtures.two_loops import LEAST_COST, write_two_loops
from qutb.networks.water import design_water, read_task


@pytest.mark.parametrize("feet", [False, True], ids=["metres", "feet"])
def test_the_two_loop_network_costs_what_the_literature_reports_in_both_unit_systems(tmp_path, feet):
    design = design_water(read_task(write_two_loops(tmp_path, feet=feet)), seconds=20.0, seed=1, proof_seconds=1.0)
    assert design.feasible
    assert design.cost == pytest.approx(LEAST_COST)
    assert design.bound.proven <= LEAST_COST


@pytest.mark.shared
def test_hanoi_reaches_the_best_known_cost():
    task = read_task(shared_data("networks", "water", "HAN.json"))
    design = design_water(task, seconds=30.0, seed=1, proof_seconds=0.5)
    assert design.feasible
    assert design.cost == pytest.approx(6_081_127.53, abs=0.01)
    assert design.bound.proven <= design.cost
    assert design.bound.these_flows <= design.cost


@pytest.mark.shared
@pytest.mark.slow
def test_balerma_is_cheaper_than_the_published_fronts():
    task = read_task(shared_data("networks", "water", "BIN.json"))
    design = design_water(task, seconds=120.0, seed=1)
    assert design.feasible
    assert design.cost <= 1_960_000.0
