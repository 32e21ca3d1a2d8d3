"""Service of the streets: level by volume over capacity, lanes needed, buses on the busiest section."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qutb.mobility.streets import CAR_CLASSES, Streets
from qutb.pack import Values

__all__ = ["bus_service", "lanes_by_class", "levels", "link_table"]

_GRADES = "abcde"
_WORST = "F"


def levels(ratio: np.ndarray, values: Values) -> np.ndarray:
    """A to F by volume over capacity; absent where the pack has no readable limits."""
    limits = [values.limit(f"mobility.level_of_service_max.{grade}") for grade in _GRADES]
    if any(limit is None for limit in limits):
        return np.full(len(ratio), None, dtype=object)
    bounds = np.array([limit.central for limit in limits if limit is not None])
    names = np.array([*_GRADES.upper(), _WORST], dtype=object)
    found: np.ndarray = names[np.searchsorted(bounds, np.nan_to_num(ratio), side="left")]
    return found


def link_table(
    streets: Streets, edges: pd.DataFrame, flow: np.ndarray, time_s: np.ndarray, values: Values
) -> pd.DataFrame:
    """One row a directed link, named ``<edge>>`` along the line and ``<edge><`` against it."""
    edge = streets.edge
    capacity = streets.capacity
    ratio = np.divide(flow, capacity, out=np.zeros_like(flow), where=capacity > 0)
    limit = values.limit("mobility.volume_to_capacity_max")
    most = limit.central if limit is not None else 1.0
    needed = np.ceil(flow / (streets.capacity_per_lane * most) - 1e-9)
    names = edges.index.to_numpy(dtype=object)[edge] + streets.direction.astype(object)
    return pd.DataFrame(
        {
            "edge_id": edges.index.to_numpy(dtype=object)[edge],
            "street_id": edges["street_id"].to_numpy(dtype=object)[edge],
            "street_class": streets.street_class[edge].astype(object),
            "length_m": streets.length_m[edge],
            "lanes": streets.lanes,
            "lanes_standing": np.where(streets.lanes_given, "given", "assumed").astype(object),
            "flow_vehicles_per_h": flow,
            "capacity_vehicles_per_h": capacity,
            "volume_to_capacity_ratio": ratio,
            "level_of_service": levels(ratio, values),
            "free_time_s": streets.free_s,
            "time_s": time_s,
            "lanes_needed": needed,
            "geometry": edges.geometry.to_numpy()[edge],
        },
        index=pd.Index(names, name="link_id"),
    )


def lanes_by_class(links: pd.DataFrame) -> pd.DataFrame:
    """Lanes in all, given and needed, on the busiest link of each class, and the length that is short of lanes.

    One lane for both directions is enough where both together fill no more than one.
    """
    edge, first = np.unique(links["edge_id"].to_numpy(dtype=object).astype(str), return_index=True)
    at = np.searchsorted(edge, links["edge_id"].to_numpy(dtype=object).astype(str))
    ratio = links["volume_to_capacity_ratio"].to_numpy(dtype=float)
    length = links["length_m"].to_numpy(dtype=float)
    km = np.bincount(at, weights=links["flow_vehicles_per_h"].to_numpy(dtype=float) * length) / 1000
    lanes = np.bincount(at, weights=links["lanes"].to_numpy(dtype=float))
    both = np.bincount(at, weights=links["lanes_needed"].to_numpy(dtype=float))
    busiest = np.zeros(len(edge))
    np.maximum.at(busiest, at, ratio)
    needed = np.where((lanes <= 1) & (both <= 2) & (busiest <= 1), 1.0, both)
    street_class = links["street_class"].to_numpy(dtype=object)[first]
    rows = []
    for name in CAR_CLASSES:
        own = street_class == name
        rows.append(
            {
                "length_m": float(length[first][own].sum()),
                "lanes": float(lanes[own].max(initial=0.0)),
                "lanes_needed": float(needed[own].max(initial=0.0)),
                "short_length_m": float(length[first][own & (needed > lanes)].sum()),
                "volume_to_capacity_max": float(busiest[own].max(initial=0.0)),
                "vehicle_km_per_peak_h": float(km[own].sum()),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(CAR_CLASSES, name="street_class"))


def bus_service(passengers: np.ndarray, turn_s: float, values: Values) -> dict[str, float]:
    """Headway [s] that carries the busiest section, buses on the road, from passengers by link in the peak hour.

    headway = 3600 x places x load / passengers, not longer than ``mobility.bus_headway_max``;
    buses = turn of the line [s] / headway, rounded up.
    """
    busiest = float(passengers.max(initial=0.0))
    seats = values.number("mobility.bus_places") * values.number("mobility.bus_load")
    longest = values.number("mobility.bus_headway_max")
    needed = 3600.0 * seats / busiest if busiest > 0 else np.inf
    headway = min(needed, longest)
    return {
        "bus_passengers_busiest_per_h": busiest,
        "bus_headway_s": headway if busiest > 0 else float("nan"),
        "buses_needed": float(np.ceil(turn_s / headway - 1e-9)) if busiest > 0 else 0.0,
    }
