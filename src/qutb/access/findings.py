"""What is wrong with access, and how each service stands beside the pack's floor: one small function a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.access.services import Service
from qutb.access.state import Moment, Reading, State
from qutb.access.streets import driving_findings
from qutb.core import Check, Finding, Verdict, by_severity
from qutb.pack import CatalogueRow
from qutb.plan import Plan

__all__ = ["Seen", "all_checks", "all_findings", "not_seen", "verdict"]

_NOBODY = 0.5  # less than half a person is nobody


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """What the checks look at."""

    plan: Plan
    edges: pd.DataFrame
    state: State
    readings: Mapping[str, Mapping[str, Reading]]
    services: pd.DataFrame
    phase_services: pd.DataFrame
    straight: bool
    catalogue: tuple[CatalogueRow, ...]

    def names(self, facility_type: str) -> dict[str, str]:
        """Names of a facility in the three languages, as message parameters."""
        row = next((r for r in self.catalogue if r["facility_type"] == facility_type), None)
        return {f"facility_{lang}": row[f"name_{lang}"] if row else facility_type for lang in ("en", "fr", "ar")}

    def plots(self, rows: np.ndarray) -> tuple[str, ...]:
        return tuple(f"plot:{p}" for p in self.plan.plots.index[rows])


def verdict(service: Service, reading: Reading) -> Verdict:
    """Share of users in reach beside the floor; ``not_evaluated`` without a floor, a reach or anybody."""
    if service.floor is None or service.reach is None or reading.asked <= 0:
        return "not_evaluated"
    enough = reading.in_reach_share >= service.floor.value - 1e-9
    if "comparator" in (service.floor.status, service.reach.status):
        return "comparator_met" if enough else "comparator_not_met"
    return "met" if enough else "not_met"


def all_findings(seen: Seen) -> tuple[Finding, ...]:
    if not seen.state.network.reached.any():
        return by_severity(_places_wrong(seen))
    return by_severity(f for check in _CHECKS for f in check(seen))


def all_checks(seen: Seen) -> tuple[Check, ...]:
    """Share in reach of each service beside its floor: in the whole plan, then at the end of each phase."""
    moments = (seen.state.moments[-1], *seen.state.moments[:-1])
    return tuple(_check(seen, service, moment) for moment in moments for service in seen.state.services)


def _check(seen: Seen, service: Service, moment: Moment) -> Check:
    reading = seen.readings[moment.phase][service.facility_type]
    known = service.floor is not None and service.reach is not None
    where = (f"facility:{service.facility_type}",)
    return Check(
        code="ACC-SERVICE",
        verdict=verdict(service, reading),
        value=reading.in_reach_share if service.reach is not None and reading.asked > 0 else None,
        unit="ratio",
        limit_low=service.floor.value if service.floor else None,
        status=service.floor.status if known and service.floor else "missing",
        source=service.floor.source if service.floor else None,
        where=(*where, f"phase:{moment.phase}") if moment.phase else where,
    )


def not_seen(seen: Seen) -> tuple[str, ...]:
    """Codes of what this plan or pack does not let be seen."""
    detail = set(seen.plan.plots["detail"].dropna())
    wanted = [s for s in seen.state.services if len(s.rows)]
    unseen = {
        "ACC-NS-STREETS": not seen.state.network.reached.any(),
        "ACC-NS-ZONES": seen.straight,
        "ACC-NS-BLOCKS": "block" in detail,
        "ACC-NS-REACH": any(s.reach is None for s in wanted),
        "ACC-NS-FLOOR": any(s.floor is None for s in wanted),
    }
    return tuple(code for code, hidden in unseen.items() if hidden)


def _no_door(seen: Seen) -> Iterator[Finding]:
    """Plots with people, and plots of services, that front no street."""
    out = ~seen.state.network.reached
    serving = np.zeros(len(out), dtype=bool)
    for service in seen.state.services:
        serving[service.rows] = True
    homes = np.flatnonzero(out & ~serving & (seen.state.population > 0))
    if len(homes):
        people = float(seen.state.population[homes].sum())
        yield Finding(
            code="ACC-NO-DOOR",
            severity="warning",
            where=seen.plots(homes),
            params={"value": people, "unit": "people", "count": len(homes)},
        )
    units = np.flatnonzero(out & serving)
    if len(units):
        yield Finding(
            code="ACC-FACILITY-NO-DOOR", severity="warning", where=seen.plots(units), params={"count": len(units)}
        )


def _without_way(seen: Seen) -> Iterator[Finding]:
    """People with no way to a service that the plan has: trips that cannot be made."""
    for service in seen.state.services:
        reading = seen.readings[""][service.facility_type]
        cut = np.flatnonzero(~np.isfinite(reading.walk_m) & (reading.users > 0) & seen.state.network.reached)
        people = float(reading.users[cut].sum())
        if len(reading.sites) and people > _NOBODY:
            yield Finding(
                code="ACC-CUT-OFF",
                severity="warning",
                where=(f"facility:{service.facility_type}", *seen.plots(cut)),
                params={"value": people, "unit": "people", "count": len(cut), **seen.names(service.facility_type)},
            )


def _places_wrong(seen: Seen) -> Iterator[Finding]:
    for code, rows in (
        ("ACC-PLACES-NEGATIVE", [s.bad_places for s in seen.state.services]),
        ("ACC-PLACES-MISSING", [s.no_places for s in seen.state.services]),
    ):
        bad = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *rows]))
        if len(bad):
            yield Finding(code=code, severity="warning", where=seen.plots(bad), params={"count": len(bad)})


def _unserved(seen: Seen) -> Iterator[Finding]:
    """Users without a place within reach in the whole plan, with where one more unit helps most."""
    for service in seen.state.services:
        row = seen.services.loc[service.facility_type]
        if not row["unserved"] > _NOBODY:
            continue
        best = row["best_next_plot"]
        helped = isinstance(best, str)
        where = (f"facility:{service.facility_type}", *((f"plot:{best}",) if helped else ()))
        yield Finding(
            code="ACC-UNSERVED-NEXT" if helped else "ACC-UNSERVED",
            severity="warning",
            where=where,
            params={
                "value": float(row["unserved"]),
                "limit": float(row["users"]),
                "unit": "people",
                "reach": float(row["reach_m"]) if np.isfinite(row["reach_m"]) else None,
                **({"plot": best, "served": float(row["best_next_served"])} if helped else {}),
                **seen.names(service.facility_type),
            },
            source=service.reach.source if service.reach else None,
        )


def _below_floor(seen: Seen) -> Iterator[Finding]:
    """Phases at whose end a service reaches fewer of the people already there than the pack's floor."""
    for moment in seen.state.moments:
        for service in seen.state.services:
            reading = seen.readings[moment.phase][service.facility_type]
            found = verdict(service, reading)
            if found not in ("not_met", "comparator_not_met") or service.floor is None or service.reach is None:
                continue
            if not moment.phase and len(seen.state.moments) > 1:
                continue  # the last phase has said it
            yield Finding(
                code="ACC-PHASE-SERVICE" if moment.phase else "ACC-SERVICE-SHORT",
                severity="warning",
                where=(*((f"phase:{moment.phase}",) if moment.phase else ()), f"facility:{service.facility_type}"),
                params={
                    "value": reading.in_reach_share,
                    "limit": service.floor.value,
                    "unit": "ratio",
                    "reach": service.reach.value,
                    "phase": moment.phase,
                    "users": reading.asked - reading.in_reach,
                    **seen.names(service.facility_type),
                },
                source=service.floor.source,
            )


def _streets(seen: Seen) -> tuple[Finding, ...]:
    return driving_findings(seen.edges, seen.plan.streets)


_CHECKS: tuple[Callable[[Seen], Iterable[Finding]], ...] = (
    _no_door,
    _without_way,
    _places_wrong,
    _unserved,
    _below_floor,
    _streets,
)
