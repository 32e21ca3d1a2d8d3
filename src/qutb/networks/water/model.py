"""A design task as arrays: branches cut off and solved by themselves, the looped rest numbered for the solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qutb.core import InputError
from qutb.kernels import Hydraulics
from qutb.networks.water.epanet import Network
from qutb.networks.water.pattern import elimination
from qutb.networks.water.task import WaterTask

__all__ = [
    "CLOSED",
    "Choice",
    "Core",
    "Requirements",
    "Trees",
    "choices",
    "cut_branches",
    "no_branches",
    "requirements",
]

CLOSED = -1  # in place of a catalogue entry: the pipe is not laid
_FOOT_M, _CFS = 0.3048, 0.028317
_CLOSED_SLOPE = 1e8 * _FOOT_M / _CFS  # EPANET's resistance of a closed link


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """What each link of the network may be, [link, option] by growing diameter; rows are padded with the last.

    ``entry`` the row of the catalogue, :data:`CLOSED`, or -2 for a link that stays as it is; ``count`` options
    of each link; ``cost`` of the whole pipe; ``pipes`` what the solver needs, for all links of the network.
    """

    entry: np.ndarray
    count: np.ndarray
    cost: np.ndarray
    resistance: np.ndarray
    relative_roughness: np.ndarray
    viscous: np.ndarray
    minor: np.ndarray
    area_m2: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Requirements:
    """Least and most head [m] by node (infinite where nothing is asked), and the speed limit [m/s], 0 for none."""

    least_m: np.ndarray
    most_m: np.ndarray
    speed_m_per_s: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Load:
    """One state that a network must serve: demand [m3/s] and least head [m] by node."""

    demand_m3_per_s: np.ndarray
    least_m: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Trees:
    """Pipes cut off, leaves first: ``link``, its ``child`` and ``parent`` node, the ``flow`` [m3/s] it must carry."""

    link: np.ndarray
    child: np.ndarray
    parent: np.ndarray
    flow: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Core:
    """The looped rest: rows of ``links``, ``nodes`` (junctions in order of elimination, then fixed heads)."""

    links: np.ndarray
    nodes: np.ndarray
    junctions: int
    hydraulics: Hydraulics


def requirements(task: WaterTask, network: Network) -> Requirements:
    """Heads that the task asks for, checked where it checks.

    Raises
    ------
    InputError : a node that the task names is not in the network.
    """
    for node in (*task.min_head_m, *task.max_pressure_m):
        if node not in network.node_ids:
            raise InputError("NET-TASK-NODE", str(task.inp), node=node)
    least = np.full(len(network.node_ids), -np.inf)
    most = np.full(len(network.node_ids), np.inf)
    for row, node in enumerate(network.node_ids):
        checked = node not in task.skipped_nodes and (not task.skipped_nodes or network.demand_m3_per_s[row] > 0.0)
        if network.fixed[row] or not checked:
            continue
        if task.min_head_m:
            least[row] = task.min_head_m.get(node, -np.inf)
        elif task.min_pressure_m is not None:
            least[row] = network.elevation_m[row] + task.min_pressure_m
        if node in task.max_pressure_m:
            most[row] = network.elevation_m[row] + task.max_pressure_m[node]
    return Requirements(least_m=least, most_m=most, speed_m_per_s=task.max_velocity_m_per_s or 0.0)


def choices(task: WaterTask, network: Network) -> Choice:
    """The options of every link and what they cost and resist.

    Raises
    ------
    InputError : a pipe that the task names is not in the network, or is no pipe.
    """
    rows = {name: row for row, name in enumerate(network.link_ids)}
    for name in (*task.decision_pipes, *task.fixed_pipes):
        if name not in rows or not network.pipe[rows[name]]:
            raise InputError("NET-TASK-PIPE", str(task.inp), pipe=name)
    order = sorted(range(len(task.catalogue)), key=lambda k: (task.catalogue[k].diameter, task.catalogue[k].unit_cost))
    wide = len(order) + task.optional
    links = len(network.link_ids)
    entry = np.full((links, wide), -2)
    count = np.ones(links, np.int64)
    cost = np.zeros((links, wide))
    diameter = np.repeat(network.diameter_m[:, None], wide, axis=1)
    rough = np.repeat(network.roughness[:, None], wide, axis=1)
    for name, given in task.fixed_pipes.items():
        diameter[rows[name]] = given * task.diameter_unit_m
        cost[rows[name]] = _fixed_cost(task, given) * network.length_m[rows[name]] / network.length_unit_m
    picks = ([CLOSED] if task.optional else []) + order
    for name in task.decision_pipes:
        row = rows[name]
        count[row] = wide
        entry[row] = picks
        for at, pick in enumerate(picks):
            if pick == CLOSED:
                continue
            pipe = task.catalogue[pick]
            diameter[row, at] = pipe.diameter_m
            unit = pipe.unit_cost_major if name in task.major_pipes else pipe.unit_cost
            cost[row, at] = unit * network.length_m[row] / network.length_unit_m
            if pipe.roughness is not None:
                rough[row, at] = pipe.roughness * (1e-3 if network.law == 1 else 1.0)
    closed = (entry == CLOSED) | ((entry == -2) & ~network.laid[:, None])
    return Choice(entry=entry, count=count, cost=cost, **_resistances(network, diameter, rough, closed))


def _fixed_cost(task: WaterTask, diameter: float) -> float:
    """Unit cost of the catalogue entry that a fixed pipe is made of."""
    for pipe in task.catalogue:
        if abs(pipe.diameter - diameter) <= 0.005 + 1e-6 * diameter:
            return pipe.unit_cost
    raise InputError("NET-TASK-FIXED", str(task.inp), diameter=diameter)


def _resistances(
    network: Network, diameter_m: np.ndarray, rough: np.ndarray, closed: np.ndarray
) -> dict[str, np.ndarray]:
    """Coefficients of head loss with EPANET's own constants (feet and cubic feet a second inside)."""
    pipe = network.pipe[:, None]
    diameter_m, rough = np.where(pipe, diameter_m, 1.0), np.where(pipe, rough, 1.0)  # pumps and valves are not read
    length, d = network.length_m[:, None] / _FOOT_M, diameter_m / _FOOT_M
    area = np.pi * d**2 / 4.0
    if network.law == 0:
        resistance = 4.727 * length / rough**1.852 / d**4.871 * _FOOT_M / _CFS**1.852
    elif network.law == 1:
        resistance = length / 2.0 / 32.2 / d / area**2 * _FOOT_M / _CFS**2
    else:
        resistance = (4.0 * rough / (1.49 * np.pi * d**2)) ** 2 * (d / 4.0) ** -1.333 * length * _FOOT_M / _CFS**2
    relative = rough / diameter_m if network.law == 1 else np.zeros_like(d)
    return {
        "resistance": np.where(closed, -_CLOSED_SLOPE, resistance),
        "relative_roughness": relative,
        "viscous": network.viscosity_m2_per_s / _FOOT_M**2 * d * _CFS,
        "minor": 0.02517 * network.minor[:, None] / d**4 * _FOOT_M / _CFS**2,
        "area_m2": np.pi * diameter_m**2 / 4.0,
    }


