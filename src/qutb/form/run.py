"""The step: from plan, fabric and capacity to the form of plots, blocks and pole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
import shapely

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Finding, StepResult, Table
from qutb.form.checks import checks
from qutb.form.mix import balance, shannon
from qutb.form.network import (
    alpha,
    boundary_gaps,
    exposed_share,
    gamma,
    link_node_ratio,
    meshedness,
    orientation_entropy,
    orientation_order,
    segment_bearings,
    skeleton_counts,
)
from qutb.form.tables import (
    BLOCKS,
    COMPARATORS,
    LOW_COST_SEGMENTS,
    LOW_COST_USES,
    PLOTS,
    POLE,
    SALEABLE_USES,
)
from qutb.pack import Values
from qutb.plan import HOUSING_USES, Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Form", "run"]

_ECONOMIC_USES = ("retail", "office", "hotel", "industry", "logistics")
_PUBLIC_USES = ("facility", "worship", "sport", "green", "utility", "parking")
_FLOOR_GROUP = {
    **dict.fromkeys((*HOUSING_USES, "mixed"), "housing"),
    "retail": "retail",
    "office": "office",
    "hotel": "hotel",
    "industry": "industry",
    "logistics": "industry",
}
_FLOOR_GROUPS = 6  # the five above and public
_AT_BOUNDARY_M = 5.0  # a street drawn up to here from the outline is taken to leave the site


@dataclass(frozen=True, kw_only=True, eq=False)
class Form(StepResult):
    """Form of the plan by plot, block and pole, and its land balance beside known plans."""

    TABLES: ClassVar[Mapping[str, Table]] = {
        "pole": POLE,
        "blocks": BLOCKS,
        "plots": PLOTS,
        "comparators": COMPARATORS,
    }

    pole: pd.DataFrame
    blocks: pd.DataFrame
    plots: pd.DataFrame
    comparators: pd.DataFrame


def run(*, plan: Plan, fabric: Fabric, capacity: Capacity, site: Site, values: Values, ctx: Context = QUIET) -> Form:
    """Measure the form of a plan.

    Parameters
    ----------
    plan, fabric, capacity, site : the plan, what it draws, what it holds and where.
    values : limits and radii, keys ``form.*``.

    Returns
    -------
    Form
        One row a plot, a block and the pole; checks against limits that are comparators, not Moroccan law.
        A measure that the plan's grain cannot show is NaN and named in ``not_seen``.
    """
    plots = _plots(plan, fabric, capacity, values)
    ctx.report("form", 0.5)
    blocks = _blocks(plan, fabric, capacity, plots, values)
    row = _pole(plan, fabric, capacity, site, plots, blocks, values)
    unseen, hidden = _not_seen(plan, fabric, row)
    row |= dict.fromkeys(hidden, np.nan)
    judged = checks(row, values, hidden)
    return Form(
        pole=pd.DataFrame([row], index=pd.Index(["pole"], name="pole"))[[c.name for c in POLE if c.name != "pole"]],
        blocks=blocks,
        plots=plots.drop(columns=["footprint_m2"]),
        comparators=_comparators(row, values),
        checks=judged,
        findings=_findings(row, blocks, values),
        not_seen=unseen,
    )


def _over(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """Quotient by row; NaN where there is nothing to divide by."""
    return top / bottom.where(bottom > 0)


def _ratio(top: float, bottom: float) -> float:
    return float(top) / float(bottom) if bottom > 0 else np.nan


def _plots(plan: Plan, fabric: Fabric, capacity: Capacity, values: Values) -> pd.DataFrame:
    land = fabric.plots.reindex(plan.plots.index)
    held = capacity.plots.reindex(plan.plots.index)
    area = land["area_m2"]
    table = pd.DataFrame(index=plan.plots.index)
    table["floor_area_ratio"] = _over(held["floor_area_m2"], area)
    table["ground_coverage_ratio"] = _coverage(plan, table["floor_area_ratio"])
    table["mean_storeys"] = _over(table["floor_area_ratio"], table["ground_coverage_ratio"])
    table["open_space_ratio"] = _over(1 - table["ground_coverage_ratio"], table["floor_area_ratio"])
    table["dwelling_density_net_dwellings_per_m2"] = _over(held["dwellings"], area)
    table["frontage_m"] = land["frontage_m"]
    table["frontage_share"] = _over(land["frontage_m"], land["perimeter_m"])
    table["depth_m"] = _over(area, land["frontage_m"])
    table["aspect_ratio"] = _over(land["length_m"], land["width_m"])
    table["rectangularity"] = land["rectangularity"]
    table["compactness"] = land["compactness"]
    table["equivalent_rectangular_index"] = np.sqrt(land["rectangularity"]) * _over(
        2 * (land["length_m"] + land["width_m"]), land["perimeter_m"]
    )
    table["green_distance_m"] = _green_distance(plan, area, values)
    table["footprint_m2"] = table["ground_coverage_ratio"] * area
    return table


def _coverage(plan: Plan, floor_area_ratio: pd.Series) -> pd.Series:
    """Given coverage; else floor area ratio over storeys; nothing built covers nothing."""
    storeys = plan.plots["storeys"].astype("float64")
    given = plan.plots["ground_coverage_ratio"].astype("float64")
    derived = _over(floor_area_ratio, storeys).clip(upper=1.0)
    return given.fillna(derived).where(floor_area_ratio > 0, 0.0)


def _green_distance(plan: Plan, area: pd.Series, values: Values) -> pd.Series:
    """Straight distance [m] from each plot's centre to the nearest green large enough, NaN beyond reach."""
    reach = values.number("form.green_reach")
    counted = (plan.plots["use"] == "green") & (area >= values.number("form.green_area_counted"))
    distance = pd.Series(np.nan, index=plan.plots.index)
    shapes = plan.plots.geometry.to_numpy()
    greens = shapes[counted.to_numpy()]
    usable = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if not len(greens) or not len(usable):
        return distance
    tree = shapely.STRtree(greens)
    near, metres = tree.query_nearest(
        shapely.centroid(shapes[usable]), max_distance=reach, return_distance=True, all_matches=False
    )
    distance.iloc[usable[near[0]]] = metres
    return distance


