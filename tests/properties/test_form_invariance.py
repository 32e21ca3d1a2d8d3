"""Form does not depend on where a plan lies, nor on how it is turned.

Where two smallest rectangles have the same area the choice between them is GEOS's: none of these shapes has two.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from qutb import form

SHAPES = [
    shapely.box(0, 0, 12, 20),
    shapely.Polygon([(0, 0), (30, 0), (30, 10), (14, 10), (14, 25), (0, 25)]),
    shapely.Polygon([(0, 0), (50, 0), (40, 21), (5, 17)], [[(10, 10), (15, 10), (15, 15), (10, 15)]]),
]
FREE_OF_PLACE = [
    "circular_compactness",
    "compactness",
    "convexity",
    "courtyard_area",
    "elongation",
    "equivalent_rectangular_index",
    "fractal_dimension",
    "perimeter",
    "rectangularity",
    "shape_index",
    "square_compactness",
    "squareness",
]


@pytest.mark.parametrize("measure", FREE_OF_PLACE)
@given(east=st.floats(-5e3, 5e3), north=st.floats(-5e3, 5e3), turn=st.floats(0, 360))
@settings(max_examples=25, deadline=None)
def test_a_measure_of_shape_is_free_of_place_and_turn(measure, east, north, turn):
    moved = [translate(rotate(s, turn, origin=(0, 0)), east, north) for s in SHAPES]
    here = getattr(form, measure)(gpd.GeoSeries(SHAPES))
    there = getattr(form, measure)(gpd.GeoSeries(moved))
    np.testing.assert_allclose(there, here, rtol=1e-6, atol=1e-6)


@given(turn=st.integers(0, 35), lengths=st.lists(st.floats(1, 500), min_size=4, max_size=4))
@settings(max_examples=40, deadline=None)
def test_turning_a_plan_by_tens_of_degrees_keeps_the_order_of_its_streets(turn, lengths):
    ends = zip([3.0, 47.0, 92.0, 158.0], lengths, strict=True)
    lines = [shapely.LineString([(0, 0), (d * np.sin(np.radians(b)), d * np.cos(np.radians(b)))]) for b, d in ends]
    turned = [rotate(line, 10 * turn, origin=(0, 0)) for line in lines]
    here = form.orientation_entropy(*form.segment_bearings(gpd.GeoSeries(lines)))
    there = form.orientation_entropy(*form.segment_bearings(gpd.GeoSeries(turned)))
    assert there == pytest.approx(here, abs=1e-9)


@given(amounts=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=8), scale=st.floats(0.01, 100))
def test_mix_depends_on_shares_alone(amounts, scale):
    scaled = [a * scale for a in amounts]
    assert form.shannon(scaled) == pytest.approx(form.shannon(amounts), abs=1e-9)
    assert form.simpson(scaled) == pytest.approx(form.simpson(amounts), abs=1e-9)
    assert -1e-12 <= form.shannon(amounts) <= np.log(len(amounts)) + 1e-9
