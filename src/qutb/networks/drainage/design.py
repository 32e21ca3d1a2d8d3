"""Sewers and storm drains of a plan: trees along the layout, sized at a proven least cost, proved by SWMM.

Where levels are surveyed several trees are tried, each with another weight on rises of the ground, and the cheapest
is kept; each is optimal on its own grid. Where they are not, the tree is sized twice, on ground that falls to the
tie-in as little and as much as the pack thinks possible: costs are then a range without a centre, and no depth, invert
or pump is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from qutb.core import QUIET, Context, Effort, Finding, InputError, SolverError
from qutb.networks.bill import elements
from qutb.networks.demand import Demand
from qutb.networks.drainage.book import labels_of, pipes_of, prices_of, rules_of
from qutb.networks.drainage.flows import peak_wastewater_m3_per_s
from qutb.networks.drainage.frames import (
    EndAmounts,
    Laid,
    amounts_of,
    lay,
    manhole_table,
    pipe_table,
    profile_table,
    works_elements,
)
from qutb.networks.drainage.routing import DrainedTree, drain_towards
from qutb.networks.drainage.sizing import SewerSizing, SewerTree, size_sewers
from qutb.networks.drainage.swmm import SwmmState, run_swmm, swmm_text
from qutb.networks.drainage.tables import TABLES
from qutb.networks.layout import Layout
from qutb.pack import Values

__all__ = ["Drainage", "design_sewers", "nothing", "outlets_of", "tree_to_drainage"]

_RISE_WEIGHTS: Mapping[Effort, tuple[float, ...]] = {
    "draft": (50.0,),
    "standard": (0.0, 50.0, 200.0),
    "full": (0.0, 20.0, 50.0, 100.0, 200.0, 500.0),
}
_NAMED = 20  # places named in one finding
_SURCHARGED = 0.99
_CONTINUITY = 0.05  # error of SWMM's flow balance that is let pass


@dataclass(frozen=True, kw_only=True, eq=False)
class Drainage:
    """``pipes``, ``nodes``, ``profiles`` as :data:`TABLES` says, with ``rank`` in place of phase; ``elements`` for the
    bill; ``totals`` of the pole; ``inp`` the SWMM file (empty without levels).
    """

    pipes: pd.DataFrame
    nodes: pd.DataFrame
    profiles: pd.DataFrame
    elements: pd.DataFrame
    totals: dict[str, float]
    inp: str
    findings: tuple[Finding, ...]


def design_sewers(
    layout: Layout, demand: Demand, values: Values, *, effort: Effort = "standard", ctx: Context = QUIET
) -> Drainage:
    """Design the sewers of a plan; empty, with what stops it among the findings, where there is nothing to design."""
    given = _wastewater(demand)
    roots = list(dict.fromkeys(layout.tie_in_nodes("sewer")))
    if not roots:
        return nothing("sewer", Finding(code="NET-SEWER-NO-TIE-IN", severity="blocking", where=("pole",)))
    if not given.sum() > 0.0:
        return nothing("sewer", Finding(code="NET-SEWER-NO-FLOW", severity="warning", where=("pole",)))
    spacing = values.number("networks.manhole_spacing")
    weights = _RISE_WEIGHTS[effort] if layout.levels_known else (0.0,)
    trees = []
    for done, weight in enumerate(weights):
        ctx.report("sewer", done / len(weights))
        trees.append(drain_towards(layout, roots, given, spacing, weight))
    lost = _unreached(layout, given, trees[0])
    if not len(trees[0].pipes):
        return nothing("sewer", *lost)
    flows = [_wastewater_flow(tree, given, values) for tree in trees]
    drainage = tree_to_drainage("sewer", layout, trees, flows, values, outlets_of(layout, "sewer"))
    joined = pd.concat([drainage.elements, _connections(layout, trees[0].joins.index)])
    findings = (*lost, *_high_tie_ins(layout, trees[0]), *drainage.findings)
    return replace(drainage, elements=joined, findings=findings)


def _connections(layout: Layout, plots: pd.Index) -> pd.DataFrame:
    """A sewer connection for each plot drained."""
    return elements(
        [f"sewer-connection:{p}" for p in plots],
        trade="sewer",
        item="sewer.connection",
        quantity=1.0,
        unit="connection",
        location="onsite",
        rank=layout.connections.loc[plots, "rank"].to_numpy(),
    )


def _wastewater(demand: Demand) -> pd.Series:
    """Wastewater [m3/s] of each plot on the day of most use, all guests there."""
    plots = demand.plots
    season = (plots["water_peak_day_m3_per_s"] / plots["water_m3_per_s"].where(plots["water_m3_per_s"] > 0.0)).fillna(
        0.0
    )
    return plots["wastewater_m3_per_s"].fillna(0.0) * season


def _wastewater_flow(tree: DrainedTree, given: pd.Series, values: Values) -> np.ndarray:
    """Design flow [m3/s] by manhole: peak of what is gathered, and what seeps in."""
    base, term, most = (values.number(f"networks.sewer_peak_{name}") for name in ("base", "term", "most"))
    gathered = tree.gathered(tree.let_in(given))
    seeping = tree.gathered(tree.length_m) * values.number("networks.sewer_infiltration")
    return peak_wastewater_m3_per_s(gathered, base, term, most) + seeping


def outlets_of(layout: Layout, kind: str) -> pd.Series:
    """Level at which the tie-ins of a kind take water, by node; absent where the site does not say."""
    mine = layout.tie_ins[layout.tie_ins["kind"] == kind]
    if "level_m" not in mine or not len(mine):
        return pd.Series(dtype=float)
    return mine.groupby("node_id")["level_m"].min().dropna().astype(float)


def nothing(trade: str, *findings: Finding) -> Drainage:
    """No design, and why."""

    def empty(name: str) -> pd.DataFrame:
        table = TABLES[f"{trade}_{name}"]
        return pd.DataFrame(
            {c.name: [] for c in table if c.name != "phase"} | {"rank": []}, index=pd.Index([], name=table.key)
        )

    return Drainage(
        pipes=empty("pipes"),
        nodes=empty("nodes"),
        profiles=empty("profiles").drop(columns="rank"),
        elements=elements([], trade=trade, item="", quantity=0.0, unit="", location="", rank=0),
        totals={},
        inp="",
        findings=findings,
    )


def tree_to_drainage(
    trade: str,
    layout: Layout,
    trees: list[DrainedTree],
    flows: list[np.ndarray],
    values: Values,
    outlets: pd.Series,
) -> Drainage:
    """The cheapest of the trees, sized, proved and priced."""
    try:
        pipes, prices = pipes_of(values), prices_of(values)
    except InputError as fault:
        return nothing(trade, Finding(code=fault.code, severity="blocking", where=(f"catalogue:{fault.where}",)))
    rules = rules_of(values, trade)

    def size(drained: DrainedTree, flow: np.ndarray, fall: float | None) -> tuple[SewerTree, SewerSizing]:
        """Sized on the ground surveyed, or on one that falls evenly to the end."""
        outlet = outlets.reindex(drained.manholes.index).to_numpy(float)
        tree = drained.problem(flow, outlet)
        if fall is not None:
            tree = replace(tree, ground_m=fall * _way_out(tree), outlet_m=np.full(len(outlet), np.nan))
        return tree, size_sewers(tree, pipes, rules, prices)

    if layout.levels_known:
        tried = [size(drained, flow, None) for drained, flow in zip(trees, flows, strict=True)]
        best = min(range(len(tried)), key=lambda k: tried[k][1].amount)
        cases = dict.fromkeys(("_low", "", "_high"), tried[best])
    else:
        best, fall = 0, values.get("networks.ground_fall_unknown")
        cases = {"_low": size(trees[0], flows[0], fall.high), "_high": size(trees[0], flows[0], fall.low)}
    tree, sizing = cases["_high"]
    if len(sizing.stuck):
        return nothing(trade, _stuck(trees[best], tree, sizing))
    laid = {end: lay(*case, pipes, rules, prices) for end, case in cases.items() if not len(case[1].stuck)}
    ends = {
        e: amounts_of(laid[e], pipes_of(values, e), prices_of(values, e)) if e in laid else None
        for e in ("_low", "", "_high")
    }
    built = _tables(
        trade, trees[best], trees[best].first_rank(layout.connections["rank"]), laid["_high"], ends, labels_of(values)
    )
    return _proved(built, trees[best], laid["_high"], rules.manning, trade) if layout.levels_known else built


def _way_out(tree: SewerTree) -> np.ndarray:
    """Length [m] from each manhole to the end of its tree."""
    way = np.zeros(len(tree.parent))
    for i in tree.pipes[::-1]:
        way[i] = way[tree.parent[i]] + tree.length_m[i]
    return way


def _tables(
    trade: str, drained: DrainedTree, rank: np.ndarray, laid: Laid, ends: EndAmounts, labels: list[str]
) -> Drainage:
    known = ends[""] is not None
    at = laid.tree.pipes
    pipes = pipe_table(drained, laid, labels, rank, known)
    nodes = manhole_table(drained, laid, rank, known)
    for end, a in ends.items():
        pipes[f"cost_amount{end}"] = (a.pipe + a.trench)[at] if a is not None else np.nan
    works = works_elements(trade, drained.manholes.index, laid, labels, rank, nodes["location"].to_numpy(), ends)
    columns = [c.name for c in TABLES[f"{trade}_pipes"] if c.name != "phase"]
    return Drainage(
        pipes=pipes[[*columns, "rank"]],
        nodes=nodes,
        profiles=profile_table(drained, laid) if known else nothing(trade).profiles,
        elements=works,
        totals=_totals(trade, pipes, nodes, laid, ends),
        inp="",
        findings=() if known else (_no_levels(trade),),
    )


def _totals(trade: str, pipes: pd.DataFrame, nodes: pd.DataFrame, laid: Laid, ends: EndAmounts) -> dict[str, float]:
    known = ends[""] is not None
    last = laid.tree.parent[laid.tree.parent] < 0
    costs = {f"cost_amount{e}": a.total if a is not None else np.nan for e, a in ends.items()}
    row = {
        "length_m": float(pipes["length_m"].sum()),
        "offsite_length_m": float(pipes.loc[pipes["location"] == "offsite", "length_m"].sum()),
        "manholes": len(pipes),
        "flow_m3_per_s": float(laid.tree.flow_m3_per_s[(laid.tree.parent >= 0) & last].sum()),
        "depth_most_m": float(nodes["depth_m"].max()) if known else np.nan,
        "pumps": int(nodes["lift_m"].notna().sum()) if known else np.nan,
        **costs,
    }
    return {f"{trade}_{name}": value for name, value in row.items()}


# proof --------------------------------------------------------------------------------------------------


def _proved(built: Drainage, drained: DrainedTree, laid: Laid, manning: float, trade: str) -> Drainage:
    """The design with SWMM's fill and velocity, its file, and what SWMM finds wrong."""
    names = [str(n).replace(" ", "_").replace('"', "_").replace(";", "_") for n in drained.manholes.index]
    places = drained.manholes[["x_m", "y_m"]].to_numpy()
    text = swmm_text(laid.tree, laid.sizing, laid.inner_m, laid.fill, names, places, manning)
    try:
        state = run_swmm(text, names, laid.tree.parent, laid.inner_m)
    except SolverError as fault:
        found = Finding(code=fault.code, severity="warning", where=(trade,), params=dict(fault.params))
        return replace(built, inp=text, findings=(*built.findings, found))
    at = laid.tree.pipes
    pipes = built.pipes.assign(swmm_velocity_m_per_s=state.velocity_m_per_s[at], swmm_fill_ratio=state.fill_ratio[at])
    return replace(built, pipes=pipes, inp=text, findings=(*built.findings, *_swmm_remarks(state, pipes, built.nodes)))


