"""The tables of trips: by zone, mode and purpose, and for the whole pole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from qutb.mobility.choice import MODES
from qutb.mobility.costs import Places, Trips
from qutb.mobility.equilibrium import load
from qutb.mobility.service import bus_service
from qutb.pack import Values

if TYPE_CHECKING:
    from qutb.mobility.findings import Known
    from qutb.mobility.run import Day

__all__ = ["bus_figures", "mode_table", "pole_row", "purpose_table", "zone_table"]

_TOURIST = "tourist"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _ratios(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def zone_table(known: Known, day: Day) -> pd.DataFrame:
    """People, trips begun and ended, and what cannot be reached, by zone."""
    zones, inside = known.zones, known.places.inside
    out = np.add.reduce(day.outings)
    both = out + out.T
    lost = np.add.reduce(day.lost)[inside]
    made = out[inside]
    times = np.where(made > 0, day.trips.mean_s[inside], 0.0)
    held = known.capacity.plots.reindex(known.plan.plots.index)
    total = made.sum(axis=1)
    car = (both * day.trips.share["car"])[inside].sum(axis=1)
    by_car, on_foot = known.places.by_car[inside], known.places.on_foot[inside] >= 0
    own = np.add.reduce([p.outings for p in known.purposes])[inside]
    return pd.DataFrame(
        {
            "blocks": np.bincount(zones.of_block.to_numpy(), minlength=len(zones)).astype(float),
            "population": zones.summed(np.nan_to_num(held["population"].to_numpy(dtype=float))),
            "jobs": zones.summed(np.nan_to_num(held["jobs"].to_numpy(dtype=float))),
            "trips_per_day": 2 * own,
            "trips_begun_per_day": both[inside].sum(axis=1),
            "trips_ended_per_day": both[:, inside].sum(axis=0),
            "impossible_trips_per_day": 2 * lost,
            "within_pole_share": _ratios(made[:, inside].sum(axis=1), total),
            "car_share": _ratios(car, both[inside].sum(axis=1)),
            "time_mean_s": _ratios((made * times).sum(axis=1), total),
            "x_m": zones.x_m,
            "y_m": zones.y_m,
            "connection": np.where(by_car, "streets", np.where(on_foot, "on_foot", "none")).astype(object),
        },
        index=pd.Index(zones.names, name="zone_id"),
    )


def mode_table(known: Known, day: Day, peak: dict[str, np.ndarray]) -> pd.DataFrame:
    """Trips a day from, to and within the pole, by mode."""
    out = np.add.reduce(day.outings)
    both = out + out.T
    rows = []
    whole = float(both.sum())
    for mode in MODES:
        own = both * day.trips.share[mode]
        total = float(own.sum())
        time_s = np.where(own > 0, day.trips.time_s[mode], 0.0)
        rows.append(
            {
                "trips_per_day": total,
                "share": _ratio(total, whole),
                "peak_trips_per_h": float(peak[mode].sum()),
                "time_mean_s": _ratio(float((own * time_s).sum()), total),
                "distance_mean_m": _ratio(float((own * day.trips.distance_m[mode]).sum()), total),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(MODES, name="mode"))


def purpose_table(known: Known, day: Day) -> pd.DataFrame:
    """Trips of the pole's residents and tourists by purpose."""
    inside = known.places.inside
    rows = []
    for purpose, out, lost in zip(known.purposes, day.outings, day.lost, strict=True):
        trips = 2 * float(purpose.outings[inside].sum())
        made = out[inside]
        times = np.where(made > 0, day.trips.mean_s[inside], 0.0)
        rows.append(
            {
                "trips_per_day": trips,
                "trips_per_day_low": trips * purpose.low,
                "trips_per_day_high": trips * purpose.high,
                "within_pole_share": _ratio(float(made[:, inside].sum()), trips / 2),
                "impossible_trips_per_day": 2 * float(lost[inside].sum()),
                "time_mean_s": _ratio(float((made * times).sum()), float(made.sum())),
                "peak_trips_per_h": 2 * float(made.sum()) * known.values.number(f"mobility.peak_share.{purpose.name}"),
            }
        )
    return pd.DataFrame(rows, index=pd.Index([p.name for p in known.purposes], name="purpose"))


def _containment(known: Known, outings: list[np.ndarray], names: tuple[str, ...] = ()) -> float:
    """Share of residents' outings that end in the pole."""
    inside = known.places.inside
    chosen = [
        (p, o)
        for p, o in zip(known.purposes, outings, strict=True)
        if p.name != _TOURIST and (not names or p.name in names)
    ]
    within = sum(float(o[np.ix_(inside, inside)].sum()) for _, o in chosen)
    return _ratio(within, sum(float(p.outings[inside].sum()) for p, _ in chosen))


