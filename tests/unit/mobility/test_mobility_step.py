"""The step on ``pole_tiny``, worked by hand where hands reach, and on plans broken on purpose."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from fixtures.tiny import CRS, ORIGIN, tiny_plan, tiny_pole, tiny_site
from qutb import mobility, text
from qutb.capacity import run as capacity_run
from qutb.pack import Parameter
from qutb.plan import fabric_run


def _line(*points):
    return LineString([(x + ORIGIN[0], y + ORIGIN[1]) for x, y in points])


def _street(street_id, line, **more):
    row = {"street_id": street_id, "street_class": "local", "width_m": 12.0, "lanes": 2.0, "status": "planned"}
    return gpd.GeoDataFrame([{**row, **more, "geometry": line}], crs=CRS).set_index("street_id")


def _with(plan, streets):
    return replace(plan, streets=gpd.GeoDataFrame(pd.concat([plan.streets, streets]), crs=CRS))


def _value(key, number, unit):
    entry = {"value": number, "status": "confirmed", "source": "test"}
    return {key: Parameter.from_data(key, {"description": "-", "unit": unit, "values": {"2000-01-01": entry}}, "test")}


def appraised(plan=None, site=None, brief=None, values=None, effort="draft"):
    pole = tiny_pole()
    plan, site, brief, values = plan or tiny_plan(), site or tiny_site(), brief or pole.brief, values or pole.values
    fabric = fabric_run(shapes=plan.shapes, site=site)
    capacity = capacity_run(plan=plan, fabric=fabric, brief=brief, values=values)
    return mobility.run(
        plan=plan,
        fabric=fabric,
        capacity=capacity,
        site=site,
        brief=brief,
        actors=pole.actors,
        values=values,
        effort=effort,
    ), capacity


@cache
def tiny():
    return appraised()


def codes(result):
    return {f.code: f for f in result.findings}


def test_residents_travel_at_the_rates_of_the_pack():
    result, capacity = tiny()
    people = capacity.pole.at["pole", "population"]
    # by hand: 2.18 x (16 + 18 + 5 + 5 + 3 + 7) / 54 = 2.18, rounded by purpose 2.181
    residents = result.purposes.drop(index="tourist")["trips_per_day"].sum()
    assert residents == pytest.approx(2.181 * people)
    assert result.pole.at["pole", "trips_per_inhabitant_per_day"] == pytest.approx(2.181)


def test_tourists_at_the_peak_of_the_season_travel_too():
    result, capacity = tiny()
    guests = capacity.pole.at["pole", "seasonal_population"] - capacity.pole.at["pole", "population"]
    assert guests > 0
    assert result.purposes.at["tourist", "trips_per_day"] == pytest.approx(3.0 * guests)  # three trips a day


def test_over_a_day_as_many_trips_end_in_a_zone_as_begin_there():
    result, _ = tiny()
    assert result.zones["trips_begun_per_day"].to_numpy() == pytest.approx(
        result.zones["trips_ended_per_day"].to_numpy()
    )


def test_every_trip_is_made_or_counted_as_impossible():
    result, _ = tiny()
    begun, lost = result.zones["trips_per_day"].sum(), result.zones["impossible_trips_per_day"].sum()
    assert result.pole.at["pole", "trips_per_day"] == pytest.approx(begun)
    assert result.pole.at["pole", "impossible_trips_per_day"] == lost == 0.0
    assert result.modes["share"].sum() == pytest.approx(1.0)


def test_the_range_holds_the_centre():
    row = tiny()[0].pole.loc["pole"]
    for name in ("trips_per_day", "self_containment_share", "vehicle_km_per_day"):
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_capacity_is_lanes_by_the_capacity_of_a_lane():
    links = tiny()[0].links
    # by hand: M is a collector of 2 lanes in all: 1 x 700 each way; R-1 has no lanes given: 4 / 2 x 900
    assert links.loc["M/1>", "capacity_vehicles_per_h"] == pytest.approx(700.0)
    assert links.loc["road:R-1/1>", "capacity_vehicles_per_h"] == pytest.approx(1800.0)
    assert links.loc["road:R-1/1>", "lanes_standing"] == "assumed"


def test_a_free_collector_is_driven_at_50_km_an_hour():
    # by hand: M/1 runs 110 m from the gate to the crossing: 110 / (50 / 3.6)
    assert tiny()[0].links.loc["M/1>", "free_time_s"] == pytest.approx(7.92)


def test_service_is_named_by_volume_over_capacity():
    from qutb.mobility.service import levels

    ratio = np.array([0.0, 0.6, 0.61, 0.75, 0.85, 0.95, 1.0, 1.01])
    assert levels(ratio, tiny_pole().values).tolist() == list("AABCDEEF")


def test_traffic_to_the_city_leaves_by_the_existing_road():
    result, _ = tiny()
    row = result.pole.loc["pole"]
    assert row["gate_flow_vehicles_per_h"] > 0
    assert "MOB-CITY-DISTANCE-ASSUMED" in codes(result)


def test_a_city_farther_away_keeps_people_in_the_pole():
    near, _ = appraised(values=tiny_pole().values.with_overrides(_value("mobility.city_distance", 10, "km")))
    far, _ = appraised(values=tiny_pole().values.with_overrides(_value("mobility.city_distance", 80, "km")))
    assert far.pole.at["pole", "city_distance_m"] == 80_000.0
    assert far.pole.at["pole", "self_containment_share"] > near.pole.at["pole", "self_containment_share"]
    assert "MOB-CITY-DISTANCE-ASSUMED" not in codes(far)


def test_without_a_road_out_the_plan_is_on_its_own_and_says_so():
    site = tiny_site()
    result, _ = appraised(site=replace(site, roads=site.roads.iloc[:0], tie_ins=site.tie_ins.iloc[:0]))
    assert "MOB-NO-GATE" in codes(result)
    row = result.pole.loc["pole"]
    assert np.isnan(row["city_distance_m"]) and row["self_containment_share"] > 0.5


def test_without_a_town_trips_stay_in_the_pole_and_those_with_nowhere_to_go_are_counted():
    result, _ = appraised(brief=replace(tiny_pole().brief, town=""))
    assert "MOB-NO-CITY" in codes(result)
    assert result.pole.at["pole", "self_containment_share"] == pytest.approx(1.0)


def test_a_purpose_without_any_place_is_named_and_its_trips_counted():
    plan = tiny_plan().with_plot("C-1", use="land_reserve", facility_type=None, capacity_places=np.nan)
    result, _ = appraised(plan=plan, brief=replace(tiny_pole().brief, town=""))
    study = result.purposes.loc["study"]
    assert study["impossible_trips_per_day"] == pytest.approx(study["trips_per_day"])
    assert result.pole.at["pole", "impossible_trips_per_day"] == pytest.approx(study["trips_per_day"])
    assert "MOB-NO-DESTINATION" in codes(result)


def test_a_street_that_only_leads_in_is_a_trap_named():
    trap = _street("X", _line((110, 140), (110, 240)), oneway=True)
    found = codes(appraised(plan=_with(tiny_plan(), trap))[0])
    assert "street:X" in found["MOB-TRAP-NO-EXIT"].where
    back = _street("X", _line((110, 240), (110, 140)), oneway=True)
    found = codes(appraised(plan=_with(tiny_plan(), back))[0])
    assert "street:X" in found["MOB-TRAP-NO-ENTRY"].where


def test_a_plot_without_street_cannot_be_reached_and_its_trips_are_counted():
    plan = tiny_plan()
    streets = plan.streets.assign(geometry=[_line((110, 70), (110, 140)), _line((0, 70), (110, 70))])
    result, _ = appraised(plan=replace(plan, streets=streets))
    assert result.zones.at["D", "connection"] == "none"
    assert result.zones.at["D", "impossible_trips_per_day"] == pytest.approx(result.zones.at["D", "trips_per_day"])
    assert codes(result)["MOB-NOT-CONNECTED"].where[0] == "block:D"


def test_streets_in_two_pieces_leave_the_cut_off_piece_on_foot():
    plan = tiny_plan()
    streets = plan.streets.assign(geometry=[_line((110, 0), (110, 60)), _line((0, 70), (220, 70))])
    result, _ = appraised(plan=replace(plan, streets=streets))
    assert result.pole.at["pole", "relative_gap"] <= 1e-4
    assert result.zones["trips_begun_per_day"].to_numpy() == pytest.approx(
        result.zones["trips_ended_per_day"].to_numpy()
    )


def test_a_footpath_carries_walkers_and_no_cars():
    plan = tiny_plan()
    streets = plan.streets.assign(street_class=["footpath", "collector"])
    result, _ = appraised(plan=replace(plan, streets=streets))
    assert not (result.links["street_id"] == "L").any()


def test_too_much_traffic_names_the_street_and_the_lanes_it_needs():
    narrow = tiny_pole().values.with_overrides(_value("mobility.lane_capacity.collector", 20, "vehicles/h"))
    result, _ = appraised(values=narrow)
    found = codes(result)
    assert "street:M" in found["MOB-OVER-CAPACITY"].where and "street:M" in found["MOB-LANES"].where
    assert result.classes.at["collector", "lanes_needed"] > 2
    assert result.checks[0].verdict == "comparator_not_met"


def test_a_plan_without_streets_is_refused_and_says_why():
    plan = tiny_plan()
    site = tiny_site()
    result, _ = appraised(
        plan=replace(plan, streets=plan.streets.iloc[:0]), site=replace(site, roads=site.roads.iloc[:0])
    )
    assert result.status == "refused" and result.not_seen == ("MOB-NS-STREETS",)
    assert list(result.pole.index) == ["pole"]


def test_a_pack_without_rates_is_refused():
    values = tiny_pole().values
    bare = replace(values, parameters={k: p for k, p in values.parameters.items() if not k.startswith("mobility.")})
    assert appraised(values=bare)[0].not_seen == ("MOB-NS-VALUES",)


def test_more_effort_changes_little_on_a_small_plan():
    draft, full = tiny()[0].pole.loc["pole"], appraised(effort="full")[0].pole.loc["pole"]
    assert full["self_containment_share"] == pytest.approx(draft["self_containment_share"], rel=0.02)


def test_the_same_inputs_give_the_same_tables():
    first, again = tiny()[0], appraised()[0]
    for name, table in first.tables().items():
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(getattr(again, name)))


def test_every_column_is_described_and_labelled_in_three_languages():
    result, _ = tiny()
    for name, table in result.TABLES.items():
        assert list(getattr(result, name).columns) == [c.name for c in table if c.name != table.key]
        for column in table:
            assert all(text.label(f"mobility.{column.name}", lang) for lang in text.LANGUAGES)


def test_what_a_column_reads_exists():
    result, _ = tiny()
    values = tiny_pole().values
    for table in result.TABLES.values():
        for read in (r for column in table for r in column.reads):
            if read.startswith("value:") and "{" not in read and read != "value:mobility.city_distance":
                values.get(read.removeprefix("value:"))
            if read.startswith("mobility."):
                _, of, column = read.split(".")
                assert column in result.TABLES[of]


def test_findings_are_said_in_three_languages():
    narrow = tiny_pole().values.with_overrides(_value("mobility.lane_capacity.collector", 20, "vehicles/h"))
    result, _ = appraised(values=narrow)
    for finding in result.findings:
        for lang in text.LANGUAGES:
            assert "{" not in text.message(finding, lang) + text.hint(finding, lang)


def test_a_plan_where_nobody_lives_or_works_moves_nobody():
    plan = tiny_plan()
    plots = plan.plots.assign(use="green", dwellings=np.nan, facility_type=None)
    result, _ = appraised(plan=replace(plan, plots=plots, plot_floors=plan.plot_floors.iloc[:0]))
    assert result.pole.at["pole", "trips_per_day"] == 0.0
    assert np.isnan(result.pole.at["pole", "self_containment_share"])


def test_a_street_that_closes_on_itself_carries_nothing_and_has_a_finite_time():
    loop = _street("O", _line((110, 140), (140, 150), (140, 170), (110, 170), (110, 140)))
    links = appraised(plan=_with(tiny_plan(), loop))[0].links
    own = links[links["street_id"] == "O"]
    assert (own["flow_vehicles_per_h"] == 0).all() and np.isfinite(own["time_s"]).all()


def test_at_zone_detail_the_step_says_what_it_cannot_see():
    plan = tiny_plan()
    result, _ = appraised(plan=replace(plan, plots=plan.plots.assign(detail="zone")))
    assert result.not_seen == ("MOB-NS-LOCAL",) and result.status == "complete"
