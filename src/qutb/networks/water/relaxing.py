"""A lower bound that holds for every design of a small looped network: branch and bound over its flows.

Pipes on a line between two forks carry one unknown flow. Within a box of flows a linear programme bounds the cost
from below: shares of options stand for the one option a pipe has, the loss of a pipe lies between its values at the
ends of its flow, and with one exponent for all options it is the product of a resistance and a power of the flow,
relaxed by McCormick's (1976) envelope. Boxes are cut in two, the cheapest first; the least bound over those not yet
cut holds for all designs, whenever the time ends.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from qutb.kernels import option_losses
from qutb.networks.water.branches import Stairs
from qutb.networks.water.model import Core
from qutb.networks.water.problem import Problem

__all__ = ["relaxed_cost"]

_MOST_PIPES = 60
_MOST_LOOPS = 8


@dataclass(frozen=True, eq=False)
class _Lines:
    """Links gathered into lines between forks: flow of link = ``sign`` x flow of its line + ``offset`` [m3/s].

    ``balance``, ``right``: continuity at the junctions, in flows of lines.
    """

    line: np.ndarray
    sign: np.ndarray
    offset: np.ndarray
    balance: np.ndarray
    right: np.ndarray


@dataclass(eq=False)
class _Programme:
    """A linear programme as its columns and rows are added."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    most: list[float] = field(default_factory=list)

    def column(self, low: float, high: float, *, cost: float = 0.0) -> int:
        """A new unknown; its number."""
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        return len(self.cost) - 1

    def under(self, terms: list[tuple[int, float]], most: float) -> None:
        """Sum of terms <= most."""
        number = len(self.most)
        self.entries.extend((number, column, value) for column, value in terms if value != 0.0)
        self.most.append(most)

    def over(self, terms: list[tuple[int, float]], least: float) -> None:
        """Sum of terms >= least."""
        self.under([(column, -value) for column, value in terms], -least)

    def equal(self, terms: list[tuple[int, float]], value: float) -> None:
        """Sum of terms = value."""
        self.under(terms, value)
        self.over(terms, value)

    def least(self) -> float:
        """The optimum; infinite where nothing satisfies all rows, minus infinity where the solver gives up."""
        rows, columns, values = zip(*self.entries, strict=True)
        answer = linprog(
            np.array(self.cost),
            A_ub=csr_array((values, (rows, columns)), shape=(len(self.most), len(self.cost))),
            b_ub=np.array(self.most),
            bounds=np.column_stack([self.low, self.high]),
            method="highs",
        )
        if answer.status == 0:
            return float(answer.fun)
        return np.inf if answer.status == 2 else -np.inf


def relaxed_cost(problem: Problem, *, slack_m: float, above: float, cost: float, seconds: float) -> float:
    """A cost that no design undercuts; ``above`` itself where the network is too large for the method.

    ``slack_m`` is how far a design may fall short of a limit and still count as meeting it; ``cost`` that of a
    design found, above which nothing needs a bound.
    """
    core = problem.core
    loops = len(core.links) - core.junctions
    if not 0 < len(core.links) <= _MOST_PIPES or loops > _MOST_LOOPS or not problem.network.plain:
        return above
    until = time.perf_counter() + seconds
    lines = _lines(core)
    boxes = [(above, 0, *_whole_box(core, lines))]
    born, settled = 0, cost
    while boxes and time.perf_counter() < until:
        bound, _, low, high = heapq.heappop(boxes)
        if bound >= cost * (1.0 - 1e-6):
            heapq.heappush(boxes, (bound, 0, low, high))
            break
        for a, b in _halves(problem, lines, low, high):
            value = max(bound, _box_cost(problem, lines, a, b, slack_m) + problem.rooted_cost)
            if b is not a and np.isfinite(value) and value < cost:
                born += 1
                heapq.heappush(boxes, (value, born, a, b))
            elif value < settled:
                settled = value
    return min(settled, boxes[0][0] if boxes else settled)


