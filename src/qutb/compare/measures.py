"""What plans are compared by, declared once: the order here is the order of every comparison.

A measure is read from the one row ``pole`` of a step's result, or counted from findings and checks. Which
way is better is said here and may be replaced by the brief: a target of the brief makes it ``target``, a
criterion of the competition gives its own direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["GROUPS", "MEASURES", "NOT_MEASURED", "Better", "Group", "Measure"]

Better = Literal["more", "less", "target", "none"]
Group = Literal[
    "uptake", "programme", "form", "access", "mobility", "networks", "cost", "money", "jobs", "service", "findings"
]
GROUPS: tuple[Group, ...] = (
    "uptake", "programme", "form", "access", "mobility", "networks", "cost", "money", "jobs", "service", "findings",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measure:
    """``key`` is ``"<step>.<column>"``; words are the label ``"measure.<key>"``. ``headline`` ones open the dossier.

    ``unit`` replaces the column's where a ratio is not read in percent.
    """

    key: str
    group: Group
    better: Better
    headline: bool = False
    unit: str = ""

    @property
    def step(self) -> str:
        return self.key.split(".", 1)[0]

    @property
    def column(self) -> str:
        return self.key.split(".", 1)[1]

    @property
    def label_key(self) -> str:
        return f"measure.{self.key}"


_INDEX = frozenset({"form.floor_area_ratio_gross", "form.use_entropy", "access.route_directness"})


def _group(group: Group, columns: Mapping[str, Better], headlines: tuple[str, ...] = ()) -> tuple[Measure, ...]:
    return tuple(
        Measure(key=key, group=group, better=better, headline=key in headlines, unit="index" if key in _INDEX else "")
        for key, better in columns.items()
    )


MEASURES: tuple[Measure, ...] = (
    *_group(
        "uptake",
        {"uptake.years_to_fill": "less", "uptake.residents": "more", "uptake.chance_below": "less"},
        ("uptake.years_to_fill",),
    ),
    *_group(
        "programme",
        {
            "capacity.dwellings": "none",
            "capacity.population": "none",
            "capacity.seasonal_population": "none",
            "capacity.beds": "none",
            "capacity.jobs": "more",
            "capacity.floor_area_m2": "none",
            "capacity.economic_floor_area_m2": "none",
        },
        ("capacity.dwellings", "capacity.population", "capacity.beds", "capacity.jobs"),
    ),
    *_group(
        "form",
        {
            "form.population_density_people_per_m2": "none",
            "form.dwelling_density_gross_dwellings_per_m2": "none",
            "form.floor_area_ratio_gross": "none",
            "form.ground_coverage_ratio": "none",
            "form.saleable_share": "more",
            "form.street_share": "none",
            "form.street_density_m_per_m2": "none",
            "form.street_length_per_dwelling_m": "less",
            "form.intersection_density_per_m2": "more",
            "form.dead_end_share": "less",
            "form.block_perimeter_median_m": "less",
            "form.green_per_inhabitant_m2_per_people": "more",
            "form.economic_floor_share": "more",
            "form.low_cost_floor_share": "more",
            "form.single_function_block_share": "less",
            "form.use_entropy": "more",
            "form.wind_exposed_street_share": "less",
        },
        ("form.green_per_inhabitant_m2_per_people",),
    ),
    *_group(
        "access",
        {
            "access.unserved_pupils": "less",
            "access.unserved_share": "less",
            "access.services_below_floor": "less",
            "access.completeness_15min": "more",
            "access.walk_m": "less",
            "access.walk_worst_tenth_m": "less",
            "access.green_in_reach_share": "more",
            "access.route_directness": "less",
        },
        ("access.unserved_pupils",),
    ),
    *_group(
        "mobility",
        {
            "mobility.self_containment_share": "more",
            "mobility.car_share": "less",
            "mobility.walk_share": "more",
            "mobility.vehicle_km_per_inhabitant_per_day": "less",
            "mobility.volume_to_capacity_max": "less",
            "mobility.over_capacity_length_m": "less",
            "mobility.gate_volume_to_capacity_ratio": "less",
            "mobility.buses_needed": "none",
            "mobility.impossible_trips_per_day": "less",
        },
    ),
    *_group(
        "networks",
        {
            "networks.streets_length_m": "less",
            "networks.water_mains_length_m": "less",
            "networks.water_storage_m3": "none",
            "networks.water_cost_amount": "less",
            "networks.sewer_length_m": "less",
            "networks.storm_length_m": "less",
            "networks.power_load_va": "none",
            "networks.power_mv_length_m": "less",
            "networks.power_lv_length_m": "less",
            "networks.power_cost_amount": "less",
            "networks.fibre_ducts_length_m": "less",
        },
    ),
    *_group(
        "cost",
        {
            "cost.onsite_cost_per_gross_m2": "less",
            "cost.cost_per_plot": "less",
            "cost.cost_per_dwelling": "less",
            "cost.onsite_cost_amount": "less",
            "cost.offsite_cost_amount": "less",
            "cost.cost_amount": "less",
        },
        ("cost.onsite_cost_per_gross_m2", "cost.cost_per_plot", "cost.cost_per_dwelling"),
    ),
    *_group(
        "money",
        {
            "finance.npv_amount": "more",
            "finance.break_even_price_ratio": "less",
            "finance.peak_exposure_amount": "less",
            "finance.shortfall_amount": "less",
            "finance.peak_debt_amount": "less",
            "finance.costs_amount": "less",
            "finance.sales_amount": "none",
            "finance.cross_subsidy_amount": "none",
            "finance.viable_phases": "less",
        },
        ("finance.npv_amount", "finance.peak_exposure_amount"),
    ),
    *_group(
        "jobs",
        {
            "jobs.direct_job_years": "more",
            "jobs.local_job_years": "more",
            "jobs.operating_jobs": "none",
            "jobs.jobs_per_inhabitant": "more",
            "jobs.public_investment_amount": "none",
            "jobs.private_investment_amount": "more",
        },
    ),
    *_group(
        "service",
        {
            "service.facility_types_asked_and_drawn_share": "more",
            "service.facility_types_below_need": "less",
            "service.primary_places_per_pupil": "more",
        },
    ),
    *_group(
        "findings",
        {
            "findings.blocking": "less",
            "findings.warning": "less",
            "checks.not_met": "less",
            "checks.comparator_not_met": "less",
            "checks.not_evaluated": "none",
        },
        ("findings.blocking",),
    ),
)

# What a comparison does not say, so that no reader takes silence for a good mark: labels "not_measured.<code>".
NOT_MEASURED: tuple[str, ...] = (
    "identity",
    "landscape",
    "bay",
    "networks",
    "schedule",
    "risk",
)
