"""Least-cost diameters for a task: search, judge, prove, write."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qutb.core import QUIET, Context, Finding
from qutb.networks.water.bounds import Bound, lower_bound
from qutb.networks.water.epanet import Judge
from qutb.networks.water.problem import problem_of
from qutb.networks.water.referee import TOLERANCE_M, Referee
from qutb.networks.water.remarks import refuse_unreached, remarks
from qutb.networks.water.search import search_core
from qutb.networks.water.task import WaterTask
from qutb.networks.water.trying import search_by_trying

__all__ = ["Design", "design_water", "write_inp"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """A design as EPANET judges it, from a cold start.

    ``diameters`` pipe -> diameter in the task's unit (0: not laid); ``margin_m`` least head above what is asked
    over all nodes checked (infinite: none is), at ``worst_node``; times in seconds of search; ``bound`` what no
    design can undercut.
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
            "margin_m": self.margin_m if math.isfinite(self.margin_m) else None,
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

    The same task and seed give the same design, unless the time cuts the search short. Where no design holds, the
    one that falls short least is given, and what it lacks is among the findings.

    Raises
    ------
    FormatError, InputError : the EPANET file or a pipe named in the task cannot be used.
    SolverError : EPANET cannot solve the network.
    """
    with Judge(task.inp) as judge:
        refuse_unreached(task, judge.network)
        problem = problem_of(task, judge.network)
        referee = Referee(judge, problem)
        if judge.network.plain:
            found = search_core(
                problem, referee.confirms, seconds=seconds, seed=seed, workers=workers or _cores(), ctx=ctx
            )
            options = referee.accepted if referee.accepted is not None else problem.whole(found.option)
        else:
            count = problem.choice.count[referee.decided]
            found = search_by_trying(count, referee.weigh, seconds=seconds, seed=seed, ctx=ctx)
            options = referee.spread(found.option)
        state = referee.judge(options)
        margins = referee.margins(state)
        worst = int(np.argmin(margins))
        bound = lower_bound(problem, options, cost=problem.cost(options), seconds=proof_seconds)
        return Design(
            task=task,
            diameters=referee.diameters(options),
            cost=problem.cost(options),
            feasible=bool(margins[worst] >= -TOLERANCE_M) and state.balanced,
            margin_m=float(margins[worst]),
            worst_node=judge.network.node_ids[worst],
            max_velocity_m_per_s=float(np.abs(state.velocity_m_per_s).max()),
            search_seconds=found.spent_s,
            time_to_best_seconds=found.found_s,
            stopped=found.stopped,
            evaluations=found.evaluations,
            bound=bound,
            findings=(*remarks(problem), *referee.findings(state)),
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
