"""The class of towns: what is read of a list, what the curve says of towns not in it, how it is scored."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import qutb
from qutb import text, uptake
from qutb.cli.uptake import uptake_app
from qutb.core import FormatError, InputError

HEAD = "town,country,macro_region,year_founded,target_population,baseline_population,year,population,population_quality"


def listed(folder, *rows, head=HEAD):
    file = folder / "towns.csv"
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return file


def schema(name):
    return json.loads((Path(qutb.__file__).parent / "cli" / "schema" / f"{name}.json").read_text("utf-8"))


def told(towns):
    return [(f.code, *f.where) for f in towns.findings]


def test_the_share_leaves_those_already_there_out(tmp_path):
    """(30,000 - 10,000) / (60,000 - 10,000)."""
    towns = uptake.read_towns(listed(tmp_path, "A,X,R,1950,60000,10000,1970,30000,census"))
    assert towns.rows["share"].tolist() == [0.4]
    assert towns.rows["age_years"].tolist() == [20.0]


def test_each_wrong_row_is_named_by_its_line_and_left_out(tmp_path):
    towns = uptake.read_towns(
        listed(
            tmp_path,
            "A,X,R,1950,60000,0,1970,30000,census",
            "B,X,R,1950,900,1000,1970,30000,census",
            "C,X,R,1950,60000,0,1949,30000,census",
            "D,X,R,1950,many,0,1970,30000,census",
            "E,X,R,1950,60000,0,1970,-3,census",
            "F,X,R,,60000,0,1970,3,census",
            "A,X,R,1950,60000,0,1970,30000,census",
            "G,X,R,1950,60000,0,1970,30000,census",
            "G,X,R,1950,60000,0,1970,31000,census",
        )
    )
    assert towns.rows["town"].tolist() == ["A"]
    assert sorted(told(towns)) == [
        ("UPT-BEFORE-FOUNDING", "line:4"),
        ("UPT-DUPLICATE", "line:8"),
        ("UPT-DUPLICATE-DIFFERS", "line:10"),
        ("UPT-DUPLICATE-DIFFERS", "line:9"),
        ("UPT-NEGATIVE", "line:6"),
        ("UPT-NOT-NUMBER", "line:5"),
        ("UPT-ROW-EMPTY", "line:7"),
        ("UPT-TARGET-BELOW", "line:3"),
    ]
    for lang in text.LANGUAGES:
        for finding in towns.findings:
            assert "{" not in text.message(finding, lang) + text.hint(finding, lang)


def test_a_census_is_preferred_to_an_agency_and_it_is_said(tmp_path):
    towns = uptake.read_towns(
        listed(
            tmp_path,
            "A,X,R,1950,60000,0,1970,50000,agency",
            "A,X,R,1950,60000,0,1971,10000,census-based",
            "B,X,R,1950,60000,0,1970,20000,agency",
        )
    )
    assert towns.rows[["town", "people"]].to_numpy().tolist() == [["A", 10000.0], ["B", 20000.0]]
    assert told(towns) == [("UPT-CENSUS-PREFERRED", "line:2"), ("UPT-AGENCY-ONLY", "line:4")]


def test_an_empty_class_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="no town to learn from"):
        uptake.read_towns(listed(tmp_path, "A,X,R,1950,900,1000,1970,30000,census"))


def test_a_list_without_a_needed_column_is_refused_by_name(tmp_path):
    with pytest.raises(FormatError, match="target_population"):
        uptake.read_towns(listed(tmp_path, "A,1950,1970,3", head="town,year_founded,year,population"))


def test_a_semicolon_list_without_regions_is_read(tmp_path):
    file = tmp_path / "towns.csv"
    file.write_bytes(b"town;year_founded;target_population;year;population\nA;1950;60 000;1970;30 000\n")
    rows = uptake.read_towns(file).rows
    assert (rows.at[0, "region"], rows.at[0, "country"], rows.at[0, "share"]) == ("UNKNOWN", "A", 0.5)


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        ("60 000", 60_000),
        ("60\u202f000,0", 60_000),
        ("60.000", 60_000),
        ("1,234,567.0", 1_234_567),
        ("1'234", 1_234),
        ("60000,5", 60_000.5),
        ("٦٠٠٠٠", 60_000),
        ("1e5", 100_000),
    ],
)
def test_figures_are_read_as_offices_write_them(tmp_path, cell, figure):
    rows = uptake.read_towns(listed(tmp_path, f'A,X,R,1950,2000000,n/a,1970,"{cell}",census')).rows
    assert rows.at[0, "people"] == figure


def test_a_list_saved_by_an_older_office_program_is_read(tmp_path):
    file = tmp_path / "towns.csv"
    head = "Town;Country;Macro Region;Year founded;Target population;Year;Population"
    file.write_bytes(f"{head}\nÉvry;France;East-Asia;1969;500 000;1990;73 000\n".encode("cp1252"))
    row = uptake.read_towns(file).rows.iloc[0]
    assert (row["town"], row["region"], row["target_people"]) == ("Évry", "EAST_ASIA", 500_000)


def test_a_figure_split_by_its_comma_is_named_by_the_line_of_the_file(tmp_path):
    towns = uptake.read_towns(
        listed(tmp_path, "A,X,R,1950,60000,0,1970,30000,census", "", "B,X,R,1950,60,000,0,1970,30000,census")
    )
    assert told(towns) == [("UPT-ROW-WIDE", "line:4")]


def test_of_two_counts_of_one_year_the_census_holds(tmp_path):
    towns = uptake.read_towns(
        listed(tmp_path, "A,X,R,1950,60000,0,1970,30000,census", "A,X,R,1950,60000,0,1970,31000,official")
    )
    assert towns.rows["people"].tolist() == [30_000]
    assert told(towns) == [("UPT-CENSUS-PREFERRED", "line:3")]


def test_the_shipped_curve_is_that_of_the_shipped_list():
    towns = uptake.reference_towns()
    curve = uptake.reference_curve()
    assert curve.digest == towns.digest
    assert set(curve.rows["town"]) == set(towns.rows["town"])
    assert uptake.reference_scores()["digest"] == towns.digest
    assert {"Morocco"}.isdisjoint(curve.rows["country"])


def test_the_public_page_shows_the_shipped_scores():
    page = Path(__file__).parents[3] / "docs" / "uptake-scores.md"
    assert page.read_text("utf-8") == uptake.scores_page(), "run python docs/uptake_scores.py"


def test_every_source_of_the_list_has_an_address():
    sources = uptake.reference_sources()
    cited = pd.read_csv(uptake.reference_list(), dtype=str, keep_default_na=False)
    for cell in (*cited["source"], *cited["target_source"]):
        for name in cell.split():
            assert sources[name][1].startswith("http"), name


def test_a_larger_target_reaches_a_smaller_share_and_more_people():
    """The elasticity of the share to the target lies between -1 and 0."""
    small, large = (
        uptake.forecast(uptake.reference_curve(), region="MENA", target_people=t, age_years=[10.0]).median[0]
        for t in (50_000.0, 200_000.0)
    )
    assert large < small < 4 * large


def test_bands_widen_with_what_is_not_known():
    curve = uptake.reference_curve()
    known, unknown = (
        uptake.forecast(curve, region=region, target_people=1e5, age_years=[15.0]) for region in ("MENA", "NOWHERE")
    )
    assert unknown.log_sd[0] > known.log_sd[0]
    assert known.quantile(0.1) < known.quantile(0.5) < known.quantile(0.9)
    assert known.below(0.5)[0] == pytest.approx(0.9, abs=0.2)


def test_a_count_of_the_town_itself_narrows_its_band():
    curve = uptake.reference_curve()
    seen = uptake.forecast(curve, region="UK", target_people=1e5, age_years=[20.0], seen=((5.0, 0.02),))
    blind = uptake.forecast(curve, region="UK", target_people=1e5, age_years=[20.0])
    assert seen.log_sd[0] < blind.log_sd[0]
    assert seen.median[0] < blind.median[0]


def test_conditioning_is_that_of_a_normal_law():
    """One component: u ~ N(0, 0.25), noise 0.09; a miss of 0.6 moves u to 0.6 x 0.25 / 0.34."""
    one = uptake.reference_curve().thinned(1)
    at = uptake.forecast(one, region="UK", target_people=1e5, age_years=[20.0])
    seen = uptake.forecast(
        one, region="UK", target_people=1e5, age_years=[20.0], seen=((20.0, float(at.median[0]) * 2),)
    )
    own, noise = at.sd[:, 0] ** 2 - one.noise_sd[0] ** 2, one.noise_sd[0] ** 2
    assert seen.mean[:, 0] - at.mean[:, 0] == pytest.approx(np.log(2) * own / (own + noise), abs=1e-4)


def test_fit_and_score_as_commands_on_towns_not_in_the_list(tmp_path):
    rng = np.random.default_rng(1)
    rows = []
    for number in range(8):
        share = np.clip(np.exp(rng.normal(-1, 0.5)), 0.02, 2)
        for age in (10, 20):
            rows.append(
                f"T{number},C{number % 3},R{number % 2},1960,100000,0,{1960 + age},{share * age * 4000:.0f},census"
            )
    file, model = listed(tmp_path, *rows[:10]), tmp_path / "model.json"
    fitted = CliRunner().invoke(uptake_app, ["fit", str(file), "--out", str(model), "--json"])
    assert fitted.exit_code == 0, fitted.output
    jsonschema.validate(json.loads(fitted.stdout), schema("uptake-fit"))
    assert json.loads(fitted.stdout)["towns"] == 5
    others = tmp_path / "others.csv"
    others.write_text("\n".join([HEAD, *rows[10:]]) + "\n", "utf-8")
    scored = CliRunner().invoke(uptake_app, ["score", str(model), str(others), "--json"])
    assert scored.exit_code == 0, scored.output
    found = json.loads(scored.stdout)
    jsonschema.validate(found, schema("uptake-score"))
    for key in ("mae_log", "brier_50", "brier_20", "coverage_80", "width_80", "auc_within_region", "baselines"):
        assert key in found
    assert (found["towns"], found["towns_in_fit"]) == (3, [])
    assert set(found["baselines"]) >= {"plan_is_met", "constant_20_percent", "macro_region_mean"}


def test_a_region_left_out_is_that_of_the_country_and_one_never_seen_is_said(tmp_path):
    rows = (
        "Lelystad,Netherlands,,1967,100000,0,1990,58000,census",
        "Elsewhere,Nowhere,,1967,100000,0,1990,58000,census",
    )
    scored = uptake.score(uptake.reference_curve(), uptake.read_towns(listed(tmp_path, *rows)))
    assert scored.rows.set_index("town")["region"].to_dict() == {"Lelystad": "EUROPE", "Elsewhere": "UNKNOWN"}
    assert [f.params["town"] for f in scored.findings if f.code == "UPT-REGION-UNSEEN"] == ["Elsewhere"]


def test_a_file_that_is_no_model_is_refused(tmp_path):
    wrong = tmp_path / "model.json"
    wrong.write_text("{}", "utf-8")
    refused = CliRunner().invoke(uptake_app, ["score", str(wrong), str(uptake.reference_list())])
    assert refused.exit_code == 3


def test_a_fitted_town_is_forecast_without_itself():
    """Its own outcome, however odd, cannot help: changing it changes no forecast of it."""
    curve = uptake.reference_curve()
    without = curve.without(["Almere"])
    assert "Almere" not in set(without.rows["town"])
    assert curve.without(["Nowhere"]) is curve


@pytest.mark.slow
def test_the_curve_reaches_what_is_asked_of_it_on_towns_left_out():
    """Leave-one-town-out 0.63 and leave-one-country-out 0.77 mean |log error|, bands holding 70 to 90 %."""
    found = uptake.reckon_scores(uptake.reference_curve(), uptake.reference_towns())
    assert found["town"]["mae_log"] <= 0.63
    assert found["country"]["mae_log"] <= 0.77
    assert found["town"]["brier_50"] <= 0.10
    assert all(0.70 <= found[leave]["coverage_80"] <= 0.90 for leave in ("town", "country"))


@pytest.mark.slow
def test_known_elasticities_are_recovered_from_invented_towns():
    """20 sets of 30 towns drawn from the model with elasticity -0.4: its 80 % interval holds it 70 to 95 % of times."""
    inside = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        target = np.exp(rng.normal(np.log(250_000), 1.0, 30))
        town, region = rng.normal(0, 0.6, 30), rng.normal(0, 0.5, 5)
        rows = [
            (f"T{i}", f"C{i % 8}", f"R{i % 5}", float(age), target[i], town[i], region[i % 5])
            for i in range(30)
            for age in rng.choice([8, 15, 25, 35], 2, replace=False)
        ]
        frame = pd.DataFrame(rows, columns=["town", "country", "region", "age_years", "target_people", "u", "r"])
        level = -0.4 * np.log(frame["target_people"] / 250_000) + frame["u"] + frame["r"]
        growth = np.log(-np.expm1(-((frame["age_years"] / 35) ** 1.4)))
        frame["share"] = np.exp(level + growth + rng.normal(0, 0.3, len(frame))).clip(lower=0.01)
        low, high = np.quantile(uptake.fit_rows(frame).elasticity, [0.1, 0.9])
        inside.append(low <= -0.4 <= high)
    assert 0.6 <= np.mean(inside) <= 1.0
