"""The tables that the fabric, the validity and the difference of versions return."""

from __future__ import annotations

from qutb.core import Column, Table

__all__ = ["DIFFERENCE_TABLES", "FABRIC_TABLES", "ID_MATCHES", "MATCHES", "VALIDITY_TABLES"]


def _is(name: str, unit: str, description: str, formula: str = "", *reads: str, kind: str = "number") -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, formula=formula, reads=reads)  # type: ignore[arg-type]


def _text(name: str, description: str, *reads: str) -> Column:
    return _is(name, "", description, "", *reads, kind="text")


def _whole(name: str, unit: str, description: str, formula: str = "", *reads: str) -> Column:
    return _is(name, unit, description, formula, *reads, kind="integer")


def _flag(name: str, description: str, *reads: str) -> Column:
    return _is(name, "", description, "", *reads, kind="boolean")


def _shape(description: str) -> Column:
    return _is("geometry", "m", description, kind="geometry")


_SHAPE = "plots.geometry"

_PLOTS = Table(
    name="plots",
    key="plot_id",
    description="Measures of each plot's shape and of its front.",
    columns=(
        _text("block_id", "Block: given, or the plots that touch", "plots.block_id", _SHAPE),
        _is("area_m2", "m2", "Area", "area of the polygon; of its proposed repair where it is broken", _SHAPE),
        _is("perimeter_m", "m", "Perimeter", "length of all rings", _SHAPE),
        _is(
            "frontage_m",
            "m",
            "Street front",
            "outline within width/2 + 1 m of a centre line, or within 1 m of a street area; corners counted once",
            _SHAPE,
            "streets.geometry",
            "streets.width_m",
            "street_areas.geometry",
        ),
        _text("front_street", "Street of the longest front", "fabric.fronts.length_m"),
        _whole("fronts", "streets", "Streets it fronts", "streets with a front of this plot", "fabric.fronts.length_m"),
        _is("length_m", "m", "Long side of the smallest rectangle around it", "", _SHAPE),
        _is("width_m", "m", "Short side of the smallest rectangle around it", "", _SHAPE),
        _is("orientation_deg", "deg", "Direction of the long side, clockwise from north, 0..180", "", _SHAPE),
        _is("rectangularity", "ratio", "Share of the smallest rectangle around it", "area / (length x width)", _SHAPE),
        _is("compactness", "ratio", "Closeness to a circle (Polsby-Popper)", "4 pi area / perimeter2", _SHAPE),
        _is("inside_site_ratio", "ratio", "Share of its area inside the site", "area inside / area", _SHAPE),
        _flag("valid", "Its outline does not cross itself", _SHAPE),
    ),
)
_BLOCKS = Table(
    name="blocks",
    key="block_id",
    description="Plots of one block united.",
    columns=(
        _is("area_m2", "m2", "Area", "area of the union of its plots", _SHAPE, "plots.block_id"),
        _is("perimeter_m", "m", "Perimeter", "length of the union's rings", _SHAPE, "plots.block_id"),
        _is("longest_side_m", "m", "Long side of the smallest rectangle around it", "", _SHAPE, "plots.block_id"),
        _whole("plots", "plots", "Plots", "count", "plots.block_id"),
    ),
)
_STREETS = Table(
    name="streets",
    key="street_id",
    description="Measures of each street.",
    columns=(
        _is("length_m", "m", "Length of the centre line", "", "streets.geometry"),
        _is(
            "right_of_way_area_m2",
            "m2",
            "Right of way by its width",
            "length x width",
            "streets.geometry",
            "streets.width_m",
        ),
        _whole("component", "", "Connected piece of the network, 1 has most length; 0: not in the graph", ""),
    ),
)
_NODES = Table(
    name="nodes",
    key="node_id",
    description="Where streets and existing roads meet or end.",
    columns=(
        _is("x_m", "m", "Easting", "", "streets.geometry"),
        _is("y_m", "m", "Northing", "", "streets.geometry"),
        _whole("degree", "edges", "Edges that meet here", "existing roads included", "streets.geometry"),
        _whole("planned_degree", "edges", "Edges of planned streets that meet here", "", "streets.geometry"),
        _flag("tied", "A planned street meets an existing road here", "streets.geometry", "streets.status"),
        _flag("on_boundary", "Lies at the edge of the site or outside it", "streets.geometry"),
        _whole("component", "", "Connected piece of the network", "", "streets.geometry"),
    ),
)
_EDGES = Table(
    name="edges",
    key="edge_id",
    description="Pieces of street between two nodes; existing roads of the site are named road:<id>.",
    columns=(
        _text("street_id", "Street"),
        _text("from_node", "Node at the start of the line"),
        _text("to_node", "Node at its end"),
        _is("length_m", "m", "Length", "", "streets.geometry"),
        _whole("level", "", "Level of the street", "", "streets.level"),
        _is("width_m", "m", "Width of the street", "", "streets.width_m"),
        _flag("existing", "Built already", "streets.status"),
        _whole("component", "", "Connected piece of the network"),
        _shape("Line, in the street's direction"),
    ),
)
_FRONTS = Table(
    name="fronts",
    key="",
    description="Front of each plot on each street.",
    columns=(
        _text("plot_id", "Plot"),
        _text("street_id", "Street, or road:<id>"),
        _is("length_m", "m", "Length of the front", "", _SHAPE, "streets.geometry"),
    ),
)
_OVERLAPS = Table(
    name="overlaps",
    key="",
    description="Pairs of plots that share more than 0.1 m2.",
    columns=(
        _text("plot_a", "Plot"),
        _text("plot_b", "Other plot"),
        _is("area_m2", "m2", "Area in both", "", _SHAPE),
        _is("width_m", "m", "Mean width of the common part", "2 area / perimeter", _SHAPE),
        _shape("Common part"),
    ),
)
_GAPS = Table(
    name="gaps",
    key="",
    description="Land in no plot and too far from every centre line to be right of way.",
    columns=(
        _is("area_m2", "m2", "Area", "", _SHAPE, "streets.geometry"),
        _is("width_m", "m", "Mean width", "2 area / perimeter", _SHAPE, "streets.geometry"),
        _is("x_m", "m", "Easting of a point inside"),
        _is("y_m", "m", "Northing of a point inside"),
        _shape("Polygon"),
    ),
)
_BROKEN = Table(
    name="broken",
    key="",
    description="Plots whose outline is broken, with the repair that could be made.",
    columns=(
        _text("plot_id", "Plot"),
        _text("problem", "What is wrong and where"),
        _is("area_m2", "m2", "Area as drawn", "", _SHAPE),
        _is("repaired_area_m2", "m2", "Area of the repair", "", _SHAPE),
        _shape("Proposed repair"),
    ),
)
_CONSTRAINT_OVERLAPS = Table(
    name="constraint_overlaps",
    key="",
    description="Plots on restricted land.",
    columns=(
        _text("plot_id", "Plot"),
        _text("constraint_id", "Constraint"),
        _is("area_m2", "m2", "Area of the plot inside", "", _SHAPE, "constraints.geometry"),
        _is("share", "ratio", "Share of the plot inside", "area inside / area", _SHAPE, "constraints.geometry"),
    ),
)
_LAND_OVERLAPS = Table(
    name="land_overlaps",
    key="",
    description="Plots by land title.",
    columns=(
        _text("plot_id", "Plot"),
        _text("parcel_id", "Title or requisition"),
        _is("area_m2", "m2", "Area of the plot inside", "", _SHAPE, "land.geometry"),
        _is("share", "ratio", "Share of the plot inside", "area inside / area", _SHAPE, "land.geometry"),
    ),
)
_STREET_FAULTS = Table(
    name="street_faults",
    key="",
    description="Streets drawn without length, twice, or ending just short of another.",
    columns=(
        _text("fault", "zero_length, duplicate or near_miss"),
        _text("street_id", "Street"),
        _text("other_id", "Other street"),
        _is("distance_m", "m", "Distance between them, or length drawn twice"),
        _is("x_m", "m", "Easting"),
        _is("y_m", "m", "Northing"),
    ),
)
_FOOTPRINTS = Table(
    name="footprints",
    key="",
    description="Buildings by plot, where the plan draws footprints.",
    columns=(
        _text("plot_id", "Plot"),
        _text("building_id", "Building"),
        _is("area_m2", "m2", "Footprint inside the plot", "", "buildings.geometry", _SHAPE),
        _is(
            "setback_m",
            "m",
            "Distance to the plot's street front; absent without a front",
            "shortest distance from the footprint inside the plot",
            "buildings.geometry",
            _SHAPE,
            "streets.geometry",
            "streets.width_m",
        ),
    ),
)
_POLE = Table(
    name="pole",
    key="pole",
    description="The whole plan.",
    columns=(
        _is("site_area_m2", "m2", "Area of the site", "area of the boundary"),
        _is("plots_area_m2", "m2", "Land in plots inside the site, counted once", "", "fabric.plots.area_m2"),
        _is(
            "right_of_way_area_m2",
            "m2",
            "Right of way",
            "street areas inside the site and in no plot; else site - plots - gaps",
            _SHAPE,
            "streets.geometry",
            "street_areas.geometry",
        ),
        _is("outside_area_m2", "m2", "Area of plots outside the site", "", "fabric.plots.inside_site_ratio"),
        _is("overlap_area_m2", "m2", "Land counted in more than one plot", "sum of areas - area of the union", _SHAPE),
        _is("gap_area_m2", "m2", "Land that is neither plot nor right of way", "", "fabric.gaps.area_m2"),
        _is("street_length_m", "m", "Length of streets", "sum over streets", "fabric.streets.length_m"),
        _whole("intersections", "nodes", "Nodes of three edges or more inside the site", "", "fabric.nodes.degree"),
        _whole("dead_ends", "nodes", "Ends inside the site that meet nothing", "", "fabric.nodes.degree"),
        _whole("components", "", "Connected pieces of the street network", "", "fabric.nodes.component"),
        _is("area_without_land_m2", "m2", "Site covered by no land row", "", "land.geometry"),
    ),
)
FABRIC_TABLES = {
    t.name: t
    for t in (
        _PLOTS,
        _BLOCKS,
        _STREETS,
        _NODES,
        _EDGES,
        _FRONTS,
        _OVERLAPS,
        _GAPS,
        _BROKEN,
        _CONSTRAINT_OVERLAPS,
        _LAND_OVERLAPS,
        _STREET_FAULTS,
        _FOOTPRINTS,
        _POLE,
    )
}

