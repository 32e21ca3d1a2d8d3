"""Styles as QGIS writes them (QML): one symbol a class, names in the reader's language, lists of values.

Form of the categories, fields and labels as in QGIS 3.x project files; versions from 3.10 on read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

__all__ = ["LayerStyle", "RowList", "Rule", "StyleClass", "Symbol", "qml", "style_elements"]

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
class RowList:
    """A column filled from the rows of another layer: its ``key`` is stored, its ``name`` shown.

    ``layer_id`` finds the layer in a project file; QGIS falls back on ``layer``, its name in the GeoPackage.
    """

    layer: str
    key: str
    name: str
    layer_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a column must hold: ``required``, ``unique``, and a QGIS ``expression`` told in ``words``.

    ``firm`` rules keep a feature from being saved; others are shown in the form only.
    """

    required: bool = False
    unique: bool = False
    expression: str = ""
    words: str = ""
    firm: bool = False


@dataclass(frozen=True, kw_only=True)
class LayerStyle:
    """One ``symbol``, or one a class of ``column``. ``label_column`` names features from 1:``label_scale`` on.

    ``aliases`` are the columns' names, ``values`` the lists of values (value -> name) of coded columns. For
    layers to be drawn on: ``row_lists``, ``defaults`` (QGIS expressions), ``rules`` and ``hidden`` by column.
    """

    symbol: Symbol = field(default_factory=Symbol)
    column: str = ""
    classes: tuple[StyleClass, ...] = ()
    label_column: str = ""
    label_scale: float = 4_000
    aliases: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    row_lists: Mapping[str, RowList] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


def qml(style: LayerStyle, kind: str) -> str:
    """The style as a QML document for a layer of ``kind`` area, line or point; ``""`` for a plain table."""
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Fields|Forms")
    root.set("labelsEnabled", "1" if style.label_column else "0")
    root.extend(style_elements(style, kind))
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def style_elements(style: LayerStyle, kind: str) -> list[ET.Element]:
    """What a QML document and a layer of a project file share."""
    looks = [_renderer(style, kind)] if kind else []
    if kind and style.label_column:
        looks.append(_labels(style, kind))
    return [*looks, _fields(style), _aliases(style.aliases), *_entry(style)]


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
        rows = ET.SubElement(_widget(configuration, name, "ValueMap"), "Option", name="map", type="List")
        choices = values if style.rules.get(name, _FREE).required or not style.rules else {_NULL: "–", **values}
        for value, label in choices.items():
            ET.SubElement(ET.SubElement(rows, "Option", type="Map"), "Option", name=label, type="QString", value=value)
    for name, rows_of in style.row_lists.items():
        options = _widget(configuration, name, "ValueRelation")
        for option, value in _row_options(rows_of, required=style.rules.get(name, _FREE).required).items():
            kind = "bool" if value in ("true", "false") else "QString"
            ET.SubElement(options, "Option", name=option, type=kind, value=value)
    for name in style.hidden:
        _widget(configuration, name, "Hidden")
    return configuration


_NULL = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"  # how QGIS writes "nothing" in a list of values
_FREE = Rule()


def _widget(configuration: ET.Element, name: str, kind: str) -> ET.Element:
    widget = ET.SubElement(ET.SubElement(configuration, "field", name=name), "editWidget", type=kind)
    return ET.SubElement(ET.SubElement(widget, "config"), "Option", type="Map")


def _row_options(rows: RowList, *, required: bool) -> dict[str, str]:
    return {
        "Layer": rows.layer_id or rows.layer,
        "LayerName": rows.layer,
        "LayerProviderName": "ogr",
        "Key": rows.key,
        "Value": rows.name,
        "AllowNull": "false" if required else "true",
        "OrderByValue": "false",
    }


def _entry(style: LayerStyle) -> list[ET.Element]:
    """Defaults and rules of a layer to be drawn on; nothing for one that is only read."""
    if not style.rules and not style.defaults:
        return []
    defaults, rules, expressions = (ET.Element(n) for n in ("defaults", "constraints", "constraintExpressions"))
    for name, expression in style.defaults.items():
        ET.SubElement(defaults, "default", field=name, expression=expression, applyOnUpdate="0")
    for name, rule in style.rules.items():
        firm = "1" if rule.firm else "2"
        asked = {
            "notnull_strength": rule.required,
            "unique_strength": rule.unique,
            "exp_strength": bool(rule.expression),
        }
        flags = sum(flag for flag, on in zip((1, 2, 4), asked.values(), strict=True) if on)
        strengths = {key: firm if on else "0" for key, on in asked.items()}
        ET.SubElement(rules, "constraint", {"field": name, "constraints": str(flags), **strengths})
        if rule.expression:
            ET.SubElement(expressions, "constraint", field=name, exp=rule.expression, desc=rule.words)
    return [defaults, rules, expressions]


def _aliases(names: Mapping[str, str]) -> ET.Element:
    aliases = ET.Element("aliases")
    for n, (column, name) in enumerate(_distinct(names.items())):
        ET.SubElement(aliases, "alias", field=column, name=name, index=str(n))
    return aliases


def _distinct(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(column, name) for column, name in pairs if name and name != column]
