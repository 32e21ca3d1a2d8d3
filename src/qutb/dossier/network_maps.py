"""Maps of the networks: ways off site, and each network by size, with what its solver found at its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from qutb.appraisal import Appraisal
from qutb.dossier.edition import Edition
from qutb.dossier.maps import plan_outline, site_extent
from qutb.draw import INK, RAMP, Layer, map_svg
from qutb.text import label

__all__ = ["NETWORK_MAPS", "offsite_map"]

_MAP_MM = (186.0, 104.0)
_WIDTHS_MM = (0.25, 0.5, 0.9, 1.5)
_THIN_MM = (0.2, 0.35, 0.55, 0.9)  # where lines lie side by side
_LINES: Mapping[str, str] = {  # table of lines -> colour of its network
    "water_mains": "#1f5d8c",
    "sewer_pipes": "#7a4b1e",
    "storm_pipes": "#3f8f8a",
    "power_lines": "#8a2f7a",
    "fibre_ducts": "#4f7d1f",
    "streets": "#55606e",
}
_TRADES = {"water": "water_mains", "sewer": "sewer_pipes", "power": "power_lines", "fibre": "fibre_ducts"}


@dataclass(frozen=True, kw_only=True)
class _Classes:
    """A column cut at ``steps`` [SI]: its unit, and what stands before the words of a class in the legend."""

    column: str
    unit: str
    steps: tuple[float, ...]
    word: str


def _tables(edition: Edition, plan: str) -> Mapping[str, pd.DataFrame]:
    return edition.appraisals[plan].results["networks"].tables()


def _draw(edition: Edition, plan: str, layers: Sequence[Layer], key: str, legend: str = "") -> str:
    appraisal = edition.appraisals[plan]
    return map_svg(
        [*plan_outline(edition, appraisal), *(layer for layer in layers if len(layer.shapes))],
        extent=site_extent(appraisal),
        size_mm=_MAP_MM,
        lang=edition.lang,
        description=f"{edition.word(key)}: {edition.title(plan)}",
        legend_title=legend or edition.word(key),
    )


def _class_words(edition: Edition, classes: _Classes, i: int) -> str:
    """``Diameter: up to 160 mm``, and from the last step on ``more``."""
    last = i == len(classes.steps)
    step = classes.steps[i - 1] if last else classes.steps[i]
    key = "net_more_than" if last else "up_to"
    return edition.word(key).format(value=edition.value(step, classes.unit))


def _by_size(
    edition: Edition,
    frame: pd.DataFrame,
    classes: _Classes,
    color: str,
    widths_mm: tuple[float, ...] = _WIDTHS_MM,
) -> list[Layer]:
    """Lines as wide as their class."""
    which = np.searchsorted(classes.steps, frame[classes.column].to_numpy(float), side="left")
    shapes = frame["geometry"].to_numpy(object)
    return [
        Layer(
            geometries=shapes[which == i],
            stroke=color,
            stroke_width_mm=width,
            legend=f"{edition.word(classes.word)}: {_class_words(edition, classes, i)}",
        )
        for i, width in enumerate(widths_mm)
        if (which == i).any()
    ]


def _nodes(edition: Edition, frame: pd.DataFrame, classes: _Classes, size_mm: float = 0.9) -> list[Layer]:
    """Nodes coloured by class, the worst on top."""
    known = frame[frame[classes.column].notna()]
    which = np.searchsorted(classes.steps, known[classes.column].to_numpy(float), side="left")
    points = shapely.points(known["x_m"].to_numpy(float), known["y_m"].to_numpy(float))
    return [
        Layer(
            geometries=points[which == i],
            fill=color,
            stroke="#ffffff",
            stroke_width_mm=0.1,
            point_size_mm=size_mm,
            legend=f"{edition.word(classes.word)}: {_class_words(edition, classes, i)}",
        )
        for i, color in enumerate(RAMP)
        if (which == i).any()
    ]


def _marks(
    edition: Edition, frame: pd.DataFrame, key: str, fill: str, size_mm: float, stroke: str = "#ffffff"
) -> Layer:
    """Places of one kind as discs."""
    return Layer(
        geometries=shapely.points(frame["x_m"].to_numpy(float), frame["y_m"].to_numpy(float)),
        fill=fill,
        stroke=stroke,
        stroke_width_mm=0.25,
        point_size_mm=size_mm,
        legend=edition.word(key) if len(frame) else "",
    )


def offsite_map(edition: Edition, plan: str) -> str:
    """Tie-ins and the ways to them, by network, on the outline of the site."""
    appraisal, tables = edition.appraisals[plan], _tables(edition, plan)
    tie_ins = appraisal.pole.site.tie_ins
    layers = [*plan_outline(edition, appraisal)]
    roads = appraisal.pole.site.roads.geometry.to_numpy()
    layers.append(Layer(geometries=roads, stroke=INK["existing_road"], stroke_width_mm=0.5))
    for name, color in _LINES.items():
        frame = tables.get(name)
        mine = frame[frame["location"] == "offsite"] if frame is not None and len(frame) else None
        if mine is not None and len(mine):
            shapes = mine["geometry"].to_numpy(object)
            layers.append(
                Layer(geometries=shapes, stroke=color, stroke_width_mm=1.1, legend=_network_name(edition, name))
            )
    layers.append(_tie_in_marks(edition, tie_ins))
    return map_svg(
        [layer for layer in layers if len(layer.shapes)],
        extent=_around(appraisal, layers[2:]),
        size_mm=(186.0, 84.0),
        lang=edition.lang,
        description=f"{edition.word('net_offsite_map')}: {edition.title(plan)}",
        legend_title=edition.word("net_offsite"),
    )


def _tie_in_marks(edition: Edition, tie_ins: pd.DataFrame) -> Layer:
    """Tie-ins, those at one place under one mark with all their names."""
    names: dict[tuple[float, float], list[str]] = {}
    for point, kind in zip(tie_ins.geometry.to_numpy(), tie_ins["kind"], strict=True):
        names.setdefault((round(point.x, 1), round(point.y, 1)), []).append(label(f"net.{kind}", edition.lang))
    return Layer(
        geometries=shapely.points(list(names)) if names else np.zeros(0, object),
        fill="#ffffff",
        stroke=INK["accent"],
        stroke_width_mm=0.6,
        point_size_mm=2.6,
        labels=[f"{edition.word('comma')} ".join(here) for here in names.values()],
        label_size_mm=2.2,
        fit=False,
        legend=edition.word("net_tie_ins"),
    )


def _network_name(edition: Edition, table: str) -> str:
    trade = next((t for t, name in _TRADES.items() if name == table), "")
    return label(f"net.{trade or table.partition('_')[0]}", edition.lang)


def _around(appraisal: Appraisal, layers: Sequence[Layer]) -> tuple[float, float, float, float]:
    """The site and what lies off it, with a margin; existing roads beyond that are cut."""
    ends: list[tuple[float, ...]] = [site_extent(appraisal)]
    ends += [tuple(map(float, shapely.total_bounds(layer.shapes))) for layer in layers[1:] if len(layer.shapes)]
    low, high = np.min([e[:2] for e in ends], axis=0), np.max([e[2:] for e in ends], axis=0)
    margin = 0.05 * float((high - low).max())
    return float(low[0] - margin), float(low[1] - margin), float(high[0] + margin), float(high[1] + margin)


# one a network ------------------------------------------------------------------------------------------


def _water(edition: Edition, plan: str) -> str:
    tables = _tables(edition, plan)
    least = edition.first.pole.values.find("networks.water_min_head")
    head = least.central if least else 20.0
    sizes = _Classes(column="diameter_m", unit="m", steps=(0.1, 0.16, 0.3), word="net_diameter")
    pressure = _Classes(column="short_m", unit="m", steps=(-20.0, -5.0, 0.0), word="net_pressure")
    nodes = tables["water_nodes"].assign(short_m=head - tables["water_nodes"]["pressure_head_m"].astype(float))
    hydrants = nodes[nodes["hydrant"].astype(bool)]
    words = (head + 20.0, head + 5.0, head)
    layers = [
        *_by_size(edition, tables["water_mains"], sizes, _LINES["water_mains"]),
        *_pressures(edition, nodes, pressure, words),
        _marks(edition, hydrants, "net_hydrants", "none", 1.7, INK["finding"]),
    ]
    return _draw(edition, plan, layers, "net_map_water", label("net.water", edition.lang))


def _pressures(edition: Edition, nodes: pd.DataFrame, classes: _Classes, least: tuple[float, ...]) -> list[Layer]:
    """Nodes by pressure, from the most to what falls short."""
    which = np.searchsorted(classes.steps, nodes["short_m"].to_numpy(float) - 1e-3, side="left")
    points = shapely.points(nodes["x_m"].to_numpy(float), nodes["y_m"].to_numpy(float))
    words = [edition.word("from").format(value=edition.value(step, "m")) for step in least]
    words.append(edition.word("net_below").format(value=edition.value(least[-1], "m")))
    return [
        Layer(
            geometries=points[which == i],
            fill=color,
            stroke="#ffffff",
            stroke_width_mm=0.1,
            point_size_mm=1.0,
            legend=f"{edition.word(classes.word)}: {words[i]}",
        )
        for i, color in enumerate(RAMP)
        if (which == i).any()
    ]


def _drainage(edition: Edition, plan: str, trade: str) -> str:
    tables = _tables(edition, plan)
    nodes = tables[f"{trade}_nodes"]
    sizes = _Classes(column="diameter_m", unit="m", steps=(0.25, 0.4, 0.7), word="net_diameter")
    depths = _Classes(column="depth_m", unit="m", steps=(2.0, 3.5, 5.0), word="net_depth")
    layers = [
        *_by_size(edition, tables[f"{trade}_pipes"], sizes, _LINES[f"{trade}_pipes"]),
        *_nodes(edition, nodes, depths),
        _marks(edition, nodes[nodes["is_outlet"].astype(bool)], "net_outlets", "#ffffff", 2.4, INK["text"]),
        _marks(edition, nodes[nodes["pump_power_w"].notna()], "net_pumps", INK["finding"], 2.2),
    ]
    return _draw(edition, plan, layers, f"net_map_{trade}", label(f"net.{trade}", edition.lang))


def _power(edition: Edition, plan: str) -> str:
    tables = _tables(edition, plan)
    lines, nodes = tables["power_lines"], tables["power_nodes"]
    mv, lv = lines[lines["level"] == "mv"], lines[lines["level"] == "lv"]
    loading = _Classes(column="loading_ratio", unit="ratio", steps=(0.3, 0.6, 0.9), word="net_loading")
    drop = _Classes(column="drop_ratio", unit="ratio", steps=(0.02, 0.035, 0.05), word="net_voltage_drop")
    shown = nodes.assign(drop_ratio=1.0 - nodes["voltage_ratio"].astype(float))
    layers = [
        *_by_size(edition, lv, loading, _LINES["power_lines"], _THIN_MM),
        Layer(
            geometries=mv["geometry"].to_numpy(object),
            stroke=INK["text"],
            stroke_width_mm=0.7,
            dash_mm=(2.0, 0.8),
            legend=edition.word("net_mv") if len(mv) else "",
        ),
        *_nodes(edition, shown, drop, 0.8),
        _marks(edition, tables["power_substations"], "net_substations", INK["finding"], 2.0),
    ]
    return _draw(edition, plan, layers, "net_map_power", label("net.power", edition.lang))


def _fibre(edition: Edition, plan: str) -> str:
    tables = _tables(edition, plan)
    ports = _Classes(column="fibre_ports", unit="ports", steps=(50.0, 200.0, 1000.0), word="net_ports")
    layers = [
        *_by_size(edition, tables["fibre_ducts"], ports, _LINES["fibre_ducts"]),
        _marks(edition, tables["fibre_points"], "net_points", INK["finding"], 1.5),
    ]
    return _draw(edition, plan, layers, "net_map_fibre", label("net.fibre", edition.lang))


def _streets(edition: Edition, plan: str) -> str:
    width = _Classes(column="width_m", unit="m", steps=(10.0, 15.0, 25.0), word="net_right_of_way")
    layers = _by_size(edition, _tables(edition, plan)["streets"], width, _LINES["streets"])
    return _draw(edition, plan, layers, "net_map_streets", label("net.streets", edition.lang))


NETWORK_MAPS: Mapping[str, Callable[[Edition, str], str]] = {
    "water": _water,
    "sewer": lambda edition, plan: _drainage(edition, plan, "sewer"),
    "storm": lambda edition, plan: _drainage(edition, plan, "storm"),
    "power": _power,
    "fibre": _fibre,
    "streets": _streets,
}
