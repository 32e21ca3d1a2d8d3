"""The pole's row: form of the whole plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from qutb.capacity import Capacity
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
from qutb.form.plots import aligned
from qutb.form.tables import (
    ECONOMIC_USES,
    FLOOR_GROUPS,
    LOW_COST_SEGMENTS,
    LOW_COST_USES,
    PUBLIC_USES,
    SALEABLE_USES,
)
from qutb.pack import Values
from qutb.plan import HOUSING_USES, Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["pole_form"]

_GROUP_OF = {use: group for group, uses in FLOOR_GROUPS.items() for use in uses}


def _ratio(top: float, bottom: float) -> float:
    return float(top) / float(bottom) if bottom > 0 else np.nan


def pole_form(
    plan: Plan,
    fabric: Fabric,
    capacity: Capacity,
    site: Site,
    plots: pd.DataFrame,
    blocks: pd.DataFrame,
    values: Values,
) -> dict[str, float]:
    """One number a measure of the table ``pole``."""
    area = aligned(fabric.plots, plan.plots.index)["area_m2"]
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
    held = aligned(capacity.plots, area.index)
    coverage = _ratio((plots["ground_coverage_ratio"] * area).sum(), ground)
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
        "economic_land_share": share(ECONOMIC_USES),
        "facility_land_share": share(PUBLIC_USES),
        "saleable_share": share(SALEABLE_USES),
    }


def _network(plan: Plan, fabric: Fabric, capacity: Capacity, site: Site, values: Values) -> dict[str, float]:
    whole = fabric.pole.iloc[0]
    ground, length = float(whole["site_area_m2"]), float(whole["street_length_m"])
    edges = fabric.edges[fabric.edges["street_id"].isin(plan.streets.index)]
    links, nodes, components = skeleton_counts(edges)
    gaps = boundary_gaps(site.boundary, _connections(fabric, edges))
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


def _connections(fabric: Fabric, edges: pd.DataFrame) -> np.ndarray:
    """Points where a street of the plan meets the outline of the site."""
    ends = set(edges["from_node"]) | set(edges["to_node"])
    leaves = fabric.nodes[fabric.nodes["on_boundary"].astype(bool) & fabric.nodes.index.isin(ends)]
    return np.asarray(shapely.points(leaves["x_m"].to_numpy("float64"), leaves["y_m"].to_numpy("float64")))


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
    home = aligned(capacity.plots, plan.plots.index)["residential_floor_area_m2"]
    low_cost = plan.plots["segment"].isin(LOW_COST_SEGMENTS) | (
        plan.plots["segment"].isna() & plan.plots["use"].isin(LOW_COST_USES)
    )
    tenure = home.groupby(plan.plots["tenure"]).sum()
    groups = floors.groupby([_GROUP_OF.get(use, "public") for use in floors.index]).sum()
    return {
        "economic_floor_share": _ratio(whole["economic_floor_area_m2"], whole["floor_area_m2"]),
        "use_entropy": shannon(floors),
        "use_balance": balance(groups, len(FLOOR_GROUPS) + 1),
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
    whole = aligned(capacity.plots, plan.plots.index)["floor_area_m2"]
    single = ~whole.index.isin(given["plot_id"])
    uses = pd.concat([plan.plots["use"][single], given["use"]], ignore_index=True)
    area = pd.concat([whole[single], given["floor_area_m2"]], ignore_index=True)
    return area.groupby(uses).sum()


def _green(plan: Plan, fabric: Fabric, capacity: Capacity, plots: pd.DataFrame, area: pd.Series) -> dict[str, float]:
    people = aligned(capacity.plots, plan.plots.index)["population"]
    green = float(area[plan.plots["use"] == "green"].sum())
    return {
        "green_area_m2": green,
        "green_share": _ratio(green, fabric.pole["site_area_m2"].iloc[0]),
        "green_per_inhabitant_m2_per_people": _ratio(green, capacity.pole["population"].iloc[0]),
        "residents_near_green_share": _ratio(people[plots["greens_within_reach"] > 0].sum(), people.sum()),
    }
