"""The business model and the jobs of one plan: cash by year, what hangs on what, who gets what, people at work."""

from __future__ import annotations

import pandas as pd

from qutb.core import Table
from qutb.dossier.content import Block, Facts, Figure, Item, Page, TableBlock, Text
from qutb.dossier.edition import Edition, results_table
from qutb.draw import Bars, Range, bars_svg, ranges_svg
from qutb.text import isolate, label

__all__ = ["finance_pages"]

_RECEIVED = ("receipts_amount", "vat_collected_amount", "subsidies_amount")
_PAID = (
    "onsite_works_amount",
    "offsite_works_amount",
    "studies_amount",
    "fee_amount",
    "overhead_amount",
    "marketing_amount",
    "subdivision_tax_amount",
    "management_amount",
    "land_amount",
    "registration_amount",
    "vat_deductible_amount",
    "vat_paid_amount",
    "profit_tax_amount",
    "interest_amount",
)
_HEADLINES = ("npv_amount", "break_even_price_ratio", "peak_exposure_amount", "shortfall_amount")
_COLORS = ("#1F6F8B", "#C0703C", "#5B8C5A", "#8A6FA8", "#B5A642", "#7A8B99")
_HATCHES = ("", "rising", "dots", "cross", "level", "upright")
_WIDE_MM = (186.0, 66.0)
_BAR_MM = 7.0


def finance_pages(edition: Edition, plan: str) -> tuple[Page, ...]:
    """The pages of money and of jobs; one whose step did not run, or was refused, is left out."""
    pages = (_money_page(edition, plan), _jobs_page(edition, plan))
    return tuple(page for page in pages if page is not None)


def _word(edition: Edition, key: str) -> str:
    return label(f"finance.page.{key}", edition.lang)


def _tables(edition: Edition, plan: str, step: str) -> tuple[dict[str, pd.DataFrame], dict[str, Table]] | None:
    result = edition.appraisals[plan].results.get(step)
    if result is None or result.status == "refused":
        return None
    return result.tables(), dict(result.TABLES)


def _money_page(edition: Edition, plan: str) -> Page | None:
    found = _tables(edition, plan, "finance")
    if found is None:
        return None
    tables, specs = found
    row = tables["pole"].iloc[0]
    facts = tuple(
        Item(
            text=edition.value(None if pd.isna(row[name]) else float(row[name]), specs["pole"][name].unit),
            sub=label(f"finance.{name}", edition.lang),
        )
        for name in _HEADLINES
    )
    blocks: tuple[Block, ...] = (
        Text(text=_word(edition, "intro"), tone="muted"),
        Facts(items=facts),
        _cash_figure(edition, tables["months"]),
        _tornado_figure(edition, tables["tornado"], specs["tornado"]),
        _waterfall_figure(edition, tables["shares"]),
        _partners_table(edition, tables["partners"], specs["partners"]),
        _named_table(edition, tables["first_phases"], specs["first_phases"], ("phase", "npv"), "first_phases"),
        _conflict_table(edition, tables["conflict"], specs["conflict"]),
    )
    return Page(key=f"finance-{plan}", title=f"{edition.title(plan)} · {_word(edition, 'title')}", blocks=blocks)


