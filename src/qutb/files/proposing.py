"""Somebody else's layers, looked at: which table each is, which column says what; a profile to confirm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from qutb.files.drawing.words import Meaning, clean_text, meaning_of, plain_words, storeys_of, tag_meaning
from qutb.files.profiles import Profile
from qutb.files.reading import Layers
from qutb.plan import PLAN_TABLES, USES

__all__ = ["found_layers", "profile_toml", "proposed_profile"]

TABLES = ("plots", "streets", "street_areas", "buildings")
_AREAL = {"street_areas": "street_areas", "ways": "street_areas", "buildings": "buildings"}
_ASIDE = ("boundary", "ignore", "blocks")
_DEFAULT_USE, _DEFAULT_CLASS, _DEFAULT_WIDTH_M = "land_reserve", "local", 12.0
_NAMED = {"name", "nom", "label", "libelle", "fid", "اسم", "الاسم"}
_WIDTHS = {"largeur", "emprise", "width", "width m", "عرض", "العرض"}
_COUNTERS = ("id", "fid")  # made by programs
_KNOWN_LEAST = 0.5
_VALUES_MOST = 400


def found_layers(layers: Layers) -> pd.DataFrame:
    """Each layer with what it holds and what it is taken for: layer, role, use, reason, counts, areas and lengths."""
    rows = [_found(name, frame) for name, frame in layers.frames.items()]
    table = pd.DataFrame(rows).set_index("layer", drop=False)
    if not (table["role"] == "plots").any():
        outlines = table[table["closed"] > 0]
        best = outlines.sort_values(["role", "closed_area_m2"], key=lambda c: c if c.name != "role" else c != "blocks")
        if len(best):
            table.loc[best.index[0], ["role", "reason"]] = ["plots", "no other layer holds closed outlines"]
    return table


def _found(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    shapes = frame["geometry"].to_numpy() if "geometry" in frame else np.empty(0, dtype=object)
    dimension = shapely.get_dimensions(shapes)
    told = meaning_of(name)
    role = _role(told, dimension)
    closed, open_ = shapes[dimension == 2], shapes[dimension == 1]
    return {
        "layer": name,
        "role": role,
        "use": told.use if role == "plots" else "",
        "reason": f"name: {told.word}" if told.word else "shapes",
        "rows": len(frame),
        "closed": len(closed),
        "closed_area_m2": float(shapely.area(closed).sum()),
        "open": len(open_),
        "open_length_m": float(shapely.length(open_).sum()),
        "points": int((dimension == 0).sum()),
    }


def _role(told: Meaning, dimension: np.ndarray) -> str:
    """What most shapes of a layer can be, by its name."""
    if not len(dimension):
        return "ignore"
    most = int(np.bincount(np.clip(dimension, 0, 2), minlength=3).argmax())
    if most == 0:
        return "ignore"
    if most == 1:
        way = told.role in ("streets", "ways", "") and not told.use
        return "streets" if way or told.street_class else "ignore"
    if told.use:
        return "plots"
    return told.role if told.role in _ASIDE else _AREAL.get(told.role, "plots")


def proposed_profile(layers: Layers, found: pd.DataFrame) -> Profile:
    """The tables of a plan from the layers as ``found``; columns by their names, else by their values."""
    makers: Mapping[str, Callable[[str, pd.DataFrame], dict[str, Any]]] = {"plots": _plots, "streets": _streets}
    sources: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for name, role in zip(found["layer"], found["role"], strict=True):
        if role in sources:
            source = makers.get(role, _plain)(name, layers[name])
            sources[role].append({"layer": name, **source})
    for entries in sources.values():
        for entry in entries:
            if entry.get("id"):
                entry["id"] = entry["id"] if len(entries) == 1 else f"{entry['layer']}-{{row}}"
    return Profile.model_validate({"confirmed": False, **{t: s for t, s in sources.items() if s}})


def _plots(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    columns = _columns(frame, "plots")
    own = meaning_of(name)
    values: dict[str, dict[str, Any]] = {}
    use = columns.get("use") or _use_column(frame)
    source: dict[str, Any] = {"constants": {"detail": "lot"}} if "detail" not in columns else {}
    if use:
        columns["use"] = use
        values["use"] = _words(frame[use], lambda v: v if v in USES else meaning_of(v).use)
        source["otherwise"] = {"use": own.use or _DEFAULT_USE}
    if own.facility_type or use:
        kinds = _words(frame[use], lambda v: meaning_of(v).facility_type) if use else {}
        if kinds and "facility_type" not in columns:
            columns["facility_type"], values["facility_type"] = str(use), kinds
            source["otherwise"]["facility_type"] = own.facility_type
        elif own.facility_type:
            source.setdefault("constants", {})["facility_type"] = own.facility_type
    if "storeys" in columns:
        values["storeys"] = _words(frame[columns["storeys"]], storeys_of)
    number = _number(columns.get("plot_id"), frame)
    columns |= {"plot_id": number} if number else {}
    source["defaults"] = {"use": own.use or _DEFAULT_USE}
    return {**source, **({} if number else {"id": "N-{row}"}), "columns": columns, "values": values}


def _streets(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    columns = _columns(frame, "streets")
    width = next((str(c) for c in frame if " ".join(plain_words(str(c))) in _WIDTHS), None)
    columns |= {"width_m": width} if width and "width_m" not in columns else {}
    values = {}
    if "street_class" not in columns:
        ranked = _ranked(frame, lambda v: meaning_of(v).street_class)
        if ranked:
            columns["street_class"] = ranked
            values["street_class"] = _words(frame[ranked], lambda v: meaning_of(v).street_class)
    number = columns.get("street_id") or _id_column(frame)
    columns |= {"street_id": number} if number else {}
    given = meaning_of(name).street_class or _DEFAULT_CLASS
    defaults = {"street_class": given, "width_m": _DEFAULT_WIDTH_M}
    return {
        **({} if number else {"id": "S-{row}"}),
        "columns": columns,
        "values": values,
        "otherwise": dict.fromkeys(values, given),
        "defaults": defaults,
    }


def _plain(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    return {"id": name[:1].upper() + "-{row}"}


def _columns(frame: pd.DataFrame, table: str) -> dict[str, str]:
    """Columns of a plan table by those of the layer: of its own names first, then of words that mean them."""
    known = {c.name for t in PLAN_TABLES if t.name == table for c in t} - {"geometry"}
    found = {str(c): str(c) for c in frame if c in known}
    for column in map(str, frame):
        told = tag_meaning(column)
        fits = told in known and told not in found and frame[column].notna().any()
        if fits and (told != "plot_id" or _unique(frame[column])):
            found[told] = column
    return found


def _use_column(frame: pd.DataFrame) -> str | None:
    """The column most of whose texts are uses."""
    return _ranked(frame, lambda v: meaning_of(v).use)


def _ranked(frame: pd.DataFrame, means: Callable[[str], str]) -> str | None:
    """The column most of whose texts have a meaning, of several the one with fewest different words."""
    share: dict[str, tuple[float, int]] = {}
    for column in frame.columns.drop(["geometry", *_COUNTERS], errors="ignore"):
        words = [v for v in frame[column].dropna().unique() if isinstance(v, str)][:_VALUES_MOST]
        if words:
            share[str(column)] = (sum(bool(means(clean_text(w))) for w in words) / len(words), -len(words))
    best = max(share, key=lambda c: share[c], default=None)
    return best if best is not None and share[best][0] >= _KNOWN_LEAST else None


def _id_column(frame: pd.DataFrame) -> str | None:
    named = [str(c) for c in frame if " ".join(plain_words(str(c))) in _NAMED]
    return next((c for c in named if _unique(frame[c])), None)


def _number(found: str | None, frame: pd.DataFrame) -> str | None:
    """The column of the plots' numbers; a counter that a program made gives way to a name."""
    named = _id_column(frame)
    return named if named and found in (None, *_COUNTERS) else found


