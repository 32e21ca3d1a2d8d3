"""The pole as it stands, sheet by sheet: what the workbook shows and what a file read is compared with."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from qutb.core import Column, FormatError, StepResult, from_si
from qutb.pack import CatalogueRow, Parameter, Value, load_pack, read_catalogue
from qutb.pole.brief_file import read_toml
from qutb.pole.folder import open_pole
from qutb.pole.model import Brief, Pole
from qutb.pole.sheets.model import DENSITY_COLUMNS, ENTRY, PROVENANCE, Book, Record, Rows, Sheet
from qutb.pole.sheets.specs import FIXED_SHEETS, catalogue_sheet
from qutb.text import LANGUAGES, Lang, all_labels, label, number

__all__ = ["CALENDAR_FILE", "CATALOGUES", "ENTRIES_FILE", "State", "measures", "state_of"]

ENTRIES_FILE = "entries.csv"
CALENDAR_FILE = "calendar.toml"
CATALOGUES = "catalogues"
ENTRY_ITEMS = ("entered_by", "entered_date", "source")
_FACILITY_VALUES = ("population_per_unit", "site_area_m2", "service_radius_m")


@dataclass(frozen=True, eq=False, kw_only=True)
class State:
    """A pole folder's sheets and their rows; ``own`` are the pole's parameters and catalogue rows as written."""

    folder: Path
    pole: Pole
    sheets: tuple[Sheet, ...]
    book: Book
    own_values: Mapping[str, Any]
    own_rows: Mapping[str, Mapping[str, CatalogueRow]]
    pack_rows: Mapping[str, tuple[CatalogueRow, ...]]

    def sheet(self, name: str) -> Sheet:
        return next(s for s in self.sheets if s.name == name)


def state_of(folder: str | Path, lang: Lang = "en") -> State:
    """The sheets of the pole in ``folder``, words in ``lang``. Raises what :func:`~qutb.pole.open_pole` raises."""
    folder = Path(folder)
    pole = open_pole(folder)
    pack_rows = load_pack(pole.pack).catalogues
    own_rows = {name: _own_rows(folder, name, rows) for name, rows in pack_rows.items()}
    made = [catalogue_sheet(name, rows) for name, rows in sorted(pack_rows.items())]
    sheets = (*FIXED_SHEETS, *(s for s in made if s is not None))
    own_values = _own_values(folder)
    signed = _signed(folder)
    case = _Case(pole, folder, lang, own_values, own_rows, pack_rows)
    book = Book({s.name: partial(_rows, case, s, signed) for s in sheets})
    return State(
        folder=folder,
        pole=pole,
        sheets=sheets,
        book=book,
        own_values=own_values,
        own_rows=own_rows,
        pack_rows=pack_rows,
    )


@dataclass(frozen=True)
class _Case:
    pole: Pole
    folder: Path
    lang: Lang
    own_values: Mapping[str, Any]
    own_rows: Mapping[str, Mapping[str, CatalogueRow]]
    pack_rows: Mapping[str, tuple[CatalogueRow, ...]]


_Made = Iterable[tuple[str, Record]]
_Journal = Mapping[tuple[str, str], Mapping[str, str]]


def _rows(case: _Case, sheet: Sheet, signed: _Journal) -> Rows:
    maker = _MAKERS.get(sheet.name)
    given = maker(case) if maker else _catalogue(sheet, case.own_rows[sheet.name], case.pack_rows[sheet.name])
    return {row: _whole(sheet, record, signed.get((sheet.name, row), {})) for row, record in given}


def _whole(sheet: Sheet, record: Record, signed: Mapping[str, str]) -> dict[str, Any]:
    """Every column of the sheet; who, when and source from the journal where the row has none of its own."""
    whole = {c.name: _plain(record.get(c.name)) for c in sheet.table}
    for name in (*PROVENANCE, "source"):
        if name in whole and whole[name] is None:
            whole[name] = signed.get(name) or None
    return whole


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | str):
        return value or None if isinstance(value, str) else value
    if isinstance(value, int | float):
        return float(value)
    return value.item() if hasattr(value, "item") else str(value)


# what stands in the folder ---------------------------------------------------------------------------------


def _own_values(folder: Path) -> Mapping[str, Any]:
    path = folder / "values.yaml"
    if not path.is_file():
        return {}
    import yaml

    return yaml.safe_load(path.read_text("utf-8-sig")) or {}


def _own_rows(folder: Path, name: str, rows: tuple[CatalogueRow, ...]) -> dict[str, CatalogueRow]:
    path = folder / "prices.csv" if name == "prices" else folder / CATALOGUES / f"{name}.csv"
    if not path.is_file() or not rows:
        return {}
    key = next(iter(rows[0]))
    return {row[key]: row for row in read_catalogue(path)}


def _signed(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The last entry of each row in the journal."""
    path = folder / ENTRIES_FILE
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return {(row["sheet"], row["row"]): dict(row) for row in csv.DictReader(handle)}
    except (KeyError, UnicodeDecodeError) as fault:
        raise FormatError("POLE-CSV", path.name, fault=str(fault)) from fault


