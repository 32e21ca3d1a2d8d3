"""Provision: people against places within a walk, the most that can be served and then the least walking.

``provide`` is exact: people are counted in thousandths and walks in millimetres, whole numbers both, and the
prices of the places prove the answer (``gap_person_m`` is 0). ``best_next`` says where one more unit serves
most, ``best_places`` where several do (a mixed-integer programme solved by HiGHS through SciPy, with its bound).
Source of the model: maximum flow of demand to capacity within the norm, then least cost among the maximum flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from qutb.core import SolverError
from qutb.kernels import least_walking_flow

__all__ = ["Placing", "Provision", "best_next", "best_places", "covered", "least_unserved", "provide"]

_PERSON = 1000
_MM = 1000
_WORD = 32  # sites told apart at once
_FARTHEST = 1e6  # nobody walks a thousand kilometres


@dataclass(frozen=True, eq=False, kw_only=True)
class Provision:
    """People by origin and site, and the price [m] of a place: the walking that one more would save.

    The price is NaN where one more place would serve one more person. ``gap_person_m`` is what the walking could
    still fall by; 0 proves it least.
    """

    flow: np.ndarray
    price_m: np.ndarray
    unserved: np.ndarray
    walk_person_m: float
    gap_person_m: float

    @property
    def served(self) -> float:
        return float(np.rint(self.flow.sum() * _PERSON) / _PERSON)


@dataclass(frozen=True, eq=False, kw_only=True)
class Placing:
    """Sites to open among candidates, people served then, and the most that any choice could serve."""

    chosen: tuple[int, ...]
    served: float
    bound: float
    status: str


def provide(walk_m: np.ndarray, people: np.ndarray, places: np.ndarray, limit_m: float = np.inf) -> Provision:
    """Send people to places within ``limit_m``: the most people, then the least walking.

    ``walk_m`` [m] is one row an origin, one column a site, inf where there is no way; ``people`` and ``places``
    are not negative. Fractions of people below a thousandth are rounded.
    """
    whole = np.rint(people * _PERSON).astype(np.int64)
    room = _room(places, people)
    flow, left = np.zeros(walk_m.shape), whole.copy()
    price, wanted, gap = np.zeros(len(places), dtype=np.int64), np.zeros(len(places), dtype=bool), 0
    some = np.flatnonzero(whole > 0)
    if len(some) and len(places):
        near = walk_m[some]
        millimetres = np.where(near <= min(limit_m, _FARTHEST), np.rint(np.minimum(near, _FARTHEST) * _MM), -1)
        moved, price, wanted, gap = least_walking_flow(millimetres, whole[some], room, int(_FARTHEST * _MM))
        flow[some] = moved / _PERSON
        left[some] -= moved.sum(axis=1)
    return Provision(
        flow=flow,
        price_m=np.where(wanted, np.nan, price / _MM),
        unserved=left / _PERSON,
        walk_person_m=float((flow * np.where(flow > 0, walk_m, 0.0)).sum()),
        gap_person_m=gap / _MM / _PERSON,
    )


def least_unserved(near: np.ndarray, people: np.ndarray, places: np.ndarray) -> float:
    """People whom :func:`provide` leaves over, whoever goes where: a maximum flow, quick since those alike go as one.

    ``near`` [origin, site] says which sites are within reach of whom.
    """
    some = people > 0
    groups, group = _alike(near[some])
    whole = np.bincount(group, weights=np.rint(people[some] * _PERSON), minlength=len(groups))
    moved = least_walking_flow(np.where(groups, 0, -1), whole, _room(places, people), 0)[0]
    return float(whole.sum() - moved.sum()) / _PERSON


def _alike(near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that differ, and which of them each row is."""
    first, group = np.zeros(min(len(near), 1), dtype=np.int64), np.zeros(len(near), dtype=np.int64)
    for begin in range(0, near.shape[1], _WORD):
        bits = near[:, begin : begin + _WORD]
        code = (group << _WORD) | (bits @ (1 << np.arange(bits.shape[1])))
        _, first, group = np.unique(code, return_index=True, return_inverse=True)
    return near[first], group


