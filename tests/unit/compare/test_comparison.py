"""Plans side by side. Figures are those of ``fixtures.results.FIGURES`` unless a test gives others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.results import given_appraisal
from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import appraise
from qutb.compare import MEASURES, NOT_MEASURED, WORDS, compare, comparison_json, text_rows
from qutb.core import UsageError
from qutb.pack import Parameter
from qutb.pole import Brief, Criterion, Target
from qutb.text import LANGUAGES, all_labels


def _pair(figures, **of_pole):
    return compare([given_appraisal("first", **of_pole), given_appraisal("second", figures, **of_pole)])


def _cell(comparison, key):
    return comparison.row(key).cells[1]


def test_years_to_fill_stand_before_everything_else():
    assert compare([given_appraisal()]).rows[0].measure.key == "uptake.years_to_fill"


def test_a_plan_beside_itself_is_equal_wherever_it_is_evaluated():
    appraisal = given_appraisal()
    words = {row.cells[1].word for row in compare([appraisal, appraisal]).rows}
    assert words == {"equal", "not_evaluated"}


def test_the_base_is_the_first_plan_unless_another_is_named():
    plans = {"a": given_appraisal("a"), "b": given_appraisal("b")}
    assert compare(plans).plans == ("a", "b")
    assert compare(plans, base="b").plans == ("b", "a")
    assert compare(plans, base="b").row("capacity.jobs").cells[0].word == "base"


def test_two_plans_of_one_name_are_told_apart():
    appraisal = given_appraisal("bay")
    assert compare([appraisal, appraisal, appraisal]).plans == ("bay", "bay (2)", "bay (3)")


def test_fewer_years_to_fill_are_better_when_the_ranges_are_apart():
    cell = _cell(_pair({"uptake": {"years_to_fill": (14.0, 15.0, 16.0)}}), "uptake.years_to_fill")
    assert cell.word == "worse"
    assert cell.difference == pytest.approx(9.0)  # 15 - 6
    assert cell.relative_difference == pytest.approx(1.5)  # 9 / 6


def test_overlapping_ranges_show_no_difference_but_say_what_holds_like_for_like():
    cell = _cell(_pair({"uptake": {"years_to_fill": (5.0, 8.0, 14.0)}}), "uptake.years_to_fill")
    assert cell.word == "overlap"
    assert cell.on_equal_assumptions == "worse"  # 5 > 4, 8 > 6, 14 > 12


def test_ranges_that_cross_hold_nothing_like_for_like():
    cell = _cell(_pair({"uptake": {"years_to_fill": (3.0, 8.0, 14.0)}}), "uptake.years_to_fill")
    assert (cell.word, cell.on_equal_assumptions) == ("overlap", "")


def test_a_measure_without_a_better_side_is_more_or_less():
    assert _cell(_pair({"capacity": {"population": 500.0}}), "capacity.population").word == "more"


def test_what_no_step_gave_is_not_evaluated_and_never_zero():
    cell = _cell(_pair({}), "cost.cost_per_plot")
    assert (cell.word, cell.value, cell.difference) == ("not_evaluated", None, None)


def test_both_plans_within_the_target_of_the_brief_are_on_target():
    brief = Brief(targets=(Target(measure="capacity.jobs", low=50.0),))
    assert _cell(_pair({"capacity": {"jobs": 70.0}}, brief=brief), "capacity.jobs").word == "both_on_target"


def test_the_plan_nearer_the_target_is_better():
    brief = Brief(targets=(Target(measure="capacity.jobs", low=100.0, high=120.0),))
    assert _cell(_pair({"capacity": {"jobs": 70.0}}, brief=brief), "capacity.jobs").word == "better"  # 30 < 40 away
    assert _cell(_pair({"capacity": {"jobs": 200.0}}, brief=brief), "capacity.jobs").word == "worse"  # 80 > 40 away


def test_plans_of_different_programmes_are_not_compared():
    other = given_appraisal("second", brief=Brief(facilities={"primary_school": 2}))
    with pytest.raises(UsageError) as refusal:
        compare([given_appraisal("first"), other])
    assert refusal.value.code == "CMP-TERMS"
    assert "brief.toml" in str(refusal.value)


def test_plans_under_different_values_are_told_which_values():
    pole = tiny_pole()
    size = {
        "unit": "people/dwelling",
        "description": "x",
        "values": {"2024-01-01": {"value": 4, "status": "assumed", "source": "x"}},
    }
    values = pole.values.with_overrides(
        {"capacity.household_size": Parameter.from_data("capacity.household_size", size, "pole")}
    )
    first, second = given_appraisal("first"), given_appraisal("second", values=values)
    read = {"capacity.household_size": "x"}
    for appraisal in (first, second):
        result = appraisal.results["capacity"]
        seen = replace(result.provenance, values_read=read)
        object.__setattr__(appraisal, "results", {**appraisal.results, "capacity": result.with_provenance(seen)})
    with pytest.raises(UsageError, match=r"capacity\.household_size"):
        compare([first, second])


def test_an_unknown_base_is_refused_with_the_names_there_are():
    with pytest.raises(UsageError, match="first"):
        compare([given_appraisal("first")], base="other")


def test_nothing_to_compare_is_refused():
    with pytest.raises(UsageError):
        compare([])


def test_no_score_is_made_unless_the_brief_adopts_weights():
    brief = Brief(criteria=(Criterion(measure="capacity.jobs", better="more", weight=1.0),))
    assert _pair({"capacity": {"jobs": 70.0}}, brief=brief).ranking is None


def test_adopted_weights_rank_the_plans():
    brief = Brief(criteria=(Criterion(measure="capacity.jobs", better="more", weight=1.0),), weights_adopted=True)
    ranking = _pair({"capacity": {"jobs": 70.0}}, brief=brief).ranking
    assert ranking is not None
    assert ranking.order == ("second", "first")


def test_what_is_not_measured_is_named():
    assert {"identity", "landscape", "bay", "networks", "schedule", "risk"} <= set(
        compare([given_appraisal()]).not_measured
    )


@pytest.mark.parametrize(
    "key",
    [
        *(m.label_key for m in MEASURES),
        *(f"not_measured.{code}" for code in NOT_MEASURED),
        *(f"compare.{kind}.{word}" for kind in ("word", "badge") for word in WORDS),
    ],
)
def test_every_word_of_a_comparison_has_its_label(key):
    assert key in all_labels()


def test_the_terminal_rows_name_plans_first_and_years_next():
    comparison = _pair({"uptake": {"years_to_fill": (14.0, 15.0, 16.0)}})
    for lang in LANGUAGES:
        rows = text_rows(comparison, lang)
        assert [len(r) for r in rows] == [3] * len(rows)
    assert text_rows(comparison, "en")[1] == [
        "Years to fill",
        "6.0\u00a0years [4.0 – 12.0\u00a0years]",
        "15.0\u00a0years [14.0 – 16.0\u00a0years] (worse)",
    ]


def test_the_data_of_a_comparison_holds_terms_and_every_cell():
    data = comparison_json(_pair({}))
    assert data["base"] == "first"
    assert set(data["rows"][0]["cells"]) == {"first", "second"}
    assert data["terms"]["shared"]["pack"] == "ma@2026-11-01"


def test_access_and_mobility_are_compared_with_their_ranges():
    plan = tiny_plan()
    appraisals = {name: appraise(tiny_pole(), replace(plan, name=name), effort="draft") for name in ("one", "two")}
    compared = compare(appraisals)
    left = appraisals["one"].access.pole["unserved_pupils"].iloc[0]
    assert compared.row("access.unserved_pupils").cells[0].value == left > 0
    stays = compared.row("mobility.self_containment_share").cells[0]
    assert stays.low < stays.value < stays.high
    assert not {"access", "mobility"} & set(compared.not_measured)
