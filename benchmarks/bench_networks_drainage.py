"""Sewers: the proven optimum of trees of 100 to 3,000 manholes on the 5 cm grid, and SWMM on them.

Run with ``python -m pytest benchmarks/bench_networks_drainage.py --benchmark-only``. Eleven diameters of the pack's
kind, ground that falls by 2 per mille and is a third of a metre rough, pumps allowed.
"""

from __future__ import annotations

import numpy as np
import pytest

from fixtures.sewers import PRICES, sewer_pipes, sewer_rules, sewer_tree
from qutb.networks.drainage import size_sewers
from qutb.networks.drainage.frames import lay
from qutb.networks.drainage.swmm import run_swmm, swmm_text

_PIPES = sewer_pipes(0.2, 0.25, 0.315, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8)
_RULES = sewer_rules()


@pytest.fixture(scope="module", autouse=True)
def compiled():
    size_sewers(sewer_tree(10, 0), _PIPES, _RULES, PRICES)


@pytest.mark.parametrize("manholes", [100, 1_000, 3_000])
def test_size(benchmark, manholes):
    tree = sewer_tree(manholes, 1)
    sizing = benchmark.pedantic(size_sewers, (tree, _PIPES, _RULES, PRICES), rounds=3)
    benchmark.extra_info["amount"] = sizing.amount
    benchmark.extra_info["pumps"] = int(np.isfinite(sizing.lifted_from_m).sum())


@pytest.mark.parametrize("manholes", [100, 1_000])
def test_swmm(benchmark, manholes):
    tree = sewer_tree(manholes, 1)
    sizing = size_sewers(tree, _PIPES, _RULES, PRICES)
    laid = lay(tree, sizing, _PIPES, _RULES, PRICES)
    names = [f"M{i}" for i in range(manholes)]
    text = swmm_text(tree, sizing, laid.inner_m, laid.fill, names, np.zeros((manholes, 2)), _RULES.manning)
    state = benchmark.pedantic(run_swmm, (text, names, tree.parent, laid.inner_m), rounds=1)
    benchmark.extra_info["fill_most"] = float(np.nanmax(state.fill_ratio))
    assert np.nanmax(state.fill_ratio) < _RULES.fill_most + 0.02
