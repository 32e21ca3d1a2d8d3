"""The tables of what a plan holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qutb.core import Column, Table

__all__ = [
    "AGES",
    "BLOCKS",
    "FACILITIES",
    "MEASURES",
    "PHASES",
    "PLOTS",
    "POLE",
    "SCHOOLS",
    "SCHOOL_LEVELS",
    "SEGMENTS",
]

SCHOOL_LEVELS = ("primary", "lower_secondary", "upper_secondary")
UNASSIGNED = "unassigned"
_LOW_HIGH = (("_low", "low"), ("_high", "high"))


@dataclass(frozen=True)
class _Measure:
    """A number that is summed from plots; ``ranged`` adds ``_low`` and ``_high``."""

    name: str
    unit: str
    description: str
    formula: str
    reads: tuple[str, ...]
    ranged: bool = False

    def columns(self) -> tuple[Column, ...]:
        centre = Column(
            name=self.name,
            kind="number",
            unit=self.unit,
            description=self.description,
            formula=self.formula,
            reads=self.reads,
            minimum=0.0,
        )
        return (centre, *_bounds(centre)) if self.ranged else (centre,)


def _bounds(centre: Column) -> tuple[Column, ...]:
    return tuple(
        replace(
            centre,
            name=centre.name + end,
            description=f"{centre.description}, {word} end of the range",
            formula=f"{centre.formula} (every {word} value at once)",
        )
        for end, word in _LOW_HIGH
    )


_HOUSEHOLD = ("capacity.pole.occupied_share", "capacity.pole.household_size_people_per_dwelling")


def _pupils(level: str) -> _Measure:
    words = level.replace("_", " ")
    return _Measure(
        f"pupils_{level}",
        "pupils",
        f"Children of {words} school age, all taken to go to school",
        f"population x pupil_share_{level}",
        ("capacity.plots.population", f"capacity.pole.pupil_share_{level}"),
    )


_MEASURES = (
    _Measure("area_m2", "m2", "Ground area", "area of the polygon", ("fabric.plots.area_m2",)),
    _Measure(
        "floor_area_m2",
        "m2",
        "Gross floor area",
        "area x floor area ratio, else area x coverage x storeys; or the floors given by use",
        (
            "fabric.plots.area_m2",
            "plots.floor_area_ratio",
            "plots.ground_coverage_ratio",
            "plots.storeys",
            "plot_floors.floor_area_m2",
        ),
    ),
    _Measure(
        "residential_floor_area_m2",
        "m2",
        "Gross floor area of housing",
        "floor area of housing uses; of a mixed plot the floors given, else the pack's share",
        (
            "capacity.plots.floor_area_m2",
            "plots.use",
            "plot_floors.floor_area_m2",
            "value:capacity.mixed_floor_share.housing_apartment",
        ),
    ),
    _Measure(
        "economic_floor_area_m2",
        "m2",
        "Gross floor area of shops, offices, hotels, industry and logistics",
        "floor area of economic uses; of a mixed plot the floors given, else the pack's share",
        (
            "capacity.plots.floor_area_m2",
            "plots.use",
            "plot_floors.floor_area_m2",
            "value:capacity.mixed_floor_share.retail",
            "value:capacity.mixed_floor_share.office",
        ),
    ),
    _Measure(
        "dwellings",
        "dwellings",
        "Dwellings",
        "as the plan gives them; else residential floor / gross floor per dwelling of the use; on a lot within the "
        "pack's dwellings per plot of the use",
        (
            "plots.dwellings",
            "capacity.plots.residential_floor_area_m2",
            "value:capacity.floor_per_dwelling_m2.{use}",
            "value:capacity.dwellings_per_plot.{use}",
        ),
        ranged=True,
    ),
    _Measure(
        "population",
        "people",
        "Residents once filled",
        "dwellings x occupied share x household size",
        ("capacity.plots.dwellings", *_HOUSEHOLD),
        ranged=True,
    ),
    _Measure(
        "beds",
        "beds",
        "Hotel beds",
        "places given for a hotel; else hotel floor / floor per bed",
        ("plots.capacity_places", "capacity.plots.floor_area_m2", "value:capacity.floor_per_bed_m2"),
        ranged=True,
    ),
    _Measure(
        "seasonal_population",
        "people",
        "Residents and tourists at the peak of the season",
        "population + beds x peak bed occupancy",
        ("capacity.plots.population", "capacity.plots.beds", "value:capacity.peak_bed_occupancy"),
        ranged=True,
    ),
    _Measure(
        "jobs",
        "jobs",
        "Jobs at work places on the plot",
        "sum over uses of floor / floor per worker + beds / beds per room x jobs per room",
        (
            "capacity.plots.economic_floor_area_m2",
            "capacity.plots.beds",
            "value:capacity.floor_per_worker_m2.{use}",
            "value:capacity.beds_per_room",
            "value:capacity.jobs_per_room",
        ),
        ranged=True,
    ),
    *(_pupils(level) for level in SCHOOL_LEVELS),
    _Measure(
        "parking_spaces_needed",
        "spaces",
        "Parking spaces asked for dwellings, shops, offices and hotels",
        "dwellings x spaces per dwelling (of zone, else pack) + floor / floor per space + beds / beds per space",
        (
            "capacity.plots.dwellings",
            "capacity.plots.beds",
            "zones.parking_spaces_per_dwelling",
            "value:capacity.parking_spaces_per_dwelling",
            "value:capacity.parking_floor_per_space_m2.retail",
            "value:capacity.parking_floor_per_space_m2.office",
            "value:capacity.parking_beds_per_space",
        ),
        ranged=True,
    ),
)
MEASURES = tuple(c.name for m in _MEASURES for c in m.columns())
_PLOT_COLUMNS = tuple(c for m in _MEASURES for c in m.columns())


def _text(name: str, description: str, formula: str, reads: tuple[str, ...], **more: object) -> Column:
    return Column(name=name, kind="text", unit="", description=description, formula=formula, reads=reads, **more)  # type: ignore[arg-type]


def _number(name: str, unit: str, description: str, formula: str, reads: tuple[str, ...], **more: object) -> Column:
    return Column(name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, **more)  # type: ignore[arg-type]


PLOTS = Table(
    name="plots",
    key="plot_id",
    description="What each plot holds.",
    columns=(
        *_PLOT_COLUMNS,
        _text(
            "floor_basis",
            "What the floor area rests on",
            "floors_given, floor_area_ratio, coverage_and_storeys or none",
            ("plots.floor_area_ratio", "plots.ground_coverage_ratio", "plots.storeys", "plot_floors.floor_area_m2"),
            choices=("floors_given", "floor_area_ratio", "coverage_and_storeys", "none"),
        ),
        _text(
            "dwellings_standing",
            "Standing of the dwellings",
            "given by the plan, computed from floor, assumed by the pack's rule for a lot, none",
            ("plots.dwellings", "value:capacity.dwellings_per_plot.{use}"),
            choices=("given", "computed", "assumed", "none"),
        ),
    ),
)


def _summed(table: str, key: str, description: str, extra: tuple[Column, ...] = ()) -> Table:
    plots = _number("plots", "plots", "Plots", "number of plots", ("plots.use",), minimum=0.0)
    sums = (replace(c, formula="sum over plots", reads=(f"capacity.plots.{c.name}",)) for c in _PLOT_COLUMNS)
    return Table(name=table, key=key, description=description, columns=(plots, *sums, *extra))


def _share(name: str, description: str, formula: str, reads: tuple[str, ...]) -> Column:
    return _number(name, "ratio", description, formula, reads, minimum=0.0, standing="given")


_SIZE = _number(
    "household_size_people_per_dwelling",
    "people/dwelling",
    "People in an occupied dwelling",
    "the pole's own figure, else the town's last census, else the pack's; low: the fall since the census before goes "
    "on as much again, high: that census",
    ("value:capacity.household_size", "value:people.household_size"),
    standing="given",
)
_OCCUPIED = _share(
    "occupied_share",
    "Share of dwellings lived in all year",
    "the pole's own figure, else the town's last census, else the pack's; low and high widened to those of the pack",
    ("value:capacity.occupied_share", "value:people.occupied_share"),
)
_PUPIL_SHARES = tuple(
    _share(
        f"pupil_share_{level}",
        f"Residents of {level.replace('_', ' ')} school age in every resident",
        "five-year groups of the town's last census, split evenly by year of age",
        (
            "capacity.ages.share",
            f"value:people.school_age_first.{level}",
            f"value:people.school_age_last.{level}",
        ),
    )
    for level in SCHOOL_LEVELS
)

BLOCKS = _summed("blocks", "block_id", "What each block holds.")
PHASES = _summed("phases", "phase", "What each phase holds, in order of rank.")
POLE = _summed(
    "pole",
    "pole",
    "What the plan holds in all, and the households it is reckoned with.",
    (
        _text(
            "town",
            "Census town the people are reckoned with",
            "named by the brief",
            (),
            standing="given",
            nullable=True,
        ),
        _SIZE,
        *_bounds(_SIZE),
        _OCCUPIED,
        *_bounds(_OCCUPIED),
        *_PUPIL_SHARES,
    ),
)

SEGMENTS = Table(
    name="segments",
    key="segment",
    description="Dwellings and people by housing segment; unassigned where neither plan nor use says which.",
    columns=(
        _number(
            "dwellings",
            "dwellings",
            "Dwellings",
            "sum over plots of the segment",
            ("capacity.plots.dwellings", "plots.segment"),
        ),
        _number(
            "population",
            "people",
            "Residents once filled",
            "sum over plots of the segment",
            ("capacity.plots.population", "plots.segment"),
        ),
        _number(
            "share_of_dwellings",
            "ratio",
            "Share of all dwellings",
            "dwellings / dwellings of the pole",
            ("capacity.plots.dwellings", "capacity.pole.dwellings"),
        ),
    ),
)

AGES = Table(
    name="ages",
    key="age_band",
    description="Residents by five-year age group.",
    columns=(
        _number(
            "share",
            "ratio",
            "Share of residents",
            "five-year groups of the town's last census, made to add up to one",
            (),
            standing="given",
        ),
        _number(
            "population",
            "people",
            "Residents",
            "share x population of the pole",
            ("capacity.ages.share", "capacity.pole.population"),
        ),
    ),
)

SCHOOLS = Table(
    name="schools",
    key="",
    description="Pupils of the phases so far beside the school places of the same phases.",
    columns=(
        _text("facility_type", "Kind of school", "schools of the pack's list", ()),
        _text("phase", "Last phase counted", "phases in order of rank", ("phases.rank",)),
        _number(
            "pupils",
            "pupils",
            "Pupils of this phase and those before",
            "running sum over phases",
            ("capacity.phases.population",),
        ),
        _number(
            "places",
            "places",
            "School places of this phase and those before",
            "places given; else site area / site area per pupil of the comparator",
            ("plots.capacity_places", "fabric.plots.area_m2"),
        ),
        _number(
            "short_places",
            "places",
            "Places short",
            "pupils - places, not below zero",
            ("capacity.schools.pupils", "capacity.schools.places"),
        ),
    ),
)

_NEED = ("capacity.pole.population", "capacity.facilities.users")
_UNITS = _number(
    "units_needed",
    "units",
    "Units asked by the norm or comparator",
    "population / population per unit, or users / users per unit",
    _NEED,
    nullable=True,
)
_SITE = _number(
    "site_area_needed_m2",
    "m2",
    "Site area asked by the norm or comparator",
    "users x site area per user, or units x site area per unit",
    _NEED,
    nullable=True,
)
FACILITIES = Table(
    name="facilities",
    key="facility_type",
    description="Each facility of the pack's list: asked, planned, needed.",
    columns=(
        _text("level", "Level it serves", "as the pack's list says", (), standing="given", nullable=True),
        _number("units_asked", "units", "Units the brief asks", "brief", (), standing="given"),
        _number(
            "units_planned",
            "units",
            "Plots planned for it",
            "number of plots of that type",
            ("plots.facility_type", "plots.use"),
        ),
        _number(
            "places_planned",
            "places",
            "Places the plan gives",
            "sum of places given",
            ("plots.capacity_places",),
            nullable=True,
        ),
        _number("site_area_planned_m2", "m2", "Area of those plots", "sum of areas", ("fabric.plots.area_m2",)),
        _number(
            "users",
            "people",
            "People it is for",
            "pupils, age group or share of the residents",
            ("capacity.pole.population", "capacity.ages.share"),
            nullable=True,
        ),
        _UNITS,
        *_bounds(_UNITS),
        _SITE,
        *_bounds(_SITE),
        _text("status", "Standing of the norm", "confirmed, comparator or missing", (), standing="given"),
        _text(
            "verdict",
            "How it compares",
            "school places against pupils, else whole units, else site area, at the central need",
            ("capacity.facilities.units_needed",),
        ),
        _text("source", "Where the norm comes from", "as the pack's list says", (), standing="given", nullable=True),
    ),
)
