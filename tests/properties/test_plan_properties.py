"""What holds for every plan: digests, balance, differences, matching, overlaps."""

from dataclasses import replace

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from fixtures.defects import frames, here
from fixtures.tiny import CRS, tiny_plan, tiny_site
from qutb.plan import USES, Plan, difference, fabric_run, match_ids, validity_run

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
coordinate = st.integers(-30, 250)
size = st.integers(3, 80)


@st.composite
def rectangles(draw):
    x, y = draw(coordinate), draw(coordinate)
    return box(x, y, x + draw(size), y + draw(size))


@st.composite
def quadrangles(draw):
    """Any four corners: sound, crossing themselves, or without area."""
    corners = draw(st.lists(st.tuples(coordinate, coordinate), min_size=4, max_size=4, unique=True))
    return Polygon(corners)


@st.composite
def lines(draw):
    a, b = draw(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=2, unique=True))
    return LineString([a, b])


@st.composite
def plans(draw, shapes=rectangles, least=0):
    drawn = draw(st.lists(shapes(), min_size=least, max_size=6))
    axes = draw(st.lists(lines(), max_size=4))
    plots = gpd.GeoDataFrame(
        {
            "plot_id": [f"p{i}" for i in range(len(drawn))],
            "detail": "lot",
            "use": [draw(st.sampled_from(USES)) for _ in drawn],
            "geometry": [here(g) for g in drawn],
        }
    )
    streets = gpd.GeoDataFrame(
        {
            "street_id": [f"s{i}" for i in range(len(axes))],
            "street_class": "local",
            "width_m": [float(draw(st.integers(4, 30))) for _ in axes],
            "geometry": [here(g) for g in axes],
        }
    )
    return Plan.build(name="any", crs=CRS, plots=plots, streets=streets)


def judged(plan):
    site = tiny_site()
    fabric = fabric_run(shapes=plan.shapes, site=site)
    return fabric, validity_run(plan=plan, fabric=fabric, site=site, values=None)


@few
@given(st.one_of(plans(), plans(quadrangles)))
def test_the_balance_adds_up_to_the_site(plan):
    fabric, validity = judged(plan)
    pole = fabric.pole.iloc[0]
    parts = pole["plots_area_m2"] + pole["right_of_way_area_m2"] + pole["gap_area_m2"]
    assert parts == pytest.approx(pole["site_area_m2"], abs=1e-4)
    assert validity.balance["area_m2"].sum() == pytest.approx(pole["site_area_m2"], abs=1e-4)
    assert (validity.balance.drop(index="overlap", errors="ignore")["area_m2"] >= 0).all()


@few
@given(st.permutations(range(9)), st.permutations(range(5)), st.integers(0, 3))
def test_the_digest_does_not_see_order_or_where_a_ring_starts(rows, columns, start):
    plots = frames()["plots"]
    names = list(plots.columns)
    order = [names[i] for i in columns] + names[5:]
    turned = plots.iloc[list(rows)][order].copy()
    rings = [list(g.exterior.coords)[:-1] for g in turned["geometry"]]
    turned["geometry"] = [Polygon((r[start:] + r[:start])[::-1]) for r in rings]
    plan = Plan.build(name="x", crs=CRS, **{**frames(), "plots": turned})
    assert plan.digest == tiny_plan().digest
    assert plan.shapes.digest == tiny_plan().shapes.digest


@few
@given(st.one_of(plans(), plans(quadrangles)))
def test_a_plan_does_not_differ_from_itself(plan):
    assert difference(plan, replace(plan)).empty


@few
@given(plans(), plans())
def test_a_difference_turned_round_is_the_reverse_difference(one, two):
    there, back = difference(one, two), difference(two, one)
    reverse = {"added": "removed", "removed": "added", "split": "merged", "merged": "split"}
    forth = {(c.layer, reverse.get(c.change, c.change), c.new_id, c.old_id) for c in there.changes.itertuples()}
    assert forth == {(c.layer, c.change, c.old_id, c.new_id) for c in back.changes.itertuples()}
    values = {(a.layer, a.column, a.new_id, a.old_id, a.new_value, a.old_value) for a in there.attributes.itertuples()}
    assert values == {
        (a.layer, a.column, a.old_id, a.new_id, a.old_value, a.new_value) for a in back.attributes.itertuples()
    }


@few
@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=12))
def test_plots_that_do_not_overlap_match_themselves(cells):
    ids = [f"c{x}-{y}" for x, y in sorted(cells)]
    shapes = [here(box(20 * x, 20 * y, 20 * x + 20, 20 * y + 20)) for x, y in sorted(cells)]
    plots = gpd.GeoDataFrame({"plot_id": ids}, geometry=shapes, crs=CRS).set_index("plot_id")
    table = match_ids(plots, plots)
    assert set(table["status"]) <= {"same"}
    assert table["proposed_id"].tolist() == sorted(ids)
    assert (table["score"] == 1.0).all()


@few
@given(plans(least=1), rectangles())
def test_a_further_plot_never_makes_overlaps_fewer(plan, shape):
    plots = plan.plots.reset_index()
    more = plots.iloc[[0]].assign(plot_id="more", geometry=[here(shape)])
    grown = Plan.build(name="grown", crs=CRS, plots=gpd.pd.concat([plots, more]), streets=plan.streets)
    before, after = judged(plan)[0], judged(grown)[0]
    assert len(after.overlaps) >= len(before.overlaps)
    assert after.pole["overlap_area_m2"].iloc[0] >= before.pole["overlap_area_m2"].iloc[0] - 1e-6


@few
@given(plans())
def test_edges_of_the_graph_are_as_long_as_the_streets(plan):
    fabric, _ = judged(plan)
    planned = fabric.edges[~fabric.edges["existing"]]
    assert planned["length_m"].sum() == pytest.approx(fabric.streets["length_m"].sum(), rel=1e-3, abs=0.2)
    assert (fabric.plots["frontage_m"] <= fabric.plots["perimeter_m"] + 1e-6).all()
