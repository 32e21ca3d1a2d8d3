"""The tables of access."""

from __future__ import annotations

from qutb.core import Column, Table

__all__ = ["MINUTES", "RADII_M", "TABLES"]

RADII_M = (400.0, 800.0, 1200.0)
MINUTES = (5, 10, 15)


def _number(name: str, unit: str, description: str, formula: str = "", *reads: str, nullable: bool = True) -> Column:
    return Column(
        name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, nullable=nullable
    )


def _text(name: str, description: str, *reads: str) -> Column:
    return Column(name=name, kind="text", unit="", description=description, reads=reads, nullable=True)


_WALK = ("plots.geometry", "streets.geometry", "streets.width_m")
_SPEED = "value:access.walking_speed"
_REACH = "value:access.reach.{facility_type}"
_FLOOR = "value:access.service_share_min.{facility_type}"


def _completeness(where: str, formula: str) -> tuple[Column, ...]:
    return tuple(
        _number(
            f"completeness_{minutes}min",
            "ratio",
            f"Daily services of the pack's list within {minutes} minutes on foot",
            formula,
            *(
                ("access.distances.distance_m", _SPEED)
                if where == "plots"
                else (f"access.plots.completeness_{minutes}min",)
            ),
        )
        for minutes in MINUTES
    )


def _within(formula: str, *reads: str) -> tuple[Column, ...]:
    return tuple(
        _number(f"people_within_{radius:.0f}_m", "people", f"Residents within {radius:.0f} m on foot", formula, *reads)
        for radius in RADII_M
    )


def _walk(formula: str, *reads: str) -> Column:
    return _number("walk_m", "m", "Mean walk to the nearest of each daily service the plan has", formula, *reads)


_EQUITY = (
    _number(
        "walk_p90_p10",
        "ratio",
        "Walk of the worse-off tenth over that of the better-off tenth",
        "p90 / p10 of walk_m by people",
        "access.plots.walk_m",
    ),
    _number(
        "walk_gini",
        "ratio",
        "Inequality of walks, 0 where all walk alike",
        "Gini coefficient of walk_m by people",
        "access.plots.walk_m",
    ),
    _number("walk_worst_tenth_m", "m", "Mean walk of the tenth of people who walk farthest", "", "access.plots.walk_m"),
)

PLOTS = Table(
    name="plots",
    key="plot_id",
    description="How each plot reaches services and people on foot, in the whole plan.",
    columns=(
        _number("population", "people", "Residents", "", "capacity.plots.population"),
        _number("doors", "doors", "Where it enters the walking network", "one on each edge it fronts", *_WALK),
        *_within(
            "sum of residents of plots within so much of walk, its own counted", "capacity.plots.population", *_WALK
        ),
        *_completeness("plots", "daily services with a unit within minutes x speed / daily services of the list"),
        _walk("mean over daily services with a unit", "access.distances.distance_m"),
        _number(
            "green_distance_m",
            "m",
            "Walk to the nearest counted green",
            "",
            "access.distances.distance_m",
            "value:form.green_area_counted",
        ),
        _number(
            "route_directness",
            "ratio",
            "Walk over the straight line, mean over daily services",
            "walk / shortest straight line between doors",
            "access.distances.distance_m",
        ),
        _number(
            "unserved_users",
            "people",
            "Users without a place within reach, all services counted in places",
            "",
            "access.unserved.unserved",
        ),
        _text(
            "walk_class",
            "Minutes within which half of the daily services stand: 5, 10, 15 or more",
            "access.distances.distance_m",
            _SPEED,
        ),
    ),
)

DISTANCES = Table(
    name="distances",
    key="",
    description="Walk from each plot to the nearest unit of each service, in the whole plan.",
    columns=(
        _text("plot_id", "Plot"),
        _text("facility_type", "Service", "plots.facility_type"),
        _number(
            "distance_m",
            "m",
            "Walk along streets; empty: no way",
            "least over doors of the plot and of the units",
            *_WALK,
        ),
        _text("nearest", "Plot of the nearest unit"),
    ),
)

