"""Filling in the dossier: every plan's residents by year as promised and with dates lost, then each plan's causes,
first dates to lose, growth of demand and statement for approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from qutb.dossier.content import Block, Cell, Columns, Figure, Head, Heading, Page, TableBlock, Text, cell
from qutb.dossier.edition import Edition
from qutb.dossier.pages.uptake import promise_name, statement_page
from qutb.draw import Course, Fan, fan_svg
from qutb.text import label, number, quantity
from qutb.uptake import Uptake, first_line

__all__ = ["uptake_overview_page", "uptake_pages"]

_YEARS = (5, 10, 15, 20, 30)
_FAN_MM = (90.0, 66.0)
_BANDS = (("_95", 0.95), ("", 0.8), ("_50", 0.5))
_GROWTH = (
    ("residents", 1.0),
    ("pupils_primary", 1.0),
    ("pupils_lower_secondary", 1.0),
    ("pupils_upper_secondary", 1.0),
    ("water_m3_per_day", 1.0),
    ("power_va", 1000.0),
    ("trips_per_day", 1.0),
)
_BOUND_BY = ("supply", "demand", "service")


def uptake_overview_page(edition: Edition) -> Page | None:
    """All plans on one scale; a plan whose simulation was refused or did not run stands in the table alone."""
    found = {plan: _uptake(edition, plan) for plan in edition.comparison.plans}
    known = {plan: uptake for plan, uptake in found.items() if uptake is not None}
    if not known:
        return None
    drawn = {plan: uptake.years for plan, uptake in known.items() if uptake.years["residents"].notna().any()}
    top = max((float(years["residents_high_95"].max()) for years in drawn.values()), default=0.0)
    blocks: list[Block] = [Text(text=_word(edition, "intro"), tone="muted"), _measures(edition, known)]
    for plan, years in drawn.items():
        blocks += [Heading(text=edition.title(plan)), _fans(edition, known[plan], top), _table(edition, years)]
    return Page(key="uptake", title=_word(edition, "title"), blocks=tuple(blocks))


def uptake_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """What would leave the plan empty, when its dates are lost, what its residents ask; then its statement."""
    uptake = _uptake(edition, plan)
    if uptake is None:
        return ()
    blocks = (
        *_causes(edition, uptake),
        *_dates(edition, uptake),
        *_growth(edition, uptake),
        *_bound(edition, uptake.years),
    )
    title = f"{edition.title(plan)} · {_word(edition, 'title')}"
    told = (Page(key=f"uptake-{plan}", title=title, blocks=blocks, follow=True),) if blocks else ()
    page = statement_page(edition, plan)
    return (*told, replace(page, key=f"{page.key}-{plan}", title=f"{edition.title(plan)} · {page.title}"))


def _uptake(edition: Edition, plan: str) -> Uptake | None:
    result = edition.appraisals[plan].results.get("uptake")
    return result if isinstance(result, Uptake) and not result.years.empty else None


def _word(edition: Edition, key: str) -> str:
    return label(f"uptake.page.{key}", edition.lang)


def _year(edition: Edition, year: float) -> str:
    return label("uptake.statement.year", edition.lang).format(year=number(year, edition.lang, 0))


def _measures(edition: Edition, known: dict[str, Uptake]) -> TableBlock:
    """Risk, years to fill and residents of each plan beside the class."""
    row = next(iter(known.values())).pole.loc["pole"]
    asked = {
        "year": number(row["risk_year"], edition.lang, 0),
        "limit": quantity(row["risk_share"], "ratio", edition.lang, 0),
    }
    measures = (
        ("residents", "people"),
        ("chance_below", "ratio"),
        ("class_chance_below", "ratio"),
        ("years_to_fill", "year"),
    )
    rows = tuple(
        (
            cell(_word(edition, name).format(**asked)),
            *(_figure(edition, u.pole.loc["pole"], name, unit) for u in known.values()),
        )
        for name, unit in measures
    )
    heads = (Head(text=edition.word("measure"), width=1.8), *(Head(text=edition.title(p), align="end") for p in known))
    return TableBlock(caption=_word(edition, "measures"), heads=heads, rows=rows, dense=True)


def _figure(edition: Edition, row: pd.Series, name: str, unit: str) -> Cell:
    value, low, high = (_known(row.get(f"{name}{end}")) for end in ("", "_low", "_high"))
    return cell(edition.value(value, unit), sub=edition.spread(low, high, unit))


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value == value else None


def _fans(edition: Edition, uptake: Uptake, top: float) -> Columns:
    """As promised on one side; with schools and road late, over the same promise, on the other."""
    years = uptake.years
    figures = [_drawing(edition, uptake, _fan(edition, years, "residents"), (), top, "promised")]
    if years["residents_late"].notna().any():
        as_promised = Course(label=_word(edition, "promised"), values=list(years["residents"]))
        late = _fan(edition, years, "residents_late")
        figures.append(_drawing(edition, uptake, late, (as_promised,), top, "late"))
    return Columns(columns=tuple((figure,) for figure in figures))


def _fan(edition: Edition, years: pd.DataFrame, name: str) -> Fan:
    bands = [
        (_share(edition, part), list(years[f"{name}_low{end}"]), list(years[f"{name}_high{end}"]))
        for end, part in _BANDS
    ]
    return Fan(label=_word(edition, "median"), central=list(years[name]), bands=bands)


def _share(edition: Edition, part: float) -> str:
    return _word(edition, "band").format(share=quantity(part, "ratio", edition.lang, 0))


def _drawing(
    edition: Edition,
    uptake: Uptake,
    fan: Fan,
    courses: Sequence[Course],
    top: float,
    word: str,
) -> Figure:
    people = float(uptake.pole.at["pole", "risk_share"]) * _plan_people(uptake)
    title = _word(edition, word)
    share = quantity(uptake.pole.at["pole", "risk_share"], "ratio", edition.lang, 0)
    svg = fan_svg(
        fan,
        unit="people",
        lang=edition.lang,
        title=title,
        year_label=_word(edition, "years"),
        courses=courses,
        level=(_word(edition, "level").format(share=share), people),
        top=max(top, people),
        size_mm=_FAN_MM,
    )
    return Figure(svg=svg, alt=title, width_mm=_FAN_MM[0])


def _plan_people(uptake: Uptake) -> float:
    """People of the full plan: what the growth of residents is a share of."""
    last = uptake.growth.dropna(subset=["residents", "share_of_plan"]).iloc[-1]
    return float(last["residents"] / last["share_of_plan"]) if last["share_of_plan"] > 0 else 0.0


def _table(edition: Edition, years: pd.DataFrame) -> TableBlock:
    """The figures of both charts at a few years."""
    rows = [
        (
            cell(_word(edition, word)),
            *(_figure(edition, row, name, "people") for _, row in _shown(years).iterrows()),
        )
        for name, word in (("residents", "promised"), ("residents_late", "late"))
        if years[name].notna().any()
    ]
    return TableBlock(caption=_word(edition, "table"), heads=_year_heads(edition, years), rows=tuple(rows), dense=True)


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[[y for y in _YEARS if y in frame.index]]


def _year_heads(edition: Edition, frame: pd.DataFrame) -> tuple[Head, ...]:
    years = (Head(text=_year(edition, float(y)), align="end") for y in _shown(frame).index)
    return (Head(text="", width=1.8), *years)


def _causes(edition: Edition, uptake: Uptake) -> tuple[Block, ...]:
    if uptake.causes.empty:
        return ()
    row = uptake.pole.loc["pole"]
    asked = {
        "year": number(row["risk_year"], edition.lang, 0),
        "limit": quantity(row["risk_share"], "ratio", edition.lang, 0),
    }
    rows = tuple(
        (
            cell(label(f"uptake.cause.{name}", edition.lang)),
            _figure(edition, cause, "residents_change", "people"),
            _figure(edition, cause, "residents_change_share", "ratio"),
            _figure(edition, cause, "chance_below", "ratio"),
        )
        for name, cause in uptake.causes.iterrows()
    )
    heads = (
        Head(text=_word(edition, "cause"), width=2.0),
        Head(text=_word(edition, "change").format(**asked), align="end", width=1.4),
        Head(text=_word(edition, "change_share"), align="end"),
        Head(text=_word(edition, "chance_below").format(**asked), align="end", width=1.3),
    )
    caption = label("uptake.statement.causes", edition.lang)
    table = TableBlock(caption=caption, heads=heads, rows=rows, note=_word(edition, "causes_note"), dense=True)
    return (Text(text=first_line(uptake, edition.lang), tone="muted"), table)


def _dates(edition: Edition, uptake: Uptake) -> tuple[Block, ...]:
    """Latest dates, the tightest first; those that may slip furthest say so."""
    if uptake.dates.empty:
        return ()
    ordered = uptake.dates.sort_values(["slack_years", "promised_year"], kind="stable", na_position="last")
    rows = tuple(
        (
            cell(promise_name(edition, row)),
            cell(number(row["promised_year"], edition.lang, 1)),
            cell(_latest(edition, row["latest_year"], "–")),
            cell(_latest(edition, row["slack_years"], _word(edition, "far"))),
        )
        for _, row in ordered.iterrows()
    )
    heads = (
        Head(text=_word(edition, "promise"), width=2.4),
        *(Head(text=_word(edition, name), align="end") for name in ("promised_year", "latest_year", "slack")),
    )
    caption = label("uptake.statement.dates", edition.lang)
    return (TableBlock(caption=caption, heads=heads, rows=rows, note=_word(edition, "dates_note"), dense=True),)


def _latest(edition: Edition, value: float, otherwise: str) -> str:
    return number(value, edition.lang, 1) if value == value else otherwise


def _growth(edition: Edition, uptake: Uptake) -> tuple[Block, ...]:
    growth = uptake.growth
    if growth.empty or growth["residents"].isna().all():
        return ()
    rows = [
        (
            cell(label("uptake.share_of_plan", edition.lang)),
            *(_figure(edition, row, "share_of_plan", "ratio") for _, row in _shown(growth).iterrows()),
        )
    ]
    rows += [
        (
            cell(_word(edition, f"growth_{name}")),
            *(cell(number(row[name] / divisor, edition.lang, 0)) for _, row in _shown(growth).iterrows()),
        )
        for name, divisor in _GROWTH
        if growth[name].notna().any()
    ]
    return (
        TableBlock(
            caption=_word(edition, "growth"),
            heads=_year_heads(edition, growth),
            rows=tuple(rows),
            note=_word(edition, "growth_note"),
            dense=True,
        ),
    )


def _bound(edition: Edition, years: pd.DataFrame) -> tuple[Block, ...]:
    """How often each thing holds filling back."""
    if years["bound_by_supply"].isna().all():
        return ()
    rows = tuple(
        (
            cell(label(f"uptake.statement.{cause}", edition.lang)),
            *(_figure(edition, row, f"bound_by_{cause}", "ratio") for _, row in _shown(years).iterrows()),
        )
        for cause in _BOUND_BY
    )
    heads = _year_heads(edition, years)
    caption = label("uptake.statement.binds", edition.lang)
    return (TableBlock(caption=caption, heads=heads, rows=rows, note=_word(edition, "bound_note"), dense=True),)
