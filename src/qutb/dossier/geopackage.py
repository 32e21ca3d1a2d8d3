"""A GeoPackage that QGIS opens as drawn: layers, result columns, and a default style for each layer inside.

Styles lie in the table ``layer_styles`` that QGIS reads on opening. Colours, hatches and names are those of the
maps. Equal layers and date give equal bytes; the file appears whole or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from qutb.core import Table
from qutb.dossier.qgis_styles import LayerStyle, StyleClass, Symbol, qml
from qutb.draw import HATCHES, INK, PALETTE, RAMP, color_of
from qutb.files import replacing, write_layers
from qutb.plan import PLOTS, STREETS
from qutb.text import Lang, all_labels, label

if TYPE_CHECKING:
    from qutb.appraisal import Appraisal
    from qutb.remedies import Remedies

__all__ = ["StyledLayer", "appraisal_layers", "layer_kind", "use_style", "write_styled_geopackage"]

_STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)
"""
_STYLE_ROW = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
    styleSLD, useAsDefault, description, owner, ui, update_time)
VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '', NULL, ?)
"""
_CONTENTS_ROW = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, NULL)
"""
_PLOT_LINE = Symbol(fill=PALETTE["unassigned"], stroke=INK["plot_line"], stroke_width_mm=0.15)


@dataclass(frozen=True, kw_only=True, eq=False)
class StyledLayer:
    """A frame (a column ``geometry`` makes it a layer, else it is a plain table), its title and its style.

    ``kind`` is the type of geometry of a layer to be drawn on, such as ``"MultiPolygon"``; ``table`` names the
    columns of one that is empty; ``styles`` are further styles by name, such as other languages.
    """

    name: str
    frame: pd.DataFrame
    title: str = ""
    style: LayerStyle = field(default_factory=LayerStyle)
    kind: str = ""
    table: Table | None = None
    styles: Mapping[str, LayerStyle] = field(default_factory=dict)


def write_styled_geopackage(path: Path, layers: Sequence[StyledLayer], *, crs: str, lang: Lang, run_date: date) -> Path:
    """Write ``layers`` in order, each with its default style. ``crs`` is ``"EPSG:n"`` or ``"local"``.

    A named index is kept as the first column, so ids stay. Raises ``FormatError`` when the place cannot be
    written.
    """
    path = Path(path)
    with replacing(path) as draft:
        frames = {one.name: one.frame for one in layers}
        tables = [one.table for one in layers if one.table is not None]
        kinds = {one.name: one.kind for one in layers if one.kind}
        write_layers(draft, frames, crs=crs, tables=tables, when=run_date, kinds=kinds)
        _add_styles(draft, layers, lang, f"{run_date.isoformat()}T00:00:00.000Z")
    return path


def _add_styles(draft: Path, layers: Sequence[StyledLayer], lang: Lang, when: str) -> None:
    with closing(sqlite3.connect(draft)) as base:
        base.execute(_STYLE_TABLE)
        base.execute(_CONTENTS_ROW, (when,))
        taken: set[str] = set()
        for one in layers:
            title = one.title if one.title and one.title not in taken else one.name
            taken.add(title)
            base.execute(
                "UPDATE gpkg_contents SET identifier = ?, last_change = ? WHERE table_name = ?", (title, when, one.name)
            )
            for name, style, default in ((lang, one.style, 1), *((n, s, 0) for n, s in one.styles.items())):
                _add_style(base, one, name, style, default, title, when)
        base.commit()
        base.execute("VACUUM")


def _add_style(
    base: sqlite3.Connection, one: StyledLayer, name: str, style: LayerStyle, default: int, title: str, when: str
) -> None:
    kind = layer_kind(one)
    if kind or one.style.rules:  # a plain table that is only read needs none
        row = (one.name, "geometry" if kind else "", name, qml(style, kind), default, title, when)
        base.execute(_STYLE_ROW, row)