def _swmm_remarks(state: SwmmState, pipes: pd.DataFrame, nodes: pd.DataFrame) -> list[Finding]:
    found = []
    full = pipes.index[pipes["swmm_fill_ratio"] > _SURCHARGED]
    wet = nodes.index[state.flooding_m3_per_s > 1e-6]
    for code, places in (("NET-SWMM-FULL", full), ("NET-SWMM-FLOOD", wet)):
        if len(places):
            where = tuple(f"pipe:{p}" if code == "NET-SWMM-FULL" else f"node:{p}" for p in places[:_NAMED])
            found.append(Finding(code=code, severity="blocking", where=where, params={"value": len(places)}))
    if abs(state.continuity_error) > _CONTINUITY:
        params = {"value": round(100.0 * abs(state.continuity_error), 1), "limit": 100.0 * _CONTINUITY, "unit": "%"}
        found.append(Finding(code="NET-SWMM-BALANCE", severity="warning", where=("pole",), params=params))
    return found


# remarks ------------------------------------------------------------------------------------------------


def _unreached(layout: Layout, given: pd.Series, tree: DrainedTree) -> tuple[Finding, ...]:
    """Plots that give wastewater and lie in a piece of the street network without a tie-in."""
    joined = layout.connections.index[layout.connections.index.isin(given.index[given > 0.0])]
    lost = joined.difference(tree.joins.index, sort=False)
    if not len(lost):
        return ()
    where = tuple(f"plot:{p}" for p in lost[:_NAMED])
    return (Finding(code="NET-SEWER-UNREACHED", severity="blocking", where=where, params={"value": len(lost)}),)


