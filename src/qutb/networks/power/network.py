"""The network of a plan: substations, low- and medium-voltage trees, cables; the cheapest over sizes of transformer.

Plots draw together less than the sum of their own peaks: ``n`` loads coincide by ``c + (1 - c) / sqrt(n)``, on every
branch by what hangs below it. Large plots are fed at medium voltage. Low-voltage feeders follow the shortest ways
from their substation; at medium voltage the shortest tree and the tree of shortest ways from the tie-in are sized, and
the cheaper is kept. A street that no feeder follows gets a stub from each end to the farthest plot joined there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse.csgraph import dijkstra

from qutb.core import QUIET, Context, Effort
from qutb.networks.power.book import PowerRules
from qutb.networks.power.placing import Placed, Street, place_substations
from qutb.networks.power.radial import Cables, Feeders, Sized, coincident_w, gather, size_feeders
from qutb.networks.steiner import SteinerProblem, solve_steiner
from qutb.pack import CatalogueRow

__all__ = ["Branches", "Grid", "Loads", "plan_grid"]

_RATINGS: Mapping[Effort, int] = {"draft": 2, "standard": 3, "full": 5}  # largest transformers tried
_TREE_ROUNDS: Mapping[Effort, int] = {"draft": 2, "standard": 8, "full": 30}
_TREE_S = 60.0
_LEAST_M = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Loads:
    """Power by plot and where it is joined: rows of ``node`` and ``way`` of the street, metres from that node,
    rank of phase; ``large`` ones are fed at medium voltage.
    """

    power_w: np.ndarray
    node: np.ndarray
    way: np.ndarray
    from_node_m: np.ndarray
    rank: np.ndarray
    large: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Branches:
    """A level's trees: feeders with, by node of the tree, its place in the street (``place``), the ``way`` that its
    branch follows, the substation (-1 at medium voltage), whether it is a ``stub`` (part of a way), its ``rank``.
    """

    feeders: Feeders
    place: np.ndarray
    way: np.ndarray
    substation: np.ndarray
    stub: np.ndarray
    rank: np.ndarray
    sized: Sized
    cables: Cables


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """A whole: substations with the transformer of each, both levels, cost of it all; ``at_mv`` node of the
    medium-voltage tree at each substation.
    """

    placed: Placed
    transformer: tuple[CatalogueRow, ...]
    substation_w: np.ndarray
    substation_rank: np.ndarray
    lv: Branches
    mv: Branches
    amount: float

    @property
    def at_mv(self) -> np.ndarray:
        main = np.flatnonzero(~self.mv.stub)
        node = np.zeros(int(self.mv.place.max()) + 1, np.int64)
        node[self.mv.place[main]] = main
        return np.asarray(node[self.placed.node])

    @property
    def stuck(self) -> bool:
        return bool(len(self.lv.sized.stuck) or len(self.mv.sized.stuck))


def plan_grid(
    street: Street,
    loads: Loads,
    roots: np.ndarray,
    rules: PowerRules,
    cables: Mapping[str, Cables],
    transformers: list[CatalogueRow],
    *,
    effort: Effort,
    ctx: Context = QUIET,
) -> Grid:
    """The cheapest network over the largest transformer allowed; a stuck one only where all are."""
    grids = []
    tried = range(len(transformers), max(len(transformers) - _RATINGS[effort], 0), -1)
    for done, largest in enumerate(tried):
        ctx.report("power", done / len(tried))
        grids.append(_grid(street, loads, roots, rules, cables, transformers[:largest], effort))
    return min(grids, key=lambda grid: (grid.stuck, grid.amount))


def _grid(
    street: Street,
    loads: Loads,
    roots: np.ndarray,
    rules: PowerRules,
    cables: Mapping[str, Cables],
    sizes: list[CatalogueRow],
    effort: Effort,
) -> Grid:
    small = ~loads.large
    by_node = np.bincount(loads.node[small], loads.power_w[small], minlength=street.nodes)
    capacity = _carries(sizes[-1], rules)
    placed = place_substations(
        street, by_node, load_w=rules.load_w, many=rules.many, capacity_w=capacity, reach_m=rules.reach_m
    )
    lv = _lv(street, loads, placed, rules, cables["lv"])
    mv = min(
        (
            _mv(street, loads, placed, tree, rules, cables["mv"])
            for tree in _mv_trees(street, loads, placed, roots, effort)
        ),
        key=lambda branches: (len(branches.sized.stuck), _amount(branches)),
    )
    fed = placed.fed_by[loads.node[small]]
    power = np.bincount(fed, loads.power_w[small], minlength=len(placed.node))
    drawn = coincident_w(power, rules.load_w, rules.many)
    chosen = tuple(_smallest(sizes, w / n, rules) for w, n in zip(drawn, placed.transformers, strict=True))
    stations = sum(float(row["central"]) * n for row, n in zip(chosen, placed.transformers.tolist(), strict=True))
    return Grid(
        placed=placed,
        transformer=chosen,
        substation_w=drawn,
        substation_rank=_least(fed, loads.rank[small], len(placed.node)),
        lv=lv,
        mv=mv,
        amount=_amount(lv) + _amount(mv) + stations,
    )


def _carries(row: CatalogueRow, rules: PowerRules) -> float:
    """Power [W] that a transformer carries, spare taken off."""
    return float(row["kva"]) * 1000.0 * rules.factor * (1.0 - rules.spare)


def _smallest(sizes: list[CatalogueRow], power_w: float, rules: PowerRules) -> CatalogueRow:
    """The smallest transformer that carries a power; the largest tried where substations were placed for it."""
    return next((row for row in sizes if _carries(row, rules) >= power_w - 1e-6), sizes[-1])


def _amount(branches: Branches) -> float:
    at = branches.feeders.branches
    if len(branches.sized.stuck):
        return np.inf
    return float((branches.feeders.length_m[at] * branches.cables.amount_per_m[branches.sized.option[at]]).sum())


def _least(group: np.ndarray, rank: np.ndarray, groups: int) -> np.ndarray:
    """Least rank in each group."""
    least = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(least, group, rank)
    return least


# trees --------------------------------------------------------------------------------------------------

Step = tuple[int, int, int]  # place that feeds, place fed, way between them


@dataclass(eq=False)
class _Grown:
    """A forest as it grows: one entry by node."""

    feeder: list[int] = field(default_factory=list)
    length_m: list[float] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    way: list[int] = field(default_factory=list)
    stub: list[bool] = field(default_factory=list)
    substation: list[int] = field(default_factory=list)
    own_w: list[float] = field(default_factory=list)
    rank: list[int] = field(default_factory=list)

    def add(self, feeder: int, length_m: float, place: int, way: int, stub: bool, substation: int) -> int:
        late = np.iinfo(np.int64).max
        row = (feeder, length_m, place, way, stub, substation, 0.0, late)
        for name, value in zip(vars(self), row, strict=True):
            getattr(self, name).append(value)
        return len(self.feeder) - 1

    def load(self, node: int, power_w: float, rank: int) -> None:
        self.own_w[node] += power_w
        self.rank[node] = min(self.rank[node], rank)

    def grow(
        self,
        street: Street,
        roots: Iterable[int],
        steps: Iterable[Step],
        loads: Loads,
        rows: np.ndarray,
        substation: int,
    ) -> dict[int, int]:
        """Add a tree with its loads and stubs; node of each place."""
        node = {place: self.add(-1, 0.0, place, -1, False, substation) for place in roots}
        ways = set()
        for feeder, place, way in steps:
            node[place] = self.add(node[feeder], float(street.length_m[way]), place, way, False, substation)
            ways.add(way)
        stubs: dict[tuple[int, int], int] = {}
        for i in rows[np.argsort(-loads.from_node_m[rows], kind="stable")].tolist():
            place, way, along = int(loads.node[i]), int(loads.way[i]), float(loads.from_node_m[i])
            at = node[place]
            if way not in ways and along >= _LEAST_M:
                if (place, way) not in stubs:
                    stubs[place, way] = self.add(at, along, place, way, True, substation)
                at = stubs[place, way]
            self.load(at, float(loads.power_w[i]), int(loads.rank[i]))
        return node

    def sized(self, rules: PowerRules, level: str, cables: Cables) -> Branches:
        """The forest with cables."""
        feeder = np.array(self.feeder, np.int64)
        feeders = Feeders(
            feeder=feeder,
            length_m=np.maximum(np.array(self.length_m), 0.0),
            power_w=coincident_w(gather(feeder, np.array(self.own_w)), rules.load_w, rules.many),
            factor=rules.factor,
            voltage_v=rules.voltage_v[level],
        )
        rank = np.array(self.rank, np.int64)
        for i in feeders.branches[::-1]:
            rank[feeder[i]] = min(rank[feeder[i]], rank[i])
        return Branches(
            feeders=feeders,
            place=np.array(self.place, np.int64),
            way=np.array(self.way, np.int64),
            substation=np.array(self.substation, np.int64),
            stub=np.array(self.stub, bool),
            rank=rank,
            sized=size_feeders(feeders, cables, rules.most_fall[level]),
            cables=cables,
        )


def _way_rows(street: Street) -> dict[tuple[int, int], int]:
    """The shortest way between two neighbours, both directions."""
    rows: dict[tuple[int, int], int] = {}
    for k in np.argsort(-street.length_m, kind="stable").tolist():
        a, b = int(street.tail[k]), int(street.head[k])
        rows[a, b] = rows[b, a] = k
    return rows


def _steps(before: np.ndarray, away: np.ndarray, wanted: np.ndarray, ways: dict[tuple[int, int], int]) -> list[Step]:
    """Steps of the shortest ways to the places wanted, nearest first."""
    used: set[int] = set()
    for place in wanted.tolist():
        while before[place] >= 0 and place not in used:
            used.add(place)
            place = int(before[place])
    order = sorted(used, key=lambda place: (away[place], place))
    return [(int(before[p]), p, ways[int(before[p]), p]) for p in order]


def _lv(street: Street, loads: Loads, placed: Placed, rules: PowerRules, cables: Cables) -> Branches:
    """Shortest ways from each substation to the places it feeds."""
    grown, ways = _Grown(), _way_rows(street)
    small = np.flatnonzero(~loads.large)
    fed = placed.fed_by[loads.node[small]]
    away, before = dijkstra(street.graph(), directed=False, indices=placed.node, return_predecessors=True)
    for k, root in enumerate(placed.node.tolist()):
        rows = small[fed == k]
        steps = _steps(before[k], away[k], np.unique(loads.node[rows]), ways)
        grown.grow(street, [root], steps, loads, rows, k)
    return grown.sized(rules, "lv", cables)


def _mv_trees(
    street: Street, loads: Loads, placed: Placed, roots: np.ndarray, effort: Effort
) -> list[tuple[list[int], list[Step]]]:
    """Trees from the tie-ins to what medium voltage feeds: that of shortest ways, and a shortest tree."""
    ways = _way_rows(street)
    wanted = np.unique(np.append(placed.node, loads.node[loads.large]))
    away, before, _ = dijkstra(street.graph(), directed=False, indices=roots, min_only=True, return_predecessors=True)
    trees = [_steps(before, away, wanted, ways)]
    if len(roots) == 1:
        ends = np.unique(np.append(wanted, roots))
        problem = SteinerProblem(
            nodes=street.nodes, tail=street.tail, head=street.head, length=street.length_m, terminals=ends
        )
        short = solve_steiner(problem, seconds=_TREE_S, idle_rounds=_TREE_ROUNDS[effort])
        trees.append(_walked(street, short.edges, int(roots[0])))
    return [(roots.tolist(), steps) for steps in trees]


def _walked(street: Street, edges: np.ndarray, root: int) -> list[Step]:
    """Steps outward from the root along the edges of a tree."""
    beside: dict[int, list[tuple[int, int]]] = {}
    for k in np.asarray(edges).tolist():
        a, b = int(street.tail[k]), int(street.head[k])
        beside.setdefault(a, []).append((b, k))
        beside.setdefault(b, []).append((a, k))
    seen, steps, row = {root}, [], [root]
    for place in row:
        for near, way in beside.get(place, []):
            if near not in seen:
                seen.add(near)
                row.append(near)
                steps.append((place, near, way))
    return steps


def _mv(
    street: Street, loads: Loads, placed: Placed, tree: tuple[list[int], list[Step]], rules: PowerRules, cables: Cables
) -> Branches:
    """A tree with substations and large plots on it."""
    grown = _Grown()
    roots, steps = tree
    node = grown.grow(street, roots, steps, loads, np.flatnonzero(loads.large), -1)
    small = np.flatnonzero(~loads.large)
    for i, k in zip(small.tolist(), placed.fed_by[loads.node[small]].tolist(), strict=True):
        grown.load(node[int(placed.node[k])], float(loads.power_w[i]), int(loads.rank[i]))
    return grown.sized(rules, "mv", cables)
