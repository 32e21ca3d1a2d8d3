"""The watch: fake clock and sleep, real files."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from qutb.core import UsageError
from qutb.files import read_plan, write_plan
from qutb.kit import watch

TINY = Path(__file__).parents[3] / "examples" / "pole_tiny"


class Session:
    """A person at work: ``acts`` maps the number of a look to what is done before it; the last ends the watch."""

    def __init__(self, folder, acts):
        self.folder, self.acts = folder, acts
        self.looks, self.waits, self.said = 0, [], []
        self.plan = folder / "plans" / "plan.gpkg"

    def sleep(self, seconds):
        self.looks += 1
        self.waits.append(seconds)
        act = self.acts.get(self.looks)
        if act:
            act(self)
        if self.looks > max(self.acts):
            raise KeyboardInterrupt

    def run(self, plan="plan", lang="en"):
        watch(
            self.folder,
            plan,
            lang=lang,
            say=self.said.append,
            sleep=self.sleep,
            clock=lambda: datetime(2026, 11, 23, 9, 30, 0),
        )
        return self

    def heads(self):
        return [line for line in self.said if line.startswith("09:30:00")]


@pytest.fixture
def session(tmp_path):
    def of(acts):
        folder = tmp_path / "my pole قطب"
        shutil.copytree(TINY, folder)
        return Session(folder, acts)

    return of


def save_as_hotel(session):
    plan, _ = read_plan(session.plan)
    write_plan(plan.with_plot("A-17", use="hotel"), session.plan)


def cut_short(session):
    session.good = session.plan.read_bytes()
    session.plan.write_bytes(session.good[:5000])


def put_back(session):
    session.plan.write_bytes(session.good)


def test_a_save_is_appraised_once_and_ctrl_c_ends_in_peace(session):
    said = session({4: save_as_hotel, 8: lambda s: None}).run().said
    assert said[0].startswith("Watching plan.gpkg")
    assert len([line for line in said if line.startswith("09:30:00")]) == 2
    assert any("A-17" in line and "Hotels" in line for line in said)
    assert any(line.startswith("  Dwellings: ") for line in said)
    assert said[-1] == "Watching ended."


def test_a_file_half_saved_is_said_once_and_tried_again(session):
    done = session({3: cut_short, 8: put_back, 12: lambda s: None}).run()
    waiting = [line for line in done.said if "cannot be read yet" in line]
    assert len(waiting) == 1
    assert max(done.waits) > min(done.waits), "it waits longer while the file stays unreadable"
    assert done.said[-2:] == ["Saved; nothing changed.", "Watching ended."]


def test_a_touched_file_with_the_same_bytes_is_no_change(session):
    done = session({3: lambda s: s.plan.touch(), 7: lambda s: None}).run()
    assert len(done.heads()) == 1


def test_a_file_still_growing_is_left_until_it_rests(session):
    def grow(part):
        return lambda s: s.plan.write_bytes(s.good[: int(len(s.good) * part)])

    acts = {3: cut_short, 4: grow(0.5), 5: grow(0.8), 6: put_back, 10: lambda s: None}
    done = session(acts).run()
    assert not [line for line in done.said if "cannot be read" in line]


def test_edits_that_qgis_keeps_in_its_journal_count_as_a_save(session):
    def journal(s):
        s.plan.with_name("plan.gpkg-wal").write_bytes(b"")

    seen = []
    done = session({3: journal, 7: lambda s: seen.append(len(s.heads()))})
    done.run()
    assert seen == [2]


def test_a_plan_taken_away_and_brought_back_is_waited_for(session):
    def away(s):
        s.good = s.plan.read_bytes()
        s.plan.unlink()

    done = session({3: away, 7: put_back, 11: lambda s: None}).run()
    assert any("not there" in line for line in done.said)
    assert done.said[-2] == "Saved; nothing changed."


def test_a_change_of_the_brief_is_watched_too(session):
    def more(s):
        brief = s.folder / "brief.toml"
        brief.write_text(brief.read_text("utf-8").replace("primary_school = 1", "primary_school = 4"), "utf-8")

    done = session({3: more, 7: lambda s: None}).run()
    assert any(line.startswith("The terms changed (brief)") for line in done.said)


def test_a_file_outside_the_pole_can_be_watched_and_every_plan_without_a_name(session, tmp_path):
    done = session({2: lambda s: None})
    own = tmp_path / "mine.gpkg"
    shutil.copy(done.plan, own)
    assert "mine" in done.run(str(own)).heads()[0]
    assert session


def test_without_a_name_every_plan_is_watched(session):
    done = session({3: lambda s: None})
    shutil.copy(done.plan, done.plan.with_name("second.gpkg"))
    assert {head.split(" · ")[1] for head in done.run(None).heads()} == {"plan", "second"}


def test_an_unknown_plan_is_refused_before_watching(session):
    with pytest.raises(UsageError) as refusal:
        session({1: lambda s: None}).run("nobody")
    assert refusal.value.code == "POLE-NO-PLAN"


def test_an_unknown_effort_ends_the_watch_instead_of_waiting(session):
    done = session({1: lambda s: None})
    with pytest.raises(UsageError):
        watch(done.folder, "plan", lang="en", say=done.said.append, sleep=done.sleep, effort="heroic")
