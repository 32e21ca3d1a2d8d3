"""The assumed prices are what ``docs/decisions/0003-price-calibration.md`` says: checked on the reference hectare.

One hectare with 180 m of street on 3,000 m2 (UN-Habitat: 18 km/km2, 30 %): 120 m of local street 12.5 m wide, 40 m of
collector 20 m wide, 20 m of arterial 35 m wide; 22.6 plots (mean of Wahat Al Mouhit 17.6 and Laâyoune east 27.6),
45 dwellings, 1,500 m2 of economic floor, 600 m2 of green.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fixtures.tiny import tiny_pole
from qutb import cost

LENGTH, WIDTH = np.array([120.0, 40.0, 20.0]), np.array([12.5, 20.0, 35.0])
SHARES = {  # of the on-site total, assumed
    "site_preparation": 0.02,
    "earthworks": 0.09,
    "roads": 0.34,
    "water": 0.09,
    "sewer": 0.15,
    "storm": 0.06,
    "power": 0.14,
    "lighting": 0.06,
    "fibre": 0.02,
    "green": 0.03,
}


@cache
def reference_hectare() -> pd.DataFrame:
    values = tiny_pole().values
    share = np.array([values.number(f"cost.carriageway_share.{c}") for c in ("local", "collector", "arterial")])
    area = LENGTH * WIDTH
    one = np.ones(1)
    ground = cost.Ground(
        phases=("P1",),
        site_area_m2=10_000.0,
        land_m2=10_000 * one,
        carriageway_main_m2=(area * share)[1:].sum() * one,
        carriageway_local_m2=(area * share)[0] * one,
        footway_m2=(area * (1 - share)).sum() * one,
        street_length_m=180 * one,
        wheeled_length_m=180 * one,
        lit_sides_m=(120 + 2 * 60) * one,
        green_m2=600 * one,
        plots_served=22.6 * one,
        dwellings=45 * one,
        economic_floor_m2=1_500 * one,
    )
    book, _ = cost.price_book(values)
    return cost.priced(cost.work_items(ground, values), book)[0]


@pytest.mark.parametrize(("end", "per_m2"), [("_low", 257), ("", 340), ("_high", 475)])
def test_the_reference_hectare_costs_what_known_operations_cost(end, per_m2):
    onsite = reference_hectare().query("location == 'onsite'")
    # prices are rounded to three figures
    assert onsite[f"cost_amount{end}"].sum() / 10_000 == pytest.approx(per_m2, rel=0.005)


def test_the_mean_of_the_known_operations_is_the_central_value():
    operations = [float(r["per_gross_m2"]) for r in tiny_pole().values.catalogue("operations") if r["scope"] == "whole"]
    inside = [v for v in operations if 257 <= v <= 475]
    assert np.mean(inside) == pytest.approx(340, abs=1)
    band = tiny_pole().values.get("cost.onsite_per_gross_m2")
    assert (band.low, band.central, band.high) == (min(inside), 340, max(inside))


@pytest.mark.parametrize("trade", SHARES)
def test_each_trade_has_the_share_that_was_assumed(trade):
    onsite = reference_hectare().query("location == 'onsite'")
    share = onsite.loc[onsite["trade"] == trade, "cost_amount"].sum() / onsite["cost_amount"].sum()
    assert share == pytest.approx(SHARES[trade], abs=0.003)


def test_works_off_site_range_from_kenitra_to_twice_the_substation():
    offsite = reference_hectare().query("location == 'offsite'")
    # by hand: 5.8 % of 348 = 20; 20 + 148 M MAD / 275 ha = 74; twice that
    sums = [offsite[f"cost_amount{end}"].sum() / 10_000 for end in ("_low", "", "_high")]
    assert sums == pytest.approx([20, 74, 148], rel=0.005)


def test_every_price_is_marked_assumed_and_says_how_it_was_made():
    for row in tiny_pole().values.catalogue("prices"):
        assert row["status"] == "assumed"
        assert row["tax_basis"] == "excl_tax"
        assert row["derivation"] and row["name_en"] and row["name_fr"] and row["name_ar"]
