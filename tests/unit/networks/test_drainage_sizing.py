"""Sewers sized on a grid of levels: the optimum of a MILP, the rules kept, the limits named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from fixtures.sewers import PRICES, sewer_pipes, sewer_rules, sewer_tree
from qutb.networks.drainage import SewerTree, size_sewers
from qutb.networks.drainage.hydraulics import fill_of, slope_most, slope_to_carry, slope_to_clean

COARSE = sewer_rules(cover_most_m=3.0, step_m=0.25)


def milp_optimum(tree, pipes, rules, prices):
    """The same problem as a mixed-integer programme: one binary for a pipe's diameter, levels and pump."""
    choices = [c for i in tree.pipes for c in _choices(tree, pipes, rules, prices, i)]
    count, manholes = len(choices), len(tree.parent)
    cost = np.array([c["cost"] for c in choices] + [0.0] * manholes)
    watts = 9810.0 * tree.flow_m3_per_s / prices.pump_efficiency * prices.station_per_w
    cost[count:] = -(watts + prices.station_per_m)  # level of arrival at a pump, 0 where there is none
    by_pipe = {i: [k for k, c in enumerate(choices) if c["pipe"] == i] for i in tree.pipes}
    rows = _Rows(count + manholes)
    for i in tree.pipes:
        mine = by_pipe[i]
        rows.add(dict.fromkeys(mine, 1.0), 1.0, 1.0)
        pumped = {k: 1.0 for k in mine if choices[k]["pump"]}
        rows.add({count + i: 1.0, **dict.fromkeys(pumped, -100.0)}, -np.inf, 0.0)
        below = {k: (rules.step_m - choices[k]["start"]) * choices[k]["pump"] for k in mine}
        rows.add({count + i: 1.0, **below}, -np.inf, 0.0)
        fed = [c for c in tree.pipes if tree.parent[c] == i]
        if not fed:
            rows.add(pumped, 0.0, 0.0)
        for c in fed:
            ends = {k: choices[k]["end"] for k in by_pipe[c]}
            rows.add(
                {**{k: choices[k]["inner"] for k in mine}, **{k: -choices[k]["inner"] for k in by_pipe[c]}}, 0.0, np.inf
            )
            crown_out = {k: choices[k]["start"] + choices[k]["inner"] - 100.0 * choices[k]["pump"] for k in mine}
            crown_in = {k: -choices[k]["end"] - choices[k]["inner"] for k in by_pipe[c]}
            rows.add({**crown_out, **crown_in}, -np.inf, 1e-9)
            lifted = {k: 100.0 * choices[k]["pump"] for k in mine}
            rows.add({count + i: 1.0, **lifted, **{k: -e for k, e in ends.items()}}, -np.inf, 100.0)
    low = np.zeros(count + manholes)
    high = np.append(np.ones(count), np.where(tree.parent < 0, 0.0, 100.0))
    found = milp(
        cost,
        integrality=np.append(np.ones(count), np.zeros(manholes)),
        bounds=Bounds(low, high),
        constraints=rows.constraint(),
        options={"mip_rel_gap": 0.0},
    )
    return found.fun if found.status == 0 else np.inf


class _Rows:
    def __init__(self, width):
        self.width, self.rows, self.low, self.high = width, [], [], []

    def add(self, terms, low, high):
        self.rows.append(terms)
        self.low.append(low)
        self.high.append(high)

    def constraint(self):
        at = [(r, k, v) for r, terms in enumerate(self.rows) for k, v in terms.items()]
        row, column, value = zip(*at, strict=True)
        return LinearConstraint(
            coo_array((value, (row, column)), shape=(len(self.rows), self.width)).tocsr(), self.low, self.high
        )


