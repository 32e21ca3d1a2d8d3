"""Branches sized to proof: on a tree the flows are known, so the least cost at every head is a staircase.

From the leaves upwards: a pipe of each diameter shifts its child's staircase by its head loss and lifts it by its
cost; the lower envelope is the pipe's staircase; those of the pipes of a junction add up. Reading the choice back
runs downwards from the heads that the looped rest gives. Exact for one diameter a pipe.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from qutb.kernels import Hydraulics, option_losses
from qutb.networks.water.model import CLOSED, Choice, Requirements, Trees

__all__ = ["Branches", "Stairs", "all_pipes", "size_branches"]

_MOST_STEPS = 20_000  # of a staircase; a longer one is thinned towards the safe side


@dataclass(frozen=True, eq=False)
class Stairs:
    """Least ``cost`` once the head reaches ``head_m``: heads grow, costs fall."""

    head_m: np.ndarray
    cost: np.ndarray

    def at(self, head_m: float) -> float:
        """Cost at a head; infinite below the lowest that works."""
        place = int(np.searchsorted(self.head_m, head_m, side="right")) - 1
        return float(self.cost[place]) if place >= 0 else np.inf


@dataclass(frozen=True, kw_only=True, eq=False)
class Branches:
    """Staircases of every junction that carries branches, and what is needed to read the choice back."""

    trees: Trees
    stairs: dict[int, Stairs]
    loss_m: np.ndarray
    cost: np.ndarray
    allowed: np.ndarray
    hanging: dict[int, list[int]] = field(default_factory=dict)

    def choose(self, roots: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
        """The option of each pipe cut off, given heads [m] at the junctions the branches hang on.

        Returns options by row of ``trees``, and heads at their children. A head too low takes the choice of the
        lowest head that works.
        """
        option = np.zeros(len(self.trees.link), np.int64)
        heads = np.full(len(self.trees.link), np.nan)
        stack = list(roots.items())
        while stack:
            node, head = stack.pop()
            for row in self.hanging.get(node, []):
                child = int(self.trees.child[row])
                option[row], heads[row] = self._pick(row, self.stairs[child], head)
                stack.append((child, float(heads[row])))
        return option, heads

    def _pick(self, row: int, below: Stairs, head: float) -> tuple[int, float]:
        """The cheapest option of one pipe that leaves its child a head that works."""
        best, chosen = np.inf, -1
        for k in np.flatnonzero(self.allowed[row]).tolist():
            total = self.cost[row, k] + below.at(head - self.loss_m[row, k] + 1e-9)
            if total < best:
                best, chosen = total, k
        if chosen < 0:
            chosen = int(np.where(self.allowed[row], self.loss_m[row], np.inf).argmin())
        return chosen, head - self.loss_m[row, chosen]


def size_branches(trees: Trees, choice: Choice, needs: Requirements, law: int) -> Branches:
    """Staircases from the leaves upwards."""
    flow = np.zeros(len(choice.count))
    flow[trees.link] = trees.flow
    loss = option_losses(all_pipes(choice, law), flow)[trees.link]
    speed = np.abs(trees.flow)[:, None] / choice.area_m2[trees.link]
    counts = np.arange(choice.cost.shape[1]) < choice.count[trees.link][:, None]
    allowed = counts & (choice.entry[trees.link] != CLOSED)
    if needs.speed_m_per_s > 0.0:
        slow = allowed & (speed <= needs.speed_m_per_s)
        allowed = np.where(slow.any(axis=1)[:, None], slow, allowed)
    cost = choice.cost[trees.link]
    branches = Branches(trees=trees, stairs={}, loss_m=loss, cost=cost, allowed=allowed, hanging=defaultdict(list))
    parts: dict[int, list[Stairs]] = defaultdict(list)
    for row, (child, parent) in enumerate(zip(trees.child.tolist(), trees.parent.tolist(), strict=True)):
        below = branches.stairs[child] = _sum(parts.pop(child, []), float(needs.least_m[child]))
        options = np.flatnonzero(allowed[row])
        parts[parent].append(_pipe_stairs(below, loss[row, options], cost[row, options]))
        branches.hanging[parent].append(row)
    for root, below_root in parts.items():
        branches.stairs[root] = _sum(below_root, float(needs.least_m[root]))
    return branches


def _pipe_stairs(below: Stairs, loss: np.ndarray, cost: np.ndarray) -> Stairs:
    """The lower envelope over the options of one pipe."""
    head = (below.head_m[None, :] + loss[:, None]).ravel()
    total = (below.cost[None, :] + cost[:, None]).ravel()
    return _envelope(head, total)


def _envelope(head: np.ndarray, cost: np.ndarray) -> Stairs:
    """Only the steps that are cheaper than every lower one."""
    order = np.lexsort((cost, head))
    head, cost = head[order], cost[order]
    lowest = np.minimum.accumulate(cost)
    keep = np.concatenate([[True], lowest[1:] < lowest[:-1] - 1e-9])
    head, cost = head[keep], cost[keep]
    if len(head) > _MOST_STEPS:  # of each group keep the last step's head with its cost: safe, a little dear
        keep = np.unique(np.linspace(0, len(head) - 1, _MOST_STEPS).astype(int))
        head, cost = head[keep], cost[keep]
    return Stairs(head, cost)


def _sum(parts: list[Stairs], least_m: float) -> Stairs:
    """The staircases of one junction added up, from the head that all of them and the junction need."""
    if not parts:
        return Stairs(np.array([max(least_m, -1e30)]), np.zeros(1))
    start = max(least_m, *(p.head_m[0] for p in parts))
    heads = np.unique(np.concatenate([[start], *(p.head_m[p.head_m > start] for p in parts)]))
    cost = np.zeros(len(heads))
    for part in parts:
        cost += part.cost[np.searchsorted(part.head_m, heads, side="right") - 1]
    return _envelope(heads, cost)


def all_pipes(choice: Choice, law: int) -> Hydraulics:
    """The coefficients of every link in the solver's form, without a network."""
    none = np.zeros(0, np.int64)
    return Hydraulics(
        tail=none,
        head=none,
        law=law,
        resistance=choice.resistance,
        relative_roughness=choice.relative_roughness,
        viscous=choice.viscous,
        minor=choice.minor,
        area_m2=choice.area_m2,
        demand=np.zeros((1, 0)),
        fixed=np.zeros(0),
        column=none,
        row=none,
        place=none,
        program_start=none,
        program=none,
    )
