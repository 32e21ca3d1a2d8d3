"""The tables of mobility."""

from __future__ import annotations

from typing import Any

from qutb.core import Column, Table
from qutb.mobility.choice import MODES

__all__ = ["BLOCKS", "CLASSES", "LINKS", "MODES_TABLE", "POLE", "PURPOSES_TABLE", "TABLES", "ZONES"]

_RATES = "value:mobility.trips_per_person_per_day."
_DECAY = "value:mobility.gravity_decay"


def _is(name: str, unit: str, description: str, formula: str = "", *reads: str, **more: Any) -> Column:
    return Column(
        name=name,
        kind="number",
        unit=unit,
        description=description,
        formula=formula,
        reads=reads,
        nullable=True,
        **more,
    )


def _text(name: str, description: str, *reads: str) -> Column:
    return Column(name=name, kind="text", unit="", description=description, reads=reads, nullable=True)


_TRIPS = _is(
    "trips_per_day",
    "trips/day",
    "Trips a day that begin here or return here, at the peak of the season",
    "residents x rate of each purpose + tourists x rate; out and back",
    "capacity.plots.population",
    "capacity.plots.seasonal_population",
    _RATES + "work",
    "value:mobility.trips_per_tourist_per_day",
)
_LOST = _is(
    "impossible_trips_per_day",
    "trips/day",
    "Trips that cannot be made: their zone is not connected, or nothing they look for can be reached",
    "trips of zones without a way to any destination",
    "mobility.zones.trips_per_day",
)

LINKS = Table(
    name="links",
    key="link_id",
    description="Streets by direction in the peak hour.",
    columns=(
        _text("edge_id", "Piece of street between two junctions", "fabric.edges.street_id"),
        _text("street_id", "Street", "fabric.edges.street_id"),
        _text("street_class", "Class; a road of the site without class counts as arterial", "streets.street_class"),
        _is("length_m", "m", "Length", "", "fabric.edges.length_m"),
        _is("lanes", "lanes", "Lanes of this direction", "lanes in all / 2, all where one-way", "streets.lanes"),
        _text("lanes_standing", "given by the plan, or assumed from the class", "streets.lanes"),
        _is(
            "flow_vehicles_per_h", "vehicles/h", "Vehicles in the peak hour, a bus as its car units", "user equilibrium"
        ),
        _is(
            "capacity_vehicles_per_h",
            "vehicles/h",
            "Capacity",
            "lanes x capacity of a lane of the class",
            "mobility.links.lanes",
            "value:mobility.lane_capacity.{street_class}",
        ),
        _is(
            "volume_to_capacity_ratio",
            "index",
            "Volume over capacity",
            "flow / capacity",
            "mobility.links.flow_vehicles_per_h",
            "mobility.links.capacity_vehicles_per_h",
        ),
        _text("level_of_service", "A (free) to F (jammed)", "mobility.links.volume_to_capacity_ratio"),
        _is("free_time_s", "s", "Time when empty", "length / speed", "value:mobility.speed.{street_class}"),
        _is(
            "time_s",
            "s",
            "Time in the peak hour",
            "free time x (1 + b (flow / capacity)^power)",
            "mobility.links.free_time_s",
            "mobility.links.volume_to_capacity_ratio",
            "value:mobility.delay_b",
            "value:mobility.delay_power",
        ),
        _is(
            "lanes_needed",
            "lanes",
            "Lanes this direction needs",
            "flow / (capacity of a lane x volume over capacity allowed), rounded up",
            "mobility.links.flow_vehicles_per_h",
            "value:mobility.volume_to_capacity_max",
        ),
        Column(name="geometry", kind="geometry", unit="m", description="Line"),
    ),
)

ZONES = Table(
    name="zones",
    key="zone_id",
    description="Blocks, or blocks joined, as origins and destinations.",
    columns=(
        _is("blocks", "blocks", "Blocks joined"),
        _is("population", "people", "Residents", "sum over plots", "capacity.plots.population"),
        _is("jobs", "jobs", "Jobs", "sum over plots", "capacity.plots.jobs"),
        _TRIPS,
        _is("trips_begun_per_day", "trips/day", "Trips that begin in the zone", "over all purposes, out and back"),
        _is("trips_ended_per_day", "trips/day", "Trips that end in the zone", "over all purposes, out and back"),
        _LOST,
        _is("within_pole_share", "ratio", "Share of its outings that stay in the pole"),
        _is("car_share", "ratio", "Share of its trips by car"),
        _is("time_mean_s", "s", "Mean time of its outings, one way"),
        _is("x_m", "m", "Easting of the middle"),
        _is("y_m", "m", "Northing of the middle"),
        _text("connection", "streets, on_foot (no car can come) or none"),
    ),
)

BLOCKS = Table(
    name="blocks",
    key="block_id",
    description="The zone of each block.",
    columns=(_text("zone_id", "Zone"), _TRIPS),
)

MODES_TABLE = Table(
    name="modes",
    key="mode",
    description="Trips by mode.",
    columns=(
        _is("trips_per_day", "trips/day", "Trips a day from, to and within the pole"),
        _is("share", "ratio", "Share of trips", "nested logit", "value:mobility.taste", "value:mobility.nest_scale"),
        _is("peak_trips_per_h", "trips/h", "Trips in the peak hour"),
        _is("time_mean_s", "s", "Mean time, door to door"),
        _is("distance_mean_m", "m", "Mean distance"),
    ),
)