def _halves(problem: Problem, lines: _Lines, low: np.ndarray, high: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """A box cut in two across the line whose loss is least certain, each half tightened by continuity."""
    cut = _widest(problem, lines, low, high)
    middle = 0.5 * (low[cut] + high[cut])
    if low[cut] < 0.0 < high[cut]:
        middle = 0.0
    halves = []
    for a, b in ((low[cut], middle), (middle, high[cut])):
        below, over = low.copy(), high.copy()
        below[cut], over[cut] = a, b
        if _tighten(lines, below, over):
            halves.append((below, over))
    return halves


def _widest(problem: Problem, lines: _Lines, low: np.ndarray, high: np.ndarray) -> int:
    """The line whose pipes, at their middle size, leave head loss the least certain."""
    at_low, at_high = _losses(problem, lines, low, high)
    middle = problem.limits.options // 2
    rows = np.arange(len(middle))
    doubt = np.minimum(at_high[rows, middle] - at_low[rows, middle], 100.0)
    by_line = np.bincount(lines.line, weights=doubt, minlength=len(low))
    return int(np.argmax(np.where(high - low > 1e-9, by_line + 1e-3 * (high - low), -1.0)))


def _tighten(lines: _Lines, low: np.ndarray, high: np.ndarray) -> bool:
    """Narrow every line by the balances of its forks, in place; False where no flow is left."""
    matrix, right = lines.balance, lines.right
    for _ in range(4):
        least = np.where(matrix > 0, matrix * low, matrix * high)
        most = np.where(matrix > 0, matrix * high, matrix * low)
        for row, column in zip(*np.nonzero(matrix), strict=True):
            rest_low = least[row].sum() - least[row, column]
            rest_high = most[row].sum() - most[row, column]
            ends = sorted(
                ((right[row] - rest_low) / matrix[row, column], (right[row] - rest_high) / matrix[row, column])
            )
            low[column] = max(low[column], ends[0] - 1e-12)
            high[column] = min(high[column], ends[1] + 1e-12)
    return bool((low <= high + 1e-9).all())


def _losses(problem: Problem, lines: _Lines, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Head loss [link, option] at the least and most flow of each link, in the direction of the link."""
    ends = lines.sign * low[lines.line] + lines.offset, lines.sign * high[lines.line] + lines.offset
    net = problem.core.hydraulics
    return option_losses(net, np.minimum(*ends)), option_losses(net, np.maximum(*ends))


def _box_cost(problem: Problem, lines: _Lines, low: np.ndarray, high: np.ndarray, slack_m: float) -> float:
    """The linear programme of one box."""
    core = problem.core
    programme = _Programme()
    heads = _heads(programme, problem, slack_m)
    flows = [programme.column(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    for row, right in zip(lines.balance, lines.right.tolist(), strict=True):
        terms = [(flows[c], float(row[c])) for c in np.flatnonzero(row).tolist()]
        if terms:
            programme.equal(terms, right)
    at_low, at_high = _losses(problem, lines, low, high)
    for p in range(len(core.links)):
        loss = _pipe(programme, problem, p, (at_low[p], at_high[p]), _Flow.of(lines, p, flows, low, high))
        ends = (heads[core.hydraulics.tail[p]], heads[core.hydraulics.head[p]])
        programme.equal([(loss, 1.0), (ends[0], -1.0), (ends[1], 1.0)], 0.0)
    for v in range(core.junctions):
        node = int(core.nodes[v])
        if node in problem.branches.hanging:
            _branches(programme, problem.branches.stairs[node], heads[v], slack_m)
    return programme.least()


@dataclass(frozen=True, eq=False)
class _Flow:
    """The flow of a pipe: ``sign`` x a column + ``offset``, between ``low`` and ``high``."""

    column: int
    sign: float
    offset: float
    low: float
    high: float

    @classmethod
    def of(cls, lines: _Lines, p: int, flows: list[int], low: np.ndarray, high: np.ndarray) -> _Flow:
        line, sign, offset = int(lines.line[p]), float(lines.sign[p]), float(lines.offset[p])
        ends = sorted((sign * float(low[line]) + offset, sign * float(high[line]) + offset))
        return cls(flows[line], sign, offset, ends[0], ends[1])


def _pipe(programme: _Programme, problem: Problem, p: int, losses: tuple[np.ndarray, np.ndarray], flow: _Flow) -> int:
    """Shares of the options of one pipe; the column of the head it loses."""
    limits, net = problem.limits, problem.core.hydraulics
    count = int(limits.options[p])
    shares = [programme.column(0.0, 1.0, cost=float(limits.cost[p, k])) for k in range(count)]
    loss = programme.column(-np.inf, np.inf)
    programme.equal([(x, 1.0) for x in shares], 1.0)
    programme.over([(loss, 1.0), *((x, -float(losses[0][k])) for k, x in enumerate(shares))], 0.0)
    programme.under([(loss, 1.0), *((x, -float(losses[1][k])) for k, x in enumerate(shares))], 0.0)
    resistance = net.resistance[p, :count]
    if net.law != 1 and not net.minor[p, :count].any() and (resistance > 0.0).all():
        _product(
            programme, list(zip(shares, resistance.tolist(), strict=True)), loss, flow, 1.852 if net.law == 0 else 2.0
        )
    return loss


def _product(
    programme: _Programme, resistance: list[tuple[int, float]], loss: int, flow: _Flow, exponent: float
) -> None:
    """Loss = resistance x power of flow, by the envelope of the product and of the power."""
    low, high = min(r for _, r in resistance), max(r for _, r in resistance)
    a, b = (np.sign(q) * abs(q) ** exponent for q in (flow.low, flow.high))
    power = programme.column(float(a), float(b))

    def plane(at_power: float, at_resistance: float) -> tuple[list[tuple[int, float]], float]:
        terms = [(loss, 1.0), (power, -at_resistance), *((x, -at_power * r) for x, r in resistance)]
        return terms, -at_power * at_resistance

    programme.over(*plane(a, low))
    programme.over(*plane(b, high))
    programme.under(*plane(b, low))
    programme.under(*plane(a, high))
    if flow.low * flow.high < 0.0 or flow.high - flow.low < 1e-9:
        return
    outward = 1.0 if flow.low + flow.high >= 0.0 else -1.0  # convex forwards, concave backwards
    chord = (b - a) / (flow.high - flow.low)
    _line_under(programme, power, flow, outward, -1.0, float(chord), float(a - chord * flow.low))
    for share in (0.0, 0.5, 1.0):
        q = flow.low + share * (flow.high - flow.low)
        slope = exponent * abs(q) ** (exponent - 1.0)
        value = np.sign(q) * abs(q) ** exponent
        _line_under(programme, power, flow, outward, 1.0, float(slope), float(value - slope * q))


def _line_under(
    programme: _Programme, power: int, flow: _Flow, outward: float, side: float, slope: float, at_zero: float
) -> None:
    """The power of the flow on one side (1: above, -1: below) of a line in the flow, turned for flow backwards."""
    way = outward * side
    terms = [(power, way), (flow.column, -way * slope * flow.sign)]
    programme.over(terms, way * (slope * flow.offset + at_zero))


def _heads(programme: _Programme, problem: Problem, slack_m: float) -> list[int]:
    """A head for every node of the looped rest; sources bound those that have no limit of their own."""
    core = problem.core
    fixed = core.hydraulics.fixed
    top = float(fixed.max()) if (core.hydraulics.demand[0] >= 0.0).all() else np.inf  # no pump: no head above it
    columns = []
    for v in range(core.junctions):
        node = int(core.nodes[v])
        least = float(problem.needs.least_m[node]) - slack_m
        if node in problem.branches.hanging:
            least = max(least, float(problem.branches.stairs[node].head_m[0]) - slack_m)
        most = min(float(problem.needs.most_m[node]) + slack_m, top)
        columns.append(programme.column(max(least, -1e4), most))
    return columns + [programme.column(h, h) for h in fixed.tolist()]


def _lines(core: Core) -> _Lines:
    """Join links over the junctions where only two meet."""
    net = core.hydraulics
    links, junctions = len(net.tail), core.junctions
    touching: list[list[int]] = [[] for _ in range(len(core.nodes))]
    for p in range(links):
        touching[net.tail[p]].append(p)
        touching[net.head[p]].append(p)
    line, sign, offset = np.full(links, -1), np.ones(links), np.zeros(links)
    count = 0
    for first in range(links):
        if line[first] >= 0:
            continue
        line[first] = count
        for end in (int(net.head[first]), int(net.tail[first])):
            last, node = first, end
            while node < junctions and len(touching[node]) == 2:
                following = touching[node][0] + touching[node][1] - last
                if line[following] >= 0:
                    break
                into = sign[last] if net.head[last] == node else -sign[last]
                carried = offset[last] if net.head[last] == node else -offset[last]
                out = 1.0 if net.tail[following] == node else -1.0
                line[following] = count
                sign[following] = into * out
                offset[following] = (carried - net.demand[0, node]) * out
                last, node = following, int(net.tail[following] + net.head[following] - node)
        count += 1
    balance, right = _continuity(core, line, sign, offset, count)
    return _Lines(line, sign, offset, balance, right)


def _continuity(
    core: Core, line: np.ndarray, sign: np.ndarray, offset: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """What enters a junction leaves it or is used there, for the junctions where lines meet."""
    net = core.hydraulics
    matrix = np.zeros((core.junctions, count))
    right = -net.demand[0]
    for ends, way in ((net.tail, 1.0), (net.head, -1.0)):
        free = ends < core.junctions
        np.add.at(matrix, (ends[free], line[free]), way * sign[free])
        np.subtract.at(right, ends[free], way * offset[free])
    forks = matrix.any(axis=1)
    return matrix[forks], right[forks]


def _whole_box(core: Core, lines: _Lines) -> tuple[np.ndarray, np.ndarray]:
    """All flows there can be: no flow runs in a circle, so no pipe carries more than all that enters."""
    total = float(np.abs(core.hydraulics.demand[0]).sum()) + 1e-9
    count = lines.balance.shape[1]
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(low, lines.line, np.where(lines.sign > 0, -total - lines.offset, lines.offset - total))
    np.minimum.at(high, lines.line, np.where(lines.sign > 0, total - lines.offset, lines.offset + total))
    for one in range(count):
        goal = np.zeros(count)
        goal[one] = 1.0
        bounds = np.column_stack([low, high])
        for way, ends in ((1.0, low), (-1.0, high)):
            answer = linprog(way * goal, A_eq=lines.balance, b_eq=lines.right, bounds=bounds, method="highs")
            if answer.status == 0:
                ends[one] = answer.x[one] - way * 1e-9
    return low, high


def _branches(programme: _Programme, stairs: Stairs, head: int, slack_m: float) -> None:
    """Cost of the branches of a junction above the convex hull of their staircase."""
    cost = programme.column(float(stairs.cost[-1]), np.inf, cost=1.0)
    corners = list(zip((stairs.head_m - slack_m).tolist(), stairs.cost.tolist(), strict=True))
    hull: list[tuple[float, float]] = []
    for h, c in corners:
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (h - hull[-2][0]) >= (c - hull[-2][1]) * (
            hull[-1][0] - hull[-2][0]
        ):
            hull.pop()
        hull.append((h, c))
    for (h0, c0), (h1, c1) in pairwise(hull):
        slope = (c1 - c0) / (h1 - h0)
        programme.over([(cost, 1.0), (head, -slope)], c0 - slope * h0)
