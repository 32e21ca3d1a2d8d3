"""A sheet for each department with only its figures, from the pack's catalogue ``departments``.

A row of the catalogue names, separated by spaces: columns of capacity by phase, measures (``step.column``),
facility types, uses, kinds of tie-in, and further parts (schools, streets, storeys, constraints). What it does
not name does not stand on the sheet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from qutb.core import Table
from qutb.dossier.content import Block, Cell, Figure, Head, Page, TableBlock, Text, cell
from qutb.dossier.edition import Edition, results_table
from qutb.dossier.lots import LOT_COLUMNS, lots_table, use_name, written
from qutb.dossier.maps import plan_layers, site_extent
from qutb.draw import Layer, map_svg
from qutb.pack import CatalogueRow
from qutb.text import isolate

__all__ = ["department_page", "departments"]

_LOTS_SHOWN = 40
_HIGHLIGHT = "#1f5d8c"
_FAINT = "#eceae5"
_MAP_MM = (186.0, 96.0)


def departments(edition: Edition) -> tuple[CatalogueRow, ...]:
    """Rows of the pack's catalogue; none where the pack has no such list."""
    return tuple(edition.first.pole.values.catalogues.get("departments", ()))


def department_name(edition: Edition, row: CatalogueRow) -> str:
    """The department's name in the language, or its code."""
    return row.get(f"name_{edition.lang}") or isolate(row["department"], edition.lang)


def department_page(edition: Edition, plan: str, row: CatalogueRow) -> Page:
    """The sheet of one department; parts for which the plan holds nothing are left out."""
    lots = _lots_of(edition, plan, row)
    parts: list[Block | None] = [
        Text(text=_note(edition, row), tone="muted"),
        _figures(edition, plan, row),
        _phases(edition, plan, row),
        _facilities(edition, plan, row),
        *(_PARTS[part](edition, plan) for part in _named(row, "parts") if part in _PARTS),
        _uses(edition, plan, row),
        _tie_ins(edition, row),
        _map(edition, plan, lots),
        _lot_list(edition, lots),
    ]
    title = edition.named("papers.sheet_of", "{name}").format(name=department_name(edition, row))
    return Page(key=row["department"], title=title, blocks=tuple(p for p in parts if p is not None))


def _named(row: CatalogueRow, column: str) -> list[str]:
    return (row.get(column) or "").split()


def _note(edition: Edition, row: CatalogueRow) -> str:
    key = "papers.sheet_note_confirmed" if row.get("status") == "confirmed" else "papers.sheet_note"
    return edition.named(key, "")


def _block(
    edition: Edition, key: str, heads: Sequence[str], rows: Iterable[Sequence[str]], note: str = ""
) -> TableBlock | None:
    """A table whose first column is words and the others figures; nothing without rows."""
    cells: tuple[tuple[Cell, ...], ...] = tuple(tuple(cell(text) for text in row) for row in rows)
    if not cells:
        return None
    shaped = tuple(Head(text=h, width=_width(h, n), align="end" if n else "start") for n, h in enumerate(heads))
    return TableBlock(caption=edition.named(f"papers.{key}", key), heads=shaped, rows=cells, note=note)


def _width(head: str, column: int) -> float:
    return 1.6 if column == 0 else min(1.5, max(1.0, len(head) / 11))


def _words(edition: Edition, *keys: str) -> list[str]:
    return [edition.named(key if key.startswith("capacity.") else f"papers.{key}", key) for key in keys]


def _figures(edition: Edition, plan: str, row: CatalogueRow) -> TableBlock | None:
    rows = []
    for measure in _named(row, "measures"):
        step, _, column = measure.partition(".")
        result = edition.appraisals[plan].results.get(step)
        if result is None or column not in result.tables()["pole"]:
            continue
        unit, one = result.TABLES["pole"][column].unit, result.tables()["pole"].iloc[0]
        low, high = (one.get(f"{column}_{end}") for end in ("low", "high"))
        name = edition.named(f"measure.{measure}", edition.named(measure, column))
        rows.append(
            (name, edition.value(_number(one[column]), unit), edition.spread(_number(low), _number(high), unit))
        )
    return _block(edition, "figures", _words(edition, "measure", "value", "range"), rows)


def _number(value: object) -> float | None:
    known = isinstance(value, int | float | np.number) and math.isfinite(float(value))
    return float(value) if known else None  # type: ignore[arg-type]


