"""What no design can undercut: a bound that holds for every design, and one for the flows of the design found.

With the flows given, pipes that may change diameter along their length (split pipes; Alperovits and Shamir 1977)
make a linear programme: no design with these flows is cheaper. The proven bound holds whatever the flows: every
branch gets the highest head of any source, every pipe on a loop its cheapest option; on small networks
:mod:`qutb.networks.water.relaxing` raises it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from qutb.kernels import option_losses
from qutb.networks.water.branches import all_pipes
from qutb.networks.water.model import CLOSED
from qutb.networks.water.problem import Problem
from qutb.networks.water.referee import TOLERANCE_M
from qutb.networks.water.relaxing import relaxed_cost

__all__ = ["Bound", "lower_bound"]


@dataclass(frozen=True, kw_only=True)
class Bound:
    """``proven`` holds for every design; ``these_flows`` for split pipes with the flows of the design found."""

    proven: float
    these_flows: float | None

    def to_json(self, cost: float) -> dict[str, Any]:
        """Bounds, and the share of the cost that lies above each, as plain data."""
        local = self.these_flows
        return {
            "lower_bound": self.proven,
            "gap": _gap(self.proven, cost),
            "split_pipe_bound_these_flows": local,
            "gap_these_flows": None if local is None else _gap(local, cost),
        }


def _gap(bound: float, cost: float) -> float:
    return max(0.0, 1.0 - bound / cost) if cost > 0.0 else 0.0


def lower_bound(problem: Problem, options: np.ndarray, *, cost: float, seconds: float) -> Bound:
    """Both bounds for a design (option by link of the network); the proof gets ``seconds`` at most."""
    if not problem.network.plain:
        cheapest = np.where(
            np.arange(problem.choice.cost.shape[1]) < problem.choice.count[:, None], problem.choice.cost, np.inf
        )
        return Bound(proven=float(cheapest.min(axis=1).sum()), these_flows=None)
    simple = _cheapest_loops(problem)
    relaxed = relaxed_cost(problem, slack_m=TOLERANCE_M, above=simple, cost=cost, seconds=seconds)
    return Bound(
        proven=min(cost, max(simple, relaxed)), these_flows=_split_pipes(problem, options, problem.flows(options))
    )


def _cheapest_loops(problem: Problem) -> float:
    """Cheapest option of every looped pipe, and branches fed with the highest head there is."""
    limits, network = problem.limits, problem.network
    pipes = sum(float(limits.cost[p, : limits.options[p]].min()) for p in range(len(limits.options)))
    top = float(network.head_m[network.fixed].max())
    stairs = problem.branches.stairs
    roots = [v for v in problem.branches.hanging if not network.fixed[v] and v in set(problem.core.nodes.tolist())]
    return pipes + problem.rooted_cost + sum(float(stairs[v].at(top + TOLERANCE_M)) for v in roots)


def _split_pipes(problem: Problem, options: np.ndarray, flow: np.ndarray) -> float | None:
    """Cost of the split-pipe linear programme at the flows given; None where it has no solution."""
    network, choice, needs = problem.network, problem.choice, problem.needs
    laid = choice.entry[np.arange(len(options)), options] != CLOSED
    wide = choice.cost.shape[1]
    use = (np.arange(wide) < choice.count[:, None]) & (choice.entry != CLOSED) & laid[:, None]
    link, option = np.nonzero(use)
    loss = option_losses(all_pipes(choice, network.law), flow)
    nodes, columns = len(network.node_ids), len(link)
    rows = np.cumsum(laid) - 1
    count = int(laid.sum())
    on = np.flatnonzero(laid)
    # one row a pipe: shares add up to 1; one row a pipe: loss over the shares = head lost
    shares = coo_array((np.ones(columns), (rows[link], np.arange(columns))), shape=(count, columns + nodes))
    heads = coo_array(
        (
            np.concatenate([loss[link, option], -np.ones(count), np.ones(count)]),
            (
                np.concatenate([rows[link], rows[on], rows[on]]),
                np.concatenate([np.arange(columns), columns + network.tail[on], columns + network.head[on]]),
            ),
        ),
        shape=(count, columns + nodes),
    )
    low = np.where(network.fixed, network.head_m, needs.least_m - TOLERANCE_M)
    high = np.where(network.fixed, network.head_m, needs.most_m + TOLERANCE_M)
    answer = linprog(
        np.concatenate([choice.cost[link, option], np.zeros(nodes)]),
        A_eq=vstack([shares, heads]).tocsr(),
        b_eq=np.repeat([1.0, 0.0], count),
        bounds=np.column_stack([np.append(np.zeros(columns), low), np.append(np.ones(columns), high)]),
        method="highs",
    )
    return float(answer.fun) if answer.status == 0 else None
