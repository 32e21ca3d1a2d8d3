"""From a sizing to tables: pipes, manholes, long profiles, elements for the bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.networks.bill import elements
from qutb.networks.drainage.book import PIPES, WORKS
from qutb.networks.drainage.hydraulics import area_m2, fill_of
from qutb.networks.drainage.routing import DrainedTree
from qutb.networks.drainage.sizing import (
    SewerPipes,
    SewerPrices,
    SewerRules,
    SewerSizing,
    SewerTree,
    trench_amount_per_m,
)

__all__ = [
    "Amounts",
    "EndAmounts",
    "Laid",
    "amounts_of",
    "lay",
    "manhole_table",
    "pipe_table",
    "profile_table",
    "works_elements",
]

_WATER_N_PER_M3 = 9_810.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Laid:
    """A sizing as built, by manhole of its tree: the pipe that leaves, its depths, flow and pump (NaN where none)."""

    tree: SewerTree
    sizing: SewerSizing
    inner_m: np.ndarray
    slope: np.ndarray
    fill: np.ndarray
    velocity_m_per_s: np.ndarray
    depth_start_m: np.ndarray
    depth_end_m: np.ndarray
    trench_m3: np.ndarray
    lift_m: np.ndarray
    pump_power_w: np.ndarray
    depth_m: np.ndarray


def lay(tree: SewerTree, sizing: SewerSizing, pipes: SewerPipes, rules: SewerRules, prices: SewerPrices) -> Laid:
    """What a sizing means for each pipe and manhole."""
    laid = tree.parent >= 0
    inner = np.where(laid, pipes.inner_m[sizing.pipe], np.nan)
    outer = np.where(laid, pipes.outer_m[sizing.pipe], np.nan)
    slope = np.divide(sizing.start_m - sizing.end_m, tree.length_m, out=np.full(len(laid), np.nan), where=laid)
    fill = fill_of(tree.flow_m3_per_s, inner, slope, rules.manning)
    deep_start, deep_end = tree.ground_m - sizing.start_m, tree.ground_m[tree.parent] - sizing.end_m
    lift = sizing.start_m - sizing.lifted_from_m
    lowest = np.fmax(deep_start, tree.ground_m - sizing.lifted_from_m)
    arriving = np.full(len(laid), -np.inf)
    np.maximum.at(arriving, tree.parent[laid], deep_end[laid])
    return Laid(
        tree=tree,
        sizing=sizing,
        inner_m=inner,
        slope=slope,
        fill=fill,
        velocity_m_per_s=tree.flow_m3_per_s / area_m2(inner, fill),
        depth_start_m=deep_start,
        depth_end_m=np.where(laid, deep_end, np.nan),
        trench_m3=tree.length_m * (outer + prices.trench_beside_m) * (deep_start + deep_end) / 2.0,
        lift_m=lift,
        pump_power_w=_WATER_N_PER_M3 * _through(tree) * lift / prices.pump_efficiency,
        depth_m=np.fmax(lowest, np.where(np.isfinite(arriving), arriving, np.nan)),
    )


def _through(tree: SewerTree) -> np.ndarray:
    """Flow through each manhole; at the end of a tree, what arrives."""
    arriving = np.bincount(tree.parent[tree.pipes], weights=tree.flow_m3_per_s[tree.pipes], minlength=len(tree.parent))
    return np.where(tree.parent >= 0, tree.flow_m3_per_s, arriving)


def pipe_table(drained: DrainedTree, laid: Laid, labels: list[str], rank: np.ndarray, shown: bool) -> pd.DataFrame:
    """Pipes in the order of the tree; levels only where they are ``shown`` (surveyed)."""
    at = laid.tree.pipes
    down = laid.tree.parent[at]
    table = drained.pipes.rename(columns={"from_manhole": "from_node", "to_manhole": "to_node"})
    levels = {
        "start_invert_m": laid.sizing.start_m[at],
        "end_invert_m": laid.sizing.end_m[at],
        "start_ground_m": laid.tree.ground_m[at],
        "end_ground_m": laid.tree.ground_m[down],
        "slope_ratio": laid.slope[at],
        "velocity_m_per_s": laid.velocity_m_per_s[at],
        "fill_ratio": laid.fill[at],
    }
    return table.assign(
        rank=rank[at],
        pipe=[labels[k] for k in laid.sizing.pipe[at]],
        diameter_m=laid.inner_m[at],
        flow_m3_per_s=laid.tree.flow_m3_per_s[at],
        swmm_velocity_m_per_s=np.nan,
        swmm_fill_ratio=np.nan,
        **{name: column if shown else np.nan for name, column in levels.items()},
    )


def manhole_table(drained: DrainedTree, laid: Laid, rank: np.ndarray, shown: bool) -> pd.DataFrame:
    """Manholes in the order of the tree."""
    places = drained.manholes
    known = {
        "level_m": laid.tree.ground_m,
        "invert_m": laid.tree.ground_m - laid.depth_m,
        "depth_m": laid.depth_m,
        "lift_m": laid.lift_m,
        "pump_power_w": laid.pump_power_w,
    }
    where = np.full(len(places), "offsite", dtype=object)
    where[laid.tree.pipes] = drained.pipes["location"]
    return pd.DataFrame(
        {
            "x_m": places["x_m"],
            "y_m": places["y_m"],
            "is_outlet": laid.tree.parent < 0,
            "location": where,
            "rank": rank,
            **{name: column if shown else np.nan for name, column in known.items()},
        },
        index=places.index.rename("node_id"),
    )


def profile_table(drained: DrainedTree, laid: Laid) -> pd.DataFrame:
    """Long profiles: the longest way to the end of a tree, then the longest that joins one drawn, and so on."""
    parent, length = laid.tree.parent, laid.tree.length_m
    reach = drained.longest()[0] + length
    leads = np.full(len(parent), -1)  # the pipe by which the longest way arrives
    for i in laid.tree.pipes:
        if leads[parent[i]] < 0 or reach[i] > reach[leads[parent[i]]]:
            leads[parent[i]] = i
    mouths = [i for i in range(len(parent)) if parent[i] < 0] + [i for i in laid.tree.pipes if leads[parent[i]] != i]
    parts = []
    for number, mouth in enumerate(sorted(mouths, key=lambda i: (-reach[i], i)), start=1):
        way = [parent[mouth], mouth] if parent[mouth] >= 0 else [mouth]
        while leads[way[-1]] >= 0:
            way.append(leads[way[-1]])
        parts.append(_profile(number, np.array(way[::-1]), drained, laid))
    table = pd.concat(parts, ignore_index=True)
    return table.rename_axis("row")


def _profile(number: int, way: np.ndarray, drained: DrainedTree, laid: Laid) -> pd.DataFrame:
    """One profile, from its head down; of the manhole where it joins another, only what arrives is told."""
    own = np.append(np.ones(len(way) - 1, bool), laid.tree.parent[way[-1]] < 0)
    return pd.DataFrame(
        {
            "profile": number,
            "node_id": drained.manholes.index[way],
            "station_m": np.append(0.0, np.cumsum(laid.tree.length_m[way[:-1]])),
            "ground_m": laid.tree.ground_m[way],
            "arriving_invert_m": np.append(np.nan, laid.sizing.end_m[way[:-1]]),
            "invert_m": np.where(own, laid.sizing.start_m[way], np.nan),
            "diameter_m": np.where(own, laid.inner_m[way], np.nan),
        }
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Amounts:
    """Cost by manhole: the pipe that leaves it, its trench, the manhole, the pump in its place."""

    pipe: np.ndarray
    trench: np.ndarray
    manhole: np.ndarray
    pump: np.ndarray

    @property
    def total(self) -> float:
        return float(sum(part.sum() for part in vars(self).values()))


def amounts_of(laid: Laid, pipes: SewerPipes, prices: SewerPrices) -> Amounts:
    """What a sizing costs; trenches by the mean of their ends."""
    row, piped = np.maximum(laid.sizing.pipe, 0), laid.tree.parent >= 0
    pumped = np.isfinite(laid.lift_m)
    dug = [trench_amount_per_m(prices, pipes.outer_m[row], d) for d in (laid.depth_start_m, laid.depth_end_m)]
    well = np.maximum(laid.tree.ground_m - laid.sizing.lifted_from_m, 0.0)
    station = prices.station + prices.station_per_w * laid.pump_power_w + prices.station_per_m * well
    plain = prices.manhole + prices.manhole_per_m * np.maximum(laid.depth_start_m, 0.0)
    return Amounts(
        pipe=np.where(piped, laid.tree.length_m * pipes.amount_per_m[row], 0.0),
        trench=np.where(piped, laid.tree.length_m * 0.5 * (dug[0] + dug[1]), 0.0),
        manhole=np.where(piped & ~pumped, plain, 0.0),
        pump=np.where(pumped, station, 0.0),
    )


EndAmounts = Mapping[str, Amounts | None]


def works_elements(
    trade: str, names: pd.Index, laid: Laid, labels: list[str], rank: np.ndarray, where: np.ndarray, ends: EndAmounts
) -> pd.DataFrame:
    """Pipes, trenches, manholes and pumps, with amounts by end of the range; ``where`` and ``rank`` by manhole.

    Without a central amount (levels not surveyed) quantities that depend on levels are absent.
    """
    at, known = laid.tree.pipes, ends[""] is not None
    has_pump = np.any([a.pump > 0.0 for a in ends.values() if a is not None], axis=0)
    has_manhole = np.any([a.manhole > 0.0 for a in ends.values() if a is not None], axis=0)
    one = 1.0 if known else np.nan
    trench_m3 = laid.trench_m3[at] if known else np.nan
    kinds = (
        ("pipe", "", at, [labels[k] for k in laid.sizing.pipe[at]], laid.tree.length_m[at], "m", PIPES),
        ("trench", "-trench", at, "trench", trench_m3, "m3", WORKS),
        ("manhole", "-manhole", np.flatnonzero(has_manhole), "manhole", one, "manhole", WORKS),
        ("pump", "-pump", np.flatnonzero(has_pump), "lift_station", one, "station", WORKS),
    )
    parts = []
    for part, suffix, rows, item, quantity, unit, catalogue in kinds:
        given = elements(
            [f"{trade}{suffix}:{n}" for n in names[rows]],
            trade=trade,
            catalogue=catalogue,
            item=item,
            quantity=quantity,
            unit=unit,
            location=where[rows],
            rank=rank[rows],
        )
        amounts = {f"amount{e}": getattr(a, part)[rows] if a is not None else np.nan for e, a in ends.items()}
        parts.append(given.assign(**amounts))
    return pd.concat(parts)
