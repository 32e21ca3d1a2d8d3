"""pandapower has the last word: the whole network, both levels, at the design load of every branch at once.

Peaks do not add up, so each node takes what its branch carries less what leaves it, which can be negative: every line
and transformer then carries its own design load. Transformers give a little more than nominal without load, as they
are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qutb.core import SolverError
from qutb.networks.power.network import Branches, Grid
from qutb.networks.power.radial import own_powers

__all__ = ["Flow", "run_flow"]

_LV_NO_LOAD = 1.025  # 410 V of a transformer for a network of 400 V
_IRON_LOSS = 0.0015  # of the rated power: oil transformers of 160 to 1,000 kVA
_IDLE_CURRENT_PERCENT = 0.5
_MW = 1e6


@dataclass(frozen=True, kw_only=True, eq=False)
class Flow:
    """Voltage [share] by node and loading [share] by branch, in the order of each level's tree; losses [W]; JSON."""

    mv_voltage: np.ndarray
    mv_loading: np.ndarray
    lv_voltage: np.ndarray
    lv_loading: np.ndarray
    transformer_loading: np.ndarray
    losses_w: float
    json: str


def run_flow(grid: Grid, x_m: np.ndarray, y_m: np.ndarray, names: list[str]) -> Flow:
    """Load flow of a grid; ``x_m``, ``y_m``, ``names`` by place. Raises ``SolverError`` where it does not converge."""
    import pandapower  # type: ignore[import-untyped]  # seconds to load: for a design only

    net = pandapower.create_empty_network(name="qutb", f_hz=50.0)
    mv = _level(pandapower, net, grid.mv, x_m, y_m, names)
    lv = _level(pandapower, net, grid.lv, x_m, y_m, names)
    for bus in mv[grid.mv.feeders.feeder < 0]:
        pandapower.create_ext_grid(net, bus)
    _loads(pandapower, net, grid, mv, lv)
    _transformers(pandapower, net, grid, mv, lv)
    try:
        pandapower.runpp(net, init="dc", calculate_voltage_angles=False, max_iteration=30, numba=False)
    except (pandapower.LoadflowNotConverged, np.linalg.LinAlgError, ValueError) as fault:
        raise SolverError("NET-PANDAPOWER", "power", fault=str(fault)) from fault
    voltage = net.res_bus["vm_pu"].to_numpy()
    loading = net.res_line["loading_percent"].to_numpy() / 100.0
    first = len(grid.mv.feeders.branches)
    return Flow(
        mv_voltage=voltage[mv],
        mv_loading=loading[:first],
        lv_voltage=voltage[lv],
        lv_loading=loading[first:],
        transformer_loading=net.res_trafo["loading_percent"].to_numpy() / 100.0,
        losses_w=float(net.res_line["pl_mw"].sum() + net.res_trafo["pl_mw"].sum()) * _MW,
        json=pandapower.to_json(net),
    )


def _level(
    pandapower: Any, net: Any, branches: Branches, x_m: np.ndarray, y_m: np.ndarray, names: list[str]
) -> np.ndarray:
    """Buses and lines of a level; bus of each node of its tree."""
    feeders, cables = branches.feeders, branches.cables
    place = branches.place
    buses = pandapower.create_buses(
        net,
        len(place),
        vn_kv=feeders.voltage_v / 1000.0,
        name=[names[p] for p in place],
        geodata=list(zip(x_m[place].tolist(), y_m[place].tolist(), strict=True)),
    )
    at = feeders.branches
    option = branches.sized.option[at]
    circuits = cables.circuits[option]
    pandapower.create_lines_from_parameters(
        net,
        buses[feeders.feeder[at]],
        buses[at],
        length_km=np.maximum(feeders.length_m[at], 0.1) / 1000.0,
        r_ohm_per_km=cables.r_ohm_per_m[option] * circuits * 1000.0,
        x_ohm_per_km=cables.x_ohm_per_m[option] * circuits * 1000.0,
        c_nf_per_km=0.0,
        max_i_ka=cables.current_a[option] / circuits / 1000.0,
        parallel=circuits,
    )
    return np.asarray(buses)


def _loads(pandapower: Any, net: Any, grid: Grid, mv: np.ndarray, lv: np.ndarray) -> None:
    """What makes every branch carry its design load."""
    lv_own, mv_own = own_powers(grid.lv.feeders), own_powers(grid.mv.feeders)
    roots = np.flatnonzero(grid.lv.feeders.feeder < 0)
    leaving = np.zeros(len(lv_own))
    at = grid.lv.feeders.branches
    np.add.at(leaving, grid.lv.feeders.feeder[at], grid.lv.feeders.power_w[at])
    lv_own[roots] = grid.substation_w - leaving[roots]
    np.subtract.at(mv_own, grid.at_mv, grid.substation_w)
    for branches, buses, own in ((grid.mv, mv, mv_own), (grid.lv, lv, lv_own)):
        used = np.flatnonzero(np.abs(own) > 0.01)
        reactive = own[used] * np.tan(np.arccos(branches.feeders.factor))
        pandapower.create_loads(net, buses[used], p_mw=own[used] / _MW, q_mvar=reactive / _MW)


def _transformers(pandapower: Any, net: Any, grid: Grid, mv: np.ndarray, lv: np.ndarray) -> None:
    """One row a substation, its transformers side by side."""

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in grid.transformer])

    rated = column("kva") / 1000.0
    roots = np.flatnonzero(grid.lv.feeders.feeder < 0)
    pandapower.create_transformers_from_parameters(
        net,
        mv[grid.at_mv],
        lv[roots],
        sn_mva=rated,
        vn_hv_kv=grid.mv.feeders.voltage_v / 1000.0,
        vn_lv_kv=_LV_NO_LOAD * grid.lv.feeders.voltage_v / 1000.0,
        vkr_percent=100.0 * column("load_loss_w") / (rated * _MW),
        vk_percent=column("short_circuit_percent"),
        pfe_kw=_IRON_LOSS * rated * 1000.0,
        i0_percent=_IDLE_CURRENT_PERCENT,
        parallel=grid.placed.transformers,
        name=[f"substation {k + 1}" for k in range(len(roots))],
    )