def _blocks(plan: Plan, fabric: Fabric, capacity: Capacity, plots: pd.DataFrame, values: Values) -> pd.DataFrame:
    land = fabric.blocks
    held = capacity.blocks.reindex(land.index)
    area, floor = land["area_m2"], held["floor_area_m2"]
    footprint = plots["footprint_m2"].groupby(plan.plots["block_id"]).sum(min_count=1).reindex(land.index)
    functions = _functions(held)
    largest = functions.max(axis=1)
    table = pd.DataFrame(index=land.index)
    for column in ("area_m2", "perimeter_m", "longest_side_m", "plots"):
        table[column] = land[column]
    table["floor_area_ratio"] = _over(floor, area)
    table["ground_coverage_ratio"] = _over(footprint, area)
    table["mean_storeys"] = _over(table["floor_area_ratio"], table["ground_coverage_ratio"])
    table["open_space_ratio"] = _over(1 - table["ground_coverage_ratio"], table["floor_area_ratio"])
    table["dwelling_density_net_dwellings_per_m2"] = _over(held["dwellings"], area)
    table["population_density_people_per_m2"] = _over(held["population"], area)
    table["economic_floor_share"] = _over(held["economic_floor_area_m2"], floor)
    table["function_balance"] = _entropy(functions) / np.log(functions.shape[1])
    table["largest_function_share"] = largest
    table["single_function"] = largest >= values.number("form.single_function_share") - 1e-12
    return table


def _functions(held: pd.DataFrame) -> pd.DataFrame:
    """Shares of floor area for housing, economy and public functions by row; NaN where nothing is built."""
    floor = held["floor_area_m2"]
    housing = _over(held["residential_floor_area_m2"], floor)
    economy = _over(held["economic_floor_area_m2"], floor)
    return pd.DataFrame({"housing": housing, "economy": economy, "public": (1 - housing - economy).clip(lower=0.0)})


