"""Any plan written as DXF and read back is the same plan."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qutb.files import read_drawing, write_dxf
from qutb.plan import USES, Plan

CRS = "EPSG:32628"
ORIGIN = np.array([414_000.0, 2_613_000.0])


@st.composite
def plans(draw) -> Plan:
    """Rows of lots of any width and depth, a street between two rows, some with a court cut out."""
    uses = draw(st.lists(st.sampled_from(sorted(USES)), min_size=1, max_size=5))
    rows, y = [], 0.0
    for row in range(draw(st.integers(1, 3))):
        depth, x = draw(st.integers(120, 500)) / 10, 0.0
        for lot in range(draw(st.integers(2, 5))):
            width = draw(st.integers(80, 400)) / 10
            shape = shapely.box(x, y, x + width, y + depth)
            if width > 25 and depth > 25 and draw(st.booleans()):
                shape = shapely.difference(shape, shapely.box(x + 8, y + 8, x + 14, y + 14))
            use = draw(st.sampled_from(uses))
            rows.append({"plot_id": f"{row}-{lot}", "detail": "lot", "use": use, "geometry": shape})
            x += width
        y += depth + draw(st.sampled_from([0.0, 8.0, 15.5]))
    table = gpd.GeoDataFrame(rows, crs=CRS)
    turn = draw(st.integers(0, 89))
    shapes = gpd.GeoSeries(table.geometry).rotate(turn, origin=(0, 0)).translate(*ORIGIN)
    return Plan.build(name="drawn", crs=CRS, plots=table.set_geometry(shapely.set_precision(shapes, 0.001)))


def same(first: Plan, second: Plan) -> None:
    assert sorted(first.plots.index) == sorted(second.plots.index)
    again = second.plots.loc[first.plots.index]
    assert (again["use"] == first.plots["use"]).all()
    apart = shapely.hausdorff_distance(first.plots.geometry.to_numpy(), again.geometry.to_numpy())
    assert apart.max() <= 0.001
    off = shapely.area(shapely.symmetric_difference(first.plots.geometry.to_numpy(), again.geometry.to_numpy()))
    assert (off <= 0.002 * shapely.length(first.plots.geometry.to_numpy())).all()


def check(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.dxf"
        write_dxf(plan, path)
        result = read_drawing(path, crs=CRS)
    same(plan, result.plan)
    assert abs(result.unexplained_m2) < 0.01


@given(plans())
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_plan_written_and_read_is_the_same(plan):
    check(plan)


@pytest.mark.slow
@given(plans())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_plan_written_and_read_is_the_same(plan):
    check(plan)
