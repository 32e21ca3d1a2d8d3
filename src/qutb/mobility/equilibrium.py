"""User equilibrium: nobody gains by another way. The network, its demand and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qutb import kernels
from qutb.core import QUIET, Context, InputError, LimitError

__all__ = ["Assignment", "Demand", "Network", "assign", "load", "prepare", "skim"]

_MEMORY_BYTES = 3_000_000_000
_COARSE_GAP = 1e-4
_SPARING = 20  # rounds; where these do not do, all origins are worked on
_SETTLED = 0.1  # of the gap asked for: an origin below has nothing to mend


@dataclass(frozen=True, eq=False, kw_only=True)
class Network:
    """Links between nodes numbered from 0. Cost of a link: ``fixed + free (1 + b (flow / capacity)^power)``.

    ``free`` in any unit of time, ``fixed`` (toll, weighted length) in the same, ``capacity`` in vehicles of the
    period of the demand, ``length`` in any unit. ``through`` [node] is false where only trips that begin or
    end there may use the node. A link with an infinite cost, or with no capacity where cost depends on flow,
    is closed.
    """

    tail: np.ndarray
    head: np.ndarray
    free: np.ndarray
    capacity: np.ndarray
    b: np.ndarray
    power: np.ndarray
    fixed: np.ndarray
    length: np.ndarray
    through: np.ndarray

    def __post_init__(self) -> None:
        for name in ("free", "capacity", "b", "power", "fixed", "length"):
            array = getattr(self, name)
            if np.isnan(array).any() or (array < 0).any():
                at = int(np.flatnonzero(np.isnan(array) | (array < 0))[0])
                raise InputError("TRAFFIC-BAD-LINK", f"link {at + 1}", name=name, value=float(array[at]))

    @property
    def open(self) -> np.ndarray:
        """Links that can carry traffic."""
        grows = (self.b > 0) & (self.power > 0) & (self.free > 0)
        usable: np.ndarray = np.isfinite(self.free + self.fixed) & ((self.capacity > 0) | ~grows)
        return usable & (self.tail != self.head)

    def objective(self, flow: np.ndarray) -> float:
        """Beckmann's sum of integrals of link cost from 0 to ``flow``."""
        used = flow > 0
        v, cap, power = flow[used], self.capacity[used], self.power[used]
        grown = np.where(
            self.b[used] > 0, self.b[used] * v / (power + 1) * (v / np.where(cap > 0, cap, 1)) ** power, 0.0
        )
        return float((self.fixed[used] * v + self.free[used] * (v + grown)).sum())


