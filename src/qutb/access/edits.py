"""Single changes of a plan, tried fast: a facility added or moved, a passage opened, a street or a plot advanced.

A trial changes the :class:`~qutb.access.state.State` of the plan and reads only what the change can touch, by
the functions of the step; its score is what the whole chain of steps gives on the edited plan
(:func:`edited_plan`). A plot that takes a facility loses its residents; one that gives it up becomes reserve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.access.network import Doors, Network
from qutb.access.services import Service
from qutb.access.state import Moment, Reading, Score, State, read_all, read_service, score_of
from qutb.plan import Fabric, Plan

__all__ = ["Edit", "Trials", "edited_plan"]

Kind = Literal["add_facility", "move_facility", "add_passage", "advance_street", "advance_plot"]
_SIDE_M = 2.5  # a plot that touches a passage for less only ends at it, as in the fabric
_TOLERANCE_M = 1.0
_CLOSE_M = 0.01


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change. ``plot`` takes the facility or is advanced; ``source`` is the plot a facility moves from.

    ``line`` is a straight passage ``((x, y), (x, y))`` [m] between two points on streets, ``width_m`` wide; it is
    built in ``phase``, and so is what is advanced (empty: at once for a passage).
    """

    kind: Kind
    facility_type: str = ""
    plot: str = ""
    source: str = ""
    places: float = np.nan
    street: str = ""
    phase: str = ""
    line: tuple[tuple[float, float], tuple[float, float]] | None = None
    width_m: float = 3.0


def edited_plan(plan: Plan, edit: Edit) -> Plan:
    """The plan with the change drawn in, for the real steps."""
    if edit.kind == "add_facility":
        return _with_facility(plan, edit.plot, edit.facility_type, edit.places)
    if edit.kind == "move_facility":
        places = plan.plots.loc[edit.source, "capacity_places"]
        emptied = plan.with_plot(edit.source, **_BARE, use="land_reserve", facility_type=None, capacity_places=np.nan)
        return _with_facility(emptied, edit.plot, edit.facility_type, places)
    if edit.kind == "advance_plot":
        return plan.with_plot(edit.plot, phase=edit.phase)
    streets = plan.streets.copy()
    if edit.kind == "advance_street":
        streets.loc[edit.street, "phase"] = edit.phase
        return replace(plan, streets=streets)
    row = {
        "street_id": _passage_name(plan),
        "street_class": "footpath",
        "width_m": edit.width_m,
        "level": 0,
        "status": "planned",
        "phase": edit.phase or _first_phase(plan),
        "geometry": shapely.LineString(edit.line),
    }
    drawn = gpd.GeoDataFrame(
        [*streets.reset_index().to_dict("records"), row], geometry="geometry", crs=streets.crs
    ).set_index("street_id")
    return Plan.build(
        name=plan.name,
        crs=plan.crs,
        title=plan.title,
        refines=plan.refines,
        remarks=plan.remarks,
        streets=drawn,
        **{n: getattr(plan, n) for n in ("plots", "plot_floors", "zones", "phases", "street_areas", "buildings")},
    )


_BARE = {
    "segment": None,
    "storeys": np.nan,
    "floor_area_ratio": np.nan,
    "ground_coverage_ratio": np.nan,
    "dwellings": np.nan,
}


def _with_facility(plan: Plan, plot: str, facility_type: str, places: float) -> Plan:
    floors = plan.plot_floors
    kept = floors[floors["plot_id"] != plot].reset_index(drop=True)
    edited = plan.with_plot(plot, **_BARE, use="facility", facility_type=facility_type, capacity_places=places)
    return edited if len(kept) == len(floors) else replace(edited, plot_floors=kept)


def _passage_name(plan: Plan) -> str:
    names = set(plan.streets.index.astype(str))
    return next(name for i in range(len(names) + 1) if (name := f"passage-{i}") not in names)


def _first_phase(plan: Plan) -> str | None:
    return None if plan.phases.empty else str(plan.phases["rank"].idxmin())