def _room(places: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Places in thousandths; more than there are people make no difference."""
    whole: np.ndarray = np.floor(np.minimum(places, people.sum() + 1) * _PERSON + 0.5).astype(np.int64)
    return whole


def best_next(
    before: Provision,
    walk_m: np.ndarray,
    people: np.ndarray,
    places: np.ndarray,
    candidates: csr_array,
    candidate_places: float,
    limit_m: float,
) -> Placing:
    """The candidate where one more unit serves most, exactly; those that could serve most are tried first.

    ``before`` is the provision without it; ``candidates`` hold the walks [m] from each (a row) to the origins within
    ``limit_m``. A candidate cannot serve more than its places, nor more than the unserved it is in reach of and those
    whose way to a place would be freed by people it takes over; once that bound is no more than the best found, the
    rest need no trial.
    """
    direct = np.minimum(covered(candidates, before.unserved), candidate_places)
    hoped = _most_it_could_add(before, walk_m, candidates, candidate_places, limit_m)
    best, gained = -1, 0.0
    for candidate in np.lexsort((np.arange(len(hoped)), -direct, -hoped)).tolist():
        if hoped[candidate] <= gained + 0.5 / _PERSON:
            break
        if direct[candidate] >= hoped[candidate] - 0.5 / _PERSON:
            gain = float(direct[candidate])
        else:
            extra = _walks_of(candidates, candidate)
            gain = _gain(before, walk_m, people, places, extra, candidate_places, limit_m)
        if gain > gained + 0.5 / _PERSON:
            best, gained = candidate, gain
    served = before.served + gained
    return Placing(chosen=(best,) if best >= 0 else (), served=served, bound=served, status="optimal")


def covered(candidates: csr_array, people: np.ndarray) -> np.ndarray:
    """People that each candidate is in reach of."""
    within = csr_array((np.ones(candidates.nnz), candidates.indices, candidates.indptr), shape=candidates.shape)
    total: np.ndarray = within @ people
    return total


def _walks_of(candidates: csr_array, row: int) -> np.ndarray:
    """The row of walks, inf where there is no entry."""
    mine = slice(candidates.indptr[row], candidates.indptr[row + 1])
    walk = np.full(candidates.shape[1], np.inf)
    walk[candidates.indices[mine]] = candidates.data[mine]
    return walk


def _most_it_could_add(
    before: Provision, walk_m: np.ndarray, candidates: csr_array, candidate_places: float, limit_m: float
) -> np.ndarray:
    """Bound by candidate: people with no site in reach come directly; others too, or after someone who moves over."""
    alone = ~(walk_m <= limit_m).any(axis=1)
    far = covered(candidates, np.where(alone, before.unserved, 0.0))
    crowded = np.where(alone, 0.0, before.unserved)
    if not crowded.any():
        return np.minimum(candidate_places, far)
    movers = covered(candidates, crowded + before.flow.sum(axis=1))
    return np.minimum(candidate_places, far + np.minimum(crowded.sum(), movers))


def _gain(
    before: Provision,
    walk_m: np.ndarray,
    people: np.ndarray,
    places: np.ndarray,
    extra_walk_m: np.ndarray,
    extra_places: float,
    limit_m: float,
) -> float:
    wider = np.column_stack([walk_m, extra_walk_m])
    return provide(wider, people, np.append(places, extra_places), limit_m).served - before.served


def best_places(
    walk_m: np.ndarray,
    people: np.ndarray,
    places: np.ndarray,
    candidate_walk_m: np.ndarray,
    candidate_places: float,
    limit_m: float,
    units: int,
    *,
    nodes: int = 2000,
) -> Placing:
    """The ``units`` candidates that together serve most, with the bound of the search.

    Maximum coverage with capacity: choose sites y, send people x, x within reach, x within places, at most
    ``units`` sites; maximise the people sent. Origins that reach the same sites are one. ``nodes`` limits the
    search; the bound then says how far from the best the answer may be. Raises ``SolverError`` without any answer.
    """
    reach = np.concatenate([walk_m <= limit_m, candidate_walk_m <= limit_m], axis=1)
    groups, group = _alike(reach)
    amount = np.bincount(group, weights=people, minlength=len(groups))
    useful = (amount > 0) & groups.any(axis=1)
    groups, amount = groups[useful], amount[useful]
    old, new = walk_m.shape[1], candidate_walk_m.shape[1]
    if not len(groups) or not new:
        return Placing(chosen=(), served=0.0, bound=0.0, status="nothing in reach")
    result = _solve(groups, amount, places, old, new, candidate_places, units, nodes)
    if result.x is None:
        raise SolverError("ACC-NO-PLACING", "", status=str(result.message))
    chosen = tuple(np.flatnonzero(result.x[-new:] > 0.5).tolist())
    more = [candidate_places] * len(chosen)
    served = provide(
        np.column_stack([walk_m, candidate_walk_m[:, list(chosen)]]), people, np.append(places, more), limit_m
    )
    bound = -result.mip_dual_bound if result.mip_dual_bound is not None else -result.fun
    return Placing(
        chosen=chosen,
        served=served.served,
        bound=max(float(bound), served.served),
        status="optimal" if result.status == 0 else "stopped at its limit of nodes",
    )


def _solve(
    groups: np.ndarray,
    amount: np.ndarray,
    places: np.ndarray,
    old: int,
    new: int,
    candidate_places: float,
    units: int,
    nodes: int,
) -> Any:
    group, site = np.nonzero(groups)
    arcs = len(group)
    sites = old + new
    each = np.minimum(candidate_places, amount.sum())
    leaves = coo_array((np.ones(arcs), (group, np.arange(arcs))), shape=(len(groups), arcs))
    enters = coo_array((np.ones(arcs), (site, np.arange(arcs))), shape=(sites, arcs))
    opened = coo_array((np.full(new, -each), (old + np.arange(new), np.arange(new))), shape=(sites, new))
    none = csr_array((len(groups), new))
    count = csr_array(np.concatenate([np.zeros(arcs), np.ones(new)])[None, :])
    # an arc to a candidate carries nothing while the candidate is closed: it makes the bound tight
    late = np.flatnonzero(site >= old)
    shut = hstack(
        [
            coo_array((np.ones(len(late)), (np.arange(len(late)), late)), shape=(len(late), arcs)),
            coo_array(
                (-np.minimum(amount[group[late]], each), (np.arange(len(late)), site[late] - old)),
                shape=(len(late), new),
            ),
        ]
    )
    matrix = vstack([hstack([leaves, none]), hstack([enters, opened]), count, shut], format="csr")
    upper = np.concatenate(
        [amount, np.minimum(places, amount.sum()), np.zeros(new), [float(units)], np.zeros(len(late))]
    )
    return milp(
        c=np.concatenate([-np.ones(arcs), np.zeros(new)]),
        constraints=LinearConstraint(matrix, -np.inf, upper),
        integrality=np.concatenate([np.zeros(arcs), np.ones(new)]),
        bounds=Bounds(0, np.concatenate([np.full(arcs, np.inf), np.ones(new)])),
        options={"node_limit": nodes, "mip_rel_gap": 0.0},
    )
