"""What a plan delivers when: homes by segment and way of building, services, jobs, the road to the city.

Phases follow each other in their rank, evenly over the horizon (the brief's target, else the pack's); homes of a
phase come evenly over its years, its facilities when half of its homes have. Years count from the pole's start;
dates of other actors are counted from the date of the pack in force. :class:`Delays` shifts any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from qutb.access import Access
from qutb.capacity import Capacity
from qutb.core import years_between
from qutb.kernels import Setting
from qutb.plan import Plan

__all__ = ["YEARS", "Calendar", "Delays", "Means", "calendar_of"]

Array = npt.NDArray[np.float64]

YEARS = 30
_FIRM = ("built", "committed")
_NO_SEGMENT = "unassigned"


@dataclass(frozen=True, kw_only=True)
class Delays:
    """Years by which things come later than the plan says: by (service, phase), by phase, for all links, anchors."""

    facilities: Mapping[tuple[str, str], float] = field(default_factory=dict)
    roads: Mapping[str, float] = field(default_factory=dict)
    link_years: float = 0.0
    anchors_years: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Means:
    """Central figures that are no property of the plan: travel, jobs, service and rivals of the ordinary case."""

    extra_h_without_link: float
    ordinary_service: float
    ordinary_jobs_per_worker: float
    workers_per_household: float
    price_log: Mapping[str, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class Calendar:
    """The plan's own calendar. ``homes`` [phase, cell] dwellings; ``starts_year`` [phase], ``lasts_years`` of each.

    By [phase, service]: people ``served`` by the end of the phase, of ``users``; ``added`` where it brings a unit.
    """

    phases: tuple[str, ...]
    cells: tuple[tuple[str, bool], ...]
    homes: Array
    starts_year: Array
    lasts_years: float
    services: tuple[str, ...]
    served: Array
    users: Array
    added: npt.NDArray[np.bool_]
    jobs: Array
    anchors: tuple[tuple[float, float], ...]
    link_year: float | None

    @property
    def has_services(self) -> bool:
        return bool(self.services)

    def due_year(self, phase: str) -> float:
        """Year in which the facilities of ``phase`` are promised."""
        return float(self.starts_year[self.phases.index(phase)]) + self.lasts_years / 2

    def setting(self, pool: Array, means: Means, delays: Delays | None = None) -> Setting:
        """What the kernel needs, with ``pool`` [year] households that look for a home, split as the plan's homes."""
        delays = delays or Delays()
        ends = np.arange(1, YEARS + 1, dtype=float)
        progress = self._progress(ends, delays)
        delivered = progress @ self.homes
        split = self.homes.sum(axis=0) / max(self.homes.sum(), 1e-9)
        anchors = self._anchor_jobs(ends, delays)
        workforce = max(self.homes.sum() * means.workers_per_household, 1e-9)
        return Setting(
            delivered=delivered,
            segment=np.arange(len(self.cells)),
            self_build=np.array([own for _, own in self.cells], dtype=bool),
            pool=pool[:, None] * split[None, :],
            price_log=np.array([means.price_log.get(segment, 0.0) for segment, _ in self.cells]),
            service=self._service(ends, progress, delays) if self.services else np.full(YEARS, means.ordinary_service),
            service_zero=means.ordinary_service,
            extra_h=self._extra(ends, means, delays),
            anchor_jobs=anchors,
            job_floor=anchors + progress @ self.jobs,
            workforce=workforce,
            jobs_zero=means.ordinary_jobs_per_worker,
            plan_homes=float(self.homes.sum()),
        )

    def _progress(self, ends: Array, delays: Delays) -> Array:
        """Part of each phase delivered [year, phase]; a phase waits for its streets."""
        starts = self.starts_year + np.array([delays.roads.get(p, 0.0) for p in self.phases])
        return np.clip((ends[:, None] - starts[None, :]) / self.lasts_years, 0.0, 1.0)

    def _service(self, ends: Array, progress: Array, delays: Delays) -> Array:
        """Mean over services of the part of people served [year], for all homes delivered.

        A service is that of the last phase all of whose facilities of the kind, and of those before, stand; it is
        shared by whoever has been delivered a home since.
        """
        weights = np.diff(self.users, axis=0, prepend=0.0)
        found = np.zeros(len(ends))
        for k, service in enumerate(self.services):
            due = [self.due_year(p) + delays.facilities.get((service, p), 0.0) for p in self.phases]
            done = ends[:, None] >= np.maximum.accumulate(due)[None, :]
            best = np.where(done, np.maximum.accumulate(self.served[:, k])[None, :], 0.0).max(axis=1)
            there = progress @ weights[:, k]
            found += np.minimum(best / np.maximum(there, 1e-9), 1.0) * (there > 0)
        return found / len(self.services)

    def _extra(self, ends: Array, means: Means, delays: Delays) -> Array:
        if self.link_year is None:
            return np.zeros(len(ends))
        return np.where(ends > self.link_year + delays.link_years, 0.0, means.extra_h_without_link)

    def _anchor_jobs(self, ends: Array, delays: Delays) -> Array:
        jobs = np.zeros(len(ends))
        for year, amount in self.anchors:
            jobs += amount * (ends > year + delays.anchors_years)
        return jobs