def _unique(values: pd.Series) -> bool:
    return bool(values.notna().all() and values.is_unique)


def _words(values: pd.Series, means: Callable[[str], Any]) -> dict[str, Any]:
    """The values of a column with what they mean, those that mean nothing left out."""
    words = [v for v in values.dropna().unique() if isinstance(v, str)]
    return {w: meant for w in words if (meant := means(clean_text(w)))}


def profile_toml(profile: Profile, found: pd.DataFrame, file: str) -> str:
    """The profile as a file to confirm, each layer with what it holds."""
    lines = [f"# {file}", "confirmed = false                # true once you have read it"]
    for table in TABLES:
        for source in getattr(profile, table):
            row = found.loc[source.layer]
            holds = f"{row['closed']} closed {row['closed_area_m2']:.0f} m2, {row['open']} open"
            lines += ["", f"[[{table}]]", f"layer = {_value(source.layer)}  # {holds} ({row['reason']})"]
            given = source.model_dump(exclude_defaults=True, exclude={"layer"})
            lines += [f"{key} = {_value(value)}" for key, value in given.items() if value not in ({}, (), "")]
    left = found[~found["role"].isin(TABLES)]
    lines += ["", *(f"# left out: {name} ({row['role']})" for name, row in left.iterrows())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{json.dumps(str(k), ensure_ascii=False)} = {_value(v)}" for k, v in value.items()) + " }"
        )
    return json.dumps(value, ensure_ascii=False)
