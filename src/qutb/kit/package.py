"""The base GeoPackage: every layer of a plan, empty and ready to draw on, over the layers of the site.

Each layer carries its form in ar, fr and en: names of fields, lists of values, defaults and rules, made from
the same tables that the reading of a plan checks against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from qutb.core import Column, Table
from qutb.dossier import LayerStyle, RowList, Rule, StyledLayer, Symbol, use_style, write_styled_geopackage
from qutb.draw import INK
from qutb.kit.words import Words
from qutb.plan import PLAN_TABLES, USES, empty_table
from qutb.pole import CONSTRAINTS, LAND, ROADS, SPOT_HEIGHTS, TIE_INS, Pole
from qutb.text import LANGUAGES, Lang, number

__all__ = ["DRAWN", "GROUPS", "SITE_LAYERS", "base_layers", "codes_of", "layer_style", "write_base_package"]

DRAWN = {
    "streets": "LineString",
    "plots": "MultiPolygon",
    "buildings": "MultiPolygon",
    "street_areas": "MultiPolygon",
}
SITE_LAYERS = {"site": None, **{t.name: t for t in (TIE_INS, ROADS, CONSTRAINTS, LAND, SPOT_HEIGHTS)}}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "draw": tuple(DRAWN),
    "tables": ("plot_floors", "zones", "phases", "about"),
    "site": ("site", "tie_ins", "roads", "constraints", "land", "spot_heights"),
}
_TABLES = {t.name: t for t in (*PLAN_TABLES, TIE_INS, ROADS, CONSTRAINTS, LAND, SPOT_HEIGHTS)}
_ABOUT = Table(
    name="about",
    key="key",
    description="Titles of the plan.",
    columns=(
        Column(name="key", kind="text", unit="", description="Field"),
        Column(name="value", kind="text", unit="", description="Text"),
    ),
)
_SYMBOLS = {
    "streets": Symbol(stroke=INK["street_line"], stroke_width_mm=0.5),
    "buildings": Symbol(fill="#8a8f96", stroke=INK["text"], stroke_width_mm=0.1),
    "street_areas": Symbol(fill="#f7f6f3", stroke=INK["street_line"], stroke_width_mm=0.2),
    "site": Symbol(stroke=INK["site"], stroke_width_mm=0.6),
    "constraints": Symbol(stroke=INK["constraint"], stroke_width_mm=0.35, dash_mm=(1.6, 1.0)),
    "land": Symbol(stroke=INK["band_line"], stroke_width_mm=0.2),
    "roads": Symbol(stroke=INK["existing_road"], stroke_width_mm=0.7),
    "tie_ins": Symbol(fill=INK["accent"]),
    "spot_heights": Symbol(fill=INK["muted"]),
}
_LABELS = {"plots": "plot_id", "tie_ins": "kind", "spot_heights": "level_m", "streets": "street_id"}
_FIRST_LETTER = {"plots": "L", "streets": "V", "street_areas": "E", "buildings": "B"}
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "plots": {"detail": "'lot'"},
    "streets": {"level": "0", "oneway": "false", "status": "'planned'"},
    "phases": {"rank": 'coalesce(maximum("rank"), 0) + 1'},
}
_ROW_LISTS = {
    ("plots", "phase"): ("phases", "phase", "name"),
    ("plots", "zone_code"): ("zones", "zone_code", "zone_code"),
    ("streets", "phase"): ("phases", "phase", "name"),
    ("plot_floors", "plot_id"): ("plots", "plot_id", "plot_id"),
}


def write_base_package(pole: Pole, path: Path, *, lang: Lang, run_date: date) -> Path:
    """Write the base GeoPackage of ``pole``; ``lang`` is the language it opens in, the others lie beside it."""
    return write_styled_geopackage(path, base_layers(pole, lang), crs=pole.crs, lang=lang, run_date=run_date)


def base_layers(pole: Pole, lang: Lang) -> list[StyledLayer]:
    """Layers to draw, tables to fill, layers of the site; empty layers of the site are left out."""
    words = Words(pole, lang)
    others: list[Lang] = [other for other in LANGUAGES if other != lang]
    layers = []
    for name in (n for group in GROUPS.values() for n in group):
        frame = _frame(pole, name)
        if name in SITE_LAYERS and not len(frame):
            continue
        one = StyledLayer(
            name=name,
            frame=frame,
            title=words.layer(name),
            style=layer_style(name, words),
            kind=DRAWN.get(name, ""),
            table=_TABLES.get(name),
            styles={other: layer_style(name, Words(pole, other)) for other in others},
        )
        layers.append(one)
    return layers


def _frame(pole: Pole, name: str) -> pd.DataFrame:
    if name == "about":
        context = " ".join(GROUPS["site"])
        rows = {"form": "qutb-plan/1", **{f"title.{x}": None for x in sorted(LANGUAGES)}, "context": context}
        return pd.DataFrame({"key": list(rows), "value": list(rows.values())})
    if name == "site":
        return pd.DataFrame({"site_id": ["site"], "geometry": [pole.site.boundary]}).set_index("site_id")
    if name in SITE_LAYERS:
        frame: pd.DataFrame = getattr(pole.site, name)
        return frame
    return empty_table(_TABLES[name], pole.crs)


def layer_style(name: str, words: Words, layer_ids: Mapping[str, str] | None = None) -> LayerStyle:
    """Symbols and form of a layer in one language; ``layer_ids`` names the layers of a project file."""
    table = _TABLES.get(name, _ABOUT)
    columns = [c for c in table if c.kind != "geometry"] if name != "site" else []
    shown: dict[str, object] = {
        "aliases": {c.name: words.column(table, c.name) for c in columns},
        "values": {c.name: values for c in columns if (values := words.listed(table, c))},
        "label_column": _LABELS.get(name, ""),
        "hidden": ("fid",),
    }
    if name not in SITE_LAYERS:
        shown |= {
            "row_lists": _row_lists(name, words, layer_ids or {}),
            "defaults": _defaults(table),
            "rules": {c.name: _rule(c, table, words) for c in columns},
        }
    if name == "plots":
        return use_style(USES, words.lang, **shown)
    return LayerStyle(symbol=_SYMBOLS.get(name, Symbol()), **shown)  # type: ignore[arg-type]


def _row_lists(name: str, words: Words, layer_ids: Mapping[str, str]) -> dict[str, RowList]:
    return {
        column: RowList(layer=words.layer(layer), key=key, name=shown, layer_id=layer_ids.get(layer, ""))
        for (table, column), (layer, key, shown) in _ROW_LISTS.items()
        if table == name
    }


def _defaults(table: Table) -> dict[str, str]:
    """What a new row starts with: the next free number as its id, and what most rows hold."""
    letter = _FIRST_LETTER.get(table.name)
    number_of = f"try(to_int(regexp_substr(\"{table.key}\", '([0-9]+)$')), 0)"
    own = {table.key: f"'{letter}-' || (coalesce(maximum({number_of}), 0) + 1)"} if letter else {}
    return {**own, **_DEFAULTS.get(table.name, {})}


def _rule(column: Column, table: Table, words: Words) -> Rule:
    must = column.required and not column.nullable
    expression, said = _bounds(column, words)
    is_key = column.name == table.key
    return Rule(required=must, unique=is_key, expression=expression, words=said, firm=is_key)


def _bounds(column: Column, words: Words) -> tuple[str, str]:
    low, high = column.minimum, column.maximum
    if low is None:
        return "", ""
    name = f'"{column.name}"'
    if high is None:
        return f"{name} IS NULL OR {name} >= {low:g}", words.say("rule.at_least", low=number(low, words.lang))
    shown = {"low": number(low, words.lang), "high": number(high, words.lang)}
    return f"{name} IS NULL OR ({name} >= {low:g} AND {name} <= {high:g})", words.say("rule.between", **shown)


def codes_of(words: Words, tables: Sequence[Table] = PLAN_TABLES) -> list[tuple[Table, Column, Mapping[str, str]]]:
    """Every coded column of ``tables`` with its values."""
    return [(t, c, listed) for t in tables for c in t if (listed := words.listed(t, c))]