def _choices(tree, pipes, rules, prices, i):
    """Every way to lay one pipe, by gravity or from a pump, with its cost but for the level of arrival at a pump."""
    down, flow, length = tree.parent[i], tree.flow_m3_per_s[i], tree.length_m[i]
    watts = 9810.0 * flow / prices.pump_efficiency * prices.station_per_w
    for d, inner in enumerate(pipes.inner_m):
        wall = (pipes.outer_m[d] - inner) / 2
        slopes = (
            max(
                slope_to_carry(flow, inner, rules.fill_most, rules.manning),
                slope_to_clean(inner, rules.velocity_clean_m_per_s, rules.manning),
            ),
            slope_most(flow, inner, rules.velocity_most_m_per_s, rules.fill_most, rules.manning),
        )
        for start in _levels(tree.ground_m[i], inner + wall, rules):
            for end in _levels(tree.ground_m[down], inner + wall, rules):
                if not slopes[0] * length - 1e-9 <= start - end <= slopes[1] * length + 1e-9:
                    continue
                depths = tree.ground_m[i] - start, tree.ground_m[down] - end
                width = pipes.outer_m[d] + prices.trench_beside_m
                dug = sum(
                    width * (prices.trench_per_m3 * h + prices.trench_rise_per_m4 * h * h / 2) / 2 for h in depths
                )
                laid = length * (pipes.amount_per_m[d] + dug)
                gravity = laid + prices.manhole + prices.manhole_per_m * depths[0]
                lifted = laid + prices.station + watts * start + prices.station_per_m * tree.ground_m[i]
                for pump, cost in ((False, gravity), (True, lifted)):
                    yield {"pipe": i, "inner": inner, "start": start, "end": end, "pump": pump, "cost": cost}


def _levels(ground, crown, rules):
    low = np.ceil((ground - rules.cover_most_m - crown) / rules.step_m - 1e-9)
    high = np.floor((ground - rules.cover_least_m - crown) / rules.step_m + 1e-9)
    return rules.step_m * np.arange(low, high + 1)


def steep_and_flat(seed):
    """Ten manholes on ground that falls, lies flat or rises towards the end; every second one with cheap pumps."""
    tree = sewer_tree(10, seed, slope=(0.004, 0.0, -0.004)[seed % 3])
    tree = replace(tree, flow_m3_per_s=12.0 * tree.flow_m3_per_s, length_m=1.5 * tree.length_m)
    return tree, replace(PRICES, station=20_000.0, station_per_m=500.0) if seed % 2 else PRICES


@pytest.mark.parametrize("seed", range(20))
def test_the_optimum_is_that_of_a_mixed_integer_programme(seed):
    tree, prices = steep_and_flat(seed)
    pipes = sewer_pipes(0.2, 0.3, 0.4)
    sizing = size_sewers(tree, pipes, COARSE, prices)
    assert sizing.amount == pytest.approx(milp_optimum(tree, pipes, COARSE, prices), rel=1e-9)


def test_pumps_are_among_what_the_optimum_was_compared_on():
    found = [size_sewers(tree, sewer_pipes(0.2, 0.3, 0.4), COARSE, p) for tree, p in map(steep_and_flat, range(20))]
    assert sum(np.isfinite(s.lifted_from_m).any() for s in found) >= 5


@pytest.mark.parametrize("seed", range(3))
def test_every_rule_holds_on_a_hundred_manholes(seed):
    tree, pipes, rules = sewer_tree(100, seed), sewer_pipes(), sewer_rules()
    sizing = size_sewers(tree, pipes, rules, PRICES)
    laid, down = tree.pipes, tree.parent[tree.pipes]
    inner, outer = pipes.inner_m[sizing.pipe[laid]], pipes.outer_m[sizing.pipe[laid]]
    crown = (inner + outer) / 2
    for ground, invert in ((tree.ground_m[laid], sizing.start_m[laid]), (tree.ground_m[down], sizing.end_m[laid])):
        cover = ground - invert - crown
        assert (cover >= rules.cover_least_m - 1e-9).all() and (cover <= rules.cover_most_m + 1e-9).all()
    slope = (sizing.start_m - sizing.end_m)[laid] / tree.length_m[laid]
    fill = fill_of(tree.flow_m3_per_s[laid], inner, slope, rules.manning)
    assert (fill <= rules.fill_most + 1e-9).all()
    assert (slope >= slope_to_clean(inner, 0.7, 0.013) - 1e-12).all()
    onward = tree.parent[down] >= 0
    lifted = np.isfinite(sizing.lifted_from_m[down])
    assert (inner[onward] <= pipes.inner_m[sizing.pipe[down]][onward]).all()
    held = onward & ~lifted
    assert (
        (sizing.end_m[laid] + inner)[held] >= (sizing.start_m[down] + pipes.inner_m[sizing.pipe[down]])[held] - 1e-9
    ).all()
    assert (sizing.end_m[laid][lifted] >= sizing.lifted_from_m[down][lifted] - 1e-9).all()


