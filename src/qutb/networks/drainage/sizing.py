"""The cheapest diameters and inverts of a given tree of sewers: a proven optimum on a grid of levels.

Rules: cover between a least and a most at both ends of every pipe; the peak flow fills no pipe beyond ``fill_most``
and runs no faster than ``velocity_most``; every pipe, full, runs at least at ``velocity_clean`` (Instruction technique
1977); no pipe is smaller than one above it, and crowns do not rise across a manhole. A pump may lift at any manhole
where pipes arrive. Price: pipes by metre, trench by volume with a price that grows with depth (ends averaged),
manholes by depth, pumps by power and depth of the well. Left out: bends, curves, and pipes that share a trench.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qutb.kernels import SewerGrid, least_costs, trace_back
from qutb.networks.drainage.hydraulics import slope_most, slope_to_carry, slope_to_clean

__all__ = ["SewerPipes", "SewerPrices", "SewerRules", "SewerSizing", "SewerTree", "size_sewers", "trench_amount_per_m"]

_WATER_N_PER_M3 = 9_810.0
_TINY = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class SewerTree:
    """Manholes upstream first. Pipe ``i`` leaves manhole ``i`` for ``parent[i]`` (-1: the end of a tree).

    ``ground_m`` [m]; ``length_m``, ``flow_m3_per_s`` (peak) by pipe; ``outlet_m`` level at which a tree must end,
    NaN where any will do.
    """

    parent: np.ndarray
    ground_m: np.ndarray
    length_m: np.ndarray
    flow_m3_per_s: np.ndarray
    outlet_m: np.ndarray

    @property
    def pipes(self) -> np.ndarray:
        """Manholes that a pipe leaves."""
        return np.flatnonzero(self.parent >= 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class SewerPipes:
    """The catalogue, smallest first: inner and outer diameter [m], cost of a metre without its trench."""

    inner_m: np.ndarray
    outer_m: np.ndarray
    amount_per_m: np.ndarray


@dataclass(frozen=True, kw_only=True)
class SewerRules:
    """What every pipe must keep [m, m/s, shares]; ``manning`` [s/m^(1/3)]; ``step_m`` of the grid of levels."""

    cover_least_m: float
    cover_most_m: float
    fill_most: float
    velocity_clean_m_per_s: float
    velocity_most_m_per_s: float
    manning: float
    step_m: float = 0.05
    pumps: bool = True


@dataclass(frozen=True, kw_only=True)
class SewerPrices:
    """Prices besides the pipe: a m3 of trench at the surface and its rise by metre of depth; the trench's width
    beside the pipe; a manhole and its rise by metre; a pump station, its rise by watt and by metre of well.
    """

    trench_per_m3: float
    trench_rise_per_m4: float
    trench_beside_m: float
    manhole: float
    manhole_per_m: float
    station: float
    station_per_w: float
    station_per_m: float
    pump_efficiency: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SewerSizing:
    """By manhole, for the pipe that leaves it: catalogue row (-1 none), inverts where it starts and ends [m], invert
    from which it is lifted (NaN: by gravity). ``amount`` is the optimum; ``stuck`` lists manholes that no choice
    serves (then nothing else holds).
    """

    pipe: np.ndarray
    start_m: np.ndarray
    end_m: np.ndarray
    lifted_from_m: np.ndarray
    amount: float
    stuck: np.ndarray


def trench_amount_per_m(prices: SewerPrices, outer_m: np.ndarray, depth_m: np.ndarray) -> np.ndarray:
    """Cost of a metre of trench of a depth: its width times the integral of the price of a m3 down to it."""
    deep = np.maximum(depth_m, 0.0)
    by_width = prices.trench_per_m3 * deep + 0.5 * prices.trench_rise_per_m4 * deep**2
    return np.asarray((outer_m + prices.trench_beside_m) * by_width)


def size_sewers(tree: SewerTree, pipes: SewerPipes, rules: SewerRules, prices: SewerPrices) -> SewerSizing:
    """The least-cost sizing of a tree on its grid of levels, proven."""
    held = _with_outlets(tree)
    grid = _grid(held, pipes, rules, prices)
    arrive, gravity, pumped = least_costs(grid)
    best = arrive.min(axis=(1, 2))
    count = len(tree.parent)
    stuck = _first_stuck(held.parent, best)
    if len(stuck):
        none = np.full(count, np.nan)
        return SewerSizing(
            pipe=np.full(count, -1), start_m=none, end_m=none, lifted_from_m=none, amount=np.inf, stuck=stuck
        )
    row, start, end, lifted = trace_back(grid, arrive, gravity, pumped)
    last = (held.parent >= 0) & (held.parent[held.parent] < 0)
    return SewerSizing(
        pipe=np.where(tree.parent >= 0, row[:count], -1),
        start_m=_level(grid, rules, np.arange(len(start)), start)[:count],
        end_m=_level(grid, rules, held.parent, end)[:count],
        lifted_from_m=_level(grid, rules, np.arange(len(lifted)), lifted)[:count],
        amount=float(best[last].sum()),
        stuck=stuck,
    )


def _with_outlets(tree: SewerTree) -> SewerTree:
    """Beyond each end whose level is given, a last manhole at that level, joined by a pipe of no length."""
    ends = np.flatnonzero((tree.parent < 0) & np.isfinite(tree.outlet_m))
    count = len(tree.parent)
    parent = np.append(tree.parent, np.full(len(ends), -1))
    parent[ends] = count + np.arange(len(ends))
    inflow = np.bincount(tree.parent[tree.pipes], weights=tree.flow_m3_per_s[tree.pipes], minlength=count)
    flow = np.where(tree.parent < 0, inflow, tree.flow_m3_per_s)
    return SewerTree(
        parent=parent,
        ground_m=np.append(tree.ground_m, tree.ground_m[ends]),
        length_m=np.append(np.where(tree.parent < 0, 0.0, tree.length_m), np.zeros(len(ends))),
        flow_m3_per_s=np.append(flow, np.zeros(len(ends))),
        outlet_m=np.append(tree.outlet_m, tree.outlet_m[ends]),
    )


def _grid(tree: SewerTree, pipes: SewerPipes, rules: SewerRules, prices: SewerPrices) -> SewerGrid:
    """Levels, falls and prices of a tree as the kernel takes them."""
    step = rules.step_m
    deepest = rules.cover_most_m + pipes.outer_m.max()
    wall = 0.5 * (pipes.outer_m - pipes.inner_m)
    crown = pipes.inner_m + wall  # invert to the top of the pipe
    highest = np.floor((tree.ground_m[:, None] - rules.cover_least_m - crown) / step + _TINY).astype(np.int64)
    lowest = np.ceil((tree.ground_m[:, None] - rules.cover_most_m - crown) / step - _TINY).astype(np.int64)
    given = np.isfinite(tree.outlet_m)
    outlet = np.round(np.where(given, tree.outlet_m, 0.0) / step).astype(np.int64)
    top = np.where(given, np.maximum(highest.max(axis=1), outlet), highest.max(axis=1))
    first, last = top[:, None] - highest, top[:, None] - lowest
    levels = max(int(last.max()), int((top - outlet)[given].max(initial=0)), int(deepest / step)) + 1
    first, last = _at_outlets(tree, first, last, top - outlet, levels)
    depth = tree.ground_m[:, None] - step * (top[:, None] - np.arange(levels))
    stub = (tree.length_m == 0.0) & (tree.parent >= 0)
    return SewerGrid(
        parent=tree.parent,
        top=top,
        first=first,
        last=last,
        manhole=np.where(stub[:, None], 0.0, prices.manhole + prices.manhole_per_m * np.maximum(depth, 0.0)),
        station=np.full(len(top), prices.station if rules.pumps else np.inf),
        lift=_watts_by_m(tree.flow_m3_per_s, prices) * step * prices.station_per_w,
        well=prices.station_per_m * np.maximum(depth, 0.0),
        trench=trench_amount_per_m(prices, pipes.outer_m[:, None], depth[:, None, :]),
        length_m=tree.length_m,
        laid=tree.length_m[:, None] * pipes.amount_per_m,
        **_falls(tree, pipes, rules, stub),
        below=np.ceil((pipes.inner_m[None, :] - pipes.inner_m[:, None]) / step - _TINY).astype(np.int64),
    )


def _watts_by_m(flow_m3_per_s: np.ndarray, prices: SewerPrices) -> np.ndarray:
    """Power [W] that lifts each flow by a metre."""
    return np.asarray(_WATER_N_PER_M3 * flow_m3_per_s / prices.pump_efficiency)


def _at_outlets(
    tree: SewerTree, first: np.ndarray, last: np.ndarray, level: np.ndarray, levels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Where the end's level is given: any level may be met there, and only that one lies beyond."""
    given = np.isfinite(tree.outlet_m)
    inner, beyond = given & (tree.parent >= 0), given & (tree.parent < 0)
    first, last = first.copy(), last.copy()
    first[inner], last[inner] = 0, levels - 1
    first[beyond] = last[beyond] = level[beyond, None]
    return first, last


