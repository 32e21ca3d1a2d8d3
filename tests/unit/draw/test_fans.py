"""The fan chart: what it draws and says in each language."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from qutb.draw import Course, Fan, fan_svg

YEARS = range(1, 31)
FAN = Fan(
    label="median",
    central=[100.0 * y for y in YEARS],
    bands=[
        ("95 %", [20.0 * y for y in YEARS], [300.0 * y for y in YEARS]),
        ("50 %", [80.0 * y for y in YEARS], [130.0 * y for y in YEARS]),
    ],
)


def drawn(lang="en", **more):
    return fan_svg(FAN, unit="people", lang=lang, title="Residents", year_label="years", **more)


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_it_is_one_drawing_with_words_for_those_who_cannot_see_it(lang):
    svg = drawn(lang, courses=(Course(label="late", values=[90.0 * y for y in YEARS]),), level=("half", 1500.0))
    ElementTree.fromstring(svg)
    for words in ("median", "late", "half", "Residents"):
        assert words in svg
    assert drawn(lang) == drawn(lang)


def test_each_band_is_one_area_that_starts_with_nobody():
    areas = re.findall(r'<path d="M([^"]+)" fill="#[0-9a-f]{6}"', drawn())
    assert len(areas) == 2
    assert all(len(points.split("L")) == 62 for points in areas)  # 31 years there, 31 back


def test_charts_with_one_top_share_their_axis():
    low = Fan(label="median", central=[1.0] * 30)
    one, other = (fan_svg(f, unit="people", lang="en", title="", year_label="y", top=9000.0) for f in (FAN, low))
    ticks = [re.findall(r">([\d,]+,000)<", svg) for svg in (one, other)]
    assert ticks[0] == ticks[1] != []
