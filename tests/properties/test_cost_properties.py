"""Cost is linear in prices, ordered from low to high, and adds up by phase and trade."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.tiny import tiny_pole
from qutb import cost
from qutb.core import WorkItem

VALUES = tiny_pole().values
BOOK, _ = cost.price_book(VALUES)
ITEM = st.builds(
    lambda key, quantity, phase: WorkItem(
        item_id=f"{phase}/{key}",
        work_package=f"{phase}-x-onsite",
        trade=key.partition(".")[0],
        price_key=key,
        quantity=quantity,
        unit=BOOK[key].unit,
        phase=phase,
        location="offsite" if key.startswith("offsite") else "onsite",
        basis="ratio",
    ),
    st.sampled_from(sorted(BOOK)),
    st.floats(0, 1e7),
    st.sampled_from(["P1", "P2", "P3"]),
)


@given(items=st.lists(ITEM, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_low_is_at_most_central_is_at_most_high(items):
    table, missing = cost.priced(items, BOOK)
    assert not missing
    assert (table["cost_amount_low"] <= table["cost_amount"]).all()
    assert (table["cost_amount"] <= table["cost_amount_high"]).all()


@given(items=st.lists(ITEM, min_size=1, max_size=6), factor=st.floats(0, 10))
@settings(max_examples=40, deadline=None)
def test_cost_scales_with_prices(items, factor):
    columns = ("low", "central", "high")
    rows = [{**r, **{c: repr(float(r[c]) * factor) for c in columns}} for r in VALUES.catalogue("prices")]
    book, faults = cost.price_book(VALUES.with_overrides({}, {"prices": rows}))
    assert not faults
    here, there = cost.priced(items, BOOK)[0], cost.priced(items, book)[0]
    np.testing.assert_allclose(there["cost_amount"], here["cost_amount"] * factor, rtol=1e-9, atol=1e-9)


@given(
    lengths=st.lists(st.floats(0, 1e4), min_size=3, max_size=3),
    land=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_quantities_add_up_over_phases(lengths, land):
    """A ground split in three phases needs in all what the same ground in one phase needs."""
    split, whole = _ground(np.array(lengths), np.array(land)), _ground(np.array([sum(lengths)]), np.array([sum(land)]))
    total = {}
    for item in cost.work_items(split, VALUES):
        total[item.price_key] = total.get(item.price_key, 0.0) + item.quantity
    for item in cost.work_items(whole, VALUES):
        assert total[item.price_key] == pytest.approx(item.quantity, rel=1e-9)


def _ground(length: np.ndarray, land: np.ndarray) -> cost.Ground:
    return cost.Ground(
        phases=tuple(f"P{i + 1}" for i in range(len(length))),
        site_area_m2=1e6,
        land_m2=land,
        carriageway_main_m2=length * 6,
        carriageway_local_m2=length * 3,
        footway_m2=length * 5,
        street_length_m=length,
        wheeled_length_m=length * 0.9,
        lit_sides_m=length * 1.2,
        green_m2=land * 0.1,
        plots_served=land / 400,
        dwellings=land / 200,
        economic_floor_m2=land * 0.2,
    )