def _falls(tree: SewerTree, pipes: SewerPipes, rules: SewerRules, stub: np.ndarray) -> dict[str, np.ndarray]:
    """Least and most fall of each pipe by diameter, in steps; most below least where the diameter will not do."""
    flow, inner = tree.flow_m3_per_s[:, None], pipes.inner_m[None, :]
    least = np.maximum(
        slope_to_carry(flow, inner, rules.fill_most, rules.manning),
        slope_to_clean(inner, rules.velocity_clean_m_per_s, rules.manning),
    )
    with np.errstate(over="ignore"):
        most = slope_most(flow, inner, rules.velocity_most_m_per_s, rules.fill_most, rules.manning)
    length = tree.length_m[:, None] / rules.step_m
    steps_least = np.ceil(np.minimum(least * length, 1e6) - _TINY).astype(np.int64)
    steps_most = np.floor(np.minimum(most * length, 1e6) + _TINY).astype(np.int64)
    steps_least[stub], steps_most[stub] = 0, 0
    return {"least": steps_least, "most": steps_most}


def _first_stuck(parent: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Manholes whose pipe cannot be laid though all above it can."""
    fine = np.isfinite(best) | (parent < 0)
    clear = np.ones(len(parent), bool)
    np.logical_and.at(clear, parent[parent >= 0], fine[parent >= 0])
    return np.flatnonzero(~fine & clear)


def _level(grid: SewerGrid, rules: SewerRules, manhole: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Level [m] of an index at a manhole; NaN below 0."""
    return np.where(index >= 0, rules.step_m * (grid.top[manhole] - index), np.nan)