def cut_branches(network: Network, needs: Requirements) -> tuple[Trees, np.ndarray]:
    """Cut every pipe that hangs on a junction without a second way; returns them and the mask of links that stay.

    A junction whose most head could be exceeded stays: there less loss is not always better.
    """
    top = network.head_m[network.fixed].max(initial=-np.inf)
    bound = network.fixed | (needs.most_m < top)
    touching: list[set[int]] = [set() for _ in network.node_ids]
    for link, (i, j) in enumerate(zip(network.tail.tolist(), network.head.tolist(), strict=True)):
        touching[i].add(link)
        touching[j].add(link)
    demand = network.demand_m3_per_s.copy()
    stays = np.ones(len(network.link_ids), bool)
    queue = [v for v in range(len(touching)) if len(touching[v]) == 1 and not bound[v]]
    cut: list[tuple[int, int, int, float]] = []
    while queue:
        child = queue.pop()
        if len(touching[child]) != 1:
            continue  # the last of a tree that reaches no source
        (link,) = touching[child]
        parent = int(network.tail[link] + network.head[link] - child)
        cut.append((link, child, parent, float(demand[child])))
        demand[parent] += demand[child]
        stays[link] = False
        touching[parent].discard(link)
        touching[child].clear()
        if len(touching[parent]) == 1 and not bound[parent]:
            queue.append(parent)
    columns = list(zip(*cut, strict=True)) if cut else [(), (), (), ()]
    return Trees(
        link=np.array(columns[0], np.int64),
        child=np.array(columns[1], np.int64),
        parent=np.array(columns[2], np.int64),
        flow=np.array(columns[3], float),
    ), stays


