"""A plan's own filling: held to its class, refused where it cannot be, and what it answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from fixtures.held import codes, held, overridden, square_plots
from fixtures.tiny import tiny_pole
from qutb import text, uptake
from qutb.pack import Values
from qutb.plan import Plan

TOWN = "12.391.01.01"
LOT = {"dwellings": 300.0, "floor_area_ratio": 3.0}


def phased(*phases, dwellings=300.0):
    """Six plots of 300 dwellings a phase, two of them self-build lots."""
    rows = [
        {
            **LOT,
            "dwellings": dwellings,
            "phase": phase,
            "segment": "middle",
            "tenure": "self_build" if k < 2 else "ownership",
        }
        for phase in phases
        for k in range(6)
    ]
    return square_plots(*rows)


def ran(plan: Plan, *, values: Values | None = None, effort="draft", **brief):
    pole = tiny_pole(values=values)
    holds = held(plan, values=values)
    asked = replace(pole.brief, **{"targets": (), "town": TOWN, **brief})
    return uptake.run(capacity=holds, brief=asked, actors=pole.actors, values=pole.values, plan=plan, effort=effort)


@cache
def usual():
    return ran(phased("P1", "P2"))


def with_rows(name, *rows):
    values = tiny_pole().values
    return values.with_overrides({}, {name: rows})


def test_the_plan_is_held_to_the_median_of_its_class():
    """Services are unseen here, so the plan is nearly the ordinary one, which is shifted to the class."""
    row = usual().years.loc[10]
    people = 3600 * 0.924 * 3.6
    assert row["residents"] / people == pytest.approx(row["class_share"], rel=0.35)


def test_bands_contain_each_other_and_shares_rise():
    years = usual().years
    order = [
        "residents_low_95",
        "residents_low",
        "residents_low_50",
        "residents",
        "residents_high_50",
        "residents_high",
    ]
    assert (np.diff(years[order].to_numpy(), axis=1) >= 0).all()
    assert years["class_share"].is_monotonic_increasing
    assert years[["bound_by_supply", "bound_by_demand", "bound_by_service"]].sum(axis=1).to_numpy() == pytest.approx(1)


def test_the_same_seed_gives_the_same_bytes_and_plans_share_their_draws():
    again = ran(phased("P1", "P2"))
    pd.testing.assert_frame_equal(again.years, usual().years)


def test_the_first_finding_says_that_the_class_is_of_remote_new_towns():
    assert "UPT-REMOTE-CLASS" in codes(usual())
    for lang in text.LANGUAGES:
        assert uptake.class_line(usual(), lang)


def test_no_limit_published_no_verdict():
    check = next(c for c in usual().checks if c.code == "UPT-CHANCE")
    assert (check.verdict, check.limit_high) == ("not_evaluated", None)
    assert 0 < check.value <= 1


def test_dates_are_searched_from_standard_effort_on():
    assert usual().dates.empty
    assert "UPT-NS-DATES" in usual().not_seen
    result = ran(phased("P1", "P2", dwellings=900.0), effort="standard")
    assert set(result.dates.index) >= {"streets:P1", "streets:P2"}
    late = result.dates["latest_year"].dropna()
    assert (late >= result.dates.loc[late.index, "promised_year"]).all()


def test_causes_are_ranked_by_the_people_they_cost():
    causes = usual().causes
    assert causes["residents_change"].is_monotonic_increasing
    assert (causes["residents_change"] <= 0).all()
    assert "streets_four_years_late" in causes.index


def test_a_town_too_small_for_its_plan_makes_the_simulation_refuse():
    """Two households a year cannot bring what the class shows for 3,600 homes."""
    result = ran(phased("P1"), values=overridden(uptake__household_growth_per_year=2.0))
    assert "UPT-REFUSED" in codes(result)
    assert result.pole.at["pole", "effective_share"] < 0.1
    assert result.years["residents"].isna().all()
    assert result.years["class_share"].notna().all()


def test_a_count_of_the_pole_moves_the_forecast():
    low = ran(phased("P1", "P2"), values=with_rows("uptake_counts", {"id": "1", "age_years": "5", "people": "60"}))
    assert "UPT-COUNTED" in codes(low)
    assert low.pole.at["pole", "class_share"] < usual().pole.at["pole", "class_share"]
    assert low.pole.at["pole", "residents"] < usual().pole.at["pole", "residents"]


def test_the_developers_own_poles_become_the_class():
    own = [
        {"id": f"{p}-{y}", "pole": p, "year_started": "2010", "lots_planned": "2000", "year": str(y), "connections": c}
        for p, y, c in (("North", 2015, "700"), ("North", 2020, "1500"), ("South", 2018, "1300"))
    ]
    result = ran(phased("P1", "P2"), values=with_rows("own_poles", *own))
    assert "UPT-OWN-CLASS" in codes(result)
    assert "UPT-REMOTE-CLASS" not in codes(result)
    assert result.pole.at["pole", "class_region"] == "OWN_POLES"
    assert result.pole.at["pole", "class_share"] > usual().pole.at["pole", "class_share"]


def test_a_faulty_row_of_own_poles_is_named_and_the_reference_class_stays():
    result = ran(phased("P1"), values=with_rows("own_poles", {"id": "1", "pole": "North", "year_started": "soon"}))
    fault = next(f for f in result.findings if f.code == "UPT-ROW-FAULT")
    assert fault.where == ("line:2",)
    assert "UPT-REMOTE-CLASS" in codes(result)


def test_demand_on_schools_grows_with_the_residents():
    growth = usual().growth
    assert growth["residents"].to_numpy() == pytest.approx(usual().years["residents"].to_numpy())
    ratio = growth["pupils_primary"] / growth["residents"]
    assert ratio.min() == pytest.approx(ratio.max())


def test_words_of_every_finding_are_complete():
    refused = ran(phased("P1"), values=overridden(uptake__household_growth_per_year=2.0))
    for lang in text.LANGUAGES:
        for said in (*usual().findings, *usual().checks, *refused.findings):
            assert "{" not in text.message(said, lang) + text.hint(said, lang)


def test_a_promise_is_replayed_with_nothing_counted_later():
    promise = {"id": "a", "name_en": "A", "launch_year": "2004", "target_people": "1000000"}
    told = uptake.replay(
        [{**promise, "counted_year": "2023", "counted_people": "169000"}], uptake.reference_curve(), region="MENA"
    )[0]
    assert told["share"] == 0.169
    assert not told["at_launch"]["region_known"]  # no count of the region is older than 2006
    assert told["at_launch"]["low"][1] < 0.169 < told["at_launch"]["high"][1]


def test_a_plan_too_small_to_reach_its_class_is_refused_and_the_class_answers():
    """240 dwellings: the class expects more than deliveries allow, so hardly a draw counts."""
    result = ran(phased("P1", "P2", dwellings=20.0))
    assert "UPT-REFUSED" in codes(result)
    assert result.pole.at["pole", "effective_share"] < 0.1
    assert result.years["residents"].isna().all()
    assert result.years["class_share"].notna().all()


def test_water_grows_with_residents():
    """115 L a resident a day in the pack."""
    growth = usual().growth
    assert growth["water_m3_per_day"].to_numpy() == pytest.approx(growth["residents"].to_numpy() * 0.115)
