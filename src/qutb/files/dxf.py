"""DXF out, for AutoCAD: plots in a layer a use, streets in a layer a class, plot numbers as text.

R2010 in metres, coordinates as they are in the plan's system; text is Unicode in a TrueType style, so that
Arabic shows in its letters (AutoCAD joins and turns it by itself).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from qutb.files.drawing.marks import OWN, OWN_CRS, marks_of
from qutb.files.writing import replacing
from qutb.plan import Plan
from qutb.text import Lang, label

if TYPE_CHECKING:
    from ezdxf.document import Drawing

__all__ = ["DxfPen", "plan_drawing", "save_drawing", "write_dxf"]

_BY_LAYER = ("use", "street_class")  # the layer tells them: a shape moved to another layer changes them
_TEXT_STYLE = "QUTB"
_TEXT_HEIGHT_M = 2.0
_BYLAYER_COLOUR = 7
_BARE = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\r\n"))  # AutoCAD shows marks of direction as boxes
_UNSAFE = str.maketrans(dict.fromkeys('<>/\\":;?*|=`,', "_"))


def write_dxf(plan: Plan, path: str | Path, *, lang: Lang = "fr", colours: Mapping[str, str] | None = None) -> None:
    """Write ``plan`` as a drawing; ``colours`` maps uses and street classes to ``"#rrggbb"``.

    Layers: ``QUTB_PLOT_<use>``, ``QUTB_PLOT_NUMBER``, ``QUTB_STREET_<class>``, ``QUTB_STREET_AREA``,
    ``QUTB_BUILDING``, each described in ``lang``. Each shape carries its id and values as extended data
    (``QUTB``) and the drawing its coordinate system, so that :func:`~qutb.files.read_drawing` has them back.
    Tables without shapes (zones, phases, floors) are not in a drawing.
    """
    save_drawing(plan_drawing(plan, lang=lang, colours=colours).drawing, path)


def save_drawing(drawing: Drawing, path: str | Path) -> None:
    """Write a drawing, whole or not at all; equal drawings give equal bytes."""
    with replacing(Path(path)) as draft, _no_clock():
        drawing.saveas(draft)


def plan_drawing(plan: Plan, *, lang: Lang = "fr", colours: Mapping[str, str] | None = None) -> DxfPen:
    """``plan`` drawn as :func:`write_dxf` writes it, and the pen to add to it."""
    pen = DxfPen.blank(lang, colours or {})
    pen.drawing.header.custom_vars.append(OWN_CRS, plan.crs)
    for use, plots in plan.plots.groupby("use", sort=True):
        pen.shapes(plots, f"QUTB_PLOT_{use}", f"use.{use}")
    pen.shapes(plan.plots[plan.plots["use"].isna()], "QUTB_PLOT", "")
    pen.numbers(plan)
    for kind, streets in plan.streets.groupby("street_class", sort=True):
        pen.shapes(streets, f"QUTB_STREET_{kind}", f"street_class.{kind}")
    pen.shapes(plan.streets[plan.streets["street_class"].isna()], "QUTB_STREET", "")
    pen.shapes(plan.street_areas, "QUTB_STREET_AREA", "")
    pen.shapes(plan.buildings, "QUTB_BUILDING", "")
    return pen


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


class DxfPen:
    """Draws into the model space of one drawing, in metres; layers are made when first drawn on."""

    def __init__(self, drawing: Drawing, lang: Lang, colours: Mapping[str, str]) -> None:
        self.drawing, self.lang, self.colours = drawing, lang, colours
        self.space = drawing.modelspace()

    @classmethod
    def blank(cls, lang: Lang, colours: Mapping[str, str]) -> DxfPen:
        """A pen on an empty drawing; ``colours`` maps uses and street classes to ``"#rrggbb"``."""
        import ezdxf
        from ezdxf import units

        with _no_clock():
            drawing = ezdxf.new("R2010", setup=["linetypes"], units=units.M)
        drawing.appids.add(OWN)
        drawing.styles.add(_TEXT_STYLE, font="arial.ttf")
        return cls(drawing, lang, colours)

    def layer(self, name: str, *, description: str = "", colour: str = "", linetype: str = "") -> str:
        """The layer of that name as AutoCAD allows it, made where it is not there yet."""
        name = name.translate(_UNSAFE)
        if name not in self.drawing.layers:
            made = self.drawing.layers.add(name, color=_BYLAYER_COLOUR)
            if colour:
                made.rgb = _rgb(colour)
            if description:
                made.description = description
            if linetype:
                made.dxf.linetype = linetype
        return name

    def shapes(self, frame: Any, layer: str, key: str) -> None:
        """Rings and lines of a frame, each with its id; the label ``key`` describes the layer and names its colour."""
        if not len(frame):
            return
        words = label(key, self.lang) if key else ""
        name = self.layer(layer, description=words, colour=self.colours.get(key.rpartition(".")[2], ""))
        values = frame.drop(columns=["geometry", *_BY_LAYER], errors="ignore").astype(object).to_dict("records")
        for shape_id, geometry, row in zip(frame.index, frame["geometry"], values, strict=True):
            self.shape(geometry, name, shape_id=str(shape_id), values=row)

    def shape(
        self,
        geometry: shapely.Geometry,
        layer: str,
        *,
        shape_id: str = "",
        values: Mapping[str, Any] = MappingProxyType({}),
        colour: str = "",
    ) -> None:
        """One geometry as polylines (points as points), with its id and values as extended data."""
        marks = marks_of(shape_id, values) if shape_id else []
        for line in _lines(geometry):
            points = shapely.get_coordinates(line)
            closed = line.geom_type == "LinearRing"
            drawn = self.space.add_lwpolyline(points[:-1] if closed else points, close=closed)
            self._finish(drawn, layer, marks, colour)
        for x, y in shapely.get_coordinates(_points(geometry)):
            self._finish(self.space.add_point((x, y)), layer, marks, colour)

    def fill(self, ring: Any, layer: str, colour: str) -> None:
        """A ring of points filled with one colour."""
        hatch = self.space.add_hatch(color=_BYLAYER_COLOUR)
        hatch.rgb = _rgb(colour)
        hatch.paths.add_polyline_path(ring, is_closed=True)
        hatch.dxf.layer = layer

    def text(self, words: str, place: tuple[float, float], height: float, layer: str, *, align: str = "LEFT") -> None:
        """A line of text [heights in m]; ``align`` is a name of ezdxf's ``TextEntityAlignment``."""
        from ezdxf.enums import TextEntityAlignment

        text = self.space.add_text(words.translate(_BARE), height=height)
        text.dxf.style, text.dxf.layer = _TEXT_STYLE, layer
        text.set_placement(place, align=TextEntityAlignment[align])

    def numbers(self, plan: Plan) -> None:
        """Each plot's id in the middle of it."""
        if not len(plan.plots):
            return
        name = self.layer("QUTB_PLOT_NUMBER")
        places = shapely.get_coordinates(shapely.point_on_surface(plan.plots["geometry"].to_numpy()))
        for plot_id, (x, y) in zip(plan.plots.index, places, strict=True):
            self.text(str(plot_id), (x, y), _TEXT_HEIGHT_M, name, align="MIDDLE_CENTER")

    def _finish(self, drawn: Any, layer: str, marks: Sequence[str], colour: str) -> None:
        drawn.dxf.layer = layer
        if colour:
            drawn.rgb = _rgb(colour)
        if marks:
            drawn.set_xdata(OWN, [(1000, mark) for mark in marks])


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _points(geometry: shapely.Geometry) -> np.ndarray:
    parts = shapely.get_parts(geometry)
    points: np.ndarray = parts[shapely.get_dimensions(parts) == 0]
    return points


def _lines(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Rings of polygons, lines of lines."""
    parts = shapely.get_parts(geometry)
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
    lines: list[shapely.Geometry] = [*rings, *parts[shapely.get_dimensions(parts) == 1]]
    return [line for line in lines if not np.any(line.is_empty)]
