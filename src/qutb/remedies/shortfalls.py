"""What a plan falls short of, as access and mobility found it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.access import Access, Trials
from qutb.mobility import Mobility
from qutb.pack import Values

__all__ = ["Shortfall", "excess_by_street", "shortfalls_of", "standing_of"]

_NOBODY = 1.0
_BELOW = ("not_met", "comparator_not_met")
_PER_HOUR = "vehicles/h"
_GRAVEST = {"no_door": 0, "no_way": 0, "floor": 1}


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """One thing to mend: ``amount`` [``unit``] of users or vehicles, and the code of the finding that says it.

    ``kind`` is ``unserved`` (no place within reach), ``floor`` (a phase below its floor of service), ``far`` (no
    unit within reach), ``no_way`` (no way to any unit), ``no_door`` (fronts no street) or ``overload``.
    """

    kind: str
    finding: str
    amount: float
    unit: str = "people"
    facility_type: str = ""
    phase: str = ""
    street: str = ""

    @property
    def name(self) -> str:
        """Key of its row: ``unserved-primary_school``, ``floor-P1-preschool``, ``overload-S-4``."""
        return "-".join(p for p in (self.kind, self.phase, self.facility_type, self.street) if p)


def shortfalls_of(access: Access, mobility: Mobility | None, values: Values, trials: Trials) -> tuple[Shortfall, ...]:
    """Every shortfall of at least one person or vehicle: no door or way, then phases below floors, then by amount."""
    found = [
        *_floors(access),
        *_places(access, trials),
        *_doors(access),
        *(_overloads(mobility, values) if mobility else ()),
    ]
    return tuple(
        sorted((s for s in found if s.amount >= _NOBODY), key=lambda s: (_GRAVEST.get(s.kind, 2), -s.amount, s.name))
    )


def _floors(access: Access) -> Iterator[Shortfall]:
    rows = access.phase_services
    for _, row in rows[rows["verdict"].isin(_BELOW)].iterrows():
        yield Shortfall(
            kind="floor",
            finding="ACC-PHASE-SERVICE",
            amount=float(row["users"] * (1 - row["in_reach_share"])),
            facility_type=row["facility_type"],
            phase=row["phase"],
        )


def _places(access: Access, trials: Trials) -> Iterator[Shortfall]:
    for name, row in access.services.iterrows():
        cut_off = _cut_off(trials, str(name)) if row["units"] > 0 else 0.0
        if cut_off >= _NOBODY:
            yield Shortfall(kind="no_way", finding="ACC-CUT-OFF", amount=cut_off, facility_type=str(name))
        elif np.isfinite(row["unserved"]) and np.isfinite(row["reach_m"]):
            yield Shortfall(
                kind="unserved", finding="ACC-UNSERVED", amount=float(row["unserved"]), facility_type=str(name)
            )
        elif np.isfinite(row["reach_m"]) and row["units"] > 0:
            far = float(row["users"] - row["in_reach_users"])
            yield Shortfall(kind="far", finding="ACC-SERVICE-SHORT", amount=far, facility_type=str(name))


def _cut_off(trials: Trials, facility_type: str) -> float:
    """Users whose plot has a door, but no way from it."""
    reading = trials.readings[""][facility_type]
    return float(reading.users[trials.start.network.reached & ~np.isfinite(reading.walk_m)].sum())


def _doors(access: Access) -> Iterator[Shortfall]:
    plots = access.plots
    if (plots["doors"] > 0).any():
        people = float(plots.loc[plots["doors"] == 0, "population"].sum())
        yield Shortfall(kind="no_door", finding="ACC-NO-DOOR", amount=people)


def _overloads(mobility: Mobility, values: Values) -> Iterator[Shortfall]:
    excess = excess_by_street(mobility, values)
    for street, vehicles in excess.items():
        yield Shortfall(
            kind="overload", finding="MOB-LANES", amount=float(vehicles), unit=_PER_HOUR, street=str(street)
        )


def excess_by_street(mobility: Mobility, values: Values) -> pd.Series:
    """Vehicles/h above the volume that design allows (capacity where the pack says nothing), busier direction."""
    limit = values.limit("mobility.volume_to_capacity_max")
    links = mobility.links
    above = links["flow_vehicles_per_h"] - links["capacity_vehicles_per_h"] * (limit.central if limit else 1.0)
    return above.clip(lower=0.0).groupby(links["street_id"]).max()


def standing_of(shortfall: Shortfall, trials: Trials, phases: tuple[str, ...]) -> float:
    """What a remedy is to raise [people]: served, in reach, or with a way or a door.

    ``phases`` are those that a phase has become: after a split each of its halves must do well.
    """
    state, readings = trials.start, trials.readings
    if shortfall.kind == "no_door":
        return float(state.population[state.network.reached].sum())
    if shortfall.kind == "floor":
        halves = [readings[p][shortfall.facility_type] for p in phases if p in readings]
        return -max(reading.asked - reading.in_reach for reading in halves)
    reading = readings[""][shortfall.facility_type]
    if shortfall.kind == "no_way":
        return -reading.without_way
    if shortfall.kind == "unserved":
        return reading.provision.served if reading.provision else 0.0
    return reading.in_reach
