"""Zones: the blocks of the plan, joined where there are too many; where they enter the street graph."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from qutb.access import network_of
from qutb.plan import Fabric, Shapes

__all__ = ["Zones", "zones_of"]


@dataclass(frozen=True, eq=False)
class Zones:
    """``names`` by zone; ``of_plot`` [plot] the zone of each plot (-1: none); middle and area by zone;
    ``main_node`` [zone] the graph row where most of its front lies (-1: not connected); ``zone``, ``node``,
    ``share`` list all nodes it enters at, shares of a zone adding to 1.
    """

    names: np.ndarray
    of_plot: np.ndarray
    of_block: pd.Series
    x_m: np.ndarray
    y_m: np.ndarray
    area_m2: np.ndarray
    main_node: np.ndarray
    zone: np.ndarray
    node: np.ndarray
    share: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def summed(self, by_plot: np.ndarray) -> np.ndarray:
        """Sums by zone of an amount by plot."""
        held = self.of_plot >= 0
        total: np.ndarray = np.bincount(self.of_plot[held], weights=by_plot[held], minlength=len(self))
        return total


_ZONES: weakref.WeakKeyDictionary[Fabric, dict[int, Zones]] = weakref.WeakKeyDictionary()


def zones_of(shapes: Shapes, fabric: Fabric, most: int) -> Zones:
    """At most ``most`` zones: the blocks, or blocks joined by squares of ground where there are more.

    Made once for each fabric, since nothing else changes them.
    """
    made = _ZONES.setdefault(fabric, {})
    if most not in made:
        made[most] = _zones(shapes, fabric, most)
    return made[most]


def _zones(shapes: Shapes, fabric: Fabric, most: int) -> Zones:
    ids = shapes.plots.index
    middle = shapely.centroid(shapes.plots.geometry.to_numpy())
    xy = np.nan_to_num(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]))
    area = np.nan_to_num(fabric.plots["area_m2"].reindex(ids).to_numpy(dtype=float))
    block = fabric.plots["block_id"].reindex(ids).fillna("").astype(str).to_numpy(dtype=object)
    code, blocks = pd.factorize(block, sort=True)
    weight = np.maximum(area, 1e-9)
    block_xy = _means(code, xy, weight, len(blocks))
    joined = _joined(block_xy, most)
    names = _names(blocks.astype(str), joined)
    of_plot = joined[code]
    plot, node, front = _entries(shapes, fabric)
    zone, node, share, main = _shares(of_plot[plot], node, front, len(names), len(fabric.nodes))
    middle_xy = _means(of_plot, xy, weight, len(names))
    return Zones(
        names=names,
        of_plot=of_plot,
        of_block=pd.Series(joined, index=pd.Index(blocks, name="block_id")),
        x_m=middle_xy[:, 0],
        y_m=middle_xy[:, 1],
        area_m2=np.bincount(of_plot, weights=area, minlength=len(names)),
        main_node=main,
        zone=zone,
        node=node,
        share=share,
    )


def _means(code: np.ndarray, xy: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
    total = np.bincount(code, weights=weight, minlength=count)
    return np.column_stack([np.bincount(code, weights=weight * xy[:, i], minlength=count) / total for i in (0, 1)])


def _joined(xy: np.ndarray, most: int) -> np.ndarray:
    """Zone number of each block: its own, else that of the square of ground it lies in."""
    if len(xy) <= most:
        return np.arange(len(xy))
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    side = float(np.sqrt(max(span[0] * span[1], 1.0) / most))
    while True:
        cell = np.floor((xy - low) / side).astype(int)
        _, code = np.unique(cell, axis=0, return_inverse=True)
        if code.max() < most:
            return code.ravel()
        side *= 1.05


def _names(blocks: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """A zone of one block has its name; of several, that of the first and how many more."""
    count = np.bincount(joined)
    first = pd.Series(blocks).groupby(joined).min().to_numpy(dtype=object)
    return np.array([f"{n} +{c - 1}" if c > 1 else n for n, c in zip(first, count, strict=True)], dtype=object)


def _entries(shapes: Shapes, fabric: Fabric) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where plots enter: plot row, node row, metres of front. A plot leaves by either end of the edges that its
    doors are on, as on foot; its frontage is shared among them.
    """
    doors = network_of(shapes, fabric).doors
    edges, nodes = fabric.edges.iloc[doors.edge], fabric.nodes.index
    frontage = np.nan_to_num(fabric.plots["frontage_m"].reindex(shapes.plots.index).to_numpy(dtype=float))
    length = np.maximum(frontage, 0.1)[doors.plot] / np.diff(doors.starts)[doors.plot]
    both = np.concatenate([nodes.get_indexer(edges["from_node"]), nodes.get_indexer(edges["to_node"])])
    return np.tile(doors.plot, 2), both, np.tile(length, 2)


def _shares(
    zone: np.ndarray, node: np.ndarray, weight: np.ndarray, zones: int, nodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    pair, at = np.unique(zone.astype(np.int64) * max(nodes, 1) + node, return_inverse=True)
    summed = np.bincount(at.ravel(), weights=weight, minlength=len(pair))
    zone, node = np.divmod(pair, max(nodes, 1))
    share = summed / np.bincount(zone, weights=summed, minlength=zones)[zone]
    main = np.full(zones, -1, dtype=np.int64)
    order = np.lexsort((-node, summed))  # the last written is the largest, then the lowest node
    main[zone[order]] = node[order]
    return zone, node, share, main
