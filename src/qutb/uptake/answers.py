"""What the draws answer: bands by year, risks, what binds, causes ranked, first dates to lose, growth of demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from qutb.capacity import Capacity
from qutb.kernels import BOUND_BY, STAGES
from qutb.pack import Values
from qutb.uptake.calendar import YEARS, Delays
from qutb.uptake.curve import Curve
from qutb.uptake.forecast import Forecast
from qutb.uptake.inside import Inside, Run
from qutb.uptake.reference_class import like_towns
from qutb.uptake.tables import BANDS, CAUSES, DATES, GROWTH, LATE_BANDS, RISKS, YEARS_TABLE

__all__ = ["Question", "causes_of", "dates_of", "growth_of", "like_of", "risks_of", "years_of"]

Array = npt.NDArray[np.float64]

_SHARES = (0.2, 0.5, 0.8)
_AGES = (5, 10, 15, 20, 30)
_SERVICES_LATE, _LINK_LATE, _PRICES_UP, _POOL_LEFT = 3.0, 4.0, 0.15, 0.5
_LATEST = 15
_SEARCH_DRAWS = 500


@dataclass(frozen=True, kw_only=True)
class Question:
    """Share and year of the risk asked about, loss of people accepted, and the risk's limit where one is set."""

    share: float
    year: int
    loss: float
    limit: float | None


def years_of(outside: Forecast, inside: Inside | None, schools: Iterable[str], people: float) -> pd.DataFrame:
    """One row a year: the class's shares, the plan's residents in bands, the late variant's, homes, what binds."""
    ages = pd.Index(np.arange(1, YEARS + 1), name="year")
    frame = pd.DataFrame(index=ages, columns=[c.name for c in YEARS_TABLE], dtype=float)
    frame["class_share_low"], frame["class_share"] = outside.quantile(0.1), outside.median
    frame["class_share_high"] = outside.quantile(0.9)
    if inside is None:
        return frame
    run = inside.planned
    _band(frame, BANDS, inside, run, people)
    if late := _schools_and_link_late(inside, schools):
        _band(frame, LATE_BANDS, inside, inside.run(late), people)
    frame["delivered"] = run.setting.delivered.sum(axis=1)
    for k, stage in enumerate(STAGES):
        frame[stage] = inside.mean(run.stages[:, :, k])
    frame["arrivals"] = inside.mean(run.arrivals)
    for k, cause in enumerate(BOUND_BY):
        frame[f"bound_by_{cause}"] = inside.mean((run.bound == k).astype(float))
    frame["service"] = run.setting.service
    return frame


def _band(frame: pd.DataFrame, bands: Sequence[tuple[str, float]], inside: Inside, run: Run, people: float) -> None:
    """Fill in the residents of ``run`` at the probabilities of ``bands``."""
    names, probabilities = zip(*bands, strict=True)
    for name, share in zip(names, inside.quantiles(run.share, probabilities), strict=True):
        frame[name] = share * people


def risks_of(outside: Forecast, inside: Inside | None) -> pd.DataFrame:
    """Probability of staying under a share at a year, in the class and for this plan."""
    rows = []
    for age in _AGES:
        for share in _SHARES:
            own = _chance(inside, inside.planned, share, age) if inside else np.nan
            rows.append((float(age), share, float(outside.below(share)[age - 1]), own))
    return pd.DataFrame(rows, columns=[c.name for c in RISKS])


def causes_of(inside: Inside | None, schools: Iterable[str], people: float, question: Question) -> pd.DataFrame:
    """What one change does to residents and risk at the year asked, on the same draws, worst first."""
    rows = {name: _effect(inside, run, people, question) for name, run in _changes(inside, schools)} if inside else {}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[c.name for c in CAUSES], dtype=float)
    frame.index.name = "cause"
    return frame.sort_values("residents_change", kind="stable")


def _changes(inside: Inside, schools: Iterable[str]) -> Iterable[tuple[str, Run]]:
    calendar, means = inside.calendar, inside.means
    taught = [s for s in calendar.services if s in set(schools)]
    if taught:
        yield "schools_three_years_late", inside.run(Delays(facilities=_all_late(taught, calendar.phases)))
    if calendar.services:
        every = _all_late(calendar.services, calendar.phases)
        yield "services_three_years_late", inside.run(Delays(facilities=every))
    yield "streets_four_years_late", inside.run(Delays(roads=dict.fromkeys(calendar.phases, _LINK_LATE)))
    if calendar.link_year is not None:
        yield "link_four_years_late", inside.run(Delays(link_years=_LINK_LATE))
    if calendar.anchors:
        yield "no_anchor_employer", inside.run(Delays(anchors_years=float(YEARS)))
    if both := _schools_and_link_late(inside, schools):
        yield "schools_three_and_link_four_years_late", inside.run(both)
    dearer = {segment: means.price_log.get(segment, 0.0) + float(np.log1p(_PRICES_UP)) for segment, _ in calendar.cells}
    yield "prices_fifteen_percent_up", inside.run(means=replace(means, price_log=dearer))
    yield "households_growth_halved", inside.run(pool=inside.pool * _POOL_LEFT)


def _schools_and_link_late(inside: Inside, schools: Iterable[str]) -> Delays | None:
    """Schools three years and the road to the city four years late; ``None`` where the plan lacks either."""
    calendar = inside.calendar
    taught = [s for s in calendar.services if s in set(schools)]
    if not taught or calendar.link_year is None:
        return None
    return Delays(facilities=_all_late(taught, calendar.phases), link_years=_LINK_LATE)


