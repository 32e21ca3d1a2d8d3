"""The pages of one plan: map, what it holds, form beside its limits, cost, findings, sheet."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.core import Check, Finding
from qutb.dossier.content import Block, Bullets, Facts, Figure, Head, Heading, Item, Page, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import Edition, FindingGroup, grouped, results_table
from qutb.dossier.maps import land_use_map, plan_sheets
from qutb.dossier.pages.finance import finance_pages
from qutb.dossier.pages.networks import network_pages
from qutb.dossier.pages.service import service_pages
from qutb.dossier.pages.shared import (
    check_name,
    check_places,
    cost_band,
    headed,
    is_facility_check,
    limit_standing,
    measure_name,
    phase_keys,
    phase_names,
    shortened,
    verdict_cell,
)
from qutb.draw import Range, ranges_svg
from qutb.text import day, hint, isolate, label, message

__all__ = ["plan_pages", "sheet_pages"]

_PLACES_SHOWN = 10
_SOURCE_SHOWN = 110
_BAR_MM = 7.0


def plan_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """All pages of ``plan``; a page whose step did not run is left out."""
    pages = (
        _map_page(edition, plan),
        _programme_page(edition, plan),
        _form_page(edition, plan),
        *service_pages(edition, plan),
        *network_pages(edition, plan),
        _cost_page(edition, plan),
        *finance_pages(edition, plan),
        _findings_page(edition, plan),
    )
    return tuple(p for p in pages if p is not None)


def sheet_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """The plan sheets, each on its own paper."""
    title = f"{edition.word('plan_sheet')} · {edition.title(plan)}"
    return tuple(
        Page(
            key=f"sheet-{plan}-{n}",
            title=title,
            sheet=Figure(
                svg=svg,
                alt=edition.word("map_alt").format(plan=edition.title(plan)),
                width_mm=420.0,
                twin=_uses_table(edition, edition.appraisals[plan]),
            ),
        )
        for n, svg in enumerate(plan_sheets(edition, plan), start=1)
    )


def _map_page(edition: Edition, plan: str) -> Page:
    column = edition.comparison.plans.index(plan)
    facts = tuple(
        Item(
            text=edition.value(row.cells[column].value, row.unit),
            sub=measure_name(edition, row),
        )
        for row in edition.comparison.headlines()[:5]
    )
    blocks: tuple[Block, ...] = (
        Text(text=edition.word("digest").format(code=edition.code(plan)), tone="muted"),
        Facts(items=facts),
        Figure(
            svg=land_use_map(edition, plan),
            alt=edition.word("map_alt").format(plan=edition.title(plan)),
            caption=edition.word("land_use"),
            twin=_uses_table(edition, edition.appraisals[plan]),
        ),
    )
    return Page(key=f"plan-{plan}", title=headed(edition, plan, "land_use"), blocks=blocks)


def _uses_table(edition: Edition, appraisal: Appraisal) -> TableBlock:
    """The map's twin: plots and area by use."""
    plots = appraisal.plan.plots
    uses = plots["use"].fillna("unassigned")
    areas = plots.geometry.area.groupby(uses).agg(["size", "sum"]).sort_values("sum", ascending=False)
    return TableBlock(
        caption=edition.word("land_use"),
        heads=(
            Head(text=edition.word("use"), width=1.5),
            Head(text=edition.word("plots"), align="end"),
            Head(text=edition.word("area"), align="end"),
        ),
        rows=tuple(
            (
                cell(edition.named(f"use.{use}", str(use))),
                cell(edition.count(int(row["size"]))),
                cell(edition.value(float(row["sum"]), "m2")),
            )
            for use, row in areas.iterrows()
        ),
        dense=True,
    )


def _programme_page(edition: Edition, plan: str) -> Page | None:
    result = edition.appraisals[plan].results.get("capacity")
    if result is None:
        return None
    tables = result.tables()
    words = edition.word
    blocks: list[Block] = [
        results_table(
            edition,
            tables["phases"],
            result.TABLES["phases"],
            {
                c: label(f"measure.capacity.{c}", edition.lang)
                for c in ("dwellings", "population", "beds", "jobs", "floor_area_m2")
            },
            caption=words("capacity_by_phase"),
            first=words("phase"),
            names=phase_keys(edition, plan),
            subs=phase_names(edition, plan),
            total=tables["pole"].iloc[0],
        ),
        results_table(
            edition,
            tables["segments"],
            result.TABLES["segments"],
            {
                "dwellings": label("measure.capacity.dwellings", edition.lang),
                "population": label("measure.capacity.population", edition.lang),
                "share_of_dwellings": words("share"),
            },
            caption=words("dwellings_by_segment"),
            first=words("segment"),
            names={s: edition.named(f"segment.{s}", s) for s in map(str, tables["segments"].index)},
        ),
        _facilities(edition, tables["facilities"]),
    ]
    return Page(key=f"programme-{plan}", title=headed(edition, plan, "programme"), blocks=tuple(blocks))


