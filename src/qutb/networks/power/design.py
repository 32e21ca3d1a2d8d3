"""Power and public lighting of a plan: from layout and demand to tables, elements and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from qutb.core import QUIET, Context, Effort, Finding, InputError, SolverError
from qutb.networks.bill import elements
from qutb.networks.demand import Demand
from qutb.networks.layout import Layout
from qutb.networks.power.book import (
    CABLES,
    TRANSFORMERS,
    PowerRules,
    cable_rows,
    cables_of,
    rules_of,
    transformer_rows,
)
from qutb.networks.power.flow import Flow, run_flow
from qutb.networks.power.network import Branches, Grid, Loads, plan_grid
from qutb.networks.power.placing import Street
from qutb.networks.power.radial import coincident_w
from qutb.networks.power.tables import TABLES
from qutb.pack import CatalogueRow, Values

__all__ = ["Power", "design_power"]

_NAMED = 20
_PRICES: Mapping[str, str] = {"_low": "low", "": "central", "_high": "high"}
_LEAST_M = 0.1
_SLACK = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Power:
    """``lines``, ``nodes``, ``substations`` as :data:`TABLES` says, with ``rank`` in place of phase; ``elements`` for
    the bill; ``totals`` of the pole; ``json`` the pandapower network (empty in a draft).
    """

    lines: pd.DataFrame
    nodes: pd.DataFrame
    substations: pd.DataFrame
    elements: pd.DataFrame
    totals: dict[str, float]
    json: str
    findings: tuple[Finding, ...]


def design_power(
    layout: Layout, demand: Demand, values: Values, *, effort: Effort = "standard", ctx: Context = QUIET
) -> Power:
    """Design the power network of a plan; empty, with what stops it among the findings, where there is none to design.

    In a draft the sweep alone judges; else pandapower does, and gives its file.
    """
    roots = layout.nodes.index.get_indexer(list(dict.fromkeys(layout.tie_in_nodes("power"))))
    if not len(roots):
        return _nothing(Finding(code="NET-POWER-NO-TIE-IN", severity="blocking", where=("pole",)))
    ways = _ways(layout, roots)
    lights = _lights(layout, values)
    plots = demand.plots.loc[demand.plots["power_w"] > 0.0, "power_w"]
    joined = layout.connections.loc[layout.connections.index.isin(plots.index)]
    served = joined[joined["edge_id"].isin(ways.index)]
    lost = _unreached(joined.index.difference(served.index, sort=False))
    if not len(served):
        found = () if lost else (Finding(code="NET-POWER-NO-LOAD", severity="warning", where=("pole",)),)
        return _nothing(*lost, *found)
    try:
        rules, transformers = rules_of(values), transformer_rows(values)
        books = {level: cable_rows(values, level) for level in ("mv", "lv")}
    except InputError as fault:
        where = (f"catalogue:{fault.where}",)
        return _nothing(Finding(code=fault.code, severity="blocking", where=where, params=dict(fault.params)))
    places = pd.Index(layout.nodes.index)
    street = Street(
        nodes=len(places),
        tail=places.get_indexer(ways["from_node"]),
        head=places.get_indexer(ways["to_node"]),
        length_m=np.maximum(ways["length_m"].to_numpy(float), _LEAST_M),
    )
    loads = _loads(layout, ways, served, plots, lights, rules, values)
    cables = {level: cables_of(rows, level, rules) for level, rows in books.items()}
    grid = plan_grid(street, loads, roots, rules, cables, transformers, effort=effort, ctx=ctx)
    if grid.stuck:
        return _nothing(*lost, *_stuck(layout, grid))
    built = _tables(layout, ways, grid, loads, rules, books)
    works = [built.elements, _connections(served), _light_elements(layout, lights)]
    built = replace(
        built,
        elements=pd.concat(works),
        totals=built.totals | _light_totals(lights, values) | _costs(works, values),
        findings=lost,
    )
    return built if effort == "draft" else _proved(layout, built, grid, rules)


def _ways(layout: Layout, roots: np.ndarray) -> pd.DataFrame:
    """Ways that a tie-in reaches."""
    reached = layout.nodes["component"].iloc[roots].unique()
    return layout.edges[layout.edges["component"].isin(reached)]


def _lights(layout: Layout, values: Values) -> pd.Series:
    """Light points along each street to be built, by edge_id."""
    streets = layout.edges[(layout.edges["location"] == "onsite") & ~layout.edges["existing"].astype(bool)]
    sides = np.where(streets["width_m"] >= values.number("cost.light_both_sides_from_m"), 2.0, 1.0)
    return np.ceil(streets["length_m"] * sides / values.number("cost.light_spacing_m") - 1e-9).astype(int)


def _loads(
    layout: Layout,
    ways: pd.DataFrame,
    served: pd.DataFrame,
    plots: pd.Series,
    lights: pd.Series,
    rules: PowerRules,
    values: Values,
) -> Loads:
    """Plots and lights as loads: a plot at the nearer end of its way, lights half at each end of theirs."""
    places = pd.Index(layout.nodes.index)
    row = ways.index.get_indexer(served["edge_id"])
    node = places.get_indexer(served["node_id"])
    length = ways["length_m"].to_numpy(float)[row]
    along = np.clip(served["along_m"].to_numpy(float), 0.0, length)
    first = places.get_indexer(ways["from_node"])[row] == node
    power = plots.loc[served.index].to_numpy(float)
    large = power >= rules.mv_customer_w
    lit = lights[lights.index.isin(ways.index) & (lights > 0)]
    street = np.tile(ways.index.get_indexer(lit.index), 2)
    end = np.concatenate([places.get_indexer(ways[end])[street[: len(lit)]] for end in ("from_node", "to_node")])
    watts = np.tile(lit.to_numpy(float) * values.number("networks.lighting_power") / 2.0, 2)
    fed = np.isin(end, node[~large])  # where low voltage comes for plots; elsewhere the lights' own cable does
    street, end, watts = street[fed], end[fed], watts[fed]
    return Loads(
        power_w=np.append(power, watts),
        node=np.append(node, end),
        way=np.append(row, street),
        from_node_m=np.append(np.where(first, along, length - along), np.zeros(len(end))),
        rank=np.append(
            served["rank"].to_numpy(int), np.minimum(ways["rank"].to_numpy(int)[street], len(layout.phases) - 1)
        ),
        large=np.append(large, np.zeros(len(end), bool)),
    )


# tables -------------------------------------------------------------------------------------------------


def _tables(
    layout: Layout,
    ways: pd.DataFrame,
    grid: Grid,
    loads: Loads,
    rules: PowerRules,
    books: dict[str, list[CatalogueRow]],
) -> Power:
    names = np.array([f"S{k + 1:03d}" for k in range(len(grid.placed.node))], dtype=object)
    levels = {"mv": grid.mv, "lv": grid.lv}
    lines = pd.concat([_lines(layout, ways, level, b, names, books[level]) for level, b in levels.items()])
    nodes = pd.concat([_nodes(layout, ways, level, b, names) for level, b in levels.items()], ignore_index=True)
    substations = _substations(layout, grid, names, rules)
    return Power(
        lines=lines,
        nodes=nodes.rename_axis("row"),
        substations=substations,
        elements=pd.concat([_cable_elements(lines), _station_elements(substations)]),
        totals=_totals(grid, lines, substations, loads, rules),
        json="",
        findings=(),
    )


def _lines(
    layout: Layout, ways: pd.DataFrame, level: str, branches: Branches, names: np.ndarray, book: list[CatalogueRow]
) -> pd.DataFrame:
    """Lines of a level, one by branch."""
    feeders, at = branches.feeders, branches.feeders.branches
    option = branches.sized.option[at]
    pick, circuits = branches.cables.row[option], branches.cables.circuits[option]
    way, station = ways.iloc[branches.way[at]], branches.substation[at]
    node = layout.nodes.index.to_numpy()
    begin, end = node[branches.place[feeders.feeder[at]]], node[branches.place[at]]
    owner = [names[k] if k >= 0 else None for k in station]
    length = feeders.length_m[at]
    index = [
        f"{level if k < 0 else names[k]}/{edge}" + (f"/{b}" if stub else "")
        for k, edge, b, stub in zip(station, way.index, begin, branches.stub[at], strict=True)
    ]
    return pd.DataFrame(
        {
            "level": level,
            "substation_id": owner,
            "edge_id": way.index.to_numpy(),
            "street_id": way["street_id"].to_numpy(),
            "from_node": begin,
            "to_node": end,
            "length_m": length,
            "location": way["location"].to_numpy(),
            "rank": np.minimum(branches.rank[at], len(layout.phases) - 1),
            "cable": [book[k]["cable"] for k in pick],
            "circuits": circuits,
            "power_drawn_w": feeders.power_w[at],
            "current_a": branches.sized.current_a[at],
            "loading_ratio": branches.sized.current_a[at] / branches.cables.current_a[option],
            "flow_loading_ratio": np.nan,
            **{
                f"cost_amount{e}": length * circuits * np.array([float(book[k][name]) for k in pick])
                for e, name in _PRICES.items()
            },
            "geometry": _geometry(way, begin, length),
        },
        index=pd.Index(index, name="line_id"),
    )


def _geometry(way: pd.DataFrame, begin: np.ndarray, length_m: np.ndarray) -> np.ndarray:
    """Each way from the node that feeds, as far as the line goes."""
    whole = way["geometry"].to_numpy()
    line = np.where(way["from_node"].to_numpy() == begin, whole, shapely.reverse(whole))
    part = length_m < shapely.length(line) - 1e-6
    cut = [substring(w, 0.0, m) if p else w for w, m, p in zip(line, length_m, part, strict=True)]
    return np.array(cut, dtype=object)


def _nodes(layout: Layout, ways: pd.DataFrame, level: str, branches: Branches, names: np.ndarray) -> pd.DataFrame:
    place = layout.nodes.iloc[branches.place]
    edge = ways.index.to_numpy()[branches.way]
    label = [f"{n}/{e}" if stub else n for n, e, stub in zip(place.index, edge, branches.stub, strict=True)]
    return pd.DataFrame(
        {
            "node_id": label,
            "level": level,
            "substation_id": [names[k] if k >= 0 else None for k in branches.substation],
            "x_m": place["x_m"].to_numpy(),
            "y_m": place["y_m"].to_numpy(),
            "voltage_ratio": branches.sized.voltage_ratio,
            "flow_voltage_ratio": np.nan,
        }
    )


def _substations(layout: Layout, grid: Grid, names: np.ndarray, rules: PowerRules) -> pd.DataFrame:
    place = layout.nodes.iloc[grid.placed.node]
    number, rows = grid.placed.transformers, grid.transformer
    return pd.DataFrame(
        {
            "node_id": place.index.to_numpy(),
            "x_m": place["x_m"].to_numpy(),
            "y_m": place["y_m"].to_numpy(),
            "transformer": [row["transformer"] for row in rows],
            "transformers": number,
            "rated_va": number * np.array([float(row["kva"]) for row in rows]) * 1000.0,
            "load_va": grid.substation_w / rules.factor,
            "location": place["location"].to_numpy(),
            "rank": np.minimum(grid.substation_rank, len(layout.phases) - 1),
            **{f"cost_amount{e}": number * np.array([float(row[name]) for row in rows]) for e, name in _PRICES.items()},
        },
        index=pd.Index(names, name="substation_id"),
    )


def _totals(
    grid: Grid, lines: pd.DataFrame, substations: pd.DataFrame, loads: Loads, rules: PowerRules
) -> dict[str, float]:
    laid = lines["length_m"] * lines["circuits"]
    voltages = np.append(grid.mv.sized.voltage_ratio, grid.lv.sized.voltage_ratio)
    asked = coincident_w(loads.power_w.sum(), rules.load_w, rules.many) / rules.factor
    return {
        "power_load_va": float(asked),
        "power_rated_va": float(substations["rated_va"].sum()),
        "power_substations_count": len(substations),
        "power_mv_length_m": float(laid[lines["level"] == "mv"].sum()),
        "power_lv_length_m": float(laid[lines["level"] == "lv"].sum()),
        "power_offsite_length_m": float(laid[lines["location"] == "offsite"].sum()),
        "power_voltage_least_ratio": float(voltages.min()),
        "power_loading_most_ratio": float(lines["loading_ratio"].max()),
        "power_losses_w": float(grid.mv.sized.losses_w.sum() + grid.lv.sized.losses_w.sum()),
    }


# elements -----------------------------------------------------------------------------------------------


def _cable_elements(lines: pd.DataFrame) -> pd.DataFrame:
    return elements(
        [f"power:{i}" for i in lines.index],
        trade="power",
        catalogue=CABLES,
        item=lines["cable"].to_numpy(),
        quantity=(lines["length_m"] * lines["circuits"]).to_numpy(float),
        unit="m",
        location=lines["location"].to_numpy(),
        rank=lines["rank"].to_numpy(),
    )


def _station_elements(substations: pd.DataFrame) -> pd.DataFrame:
    return elements(
        [f"power-substation:{i}" for i in substations.index],
        trade="power",
        catalogue=TRANSFORMERS,
        item=substations["transformer"].to_numpy(),
        quantity=substations["transformers"].to_numpy(float),
        unit="station",
        location=substations["location"].to_numpy(),
        rank=substations["rank"].to_numpy(),
    )


def _connections(served: pd.DataFrame) -> pd.DataFrame:
    return elements(
        [f"power-connection:{p}" for p in served.index],
        trade="power",
        item="power.connection",
        quantity=1.0,
        unit="connection",
        location="onsite",
        rank=served["rank"].to_numpy(),
    )


def _light_elements(layout: Layout, lights: pd.Series) -> pd.DataFrame:
    rank = np.minimum(layout.edges["rank"].reindex(lights.index).to_numpy(int), len(layout.phases) - 1)
    return elements(
        [f"lighting:{e}" for e in lights.index],
        trade="lighting",
        item="lighting.point",
        quantity=lights.to_numpy(float),
        unit="point",
        location="onsite",
        rank=rank,
    )


def _light_totals(lights: pd.Series, values: Values) -> dict[str, float]:
    points = int(lights.sum())
    return {"lighting_points": points, "lighting_power_w": points * values.number("networks.lighting_power")}


def _costs(works: list[pd.DataFrame], values: Values) -> dict[str, float]:
    """Elements x prices, as the bill will have them."""
    totals = dict.fromkeys((f"power_cost_amount{e}" for e in _PRICES), 0.0)
    for part in works:
        for catalogue, rows in part.groupby("catalogue"):
            book = {next(iter(row.values())): row for row in values.catalogue(str(catalogue))}
            amount = rows.groupby("item")["quantity"].sum()
            for end, name in _PRICES.items():
                totals[f"power_cost_amount{end}"] += sum(
                    float(q) * float(book[item][name]) for item, q in amount.items() if item in book
                )
    return totals


# proof and remarks --------------------------------------------------------------------------------------


def _proved(layout: Layout, built: Power, grid: Grid, rules: PowerRules) -> Power:
    """The design with pandapower's voltages and loadings, its file, and what it finds wrong."""
    nodes = layout.nodes
    try:
        flow = run_flow(grid, nodes["x_m"].to_numpy(), nodes["y_m"].to_numpy(), nodes.index.astype(str).tolist())
    except SolverError as fault:
        found = Finding(code=fault.code, severity="warning", where=("power",), params=dict(fault.params))
        return replace(built, findings=(*built.findings, found))
    lines = built.lines.assign(flow_loading_ratio=np.append(flow.mv_loading, flow.lv_loading))
    places = built.nodes.assign(flow_voltage_ratio=np.append(flow.mv_voltage, flow.lv_voltage))
    return replace(
        built,
        lines=lines,
        nodes=places,
        totals=built.totals | {"power_losses_w": flow.losses_w},
        json=flow.json,
        findings=(*built.findings, *_flow_remarks(built, lines, places, flow, rules)),
    )


