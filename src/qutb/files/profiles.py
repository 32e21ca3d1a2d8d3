"""Import profiles: how somebody else's layers become the tables of a plan, as a small TOML file.

::

    title = { en = "Yishun Central" }
    crs = "EPSG:3414"                        # where the file has none, or to reproject to

    [[plots]]                                # one entry a source layer; several are put one after the other
    layer = "plots"
    where = { kind = ["parcel"] }            # keep only rows with these values
    id = "T-{row}"                           # where the source has no identifier
    columns = { plot_id = "plot_id", use = "landuse", floor_area_ratio = "plot_ratio" }
    values.use = { residential = "housing_apartment", education = "facility" }
    otherwise = { use = "land_reserve" }     # for values the map above does not name
    constants = { detail = "lot" }
    defaults = { storeys = 4 }               # where the source is empty; counted and said
    scale = { floor_area_ratio = 0.01 }      # percent to ratio
    computed = { storeys = { divide = ["floor_area_ratio", "ground_coverage_ratio"], round = "up" } }

A column of ``columns`` that no table names is kept as it is. Computed columns are made last, in order.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qutb.core import Finding, FormatError, InputError, Severity
from qutb.files.reading import Layers
from qutb.plan import PLAN_TABLES

__all__ = ["Profile", "mapped", "read_profile"]

_KEYS = {t.name: t.key for t in PLAN_TABLES}
_Cell = str | float | bool
_ROUND: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "": lambda v: v,
    "up": lambda v: np.ceil(np.round(v, 6)),
    "down": lambda v: np.floor(np.round(v, 6)),
    "nearest": np.round,
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Computed(_Strict):
    """A column from others and numbers: their quotient or product; ``area_m2`` is the shape's own area."""

    divide: tuple[str | float, ...] = ()
    multiply: tuple[str | float, ...] = ()
    round: Literal["up", "down", "nearest", ""] = ""


class Source(_Strict):
    """One source layer of one table; keys as in the module's example."""

    layer: str
    where: dict[str, tuple[_Cell, ...]] = {}
    id: str = ""
    columns: dict[str, str] = {}
    values: dict[str, dict[str, _Cell]] = {}
    otherwise: dict[str, _Cell] = {}
    constants: dict[str, _Cell] = {}
    defaults: dict[str, _Cell] = {}
    scale: dict[str, float] = {}
    computed: dict[str, Computed] = {}


class Profile(_Strict):
    """A whole profile: titles, coordinate system, and the sources of each table of the plan.

    ``confirmed`` is false in one that Qutb proposes, until a person has read it.
    """

    title: dict[str, str] = {}
    source: str = ""
    confirmed: bool = True
    crs: str | None = Field(default=None, pattern=r"^(EPSG:\d{4,6}|local)$")
    plots: tuple[Source, ...] = ()
    streets: tuple[Source, ...] = ()
    street_areas: tuple[Source, ...] = ()
    buildings: tuple[Source, ...] = ()
    plot_floors: tuple[Source, ...] = ()
    zones: tuple[Source, ...] = ()
    phases: tuple[Source, ...] = ()


def read_profile(path: str | Path) -> Profile:
    """The profile in a TOML file; raises ``FormatError`` or ``InputError`` naming the key at fault."""
    path = Path(path)
    try:
        return Profile.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise FormatError("FILE-PROFILE-UNREADABLE", path.name, fault=str(fault)) from fault
    except ValidationError as faults:
        first = faults.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError("FILE-PROFILE-KEY", path.name, key=place, fault=first["msg"]) from None


def mapped(layers: Layers, profile: Profile, where: str) -> tuple[dict[str, pd.DataFrame], tuple[Finding, ...]]:
    """Frames named as plan tables, and what was filled in or left out."""
    frames: dict[str, pd.DataFrame] = {}
    said: list[Finding] = []
    for table, key in _KEYS.items():
        makers = [_Maker(_layer(layers, source, where), source, table) for source in getattr(profile, table)]
        parts = [maker.made(key) for maker in makers]
        said += [note for maker in makers for note in maker.notes]
        if parts:
            frames[table] = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return frames, tuple(said)


