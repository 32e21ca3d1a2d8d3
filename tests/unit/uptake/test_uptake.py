"""Years to fill, by hand: Dakhla had 25,469 households in 2014 and 45,401 in 2024, 1,993.2 more a year."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from fixtures.held import codes, held, overridden, square_plots
from fixtures.tiny import tiny_pole
from qutb import text, uptake
from qutb.pole import ACTORS, Target

DAKHLA, SEMARA, AOUSSERD = "12.391.01.01", "11.221.01.01", "12.066.03.05"


def filled(dwellings, *, values=None, actors=None, **brief):
    """Years to fill one plot of that many dwellings given."""
    pole = tiny_pole(values=values)
    holds = held(square_plots({"dwellings": dwellings, "floor_area_ratio": dwellings / 100}), values=values)
    asked = replace(pole.brief, **{"targets": (), **brief})
    others = pole.actors if actors is None else actors
    return uptake.run(capacity=holds, brief=asked, actors=others, values=pole.values)


def rivals(*rows):
    frame = pd.DataFrame(rows, columns=["actor_id", "firmness", "dwellings"])
    return frame.reindex(columns=[c.name for c in ACTORS]).set_index("actor_id")


def years(result, end=""):
    return result.pole.at["pole", f"years_to_fill{end}"]


def test_12_400_dwellings_take_12_4_years_at_half_of_dakhlas_growth():
    """12,400 / (1,993.2 x 0.5) = 12.44; all of the growth: 6.22; a fifth: 31.1."""
    result = filled(12_400)
    assert result.pole.at["pole", "household_growth_per_year"] == pytest.approx(1993.2)
    assert years(result) == pytest.approx(12.44, abs=0.005)
    assert years(result, "_low") == pytest.approx(6.22, abs=0.005)
    assert years(result, "_high") == pytest.approx(31.1, abs=0.01)
    assert result.shares.loc[[0.2, 0.5, 1.0], "years_to_fill"].round(1).tolist() == [31.1, 12.4, 6.2]


def test_the_first_line_says_years_share_and_range_in_three_languages():
    result = filled(12_400)
    english = uptake.first_line(result, "en")
    assert english.startswith("12.4\u00a0years to fill 12,400\u00a0dwellings at 50\u00a0% of the 1,993 new households")
    assert english.endswith("of Dakhla (from 6.2 to 31.1)")
    assert uptake.first_line(result, "fr").startswith("12,4\u00a0ans pour remplir")
    assert "الداخلة" in uptake.first_line(result, "ar")


def test_the_pole_states_its_own_captured_share():
    result = filled(12_400, values=overridden(uptake__captured_share=0.2))
    assert years(result) == years(result, "_low") == pytest.approx(31.1, abs=0.01)
    assert "UPT-SHARE-ASSUMED" not in codes(result)


def test_the_assumed_share_is_called_assumed():
    assert "UPT-SHARE-ASSUMED" in codes(filled(100))


def test_longer_than_the_horizon_is_a_warning_that_names_precedents():
    """20,000 / 996.6 = 20.07 years against the pack's 15."""
    result = filled(20_000)
    finding = next(f for f in result.findings if f.code == "UPT-TOO-LONG")
    assert finding.severity == "warning"
    assert finding.params["value"] == pytest.approx(20.07, abs=0.005)
    for lang, words in (("en", "17%"), ("fr", "Cour des comptes"), ("ar", "المجلس الأعلى للحسابات")):
        assert words in text.message(finding, lang)
    assert result.checks[0].verdict == "comparator_not_met"


def test_the_brief_sets_its_own_horizon():
    target = Target(measure="uptake.years_to_fill", high=10, source="the convention")
    result = filled(12_400, targets=(target,))
    assert "UPT-TOO-LONG" in codes(result)
    assert (result.checks[0].verdict, result.checks[0].limit_high) == ("not_met", 10)


def test_other_actors_dwellings_draw_on_the_same_households():
    """(10,000 + 2,000 committed) / 996.6; built alone at best, announced ones too at worst."""
    others = rivals(("port", "committed", 2000), ("resort", "announced", 3000), ("old", "built", 500), ("who", None, 1))
    result = filled(10_000, actors=others)
    assert years(result) == pytest.approx(12_500 / 996.6)
    assert years(result, "_low") == pytest.approx(10_500 / 1993.2)
    assert years(result, "_high") == pytest.approx(15_501 / 398.64)
    assert "UPT-COMPETING" in codes(result)


def test_a_town_that_loses_households_never_fills_a_plan():
    """Aousserd: 154 to 106 households."""
    result = filled(100, town=AOUSSERD)
    assert "UPT-NO-GROWTH" in codes(result)
    assert pd.isna(years(result))
    assert result.status == "partial"
    assert uptake.first_line(result, "en").startswith("Years to fill 100\u00a0dwellings: not known")


def test_households_count_and_not_people():
    """Es-Semara lost people, 57,035 to 56,607, but its households grew from 11,402 to 13,730."""
    assert filled(100, town=SEMARA).pole.at["pole", "household_growth_per_year"] == pytest.approx(232.8)


def test_without_town_nothing_is_guessed():
    result = filled(100, town="")
    assert codes(result)[0] == "UPT-NO-TOWN"
    assert result.not_seen[0] == "UPT-NS-TOWN"
    assert result.checks[0].verdict == "not_evaluated"


def test_growth_may_be_given_by_the_pole():
    result = filled(1000, town="", values=overridden(uptake__household_growth_per_year=200.0))
    assert years(result) == pytest.approx(1000 / 100)
    for lang in text.LANGUAGES:
        assert text.label("uptake.the_town", lang) in uptake.first_line(result, lang)


def test_no_dwellings_need_no_years():
    assert uptake.first_line(filled(0), "en") == "No dwellings to fill"


def test_phases_fill_one_after_the_other():
    """P1 56 dwellings, then 174.44 with P2, at 996.6 households a year."""
    pole = tiny_pole()
    holds = held(pole.plan("plan"))
    result = uptake.run(capacity=holds, brief=pole.brief, actors=pole.actors, values=pole.values)
    assert result.phases["years_to_fill"].tolist() == pytest.approx([56 / 996.6, (56 + 3120 * 2.4 / 81 + 26) / 996.6])


def test_every_column_is_described_and_present():
    result = filled(100)
    for name, table in result.TABLES.items():
        assert list(getattr(result, name).columns) == [c.name for c in table], name
        assert getattr(result, name).index.name == (table.key or None), name


def test_words_of_every_finding_are_complete():
    result = filled(20_000, actors=rivals(("port", "committed", 2000)))
    nothing = filled(10, town=AOUSSERD)
    for lang in text.LANGUAGES:
        for said in (*result.findings, *result.checks, *nothing.findings):
            assert "{" not in text.message(said, lang) + text.hint(said, lang)