def _vehicle_km(known: Known, trips: Trips, outings: list[np.ndarray]) -> float:
    out = np.add.reduce(outings)
    both = out + out.T
    km = 0.0
    for mode in ("car", "shared_taxi"):
        vehicles = both * trips.share[mode] / known.values.number(f"mobility.occupancy.{mode}")
        km += float((vehicles * trips.distance_m[mode]).sum()) / 1000
    return km


def pole_row(
    known: Known,
    day: Day,
    ends: list[list[np.ndarray]],
    zones: pd.DataFrame,
    modes: pd.DataFrame,
    purposes: pd.DataFrame,
    classes: pd.DataFrame,
) -> dict[str, object]:
    """The pole's row but for its buses."""
    inside, links = known.places.inside, known.links
    people = float(zones["population"].sum())
    residents = float(purposes.loc[purposes.index != _TOURIST, "trips_per_day"].sum())
    made = np.add.reduce(day.outings)[inside]
    times = np.where(made > 0, day.trips.mean_s[inside], 0.0)
    slow, quick = ends
    km = _vehicle_km(known, day.trips, day.outings)
    city = known.outside.names.index("city") if "city" in known.outside.names else None
    return {
        "zones": float(len(zones)),
        **{name: float(purposes[name].sum()) for name in ("trips_per_day", "trips_per_day_low", "trips_per_day_high")},
        "trips_per_inhabitant_per_day": _ratio(residents, people),
        "impossible_trips_per_day": float(zones["impossible_trips_per_day"].sum()),
        "self_containment_share": _containment(known, day.outings),
        "self_containment_share_low": _containment(known, slow),
        "self_containment_share_high": _containment(known, quick),
        "work_self_containment_share": _containment(known, day.outings, ("work",)),
        **{f"{mode}_share": float(modes.at[mode, "share"]) for mode in MODES},
        "time_mean_s": _ratio(float((made * times).sum()), float(made.sum())),
        "vehicle_km_per_day": km,
        "vehicle_km_per_day_low": min(km, _vehicle_km(known, day.trips, quick)),
        "vehicle_km_per_day_high": max(km, _vehicle_km(known, day.trips, slow)),
        "vehicle_km_per_inhabitant_per_day": _ratio(km, people),
        "peak_vehicles_per_h": known.assigned.trips + known.assigned.trips_within,
        "city_distance_m": float(known.outside.distance_m[city]) if city is not None else np.nan,
        **_busiest(known, links),
        "over_capacity_length_m": _length(links, links["volume_to_capacity_ratio"] > 1.0),
        "short_of_lanes_length_m": float(classes["short_length_m"].sum()),
        **{f"{name}_lanes_needed": float(classes.at[name, "lanes_needed"]) for name in classes.index},
        "relative_gap": known.assigned.gap,
        "iterations": float(known.assigned.iterations),
    }


def _length(links: pd.DataFrame, chosen: pd.Series) -> float:
    """Length of the edges with a chosen direction, each counted once."""
    return float(links.loc[chosen].drop_duplicates("edge_id")["length_m"].sum())


def _busiest(known: Known, links: pd.DataFrame) -> dict[str, object]:
    ratio = links["volume_to_capacity_ratio"]
    found: dict[str, object] = {
        "peak_link": str(ratio.idxmax()) if len(ratio) else "",
        "volume_to_capacity_max": float(ratio.max()) if len(ratio) else np.nan,
    }
    gate = known.outside.gate
    at_gate = (known.streets.tail == gate) | (known.streets.head == gate)
    own = links[at_gate]
    found["gate_flow_vehicles_per_h"] = float(own["flow_vehicles_per_h"].max()) if len(own) else np.nan
    found["gate_volume_to_capacity_ratio"] = float(own["volume_to_capacity_ratio"].max()) if len(own) else np.nan
    return found


def bus_figures(places: Places, passengers: np.ndarray, trips: Trips, values: Values) -> dict[str, float]:
    """Bus passengers on the quickest ways, and the headway they ask for on one line through the pole."""
    flow = load(places.network, places.demand(passengers), places.network.free)
    rides = trips.time_s["bus"][np.ix_(places.inside, places.inside)]
    longest = float(rides[np.isfinite(rides)].max(initial=0.0))
    return bus_service(flow[: places.streets], 2 * longest, values)