def layer_kind(one: StyledLayer) -> str:
    """``area``, ``line``, ``point``, or nothing for a plain table."""
    if "geometry" not in one.frame:
        return ""
    if one.kind:
        return {"Point": "point", "LineString": "line"}.get(one.kind.removeprefix("Multi"), "area")
    dimension = int(shapely.get_dimensions(one.frame["geometry"].to_numpy()).max(initial=-1))
    return {0: "point", 1: "line"}.get(dimension, "area")


def use_style(uses: Sequence[str], lang: Lang, **more: object) -> LayerStyle:
    """Plots by use: the palette of the maps for the uses present, one neutral class for what comes later.

    ``more`` goes to :class:`~qutb.dossier.qgis_styles.LayerStyle`.
    """
    found = set(uses)
    order = [u for u in PALETTE if u in found] + sorted(found - set(PALETTE))
    classes = [
        StyleClass(
            value=use,
            label=_words(f"use.{use}", use, lang),
            symbol=Symbol(
                fill=color_of(use), stroke=INK["plot_line"], stroke_width_mm=0.15, hatch=HATCHES.get(use, "")
            ),
        )
        for use in order
    ]
    classes.append(StyleClass(value="", label=label("draw.other", lang), symbol=_PLOT_LINE))
    return LayerStyle(column="use", classes=tuple(classes), **more)  # type: ignore[arg-type]


def appraisal_layers(appraisal: Appraisal, lang: Lang, remedies: Remedies | None = None) -> list[StyledLayer]:
    """A plan's plots with every result by plot, its streets and their traffic, remedies, and the site.

    A result column is named ``<step>_<column>`` where the plan has a column of that name already.
    """
    plan, site = appraisal.plan, appraisal.pole.site
    plots, aliases = _plots_with_results(appraisal, lang)
    style = use_style(
        plots["use"].dropna().astype(str).tolist(),
        lang,
        label_column="plot_id",
        aliases=aliases,
        values=_value_lists(PLOTS, lang),
    )
    street_style = LayerStyle(
        symbol=_STREET, aliases=_column_names(plan.streets, lang), values=_value_lists(STREETS, lang)
    )
    boundary = pd.DataFrame({"site_id": ["site"], "geometry": [site.boundary]}).set_index("site_id")
    layers = [
        StyledLayer(name="site", frame=boundary, style=LayerStyle(symbol=_SITE)),
        StyledLayer(name="constraints", frame=site.constraints, style=LayerStyle(symbol=_CONSTRAINT)),
        StyledLayer(name="roads", frame=site.roads, style=LayerStyle(symbol=_ROAD)),
        StyledLayer(name="tie_ins", frame=site.tie_ins, style=LayerStyle(symbol=_TIE_IN, label_column="kind")),
        StyledLayer(name="streets", frame=plan.streets, style=street_style),
        StyledLayer(name="plots", frame=plots, style=style),
        *_traffic(appraisal, lang),
        *_remedy_places(remedies, lang),
    ]
    return [_titled(one, lang) for one in layers if len(one.frame)]


def _traffic(appraisal: Appraisal, lang: Lang) -> list[StyledLayer]:
    """Streets by direction with the peak hour's traffic, by level of service."""
    result = appraisal.results.get("mobility")
    if result is None or not len(result.tables()["links"]):
        return []
    links = result.tables()["links"]
    classes = tuple(
        StyleClass(value=level, label=level, symbol=Symbol(stroke=color, stroke_width_mm=0.7))
        for level, color in zip("ABCDEF", (RAMP[0], RAMP[0], RAMP[1], RAMP[2], RAMP[2], RAMP[3]), strict=True)
    )
    other = StyleClass(value="", label=label("draw.other", lang), symbol=_STREET)
    names = {str(c): _words(f"mobility.{c}", str(c), lang) for c in links.columns}
    style = LayerStyle(column="level_of_service", classes=(*classes, other), aliases=names)
    return [StyledLayer(name="traffic", frame=links, style=style)]


