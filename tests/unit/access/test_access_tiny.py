"""Walks of ``pole_tiny`` worked by hand: M runs west to east at y = 70, L south to north at x = 110."""

from __future__ import annotations

import warnings
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box
from shapely.affinity import translate

from fixtures.tiny import CRS, ORIGIN, tiny_plan, tiny_pole
from qutb import access, capacity
from qutb.plan import Plan, fabric_run
from qutb.text import LANGUAGES, hint, label, message


def accessed(plan=None, values=None, roads=True):
    pole = tiny_pole(plan=plan, values=values)
    if not roads:
        pole = replace(pole, site=replace(pole.site, roads=pole.site.roads.iloc[:0]))
    plan = plan or pole.plan("plan")
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    return access.run(plan=plan, fabric=fabric, capacity=held, site=pole.site, values=pole.values)


def rebuilt(plan: Plan, **tables) -> Plan:
    kept = {n: getattr(plan, n) for n in ("plots", "streets", "plot_floors", "phases")}
    return Plan.build(name=plan.name, crs=plan.crs, **{**kept, **tables})


def with_streets(plan: Plan, rows) -> Plan:
    more = gpd.GeoDataFrame(
        [
            {"street_class": "local", "width_m": 8.0, "phase": "P1", **r, "geometry": translate(r["geometry"], *ORIGIN)}
            for r in rows
        ],
        crs=CRS,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        streets = pd.concat([plan.streets.reset_index(), more], ignore_index=True)
    return rebuilt(plan, streets=gpd.GeoDataFrame(streets, crs=CRS))


@pytest.fixture(scope="module")
def tiny():
    return accessed()


def walk(result, plot, facility_type):
    rows = result.distances
    return rows[(rows["plot_id"] == plot) & (rows["facility_type"] == facility_type)]["distance_m"].item()


def codes(result):
    return {f.code for f in result.findings}


@pytest.mark.parametrize(
    ("plot", "facility_type", "metres"),
    [
        ("A-16", "primary_school", 0.0),  # both doors on M at x = 26: across the street
        ("A-17", "primary_school", 52.0),  # M: 78 - 26
        ("B-2", "primary_school", 168.0),  # M: 194 - 26, past the crossing
        ("B-1", "neighbourhood_mosque", 87.0),  # M: 142 - 110 = 32, L: 70 - 15 = 55; from its door on L: 110 - 15 = 95
        ("A-17", "neighbourhood_mosque", 87.0),  # M: 110 - 78 = 32, L: 55
        ("C-2", "neighbourhood_mosque", 30.0),  # one edge of L: 45 - 15
        ("A-16", "neighbourhood_mosque", 139.0),  # M: 84, L: 55
    ],
)
def test_a_walk_runs_from_door_to_door_along_the_streets(tiny, plot, facility_type, metres):
    assert walk(tiny, plot, facility_type) == pytest.approx(metres, abs=1e-9)


def test_corner_plots_have_a_door_on_each_street(tiny):
    assert tiny.plots["doors"].to_dict() == {
        "A-16": 1, "A-17": 2, "B-1": 2, "B-2": 1, "C-1": 1, "C-2": 2, "C-3": 1, "D-1": 2, "D-2": 1,
    }  # fmt: skip


def test_everybody_of_the_tiny_pole_lives_within_400_m(tiny):
    assert tiny.plots["people_within_400_m"].to_numpy() == pytest.approx(580.272)  # all residents: capacity, by hand


def test_the_worst_plot_of_a_service_is_named(tiny):
    row = tiny.services.loc["primary_school"]
    assert (row["worst_plot"], row["worst_distance_m"]) == ("B-2", 168.0)


def test_pupils_fill_the_places_of_the_school_with_the_least_walking(tiny):
    row = tiny.services.loc["primary_school"]
    pupils = {"A-16": 13.3056, "A-17": 172.9728, "B-1": 307.5072, "B-2": 86.4864}  # residents x share of that age
    by_hand = (0 * 13.3056 + 52 * 172.9728 + 116 * 307.5072 + 168 * 86.4864) / sum(pupils.values())
    assert row["unserved"] == 0
    assert row["walk_to_place_m"] == pytest.approx(by_hand, abs=0.01)  # pupils are counted in thousandths
    assert row["flow_gap_person_m"] == 0


def test_a_phase_counts_only_the_people_there(tiny):
    assert tiny.phases["population"].to_dict() == pytest.approx(
        {"P1": 186.2784, "P2": 580.272}
    )  # A-16 + A-17, then all


def test_a_phase_below_the_floor_is_found_and_a_missing_floor_is_not_evaluated(tiny):
    assert {f.where for f in tiny.findings if f.code == "ACC-PHASE-SERVICE"} == {
        (f"phase:{p}", f"facility:{s}_secondary_school") for p in ("P1", "P2") for s in ("lower", "upper")
    }
    mosque = [c for c in tiny.checks if "facility:neighbourhood_mosque" in c.where]
    assert {c.verdict for c in mosque} == {"not_evaluated"}


def test_what_is_short_comes_with_where_one_more_unit_helps_most(tiny):
    found = next(
        f for f in tiny.findings if f.code == "ACC-UNSERVED-NEXT" and "facility:lower_secondary_school" in f.where
    )
    assert found.params["served"] == pytest.approx(found.params["value"])


def test_a_street_of_a_later_phase_is_not_walked_before(tiny):
    plan = tiny_plan()
    late = rebuilt(plan, streets=plan.streets.assign(phase=["P2", "P1"]))
    first = accessed(late).phase_services.query("phase == 'P1' and facility_type == 'neighbourhood_mosque'")
    assert first["without_way_users"].item() > 0  # the mosque's only door is on L


def test_a_street_on_another_level_is_not_met_halfway():
    rows = [{"street_id": "B", "level": 1, "geometry": LineString([(26, 140), (26, 0)])}]
    over = accessed(with_streets(tiny_plan(), rows))
    assert walk(over, "A-16", "neighbourhood_mosque") == 139.0


def test_plots_without_a_front_are_counted_and_named():
    plan = tiny_plan().with_plot("A-16", geometry=translate(box(0, 100, 52, 130), *ORIGIN))
    result = accessed(plan.with_plot("C-3", geometry=translate(box(60, 5, 90, 25), *ORIGIN)))
    by_code = {f.code: f for f in result.findings}
    assert by_code["ACC-NO-DOOR"].where == ("plot:A-16",)
    assert by_code["ACC-NO-DOOR"].params["value"] == pytest.approx(13.3056)
    assert by_code["ACC-FACILITY-NO-DOOR"].where == ("plot:C-3",)
    assert result.pole.loc["pole", "without_way_people"] == pytest.approx(13.3056)


def test_people_cut_off_are_counted_not_dropped():
    plan = tiny_plan()
    broken = plan.streets.copy()
    broken.loc["M", "geometry"] = translate(LineString([(0, 70), (60, 70)]), *ORIGIN)
    result = accessed(rebuilt(plan, streets=broken))
    found = [f for f in result.findings if f.code == "ACC-CUT-OFF" and f.where[0] == "facility:primary_school"]
    assert {"plot:B-1", "plot:B-2"} & set(found[0].where) == {"plot:B-1"}  # B-2 now fronts no street at all
    doorless = result.services.loc["primary_school", "without_way_users"] - found[0].params["value"]
    assert doorless == pytest.approx(9.8496, abs=1e-4)  # pupils of B-2: 86.4864 residents of 580.272 with 66.0849


@pytest.mark.parametrize(("places", "code"), [(-5.0, "ACC-PLACES-NEGATIVE")])
def test_places_that_cannot_be_are_found(places, code):
    result = accessed(tiny_plan().with_plot("C-1", capacity_places=places))
    assert code in codes(result)
    assert result.services.loc["primary_school", "served"] == 0


def test_places_not_given_are_guessed_from_the_site_where_the_pack_has_a_comparator():
    plan = tiny_plan().with_plot("C-3", capacity_places=100.0)
    plan = plan.with_plot("D-2", use="worship", facility_type="neighbourhood_mosque")
    places = accessed(plan).facilities.query("facility_type == 'neighbourhood_mosque'")["places"]
    assert places.to_dict() == {"C-3": 100.0, "D-2": 1560.0}  # by hand: 52 m x 60 m over 2 m2 for each worshipper


def test_places_that_nothing_tells_are_missing():
    pole = tiny_pole()
    rows = tuple(
        {**r, "comparator_site_m2_per_user_low": "", "comparator_site_m2_per_user_high": ""}
        for r in pole.values.catalogue("facilities")
    )
    values = pole.values.with_overrides({}, {"facilities": rows})
    found = next(
        f
        for f in accessed(tiny_plan().with_plot("C-1", capacity_places=np.nan), values).findings
        if f.code == "ACC-PLACES-MISSING"
    )
    assert found.where == ("plot:C-1",)


def test_loops_bridges_and_one_way_traps_are_located():
    ring = LineString([(150, 100), (160, 100), (160, 110), (150, 110), (150, 100)])
    rows = [
        {"street_id": "loop", "geometry": ring},
        {"street_id": "fly", "geometry": LineString([(60, 40), (60, 100)])},
        {"street_id": "trap", "geometry": LineString([(200, 70), (200, 130)])},
    ]
    plan = with_streets(tiny_plan(), rows)
    streets = plan.streets.assign(
        bridge=["yes" if i == "fly" else None for i in plan.streets.index],
        oneway=[i == "trap" for i in plan.streets.index],
    )
    by_code = {f.code: f for f in accessed(rebuilt(plan, streets=streets)).findings}
    assert by_code["ACC-STREET-LOOP"].where[0] == "street:loop"
    assert by_code["ACC-BRIDGE-LEVEL"].where[0] == "street:fly"
    assert by_code["ACC-ONE-WAY-TRAP"].where[0] == "street:trap"
    assert all(any(w.startswith("xy:") for w in by_code[c].where) for c in ("ACC-STREET-LOOP", "ACC-ONE-WAY-TRAP"))


def test_zones_are_measured_in_straight_lines_and_said():
    plan = tiny_plan()
    zones = rebuilt(plan, plots=plan.plots.assign(detail="zone"))
    result = accessed(zones)
    assert "ACC-NS-ZONES" in result.not_seen
    assert result.status == "partial"
    assert walk(result, "B-2", "primary_school") == pytest.approx(np.hypot(194 - 26, 110 - 30))


def test_blocks_are_said_to_be_walked_from_their_sides():
    plan = tiny_plan()
    assert "ACC-NS-BLOCKS" in accessed(rebuilt(plan, plots=plan.plots.assign(detail="block"))).not_seen


def test_a_plan_without_streets_is_measured_as_nothing_and_judged_on_nothing():
    plan = tiny_plan()
    result = accessed(rebuilt(plan, streets=plan.streets.iloc[:0]), roads=False)
    assert (result.status, result.findings) == ("partial", ())
    assert "ACC-NS-STREETS" in result.not_seen
    assert {c.verdict for c in result.checks} == {"not_evaluated"}
    assert np.isnan(result.pole.loc["pole", "unserved_pupils"])


@pytest.mark.parametrize("detail", ["lot", "zone"])
def test_a_programme_without_drawing_is_not_walked(detail):
    plan = tiny_plan()
    bare = rebuilt(plan, plots=plan.plots.assign(detail=detail, geometry=None), streets=plan.streets.iloc[:0])
    result = accessed(bare)
    assert "ACC-NS-STREETS" in result.not_seen
    assert result.distances["distance_m"].isna().all()


def test_the_step_gives_the_same_answer_after_an_edit_and_back(tiny):
    pole = tiny_pole()
    plan = pole.plan("plan")
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)

    def run(p):
        held = capacity.run(plan=p, fabric=fabric, brief=pole.brief, values=pole.values)
        return access.run(plan=p, fabric=fabric, capacity=held, site=pole.site, values=pole.values)

    before = run(plan)
    run(plan.with_plot("A-17", dwellings=3.0))
    after = run(plan)
    for name, table in before.tables().items():
        pd.testing.assert_frame_equal(table, after.tables()[name], check_exact=True)


def test_every_column_is_declared_and_has_a_name_in_three_languages(tiny):
    for name, table in tiny.tables().items():
        declared = [c.name for c in tiny.TABLES[name]]
        assert list(table.columns) == declared, name
        for column in declared:
            for lang in LANGUAGES:
                assert label(f"access.{column}", lang) != f"access.{column}", column


def test_every_finding_speaks_three_languages(tiny):
    for finding in tiny.findings:
        for lang in LANGUAGES:
            assert "{" not in message(finding, lang) + hint(finding, lang)


def test_a_result_leaves_its_inputs_as_they_were():
    pole = tiny_pole()
    plan = pole.plan("plan")
    digest = replace(plan).digest
    accessed(plan)
    assert replace(plan).digest == digest
