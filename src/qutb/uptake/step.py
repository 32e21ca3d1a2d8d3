"""``run``: demand first, then the class, then the plan's own draws held to it, then what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from qutb import text
from qutb.access import Access
from qutb.capacity import Capacity
from qutb.core import QUIET, Check, Context, Effort, Finding, StepResult, Table, by_severity
from qutb.pack import Values
from qutb.plan import Plan
from qutb.uptake.answers import Question, causes_of, dates_of, growth_of, like_of, risks_of, years_of
from qutb.uptake.calendar import YEARS, Means, calendar_of
from qutb.uptake.demand import Demand, demand_of
from qutb.uptake.inside import Inside, inside_of
from qutb.uptake.outside import Outside, outside_of
from qutb.uptake.priors import draw_parameters, mean_of
from qutb.uptake.tables import CAUSES, DATES, GROWTH, LIKE, PHASES, POLE, RISKS, SHARES, YEARS_TABLE

if TYPE_CHECKING:
    from qutb.pole import Brief, Site

__all__ = ["Uptake", "class_line", "first_line", "run"]

_DRAWS: Mapping[Effort, int] = {"draft": 150, "standard": 2000, "full": 10_000}
_CLASS_DRAWS: Mapping[Effort, int] = {"draft": 50, "standard": 400, "full": 400}


@dataclass(frozen=True, kw_only=True, eq=False)
class Uptake(StepResult):
    """Years to fill by demand; filling year by year in the class and for this plan; risks, causes, dates, growth."""

    TABLES: ClassVar[Mapping[str, Table]] = {
        t.name: t for t in (POLE, SHARES, PHASES, YEARS_TABLE, RISKS, CAUSES, DATES, GROWTH, LIKE)
    }

    pole: pd.DataFrame
    shares: pd.DataFrame
    phases: pd.DataFrame
    years: pd.DataFrame
    risks: pd.DataFrame
    causes: pd.DataFrame
    dates: pd.DataFrame
    growth: pd.DataFrame
    like: pd.DataFrame


def run(
    *,
    capacity: Capacity,
    brief: Brief,
    actors: pd.DataFrame,
    values: Values,
    plan: Plan | None = None,
    access: Access | None = None,
    site: Site | None = None,
    seed: int = 0,
    effort: Effort = "standard",
    ctx: Context = QUIET,
) -> Uptake:
    """How fast the plan fills, by its town's demand, by towns of its class, by its own calendar.

    Without a town, or where its households do not grow, years to fill are absent and a finding says so; without a
    plan and its calendar the class alone answers. At ``draft`` effort first dates to lose are not searched.
    """
    ctx.report("uptake", 0.0)
    demand = demand_of(capacity, brief, actors, values)
    question = _question(values)
    people = float(capacity.pole.at["pole", "population"])
    outside = outside_of(values, target_people=people, years=YEARS, draws=_CLASS_DRAWS[effort]) if people > 0 else None
    inside = None
    if outside is not None and plan is not None and demand.pool > 0 and demand.horizon_years > 0:
        inside = _inside(plan, capacity, access, site, actors, values, demand, outside, _DRAWS[effort], seed)
    ctx.report("uptake", 0.5)
    return _answered(demand, question, outside, inside, capacity, values, people, searched=effort != "draft")


def _inside(
    plan: Plan,
    capacity: Capacity,
    access: Access | None,
    site: Site | None,
    actors: pd.DataFrame,
    values: Values,
    demand: Demand,
    outside: Outside,
    count: int,
    seed: int,
) -> Inside | None:
    calendar = calendar_of(
        plan,
        capacity,
        access,
        horizon_years=demand.horizon_years,
        actors=actors,
        tie_ins=site.tie_ins if site is not None else None,
        today=values.when,
    )
    if calendar is None:
        return None
    held = inside_of(
        calendar,
        _means(calendar.cells, values),
        np.full(YEARS, demand.pool),
        draw_parameters(values, count=count, seed=seed),
        outside.forecast,
        homes_full=_homes_full(capacity),
        cap=mean_of("beyond_class", values),
    )
    return held.seen(outside.counts, float(np.median(outside.curve.noise_sd))) if outside.counts else held


def _means(cells: tuple[tuple[str, bool], ...], values: Values) -> Means:
    ratios = {segment: values.find(f"uptake.price_to_affordable.{segment}") for segment, _ in cells}
    return Means(
        extra_h_without_link=mean_of("extra_hours_without_link", values),
        ordinary_service=mean_of("ordinary_service", values),
        ordinary_jobs_per_worker=mean_of("ordinary_jobs_per_worker", values),
        workers_per_household=mean_of("workers_per_household", values),
        price_log={segment: float(np.log(ratio.central)) for segment, ratio in ratios.items() if ratio is not None},
    )


def _homes_full(capacity: Capacity) -> float:
    """Homes lived in when the plan's people are there: the part that a town leaves empty is counted by capacity."""
    pole = capacity.pole.loc["pole"]
    return float(pole["population"]) / float(pole["household_size_people_per_dwelling"])


