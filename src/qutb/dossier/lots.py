"""The table of lots (tableau de consistance): every lot with its use and what may be built, and totals by use.

Ratios are those the plan gives, else floor area over plot area. Dwellings are whole numbers that add up to the
plan's total: what rounding leaves over goes to the lots with the largest remainders.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from qutb.appraisal import Appraisal
from qutb.dossier.content import Cell, Head, Page, TableBlock, Text, cell
from qutb.dossier.edition import Edition
from qutb.dossier.xlsx import SheetColumn, SheetTable
from qutb.draw import PALETTE
from qutb.text import isolate, number

__all__ = ["LOT_COLUMNS", "lot_pages", "lot_sheets", "lots_table", "use_totals", "written", "zone_pages"]

LOT_COLUMNS: Mapping[str, str] = {  # column -> SI unit
    "area_m2": "m2",
    "storeys": "storeys",
    "floor_area_ratio": "index",
    "ground_coverage_ratio": "index",
    "floor_area_m2": "m2",
    "dwellings": "dwellings",
}
_DIGITS = {"m2": 0, "storeys": None, "index": 2, "dwellings": 0, "lots": 0, "ratio": 1}
_FEW_M2 = 0.5


def lots_table(appraisal: Appraisal) -> pd.DataFrame:
    """One row a lot, by block: block_id, phase, use, facility_type and :data:`LOT_COLUMNS` [SI], index plot_id."""
    plots, capacity, fabric = appraisal.plan.plots, _table(appraisal, "capacity"), _table(appraisal, "fabric")
    area = _from(fabric, "area_m2", plots).where(lambda a: a.notna(), plots.geometry.area)
    floor = _from(capacity, "floor_area_m2", plots)
    given = plots["floor_area_ratio"].astype(float)
    built = (floor / area.where(area > 0)).where(floor > 0)
    table = pd.DataFrame(
        {
            "block_id": plots["block_id"].where(plots["block_id"].notna(), _from(fabric, "block_id", plots, text=True)),
            "phase": plots["phase"],
            "use": plots["use"],
            "facility_type": plots["facility_type"],
            "area_m2": area,
            "storeys": plots["storeys"].astype(float),
            "floor_area_ratio": given.where(given.notna(), built),
            "ground_coverage_ratio": plots["ground_coverage_ratio"].astype(float),
            "floor_area_m2": floor,
            "dwellings": _whole(_from(capacity, "dwellings", plots)),
        }
    )
    order = table.assign(_block=table["block_id"].fillna("").astype(str), _lot=table.index.astype(str))
    return table.loc[order.sort_values(["_block", "_lot"]).index]


def _table(appraisal: Appraisal, step: str) -> pd.DataFrame | None:
    result = appraisal.results.get(step)
    return None if result is None else result.tables()["plots"]


def _from(table: pd.DataFrame | None, column: str, plots: pd.DataFrame, *, text: bool = False) -> pd.Series:
    """A result's column on the index of the plots; absent where the step did not run."""
    if table is None:
        return pd.Series(None if text else np.nan, index=plots.index, dtype=object if text else float)
    return table[column].reindex(plots.index)


def _whole(values: pd.Series) -> pd.Series:
    """Whole numbers with the rounded total of ``values``."""
    known = values.fillna(0.0)
    floors = np.floor(known)
    left = round(float(known.sum())) - int(floors.sum())
    largest = (known - floors).sort_values(ascending=False, kind="stable").index[: max(left, 0)]
    floors.loc[largest] += 1
    return floors.where(values.notna())


def use_totals(appraisal: Appraisal, lots: pd.DataFrame) -> pd.DataFrame:
    """Totals by use in the palette's order: lots, area_m2, share_of_site [ratio], floor_area_m2, dwellings.

    Streets, land without use, land outside the site and land counted twice follow, so that areas add up to the site.
    """
    uses = lots["use"].fillna("unassigned").astype(str)
    totals = lots.groupby(uses)[["area_m2", "floor_area_m2", "dwellings"]].sum()
    totals.insert(0, "lots", lots.groupby(uses).size())
    rest = _land_beside(appraisal, totals)
    order = [u for u in PALETTE if u in totals.index] + sorted(set(totals.index) - set(PALETTE))
    totals = pd.concat([totals.loc[order], rest]) if len(rest) else totals.loc[order]
    site = float(appraisal.pole.site.boundary.area)
    totals.insert(2, "share_of_site", totals["area_m2"] / site if site else np.nan)
    return totals


def _land_beside(appraisal: Appraisal, totals: pd.DataFrame) -> pd.DataFrame:
    validity = appraisal.results.get("validity")
    if validity is None:
        return totals.iloc[:0]
    balance = validity.tables()["balance"]["area_m2"]
    beside = balance[[u for u in ("right_of_way", "unassigned", "overlap") if u in balance.index]]
    rest = pd.DataFrame({"area_m2": beside[beside.abs() >= _FEW_M2]})
    outside = float(balance.sum() - totals["area_m2"].sum() - beside.sum())
    if abs(outside) >= _FEW_M2:  # the balance counts plots only as far as they lie in the site
        rest.loc["outside"] = outside
    return rest.reindex(columns=totals.columns)


