"""Which changes to try for a shortfall, by rule: many, cheap to make, the most hopeful first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from qutb.access import Access, Edit, State
from qutb.appraisal import Appraisal
from qutb.mobility import Mobility
from qutb.plan import Fabric, Plan
from qutb.remedies.changes import Change
from qutb.remedies.shortfalls import Shortfall
from qutb.remedies.sites import Site, sites_of

__all__ = ["Ground", "proposals"]

_AVENUES = 3  # units that are worth moving, advancing or waiting for
_PASSAGE_M = 3.0
_PASSAGES = 4  # blocks crossed, one for so many proposals: each is tried on a network of its own
_NEAR_M = 300.0
_CROSSING_M = 1e-3


@dataclass(frozen=True, eq=False)
class Ground:
    """The plan as it is, and what the steps found: where changes are looked for."""

    appraisal: Appraisal
    state: State

    @property
    def plan(self) -> Plan:
        return self.appraisal.plan

    @property
    def fabric(self) -> Fabric:
        found = self.appraisal.results["fabric"]
        assert isinstance(found, Fabric)
        return found

    @property
    def access(self) -> Access:
        found = self.appraisal.results["access"]
        assert isinstance(found, Access)
        return found

    @property
    def drawn_in_zones(self) -> bool:
        """Zones are walked in straight lines: no passage shortens them."""
        return bool((self.plan.plots["detail"] == "zone").all())

    @cached_property
    def centres(self) -> np.ndarray:
        """Middles of the plots [m], one row a plot."""
        return shapely.get_coordinates(shapely.centroid(self.plan.plots.geometry.to_numpy()))

    def ranks(self, names: pd.Series) -> np.ndarray:
        """Rank of each phase named; unknown ones come last."""
        rank = self.plan.phases["rank"].astype(float).to_dict()
        return np.array([rank.get(name, np.inf) for name in names.tolist()])

    def service(self, shortfall: Shortfall) -> Any:
        return next(s for s in self.state.services if s.facility_type == shortfall.facility_type)

    def place_m2(self, facility_type: str) -> float:
        """Ground of one place by the comparators of the pack's list, their middle; NaN: none is known."""
        for row in self.appraisal.pole.values.catalogue("facilities"):
            ends = [row.get(f"comparator_site_m2_per_user_{end}") for end in ("low", "high")]
            if row["facility_type"] == facility_type and all(ends):
                return float(np.mean([float(e) for e in ends if e]))
        return float("nan")

    def lacking(self, shortfall: Shortfall) -> np.ndarray:
        """People by plot who go without [people], rows of the plan."""
        index = self.plan.plots.index
        if shortfall.kind == "no_door":
            return np.where(self.state.network.reached, 0.0, self.state.population)
        if shortfall.kind == "unserved":
            rows = self.access.unserved[self.access.unserved["facility_type"] == shortfall.facility_type]
            found = rows.set_index("plot_id")["unserved"].astype(float).reindex(index).fillna(0.0)
            return found.to_numpy()
        service = self.service(shortfall)
        users = np.asarray(service.users, dtype=float)
        if shortfall.kind == "floor":
            users = np.where(self.ranks(self.plan.plots["phase"]) <= self.rank(shortfall), users, 0.0)
        walk = self._walk(shortfall)
        limit = service.reach.value if service.reach and shortfall.kind != "no_way" else np.finfo(float).max
        return np.where(walk <= limit, 0.0, users)

    def _walk(self, shortfall: Shortfall) -> np.ndarray:
        rows = self.service(shortfall).rows
        if shortfall.kind != "floor":
            return np.asarray(self.state.network.nearest(rows)[0])
        moment = next(m for m in self.state.moments if m.phase == shortfall.phase)
        return np.asarray(self.state.at(moment).nearest(rows[self.state.here(moment)[rows]])[0])

    def rank(self, shortfall: Shortfall) -> float:
        return float(self.plan.phases.at[shortfall.phase, "rank"]) if shortfall.phase else np.inf

    def units(self, shortfall: Shortfall) -> list[int]:
        """Rows of the units of the service, those of least use first."""
        table = self.access.facilities[self.access.facilities["facility_type"] == shortfall.facility_type]
        use = table["served"].fillna(table["users_nearest"]).sort_values(kind="stable")
        return self.plan.plots.index.get_indexer(use.index).tolist()