FACILITIES = Table(
    name="facilities",
    key="plot_id",
    description="Each unit of a service counted in places, or nearest to somebody.",
    columns=(
        _text("facility_type", "Service", "plots.facility_type"),
        _number("users_nearest", "people", "Users for whom it is the nearest", "", "access.distances.nearest"),
        _number("p50_m", "m", "Walk that half of those do not exceed", "", "access.distances.distance_m"),
        _number("p95_m", "m", "Walk that 95% of those do not exceed", "", "access.distances.distance_m"),
        _text("worst_plot", "Plot with users that is farthest of those", "access.distances.distance_m"),
        _number("worst_distance_m", "m", "Its walk", "", "access.distances.distance_m"),
        _number(
            "places",
            "places",
            "Places: given, or its site over the comparator's site for each pupil",
            "",
            "plots.capacity_places",
            "fabric.plots.area_m2",
        ),
        _number("served", "people", "Users sent to it", "maximum flow within reach, then least walking", _REACH),
        _number(
            "price_of_a_place_m",
            "m",
            "Walking that one more place here would save; 0: places are free; empty: it would serve one more person",
            "dual price",
        ),
    ),
)

SERVICES = Table(
    name="services",
    key="facility_type",
    description="Each service in the whole plan.",
    columns=(
        _number("units", "units", "Units with a door", "", "plots.facility_type"),
        _number("users", "people", "Those it is for", "", "capacity.plots.population"),
        _number("reach_m", "m", "Walk asked at most", "", _REACH),
        _number(
            "in_reach_users", "people", "Users with a unit within reach", "", "access.distances.distance_m", _REACH
        ),
        _number("in_reach_share", "ratio", "Share of users with a unit within reach", "in_reach_users / users"),
        _number("without_way_users", "people", "Users with no way to any unit", "", "access.distances.distance_m"),
        _number("p50_m", "m", "Walk that half of the users do not exceed", "", "access.distances.distance_m"),
        _number("p95_m", "m", "Walk that 95% of the users do not exceed", "", "access.distances.distance_m"),
        _text("worst_plot", "Plot with users and a way that is farthest", "access.distances.distance_m"),
        _number("worst_distance_m", "m", "Its walk", "", "access.distances.distance_m"),
        _number("places", "places", "Places in units with a door", "", "access.facilities.places"),
        _number(
            "served",
            "people",
            "Users with a place within reach",
            "maximum flow to the person",
            "access.facilities.served",
        ),
        _number("unserved", "people", "Users without a place within reach", "users - served"),
        _number("walk_to_place_m", "m", "Mean walk to that place", "least walking among the maximum flows"),
        _number(
            "flow_gap_person_m",
            "m",
            "What the walking could still fall by, summed over people; 0 proves it least",
            "walking - dual bound",
        ),
        _text("best_next_plot", "Plot where one more unit serves most"),
        _number("best_next_served", "people", "Users it would add", "exact over one candidate plot a block"),
        _number("best_next_bound", "people", "Users that no candidate could exceed"),
        _text("status", "Standing of the limit", _FLOOR),
        _text("verdict", "Share in reach beside the pack's floor", _FLOOR),
    ),
)

UNSERVED = Table(
    name="unserved",
    key="",
    description="Where users without a place within reach live.",
    columns=(
        _text("plot_id", "Plot"),
        _text("facility_type", "Service"),
        _number("users", "people", "Users on the plot", "", "capacity.plots.population"),
        _number("unserved", "people", "Of them without a place within reach", "", "access.services.unserved"),
        _text("cause", "far: no unit within reach; full: units within reach are full"),
    ),
)

