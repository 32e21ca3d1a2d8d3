"""Measures of street networks on networks whose values are known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, box

from qutb import form


def edges(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["from_node", "to_node"])


def test_a_street_in_three_pieces_counts_as_one():
    assert form.skeleton_counts(edges(("a", "b"), ("b", "c"), ("c", "d"))) == (1, 2, 1)


def test_a_lone_ring_keeps_one_node_and_one_link():
    assert form.skeleton_counts(edges(("a", "b"), ("b", "c"), ("c", "a"))) == (1, 1, 1)


def test_two_pieces_are_two_components():
    assert form.skeleton_counts(edges(("a", "b"), ("c", "d"))) == (2, 4, 2)


def test_no_street_has_no_network():
    assert form.skeleton_counts(edges()) == (0, 0, 0)
    assert np.isnan(form.link_node_ratio(0, 0))
    assert np.isnan(form.gamma(0, 0))


def test_a_grid_of_nine_nodes_has_the_indices_of_the_textbook():
    # 3 x 3 nodes, 12 links: gamma 12 / 21, alpha (12 - 9 + 1) / 13
    assert form.gamma(12, 9) == pytest.approx(12 / 21)
    assert form.alpha(12, 9) == form.meshedness(12, 9) == pytest.approx(4 / 13)
    assert form.cyclomatic(12, 9) == 4


def lines(*ends: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([LineString([(0, 0), end]) for end in ends])


def test_one_grid_has_an_entropy_of_ln_4_and_full_order():
    bearing, length = form.segment_bearings(lines((0, 100), (100, 0)))
    entropy = form.orientation_entropy(bearing, length)
    assert entropy == pytest.approx(np.log(4))
    assert form.orientation_order(entropy) == pytest.approx(1.0)


def test_streets_in_all_directions_have_an_entropy_of_ln_36_and_no_order():
    turns = np.radians(np.arange(0, 180, 10))
    entropy = form.orientation_entropy(*form.segment_bearings(lines(*zip(np.sin(turns), np.cos(turns), strict=True))))
    assert entropy == pytest.approx(np.log(36))
    assert form.orientation_order(entropy) == pytest.approx(0.0)


def test_a_bent_street_counts_piece_by_piece():
    bearing, length = form.segment_bearings(gpd.GeoSeries([LineString([(0, 0), (0, 30), (10, 30)])]))
    assert bearing.tolist() == pytest.approx([0, 90])
    assert length.tolist() == pytest.approx([30, 10])


@pytest.mark.parametrize(("wind_from", "by_hand"), [(0, 0.75), (180, 0.75), (90, 0.25), (45, 0.0), (-20, 0.75)])
def test_wind_blows_along_a_street_either_way(wind_from, by_hand):
    bearing, length = form.segment_bearings(lines((0, 30), (10, 0)))
    assert form.exposed_share(bearing, length, wind_from, 30) == pytest.approx(by_hand)


def test_gaps_along_the_outline_go_round():
    square = box(0, 0, 100, 100)
    gaps = form.boundary_gaps(square, np.array([Point(100, 50), Point(0, 50)]))
    assert sorted(gaps) == pytest.approx([200, 200])
    assert form.boundary_gaps(square, np.array([Point(0, 50)])) == pytest.approx([400])
    assert len(form.boundary_gaps(square, np.array([], dtype=object))) == 0


def test_an_outline_in_two_parts_is_read_on_the_larger():
    two = MultiPolygon([box(0, 0, 100, 100), box(200, 0, 210, 10)])
    assert form.boundary_gaps(two, np.array([Point(0, 50)])) == pytest.approx([400])


def test_diversity_of_even_shares_counts_the_categories():
    assert [form.hill_number(np.ones(5), order) for order in (0, 1, 2)] == pytest.approx([5, 5, 5])
    assert form.balance(np.ones(4), 4) == pytest.approx(1.0)
    assert np.isnan(form.shannon([]))
    assert np.isnan(form.simpson([0.0]))
    assert form.shannon([3.0]) == 0.0
