"""Who goes where when places are few: the most people served, then the least walking, with its proof.

People of each origin go to sites within reach; a site holds so many. Among all ways of serving the most people
the one of least walking is found by successive shortest paths over the sites (Busacker and Gowen 1960; Edmonds
and Karp 1972): origins enter one by one, a person takes the cheapest chain of moves that ends at a free place,
or stays unserved at a price above every chain of moves. Amounts are whole numbers, so the answer is exact.

The prices of the sites prove it: with the price of a place, nobody would gain by another choice (duality).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from qutb.kernels.compiling import compiler

__all__ = ["COMPILED_FLOWS", "least_walking_flow"]

COMPILED_FLOWS, _compile = compiler(__file__)


_NEVER = 1 << 60


class _Members(NamedTuple):
    """Origins with people at a site: ``who[site, :count[site]]``; ``at[origin, site]`` is the place in that list."""

    who: np.ndarray
    at: np.ndarray
    many: np.ndarray


@_compile
def _leave(cost: Any, members: _Members, move: Any, mover: Any, site: int, gone: int) -> None:
    """``gone`` has left ``site``: find who moves most cheaply where it was the one."""
    last = members.many[site] - 1
    place = members.at[gone, site]
    members.who[site, place] = members.who[site, last]
    members.at[members.who[site, place], site] = place
    members.many[site] = last
    for other in range(cost.shape[1]):
        if mover[site, other] != gone:
            continue
        move[site, other] = _NEVER
        mover[site, other] = -1
        for k in range(last):
            origin = members.who[site, k]
            if cost[origin, other] < _NEVER:
                extra = cost[origin, other] - cost[origin, site]
                if extra < move[site, other] or (extra == move[site, other] and origin < mover[site, other]):
                    move[site, other] = extra
                    mover[site, other] = origin


@_compile
def _enter(cost: Any, flow: Any, members: _Members, move: Any, mover: Any, site: int, origin: int, amount: int) -> None:
    """``amount`` of ``origin`` come to ``site``: it may be the one that moves on most cheaply."""
    flow[origin, site] += amount
    if flow[origin, site] > amount:
        return
    members.who[site, members.many[site]] = origin
    members.at[origin, site] = members.many[site]
    members.many[site] += 1
    for other in range(cost.shape[1]):
        if other != site and cost[origin, other] < _NEVER:
            extra = cost[origin, other] - cost[origin, site]
            if extra < move[site, other] or (extra == move[site, other] and origin < mover[site, other]):
                move[site, other] = extra
                mover[site, other] = origin


@_compile
def _chain(cost_row: Any, move: Any, room: Any, distance: Any, before: Any) -> int:
    """The cheapest chain of moves that lets one person in: its last site, or -1 (Bellman and Ford)."""
    sites = len(room)
    for site in range(sites):
        distance[site] = cost_row[site]
        before[site] = -1
    changed = True
    while changed:
        changed = False
        for site in range(sites):
            if distance[site] >= _NEVER or room[site] > 0:
                continue
            for other in range(sites):
                if move[site, other] < _NEVER and distance[site] + move[site, other] < distance[other]:
                    distance[other] = distance[site] + move[site, other]
                    before[other] = site
                    changed = True
    best = -1
    for site in range(sites):
        if room[site] > 0 and distance[site] < _NEVER and (best < 0 or distance[site] < distance[best]):
            best = site
    return best


@_compile
def _shift(cost: Any, flow: Any, members: _Members, move: Any, mover: Any, before: Any, end: int, amount: int) -> int:
    """Move ``amount`` along the chain that ends at ``end``; the site where the newcomer enters."""
    site = end
    while before[site] >= 0:
        back = before[site]
        who = mover[back, site]
        flow[who, back] -= amount
        _enter(cost, flow, members, move, mover, site, who, amount)
        if flow[who, back] == 0:
            _leave(cost, members, move, mover, back, who)
        site = back
    return site


@_compile
def _nearest_with_room(cost_row: Any, room: Any) -> int:
    """The nearest site if it has room, else -1: nobody gains by a chain of moves into a site that has room."""
    best = 0
    for site in range(len(room)):
        if cost_row[site] < cost_row[best]:
            best = site
    return best if room[best] > 0 else -1


@_compile
def _flow(cost: Any, people: Any, room: Any) -> tuple[Any, Any]:
    origins, sites = cost.shape
    flow = np.zeros((origins, sites), np.int64)
    members = _Members(
        np.empty((sites, origins), np.int64), np.empty((origins, sites), np.int64), np.zeros(sites, np.int64)
    )
    move = np.full((sites, sites), _NEVER, np.int64)
    mover = np.full((sites, sites), -1, np.int64)
    distance = np.empty(sites, np.int64)
    before = np.full(sites, -1, np.int64)
    for origin in range(origins):
        left = people[origin]
        while left > 0:
            end = _nearest_with_room(cost[origin], room)
            if end >= 0:
                before[end] = -1
            else:
                end = _chain(cost[origin], move, room, distance, before)
            amount = min(left, room[end])
            site = end
            while before[site] >= 0:
                amount = min(amount, flow[mover[before[site], site], before[site]])
                site = before[site]
            room[end] -= amount
            left -= amount
            site = _shift(cost, flow, members, move, mover, before, end, amount)
            _enter(cost, flow, members, move, mover, site, origin, amount)
    return flow, move


@_compile
def _prices(move: Any, room: Any) -> tuple[Any, Any]:
    """Price of a place at each site: what one more there saves by the best chain of moves into it; 0 where free.

    And whether someone unserved (the last site) would come by such a chain.
    """
    sites = len(room)
    price = np.zeros(sites, np.int64)
    wanted = np.zeros(sites, np.bool_)
    wanted[sites - 1] = True
    changed = True
    while changed:
        changed = False
        for other in range(sites):
            for site in range(sites):
                if move[other, site] >= _NEVER or room[site] > 0:
                    continue
                saved = price[other] - move[other, site]
                if saved > price[site]:
                    price[site] = saved
                    changed = True
                if wanted[other] and not wanted[site]:
                    wanted[site] = True
                    changed = True
    wanted[sites - 1] = False
    return price, wanted


@_compile
def _solved(walk: Any, people: Any, places: Any, limit: int) -> tuple[Any, Any, Any, int]:
    """Flow, prices, sites the unserved wait for, and the gap to the dual bound; the last site is staying unserved."""
    origins, sites = walk.shape
    cost = np.full((origins, sites + 1), _NEVER, np.int64)
    longest = 0
    for origin in range(origins):
        for site in range(sites):
            if places[site] > 0 and 0 <= walk[origin, site] <= limit:
                cost[origin, site] = walk[origin, site]
                longest = max(longest, walk[origin, site])
    room = np.empty(sites + 1, np.int64)
    room[:sites] = places
    room[sites] = people.sum() + 1
    cost[:, sites] = (sites + 2) * (longest + 1)  # dearer than any chain of moves saves
    left = room.copy()
    flow, move = _flow(cost, people, left)
    price, wanted = _prices(move, left)
    gap = 0
    for site in range(sites + 1):
        if room[site] == 0:
            price[site] = 0
        gap += room[site] * price[site]
    for origin in range(origins):
        least = _NEVER
        for site in range(sites + 1):
            if flow[origin, site] > 0:
                gap += flow[origin, site] * cost[origin, site]
            if cost[origin, site] < _NEVER:
                least = min(least, cost[origin, site] + price[site])
        gap -= people[origin] * least
    return flow[:, :sites], price[:sites], wanted[:sites], gap


def least_walking_flow(
    walk_mm: np.ndarray, people: np.ndarray, places: np.ndarray, limit_mm: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """People by origin and site, the price [mm] of a place at each site, sites the unserved wait for, the gap to the
    bound [person mm].

    ``walk_mm`` is one row an origin, one column a site, negative where there is no way; ways beyond ``limit_mm``
    are not taken. All are whole numbers. The people served are the most there can be; their walking is the least
    for that number. A gap of 0 proves both: the bound is that of the dual programme at these prices.
    """
    whole = (np.ascontiguousarray(a, dtype=np.int64) for a in (walk_mm, people, places))
    flow, price, wanted, gap = _solved(*whole, int(limit_mm))
    return flow, price, wanted, int(gap)
