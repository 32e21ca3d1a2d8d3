"""The dossier of the sample pole in a browser: it stands alone, fits a phone, and reads without its pictures."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from qutb.appraisal import Cache, appraise
from qutb.compare import compare
from qutb.dossier import write_dossier
from qutb.pole import open_pole
from qutb.text import LANGUAGES

SAMPLE = Path(__file__).parents[2] / "src" / "qutb_ma" / "samples" / "dakhla"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: the dossier was not opened in a browser"),
]


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    """The dossier's pages by language, in a folder whose name has a space and Arabic letters."""
    pole, cache = open_pole(SAMPLE), Cache()
    appraisals = {name: appraise(pole, name, effort="draft", cache=cache) for name in pole.plans}
    out = tmp_path_factory.mktemp("e2e") / "ملف القطب"
    written = write_dossier(
        appraisals, compare(appraisals), out, languages=LANGUAGES, formats=("html",), run_date=date(2026, 11, 23)
    )
    return {lang: written[f"html.{lang}"] for lang in LANGUAGES}


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=LANGUAGES)
def page(request, dossier, browser):
    """The open dossier, with what it asked for and complained of in ``requests`` and ``complaints``."""
    page = browser.new_page(viewport=PHONE)
    page.lang, page.requests, page.complaints = request.param, [], []
    page.on("request", lambda asked: page.requests.append(asked.url))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(dossier[request.param].as_uri())
    yield page
    page.close()


def test_it_opens_in_its_language_and_direction(page):
    assert page.evaluate("document.documentElement.lang") == page.lang
    expected = "rtl" if page.lang == "ar" else "ltr"
    assert page.evaluate("getComputedStyle(document.body).direction") == expected


def test_no_request_leaves_the_file_and_nothing_complains(page):
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in page.requests if url.startswith("file:")]) == 1
    assert page.complaints == []


def test_a_phone_scrolls_it_in_one_direction_only(page):
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1]


def test_no_text_is_cut_by_its_box(page):
    cut = page.evaluate(
        """[...document.querySelectorAll('h1,h2,h3,h4,p,li,figcaption,summary')]
            .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
            .map(e => e.textContent.slice(0, 60))"""
    )
    assert cut == []


def test_every_drawing_has_a_table_in_its_section(page):
    alone = page.evaluate(
        """[...document.querySelectorAll('section')]
            .filter(s => s.querySelector('figure svg') && !s.querySelector('table')).map(s => s.id)"""
    )
    assert page.locator("figure svg").count() > 0
    assert alone == []


def test_drawings_side_by_side_have_one_size(page):
    page.set_viewport_size({"width": 1200, "height": 900})
    uneven = page.evaluate(
        """[...document.querySelectorAll('section')].filter(s => {
            const widths = [...s.querySelectorAll('.columns figure svg')].map(g => g.getBoundingClientRect().width);
            return widths.length > 1 && Math.max(...widths) > 1.1 * Math.min(...widths);
        }).map(s => s.id)"""
    )
    assert uneven == []


def test_axe_finds_no_serious_fault(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")] == []