def written(value: Any, unit: str, edition: Edition) -> str:
    """A figure of a table whose head says the unit; an absent one is a dash."""
    if value is None or not math.isfinite(float(value)):
        return "–"
    if unit == "ratio":
        return isolate(f"{number(100 * float(value), edition.lang, 1)}\u00a0%", edition.lang)
    return number(float(value), edition.lang, _DIGITS.get(unit))


def lot_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """Totals by use, then every lot under its block."""
    appraisal = edition.appraisals[plan]
    lots = lots_table(appraisal)
    totals = use_totals(appraisal, lots)
    first = Page(
        key="totals",
        title=edition.named("papers.totals", "totals"),
        blocks=(_totals_block(edition, totals), Text(text=edition.named("papers.lots_note", ""), tone="muted")),
    )
    return (
        first,
        Page(key="lots", title=edition.named("papers.lots", "lots"), blocks=(_lots_block(edition, lots),)),
    )


_TOTAL_UNITS = {
    "lots": "lots",
    "area_m2": "m2",
    "share_of_site": "ratio",
    "floor_area_m2": "m2",
    "dwellings": "dwellings",
}


def _head_text(edition: Edition, column: str) -> str:
    return edition.named(f"papers.head.{column}", column)


def _totals_block(edition: Edition, totals: pd.DataFrame) -> TableBlock:
    rows = [
        (cell(use_name(edition, str(use))), *(cell(written(row[c], u, edition)) for c, u in _TOTAL_UNITS.items()))
        for use, row in totals.iterrows()
    ]
    sums = totals.sum(numeric_only=True)
    last = (
        cell(edition.named("papers.site_total", "total"), tone="strong"),
        *(cell(written(sums[c], u, edition), tone="strong") for c, u in _TOTAL_UNITS.items()),
    )
    heads = (
        Head(text=_head_text(edition, "use"), width=2.0),
        *(Head(text=_head_text(edition, c), align="end") for c in _TOTAL_UNITS),
    )
    return TableBlock(caption="", heads=heads, rows=(*rows, last))


def use_name(edition: Edition, use: str) -> str:
    """A use, or the land beside the lots."""
    return edition.named("papers.outside", use) if use == "outside" else edition.named(f"use.{use}", use)


def _lots_block(edition: Edition, lots: pd.DataFrame) -> TableBlock:
    heads = (
        Head(text=_head_text(edition, "plot_id"), width=1.1),
        Head(text=_head_text(edition, "use"), width=2.2),
        Head(text=_head_text(edition, "phase"), width=0.8),
        *(Head(text=_head_text(edition, c), align="end") for c in LOT_COLUMNS),
    )
    rows: list[tuple[Cell, ...]] = []
    for block, members in lots.groupby(lots["block_id"].fillna("").astype(str), sort=False):
        rows.append((cell(_block_head(edition, str(block), members), tone="group"),))
        rows += [_lot_row(edition, lot) for lot in members.reset_index().to_dict("records")]
    return TableBlock(caption="", heads=heads, rows=tuple(rows), dense=True)


def _block_head(edition: Edition, block: str, members: pd.DataFrame) -> str:
    name = f"{edition.named('plan.block_id', 'block')} {isolate(block, edition.lang)}" if block else "–"
    area = edition.value(float(members["area_m2"].sum()), "m2")
    count = edition.named("papers.count_of_lots", "{count}").format(count=edition.count(len(members)))
    return f"{name} · {count} · {area}"


def _lot_row(edition: Edition, lot: Mapping[str, Any]) -> tuple[Cell, ...]:
    use = use_name(edition, str(lot["use"])) if isinstance(lot["use"], str) else "–"
    facility = edition.facility(lot["facility_type"]) if isinstance(lot["facility_type"], str) else ""
    phase = isolate(lot["phase"], edition.lang) if isinstance(lot["phase"], str) else "–"
    return (
        cell(isolate(str(lot["plot_id"]), edition.lang), tone="strong"),
        cell(use, sub=facility),
        cell(phase),
        *(cell(written(lot[c], u, edition)) for c, u in LOT_COLUMNS.items()),
    )


def lot_sheets(edition: Edition, plan: str) -> list[SheetTable]:
    """The same as sheets of a workbook, with figures as figures."""
    appraisal = edition.appraisals[plan]
    lots = lots_table(appraisal)
    totals = use_totals(appraisal, lots)
    named: list[Mapping[str, Any]] = [
        {**row, "use": use_name(edition, str(use))} for use, row in totals.to_dict("index").items()
    ]
    sums = totals.sum(numeric_only=True).to_dict()
    named.append({**sums, "use": edition.named("papers.site_total", "total")})
    return [
        _sheet(edition, plan, "totals", {"use": "", **_TOTAL_UNITS}, named),
        _sheet(
            edition,
            plan,
            "lots",
            _SHEET_COLUMNS,
            [_sheet_row(edition, r) for r in lots.reset_index().to_dict("records")],
        ),
    ]


