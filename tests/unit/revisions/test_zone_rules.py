"""Rules of a zone held against lots and blocks of pole_tiny; A-17 is 52 m x 60 m, four storeys, coverage 0.5."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from fixtures.coarser import coarser
from fixtures.defects import frames, here
from fixtures.tiny import CRS, tiny_plan, tiny_pole
from qutb.appraisal import appraise
from qutb.plan import Plan
from qutb.text import LANGUAGES, hint, message


def ruled(plots: dict[str, dict[str, object]] | None = None, buildings=(), plan: Plan | None = None, **rules) -> Plan:
    """The tiny plan with A-17 in zone Z of those rules; ``plots`` changes columns, ``buildings`` are rectangles."""
    base = plan or tiny_plan()
    base = base.with_plot(next(p for p in base.plots.index if p in ("A-17", "A/housing_apartment")), zone_code="Z")
    for plot, columns in (plots or {}).items():
        base = base.with_plot(plot, **columns)
    zones = pd.DataFrame([{"zone_code": "Z", **rules}])
    drawn = gpd.GeoDataFrame(
        [
            {"building_id": f"H-{n}", "storeys": storeys, "height_m": height, "geometry": here(box(*corners))}
            for n, (corners, storeys, height) in enumerate(buildings)
        ],
        columns=["building_id", "storeys", "height_m", "geometry"],
        geometry="geometry",
        crs=CRS,
    )
    return Plan.build(name="ruled", crs=CRS, **{**frames(base), "zones": zones, "buildings": drawn})


def validity(plan: Plan):
    return appraise(tiny_pole(plan=plan), plan.name, to="validity").validity


def found(plan: Plan):
    return {f.code: f for f in validity(plan).findings if f.code.startswith("PLAN-ZONE")}


def test_a_height_given_above_the_limit_blocks():
    finding = found(ruled({"A-17": {"height_m": 15.5}}, height_max_m=14.0))["PLAN-ZONE-HEIGHT"]
    assert (finding.severity, finding.where) == ("blocking", ("plot:A-17",))
    assert (finding.params["value"], finding.params["limit"], finding.params["unit"]) == (15.5, 14.0, "m")


def test_storeys_without_a_height_are_a_note_and_no_verdict():
    codes = found(ruled(height_max_m=12.0))
    assert set(codes) == {"PLAN-ZONE-HEIGHT-ASSUMED"}
    note = codes["PLAN-ZONE-HEIGHT-ASSUMED"]
    assert note.severity == "note"
    assert note.params["value"] == pytest.approx(4 * 3.2)  # four storeys x the pack's assumed storey
    assert note.source == "ma:plan.storey_height@2020-01-01"
    assert validity(ruled(height_max_m=12.0)).not_seen[-1] == "PLAN-ZONE-UNSEEN-HEIGHT"
    assert not found(ruled(height_max_m=13.0))


def test_a_building_gives_the_height_of_its_plot():
    plan = ruled(buildings=[((60, 90, 90, 120), 4, 11.0)], height_max_m=12.0)
    assert not found(plan)
    assert "PLAN-ZONE-UNSEEN-HEIGHT" not in validity(plan).not_seen


def test_the_setback_is_measured_from_the_street_front_of_the_plot():
    # the plot's fronts are y = 80 (collector) and x = 104 (local street); the building stands 3 m and 14 m away
    plan = ruled(buildings=[((60, 83, 90, 120), 4, None)], setback_m=5.0)
    finding = found(plan)["PLAN-ZONE-SETBACK"]
    assert (finding.where, finding.severity) == (("plot:A-17",), "blocking")
    assert finding.params["value"] == pytest.approx(3.0)
    assert not found(ruled(buildings=[((60, 85, 90, 120), 4, None)], setback_m=5.0))


def test_a_setback_without_footprints_is_not_seen():
    plan = ruled(setback_m=5.0)
    assert not found(plan)
    assert "PLAN-ZONE-UNSEEN-SETBACK" in validity(plan).not_seen


def test_footprints_that_cover_more_than_the_plan_says_are_found():
    plan = ruled(buildings=[((52, 80, 104, 122), 4, 12.0)], ground_coverage_ratio_max=0.6, floor_area_ratio_max=2.5)
    codes = found(plan)
    assert codes["PLAN-ZONE-COVERAGE"].params["value"] == pytest.approx(42 / 60)
    assert codes["PLAN-ZONE-FAR"].params["value"] == pytest.approx(4 * 42 / 60)


def test_parking_is_asked_by_dwelling_and_held_against_the_spaces_of_the_plot():
    finding = found(ruled({"A-17": {"dwellings": 40, "parking_spaces": 25}}, parking_spaces_per_dwelling=1.0))
    params = finding["PLAN-ZONE-PARKING"].params
    assert (params["value"], params["limit"], params["unit"]) == (25, 40, "spaces")
    unseen = validity(ruled({"A-17": {"dwellings": 40}}, parking_spaces_per_dwelling=1.0))
    assert "PLAN-ZONE-UNSEEN-PARKING" in unseen.not_seen


def test_blocks_are_held_to_use_and_ratio_but_not_to_the_size_of_lots():
    plan = ruled(
        plan=coarser(tiny_plan()),
        allowed_uses="housing_villa",
        floor_area_ratio_max=1.5,
        plot_area_min_m2=9_000.0,
        frontage_min_m=500.0,
    )
    assert set(found(plan)) == {"PLAN-ZONE-USE", "PLAN-ZONE-FAR"}
    assert "PLAN-ZONE-UNSEEN-LOTS" in validity(plan).not_seen


def test_every_plot_beyond_a_rule_is_listed_with_value_limit_and_unit():
    plots = {"A-16": {"zone_code": "Z"}}
    table = validity(ruled(plots, plot_area_min_m2=3_200.0, floor_area_ratio_max=0.5)).breaches
    assert table[["plot_id", "rule", "limit", "unit"]].to_numpy().tolist() == [
        ["A-16", "floor_area_ratio_max", 0.5, ""],
        ["A-17", "floor_area_ratio_max", 0.5, ""],
        ["A-16", "plot_area_min_m2", 3_200.0, "m2"],
        ["A-17", "plot_area_min_m2", 3_200.0, "m2"],
    ]
    assert table["value"].tolist() == pytest.approx([0.6, 2.0, 3_120.0, 3_120.0])


def test_a_plan_without_zones_or_with_an_undefined_zone_breaks_no_rule():
    assert validity(tiny_plan()).breaches.empty
    lost = tiny_plan().with_plot("A-17", zone_code="Q")
    assert set(found(lost)) == {"PLAN-ZONE-UNKNOWN"}
    assert set(found(ruled({"A-16": {"zone_code": np.nan}}))) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_zone_finding_speaks_every_language(lang):
    plan = ruled(
        {"A-17": {"dwellings": 40, "parking_spaces": 25}},
        buildings=[((52, 81, 104, 122), 4, 15.0)],
        height_max_m=9.0,
        setback_m=3.0,
        parking_spaces_per_dwelling=1.0,
    )
    codes = {**found(plan), **found(ruled(height_max_m=9.0))}
    assert {c.removeprefix("PLAN-ZONE-") for c in codes} == {"HEIGHT", "HEIGHT-ASSUMED", "SETBACK", "PARKING"}
    for finding in codes.values():
        assert "{" not in message(finding, lang) + hint(finding, lang)
