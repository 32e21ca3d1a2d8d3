"""Values, ranges and differences as people read them."""

from __future__ import annotations

import pytest

from fixtures.results import given_appraisal
from qutb.compare import compare, difference_text, range_text, value_text


def _difference(lang):
    pair = [given_appraisal("first"), given_appraisal("second", {"capacity": {"population": 387.0}})]
    row = compare(pair).row("capacity.population")
    return difference_text(row, row.cells[1], lang)


@pytest.mark.parametrize(
    ("value", "unit", "lang", "shown"),
    [
        (12_946.4, "dwellings", "en", "12,946"),
        (92_345.0, "MAD/dwelling", "en", "92,300\u00a0MAD"),
        (0.284, "ratio", "fr", "28,4\u00a0%"),
        (0.284, "ratio", "ar", "\u206828,4\u00a0%\u2069"),
        (None, "m2", "ar", "–"),
        (float("nan"), "m2", "ar", "–"),
        (1.027, "index", "en", "1.03"),
    ],
)
def test_a_value_is_written_as_its_row_needs(value, unit, lang, shown):
    assert value_text(value, unit, lang) == shown


def test_both_ends_of_a_range_stand_in_one_unit_named_once():
    assert range_text(717_000.0, 1_300_000.0, "MAD", "en") == "0.7 – 1.3\u00a0M\u00a0MAD".replace("M\u00a0MAD", "M MAD")
    assert range_text(240.0, 410.0, "MAD/m2", "fr") == "240 – 410\u00a0MAD/m²"


def test_no_range_where_low_and_high_are_one():
    assert range_text(5.0, 5.0, "m", "en") == ""
    assert range_text(None, 5.0, "m", "en") == ""


def test_a_difference_has_its_sign_and_share():
    assert _difference("en") == "-43 (-10\u00a0%)"  # 387 - 430 = -43; 43 / 430 = 10 %


def test_a_sign_stays_before_its_number_in_arabic():
    assert _difference("ar") == "\u2068-43\u2069 (\u2068-10\u00a0%\u2069)"
