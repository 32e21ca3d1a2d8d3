"""What the dossier says, before it looks like anything."""

from __future__ import annotations

import re

import pytest

from qutb.dossier.build import build_content
from qutb.dossier.content import Facts, TableBlock, to_plain
from qutb.text import LANGUAGES, all_codes


def _texts(part):
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in ("svg", "key", "kind", "tone", "align"):
                yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)
    elif isinstance(part, str):
        yield part


@pytest.fixture(scope="module", params=LANGUAGES)
def content(request, edition):
    return build_content(edition(request.param))


def _columns(page):
    return [
        block
        for columns in page.blocks
        if hasattr(columns, "columns")
        for column in columns.columns
        for block in column
    ]


def test_the_decision_sheet_is_first_and_fits_one_page(content):
    assert content.pages[0].key == "decision"
    assert content.pages[0].fit


def test_years_to_fill_are_the_first_figure_of_every_plan(content, edition):
    facts = [b for b in _columns(content.pages[0]) if isinstance(b, Facts)]
    years = edition(content.lang).comparison.row("uptake.years_to_fill").cells
    assert [f.items[0].text for f in facts] == [edition(content.lang).value(c.value, "year") for c in years]


def test_every_page_kind_is_there_for_every_plan(content):
    keys = [p.key for p in content.pages]
    assert keys[:3] == ["decision", "comparison", "land"]
    for plan in ("grid", "tower", "paved"):
        assert {f"plan-{plan}", f"programme-{plan}", f"form-{plan}", f"cost-{plan}", f"findings-{plan}"} <= set(keys)
        assert f"sheet-{plan}-1" in keys


def test_each_map_has_a_table_that_says_the_same(content):
    maps = [p for p in content.pages if p.key.startswith("plan-")]
    assert len(maps) == 3
    assert all(any(getattr(b, "twin", None) for b in page.blocks) for page in maps)


def test_rows_are_as_wide_as_their_heads(content):
    for page in content.pages:
        for block in page.blocks:
            if isinstance(block, TableBlock):
                assert {len(r) for r in block.rows} <= {1, len(block.heads)}


def test_no_brace_code_or_empty_word_is_left_in_the_text(content):
    for text in _texts(to_plain(content)):
        assert not re.search(r"\{[a-z_]+\}", text), text
        assert text not in all_codes(), text


def test_no_thousands_are_parted_by_a_plain_space_in_arabic(edition):
    arabic = build_content(edition("ar"))
    for text in _texts(to_plain(arabic)):
        assert not re.search(r"\d \d{3}(?!\d)", text), text


def test_the_word_compliant_never_appears(content):
    said = " ".join(_texts(to_plain(content))).lower()
    assert "compliant" not in said
    assert "conforme" not in said


def test_languages_say_the_same_number_of_things(edition):
    shapes = {tuple(len(p.blocks) for p in build_content(edition(lang)).pages) for lang in LANGUAGES}
    assert len(shapes) == 1
