"""How people of one plan reach services and move: maps with their tables, phases, remedies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.dossier.content import Block, Facts, Figure, Head, Heading, Item, Page, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import Edition, results_table
from qutb.dossier.pages.remedies import remedy_blocks
from qutb.dossier.pages.shared import headed, phase_keys, phase_names, verdict_cell
from qutb.dossier.service_maps import (
    LOAD_CLASSES,
    WALK_CLASSES,
    flow_map,
    flows_by_edge,
    service_map,
    unserved_map,
    unserved_pupils,
)
from qutb.text import isolate, label

__all__ = ["service_pages"]

_STREETS_SHOWN = 6


def service_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """Access, then mobility; a page whose step did not run is left out."""
    results = edition.appraisals[plan].results
    pages = []
    if "access" in results:
        pages += [_access_page(edition, plan), _unserved_page(edition, plan)]
    if "mobility" in results and results["mobility"].status != "refused":
        pages.append(_mobility_page(edition, plan))
    return tuple(pages)


def _figure(edition: Edition, plan: str, key: str, svg: str, twin: TableBlock) -> Figure:
    words = edition.word(key)
    return Figure(svg=svg, alt=f"{words}: {edition.title(plan)}", caption=words, twin=twin)


def _mapped(edition: Edition, appraisal: Appraisal) -> bool:
    """Whether the plan has places to show: a programme without a drawing has none."""
    return not appraisal.plan.schematic and len(appraisal.plan.plots) > 0


def _facts(edition: Edition, step: str, row: pd.Series, units: Mapping[str, str]) -> Facts:
    return Facts(
        items=tuple(
            Item(
                text=edition.value(None if pd.isna(row[name]) else float(row[name]), unit),
                sub=label(f"measure.{step}.{name}", edition.lang),
            )
            for name, unit in units.items()
        )
    )


# access -------------------------------------------------------------------------------------------------


def _access_page(edition: Edition, plan: str) -> Page:
    appraisal = edition.appraisals[plan]
    tables = appraisal.results["access"].tables()
    units = {
        "completeness_15min": "ratio",
        "walk_m": "m",
        "unserved_pupils": "pupils",
        "services_below_floor": "services",
    }
    blocks: list[Block] = [Text(text=edition.word("access_intro"), tone="muted")]
    blocks.append(_facts(edition, "access", tables["pole"].iloc[0], units))
    classes = _walk_classes(edition, tables["plots"])
    if _mapped(edition, appraisal):
        blocks.append(_figure(edition, plan, "service_by_plot", service_map(edition, plan), classes))
    else:
        blocks += [Text(text=edition.word("schematic_no_map")), classes]
    blocks.append(_services(edition, tables["services"]))
    return Page(key=f"access-{plan}", title=headed(edition, plan, "access"), blocks=tuple(blocks))


def _walk_classes(edition: Edition, plots: pd.DataFrame) -> TableBlock:
    """Twin of the map of service: plots and residents by class."""
    lived = plots[plots["population"] > 0]
    groups = lived.groupby(lived["walk_class"].fillna("none"))["population"].agg(["size", "sum"])
    whole = float(groups["sum"].sum())
    shown = [name for name in (*WALK_CLASSES, "none") if name in groups.index]
    return TableBlock(
        caption=edition.word("service_by_plot"),
        heads=(
            Head(text=edition.word("walk_class"), width=2.2),
            Head(text=edition.word("plots"), align="end"),
            Head(text=label("measure.capacity.population", edition.lang), align="end"),
            Head(text=edition.word("share"), align="end"),
        ),
        rows=tuple(
            (
                cell(edition.word(f"walk_class.{name}")),
                cell(edition.count(int(groups.at[name, "size"]))),
                cell(edition.value(float(groups.at[name, "sum"]), "people")),
                cell(edition.value(float(groups.at[name, "sum"]) / whole if whole else None, "ratio")),
            )
            for name in shown
        ),
        dense=True,
    )


def _services(edition: Edition, services: pd.DataFrame) -> TableBlock:
    """Services that can be judged: with a reach, or counted in places."""
    judged = services[services["reach_m"].notna() | services["places"].notna()]
    return TableBlock(
        caption=edition.word("services"),
        heads=(
            Head(text=edition.word("facility"), width=1.6),
            Head(text=edition.word("users"), align="end", width=0.8),
            Head(text=edition.word("reach"), align="end", width=0.8),
            Head(text=edition.word("in_reach"), align="end", width=0.8),
            Head(text=edition.word("walk_p95"), align="end", width=0.9),
            Head(text=edition.word("places_short"), align="end", width=0.9),
            Head(text=edition.word("best_next"), width=1.3),
            Head(text=edition.word("verdict"), width=1.2),
        ),
        rows=tuple(_service_row(edition, str(key), row) for key, row in judged.iterrows()),
        note=edition.word("services_note"),
        dense=True,
    )


def _service_row(edition: Edition, key: str, row: pd.Series) -> tuple[TableCell, ...]:
    def shown(column: str, unit: str) -> str:
        return edition.value(None if pd.isna(row[column]) else float(row[column]), unit)

    best = row["best_next_plot"]
    next_plot = cell("–")
    if isinstance(best, str):
        gain = edition.word("would_serve").format(count=edition.count(round(float(row["best_next_served"]))))
        next_plot = cell(edition.place(f"plot:{best}"), sub=gain)
    return (
        cell(edition.facility(key)),
        cell(shown("users", "people")),
        cell(shown("reach_m", "m")),
        cell(shown("in_reach_share", "ratio")),
        cell(shown("p95_m", "m")),
        cell(shown("unserved", "people")),
        next_plot,
        verdict_cell(edition, str(row["verdict"])),
    )


def _unserved_page(edition: Edition, plan: str) -> Page:
    appraisal = edition.appraisals[plan]
    blocks: list[Block] = []
    twin = _unserved_table(edition, appraisal)
    if _mapped(edition, appraisal):
        blocks.append(_figure(edition, plan, "unserved_pupils_map", unserved_map(edition, plan), twin))
    else:
        blocks += [Text(text=edition.word("schematic_no_map")), twin]
    phases = _phases(edition, plan)
    if phases is not None:
        blocks.append(phases)
    remedies = remedy_blocks(edition, plan)
    if remedies:
        blocks += [Heading(text=edition.word("remedies_heading")), *remedies]
    return Page(key=f"unserved-{plan}", title=headed(edition, plan, "unserved_pupils_map"), blocks=tuple(blocks))


def _unserved_table(edition: Edition, appraisal: Appraisal) -> TableBlock:
    """Twin of the map of pupils: by school, too far or too full, and the block where most of them live."""
    pupils = unserved_pupils(appraisal)
    block = appraisal.results["fabric"].tables()["plots"]["block_id"]
    rows = []
    for school, mine in pupils.groupby("facility_type", sort=False):
        by_cause = mine.groupby("cause")["unserved"].sum()
        by_block = mine.groupby(block.reindex(mine["plot_id"]).to_numpy())["unserved"].sum()
        worst = str(by_block.idxmax()) if len(by_block) else ""
        rows.append(
            (
                cell(edition.facility(str(school))),
                cell(edition.value(float(mine["unserved"].sum()), "pupils")),
                cell(edition.value(float(by_cause.get("far", 0.0)), "pupils")),
                cell(edition.value(float(by_cause.get("full", 0.0)), "pupils")),
                cell(
                    edition.place(f"block:{worst}") if worst else "–",
                    sub=edition.value(float(by_block.max()), "pupils") if worst else "",
                ),
            )
        )
    return TableBlock(
        caption=edition.word("unserved_pupils_map"),
        heads=(
            Head(text=edition.word("facility"), width=1.6),
            Head(text=edition.word("without_place"), align="end"),
            Head(text=edition.word("too_far"), align="end"),
            Head(text=edition.word("too_full"), align="end"),
            Head(text=edition.word("most_in")),
        ),
        rows=tuple(rows) or ((cell(edition.word("everybody_has_a_place")), *(cell("–"),) * 4),),
        dense=True,
    )


def _phases(edition: Edition, plan: str) -> TableBlock | None:
    result = edition.appraisals[plan].results["access"]
    phases = result.tables()["phases"]
    if not len(phases):
        return None
    names = ("population", "completeness_15min", "walk_m", "unserved_pupils", "services_below_floor")
    columns = {"population": label("measure.capacity.population", edition.lang)} | {
        n: label(f"measure.access.{n}", edition.lang) for n in names[1:]
    }
    table = results_table(
        edition,
        phases,
        result.TABLES["phases"],
        columns,
        caption=edition.word("access_by_phase"),
        first=edition.word("phase"),
        names=phase_keys(edition, plan),
        subs=phase_names(edition, plan),
        note=edition.word("access_by_phase_note"),
    )
    return replace(table, dense=True)


# mobility -----------------------------------------------------------------------------------------------


def _mobility_page(edition: Edition, plan: str) -> Page:
    appraisal = edition.appraisals[plan]
    result = appraisal.results["mobility"]
    tables = result.tables()
    units = {
        "self_containment_share": "ratio",
        "car_share": "ratio",
        "volume_to_capacity_max": "index",
        "buses_needed": "buses",
    }
    blocks: list[Block] = [Text(text=edition.word("mobility_intro"), tone="muted")]
    blocks.append(_facts(edition, "mobility", tables["pole"].iloc[0], units))
    twin = _busiest(edition, appraisal)
    if _mapped(edition, appraisal):
        blocks.append(_figure(edition, plan, "flows_map", flow_map(edition, plan), twin))
    else:
        blocks += [Text(text=edition.word("schematic_no_map")), twin]
    blocks += [_lanes(edition, plan), _modes(edition, plan)]
    return Page(key=f"mobility-{plan}", title=headed(edition, plan, "mobility"), blocks=tuple(blocks))


def _busiest(edition: Edition, appraisal: Appraisal) -> TableBlock:
    """Twin of the map of traffic: length by class of load, then the busiest streets."""
    edges = flows_by_edge(appraisal)
    load = edges["volume_to_capacity_ratio"].to_numpy(dtype=float)
    rows: list[tuple[TableCell, ...]] = [(cell(edition.word("length_by_load"), tone="group"),)]
    below = 0.0
    for i, top in enumerate(LOAD_CLASSES):
        mine = (load <= top) & ((load > below) | (i == 0))
        length = float(edges["length_m"][mine].sum())
        if length > 0:
            rows.append((cell(edition.word(f"load_class.{i}")), cell(edition.value(length, "m")), *(cell(""),) * 3))
        below = top
    rows.append((cell(edition.word("busiest_streets"), tone="group"),))
    worst = edges.sort_values("volume_to_capacity_ratio", ascending=False, kind="stable").drop_duplicates("street_id")
    rows += [
        (
            cell(isolate(str(row["street_id"]).removeprefix("road:"), edition.lang)),
            cell(edition.value(float(row["length_m"]), "m")),
            cell(edition.value(float(row["flow_vehicles_per_h"]), "vehicles/h")),
            cell(edition.value(float(row["volume_to_capacity_ratio"]), "index")),
            cell(isolate(str(row["level_of_service"]), edition.lang)),
        )
        for _, row in worst.head(_STREETS_SHOWN).iterrows()
    ]
    return TableBlock(
        caption=edition.word("flows_map"),
        heads=(
            Head(text=edition.word("street"), width=1.8),
            Head(text=edition.word("length"), align="end"),
            Head(text=edition.word("vehicles"), align="end"),
            Head(text=edition.word("load"), align="end", width=1.2),
            Head(text=edition.word("service_level"), align="center"),
        ),
        rows=tuple(rows),
        dense=True,
    )


def _lanes(edition: Edition, plan: str) -> TableBlock:
    result = edition.appraisals[plan].results["mobility"]
    classes = result.tables()["classes"]
    table = results_table(
        edition,
        classes,
        result.TABLES["classes"],
        {
            n: label(f"mobility.{n}", edition.lang)
            for n in ("length_m", "lanes", "lanes_needed", "short_length_m", "volume_to_capacity_max")
        },
        caption=edition.word("lanes_by_class"),
        first=edition.word("street_class"),
        names={str(c): edition.named(f"street_class.{c}", str(c)) for c in classes.index},
    )
    return replace(table, dense=True)


def _modes(edition: Edition, plan: str) -> TableBlock:
    result = edition.appraisals[plan].results["mobility"]
    modes = result.tables()["modes"]
    table = results_table(
        edition,
        modes,
        result.TABLES["modes"],
        {n: label(f"mobility.{n}", edition.lang) for n in ("trips_per_day", "share", "distance_mean_m")},
        caption=edition.word("trips_by_mode"),
        first=edition.word("mode"),
        names={str(m): label(f"mobility.mode.{m}", edition.lang) for m in modes.index},
        note=edition.word("mobility_note"),
    )
    return replace(table, dense=True)
