"""Water for the pole: mains sized at least cost for the peak hour and for a fire at any hydrant, proved by EPANET.

The network is searched for the peak hour; then, for a fire at each hydrant in turn, the pipes on its way to the source
that win most head for their price are raised until the fire is served. Except in a draft, the fires that asked for
most then join the search. EPANET has the last word, at the peak hour and at every hydrant. Levels that are not known
are taken as flat, and said.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from qutb.core import QUIET, Context, Effort, Finding
from qutb.kernels import Hydraulics, option_losses, solve_heads
from qutb.networks.demand import Demand
from qutb.networks.layout import Layout
from qutb.networks.water.epanet import Judge, State
from qutb.networks.water.ground import Ground, ground_of
from qutb.networks.water.model import Load
from qutb.networks.water.problem import Problem, problem_of, whole_core
from qutb.networks.water.referee import TOLERANCE_M, Referee
from qutb.networks.water.search import Found, Schedule, search_core
from qutb.networks.water.task import CatalogueEntry, WaterTask
from qutb.pack import Values

__all__ = ["PoleWater", "design_pole_water"]

_SCHEDULES: Mapping[Effort, Schedule] = {
    "draft": Schedule(hot=0.3, moves_per_option=1.0, rounds=1),
    "standard": Schedule(hot=0.6, moves_per_option=4.0, rounds=1),
    "full": Schedule(hot=1.0, moves_per_option=10.0, rounds=1),
}
_FIRES: Mapping[Effort, int] = {"draft": 0, "standard": 1, "full": 2}


@dataclass(frozen=True, kw_only=True, eq=False)
class PoleWater:
    """``mains`` and ``nodes`` with what EPANET computed, ``totals`` of the pole, the EPANET file ``inp``."""

    mains: pd.DataFrame
    nodes: pd.DataFrame
    totals: dict[str, float]
    inp: str
    findings: tuple[Finding, ...]


def design_pole_water(
    layout: Layout, demand: Demand, values: Values, *, seed: int, effort: Effort, ctx: Context = QUIET
) -> PoleWater | None:
    """Design the water network of a plan; None where nothing can be served (see the layout's findings)."""
    ground = ground_of(layout, demand, values)
    if ground is None or not ground.sources:
        return None
    with tempfile.TemporaryDirectory() as folder:
        inp = Path(folder) / "water.inp"
        inp.write_text(_inp(ground, values), encoding="utf-8")
        with Judge(inp) as judge:
            return _design(_task(inp, values), judge, ground, values, seed, effort, ctx)


def _design(
    task: WaterTask, judge: Judge, ground: Ground, values: Values, seed: int, effort: Effort, ctx: Context
) -> PoleWater:
    problem = problem_of(task, judge.network)
    loads = {node: _fire(judge, ground, values, node) for node in _hydrants(judge, ground)}
    found = _search(problem, None, seed, effort, ctx)
    options, raised = _raise_for_fires(problem, problem.whole(found.option), loads)
    worst = sorted(raised, key=lambda node: (-raised[node], node))[: _FIRES[effort]]
    if worst:
        harder = problem_of(task, judge.network, tuple(loads[node] for node in worst))
        again = _search(harder, options[harder.core.links], seed, effort, ctx)
        if np.isfinite(again.cost):
            better, _ = _raise_for_fires(problem, harder.whole(again.option), loads)
            found.evaluations += again.evaluations
            options = min(options, better, key=problem.cost)
    referee = Referee(judge, problem)
    state = referee.judge(options)
    short = _fires_short(judge, loads)
    judge.draw(_by_node(judge, ground, "peak_hour_m3_per_s"))
    return _result(judge, ground, problem, options, state, short, found, values)


def _search(problem: Problem, begin: np.ndarray | None, seed: int, effort: Effort, ctx: Context) -> Found:
    """Search the looped rest for so many rounds; the seconds of a step are not counted."""
    return search_core(
        problem,
        lambda option: True,
        seconds=np.inf,
        seed=seed,
        workers=2,
        ctx=ctx,
        schedule=_SCHEDULES[effort],
        begin=begin,
    )


def _raise_for_fires(
    problem: Problem, options: np.ndarray, loads: Mapping[str, Load]
) -> tuple[np.ndarray, dict[str, int]]:
    """Raise pipes until a fire at each hydrant is served; the design, and how many steps each hydrant asked for."""
    whole = whole_core(problem)
    option = options[whole.links].copy()
    cost, count = problem.choice.cost[whole.links], problem.choice.count[whole.links]
    steps = {}
    for node, load in loads.items():
        net = whole.hydraulics._replace(demand=load.demand_m3_per_s[None, whole.nodes[: whole.junctions]])
        at = int(np.flatnonzero(whole.nodes == np.flatnonzero(np.isfinite(load.least_m))[0])[0])
        least, flow = float(load.least_m.max()), None
        for step in range(int(count.sum())):
            heads, flow, _ = solve_heads(net, option, flow, tolerance=1e-6)
            way = _way_to_source(net, flow, at)
            rows = way[option[way] < count[way] - 1]
            if heads[at] >= least or not len(rows):
                break
            losses = np.abs(option_losses(net, flow))
            won = losses[rows, option[rows]] - losses[rows, option[rows] + 1]
            dearer = np.maximum(cost[rows, option[rows] + 1] - cost[rows, option[rows]], 1e-9)
            option[rows[int(np.argmax(won / dearer))]] += 1
            steps[node] = step + 1
    raised = options.copy()
    raised[whole.links] = option
    return raised, steps


def _way_to_source(net: Hydraulics, flow: np.ndarray, node: int) -> np.ndarray:
    """Links against the flow from a node to a fixed head, along the largest inflow."""
    junctions = net.demand.shape[1]
    inflow: dict[int, tuple[float, int, int]] = {}
    for p, (a, b) in enumerate(zip(net.tail.tolist(), net.head.tolist(), strict=True)):
        up, down = (a, b) if flow[p] >= 0.0 else (b, a)
        inflow[down] = max(inflow.get(down, (-1.0, 0, 0)), (abs(float(flow[p])), p, up))
    way: list[int] = []
    while node < junctions and node in inflow and len(way) <= junctions:
        _, link, node = inflow[node]
        way.append(link)
    return np.array(way, np.int64)


def _inp(ground: Ground, values: Values) -> str:
    """The network as an EPANET file, L/s and metres, with the peak hour's demand and the smallest pipe laid."""
    smallest = min(float(row["inner_mm"]) for row in values.catalogue("water_pipes"))
    rough = values.number("networks.pipe_roughness_hw")
    nodes, heads = ground.nodes, set(_names(pd.Index(list(ground.sources))))
    junctions = [
        f"{n} {z:.3f} {q * 1000:.6f}"
        for n, z, q in zip(_names(nodes.index), nodes["level_m"], nodes["peak_hour_m3_per_s"], strict=True)
        if n not in heads
    ]
    sources = [f"{_name(n)} {head:.3f}" for n, head in ground.sources.items()]
    pipes = [
        f"{_name(e)} {_name(a)} {_name(b)} {max(length, 0.1):.3f} {smallest} {rough:g} 0"
        for e, a, b, length in zip(
            ground.mains.index,
            ground.mains["from_node"],
            ground.mains["to_node"],
            ground.mains["length_m"],
            strict=True,
        )
    ]
    places = [f"{_name(n)} {x:.3f} {y:.3f}" for n, x, y in zip(nodes.index, nodes["x_m"], nodes["y_m"], strict=True)]
    parts = {"JUNCTIONS": junctions, "RESERVOIRS": sources, "PIPES": pipes, "COORDINATES": places}
    options = "[OPTIONS]\nUNITS LPS\nHEADLOSS H-W\nACCURACY 0.00001\nTRIALS 200\n"
    return "\n".join(f"[{k}]\n" + "\n".join(v) + "\n" for k, v in parts.items()) + options + "[END]\n"


def _name(name: object) -> str:
    """An id as EPANET takes it: no spaces, 31 signs at most."""
    return str(name).replace(" ", "_").replace(";", "_")[:31]


def _names(index: pd.Index) -> list[str]:
    return [_name(n) for n in index]


def _task(inp: Path, values: Values) -> WaterTask:
    catalogue = tuple(
        CatalogueEntry(
            label=row["pipe"],
            diameter=float(row["inner_mm"]),
            diameter_m=float(row["inner_mm"]) / 1000.0,
            unit_cost=float(row["central"]),
            unit_cost_major=float(row["central"]),
        )
        for row in values.catalogue("water_pipes")
    )
    with Judge(inp) as judge:
        pipes = judge.network.link_ids
    return WaterTask(
        name="water",
        inp=inp,
        decision_pipes=pipes,
        catalogue=catalogue,
        currency=values.currency,
        min_pressure_m=values.number("networks.water_min_head"),
        max_velocity_m_per_s=values.number("networks.water_max_velocity"),
    )


def _by_node(judge: Judge, ground: Ground, column: str) -> np.ndarray:
    """A column of the ground in EPANET's order of nodes."""
    table = pd.Series(ground.nodes[column].to_numpy(), index=_names(ground.nodes.index))
    return np.asarray(table.reindex(list(judge.network.node_ids)).to_numpy(float))


def _fire(judge: Judge, ground: Ground, values: Values, node: str) -> Load:
    """The peak day with a fire at one hydrant."""
    drawn = _by_node(judge, ground, "peak_day_m3_per_s")
    at = judge.network.node_ids.index(node)
    drawn[at] += values.number("networks.fire_flow")
    least = np.full(len(drawn), -np.inf)
    least[at] = judge.network.elevation_m[at] + values.number("networks.fire_min_head")
    return Load(demand_m3_per_s=drawn, least_m=least)


def _hydrants(judge: Judge, ground: Ground) -> list[str]:
    """Hydrants at junctions, as EPANET names them."""
    fixed = {n for n, source in zip(judge.network.node_ids, judge.network.fixed, strict=True) if source}
    return [n for n in _names(ground.nodes.index[ground.nodes["hydrant"]]) if n not in fixed]


def _fires_short(judge: Judge, loads: Mapping[str, Load]) -> dict[str, float]:
    """Hydrants where a fire would leave too little head in the design laid, and how much [m] is missing."""
    short = {}
    for node, load in loads.items():
        judge.draw(load.demand_m3_per_s)
        missing = float((load.least_m - judge.run(cold=False).head_m).max())
        if missing > TOLERANCE_M:
            short[node] = missing
    return short


def _result(
    judge: Judge,
    ground: Ground,
    problem: Problem,
    options: np.ndarray,
    state: State,
    short: dict[str, float],
    found: Found,
    values: Values,
) -> PoleWater:
    rows = pd.Index(judge.network.link_ids).get_indexer(pd.Index(_names(ground.mains.index)))
    places = pd.Index(judge.network.node_ids).get_indexer(pd.Index(_names(ground.nodes.index)))
    book = values.catalogue("water_pipes")
    pick = problem.choice.entry[rows, options[rows]]
    mains = ground.mains.copy()
    mains["pipe"] = [book[k]["pipe"] for k in pick]
    mains["diameter_m"] = [float(book[k]["inner_mm"]) / 1000.0 for k in pick]
    for end, column in (("_low", "low"), ("", "central"), ("_high", "high")):
        mains[f"cost_amount{end}"] = mains["length_m"] * [float(book[k][column]) for k in pick]
    mains["flow_m3_per_s"] = state.flow_m3_per_s[rows]
    mains["velocity_m_per_s"] = np.abs(state.velocity_m_per_s[rows])
    nodes = ground.nodes.copy()
    nodes["head_m"] = state.head_m[places]
    nodes["pressure_head_m"] = nodes["head_m"] - nodes["level_m"]
    nodes["fire_short_m"] = [short.get(n, 0.0) for n in _names(ground.nodes.index)]
    fire_m3 = values.number("networks.fire_flow") * values.number("networks.fire_hours")
    peak_day = float(nodes["peak_day_m3_per_s"].sum())
    totals = {
        "water_mains_length_m": float(mains["length_m"].sum()),
        "water_mains_offsite_length_m": float(mains.loc[mains["location"] == "offsite", "length_m"].sum()),
        "water_hydrants": int(nodes["hydrant"].sum()),
        "water_storage_m3": peak_day * values.number("networks.storage_hours") + fire_m3,
        "water_pressure_least_m": float(nodes.loc[~nodes.index.isin(list(ground.sources)), "pressure_head_m"].min()),
        "water_velocity_most_m_per_s": float(mains["velocity_m_per_s"].max()),
        "water_cost_amount_low": float(mains["cost_amount_low"].sum()),
        "water_cost_amount": float(mains["cost_amount"].sum()),
        "water_cost_amount_high": float(mains["cost_amount_high"].sum()),
        "water_designs_tried": int(found.evaluations),
    }
    return PoleWater(
        mains=mains,
        nodes=nodes,
        totals=totals,
        inp=_written(judge),
        findings=_remarks(ground, nodes, short, values),
    )


def _written(judge: Judge) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.inp"
        judge.write(path)
        return path.read_text(encoding="utf-8", errors="replace")


def _remarks(ground: Ground, nodes: pd.DataFrame, short: dict[str, float], values: Values) -> tuple[Finding, ...]:
    found = []
    if not ground.levels_known:
        found.append(Finding(code="NET-LEVELS-UNKNOWN", severity="warning", where=("pole",)))
    least = values.get("networks.water_min_head")
    low = nodes[~nodes.index.isin(list(ground.sources)) & (nodes["pressure_head_m"] < least.central - 1e-3)]
    if len(low):
        where = tuple(f"node:{n}" for n in low["pressure_head_m"].nsmallest(20).index)
        worst = round(float(least.central - low["pressure_head_m"].min()), 2)
        params = {"count": len(low), "value": worst, "limit": least.central, "unit": "m"}
        found.append(
            Finding(
                code="NET-WATER-LOW-PRESSURE", severity="blocking", where=where, params=params, source=least.reference
            )
        )
    if short:
        where = tuple(f"node:{n}" for n in sorted(short, key=lambda n: -short[n])[:20])
        params = {"count": len(short), "value": round(max(short.values()), 2), "unit": "m"}
        found.append(Finding(code="NET-WATER-FIRE-SHORT", severity="warning", where=where, params=params))
    return tuple(found)