def _all_late(services: Iterable[str], phases: Iterable[str]) -> Mapping[tuple[str, str], float]:
    return {(service, phase): _SERVICES_LATE for service in services for phase in phases}


def _effect(inside: Inside, run: Run, people: float, question: Question) -> tuple[float, ...]:
    at = question.year - 1
    change = (run.share[:, at] - inside.planned.share[:, at]) * people
    low, middle, high = map(float, inside.quantiles(change, (0.1, 0.5, 0.9)))
    base = float(inside.quantile(inside.planned.share[:, at], 0.5)) * people
    return low, middle, high, middle / base if base > 0 else 0.0, _chance(inside, run, question.share, question.year)


def _chance(inside: Inside, run: Run, share: float, year: int) -> float:
    return float(inside.weight @ (run.share[:, year - 1] < share))


def dates_of(inside: Inside | None, schools: Iterable[str], question: Question, horizon_years: float) -> pd.DataFrame:
    """Latest delivery of each school, street and road to the city that keeps what the plan promises."""
    if inside is None:
        return pd.DataFrame(columns=[c.name for c in DATES], index=pd.Index([], name="promise"))
    thin = _thinned(inside)
    rows = {}
    for name, kind, phase, due, delays in _promises(thin, set(schools)):
        years = _most_delay(thin, delays, question, round(horizon_years))
        latest = np.nan if years >= _LATEST else due + years
        rows[name] = (kind, phase, due, latest, np.nan if years >= _LATEST else float(years))
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[c.name for c in DATES])
    frame.index.name = "promise"
    return frame


def _thinned(inside: Inside) -> Inside:
    """The first draws only: dates are whole years."""
    weight = inside.weight[:_SEARCH_DRAWS]
    return replace(inside, draws=inside.draws[:_SEARCH_DRAWS], weight=weight / weight.sum())


def _promises(inside: Inside, schools: set[str]) -> Iterable[tuple[str, str, str, float, Mapping[str, object]]]:
    calendar = inside.calendar
    for k, service in enumerate(calendar.services):
        brought = (p for p, more in zip(calendar.phases, calendar.added[:, k], strict=True) if more)
        for phase in brought if service in schools else ():
            yield f"{service}:{phase}", service, phase, calendar.due_year(phase), {"facilities": (service, phase)}
    for phase, start in zip(calendar.phases, calendar.starts_year, strict=True):
        yield f"streets:{phase}", "streets", phase, float(start), {"roads": phase}
    if calendar.link_year is not None:
        yield "link", "link", "", calendar.link_year, {"link_years": True}


def _late(place: Mapping[str, object], years: float) -> Delays:
    ((name, where),) = place.items()
    return Delays(**{name: years if where is True else {where: years}})  # type: ignore[arg-type]


def _most_delay(inside: Inside, place: Mapping[str, object], question: Question, horizon: int) -> int:
    """Whole years, at most ``_LATEST``, found by halving: more delay never means more people."""
    low, high = 0, _LATEST
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _bearable(inside, _late(place, middle), question, horizon) else (low, middle - 1)
    return low


def _bearable(inside: Inside, delays: Delays, question: Question, horizon: int) -> bool:
    """Under the risk's limit where the plan itself is; else all but the accepted part of the people by the horizon."""
    run = inside.run(delays)
    if question.limit is not None and _chance(inside, inside.planned, question.share, question.year) <= question.limit:
        return _chance(inside, run, question.share, question.year) <= question.limit
    at = min(max(horizon, 1), YEARS) - 1
    kept = float(inside.mean(run.share[:, at:].sum(axis=1)))
    return kept >= (1.0 - question.loss) * float(inside.mean(inside.planned.share[:, at:].sum(axis=1)))


def growth_of(inside: Inside | None, capacity: Capacity, values: Values, people: float) -> pd.DataFrame:
    """What the residents of each year ask of schools, water, power, streets and any network of the whole plan."""
    frame = pd.DataFrame(
        index=pd.Index(np.arange(1, YEARS + 1), name="year"), columns=[c.name for c in GROWTH], dtype=float
    )
    if inside is None:
        return frame
    share = inside.planned.share
    pole = capacity.pole.loc["pole"]
    for end, reached in zip(("_low", "", "_high"), inside.quantiles(share, (0.1, 0.5, 0.9)), strict=True):
        frame[f"share_of_plan{end}"] = reached
    middle = frame["share_of_plan"]
    frame["residents"] = middle * people
    for level in ("primary", "lower_secondary", "upper_secondary"):
        frame[f"pupils_{level}"] = middle * float(pole[f"pupils_{level}"])
    trips = [values.find(key) for key in values.keys("mobility.trips_per_person_per_day.")]
    if trips:
        frame["trips_per_day"] = frame["residents"] * sum(t.central for t in trips if t is not None)
    water = values.find("networks.water_per_resident")
    if water is not None:
        frame["water_m3_per_day"] = frame["residents"] * water.central
    power = values.find("cost.power_per_dwelling_va")
    if power is not None:
        frame["power_va"] = middle * float(pole["dwellings"]) * power.central
    return frame


def like_of(curve: Curve, region: str, people: float) -> pd.DataFrame:
    """The towns most like the plan, at their last count."""
    towns = like_towns(curve, region=region, target_people=people)
    return towns[["country", "region", "target_people", "age_years", "share"]].rename(
        columns={"region": "class_region"}
    )