def _entropy(shares: pd.DataFrame) -> pd.Series:
    """-sum p ln p by row [nat]."""
    p = shares.to_numpy(dtype="float64")
    logs = np.log(np.where(p > 0, p, 1.0))
    return pd.Series(-(p * logs).sum(axis=1) + 0.0, index=shares.index)


def _pole(
    plan: Plan,
    fabric: Fabric,
    capacity: Capacity,
    site: Site,
    plots: pd.DataFrame,
    blocks: pd.DataFrame,
    values: Values,
) -> dict[str, float]:
    area = fabric.plots["area_m2"].reindex(plan.plots.index)
    return {
        **_densities(fabric, capacity, plots, area),
        **_land(plan, fabric, area),
        **_network(plan, fabric, capacity, site, values),
        **_sizes(fabric, plots, blocks),
        **_mix(plan, capacity, blocks),
        **_green(plan, fabric, capacity, plots, area),
    }


def _densities(fabric: Fabric, capacity: Capacity, plots: pd.DataFrame, area: pd.Series) -> dict[str, float]:
    whole, ground = capacity.pole.iloc[0], float(fabric.pole["site_area_m2"].iloc[0])
    held = capacity.plots.reindex(area.index)
    coverage = _ratio(plots["footprint_m2"].sum(), ground)
    floor = _ratio(whole["floor_area_m2"], ground)
    row = {}
    for end in ("_low", "", "_high"):
        row[f"population_density_people_per_m2{end}"] = _ratio(whole[f"population{end}"], ground)
        row[f"dwelling_density_gross_dwellings_per_m2{end}"] = _ratio(whole[f"dwellings{end}"], ground)
    return row | {
        "dwelling_density_net_dwellings_per_m2": _ratio(whole["dwellings"], area[held["dwellings"] > 0].sum()),
        "plot_density_plots_per_m2": _ratio(len(plots), ground),
        "floor_area_ratio_gross": floor,
        "floor_area_ratio_net": _ratio(whole["floor_area_m2"], area[held["floor_area_m2"] > 0].sum()),
        "ground_coverage_ratio": coverage,
        "mean_storeys": _ratio(floor, coverage),
        "open_space_ratio": _ratio(1 - coverage, floor),
    }


def _land(plan: Plan, fabric: Fabric, area: pd.Series) -> dict[str, float]:
    ground = float(fabric.pole["site_area_m2"].iloc[0])
    by_use = area.groupby(plan.plots["use"]).sum()

    def share(uses: tuple[str, ...]) -> float:
        return _ratio(float(by_use.reindex(list(uses)).sum()), ground)

    return {
        "housing_land_share": share((*HOUSING_USES, "mixed")),
        "economic_land_share": share(_ECONOMIC_USES),
        "facility_land_share": share(_PUBLIC_USES),
        "saleable_share": share(SALEABLE_USES),
    }


def _network(plan: Plan, fabric: Fabric, capacity: Capacity, site: Site, values: Values) -> dict[str, float]:
    whole = fabric.pole.iloc[0]
    ground, length = float(whole["site_area_m2"]), float(whole["street_length_m"])
    links, nodes, components = skeleton_counts(fabric.nodes, fabric.edges)
    gaps = boundary_gaps(site.boundary, _connections(fabric, site))
    return {
        "street_share": _ratio(whole["right_of_way_area_m2"], ground),
        "street_density_m_per_m2": _ratio(length, ground),
        "street_length_per_dwelling_m": _ratio(length, capacity.pole["dwellings"].iloc[0]),
        "intersection_density_per_m2": _ratio(whole["intersections"], ground),
        "link_node_ratio": link_node_ratio(links, nodes),
        "gamma": gamma(links, nodes),
        "alpha": alpha(links, nodes, components),
        "meshedness": meshedness(links, nodes),
        "dead_end_share": _ratio(whole["dead_ends"], nodes),
        "boundary_connection_spacing_m": float(gaps.mean()) if len(gaps) else np.nan,
        "boundary_connection_gap_max_m": float(gaps.max()) if len(gaps) else np.nan,
        **_directions(plan, values),
    }


