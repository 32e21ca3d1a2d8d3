"""Arabic in a drawing is joined in the PDF and found again by search."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata

import pytest
import typst

from qutb.draw import FONTS, Range, ranges_svg

ARABIC = "كلفة التجهيز داخل الموقع"


def test_the_shipped_fonts_come_with_their_licence():
    assert sorted(f.name for f in FONTS.glob("*.ttf")) == [
        "NotoNaskhArabic-Bold.ttf",
        "NotoNaskhArabic-Regular.ttf",
        "NotoSans-Bold.ttf",
        "NotoSans-Regular.ttf",
    ]
    licence = (FONTS / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Copyright 2019-2020 Google LLC" in licence


@pytest.fixture(scope="module")
def chart_pdf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pdf")
    rows = [Range(label="مخطط الخليج", low=280, central=390, high=520)]
    band = "عمليات منجزة: \u2068257–475\u2069"
    drawing = ranges_svg(rows, unit="MAD/m2", lang="ar", title=ARABIC, band=(257, 475), band_label=band)
    (folder / "chart.svg").write_text(drawing, "utf-8")
    (folder / "page.typ").write_text('#image("chart.svg", width: 15cm)', "utf-8")
    typst.compile(folder / "page.typ", output=folder / "page.pdf", font_paths=[FONTS], ignore_system_fonts=True)
    return folder / "page.pdf"


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_arabic_words_of_a_chart_are_found_in_the_pdf(chart_pdf):
    found = subprocess.run(["pdftotext", chart_pdf, "-"], capture_output=True, text=True, check=True).stdout
    plain = unicodedata.normalize("NFKC", found)
    for word in [*ARABIC.split(), "مخطط", "الخليج", "عمليات", "257–475", "390"]:
        assert word in plain


@pytest.mark.skipif(not shutil.which("pdffonts"), reason="poppler-utils is not installed")
def test_the_pdf_uses_the_shipped_fonts_alone(chart_pdf):
    listed = subprocess.run(["pdffonts", chart_pdf], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0].split("+")[-1] for line in listed.splitlines()[2:]}
    assert names
    assert all(name.startswith(("NotoNaskhArabic", "NotoSans")) for name in names)