def no_branches(network: Network) -> tuple[Trees, np.ndarray]:
    """Nothing cut; every link stays where the solver knows them all, none where it does not."""
    none = np.zeros(0, np.int64)
    return Trees(link=none, child=none, parent=none, flow=np.zeros(0)), np.full(len(network.link_ids), network.plain)


def core_of(network: Network, choice: Choice, trees: Trees, stays: np.ndarray, demands: np.ndarray) -> Core:
    """The links that stay, numbered for the solver, with the demand of branches at the junctions they hang on.

    ``demands`` [load, node] in m3/s.
    """
    demand = demands.copy()
    for child, parent in zip(trees.child, trees.parent, strict=True):
        demand[:, parent] += demand[:, child]
    links = _in_lines(network, np.flatnonzero(stays))
    used = np.unique(np.concatenate([network.tail[links], network.head[links]]))
    free = used[~network.fixed[used]]
    row = np.full(len(network.node_ids), -1)
    row[free] = np.arange(len(free))
    pairs = np.column_stack([row[network.tail[links]], row[network.head[links]]])
    pattern = elimination(len(free), pairs)
    nodes = np.concatenate([free[pattern.order], used[network.fixed[used]]])
    place = np.full(len(network.node_ids), -1)
    place[nodes] = np.arange(len(nodes))
    return Core(
        links=links,
        nodes=nodes,
        junctions=len(free),
        hydraulics=Hydraulics(
            tail=place[network.tail[links]],
            head=place[network.head[links]],
            law=network.law,
            resistance=choice.resistance[links],
            relative_roughness=choice.relative_roughness[links],
            viscous=choice.viscous[links],
            minor=choice.minor[links],
            area_m2=choice.area_m2[links],
            demand=demand[:, nodes[: len(free)]],
            fixed=network.head_m[nodes[len(free) :]],
            column=pattern.column,
            row=pattern.row,
            place=pattern.place,
            program_start=pattern.program_start,
            program=pattern.program,
        ),
    )


def _in_lines(network: Network, links: np.ndarray) -> np.ndarray:
    """Links in the order of a walk along the network, so that neighbours in the list are neighbours in the ground."""
    touching: dict[int, list[int]] = {}
    for link in links.tolist():
        for node in (int(network.tail[link]), int(network.head[link])):
            touching.setdefault(node, []).append(link)
    seen: set[int] = set()
    order: list[int] = []
    for start in sorted(touching, key=lambda v: (not network.fixed[v], v)):
        stack = [link for link in reversed(touching[start]) if link not in seen]
        while stack:
            link = stack.pop()
            if link in seen:
                continue
            seen.add(link)
            order.append(link)
            for node in (int(network.head[link]), int(network.tail[link])):
                stack.extend(other for other in touching[node] if other not in seen)
    return np.array(order, np.int64)
