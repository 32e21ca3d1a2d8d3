"""Time and distance between places by mode, door to door."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import dijkstra

from qutb.mobility.choice import MODES, mode_shares
from qutb.mobility.equilibrium import Demand, Network, skim
from qutb.mobility.outside import Outside
from qutb.mobility.streets import Streets, car_graph
from qutb.mobility.zones import Zones
from qutb.pack import Values

__all__ = ["Places", "Trips", "choices", "places_of"]

_ENTRIES = 4  # junctions by which a place enters the streets, at most
_INSIDE_SHARE = 0.5  # mean trip within a zone, of the side of a square of its area


@dataclass(frozen=True, eq=False)
class Places:
    """Zones, then places off site.

    ``network`` is the car network with a node for each place from ``first`` on, joined to the junctions where
    the place's front lies; ``streets`` counts its links that are streets; ``by_car`` whether a car can come and
    go; ``on_foot`` the junction a place is walked from (-1: none); ``walk_m`` between places; ``floor_m`` the
    least distance between them; ``extra_m`` beyond the gate.
    """

    zones: int
    network: Network
    streets: int
    first: int
    by_car: np.ndarray
    on_foot: np.ndarray
    walk_m: np.ndarray
    floor_m: np.ndarray
    extra_m: np.ndarray

    def __len__(self) -> int:
        return len(self.on_foot)

    @property
    def inside(self) -> np.ndarray:
        """Places that are zones of the pole."""
        mask: np.ndarray = np.arange(len(self)) < self.zones
        return mask

    def demand(self, vehicles: np.ndarray) -> Demand:
        """Vehicles from place to place as demand on the network."""
        origin, destination = np.nonzero(vehicles > 0)
        return Demand(
            origin=origin + self.first,
            destination=destination + self.first,
            trips=vehicles[origin, destination],
        )


@dataclass(frozen=True, eq=False)
class Trips:
    """By pair of places: share of each mode (adding to 1, or 0 without any way), its time [s], mean time over
    modes (infinite without a way), distance [m] on foot and by car.
    """

    share: dict[str, np.ndarray]
    time_s: dict[str, np.ndarray]
    mean_s: np.ndarray
    distance_m: dict[str, np.ndarray]


def places_of(streets: Streets, zones: Zones, outside: Outside, values: Values) -> Places:
    """Where places enter the graph and how far apart they are on foot.

    A place enters by at most four junctions, those with most of its front, and never by a trap.
    """
    count = len(zones) + len(outside.names)
    beyond = np.arange(len(zones), count)
    gate = np.full(len(beyond), outside.gate, dtype=np.int64)
    place, node, metres = _entries(streets, zones, beyond, gate)
    first = len(streets.nodes)
    on_foot = np.concatenate([zones.main_node, gate])
    extra = np.concatenate([np.zeros(len(zones)), outside.distance_m])
    floor = _floor(zones, count)
    return Places(
        zones=len(zones),
        network=_network(streets, place + first, node, metres, first + count, values),
        streets=len(streets.tail),
        first=first,
        by_car=np.bincount(place, minlength=count) > 0,
        on_foot=on_foot,
        walk_m=_walk(streets, on_foot, floor, extra),
        floor_m=floor,
        extra_m=extra,
    )


def _entries(
    streets: Streets, zones: Zones, beyond: np.ndarray, gate: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place, junction and metres between the middle of the place and it."""
    passable = car_graph(streets)[0]
    usable = passable[zones.node] if len(zones.node) else np.zeros(0, dtype=bool)
    zone, node, share = zones.zone[usable], zones.node[usable], zones.share[usable]
    order = np.lexsort((node, -share, zone))
    zone, node = zone[order], node[order]
    rank = np.arange(len(zone)) - np.searchsorted(zone, zone)
    zone, node = zone[rank < _ENTRIES], node[rank < _ENTRIES]
    metres = np.hypot(zones.x_m[zone] - streets.xy_m[node, 0], zones.y_m[zone] - streets.xy_m[node, 1])
    open_gate = passable[gate] if len(gate) else np.zeros(0, dtype=bool)
    return (
        np.concatenate([zone, beyond[open_gate]]),
        np.concatenate([node, gate[open_gate]]),
        np.concatenate([metres, np.zeros(int(open_gate.sum()))]),
    )