def _phases(edition: Edition, plan: str, row: CatalogueRow) -> TableBlock | None:
    capacity = edition.appraisals[plan].results.get("capacity")
    if capacity is None or not len(capacity.tables()["phases"]):
        return None
    frame = capacity.tables()["phases"]
    schema: Table = capacity.TABLES["phases"]
    columns = {c: _phase_head(edition, c) for c in _named(row, "phase_columns") if c in schema and _own(c, row)}
    if not columns:
        return None
    return results_table(
        edition,
        frame,
        schema,
        columns,
        caption=edition.named("papers.by_phase", "phases"),
        first=edition.word("phase"),
        names={str(k): _phase(edition, str(k)) for k in frame.index},
        total=capacity.tables()["pole"].iloc[0],
    )


def _own(column: str, row: CatalogueRow) -> bool:
    """A bound stands under its figure already."""
    base = column.removesuffix("_low").removesuffix("_high")
    return base == column or base not in _named(row, "phase_columns")


def _phase_head(edition: Edition, column: str) -> str:
    return edition.named(f"capacity.{column}", column)


def _phase(edition: Edition, phase: str) -> str:
    return edition.named(f"phase.{phase}", phase)


def _facilities(edition: Edition, plan: str, row: CatalogueRow) -> TableBlock | None:
    capacity = edition.appraisals[plan].results.get("capacity")
    if capacity is None:
        return None
    frame = capacity.tables()["facilities"]
    columns = (
        "units_asked",
        "units_planned",
        "units_needed",
        "places_planned",
        "site_area_planned_m2",
        "site_area_needed_m2",
    )
    units = {c: capacity.TABLES["facilities"][c].unit for c in columns}
    rows = [
        (edition.facility(kind), *(edition.value(_number(frame.loc[kind, c]), units[c]) for c in columns))
        for kind in _named(row, "facilities")
        if kind in frame.index
    ]
    heads = _words(edition, "head.facility_type", *(f"capacity.{c}" for c in columns))
    return _block(edition, "facilities", heads, rows, edition.named("papers.facilities_note", ""))


def _schools(edition: Edition, plan: str) -> TableBlock | None:
    capacity = edition.appraisals[plan].results.get("capacity")
    if capacity is None or "schools" not in capacity.TABLES:
        return None
    rows = [
        (
            f"{edition.facility(str(s['facility_type']))} · {_phase(edition, str(s['phase']))}",
            *(edition.value(_number(s[c]), "pupils") for c in ("pupils", "places", "short_places")),
        )
        for s in capacity.tables()["schools"].to_dict("records")
    ]
    heads = _words(edition, "head.facility_type", *_SCHOOL_HEADS)
    return _block(edition, "schools", heads, rows)


_SCHOOL_HEADS = ("capacity.pupils", "capacity.places", "capacity.short_places")


def _streets(edition: Edition, plan: str) -> TableBlock | None:
    streets = edition.appraisals[plan].plan.streets
    kinds = streets["street_class"].fillna("–").astype(str)
    lengths = streets.geometry.length
    rows = [
        (
            edition.named(f"street_class.{kind}", kind),
            edition.count(len(some)),
            edition.value(float(lengths[some.index].sum()), "m"),
            edition.spread(float(some["width_m"].min()), float(some["width_m"].max()), "m")
            or edition.value(_number(some["width_m"].min()), "m"),
        )
        for kind, some in streets.groupby(kinds)
    ]
    heads = [
        edition.named("plan.street_class", ""),
        edition.named("layer.streets", ""),
        *_words(edition, "length", "width"),
    ]
    return _block(edition, "streets", heads, rows)


def _storeys(edition: Edition, plan: str) -> TableBlock | None:
    lots = lots_table(edition.appraisals[plan])
    rows = [
        (
            written(storeys, "storeys", edition),
            edition.count(len(some)),
            edition.value(float(some["floor_area_m2"].sum()), "m2"),
        )
        for storeys, some in lots[lots["storeys"].notna()].groupby("storeys")
    ]
    heads = _words(edition, "head.storeys", "head.lots", "head.floor_area_m2")
    return _block(edition, "storeys", heads, rows)


def _constraints(edition: Edition, plan: str) -> TableBlock | None:
    appraisal = edition.appraisals[plan]
    constraints = appraisal.pole.site.constraints
    fabric = appraisal.results.get("fabric")
    reached = fabric.tables()["constraint_overlaps"] if fabric is not None else pd.DataFrame(columns=["constraint_id"])
    rows = []
    for name, row in constraints.iterrows():
        lots = reached[reached["constraint_id"] == name]
        kind = edition.named(f"constraint.{row['kind']}", str(row["kind"]))
        standing = edition.named(f"standing.{row['status']}", str(row["status"]))
        area = float(lots["area_m2"].sum()) if len(lots) else 0.0
        rows.append(
            (
                f"{kind} {isolate(str(name), edition.lang)}",
                standing,
                edition.count(len(lots)),
                edition.value(area, "m2"),
            )
        )
    heads = [
        edition.named("papers.constraints", ""),
        edition.word("standing"),
        *_words(edition, "plots_reached", "area_reached"),
    ]
    return _block(edition, "constraints", heads, rows)