def _facilities(edition: Edition, facilities: pd.DataFrame) -> TableBlock:
    seen = facilities[
        (facilities["units_asked"].fillna(0) > 0)
        | (facilities["units_planned"].fillna(0) > 0)
        | (facilities["units_needed"].fillna(0) >= 1)
    ]
    return TableBlock(
        caption=edition.word("facilities"),
        heads=(
            Head(text=edition.word("facility"), width=1.7),
            Head(text=edition.word("asked"), align="end", width=0.7),
            Head(text=edition.word("drawn"), align="end", width=0.7),
            Head(text=edition.word("needed"), align="end", width=0.9),
            Head(text=edition.word("land_drawn"), align="end", width=0.9),
            Head(text=edition.word("land_needed"), align="end", width=1.4),
            Head(text=edition.word("verdict"), width=1.5),
        ),
        rows=tuple(_facility_row(edition, str(key), row) for key, row in seen.iterrows()),
        note=edition.word("facilities_note"),
        dense=True,
    )


def _facility_row(edition: Edition, key: str, row: pd.Series) -> tuple[TableCell, ...]:
    def known(column: str) -> float | None:
        return None if pd.isna(row[column]) else float(row[column])

    def units(column: str) -> str:
        value = known(column)
        return "–" if value is None else edition.count(value)

    return (
        cell(edition.facility(key)),
        cell(units("units_asked")),
        cell(units("units_planned")),
        _need(edition, row, "units_needed", "units/type"),
        cell(edition.value(known("site_area_planned_m2") or None, "m2")),
        _need(edition, row, "site_area_needed_m2", "m2"),
        verdict_cell(edition, str(row["verdict"])),
    )


def _need(edition: Edition, row: pd.Series, column: str, unit: str) -> TableCell:
    value, low, high = (
        None if pd.isna(row[column + end]) else float(row[column + end]) for end in ("", "_low", "_high")
    )
    return cell(edition.spread(low, high, unit) or edition.value(value, unit))


def _form_page(edition: Edition, plan: str) -> Page | None:
    checks = [c for c in edition.appraisals[plan].checks if not is_facility_check(c)]
    if not checks:
        return None
    table = TableBlock(
        caption=edition.word("checks"),
        heads=(
            Head(text=edition.word("check"), width=1.8),
            Head(text=edition.word("value"), align="end", width=0.9),
            Head(text=edition.word("limit"), align="end", width=1.1),
            Head(text=edition.word("verdict"), width=1.4),
            Head(text=edition.word("limit_standing"), width=2.3),
        ),
        rows=tuple(_check_row(edition, c) for c in checks),
        note=edition.word("verdict_note"),
        dense=True,
    )
    return Page(key=f"form-{plan}", title=headed(edition, plan, "checks"), blocks=(table,), follow=True)


def _check_row(edition: Edition, check: Check) -> tuple[TableCell, ...]:
    return (
        cell(check_name(edition, check), sub=check_places(edition, check)),
        cell(edition.value(check.value, check.unit)),
        cell(_limit(edition, check)),
        verdict_cell(edition, check.verdict),
        cell(
            limit_standing(edition, check),
            sub=isolate(_source(edition, check), edition.lang),
        ),
    )


def _source(edition: Edition, check: Check) -> str:
    """What the check's reference, such as ``ma:form.street_share_min@2014-01-01``, cites."""
    reference = check.source or ""
    key = reference.partition(":")[2].rpartition("@")[0]
    value = edition.first.pole.values.find(key) if key else None
    return shortened(value.source if value else reference, _SOURCE_SHOWN)


def _limit(edition: Edition, check: Check) -> str:
    low, high = check.limit_low, check.limit_high
    if low is not None and high is not None:
        return edition.spread(low, high, check.unit) or edition.value(low, check.unit)
    if low is not None:
        return edition.word("from").format(value=edition.value(low, check.unit))
    return edition.word("up_to").format(value=edition.value(high, check.unit)) if high is not None else "–"