def _network(
    streets: Streets, place: np.ndarray, node: np.ndarray, metres: np.ndarray, nodes: int, values: Values
) -> Network:
    """Streets, then the ways from places to junctions and back, at the speed of a local street."""
    both = 2 * len(place)
    access_s = np.tile(metres, 2) / values.number("mobility.speed.local")
    return Network(
        tail=np.concatenate([streets.tail, place, node]),
        head=np.concatenate([streets.head, node, place]),
        free=np.concatenate([streets.free_s, access_s]),
        capacity=np.concatenate([streets.capacity, np.ones(both)]),
        b=np.concatenate([streets.b, np.zeros(both)]),
        power=np.concatenate([streets.power, np.zeros(both)]),
        fixed=np.zeros(len(streets.tail) + both),
        length=np.concatenate([streets.length_m[streets.edge], np.tile(metres, 2)]),
        through=np.arange(nodes) < len(streets.nodes),
    )


def _floor(zones: Zones, count: int) -> np.ndarray:
    """Straight line between the middles of zones; within one, half the side of its square; 0 beyond the gate."""
    floor = np.zeros((count, count))
    n = len(zones)
    floor[:n, :n] = np.hypot(zones.x_m[:, None] - zones.x_m, zones.y_m[:, None] - zones.y_m)
    floor[np.arange(n), np.arange(n)] = _INSIDE_SHARE * np.sqrt(zones.area_m2)
    return floor


def _walk(streets: Streets, on_foot: np.ndarray, floor: np.ndarray, extra: np.ndarray) -> np.ndarray:
    known = on_foot >= 0
    walk = np.full(floor.shape, np.inf)
    rows, at = np.unique(on_foot[known], return_inverse=True)
    if len(rows):
        between = dijkstra(streets.walking, directed=False, indices=rows)[:, rows]
        walk[np.ix_(known, known)] = between[np.ix_(at, at)]
    longest: np.ndarray = np.maximum(walk, floor) + extra[:, None] + extra
    return longest


def choices(places: Places, cost_s: np.ndarray, values: Values) -> Trips:
    """Times by mode at the link times ``cost_s`` and who chooses which mode."""
    car_s, car_m = _by_car(places, cost_s, values)
    times = _times(places, car_s, values)
    constant = {mode: values.number(f"mobility.mode_constant.{mode}") for mode in MODES}
    share = mode_shares(
        {mode: times[mode] + constant[mode] for mode in MODES},
        taste_per_s=values.number("mobility.taste"),
        nest_scale=values.number("mobility.nest_scale"),
        car_share=values.number("mobility.car_available_share"),
    )
    finite = {mode: np.where(share[mode] > 0, times[mode], 0.0) for mode in MODES}
    mean = np.add.reduce([share[mode] * finite[mode] for mode in MODES])
    served = np.add.reduce([share[mode] for mode in MODES]) > 0.5
    on_foot = np.where(np.isfinite(places.walk_m), places.walk_m, 0.0)
    on_wheels = np.where(np.isfinite(car_m), car_m, 0.0)
    distance = {mode: on_foot if mode in ("walk", "cycle") else on_wheels for mode in MODES}
    return Trips(share, times, np.where(served, mean, np.inf), distance)


def _by_car(places: Places, cost_s: np.ndarray, values: Values) -> tuple[np.ndarray, np.ndarray]:
    """Time [s] and distance [m] by car, mean of both directions: there and back must both be possible."""
    known = places.by_car
    time_s, way_m = np.full(places.floor_m.shape, np.inf), np.full(places.floor_m.shape, np.inf)
    if known.any():
        nodes = places.first + np.flatnonzero(known)
        between_s, between_m = skim(places.network, nodes, cost_s)
        time_s[np.ix_(known, known)], way_m[np.ix_(known, known)] = between_s, between_m
    time_s, way_m = (time_s + time_s.T) / 2, (way_m + way_m.T) / 2
    slow = values.number("mobility.speed.local")
    extra = places.extra_m[:, None] + places.extra_m
    road = values.number("mobility.road_speed") if extra.any() else 1.0
    return np.maximum(time_s, places.floor_m / slow) + extra / road, np.maximum(way_m, places.floor_m) + extra


def _times(places: Places, car_s: np.ndarray, values: Values) -> dict[str, np.ndarray]:
    number = values.number
    times = {
        "walk": places.walk_m / number("mobility.speed.walk"),
        "cycle": places.walk_m / number("mobility.speed.cycle"),
        "car": car_s + number("mobility.car_access"),
        "bus": car_s * number("mobility.bus_time_ratio")
        + number("mobility.bus_access")
        + number("mobility.bus_headway_planned") / 2,
        "shared_taxi": car_s * number("mobility.shared_taxi_time_ratio") + number("mobility.shared_taxi_access"),
    }
    off_site = np.flatnonzero(~places.inside)
    if len(off_site):
        for table in times.values():
            table[off_site, off_site] = number("mobility.city_trip_time")
    return times
