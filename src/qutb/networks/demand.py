"""What each plot draws and gives: water, wastewater, power, fibre, from its people, beds, jobs and floors.

Water by head, bed and job and by floor of what draws otherwise; wastewater the share that comes back; power by
dwelling and floor, with the coincidence of many; a fibre port for each dwelling and unit of economic floor. Every
rate is a value of the pack, with its standing; the low and high of a plot take the low and high of all together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import Column, Table
from qutb.pack import Values
from qutb.plan import Plan

__all__ = ["DEMAND", "Demand", "demand_of"]

_ENDS = ("_low", "", "_high")
_DAY_S = 86_400.0
_PLOTS = "capacity.plots"


def _is(name: str, unit: str, description: str, formula: str, *reads: str) -> tuple[Column, ...]:
    """A column and its low and high ends."""
    return tuple(
        Column(
            name=f"{name}{end}",
            kind="number",
            unit=unit,
            description=description + {"_low": ", low end", "": "", "_high": ", high end"}[end],
            formula=formula,
            reads=reads,
            standing="assumed",
        )
        for end in _ENDS
    )


_WATER = (
    f"{_PLOTS}.population",
    f"{_PLOTS}.beds",
    f"{_PLOTS}.jobs",
    "plots.use",
    "value:networks.water_per_resident",
    "value:networks.water_per_bed",
    "value:networks.water_per_job",
    "value:networks.water_per_green_area",
)
DEMAND = Table(
    name="plots",
    key="plot_id",
    description="What each plot draws from the networks and gives to them.",
    columns=(
        *_is(
            "water_m3_per_s",
            "m3/s",
            "Water drawn on the mean day",
            "residents, beds, jobs and watered land x their rates",
            *_WATER,
        ),
        *_is(
            "water_peak_day_m3_per_s",
            "m3/s",
            "Water drawn on the day of most use, with all seasonal guests",
            "mean day with beds full x peak-day factor",
            "networks.plots.water_m3_per_s",
            "value:networks.peak_day_factor",
            "value:capacity.peak_bed_occupancy",
        ),
        *_is(
            "water_peak_hour_m3_per_s",
            "m3/s",
            "Water drawn in the hour of most use",
            "peak day x peak-hour factor",
            "networks.plots.water_peak_day_m3_per_s",
            "value:networks.peak_hour_factor",
        ),
        *_is(
            "wastewater_m3_per_s",
            "m3/s",
            "Wastewater given back on the mean day",
            "water for residents, beds and jobs x return share",
            "networks.plots.water_m3_per_s",
            "value:networks.wastewater_share",
        ),
        *_is(
            "power_w",
            "W",
            "Power drawn by the plot alone at its own peak",
            "dwellings x power a dwelling + economic floor x power a floor area",
            f"{_PLOTS}.dwellings",
            f"{_PLOTS}.economic_floor_area_m2",
            "value:networks.power_per_dwelling.{use}",
            "value:networks.power_per_economic_floor",
        ),
        Column(
            name="fibre_ports",
            kind="number",
            unit="ports",
            description="Fibre ports",
            formula="dwellings + economic floor / floor of a unit, one at least where either",
            reads=(f"{_PLOTS}.dwellings", f"{_PLOTS}.economic_floor_area_m2", "value:networks.floor_per_fibre_port"),
            standing="assumed",
        ),
    ),
)


@dataclass(frozen=True, eq=False)
class Demand:
    """``plots`` as :data:`DEMAND` says, indexed by plot_id."""

    plots: pd.DataFrame

    def total(self, column: str) -> float:
        """Sum over all plots."""
        return float(self.plots[column].sum())


def demand_of(*, plan: Plan, capacity: Capacity, values: Values) -> Demand:
    """Demand of every plot, from capacity and the pack."""
    held = capacity.plots
    used = _water(plan, held, values)
    mean = used["people"] + used["guests"] + used["work"] + used["green"]
    full = used["people"] + used["full_house"] + used["work"] + used["green"]
    peak_day = full * _ends(values, "networks.peak_day_factor")
    rows = {
        "water_m3_per_s": mean,
        "water_peak_day_m3_per_s": peak_day,
        "water_peak_hour_m3_per_s": peak_day * _ends(values, "networks.peak_hour_factor"),
        "wastewater_m3_per_s": (mean - used["green"]) * _ends(values, "networks.wastewater_share"),
        "power_w": _power(plan, held, values),
    }
    columns = {f"{name}{end}": row[i] for name, row in rows.items() for i, end in enumerate(_ENDS)}
    columns["fibre_ports"] = _ports(held, values)
    return Demand(pd.DataFrame(columns, index=held.index)[[c.name for c in DEMAND]])


def _per_s(values: Values, key: str) -> np.ndarray:
    """A daily rate, by second."""
    return _ends(values, key) / _DAY_S


def _ends(values: Values, key: str) -> np.ndarray:
    """Low, central, high as a column."""
    value = values.get(key)
    return np.array([[value.low], [value.central], [value.high]])


def _rows(held: pd.DataFrame, name: str) -> np.ndarray:
    """Low, central, high of a measure of capacity, as rows."""
    return np.nan_to_num(held[[f"{name}{end}" for end in _ENDS]].to_numpy(float).T)


def _water(plan: Plan, held: pd.DataFrame, values: Values) -> dict[str, np.ndarray]:
    """Water [m3/s] by what draws it: people, guests on the mean day and in high season, work, watered land."""
    beds = _rows(held, "beds") * _per_s(values, "networks.water_per_bed")
    green = plan.words("use").among(("green", "sport")) * np.nan_to_num(held["area_m2"].to_numpy(float))
    return {
        "people": _rows(held, "population") * _per_s(values, "networks.water_per_resident"),
        "guests": beds * _ends(values, "networks.mean_bed_occupancy"),
        "full_house": beds * _ends(values, "capacity.peak_bed_occupancy"),
        "work": _rows(held, "jobs") * _per_s(values, "networks.water_per_job"),
        "green": green * _per_s(values, "networks.water_per_green_area"),
    }


def _power(plan: Plan, held: pd.DataFrame, values: Values) -> np.ndarray:
    """Power [W] of each plot at its own peak."""
    uses = plan.words("use")
    known = {key.rsplit(".", 1)[1] for key in values.keys("networks.power_per_dwelling.")}
    dwellings = _rows(held, "dwellings")
    names = {use: use if use in known else "other" for use in (*uses.names, None)}
    ends = {name: _ends(values, f"networks.power_per_dwelling.{name}")[:, 0] for name in set(names.values())}
    per_dwelling = np.array([ends[names[use]] for use in (*uses.names, None)])[uses.codes].T
    floor = np.nan_to_num(held["economic_floor_area_m2"].to_numpy(float))
    return np.asarray(dwellings * per_dwelling + floor * _ends(values, "networks.power_per_economic_floor"))


def _ports(held: pd.DataFrame, values: Values) -> np.ndarray:
    dwellings = np.nan_to_num(held["dwellings"].to_numpy(float))
    floor = np.nan_to_num(held["economic_floor_area_m2"].to_numpy(float))
    ports = np.ceil(dwellings - 1e-9) + np.ceil(floor / values.number("networks.floor_per_fibre_port") - 1e-9)
    return np.asarray(np.where((dwellings > 0) | (floor > 0), np.maximum(ports, 1.0), 0.0))
