"""The same measures in plain geopandas, as a planner's notebook would compute them: the run beside ours."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from qutb.plan import Plan
from qutb.pole import Site

__all__ = ["plain_appraisal"]


def plain_appraisal(plan: Plan, site: Site) -> pd.Series:
    """Overlaps, gaps, land balance, densities, fronts and ratio cost with overlay, dissolve and buffer.

    It checks less than the steps do (no zones, land rows, phases, graph, people by age, facilities) and keeps
    nothing for the next run.
    """
    plots = plan.plots.reset_index()
    plots["area_m2"] = plots.area
    streets = plan.streets.copy()
    ways = gpd.GeoDataFrame(geometry=streets.buffer(streets["width_m"] / 2, cap_style="flat"), crs=plots.crs)
    pairs = gpd.sjoin(plots, plots, predicate="overlaps")
    outline = gpd.GeoDataFrame(geometry=[site.boundary], crs=plots.crs)
    gaps = gpd.overlay(outline, gpd.GeoDataFrame(geometry=[plots.union_all()], crs=plots.crs), how="difference")
    gaps = gpd.overlay(gaps, gpd.GeoDataFrame(geometry=[ways.union_all()], crs=plots.crs), how="difference")
    fronts = gpd.sjoin(plots, gpd.GeoDataFrame(geometry=ways.buffer(0.5), crs=plots.crs), predicate="intersects")
    blocks = plots.dissolve("block_id")
    floor = plots["area_m2"] * plots["floor_area_ratio"].fillna(0.0)
    housing = plots["use"].str.startswith(("housing", "self_build"))
    dwellings = (floor[housing] / 110.0).sum()
    balance = plots.groupby("use")["area_m2"].sum() / site.boundary.area
    street_length = streets.length.sum()
    return pd.Series(
        {
            "overlaps": len(pairs) / 2,
            "gap_area_m2": gaps.area.sum(),
            "plots_without_front": len(plots) - fronts["plot_id"].nunique(),
            "block_area_median_m2": blocks.area.median(),
            "dwellings": dwellings,
            "people": dwellings * 3.6,
            "street_density_m_per_m2": street_length / site.boundary.area,
            "street_share": 1 - balance.sum(),
            "cost": street_length * 9_000.0,
        }
    )