class _Services(NamedTuple):
    """Names, people served, users and units added [phase, service]."""

    names: tuple[str, ...]
    served: Array
    users: Array
    added: npt.NDArray[np.bool_]


def calendar_of(
    plan: Plan,
    capacity: Capacity,
    access: Access | None,
    *,
    horizon_years: float,
    actors: pd.DataFrame,
    tie_ins: pd.DataFrame | None,
    today: date,
) -> Calendar | None:
    """The plan's calendar; ``None`` where it holds no home."""
    frame = _homes(plan, capacity)
    if frame.empty or frame["dwellings"].sum() <= 0:
        return None
    phases = _ranked(plan, frame["phase"])
    homes = frame.groupby(["phase", "segment", "own"], observed=True)["dwellings"].sum().unstack([1, 2], fill_value=0.0)
    homes = homes.reindex(phases, fill_value=0.0)
    lasts = horizon_years / len(phases)
    services = _services(access, phases)
    return Calendar(
        phases=tuple(phases),
        cells=tuple((str(segment), bool(own)) for segment, own in homes.columns),
        homes=homes.to_numpy(dtype=float),
        starts_year=np.arange(len(phases), dtype=np.float64) * lasts,
        lasts_years=lasts,
        services=services.names,
        served=services.served,
        users=services.users,
        added=services.added,
        jobs=_jobs(capacity, phases),
        anchors=_anchors(actors, today),
        link_year=_link(tie_ins, today),
    )


def _homes(plan: Plan, capacity: Capacity) -> pd.DataFrame:
    dwellings = capacity.plots["dwellings"]
    own = plan.plots.loc[dwellings.index]
    frame = pd.DataFrame(
        {
            "dwellings": dwellings.fillna(0.0).astype(float),
            "phase": own["phase"].astype(object).where(own["phase"].notna(), ""),
            "segment": own["segment"].astype(object).where(own["segment"].notna(), _NO_SEGMENT),
            "own": (own["tenure"].astype(object) == "self_build").to_numpy(),
        }
    )
    return frame[frame["dwellings"] > 0]


def _ranked(plan: Plan, used: pd.Series) -> list[str]:
    """Phases with homes, by rank; those the plan does not rank come last, by name."""
    rank = plan.phases["rank"].to_dict() if len(plan.phases) else {}
    return sorted(set(used), key=lambda p: (rank.get(p, np.inf), p))


def _services(access: Access | None, phases: list[str]) -> _Services:
    """Services that the plan has somewhere, with people served and users by the end of each phase.

    Those whose reach or places are measured, where there are any: of the others only the presence is known.
    """
    nothing = np.zeros((len(phases), 0))
    if access is None or access.phase_services.empty:
        return _Services((), nothing, nothing, nothing.astype(bool))
    rows = access.phase_services[access.phase_services["phase"].isin(phases)]
    measured = rows[rows["in_reach_share"].notna() | rows["places"].gt(0)]
    present = measured[measured["units"] > 0] if measured["units"].gt(0).any() else rows[rows["units"] > 0]
    names = tuple(sorted({str(name) for name in present["facility_type"]}))
    reach = rows["in_reach_share"].fillna((rows["units"] > 0).astype(float))
    placed = 1.0 - (rows["unserved"] / rows["users"].where(rows["users"] > 0)).fillna(0.0)
    share = np.minimum(reach.to_numpy(), placed.clip(0.0, 1.0).to_numpy())
    wide = rows.assign(served=share * rows["users"]).set_index(["phase", "facility_type"])
    tables = {
        column: wide[column].unstack().reindex(index=phases, columns=list(names)).ffill().fillna(0.0).to_numpy()
        for column in ("served", "users", "units")
    }
    added = np.diff(tables["units"], axis=0, prepend=0.0) > 0
    return _Services(names, tables["served"], tables["users"], added)


def _jobs(capacity: Capacity, phases: list[str]) -> Array:
    jobs = capacity.phases["jobs"] if len(capacity.phases) else pd.Series(dtype=float)
    return jobs.reindex(phases).fillna(0.0).to_numpy(dtype=float)


def _anchors(actors: pd.DataFrame, today: date) -> tuple[tuple[float, float], ...]:
    """Year and jobs of each firm project of other actors; one without a date is taken to stand."""
    firm = actors[actors["firmness"].isin(_FIRM) & pd.to_numeric(actors["jobs"], errors="coerce").gt(0)]
    return tuple((_year(row["date"], today), float(row["jobs"])) for _, row in firm.iterrows())


def _link(tie_ins: pd.DataFrame | None, today: date) -> float | None:
    """Year of the first road to the city; ``None`` where the site names none."""
    if tie_ins is None or tie_ins.empty:
        return None
    roads = tie_ins[tie_ins["kind"] == "road"]
    return min((_year(when, today) for when in roads["available_date"]), default=None)


def _year(when: object, today: date) -> float:
    day = pd.to_datetime(when, errors="coerce")
    return 0.0 if pd.isna(day) else max(years_between(today, day.date()), 0.0)
