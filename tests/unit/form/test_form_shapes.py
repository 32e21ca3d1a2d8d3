"""Measures of shapes on shapes whose values are known by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point, Polygon, box

from qutb import form

SQUARE = box(0, 0, 10, 10)
PLOT = box(0, 0, 20, 5)
RING = Polygon(box(0, 0, 10, 10).exterior, [box(4, 4, 6, 6).exterior])
SHAPES = gpd.GeoSeries([SQUARE, PLOT, RING], index=["square", "plot", "ring"])


@pytest.mark.parametrize(
    ("measure", "shape", "by_hand"),
    [
        ("compactness", "square", np.pi / 4),
        ("compactness", "plot", 4 * np.pi * 100 / 50**2),
        ("circular_compactness", "square", 100 / (np.pi * 50)),
        ("square_compactness", "square", 1.0),
        ("square_compactness", "plot", (4 * 10 / 50) ** 2),
        ("rectangularity", "plot", 1.0),
        ("rectangularity", "ring", 0.96),
        ("elongation", "plot", 5 / 20),
        ("equivalent_rectangular_index", "plot", 1.0),
        ("fractal_dimension", "square", 1.0),  # 2 ln 10 / ln 100
        ("convexity", "ring", 0.96),
        ("courtyard_area", "ring", 4.0),
        ("courtyard_index", "ring", 4 / 96),
        ("courtyards", "ring", 1),
        ("perimeter", "ring", 48.0),
        ("facade_ratio", "plot", 100 / 50),
        ("corner_count", "plot", 4),
        ("squareness", "plot", 0.0),
        ("orientation", "plot", 0.0),
        ("longest_axis_length", "square", 10 * np.sqrt(2)),
    ],
)
def test_a_shape_measures_what_the_hand_says(measure, shape, by_hand):
    series = getattr(form, measure)(SHAPES)
    assert series.index.equals(SHAPES.index)
    assert series[shape] == pytest.approx(by_hand, abs=1e-9)


def test_a_circle_is_as_compact_as_can_be():
    circle = gpd.GeoSeries([Point(0, 0).buffer(10, quad_segs=256)])
    assert form.compactness(circle)[0] == pytest.approx(1.0, abs=1e-4)
    assert form.circular_compactness(circle)[0] == pytest.approx(1.0, abs=1e-4)


def test_an_empty_shape_has_no_measure_and_no_warning():
    nothing = gpd.GeoSeries([Polygon()])
    for measure in ("compactness", "square_compactness", "convexity", "rectangularity", "elongation"):
        assert np.isnan(getattr(form, measure)(nothing)[0])


def test_no_shape_gives_an_empty_series():
    assert len(form.corner_count(gpd.GeoSeries([]))) == 0
