"""What is written is read back: shapes within 1 mm, attributes, coordinate system, in every format."""

from __future__ import annotations

import string
import tempfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qutb.files import read_drawing, read_layers, write_dxf, write_layers
from qutb.plan import DETAILS, STREET_CLASSES, USES, Plan, read_tables

LIMIT_M = 0.001
SYSTEMS = ("EPSG:32628", "EPSG:26192", "EPSG:2154")
HOME = {"EPSG:32628": (414_000, 2_613_000), "EPSG:26192": (105_000, 388_000), "EPSG:2154": (650_000, 6_840_000)}
QUICK = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FORMATS = {".gpkg": False, ".shp": False, ".zip": False, ".geojson": True}  # whether it loses the coordinate system

letters = st.text(alphabet=string.ascii_letters + "éèçàÉ البقعة0123456789_-", min_size=1, max_size=30)
words = letters.map(str.strip).filter(bool)
numbers = st.floats(-1e9, 1e9, allow_nan=False).map(lambda v: round(v, 6))
metres = st.integers(0, 2_000_000).map(lambda mm: mm / 1000)


def maybe(values):
    return st.none() | values


@st.composite
def shapes(draw):
    """Rectangles, some with a hole, some of two parts, on whole millimetres."""
    x, y, width, depth = draw(metres), draw(metres), draw(metres) + 3, draw(metres) + 3
    outer = shapely.box(x, y, x + width, y + depth)
    kind = draw(st.sampled_from(["plain", "hole", "two"]))
    if kind == "hole":
        return shapely.Polygon(outer.exterior, [shapely.box(x + 1, y + 1, x + 2, y + 2).exterior])
    if kind == "two":
        return shapely.MultiPolygon([outer, shapely.box(x + width + 1, y, x + width + 2, y + 1)])
    return outer


@st.composite
def frames(draw):
    count = draw(st.integers(1, 6))

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    crs = draw(st.sampled_from(SYSTEMS))
    east, north = HOME[crs]
    placed = shapely.transform(np.array(column(shapes()), dtype=object), lambda xy: xy + np.array([east, north]))
    data = {
        "plot_id": [f"{word}-{n}" for n, word in enumerate(column(words))],
        "floor_area_ratio": pd.array(column(maybe(numbers)), dtype="float64"),
        "ground_coverage_ratio": pd.array(column(maybe(numbers)), dtype="float64"),
        "allottee": column(maybe(words)),
        "storeys": column(st.integers(0, 60)),
        "release_date": column(maybe(st.dates(date(1900, 1, 1), date(2100, 1, 1)))),
    }
    return gpd.GeoDataFrame(data, geometry=placed, crs=crs)


def there_and_back(frame: gpd.GeoDataFrame, suffix: str, **options: object) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"plots{suffix}"
        write_layers(path, {"plots": frame}, crs=str(frame.crs))
        layers = read_layers(path, **options)  # type: ignore[arg-type]
    assert layers.crs == str(frame.crs)
    return layers["plots"]


def same(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> None:
    assert list(after.columns) == list(before.columns)
    assert after.crs == before.crs
    assert shapely.hausdorff_distance(before.geometry.to_numpy(), after.geometry.to_numpy()).max() <= LIMIT_M
    assert (shapely.get_type_id(before.geometry.to_numpy()) == shapely.get_type_id(after.geometry.to_numpy())).all()
    assert (np.abs(after.area.to_numpy() - before.area.to_numpy()) <= LIMIT_M * before.length.to_numpy()).all()
    for column in ("floor_area_ratio", "ground_coverage_ratio", "storeys"):
        given, found = before[column].to_numpy("float64"), after[column].to_numpy("float64")
        np.testing.assert_allclose(found, given, rtol=1e-9, atol=1e-9)
    for column in ("plot_id", "allottee", "release_date"):
        assert [_plain(v) for v in after[column]] == [_plain(v) for v in before[column]]


def _plain(value: object) -> str | None:
    return None if value is None or value != value else str(value)


def _value(value: object) -> str | float | None:
    """Numbers as such, whatever their kind."""
    return float(value) if isinstance(value, int | float) and value == value else _plain(value)


def kept(frame: gpd.GeoDataFrame, suffix: str) -> None:
    same(frame, there_and_back(frame, suffix, **({"crs": str(frame.crs)} if FORMATS[suffix] else {})))


@pytest.mark.parametrize("suffix", FORMATS)
@QUICK
@given(frame=frames())
def test_each_format_keeps_everything(suffix, frame):
    """GeoPackage, Shapefile with whole names, a zip of them, GeoJSON through degrees."""
    kept(frame, suffix)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@LONG
@given(frame=frames())
def test_each_format_keeps_anything(suffix, frame):
    kept(frame, suffix)


@QUICK
@given(frames())
def test_equal_layers_give_equal_bytes(frame):
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name / "plots.gpkg" for name in "ab"]
        for path in paths:
            write_layers(path, {"plots": frame}, crs=str(frame.crs))
        assert paths[0].read_bytes() == paths[1].read_bytes()


