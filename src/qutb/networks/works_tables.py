"""The tables of fibre and streets, and what the pole's row says of them and of the bill."""

from __future__ import annotations

from typing import Literal

from qutb.core import Column, Table

__all__ = ["CONNECTIONS", "FIBRE_DUCTS", "FIBRE_POINTS", "STREETS", "WORKS"]

_ENDS = {"_low": ", low end", "": "", "_high": ", high end"}


def _is(
    name: str,
    unit: str,
    description: str,
    formula: str = "",
    *reads: str,
    kind: Literal["text", "number", "integer", "geometry"] = "number",
) -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, formula=formula, reads=reads, nullable=True)


_LOCATION = _is("location", "", "onsite or offsite", kind="text")
_PHASE = _is("phase", "", "Phase by which it must stand", "first phase that needs it to be served", kind="text")
_LINE = _is("geometry", "m", "Line", kind="geometry")
_ENDS_OF_LINE = (
    _is("from_node", "", "Node at the start of the line", kind="text"),
    _is("to_node", "", "Node at its end", kind="text"),
)

CONNECTIONS = Table(
    name="connections",
    key="plot_id",
    description="Where each plot is joined to the ways that carry its networks.",
    columns=(
        _is("street_id", "", "Street", kind="text"),
        _is("edge_id", "", "Way", kind="text"),
        _is("node_id", "", "Node that its demand is drawn at", "nearer end of the way", kind="text"),
        _is("x_m", "m", "Easting of the connection"),
        _is("y_m", "m", "Northing of the connection"),
        _is("service_m", "m", "Plot to the way", "", "plots.geometry", "streets.geometry"),
        _PHASE,
    ),
)
FIBRE_DUCTS = Table(
    name="fibre_ducts",
    key="edge_id",
    description="Fibre ducts, on the shortest tree of ways that reaches every plot.",
    columns=(
        _is("street_id", "", "Street", kind="text"),
        *_ENDS_OF_LINE,
        _is("length_m", "m", "Length of the duct", "shortest tree", "streets.geometry"),
        _is("fibre_ports", "ports", "Ports served through it", "sum beyond", "networks.plots.fibre_ports"),
        _LOCATION,
        _PHASE,
        _LINE,
    ),
)
FIBRE_POINTS = Table(
    name="fibre_points",
    key="point_id",
    description="Distribution points, the fewest that hold all ports of connected parts of the tree.",
    columns=(
        _is("x_m", "m", "Easting"),
        _is("y_m", "m", "Northing"),
        _is("fibre_ports", "ports", "Ports served from it", "sum", "networks.plots.fibre_ports"),
        _is("cabinets", "", "Cabinets", "ports / ports of one", "value:networks.fibre_ports_per_point", kind="integer"),
        _is("fill_ratio", "ratio", "Ports used of those held", "ports / (cabinets x ports of one)"),
        _PHASE,
    ),
)
STREETS = Table(
    name="streets",
    key="edge_id",
    description="Streets to be built, with their cross-section and the earth to be moved.",
    columns=(
        _is("street_id", "", "Street", kind="text"),
        _is("street_class", "", "Class", "", "streets.street_class", kind="text"),
        _is("section", "", "Cross-section", "widest of its class that fits", "catalogue:cross_sections", kind="text"),
        _is("length_m", "m", "Length", "", "streets.geometry"),
        _is("width_m", "m", "Right of way", "", "streets.width_m"),
        *(
            _is(f"{name}_m", "m", f"Width of {words} in the section", "section", "catalogue:cross_sections")
            for name, words in {
                "carriageway": "the carriageway",
                "parking": "parking",
                "cycle": "cycle tracks",
                "planting": "planting",
            }.items()
        ),
        _is("footway_m", "m", "Width of both footways", "right of way - the rest"),
        _is("area_m2", "m2", "Right of way", "crossings counted once", "fabric.streets.right_of_way_area_m2"),
        _is("carriageway_area_m2", "m2", "Carriageway", "area x width / right of way"),
        _is("footway_area_m2", "m2", "Footways, parking and cycle tracks", "area x width / right of way"),
        _is("planting_area_m2", "m2", "Planted strips", "area x width / right of way"),
        *(
            _is(
                f"cut_m3{end}",
                "m3",
                f"Earth dug out{words}",
                "roadbed + ground above the grade; without levels the area x a range of depths",
                "value:networks.roadbed_depth",
                "value:networks.earthworks_depth_unknown",
            )
            for end, words in _ENDS.items()
        ),
        _is("fill_m3", "m3", "Earth filled; absent without levels", "grade above the ground"),
        _LOCATION,
        _PHASE,
        _LINE,
    ),
)
WORKS = (
    _is("fibre_ducts_length_m", "m", "Fibre ducts", "sum", "networks.fibre_ducts.length_m"),
    _is("fibre_ducts_bound_m", "m", "No tree of fibre ducts is shorter", "Steiner bound"),
    _is("fibre_points", "", "Fibre distribution points", "count", kind="integer"),
    _is("streets_length_m", "m", "Streets to be built", "sum", "networks.streets.length_m"),
    *(
        _is(f"streets_cut_m3{end}", "m3", f"Earth dug out for streets{words}", "sum", f"networks.streets.cut_m3{end}")
        for end, words in _ENDS.items()
    ),
    *(
        _is(f"{place}_cost_amount{end}", "currency", f"{name}{words}", "sum", f"networks.bill.cost_amount{end}")
        for place, name in {
            "onsite": "Networks and streets on site",
            "offsite": "Networks and streets off site",
        }.items()
        for end, words in _ENDS.items()
    ),
)
