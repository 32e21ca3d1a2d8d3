"""Demand against what the sources grant, phase by phase: a source that runs short outranks any diameter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.core import Column, Finding, Table
from qutb.networks.demand import Demand
from qutb.networks.layout import Layout
from qutb.pack import Values

__all__ = ["BALANCE", "Balance", "balance_of"]

_ENDS = ("_low", "", "_high")
_DAY_S = 86_400.0
_GRANTED = {  # network -> unit the site gives the capacity in -> what makes it m3/s or VA
    "water": {"m3/day": 1.0 / _DAY_S, "m3/s": 1.0, "L/s": 1e-3},
    "sewer": {"m3/day": 1.0 / _DAY_S, "m3/s": 1.0, "L/s": 1e-3},
    "power": {"MVA": 1e6, "kVA": 1e3, "VA": 1.0},
}


def _number(name: str, unit: str, description: str, formula: str, *reads: str) -> Column:
    return Column(
        name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, nullable=True
    )


_READS = ("networks.plots.water_peak_day_m3_per_s", "networks.plots.wastewater_m3_per_s", "networks.plots.power_w")
BALANCE = Table(
    name="balance",
    key="balance_id",
    description="What all phases up to one ask of each network, beside what its tie-ins grant: m3/s, or VA for power.",
    columns=(
        Column(name="network", kind="text", unit="", description="Network"),
        Column(name="phase", kind="text", unit="", description="Last phase counted"),
        Column(name="balance_unit", kind="text", unit="", description="Unit of demand and grant: m3/s or VA"),
        *(
            _number(
                f"asked{end}",
                "",
                "Asked by all phases so far" + {"_low": ", low end", "": "", "_high": ", high end"}[end],
                "water: peak day / efficiency; sewer: mean day; power: sum of peaks x coincidence / power factor",
                *_READS,
                "value:networks.water_efficiency",
                "value:networks.power_coincidence",
                "value:networks.power_factor",
            )
            for end in _ENDS
        ),
        _number(
            "granted", "", "Granted at the tie-ins", "sum of the capacities that the site gives", "tie_ins.capacity"
        ),
        _number("share_used", "ratio", "Share of the grant asked", "asked / granted", "networks.balance.asked"),
    ),
)


@dataclass(frozen=True, eq=False)
class Balance:
    """``table`` as :data:`BALANCE` says, and what it means."""

    table: pd.DataFrame
    findings: tuple[Finding, ...]


def balance_of(layout: Layout, demand: Demand, values: Values) -> Balance:
    """The balance of water, wastewater and power."""
    asked = _asked(demand, values)
    rank = layout.connections["rank"].reindex(demand.plots.index).fillna(len(layout.phases) - 1).to_numpy(int)
    served = [p for p in range(len(layout.phases)) if (rank == p).any()]
    rows, found = [], []
    for network, ends in asked.items():
        granted, unit = _granted(layout, network), "VA" if network == "power" else "m3/s"
        sums = np.cumsum([[end[rank == p].sum() for end in ends] for p in served], axis=0).reshape(-1, 3)
        found += _findings(network, [layout.phases[p] for p in served], sums[:, 1], granted)
        for phase, (low, central, high) in zip(served, sums.tolist(), strict=True):
            name = layout.phases[phase]
            share = central / granted if granted and granted > 0.0 else np.nan
            rows.append((f"{network}:{name}", network, name, unit, low, central, high, granted, share))
    columns = ["balance_id", *(c.name for c in BALANCE)]
    return Balance(pd.DataFrame(rows, columns=columns).set_index("balance_id"), tuple(found))


def _asked(demand: Demand, values: Values) -> dict[str, list[np.ndarray]]:
    """Low, central, high by plot: the low end of a demand meets the best end of what divides it."""
    efficiency, coincidence = values.get("networks.water_efficiency"), values.get("networks.power_coincidence")
    factor = values.get("networks.power_factor")
    plots = demand.plots
    return {
        "water": [
            plots[f"water_peak_day_m3_per_s{end}"].to_numpy() / by
            for end, by in zip(_ENDS, (efficiency.high, efficiency.central, efficiency.low), strict=True)
        ],
        "sewer": [plots[f"wastewater_m3_per_s{end}"].to_numpy() for end in _ENDS],
        "power": [
            plots[f"power_w{end}"].to_numpy() * times / by
            for end, times, by in zip(
                _ENDS,
                (coincidence.low, coincidence.central, coincidence.high),
                (factor.high, factor.central, factor.low),
                strict=True,
            )
        ],
    }


def _granted(layout: Layout, network: str) -> float | None:
    """Sum of the capacities granted, in m3/s or VA; None where any is not known, zero tie-ins grant nothing."""
    rows = layout.tie_ins[layout.tie_ins["kind"] == network]
    total = 0.0
    for capacity, unit in zip(rows["capacity"], rows["capacity_unit"], strict=True):
        factor = _GRANTED[network].get(str(unit))
        if factor is None or not np.isfinite(float(capacity)):
            return None
        total += float(capacity) * factor
    return total


def _findings(network: str, phases: list[str], asked: np.ndarray, granted: float | None) -> list[Finding]:
    """The first phase that asks more than is granted, or that the grant is not known."""
    if not phases:
        return []
    if granted is None:
        return [Finding(code=f"NET-GRANT-UNKNOWN-{network.upper()}", severity="warning", where=("pole",))]
    short = np.flatnonzero(asked > granted)
    if not len(short):
        return []
    phase = phases[int(short[0])]
    per, unit = (1e6, "MVA") if network == "power" else (1.0 / _DAY_S, "m3/day")
    params = {"value": round(float(asked[short[0]]) / per, 1), "limit": round(granted / per, 1), "unit": unit}
    code = f"NET-SOURCE-SHORT-{network.upper()}"
    return [Finding(code=code, severity="blocking", where=(f"phase:{phase}",), params={"phase": phase, **params})]
