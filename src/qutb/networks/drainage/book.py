"""What the pack says of sewers and storm drains: pipes, prices, rules."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qutb.core import InputError, si_factor
from qutb.networks.drainage.sizing import SewerPipes, SewerPrices, SewerRules
from qutb.pack import CatalogueRow, Values

__all__ = ["PIPES", "WORKS", "labels_of", "pipes_of", "prices_of", "rules_of"]

PIPES, WORKS = "sewer_pipes", "drainage_works"
_COLUMN: Mapping[str, str] = {"_low": "low", "": "central", "_high": "high"}


def _rows(values: Values) -> list[CatalogueRow]:
    """Pipes, smallest first; raises ``InputError`` where there is none."""
    rows = sorted(values.catalogue(PIPES), key=lambda row: float(row["inner_mm"]))
    if not rows:
        raise InputError("NET-DRAIN-CATALOGUE", PIPES)
    return rows


def labels_of(values: Values) -> list[str]:
    """Names of the pipes, smallest first."""
    return [row["pipe"] for row in _rows(values)]


def pipes_of(values: Values, end: str = "") -> SewerPipes:
    """The catalogue of pipes at the low, central or high end of its prices."""
    rows = _rows(values)
    return SewerPipes(
        inner_m=np.array([float(row["inner_mm"]) / 1000.0 for row in rows]),
        outer_m=np.array([float(row["outer_mm"]) / 1000.0 for row in rows]),
        amount_per_m=np.array([float(row[_COLUMN[end]]) for row in rows]),
    )


def prices_of(values: Values, end: str = "") -> SewerPrices:
    """Prices of trench, manholes and pumps at one end of their range."""
    price = {row["item"]: float(row[_COLUMN[end]]) / si_factor(row["unit"]) for row in values.catalogue(WORKS)}
    return SewerPrices(
        trench_per_m3=price["trench"],
        trench_rise_per_m4=price["trench_rise"],
        trench_beside_m=values.number("networks.trench_beside"),
        manhole=price["manhole"],
        manhole_per_m=price["manhole_rise"],
        station=price["lift_station"],
        station_per_w=price["lift_station_power"],
        station_per_m=price["lift_station_well"],
        pump_efficiency=values.number("networks.pump_efficiency"),
    )


def rules_of(values: Values, trade: str) -> SewerRules:
    """Rules for sewers or storm drains."""
    return SewerRules(
        cover_least_m=values.number("networks.sewer_min_cover"),
        cover_most_m=values.number("networks.sewer_max_cover"),
        fill_most=values.number(f"networks.{trade}_max_fill"),
        velocity_clean_m_per_s=values.number("networks.sewer_clean_velocity"),
        velocity_most_m_per_s=values.number("networks.sewer_max_velocity"),
        manning=values.number("networks.sewer_manning"),
    )
