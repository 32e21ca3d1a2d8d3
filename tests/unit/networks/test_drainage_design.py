"""Sewers and storm drains of the nine-plot pole: trees, flows by hand, SWMM, ranges without levels, wrong input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fixtures.grounds import demand_times, layout_with, tiny_demand
from fixtures.tiny import tiny_plan, tiny_pole
from qutb import text
from qutb.core import SolverError
from qutb.networks.drainage import TABLES, design_sewers, design_storm
from qutb.networks.drainage.flows import (
    Rain,
    caquot_m3_per_s,
    peak_wastewater_m3_per_s,
    rational_m3_per_s,
    retention_m3,
)
from qutb.networks.drainage.swmm import run_swmm

VALUES = tiny_pole().values


def falling(x, y):
    return 12.0 + x / 100.0


def without_rows(values, name):
    return replace(values, catalogues={**values.catalogues, name: ()})


@pytest.fixture(scope="module")
def sewers():
    return design_sewers(layout_with(levels=falling), tiny_demand(), VALUES)


def test_every_plot_that_gives_wastewater_drains_to_the_tie_in(sewers):
    below = dict(zip(sewers.pipes["from_node"], sewers.pipes["to_node"], strict=True))
    outlets = set(sewers.nodes.index[sewers.nodes["is_outlet"]])
    for start in below:
        node, steps = start, 0
        while node not in outlets:
            node, steps = below[node], steps + 1
            assert steps <= len(below)
    given = tiny_demand().plots["wastewater_m3_per_s"] > 0
    connected = sewers.elements[sewers.elements["item"] == "sewer.connection"]
    assert len(connected) == given.sum()


def test_the_flow_at_the_end_is_the_peak_of_all_by_hand(sewers):
    plots = tiny_demand().plots
    season = (plots["water_peak_day_m3_per_s"] / plots["water_m3_per_s"]).fillna(0.0)
    mean = float((plots["wastewater_m3_per_s"] * season).sum())
    peak = min(1.5 + 2.5 / np.sqrt(1000 * mean), 4.0) * mean
    seeping = 0.1e-6 * sewers.totals["sewer_length_m"]
    assert sewers.totals["sewer_flow_m3_per_s"] == pytest.approx(peak + seeping, rel=1e-9)


def test_swmm_confirms_every_pipe(sewers):
    assert not sewers.findings
    assert sewers.pipes["swmm_fill_ratio"].max() <= VALUES.number("networks.sewer_max_fill") + 0.02
    assert sewers.pipes["swmm_fill_ratio"].to_numpy() == pytest.approx(sewers.pipes["fill_ratio"].to_numpy(), abs=0.1)
    assert "[CONDUITS]" in sewers.inp


def test_the_bill_of_the_design_sums_to_the_proven_optimum(sewers):
    works = sewers.elements[sewers.elements["catalogue"] != "prices"]
    assert works["amount"].sum() == pytest.approx(sewers.totals["sewer_cost_amount"], rel=1e-12)
    assert (works["amount_low"] <= works["amount"]).all()


def test_a_profile_runs_down_without_a_step_up_but_at_pumps(sewers):
    first = sewers.profiles[sewers.profiles["profile"] == 1]
    assert first["station_m"].is_monotonic_increasing
    inverts = first["invert_m"].dropna().to_numpy()
    lifted = sewers.nodes["lift_m"].notna().any()
    assert lifted or (np.diff(inverts) <= 0).all()
    assert set(sewers.profiles["node_id"]) == set(sewers.nodes.index)


def test_each_phase_is_joined_to_the_tie_in_by_pipes_of_no_later_phase(sewers):
    rank = dict(zip(sewers.pipes["from_node"], sewers.pipes["rank"], strict=True))
    for end, own in zip(sewers.pipes["to_node"], sewers.pipes["rank"], strict=True):
        assert rank.get(end, 0) <= own


def test_without_levels_there_is_only_a_range():
    sewers = design_sewers(layout_with(), tiny_demand(), VALUES)
    assert [f.code for f in sewers.findings] == ["NET-DRAIN-NO-LEVELS"]
    for name in ("start_invert_m", "end_invert_m", "slope_ratio", "fill_ratio", "cost_amount"):
        assert sewers.pipes[name].isna().all()
    assert sewers.nodes[["invert_m", "depth_m", "lift_m", "pump_power_w"]].isna().all().all()
    assert np.isnan(sewers.totals["sewer_cost_amount"]) and np.isnan(sewers.totals["sewer_pumps"])
    assert 0 < sewers.totals["sewer_cost_amount_low"] < sewers.totals["sewer_cost_amount_high"]
    assert not len(sewers.profiles) and sewers.inp == ""


def test_a_tie_in_above_every_plot_is_named_and_reached_by_pumps():
    layout = layout_with(levels=lambda x, y: 10.0, tie_in_level=14.0)
    sewers = design_sewers(layout, tiny_demand(), VALUES)
    high = next(f for f in sewers.findings if f.code == "NET-SEWER-TIE-IN-HIGH")
    assert high.params == {"value": 14.0, "limit": 10.0, "unit": "m"}
    assert sewers.totals["sewer_pumps"] >= 1


@pytest.mark.parametrize(
    ("layout", "demand", "values", "code"),
    [
        (lambda: layout_with(("power",)), tiny_demand, lambda: VALUES, "NET-SEWER-NO-TIE-IN"),
        (layout_with, lambda: demand_times(0.0), lambda: VALUES, "NET-SEWER-NO-FLOW"),
        (layout_with, tiny_demand, lambda: without_rows(VALUES, "sewer_pipes"), "NET-DRAIN-CATALOGUE"),
        (layout_with, lambda: demand_times(50_000.0), lambda: VALUES, "NET-DRAIN-STUCK"),
    ],
)
def test_what_stops_a_design_is_named_and_nothing_is_half_made(layout, demand, values, code):
    sewers = design_sewers(layout(), demand(), values())
    found = next(f for f in sewers.findings if f.code == code)
    assert found.where
    assert not len(sewers.pipes) and not sewers.totals
    for lang in ("en", "fr", "ar"):
        assert text.message(found, lang)


def test_swmm_that_gives_up_is_an_error_with_its_words():
    with pytest.raises(SolverError) as fault:
        run_swmm("[TITLE]\nnothing\n[JUNCTIONS]\nA B C\n", ["A"], np.array([-1]), np.array([0.2]))
    assert fault.value.code == "NET-SWMM"


def test_every_column_of_the_tables_is_there(sewers):
    storm = design_storm(layout_with(levels=falling), tiny_plan(), VALUES)
    for trade, design in (("sewer", sewers), ("storm", storm)):
        for name in ("pipes", "nodes", "profiles"):
            wanted = {c.name for c in TABLES[f"{trade}_{name}"]} - {"phase"}
            assert wanted <= set(getattr(design, name).columns)


# flows --------------------------------------------------------------------------------------------------


def test_caquot_gives_the_formula_of_the_instruction_of_1977():
    """Region I, ten years: a = 5.9, b = -0.59 give Q = 1.430 I^0.29 C^1.20 A^0.78 (circulaire 77-284)."""
    rain = Rain(method="caquot", return_period_years=10, a=5.9, b=-0.59)
    area, runoff, slope = 12.0, 0.4, 0.01
    path = 2.0 * np.sqrt(area * 10_000.0)  # elongation 2: no correction
    flow = caquot_m3_per_s(rain, np.array([area * 1e4]), np.array([runoff]), np.array([slope]), np.array([path]))
    assert flow[0] == pytest.approx(1.430 * slope**0.29 * runoff**1.20 * area**0.78, rel=0.02)


def test_the_rational_method_by_hand():
    """10 minutes of 2 t^-0.5 mm/min is 0.632 mm/min; on 1 ha at half runoff 0.5 x 0.632e-3 / 60 x 1e4 = 52.7 L/s."""
    rain = Rain(method="rational", return_period_years=10, a=2.0, b=-0.5)
    assert rational_m3_per_s(rain, np.array([1e4]), np.array([0.5]), np.array([10.0]))[0] == pytest.approx(
        0.0527, rel=1e-3
    )


def test_retention_by_hand():
    """Depth 2 t^0.5 mm on 1 ha, outlet 10 L/s = 0.06 mm/min: most where 1 / t^0.5 = 0.06, t = 277.8 min: 16.67 mm."""
    rain = Rain(method="caquot", return_period_years=10, a=2.0, b=-0.5)
    assert retention_m3(rain, 1e4, 0.010) == pytest.approx(166.7, rel=1e-3)
    assert retention_m3(rain, 0.0, 0.0) == 0.0


def test_the_peak_factor_of_wastewater_by_hand():
    """Instruction of 1977: 4 L/s has 1.5 + 2.5 / 2 = 2.75; a trickle has 4 at most."""
    assert peak_wastewater_m3_per_s(np.array([4e-3, 1e-5, 0.0]), 1.5, 2.5, 4.0) == pytest.approx([11e-3, 4e-5, 0.0])


def with_rain(a):
    rain = [{**row, "montana_a_mm_per_min": str(a)} for row in VALUES.catalogue("storm_rain")]
    return replace(VALUES, catalogues={**VALUES.catalogues, "storm_rain": tuple(rain)})


def test_rain_that_streets_carry_needs_no_drain_but_a_basin():
    storm = design_storm(layout_with(levels=falling), tiny_plan(), with_rain(0.6))
    assert [f.code for f in storm.findings] == ["NET-STORM-ON-STREETS"]
    assert storm.totals["storm_retention_m3"] > 0.0
    assert storm.elements["item"].tolist() == ["retention_basin"]


def test_more_rain_lays_drains_that_swmm_confirms():
    storm = design_storm(layout_with(levels=falling), tiny_plan(), with_rain(6.0))
    assert len(storm.pipes) and not storm.findings
    assert storm.pipes["flow_m3_per_s"].min() > VALUES.number("networks.storm_street_flow")
    assert storm.pipes["swmm_fill_ratio"].max() < 1.0


def test_without_an_outfall_the_lowest_place_takes_storm_water_and_it_is_said():
    storm = design_storm(layout_with(("sewer",), levels=falling), tiny_plan(), VALUES)
    assert storm.findings[0].code == "NET-STORM-NO-OUTFALL"
    nowhere = design_storm(layout_with(("power",)), tiny_plan(), VALUES)
    assert [f.code for f in nowhere.findings] == ["NET-STORM-NOWHERE"]
