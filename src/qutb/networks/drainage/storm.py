"""Storm drains: rain runs along streets until it is more than a street carries, then in drains to an outfall.

Flow by the method of the pack (Caquot or rational, :mod:`qutb.networks.drainage.flows`). Streets drain along the tree
of the sewers' rules to the tie-ins for storm water; where the site names none, to the lowest place where levels are
surveyed, else to where the sewers leave, and it is said. A basin at the outfall holds the design rain above the flow
that may be let out; drains are sized without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from qutb.core import QUIET, Context, Finding
from qutb.networks.bill import elements
from qutb.networks.drainage.book import WORKS
from qutb.networks.drainage.design import Drainage, nothing, outlets_of, tree_to_drainage
from qutb.networks.drainage.flows import Rain, caquot_m3_per_s, rain_of, rational_m3_per_s, retention_m3
from qutb.networks.drainage.routing import DrainedTree, drain_towards
from qutb.networks.layout import Layout
from qutb.pack import Values
from qutb.plan import Plan

__all__ = ["design_storm"]

_OPEN_USES = ("green", "sport", "land_reserve")
_RISE_WEIGHT = 50.0  # m of way that a metre of rise counts, where levels are surveyed


def design_storm(layout: Layout, plan: Plan, values: Values, *, ctx: Context = QUIET) -> Drainage:
    """Design the storm drains of a plan; empty where no street asks for one or nothing can take the water."""
    roots, remarks = _outfalls(layout)
    area = pd.Series(plan.plots.geometry.area.to_numpy(), index=plan.plots.index)
    if not roots or not area.sum() > 0.0:
        return nothing("storm", *remarks)
    weight = _RISE_WEIGHT if layout.levels_known else 0.0
    whole = drain_towards(layout, roots, area, values.number("networks.manhole_spacing"), weight)
    if not len(whole.pipes):
        return nothing("storm", *remarks)
    ctx.report("storm", 0.5)
    water = _gather(whole, layout, plan, area, values)
    flow = _flow_m3_per_s(whole, water, rain_of(values), values)
    on_street = values.number("networks.storm_street_flow")
    piped = flow[: len(whole.pipes)] > on_street
    volume = _retention_m3(whole, water, values)
    if piped.any():
        outlets = outlets_of(layout, "storm")
        design = tree_to_drainage("storm", layout, [whole.kept(piped)], [flow[whole.used(piped)]], values, outlets)
    else:
        params = {"value": round(1000.0 * float(flow.max())), "limit": round(1000.0 * on_street), "unit": "L/s"}
        design = nothing("storm", Finding(code="NET-STORM-ON-STREETS", severity="note", where=("pole",), params=params))
    return replace(
        design,
        elements=pd.concat([design.elements, _gullies(design, values), _basin(volume)]),
        totals=design.totals | {"storm_retention_m3": volume},
        findings=(*remarks, *design.findings),
    )


def _outfalls(layout: Layout) -> tuple[list[str], tuple[Finding, ...]]:
    """Nodes that take storm water, and what had to be assumed."""
    given = list(dict.fromkeys(layout.tie_in_nodes("storm")))
    if given:
        return given, ()
    if layout.levels_known:
        taken = [str(layout.nodes["level_m"].idxmin())]
    else:
        taken = list(dict.fromkeys(layout.tie_in_nodes("sewer")))
    code = "NET-STORM-NO-OUTFALL" if taken else "NET-STORM-NOWHERE"
    where = tuple(f"node:{n}" for n in taken) or ("pole",)
    return taken, (Finding(code=code, severity="warning", where=where),)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Water:
    """By manhole, of all that drains through it: area, runoff x area, length and slope of the longest way."""

    area_m2: np.ndarray
    active_m2: np.ndarray
    path_m: np.ndarray
    slope: np.ndarray


def _gather(tree: DrainedTree, layout: Layout, plan: Plan, area: pd.Series, values: Values) -> _Water:
    """Plots and the streets along the tree, gathered."""
    runoff = np.where(
        plan.words("use").among(_OPEN_USES),
        values.number("networks.runoff_open"),
        values.number("networks.runoff_built"),
    )
    width = layout.edges["width_m"].reindex(tree.pipes["edge_id"]).fillna(0.0).to_numpy()
    streets = np.zeros(len(tree.parent))
    streets[: len(tree.pipes)] = tree.pipes["length_m"].to_numpy() * width
    active = tree.let_in(area * runoff) + streets * values.number("networks.runoff_street")
    path, head = tree.longest()
    if layout.levels_known:
        ground = tree.manholes["ground_m"].to_numpy()
        slope = np.divide(ground[head] - ground, path, out=np.zeros(len(path)), where=path > 0.0)
    else:
        slope = np.full(len(path), values.number("networks.ground_fall_unknown"))
    return _Water(
        area_m2=tree.gathered(tree.let_in(area) + streets),
        active_m2=tree.gathered(active),
        path_m=path + tree.length_m,
        slope=slope,
    )


def _flow_m3_per_s(tree: DrainedTree, water: _Water, rain: Rain, values: Values) -> np.ndarray:
    """Design flow by manhole, never less than that of a manhole above."""
    runoff = water.active_m2 / np.maximum(water.area_m2, 1e-9)
    if rain.method == "caquot":
        flow = caquot_m3_per_s(rain, water.area_m2, runoff, water.slope, water.path_m)
    else:
        seconds = values.number("networks.storm_inlet_time") + water.path_m / values.number(
            "networks.storm_flow_velocity"
        )
        flow = rational_m3_per_s(rain, water.area_m2, runoff, seconds / 60.0)
    for i in np.flatnonzero(tree.parent >= 0):
        flow[tree.parent[i]] = max(flow[tree.parent[i]], flow[i])
    return flow


def _retention_m3(tree: DrainedTree, water: _Water, values: Values) -> float:
    """Volume of basins at all outfalls together."""
    ends = tree.parent < 0
    rain, release = rain_of(values), values.number("networks.storm_release")
    return sum(
        retention_m3(rain, float(active), release * float(area))
        for active, area in zip(water.active_m2[ends], water.area_m2[ends], strict=True)
    )


def _gullies(design: Drainage, values: Values) -> pd.DataFrame:
    """Gullies along the drains."""
    return elements(
        [f"storm-gullies:{p}" for p in design.pipes.index],
        trade="storm",
        item="storm.gully",
        quantity=design.pipes["length_m"].to_numpy(float) / values.number("cost.gully_spacing_m"),
        unit="gully",
        location=design.pipes["location"].to_numpy(),
        rank=design.pipes["rank"].to_numpy(),
    )


def _basin(volume_m3: float) -> pd.DataFrame:
    return elements(
        ["storm-basin"],
        trade="storm",
        catalogue=WORKS,
        item="retention_basin",
        quantity=volume_m3,
        unit="m3",
        location="onsite",
        rank=0,
    )
