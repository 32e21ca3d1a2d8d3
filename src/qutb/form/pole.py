"""The pole's row: form of the whole plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from qutb.plan import HOUSING_USES, Fabric, Plan, Words

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["pole_form"]

_GROUPED = {use for uses in FLOOR_GROUPS.values() for use in uses}


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
    index = plan.plots.index
    case = _Case(
        plan=plan,
        fabric=fabric,
        land=aligned(fabric.plots, index),
        held=aligned(capacity.plots, index),
        ground=fabric.pole.iloc[0].to_dict(),
        whole=capacity.pole.iloc[0].to_dict(),
        plots=plots,
        blocks=blocks,
    )
    return {
        **_densities(case),
        **_land(case),
        **_network(case, site, values),
        **_sizes(case),
        **_mix(case),
        **_green(case),
    }


@dataclass(frozen=True, eq=False, kw_only=True)
class _Case:
    """A plan to be measured: its plots in one order, and the rows of the pole."""

    plan: Plan
    fabric: Fabric
    land: pd.DataFrame
    held: pd.DataFrame
    ground: Mapping[str, float]
    whole: Mapping[str, float]
    plots: pd.DataFrame
    blocks: pd.DataFrame

    @property
    def site_area_m2(self) -> float:
        return float(self.ground["site_area_m2"])

    @property
    def area_m2(self) -> np.ndarray:
        return self.land["area_m2"].to_numpy("float64")

    def holds(self, measure: str) -> np.ndarray:
        return self.held[measure].to_numpy("float64")


def _densities(case: _Case) -> dict[str, float]:
    whole, ground, area = case.whole, case.site_area_m2, case.area_m2
    coverage = _ratio(np.nansum(case.plots["ground_coverage_ratio"].to_numpy() * area), ground)
    floor = _ratio(whole["floor_area_m2"], ground)
    row = {}
    for end in ("_low", "", "_high"):
        row[f"population_density_people_per_m2{end}"] = _ratio(whole[f"population{end}"], ground)
        row[f"dwelling_density_gross_dwellings_per_m2{end}"] = _ratio(whole[f"dwellings{end}"], ground)
    return row | {
        "dwelling_density_net_dwellings_per_m2": _ratio(
            whole["dwellings"], np.nansum(area[case.holds("dwellings") > 0])
        ),
        "plot_density_plots_per_m2": _ratio(len(case.plots), ground),
        "floor_area_ratio_gross": floor,
        "floor_area_ratio_net": _ratio(whole["floor_area_m2"], np.nansum(area[case.holds("floor_area_m2") > 0])),
        "ground_coverage_ratio": coverage,
        "mean_storeys": _ratio(floor, coverage),
        "open_space_ratio": _ratio(1 - coverage, floor),
    }


def _land(case: _Case) -> dict[str, float]:
    by_use = case.plan.words("use").sums(case.area_m2)

    def share(uses: tuple[str, ...]) -> float:
        return _ratio(sum(by_use.get(use, 0.0) for use in uses), case.site_area_m2)

    return {
        "housing_land_share": share((*HOUSING_USES, "mixed")),
        "economic_land_share": share(ECONOMIC_USES),
        "facility_land_share": share(PUBLIC_USES),
        "saleable_share": share(SALEABLE_USES),
    }


def _network(case: _Case, site: Site, values: Values) -> dict[str, float]:
    ground, length = case.site_area_m2, float(case.ground["street_length_m"])
    planned = case.fabric.edges["street_id"].isin(case.plan.streets.index)
    edges = case.fabric.edges[["from_node", "to_node"]][planned]
    links, nodes, components = skeleton_counts(edges)
    gaps = boundary_gaps(site.boundary, _connections(case.fabric, edges))
    return {
        "street_share": _ratio(case.ground["right_of_way_area_m2"], ground),
        "street_density_m_per_m2": _ratio(length, ground),
        "street_length_per_dwelling_m": _ratio(length, case.whole["dwellings"]),
        "intersection_density_per_m2": _ratio(case.ground["intersections"], ground),
        "link_node_ratio": link_node_ratio(links, nodes),
        "gamma": gamma(links, nodes),
        "alpha": alpha(links, nodes, components),
        "meshedness": meshedness(links, nodes),
        "dead_end_share": _ratio(case.ground["dead_ends"], nodes),
        "boundary_connection_spacing_m": float(gaps.mean()) if len(gaps) else np.nan,
        "boundary_connection_gap_max_m": float(gaps.max()) if len(gaps) else np.nan,
        **_directions(case.plan, values),
    }


def _connections(fabric: Fabric, edges: pd.DataFrame) -> np.ndarray:
    """Points where a street of the plan meets the outline of the site."""
    leaves = fabric.nodes[fabric.nodes["on_boundary"].astype(bool)]
    leaves = leaves[leaves.index.isin(set(edges["from_node"]) | set(edges["to_node"]))]
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


def _sizes(case: _Case) -> dict[str, float]:
    blocks, plots, front = case.blocks, case.plots, case.land["frontage_m"]
    return {
        "block_area_median_m2": blocks["area_m2"].median(),
        "block_perimeter_median_m": blocks["perimeter_m"].median(),
        "block_longest_side_median_m": blocks["longest_side_m"].median(),
        "block_longest_side_max_m": blocks["longest_side_m"].max(),
        "plot_area_median_m2": case.land["area_m2"].median(),
        "plot_aspect_ratio_median": plots["aspect_ratio"].median(),
        "plot_rectangularity_median": plots["rectangularity"].median(),
        "frontage_median_m": front.median(),
        "frontage_density_m_per_m2": _ratio(front.sum(), case.site_area_m2),
    }


def _mix(case: _Case) -> dict[str, float]:
    floors = _floor_by_use(case)
    groups = {group: sum(floors.get(use, 0.0) for use in uses) for group, uses in FLOOR_GROUPS.items()}
    public = sum(floor for use, floor in floors.items() if use not in _GROUPED)
    segment, home = case.plan.words("segment"), case.holds("residential_floor_area_m2")
    low_cost = segment.among(LOW_COST_SEGMENTS) | (segment.absent & case.plan.words("use").among(LOW_COST_USES))
    tenure, homes = case.plan.words("tenure").sums(home), np.nansum(home)
    return {
        "economic_floor_share": _ratio(case.whole["economic_floor_area_m2"], case.whole["floor_area_m2"]),
        "use_entropy": shannon(np.array(list(floors.values()))),
        "use_balance": balance(np.array([*groups.values(), public]), len(FLOOR_GROUPS) + 1),
        "single_function_block_share": _single_function_share(case.blocks),
        "low_cost_floor_share": _ratio(np.nansum(home[low_cost]), homes),
        "largest_tenure_share": _ratio(max(tenure.values(), default=0.0), sum(tenure.values())),
        "tenure_known_share": _ratio(sum(tenure.values()), homes),
    }


def _single_function_share(blocks: pd.DataFrame) -> float:
    """Of the land of blocks with floors on them."""
    area = blocks["area_m2"].to_numpy("float64")
    built = blocks["floor_area_ratio"].to_numpy("float64") > 0
    single = built & blocks["single_function"].to_numpy(bool)
    return _ratio(np.nansum(area[single]), np.nansum(area[built]))


def _floor_by_use(case: _Case) -> dict[str, float]:
    """Floor area [m2] by use; plots with several uses by the floors the plan gives them."""
    given = case.plan.plot_floors
    single = ~case.plan.plots.index.isin(given["plot_id"])
    floors = case.plan.words("use").sums(case.holds("floor_area_m2") * single)
    for use, floor in Words.of(given["use"]).sums(given["floor_area_m2"].to_numpy("float64")).items():
        floors[use] = floors.get(use, 0.0) + floor
    return floors


def _green(case: _Case) -> dict[str, float]:
    people, near = case.holds("population"), case.plots["greens_within_reach"].to_numpy() > 0
    green = float(np.nansum(case.area_m2[case.plan.words("use").among(["green"])]))
    return {
        "green_area_m2": green,
        "green_share": _ratio(green, case.site_area_m2),
        "green_per_inhabitant_m2_per_people": _ratio(green, case.whole["population"]),
        "residents_near_green_share": _ratio(np.nansum(people[near]), np.nansum(people)),
    }
