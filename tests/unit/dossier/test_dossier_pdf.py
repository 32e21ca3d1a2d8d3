"""The dossier on paper: one sheet first, shipped fonts only, words that can be found again."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from pypdf import PdfReader

from qutb.dossier.build import build_content
from qutb.dossier.pdf import render_pdf
from qutb.text import LANGUAGES

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
_CONTROLS = re.compile("[\u200b\u200e\u200f\u2066-\u2069]")
_TURNS = re.compile("[\u202a-\u202e]")  # poppler marks with these where the direction of reading turns


@pytest.fixture(scope="module", params=LANGUAGES)
def paper(request, edition, tmp_path_factory):
    content = build_content(edition(request.param))
    path = tmp_path_factory.mktemp("pdf") / f"dossier.{request.param}.pdf"
    path.write_bytes(render_pdf(content))
    return content, path


def _words(path, *pages):
    span = ["-f", str(pages[0]), "-l", str(pages[1])] if pages else []
    made = subprocess.run(["pdftotext", *span, str(path), "-"], capture_output=True, text=True, check=True)
    return _CONTROLS.sub("", _TURNS.sub(" ", made.stdout))


@poppler
def test_the_decision_sheet_takes_one_page(paper):
    content, path = paper
    assert content.pages[1].title in _words(path, 2, 2)


@poppler
def test_no_thousands_are_parted_by_a_plain_space(paper):
    content, path = paper
    if content.lang == "ar":
        assert not re.search(r"\d \d{3}(?!\d)", _words(path, 1, 1))


@poppler
def test_the_words_of_the_decision_sheet_are_found_again(paper):
    content, path = paper
    found = _words(path, 1, 1).split()
    said = [w for text in _said(content.pages[0]) for w in _CONTROLS.sub("", text).split() if w.isalpha()]
    lost = sorted({w for w in said if w not in found})
    assert len(lost) <= 0.03 * len(set(said)), lost


def _said(page):
    for block in page.blocks:
        if block.kind == "text":
            yield block.text
        if block.kind == "table":
            yield from (c.text for row in block.rows for c in row[:1])


def test_only_the_shipped_fonts_are_used(paper):
    fonts = set()
    for page in PdfReader(paper[1]).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            fonts.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    assert fonts
    assert all(f.startswith(("NotoSans-", "NotoNaskhArabic-")) for f in fonts), fonts


def test_the_paper_is_tagged_titled_and_dated_by_the_run(paper):
    reader = PdfReader(paper[1])
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == paper[0].lang
    assert reader.metadata.title == paper[0].title
    assert reader.metadata.creation_date.date().isoformat() == "2026-11-23"


def test_plan_sheets_have_their_own_paper(paper):
    sizes = {round(float(p.mediabox.width)) for p in PdfReader(paper[1]).pages}
    assert sizes == {595, 1191}  # A4 upright and A3 lying, in points


def test_the_same_content_gives_the_same_bytes(edition):
    content = build_content(edition("fr"))
    assert render_pdf(content) == render_pdf(content)


def test_a_name_in_a_script_without_font_still_makes_a_paper(edition):
    content = replace(build_content(edition("en")), title="Dakhla ⵜⵓⵔⵜ 新城")
    assert render_pdf(replace(content, pages=content.pages[:1])).startswith(b"%PDF")


def test_a_crowded_decision_sheet_shrinks_instead_of_running_over(edition, tmp_path):
    content = build_content(edition("fr"))
    first = content.pages[0]
    crowded = replace(first, blocks=(*first.blocks, *[first.blocks[-1]] * 12))
    path = tmp_path / "crowded.pdf"
    path.write_bytes(render_pdf(replace(content, pages=(crowded,))))
    assert len(PdfReader(path).pages) == 1
