"""What the tables allow happens, all else is refused, and each guard is needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from fixtures.procedures import GUARDED, NOW, ROWS, act, permitted, spoiled
from qutb.core import Finding
from qutb.procedures import CLOCK, PROCEDURES, ROLES, Grant, Moved, Procedure, Refused, Transition, decide, matrix
from qutb.text import LANGUAGES, hint, label, message

NAMES = [p.name for p in PROCEDURES]


def _name(value: object) -> str:
    return f"{value.source}-{value.event}" if isinstance(value, Transition) else getattr(value, "name", str(value))


@pytest.mark.parametrize(("procedure", "row"), ROWS, ids=_name)
def test_a_row_moves_when_nothing_is_unmet(procedure, row):
    case, attempt = permitted(row)
    assert decide(procedure, case, attempt, NOW) == Moved(row=row, target=row.target)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=NAMES)
def test_every_cell_outside_the_table_is_refused(procedure):
    by_event = {t.event: t for t in procedure.transitions}
    count = Counter()
    for cell in matrix(procedure):
        case, attempt = permitted(by_event[cell.event])
        grant = Grant(role=cell.role, start=date(2026, 1, 1))
        attempt = replace(attempt, role=cell.role, actor=replace(attempt.actor, grants=(grant,)))
        outcome = decide(procedure, replace(case, state=cell.state), attempt, NOW)
        if not cell.allowed:
            assert isinstance(outcome, Refused), cell
            assert outcome.unmet[0].code in ("PROC-NOT-IN-STATE", "PROC-OTHER-ROLE")
        count[cell.allowed] += 1
    assert count[True] == sum(t.role != CLOCK for t in procedure.transitions)
    assert count[True] + count[False] == len(procedure.states) * len(procedure.events) * len(ROLES)


@pytest.mark.parametrize(("procedure", "row", "guard"), GUARDED, ids=_name)
def test_each_guard_stops_what_it_is_there_for(procedure, row, guard):
    case, attempt = spoiled(row, guard)
    outcome = decide(procedure, case, attempt, NOW)
    assert isinstance(outcome, Refused)
    assert all(unmet.code.startswith(("PROC-", "GATE-")) for unmet in outcome.unmet)


@pytest.mark.parametrize(("procedure", "guard"), sorted({(p, g) for p, _, g in GUARDED}, key=str), ids=_name)
def test_a_guard_that_is_taken_out_is_missed(procedure, guard):
    """With the guard made content, at least one attempt passes that must not: some test above would fail."""
    content = Procedure(
        name=procedure.name,
        initial=procedure.initial,
        transitions=procedure.transitions,
        guards={**procedure.guards, guard: lambda case, attempt, now: ()},
    )
    rows = [row for p, row, g in GUARDED if p is procedure and g == guard]
    assert any(isinstance(decide(content, *spoiled(row, guard), NOW), Moved) for row in rows)


@pytest.mark.parametrize(("procedure", "row"), [(p, r) for p, r in ROWS if r.role != CLOCK], ids=_name)
def test_a_role_that_ended_yesterday_or_a_stale_page_is_refused(procedure, row):
    case, attempt = permitted(row)
    ended = Grant(role=row.role, start=date(2026, 1, 1), end=date(2026, 11, 23))
    late = decide(procedure, case, replace(attempt, actor=replace(attempt.actor, grants=(ended,))), NOW)
    stale = decide(procedure, case, replace(attempt, version=2), NOW)
    assert isinstance(late, Refused)
    assert late.unmet[0].code == "PROC-ROLE-NOT-HELD"
    assert isinstance(stale, Refused)
    assert stale.unmet[0].code == "PROC-STALE"


@pytest.mark.parametrize(("procedure", "row"), [(p, r) for p, r in ROWS if r.apart or r.other_person], ids=_name)
def test_who_did_one_thing_may_not_do_the_other(procedure, row):
    case, attempt = permitted(row)
    for event in (*row.apart, *row.other_person):
        mine = replace(act(event, attempt.actor.person), organisation="elsewhere")
        assert isinstance(decide(procedure, replace(case, acts=(*case.acts, mine)), attempt, NOW), Refused)
    for event in row.apart:
        ours = act(f"{event}@{attempt.actor.organisation}", "a colleague")
        assert isinstance(decide(procedure, replace(case, acts=(*case.acts, ours)), attempt, NOW), Refused)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=NAMES)
def test_states_events_and_roles_have_words(procedure):
    for lang in LANGUAGES:
        assert label(f"procedure.{procedure.name}", lang)
        assert all(label(f"state.{s}", lang) for s in procedure.states)
        assert all(label(f"event.{e}", lang) for e in procedure.events)
        assert all(label(f"role.{r}", lang) for r in procedure.roles)
    assert set(procedure.roles) <= {*ROLES, CLOCK}


@pytest.mark.parametrize(("procedure", "row", "guard"), GUARDED, ids=_name)
def test_a_refusal_can_be_read_in_three_languages(procedure, row, guard):
    case, attempt = spoiled(row, guard)
    for unmet in decide(procedure, case, attempt, NOW).unmet:
        for lang in LANGUAGES:
            finding = Finding(code=unmet.code, severity="blocking", params=unmet.params)
            said = message(finding, lang) + hint(finding, lang)
            assert "{" not in said, said


def test_a_table_that_names_what_is_not_there_is_no_procedure():
    row = Transition("x", "a", "b", event="go", role="director", needs=("nothing",))
    with pytest.raises(ValueError, match="no guard"):
        Procedure(name="x", initial="a", transitions=(row,), guards={})
    far = Transition("x", "c", "d", event="go", role="director")
    with pytest.raises(ValueError, match="cannot be reached"):
        Procedure(
            name="x", initial="a", transitions=(Transition("x", "a", "b", event="go", role="director"), far), guards={}
        )
