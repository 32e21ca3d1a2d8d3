"""Business model by size: one run, draws, step, workbook; waterfalls; rates of return with many sign changes."""

from __future__ import annotations

import resource
from datetime import date

import numpy as np
import pytest

from fixtures.business import business_model
from qutb.finance import FACTORS, NO_FACTORS, irr_roots, run_model, simulate
from qutb.finance.workbook import write_workbook


def _draws(count: int) -> np.ndarray:
    random = np.random.default_rng(0)
    low = np.array([0.6, 0.8, 0.8, 0.0, -0.01, -0.02, 0.0, 0.0])
    high = np.array([1.4, 1.5, 3.0, 36.0, 0.02, 0.02, 1.0, 0.5])
    assert len(low) == len(FACTORS)
    return random.uniform(low, high, (count, len(FACTORS)))


@pytest.mark.parametrize("zones", [24, 60])
def test_one_deterministic_run(benchmark, zones):
    model = business_model(zones=zones)
    benchmark(run_model, model, NO_FACTORS)


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_draws_of_the_full_model(benchmark, count):
    model = business_model(zones=24)
    simulate(model, _draws(1000))  # compiled before it is measured
    drawn = _draws(count)
    benchmark.pedantic(simulate, args=(model, drawn), rounds=1 if count > 10_000 else 3)
    benchmark.extra_info["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("zones", [24, 60])
def test_the_workbook(benchmark, zones, tmp_path):
    model = business_model(zones=zones)
    out = tmp_path / "model.xlsx"
    benchmark.pedantic(
        write_workbook, args=(model, out), kwargs={"title": "Bay", "lang": "en", "run_date": date(2027, 1, 1)}, rounds=3
    )


@pytest.mark.parametrize("changes", [1, 2, 60])
def test_all_roots_of_thirty_years_of_months(benchmark, changes):
    months = np.arange(360)
    amounts = np.where((months * (changes + 1) // 360) % 2 == 0, -1.0, 1.1) * (1 + months % 7)
    benchmark(irr_roots, months / 12, amounts)