def _flow_remarks(
    built: Power, lines: pd.DataFrame, nodes: pd.DataFrame, flow: Flow, rules: PowerRules
) -> list[Finding]:
    """Voltages below both falls together; lines and transformers beyond what they may carry, their spare used."""
    found = []
    limit = 1.0 - rules.most_fall["mv"] - rules.most_fall["lv"]
    low = nodes[nodes["flow_voltage_ratio"] < limit - _SLACK]
    if len(low):
        where = tuple(f"node:{n}" for n in low.sort_values("flow_voltage_ratio")["node_id"].head(_NAMED))
        worst = round(100.0 * float(low["flow_voltage_ratio"].min()), 1)
        params = {"count": len(low), "value": worst, "limit": round(100.0 * limit, 1), "unit": "%"}
        found.append(Finding(code="NET-POWER-LOW-VOLTAGE", severity="blocking", where=where, params=params))
    kept = 1.0 - rules.spare
    hot = [f"line:{i}" for i in lines.index[kept * lines["flow_loading_ratio"] > 1.0]]
    hot += [f"substation:{i}" for i in built.substations.index[flow.transformer_loading > 1.0]]
    if hot:
        params = {"count": len(hot)}
        found.append(Finding(code="NET-POWER-OVERLOAD", severity="blocking", where=tuple(hot[:_NAMED]), params=params))
    return found