def _stuck(drained: DrainedTree, tree: SewerTree, sizing: SewerSizing) -> Finding:
    """Pipes that no diameter, level or pump serves."""
    at = sizing.stuck[sizing.stuck < len(tree.parent)]
    names = drained.manholes.index[at]
    params = {"value": round(1000.0 * float(tree.flow_m3_per_s[at].max(initial=0.0)), 1), "unit": "L/s"}
    return Finding(
        code="NET-DRAIN-STUCK", severity="blocking", where=tuple(f"node:{n}" for n in names[:_NAMED]), params=params
    )


def _high_tie_ins(layout: Layout, tree: DrainedTree) -> list[Finding]:
    """Tie-ins that take wastewater above the ground of every plot: all of it is lifted."""
    outlets = outlets_of(layout, "sewer")
    if not layout.levels_known or not len(outlets):
        return []
    highest = float(tree.manholes["ground_m"][: len(tree.pipes)].max())
    return [
        Finding(
            code="NET-SEWER-TIE-IN-HIGH",
            severity="warning",
            where=(f"node:{node}",),
            params={"value": round(float(level), 2), "limit": round(highest, 2), "unit": "m"},
        )
        for node, level in outlets.items()
        if level > highest
    ]


def _no_levels(trade: str) -> Finding:
    return Finding(code="NET-DRAIN-NO-LEVELS", severity="warning", where=(trade,))