def proposals(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """At most about ``most`` changes of each kind that could mend ``shortfall``, the same ones every time."""
    return [change for kind in _BY_KIND[shortfall.kind] for change in kind(ground, shortfall, most)[:most]]


# facilities ---------------------------------------------------------------------------------------------


def _additions(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    return [
        Change(
            kind="add_facility",
            edit=Edit(
                kind="add_facility", facility_type=shortfall.facility_type, plot=site.plots[0], places=site.places
            ),
            plots=site.plots,
        )
        for site in _sites(ground, shortfall, most)
    ]


def _sites(ground: Ground, shortfall: Shortfall, most: int) -> list[Site]:
    """Sites within a straight line's reach of the most people who go without, and there by then."""
    service = ground.service(shortfall)
    lacking = ground.lacking(shortfall)
    some = np.flatnonzero(lacking > 0)
    sites = sites_of(
        ground.plan,
        ground.fabric,
        service,
        ground.state.network.reached,
        shortfall.amount,
        ground.place_m2(shortfall.facility_type),
    )
    rows = ground.plan.plots.index.get_indexer([s.plots[0] for s in sites])
    on_time = ground.ranks(ground.plan.plots["phase"].iloc[rows]) <= ground.rank(shortfall)
    if not len(some) or not on_time.any():
        return []
    line = np.hypot(*(ground.centres[rows][:, None, :] - ground.centres[some][None, :, :]).transpose(2, 0, 1))
    reach = service.reach.value if service.reach else np.inf
    places = np.array([s.places if np.isfinite(s.places) else np.inf for s in sites])
    hope = np.where(on_time, np.minimum((line <= reach) @ lacking[some], places), 0.0)
    order = np.lexsort((rows, -hope))
    return [sites[i] for i in order[:most].tolist() if hope[i] >= 1.0]


def _moves(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """The units of least use, to the most hopeful sites."""
    index = ground.plan.plots.index
    targets = _sites(ground, shortfall, max(1, most // _AVENUES))
    service = ground.service(shortfall)
    held = dict(zip(service.rows.tolist(), service.places if service.places is not None else [], strict=False))
    return [
        Change(
            kind="move_facility",
            edit=Edit(
                kind="move_facility",
                facility_type=shortfall.facility_type,
                source=str(index[unit]),
                plot=site.plots[0],
            ),
            plots=site.plots,
        )
        for unit in ground.units(shortfall)[:_AVENUES]
        for site in targets
        if not site.places < held.get(unit, 0.0)
    ]


# phases -------------------------------------------------------------------------------------------------


def _later_units(ground: Ground, shortfall: Shortfall) -> list[str]:
    """Units that come after the phase, the earliest first."""
    plots = ground.plan.plots
    rows = np.array(ground.units(shortfall), dtype=int)
    ranks = ground.ranks(plots["phase"].iloc[rows])
    late = np.flatnonzero(ranks > ground.rank(shortfall))
    return [str(plots.index[rows[i]]) for i in late[np.argsort(ranks[late], kind="stable")].tolist()]


def _advances(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    return [
        Change(kind="advance_plot", edit=Edit(kind="advance_plot", plot=unit, phase=shortfall.phase), plots=(unit,))
        for unit in _later_units(ground, shortfall)
    ]


def _splits(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """Those of the phase who go without come in its second half, together with a unit of later."""
    plots = ground.plan.plots
    mine = (plots["phase"] == shortfall.phase).to_numpy() & (ground.lacking(shortfall) > 0)
    homes = tuple(map(str, plots.index[mine]))
    units = _later_units(ground, shortfall)[:_AVENUES]
    return [Change(kind="split_phase", plots=(*homes, u), phase=shortfall.phase) for u in units] if homes else []


def _earlier_streets(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """Later streets nearest to the people who go without."""
    streets, some = ground.plan.streets, ground.lacking(shortfall) > 0
    late = (ground.ranks(streets["phase"]) > ground.rank(shortfall)) & (streets["status"] != "existing").to_numpy()
    if not some.any() or not late.any():
        return []
    people = shapely.multipoints(ground.centres[some])
    away = shapely.distance(streets.geometry.to_numpy()[late], people)
    names = streets.index[late][np.argsort(away, kind="stable")]
    return [
        Change(
            kind="advance_street",
            edit=Edit(kind="advance_street", street=str(name), phase=shortfall.phase),
            street=str(name),
        )
        for name in names[:most]
    ]


# passages -----------------------------------------------------------------------------------------------


def _passages(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """Across the blocks near people whom a straight line would bring within reach of a unit, both ways."""
    service = ground.service(shortfall)
    if ground.drawn_in_zones or service.reach is None or not len(service.rows):
        return []
    units = shapely.multipoints(ground.centres[service.rows])
    line = shapely.distance(shapely.points(ground.centres), units)
    hopeful = np.where(line <= service.reach.value, ground.lacking(shortfall), 0.0)
    if not (hopeful > 0).any():
        return []
    some = hopeful > 0
    block = ground.fabric.plots["block_id"].reindex(ground.plan.plots.index).astype(str)
    middles = pd.DataFrame(ground.centres, index=block).groupby(level=0).mean()
    away = np.hypot(*(middles.to_numpy()[:, None, :] - ground.centres[some][None, :, :]).transpose(2, 0, 1))
    near = (away <= _NEAR_M) @ hopeful[some]
    order = np.lexsort((np.arange(len(near)), -near))
    chosen = middles.index[[i for i in order[: max(1, most // _PASSAGES)].tolist() if near[i] > 0]]
    shapes = ground.plan.plots.geometry.to_numpy()
    hulls = [shapely.convex_hull(shapely.geometrycollections(shapes[(block == name).to_numpy()])) for name in chosen]
    return [_passage(line, shortfall) for hull in hulls for line in _across(hull, ground)]


def _across(block: shapely.Geometry, ground: Ground) -> list[shapely.LineString]:
    """Two lines through the middle of a block, from street to street."""
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(block))[:4]
    if len(frame) < 4:
        return []
    middles = (frame + np.roll(frame, -1, axis=0)) / 2
    feet = shapely.get_coordinates(_feet(shapely.points(middles), ground))
    return [ln for a, b in ((0, 2), (1, 3)) if (ln := shapely.LineString([feet[a], feet[b]])).length > _CROSSING_M]


def _feet(points: np.ndarray, ground: Ground) -> np.ndarray:
    edges = ground.fabric.edges
    nearest = edges.sindex.nearest(points, return_all=False)[1]
    lines = edges.geometry.to_numpy()[nearest]
    return np.asarray(shapely.line_interpolate_point(lines, shapely.line_locate_point(lines, points)))


def _passage(line: shapely.LineString, shortfall: Shortfall) -> Change:
    (x0, y0), (x1, y1) = shapely.get_coordinates(line)[[0, -1]].tolist()
    edit = Edit(kind="add_passage", line=((x0, y0), (x1, y1)), width_m=_PASSAGE_M, phase=shortfall.phase)
    return Change(kind="add_passage", edit=edit)


def _ways_to_doors(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """From the nearest street into each plot that fronts none, the most people first."""
    if not len(ground.fabric.edges):
        return []
    lacking = ground.lacking(shortfall)
    rows = np.lexsort((np.arange(len(lacking)), -lacking))[: min(most, int((lacking > 0).sum()))]
    inside = shapely.point_on_surface(ground.plan.plots.geometry.to_numpy()[rows])
    lines = shapely.linestrings(
        np.stack([shapely.get_coordinates(_feet(inside, ground)), shapely.get_coordinates(inside)], axis=1)
    )
    return [_passage(line, shortfall) for line in lines if line.length > _CROSSING_M]


def _bridges(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """The shortest line between each cut-off part of the streets and the rest."""
    edges, nodes = ground.fabric.edges, ground.fabric.nodes
    part = nodes["component"].reindex(edges["from_node"]).to_numpy()
    shapes = edges.geometry.to_numpy()
    names, length = np.unique(part), edges["length_m"].groupby(part).sum()
    main = length.idxmax()
    rest = shapely.union_all(shapes[part == main])
    others = sorted((n for n in names.tolist() if n != main), key=lambda n: (-length[n], n))[:most]
    return [_passage(shapely.shortest_line(shapely.union_all(shapes[part == n]), rest), shortfall) for n in others]


# streets ------------------------------------------------------------------------------------------------


def _widenings(ground: Ground, shortfall: Shortfall, most: int) -> list[Change]:
    """The lanes that the traffic needs, each as wide as those the street has."""
    plan, mobility = ground.plan, ground.appraisal.results["mobility"]
    assert isinstance(mobility, Mobility)
    name = shortfall.street
    if name not in plan.streets.index:
        return []  # a road of the site is not the plan's to widen
    street, links = plan.streets.loc[name], mobility.links[mobility.links["street_id"] == shortfall.street]
    by_edge = links.groupby("edge_id")[["lanes", "lanes_needed"]].sum()
    now, needed = float(by_edge["lanes"].max()), float(by_edge["lanes_needed"].max())
    share = ground.appraisal.pole.values.find(f"cost.carriageway_share.{street['street_class']}")
    if needed <= now or share is None or not np.isfinite(street["width_m"]):
        return []
    lane_m = float(street["width_m"]) * share.central / now
    return [
        Change(
            kind="widen_street",
            street=name,
            lanes=needed,
            width_m=round(float(street["width_m"]) + (needed - now) * lane_m, 1),
        )
    ]


Propose = Callable[[Ground, Shortfall, int], list[Change]]
_BY_KIND: Mapping[str, tuple[Propose, ...]] = {
    "unserved": (_additions, _moves, _passages),
    "far": (_additions, _moves, _passages),
    "floor": (_advances, _splits, _earlier_streets, _additions, _moves, _passages),
    "no_way": (_bridges, _additions),
    "no_door": (_ways_to_doors,),
    "overload": (_widenings,),
}
