"""Whom a facility is for: units are held against the population, people against people."""

from __future__ import annotations

import math
from datetime import date

import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb import appraise
from qutb.pack import load_pack


def facilities(values=None):
    plan = tiny_plan()
    return appraise(tiny_pole(values=values, plan=plan), plan, to="capacity").capacity


def row_of(result, kind):
    return result.facilities.loc[kind]


def with_users(kind, users):
    values = load_pack("ma").at(date(2026, 11, 1))
    rows = [{**row, "users": users} if row["facility_type"] == kind else row for row in values.catalogue("facilities")]
    return values.with_overrides({}, {"facilities": rows})


def test_a_vocational_centre_is_for_its_pupils_and_counted_by_the_population_of_a_unit():
    result = facilities()
    people = float(result.pole["population"].iloc[0])
    row = row_of(result, "vocational_training_centre")
    assert row["users"] == pytest.approx(0.032 * people)  # comparator: 3.2 % of residents
    assert row["units_needed"] == pytest.approx(people / 18_500)  # comparator: 10,000 to 27,000 for one


def test_a_facility_for_a_group_nobody_knows_is_not_evaluated():
    result = facilities(with_users("library", "readers"))
    row = row_of(result, "library")
    assert math.isnan(row["users"])
    assert row["verdict"] == "not_evaluated"
    assert "facility:library" not in {place for finding in result.findings for place in finding.where}
