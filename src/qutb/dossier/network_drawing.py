"""One network as a drawing: its lines by size and phase, its places, the site and the plots it serves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import shapely

from qutb.dossier.edition import Edition
from qutb.draw import INK
from qutb.files import DxfPen, save_drawing

__all__ = ["DRAWN", "write_network_drawing"]

DRAWN = {  # network -> its lines, the column that sizes them, its tables of places
    "water": ("water_mains", "pipe", ("water_nodes",)),
    "sewer": ("sewer_pipes", "pipe", ("sewer_nodes",)),
    "storm": ("storm_pipes", "pipe", ("storm_nodes",)),
    "power": ("power_lines", "cable", ("power_substations",)),
    "fibre": ("fibre_ducts", "", ("fibre_points",)),
    "streets": ("streets", "section", ()),
}
_COLOURS = ("#1f5d8c", "#7a4b1e", "#0b6e3a", "#8a2f7a", "#b35900", "#3f8f8a", "#b3261e", "#55606e")


def write_network_drawing(edition: Edition, plan: str, network: str, path: Path) -> Path:
    """Write the drawing [m]: a layer for each phase and size, ids and figures as extended data, sizes as texts."""
    appraisal = edition.appraisals[plan]
    tables = appraisal.results["networks"].tables()
    lines_name, size, places = DRAWN[network]
    pen = DxfPen.blank(edition.lang, {})
    site = pen.layer("QUTB_SITE_BOUNDARY", description=edition.word("site"), colour=INK["site"], linetype="DASHDOT")
    pen.shape(appraisal.pole.site.boundary, site)
    plots = pen.layer("QUTB_PLOTS", colour=INK["grid"])
    for shape in appraisal.plan.plots.geometry.to_numpy():
        pen.shape(shape, plots)
    _lines(pen, tables[lines_name], network, size)
    for name in places:
        _places(pen, tables[name], network, name)
    _connections(pen, tables["connections"], network)
    _title(pen, edition, plan, network)
    save_drawing(pen.drawing, path)
    return path


def _lines(pen: DxfPen, frame: pd.DataFrame, network: str, size: str) -> None:
    sizes = {s: n for n, s in enumerate(dict.fromkeys(frame[size].astype(str)))} if size else {}
    for line_id, row in frame.iterrows():
        named = str(row[size]) if size else ""
        colour = _COLOURS[sizes.get(named, 0) % len(_COLOURS)]
        layer = pen.layer("_".join(p for p in ("QUTB", network.upper(), str(row["phase"]), named) if p), colour=colour)
        values = row.drop(["geometry", "phase"]).dropna().to_dict()
        pen.shape(row["geometry"], layer, shape_id=str(line_id), values=values)
        if named and float(row["length_m"]) > 20.0:
            middle = row["geometry"].interpolate(0.5, normalized=True)
            pen.text(named, (middle.x, middle.y), 1.8, f"{layer}")


def _places(pen: DxfPen, frame: pd.DataFrame, network: str, name: str) -> None:
    layer = pen.layer(f"QUTB_{network.upper()}_{name.rpartition('_')[2].upper()}", colour=INK["text"])
    for place_id, row in frame.iterrows():
        point = shapely.Point(float(row["x_m"]), float(row["y_m"]))
        pen.shape(point, layer, shape_id=str(place_id), values=row.drop(["x_m", "y_m"]).dropna().to_dict())


def _connections(pen: DxfPen, frame: pd.DataFrame, network: str) -> None:
    """Connection points of the plots, on a layer a phase."""
    for plot_id, row in frame.iterrows():
        layer = pen.layer(f"QUTB_{network.upper()}_CONNECTIONS_{row['phase']}", colour=INK["muted"])
        point = shapely.Point(float(row["x_m"]), float(row["y_m"]))
        pen.shape(point, layer, shape_id=str(plot_id), values={"node_id": row["node_id"]})


def _title(pen: DxfPen, edition: Edition, plan: str, network: str) -> None:
    xmin, ymin, xmax, ymax = shapely.bounds(edition.appraisals[plan].pole.site.boundary)
    height = float(max(xmax - xmin, ymax - ymin)) / 120
    pen.drawing.header["$LTSCALE"] = height / 2
    words = f"{edition.pole_name} · {edition.title(plan)} · {edition.named(f'net.{network}', network)}"
    layer = pen.layer("QUTB_TITLE", colour=INK["text"])
    place, align = ((float(xmax), float(ymax) + 4 * height), "RIGHT")
    if edition.lang != "ar":
        place, align = ((float(xmin), float(ymax) + 4 * height), "LEFT")
    pen.text(words, place, height, layer, align=align)
    code = f"{edition.word('code')} {edition.appraisals[plan].code}"
    pen.text(code, (place[0], place[1] - 2 * height), height, layer, align=align)
