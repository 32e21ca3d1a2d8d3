"""Styles as QGIS writes them (QML): one symbol a class, names in the reader's language, lists of values.

Form of the categories, fields and labels as in QGIS 3.x project files; versions from 3.10 on read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

__all__ = ["LayerStyle", "StyleClass", "Symbol", "qml"]

_BRUSHES = {
    "rising": "b_diagonal",
    "falling": "f_diagonal",
    "level": "horizontal",
    "upright": "vertical",
    "cross": "cross",
    "dots": "dense6",
}
_PLACEMENTS = {  # QgsPalLayerSettings.Placement: over the point, along the line, around the point
    "area": {"placement": "1", "fitInPolygonOnly": "1"},
    "line": {"placement": "2"},
    "point": {"placement": "6", "dist": "1.5", "distUnits": "MM"},
}
_HATCH_COLOR = "#4a4a4a"
_HATCH_ALPHA = 150


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """How one class looks: the same words as a layer of ``qutb.draw``."""

    fill: str = "none"
    stroke: str = "none"
    stroke_width_mm: float = 0.15
    dash_mm: tuple[float, ...] = ()
    hatch: str = ""


@dataclass(frozen=True, kw_only=True)
class StyleClass:
    """A value of the style's column, its name and its symbol. The value ``""`` stands for all others."""

    value: str
    label: str
    symbol: Symbol


@dataclass(frozen=True, kw_only=True)
class LayerStyle:
    """One ``symbol``, or one a class of ``column``. ``label_column`` names features from 1:``label_scale`` on.

    ``aliases`` are the columns' names, ``values`` the lists of values (value -> name) of coded columns.
    """

    symbol: Symbol = field(default_factory=Symbol)
    column: str = ""
    classes: tuple[StyleClass, ...] = ()
    label_column: str = ""
    label_scale: float = 4_000
    aliases: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def qml(style: LayerStyle, kind: str) -> str:
    """The style as a QML document for a layer of ``kind`` area, line or point."""
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Fields|Forms")
    root.set("labelsEnabled", "1" if style.label_column else "0")
    root.append(_renderer(style, kind))
    if style.label_column:
        root.append(_labels(style, kind))
    root.append(_fields(style))
    root.append(_aliases(style.aliases))
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def _renderer(style: LayerStyle, kind: str) -> ET.Element:
    common = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0"}
    if not style.classes:
        renderer = ET.Element("renderer-v2", {"type": "singleSymbol", **common})
        symbols = ET.SubElement(renderer, "symbols")
        symbols.append(_symbol("0", style.symbol, kind))
        return renderer
    renderer = ET.Element("renderer-v2", {"type": "categorizedSymbol", "attr": style.column, **common})
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for n, one in enumerate(style.classes):
        ET.SubElement(
            categories, "category", symbol=str(n), value=one.value, label=one.label, render="true", type="string"
        )
        symbols.append(_symbol(str(n), one.symbol, kind))
    return renderer


def _symbol(name: str, symbol: Symbol, kind: str) -> ET.Element:
    types = {"area": "fill", "line": "line", "point": "marker"}
    element = ET.Element("symbol", type=types[kind], name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    if kind == "line":
        element.append(_sheet("SimpleLine", _line_options(symbol)))
    elif kind == "point":
        element.append(_sheet("SimpleMarker", _marker_options(symbol)))
    else:
        element.append(_sheet("SimpleFill", _fill_options(symbol)))
        if symbol.hatch:
            element.append(_sheet("SimpleFill", _hatch_options(symbol.hatch)))
    return element


def _sheet(kind: str, options: Mapping[str, str]) -> ET.Element:
    layer = ET.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    group = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(group, "Option", name=name, type="QString", value=value)
    return layer


def _fill_options(symbol: Symbol) -> dict[str, str]:
    return {
        "color": _rgba(symbol.fill),
        "style": "no" if symbol.fill == "none" else "solid",
        "outline_color": _rgba(symbol.stroke),
        "outline_style": "no" if symbol.stroke == "none" else "dash" if symbol.dash_mm else "solid",
        "outline_width": f"{symbol.stroke_width_mm:g}",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }


def _hatch_options(hatch: str) -> dict[str, str]:
    return {
        "color": _rgba(_HATCH_COLOR, _HATCH_ALPHA),
        "style": _BRUSHES[hatch],
        "outline_color": _rgba(_HATCH_COLOR),
        "outline_style": "no",
    }


def _line_options(symbol: Symbol) -> dict[str, str]:
    return {
        "line_color": _rgba(symbol.stroke),
        "line_style": "solid",
        "line_width": f"{symbol.stroke_width_mm:g}",
        "line_width_unit": "MM",
        "capstyle": "flat" if symbol.dash_mm else "round",
        "joinstyle": "round",
        "use_custom_dash": "1" if symbol.dash_mm else "0",
        "customdash": ";".join(f"{d:g}" for d in symbol.dash_mm) or "5;2",
        "customdash_unit": "MM",
    }


def _marker_options(symbol: Symbol) -> dict[str, str]:
    return {
        "name": "circle",
        "color": _rgba(symbol.fill),
        "outline_color": _rgba(symbol.stroke if symbol.stroke != "none" else "#ffffff"),
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "size": "2.2",
        "size_unit": "MM",
    }


def _rgba(color: str, alpha: int = 255) -> str:
    if color == "none":
        return "0,0,0,0"
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def _labels(style: LayerStyle, kind: str) -> ET.Element:
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    words = ET.SubElement(
        settings,
        "text-style",
        fieldName=style.label_column,
        isExpression="0",
        fontFamily="Noto Sans",
        fontSize="7",
        fontSizeUnit="Point",
        textColor="28,36,48,255",
        textOpacity="1",
    )
    ET.SubElement(
        words,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.5",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,180",
        bufferOpacity="1",
    )
    ET.SubElement(settings, "placement", _PLACEMENTS[kind])
    ET.SubElement(settings, "rendering", scaleVisibility="1", scaleMin="1", scaleMax=f"{style.label_scale:g}")
    return labeling


def _fields(style: LayerStyle) -> ET.Element:
    configuration = ET.Element("fieldConfiguration")
    for name, values in style.values.items():
        widget = ET.SubElement(ET.SubElement(configuration, "field", name=name), "editWidget", type="ValueMap")
        config = ET.SubElement(ET.SubElement(widget, "config"), "Option", type="Map")
        rows = ET.SubElement(config, "Option", name="map", type="List")
        for value, label in values.items():
            ET.SubElement(ET.SubElement(rows, "Option", type="Map"), "Option", name=label, type="QString", value=value)
    return configuration


def _aliases(names: Mapping[str, str]) -> ET.Element:
    aliases = ET.Element("aliases")
    for n, (column, name) in enumerate(_distinct(names.items())):
        ET.SubElement(aliases, "alias", field=column, name=name, index=str(n))
    return aliases


def _distinct(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(column, name) for column, name in pairs if name and name != column]
