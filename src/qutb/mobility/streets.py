"""The street graph as directed links for cars and as a walking graph; traps of one-way streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from qutb.pack import Values
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["CAR_CLASSES", "Streets", "car_graph", "streets_of"]

CAR_CLASSES = ("arterial", "collector", "local", "lane")
_ON_FOOT = ("footpath", "cycleway")
_ROAD = "road:"
_H = 3600.0
FORWARD, BACKWARD = ">", "<"


@dataclass(frozen=True, eq=False)
class Streets:
    """Directed car links (arrays by link) and the edges they come from.

    ``nodes`` are the ids of the rows, ``xy_m`` where they lie; ``edge`` [link] is the row in ``fabric.edges``;
    ``from_node``, ``to_node`` [edge] are rows; ``lanes`` [link] are those of one direction;
    ``capacity_per_lane`` in vehicles/h.
    """

    nodes: pd.Index
    xy_m: np.ndarray
    from_node: np.ndarray
    to_node: np.ndarray
    length_m: np.ndarray
    street_class: np.ndarray
    edge: np.ndarray
    direction: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    lanes: np.ndarray
    lanes_given: np.ndarray
    capacity_per_lane: np.ndarray
    free_s: np.ndarray
    b: np.ndarray
    power: np.ndarray

    @property
    def capacity(self) -> np.ndarray:
        """Vehicles/h by link."""
        whole: np.ndarray = self.lanes * self.capacity_per_lane
        return whole

    @property
    def walking(self) -> csr_array:
        """Length [m] between nodes on foot, both ways; the shorter of parallel edges."""
        ends = np.sort(np.column_stack([self.from_node, self.to_node]), axis=1)
        order = np.lexsort((self.length_m, ends[:, 1], ends[:, 0]))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(ends[order], axis=0) != 0).any(axis=1)
        kept = order[first]
        return csr_array(
            (np.maximum(self.length_m[kept], 1e-6), (ends[kept, 0], ends[kept, 1])),
            shape=(len(self.nodes), len(self.nodes)),
        )


def streets_of(plan: Plan, fabric: Fabric, site: Site, values: Values) -> Streets:
    """Links of every street a car may use, both ways unless ``oneway``.

    Lanes as the plan gives them, else the pack's for the class (``mobility.lanes.*``); one lane both ways is
    half a lane each way. Speeds and capacities by class.
    """
    edges, nodes = fabric.edges, fabric.nodes.index
    from_node = nodes.get_indexer(edges["from_node"])
    to_node = nodes.get_indexer(edges["to_node"])
    street_class, lanes, oneway = _attributes(plan, site, edges["street_id"].to_numpy(dtype=object))
    car = np.isin(street_class, CAR_CLASSES)
    forward, backward = np.flatnonzero(car), np.flatnonzero(car & ~oneway)
    edge = np.concatenate([forward, backward])
    ahead = np.arange(len(edge)) < len(forward)
    of_class = {name: _class_values(name, values) for name in np.unique(street_class[edge]).tolist()}
    table = np.array([of_class[c] for c in street_class[edge]], dtype=float).reshape(-1, 5)
    known = np.nan_to_num(lanes[edge]) > 0
    in_all = np.where(known, lanes[edge], table[:, 0])
    length = edges["length_m"].to_numpy(dtype=float)
    return Streets(
        nodes=nodes,
        xy_m=fabric.nodes[["x_m", "y_m"]].to_numpy(dtype=float),
        from_node=from_node,
        to_node=to_node,
        length_m=length,
        street_class=street_class,
        edge=edge,
        direction=np.where(ahead, FORWARD, BACKWARD),
        tail=np.where(ahead, from_node[edge], to_node[edge]),
        head=np.where(ahead, to_node[edge], from_node[edge]),
        lanes=np.where(oneway[edge], in_all, in_all / 2),
        lanes_given=known,
        capacity_per_lane=table[:, 1],
        free_s=length[edge] / np.where(table[:, 2] > 0, table[:, 2], np.nan),
        b=table[:, 3],
        power=table[:, 4],
    )


def _attributes(plan: Plan, site: Site, street_id: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class, lanes in all and oneway of each edge; a road of the site without class counts as arterial."""
    own = plan.streets[["street_class", "lanes", "oneway"]].copy()
    own.index = own.index.astype(str)
    roads = pd.DataFrame(
        {
            "street_class": site.roads.get("street_class"),
            "lanes": pd.to_numeric(site.roads["lanes"], errors="coerce") if "lanes" in site.roads else np.nan,
            "oneway": None,
        },
        index=_ROAD + site.roads.index.astype(str),
    )
    both = pd.concat([t.astype(object) for t in (own, roads) if len(t)] or [own.astype(object)])
    both = both[~both.index.duplicated()]
    named = both["street_class"].to_numpy(dtype=object).astype(str)
    street_class = np.where(np.isin(named, [*CAR_CLASSES, *_ON_FOOT]), named, "arterial")
    lanes = pd.to_numeric(both["lanes"], errors="coerce").to_numpy(dtype=float)
    oneway = np.array([str(v).strip().lower() in ("true", "1", "1.0", "yes") for v in both["oneway"]], dtype=bool)
    at = both.index.get_indexer(street_id)  # -1, the row appended: a street that neither table knows
    return np.append(street_class, "arterial")[at], np.append(lanes, np.nan)[at], np.append(oneway, False)[at]


def _class_values(name: str, values: Values) -> tuple[float, float, float, float, float]:
    """Lanes in all, vehicles/h a lane, speed [m/s], b and power of a class."""
    b = values.find(f"mobility.delay_b.{name}") or values.get("mobility.delay_b")
    power = values.find(f"mobility.delay_power.{name}") or values.get("mobility.delay_power")
    return (
        values.number(f"mobility.lanes.{name}"),
        values.number(f"mobility.lane_capacity.{name}") * _H,
        values.number(f"mobility.speed.{name}"),
        b.central,
        power.central,
    )


def car_graph(streets: Streets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Main strong piece of the car network by node; nodes that cannot be left, nodes that cannot be reached.

    A trap is a node joined to the main piece by streets that all lead one way.
    """
    count = len(streets.nodes)
    graph = coo_array((np.ones(len(streets.tail)), (streets.tail, streets.head)), shape=(count, count)).tocsr()
    _, strong = connected_components(graph, directed=True, connection="strong")
    on_car = np.zeros(count, dtype=bool)
    on_car[streets.tail] = on_car[streets.head] = True
    if not on_car.any():
        return on_car, on_car, on_car
    main = strong == np.bincount(strong[on_car]).argmax()
    out = _spread(streets.tail, streets.head, main)
    back = _spread(streets.head, streets.tail, main)
    return main & on_car, out & ~main, back & ~main


def _spread(tail: np.ndarray, head: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Nodes reached from ``start`` along links from ``tail`` to ``head``."""
    reached = start.copy()
    while True:
        fresh = reached[tail] & ~reached[head]
        if not fresh.any():
            return reached
        reached[head[fresh]] = True
