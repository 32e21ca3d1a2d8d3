"""The tables of take-up."""

from __future__ import annotations

from dataclasses import replace

from qutb.core import Column, Table

__all__ = [
    "BANDS",
    "CAUSES",
    "DATES",
    "GROWTH",
    "LATE_BANDS",
    "LIKE",
    "PHASES",
    "POLE",
    "RISKS",
    "SHARES",
    "SHARES_SHOWN",
    "YEARS_TABLE",
]

SHARES_SHOWN = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
BANDS = (
    ("residents_low_95", 0.025),
    ("residents_low", 0.1),
    ("residents_low_50", 0.25),
    ("residents", 0.5),
    ("residents_high_50", 0.75),
    ("residents_high", 0.9),
    ("residents_high_95", 0.975),
)
LATE_BANDS = tuple((name.replace("residents", "residents_late"), probability) for name, probability in BANDS)
_HORIZON = ("value:uptake.horizon_years",)


def _number(name: str, unit: str, description: str, formula: str, reads: tuple[str, ...], **more: object) -> Column:
    return Column(name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, **more)  # type: ignore[arg-type]


def _text(name: str, description: str) -> Column:
    return Column(
        name=name,
        kind="text",
        unit="",
        description=description,
        formula="named by the brief",
        standing="given",
        nullable=True,
    )


def _ranged(centre: Column, low: str, high: str) -> tuple[Column, ...]:
    return (
        replace(centre, name=f"{centre.name}_low", formula=low),
        centre,
        replace(centre, name=f"{centre.name}_high", formula=high),
    )


_GROWTH = _number(
    "household_growth_per_year",
    "households/year",
    "Net new households of the town in a year",
    "the pole's own figure, else (households of the last census - of the one before) / years between",
    ("value:uptake.household_growth_per_year",),
    nullable=True,
    standing="given",
)
_SHARE = _number(
    "captured_share",
    "ratio",
    "Part of the town's new households that comes to the pole and the projects beside it",
    "as the pole or the pack says",
    ("value:uptake.captured_share",),
    standing="assumed",
    minimum=0.0,
)
_DWELLINGS = _number("dwellings", "dwellings", "Dwellings of the plan", "capacity", ("capacity.pole.dwellings",))
_COMPETING = _number(
    "competing_dwellings",
    "dwellings",
    "Dwellings of other actors that draw on the same households",
    "sum of dwellings in actors: built and committed",
    (),
    standing="given",
)
_YEARS = _number(
    "years_to_fill",
    "year",
    "Years until as many households have come as the plan has dwellings",
    "(dwellings + competing dwellings) / (growth x captured share)",
    (
        "capacity.pole.dwellings",
        "uptake.pole.competing_dwellings",
        "uptake.pole.household_growth_per_year",
        "uptake.pole.captured_share",
    ),
    nullable=True,
    minimum=0.0,
)


def _maybe(name: str, unit: str, description: str, formula: str = "", *reads: str) -> Column:
    return _number(name, unit, description, formula, reads, nullable=True)


_CLASS = "share of such towns by the take-up curve"
_DRAWN = "weighted draws of the simulation"

_HELD_TO = (
    Column(
        name="class_region",
        kind="text",
        unit="",
        description="Class of towns whose filling the plan is held to",
        formula="named by the pack; the developer's own poles where there are some",
        standing="given",
        nullable=True,
    ),
    _maybe("risk_year", "year", "Year of the plan's calendar at which the risk is asked", "", "value:uptake.risk_year"),
    _maybe(
        "risk_share",
        "ratio",
        "Share of the plan's people under which it counts as empty",
        "",
        "value:uptake.risk_share",
    ),
    _maybe("class_share_low", "ratio", "Share reached by then in the class, low end of 80 %", _CLASS),
    _maybe("class_share", "ratio", "Share reached by then in the class, median", _CLASS),
    _maybe("class_share_high", "ratio", "Share reached by then in the class, high end of 80 %", _CLASS),
    _maybe("class_chance_below", "ratio", "Chance in the class of staying under the share asked", _CLASS),
    _maybe("residents_low", "people", "Residents by then, low end of 80 %", _DRAWN, "capacity.pole.population"),
    _maybe("residents", "people", "Residents by then, median", _DRAWN, "capacity.pole.population"),
    _maybe("residents_high", "people", "Residents by then, high end of 80 %", _DRAWN, "capacity.pole.population"),
    _maybe("chance_below", "ratio", "Chance that this plan stays under the share asked", _DRAWN),
    _maybe(
        "class_captured_share",
        "ratio",
        "Part of the town's new households that the class's median takes by then: comparator of the captured share",
        "class share x dwellings / (growth x years)",
        "uptake.pole.class_share",
        "uptake.pole.household_growth_per_year",
    ),
    _maybe(
        "effective_share", "ratio", "Part of the draws that count once held to the class; refused under 10 %", _DRAWN
    ),
)

