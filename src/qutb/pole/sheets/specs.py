"""What each sheet holds. Catalogues other than prices and facilities take their columns from the pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qutb.core import Column, Table
from qutb.pack import STATUSES, CatalogueRow
from qutb.plan import USES, ZONES
from qutb.pole.sheets.model import ENTRY, PROVENANCE, Sheet
from qutb.pole.tables import ACTORS, COMMITMENTS, LAND

__all__ = [
    "CALENDAR_KINDS",
    "FIXED_SHEETS",
    "OWN_SHEETS",
    "catalogue_sheet",
    "column",
    "provenance_columns",
    "sheet_of_entry",
]

CALENDAR_KINDS = ("holiday", "closure", "milestone")
_MORE = ("prices", "facilities")  # catalogues with a sheet made for them


def column(name: str, kind: str = "text", unit: str = "", **more: object) -> Column:
    """A column that is given and may be empty."""
    more.setdefault("nullable", True)
    return Column(name=name, kind=kind, unit=unit, description="", standing="given", **more)  # type: ignore[arg-type]


def provenance_columns(*, source: bool = True) -> tuple[Column, ...]:
    """Source, who entered it, when, and the second person who checked it."""
    first = (column("source"),) if source else ()
    return (*first, column("entered_by"), column("entered_date", "date"), column("second_person"))


def _sheet(
    name: str, key: Sequence[str], columns: Sequence[Column], shown: Sequence[str] = (), **more: object
) -> Sheet:
    table = Table(name=name, key=key[0], description=name, columns=tuple(columns))
    return Sheet(table=table, key=tuple(key), shown=frozenset(shown), **more)  # type: ignore[arg-type]


def _own(table: Table) -> tuple[Column, ...]:
    return tuple(c for c in table if c.name not in ("geometry", "source"))


def _zone_rule(rule: Column) -> Column:
    """A rule of a zone; coverage is a share, allowed uses are a list of uses."""
    if rule.name == "allowed_uses":
        return replace(rule, choices=USES)
    return replace(rule, minimum=0.0, maximum=1.0) if rule.name == "ground_coverage_ratio_max" else rule


ENTRY_SHEET = _sheet(ENTRY, ("item",), (column("item"), column("label"), column("value")), shown=("label",))
BRIEF = _sheet(
    "brief", ("item",), (column("item"), column("label"), column("value"), *provenance_columns()), shown=("label",)
)
TARGETS = _sheet(
    "targets",
    ("measure",),
    (
        column("measure"),
        column("label"),
        column("unit"),
        column("low", "number"),
        column("high", "number"),
        *provenance_columns(),
    ),
    shown=("label", "unit"),
    open=True,
    per_row_unit=frozenset({"low", "high"}),
)
CRITERIA = _sheet(
    "criteria",
    ("measure",),
    (
        column("measure"),
        column("label"),
        column("better", choices=("more", "less"), nullable=False),
        column("weight", "number", minimum=0.0),
        *provenance_columns(),
    ),
    shown=("label",),
    open=True,
)
FACILITIES = _sheet(
    "facilities",
    ("facility_type",),
    (
        column("facility_type"),
        column("label"),
        column("level"),
        column("units_asked", "integer", minimum=0.0),
        column("comparator"),
        column("pack_status"),
        column("document"),
        column("page"),
        column("population_per_unit", "number", "people/unit", minimum=1.0),
        column("site_area_m2", "number", "m2", minimum=1.0),
        column("service_radius_m", "number", "m", minimum=1.0),
        column("status", choices=("confirmed",)),
        *provenance_columns(),
    ),
    shown=("label", "level", "comparator", "pack_status"),
    confirmable=True,
)
PRICES = _sheet(
    "prices",
    ("price_key",),
    (
        column("price_key"),
        column("label"),
        column("unit"),
        column("pack_low", "number"),
        column("pack_central", "number"),
        column("pack_high", "number"),
        column("pack_price_date", "date"),
        column("pack_status"),
        column("low", "number", minimum=0.0),
        column("central", "number", minimum=0.0),
        column("high", "number", minimum=0.0),
        column("price_date", "date"),
        column("status", choices=STATUSES),
        *provenance_columns(),
    ),
    shown=("label", "unit", "pack_low", "pack_central", "pack_high", "pack_price_date", "pack_status"),
    confirmable=True,
)
VALUES = _sheet(
    "values",
    ("key",),
    (
        column("key"),
        column("label"),
        column("unit"),
        column("pack_low", "number"),
        column("pack_central", "number"),
        column("pack_high", "number"),
        column("pack_status"),
        column("pack_source"),
        column("low", "number"),
        column("central", "number"),
        column("high", "number"),
        column("status", choices=STATUSES),
        column("derivation"),
        *provenance_columns(),
    ),
    shown=("label", "unit", "pack_low", "pack_central", "pack_high", "pack_status", "pack_source"),
    per_row_unit=frozenset({"low", "central", "high"}),
    confirmable=True,
)
ZONE_RULES = _sheet(
    "zones",
    ("plan", "zone_code"),
    (column("plan"), *(_zone_rule(c) for c in _own(ZONES)), *provenance_columns()),
    open=True,
    lists=frozenset({"allowed_uses"}),
)
DENSITIES = _sheet(
    "densities",
    ("plan", "use"),
    (
        column("plan"),
        column("use", choices=USES),
        column("plots", "integer"),
        column("area_ha", "number", "ha"),
        column("storeys", "number", "storeys", minimum=0.0),
        column("ground_coverage_ratio", "number", "ratio", minimum=0.0, maximum=1.0),
        column("floor_area_ratio", "number", "ratio", minimum=0.0),
        *provenance_columns(),
    ),
    shown=("plots", "area_ha"),
)
COMMITMENT_ROWS = _sheet("commitments", ("id",), (*_own(COMMITMENTS), *provenance_columns()), open=True)
ACTOR_ROWS = _sheet("actors", ("actor_id",), (*_own(ACTORS), *provenance_columns()), open=True)
CALENDAR = _sheet(
    "calendar",
    ("day_id",),
    (
        column("day_id"),
        column("kind", choices=CALENDAR_KINDS, nullable=False),
        column("start_date", "date", nullable=False),
        column("end_date", "date"),
        column("name"),
        *provenance_columns(),
    ),
    open=True,
)
LAND_ROWS = _sheet(
    "land",
    ("parcel_id",),
    (
        column("parcel_id"),
        column("area_ha", "number", "ha"),
        *(c for c in _own(LAND) if c.name != "parcel_id"),
        *provenance_columns(),
    ),
    shown=("area_ha",),
)

FIXED_SHEETS: tuple[Sheet, ...] = (
    ENTRY_SHEET,
    BRIEF,
    TARGETS,
    CRITERIA,
    FACILITIES,
    ZONE_RULES,
    DENSITIES,
    PRICES,
    VALUES,
    COMMITMENT_ROWS,
    CALENDAR,
    LAND_ROWS,
    ACTOR_ROWS,
)
OWN_SHEETS = frozenset(s.name for s in FIXED_SHEETS)


def sheet_of_entry() -> Sheet:
    """The sheet that says who fills a workbook, and when."""
    return ENTRY_SHEET


def catalogue_sheet(name: str, rows: Sequence[CatalogueRow]) -> Sheet | None:
    """The sheet of a catalogue of the pack; ``None`` for those that have a sheet of their own or no rows."""
    if name in _MORE or not rows:
        return None
    names = list(rows[0])
    made = [_catalogue_column(n, rows, key=n == names[0]) for n in names if n not in PROVENANCE and n != "source"]
    confirmable = "status" in names
    return _sheet(name, (names[0],), (*made, *provenance_columns()), open=True, confirmable=confirmable)


def _catalogue_column(name: str, rows: Sequence[CatalogueRow], *, key: bool) -> Column:
    if name == "status" and all(row[name] in (*STATUSES, "") for row in rows):
        return column(name, choices=STATUSES)
    texts = [row[name] for row in rows if row[name]]
    if key or name.endswith("code") or not texts or not all(_is_plain_number(t) for t in texts):
        return column(name)
    shares = name.endswith("_share")
    limits: Mapping[str, object] = {"minimum": 0.0, "maximum": 1.0} if shares else {}
    return column(name, "number", "ratio" if shares else "", **limits)


def _is_plain_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