def _by_year(months: pd.DataFrame, columns: tuple[str, ...]) -> list[float]:
    """Sums of twelve months from the start, up to the last year with any movement."""
    whole = months[list(_RECEIVED + _PAID)].sum(axis=1)
    last = int(whole[whole > 0].index.max()) // 12 if (whole > 0).any() else 0
    sums = months[list(columns)].sum(axis=1).groupby(months.index // 12).sum()
    return [float(v) for v in sums.iloc[: last + 1]]


def _cash_figure(edition: Edition, months: pd.DataFrame) -> Figure:
    received, paid = _by_year(months, _RECEIVED), _by_year(months, _PAID)
    series = [
        Bars(label=_word(edition, "received"), values=received, color=_COLORS[0]),
        Bars(label=_word(edition, "paid"), values=paid, color=_COLORS[1], hatch=_HATCHES[1]),
    ]
    years = [edition.count(n + 1) for n in range(len(received))]
    svg = bars_svg(
        years, series, unit=edition.currency, lang=edition.lang, title="", mode="grouped", size_mm=_WIDE_MM,
        description=_word(edition, "cash"),
    )  # fmt: skip
    return Figure(svg=svg, alt=_word(edition, "cash"), caption=_word(edition, "cash"), width_mm=_WIDE_MM[0])


def _tornado_figure(edition: Edition, tornado: pd.DataFrame, spec: Table) -> Figure:
    rows = [
        Range(label=label(f"finance.factor.{factor}", edition.lang), central=swing, low=0.0, high=swing)
        for factor, swing in tornado["swing"].astype("float64").items()
    ]
    svg = ranges_svg(
        rows, unit=edition.currency, lang=edition.lang, title="", size_mm=(_WIDE_MM[0], 18.0 + _BAR_MM * len(rows)),
        description=_word(edition, "tornado"),
    )  # fmt: skip
    names = {str(f): label(f"finance.factor.{f}", edition.lang) for f in tornado.index}
    twin = results_table(
        edition,
        tornado,
        spec,
        {c: label(f"finance.{c}", edition.lang) for c in ("npv_worse", "npv_better", "swing")},
        caption=_word(edition, "tornado"),
        first=label("finance.factor", edition.lang),
        names=names,
    )
    return Figure(
        svg=svg, alt=_word(edition, "tornado"), caption=_word(edition, "tornado"), width_mm=_WIDE_MM[0], twin=twin
    )


def _waterfall_figure(edition: Edition, shares: pd.DataFrame) -> Figure:
    tiers, partners = list(dict.fromkeys(shares["tier"])), list(dict.fromkeys(shares["partner"]))
    amount = shares.set_index(["tier", "partner"])["amount"]
    series = [
        Bars(
            label=edition.partner(p),
            values=[float(amount[t, p]) for t in tiers],
            color=_COLORS[n % len(_COLORS)],
            hatch=_HATCHES[n % len(_HATCHES)],
        )
        for n, p in enumerate(partners)
    ]
    ranks = [f"{label('finance.tier', edition.lang)} {edition.count(n)}" for n in range(1, len(tiers) + 1)]
    svg = bars_svg(
        ranks, series, unit=edition.currency, lang=edition.lang, title="", size_mm=_WIDE_MM,
        description=_word(edition, "waterfall"),
    )  # fmt: skip
    caption = _word(edition, "waterfall")
    return Figure(svg=svg, alt=caption, caption=caption, width_mm=_WIDE_MM[0])


def _partners_table(edition: Edition, partners: pd.DataFrame, spec: Table) -> TableBlock:
    columns = ("contributed_amount", "distributed_amount", "npv_amount", "mirr", "multiple", "default_exposure_amount")
    return results_table(
        edition,
        partners,
        spec,
        {c: label(f"finance.{c}", edition.lang) for c in columns},
        caption=_word(edition, "partners"),
        first=label("finance.partner", edition.lang),
        names={p: edition.partner(p) for p in partners.index},
        note=_word(edition, "partners_note"),
    )


def _named_table(edition: Edition, frame: pd.DataFrame, spec: Table, columns: tuple[str, ...], word: str) -> TableBlock:
    amounts = {c: label(f"finance.{c}", edition.lang) for c in columns if spec[c].kind == "number"}
    subs = {str(k): isolate(str(p), edition.lang) for k, p in frame["phase"].items()} if "phase" in frame else None
    names = {str(k): edition.count(float(str(k))) for k in frame.index}
    first = label(f"finance.{spec.key}", edition.lang)
    return results_table(
        edition, frame, spec, amounts, caption=_word(edition, word), first=first, names=names, subs=subs
    )


def _conflict_table(edition: Edition, frame: pd.DataFrame, spec: Table) -> TableBlock:
    columns = ("npv", "years_to_occupied", "sold_in_time_share")
    return results_table(
        edition,
        frame,
        spec,
        {c: label(f"finance.{c}", edition.lang) for c in columns},
        caption=_word(edition, "conflict"),
        first=label("finance.price_ratio", edition.lang),
        names={str(k): edition.value(float(str(k)), "ratio") for k in frame.index},
        note=_word(edition, "conflict_note"),
    )


def _jobs_page(edition: Edition, plan: str) -> Page | None:
    found = _tables(edition, plan, "jobs")
    if found is None:
        return None
    tables, specs = found
    row = tables["pole"].iloc[0]
    names = ("direct_job_years", "indirect_job_years", "induced_job_years", "local_job_years", "building_job_years")
    rows = [
        Range(
            label=label(f"jobs.{name}", edition.lang),
            central=float(row[name]),
            low=float(row[f"{name}_low"]),
            high=float(row[f"{name}_high"]),
        )
        for name in names
    ]
    svg = ranges_svg(
        rows, unit="job-years", lang=edition.lang, title="", size_mm=(_WIDE_MM[0], 18.0 + _BAR_MM * len(rows)),
        description=_word(edition, "jobs"),
    )  # fmt: skip
    blocks: tuple[Block, ...] = (
        Text(text=_word(edition, "jobs_intro"), tone="muted"),
        Figure(svg=svg, alt=_word(edition, "jobs"), caption=_word(edition, "jobs"), width_mm=_WIDE_MM[0]),
        _work_figure(edition, tables["months"]),
        results_table(
            edition,
            tables["trades"],
            specs["trades"],
            {c: label(f"jobs.{c}", edition.lang) for c in ("cost_amount", "labour_share", "direct_job_years")},
            caption=_word(edition, "jobs_trades"),
            first=label("jobs.trade", edition.lang),
            names={str(t): edition.named(f"trade.{t}", str(t)) for t in tables["trades"].index},
        ),
    )
    title = f"{edition.title(plan)} · {_word(edition, 'jobs_title')}"
    return Page(key=f"jobs-{plan}", title=title, blocks=blocks, follow=True)


def _work_figure(edition: Edition, months: pd.DataFrame) -> Figure:
    """People at work by half year: the mean of its months."""
    halves = months["people_at_work"].groupby(months.index // 6).mean()
    last = int(halves[halves > 0].index.max()) if (halves > 0).any() else 0
    shown = halves.iloc[: last + 1]
    years = [edition.count(int(n) // 2 + 1) if int(n) % 2 == 0 else "" for n in shown.index]
    series = [Bars(label=label("jobs.people_at_work", edition.lang), values=list(map(float, shown)), color=_COLORS[2])]
    svg = bars_svg(
        years, series, unit="people", lang=edition.lang, title="", size_mm=_WIDE_MM,
        description=_word(edition, "jobs_months"),
    )  # fmt: skip
    caption = _word(edition, "jobs_months")
    return Figure(svg=svg, alt=caption, caption=caption, width_mm=_WIDE_MM[0])
