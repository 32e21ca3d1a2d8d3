"""The pages say what the code does."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def _maker():
    spec = importlib.util.spec_from_file_location("make_pages", ROOT / "docs" / "make_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(_maker().PAGES))
def test_a_generated_page_is_the_one_committed(name):
    assert (ROOT / name).read_text("utf-8") == _maker().PAGES[name](), "run make docs"


def test_the_flow_page_follows_the_plot_through_every_step():
    from qutb.appraisal import STEPS

    page = (ROOT / "docs" / "flow.md").read_text("utf-8")
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == [s.name for s in STEPS]


def test_the_readme_is_short_and_its_links_lead_somewhere():
    assert len(README.splitlines()) <= 80
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_example_of_the_readme_prints_what_it_shows(monkeypatch):
    monkeypatch.chdir(ROOT)
    code, shown = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL).groups()
    assert len(code.strip().splitlines()) <= 10
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue().strip() == shown.strip()


@pytest.mark.parametrize("room", sorted(p.parent.name for p in (ROOT / "src/qutb").glob("*/__init__.py")))
def test_every_room_says_what_it_is_and_every_public_name_what_it_does(room):
    module = importlib.import_module(f"qutb.{room}")
    assert module.__doc__
    for name in module.__all__:
        thing = getattr(module, name)
        if callable(thing) and getattr(thing, "__module__", "").startswith("qutb."):
            assert thing.__doc__, f"qutb.{room}.{name} has no docstring"


def test_no_page_names_a_machine_or_a_registry():
    for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("requirements/*.txt")]:
        words = file.read_text("utf-8")
        assert not re.search(r"(?<![\w.])/(?:work|farm|root)/", words), file
        assert "index-url" not in words, file
