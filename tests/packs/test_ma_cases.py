"""The cases of the pack, which a planner can check by hand, and its census figures against the source."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import yaml
from shapely import box

from fixtures.held import held
from fixtures.shared import shared_data
from fixtures.tiny import CRS, tiny_plan, tiny_pole
from qutb import capacity, uptake
from qutb.pack import load_pack
from qutb.plan import Plan
from qutb.pole import Brief

PACK = load_pack("ma")
CASES = [
    case for file in sorted((PACK.folder / "cases").glob("*.yaml")) for case in yaml.safe_load(file.read_text("utf-8"))
]
DEPTH_M = 10.0


def _plan(rows: list[dict[str, Any]]) -> Plan:
    plots = [
        {
            "plot_id": f"p{i}",
            "detail": "lot",
            "storeys": None,
            **{k: v for k, v in row.items() if k != "area_m2"},
            "geometry": box(0, i * DEPTH_M, row["area_m2"] / DEPTH_M, (i + 1) * DEPTH_M),
        }
        for i, row in enumerate(rows)
    ]
    return Plan.build(name="case", crs=CRS, plots=gpd.GeoDataFrame(plots, crs=CRS))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_a_case_of_the_pack_comes_out_as_written(case):
    plan, pole = _plan(case["plots"]), tiny_pole(values=PACK.at(case["date"]))
    fabric: Any = SimpleNamespace(plots=pd.DataFrame({"area_m2": plan.plots.geometry.area}))
    brief = Brief(town=case["town"])
    holds = capacity.run(plan=plan, fabric=fabric, brief=brief, values=pole.values)
    fills = uptake.run(capacity=holds, brief=brief, actors=pole.actors, values=pole.values)
    poles = {"capacity": holds.pole, "uptake": fills.pole}
    for key, expected in case["expect"].items():
        step, _, column = key.partition(".")
        assert poles[step].at["pole", column] == pytest.approx(expected, rel=1e-3, abs=1e-9), key


@pytest.mark.parametrize(
    ("level", "per_thousand"), [("primary", 114), ("lower_secondary", 53), ("upper_secondary", 44)]
)
def test_pupils_per_thousand_inhabitants_of_dakhla(level, per_thousand):
    """Census groups split evenly by year of age: about 114, 53 and 44 in a thousand."""
    pole = held(tiny_plan()).pole
    assert pole.at["pole", f"pupil_share_{level}"] * 1000 == pytest.approx(per_thousand, abs=0.6)


def test_dakhla_gains_1993_households_a_year():
    row = next(r for r in PACK.catalogues["towns"] if r["name_en"] == "Dakhla")
    assert (int(row["households_last"]) - int(row["households_first"])) / 10 == pytest.approx(1993, abs=0.5)


def test_no_figure_stands_without_source_and_standing():
    for name in ("towns", "age_structure", "facilities", "precedents"):
        for row in PACK.catalogues[name]:
            assert row["status"] in ("confirmed", "comparator", "sourced", "missing"), row
            assert row.get("source") or row.get("comparator_source") or row.get("document"), row


def test_no_facility_has_a_national_figure_before_someone_confirms_it():
    rows = PACK.catalogues["facilities"]
    assert len(rows) == 26
    assert not [r for r in rows if r["population_per_unit"] or r["site_area_m2"] or r["service_radius_m"]]
    assert all(r["name_en"] and r["name_fr"] and r["name_ar"] for r in rows)


def test_an_assumed_value_says_how_it_was_derived():
    for key, parameter in PACK.parameters.items():
        for value in parameter.values:
            assert (
                value.status != "assumed" or value.derivation or not key.startswith(("capacity", "people", "uptake"))
            ), key


@pytest.mark.shared
def test_census_figures_are_those_of_the_source():
    towns = pd.read_csv(shared_data("regions", "ten_towns.csv")).set_index("commune_code")
    for row in PACK.catalogues["towns"]:
        source = towns.loc[row["code"]]
        assert int(row["households_last"]) == source["households_2024"]
        assert int(row["population_first"]) == source["population_2014"]
        assert float(row["household_size_last"]) == source["households_average_size_2024"]


@pytest.mark.shared
def test_ages_are_those_of_the_source():
    ages = pd.read_csv(shared_data("regions", "age_structure_2024.csv")).set_index("code")
    for row in PACK.catalogues["age_structure"]:
        if row["code"] != "country":
            assert float(row["age_5_9_share"]) == pytest.approx(ages.at[row["code"], "age_5_9"] / 100)
