"""What holds for every pair of versions: matching, difference, refinement."""

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from fixtures.coarser import coarser
from fixtures.defects import here
from fixtures.revised import re_exported
from fixtures.tiny import CRS, tiny_pole
from qutb.plan import Plan, apply_matches, check_refinement, difference, keep_outlines, match_ids, propose_matches

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
USES = ("housing_row", "housing_villa", "green", "facility", "retail")
VALUES = tiny_pole().values
side = st.integers(6, 30)  # four lots at most fill a block to the next one


@st.composite
def towns(draw):
    """Blocks in a grid with streets of 12 m between them, each cut into lots at random."""
    rows, uses = [], st.sampled_from(USES)
    for b, (x, y) in enumerate((x, y) for x in range(0, 240, 120) for y in range(0, 240, 120)):
        cuts = [0, *np.cumsum(draw(st.lists(side, min_size=1, max_size=4))).tolist()]
        use = draw(uses)
        for n, (left, right) in enumerate(pairwise(cuts)):
            shape = here(box(x + left, y, x + right, y + 60))
            given_use = use if draw(st.booleans()) else draw(uses)
            rows.append({"plot_id": f"{b}-{n}", "block_id": f"B{b}", "use": given_use, "geometry": shape})
    plots = gpd.GeoDataFrame(rows, crs=CRS).assign(detail="lot", storeys=2.0, floor_area_ratio=1.0)
    plots.loc[plots["use"] == "facility", "facility_type"] = "primary_school"
    return Plan.build(name="town", crs=CRS, plots=plots)


@few
@given(towns(), st.sampled_from(["lot", "block", "zone"]))
def test_a_plan_does_not_differ_from_itself_at_any_grain(plan, detail):
    same = plan if detail == "lot" else coarser(plan, detail, by=("block_id",) if detail == "block" else ("use",))
    assert difference(same, replace(same)).empty


@few
@given(towns(), towns())
def test_matching_turned_round_pairs_the_same_plots(one, two):
    turn = {"new": "gone", "gone": "new", "split": "merged", "merged": "split"}
    there, back = match_ids(one.plots, two.plots), match_ids(two.plots, one.plots)
    forth = {(turn.get(r.status, r.status), r.new_id, r.old_id, round(r.score, 9)) for r in there.itertuples()}
    assert forth == {(r.status, r.old_id, r.new_id, round(r.score, 9)) for r in back.itertuples()}


@few
@given(towns(), towns())
def test_no_two_plots_of_the_new_version_are_proposed_one_id(one, two):
    matches = propose_matches(one, two)
    named, findings = apply_matches(two, matches)
    assert not [f for f in findings if f.severity == "blocking"]
    assert named.plots.index.is_unique


@few
@given(towns(), st.integers(0, 10_000))
def test_a_drawing_exported_anew_keeps_ids_and_with_its_outlines_its_digest(plan, seed):
    fresh, names = re_exported(plan, seed=seed)
    back, _ = apply_matches(fresh, propose_matches(plan, fresh))
    was = {new: old for old, new in names.items()}
    assert list(back.plots.index) == [was[i] for i in fresh.plots.index]
    assert keep_outlines(plan, back, 0.05)[0].digest == plan.digest


@few
@given(towns(), st.sampled_from([("block_id",), ("block_id", "use", "facility_type"), ("use", "facility_type")]))
def test_a_plan_keeps_whatever_it_was_dissolved_into(plan, by):
    blocks = coarser(plan, by=by)
    found = {f.code for f in check_refinement(plan, blocks, VALUES)}
    assert found <= ({"PLAN-REFINE-USE"} if by == ("block_id",) else set())


@few
@given(towns(), st.data())
def test_taking_a_lot_out_leaves_exactly_its_land(plan, data):
    blocks = coarser(plan, by=("block_id",))
    lost = data.draw(st.sampled_from(list(plan.plots.index)))
    rest = replace(plan, plots=plan.plots.drop(index=lost))
    found = {f.code: f for f in check_refinement(rest, blocks, VALUES)}
    told = [found[c].params["value"] for c in ("PLAN-REFINE-LEFT", "PLAN-REFINE-NO-LOTS") if c in found]
    assert told == [pytest.approx(plan.plots.geometry[lost].area)]
