"""A QGIS project over the base GeoPackage: groups, layers in order, forms in one language, snapping on.

Plain XML as QGIS 3.x reads it; paths are relative, so the folder may be moved. Versions from 3.22 on open it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import shapely

from qutb.dossier import StyledLayer, layer_kind, style_elements
from qutb.files import metric_crs
from qutb.kit.package import GROUPS, layer_style
from qutb.kit.words import Words
from qutb.plan import LOCAL_CRS

__all__ = ["project_text", "write_project"]

_GEOMETRY = {"point": "Point", "line": "Line", "area": "Polygon", "": "No geometry"}
_MARGIN = 0.08


def write_project(path: Path, layers: Sequence[StyledLayer], words: Words, *, package: str) -> Path:
    """Write the project for the GeoPackage ``package`` that lies beside it."""
    path.write_text(project_text(layers, words, package=package), "utf-8", newline="\n")
    return path


def project_text(layers: Sequence[StyledLayer], words: Words, *, package: str) -> str:
    """The project as XML; equal layers give equal text."""
    # QGIS replaces ids of ten characters and fewer.
    ids = {one.name: f"qutb_layer_{one.name}" for one in layers}
    root = ET.Element("qgis", version="3.22.0", projectname=words.pole_name)
    ET.SubElement(root, "title").text = words.pole_name
    _crs(root, "projectCrs", words.pole.crs)
    root.append(_tree(ids, words))
    root.append(_snapping())
    root.append(_canvas(words))
    maps = ET.SubElement(root, "projectlayers")
    maps.extend(_map_layer(one, words, ids, package) for one in layers)
    order = ET.SubElement(root, "layerorder")
    for one in layers:
        ET.SubElement(order, "layer", id=ids[one.name])
    root.append(_properties())
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n"


def _crs(parent: ET.Element, name: str, crs: str) -> None:
    if crs != LOCAL_CRS:
        system = ET.SubElement(ET.SubElement(parent, name), "spatialrefsys")
        ET.SubElement(system, "wkt").text = metric_crs(crs).to_wkt()
        ET.SubElement(system, "authid").text = crs


def _tree(ids: dict[str, str], words: Words) -> ET.Element:
    tree = ET.Element("layer-tree-group")
    for group, names in GROUPS.items():
        branch = ET.SubElement(tree, "layer-tree-group", name=words.say(f"group.{group}"), checked="Qt::Checked")
        branch.set("expanded", "1" if group == "draw" else "0")
        for name in (n for n in names if n in ids):
            leaf = {"id": ids[name], "name": words.layer(name), "checked": "Qt::Checked", "expanded": "0"}
            ET.SubElement(branch, "layer-tree-layer", {**leaf, "providerKey": "ogr"})
    return tree


def _snapping() -> ET.Element:
    """Corners and lines catch within 12 pixels on every layer, so that neighbours share their edge."""
    common = {"enabled": "1", "tolerance": "12", "unit": "1", "intersection-snapping": "1", "self-snapping": "0"}
    return ET.Element("snapping-settings", {**common, "mode": "2", "type": "3", "scaleDependencyMode": "0"})


def _canvas(words: Words) -> ET.Element:
    xmin, ymin, xmax, ymax = shapely.bounds(words.pole.site.boundary)
    margin = _MARGIN * max(xmax - xmin, ymax - ymin)
    canvas = ET.Element("mapcanvas", name="theMapCanvas")
    ET.SubElement(canvas, "units").text = "meters"
    extent = ET.SubElement(canvas, "extent")
    for name, value in zip(
        ("xmin", "ymin", "xmax", "ymax"), (xmin - margin, ymin - margin, xmax + margin, ymax + margin), strict=True
    ):
        ET.SubElement(extent, name).text = f"{value:.3f}"
    _crs(canvas, "destinationsrs", words.pole.crs)
    return canvas


def _map_layer(one: StyledLayer, words: Words, ids: dict[str, str], package: str) -> ET.Element:
    kind = layer_kind(one)
    style = layer_style(one.name, words, ids)
    layer = ET.Element("maplayer", type="vector", geometry=_GEOMETRY[kind])
    layer.set("labelsEnabled", "1" if style.label_column and kind else "0")
    layer.set("readOnly", "1" if one.name in GROUPS["site"] else "0")
    ET.SubElement(layer, "id").text = ids[one.name]
    ET.SubElement(layer, "datasource").text = f"./{package}|layername={one.name}"
    ET.SubElement(layer, "layername").text = words.layer(one.name)
    if kind:
        _crs(layer, "srs", words.pole.crs)
    ET.SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    layer.extend(style_elements(style, kind))
    return layer


def _properties() -> ET.Element:
    """Relative paths, the system of the layers for the map, and edits that keep shared corners shared."""
    properties = ET.Element("properties")
    ET.SubElement(ET.SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    digitizing = ET.SubElement(properties, "Digitizing")
    ET.SubElement(digitizing, "TopologicalEditing", type="int").text = "1"
    reference = ET.SubElement(properties, "SpatialRefSys")
    ET.SubElement(reference, "ProjectionsEnabled", type="int").text = "1"
    measurement = ET.SubElement(properties, "Measurement")
    ET.SubElement(measurement, "AreaUnits", type="QString").text = "m2"
    ET.SubElement(measurement, "DistanceUnits", type="QString").text = "meters"
    return properties
