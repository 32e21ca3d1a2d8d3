"""Maps of how people reach services and move: service by plot, who goes without and what mends it, traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from qutb.appraisal import Appraisal
from qutb.dossier.edition import Edition
from qutb.dossier.maps import plan_outline, site_extent
from qutb.draw import INK, RAMP, Layer, LegendEntry, map_svg
from qutb.remedies import Remedies

__all__ = [
    "LOAD_CLASSES",
    "WALK_CLASSES",
    "flow_map",
    "flows_by_edge",
    "service_map",
    "unserved_map",
    "unserved_pupils",
]

_MAP_MM = (186.0, 110.0)
WALK_CLASSES = ("5", "10", "15", "more")
LOAD_CLASSES = (0.5, 0.8, 1.0, np.inf)  # volume over capacity up to which a class goes
_FLOW_STEPS = (100.0, 300.0, 700.0, np.inf)  # vehicles/h of both directions
_FLOW_MM = (0.25, 0.6, 1.1, 1.9)
_DISC_STEPS = (5.0, 20.0, 60.0, np.inf)  # people of one block
_DISC_MM = (1.0, 1.8, 3.0, 4.6)


def service_map(edition: Edition, plan: str) -> str:
    """Plots with residents by the minutes within which half of the daily services stand; the units as dots."""
    appraisal = edition.appraisals[plan]
    plots, found = appraisal.plan.plots, appraisal.results["access"].tables()["plots"]
    lived = (found["population"] > 0).to_numpy()
    walk = found["walk_class"].to_numpy(dtype=object)
    shapes = plots.geometry.to_numpy()
    layers = [Layer(geometries=shapes[~lived], fill=INK["ground"], legend=edition.word("other_plots"))]
    for name, color in zip(WALK_CLASSES, RAMP, strict=True):
        mine = lived & (walk == name)
        if mine.any():
            layers.append(Layer(geometries=shapes[mine], fill=color, legend=edition.word(f"walk_class.{name}")))
    cut_off = lived & pd.isna(walk)
    if cut_off.any():
        words = edition.word("walk_class.none")
        layers.append(Layer(geometries=shapes[cut_off], fill=INK["unserved"], hatch="cross", legend=words))
    layers.append(_units(edition, appraisal, plots["facility_type"].notna().to_numpy(), "facilities_drawn", 1.0))
    return _map(edition, plan, layers, "service_by_plot")


def unserved_pupils(appraisal: Appraisal) -> pd.DataFrame:
    """Pupils without a place within reach, by plot and school type, as access found them."""
    table = appraisal.results["access"].tables()["unserved"]
    schools = {
        row["facility_type"]
        for row in appraisal.pole.values.catalogue("facilities")
        if row["users"].startswith("pupils_")
    }
    rows: pd.DataFrame = table[table["facility_type"].isin(schools)]
    return rows


def unserved_map(edition: Edition, plan: str) -> str:
    """Pupils without a place by block, schools, where the next school serves most, and remedies by number."""
    appraisal = edition.appraisals[plan]
    plots = appraisal.plan.plots
    pupils = unserved_pupils(appraisal)
    schools = plots["facility_type"].isin(set(pupils["facility_type"])).to_numpy()
    layers = [
        *_discs(edition, appraisal, pupils),
        _units(edition, appraisal, schools, "schools_drawn", 1.7),
        *_best_next(edition, appraisal, pupils),
        *_remedies(edition, edition.remedies.get(plan)),
    ]
    return _map(edition, plan, layers, "unserved_pupils_map")


def _discs(edition: Edition, appraisal: Appraisal, pupils: pd.DataFrame) -> list[Layer]:
    """A disc a block, larger with the pupils who go without."""
    plots = appraisal.plan.plots
    fabric = appraisal.results["fabric"].tables()["plots"]
    number = pupils.groupby("plot_id")["unserved"].sum().reindex(plots.index).fillna(0.0).astype(float)
    centre = shapely.get_coordinates(shapely.centroid(plots.geometry.to_numpy()))
    table = pd.DataFrame({"x": centre[:, 0], "y": centre[:, 1], "n": number.to_numpy()}, index=plots.index)
    table["block"] = fabric["block_id"].reindex(plots.index).astype(str)
    blocks = table[table["n"] > 0].groupby("block").agg(x=("x", "mean"), y=("y", "mean"), n=("n", "sum"))
    step = np.searchsorted(_DISC_STEPS, blocks["n"].to_numpy(), side="left")
    return [
        Layer(
            geometries=shapely.points(blocks["x"].to_numpy()[step == i], blocks["y"].to_numpy()[step == i]),
            fill=INK["unserved"],
            stroke="#ffffff",
            stroke_width_mm=0.12,
            opacity=0.75,
            point_size_mm=_DISC_MM[i],
            legend_size_mm=_DISC_MM[i],
            legend=_up_to(edition, _DISC_STEPS, i, "pupils_without"),
        )
        for i in reversed(range(len(_DISC_STEPS)))
        if (step == i).any()
    ]


def _up_to(edition: Edition, steps: Sequence[float], i: int, key: str) -> str:
    if np.isfinite(steps[i]):
        return edition.word(key).format(count=edition.count(steps[i]))
    return edition.word(f"{key}_more").format(count=edition.count(steps[i - 1]))


def _units(edition: Edition, appraisal: Appraisal, mine: np.ndarray, key: str, size_mm: float) -> Layer:
    shapes = appraisal.plan.plots.geometry.to_numpy()[mine]
    return Layer(
        geometries=shapely.point_on_surface(shapes),
        fill=INK["unit"],
        stroke="#ffffff",
        stroke_width_mm=0.15,
        point_size_mm=size_mm,
        legend=edition.word(key) if len(shapes) else "",
    )


def _best_next(edition: Edition, appraisal: Appraisal, pupils: pd.DataFrame) -> list[Layer]:
    """Where one more school of the type that lacks most places serves most, named."""
    services = appraisal.results["access"].tables()["services"]
    mine = services.loc[services.index.intersection(sorted(set(pupils["facility_type"])))]
    mine = mine[mine["best_next_plot"].notna()].sort_values("best_next_served", ascending=False)
    plots = mine["best_next_plot"].astype(str).tolist()
    if not plots:
        return []
    return [
        Layer(
            geometries=shapely.point_on_surface(appraisal.plan.plots.geometry.loc[plots].to_numpy()),
            fill="#ffffff",
            stroke=INK["proposed"],
            stroke_width_mm=0.7,
            point_size_mm=3.0,
            labels=[edition.facility(str(t)) for t in mine.index],
            label_size_mm=2.2,
            label_color=INK["proposed"],
            label_bold=True,
            fit=False,
            legend=edition.word("best_next_drawn"),
        )
    ]


def _remedies(edition: Edition, remedies: Remedies | None) -> list[Layer]:
    """Remedies by their number in the table, points and lines."""
    table = remedies.cheapest() if remedies is not None else None
    if table is None or not len(table):
        return []
    shapes = table.geometry.to_numpy()
    numbers = np.array([edition.count(i) for i in range(1, len(table) + 1)], dtype=object)
    lines = shapely.get_dimensions(shapes) == 1
    style: Mapping[str, Any] = {
        "fill": INK["proposed"],
        "label_bold": True,
        "fit": False,
    }
    both = (
        Layer(
            geometries=shapes[lines],
            labels=numbers[lines].tolist(),
            legend=edition.word("remedy_line"),
            stroke=INK["proposed"],
            stroke_width_mm=0.9,
            label_size_mm=2.6,
            label_color=INK["proposed"],
            **style,
        ),
        Layer(
            geometries=shapes[~lines],
            labels=numbers[~lines].tolist(),
            legend=edition.word("remedy_point"),
            stroke="#ffffff",
            stroke_width_mm=0.2,
            point_size_mm=3.6,
            label_size_mm=2.3,
            label_color="#ffffff",
            inside=True,
            **style,
        ),
    )
    return [layer for layer in both if len(layer.shapes)]


def flows_by_edge(appraisal: Appraisal) -> pd.DataFrame:
    """Traffic of the peak hour by piece of street: both directions' vehicles, the busier one's load and service."""
    links = appraisal.results["mobility"].tables()["links"]
    worst = links.sort_values("volume_to_capacity_ratio", ascending=False, kind="stable").drop_duplicates("edge_id")
    flow = links.groupby("edge_id")["flow_vehicles_per_h"].sum()
    kept = worst.set_index("edge_id")
    return kept.assign(flow_vehicles_per_h=flow.reindex(kept.index)).sort_index()


def flow_map(edition: Edition, plan: str) -> str:
    """Streets as wide as their traffic, coloured by volume over capacity of the busier direction."""
    edges = flows_by_edge(edition.appraisals[plan])
    load = np.searchsorted(LOAD_CLASSES, edges["volume_to_capacity_ratio"].to_numpy(dtype=float), side="left")
    flow = np.searchsorted(_FLOW_STEPS, edges["flow_vehicles_per_h"].to_numpy(dtype=float), side="left")
    shapes = edges["geometry"].to_numpy()
    layers, legend = [], []
    for i, color in enumerate(RAMP):
        for j, width in enumerate(_FLOW_MM):
            mine = (load == i) & (flow == j)
            if mine.any():
                layers.append(Layer(geometries=shapes[mine], stroke=color, stroke_width_mm=width))
        if (load == i).any():
            words = edition.word(f"load_class.{i}")
            legend.append(LegendEntry(label=words, stroke=color, stroke_width_mm=1.1, kind="line"))
    legend += [
        LegendEntry(
            label=_up_to(edition, _FLOW_STEPS, j, "flow_up_to"), stroke=INK["muted"], stroke_width_mm=width, kind="line"
        )
        for j, width in enumerate(_FLOW_MM)
        if (flow == j).any()
    ]
    return _map(edition, plan, layers, "flows_map", legend)


def _map(edition: Edition, plan: str, layers: Sequence[Layer], key: str, legend: Sequence[LegendEntry] = ()) -> str:
    appraisal = edition.appraisals[plan]
    return map_svg(
        [*plan_outline(edition, appraisal), *layers],
        extent=site_extent(appraisal),
        size_mm=_MAP_MM,
        lang=edition.lang,
        description=f"{edition.word(key)}: {edition.title(plan)}",
        legend=legend,
        legend_title=edition.word(key),
    )