def _unreached(plots: pd.Index) -> tuple[Finding, ...]:
    """Plots that draw power in a piece of the street network without a tie-in."""
    if not len(plots):
        return ()
    where = tuple(f"plot:{p}" for p in plots[:_NAMED])
    return (Finding(code="NET-POWER-UNREACHED", severity="blocking", where=where, params={"value": len(plots)}),)


def _stuck(layout: Layout, grid: Grid) -> list[Finding]:
    """Branches that no cable of the catalogue serves, by level."""
    found = []
    for level, branches in (("mv", grid.mv), ("lv", grid.lv)):
        at = branches.sized.stuck
        if len(at):
            nodes = layout.nodes.index[branches.place[at]]
            power = round(float(branches.feeders.power_w[at].max()) / 1000.0)
            params = {"level": level, "value": power, "unit": "kW"}
            where = tuple(f"node:{n}" for n in nodes[:_NAMED])
            found.append(Finding(code="NET-POWER-STUCK", severity="blocking", where=where, params=params))
    return found


def _nothing(*findings: Finding) -> Power:
    """No design, and why."""

    def empty(name: str) -> pd.DataFrame:
        columns = [c.name for c in TABLES[name] if c.name != "phase"]
        ranked = [*columns, "rank"] if "phase" in TABLES[name] else columns
        return pd.DataFrame({c: [] for c in ranked}, index=pd.Index([], name=TABLES[name].key))

    return Power(
        lines=empty("power_lines"),
        nodes=empty("power_nodes"),
        substations=empty("power_substations"),
        elements=elements([], trade="power", item="", quantity=0.0, unit="", location="", rank=0),
        totals={},
        json="",
        findings=findings,
    )