POLE = Table(
    name="pole",
    key="pole",
    description="Years to fill the plan, and what they rest on.",
    columns=(
        _text("town", "Census town whose households are counted"),
        _text("town_name_en", "Its name in English"),
        _text("town_name_fr", "Its name in French"),
        _text("town_name_ar", "Its name in Arabic"),
        _GROWTH,
        *_ranged(_SHARE, "low end of the value", "high end of the value"),
        *_ranged(_DWELLINGS, "capacity, low end", "capacity, high end"),
        *_ranged(_COMPETING, "built only", "built, committed and announced"),
        *_ranged(
            _YEARS,
            "(low dwellings + low competing dwellings) / (growth x high captured share)",
            "(high dwellings + high competing dwellings) / (growth x low captured share)",
        ),
        _number(
            "horizon_years",
            "year",
            "Years within which the pole should be lived in",
            "high end of the brief's target for years to fill, else the pack's comparator",
            _HORIZON,
            standing="given",
            nullable=True,
        ),
        *_HELD_TO,
    ),
)

SHARES = Table(
    name="shares",
    key="captured_share",
    description="Years to fill at fixed captured shares.",
    columns=(
        replace(_YEARS, formula="(dwellings + competing dwellings) / (growth x share of the row)"),
        _number(
            "households_per_year",
            "households/year",
            "Households that come in a year at this share",
            "growth x share of the row",
            ("uptake.pole.household_growth_per_year",),
            nullable=True,
        ),
    ),
)

PHASES = Table(
    name="phases",
    key="phase",
    description="Years until each phase and those before it are filled, other actors left out.",
    columns=(
        replace(
            _DWELLINGS,
            description="Dwellings of this phase and those before",
            formula="running sum over phases",
            reads=("capacity.phases.dwellings",),
        ),
        replace(
            _YEARS,
            description="Years until this phase and those before are filled",
            formula="running dwellings / (growth x captured share)",
        ),
    ),
)

_YEAR = "Year after the start of the pole"

YEARS_TABLE = Table(
    name="years",
    key="year",
    description="Filling year by year: the class, the plan's residents in bands, homes by stage, what binds.",
    columns=(
        _maybe("class_share_low", "ratio", "Share reached in the class, low end of 80 %", _CLASS),
        _maybe("class_share", "ratio", "Share reached in the class, median", _CLASS),
        _maybe("class_share_high", "ratio", "Share reached in the class, high end of 80 %", _CLASS),
        *(
            _maybe(name, "people", f"Residents not exceeded with probability {probability:g}", _DRAWN)
            for name, probability in BANDS
        ),
        *(
            _maybe(
                name,
                "people",
                f"Residents not exceeded with probability {probability:g} where schools come three years and the road "
                "to the city four years late",
                _DRAWN,
            )
            for name, probability in LATE_BANDS
        ),
        _maybe(
            "delivered", "dwellings", "Homes and lots delivered in all", "phases one after another over the horizon"
        ),
        _maybe("reserved", "dwellings", "Homes and lots reserved in all, mean", _DRAWN),
        _maybe("sold", "dwellings", "Homes and lots sold in all, mean", _DRAWN),
        _maybe("permitted", "dwellings", "Sold homes with a permit, mean", _DRAWN),
        _maybe("built", "dwellings", "Sold homes that stand, mean", _DRAWN),
        _maybe("occupied", "dwellings", "Homes lived in, mean", _DRAWN),
        _maybe("arrivals", "households", "Households that move in within the year, mean", _DRAWN),
        _maybe("bound_by_supply", "ratio", "Chance that deliveries hold filling back", _DRAWN),
        _maybe("bound_by_demand", "ratio", "Chance that households who wish to come are too few", _DRAWN),
        _maybe("bound_by_service", "ratio", "Chance that missing services keep a quarter of them away", _DRAWN),
        _maybe(
            "service",
            "ratio",
            "Services delivered for the homes delivered, mean over services",
            "",
            "access.phase_services.in_reach_share",
        ),
    ),
)