_BALANCE = Table(
    name="balance",
    key="use",
    description="Land of the site by use; the rows add up to the site.",
    columns=(
        _whole("plots", "plots", "Plots", "count", "plots.use"),
        _is(
            "area_m2",
            "m2",
            "Area inside the site; row overlap takes off what two plots count",
            "sum over plots of area x inside_site_ratio",
            "fabric.plots.area_m2",
            "fabric.plots.inside_site_ratio",
        ),
        _is("share_of_site", "ratio", "Share of the site", "area / site area", "fabric.pole.site_area_m2"),
    ),
)
_REPAIRS = Table(
    name="repairs",
    key="",
    description="Repairs proposed, never applied.",
    columns=(
        _text("plot_id", "Plot"),
        _text("problem", "What is wrong and where"),
        _is("area_change_m2", "m2", "Change of area if repaired", "repaired - drawn", "fabric.broken.area_m2"),
        _shape("Proposed outline"),
    ),
)
_BREACHES = Table(
    name="breaches",
    key="",
    description="Plots beyond a rule of their zone, one row a plot and rule.",
    columns=(
        _text("plot_id", "Plot", "plots.zone_code"),
        _text("zone_code", "Zone", "plots.zone_code"),
        _text("rule", "Column of the zones table"),
        _is("value", "by row", "What the plot has"),
        _is("limit", "by row", "What the zone asks"),
        _text("unit", "Unit of value and limit"),
        _flag("assumed", "The value rests on an assumption, so it is no verdict"),
    ),
)
VALIDITY_TABLES = {t.name: t for t in (_BALANCE, _REPAIRS, _BREACHES)}

