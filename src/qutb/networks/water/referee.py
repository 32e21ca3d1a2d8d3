"""EPANET as judge of whole designs."""

from __future__ import annotations

import numpy as np

from qutb.core import Finding
from qutb.networks.water.epanet import Judge, State
from qutb.networks.water.problem import Problem

__all__ = ["TOLERANCE_M", "Referee"]

TOLERANCE_M = 1e-3  # how far a design may fall short of a limit and still meet it
_SPARE_M = 2e-4  # head that a design keeps above its limits: versions of EPANET differ by less


class Referee:
    """Judges whole designs with EPANET; where EPANET is stricter than the search, tightens the search's limits."""

    def __init__(self, judge: Judge, problem: Problem) -> None:
        self.epanet = judge
        self.problem = problem
        self.accepted: np.ndarray | None = None
        rows = {name: row for row, name in enumerate(judge.network.link_ids)}
        self.decided = [rows[name] for name in problem.task.decision_pipes]
        self._fixed = {rows[name]: d for name, d in problem.task.fixed_pipes.items()}

    def confirms(self, option: np.ndarray) -> bool:
        """Whether EPANET finds the design of the looped rest, with its best branches, within the limits."""
        options = self.problem.whole(option)
        state = self.judge(options)
        if state.balanced and float(self.margins(state).min()) >= _SPARE_M:
            self.accepted = options
            return True
        self._tighten(state)
        return False

    def weigh(self, option: np.ndarray) -> tuple[float, float]:
        """Cost and unmet head [m] of the options of the pipes to decide, solved from the flows of the last design."""
        options = self.spread(option)
        margins = self.margins(self.judge(options, cold=False))
        return self.problem.cost(options), float(-np.minimum(margins, 0.0).sum())

    def spread(self, option: np.ndarray) -> np.ndarray:
        """Options by link of the network from those of the pipes to decide."""
        options = np.zeros(len(self.problem.choice.count), np.int64)
        options[self.decided] = option
        return options

    def judge(self, options: np.ndarray, *, cold: bool = True) -> State:
        """Lay a design and run it."""
        catalogue, entry = self.problem.task.catalogue, self.problem.choice.entry
        picks = {row: int(entry[row, options[row]]) for row in self.decided}
        rough = {row: catalogue[k].roughness for row, k in picks.items() if k >= 0}
        self.epanet.lay(
            {row: catalogue[k].diameter if k >= 0 else 0.0 for row, k in picks.items()} | self._fixed,
            {row: value for row, value in rough.items() if value is not None},
        )
        return self.epanet.run(cold=cold)

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
        picks = {row: int(entry[row, options[row]]) for row in self.decided}
        ids = self.problem.network.link_ids
        return {ids[row]: catalogue[k].diameter if k >= 0 else 0.0 for row, k in picks.items()}

    def findings(self, state: State) -> tuple[Finding, ...]:
        """The nodes and pipes beyond a limit, worst first, ten of a kind at most."""
        needs, nodes, links = self.problem.needs, self.problem.network.node_ids, self.problem.network.link_ids
        found = [
            *_beyond("NET-WATER-SHORT", "node", nodes, needs.least_m - state.head_m, TOLERANCE_M, "m"),
            *_beyond("NET-WATER-HIGH", "node", nodes, state.head_m - needs.most_m, TOLERANCE_M, "m"),
        ]
        if needs.speed_m_per_s > 0.0:
            fast = np.abs(state.velocity_m_per_s) - needs.speed_m_per_s
            found += _beyond("NET-WATER-FAST", "pipe", links, fast, TOLERANCE_M, "m/s")
        return tuple(found)

    def _tighten(self, state: State) -> None:
        """Ask a little more of the junctions where EPANET stops its iterations at less head than the search sees."""
        problem = self.problem
        lack = np.maximum(0.0, -self.margins(state))[problem.core.nodes[: problem.core.junctions]]
        lack = np.where(lack > 0.0, np.minimum(lack, 1.0) + TOLERANCE_M, TOLERANCE_M)
        limits = problem.limits
        limits.least[0] += lack
        for v in range(problem.core.junctions):
            limits.stair_head[limits.stair_start[v] : limits.stair_start[v + 1]] += lack[v]


def _beyond(code: str, kind: str, ids: tuple[str, ...], excess: np.ndarray, allowed: float, unit: str) -> list[Finding]:
    """Findings where ``excess`` over a limit is more than allowed."""
    worst = [int(v) for v in np.argsort(-excess) if excess[v] > allowed][:10]
    return [
        Finding(
            code=code,
            severity="blocking",
            where=(f"{kind}:{ids[v]}",),
            params={kind: ids[v], "value": round(float(excess[v]), 3), "unit": unit},
        )
        for v in worst
    ]