@dataclass(frozen=True, eq=False, kw_only=True)
class Demand:
    """Trips from node to node, one entry a pair."""

    origin: np.ndarray
    destination: np.ndarray
    trips: np.ndarray

    def __post_init__(self) -> None:
        bad = ~np.isfinite(self.trips) | (self.trips < 0)
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            raise InputError("TRAFFIC-BAD-TRIPS", f"entry {at + 1}", value=float(self.trips[at]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Assignment:
    """Flow and cost by link; cost and length of the cheapest way by entry of the demand (infinite: none).

    ``gap`` is (total cost - cost were all on cheapest ways) / total cost. ``trips`` were assigned,
    ``trips_within`` begin and end at one node, ``trips_unreached`` have no way.
    """

    flow: np.ndarray
    cost: np.ndarray
    way_cost: np.ndarray
    way_length: np.ndarray
    objective: float
    gap: float
    converged: bool
    iterations: int
    trips: float
    trips_within: float
    trips_unreached: float

    @property
    def total_cost(self) -> float:
        used = self.flow > 0
        return float(self.flow[used] @ self.cost[used])


def assign(
    network: Network,
    demand: Demand,
    *,
    gap: float = 1e-4,
    iterations: int = 1000,
    ways: bool = True,
    ctx: Context = QUIET,
) -> Assignment:
    """Assign ``demand`` to ``network`` until the relative gap is at most ``gap`` or ``iterations`` are done.

    Without ``ways`` the cost and length of the cheapest ways are left out (NaN).

    Raises ``LimitError`` where origins x links would not fit into memory.
    """
    moving = _moving(demand)
    keep = np.flatnonzero(network.open)
    bushes, start = _bushes(network, keep, demand.origin[moving])
    where, trips = demand.destination[moving].astype(np.int64), demand.trips[moving].astype(np.float64)
    kernels.start_bushes(bushes, start, where, trips)
    done, over = 0, np.empty(len(bushes.origin))
    while True:
        kernels.recount(bushes)
        kernels.excess(bushes, start, where, trips, over)
        own = bushes.part @ bushes.cost
        total = float(bushes.flow @ bushes.cost)
        reached_gap = float(over.sum()) / total if total > 0 else 0.0
        ctx.report("assignment", _progress(reached_gap, gap))
        if reached_gap <= gap or done >= iterations:
            break
        settled = _SETTLED * max(gap, 1e-15) * own if done < _SPARING else -np.inf
        _work(bushes, np.flatnonzero(over > settled), reached_gap)
        done += 1
    reached = bushes.has_way(start, where)
    way_cost, way_length = np.full(len(moving), np.nan), np.full(len(moving), np.nan)
    if ways:
        length = network.length[keep].astype(np.float64)
        kernels.tree_costs(bushes, start, where, way_cost, length, way_length)
    flow, cost = np.zeros(len(network.tail)), np.full(len(network.tail), np.inf)
    flow[keep], cost[keep] = bushes.flow, bushes.cost
    return Assignment(
        flow=flow,
        cost=cost,
        way_cost=_back(way_cost, moving, demand),
        way_length=_back(way_length, moving, demand),
        objective=network.objective(flow),
        gap=max(reached_gap, 0.0),
        converged=reached_gap <= gap,
        iterations=done,
        trips=float(trips[reached].sum()),
        trips_within=float(demand.trips[demand.origin == demand.destination].sum()),
        trips_unreached=float(trips[~reached].sum()),
    )


def _work(bushes: Any, rows: np.ndarray, gap: float) -> None:
    """Bring the bushes of ``rows``, those not yet settled, nearer to equilibrium."""
    kernels.reshape(bushes, rows)
    for _ in range(4 if gap > _COARSE_GAP else 12):
        kernels.equalise(bushes, rows)


def _progress(reached: float, wanted: float) -> float:
    """0..1 by orders of magnitude of the gap."""
    if reached <= wanted:
        return 1.0
    return float(np.clip(np.log10(max(reached, 1e-16)) / np.log10(min(max(wanted, 1e-16), 0.1)), 0.0, 0.99))


def _moving(demand: Demand) -> np.ndarray:
    """Entries with trips from one node to another, by origin and destination."""
    order = np.lexsort((demand.destination, demand.origin))
    rows: np.ndarray = order[(demand.trips > 0)[order] & (demand.origin != demand.destination)[order]]
    return rows


def _back(moving_values: np.ndarray, moving: np.ndarray, demand: Demand) -> np.ndarray:
    """Values of the pairs that move, for all pairs: 0 within a node, NaN where there are no trips."""
    values = np.where(demand.origin == demand.destination, 0.0, np.nan)
    values[moving] = moving_values
    return values


def _bushes(network: Network, keep: np.ndarray, origin: np.ndarray) -> tuple[Any, np.ndarray]:
    """Empty bushes for the origins (sorted) on the links kept; where each origin's entries start."""
    nodes, links = len(network.through), len(keep)
    rows, first = np.unique(origin, return_index=True)
    if len(rows) * (links * 13 + nodes * 4) > _MEMORY_BYTES:
        raise LimitError("TRAFFIC-TOO-LARGE", "", origins=len(rows), links=links)
    tail = network.tail[keep].astype(np.int32)
    out_link = np.argsort(tail, kind="stable")
    out_start = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=nodes))]).astype(np.int64)
    bushes = kernels.Bushes(
        tail=tail,
        head=network.head[keep].astype(np.int32),
        fixed=network.fixed[keep].astype(np.float64),
        free=network.free[keep].astype(np.float64),
        b=network.b[keep].astype(np.float64),
        capacity=network.capacity[keep].astype(np.float64),
        power=network.power[keep].astype(np.float64),
        out_start=out_start,
        out_link=out_link.astype(np.int32),
        through=network.through.astype(np.bool_),
        origin=rows.astype(np.int64),
        flow=np.zeros(links),
        cost=np.zeros(links),
        slope=np.zeros(links),
        part=np.zeros((len(rows), links)),
        member=np.zeros((len(rows), links), dtype=np.bool_),
        order=np.zeros((len(rows), nodes), dtype=np.int32),
        reached=np.zeros(len(rows), dtype=np.int64),
        links=np.zeros((len(rows), links), dtype=np.int32),
        held=np.zeros(len(rows), dtype=np.int64),
    )
    return bushes, np.append(first, len(origin)).astype(np.int64)


def skim(network: Network, nodes: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cheapest cost between ``nodes`` at link costs ``cost`` and the length of that way; infinite where none."""
    rows, at = np.unique(nodes, return_inverse=True)
    count = len(rows)
    keep = np.flatnonzero(network.open)
    bushes, start = _bushes(network, keep, np.repeat(rows, count))
    bushes.cost[:] = cost[keep]
    where = np.tile(rows, count).astype(np.int64)
    way_cost, way_length = np.empty(count * count), np.empty(count * count)
    kernels.tree_costs(bushes, start, where, way_cost, network.length[keep].astype(np.float64), way_length)
    square = np.ix_(at, at)
    return way_cost.reshape(count, count)[square], way_length.reshape(count, count)[square]


def load(network: Network, demand: Demand, cost: np.ndarray) -> np.ndarray:
    """Flow by link when everybody takes the cheapest way at link costs ``cost``, whatever others do."""
    moving, keep = _moving(demand), np.flatnonzero(network.open)
    bushes, start = _bushes(network, keep, demand.origin[moving])
    bushes.cost[:] = cost[keep]
    where, trips = demand.destination[moving].astype(np.int64), demand.trips[moving].astype(np.float64)
    kernels.load_trees(bushes, start, where, trips)
    flow = np.zeros(len(network.tail))
    flow[keep] = bushes.flow
    return flow


def prepare() -> None:
    """Load the compiled engine by assigning one trip, so that what follows can be timed by itself."""
    one, zero = np.ones(1), np.zeros(1)
    link = Network(
        tail=np.zeros(1, dtype=np.int64),
        head=np.ones(1, dtype=np.int64),
        free=one,
        capacity=one,
        b=one,
        power=one,
        fixed=zero,
        length=one,
        through=np.ones(2, dtype=bool),
    )
    trip = Demand(origin=link.tail, destination=link.head, trips=one)
    assign(link, trip, gap=-1.0, iterations=1)