_PARTS: Mapping[str, Callable[[Edition, str], TableBlock | None]] = {
    "schools": _schools,
    "streets": _streets,
    "storeys": _storeys,
    "constraints": _constraints,
}


def _uses(edition: Edition, plan: str, row: CatalogueRow) -> TableBlock | None:
    lots = lots_table(edition.appraisals[plan])
    rows = []
    for use in _named(row, "uses"):
        some = lots[lots["use"] == use]
        if len(some):
            area, floor = (edition.value(float(some[c].sum()), "m2") for c in ("area_m2", "floor_area_m2"))
            rows.append((use_name(edition, use), edition.count(len(some)), area, floor))
    heads = [
        edition.word("use"),
        edition.word("plots"),
        edition.word("area"),
        edition.named("capacity.floor_area_m2", ""),
    ]
    return _block(edition, "plots_by_use", heads, rows)


def _tie_ins(edition: Edition, row: CatalogueRow) -> TableBlock | None:
    tie_ins = edition.first.pole.site.tie_ins
    some = tie_ins[tie_ins["kind"].isin(_named(row, "tie_ins"))]
    shown = ("capacity", "capacity_unit", "available_date", "owner", "letter")
    rows = [
        (
            f"{edition.named('kit.tie_in.' + str(r['kind']), str(r['kind']))} {isolate(str(name), edition.lang)}",
            *(_given(edition, r[c]) for c in shown),
        )
        for name, r in some.iterrows()
    ]
    heads = [edition.named("papers.tie_ins", ""), *(edition.named(f"kit.column.{c}", c) for c in shown)]
    return _block(edition, "tie_ins", heads, rows)


def _given(edition: Edition, value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return edition.count(value) if isinstance(value, float) else isolate(str(value), edition.lang)


def _lots_of(edition: Edition, plan: str, row: CatalogueRow) -> pd.DataFrame:
    """Lots of the department's facilities and uses."""
    lots = lots_table(edition.appraisals[plan])
    return lots[lots["facility_type"].isin(_named(row, "facilities")) | lots["use"].isin(_named(row, "uses"))]


def _map(edition: Edition, plan: str, lots: pd.DataFrame) -> Figure:
    """The whole plan in grey and the department's lots in colour, named."""
    appraisal = edition.appraisals[plan]
    key = "map" if len(lots) else "map_none"
    shapes = appraisal.plan.plots.geometry
    own = shapes.loc[lots.index]
    base = [Layer(**{**vars(one), "legend": "", "hatch": "", "labels": ()}) for one in plan_layers(edition, appraisal)]
    faint = Layer(geometries=shapes.to_numpy(), fill=_FAINT, stroke="#b9b4aa", stroke_width_mm=0.05)
    layers = [base[0], faint, *base[-3:]]
    if len(lots):
        names = [str(i) for i in lots.index] if len(lots) <= _LOTS_SHOWN else ()
        layers.append(
            Layer(geometries=own.to_numpy(), fill=_HIGHLIGHT, stroke="#ffffff", stroke_width_mm=0.1, labels=names)
        )
    words = edition.named(f"papers.{key}", key)
    svg = map_svg(
        layers, extent=site_extent(appraisal), size_mm=_MAP_MM, lang=edition.lang, title="", description=words
    )
    return Figure(svg=svg, alt=words, caption=words, width_mm=_MAP_MM[0])


def _lot_list(edition: Edition, lots: pd.DataFrame) -> TableBlock | None:
    columns = ("area_m2", "storeys", "floor_area_m2")
    rows = [
        (
            isolate(str(lot["plot_id"]), edition.lang),
            edition.facility(lot["facility_type"])
            if isinstance(lot["facility_type"], str)
            else use_name(edition, str(lot["use"])),
            isolate(str(lot["phase"] or "–"), edition.lang),
            *(written(lot[c], LOT_COLUMNS[c], edition) for c in columns),
        )
        for lot in lots.head(_LOTS_SHOWN).reset_index().to_dict("records")
    ]
    heads = [edition.named(f"papers.head.{c}", c) for c in ("plot_id", "use", "phase", *columns)]
    rest = len(lots) - len(rows)
    note = edition.named("papers.more_lots", "{count}").format(count=edition.count(rest)) if rest > 0 else ""
    return _block(edition, "plots", heads, rows, note)
