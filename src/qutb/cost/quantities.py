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
from qutb.plan import Fabric, Plan, Words

__all__ = ["GROSS_AREA_PRICE", "UNPHASED", "Ground", "Trade", "ground_of", "is_served", "work_items"]

UNPHASED = "unphased"
MAIN_CLASSES = ("arterial", "collector")
WHEELED_CLASSES = ("arterial", "collector", "local", "lane")
NOT_SERVED = ("green", "land_reserve")
GROSS_AREA_PRICE = "cost.onsite_per_gross_m2"  # a value of the pack, not a row of the price book

Lines = Mapping[str, tuple[np.ndarray, str]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """Measures of the plan [SI], one number a phase in the order of ``phases``; existing streets are left out."""

    phases: tuple[str, ...]
    site_area_m2: float
    land_m2: np.ndarray
    carriageway_main_m2: np.ndarray
    carriageway_local_m2: np.ndarray
    footway_m2: np.ndarray
    street_length_m: np.ndarray
    wheeled_length_m: np.ndarray
    lit_sides_m: np.ndarray
    green_m2: np.ndarray
    plots_served: np.ndarray
    dwellings: np.ndarray
    economic_floor_m2: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """One in the first phase, zero in the others."""
        return np.asarray(np.eye(1, len(self.phases))[0])


@dataclass(frozen=True, kw_only=True)
class Trade:
    """A trade and the function that gives its lines."""

    name: str
    location: Location
    lines: Callable[[Ground, Values], Lines]


def is_served(plan: Plan) -> np.ndarray:
    """Plots that get connections: all but green and land reserve."""
    return ~plan.words("use").among(NOT_SERVED)


def ground_of(plan: Plan, fabric: Fabric, capacity: Capacity, values: Values) -> Ground:
    """Sum up by phase what the trades need."""
    built = _built(plan)
    plots, streets = _plots(plan, fabric, capacity), _streets(built, fabric, values)
    of_plot = plan.words("phase").filled(UNPHASED)
    of_street = Words.of(built["phase"]).filled(UNPHASED)
    phases = _phases(plan, {str(name) for name in (*of_plot.names, *of_street.names)})
    plot_sum, street_sum = _sum_by(phases, of_plot), _sum_by(phases, of_street)
    main, wheeled = np.isin(streets["class"], MAIN_CLASSES), np.isin(streets["class"], WHEELED_CLASSES)
    return Ground(
        phases=phases,
        site_area_m2=float(fabric.pole["site_area_m2"].iloc[0]),
        land_m2=plot_sum(plots["area_m2"]) + street_sum(streets["area_m2"]),
        carriageway_main_m2=street_sum(streets["carriageway_m2"] * main),
        carriageway_local_m2=street_sum(streets["carriageway_m2"] * ~main),
        footway_m2=street_sum(streets["area_m2"] - streets["carriageway_m2"]),
        street_length_m=street_sum(streets["length_m"]),
        wheeled_length_m=street_sum(streets["length_m"] * wheeled),
        lit_sides_m=street_sum(streets["length_m"] * streets["lit_sides"]),
        green_m2=plot_sum(plots["area_m2"] * plots["green"]),
        plots_served=plot_sum(plots["served"]),
        dwellings=plot_sum(plots["dwellings"]),
        economic_floor_m2=plot_sum(plots["economic_floor_area_m2"]),
    )


def _sum_by(phases: tuple[str, ...], phase: Words) -> Callable[[np.ndarray], np.ndarray]:
    """A function that sums an array over the rows of each phase; what is not known counts nothing."""
    code = phase.each(lambda name: phases.index(str(name)), -1)
    return lambda amount: np.bincount(code, weights=np.nan_to_num(amount), minlength=len(phases))


def _plots(plan: Plan, fabric: Fabric, capacity: Capacity) -> dict[str, np.ndarray]:
    index = plan.plots.index
    held = capacity.plots if capacity.plots.index.equals(index) else capacity.plots.reindex(index)
    return {
        "green": plan.words("use").among(["green"]),
        "served": is_served(plan).astype("float64"),
        "area_m2": fabric.plots["area_m2"].reindex(index).to_numpy("float64"),
        "dwellings": held["dwellings"].to_numpy("float64"),
        "economic_floor_area_m2": held["economic_floor_area_m2"].to_numpy("float64"),
    }


def _built(plan: Plan) -> pd.DataFrame:
    """Streets to be built, without their lines; those without class or width the door has named."""
    streets = plan.streets[["street_class", "width_m", "status", "phase"]]
    return streets[(streets["status"] != "existing") & streets["street_class"].notna() & streets["width_m"].notna()]


def _streets(built: pd.DataFrame, fabric: Fabric, values: Values) -> dict[str, np.ndarray]:
    measured = fabric.streets.reindex(built.index)
    width, length = built["width_m"].to_numpy("float64"), measured["length_m"].to_numpy("float64")
    drawn = measured["right_of_way_area_m2"].to_numpy("float64")
    area = np.where(np.isnan(drawn), length * width, drawn) * _counted_once(fabric)
    share = {c: values.number(f"cost.carriageway_share.{c}") for c in sorted(set(built["street_class"]))}
    both = width >= values.number("cost.light_both_sides_from_m")
    return {
        "class": built["street_class"].to_numpy(dtype="object"),
        "length_m": length,
        "area_m2": area,
        "carriageway_m2": area * built["street_class"].map(share).to_numpy("float64"),
        "lit_sides": np.where(both, 2.0, 1.0),
    }


def _counted_once(fabric: Fabric) -> float:
    """Right of way of the plan over the sum of its streets: takes off what two streets share at crossings."""
    whole = float(fabric.pole["right_of_way_area_m2"].iloc[0])
    summed = float(fabric.streets["right_of_way_area_m2"].sum())
    return min(1.0, whole / summed) if whole > 0 and summed > 0 else 1.0


def _phases(plan: Plan, found: set[str]) -> tuple[str, ...]:
    """Phases by rank, then those used without being listed, then what has none."""
    listed = [str(p) for p in plan.phases.sort_values("rank", kind="stable").index]
    others = sorted(found - set(listed) - {UNPHASED})
    rest = [UNPHASED] if UNPHASED in found else []
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


def _by_gross_area(g: Ground, values: Values) -> Lines:
    """The whole site, shared between phases as their land is."""
    land = float(g.land_m2.sum())
    return {GROSS_AREA_PRICE: (g.land_m2 * (g.site_area_m2 / land) if land > 0 else g.land_m2, "m2")}


_BY_GROSS_AREA = Trade(name="servicing", location="onsite", lines=_by_gross_area)


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


def work_items(ground: Ground, values: Values, *, drawn: bool = True) -> tuple[WorkItem, ...]:
    """Every line with a quantity, by trade, then phase, then price; by gross area where nothing is ``drawn``."""
    return tuple(
        _item(trade, phase, key, amount, unit)
        for trade in (TRADES if drawn else (_BY_GROSS_AREA, *(t for t in TRADES if t.location == "offsite")))
        for key, (quantity, unit) in trade.lines(ground, values).items()
        for phase, amount in zip(ground.phases, quantity.tolist(), strict=True)
        if amount > 0
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
