"""The picture of the comparison."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from qutb.dossier import comparison_picture
from qutb.dossier.picture import PICTURE_MEASURES
from qutb.text import LANGUAGES, label


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_is_sound_and_names_plans_and_measures(appraisals, comparison, lang):
    picture = comparison_picture(appraisals, comparison, lang)
    root = ElementTree.fromstring(picture)
    assert root.get("width") == "1200"
    words = "".join(root.itertext())
    for plan in comparison.plans:
        assert comparison.titles[plan][lang] in words
    for key in PICTURE_MEASURES:
        assert label(f"measure.{key}", lang) in words


def test_the_first_plan_stands_on_the_side_where_the_language_starts(appraisals, comparison):
    def first_map(lang):
        root = ElementTree.fromstring(comparison_picture(appraisals, comparison, lang))
        return float(root.find("{http://www.w3.org/2000/svg}svg").get("x"))

    assert first_map("ar") > 600 > first_map("en")