PURPOSES_TABLE = Table(
    name="purposes",
    key="purpose",
    description="Trips of residents and tourists by purpose.",
    columns=(
        _is("trips_per_day", "trips/day", "Trips a day, out and back", "people x rate", _RATES + "{purpose}"),
        _is("trips_per_day_low", "trips/day", "Trips a day, low end of the range"),
        _is("trips_per_day_high", "trips/day", "Trips a day, high end of the range"),
        _is("within_pole_share", "ratio", "Share of outings that stay in the pole", "gravity", _DECAY),
        _is("impossible_trips_per_day", "trips/day", "Trips that cannot be made"),
        _is("time_mean_s", "s", "Mean time of an outing, one way"),
        _is(
            "peak_trips_per_h",
            "trips/h",
            "Trips in the peak hour",
            "trips x peak share",
            "value:mobility.peak_share.{purpose}",
        ),
    ),
)

CLASSES = Table(
    name="classes",
    key="street_class",
    description="Lanes needed beside lanes given, by class.",
    columns=(
        _is("length_m", "m", "Length of streets of the class", "", "fabric.edges.length_m"),
        _is("lanes", "lanes", "Most lanes of both directions", "", "mobility.links.lanes"),
        _is(
            "lanes_needed",
            "lanes",
            "Lanes of both directions that the busiest link needs",
            "",
            "mobility.links.lanes_needed",
        ),
        _is("short_length_m", "m", "Length with fewer lanes than needed"),
        _is(
            "volume_to_capacity_max",
            "index",
            "Largest volume over capacity",
            "",
            "mobility.links.volume_to_capacity_ratio",
        ),
        _is("vehicle_km_per_peak_h", "vehicle-km/h", "Distance driven in the peak hour", "flow x length"),
    ),
)

_WITHIN = "outings of residents that end in the pole / all of them"
POLE = Table(
    name="pole",
    key="pole",
    description="The whole pole on a day at the peak of the season.",
    columns=(
        _is("zones", "zones", "Zones reckoned with"),
        _TRIPS,
        _is("trips_per_day_low", "trips/day", "Trips a day, low end of the range of people and rates"),
        _is("trips_per_day_high", "trips/day", "Trips a day, high end of the range of people and rates"),
        _is(
            "trips_per_inhabitant_per_day",
            "trips/people/day",
            "Trips of residents for each",
            "sum of rates",
            _RATES + "work",
            _RATES + "study",
        ),
        _LOST,
        _is("self_containment_share", "ratio", "Self-containment of residents' outings", _WITHIN, _DECAY),
        _is("self_containment_share_low", "ratio", "Self-containment, at the slow fall of gravity"),
        _is("self_containment_share_high", "ratio", "Self-containment, at the quick fall of gravity"),
        _is("work_self_containment_share", "ratio", "Residents who work in the pole", _WITHIN + ", for work", _DECAY),
        *(
            _is(
                f"{mode}_share",
                "ratio",
                f"Share of trips by {mode.replace('_', ' ')}",
                "nested logit",
                f"value:mobility.mode_constant.{mode}",
            )
            for mode in MODES
        ),
        _is("time_mean_s", "s", "Mean time of an outing of the pole's people, one way"),
        _is(
            "vehicle_km_per_day",
            "vehicle-km/day",
            "Distance driven by cars and shared taxis on trips from, to and within the pole",
            "trips x distance / people in a vehicle, the road to the city included",
            "value:mobility.occupancy.car",
            "value:mobility.occupancy.shared_taxi",
        ),
        _is("vehicle_km_per_day_low", "vehicle-km/day", "Distance driven, at the quick fall of gravity"),
        _is("vehicle_km_per_day_high", "vehicle-km/day", "Distance driven, at the slow fall of gravity"),
        _is(
            "vehicle_km_per_inhabitant_per_day",
            "vehicle-km/people/day",
            "Distance driven for each resident",
            "distance driven / residents",
            "mobility.pole.vehicle_km_per_day",
            "capacity.pole.population",
        ),
        _is("peak_vehicles_per_h", "vehicles/h", "Vehicles that set out in the peak hour"),
        _is("gate_flow_vehicles_per_h", "vehicles/h", "Vehicles through the gate in the peak hour, busier direction"),
        _is("gate_volume_to_capacity_ratio", "index", "Volume over capacity of the road at the gate"),
        _is(
            "city_distance_m",
            "m",
            "Length of the road from the gate to the city",
            "given, else straight line x detour",
            "value:mobility.city_distance",
            "value:mobility.road_detour",
        ),
        _text("peak_link", "Busiest link by volume over capacity"),
        _is(
            "volume_to_capacity_max",
            "index",
            "Largest volume over capacity",
            "",
            "mobility.links.volume_to_capacity_ratio",
        ),
        _is("over_capacity_length_m", "m", "Length of streets with more traffic than capacity in a direction"),
        _is(
            "short_of_lanes_length_m",
            "m",
            "Length of streets with fewer lanes than needed",
            "",
            "mobility.classes.short_length_m",
        ),
        *(
            _is(
                f"{name}_lanes_needed",
                "lanes",
                f"Lanes that the busiest {name} street needs",
                "",
                "mobility.classes.lanes_needed",
            )
            for name in ("arterial", "collector", "local", "lane")
        ),
        _is("bus_passengers_busiest_per_h", "people/h", "Bus passengers on the busiest section, one way"),
        _is(
            "bus_headway_s",
            "s",
            "Time between buses that carries them",
            "3600 x places x load / passengers, at most the pack's longest",
            "value:mobility.bus_places",
            "value:mobility.bus_load",
            "value:mobility.bus_headway_max",
        ),
        _is("buses_needed", "buses", "Buses on the road in the peak hour"),
        _is("relative_gap", "index", "Relative gap of the user equilibrium"),
        _is("iterations", "iterations", "Iterations of the assignment"),
    ),
)
TABLES = {t.name: t for t in (POLE, LINKS, ZONES, BLOCKS, MODES_TABLE, PURPOSES_TABLE, CLASSES)}
