"""Remedies on ``pole_tiny``: what is short, what mends it, what it costs; equal to brute force through the steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from fixtures.tiny import ORIGIN, tiny_plan, tiny_pole
from qutb.access import Edit, Trials, state_at
from qutb.appraisal import Cache, appraise
from qutb.remedies import KINDS, Change, Shortfall, changed_plan, find_remedies, measure, proposals, shortfalls_of
from qutb.remedies.proposals import Ground
from qutb.text import all_labels

X, Y = ORIGIN
LOWER = "lower_secondary_school"


@pytest.fixture(scope="module")
def appraised():
    """The tiny plan with a lower secondary school in the second phase: the first phase goes without."""
    school = tiny_plan().with_plot("D-1", use="facility", facility_type=LOWER, capacity_places=4.0, storeys=np.nan)
    return appraise(tiny_pole(plan=school), school, effort="draft", cache=Cache())


@pytest.fixture(scope="module")
def found(appraised):
    return find_remedies(appraised, effort="full")


def _trials(appraisal):
    results, pole = appraisal.results, appraisal.pole
    state = state_at(appraisal.plan, results["fabric"], results["capacity"], pole.values)
    return Trials(appraisal.plan, results["fabric"], state)


def _short(found, kind, facility_type):
    rows = found.shortfalls
    return rows[(rows["kind"] == kind) & (rows["facility_type"] == facility_type)]


def test_a_phase_without_its_school_and_pupils_without_places_are_short(found):
    assert _short(found, "floor", LOWER)["phase"].tolist() == ["P1"]
    assert len(_short(found, "unserved", LOWER)) == 1


def test_what_is_short_is_what_access_says(appraised):
    every = shortfalls_of(appraised.access, appraised.mobility, appraised.pole.values, _trials(appraised))
    services = appraised.access.services
    for short in (s for s in every if s.kind == "unserved"):
        assert short.amount == services.at[short.facility_type, "unserved"]


def test_the_school_of_a_later_phase_is_advanced_for_nothing(found):
    remedy = found.cheapest().loc[lambda r: r["shortfall_id"] == f"floor-P1-{LOWER}"].iloc[0]
    assert remedy["edit"] in ("advance_plot", "split_phase")
    assert remedy["price_amount"] == pytest.approx(0.0, abs=1e-6)  # nothing more is built, only sooner
    assert remedy["gained_share"] == pytest.approx(1.0)


def test_works_that_come_sooner_are_told(found):
    advanced = found.remedies[found.remedies["edit"] == "advance_plot"]
    assert (advanced["brought_forward_amount"] > 0).all()


def _changes(appraisal):
    """Changes of every kind on the tiny plan."""
    line = ((X + 52, Y + 70), (X + 110, Y + 20))
    return [
        Change(
            kind="add_facility",
            edit=Edit(kind="add_facility", facility_type=LOWER, plot="A-16", places=30.0),
            plots=("A-16", "A-17"),
        ),
        Change(
            kind="move_facility",
            edit=Edit(kind="move_facility", facility_type=LOWER, source="D-1", plot="B-1"),
            plots=("B-1",),
        ),
        Change(kind="add_passage", edit=Edit(kind="add_passage", line=line, phase="P1")),
        Change(kind="advance_street", edit=Edit(kind="advance_street", street="L", phase="P1"), street="L"),
        Change(kind="advance_plot", edit=Edit(kind="advance_plot", plot="D-1", phase="P1"), plots=("D-1",)),
        Change(kind="split_phase", plots=("A-16", "D-1"), phase="P1"),
        Change(kind="widen_street", street="M", lanes=4.0, width_m=26.0),
    ]


def _standing(appraisal, short):
    """What a remedy raises, read from the tables of the whole appraisal."""
    if short.kind == "unserved":
        return appraisal.access.services.at[short.facility_type, "served"]
    rows = appraisal.access.phase_services
    mine = rows[(rows["facility_type"] == short.facility_type) & rows["phase"].isin(["P1", "P1-b"])]
    return -(mine["users"] * (1 - mine["in_reach_share"].fillna(1.0))).max()


@pytest.mark.parametrize("number", range(len(KINDS)), ids=KINDS)
@pytest.mark.parametrize("kind", ["unserved", "floor"])
def test_a_change_is_measured_as_the_whole_appraisal_of_the_changed_plan_does(appraised, number, kind):
    change = _changes(appraised)[number]
    short = Shortfall(kind=kind, finding="", amount=1.0, facility_type=LOWER, phase="P1" if kind == "floor" else "")
    measured = measure(appraised, _trials(appraised), change, short)
    whole = appraised.with_plan(changed_plan(appraised.plan, change))
    assert measured.gained == pytest.approx(_standing(whole, short) - _standing(appraised, short), abs=1e-9)
    cost = [a.cost.pole["cost_amount"].iloc[0] for a in (appraised, whole)]
    assert measured.works[1] == pytest.approx(cost[1] - cost[0], abs=1e-3)
    held = [a.capacity.pole["dwellings"].iloc[0] for a in (appraised, whole)]
    assert measured.dwellings == pytest.approx(held[1] - held[0], abs=1e-9)


def test_no_change_measured_alone_is_cheaper_than_the_remedy(appraised, found):
    """Brute force: every proposal measured by the steps; the remedy is the least price of those that mend enough."""
    trials, pole = _trials(appraised), appraised.pole
    ground = Ground(appraised, trials.start)
    schools = [s for s in shortfalls_of(appraised.access, None, pole.values, trials) if s.facility_type == LOWER]
    assert len(schools) == 2
    for short in schools:
        every = [measure(appraised, trials, c, short) for c in proposals(ground, short, 1000)]
        allowed = [m for m in every if m.gained >= 0.5 and m.new_blocking <= 0]
        mine = found.cheapest().loc[lambda r, name=short.name: r["shortfall_id"] == name]
        assert len(mine) == (1 if allowed else 0), short.name
        if allowed:
            most = max(m.gained for m in allowed)
            least = min(m.price_each for m in allowed if m.gained >= most / 2)
            assert mine["price_each"].iloc[0] == pytest.approx(least), short.name


def test_price_is_works_and_land_given_up_at_the_cost_of_servicing_it(appraised):
    change = _changes(appraised)[0]
    short = Shortfall(kind="unserved", finding="", amount=1.0, facility_type=LOWER)
    measured = measure(appraised, _trials(appraised), change, short)
    # by hand: are 2 x 52 m x 60 m; saleable are, B-1, B-2 and D-2: five such plots
    assert measured.land_given_up_m2 == pytest.approx(6240.0)
    whole = appraised.cost.pole["cost_amount"].iloc[0]
    assert measured.price[1] - measured.works[1] == pytest.approx(whole * 6240.0 / (5 * 3120.0))
    assert measured.price[0] < measured.price[1] < measured.price[2]


def test_the_second_half_of_a_phase_comes_after_the_first_and_before_the_next(appraised):
    plan = changed_plan(appraised.plan, Change(kind="split_phase", plots=("A-16", "D-1"), phase="P1"))
    assert plan.phases.index.tolist() == ["P1", "P1-b", "P2"]
    assert plan.phases["rank"].is_monotonic_increasing
    assert plan.plots.loc[["A-16", "D-1"], "phase"].tolist() == ["P1-b", "P1-b"]
    assert appraised.plan.plots.at["A-16", "phase"] == "P1"


def test_the_same_plan_gives_the_same_remedies(appraised, found):
    again = find_remedies(appraised, effort="full")
    assert again.remedies.drop(columns="geometry").equals(found.remedies.drop(columns="geometry"))
    assert again.shortfalls.equals(found.shortfalls)


def test_a_plot_without_a_street_gets_a_passage():
    plan = tiny_plan()
    far = shapely.box(X + 52, Y + 190, X + 104, Y + 240)
    plots = plan.plots.copy()
    plots.loc[["A-17"], "geometry"] = [far]
    plan = replace(plan, plots=plots)
    found = find_remedies(appraise(tiny_pole(plan=plan), plan, effort="draft"))
    remedy = found.cheapest().loc[lambda r: r["kind"] == "no_door"]
    assert remedy["edit"].tolist() == ["add_passage"]
    assert remedy["gained_share"].iloc[0] == pytest.approx(1.0)
    assert remedy.geometry.iloc[0].geom_type == "LineString"


def test_streets_that_are_cut_off_get_a_bridge():
    plan = tiny_plan()
    streets = plan.streets.copy()
    east = shapely.LineString([(X + 125, Y + 70), (X + 220, Y + 70)])
    west = shapely.LineString([(X, Y + 70), (X + 110, Y + 70)])
    streets.loc[["M"], "geometry"] = [west]
    row = streets.loc[["M"]].rename(index={"M": "E"}).set_geometry([east], crs=streets.crs)
    plan = replace(plan, streets=pd.concat([streets, row]).rename_axis("street_id"))
    found = find_remedies(appraise(tiny_pole(plan=plan), plan, effort="draft"))
    remedy = found.cheapest().loc[lambda r: r["kind"] == "no_way"].iloc[0]
    assert remedy["edit"] == "add_passage"
    assert remedy["length_m"] == pytest.approx(15.0)  # by hand: from x = 110 to x = 125


def test_a_programme_without_a_drawing_has_no_remedies():
    plan = tiny_plan()
    plan = replace(plan, plots=plan.plots.assign(schematic=True))
    found = find_remedies(appraise(tiny_pole(plan=plan), plan, effort="draft"))
    assert (found.status, found.not_seen) == ("refused", ("REM-NS-SCHEMATIC",))
    assert len(found.remedies) == len(found.shortfalls) == 0


def test_an_appraisal_that_stops_before_cost_has_no_remedies():
    plan = tiny_plan()
    found = find_remedies(appraise(tiny_pole(), plan, effort="draft", to="form"))
    assert found.not_seen == ("REM-NS-STEPS",)


def test_every_column_kind_and_change_has_words(found):
    columns = {f"remedies.{c.name}" for t in found.TABLES.values() for c in t if c.kind != "geometry"}
    words = {c.removesuffix("_low").removesuffix("_high") for c in columns}
    words |= {f"remedies.edit.{k}" for k in KINDS} | {f"dossier.edit.{k}" for k in KINDS}
    assert words - set(all_labels()) == set()
