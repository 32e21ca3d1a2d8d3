"""Every word a person reads, in three languages."""

from __future__ import annotations

import re
import string
from datetime import date
from pathlib import Path

import pytest

from qutb import text
from qutb.core import Finding, PackError

ROOT = Path(__file__).parents[3]
CODE = re.compile(r'"([A-Z]{2,8}(?:-[A-Z0-9]+)+)"')


def test_every_message_hint_and_label_stands_in_three_languages():
    assert text.missing_translations() == []


def test_every_code_written_in_the_library_has_words():
    used = {code for f in (ROOT / "src").rglob("*.py") for code in CODE.findall(f.read_text("utf-8"))}
    used -= {code for code in used if code.startswith("UTF-")}
    assert used - set(text.all_codes()) == set()


@pytest.mark.parametrize("code", text.all_codes())
def test_a_message_names_the_same_things_in_every_language(code):
    def braces(words: str) -> set[str]:
        fields = {field for _, field, _, _ in string.Formatter().parse(words) if field}
        return {re.sub(r"_(en|fr|ar)$", "", field) for field in fields}  # a name given in each language

    finding = Finding(code=code, severity="note")
    for part in (text.message, text.hint):
        assert braces(part(finding, "fr")) == braces(part(finding, "en")) == braces(part(finding, "ar"))


def test_numbers_are_written_as_each_language_writes_them():
    assert text.number(1234567.891, "fr", 1) == "1\u202f234\u202f567,9"
    assert text.number(1234567.891, "ar", 1) == "1.234.567,9"
    assert text.number(1234567.891, "en", 1) == "1,234,567.9"
    assert text.number(float("nan"), "en") == "–"


def test_quantities_are_shown_in_the_unit_people_read():
    assert text.quantity(2_750_000.0, "m2", "en") == "275.00\u00a0ha"
    assert text.quantity(0.345, "ratio", "fr") == "34,5\u00a0%"
    assert text.quantity(0.0045, "dwellings/m2", "en") == "45.0\u00a0dwellings/ha"
    assert text.quantity(None, "m2", "en") == "–"


def test_no_plain_space_separates_thousands():
    for lang in text.LANGUAGES:
        assert not re.search(r"\d \d", text.quantity(98_765_432.1, "MAD", lang) + text.number(1e7, lang))


def test_a_date_has_the_moroccan_month_in_arabic():
    assert text.day(date(2026, 11, 23), "ar") == "23 نونبر 2026"
    assert text.day(date(2026, 11, 23), "fr") == "23 novembre 2026"


def test_names_are_set_apart_in_arabic():
    assert text.isolate("A-17", "ar") == "\u2068A-17\u2069"
    assert text.isolate("A-17", "fr") == "A-17"


def test_an_arabic_term_not_confirmed_falls_back_to_french():
    assert text.term("facility", "ar") == "مرفق عمومي"
    assert text.term("uptake", "ar") == "remplissage"


def test_a_label_that_nobody_wrote_is_an_error():
    with pytest.raises(PackError) as missing:
        text.label("no.such.label", "fr")
    assert "no.such.label" in str(missing.value)


def test_a_message_names_a_column_in_the_reader_s_words_and_as_the_file_does():
    finding = Finding(code="PLAN-NUMBER", severity="warning", params={"column": "storeys", "layer": "plots"})
    assert "Niveaux (storeys)" in text.message(finding, "fr")
    assert "storeys in plots" in text.message(finding, "en")
    unnamed = Finding(code="PLAN-NUMBER", severity="warning", params={"column": "tiers", "layer": "plots"})
    assert "tiers" in text.message(unnamed, "fr")


def test_a_message_names_a_measure_and_not_its_key():
    finding = Finding(code="CAP-TARGET-UNDER", severity="warning", params={"measure": "capacity.beds"})
    assert text.message(finding, "en").startswith("Hotel beds: ")
