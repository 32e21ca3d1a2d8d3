"""What holds for every plan: sums, order of rows, ranges, more floor never fewer dwellings."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.held import held, square_plots
from qutb.capacity import MEASURES
from qutb.plan import HOUSING_USES, SEGMENTS, USES

RANGED = sorted({m.removesuffix("_low") for m in MEASURES if m.endswith("_low")})
SOME = settings(max_examples=15, deadline=None)

ratios = st.none() | st.floats(0.0, 8.0)
plot = st.fixed_dictionaries(
    {
        "use": st.sampled_from(USES),
        "detail": st.sampled_from(("zone", "block", "lot")),
        "block_id": st.sampled_from(("A", "B", None)),
        "phase": st.sampled_from(("P1", "P2", None)),
        "segment": st.sampled_from((*SEGMENTS, None)),
        "floor_area_ratio": ratios,
        "ground_coverage_ratio": st.none() | st.floats(0.0, 1.0),
        "storeys": st.none() | st.integers(0, 12),
        "dwellings": st.none() | st.integers(0, 500),
        "capacity_places": st.none() | st.integers(0, 900),
        "facility_type": st.sampled_from(("primary_school", "library", "space_port", None)),
    }
)
plans = st.lists(plot, min_size=1, max_size=6).map(lambda rows: square_plots(*rows))


@SOME
@given(plans)
def test_blocks_phases_segments_and_ages_add_up_to_the_pole(plan):
    result = held(plan)
    pole = result.pole.loc["pole"]
    for table in (result.plots, result.blocks, result.phases):
        for measure in MEASURES:
            assert table[measure].sum() == pytest.approx(pole[measure], rel=1e-9, abs=1e-9)
    assert result.segments["population"].sum() == pytest.approx(pole["population"], abs=1e-9)
    assert result.ages["population"].sum() == pytest.approx(pole["population"], abs=1e-9)
    assert result.blocks["plots"].sum() == result.phases["plots"].sum() == len(plan.plots)


@SOME
@given(plans)
def test_low_is_never_above_central_nor_central_above_high(plan):
    result = held(plan)
    for table in (result.plots, result.blocks, result.phases, result.pole):
        for measure in RANGED:
            assert (table[f"{measure}_low"] <= table[measure] + 1e-9).all(), measure
            assert (table[measure] <= table[f"{measure}_high"] + 1e-9).all(), measure


@SOME
@given(plans)
def test_nothing_is_negative_or_absent(plan):
    plots = held(plan).plots[list(MEASURES)]
    assert plots.notna().all().all()
    assert (plots >= 0).all().all()


@SOME
@given(plans, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(plan, random):
    order = list(plan.plots.index)
    random.shuffle(order)
    shuffled = plan.build(name="squares", crs=plan.crs, plots=plan.plots.loc[order])
    first, second = held(plan), held(shuffled)
    pd.testing.assert_frame_equal(first.plots, second.plots.loc[first.plots.index])
    pd.testing.assert_frame_equal(first.pole, second.pole)
    pd.testing.assert_frame_equal(first.facilities, second.facilities)
    assert {(f.code, frozenset(f.where)) for f in first.findings} == {
        (f.code, frozenset(f.where)) for f in second.findings
    }


@SOME
@given(
    st.sampled_from((*HOUSING_USES, "mixed")), st.sampled_from(("lot", "zone")), st.lists(st.floats(0, 8), min_size=2)
)
def test_more_floor_never_gives_fewer_dwellings(use, detail, ratios):
    rows = [{"use": use, "detail": detail, "floor_area_ratio": r} for r in sorted(r for r in ratios if r > 1e-6)]
    if not rows:
        return
    plots = held(square_plots(*rows)).plots
    for end in ("_low", "", "_high"):
        assert plots[f"dwellings{end}"].is_monotonic_increasing


@SOME
@given(st.sampled_from([u for u in USES if u not in ("housing_villa", "self_build_row")]))
def test_zero_floor_holds_nobody(use):
    row = held(square_plots({"use": use, "floor_area_ratio": 0.0})).pole.loc["pole"]
    assert row["population_high"] == row["jobs_high"] == row["beds_high"] == 0
