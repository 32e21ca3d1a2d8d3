"""What a save changed, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.results import given_appraisal
from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import appraise
from qutb.core import Finding
from qutb.kit import changed_lines, first_lines
from qutb.text import LANGUAGES, label

OVERLAP = Finding(code="PLAN-NO-PLOTS", severity="blocking", where=("layer:plots",))


def test_equal_appraisals_say_that_nothing_changed():
    one = given_appraisal("plan")
    assert changed_lines(one, one, "en") == ["Saved; nothing changed."]


def later(**given):
    """An appraisal of the same pole after an edit of one plot."""
    return replace(given_appraisal("plan", **given), plan=tiny_plan().with_plot("A-17", storeys=5.0))


def test_a_figure_is_shown_before_and_after_in_one_unit():
    after = later(figures={"capacity": {"dwellings": 1240.0, "population": 430.0}})
    lines = changed_lines(given_appraisal("plan"), after, "en")
    assert "  Dwellings: 120 → 1,240" in lines
    assert not [line for line in lines if "Inhabitants" in line], "what stayed is not repeated"


def test_a_finding_that_came_is_new_and_one_that_went_is_gone():
    clean, broken = given_appraisal("plan"), later(findings=(OVERLAP,))
    came, went = changed_lines(clean, broken, "en"), changed_lines(broken, clean, "en")
    assert [line[:18] for line in came if "Blocking" in line] == ["  New · Blocking ·"]
    assert [line[:19] for line in went if "Blocking" in line] == ["  Gone · Blocking ·"]
    assert came[-1] == "Findings: 1 blocking of 1"


def test_a_finding_with_another_amount_has_changed_and_is_told_once():
    def short(places, count):
        return Finding(code="PLAN-MIXED-FLOORS", severity="warning", where=places, params={"count": count})

    before = given_appraisal("plan", findings=(short(("plot:B-1", "plot:B-2"), 2),))
    lines = changed_lines(before, later(findings=(short(("plot:B-2",), 1),)), "en")
    assert [line.split(" · ")[0].strip() for line in lines if "Warning" in line] == ["Changed"]


@pytest.fixture(scope="module")
def edited():
    pole, plan = tiny_pole(), tiny_plan()
    return appraise(pole, plan), appraise(pole, plan.with_plot("A-17", use="hotel", storeys=6.0, floor_area_ratio=3.0))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_edit_tells_layer_figures_and_findings_in_each_language(edited, lang):
    lines = changed_lines(*edited, lang)
    text = "\n".join(lines)
    assert label("layer.plots", lang) in lines[0]
    assert label("measure.capacity.dwellings", lang) in text
    assert label("use.hotel", lang) in text
    assert label("severity.warning", lang) in text
    assert "{" not in text


def test_a_change_of_the_brief_is_told_as_a_change_of_terms(edited):
    before = edited[0]
    pole = tiny_pole()
    brief = replace(pole.brief, facilities={"primary_school": 3})
    after = appraise(replace(pole, brief=brief), before.plan)
    assert changed_lines(before, after, "fr")[0].startswith("Les conditions ont changé (programme)")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_look_gives_headlines_and_worst_findings(edited, lang):
    lines = first_lines(edited[0], lang)
    assert label("measure.capacity.dwellings", lang) in lines[1]
    assert len(lines) < 25
