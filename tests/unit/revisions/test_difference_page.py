"""The difference page: map, tables by layer, figures before and after, one by one."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest
from shapely import box

from fixtures.defects import frames, here, rebuilt
from fixtures.revised import re_exported
from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import Cache, appraise
from qutb.core import UsageError
from qutb.dossier import difference_page, render_html, write_difference
from qutb.dossier.content import Figure, TableBlock, to_plain
from qutb.plan import apply_matches, propose_matches
from qutb.text import LANGUAGES

DAY = date(2026, 11, 23)
CACHE = Cache()


def appraised(plan):
    return appraise(tiny_pole(), plan, cache=CACHE)


def later():
    """D-2 is gone, A-17 turns to offices, C-2 loses 8 m to a new plot C-4, B-1 is called B-9, the school has 240."""
    plots = frames(tiny_plan().with_plot("A-17", use="office").with_plot("C-1", capacity_places=240))["plots"]
    plots.loc[plots["plot_id"] == "C-2", "geometry"] = [here(box(52, 30, 96, 60))]
    plots["plot_id"] = plots["plot_id"].replace("B-1", "B-9")
    extra = plots[plots["plot_id"] == "C-2"].assign(plot_id="C-4", use="parking", geometry=[here(box(96, 30, 104, 60))])
    return rebuilt(plots=pd.concat([plots[plots["plot_id"] != "D-2"], extra], ignore_index=True))


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request):
    return difference_page(appraised(tiny_plan()), appraised(later()), lang=request.param, run_date=DAY)


@pytest.fixture(scope="module")
def english():
    return difference_page(appraised(tiny_plan()), appraised(later()), lang="en", run_date=DAY)


def blocks(page, kind):
    return [b for p in page.pages for b in p.blocks if isinstance(b, kind)]


def rows(table):
    return [
        [c.text.replace("\u2068", "").replace("\u2069", "").replace("\u00a0", " ") for c in row] for row in table.rows
    ]


def named(page, caption):
    return next(b for b in blocks(page, TableBlock) if b.caption == caption)


def test_the_page_reads_in_every_language_with_its_map_and_table(page):
    figure = blocks(page, Figure)[0]
    assert figure.twin is not None
    assert figure.svg.startswith("<svg")
    words = json.dumps(to_plain(page), ensure_ascii=False)
    assert "{" not in words.replace("{", "", words.count('{"'))
    assert f'lang="{page.lang}"' in render_html(page)


def test_each_change_has_its_line_with_number_and_area_before_and_after(english):
    twin = rows(blocks(english, Figure)[0].twin)
    assert ["Plots"] in twin
    assert ["Added", "1", "–", "240 m²", "C-4"] in twin  # 8 x 30
    assert ["Removed", "1", "3,120 m²", "–", "D-2"] in twin  # 52 x 60
    assert ["Renamed", "1", "3,120 m²", "3,120 m²", "B-9"] in twin
    assert ["Outline changed", "1", "1,560 m²", "1,320 m²", "C-2"] in twin  # 52 x 30 to 44 x 30
    assert ["Values changed", "2", "6,240 m²", "6,240 m²", "A-17, C-1"] in twin


def test_the_map_draws_added_land_in_green_hatch_and_removed_land_in_red(english):
    svg = blocks(english, Figure)[0].svg
    assert "#1a7f37" in svg
    assert "#b3261e" in svg
    assert svg.count("<pattern") == 2


def test_figures_stand_before_and_after_with_their_difference(english):
    measures = {row[0]: row[1:] for row in rows(named(english, "What the plan holds and costs"))}
    before, after, delta = measures["Dwellings"]
    assert int(before) - int(after) == int(delta.removeprefix("-"))
    land = {row[0]: row[1:] for row in rows(named(english, "Land by use"))}
    assert land["Shops"] == ["3,120 m²", "0 m²", "-3,120 m²"]
    facilities = rows(named(english, "Public facilities"))
    assert any(
        row[0].endswith("places") and row[1:] == ["480 places", "240 places", "-240 places"] for row in facilities
    )


def test_values_that_differ_are_told_with_both(english):
    table = rows(named(english, "Values that differ"))
    assert ["Plots", "Use", "Apartments", "Offices", "1", "A-17"] in table
    assert ["Plots", "Places", "480", "240", "1", "C-1"] in table


def test_a_plan_beside_itself_says_that_nothing_changes():
    same = appraised(tiny_plan())
    page = difference_page(same, same, lang="fr", run_date=DAY)
    assert rows(blocks(page, Figure)[0].twin) == [["Rien ne change."]]
    assert [p.key for p in page.pages] == ["difference", "figures"]


def test_outlines_that_shifted_by_the_drawing_alone_are_counted_apart_and_not_drawn():
    old = tiny_plan()
    fresh, _ = re_exported(old)
    new, _ = apply_matches(fresh, propose_matches(old, fresh))
    figure = blocks(difference_page(appraised(old), appraised(new), lang="en", run_date=DAY), Figure)[0]
    assert [row[0] for row in rows(figure.twin)] == [
        "Plots",
        "Outline shifted slightly",
        "Streets",
        "Outline shifted slightly",
    ]
    assert "<pattern" not in figure.svg


def test_it_is_written_in_every_language_and_equal_inputs_give_equal_bytes(tmp_path):
    old, new = appraised(tiny_plan()), appraised(later())
    one = write_difference(old, new, tmp_path / "one", run_date=DAY)
    two = write_difference(old, new, tmp_path / "two", run_date=DAY)
    assert set(one) == {f"{kind}.{lang}" for kind in ("html", "pdf") for lang in LANGUAGES} | {"json"}
    assert all(one[key].read_bytes() == two[key].read_bytes() for key in one)
    data = json.loads(one["json"].read_text("utf-8"))
    assert {"changes", "attributes", "old", "new", "comparison", "run_date", "code"} == set(data)
    with pytest.raises(UsageError):
        write_difference(old, new, tmp_path / "three", run_date=DAY, languages=["de"])
    assert not (tmp_path / "three").exists()