def _layer(layers: Layers, source: Source, where: str) -> pd.DataFrame:
    if source.layer not in layers:
        raise FormatError("FILE-NO-LAYER", where, layer=source.layer, found=", ".join(layers.frames))
    frame = layers[source.layer]
    lacking = [c for c in (*source.columns.values(), *source.where) if c not in frame]
    if lacking:
        found = ", ".join(str(c) for c in frame.columns)
        raise FormatError("FILE-NO-COLUMN", where, layer=source.layer, column=", ".join(lacking), found=found)
    return frame


class _Maker:
    """Makes one part of one table from one source layer; ``notes`` says what it did that is not in the file."""

    def __init__(self, frame: pd.DataFrame, source: Source, table: str) -> None:
        self.source, self.table, self.notes = source, table, list[Finding]()
        kept = np.ones(len(frame), dtype=bool)
        for column, values in source.where.items():
            kept &= frame[column].isin(values).to_numpy()
        if not kept.all():
            self._say("FILE-ROWS-LEFT", "note", count=int((~kept).sum()))
        self.rows = frame[kept].reset_index(drop=True)

    def made(self, key: str) -> pd.DataFrame:
        columns = {ours: self.rows[theirs] for ours, theirs in self.source.columns.items()}
        if self.source.id and key:
            columns[key] = pd.Series([self.source.id.replace("{row}", str(n + 1)) for n in range(len(self.rows))])
        columns |= {c: self._translated(c, columns[c]) for c in columns if c in self.source.values}
        columns |= {c: pd.Series([v] * len(self.rows)) for c, v in self.source.constants.items()}
        columns |= {c: self._filled(c, columns.get(c), v) for c, v in self.source.defaults.items()}
        for column, factor in self.source.scale.items():
            columns[column] = pd.to_numeric(columns[column], errors="coerce") * factor
        for column, rule in self.source.computed.items():
            columns[column] = self._computed(columns, rule)
        if "geometry" in self.rows:
            columns["geometry"] = self.rows["geometry"]
        return pd.DataFrame(columns, index=self.rows.index)

    def _translated(self, column: str, given: pd.Series) -> pd.Series:
        known = self.source.values[column]
        words = pd.Series([known.get(_word(v)) for v in given], index=given.index, dtype=object)
        strange = words.isna() & given.notna()
        if column not in self.source.otherwise:
            return words.where(~strange, given)
        used = self.source.otherwise[column]
        if strange.any() and used != "":  # an empty word means absent
            found = sorted(given[strange].astype(str).unique())[:8]
            self._say("FILE-VALUES-OTHER", "note", column=column, count=int(strange.sum()), found=found, used=used)
        return words.where(~strange, used)

    def _filled(self, column: str, given: pd.Series | None, value: _Cell) -> pd.Series:
        given = pd.Series([None] * len(self.rows), dtype=object) if given is None else given
        empty = given.isna()
        if empty.any():
            self._say("FILE-DEFAULT-USED", "warning", column=column, count=int(empty.sum()), used=value)
        return given.where(~empty, value)

    def _computed(self, columns: Mapping[str, pd.Series], rule: Computed) -> pd.Series:
        terms = [self._term(columns, term) for term in rule.divide or rule.multiply]
        with np.errstate(divide="ignore", invalid="ignore"):
            made = reduce(np.divide if rule.divide else np.multiply, terms)
        made = np.where(np.isfinite(made), made, np.nan)
        return pd.Series(_ROUND[rule.round](made), index=self.rows.index)

    def _term(self, columns: Mapping[str, pd.Series], term: str | float) -> np.ndarray:
        if not isinstance(term, str):
            return np.full(len(self.rows), float(term))
        if term == "area_m2":
            return np.asarray(self.rows["geometry"].area)
        if term not in columns:
            raise InputError("FILE-PROFILE-KEY", self.source.layer, key="computed", fault=term)
        return np.asarray(pd.to_numeric(columns[term], errors="coerce"), dtype="float64")

    def _say(self, code: str, severity: Severity, **params: object) -> None:
        where = (f"layer:{self.source.layer}",)
        self.notes.append(Finding(code=code, severity=severity, where=where, params={"table": self.table, **params}))


def _word(value: Any) -> str:
    """The source's value as a profile writes it: ``true``, ``17``, ``residential``."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
