"""What is to be built, by ratio until the networks are designed: one small function a trade.

Each takes the ground and the pack's ratios and gives lines ``price_key -> (quantity by phase, unit)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import Location, WorkItem, work_package_name
from qutb.pack import Values
from qutb.plan import Fabric, Plan

__all__ = ["UNPHASED", "Ground", "Trade", "ground_of", "is_served", "work_items"]

UNPHASED = "unphased"
MAIN_CLASSES = ("arterial", "collector")
WHEELED_CLASSES = ("arterial", "collector", "local", "lane")
NOT_SERVED = ("green", "land_reserve")

Lines = Mapping[str, tuple[pd.Series, str]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """Measures of the plan by phase [SI], in the order of the phases; streets that exist are left out."""

    phases: tuple[str, ...]
    site_area_m2: float
    land_m2: pd.Series
    carriageway_main_m2: pd.Series
    carriageway_local_m2: pd.Series
    footway_m2: pd.Series
    street_length_m: pd.Series
    wheeled_length_m: pd.Series
    lit_sides_m: pd.Series
    green_m2: pd.Series
    plots_served: pd.Series
    dwellings: pd.Series
    economic_floor_m2: pd.Series

    @property
    def first(self) -> pd.Series:
        """One in the first phase, zero in the others."""
        return pd.Series([1.0] + [0.0] * (len(self.phases) - 1), index=list(self.phases))


@dataclass(frozen=True, kw_only=True)
class Trade:
    """A trade and the function that gives its lines."""

    name: str
    location: Location
    lines: Callable[[Ground, Values], Lines]


def is_served(plan: Plan) -> pd.Series:
    """Plots that get connections: all but green and land reserve."""
    return ~plan.plots["use"].isin(NOT_SERVED)


def ground_of(plan: Plan, fabric: Fabric, capacity: Capacity, values: Values) -> Ground:
    """Sum up by phase what the trades need."""
    plots, streets = _plots(plan, fabric, capacity), _streets(plan, fabric, values)
    phases = _phases(plan, plots["phase"], streets["phase"])

    def by_phase(table: pd.DataFrame, column: str, of: pd.Series | None = None) -> pd.Series:
        rows = table if of is None else table[of]
        return rows.groupby("phase")[column].sum().reindex(phases).fillna(0.0).astype("float64")

    main, wheeled = streets["street_class"].isin(MAIN_CLASSES), streets["street_class"].isin(WHEELED_CLASSES)
    return Ground(
        phases=phases,
        site_area_m2=float(fabric.pole["site_area_m2"].iloc[0]),
        land_m2=by_phase(plots, "area_m2") + by_phase(streets, "area_m2"),
        carriageway_main_m2=by_phase(streets, "carriageway_m2", main),
        carriageway_local_m2=by_phase(streets, "carriageway_m2", ~main),
        footway_m2=by_phase(streets, "footway_m2"),
        street_length_m=by_phase(streets, "length_m"),
        wheeled_length_m=by_phase(streets, "length_m", wheeled),
        lit_sides_m=by_phase(streets, "lit_sides_m"),
        green_m2=by_phase(plots, "area_m2", plots["use"] == "green"),
        plots_served=by_phase(plots, "served"),
        dwellings=by_phase(plots, "dwellings"),
        economic_floor_m2=by_phase(plots, "economic_floor_area_m2"),
    )


def _plots(plan: Plan, fabric: Fabric, capacity: Capacity) -> pd.DataFrame:
    index = plan.plots.index
    table = pd.DataFrame({"use": plan.plots["use"], "phase": plan.plots["phase"].fillna(UNPHASED)}, index=index)
    table["area_m2"] = fabric.plots["area_m2"].reindex(index)
    table["served"] = is_served(plan).astype("float64")
    for column in ("dwellings", "economic_floor_area_m2"):
        table[column] = capacity.plots[column].reindex(index)
    return table


def _streets(plan: Plan, fabric: Fabric, values: Values) -> pd.DataFrame:
    built = plan.streets[plan.streets["status"] != "existing"]
    table = pd.DataFrame({"street_class": built["street_class"], "phase": built["phase"].fillna(UNPHASED)})
    measured = fabric.streets.reindex(built.index)
    width = built["width_m"].astype("float64")
    table["length_m"] = measured["length_m"]
    table["area_m2"] = measured["right_of_way_area_m2"].fillna(table["length_m"] * width)
    share = {c: values.number(f"cost.carriageway_share.{c}") for c in sorted(set(table["street_class"]))}
    table["carriageway_m2"] = table["area_m2"] * table["street_class"].map(share).astype("float64")
    table["footway_m2"] = table["area_m2"] - table["carriageway_m2"]
    both = width >= values.number("cost.light_both_sides_from_m")
    table["lit_sides_m"] = table["length_m"] * np.where(both, 2.0, 1.0)
    return table


def _phases(plan: Plan, *used: pd.Series) -> tuple[str, ...]:
    """Phases by rank, then those used without being listed, then the land of none."""
    listed = list(plan.phases.sort_values("rank", kind="stable").index)
    others = sorted({str(p) for series in used for p in series} - set(listed) - {UNPHASED})
    rest = [UNPHASED] if any((series == UNPHASED).any() for series in used) else []
    return tuple([*listed, *others, *rest] or [UNPHASED])


def _site_preparation(g: Ground, values: Values) -> Lines:
    return {"site_preparation.clearing": (g.land_m2, "m2")}


def _earthworks(g: Ground, values: Values) -> Lines:
    return {"earthworks.grading": (g.land_m2, "m2")}


def _roads(g: Ground, values: Values) -> Lines:
    return {
        "roads.carriageway_main": (g.carriageway_main_m2, "m2"),
        "roads.carriageway_local": (g.carriageway_local_m2, "m2"),
        "roads.footway": (g.footway_m2, "m2"),
        "roads.kerb": (2 * g.wheeled_length_m, "m"),
    }


def _water(g: Ground, values: Values) -> Lines:
    return {
        "water.main": (g.wheeled_length_m * values.number("cost.water_main_per_street_m"), "m"),
        "water.hydrant": (g.wheeled_length_m / values.number("cost.hydrant_spacing_m"), "hydrant"),
        "water.connection": (g.plots_served, "connection"),
    }


def _sewer(g: Ground, values: Values) -> Lines:
    pipe = g.wheeled_length_m * values.number("cost.sewer_per_street_m")
    return {
        "sewer.main": (pipe, "m"),
        "sewer.manhole": (pipe / values.number("cost.manhole_spacing_m"), "manhole"),
        "sewer.connection": (g.plots_served, "connection"),
    }


def _storm(g: Ground, values: Values) -> Lines:
    return {
        "storm.main": (g.wheeled_length_m * values.number("cost.storm_per_street_m"), "m"),
        "storm.gully": (g.wheeled_length_m / values.number("cost.gully_spacing_m"), "gully"),
    }


def _power(g: Ground, values: Values) -> Lines:
    homes = g.dwellings * values.number("cost.power_per_dwelling_va")
    trade = g.economic_floor_m2 * values.number("cost.power_per_economic_floor_va")
    return {
        "power.mv_cable": (g.wheeled_length_m * values.number("cost.mv_cable_per_street_m"), "m"),
        "power.lv_cable": (g.wheeled_length_m * values.number("cost.lv_cable_per_street_m"), "m"),
        "power.substation": (homes + trade, "VA"),
        "power.connection": (g.plots_served, "connection"),
    }


def _lighting(g: Ground, values: Values) -> Lines:
    return {"lighting.point": (g.lit_sides_m / values.number("cost.light_spacing_m"), "point")}


def _fibre(g: Ground, values: Values) -> Lines:
    return {
        "fibre.duct": (g.wheeled_length_m * values.number("cost.fibre_duct_per_street_m"), "m"),
        "fibre.connection": (g.plots_served, "connection"),
    }


def _green(g: Ground, values: Values) -> Lines:
    return {
        "green.planting": (g.green_m2, "m2"),
        "green.tree": (g.street_length_m / values.number("cost.tree_spacing_m"), "tree"),
    }


def _offsite(name: str) -> Trade:
    """A share of works off site for each gross m2, all in the first phase."""
    return Trade(
        name=name, location="offsite", lines=lambda g, values: {f"offsite.{name}": (g.first * g.site_area_m2, "m2")}
    )


TRADES = (
    Trade(name="site_preparation", location="onsite", lines=_site_preparation),
    Trade(name="earthworks", location="onsite", lines=_earthworks),
    Trade(name="roads", location="onsite", lines=_roads),
    Trade(name="water", location="onsite", lines=_water),
    Trade(name="sewer", location="onsite", lines=_sewer),
    Trade(name="storm", location="onsite", lines=_storm),
    Trade(name="power", location="onsite", lines=_power),
    Trade(name="lighting", location="onsite", lines=_lighting),
    Trade(name="fibre", location="onsite", lines=_fibre),
    Trade(name="green", location="onsite", lines=_green),
    *(_offsite(name) for name in ("roads", "water", "sewer", "power", "fibre")),
)


def work_items(ground: Ground, values: Values) -> tuple[WorkItem, ...]:
    """Every line with a quantity, by trade, then phase, then price."""
    return tuple(
        _item(trade, phase, key, float(quantity[phase]), unit)
        for trade in TRADES
        for key, (quantity, unit) in trade.lines(ground, values).items()
        for phase in ground.phases
        if quantity[phase] > 0
    )


def _item(trade: Trade, phase: str, key: str, quantity: float, unit: str) -> WorkItem:
    package = work_package_name(phase, trade.name, trade.location)
    return WorkItem(
        item_id=f"{package}/{key}",
        work_package=package,
        trade=trade.name,
        price_key=key,
        quantity=quantity,
        unit=unit,
        phase=phase,
        location=trade.location,
        basis="ratio",
    )