PHASES = Table(
    name="phases",
    key="phase",
    description="Access of the people already there at the end of each phase, over what is built by then.",
    columns=(
        _number("population", "people", "Residents by then", "", "capacity.plots.population", "plots.phase"),
        *_completeness("phases", "mean by residents"),
        _walk("mean by residents over daily services with a unit", "access.plots.walk_m"),
        _number(
            "unserved_users",
            "people",
            "Users without a place within reach by then",
            "",
            "access.phase_services.unserved",
        ),
        _number("without_way_people", "people", "Residents with no way to any other plot's services", "", *_WALK),
        _number(
            "unserved_pupils",
            "pupils",
            "Pupils without a school place within reach by then",
            "",
            "access.phase_services.unserved",
        ),
        _number(
            "services_below_floor", "services", "Services below the pack's floor", "", "access.phase_services.verdict"
        ),
    ),
)

PHASE_SERVICES = Table(
    name="phase_services",
    key="",
    description="Each service at the end of each phase, for the people already there.",
    columns=(
        _text("phase", "Phase"),
        _text("facility_type", "Service"),
        _number("units", "units", "Units by then", "", "plots.facility_type", "plots.phase"),
        _number("users", "people", "Users by then", "", "capacity.plots.population", "plots.phase"),
        _number("in_reach_share", "ratio", "Share of them with a unit within reach", "", _REACH),
        _number("without_way_users", "people", "Users with no way to any unit by then"),
        _number("places", "places", "Places by then", "", "access.facilities.places"),
        _number("unserved", "people", "Users without a place within reach", "maximum flow"),
        _text("verdict", "Share in reach beside the pack's floor", _FLOOR),
    ),
)

SEGMENTS = Table(
    name="segments",
    key="segment",
    description="Access by housing segment.",
    columns=(
        _number("population", "people", "Residents", "", "capacity.plots.population", "plots.segment"),
        *_completeness("segments", "mean by residents"),
        _walk("mean by residents", "access.plots.walk_m"),
        *_EQUITY,
        _number(
            "unserved_share", "ratio", "Users without a place within reach over users", "", "access.unserved.unserved"
        ),
    ),
)

POLE = Table(
    name="pole",
    key="pole",
    description="Access in the whole plan.",
    columns=(
        _number("population", "people", "Residents", "", "capacity.pole.population"),
        *_within("mean by residents", *(f"access.plots.people_within_{r:.0f}_m" for r in RADII_M)),
        *_completeness("pole", "mean by residents"),
        _walk("mean by residents", "access.plots.walk_m"),
        *_EQUITY,
        _number(
            "green_distance_m",
            "m",
            "Mean walk to the nearest counted green",
            "mean by residents",
            "access.plots.green_distance_m",
        ),
        _number(
            "green_in_reach_share", "ratio", "Residents with green within reach", "", "access.services.in_reach_share"
        ),
        _number(
            "route_directness",
            "ratio",
            "Walk over the straight line",
            "mean by residents",
            "access.plots.route_directness",
        ),
        _number(
            "in_reach_users",
            "people",
            "Users in reach, summed over services with a reach",
            "sum over services",
            "access.services.in_reach_users",
        ),
        _number(
            "short_of_floor_users",
            "people",
            "Users missing for the floors of service to be met, summed over phases and services",
            "sum of max(floor x users - in reach, 0)",
            "access.phase_services.in_reach_share",
        ),
        _number(
            "unserved_users",
            "people",
            "Users without a place within reach",
            "sum over services counted in places",
            "access.services.unserved",
        ),
        _number(
            "unserved_pupils",
            "pupils",
            "Pupils without a school place within reach",
            "sum over schools",
            "access.services.unserved",
        ),
        _number(
            "unserved_share", "ratio", "Users without a place within reach over users", "", "access.services.unserved"
        ),
        _number("without_way_people", "people", "Residents with no way to any service", "", *_WALK),
        _number(
            "services_below_floor",
            "services",
            "Services below the pack's floor at the end of some phase",
            "",
            "access.phase_services.verdict",
        ),
        _number("edges", "edges", "Edges of the walking network", "", *_WALK),
        _number("doors", "doors", "Doors on them", "", *_WALK),
    ),
)

TABLES = {t.name: t for t in (PLOTS, DISTANCES, FACILITIES, SERVICES, UNSERVED, PHASES, PHASE_SERVICES, SEGMENTS, POLE)}
