"""Least-cost diameters for a task: search, judge, prove, write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qutb.core import QUIET, Context, Finding
from qutb.networks.water.bounds import Bound, lower_bound
from qutb.networks.water.epanet import Judge, State
from qutb.networks.water.problem import Problem, problem_of
from qutb.networks.water.remarks import refuse_unreached, remarks
from qutb.networks.water.search import search_core
from qutb.networks.water.task import WaterTask

__all__ = ["Design", "design_water", "write_inp"]

_TOLERANCE_M = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """A design as EPANET judges it, from a cold start.

    ``diameters`` pipe -> diameter in the task's unit (0: not laid); ``margin_m`` least head above what is asked
    over all nodes checked, at ``worst_node``; times in seconds of search; ``bound`` what no design can undercut.
    """

    task: WaterTask
    diameters: Mapping[str, float]
    cost: float
    feasible: bool
    margin_m: float
    worst_node: str
    max_velocity_m_per_s: float
    search_seconds: float
    time_to_best_seconds: float
    stopped: str
    evaluations: int
    bound: Bound
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "task": self.task.name,
            "cost": self.cost,
            "currency": self.task.currency,
            "feasible": self.feasible,
            "margin_m": self.margin_m,
            "worst_node": self.worst_node,
            "max_velocity_m_per_s": self.max_velocity_m_per_s,
            "search_seconds": round(self.search_seconds, 3),
            "time_to_best_seconds": round(self.time_to_best_seconds, 3),
            "stopped": self.stopped,
            "evaluations": self.evaluations,
            **self.bound.to_json(self.cost),
            "diameter_unit": self.task.diameter_unit,
            "diameters": dict(self.diameters),
            "findings": [f.to_json() for f in self.findings],
        }


def design_water(
    task: WaterTask,
    *,
    seconds: float = 120.0,
    seed: int = 0,
    workers: int | None = None,
    proof_seconds: float = 10.0,
    ctx: Context = QUIET,
) -> Design:
    """Search least-cost diameters within ``seconds``, then prove a bound within ``proof_seconds``.

    The same task and seed give the same design, unless the time cuts the search short.

    Raises
    ------
    FormatError, InputError : the EPANET file or a pipe named in the task cannot be used.
    SolverError : EPANET cannot solve the network.
    """
    with Judge(task.inp) as judge:
        refuse_unreached(task, judge.network)
        problem = problem_of(task, judge.network)
        referee = _Referee(judge, problem)
        found = search_core(problem, referee.confirms, seconds=seconds, seed=seed, workers=workers or _cores(), ctx=ctx)
        options = referee.accepted if referee.accepted is not None else problem.whole(found.option)
        state = referee.judge(options)
        margins = referee.margins(state)
        worst = int(np.argmin(margins))
        bound = lower_bound(problem, options, cost=problem.cost(options), seconds=proof_seconds)
        return Design(
            task=task,
            diameters=referee.diameters(options),
            cost=problem.cost(options),
            feasible=bool(margins[worst] >= -_TOLERANCE_M) and state.balanced,
            margin_m=float(margins[worst]),
            worst_node=judge.network.node_ids[worst],
            max_velocity_m_per_s=float(np.abs(state.velocity_m_per_s).max()),
            search_seconds=found.spent_s,
            time_to_best_seconds=found.found_s,
            stopped=found.stopped,
            evaluations=found.evaluations,
            bound=bound,
            findings=(*remarks(problem), *referee.findings(margins)),
        )


def write_inp(design: Design, path: Path) -> None:
    """Write the task's EPANET file with the design laid."""
    task = design.task
    rough = {pipe.diameter: pipe.roughness for pipe in task.catalogue}
    with Judge(task.inp) as judge:
        rows = {name: row for row, name in enumerate(judge.network.link_ids)}
        laid = {rows[name]: d for name, d in (*design.diameters.items(), *task.fixed_pipes.items())}
        by_option = {rows[n]: rough.get(d) for n, d in design.diameters.items()}
        judge.lay(laid, {row: value for row, value in by_option.items() if value is not None})
        judge.write(path)


def _cores() -> int:
    return max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


class _Referee:
    """Judges whole designs with EPANET; where EPANET is stricter than the search, tightens the search's limits."""

    def __init__(self, judge: Judge, problem: Problem) -> None:
        self.epanet = judge
        self.problem = problem
        self.accepted: np.ndarray | None = None
        rows = {name: row for row, name in enumerate(judge.network.link_ids)}
        self._decided = [rows[name] for name in problem.task.decision_pipes]
        self._fixed = {rows[name]: d for name, d in problem.task.fixed_pipes.items()}

    def confirms(self, option: np.ndarray) -> bool:
        """Whether EPANET finds the design of the looped rest, with its best branches, within the limits."""
        options = self.problem.whole(option)
        state = self.judge(options)
        if state.balanced and float(self.margins(state).min()) >= -0.5 * _TOLERANCE_M:
            self.accepted = options
            return True
        self._tighten(state)
        return False

    def judge(self, options: np.ndarray) -> State:
        """Lay a design and run it cold."""
        catalogue, entry = self.problem.task.catalogue, self.problem.choice.entry
        picks = {row: int(entry[row, options[row]]) for row in self._decided}
        rough = {row: catalogue[k].roughness for row, k in picks.items() if k >= 0}
        self.epanet.lay(
            {row: catalogue[k].diameter if k >= 0 else 0.0 for row, k in picks.items()} | self._fixed,
            {row: value for row, value in rough.items() if value is not None},
        )
        return self.epanet.run()

    def margins(self, state: State) -> np.ndarray:
        """By node: how much head [m] is left to the nearest limit; too fast a pipe counts at both its ends."""
        needs, network = self.problem.needs, self.problem.network
        margin = np.minimum(state.head_m - needs.least_m, needs.most_m - state.head_m)
        if needs.speed_m_per_s > 0.0:
            fast = np.abs(state.velocity_m_per_s) - needs.speed_m_per_s
            for ends in (network.tail, network.head):
                np.minimum.at(margin, ends[fast > 0.0], -fast[fast > 0.0])
        return margin

    def diameters(self, options: np.ndarray) -> dict[str, float]:
        """Diameter by pipe, in the task's unit."""
        catalogue, entry = self.problem.task.catalogue, self.problem.choice.entry
        picks = {row: int(entry[row, options[row]]) for row in self._decided}
        ids = self.problem.network.link_ids
        return {ids[row]: catalogue[k].diameter if k >= 0 else 0.0 for row, k in picks.items()}

    def findings(self, margins: np.ndarray) -> tuple[Finding, ...]:
        """The nodes that no design found can serve, worst first, ten at most."""
        ids = self.problem.network.node_ids
        short = [int(v) for v in np.argsort(margins) if margins[v] < -_TOLERANCE_M][:10]
        return tuple(
            Finding(
                code="NET-WATER-SHORT",
                severity="blocking",
                where=(f"node:{ids[v]}",),
                params={"node": ids[v], "value": round(float(-margins[v]), 3), "unit": "m"},
            )
            for v in short
        )

    def _tighten(self, state: State) -> None:
        """Ask a little more of the junctions where EPANET stops its iterations at less head than the search sees."""
        problem = self.problem
        lack = np.maximum(0.0, -self.margins(state))[problem.core.nodes[: problem.core.junctions]]
        lack = np.where(lack > 0.0, np.minimum(lack, 1.0) + _TOLERANCE_M, _TOLERANCE_M)
        limits = problem.limits
        limits.least[0] += lack
        for v in range(problem.core.junctions):
            limits.stair_head[limits.stair_start[v] : limits.stair_start[v + 1]] += lack[v]