_CHANGES = Table(
    name="changes",
    key="",
    description="Rows added, removed or drawn otherwise, by layer.",
    columns=(
        _text("layer", "Table"),
        _text("change", "added, removed, renamed, split, merged, geometry or attributes"),
        _text("old_id", "Identifier before"),
        _text("new_id", "Identifier after"),
        _is("old_area_m2", "m2", "Area before"),
        _is("new_area_m2", "m2", "Area after"),
        _is("old_length_m", "m", "Length of a line before"),
        _is("new_length_m", "m", "Length of a line after"),
        _is("shift_m", "m", "How far an outline kept has moved at most", "Hausdorff distance of its vertices"),
    ),
)
_ATTRIBUTES = Table(
    name="attributes",
    key="",
    description="Values that differ.",
    columns=(
        _text("layer", "Table"),
        _text("old_id", "Identifier before"),
        _text("new_id", "Identifier after"),
        _text("column", "Column"),
        _text("old_value", "Value before"),
        _text("new_value", "Value after"),
    ),
)
DIFFERENCE_TABLES = {t.name: t for t in (_CHANGES, _ATTRIBUTES)}
ID_MATCHES = Table(
    name="id_matches",
    key="",
    description="Which plot of a new drawing is which of the old.",
    columns=(
        _text("old_id", "Identifier before"),
        _text("new_id", "Identifier in the new drawing"),
        _text("proposed_id", "Identifier it should keep or take"),
        _is("score", "ratio", "Overlap: intersection over union", "", _SHAPE),
        _text("status", "same, renamed, split, merged, new or gone"),
    ),
)
MATCHES = Table(
    name="matches",
    key="",
    description="Which row of a new version is which of the old, for a person to confirm.",
    columns=(
        _text("layer", "Table"),
        *ID_MATCHES.columns,
        _is("old_area_m2", "m2", "Area before; 0 for lines"),
        _is("new_area_m2", "m2", "Area after; 0 for lines"),
    ),
)