def _cost_page(edition: Edition, plan: str) -> Page | None:
    result = edition.appraisals[plan].results.get("cost")
    if result is None or "trades" not in result.TABLES:
        return None
    tables = result.tables()
    columns = {
        c: label(f"measure.cost.{c}", edition.lang)
        for c in ("onsite_cost_amount", "offsite_cost_amount", "cost_amount")
    }
    total = tables["pole"].iloc[0]
    trades = tables["trades"]
    names = {t: edition.named(f"trade.{t}", t) for t in map(str, trades.index)}
    blocks: list[Block] = [
        Figure(
            svg=_trade_bars(edition, trades, names),
            alt=edition.word("cost_by_trade"),
            caption=edition.word("cost_by_trade"),
            width_mm=186.0,
        ),
        Figure(
            svg=_operation_bars(edition, plan),
            alt=edition.word("cost_beside"),
            caption=edition.word("cost_beside"),
            width_mm=186.0,
        ),
        results_table(
            edition,
            trades,
            result.TABLES["trades"],
            columns,
            caption=edition.word("cost_by_trade"),
            first=edition.word("trade"),
            names=names,
            total=total,
        ),
        results_table(
            edition,
            tables["phases"],
            result.TABLES["phases"],
            columns,
            caption=edition.word("cost_by_phase"),
            first=edition.word("phase"),
            names=phase_keys(edition, plan),
            subs=phase_names(edition, plan),
            total=total,
            note=edition.word("cost_note"),
        ),
    ]
    return Page(key=f"cost-{plan}", title=headed(edition, plan, "cost"), blocks=tuple(blocks))


def _trade_bars(edition: Edition, trades: pd.DataFrame, names: Mapping[str, str]) -> str:
    rows = [
        Range(
            label=names[str(t)],
            central=float(row["cost_amount"]),
            low=float(row["cost_amount_low"]),
            high=float(row["cost_amount_high"]),
        )
        for t, row in trades.sort_values("cost_amount", ascending=False).iterrows()
    ]
    return ranges_svg(
        rows,
        unit=edition.currency,
        lang=edition.lang,
        title="",
        size_mm=_chart_mm(rows),
        description=edition.word("cost_by_trade"),
    )


def _chart_mm(rows: list[Range]) -> tuple[float, float]:
    return 186.0, 18.0 + _BAR_MM * len(rows)


def _operation_bars(edition: Edition, plan: str) -> str:
    """On-site cost per gross m2 of the plan over the sourced operations, each with its year."""
    cost = edition.appraisals[plan].results["cost"].tables()
    pole, operations = cost["pole"].iloc[0], cost["operations"]
    key = "onsite_cost_per_gross_m2"
    rows = [
        Range(
            label=edition.title(plan),
            central=float(pole[key]),
            low=float(pole[f"{key}_low"]),
            high=float(pole[f"{key}_high"]),
        )
    ]
    for _, row in operations.iterrows():
        year = "" if pd.isna(row["year"]) else f" ({int(row['year'])})"
        rows.append(Range(label=isolate(f"{row['name']}{year}", edition.lang), central=float(row["per_gross_m2"])))
    band = cost_band(edition)
    return ranges_svg(
        rows,
        unit=f"{edition.currency}/m2",
        lang=edition.lang,
        title="",
        band=band,
        band_label=edition.word("sourced_operations") if band else "",
        size_mm=_chart_mm(rows),
        description=edition.word("cost_beside"),
    )


def _findings_page(edition: Edition, plan: str) -> Page:
    appraisal = edition.appraisals[plan]
    groups = grouped(appraisal.findings)
    items = tuple(_finding(edition, g) for g in groups)
    intro = edition.word("findings_intro" if items else "no_finding")
    date = edition.word("as_of").format(date=day(edition.run_date, edition.lang))
    blocks: tuple[Block, ...] = (Text(text=f"{intro} {date}"), Bullets(items=items), *_unseen(edition, appraisal))
    return Page(key=f"findings-{plan}", title=headed(edition, plan, "findings"), blocks=blocks, follow=True)


def _unseen(edition: Edition, appraisal: Appraisal) -> tuple[Block, ...]:
    """What the plan's grain or the pack does not let be seen, so that no reader takes silence for a good mark."""
    notes = [Finding(code=code, severity="note") for code in appraisal.not_seen]
    items = tuple(Item(text=message(n, edition.lang), sub=hint(n, edition.lang), tone="muted") for n in notes)
    return (Heading(text=label("grain.not_seen", edition.lang)), Bullets(items=items)) if items else ()


def _finding(edition: Edition, group: FindingGroup) -> Item:
    places = group.places(edition, _PLACES_SHOWN)
    where = " " + edition.word("where").format(places=places) if places else ""
    return Item(
        text=group.text(edition),
        sub=hint(group.first, edition.lang) + where,
        badge=label(f"severity.{group.first.severity}", edition.lang),
        tone=group.tone,
    )
