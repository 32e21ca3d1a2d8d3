"""What the brief asks and the plan does not hold."""

from __future__ import annotations

import pytest

from fixtures.held import codes, held, square_plots
from fixtures.tiny import tiny_plan
from qutb import text
from qutb.pole import Target


def finding(result, code):
    return next(f for f in result.findings if f.code == code)


def test_a_target_missed_is_told_with_both_numbers():
    result = held(tiny_plan(), targets=(Target(measure="capacity.dwellings", low=200, source="programme, page 3"),))
    missed = finding(result, "CAP-TARGET-UNDER")
    assert missed.params["value"] == pytest.approx(174.44, abs=0.01)
    assert missed.params["limit"] == 200
    assert missed.source == "programme, page 3"
    assert next(c for c in result.checks if c.code == "CAP-TARGET").verdict == "not_met"


def test_a_target_passed_over_is_told():
    assert "CAP-TARGET-OVER" in codes(held(tiny_plan(), targets=(Target(measure="capacity.beds", high=10),)))


def test_a_target_on_no_measure_is_told_and_one_of_another_step_is_left_to_it():
    targets = (Target(measure="capacity.happiness", low=1), Target(measure="form.street_share", low=0.3))
    result = held(tiny_plan(), targets=targets)
    assert finding(result, "CAP-TARGET-UNKNOWN").params["measure"] == "capacity.happiness"
    assert not [c for c in result.checks if c.code == "CAP-TARGET"]


def test_a_facility_asked_but_not_planned_is_named_in_each_language():
    result = held(tiny_plan(), facilities={"library": 1, "primary_school": 1})
    asked = finding(result, "CAP-FACILITY-NOT-PLANNED")
    assert asked.where == ("facility:library",)
    assert codes(result).count("CAP-FACILITY-NOT-PLANNED") == 1
    assert "Bibliothèque" in text.message(asked, "fr")
    assert "مكتبة" in text.message(asked, "ar")


def test_a_facility_nobody_knows_is_told():
    result = held(square_plots({"use": "facility", "facility_type": "space_port"}), facilities={"time_machine": 1})
    assert finding(result, "CAP-FACILITY-UNKNOWN").params["facility_type"] == "space_port"
    assert finding(result, "CAP-FACILITY-UNKNOWN-ASKED").params["facility_type"] == "time_machine"


def test_a_facility_plot_without_type_is_named():
    result = held(square_plots({"use": "facility", "facility_type": None}))
    assert finding(result, "CAP-FACILITY-NO-TYPE").where == ("plot:p0",)


def test_pupils_of_a_phase_wait_for_the_school_of_the_next():
    """1,000 dwellings x 3.3264 people: 379 primary pupils in P1, a school of 400 only in P2."""
    plan = square_plots(
        {"dwellings": 1000, "floor_area_ratio": 8.0, "phase": "P1"},
        {"use": "facility", "facility_type": "primary_school", "capacity_places": 400, "phase": "P2"},
    )
    short = [f for f in held(plan).findings if f.code == "CAP-SCHOOL-SHORT"]
    primary = [f for f in short if "facility:primary_school" in f.where]
    assert [f.where[0] for f in primary] == ["phase:P1"]
    assert primary[0].params["value"] == 0
    assert primary[0].params["limit"] == 379


def test_a_school_that_does_not_say_its_places_is_guessed_from_its_site():
    plan = square_plots({"use": "facility", "facility_type": "primary_school"})
    result = held(plan)
    assert finding(result, "CAP-SCHOOL-PLACES-GUESSED").where == ("plot:p0",)
    places = result.schools.set_index("facility_type").at["primary_school", "places"]
    assert places == pytest.approx(10_000 / 25)  # 20 to 30 m2 a pupil


def test_a_town_the_pack_does_not_know_falls_back_to_general_figures():
    result = held(tiny_plan(), town="99.999")
    assert "CAP-TOWN-UNKNOWN" in codes(result)
    assert "CAP-NS-TOWN" in result.not_seen
    assert result.pole.at["pole", "household_size_people_per_dwelling"] == 4.0


def test_every_finding_check_and_unseen_thing_has_words_in_three_languages():
    rough = square_plots(
        {"use": "facility", "facility_type": None, "detail": "zone"},
        {"use": "mixed", "floor_area_ratio": 1.0},
        {"use": "retail"},
    )
    result = held(rough, town="", targets=(Target(measure="capacity.jobs", low=1e6),), facilities={"library": 2})
    for lang in text.LANGUAGES:
        for said in (*result.findings, *result.checks):
            words = text.message(said, lang) + text.hint(said, lang)
            assert "{" not in words, words
    assert {f"{c}.message.{lang}" for c in result.not_seen for lang in text.LANGUAGES}.isdisjoint(
        text.missing_translations()
    )
    assert set(result.not_seen) <= set(text.all_codes())