def _remedy_places(remedies: Remedies | None, lang: Lang) -> list[StyledLayer]:
    """The cheapest remedies, those at a point and those along a line."""
    table = remedies.cheapest() if remedies is not None else None
    if table is None:
        return []
    names = {str(c): _words(f"remedies.{c}", str(c), lang) for c in table.columns}
    symbol = Symbol(fill=INK["proposed"], stroke=INK["proposed"], stroke_width_mm=0.9)
    style = LayerStyle(symbol=symbol, label_column="shortfall_id", aliases=names)
    dimension = shapely.get_dimensions(table.geometry.to_numpy())
    return [
        StyledLayer(name="remedies", frame=table[dimension == 0], style=style),
        StyledLayer(name="remedy_lines", frame=table[dimension == 1], style=style),
    ]


_SITE = Symbol(stroke=INK["site"], stroke_width_mm=0.6)
_CONSTRAINT = Symbol(stroke=INK["constraint"], stroke_width_mm=0.35, dash_mm=(1.6, 1.0))
_ROAD = Symbol(stroke=INK["existing_road"], stroke_width_mm=0.7)
_STREET = Symbol(stroke=INK["street_line"], stroke_width_mm=0.3, dash_mm=(2.0, 1.0))
_TIE_IN = Symbol(fill=INK["accent"])


def _plots_with_results(appraisal: Appraisal, lang: Lang) -> tuple[pd.DataFrame, dict[str, str]]:
    plots = appraisal.plan.plots
    aliases = _column_names(plots, lang)
    added: dict[str, pd.Series] = {}
    for step, result in appraisal.results.items():
        table = getattr(result, "plots", None)
        if not isinstance(table, pd.DataFrame) or table.index.name != plots.index.name:
            continue
        for column in (str(c) for c in table.columns if c not in ("geometry", "block_id")):
            values = table[column].reindex(plots.index)
            if column in added and added[column].equals(values):
                continue  # a step hands on what an earlier one measured
            name = f"{step}_{column}" if column in plots.columns or column in added else column
            added[name] = values
            aliases[name] = _result_name(step, column, set(aliases.values()), lang)
    shape = plots["geometry"]
    return pd.DataFrame({**plots.drop(columns="geometry"), **added, "geometry": shape}, index=plots.index), aliases


def _result_name(step: str, column: str, taken: set[str], lang: Lang) -> str:
    """Label of a result column; a bound says so, and a name that stands already says its step."""
    base, bound = column, ""
    for end in ("low", "high"):
        if column.endswith(f"_{end}"):
            base, bound = column.removesuffix(f"_{end}"), f", {label(f'draw.{end}', lang)}"
    name = _words(f"{step}.{column}", _words(f"{step}.{base}", base, lang) + bound, lang)
    return f"{name} ({_words(f'step.{step}', step, lang)})" if name in taken else name


def _column_names(frame: pd.DataFrame, lang: Lang) -> dict[str, str]:
    return {c: _words(f"draw.column.{c}", c, lang) for c in (str(frame.index.name), *map(str, frame.columns))}


_CODED = {"status": "street_status", **{c: c for c in ("use", "segment", "tenure", "detail", "street_class")}}


def _value_lists(table: Table, lang: Lang) -> dict[str, dict[str, str]]:
    """Value and name of each choice of a table's coded columns."""
    return {
        c.name: {v: _words(f"{_CODED[c.name]}.{v}", v, lang) for v in c.choices}
        for c in table
        if c.choices and c.name in _CODED
    }


def _titled(one: StyledLayer, lang: Lang) -> StyledLayer:
    title = _words(f"draw.layer.{one.name}", one.name, lang)
    return StyledLayer(name=one.name, frame=one.frame, title=title, style=one.style)


def _words(key: str, fallback: str, lang: Lang) -> str:
    return label(key, lang) if key in _known_labels() else fallback


@cache
def _known_labels() -> frozenset[str]:
    return frozenset(all_labels())