def _connections(fabric: Fabric, site: Site) -> np.ndarray:
    """Nodes where a street leaves the site: tied to an existing road, or ending at the outline."""
    nodes = fabric.nodes
    points = shapely.points(nodes["x_m"].to_numpy(dtype="float64"), nodes["y_m"].to_numpy(dtype="float64"))
    at_edge = shapely.distance(points, shapely.boundary(site.boundary)) <= _AT_BOUNDARY_M
    leaves = nodes["tied"].to_numpy(dtype=bool) | (nodes["degree"].to_numpy() == 1)
    return np.asarray(points[at_edge & leaves])


def _directions(plan: Plan, values: Values) -> dict[str, float]:
    bearing, length = segment_bearings(plan.streets.geometry)
    entropy = orientation_entropy(bearing, length)
    wind = values.find("form.prevailing_wind_from")
    within = values.number("form.wind_exposure_angle")
    return {
        "orientation_entropy": entropy,
        "orientation_order": orientation_order(entropy),
        "wind_exposed_street_share": exposed_share(bearing, length, wind.central, within) if wind else np.nan,
    }


def _sizes(fabric: Fabric, plots: pd.DataFrame, blocks: pd.DataFrame) -> dict[str, float]:
    front = fabric.plots["frontage_m"]
    return {
        "block_area_median_m2": blocks["area_m2"].median(),
        "block_perimeter_median_m": blocks["perimeter_m"].median(),
        "block_longest_side_median_m": blocks["longest_side_m"].median(),
        "block_longest_side_max_m": blocks["longest_side_m"].max(),
        "plot_area_median_m2": fabric.plots["area_m2"].median(),
        "plot_aspect_ratio_median": plots["aspect_ratio"].median(),
        "plot_rectangularity_median": plots["rectangularity"].median(),
        "frontage_median_m": front.median(),
        "frontage_density_m_per_m2": _ratio(front.sum(), fabric.pole["site_area_m2"].iloc[0]),
    }


def _mix(plan: Plan, capacity: Capacity, blocks: pd.DataFrame) -> dict[str, float]:
    whole = capacity.pole.iloc[0]
    floors = _floor_by_use(plan, capacity)
    built = blocks["floor_area_ratio"] > 0
    home = capacity.plots["residential_floor_area_m2"].reindex(plan.plots.index)
    low_cost = plan.plots["segment"].isin(LOW_COST_SEGMENTS) | (
        plan.plots["segment"].isna() & plan.plots["use"].isin(LOW_COST_USES)
    )
    tenure = home.groupby(plan.plots["tenure"]).sum()
    groups = floors.groupby(floors.index.map(lambda use: _FLOOR_GROUP.get(use, "public"))).sum()
    return {
        "economic_floor_share": _ratio(whole["economic_floor_area_m2"], whole["floor_area_m2"]),
        "use_entropy": shannon(floors),
        "use_balance": balance(groups, _FLOOR_GROUPS),
        "single_function_block_share": _ratio(
            blocks.loc[built & blocks["single_function"], "area_m2"].sum(), blocks.loc[built, "area_m2"].sum()
        ),
        "low_cost_floor_share": _ratio(home[low_cost].sum(), home.sum()),
        "largest_tenure_share": _ratio(tenure.max() if len(tenure) else 0.0, tenure.sum()),
        "tenure_known_share": _ratio(tenure.sum(), home.sum()),
    }


