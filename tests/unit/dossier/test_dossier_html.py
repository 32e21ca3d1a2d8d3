"""The dossier as a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from qutb.dossier.build import build_content
from qutb.dossier.html import render_html
from qutb.text import LANGUAGES


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request, edition):
    return request.param, render_html(build_content(edition(request.param)))


class _Structure(HTMLParser):
    """Headings, ids and attributes in order; fails on a tag closed out of turn."""

    def __init__(self):
        super().__init__()
        self.open, self.headings, self.ids, self.links, self.tags = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        if given.get("href", "").startswith("#"):
            self.links.append(given["href"][1:])
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _structure(text):
    parser = _Structure()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def test_language_and_direction_are_set(page):
    lang, text = page
    assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in text


def test_nothing_is_fetched_and_nothing_runs(page):
    _, text = page
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert "url(http" not in text
    assert "@import" not in text


def test_headings_descend_one_step_at_a_time_and_links_arrive(page):
    structure = _structure(page[1])
    assert structure.headings[0] == 1
    assert structure.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(structure.headings, structure.headings[1:], strict=False))
    assert set(structure.links) <= set(structure.ids)
    assert len(set(structure.ids)) == len(structure.ids)


def test_every_drawing_has_a_name(page):
    drawings = [given for tag, given in _structure(page[1]).tags if tag == "svg"]
    assert drawings
    assert all("aria-label" in given or "aria-labelledby" in given for given in drawings)


def test_the_style_knows_no_left_and_no_right(page):
    style = re.search(r"<style>(.*?)</style>", page[1], re.S).group(1)
    assert not re.search(r"\b(?:left|right)\b", style)


def test_names_from_a_plan_are_escaped(page):
    lang, text = page
    if lang == "en":
        assert "<over>" not in text
        assert "Paved &lt;over&gt; &amp;" in text
