"""The order in which junctions are eliminated, and the places that each elimination fills."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

__all__ = ["Pattern", "elimination"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pattern:
    """``order`` rows of junctions as eliminated; ``column``, ``row`` the factor; ``place`` of each link in it
    (-1 where an end is fixed); ``program_start``, ``program`` the places each column changes, pair by pair.
    """

    order: np.ndarray
    column: np.ndarray
    row: np.ndarray
    place: np.ndarray
    program_start: np.ndarray
    program: np.ndarray


def elimination(count: int, pairs: np.ndarray) -> Pattern:
    """Least degree first (Tinney and Walker 1967) on ``count`` junctions joined by ``pairs`` (-1: a fixed head)."""
    near: list[set[int]] = [set() for _ in range(count)]
    for i, j in pairs.tolist():
        if i >= 0 and j >= 0 and i != j:
            near[i].add(j)
            near[j].add(i)
    order, reach = _least_degree(near)
    number = np.empty(count, np.int64)
    number[order] = np.arange(count)
    rows = [sorted(int(number[v]) for v in reach[c]) for c in order]
    column = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    at = {(c, r): int(column[c]) + k for c, below in enumerate(rows) for k, r in enumerate(below)}
    program = [at[(below[a], below[b])] for below in rows for a in range(len(below)) for b in range(a + 1, len(below))]
    starts = np.concatenate([[0], np.cumsum([len(r) * (len(r) - 1) // 2 for r in rows])]).astype(np.int64)
    ends = [(-1, -1) if min(i, j) < 0 or i == j else (int(number[i]), int(number[j])) for i, j in pairs.tolist()]
    return Pattern(
        order=np.array(order, np.int64),
        column=column,
        row=np.array([r for below in rows for r in below], np.int64),
        place=np.array([-1 if i < 0 else at[(min(i, j), max(i, j))] for i, j in ends], np.int64),
        program_start=starts,
        program=np.array(program, np.int64),
    )


def _least_degree(near: list[set[int]]) -> tuple[list[int], dict[int, set[int]]]:
    """The order, and who was still joined to each junction when it was eliminated."""
    heap = [(len(n), v) for v, n in enumerate(near)]
    heapq.heapify(heap)
    order: list[int] = []
    reach: dict[int, set[int]] = {}
    while heap:
        degree, v = heapq.heappop(heap)
        if v in reach or degree != len(near[v]):
            continue
        around = near[v]
        reach[v] = set(around)
        order.append(v)
        for u in around:
            near[u].discard(v)
            near[u] |= around
            near[u].discard(u)
            heapq.heappush(heap, (len(near[u]), u))
    return order, reach