class Trials:
    """Edits of one plan, scored one after another from the same start."""

    def __init__(self, plan: Plan, fabric: Fabric, state: State) -> None:
        self.plan, self.fabric, self.start = plan, fabric, state
        self.readings = read_all(state)
        self.score = score_of(state, self.readings)
        self.services = {s.facility_type: s for s in state.services}

    def table(self, edits: Iterable[Edit]) -> pd.DataFrame:
        """One row an edit, in order: the score after it and what it gains against the plan as it is."""
        rows = []
        for edit in edits:
            after = self.try_edit(edit)
            gains = {f"{name}_gain": getattr(after, name) - getattr(self.score, name) for name in after.names()}
            rows.append({"edit": edit.kind, "facility_type": edit.facility_type, **vars(after), **gains})
        return pd.DataFrame(rows)

    def try_edit(self, edit: Edit) -> Score:
        state = self._after(edit)
        return score_of(state, self._read(state))

    def _after(self, edit: Edit) -> State:
        if edit.kind == "add_passage":
            return self._with_passage(edit)
        if edit.kind == "advance_street":
            mine = (self.fabric.edges["street_id"] == edit.street).to_numpy(dtype=bool)
            standing = self.fabric.edges["existing"].to_numpy(dtype=bool)
            rank = np.where(mine & ~standing, self._rank(edit.phase), self.start.edge_rank)
            return replace(self.start, edge_rank=rank)
        if edit.kind == "advance_plot":
            rank = self.start.plot_rank.copy()
            rank[self._row(edit.plot)] = self._rank(edit.phase)
            return replace(self.start, plot_rank=rank)
        return self._with_unit(edit)

    def _row(self, plot: str) -> int:
        return int(self.plan.plots.index.get_indexer([plot])[0])

    def _rank(self, phase: str) -> float:
        if phase:
            return float(self.plan.phases.loc[phase, "rank"])
        ranks = self.plan.phases["rank"]
        return float(ranks.min()) if len(ranks) else 0.0

    def _with_unit(self, edit: Edit) -> State:
        """A facility on ``plot``, whose residents are gone; at ``source`` none is left."""
        at = self._row(edit.plot)
        gone = at if not edit.source else self._row(edit.source)
        services = []
        for service in self.start.services:
            users = service.users
            if users[at] > 0:
                users = users.copy()
                users[at] = 0.0
            changed = service if users is service.users else replace(service, users=users)
            changed = _without_unit(changed, at)
            if service.facility_type == edit.facility_type:
                places = edit.places
                if edit.source:
                    places = _places_at(service, gone)
                    changed = _without_unit(changed, gone)
                changed = _with_unit_at(changed, at, places)
            services.append(changed)
        population = self.start.population.copy()
        population[at] = 0.0
        return replace(self.start, services=tuple(services), population=population)

    def _read(self, state: State) -> dict[str, dict[str, Reading]]:
        return read_all(state, lambda service, moment: self._reading(state, service, moment))

    def _reading(self, state: State, service: Service, moment: Moment) -> Reading:
        """The reading of the start where the change cannot reach it; else a fresh one."""
        before = self.readings[moment.phase][service.facility_type]
        if service.reach is None and service.places is None:
            return before  # no score looks at it
        old = self.services[service.facility_type]
        here = state.here(moment)
        standing = state.network is self.start.network and (state.built(moment) == self.start.built(moment)).all()
        moved = (here != self.start.here(moment)).any()
        if not standing or moved or service.rows is not old.rows:
            return read_service(state, service, moment, who_goes_where=False)
        if service is old:
            return before
        fewer = _with_fewer_users(before, service, here)
        return fewer or read_service(state, service, moment, who_goes_where=False)

    def _with_passage(self, edit: Edit) -> State:
        network, parent = _opened(self.start.network, self.fabric, self.plan, edit)
        rank = np.append(self.start.edge_rank[parent[:-1]], self._rank(edit.phase))
        return replace(self.start, network=network, edge_rank=rank)


def _with_fewer_users(before: Reading, service: Service, here: np.ndarray) -> Reading | None:
    """The reading when some users are gone and nobody was without a place for want of places; else ``None``."""
    users = np.where(here, service.users, 0.0)
    reach = service.reach.value if service.reach else np.inf
    near = (before.walk_m <= reach) & np.isfinite(before.walk_m)
    unserved = before.unserved
    if before.provision is not None:
        left = before.provision.unserved
        if (left[near] > 0).any():
            return None
        unserved = float(np.where(users < before.users, np.minimum(left, users), left).sum())
    return replace(
        before,
        users=users,
        in_reach=float(users[near].sum()),
        without_way=float(users[~np.isfinite(before.walk_m)].sum()),
        unserved=unserved,
        provision=None,
    )


def _places_at(service: Service, row: int) -> float:
    if service.places is None:
        return np.nan
    return float(service.places[np.flatnonzero(service.rows == row)[0]])