def _question(values: Values) -> Question:
    limit = values.limit("uptake.chance_max")
    return Question(
        share=mean_of("risk_share", values),
        year=int(np.clip(round(mean_of("risk_year", values)), 1, YEARS)),
        loss=mean_of("loss_accepted", values),
        limit=None if limit is None else limit.central,
    )


def _answered(
    demand: Demand,
    question: Question,
    outside: Outside | None,
    inside: Inside | None,
    capacity: Capacity,
    values: Values,
    people: float,
    *,
    searched: bool,
) -> Uptake:
    told = None if inside is None or inside.refused else inside
    schools = _schools(values)
    tables = _tables(outside, told, schools, capacity, values, people, question)
    dates = dates_of(told if searched else None, schools, question, demand.horizon_years)
    row = {**demand.row, **_held_to(outside, inside, tables["years"], tables["risks"], question, demand)}
    pole = pd.DataFrame([row], index=pd.Index(["pole"], name="pole"))[[c.name for c in POLE]]
    return Uptake(
        pole=pole,
        shares=demand.shares,
        phases=demand.phases,
        dates=dates,
        **tables,
        findings=by_severity([*demand.findings, *_findings(outside, inside, question, pole)]),
        checks=(*demand.checks, _chance_check(pole, values)),
        not_seen=_not_seen(demand, inside, searched),
        status="complete" if demand.growth > 0 else "partial",
    )


def _tables(
    outside: Outside | None,
    inside: Inside | None,
    schools: frozenset[str],
    capacity: Capacity,
    values: Values,
    people: float,
    question: Question,
) -> dict[str, pd.DataFrame]:
    """Every table of answers, without rows where there is nobody to house."""
    if outside is None:
        empty = {t.name: pd.DataFrame(columns=[c.name for c in t]) for t in (YEARS_TABLE, RISKS, CAUSES, GROWTH, LIKE)}
        return {n: f.rename_axis(index=Uptake.TABLES[n].key or None) for n, f in empty.items()}
    return {
        "years": years_of(outside.forecast, inside, schools, people),
        "risks": risks_of(outside.forecast, inside),
        "causes": causes_of(inside, schools, people, question),
        "growth": growth_of(inside, capacity, values, people),
        "like": like_of(outside.curve, outside.region, people),
    }


def _schools(values: Values) -> frozenset[str]:
    rows = values.catalogue("facilities") if "facilities" in values.catalogues else ()
    return frozenset(row["facility_type"] for row in rows if row.get("users", "").startswith("pupils"))


def _held_to(
    outside: Outside | None,
    inside: Inside | None,
    years: pd.DataFrame,
    risks: pd.DataFrame,
    question: Question,
    demand: Demand,
) -> dict[str, object]:
    names = ("class_share_low", "class_share", "class_share_high", "residents_low", "residents", "residents_high")
    row: dict[str, object] = dict.fromkeys((c.name for c in POLE if c.name not in demand.row), np.nan)
    row |= {"class_region": None, "risk_year": float(question.year), "risk_share": question.share}
    if outside is None:
        return row
    row |= {name: float(years.at[question.year, name]) for name in names}
    row["class_region"] = outside.region
    row["class_chance_below"] = float(outside.forecast.below(question.share)[question.year - 1])
    homes = years.at[question.year, "class_share"] * float(str(demand.row["dwellings"]))
    if demand.growth > 0:
        row["class_captured_share"] = homes / (demand.growth * question.year)
    if inside is not None:
        row["effective_share"] = inside.effective_share
        if not inside.refused:
            share = inside.planned.share[:, question.year - 1]
            row["chance_below"] = float(inside.weight @ (share < question.share))
    return row


