"""The tables of a master plan and of its site. The reference page is made from these."""

from __future__ import annotations

from qutb.core import Column, Table

__all__ = [
    "ATTRIBUTE_TABLES",
    "BUILDINGS",
    "DETAILS",
    "GEOMETRY_TABLES",
    "HOUSING_USES",
    "PHASES",
    "PLAN_TABLES",
    "PLOTS",
    "PLOT_FLOORS",
    "SEGMENTS",
    "STREETS",
    "STREET_AREAS",
    "STREET_CLASSES",
    "TENURES",
    "USES",
    "ZONES",
]

DETAILS = ("zone", "block", "lot")
HOUSING_USES = (
    "housing_villa",
    "housing_row",
    "housing_apartment",
    "housing_social",
    "housing_resettlement",
    "self_build_row",
)
USES = (
    *HOUSING_USES,
    "mixed",
    "retail",
    "office",
    "hotel",
    "industry",
    "logistics",
    "facility",
    "green",
    "sport",
    "worship",
    "utility",
    "parking",
    "land_reserve",
)
SEGMENTS = ("high", "middle", "social", "resettlement")
TENURES = ("ownership", "rental", "self_build")
STREET_CLASSES = ("arterial", "collector", "local", "lane", "footpath", "cycleway")


def _given(name: str, kind: str, unit: str, description: str, **more: object) -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, standing="given", **more)  # type: ignore[arg-type]


PLOTS = Table(
    name="plots",
    key="plot_id",
    description="One row a zone, a block or a lot.",
    columns=(
        _given("plot_id", "text", "", "Stable identifier, text in the drawing"),
        _given("detail", "text", "", "Grain of the row", choices=DETAILS),
        _given("zone_code", "text", "", "Zone whose rules hold", nullable=True, required=False),
        _given("allottee", "text", "", "Who builds the plot, where agreed", nullable=True, required=False),
        _given("block_id", "text", "", "Block the plot belongs to", nullable=True, required=False),
        _given("phase", "text", "", "Phase in which it is serviced", nullable=True, required=False),
        _given("use", "text", "", "What it is for", choices=USES),
        _given("facility_type", "text", "", "Facility of the pack's list", nullable=True, required=False),
        _given(
            "capacity_places",
            "number",
            "places",
            "Pupils, beds or places given by the plan",
            nullable=True,
            required=False,
            minimum=0.0,
        ),
        _given("segment", "text", "", "Housing segment", nullable=True, required=False, choices=SEGMENTS),
        _given("tenure", "text", "", "Tenure", nullable=True, required=False, choices=TENURES),
        _given("storeys", "number", "storeys", "Storeys, ground floor included", nullable=True, minimum=0.0),
        _given(
            "height_m", "number", "m", "Height, where the plan gives it", nullable=True, required=False, minimum=0.0
        ),
        _given(
            "floor_area_ratio",
            "number",
            "index",
            "Gross floor area over plot area (COS)",
            nullable=True,
            required=False,
            minimum=0.0,
            maximum=30.0,
        ),
        _given(
            "ground_coverage_ratio",
            "number",
            "ratio",
            "Footprint over plot area (CES)",
            nullable=True,
            required=False,
            minimum=0.0,
            maximum=1.0,
        ),
        _given("dwellings", "number", "dwellings", "Dwellings, where the plan gives them", nullable=True, minimum=0.0),
        _given(
            "parking_spaces",
            "number",
            "spaces",
            "Parking spaces on the plot, where the plan gives them",
            nullable=True,
            required=False,
            minimum=0.0,
        ),
        _given("geometry", "geometry", "m", "Polygon in the plan's projected system"),
    ),
)

PLOT_FLOORS = Table(
    name="plot_floors",
    key="",
    description="Floor area by use of plots with several uses.",
    columns=(
        _given("plot_id", "text", "", "Plot"),
        _given("use", "text", "", "Use of this floor area", choices=USES),
        _given("floor_area_m2", "number", "m2", "Gross floor area for that use", minimum=0.0),
    ),
)

STREETS = Table(
    name="streets",
    key="street_id",
    description="Centre lines of streets, existing and planned.",
    columns=(
        _given("street_id", "text", "", "Stable identifier"),
        _given("street_class", "text", "", "Class", choices=STREET_CLASSES),
        _given("width_m", "number", "m", "Right of way between plots", minimum=0.5, maximum=200.0),
        _given("lanes", "number", "lanes", "Traffic lanes in all", nullable=True, required=False, minimum=0.0),
        _given("oneway", "boolean", "", "One direction only, along the line", nullable=True, required=False),
        _given("level", "integer", "", "0 on the ground; lines of different level do not meet", required=False),
        _given("status", "text", "", "Built already or to be built", choices=("existing", "planned"), required=False),
        _given("phase", "text", "", "Phase in which it is built", nullable=True, required=False),
        _given("geometry", "geometry", "m", "Centre line"),
    ),
)

STREET_AREAS = Table(
    name="street_areas",
    key="area_id",
    description="Right of way as polygons, where the plan draws it.",
    columns=(
        _given("area_id", "text", "", "Identifier"),
        _given("geometry", "geometry", "m", "Polygon"),
    ),
)

BUILDINGS = Table(
    name="buildings",
    key="building_id",
    description="Footprints, where the plan draws them.",
    columns=(
        _given("building_id", "text", "", "Identifier"),
        _given("storeys", "number", "storeys", "Storeys", nullable=True, minimum=0.0),
        _given(
            "height_m", "number", "m", "Height, where the plan gives it", nullable=True, required=False, minimum=0.0
        ),
        _given("geometry", "geometry", "m", "Footprint"),
    ),
)

ZONES = Table(
    name="zones",
    key="zone_code",
    description="Rules by zone.",
    columns=(
        _given("zone_code", "text", "", "Code on the drawing"),
        _given("allowed_uses", "text", "", "Uses allowed, separated by spaces", nullable=True, required=False),
        _given("plot_area_min_m2", "number", "m2", "Smallest plot", nullable=True, required=False, minimum=0.0),
        _given("frontage_min_m", "number", "m", "Shortest street front", nullable=True, required=False, minimum=0.0),
        _given("ground_coverage_ratio_max", "number", "ratio", "Largest coverage", nullable=True, required=False),
        _given("floor_area_ratio_max", "number", "index", "Largest floor area ratio", nullable=True, required=False),
        _given("height_max_m", "number", "m", "Greatest height", nullable=True, required=False, minimum=0.0),
        _given("setback_m", "number", "m", "Distance to the street line", nullable=True, required=False, minimum=0.0),
        _given(
            "parking_spaces_per_dwelling", "number", "spaces/dwelling", "Parking asked", nullable=True, required=False
        ),
    ),
)

PHASES = Table(
    name="phases",
    key="phase",
    description="Phases in order.",
    columns=(
        _given("phase", "text", "", "Code"),
        _given("rank", "integer", "", "1 is built first", minimum=1),
        _given("name", "text", "", "Name", nullable=True, required=False),
        _given("start_rule", "text", "", "What must have happened before it starts", nullable=True, required=False),
    ),
)

PLAN_TABLES = (PLOTS, STREETS, PLOT_FLOORS, ZONES, PHASES, STREET_AREAS, BUILDINGS)
GEOMETRY_TABLES = tuple(t for t in PLAN_TABLES if "geometry" in t)
ATTRIBUTE_TABLES = tuple(t for t in PLAN_TABLES if "geometry" not in t)