RISKS = Table(
    name="risks",
    key="",
    description="Chance of staying under a share of the plan's people at a year.",
    columns=(
        _maybe("year", "year", _YEAR),
        _maybe("share_of_plan", "ratio", "Share of the plan's people"),
        _maybe("class_chance_below", "ratio", "Chance in the class", _CLASS),
        _maybe("chance_below", "ratio", "Chance for this plan", _DRAWN),
    ),
)

CAUSES = Table(
    name="causes",
    key="cause",
    description="What one change does at the year of the risk, on the same draws, worst first.",
    columns=(
        _maybe("residents_change_low", "people", "Change of residents, low end of 80 %", _DRAWN),
        _maybe("residents_change", "people", "Change of residents, median", _DRAWN),
        _maybe("residents_change_high", "people", "Change of residents, high end of 80 %", _DRAWN),
        _maybe(
            "residents_change_share", "ratio", "Change over the plan's residents", "median change / median residents"
        ),
        _maybe("chance_below", "ratio", "Chance of staying under the share asked, after it", _DRAWN),
    ),
)

DATES = Table(
    name="dates",
    key="promise",
    description="First date to lose: latest delivery of each school, street and road to the city.",
    columns=(
        _text("kind", "Service, streets of a phase, or link to the city"),
        _text("phase", "Phase it belongs to"),
        _maybe("promised_year", "year", "Year promised", "facilities when half of the phase's homes are delivered"),
        _maybe(
            "latest_year",
            "year",
            "Latest year that keeps the promise of people; empty: 15 years of delay do not break it",
            "risk under its limit where the plan is, else all but an accepted loss of resident-years after the horizon",
            "value:uptake.loss_accepted",
        ),
        _maybe("slack_years", "year", "Whole years it may slip", "latest - promised"),
    ),
)

GROWTH = Table(
    name="growth",
    key="year",
    description="Demand on networks, schools and streets by year.",
    columns=(
        _maybe("share_of_plan_low", "ratio", "Part of the plan's people living there, low end of 80 %", _DRAWN),
        _maybe("share_of_plan", "ratio", "Part of the plan's people living there: scales any design demand", _DRAWN),
        _maybe("share_of_plan_high", "ratio", "Part of the plan's people living there, high end of 80 %", _DRAWN),
        _maybe("residents", "people", "Residents", "share x the plan's people", "capacity.pole.population"),
        _maybe(
            "pupils_primary",
            "pupils",
            "Pupils of primary school",
            "share x the plan's pupils",
            "capacity.pole.pupils_primary",
        ),
        _maybe(
            "pupils_lower_secondary",
            "pupils",
            "Pupils of lower secondary school",
            "share x the plan's pupils",
            "capacity.pole.pupils_lower_secondary",
        ),
        _maybe(
            "pupils_upper_secondary",
            "pupils",
            "Pupils of upper secondary school",
            "share x the plan's pupils",
            "capacity.pole.pupils_upper_secondary",
        ),
        _maybe(
            "trips_per_day",
            "trips/day",
            "Trips of residents",
            "residents x trips a person",
            "value:mobility.trips_per_person_per_day.work",
        ),
        _maybe(
            "water_m3_per_day",
            "m3/day",
            "Drinking water drawn by residents, mean of the day; trees, beds, jobs and losses left out",
            "residents x water of a resident",
            "value:networks.water_per_resident",
        ),
        _maybe(
            "power_va",
            "va",
            "Power of homes, before diversity",
            "share x dwellings x power of a home",
            "value:cost.power_per_dwelling_va",
        ),
    ),
)

LIKE = Table(
    name="like",
    key="town",
    description="Towns of the class most like the plan, at their last count.",
    columns=(
        _text("country", "Country"),
        _text("class_region", "Region of the class"),
        _maybe("target_people", "people", "People promised, those before left out"),
        _maybe("age_years", "year", "Years from founding to the count"),
        _maybe("share", "ratio", "Share of the target reached"),
    ),
)