def _without_unit(service: Service, row: int) -> Service:
    kept = service.rows != row
    if kept.all():
        return service
    places = None if service.places is None else service.places[kept]
    return replace(service, rows=service.rows[kept], places=places)


def _with_unit_at(service: Service, row: int, places: float) -> Service:
    rows = np.append(service.rows, row)
    order = np.argsort(rows, kind="stable")
    before = service.places
    if before is None and service.countable and np.isfinite(places):
        before = np.zeros(len(service.rows))  # the type gets counted in places with its first known number
    held = None if before is None else np.append(before, max(np.nan_to_num(places), 0.0))[order]
    return replace(service, rows=rows[order], places=held)


def _opened(network: Network, fabric: Fabric, plan: Plan, edit: Edit) -> tuple[Network, np.ndarray]:
    """The network with the passage, its last edge; and the old edge each edge comes of."""
    assert edit.line is not None
    line = shapely.LineString(edit.line)
    first, last, length = (a.copy() for a in (network.first, network.last, network.length_m))
    parent = np.arange(len(first))
    doors, nodes, ends = network.doors, network.nodes, []
    for point in shapely.points(np.array(edit.line)):
        edge, offset = _foot(point, fabric.edges)
        if offset <= _CLOSE_M or offset >= network.length_m[edge] - _CLOSE_M:
            ends.append(int(network.first[edge] if offset <= _CLOSE_M else network.last[edge]))
            continue
        piece, at = _piece(parent, length, edge, offset)
        first, last = np.append(first, nodes), np.append(last, last[piece])
        length, parent = np.append(length, length[piece] - at), np.append(parent, edge)
        last[piece], length[piece] = nodes, at
        doors = _cut_doors(doors, piece, at, len(first) - 1)
        ends.append(nodes)
        nodes += 1
    first, last = np.append(first, ends[0]), np.append(last, ends[1])
    length, parent = np.append(length, line.length), np.append(parent, -1)
    doors = _joined(doors, _doors_along(line, edit.width_m, plan, len(first) - 1))
    return Network(first, last, length, nodes, doors, np.ones(len(first), dtype=bool)), parent


def _foot(point: shapely.Point, edges: gpd.GeoDataFrame) -> tuple[int, float]:
    edge = int(edges.sindex.nearest(point, return_all=False)[1][0])
    return edge, float(shapely.line_locate_point(edges.geometry.to_numpy()[edge], point))


def _piece(parent: np.ndarray, length: np.ndarray, edge: int, offset: float) -> tuple[int, float]:
    """The piece of an edge, perhaps cut before, that holds ``offset``."""
    pieces = np.flatnonzero(parent == edge)
    for piece in pieces.tolist():
        if offset <= length[piece]:
            return piece, offset
        offset -= length[piece]
    return int(pieces[-1]), float(length[pieces[-1]])


def _cut_doors(doors: Doors, edge: int, at: float, rest: int) -> Doors:
    beyond = (doors.edge == edge) & (doors.offset_m > at)
    return Doors(
        doors.plot,
        np.where(beyond, rest, doors.edge),
        np.where(beyond, doors.offset_m - at, doors.offset_m),
        doors.xy,
        doors.places,
    )


def _doors_along(line: shapely.LineString, width_m: float, plan: Plan, edge: int) -> Doors:
    """Doors of the plots that the passage runs along, at the foot of their centres."""
    shapes = plan.plots.geometry.to_numpy()
    reach = width_m / 2 + _TOLERANCE_M
    near = np.sort(plan.plots.sindex.query(line, predicate="dwithin", distance=reach))
    strip = shapely.buffer(line, reach, cap_style="flat")
    along = shapely.length(shapely.intersection(shapely.boundary(shapes[near]), strip)) > _SIDE_M
    offset = shapely.line_locate_point(line, shapely.centroid(shapes[near]))
    mine = near[along]
    at = np.clip(offset[along], 0.0, line.length)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    return Doors(mine.astype(np.int64), np.full(len(mine), edge, dtype=np.int64), at, xy, len(shapes))


def _joined(one: Doors, two: Doors) -> Doors:
    plot = np.concatenate([one.plot, two.plot])
    order = np.argsort(plot, kind="stable")
    return Doors(
        plot[order],
        np.concatenate([one.edge, two.edge])[order],
        np.concatenate([one.offset_m, two.offset_m])[order],
        np.concatenate([one.xy, two.xy])[order],
        one.places,
    )