def _findings(outside: Outside | None, inside: Inside | None, question: Question, pole: pd.DataFrame) -> list[Finding]:
    if outside is None:
        return []
    found = list(outside.findings)
    if outside.counts:
        found.append(Finding(code="UPT-COUNTED", severity="note", params={"count": len(outside.counts)}))
    if inside is None:
        return found
    if inside.refused:
        params = {"value": inside.effective_share * 100, "limit": 10}
        found.append(Finding(code="UPT-REFUSED", severity="warning", params=params))
    elif inside.cut < 1.0:
        found.append(Finding(code="UPT-BEYOND-CLASS", severity="note", params={"value": 1.0 / inside.cut}))
    return found


def _chance_check(pole: pd.DataFrame, values: Values) -> Check:
    """The class's chance beside a published limit; no limit, no verdict."""
    row = pole.loc["pole"]
    chance = row["chance_below"] if row["chance_below"] == row["chance_below"] else row["class_chance_below"]
    known = chance == chance
    limit = values.limit("uptake.chance_max")
    verdict = "not_evaluated"
    if known and limit is not None:
        met = "met" if chance <= limit.central else "not_met"
        verdict = met if limit.status == "confirmed" else f"comparator_{met}"
    return Check(
        code="UPT-CHANCE",
        verdict=verdict,  # type: ignore[arg-type]
        value=float(chance) if known else None,
        unit="ratio",
        limit_high=None if limit is None else limit.central,
        status="missing" if limit is None else limit.status,
        source=None if limit is None else limit.reference,
        where=("pole",),
    )


def _not_seen(demand: Demand, inside: Inside | None, searched: bool) -> tuple[str, ...]:
    codes = []
    if demand.growth != demand.growth:
        codes.append("UPT-NS-TOWN")
    if inside is None:
        codes.append("UPT-NS-CALENDAR")
    else:
        if not inside.calendar.has_services:
            codes.append("UPT-NS-SERVICE")
        if not searched:
            codes.append("UPT-NS-DATES")
    return tuple(codes)


def first_line(uptake: Uptake, lang: text.Lang) -> str:
    """The first line of every summary: years to fill, at which share of whose growth, from best to worst."""
    row = uptake.pole.loc["pole"]
    dwellings = text.quantity(row["dwellings"], "dwellings", lang, 0)
    town = row[f"town_name_{lang}"]
    if not row["years_to_fill"] > 0:
        key = "uptake.first_line_unknown" if row["years_to_fill"] != 0 else "uptake.first_line_empty"
        return text.label(key, lang).format(dwellings=dwellings)
    return text.label("uptake.first_line", lang).format(
        years=text.quantity(row["years_to_fill"], "year", lang, 1),
        low=text.number(row["years_to_fill_low"], lang, 1),
        high=text.number(row["years_to_fill_high"], lang, 1),
        dwellings=dwellings,
        share=text.quantity(row["captured_share"], "ratio", lang, 0),
        growth=text.number(row["household_growth_per_year"], lang, 0),
        town=text.isolate(town or text.label("uptake.the_town", lang), lang),
    )


def class_line(uptake: Uptake, lang: text.Lang) -> str:
    """What such towns reached by the year asked, and how rarely more than the share asked; empty where unknown."""
    row = uptake.pole.loc["pole"]
    if not row["class_share"] > 0:
        return ""
    return text.label("uptake.class_line", lang).format(
        year=text.number(row["risk_year"], lang, 0),
        share=text.quantity(row["class_share"], "ratio", lang, 0),
        low=text.quantity(row["class_share_low"], "ratio", lang, 0),
        high=text.quantity(row["class_share_high"], "ratio", lang, 0),
        chance=text.quantity(row["class_chance_below"], "ratio", lang, 0),
        limit=text.quantity(row["risk_share"], "ratio", lang, 0),
    )