# sheets ----------------------------------------------------------------------------------------------------


@cache
def _words(key: str, lang: Lang, otherwise: str = "") -> str:
    return label(key, lang) if key in all_labels() else otherwise


def _entry(case: _Case) -> _Made:
    for item in ENTRY_ITEMS:
        yield item, {"item": item, "label": label(f"sheet.entry.{item}", case.lang)}


def _brief(case: _Case) -> _Made:
    brief = case.pole.brief
    cells: dict[str, Any] = {f"title.{lang}": brief.title.get(lang) for lang in LANGUAGES}
    cells |= {"town": brief.town, "weights_adopted": "yes" if brief.weights_adopted else "no"}
    cells |= {f"notes.{lang}": brief.notes.get(lang) for lang in LANGUAGES}
    for item, value in cells.items():
        yield item, {"item": item, "label": label(f"sheet.brief.{item}", case.lang), "value": value}


def measures() -> dict[str, Column]:
    """Every number of the pole's row that a target or criterion may name, by ``step.column``."""
    from qutb import capacity, cost, form, uptake

    steps: dict[str, type[StepResult]] = {
        "capacity": capacity.Capacity,
        "form": form.Form,
        "cost": cost.Cost,
        "uptake": uptake.Uptake,
    }
    return {
        f"{step}.{c.name}": c
        for step, result in steps.items()
        for c in result.TABLES["pole"]
        if c.kind in ("number", "integer")
    }


def _targets(case: _Case) -> _Made:
    known = measures()
    for target in case.pole.brief.targets:
        column = known.get(target.measure)
        yield (
            target.measure,
            {
                **vars(target),
                "label": _words(target.measure, case.lang, column.description if column else ""),
                "unit": column.unit if column else None,
            },
        )


def _criteria(case: _Case) -> _Made:
    for criterion in case.pole.brief.criteria:
        yield criterion.measure, {**vars(criterion), "label": _words(criterion.measure, case.lang)}


def _facilities(case: _Case) -> _Made:
    own = case.own_rows.get("facilities", {})
    for row in case.pack_rows.get("facilities", ()):
        name = row["facility_type"]
        mine = own.get(name, {})
        confirmed = mine.get("status") == "confirmed"
        yield (
            name,
            {
                "facility_type": name,
                "label": row[f"name_{case.lang}"],
                "level": _words(f"sheet.level.{row['level']}", case.lang, row["level"]),
                "units_asked": _asked(case.pole.brief, name),
                "comparator": _comparator(row, case.lang),
                "pack_status": _words(f"status.{row['status']}", case.lang, row["status"]),
                "document": mine.get("document") or row["document"],
                "page": mine.get("page") or row["page"],
                **{c: _number(mine.get(c)) for c in _FACILITY_VALUES},
                "status": "confirmed" if confirmed else None,
                **{c: mine.get(c) for c in (*PROVENANCE, "source")},
            },
        )


def _asked(brief: Brief, name: str) -> float | None:
    return float(brief.facilities[name]) if name in brief.facilities else None


def _comparator(row: CatalogueRow, lang: Lang) -> str | None:
    """The comparator's figures in words, for the reader only."""
    parts = [
        f"{label(f'sheet.comparator.{name}', lang)} {_shown(low, lang)}"
        + (f" – {_shown(high, lang)}" if high != low else "")
        for name in ("population_per_unit", "users_per_unit", "site_m2_per_user")
        if (low := row.get(f"comparator_{name}_low", "")) and (high := row.get(f"comparator_{name}_high", low))
    ]
    return "; ".join([*parts, row["comparator_source"]]) if parts else None


def _shown(text: str, lang: Lang) -> str:
    value = _number(text)
    return text if value is None else number(value, lang)


def _number(text: Any) -> float | None:
    try:
        return float(text) if text not in (None, "") else None
    except ValueError:
        return None


def _prices(case: _Case) -> _Made:
    own = case.own_rows.get("prices", {})
    for row in case.pack_rows.get("prices", ()):
        mine = own.get(row["price_key"], {})
        yield (
            row["price_key"],
            {
                "price_key": row["price_key"],
                "label": row[f"name_{case.lang}"],
                "unit": row["unit"],
                **{f"pack_{c}": _number(row[c]) for c in ("low", "central", "high")},
                "pack_price_date": row["price_date"],
                "pack_status": _words(f"status.{row['status']}", case.lang, row["status"]),
                **{c: _number(mine.get(c)) for c in ("low", "central", "high")},
                **{c: mine.get(c) for c in ("price_date", "status", "source", *PROVENANCE)},
            },
        )


