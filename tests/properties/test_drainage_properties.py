"""Sewers of random trees: rules and order of costs whatever the ground, flow and price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.sewers import PRICES, sewer_pipes, sewer_rules, sewer_tree
from qutb.networks.drainage import size_sewers
from qutb.networks.drainage.frames import amounts_of, lay

_RULES = sewer_rules(step_m=0.1)
_trees = st.builds(
    sewer_tree, st.integers(2, 25), st.integers(0, 10_000), slope=st.floats(-0.01, 0.01, allow_nan=False)
)


@settings(max_examples=40, deadline=None)
@given(tree=_trees, share=st.floats(0.1, 1.0))
def test_less_flow_never_costs_more(tree, share):
    pipes = sewer_pipes()
    less = replace(tree, flow_m3_per_s=share * tree.flow_m3_per_s)
    # velocity may be too high for less water nowhere: it only falls
    assert size_sewers(less, pipes, _RULES, PRICES).amount <= size_sewers(tree, pipes, _RULES, PRICES).amount + 1e-6


@settings(max_examples=40, deadline=None)
@given(tree=_trees, kept=st.sets(st.integers(0, 8), min_size=1))
def test_a_larger_catalogue_never_raises_the_optimum(tree, kept):
    every = sewer_pipes()
    rows = sorted(kept)
    few = replace(
        every, inner_m=every.inner_m[rows], outer_m=every.outer_m[rows], amount_per_m=every.amount_per_m[rows]
    )
    assert size_sewers(tree, every, _RULES, PRICES).amount <= size_sewers(tree, few, _RULES, PRICES).amount + 1e-6


@settings(max_examples=40, deadline=None)
@given(tree=_trees)
def test_what_is_built_costs_what_was_proven_and_pumps_never_cost_more(tree):
    pipes = sewer_pipes()
    sizing = size_sewers(tree, pipes, _RULES, PRICES)
    if len(sizing.stuck):
        assert not np.isfinite(sizing.amount)
        return
    laid = lay(tree, sizing, pipes, _RULES, PRICES)
    assert np.isclose(amounts_of(laid, pipes, PRICES).total, sizing.amount, rtol=1e-9)
    assert sizing.amount <= size_sewers(tree, pipes, replace(_RULES, pumps=False), PRICES).amount + 1e-6
