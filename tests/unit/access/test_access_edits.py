"""Edits tried fast give what fabric, capacity and access give on the edited plan: brute force on ``pole_tiny``."""

from __future__ import annotations

import pytest

from fixtures.tiny import ORIGIN, tiny_pole
from qutb import access, capacity
from qutb.access import Edit, Trials, edited_plan, state_at
from qutb.plan import fabric_run

X, Y = ORIGIN
PLOTS = ("A-16", "A-17", "B-1", "B-2", "C-2", "C-3", "D-1", "D-2")
TYPES = ("lower_secondary_school", "upper_secondary_school", "primary_school", "preschool")
PASSAGES = (
    (((52, 70), (110, 20)), "P2"),
    (((110, 140), (220, 70)), "P1"),
    (((110, 110), (160, 70)), ""),
)
EDITS = [
    *(Edit(kind="add_facility", facility_type=t, plot=p, places=20.0) for t in TYPES for p in PLOTS),
    *(Edit(kind="move_facility", facility_type="primary_school", source="C-1", plot=p) for p in PLOTS),
    *(Edit(kind="advance_plot", plot=p, phase=phase) for p in (*PLOTS, "C-1") for phase in ("P1", "P2")),
    *(Edit(kind="advance_street", street=s, phase=phase) for s in ("L", "M") for phase in ("P1", "P2")),
    *(Edit(kind="add_passage", line=tuple((X + x, Y + y) for x, y in line), phase=phase) for line, phase in PASSAGES),
]


@pytest.fixture(scope="module")
def trials():
    pole = tiny_pole()
    plan = pole.plan("plan")
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    return Trials(plan, fabric, state_at(plan, fabric, held, pole.values))


def brute_force(edit):
    pole = tiny_pole()
    plan = edited_plan(pole.plan("plan"), edit)
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    return access.run(plan=plan, fabric=fabric, capacity=held, site=pole.site, values=pole.values).pole.loc["pole"]


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: f"{e.kind}-{e.facility_type}-{e.plot}{e.street}-{e.phase}")
def test_an_edit_tried_fast_scores_as_the_whole_chain_does(trials, edit):
    tried, real = trials.try_edit(edit), brute_force(edit)
    for name in tried.names():
        assert getattr(tried, name) == pytest.approx(real[name], abs=1e-9), name


def test_the_table_names_the_edit_that_serves_most(trials):
    table = trials.table(EDITS)
    best = table.loc[table["unserved_pupils_gain"].idxmin()]
    assert (best["edit"], best["facility_type"]) == ("add_facility", "lower_secondary_school")


def test_trials_leave_the_start_as_it_was(trials):
    before = trials.score
    trials.table(EDITS[:5])
    again = Trials(trials.plan, trials.fabric, trials.start)
    assert again.score == before
