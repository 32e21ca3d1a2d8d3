"""The sample pole: what anyone may rely on when trying Qutb on it, and that its generator makes it again."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

import pytest
import shapely

from qutb import capacity
from qutb.plan import Fabric, Plan, Validity, fabric_run, validity_run
from qutb.pole import Pole, open_pole

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "qutb_ma" / "samples" / "dakhla"
ENTRIES = ("bay", "courtyards", "spine")
HECTARE_M2 = 10_000.0


@cache
def pole() -> Pole:
    return open_pole(FOLDER)


@cache
def plan(name: str) -> Plan:
    return pole().plan(name)


@cache
def fabric(name: str) -> Fabric:
    return fabric_run(shapes=plan(name).shapes, site=pole().site)


@cache
def validity(name: str) -> Validity:
    return validity_run(plan=plan(name), fabric=fabric(name), site=pole().site, values=pole().values)


@cache
def held(name: str) -> capacity.Capacity:
    return capacity.run(plan=plan(name), fabric=fabric(name), brief=pole().brief, values=pole().values)


def generator():
    """The package ``examples/make_dakhla``, which is not on the import path."""
    folder = ROOT / "examples" / "make_dakhla"
    spec = importlib.util.spec_from_file_location(
        "make_dakhla", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_dakhla"] = module
    spec.loader.exec_module(module)
    return module


def test_the_outline_is_about_275_ha_in_the_zone_of_dakhla():
    assert pole().crs == "EPSG:32628"
    assert 270 <= pole().site.boundary.area / HECTARE_M2 <= 280


def test_the_pole_and_its_outline_say_that_they_are_illustrative():
    assert "illustrative" in pole().name["en"]
    assert "illustratif" in pole().name["fr"]
    assert "توضيحي" in pole().name["ar"]


def test_the_folder_stays_small_enough_to_ship():
    assert sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()) <= 6_000_000


def test_every_fact_about_others_names_its_source():
    assert pole().actors["source"].notna().all()
    assert pole().commitments["source"].notna().all()
    assert pole().site.constraints["source"].notna().all()


def test_a_capacity_nobody_granted_is_left_empty():
    assert pole().site.tie_ins["capacity"].isna().all()


def test_there_are_three_entries_and_they_differ():
    assert tuple(sorted(pole().plans)) == ENTRIES
    assert len({plan(name).digest for name in ENTRIES}) == 3
    assert len({plan(name).shapes.digest for name in ENTRIES}) == 3


@pytest.mark.parametrize("name", ENTRIES)
class TestAnEntry:
    def test_has_no_blocking_finding(self, name):
        assert not [f for f in validity(name).findings if f.severity == "blocking"]

    def test_has_4_000_to_6_500_lots_at_lot_detail(self, name):
        assert 4_000 <= len(plan(name).plots) <= 6_500
        assert set(plan(name).plots["detail"]) == {"lot"}

    def test_has_no_overlap_and_no_gap(self, name):
        assert fabric(name).pole["overlap_area_m2"].item() <= 1.0
        assert fabric(name).pole["gap_area_m2"].item() <= 1.0

    def test_plots_and_right_of_way_make_the_site(self, name):
        balance = validity(name).balance["area_m2"]
        assert balance.sum() == pytest.approx(pole().site.boundary.area, abs=5.0)
        assert balance["unassigned"] == pytest.approx(0.0, abs=1.0)

    def test_every_lot_fronts_a_street(self, name):
        assert (fabric(name).plots["frontage_m"] >= 5.0).all()

    def test_the_streets_are_one_network_tied_to_the_existing_road(self, name):
        assert fabric(name).pole["components"].item() == 1
        assert fabric(name).nodes["tied"].sum() >= 3
        assert fabric(name).pole["dead_ends"].item() == 0

    def test_the_coast_setback_holds_only_green_and_sport(self, name):
        coast = pole().site.constraints.query("kind == 'coast_setback'").geometry.union_all()
        plots = plan(name).plots
        inside = shapely.area(shapely.intersection(plots.geometry.to_numpy(), coast)) > 1.0
        assert set(plots["use"][inside]) <= {"green", "sport"}

    def test_every_row_has_block_and_phase(self, name):
        plots = plan(name).plots
        phases = set(plan(name).phases.index)
        assert plots["block_id"].notna().all()
        assert set(plots["phase"]) == set(plan(name).streets["phase"]) == phases
        assert 2 <= len(phases) <= 4

    def test_each_phase_has_a_primary_school(self, name):
        schools = plan(name).plots.query("facility_type == 'primary_school'")
        assert set(schools["phase"]) == set(plan(name).phases.index)
        assert (schools["capacity_places"] > 0).all()

    def test_it_holds_35_to_50_dwellings_a_hectare(self, name):
        dwellings = held(name).pole["dwellings"].item()
        assert 35 <= dwellings / (pole().site.boundary.area / HECTARE_M2) <= 50

    def test_it_serves_every_segment(self, name):
        held_by = held(name).segments["dwellings"]
        assert (held_by[["high", "middle", "social", "resettlement"]] > 0).all()
        assert {"self_build_row", "hotel", "logistics", "utility", "land_reserve"} <= set(plan(name).plots["use"])

    def test_lots_are_neither_slivers_nor_needles(self, name):
        built = plan(name).plots["use"] != "green"
        measures = fabric(name).plots[built]
        assert (measures["area_m2"] >= 60).all()
        assert (measures["width_m"] >= 7.0).all()
        assert (measures["length_m"] / measures["width_m"] <= 6.0).all()


def test_the_bay_entry_brings_lower_secondary_schools_only_in_its_last_phase():
    schools = plan("bay").plots.query("facility_type == 'lower_secondary_school'")
    assert set(schools["phase"]) == {plan("bay").phases["rank"].idxmax()}


def test_the_courtyards_entry_has_the_fewest_jobs_and_least_street():
    jobs = {n: held(n).pole["jobs"].item() for n in ENTRIES}
    streets = {n: fabric(n).pole["right_of_way_area_m2"].item() for n in ENTRIES}
    assert min(jobs, key=jobs.get) == min(streets, key=streets.get) == "courtyards"


def test_the_spine_entry_has_least_green_for_its_people():
    green = {n: plan(n).plots.query("use == 'green'").area.sum() / held(n).pole["population"].item() for n in ENTRIES}
    assert min(green, key=green.get) == "spine"
    assert green["spine"] < 10.0


def test_the_generator_makes_the_committed_folder_again():
    maker = generator()
    made = maker.pole(maker.entries())
    assert made.site.digest == pole().site.digest
    assert made.brief.digest == pole().brief.digest
    assert made.actors_digest == pole().actors_digest
    assert made.commitments_digest == pole().commitments_digest
    assert {n: made.plan(n).digest for n in ENTRIES} == {n: plan(n).digest for n in ENTRIES}
