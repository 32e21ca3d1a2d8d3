"""The door: frames as they come from files or spreadsheets become a plan, and what was wrong becomes findings.

Nothing is guessed and nothing is dropped in silence: a value that cannot be read is absent afterwards, a row
is kept out only when it has no usable geometry, and each such case is a finding with ids, count and area.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import Column, Finding, Severity, Table
from qutb.plan.coercion import coerced
from qutb.plan.findings import about, place
from qutb.plan.model import LOCAL_CRS, Plan, empty_table
from qutb.plan.references import reference_findings
from qutb.plan.schema import failures
from qutb.plan.tables import PLAN_TABLES, PLOT_FLOORS

__all__ = ["read_table", "read_tables"]

_DIMENSION = {"streets": 1, "roads": 1, "tie_ins": 0, "spot_heights": 0}
_SHAPE_NAMES = {0: "point", 1: "line", 2: "polygon"}
_ASSUMED = {"detail": "lot"}
_Outcome = tuple[pd.DataFrame, list[Finding]]


def read_tables(
    frames: Mapping[str, pd.DataFrame],
    *,
    name: str,
    crs: str,
    title: Mapping[str, str] | None = None,
    refines: str = "",
) -> tuple[Plan, tuple[Finding, ...]]:
    """A plan from frames named as its tables, and everything that was wrong with them.

    ``crs`` is ``"EPSG:n"`` (projected, metres; reprojecting is the reader's work) or ``"local"``. The plan's
    ``remarks`` keep what concerns the reading; what ties tables together (a phase nobody declared) is also
    told by validity, so that a later edit is judged again.
    """
    known = {t.name: t for t in PLAN_TABLES}
    remarks: list[Finding] = [
        Finding(code="PLAN-LAYER-UNKNOWN", severity="note", where=(f"layer:{layer}",), params={"known": sorted(known)})
        for layer in sorted(set(frames) - set(known))
    ]
    tables = {}
    for table in PLAN_TABLES:
        tables[table.name], told = read_table(frames.get(table.name), table, crs)
        remarks += told
    tables["plot_floors"], found = _floors_of_plots(tables["plot_floors"], tables["plots"])
    remarks += found
    plan = Plan.build(name=name, crs=crs, title=title, refines=refines, remarks=tuple(remarks), **tables)
    return plan, (*remarks, *reference_findings(plan))


def read_table(frame: pd.DataFrame | None, table: Table, crs: str) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One table as its description asks, indexed by its key; works for plan and site tables alike.

    Columns not in the description are kept. Raises nothing on bad content; see the codes ``PLAN-*``.
    """
    if frame is None or (len(frame) == 0 and not len(frame.columns)):
        return empty_table(table, crs), ()
    rows, findings = _plain_rows(frame, table)
    steps: tuple[Callable[[pd.DataFrame, Table], _Outcome], ...] = (_with_ids, _with_geometry, _with_kinds, _checked)
    for step in steps:
        rows, found = step(rows, table)
        findings += found
    if "geometry" in table:
        crs_or_none = None if crs == LOCAL_CRS else crs
        rows = gpd.GeoDataFrame(rows, geometry=rows["geometry"].to_numpy(dtype=object), crs=crs_or_none)
    return (rows.set_index(table.key) if table.key else rows), tuple(findings)


def _plain_rows(frame: pd.DataFrame, table: Table) -> _Outcome:
    """Rows numbered 0..n-1 with the key as a column, each column once, the drawn shape named ``geometry``."""
    rows = pd.DataFrame(frame)
    keyed = bool(table.key) and rows.index.name == table.key and table.key not in rows
    rows = rows.reset_index(drop=not keyed)
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name not in (None, "geometry"):
        rows = rows.drop(columns="geometry", errors="ignore").rename(columns={frame.active_geometry_name: "geometry"})
    rows.columns = pd.Index([str(c) for c in rows.columns])
    twice = rows.columns.duplicated()
    if not twice.any():
        return rows, []
    found = sorted(set(rows.columns[twice]))
    told = about("PLAN-COLUMN-TWICE", "warning", [f"layer:{table.name}"], found=found)
    return rows.loc[:, ~twice], [told]


# geometry ---------------------------------------------------------------------------------------------


def _with_geometry(rows: pd.DataFrame, table: Table) -> _Outcome:
    """Rows whose geometry can be used, each with one polygon, line or point of the right kind."""
    if "geometry" not in table:
        return rows, []
    if "geometry" not in rows:
        found = _left_out("PLAN-GEOMETRY-NONE", table, rows, range(len(rows)), 0.0)
        return rows.iloc[:0].assign(geometry=None), [found] if len(rows) else []
    shapes = rows["geometry"].to_numpy(dtype=object)
    none = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    endless = ~none & ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    wanted = _DIMENSION.get(table.name, 2)
    usable, left, mixed = _of_dimension(shapes, wanted, ~none & ~endless)
    wrong = ~none & ~endless & shapely.is_missing(usable)
    findings = [
        *_maybe("PLAN-GEOMETRY-NONE", table, rows, none, shapes),
        *_maybe("PLAN-GEOMETRY-ENDLESS", table, rows, endless, shapes),
        *_maybe("PLAN-GEOMETRY-TYPE", table, rows, wrong, shapes, wanted=_SHAPE_NAMES[wanted]),
    ]
    if mixed.any():
        params: dict[str, Any] = {"value": float(left[mixed].sum()), "unit": "m2", "wanted": _SHAPE_NAMES[wanted]}
        findings.append(about("PLAN-GEOMETRY-MIXED", "warning", _places(table, rows, mixed), **params))
    keep = ~shapely.is_missing(usable)
    return rows.assign(geometry=usable)[keep].reset_index(drop=True), findings


def _of_dimension(shapes: np.ndarray, wanted: int, ok: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The part of each geometry with the wanted dimension, the area [m2] left out, and where some was."""
    usable = np.full(len(shapes), None, dtype=object)
    left, mixed = np.zeros(len(shapes)), np.zeros(len(shapes), dtype=bool)
    kind = shapely.get_type_id(shapes)
    plain = ok & (kind != 7) & (shapely.get_dimensions(shapes) == wanted)
    usable[plain] = shapes[plain]
    ring = plain & (kind == 2)
    usable[ring] = shapely.linestrings([shapely.get_coordinates(g) for g in shapes[ring]]) if ring.any() else None
    for i in np.flatnonzero(ok & (kind == 7)):
        parts = shapely.get_parts(shapely.get_parts(shapes[i]))
        fits = parts[shapely.get_dimensions(parts) == wanted]
        mixed[i] = len(fits) > 0 and len(fits) < len(parts)
        left[i] = shapely.area(parts).sum() - shapely.area(fits).sum()
        if len(fits):
            usable[i] = fits[0] if len(fits) == 1 else _MULTI[wanted](fits)
    return usable, left, mixed


_MULTI = {0: shapely.multipoints, 1: shapely.multilinestrings, 2: shapely.multipolygons}


def _maybe(
    code: str, table: Table, rows: pd.DataFrame, bad: np.ndarray, shapes: np.ndarray, **params: Any
) -> Iterator[Finding]:
    if bad.any():
        area = float(np.nansum(shapely.area(shapes[bad])))
        yield _left_out(code, table, rows, np.flatnonzero(bad), area, **params)


def _left_out(code: str, table: Table, rows: pd.DataFrame, at: Iterable[int], area: float, **params: Any) -> Finding:
    mask = np.zeros(len(rows), dtype=bool)
    mask[list(at)] = True
    return about(code, "blocking", _places(table, rows, mask), layer=table.name, value=area, unit="m2", **params)


# ids ---------------------------------------------------------------------------------------------------


def _with_ids(rows: pd.DataFrame, table: Table) -> _Outcome:
    """Every row with an id of its own: made from its number where missing, with ``~2`` where taken."""
    if not table.key:
        return rows, []
    ids = coerced(rows[table.key], table.columns[0]).values if table.key in rows else pd.Series([None] * len(rows))
    ids = ids.astype(object).reset_index(drop=True)
    findings = []
    missing = ids.isna().to_numpy(dtype=bool)
    if missing.any():
        taken = set(ids.dropna())
        names = [f"row-{i + 1}" for i in np.flatnonzero(missing)]
        ids[missing] = [n if n not in taken else f"{n}~" for n in names]
        code = "PLAN-ID-MISSING" if table.key in rows else "PLAN-ID-COLUMN"
        places = [place(table, i) for i in ids[missing]]
        findings.append(about(code, "warning", places, layer=table.name, column=table.key))
    again = ids.duplicated().to_numpy(dtype=bool)
    if again.any():
        places = [place(table, i) for i in ids[again].drop_duplicates()]
        findings.append(about("PLAN-ID-DUPLICATE", "blocking", places, layer=table.name, rows=int(again.sum())))
        ids = _told_apart(ids)
    rows = rows.drop(columns=table.key, errors="ignore")
    rows.insert(0, table.key, ids.to_numpy())
    return rows, findings


def _told_apart(ids: pd.Series) -> pd.Series:
    while ids.duplicated().any():
        turn = ids.groupby(ids).cumcount()
        ids = ids.where(turn == 0, ids.astype(str) + "~" + (turn + 1).astype(str))
    return ids


# values ------------------------------------------------------------------------------------------------


def _with_kinds(rows: pd.DataFrame, table: Table) -> _Outcome:
    """Columns coerced to their kind; what was read from text or could not be read is told."""
    findings: list[Finding] = []
    rows = rows.copy()
    for column in _plain_columns(table):
        if column.name not in rows:
            continue
        given = rows[column.name]
        read = coerced(given, column)
        rows[column.name] = read.values.to_numpy()
        if read.rewritten.any():
            findings.append(_read_as(column, table, rows, read.rewritten, given))
        if read.unread.any():
            findings.append(_unread(column, table, rows, read.unread, given))
    return rows, findings


def _plain_columns(table: Table) -> list[Column]:
    return [c for c in table if c.kind != "geometry" and c.name != table.key]


def _read_as(column: Column, table: Table, rows: pd.DataFrame, at: np.ndarray, given: pd.Series) -> Finding:
    where = _places(table, rows, at)
    example = f"{given[at].iloc[0]} → {rows.loc[at, column.name].iloc[0]}"
    return about("PLAN-VALUE-READ", "note", where, layer=table.name, column=column.name, example=example)


def _unread(column: Column, table: Table, rows: pd.DataFrame, at: np.ndarray, given: pd.Series) -> Finding:
    code = {"boolean": "PLAN-BOOLEAN", "date": "PLAN-DATE"}.get(column.kind, "PLAN-NUMBER")
    found = _examples(given[at])
    return about(code, _severity(column), _places(table, rows, at), layer=table.name, column=column.name, found=found)


def _severity(column: Column) -> Severity:
    return "warning" if column.nullable or not column.required else "blocking"


def _examples(values: pd.Series) -> list[str]:
    return [str(v)[:40] for v in values.drop_duplicates().head(5)]


def _checked(rows: pd.DataFrame, table: Table) -> _Outcome:
    """Values tested by the schema; those outside it are absent afterwards."""
    findings: list[Finding] = []
    broken = failures(rows, table)
    for (name, check), cases in broken.groupby(["column", "check"], sort=True, dropna=False):
        if check == "column_in_dataframe":
            continue
        at = np.zeros(len(rows), dtype=bool)
        at[cases["index"].to_numpy(dtype=int)] = True
        findings += _broken_rule(rows, table, table[str(name)], str(check), at)
        if check != "not_nullable":
            rows.loc[at, name] = np.nan if table[str(name)].kind in ("number", "integer") else None
    return _with_columns(rows, table, findings)


def _broken_rule(rows: pd.DataFrame, table: Table, column: Column, check: str, at: np.ndarray) -> list[Finding]:
    where = _places(table, rows, at)
    shared: dict[str, Any] = {"layer": table.name, "column": column.name}
    values = rows.loc[at, column.name]
    if check == "not_nullable":
        unread = values.isna().all()  # text that was no number is told already
        return [about("PLAN-VALUE-MISSING", "blocking", where, **shared)] if unread else []
    if check == "choice":
        found = _examples(values)
        near = [n for word in found for n in get_close_matches(word.lower(), column.choices, 1)]
        known = list(dict.fromkeys(near)) or list(column.choices)
        return [about("PLAN-CHOICE", _severity(column), where, **shared, found=found, known=known)]
    low = check == "minimum"
    limit = column.minimum if low else column.maximum
    worst = float(values.min() if low else values.max())
    code = "PLAN-BELOW" if low else "PLAN-ABOVE"
    return [about(code, _severity(column), where, **shared, value=worst, limit=limit, unit=column.unit)]


def _with_columns(rows: pd.DataFrame, table: Table, findings: list[Finding]) -> _Outcome:
    """Columns the description asks for and the frame lacks."""
    for column in _plain_columns(table):
        if column.name in rows or not column.required:
            continue
        if column.name in _ASSUMED:
            rows[column.name] = _ASSUMED[column.name]
            params = {"column": column.name, "value": _ASSUMED[column.name]}
            findings.append(about("PLAN-COLUMN-ASSUMED", "warning", [f"layer:{table.name}"], **params))
        elif not column.nullable:
            where = [f"layer:{table.name}"]
            findings.append(about("PLAN-COLUMN-MISSING", "blocking", where, column=column.name))
    return rows, findings


def _places(table: Table, rows: pd.DataFrame, at: np.ndarray) -> list[str]:
    if table.key and table.key in rows:
        return [place(table, i) for i in rows.loc[at, table.key]]
    if "plot_id" in rows:
        return list(dict.fromkeys(f"plot:{i}" for i in rows.loc[at, "plot_id"]))
    return [f"{table.name}:{i + 1}" for i in np.flatnonzero(at)]


def _floors_of_plots(floors: pd.DataFrame, plots: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Floors without those of plots that do not exist."""
    lost = ~floors["plot_id"].isin(plots.index) if len(floors) else pd.Series(dtype=bool)
    if not lost.any():
        return floors, []
    area = float(floors.loc[lost, "floor_area_m2"].sum()) if "floor_area_m2" in floors else 0.0
    where = [f"plot:{i}" for i in floors.loc[lost, "plot_id"].drop_duplicates()]
    found = about("PLAN-FLOORS-UNKNOWN", "blocking", where, layer=PLOT_FLOORS.name, value=area, unit="m2")
    return floors[~lost].reset_index(drop=True), [found]
