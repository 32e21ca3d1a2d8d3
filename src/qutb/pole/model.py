"""A pole as one frozen record: site, brief, terms, actors, commitments, plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding, UsageError, digest_bytes, digest_json, digest_parts, short_code
from qutb.pack import Values
from qutb.plan import Plan, digest_table, snap
from qutb.pole.tables import SITE_TABLES

__all__ = ["Brief", "Criterion", "Pole", "Site", "Target"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Site:
    """The ground: outline, what restricts it, whose it is, what stands around. One projected metric system.

    ``boundary`` is a (multi)polygon [m]; it and all geometry are put on whole millimetres. Tables as in
    ``qutb.pole.tables``; ``remarks`` is what the reading of the files said.
    """

    crs: str
    boundary: shapely.Geometry
    constraints: gpd.GeoDataFrame
    land: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    tie_ins: gpd.GeoDataFrame
    spot_heights: gpd.GeoDataFrame
    remarks: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "boundary", snap(np.array([self.boundary], dtype=object))[0])
        for table in SITE_TABLES:
            frame = getattr(self, table.name)
            if len(frame):
                frame = frame.assign(geometry=snap(frame["geometry"].to_numpy()))
                object.__setattr__(self, table.name, frame)

    @cached_property
    def digest(self) -> str:
        parts = {t.name: digest_table(getattr(self, t.name)) for t in SITE_TABLES}
        parts["boundary"] = digest_bytes(shapely.to_wkb(self.boundary, byte_order=1))
        return digest_parts({**parts, "crs": self.crs})


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the programme asks of a measure, e.g. ``capacity.dwellings`` from ``low`` to ``high`` [SI]."""

    measure: str
    low: float | None = None
    high: float | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A measure the rules of the competition judge by, with its weight where weights are adopted."""

    measure: str
    better: Literal["more", "less"]
    weight: float | None = None


@dataclass(frozen=True, kw_only=True)
class Brief:
    """The programme of the pole. ``town`` is the code of the census town whose households it draws on.

    ``facilities`` maps facility types to the number asked; ``weights_adopted`` says that the rules of the
    competition hold the weights: without it no ranking is made.
    """

    title: Mapping[str, str] = field(default_factory=dict)
    town: str = ""
    targets: tuple[Target, ...] = ()
    facilities: Mapping[str, int] = field(default_factory=dict)
    criteria: tuple[Criterion, ...] = ()
    weights_adopted: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        return digest_json(
            {
                "town": self.town,
                "targets": [vars(t) for t in self.targets],
                "facilities": dict(self.facilities),
                "criteria": [vars(c) for c in self.criteria],
                "weights_adopted": self.weights_adopted,
            }
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Pole:
    """The pole folder, opened. ``plans`` are read when first asked for through :meth:`plan`.

    ``remarks`` is what the reading of site, actors and commitments said.
    """

    folder: Path | None
    name: Mapping[str, str]
    crs: str
    start_date: date
    pack: str
    pack_date: date
    partners: tuple[Mapping[str, str], ...]
    site: Site
    brief: Brief
    actors: pd.DataFrame
    commitments: pd.DataFrame
    values: Values
    plans: Mapping[str, Callable[[], Plan]]
    remarks: tuple[Finding, ...] = ()
    _read: dict[str, Plan] = field(default_factory=dict)

    def plan(self, name: str) -> Plan:
        """The plan of that name; raises ``UsageError`` naming those there are."""
        if name not in self._read:
            if name not in self.plans:
                raise UsageError("POLE-NO-PLAN", name, known=", ".join(self.plans))
            self._read[name] = self.plans[name]()
        return self._read[name]

    def version(self, reference: str) -> Plan | None:
        """The plan of that name, digest or short code; ``None`` where the pole holds none."""
        if reference in self.plans:
            return self.plan(reference)
        every = (self.plan(name) for name in self.plans)
        return next((p for p in every if reference in (p.digest, short_code(p.digest))), None)

    @cached_property
    def actors_digest(self) -> str:
        return digest_table(self.actors)

    @cached_property
    def commitments_digest(self) -> str:
        return digest_table(self.commitments)
