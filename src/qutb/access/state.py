"""What is open when: streets, plots and services at each phase, and how each service does then.

The step, and every edit tried, is a :class:`State` measured by the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from qutb.access.network import Network
from qutb.access.provision import Provision, least_unserved
from qutb.access.services import Service
from qutb.plan import Fabric, Plan

__all__ = ["Moment", "Reading", "Score", "State", "moments_of", "read_all", "read_service", "score_of", "state_of"]

_LAST = np.inf


@dataclass(frozen=True, eq=False, kw_only=True)
class Moment:
    """The end of a phase, or (``phase`` empty) the whole plan: what is built by then."""

    phase: str
    rank: float


@dataclass(frozen=True, eq=False, kw_only=True)
class State:
    """A plan as walking sees it. Ranks: 0 stands already, inf comes last; ``moments`` in order, the whole plan last."""

    network: Network
    edge_rank: np.ndarray
    plot_rank: np.ndarray
    population: np.ndarray
    services: tuple[Service, ...]
    moments: tuple[Moment, ...]

    def built(self, moment: Moment) -> np.ndarray:
        """Edges that are there at a moment."""
        there: np.ndarray = self.edge_rank <= moment.rank
        return there

    def at(self, moment: Moment) -> Network:
        built = self.built(moment)
        return self.network if built.all() else self.network.part(built)

    def here(self, moment: Moment) -> np.ndarray:
        """Plots that are there at a moment."""
        there: np.ndarray = self.plot_rank <= moment.rank
        return there


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """One service at one moment: walk [m] and nearest unit of every plot, users there, those without a place.

    ``sites`` are the rows of the units there, columns of ``provision.flow``. ``unserved`` is NaN where places are
    not counted; ``provision``, who goes where, is left out of a reading that only scores.
    """

    walk_m: np.ndarray
    nearest: np.ndarray
    users: np.ndarray
    sites: np.ndarray
    in_reach: float
    without_way: float
    unserved: float
    provision: Provision | None

    @property
    def asked(self) -> float:
        return float(self.users.sum())

    @property
    def in_reach_share(self) -> float:
        return self.in_reach / self.asked if self.asked > 0 else np.nan


def moments_of(plan: Plan) -> tuple[Moment, ...]:
    """The phases in order, then the whole plan."""
    phases = plan.phases.sort_values("rank", kind="stable")
    listed = [
        Moment(phase=str(name), rank=float(rank)) for name, rank in zip(phases.index, phases["rank"], strict=True)
    ]
    return (*listed, Moment(phase="", rank=_LAST))


def state_of(
    plan: Plan, fabric: Fabric, network: Network, population: np.ndarray, services: Iterable[Service]
) -> State:
    """The state of a plan: streets and plots of no known phase come last; existing streets stand already."""
    rank = {str(k): float(v) for k, v in plan.phases["rank"].items()}
    street = plan.streets
    by_street = pd.Series(_ranks(street["phase"], rank), index=street.index)
    edge_rank = fabric.edges["street_id"].map(by_street).fillna(_LAST).to_numpy(dtype=float)
    edge_rank = np.where(fabric.edges["existing"].to_numpy(dtype=bool), 0.0, edge_rank)
    return State(
        network=network,
        edge_rank=edge_rank,
        plot_rank=_ranks(plan.plots["phase"], rank),
        population=population,
        services=tuple(services),
        moments=moments_of(plan),
    )


def _ranks(phase: pd.Series, rank: dict[str, float]) -> np.ndarray:
    return phase.map(lambda p: rank.get(str(p), _LAST)).to_numpy(dtype=float)


def read_service(state: State, service: Service, moment: Moment, *, who_goes_where: bool = True) -> Reading:
    """How ``service`` does at ``moment`` for the people already there, over the streets already there."""
    network, here = state.at(moment), state.here(moment)
    users = np.where(here, service.users, 0.0)
    there = here[service.rows]
    sites = service.rows[there]
    walk, nearest = network.nearest(sites)
    reach = service.reach.value if service.reach else np.inf
    way = np.isfinite(walk)
    unserved, provision = np.nan, None
    if service.places is not None and who_goes_where:
        provision = network.provided(sites, users, service.places[there], reach)
        unserved = float(provision.unserved.sum())
    elif service.places is not None:
        near = network.walks(sites, reach) <= reach
        unserved = least_unserved(near, users, service.places[there])
    return Reading(
        walk_m=walk,
        nearest=nearest,
        users=users,
        sites=sites,
        in_reach=float(users[way & (walk <= reach)].sum()),
        without_way=float(users[~way].sum()),
        unserved=unserved,
        provision=provision,
    )


@dataclass(frozen=True, kw_only=True)
class Score:
    """What an edit is judged by, in people: with a service of known reach in reach, summed over such services;
    without a place; pupils without a place; short of the floors of service, summed over phases and services.
    """

    in_reach_users: float
    unserved_users: float
    unserved_pupils: float
    short_of_floor_users: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(f.name for f in fields(cls))


Read = Callable[[Service, Moment], Reading]


def read_all(state: State, read: Read | None = None) -> dict[str, dict[str, Reading]]:
    """Every service at every moment; the whole plan is read once more only where the last phase is not all of it."""
    found: dict[str, dict[str, Reading]] = {}
    previous: Moment | None = None
    for moment in state.moments:
        if previous is not None and _same(state, previous, moment):
            found[moment.phase] = found[previous.phase]
        else:
            found[moment.phase] = {
                s.facility_type: read(s, moment) if read else read_service(state, s, moment) for s in state.services
            }
        previous = moment
    return found


def _same(state: State, one: Moment, two: Moment) -> bool:
    return all(((rank <= one.rank) == (rank <= two.rank)).all() for rank in (state.edge_rank, state.plot_rank))


def score_of(state: State, readings: Mapping[str, Mapping[str, Reading]]) -> Score:
    """The score of a state from its readings."""
    whole = readings[""]
    left = {s.facility_type: whole[s.facility_type].unserved for s in state.services if s.places is not None}
    phases = state.moments[:-1] or state.moments
    return Score(
        in_reach_users=sum(whole[s.facility_type].in_reach for s in state.services if s.reach),
        unserved_users=sum(left.values()),
        unserved_pupils=sum(left.get(s.facility_type, 0.0) for s in state.services if s.school),
        short_of_floor_users=sum(
            max(s.floor.value * r.asked - r.in_reach, 0.0)
            for moment in phases
            for s in state.services
            if s.floor is not None and s.reach is not None
            for r in (readings[moment.phase][s.facility_type],)
        ),
    )
