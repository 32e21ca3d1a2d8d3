"""The tables of remedies."""

from __future__ import annotations

from typing import Any

from qutb.core import Column, Table

__all__ = ["REMEDIES", "SHORTFALLS", "TABLES"]


def _number(name: str, unit: str, description: str, formula: str = "", *reads: str, **more: Any) -> Column:
    return Column(
        name=name,
        kind="number",
        unit=unit,
        description=description,
        formula=formula,
        reads=reads,
        nullable=True,
        **more,
    )


def _text(name: str, description: str, *reads: str, **more: Any) -> Column:
    return Column(name=name, kind="text", unit="", description=description, reads=reads, nullable=True, **more)


def _range(name: str, description: str, formula: str, *reads: str) -> tuple[Column, ...]:
    return tuple(
        _number(f"{name}{end}", "currency", f"{description}{meaning}", formula, *reads)
        for end, meaning in (("_low", ", low"), ("", ""), ("_high", ", high"))
    )


_WHAT = (
    _text(
        "kind",
        "What is short: floor, unserved, far, no_way, no_door or overload",
        choices=("floor", "unserved", "far", "no_way", "no_door", "overload"),
    ),
    _text("finding", "Code of the finding that says it"),
    _text("facility_type", "Service", "plots.facility_type"),
    _text("phase", "Phase", "plots.phase"),
    _text("street_id", "Street", "mobility.links.street_id"),
    _text("unit", "What is counted: people, or vehicles/h above what is allowed"),
)
SHORTFALLS = Table(
    name="shortfalls",
    key="shortfall_id",
    description="What the plan falls short of, and how many single changes were tried for it.",
    columns=(
        *_WHAT,
        _number(
            "amount",
            "by row",
            "How much is missing, in the row's unit",
            "",
            "access.services.unserved",
            "access.phase_services.in_reach_share",
            "mobility.links.volume_to_capacity_ratio",
        ),
        _number("tried", "changes", "Single changes tried by the fast engine; empty: not at this effort"),
        _number("measured", "changes", "The best of each kind, measured by the steps"),
        _text("remedy_id", "The cheapest that mends; empty: none of those tried does", "remedies.remedies.price_each"),
    ),
)
REMEDIES = Table(
    name="remedies",
    key="remedy_id",
    description="Single changes that mend, measured by the steps, the cheapest of each shortfall first.",
    columns=(
        _text("shortfall_id", "What it mends", "remedies.shortfalls.kind"),
        _number("rank", "", "1 is the cheapest of those that mend at least half of what the best one mends"),
        *_WHAT,
        _text("edit", "Kind of change"),
        _text("plot_id", "Plot that takes the facility or comes earlier"),
        _text("plots", "All plots taken or put off"),
        _text("from_plot", "Plot that a facility moves from"),
        _text("to_phase", "Phase in which the changed thing is built"),
        _number("places", "places", "Places of the facility added"),
        _number("length_m", "m", "Length of the passage"),
        _number("lanes", "lanes", "Lanes of the street in all, after"),
        _number("width_m", "m", "Width of the street or passage, after"),
        _number(
            "gained",
            "by row",
            "People served more, or vehicles/h less above what is allowed",
            "after - before, by the steps",
            "access.services.served",
            "access.phase_services.in_reach_share",
        ),
        _number("gained_share", "ratio", "Share of what is missing that it mends", "gained / amount"),
        *_range("works_amount", "Works that the plan costs more", "cost after - cost before", "cost.pole.cost_amount"),
        *_range(
            "price_amount",
            "Works, and saleable land given up; buildings and land purchase are not in it",
            "works + land given up x cost of servicing a saleable m2",
            "remedies.remedies.works_amount",
            "remedies.remedies.land_given_up_m2",
        ),
        _number("price_each", "currency", "Price for each person or vehicle gained", "price / gained"),
        _text("status", "Least standing of the prices in it", "cost.items.status"),
        _number(
            "brought_forward_amount",
            "currency",
            "Works that fall due in an earlier phase",
            "",
            "cost.phases.cost_amount",
        ),
        _number("dwellings", "dwellings", "Dwellings that the plan holds more", "", "capacity.pole.dwellings"),
        _number("land_given_up_m2", "m2", "Saleable land taken", "", "fabric.plots.area_m2"),
        _number("new_blocking", "findings", "Blocking findings that it adds; such a change is never the remedy"),
        Column(name="geometry", kind="geometry", unit="m", description="Where it is: a point or a line"),
    ),
)
TABLES = {t.name: t for t in (SHORTFALLS, REMEDIES)}