def _values(case: _Case) -> _Made:
    pack = load_pack(case.pole.pack).parameters
    when = case.pole.pack_date
    own = {k: Parameter.from_data(k, v, "pole") for k, v in case.own_values.items()}
    for key in sorted({*pack, *own}):
        parameter = pack.get(key) or own[key]
        theirs = pack[key].at(when) if key in pack else None
        mine = own[key].at(when) if key in own else None
        entry = _entry_of(case.own_values.get(key), mine)
        yield (
            key,
            {
                "key": key,
                "label": parameter.description,
                "unit": parameter.unit,
                **{f"pack_{n}": v for n, v in _ends(theirs, parameter.unit).items()},
                "pack_status": _words(f"status.{theirs.status}", case.lang) if theirs else None,
                "pack_source": theirs.source if theirs else None,
                **_ends(mine, (own[key].unit if mine else parameter.unit)),
                "status": mine.status if mine else None,
                "source": mine.source if mine else None,
                "derivation": mine.derivation if mine else None,
                **{name: entry.get(name) for name in PROVENANCE},
            },
        )


def _ends(value: Value | None, unit: str) -> dict[str, float | None]:
    if value is None:
        return dict.fromkeys(("low", "central", "high"))
    return {n: float(f"{from_si(getattr(value, n), unit):.12g}") for n in ("low", "central", "high")}


def _entry_of(data: Mapping[str, Any] | None, mine: Value | None) -> Mapping[str, Any]:
    if not data or mine is None:
        return {}
    for day, entry in data["values"].items():
        if str(day) == mine.valid_from.isoformat():
            return {k: None if v is None else str(v) for k, v in entry.items()}
    return {}


def _zones(case: _Case) -> _Made:
    for plan in case.pole.plans:
        frame = case.pole.plan(plan).zones
        for code, row in frame.iterrows():
            yield f"{plan}/{code}", {"plan": plan, "zone_code": code, **row.to_dict()}


def _densities(case: _Case) -> _Made:
    """One row a plan and use; a figure is shown where every lot of the use has it."""
    for plan in case.pole.plans:
        plots = case.pole.plan(plan).plots
        for use, some in plots.groupby("use"):
            yield (
                f"{plan}/{use}",
                {
                    "plan": plan,
                    "use": use,
                    "plots": len(some),
                    "area_ha": round(float(some.area.sum()) / 10_000, 4),
                    **{c: _shared(some[c]) for c in DENSITY_COLUMNS},
                },
            )


def _shared(values: pd.Series) -> float | None:
    return float(values.iloc[0]) if values.notna().all() and values.nunique() == 1 else None


def _frame(name: str) -> Callable[[_Case], _Made]:
    def rows(case: _Case) -> _Made:
        frame: pd.DataFrame = getattr(case.pole, name)
        for row, record in frame.iterrows():
            yield str(row), {frame.index.name: str(row), **record.to_dict()}

    return rows


def _land(case: _Case) -> _Made:
    land = case.pole.site.land
    areas = land.geometry.area / 10_000.0
    for row, record in land.drop(columns="geometry").iterrows():
        yield str(row), {"parcel_id": str(row), "area_ha": round(float(areas[row]), 4), **record.to_dict()}


def _calendar(case: _Case) -> _Made:
    path = case.folder / CALENDAR_FILE
    if not path.is_file():
        return
    for day in read_toml(path).get("days", ()):
        yield str(day.get("day_id")), {k: str(v) for k, v in day.items()}


def _catalogue(sheet: Sheet, own: Mapping[str, CatalogueRow], pack: tuple[CatalogueRow, ...]) -> _Made:
    key = sheet.key[0]
    merged: Rows = {row[key]: {**row, **own.get(row[key], {})} for row in pack}
    merged |= {row: dict(record) for row, record in own.items() if row not in merged}
    numbers = {c.name for c in sheet.table if c.kind == "number"}
    for row, record in merged.items():
        yield row, {n: _number(v) if n in numbers else v for n, v in record.items()}


_MAKERS: dict[str, Callable[[_Case], _Made]] = {
    ENTRY: _entry,
    "brief": _brief,
    "targets": _targets,
    "criteria": _criteria,
    "facilities": _facilities,
    "prices": _prices,
    "values": _values,
    "zones": _zones,
    "densities": _densities,
    "commitments": _frame("commitments"),
    "actors": _frame("actors"),
    "land": _land,
    "calendar": _calendar,
}
