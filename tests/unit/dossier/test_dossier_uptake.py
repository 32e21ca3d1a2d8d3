"""Filling in the dossier: pages of the tiny pole in three languages."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

import qutb
from qutb.compare import compare
from qutb.dossier import Edition
from qutb.dossier.content import to_plain
from qutb.dossier.pages import uptake_overview_page, uptake_pages

POLE = Path(__file__).parents[3] / "examples" / "pole_tiny"


@cache
def edition(lang, to=None):
    appraisals = {"plan": qutb.appraise(qutb.open_pole(POLE), "plan", effort="draft", to=to)}
    return Edition(lang=lang, appraisals=appraisals, comparison=compare(appraisals), run_date=date(2026, 11, 24))


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_every_plan_stands_in_the_overview_with_its_risk_and_has_its_statement(lang):
    overview = uptake_overview_page(edition(lang))
    assert len(overview.blocks[1].rows) == 4
    pages = uptake_pages(edition(lang), "plan")
    assert pages[-1].key == "uptake-statement-plan"
    assert "{" not in str([block for page in (overview, *pages) for block in to_plain(page)["title"]])


def test_without_the_step_there_is_no_page():
    early = edition("en", "capacity")
    assert uptake_overview_page(early) is None
    assert uptake_pages(early, "plan") == ()
