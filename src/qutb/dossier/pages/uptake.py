"""The take-up statement for approval: one page that says what was forecast and asks for answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.compare import compare
from qutb.core import QUIET, Context, UsageError
from qutb.dossier.content import (
    Block,
    Bullets,
    Cell,
    Columns,
    DossierContent,
    Facts,
    Figure,
    Head,
    Heading,
    Item,
    Page,
    TableBlock,
    Text,
    cell,
)
from qutb.dossier.edition import Edition
from qutb.dossier.folders import FileWriter, write_folder
from qutb.dossier.html import render_html
from qutb.dossier.pdf import render_pdf
from qutb.draw import Range, ranges_svg
from qutb.text import LANGUAGES, day, direction, isolate, label, message, number, quantity
from qutb.uptake import class_line, first_line, reference_scores

__all__ = ["promise_name", "statement_page", "write_statement"]

_YEARS = (5, 10, 15, 20, 30)
_CAUSES_SHOWN, _DATES_SHOWN, _TOWNS_SHOWN = 5, 5, 5
_CLASS_CODES = ("UPT-REMOTE-CLASS", "UPT-OWN-CLASS", "UPT-REFUSED")
_ASKED = ("first_phase", "link", "mitigation", "owner", "decision_date")
_CHART_MM = (186.0, 52.0)
_ROOM = "\u00a0"  # keeps the line of an answer open
_MARK = "statement.json"


def write_statement(
    appraisal: Appraisal,
    out_dir: Path | str,
    *,
    run_date: date,
    languages: Sequence[str] = LANGUAGES,
    ctx: Context = QUIET,
) -> dict[str, Path]:
    """Write the statement of one plan as ``statement.<lang>.html`` and ``.pdf``; files by name, such as ``"pdf.ar"``.

    Equal inputs give equal bytes; an earlier statement is replaced. Raises ``UsageError`` on an unknown language.
    """
    for name in languages:
        if name not in LANGUAGES:
            raise UsageError("DOSSIER-LANGUAGE", name, known=", ".join(LANGUAGES))
    plan = appraisal.plan.name
    comparison = compare({plan: appraisal})
    files: dict[str, tuple[str, FileWriter]] = {}
    for lang in (x for x in LANGUAGES if x in languages):
        edition = Edition(lang=lang, appraisals={plan: appraisal}, comparison=comparison, run_date=run_date)
        content = _content(edition, plan)
        files[f"html.{lang}"] = (f"statement.{lang}.html", partial(_html, content))
        files[f"pdf.{lang}"] = (f"statement.{lang}.pdf", partial(_pdf, content))
    files["json"] = (_MARK, partial(_record, appraisal, run_date))
    return write_folder(Path(out_dir), files, mark=_MARK, ctx=ctx)


def _html(content: DossierContent, path: Path) -> None:
    path.write_text(render_html(content), "utf-8", newline="\n")


def _pdf(content: DossierContent, path: Path) -> None:
    path.write_bytes(render_pdf(content))


def _record(appraisal: Appraisal, run_date: date, path: Path) -> None:
    """The statement as data: what was said of which plan, on which day."""
    row = appraisal.uptake.tables()["pole"].loc["pole"]
    said = {name: None if pd.isna(value) else value for name, value in row.items()}
    data = {
        "form": "qutb-uptake-statement/1",
        "run_date": run_date.isoformat(),
        "plan_digest": appraisal.plan.digest,
        "digest": appraisal.digest,
        "code": appraisal.code,
        "pole": said,
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")


def _content(edition: Edition, plan: str) -> DossierContent:
    when, line = day(edition.run_date, edition.lang), edition.word("digest").format(code=edition.code(plan))
    return DossierContent(
        lang=edition.lang,
        direction=direction(edition.lang),
        title=edition.pole_name,
        subtitle=f"{edition.title(plan)} · {when} · {line}",
        date=when,
        code=edition.code(plan),
        iso_date=edition.run_date.isoformat(),
        pages=(statement_page(edition, plan),),
        words={k: edition.word(k) for k in ("contents", "page", "as_table")} | {"code-line": line},
    )


def statement_page(edition: Edition, plan: str) -> Page:
    """Class used, the plan's own forecast, bands, causes, dates, and the answers asked for; on one sheet."""
    uptake = edition.appraisals[plan].uptake
    tables = uptake.tables()
    blocks: tuple[Block, ...] = (
        *(Text(text=message(f, edition.lang)) for f in uptake.findings if f.code in _CLASS_CODES),
        Facts(items=_facts(edition, tables["pole"].loc["pole"])),
        Text(text=first_line(uptake, edition.lang), tone="muted"),  # type: ignore[arg-type]
        Text(text=class_line(uptake, edition.lang), tone="muted"),  # type: ignore[arg-type]
        *_bands(edition, tables["years"]),
        Columns(columns=(_causes(edition, tables["causes"]), _dates(edition, tables["dates"], tables["like"]))),
        _answers(edition),
        Text(text=_worth(edition), tone="muted"),
    )
    return Page(key="uptake-statement", title=_word(edition, "title"), blocks=blocks, fit=True)