_SHEET_COLUMNS = {"plot_id": "", "block_id": "", "phase": "", "use": "", "facility_type": "", **LOT_COLUMNS}
_WHOLE = ("lots", "dwellings")


def _sheet_row(edition: Edition, lot: Mapping[str, Any]) -> Mapping[str, Any]:
    facility = lot["facility_type"]
    return {
        **lot,
        "use": use_name(edition, lot["use"]) if isinstance(lot["use"], str) else None,
        "facility_type": edition.facility(facility) if isinstance(facility, str) else None,
    }


def _sheet(
    edition: Edition, plan: str, key: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> SheetTable:
    return SheetTable(
        name=edition.named(f"papers.{key}", key),
        title=f"{edition.title(plan)} · {edition.named(f'papers.{key}', key)}",
        columns=[
            SheetColumn(
                key=c,
                label=_head_text(edition, c),
                unit=unit if unit in ("m2", "ratio", "index") else "",
                kind="integer" if c in _WHOLE else "number" if unit else "text",
            )
            for c, unit in columns.items()
        ],
        rows=rows,
        note=edition.named("papers.lots_note", ""),
    )


_ZONE_UNITS = {
    "plot_area_min_m2": "m2",
    "frontage_min_m": "m",
    "ground_coverage_ratio_max": "index",
    "floor_area_ratio_max": "index",
    "height_max_m": "m",
    "setback_m": "m",
    "parking_spaces_per_dwelling": "index",
}
_DRAWN = ("floor_area_ratio", "ground_coverage_ratio", "storeys")


def zone_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """The rules of each zone, then what is drawn: by zone where lots name theirs, else by use."""
    appraisal = edition.appraisals[plan]
    zones = appraisal.plan.zones
    lots = lots_table(appraisal)
    codes = appraisal.plan.plots["zone_code"].reindex(lots.index)
    groups = codes if codes.notna().any() else lots["use"]
    title = edition.named("papers.zones", "zones")
    rules = _rules_block(edition, zones) if len(zones) else Text(text=edition.named("papers.no_zones", ""))
    return (Page(key="zones", title=title, blocks=(rules, _drawn_block(edition, lots, groups))),)


def _rules_block(edition: Edition, zones: pd.DataFrame) -> TableBlock:
    heads = (
        Head(text=_head_text(edition, "zone_code"), width=0.8),
        Head(text=edition.named("plan.allowed_uses", "uses"), width=2.4),
        *(Head(text=_head_text(edition, c), align="end") for c in _ZONE_UNITS),
    )
    rows = tuple(
        (
            cell(isolate(str(code), edition.lang), tone="strong"),
            cell(_uses(edition, zone.get("allowed_uses"))),
            *(cell(_rule(zone.get(c), edition)) for c in _ZONE_UNITS),
        )
        for code, zone in zones.iterrows()
    )
    return TableBlock(caption=edition.named("papers.rules", "rules"), heads=heads, rows=rows)


def _rule(value: Any, edition: Edition) -> str:
    return "–" if value is None or pd.isna(value) else number(float(value), edition.lang)


def _uses(edition: Edition, uses: Any) -> str:
    if not isinstance(uses, str) or not uses.split():
        return "–"
    return (edition.word("comma") + " ").join(use_name(edition, u) for u in uses.split())


def _drawn_block(edition: Edition, lots: pd.DataFrame, groups: pd.Series) -> TableBlock:
    by_use = groups.name == "use"
    heads = (
        Head(text=_head_text(edition, "use" if by_use else "zone_code"), width=1.6),
        Head(text=_head_text(edition, "lots"), align="end"),
        Head(text=_head_text(edition, "area_m2"), align="end"),
        Head(text=edition.named("papers.head.smallest", "smallest"), align="end"),
        *(Head(text=_head_text(edition, c), align="end") for c in _DRAWN),
    )
    rows = tuple(
        (
            cell(use_name(edition, str(key)) if by_use else isolate(str(key), edition.lang)),
            cell(written(len(some), "lots", edition)),
            cell(written(some["area_m2"].sum(), "m2", edition)),
            cell(written(some["area_m2"].min(), "m2", edition)),
            *(cell(_spread(some[c], LOT_COLUMNS[c], edition)) for c in _DRAWN),
        )
        for key, some in lots.groupby(groups.fillna("–"), sort=True)
    )
    return TableBlock(
        caption=edition.named("papers.drawn", "drawn"),
        heads=heads,
        rows=rows,
        note=edition.named("papers.drawn_note", ""),
    )


def _spread(values: pd.Series, unit: str, edition: Edition) -> str:
    known = values.dropna()
    if known.empty:
        return "–"
    low, high = (written(v, unit, edition) for v in (known.min(), known.max()))
    return low if low == high else isolate(f"{low} – {high}", edition.lang)
