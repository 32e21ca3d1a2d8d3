"""The networks of one plan: balance and ways off site, then a page for each network with map, figures and bill."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from qutb.dossier.content import Block, Facts, Figure, Head, Heading, Item, Page, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.edition import Edition
from qutb.dossier.network_bill import bill_table
from qutb.dossier.network_maps import NETWORK_MAPS, offsite_map
from qutb.dossier.pages.shared import headed, phase_keys
from qutb.draw import Profile, profile_svg
from qutb.text import isolate, label

__all__ = ["network_blocks", "network_pages", "networks_shown"]

_LINES = {
    "water": "water_mains",
    "sewer": "sewer_pipes",
    "storm": "storm_pipes",
    "power": "power_lines",
    "fibre": "fibre_ducts",
    "streets": "streets",
}
_FACTS: Mapping[str, Mapping[str, str]] = {  # network -> columns of the pole's row and their units
    "water": {
        "water_mains_length_m": "m",
        "water_hydrants": "count",
        "water_storage_m3": "m3",
        "water_pressure_least_m": "m",
        "water_velocity_most_m_per_s": "m/s",
    },
    "sewer": {
        "sewer_length_m": "m",
        "sewer_manholes": "count",
        "sewer_flow_m3_per_s": "m3/s",
        "sewer_depth_most_m": "m",
        "sewer_pumps": "count",
    },
    "storm": {
        "storm_length_m": "m",
        "storm_flow_m3_per_s": "m3/s",
        "storm_depth_most_m": "m",
        "storm_retention_m3": "m3",
    },
    "power": {
        "power_substations_count": "count",
        "power_mv_length_m": "m",
        "power_lv_length_m": "m",
        "power_voltage_least_ratio": "ratio",
        "power_loading_most_ratio": "ratio",
    },
    "fibre": {"fibre_ducts_length_m": "m", "fibre_ducts_bound_m": "m", "fibre_points": "count"},
    "streets": {"streets_length_m": "m", "streets_cut_m3": "m3"},
}
_PROFILES_SHOWN = 2


def networks_shown(edition: Edition, plan: str) -> tuple[str, ...]:
    """Networks of a plan that have lines to draw."""
    result = edition.appraisals[plan].results.get("networks")
    tables = result.tables() if result is not None else {}
    return tuple(name for name, lines in _LINES.items() if lines in tables and len(tables[lines]))


def network_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """Balance, off site and on site first; then a page a network. None where networks were not asked for."""
    if "networks" not in edition.appraisals[plan].results:
        return ()
    shown = networks_shown(edition, plan)
    return (
        _overview(edition, plan),
        *(
            Page(
                key=f"networks-{name}-{plan}",
                title=f"{edition.title(plan)} · {label(f'net.{name}', edition.lang)}",
                blocks=network_blocks(edition, plan, name),
            )
            for name in shown
        ),
    )


def network_blocks(edition: Edition, plan: str, network: str) -> tuple[Block, ...]:
    """Figures, map, profiles and bill of one network."""
    tables = edition.appraisals[plan].results["networks"].tables()
    words = f"{edition.word(f'net_map_{network}')}: {edition.title(plan)}"
    return (
        Text(text=edition.word(f"net_intro_{network}"), tone="muted"),
        _facts(edition, tables["pole"].iloc[0], _FACTS[network]),
        Figure(svg=NETWORK_MAPS[network](edition, plan), alt=words, caption=edition.word(f"net_map_{network}")),
        *_profiles(edition, plan, network),
        bill_table(edition, tables["bill"], network),
    )


def _facts(edition: Edition, row: pd.Series, units: Mapping[str, str]) -> Facts:
    shown = {name: _shown(edition, row, name, unit) for name, unit in units.items()}
    return Facts(
        items=tuple(
            Item(text=text, sub=label(f"networks.{name}", edition.lang)) for name, text in shown.items() if text
        )[:5]
    )


def _shown(edition: Edition, row: pd.Series, name: str, unit: str) -> str:
    """A figure of the pole; its range where it has no centre, nothing where it is not known."""
    if unit == "count":
        return "" if pd.isna(row.get(name)) else edition.count(int(row[name]))
    value, low, high = (
        None if pd.isna(row.get(name + end)) else float(row[name + end]) for end in ("", "_low", "_high")
    )
    return edition.value(value, unit) if value is not None else edition.spread(low, high, unit)


# overview -----------------------------------------------------------------------------------------------


def _overview(edition: Edition, plan: str) -> Page:
    appraisal = edition.appraisals[plan]
    tables = appraisal.results["networks"].tables()
    units = {"onsite_cost_amount": "currency", "offsite_cost_amount": "currency", "streets_length_m": "m"}
    blocks: list[Block] = [
        Text(text=edition.word("net_intro"), tone="muted"),
        _facts(edition, tables["pole"].iloc[0], units),
        _balance(edition, plan, tables["balance"]),
    ]
    if len(appraisal.pole.site.tie_ins):
        alt = f"{edition.word('net_offsite_map')}: {edition.title(plan)}"
        figure = Figure(svg=offsite_map(edition, plan), alt=alt, caption=edition.word("net_offsite_map"))
        blocks += [figure, _tie_ins(edition, plan)]
    blocks.append(_sums(edition, plan))
    return Page(key=f"networks-{plan}", title=headed(edition, plan, "networks"), blocks=tuple(blocks))


def _balance(edition: Edition, plan: str, balance: pd.DataFrame) -> TableBlock:
    """What all phases so far ask beside what is granted."""
    phases = {**phase_keys(edition, plan), "unphased": edition.word("unphased")}
    rows: list[tuple[TableCell, ...]] = []
    for network, mine in balance.groupby("network", sort=False):
        rows.append((cell(label(f"net.{network}", edition.lang)),))
        rows += [_balance_row(edition, phases, row) for _, row in mine.iterrows()]
    return TableBlock(
        caption=edition.word("net_balance"),
        heads=(
            Head(text=edition.word("net_all_phases_to"), width=1.4),
            Head(text=edition.word("net_asked"), align="end", width=1.4),
            Head(text=edition.word("net_granted"), align="end"),
            Head(text=edition.word("net_share_used"), align="end"),
        ),
        rows=tuple(rows),
        note=edition.word("net_balance_note"),
        dense=True,
    )


def _balance_row(edition: Edition, phases: Mapping[str, str], row: pd.Series) -> tuple[TableCell, ...]:
    unit, factor = ("MVA", 1e-6) if row["network"] == "power" else ("m3/day", 86_400.0)

    def shown(name: str) -> float | None:
        return None if pd.isna(row[name]) else float(row[name]) * factor

    spread = edition.spread(shown("asked_low"), shown("asked_high"), unit)
    share = None if pd.isna(row["share_used"]) else float(row["share_used"])
    granted = shown("granted")
    return (
        cell(phases.get(str(row["phase"]), str(row["phase"]))),
        cell(edition.value(shown("asked"), unit), sub=spread),
        cell(edition.word("net_not_told") if granted is None else edition.value(granted, unit)),
        TableCell(
            text=edition.value(share, "ratio"),
            badge=edition.word("net_short") if share is not None and share > 1.0 else "",
            tone="blocking" if share is not None and share > 1.0 else "",
        ),
    )


def _tie_ins(edition: Edition, plan: str) -> TableBlock:
    """Twin of the map off site: where each network is met, and what is granted."""
    tie_ins = edition.appraisals[plan].pole.site.tie_ins
    rows = [
        (
            cell(isolate(str(name), edition.lang), sub=label(f"net.{row['kind']}", edition.lang)),
            cell(_told(edition, row["owner"])),
            cell(_capacity(edition, row)),
            cell(_told(edition, row["available_date"])),
            cell(_told(edition, row["letter"])),
        )
        for name, row in tie_ins.iterrows()
    ]
    return TableBlock(
        caption=edition.word("net_tie_ins"),
        heads=tuple(
            Head(text=edition.word(key))
            for key in ("net_tie_in", "net_owner", "net_granted", "net_available", "net_letter")
        ),
        rows=tuple(rows),
        dense=True,
    )


def _told(edition: Edition, value: object) -> str:
    return "–" if value is None or pd.isna(value) else isolate(str(value), edition.lang)


def _capacity(edition: Edition, row: pd.Series) -> str:
    if pd.isna(row["capacity"]):
        return edition.word("net_not_told")
    return edition.value(float(row["capacity"]), str(row["capacity_unit"] or ""))


def _sums(edition: Edition, plan: str) -> TableBlock:
    """On site beside off site by network, and what the ratios alone would give where the cost step ran."""
    appraisal = edition.appraisals[plan]
    bill = appraisal.results["networks"].tables()["bill"]
    cost = appraisal.results.get("cost")
    ratio = cost.tables()["trades"]["ratio_cost_amount"] if cost is not None else pd.Series(dtype=float)
    rows = [
        _sums_row(edition, label(f"trade.{trade}", edition.lang), mine, ratio.get(trade))
        for trade, mine in bill.groupby("trade", sort=False)
    ]
    total = ratio.reindex(bill["trade"].unique()).sum() if len(ratio) else None
    rows.append(_sums_row(edition, edition.word("total"), bill, total, strong=True))
    return TableBlock(
        caption=edition.word("net_sums"),
        heads=(
            Head(text=edition.word("trade"), width=1.3),
            Head(text=edition.word("net_onsite"), align="end", width=1.3),
            Head(text=edition.word("net_offsite"), align="end", width=1.3),
            Head(text=edition.word("net_by_ratio"), align="end"),
        ),
        rows=tuple(rows),
        note=edition.word("net_sums_note"),
        dense=True,
    )


def _sums_row(
    edition: Edition, name: str, bill: pd.DataFrame, ratio: float | None, *, strong: bool = False
) -> tuple[TableCell, ...]:
    cells = []
    for place in ("onsite", "offsite"):
        mine = bill[bill["location"] == place]
        low, value, high = (float(mine[f"cost_amount{end}"].sum(skipna=False)) for end in ("_low", "", "_high"))
        sub = edition.spread(low, high, "currency") if len(mine) else ""
        cells.append(
            cell(edition.value(value, "currency") if len(mine) else "–", sub=sub, tone="strong" if strong else "")
        )
    beside = cell("–" if ratio is None else edition.value(float(ratio), "currency"))
    return (cell(name, tone="strong" if strong else ""), *cells, beside)


# profiles -----------------------------------------------------------------------------------------------


def _profiles(edition: Edition, plan: str, network: str) -> tuple[Block, ...]:
    """Long profiles of a gravity network; without levels there are none, and that is said."""
    if network not in ("sewer", "storm"):
        return ()
    table = edition.appraisals[plan].results["networks"].tables().get(f"{network}_profiles")
    if table is None or not len(table) or table["invert_m"].isna().all():
        return (Text(text=edition.word("net_no_levels"), tone="warning"),)
    words = (edition.word("net_ground"), edition.word("net_pipe"))
    figures: list[Block] = [Heading(text=edition.word("net_profiles"))]
    for number in sorted(table["profile"].unique())[:_PROFILES_SHOWN]:
        mine = table[table["profile"] == number]
        title = edition.word("net_profile").format(
            number=edition.count(int(number)),
            first=isolate(str(mine["node_id"].iloc[0]), edition.lang),
            last=isolate(str(mine["node_id"].iloc[-1]), edition.lang),
        )
        columns = ("station_m", "ground_m", "arriving_invert_m", "invert_m", "diameter_m")
        profile = Profile(**{name: mine[name].to_numpy(float).tolist() for name in columns})
        svg = profile_svg(profile, lang=edition.lang, title=title, words=words)
        figures.append(Figure(svg=svg, alt=title))
    return tuple(figures)
