"""Solving a Steiner problem: strike out what no better tree uses, improve, until bound and tree meet or time ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qutb.core import QUIET, Context, InputError
from qutb.kernels import Graph, ascend, first_tree, improve_tree
from qutb.networks.steiner.problem import SteinerProblem

__all__ = ["SteinerTree", "solve_steiner"]

_CUTS = 60  # a chunk of work between looks at the clock
_ROUNDS_WITHOUT_GAIN = 400
_RESTART = 25  # rounds without gain after which all workers but the first begin anew
_ASCENTS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class SteinerTree:
    """``edges`` rows of the problem's edges; ``lower_bound`` no tree is shorter than."""

    problem: SteinerProblem
    edges: np.ndarray
    length: float
    lower_bound: float
    search_seconds: float
    time_to_best_seconds: float
    stopped: str

    @property
    def gap(self) -> float:
        """Share of the length above the bound."""
        return max(0.0, 1.0 - self.lower_bound / self.length) if self.length > 0.0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """The result as plain data; nodes are numbered from 1, as in the file."""
        p = self.problem
        return {
            "length": self.length,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "nodes": p.nodes,
            "edges": len(p.length),
            "terminals": len(p.terminals),
            "search_seconds": round(self.search_seconds, 3),
            "time_to_best_seconds": round(self.time_to_best_seconds, 3),
            "stopped": self.stopped,
            "tree": [[int(p.tail[e]) + 1, int(p.head[e]) + 1] for e in self.edges.tolist()],
        }


def solve_steiner(
    problem: SteinerProblem,
    *,
    seconds: float = 5.0,
    idle_rounds: int = _ROUNDS_WITHOUT_GAIN,
    seed: int = 0,
    workers: int = 2,
    ctx: Context = QUIET,
) -> SteinerTree:
    """The shortest tree found within ``seconds`` or ``idle_rounds`` without gain, and a bound.

    With time enough the rounds end the search, and the same seed gives the same tree on any machine.

    Raises
    ------
    InputError : terminals that no way joins.
    """
    _refuse_apart(problem)
    _load()
    began = time.perf_counter()  # from when the engine is loaded
    if len(problem.terminals) < 2:
        return _result(problem, np.zeros(0, np.int64), 0.0, (0.0, 0.0), "proven")
    work = _Work(problem, began + seconds)
    rngs = [np.random.default_rng([seed, worker]) for worker in range(workers)]
    work.prove(_roots(problem, rngs[0], idle_rounds))
    with ThreadPoolExecutor(workers) as pool:
        idle = 0
        while not work.done and time.perf_counter() < work.until and idle < idle_rounds:
            before = work.length
            if idle % _RESTART == _RESTART - 1:
                work.restart(rngs)
            work.step(pool, rngs)
            idle = 0 if work.length < before else idle + 1
            if idle in (1, 20, 100):
                work.prove(_roots(problem, rngs[0], idle_rounds))
            ctx.report("steiner", min(0.99, (time.perf_counter() - began) / seconds))
    stopped = "proven" if work.done else "agreed" if idle >= idle_rounds else "time"
    return _result(problem, work.edges, work.bound, (time.perf_counter() - began, work.found - began), stopped)


def _load() -> None:
    """Compile, or read what was compiled, on a graph of two edges."""
    ends = np.array([0, 1]), np.array([1, 2])
    small = SteinerProblem(nodes=3, tail=ends[0], head=ends[1], length=np.ones(2), terminals=np.array([0, 2]))
    graph = _graph(small, np.arange(2))
    tree = first_tree(graph)
    improve_tree(graph, tree, tree.copy(), np.random.default_rng(0), cuts=1, heat=0.0)
    ascend(graph, 0, 2.0)


def _result(
    problem: SteinerProblem, edges: np.ndarray, bound: float, times: tuple[float, float], stopped: str
) -> SteinerTree:
    length = float(problem.length[edges].sum())
    return SteinerTree(
        problem=problem,
        edges=np.sort(edges),
        length=length,
        lower_bound=min(length, bound),
        search_seconds=times[0],
        time_to_best_seconds=times[1],
        stopped=stopped,
    )


