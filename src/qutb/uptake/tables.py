"""The tables of years to fill."""

from __future__ import annotations

from dataclasses import replace

from qutb.core import Column, Table

__all__ = ["PHASES", "POLE", "SHARES", "SHARES_SHOWN"]

SHARES_SHOWN = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_HORIZON = ("value:uptake.horizon_years",)


def _number(name: str, unit: str, description: str, formula: str, reads: tuple[str, ...], **more: object) -> Column:
    return Column(name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, **more)  # type: ignore[arg-type]


def _text(name: str, description: str) -> Column:
    return Column(
        name=name,
        kind="text",
        unit="",
        description=description,
        formula="named by the brief",
        standing="given",
        nullable=True,
    )


def _ranged(centre: Column, low: str, high: str) -> tuple[Column, ...]:
    return (
        replace(centre, name=f"{centre.name}_low", formula=low),
        centre,
        replace(centre, name=f"{centre.name}_high", formula=high),
    )


_GROWTH = _number(
    "household_growth_per_year",
    "households/year",
    "Net new households of the town in a year",
    "the pole's own figure, else (households of the last census - of the one before) / years between",
    ("value:uptake.household_growth_per_year",),
    nullable=True,
    standing="given",
)
_SHARE = _number(
    "captured_share",
    "ratio",
    "Part of the town's new households that comes to the pole and the projects beside it",
    "as the pole or the pack says",
    ("value:uptake.captured_share",),
    standing="assumed",
    minimum=0.0,
)
_DWELLINGS = _number("dwellings", "dwellings", "Dwellings of the plan", "capacity", ("capacity.pole.dwellings",))
_COMPETING = _number(
    "competing_dwellings",
    "dwellings",
    "Dwellings of other actors that draw on the same households",
    "sum of dwellings in actors: built and committed",
    (),
    standing="given",
)
_YEARS = _number(
    "years_to_fill",
    "year",
    "Years until as many households have come as the plan has dwellings",
    "(dwellings + competing dwellings) / (growth x captured share)",
    (
        "capacity.pole.dwellings",
        "uptake.pole.competing_dwellings",
        "uptake.pole.household_growth_per_year",
        "uptake.pole.captured_share",
    ),
    nullable=True,
    minimum=0.0,
)

POLE = Table(
    name="pole",
    key="pole",
    description="Years to fill the plan, and what they rest on.",
    columns=(
        _text("town", "Census town whose households are counted"),
        _text("town_name_en", "Its name in English"),
        _text("town_name_fr", "Its name in French"),
        _text("town_name_ar", "Its name in Arabic"),
        _GROWTH,
        *_ranged(_SHARE, "low end of the value", "high end of the value"),
        *_ranged(_DWELLINGS, "capacity, low end", "capacity, high end"),
        *_ranged(_COMPETING, "built only", "built, committed and announced"),
        *_ranged(
            _YEARS,
            "(low dwellings + low competing dwellings) / (growth x high captured share)",
            "(high dwellings + high competing dwellings) / (growth x low captured share)",
        ),
        _number(
            "horizon_years",
            "year",
            "Years within which the pole should be lived in",
            "high end of the brief's target for years to fill, else the pack's comparator",
            _HORIZON,
            standing="given",
            nullable=True,
        ),
    ),
)

SHARES = Table(
    name="shares",
    key="captured_share",
    description="Years to fill at fixed captured shares.",
    columns=(
        replace(_YEARS, formula="(dwellings + competing dwellings) / (growth x share of the row)"),
        _number(
            "households_per_year",
            "households/year",
            "Households that come in a year at this share",
            "growth x share of the row",
            ("uptake.pole.household_growth_per_year",),
            nullable=True,
        ),
    ),
)

PHASES = Table(
    name="phases",
    key="phase",
    description="Years until each phase and those before it are filled, other actors left out.",
    columns=(
        replace(
            _DWELLINGS,
            description="Dwellings of this phase and those before",
            formula="running sum over phases",
            reads=("capacity.phases.dwellings",),
        ),
        replace(
            _YEARS,
            description="Years until this phase and those before are filled",
            formula="running dwellings / (growth x captured share)",
        ),
    ),
)
