"""A task made ready for the search: branches sized, loops numbered, limits in the solver's order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qutb.kernels import Limits, solve_heads
from qutb.networks.water.branches import Branches, size_branches
from qutb.networks.water.epanet import Network
from qutb.networks.water.model import (
    Choice,
    Core,
    Load,
    Requirements,
    choices,
    core_of,
    cut_branches,
    no_branches,
    requirements,
)
from qutb.networks.water.task import WaterTask

__all__ = ["Problem", "problem_of", "whole_core"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Everything the search reads. ``rooted_cost`` is the cost of branches that hang on a fixed head."""

    task: WaterTask
    network: Network
    needs: Requirements
    choice: Choice
    branches: Branches
    core: Core
    limits: Limits
    rooted_cost: float

    def whole(self, option: np.ndarray) -> np.ndarray:
        """The option of every link of the network, from those of the looped rest: branches take their best."""
        core = self.core
        heads, _, _ = solve_heads(core.hydraulics, option)
        heads_by_node = dict(zip(core.nodes.tolist(), heads.tolist(), strict=True))
        for node in self.branches.hanging:
            if self.network.fixed[node]:
                heads_by_node[node] = float(self.network.head_m[node])
        roots = {n: h for n, h in heads_by_node.items() if n in self.branches.hanging}
        picked, _ = self.branches.choose(roots)
        options = np.zeros(len(self.network.link_ids), np.int64)
        options[core.links] = option
        options[self.branches.trees.link] = picked
        return options

    def flows(self, options: np.ndarray) -> np.ndarray:
        """Flow [m3/s] of every link, in its own direction, for a design."""
        flow = np.zeros(len(options))
        _, flow[self.core.links], _ = solve_heads(self.core.hydraulics, options[self.core.links])
        trees = self.branches.trees
        flow[trees.link] = np.where(self.network.head[trees.link] == trees.child, trees.flow, -trees.flow)
        return flow

    def cost(self, options: np.ndarray) -> float:
        """Cost of a design, option by link of the network."""
        return float(self.choice.cost[np.arange(len(options)), options].sum())


def problem_of(task: WaterTask, network: Network, more: tuple[Load, ...] = ()) -> Problem:
    """Cut branches, size them, number the rest; a network that is not plain pipes has neither, EPANET tries it.

    ``more`` are loads beside the one of the file; with them nothing is cut, for no branch then has one flow.
    """
    needs = requirements(task, network)
    choice = choices(task, network)
    trees, stays = cut_branches(network, needs) if network.plain and not more else no_branches(network)
    branches = size_branches(trees, choice, needs, network.law)
    demands = np.array([network.demand_m3_per_s, *(load.demand_m3_per_s for load in more)])
    core = core_of(network, choice, trees, stays, demands)
    rooted = sum(
        min(stairs.at(float(network.head_m[node])), float(stairs.cost[0]))
        for node, stairs in branches.stairs.items()
        if network.fixed[node] and node in branches.hanging
    )
    return Problem(
        task=task,
        network=network,
        needs=needs,
        choice=choice,
        branches=branches,
        core=core,
        limits=_limits(core, choice, needs, branches, more),
        rooted_cost=float(rooted),
    )


def whole_core(problem: Problem) -> Core:
    """Every link of the network numbered for the solver, nothing cut: to try loads that branches were not sized for."""
    network = problem.network
    return core_of(network, problem.choice, *no_branches(network), network.demand_m3_per_s[None, :])


def _limits(core: Core, choice: Choice, needs: Requirements, branches: Branches, more: tuple[Load, ...]) -> Limits:
    free = core.nodes[: core.junctions]
    stairs = [branches.stairs[v] if v in branches.hanging else None for v in free.tolist()]
    sizes = [len(s.head_m) if s else 0 for s in stairs]
    none = np.zeros(0)
    return Limits(
        least=np.array([needs.least_m, *(load.least_m for load in more)])[:, free],
        most=needs.most_m[free],
        speed=needs.speed_m_per_s,
        cost=choice.cost[core.links],
        options=choice.count[core.links],
        stair_start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        stair_head=np.concatenate([none, *(s.head_m for s in stairs if s)]),
        stair_cost=np.concatenate([none, *(s.cost for s in stairs if s)]),
    )
