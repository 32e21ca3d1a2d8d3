"""DXF out, for AutoCAD: plots in a layer a use, streets in a layer a class, plot numbers as text.

R2010 in metres, coordinates as they are in the plan's system; text is Unicode in a TrueType style, so that
Arabic shows in its letters (AutoCAD joins and turns it by itself).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from qutb.files.writing import replacing
from qutb.plan import Plan
from qutb.text import Lang, label

if TYPE_CHECKING:
    from ezdxf.document import Drawing

__all__ = ["write_dxf"]

_TEXT_STYLE = "QUTB"
_TEXT_HEIGHT_M = 2.0
_BYLAYER_COLOUR = 7
_UNSAFE = str.maketrans(dict.fromkeys('<>/\\":;?*|=`,', "_"))


def write_dxf(plan: Plan, path: str | Path, *, lang: Lang = "fr", colours: Mapping[str, str] | None = None) -> None:
    """Write ``plan`` as a drawing; ``colours`` maps uses and street classes to ``"#rrggbb"``.

    Layers: ``QUTB_PLOT_<use>``, ``QUTB_PLOT_NUMBER``, ``QUTB_STREET_<class>``, ``QUTB_STREET_AREA``,
    ``QUTB_BUILDING``, each described in ``lang``. Each shape carries its id as extended data (``QUTB``).
    """
    with replacing(Path(path)) as draft, _no_clock():
        _drawn(plan, lang, colours or {}).saveas(draft)


def _drawn(plan: Plan, lang: Lang, colours: Mapping[str, str]) -> Drawing:
    import ezdxf
    from ezdxf import units

    drawing = ezdxf.new("R2010", units=units.M)
    drawing.appids.add("QUTB")
    drawing.styles.add(_TEXT_STYLE, font="arial.ttf")
    pen = _Pen(drawing, lang, colours)
    for use, plots in plan.plots.groupby("use", sort=True):
        pen.shapes(plots, f"QUTB_PLOT_{use}", f"use.{use}")
    pen.shapes(plan.plots[plan.plots["use"].isna()], "QUTB_PLOT", "")
    pen.numbers(plan)
    for kind, streets in plan.streets.groupby("street_class", sort=True):
        pen.shapes(streets, f"QUTB_STREET_{kind}", f"street_class.{kind}")
    pen.shapes(plan.streets[plan.streets["street_class"].isna()], "QUTB_STREET", "")
    pen.shapes(plan.street_areas, "QUTB_STREET_AREA", "")
    pen.shapes(plan.buildings, "QUTB_BUILDING", "")
    return drawing


@contextmanager
def _no_clock() -> Iterator[None]:
    """Equal plans, equal drawings: neither time nor random identifiers in the file."""
    from ezdxf import options

    before = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True
    try:
        yield
    finally:
        options.write_fixed_meta_data_for_testing = before


class _Pen:
    """Draws geometries into the model space of one drawing."""

    def __init__(self, drawing: Drawing, lang: Lang, colours: Mapping[str, str]) -> None:
        self.drawing, self.lang, self.colours = drawing, lang, colours
        self.space = drawing.modelspace()

    def shapes(self, frame: Any, layer: str, key: str) -> None:
        if not len(frame):
            return
        name = self._layer(layer, key)
        for shape_id, geometry in zip(frame.index, frame["geometry"], strict=True):
            for line in _lines(geometry):
                points = shapely.get_coordinates(line)
                closed = line.geom_type == "LinearRing"
                drawn = self.space.add_lwpolyline(points[:-1] if closed else points, close=closed)
                drawn.dxf.layer = name
                drawn.set_xdata("QUTB", [(1000, str(shape_id))])

    def numbers(self, plan: Plan) -> None:
        """Each plot's id in the middle of it."""
        if not len(plan.plots):
            return
        name = self._layer("QUTB_PLOT_NUMBER", "")
        places = shapely.get_coordinates(shapely.point_on_surface(plan.plots["geometry"].to_numpy()))
        for plot_id, (x, y) in zip(plan.plots.index, places, strict=True):
            text = self.space.add_text(str(plot_id), height=_TEXT_HEIGHT_M)
            text.dxf.style, text.dxf.layer = _TEXT_STYLE, name
            text.set_placement((x, y), align=_middle())

    def _layer(self, name: str, key: str) -> str:
        name = name.translate(_UNSAFE)
        if name not in self.drawing.layers:
            made = self.drawing.layers.add(name, color=_BYLAYER_COLOUR)
            colour = self.colours.get(key.rpartition(".")[2])
            if colour:
                made.rgb = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
            if key:
                made.description = label(key, self.lang)
        return name


def _middle() -> Any:
    from ezdxf.enums import TextEntityAlignment

    return TextEntityAlignment.MIDDLE_CENTER


def _lines(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Rings of polygons, lines of lines."""
    parts = shapely.get_parts(geometry)
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
    lines: list[shapely.Geometry] = [*rings, *parts[shapely.get_dimensions(parts) == 1]]
    return [line for line in lines if not np.any(line.is_empty)]
