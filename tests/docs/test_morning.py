"""The page "Two plans compared in a morning" is followed word for word."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "two-plans-in-a-morning.md"


def _morning():
    spec = importlib.util.spec_from_file_location("make_morning", ROOT / "docs" / "make_morning.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_whoever_follows_the_page_sees_what_it_shows(tmp_path, monkeypatch):
    morning = _morning()
    for name, value in morning.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    page = PAGE.read_text("utf-8")
    reader = morning.Reader(tmp_path)
    assert reader.follow(page) == page, "run docs/make_morning.py"
    assert (reader.folder / "dossier" / "dossier.en.pdf").stat().st_size > 50_000


def test_the_pictures_are_there_and_small():
    names = re.findall(r"!\[.+?\]\((.+?)\)", PAGE.read_text("utf-8"))
    assert len(names) == 3
    assert all(0 < (PAGE.parent / name).stat().st_size < 200_000 for name in names)


def test_a_line_to_change_that_is_not_there_is_said():
    import pytest

    with pytest.raises(ValueError, match="no line"):
        _morning().edited("a = 1\n", "-b = 1\n+b = 2\n")