def _word(edition: Edition, key: str) -> str:
    return label(f"uptake.statement.{key}", edition.lang)


def _facts(edition: Edition, row: pd.Series) -> tuple[Item, ...]:
    lang = edition.lang
    own = Item(text=quantity(row["years_to_fill"], "year", lang, 1), sub=_word(edition, "own_forecast"))
    at = number(row["risk_year"], lang, 0)
    limit = quantity(row["risk_share"], "ratio", lang, 0)
    told = [own]
    for name, words in (("class_chance_below", "chance_class"), ("chance_below", "chance_plan")):
        if row[name] == row[name]:
            shown = quantity(row[name], "ratio", lang, 0)
            told.append(Item(text=shown, sub=_word(edition, words).format(limit=limit, year=at)))
    if row["residents"] == row["residents"]:
        band = edition.spread(row["residents_low"], row["residents_high"], "people")
        sub = f"{_word(edition, 'residents').format(year=at)} · {band}"
        told.append(Item(text=quantity(row["residents"], "people", lang, 0), sub=sub))
    return tuple(item for item in told if item.text)


def _bands(edition: Edition, years: pd.DataFrame) -> tuple[Block, ...]:
    """The chart of residents by year with its table, or the class's table where the simulation is refused."""
    shown = years.loc[[y for y in _YEARS if y in years.index]]
    if shown.empty:
        return ()
    if shown["residents"].isna().all():
        return (_table(edition, shown),)
    rows = [
        Range(label=_year(edition, y), central=r["residents"], low=r["residents_low"], high=r["residents_high"])
        for y, r in shown.iterrows()
    ]
    title = _word(edition, "chart")
    svg = ranges_svg(rows, unit="people", size_mm=_CHART_MM, lang=edition.lang, title=title)
    return (Figure(svg=svg, alt=title), _table(edition, shown))


def _year(edition: Edition, year: object) -> str:
    return _word(edition, "year").format(year=number(int(str(year)), edition.lang, 0))


def _table(edition: Edition, years: pd.DataFrame) -> TableBlock:
    """A row a measure, a column a year."""
    measures = (
        ("class_band", "class_share_low", "class_share", "class_share_high", "ratio"),
        ("band_50", "residents_low_50", "residents", "residents_high_50", "people"),
        ("band_80", "residents_low", "residents", "residents_high", "people"),
        ("band_95", "residents_low_95", "residents", "residents_high_95", "people"),
    )
    rows: list[tuple[Cell, ...]] = []
    for words, low, middle, high, unit in measures:
        if years[middle].notna().any():
            cells = (_banded(edition, years, y, (low, middle, high), unit) for y in years.index)
            rows.append((cell(_word(edition, words)), *cells))
    if years["bound_by_supply"].notna().any():
        rows.append((cell(_word(edition, "binds")), *(cell(_binding(edition, years, y)) for y in years.index)))
    heads = (Head(text="", width=1.4), *(Head(text=_year(edition, y), align="end") for y in years.index))
    return TableBlock(caption=_word(edition, "table"), heads=heads, rows=tuple(rows), dense=True)


