"""Pages of access, pupils without a place, remedies and mobility: what they say, in every language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import appraise
from qutb.compare import compare
from qutb.dossier import Edition, dossier_json, render_html, render_pdf
from qutb.dossier.build import build_content
from qutb.dossier.content import Figure, TableBlock, to_plain
from qutb.dossier.pages import plan_pages
from qutb.dossier.workbook import workbook_sheets
from qutb.remedies import find_remedies
from qutb.text import LANGUAGES


@pytest.fixture(scope="module")
def remedies(appraisals):
    return {name: find_remedies(a) for name, a in appraisals.items()}


@pytest.fixture(params=LANGUAGES)
def mended(request, edition, remedies):
    return replace(edition(request.param), remedies=remedies)


def _page(edition, key):
    return next(p for p in plan_pages(edition, "grid") if p.key == key)


def _texts(part):
    if isinstance(part, dict):
        return [t for v in part.values() for t in _texts(v)]
    if isinstance(part, list):
        return [t for v in part for t in _texts(v)]
    return [part] if isinstance(part, str) else []


def _tables(page):
    return [b for b in page.blocks if isinstance(b, TableBlock)]


@pytest.mark.parametrize("key", ["access-grid", "unserved-grid", "mobility-grid"])
def test_every_map_has_a_table_that_says_the_same(mended, key):
    figures = [b for b in _page(mended, key).blocks if isinstance(b, Figure)]
    assert figures
    assert all(f.twin is not None and f.twin.rows and f.alt for f in figures)


def test_the_twin_of_the_map_of_service_counts_every_resident(edition, appraisals):
    twin = next(b.twin for b in _page(edition("en"), "access-grid").blocks if isinstance(b, Figure))
    shown = sum(int(row[2].text.replace(",", "")) for row in twin.rows)
    assert shown == pytest.approx(appraisals["grid"].capacity.pole["population"].iloc[0], abs=len(twin.rows))


def test_the_table_of_remedies_has_a_row_for_each_thing_that_is_missing(mended, remedies):
    table = _tables(_page(mended, "unserved-grid"))[-1]
    assert len(table.rows) == len(remedies["grid"].shortfalls)


def test_every_remedy_is_a_sentence_with_a_price(mended, remedies):
    said = _texts(to_plain(_page(mended, "unserved-grid")))
    assert not [t for t in said if re.search(r"\{[a-z_]+\}|\bnan\b|None", t)]
    assert len(remedies["grid"].cheapest()) > 0


def test_the_decision_sheet_names_the_cheapest_remedy_of_each_plan(mended):
    first = " ".join(_texts(to_plain(build_content(mended).pages[0])))
    opening = mended.word("cheapest_remedy").partition("{")[0]
    assert first.count(opening) == len(mended.comparison.plans)


def test_the_dossier_in_arabic_is_set_with_its_remedies(edition, remedies):
    content = build_content(replace(edition("ar"), remedies=remedies))
    assert render_pdf(content).startswith(b"%PDF")
    assert 'dir="rtl"' in render_html(content)


def test_the_workbook_and_the_json_hold_every_shortfall(edition, remedies):
    mended = replace(edition("fr"), remedies=remedies)
    titles = {sheet.title: sheet for sheet in workbook_sheets(mended)}
    every = sum(len(r.shortfalls) for r in remedies.values())
    assert len(titles[mended.word("sheet.remedies_shortfalls")].rows) == every
    plans = dossier_json(mended)["plans"]
    assert sum(len(p["remedies"]) for p in plans.values()) == every
    assert all(
        s["remedies"][0]["remedy_id"] == s["remedy_id"] for p in plans.values() for s in p["remedies"] if s["remedy_id"]
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_programme_without_a_drawing_gets_words_instead_of_a_map(lang):
    plan = tiny_plan()
    plan = replace(plan, plots=plan.plots.assign(schematic=True))
    appraisal = appraise(tiny_pole(plan=plan), plan, effort="draft")
    named = {"plan": appraisal}
    edition = Edition(
        lang=lang,
        appraisals=named,
        comparison=compare(named),
        run_date=tiny_pole().start_date,
        remedies={"plan": find_remedies(appraisal)},
    )
    pages = [p for p in plan_pages(edition, "plan") if p.key.split("-")[0] in ("access", "unserved", "mobility")]
    said = _texts(to_plain(pages))
    assert edition.word("schematic_no_map") in said
    assert not [b for p in pages for b in p.blocks if isinstance(b, Figure)]
