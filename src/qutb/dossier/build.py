"""Appraisals and their comparison, made into the content of one language's dossier."""

from __future__ import annotations

from qutb.dossier.content import DossierContent, Page
from qutb.dossier.edition import Edition, dossier_code
from qutb.dossier.pages import (
    comparison_page,
    decision_page,
    land_page,
    plan_pages,
    sheet_pages,
    sources_page,
    uptake_overview_page,
    uptake_pages,
)
from qutb.text import day, direction, isolate

__all__ = ["build_content"]


def build_content(edition: Edition) -> DossierContent:
    """Decision sheet first, then comparison, land, filling, each plan, sources, and the plan sheets."""
    plans = edition.comparison.plans
    pages: list[Page | None] = [
        decision_page(edition),
        comparison_page(edition),
        land_page(edition),
        uptake_overview_page(edition),
        *(page for plan in plans for page in (*plan_pages(edition, plan), *uptake_pages(edition, plan))),
        sources_page(edition),
        *(page for plan in plans for page in sheet_pages(edition, plan)),
    ]
    code = isolate(dossier_code(edition), edition.lang)
    date = day(edition.run_date, edition.lang)
    code_line = f"{edition.word('code')} {code}"
    return DossierContent(
        lang=edition.lang,
        direction=direction(edition.lang),
        title=edition.pole_name,
        subtitle=f"{edition.word('title')} · {date} · {code_line}",
        date=date,
        code=code,
        iso_date=edition.run_date.isoformat(),
        pages=tuple(p for p in pages if p is not None),
        words={
            "contents": edition.word("contents"),
            "page": edition.word("page"),
            "as_table": edition.word("as_table"),
            "code-line": code_line,
        },
    )
