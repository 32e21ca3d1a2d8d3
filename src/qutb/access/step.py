"""``run``: walks, people within reach, provision, phases, fairness, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import shapely

from qutb.access.findings import Seen, all_checks, all_findings, not_seen, verdict
from qutb.access.measures import equity, weighted_mean, weighted_quantiles
from qutb.access.network import AirLine, Network, network_of
from qutb.access.placing import candidate_plots, next_unit
from qutb.access.services import Service, services_of
from qutb.access.state import Moment, Reading, Score, State, read_all, score_of, state_of
from qutb.access.tables import MINUTES, RADII_M, TABLES
from qutb.capacity import Capacity
from qutb.core import QUIET, Context, StepResult, Table
from qutb.pack import Values
from qutb.plan import SEGMENTS, Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Access", "run", "state_at"]

_UNASSIGNED = "unassigned"


@dataclass(frozen=True, kw_only=True, eq=False)
class Access(StepResult):
    """Walks from every plot, who is within reach of what, who has a place, phase by phase."""

    TABLES: ClassVar[Mapping[str, Table]] = TABLES

    plots: pd.DataFrame
    distances: pd.DataFrame
    facilities: pd.DataFrame
    services: pd.DataFrame
    unserved: pd.DataFrame
    phases: pd.DataFrame
    phase_services: pd.DataFrame
    segments: pd.DataFrame
    pole: pd.DataFrame


def run(*, plan: Plan, fabric: Fabric, capacity: Capacity, site: Site, values: Values, ctx: Context = QUIET) -> Access:
    """How people of a plan reach services on foot, exactly, and who goes short of places.

    Walks [m] run along centre lines from the doors of plots (``qutb.access.network``). A plan at block grain is
    walked from the middle of each block's sides; at zone grain in straight lines between centres; both are said
    in ``not_seen``. Limits of reach and floors of service come from the pack's norms and comparators; without one
    a service is measured and its check says ``not_evaluated``.
    """
    state = state_at(plan, fabric, capacity, values)
    ctx.report("access", 0.1)
    readings = read_all(state)
    ctx.report("access", 0.5)
    speed = values.number("access.walking_speed")
    plots = _plots(plan, state, readings[""], speed)
    ctx.report("access", 0.8)
    phase_services = _phase_services(state, readings)
    phases = _phases(state, readings, phase_services, speed)
    services = _services(plan, fabric, state, readings[""])
    unserved = _unserved(plan, state, readings[""])
    segments = _segments(plan, state, plots, readings[""])
    seen = Seen(
        plan=plan,
        edges=fabric.edges,
        state=state,
        readings=readings,
        services=services,
        phase_services=phase_services,
        straight=isinstance(state.network, AirLine),
        catalogue=values.catalogue("facilities"),
    )
    return Access(
        plots=plots,
        distances=_distances(plan, state, readings[""]),
        facilities=_facilities(plan, state, readings[""]),
        services=services,
        unserved=unserved,
        phases=phases,
        phase_services=phase_services,
        segments=segments,
        pole=_pole(state, plots, services, phase_services, score_of(state, readings)),
        findings=all_findings(seen),
        checks=all_checks(seen),
        not_seen=not_seen(seen),
        status="partial" if seen.straight or not len(plan.streets) else "complete",
    )


def state_at(plan: Plan, fabric: Fabric, capacity: Capacity, values: Values) -> State:
    """The plan as walking sees it: what :func:`run` measures and edits start from."""
    network = _network(plan, fabric)
    population = np.nan_to_num(capacity.plots["population"].reindex(plan.plots.index).to_numpy(dtype="float64"))
    services = services_of(plan, fabric, capacity, values)
    if _blind(network):  # where no plot meets a street, nothing can be judged
        services = tuple(replace(s, reach=None, floor=None, places=None) for s in services)
    return state_of(plan, fabric, network, population, services)


def _network(plan: Plan, fabric: Fabric) -> Network:
    shapes = plan.plots.geometry.to_numpy()
    drawn = len(shapes) > 0 and not (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any()
    if drawn and (plan.plots["detail"] == "zone").all():
        return AirLine.between(shapes)
    return network_of(plan.shapes, fabric)


def _blind(network: Network) -> bool:
    return not network.reached.any() and not isinstance(network, AirLine)


def _daily(state: State) -> list[Service]:
    return [s for s in state.services if s.daily]


def _walk_table(services: Sequence[Service], readings: Mapping[str, Reading], plots: int) -> np.ndarray:
    walks = [readings[s.facility_type].walk_m for s in services]
    return np.column_stack(walks) if walks else np.empty((plots, 0))


def _completeness(walks: np.ndarray, speed: float) -> dict[str, np.ndarray]:
    share = max(walks.shape[1], 1)
    return {f"completeness_{m}min": (walks <= m * 60.0 * speed).sum(axis=1) / share for m in MINUTES}


def _mean_walk(walks: np.ndarray) -> np.ndarray:
    """Mean over services that somebody can reach; inf where one of them cannot be reached."""
    offered = np.isfinite(walks).any(axis=0)
    return walks[:, offered].mean(axis=1) if offered.any() else np.full(len(walks), np.nan)


def _plots(plan: Plan, state: State, readings: Mapping[str, Reading], speed: float) -> pd.DataFrame:
    daily, network = _daily(state), state.network
    walks = _walk_table(daily, readings, len(plan.plots))
    complete = _completeness(walks, speed)
    reached = network.reached
    within = network.people_within(state.population, RADII_M)
    unserved = np.zeros(len(plan.plots))
    for reading in readings.values():
        if reading.provision is not None:
            unserved += reading.provision.unserved
    walk = _mean_walk(walks)
    columns: dict[str, Any] = {
        "population": state.population,
        "doors": np.diff(network.doors.starts).astype("float64"),
        **{f"people_within_{radius:.0f}_m": within[:, i] for i, radius in enumerate(RADII_M)},
        **{name: np.where(reached, share, np.nan) for name, share in complete.items()},
        "walk_m": np.where(np.isfinite(walk), walk, np.nan),
        "green_distance_m": _green(state, readings),
        "route_directness": _directness(daily, readings, network),
        "unserved_users": unserved,
        "walk_class": _walk_class(complete, reached),
    }
    return pd.DataFrame(columns, index=plan.plots.index)


def _green(state: State, readings: Mapping[str, Reading]) -> np.ndarray:
    walk = readings["green_space"].walk_m if "green_space" in readings else np.full(len(state.population), np.nan)
    return np.where(np.isfinite(walk), walk, np.nan)


def _walk_class(complete: Mapping[str, np.ndarray], reached: np.ndarray) -> np.ndarray:
    within = [complete[f"completeness_{m}min"] >= 0.5 for m in MINUTES]
    names = np.array([*(str(m) for m in MINUTES), "more", None], dtype=object)
    number = np.select([~reached, *within], [len(MINUTES) + 1, *range(len(MINUTES))], len(MINUTES))
    found: np.ndarray = names[number]
    return found


def _directness(daily: Sequence[Service], readings: Mapping[str, Reading], network: Network) -> np.ndarray:
    """Mean over services of walk over straight line; services next door (no line to walk) are left out."""
    total, counted = np.zeros(network.doors.places), np.zeros(network.doors.places)
    for service in daily:
        reading = readings[service.facility_type]
        if not len(reading.sites):
            continue
        line = network.straight(reading.sites)
        known = np.isfinite(reading.walk_m) & (line > 0) & np.isfinite(line)
        total[known] += reading.walk_m[known] / line[known]
        counted += known
    return np.divide(total, counted, out=np.full(len(total), np.nan), where=counted > 0)


def _distances(plan: Plan, state: State, readings: Mapping[str, Reading]) -> pd.DataFrame:
    offered = [s.facility_type for s in state.services if len(readings[s.facility_type].sites)]
    names = np.append(plan.plots.index.to_numpy(dtype=object), [None])
    count = len(plan.plots)
    walk = np.concatenate([np.empty(0), *(readings[t].walk_m for t in offered)])
    nearest = np.concatenate([np.empty(0, dtype=int), *(readings[t].nearest for t in offered)])
    return pd.DataFrame(
        {
            "plot_id": np.tile(names[:-1], len(offered)),
            "facility_type": np.repeat(np.array(offered, dtype=object), count),
            "distance_m": np.where(np.isfinite(walk), walk, np.nan),
            "nearest": names[nearest],
        }
    )


def _spread(walk: np.ndarray, users: np.ndarray, ids: np.ndarray) -> dict[str, Any]:
    """p50, p95 and the worst plot of those who have a way."""
    known = np.isfinite(walk) & (users > 0)
    half, most = weighted_quantiles(walk[known], users[known], (0.5, 0.95))
    if not known.any():
        return {"p50_m": half, "p95_m": most, "worst_plot": None, "worst_distance_m": np.nan}
    worst = np.flatnonzero(known)[walk[known].argmax()]
    return {"p50_m": half, "p95_m": most, "worst_plot": ids[worst], "worst_distance_m": float(walk[worst])}


def _facilities(plan: Plan, state: State, readings: Mapping[str, Reading]) -> pd.DataFrame:
    ids = plan.plots.index.to_numpy(dtype=object)
    rows = []
    for service in state.services:
        reading = readings[service.facility_type]
        provision = reading.provision
        for column, site in enumerate(reading.sites.tolist()):
            mine = np.flatnonzero(reading.nearest == site)
            users, walk = reading.users[mine], reading.walk_m[mine]
            rows.append(
                {
                    "plot_id": ids[site],
                    "facility_type": service.facility_type,
                    "users_nearest": float(users.sum()),
                    **_spread(walk, users, ids[mine]),
                    "places": _places(service, site),
                    "served": float(provision.flow[:, column].sum()) if provision else np.nan,
                    "price_of_a_place_m": float(provision.price_m[column]) if provision else np.nan,
                }
            )
    names = ["plot_id", *(c.name for c in TABLES["facilities"])]
    return pd.DataFrame(rows, columns=names).set_index("plot_id")


def _places(service: Service, site: int) -> float:
    if service.places is None or site in service.no_places:
        return np.nan
    return float(service.places[np.flatnonzero(service.rows == site)[0]])


def _services(plan: Plan, fabric: Fabric, state: State, readings: Mapping[str, Reading]) -> pd.DataFrame:
    ids = plan.plots.index.to_numpy(dtype=object)
    candidates = candidate_plots(plan, fabric, state)
    rows = []
    for service in state.services:
        reading = readings[service.facility_type]
        provision = reading.provision
        rows.append(
            {
                "facility_type": service.facility_type,
                "units": float(state.network.reached[reading.sites].sum()),
                "users": reading.asked,
                "reach_m": service.reach.value if service.reach else np.nan,
                "in_reach_users": reading.in_reach if service.reach else np.nan,
                "in_reach_share": reading.in_reach_share if service.reach else np.nan,
                "without_way_users": reading.without_way,
                **_spread(reading.walk_m, reading.users, ids),
                "places": float(service.places.sum()) if service.places is not None else np.nan,
                "served": provision.served if provision else np.nan,
                "unserved": float(provision.unserved.sum()) if provision else np.nan,
                "walk_to_place_m": provision.walk_person_m / provision.served
                if provision and provision.served
                else np.nan,
                "flow_gap_person_m": provision.gap_person_m if provision else np.nan,
                **next_unit(plan, state, service, reading, candidates),
                "status": service.floor.status if service.floor else "missing",
                "verdict": verdict(service, reading),
            }
        )
    names = ["facility_type", *(c.name for c in TABLES["services"])]
    return pd.DataFrame(rows, columns=names).set_index("facility_type")


def _unserved(plan: Plan, state: State, readings: Mapping[str, Reading]) -> pd.DataFrame:
    ids = plan.plots.index.to_numpy(dtype=object)
    parts = []
    for service in state.services:
        reading = readings[service.facility_type]
        if reading.provision is None:
            continue
        left = reading.provision.unserved
        rows = np.flatnonzero(left > 0)
        reach = service.reach.value if service.reach else np.inf
        far = ~(reading.walk_m[rows] <= reach)
        parts.append(
            pd.DataFrame(
                {
                    "plot_id": ids[rows],
                    "facility_type": service.facility_type,
                    "users": reading.users[rows],
                    "unserved": left[rows],
                    "cause": np.where(far | ~np.isfinite(reading.walk_m[rows]), "far", "full"),
                }
            )
        )
    filled = [p for p in parts if len(p)]
    names = [c.name for c in TABLES["unserved"]]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=names)


def _phase_services(state: State, readings: Mapping[str, Mapping[str, Reading]]) -> pd.DataFrame:
    rows = []
    for moment in state.moments[:-1]:
        for service in state.services:
            reading = readings[moment.phase][service.facility_type]
            provision = reading.provision
            there = state.here(moment)[service.rows]
            rows.append(
                {
                    "phase": moment.phase,
                    "facility_type": service.facility_type,
                    "units": float(len(reading.sites)),
                    "users": reading.asked,
                    "in_reach_share": reading.in_reach_share if service.reach else np.nan,
                    "without_way_users": reading.without_way,
                    "places": float(service.places[there].sum()) if service.places is not None else np.nan,
                    "unserved": float(provision.unserved.sum()) if provision else np.nan,
                    "verdict": verdict(service, reading),
                }
            )
    return pd.DataFrame(rows, columns=[c.name for c in TABLES["phase_services"]])


def _phases(
    state: State, readings: Mapping[str, Mapping[str, Reading]], phase_services: pd.DataFrame, speed: float
) -> pd.DataFrame:
    rows = [_phase(state, moment, readings[moment.phase], speed) for moment in state.moments[:-1]]
    below = phase_services["verdict"].isin(("not_met", "comparator_not_met"))
    count = below.groupby(phase_services["phase"]).sum()
    table = pd.DataFrame(rows, columns=["phase", *(c.name for c in TABLES["phases"])]).set_index("phase")
    return table.assign(services_below_floor=count.reindex(table.index).fillna(0).astype("float64"))


def _phase(state: State, moment: Moment, readings: Mapping[str, Reading], speed: float) -> dict[str, Any]:
    here = state.here(moment)
    people = np.where(here, state.population, 0.0)
    walks = _walk_table(_daily(state), readings, len(people))
    unserved = {name: float(r.provision.unserved.sum()) for name, r in readings.items() if r.provision}
    return {
        "phase": moment.phase,
        "population": float(people.sum()),
        **{name: weighted_mean(share, people) for name, share in _completeness(walks, speed).items()},
        "walk_m": weighted_mean(_mean_walk(walks), people),
        "unserved_users": sum(unserved.values()),
        "unserved_pupils": sum(unserved.get(s.facility_type, 0.0) for s in state.services if s.school),
        "without_way_people": _without_way(walks, people),
        "services_below_floor": 0.0,
    }


def _without_way(walks: np.ndarray, people: np.ndarray) -> float:
    return float(people[~np.isfinite(walks).any(axis=1)].sum()) if walks.shape[1] else float(people.sum())


def _segments(plan: Plan, state: State, plots: pd.DataFrame, readings: Mapping[str, Reading]) -> pd.DataFrame:
    segment = plan.plots["segment"].fillna(_UNASSIGNED).to_numpy(dtype=object)
    asked, left = np.zeros(len(plots)), np.zeros(len(plots))
    for reading in readings.values():
        if reading.provision is not None:
            asked += reading.users
            left += reading.provision.unserved
    rows = []
    for name in (*SEGMENTS, _UNASSIGNED):
        people = np.where(segment == name, state.population, 0.0)
        mine = segment == name
        rows.append(
            {
                "segment": name,
                "population": float(people.sum()),
                **_people_means(plots, people),
                "unserved_share": left[mine].sum() / asked[mine].sum() if asked[mine].sum() > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows).set_index("segment")


def _people_means(plots: pd.DataFrame, people: np.ndarray) -> dict[str, float]:
    walk = plots["walk_m"].to_numpy()
    fair = equity(walk, people)
    return {
        **{f"completeness_{m}min": weighted_mean(plots[f"completeness_{m}min"].to_numpy(), people) for m in MINUTES},
        "walk_m": weighted_mean(walk, people),
        "walk_p90_p10": fair["p90_p10"],
        "walk_gini": fair["gini"],
        "walk_worst_tenth_m": fair["worst_tenth"],
    }


def _pole(
    state: State, plots: pd.DataFrame, services: pd.DataFrame, phase_services: pd.DataFrame, score: Score
) -> pd.DataFrame:
    people = state.population
    counted = services[services["unserved"].notna()]
    below = phase_services[phase_services["verdict"].isin(("not_met", "comparator_not_met"))]["facility_type"]
    means = {
        name: weighted_mean(plots[name].to_numpy(), people)
        for name in (*(f"people_within_{r:.0f}_m" for r in RADII_M), "green_distance_m", "route_directness")
    }
    asked = float(counted["users"].sum())
    row = {
        "population": float(people.sum()),
        **means,
        **_people_means(plots, people),
        "green_in_reach_share": float(services["in_reach_share"].get("green_space", np.nan)),
        **(dict.fromkeys(score.names(), np.nan) if _blind(state.network) else vars(score)),
        "unserved_share": float(counted["unserved"].sum()) / asked if asked > 0 else np.nan,
        "without_way_people": float(people[plots["walk_m"].isna().to_numpy()].sum()),
        "services_below_floor": float(below.nunique()),
        "edges": float(len(state.network.first)),
        "doors": float(len(state.network.doors.plot)),
    }
    return pd.DataFrame([row], index=pd.Index(["pole"], name="pole"))[[c.name for c in TABLES["pole"]]]