class _Work:
    """The graph that is left, the trees of the workers on it, the best tree and bound in the problem's own edges."""

    def __init__(self, problem: SteinerProblem, until: float) -> None:
        self.problem = problem
        self.until = until
        self.whole_numbers = bool((problem.length == np.round(problem.length)).all())
        self.rows = _simple_edges(problem)
        self.graph = _graph(problem, self.rows)
        tree = first_tree(self.graph)
        self.edges = self.rows[tree]
        self.length = float(problem.length[self.edges].sum())
        self.bound = 0.0
        self.found = time.perf_counter()
        self.trees: list[np.ndarray] = []

    @property
    def done(self) -> bool:
        """Whether no tree can be shorter."""
        return self.bound >= self.length - 1e-9 * max(1.0, self.length)

    def step(self, pool: ThreadPoolExecutor, rngs: list[np.random.Generator]) -> None:
        """Every worker cuts and rejoins its tree for a while; the shortest is kept, and sometimes shared."""
        if len(self.trees) != len(rngs):
            self.trees = [first_tree(self.graph) for _ in rngs]
        bests = [tree.copy() for tree in self.trees]
        heat = 0.002 * self.length / max(1, len(self.problem.terminals)) ** 0.5

        def work(i: int) -> tuple[float, float]:
            return improve_tree(self.graph, self.trees[i], bests[i], rngs[i], cuts=_CUTS, heat=heat)

        for i, (_, least) in enumerate(pool.map(work, range(len(rngs)))):
            if least < self.length - 1e-9:
                self.edges = self.rows[bests[i]]
                self.length = float(self.problem.length[self.edges].sum())
                self.found = time.perf_counter()

    def restart(self, rngs: list[np.random.Generator]) -> None:
        """Other trees for all workers but the first."""
        self.trees[1:] = [first_tree(self.graph, rng) for rng in rngs[1:]]

    def prove(self, roots: np.ndarray) -> None:
        """Raise the bound from several roots; leave out the edges that no shorter tree uses."""
        for root in roots.tolist():
            if self.done or time.perf_counter() > self.until:
                return
            bound, keep = ascend(self.graph, root, self.length)
            if self.whole_numbers:
                bound = np.ceil(bound - 1e-6)
            self.bound = max(self.bound, min(bound, self.length))
            keep |= np.isin(self.rows, self.edges)
            if keep.mean() < 0.97:
                self.rows = self.rows[keep]
                self.graph = _graph(self.problem, self.rows)
                self.trees = []


def _simple_edges(problem: SteinerProblem) -> np.ndarray:
    """Edges without loops, the shortest of parallels, and without ends that lead to no terminal."""
    rows = np.flatnonzero(problem.tail != problem.head)
    low = np.minimum(problem.tail, problem.head)[rows]
    high = np.maximum(problem.tail, problem.head)[rows]
    order = np.lexsort((problem.length[rows], high, low))
    first = np.concatenate([[True], (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)])
    rows = np.sort(rows[order[first]])
    wanted = np.zeros(problem.nodes, bool)
    wanted[problem.terminals] = True
    while True:
        degree = np.bincount(problem.tail[rows], minlength=problem.nodes)
        degree += np.bincount(problem.head[rows], minlength=problem.nodes)
        bare = (degree == 1) & ~wanted
        ends = bare[problem.tail[rows]] | bare[problem.head[rows]]
        if not ends.any():
            return rows
        rows = rows[~ends]


def _graph(problem: SteinerProblem, rows: np.ndarray) -> Graph:
    tail, head, length = problem.tail[rows], problem.head[rows], problem.length[rows]
    ends = np.concatenate([tail, head])
    order = np.argsort(ends, kind="stable")
    wanted = np.zeros(problem.nodes, bool)
    wanted[problem.terminals] = True
    edges = np.concatenate([np.arange(len(rows)), np.arange(len(rows))])
    return Graph(
        tail=tail,
        head=head,
        length=length,
        order=np.argsort(length, kind="stable"),
        start=np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=problem.nodes))]).astype(np.int64),
        near=np.concatenate([head, tail])[order],
        via=edges[order],
        wanted=wanted,
    )


def _roots(problem: SteinerProblem, rng: np.random.Generator, most: int) -> np.ndarray:
    """A few terminals to raise the bound from."""
    return rng.permutation(problem.terminals)[: min(_ASCENTS, most)]


def _refuse_apart(problem: SteinerProblem) -> None:
    pairs = (np.ones(len(problem.tail)), (problem.tail, problem.head))
    _, part = connected_components(coo_array(pairs, shape=(problem.nodes, problem.nodes)), directed=False)
    apart = problem.terminals[part[problem.terminals] != part[problem.terminals[0]]]
    if len(apart):
        raise InputError("NET-STP-APART", "", node=int(apart[0]) + 1, value=len(apart))