def test_one_pipe_by_hand():
    """40 m of DN 200, flat at 10 m: cover 0.8 m puts the first invert at 8.95 m (8.992 down to the grid).

    Clean at 0.7 m/s: slope (0.7 x 0.013 / 0.05^(2/3))^2 = 0.449%, 0.18 m on 40 m, 0.20 m on the grid.
    Depths 1.05 and 1.25 m; trench 0.816 m wide: 0.816 x (200 x 1.05 + 50 x 1.05^2) = 216.34, and 267.75 at the end.
    """
    tree = line_of_two(0.5e-3)
    sizing = size_sewers(tree, sewer_pipes(0.2), sewer_rules(), PRICES)
    assert sizing.start_m[0] == pytest.approx(8.95)
    assert sizing.end_m[0] == pytest.approx(8.75)
    pipe = 40 * 1100 * (0.2 / 0.3) ** 1.4
    assert sizing.amount == pytest.approx(pipe + 40 * (216.342 + 267.75) / 2 + 5500 + 2750 * 1.05, rel=1e-6)


def line_of_two(flow, *, outlet=np.nan, ground=(10.0, 10.0), length=40.0):
    return SewerTree(
        parent=np.array([1, -1]),
        ground_m=np.array(ground),
        length_m=np.array([length, 0.0]),
        flow_m3_per_s=np.array([flow, 0.0]),
        outlet_m=np.array([np.nan, outlet]),
    )


def test_a_tie_in_that_lies_high_is_reached_by_a_pump():
    sizing = size_sewers(line_of_two(0.5e-3, outlet=9.5), sewer_pipes(0.2), sewer_rules(), PRICES)
    assert sizing.end_m[0] == pytest.approx(8.75)
    assert sizing.lifted_from_m[1] == pytest.approx(8.75)
    assert sizing.start_m[1] == pytest.approx(9.5)


def test_a_tie_in_that_lies_low_is_reached_by_gravity():
    sizing = size_sewers(line_of_two(0.5e-3, outlet=6.0), sewer_pipes(0.2), sewer_rules(), PRICES)
    assert np.isnan(sizing.lifted_from_m).all()
    assert sizing.end_m[0] >= 6.0


def test_a_flow_that_no_pipe_carries_is_named():
    tree = line_of_two(5.0)
    sizing = size_sewers(tree, sewer_pipes(0.2, 0.3), sewer_rules(), PRICES)
    assert sizing.stuck.tolist() == [0]
    assert not np.isfinite(sizing.amount)


def test_without_pumps_a_line_too_long_for_the_depth_is_named():
    flat = SewerTree(
        parent=np.array([1, 2, 3, -1]),
        ground_m=np.full(4, 10.0),
        length_m=np.array([600.0, 600.0, 600.0, 0.0]),
        flow_m3_per_s=np.full(4, 0.5e-3),
        outlet_m=np.full(4, np.nan),
    )
    assert size_sewers(flat, sewer_pipes(0.2), sewer_rules(pumps=False), PRICES).stuck.tolist() == [2]
    assert len(size_sewers(flat, sewer_pipes(0.2), sewer_rules(), PRICES).stuck) == 0


def test_a_richer_catalogue_or_a_finer_grid_never_costs_more():
    tree = sewer_tree(60, 5)
    few = size_sewers(tree, sewer_pipes(0.3, 0.6, 1.2), sewer_rules(), PRICES).amount
    many = size_sewers(tree, sewer_pipes(), sewer_rules(), PRICES).amount
    coarse = size_sewers(tree, sewer_pipes(), sewer_rules(step_m=0.2), PRICES).amount
    assert many <= few and many <= coarse


def test_manning_by_hand():
    """Full DN 300 at 1%, n 0.013: 0.075^(2/3) x 0.1 / 0.013 = 1.368 m/s, 96.7 L/s; half of it flows at half fill."""
    full = 0.0967 * 1.0
    assert slope_to_carry(full / 2, 0.3, 0.5, 0.013) == pytest.approx(0.01, rel=2e-3)
    assert fill_of(full / 2, 0.3, 0.01, 0.013) == pytest.approx(0.5, abs=1e-3)
    assert np.isnan(fill_of(1.2 * full, 0.3, 0.01, 0.013))
    assert slope_to_clean(0.3, 1.368, 0.013) == pytest.approx(0.01, rel=1e-3)


def test_the_steepest_slope_runs_at_the_greatest_velocity():
    slope = slope_most(0.05, 0.3, 4.0, 0.75, 0.013)
    fill = fill_of(0.05, 0.3, slope, 0.013)
    angle = 2 * np.arccos(1 - 2 * fill)
    assert 0.05 / (0.3**2 / 8 * (angle - np.sin(angle))) == pytest.approx(4.0, rel=1e-6)
    assert slope_most(1.0, 0.3, 4.0, 0.75, 0.013) == 0.0