def _banded(edition: Edition, years: pd.DataFrame, year: object, names: tuple[str, str, str], unit: str) -> Cell:
    low, middle, high = (float(years.at[year, name]) for name in names)
    return cell(quantity(middle, unit, edition.lang, 0), sub=edition.spread(low, high, unit))


def _binding(edition: Edition, years: pd.DataFrame, year: object) -> str:
    """What most often holds filling back in the year."""
    chances = {name: float(years.at[year, f"bound_by_{name}"]) for name in ("supply", "demand", "service")}
    most = max(chances, key=lambda name: chances[name])
    return f"{_word(edition, most)} {quantity(chances[most], 'ratio', edition.lang, 0)}"


def _causes(edition: Edition, causes: pd.DataFrame) -> tuple[Block, ...]:
    if causes.empty:
        return ()
    items = tuple(
        Item(
            text=label(f"uptake.cause.{name}", edition.lang),
            sub=_change(edition, row),
        )
        for name, row in causes.head(_CAUSES_SHOWN).iterrows()
    )
    return (Heading(text=_word(edition, "causes")), Bullets(items=items))


def _change(edition: Edition, row: pd.Series) -> str:
    lost = number(row["residents_change"], edition.lang, 0)
    return isolate(f"{lost} ({_percent(edition, row['residents_change_share'])})", edition.lang)


def _percent(edition: Edition, share: float) -> str:
    return quantity(share, "ratio", edition.lang, 0)


def _dates(edition: Edition, dates: pd.DataFrame, like: pd.DataFrame) -> tuple[Block, ...]:
    """The dates that are lost first; without a search, the towns most like the plan."""
    tight = dates.dropna(subset=["latest_year"]).sort_values("slack_years", kind="stable").head(_DATES_SHOWN)
    if not tight.empty:
        items = tuple(Item(text=promise_name(edition, row), sub=_slack(edition, row)) for _, row in tight.iterrows())
        return (Heading(text=_word(edition, "dates")), Bullets(items=items))
    towns = tuple(
        Item(text=isolate(str(name), edition.lang), sub=_reached(edition, row))
        for name, row in like.head(_TOWNS_SHOWN).iterrows()
    )
    return (Heading(text=_word(edition, "like")), Bullets(items=towns)) if towns else ()


def promise_name(edition: Edition, row: pd.Series) -> str:
    """A school, street or road of the first dates to lose, with its phase."""
    if row["kind"] in ("streets", "link"):
        name = label(f"uptake.promise.{row['kind']}", edition.lang)
    else:
        name = edition.facility(str(row["kind"]))
    return f"{name} · {isolate(str(row['phase']), edition.lang)}" if row["phase"] else name


def _slack(edition: Edition, row: pd.Series) -> str:
    figures = (number(row[name], edition.lang, 1) for name in ("promised_year", "latest_year"))
    promised, latest = figures
    return _word(edition, "slack").format(promised=promised, latest=latest)


def _reached(edition: Edition, row: pd.Series) -> str:
    age = number(row["age_years"], edition.lang, 0)
    return _word(edition, "reached").format(share=_percent(edition, row["share"]), age=age)


def _answers(edition: Edition) -> TableBlock:
    """What the office that brings the plan fills in; empty on purpose."""
    heads = (Head(text=_word(edition, "asked"), width=1.2), Head(text=_word(edition, "answer"), width=2.0))
    rows = tuple((cell(_word(edition, f"ask_{name}")), cell(_ROOM, sub=_ROOM)) for name in _ASKED)
    return TableBlock(caption=_word(edition, "answers"), heads=heads, rows=rows)


def _worth(edition: Edition) -> str:
    """What the forecast is worth inside a region, and what follows for the procedure."""
    scores, lang = reference_scores()["town"], edition.lang
    low, high = scores["auc_within_region_interval"]
    return _word(edition, "worth").format(
        auc=number(scores["auc_within_region"], lang, 2), low=number(low, lang, 2), high=number(high, lang, 2)
    )
