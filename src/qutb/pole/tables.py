"""The tables of ``site.gpkg`` and the CSV files of a pole folder."""

from __future__ import annotations

from qutb.core import Column, Table

__all__ = ["ACTORS", "COMMITMENTS", "CONSTRAINTS", "LAND", "ROADS", "SITE_TABLES", "SPOT_HEIGHTS", "TIE_INS"]

CONSTRAINT_KINDS = ("coast_setback", "servitude", "protected_area", "flood", "zoning", "other")


def _given(name: str, kind: str, unit: str, description: str, **more: object) -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, standing="given", **more)  # type: ignore[arg-type]


CONSTRAINTS = Table(
    name="constraints",
    key="constraint_id",
    description="Land on which the law or a servitude restricts building.",
    columns=(
        _given("constraint_id", "text", "", "Identifier"),
        _given("kind", "text", "", "What restricts", choices=CONSTRAINT_KINDS),
        _given("allowed_uses", "text", "", "Uses still allowed, separated by spaces", nullable=True, required=False),
        _given("status", "text", "", "confirmed, comparator or assumed", required=False),
        _given("source", "text", "", "Text or letter that says so", nullable=True, required=False),
        _given("geometry", "geometry", "m", "Polygon"),
    ),
)

LAND = Table(
    name="land",
    key="parcel_id",
    description="Titles and requisitions under the site.",
    columns=(
        _given("parcel_id", "text", "", "Title or requisition number"),
        _given("regime", "text", "", "State domain, collective, private ...", nullable=True, required=False),
        _given("owner", "text", "", "Owner", nullable=True, required=False),
        _given(
            "status",
            "text",
            "",
            "May it be built on",
            choices=("released", "promised", "disputed", "not_acquired"),
        ),
        _given("release_date", "date", "", "Date it is or should be free", nullable=True, required=False),
        _given("geometry", "geometry", "m", "Polygon"),
    ),
)

ROADS = Table(
    name="roads",
    key="road_id",
    description="Existing roads around and in the site.",
    columns=(
        _given("road_id", "text", "", "Identifier"),
        _given("street_class", "text", "", "Class", required=False),
        _given("width_m", "number", "m", "Width", nullable=True, required=False),
        _given("geometry", "geometry", "m", "Centre line"),
    ),
)

TIE_INS = Table(
    name="tie_ins",
    key="tie_in_id",
    description="Where off-site networks meet the pole.",
    columns=(
        _given("tie_in_id", "text", "", "Identifier"),
        _given("kind", "text", "", "Network", choices=("water", "sewer", "power", "fibre", "road")),
        _given("capacity", "number", "", "Capacity granted, in capacity_unit", nullable=True, required=False),
        _given("capacity_unit", "text", "", "Unit of capacity", nullable=True, required=False),
        _given("available_date", "date", "", "Date from which it serves", nullable=True, required=False),
        _given("owner", "text", "", "Owner", nullable=True, required=False),
        _given("letter", "text", "", "Letter that grants it", nullable=True, required=False),
        _given("geometry", "geometry", "m", "Point"),
    ),
)

SPOT_HEIGHTS = Table(
    name="spot_heights",
    key="point_id",
    description="Levels of the ground.",
    columns=(
        _given("point_id", "text", "", "Identifier"),
        _given("level_m", "number", "m", "Level"),
        _given("geometry", "geometry", "m", "Point"),
    ),
)

SITE_TABLES = (CONSTRAINTS, LAND, ROADS, TIE_INS, SPOT_HEIGHTS)

ACTORS = Table(
    name="actors",
    key="actor_id",
    description="Other actors' projects around the pole.",
    columns=(
        _given("actor_id", "text", "", "Identifier"),
        _given("name", "text", "", "Project"),
        _given("kind", "text", "", "port, substation, desalination, university, tourist zone ..."),
        _given("owner", "text", "", "Who carries it", nullable=True, required=False),
        _given("place", "text", "", "Where", nullable=True, required=False),
        _given("date", "date", "", "When it should serve", nullable=True, required=False),
        _given("firmness", "text", "", "How sure", choices=("built", "committed", "announced"), required=False),
        _given("jobs", "number", "jobs", "Jobs", nullable=True, required=False),
        _given("beds", "number", "beds", "Beds", nullable=True, required=False),
        _given("dwellings", "number", "dwellings", "Dwellings", nullable=True, required=False),
        _given("source", "text", "", "Source", nullable=True, required=False),
    ),
)

COMMITMENTS = Table(
    name="commitments",
    key="id",
    description="Who promised what, entered once.",
    columns=(
        _given("id", "text", "", "Identifier"),
        _given("object", "text", "", "What is promised"),
        _given("debtor", "text", "", "Who owes it"),
        _given("creditor", "text", "", "To whom"),
        _given("quantity", "number", "", "Quantity, in unit", nullable=True, required=False),
        _given("unit", "text", "", "Unit of quantity", nullable=True, required=False),
        _given("amount", "number", "currency", "Amount", nullable=True, required=False),
        _given("promised_date", "date", "", "Due date", nullable=True, required=False),
        _given("status", "text", "", "How firm", choices=("committed", "voted", "wished")),
        _given("source", "text", "", "Paper", nullable=True, required=False),
    ),
)
