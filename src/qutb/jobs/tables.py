"""The tables of ``qutb.jobs``."""

from __future__ import annotations

from typing import Any

from qutb.core import Column, Table

__all__ = ["ENDS", "MONTHS", "POLE", "RATIOS", "TRADES", "USES"]

ENDS = ("_low", "", "_high")
_MEANING = {"_low": ", low", "": "", "_high": ", high"}
_DIRECT = ("cost.trades.cost_amount", "value:jobs.labour_cost_per_year")


def _number(name: str, unit: str, description: str, formula: str, *reads: str, **more: Any) -> Column:
    return Column(name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, **more)


def _text(name: str, description: str, **more: Any) -> Column:
    return Column(name=name, kind="text", unit="", description=description, **more)


def _range(name: str, unit: str, description: str, formula: str, *reads: str, **more: Any) -> tuple[Column, ...]:
    return tuple(_number(name + end, unit, description + _MEANING[end], formula, *reads, **more) for end in ENDS)


_DIRECT_RANGE = _range(
    "direct_job_years",
    "job-years",
    "Direct job-years of the servicing works",
    "cost x share of labour / cost of a job-year",
    *_DIRECT,
)

TRADES = Table(
    name="trades",
    key="trade",
    description="Direct job-years by trade.",
    columns=(
        _text("trade", "Trade"),
        _number("cost_amount", "currency", "Cost of the works", "bill", "cost.trades.cost_amount"),
        *_range(
            "labour_share",
            "ratio",
            "Share of labour in the price",
            "pack",
            "value:jobs.labour_share.{trade}",
            standing="assumed",
        ),
        *_DIRECT_RANGE,
    ),
)

MONTHS = Table(
    name="months",
    key="month",
    description="People at work on the servicing works, by month from the start.",
    columns=(
        _number("month", "month", "Months from the start", "0 is the first"),
        Column(name="date", kind="date", unit="", description="First day of the month", formula="start + month"),
        *_range(
            "people_at_work",
            "people",
            "People at work on site",
            "direct job-years x spending of the month / all spending x 12",
            "finance.months.onsite_works_amount",
            "jobs.pole.direct_job_years",
        ),
    ),
)

USES = Table(
    name="uses",
    key="use",
    description="Jobs in operation by use of the plots.",
    columns=(
        _text("use", "Use"),
        *_range("operating_jobs", "jobs", "Jobs in operation", "sum over plots", "capacity.plots.jobs"),
    ),
)

RATIOS = Table(
    name="ratios",
    key="ratio",
    description="The values behind the job figures, with standing and source.",
    columns=(
        _text("ratio", "Value"),
        *_range("value", "by row", "Value, in SI", "pack", standing="given"),
        _text("unit", "Unit"),
        _text("status", "Standing"),
        _text("source", "Source"),
    ),
)

POLE = Table(
    name="pole",
    key="pole",
    description="Jobs and investment of the whole plan.",
    columns=(
        _text("pole", "pole"),
        *_DIRECT_RANGE,
        *_range(
            "indirect_job_years",
            "job-years",
            "Indirect job-years, at suppliers",
            "direct x ratio",
            "value:jobs.indirect_per_direct",
        ),
        *_range(
            "induced_job_years",
            "job-years",
            "Induced job-years, by what workers spend",
            "direct x ratio",
            "value:jobs.induced_per_direct",
        ),
        *_range(
            "local_job_years",
            "job-years",
            "Direct job-years of people of the region",
            "direct x local share",
            "value:jobs.local_share",
        ),
        *_range(
            "building_job_years",
            "job-years",
            "Direct job-years of the buildings on the plots",
            "floor area x cost of building x job-years for each unit of money",
            "capacity.pole.floor_area_m2",
            "value:jobs.building_cost_per_m2",
            "value:jobs.direct_per_million",
        ),
        *_range("operating_jobs", "jobs", "Jobs in operation", "capacity", "capacity.pole.jobs"),
        *_range(
            "jobs_per_inhabitant",
            "jobs/people",
            "Jobs in operation for each inhabitant",
            "jobs / population",
            "capacity.pole.jobs",
            "capacity.pole.population",
            nullable=True,
        ),
        _number(
            "public_investment_amount",
            "currency",
            "What public partners bring and subsidies",
            "contributions of public partners + subsidies",
            "finance.partners.contributed_amount",
            "finance.pole.subsidies_amount",
            nullable=True,
        ),
        _number(
            "private_investment_amount",
            "currency",
            "What private partners bring",
            "contributions of the others",
            "finance.partners.contributed_amount",
            nullable=True,
        ),
        *_range(
            "building_investment_amount",
            "currency",
            "Buildings on the plots, by those who buy them",
            "floor area x cost of building",
            "capacity.pole.floor_area_m2",
            "value:jobs.building_cost_per_m2",
        ),
    ),
)