# drawings ------------------------------------------------------------------------------------------------


@st.composite
def plans(draw):
    """Plots side by side in rows of 100 m, some with a hole or of two parts, and streets between the rows."""
    crs = draw(st.sampled_from(SYSTEMS))
    east, north = HOME[crs]
    count = draw(st.integers(2, 8))
    sides = draw(st.lists(st.integers(8_000, 60_000).map(lambda mm: mm / 1000), min_size=count, max_size=count))
    forms = draw(st.lists(st.sampled_from(["plain", "hole", "two"]), min_size=count, max_size=count))
    drawn = [_drawn(east + 100 * n, north, side, form) for n, (side, form) in enumerate(zip(sides, forms, strict=True))]
    names = draw(st.lists(words, min_size=count, max_size=count))

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    plots = gpd.GeoDataFrame(
        {
            "plot_id": [f"{name}-{n}" for n, name in enumerate(names)],
            "detail": column(st.sampled_from(DETAILS)),
            "use": column(st.sampled_from(USES)),
            "allottee": column(maybe(words)),
            "storeys": column(maybe(st.integers(1, 40).map(float))),
            "floor_area_ratio": column(maybe(st.integers(1, 3000).map(lambda v: v / 100))),
            "dwellings": column(maybe(st.integers(0, 900).map(float))),
            "height_m": column(maybe(st.integers(1, 2000).map(lambda v: v / 10))),
            "parking_spaces": column(maybe(st.integers(0, 500).map(float))),
            "geometry": drawn,
        },
        crs=crs,
    )
    streets = gpd.GeoDataFrame(
        {
            "street_id": ["S 1", "شارع ٢"],
            "street_class": [draw(st.sampled_from(STREET_CLASSES)) for _ in range(2)],
            "width_m": [draw(st.integers(20, 800)) / 10 for _ in range(2)],
            "geometry": [
                shapely.LineString([(east, north - d), (east + 50, north - d + 0.125), (east + 100 * count, north - d)])
                for d in (15, 90)
            ],
        },
        crs=crs,
    )
    return read_tables({"plots": plots, "streets": streets}, name="plan", crs=crs)[0]


def _drawn(x: float, y: float, side: float, form: str) -> shapely.Geometry:
    outer = shapely.box(x, y, x + side, y + side + 0.5)
    if form == "hole":
        return shapely.Polygon(outer.exterior, [shapely.box(x + 2, y + 2, x + 5, y + 5.25).exterior])
    if form == "two":
        return shapely.MultiPolygon([outer, shapely.box(x + side + 2, y, x + side + 12, y + 9)])
    return outer


@settings(QUICK, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(plans())
def test_a_drawing_that_qutb_writes_comes_back_whole(plan):
    drawn_whole(plan)


@pytest.mark.slow
@LONG
@given(plans())
def test_any_drawing_that_qutb_writes_comes_back_whole(plan):
    drawn_whole(plan)


def drawn_whole(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.dxf"
        write_dxf(plan, path)
        back = read_drawing(path).plan
    assert back.crs == plan.crs
    for name in ("plots", "streets"):
        before, after = getattr(plan, name), getattr(back, name)
        assert sorted(after.index) == sorted(before.index)
        after = after.loc[before.index]
        assert shapely.hausdorff_distance(before.geometry.to_numpy(), after.geometry.to_numpy()).max() <= LIMIT_M
        assert (np.abs(after.area.to_numpy() - before.area.to_numpy()) <= LIMIT_M * before.length.to_numpy()).all()
        for column in before.columns.drop("geometry"):
            assert [_value(v) for v in after[column]] == [_value(v) for v in before[column]], column