def _floor_by_use(plan: Plan, capacity: Capacity) -> pd.Series:
    """Floor area [m2] by use; plots with several uses by the floors the plan gives them."""
    given = plan.plot_floors
    whole = capacity.plots["floor_area_m2"].reindex(plan.plots.index)
    whole = whole[~whole.index.isin(given["plot_id"])]
    uses = pd.concat([plan.plots["use"].reindex(whole.index), given["use"]], ignore_index=True)
    area = pd.concat([whole, given["floor_area_m2"]], ignore_index=True)
    return area.groupby(uses).sum()


def _green(plan: Plan, fabric: Fabric, capacity: Capacity, plots: pd.DataFrame, area: pd.Series) -> dict[str, float]:
    people = capacity.plots["population"].reindex(plan.plots.index)
    green = float(area[plan.plots["use"] == "green"].sum())
    return {
        "green_area_m2": green,
        "green_share": _ratio(green, fabric.pole["site_area_m2"].iloc[0]),
        "green_per_inhabitant_m2_per_people": _ratio(green, capacity.pole["population"].iloc[0]),
        "residents_near_green_share": _ratio(people[plots["green_distance_m"].notna()].sum(), people.sum()),
    }


def _not_seen(plan: Plan, fabric: Fabric, row: Mapping[str, float]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of what this grain of plan hides, and the measures that fall with it."""
    codes: list[str] = []
    hidden: list[str] = []
    if not len(plan.streets):
        codes.append("FORM-UNSEEN-STREETS")
        hidden += ["street_share", "street_density_m_per_m2", "street_length_per_dwelling_m"]
        hidden += ["intersection_density_per_m2", "boundary_connection_gap_max_m", "wind_exposed_street_share"]
    if not len(fabric.blocks):
        codes.append("FORM-UNSEEN-BLOCKS")
        hidden += ["single_function_block_share", "block_longest_side_max_m"]
    if len(plan.plots) and (plan.plots["detail"] != "lot").all():
        codes.append("FORM-UNSEEN-LOTS")
        hidden += ["plot_aspect_ratio_median", "plot_rectangularity_median", "plot_area_median_m2", "frontage_median_m"]
    if not row["tenure_known_share"] >= 1 - 1e-9:
        codes.append("FORM-UNSEEN-TENURE")
        hidden += ["largest_tenure_share"]
    return tuple(codes), tuple(hidden)


def _comparators(row: Mapping[str, float], values: Values) -> pd.DataFrame:
    prefix = "form.comparator."
    rows = []
    for key in values.keys(prefix):
        value = values.get(key)
        measure = key.removeprefix(prefix).partition(".")[0]
        rows.append(
            (key.removeprefix(prefix), measure, row[measure], value.central, value.unit, value.status, value.source)
        )
    names = ["comparator", *(c.name for c in COMPARATORS if c.name != "comparator")]
    return pd.DataFrame(rows, columns=names).set_index("comparator")


def _findings(row: Mapping[str, float], blocks: pd.DataFrame, values: Values) -> tuple[Finding, ...]:
    found = [*_single_function_blocks(row, blocks, values), *_far_from_green(row, values)]
    return tuple(found)


def _single_function_blocks(row: Mapping[str, float], blocks: pd.DataFrame, values: Values) -> list[Finding]:
    limit = values.limit("form.single_function_block_share_max")
    share = row["single_function_block_share"]
    if limit is None or not share > limit.central:
        return []
    where = tuple(f"block:{b}" for b in blocks.index[blocks["single_function"]])
    params = {"value": float(share), "limit": limit.central, "unit": "ratio", "blocks": len(where)}
    return [
        Finding(code="FORM-SPECIALISED-BLOCKS", severity="note", where=where, params=params, source=limit.reference)
    ]


def _far_from_green(row: Mapping[str, float], values: Values) -> list[Finding]:
    share = row["residents_near_green_share"]
    if not share < 1:
        return []
    params = {
        "value": 1 - float(share),
        "unit": "ratio",
        "reach": values.number("form.green_reach"),
        "size": values.number("form.green_area_counted"),
    }
    return [Finding(code="FORM-FAR-FROM-GREEN", severity="note", params=params)]
