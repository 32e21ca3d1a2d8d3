"""Ranking by adopted weights, worked by hand."""

from __future__ import annotations

import pytest

from qutb.compare.ranking import rank

# Two plans, two criteria: a is best on green (mark 1 against 0), b on jobs (0 against 1).
_VALUES = {"green": [10.0, 5.0], "jobs": [100.0, 200.0]}
_MORE = {"green": True, "jobs": True}


def test_the_score_is_the_weighted_mean_of_marks():
    ranking = rank(["a", "b"], _VALUES, {"green": 3.0, "jobs": 1.0}, _MORE)
    assert ranking.order == ("a", "b")
    assert ranking.scores == {"a": 0.75, "b": 0.25}  # 3/4 x 1 + 1/4 x 0
    assert ranking.weights == {"green": 0.75, "jobs": 0.25}


def test_the_first_place_holds_down_to_the_weight_where_scores_meet():
    ranking = rank(["a", "b"], _VALUES, {"green": 3.0, "jobs": 1.0}, _MORE)
    green, jobs = ranking.sensitivity
    # a leads while t x 1 + (1 - t) x 0 > t x 0 + (1 - t) x 1, that is t > 1/2
    assert (green.low, green.high, green.first_below) == (pytest.approx(0.5), 1.0, "b")
    assert (jobs.low, jobs.high, jobs.first_above) == (0.0, pytest.approx(0.5), "b")


def test_random_weights_give_each_of_two_mirrored_plans_half():
    shares = rank(["a", "b"], _VALUES, {"green": 3.0, "jobs": 1.0}, _MORE, seed=1).first_share
    assert shares["a"] == pytest.approx(0.5, abs=0.02)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_the_same_seed_draws_the_same_shares():
    first, again = (rank(["a", "b"], _VALUES, {"green": 1.0, "jobs": 1.0}, _MORE, seed=7) for _ in range(2))
    assert first.first_share == again.first_share


def test_a_criterion_without_a_value_for_every_plan_is_left_out_and_named():
    ranking = rank(["a", "b"], {**_VALUES, "wind": [0.2, None]}, {"green": 1.0, "wind": 1.0}, {**_MORE, "wind": False})
    assert ranking.left_out == ("wind",)
    assert ranking.weights == {"green": 1.0}


def test_a_plan_first_on_every_criterion_is_first_under_any_weights():
    ranking = rank(
        ["a", "b"],
        {"green": [9.0, 1.0], "cost": [1.0, 9.0]},
        {"green": 0.5, "cost": 0.5},
        {"green": True, "cost": False},
    )
    assert ranking.first_share == {"a": 1.0, "b": 0.0}
    assert all((s.low, s.high) == (0.0, 1.0) for s in ranking.sensitivity)


def test_nothing_to_judge_by_makes_no_ranking():
    assert rank(["a", "b"], {"green": [None, 1.0]}, {"green": 1.0}, {"green": True}) is None
