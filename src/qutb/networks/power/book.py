"""What the pack says of power: cables, transformers, rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qutb.core import InputError
from qutb.networks.power.radial import Cables
from qutb.pack import CatalogueRow, Values

__all__ = ["CABLES", "TRANSFORMERS", "PowerRules", "cable_rows", "cables_of", "rules_of", "transformer_rows"]

CABLES, TRANSFORMERS = "power_cables", "power_transformers"
_CIRCUITS = {"mv": 6, "lv": 8}  # side by side in one trench, at most


@dataclass(frozen=True, kw_only=True)
class PowerRules:
    """Rules of a power network [W, V, m, shares]."""

    load_w: float
    many: float
    factor: float
    spare: float
    mv_customer_w: float
    reach_m: float
    voltage_v: dict[str, float]
    most_fall: dict[str, float]
    cable_kept: float


def rules_of(values: Values) -> PowerRules:
    """Rules at the central values of the pack."""

    def number(key: str) -> float:
        return values.number(f"networks.{key}")

    return PowerRules(
        load_w=number("power_load_unit"),
        many=number("power_coincidence"),
        factor=number("power_factor"),
        spare=number("power_spare"),
        mv_customer_w=number("power_mv_customer"),
        reach_m=number("lv_reach"),
        voltage_v={level: number(f"{level}_voltage") for level in ("mv", "lv")},
        most_fall={level: number(f"{level}_voltage_drop") for level in ("mv", "lv")},
        cable_kept=number("power_cable_k"),
    )


def cable_rows(values: Values, level: str) -> list[CatalogueRow]:
    """Cables of a level; raises ``InputError`` where there is none."""
    rows = [row for row in values.catalogue(CABLES) if row["level"] == level]
    if not rows:
        raise InputError("NET-POWER-CATALOGUE", CABLES, level=level)
    return rows


def cables_of(rows: list[CatalogueRow], level: str, rules: PowerRules) -> Cables:
    """Every cable, one to several circuits of it, cheapest first; current with spare and ground taken off."""
    pairs = [(k, n) for n in range(1, _CIRCUITS[level] + 1) for k in range(len(rows))]
    pairs.sort(key=lambda pair: pair[1] * float(rows[pair[0]]["central"]))
    row, circuits = np.array(pairs, np.int64).T

    def column(name: str) -> np.ndarray:
        return np.array([float(rows[k][name]) for k in row])

    return Cables(
        row=row,
        circuits=circuits,
        r_ohm_per_m=column("r_ohm_per_km") / 1000.0 / circuits,
        x_ohm_per_m=column("x_ohm_per_km") / 1000.0 / circuits,
        current_a=column("current_a") * circuits * rules.cable_kept * (1.0 - rules.spare),
        amount_per_m=column("central") * circuits,
    )


def transformer_rows(values: Values) -> list[CatalogueRow]:
    """Transformers, smallest first; raises ``InputError`` where there is none."""
    rows = sorted(values.catalogue(TRANSFORMERS), key=lambda row: float(row["kva"]))
    if not rows:
        raise InputError("NET-POWER-CATALOGUE", TRANSFORMERS, level="mv/lv")
    return rows
