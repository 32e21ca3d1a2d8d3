"""The drawing that architects open: layers by use and class, numbers as text, Arabic safe."""

from __future__ import annotations

from dataclasses import replace

import ezdxf
import pytest
import shapely

from fixtures.tiny import tiny_plan
from qutb.files import write_dxf


@pytest.fixture
def drawing(tmp_path):
    write_dxf(tiny_plan(), tmp_path / "plan.dxf", lang="ar", colours={"green": "#00aa44"})
    return ezdxf.readfile(tmp_path / "plan.dxf")


def test_each_use_and_class_has_its_layer(drawing):
    names = {layer.dxf.name for layer in drawing.layers}
    assert {"QUTB_PLOT_housing_villa", "QUTB_PLOT_green", "QUTB_STREET_collector", "QUTB_PLOT_NUMBER"} <= names
    assert drawing.layers.get("QUTB_PLOT_housing_villa").description == "فيلات"
    assert drawing.layers.get("QUTB_PLOT_green").rgb == (0x00, 0xAA, 0x44)


def test_it_is_sound_and_in_metres(drawing):
    assert not drawing.audit().has_errors
    assert drawing.header["$INSUNITS"] == 6  # metres


def test_plots_are_closed_and_keep_their_area_and_id(drawing):
    rings = drawing.modelspace().query('LWPOLYLINE[layer=="QUTB_PLOT_housing_apartment"]')
    (ring,) = rings
    assert ring.closed
    assert shapely.Polygon(ring.get_points("xy")).area == pytest.approx(52 * 60)  # 52 m x 60 m
    assert ring.get_xdata("QUTB")[0].value == "A-17"


def test_each_plot_has_its_number_inside(drawing):
    texts = {t.dxf.text: t.get_placement()[1] for t in drawing.modelspace().query("TEXT")}
    plots = tiny_plan().plots
    assert set(texts) == set(plots.index)
    assert all(plots.geometry[i].contains(shapely.Point(p.x, p.y)) for i, p in texts.items())


def test_arabic_plot_numbers_survive(tmp_path):
    plan = tiny_plan()
    plots = plan.plots.rename(index={"A-17": "بقعة ١٧"})
    write_dxf(replace(plan, plots=plots), tmp_path / "مخطط.dxf")
    texts = {t.dxf.text for t in ezdxf.readfile(tmp_path / "مخطط.dxf").modelspace().query("TEXT")}
    assert "بقعة ١٧" in texts


def test_equal_plans_give_equal_drawings(tmp_path):
    for name in ("a.dxf", "b.dxf"):
        write_dxf(tiny_plan(), tmp_path / name)
    assert (tmp_path / "a.dxf").read_bytes() == (tmp_path / "b.dxf").read_bytes()
