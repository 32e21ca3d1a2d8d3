"""Layout, demand, balance and water of the nine-plot pole; the sample pole where it is long."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from fixtures.tiny import CRS, ORIGIN, tiny_plan, tiny_pole, tiny_site
from qutb import capacity, networks, text
from qutb.networks.water.epanet import Judge
from qutb.plan import fabric_run


def designed(site=None, effort="draft"):
    plan, site, pole = tiny_plan(), site or tiny_site(), tiny_pole()
    fabric = fabric_run(shapes=plan.shapes, site=site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    return networks.run(plan=plan, fabric=fabric, capacity=held, site=site, values=pole.values, seed=1, effort=effort)


def laid_out(site=None):
    plan, site = tiny_plan(), site or tiny_site()
    return networks.lay_out(plan=plan, fabric=fabric_run(shapes=plan.shapes, site=site), site=site)


def with_tie_in(x_m, y_m, **more):
    site = tiny_site()
    frame = gpd.GeoDataFrame(
        {
            "tie_in_id": ["W-1"],
            "kind": ["water"],
            "capacity": [400.0],
            "capacity_unit": ["m3/day"],
            "geometry": [Point(ORIGIN[0] + x_m, ORIGIN[1] + y_m)],
            **more,
        },
        crs=CRS,
    ).set_index("tie_in_id")
    object.__setattr__(site, "tie_ins", frame)
    return site


def test_every_plot_is_joined_to_its_own_street():
    layout = laid_out()
    assert len(layout.connections) == 9
    street = layout.edges.loc[layout.connections["edge_id"], "street_id"].to_numpy()
    assert dict(zip(layout.connections.index, street, strict=True))["A-16"] == "M"
    # the plot A-16 ends at y = 80, the street runs at y = 70
    assert layout.connections["service_m"]["A-16"] == pytest.approx(10.0)


def test_levels_without_spot_heights_stay_unknown():
    layout = laid_out()
    assert not layout.levels_known
    assert layout.nodes["level_m"].isna().all()


def test_levels_lie_between_the_spot_heights():
    site = tiny_site()
    points = [Point(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in ((-500, -200), (400, -200), (-500, 300), (400, 300))]
    spots = gpd.GeoDataFrame({"point_id": list("abcd"), "level_m": [1.0, 10.0, 1.0, 10.0], "geometry": points}, crs=CRS)
    object.__setattr__(site, "spot_heights", spots.set_index("point_id"))
    levels = laid_out(site).nodes
    # a plane that rises 9 m over 900 m eastwards
    assert levels["level_m"].to_numpy() == pytest.approx(1.0 + (levels["x_m"] - ORIGIN[0] + 500).to_numpy() / 100.0)


def test_a_tie_in_off_site_is_reached_around_protected_ground():
    site = with_tie_in(110.0, -300.0)
    wall = box(ORIGIN[0] + 10, ORIGIN[1] - 200, ORIGIN[0] + 210, ORIGIN[1] - 100)
    constraints = site.constraints.iloc[:0].copy()
    constraints.loc["K-9", ["kind", "geometry"]] = ["protected_area", wall]
    object.__setattr__(site, "constraints", gpd.GeoDataFrame(constraints, geometry="geometry", crs=CRS))
    way = laid_out(site).edges.loc["offsite:W-1"]
    assert way["location"] == "offsite"
    assert way["length_m"] > 300.0 + 20.0
    assert way.geometry.intersection(wall).length < 20.0


def test_a_phase_cut_hangs_together_with_its_source():
    layout = laid_out()
    rank = networks.bring_forward(layout, layout.tie_in_nodes("water"))
    for phase in sorted(set(rank)):
        ways = layout.edges.loc[rank.index[rank <= phase]]
        reached = set(layout.tie_in_nodes("water"))
        for _ in range(len(ways)):
            for a, b in zip(ways["from_node"], ways["to_node"], strict=True):
                if a in reached or b in reached:
                    reached |= {a, b}
        assert set(ways["from_node"]) | set(ways["to_node"]) <= reached


def test_demand_follows_people_beds_jobs_and_their_rates():
    result = designed()
    plan, pole = tiny_plan(), tiny_pole()
    fabric = fabric_run(shapes=plan.shapes, site=tiny_site())
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values).plots
    rate = pole.values.number("networks.water_per_resident")
    row = held.loc["A-16"]  # villas: residents alone draw water
    assert row["jobs"] == 0.0
    assert result.plots["water_m3_per_s"]["A-16"] == pytest.approx(row["population"] * rate / 86_400.0)
    for name in ("water_m3_per_s", "water_peak_hour_m3_per_s", "wastewater_m3_per_s", "power_w"):
        assert (result.plots[f"{name}_low"] <= result.plots[name]).all()
        assert (result.plots[name] <= result.plots[f"{name}_high"]).all()


def test_the_water_network_holds_in_epanet_and_balances(tmp_path):
    result = designed()
    assert result.status == "partial"  # the site has a tie-in for water alone
    path = tmp_path / "water.inp"
    path.write_text(result.files["water.inp"], encoding="utf-8")
    with Judge(path) as judge:
        state = judge.run()
        pressure = pd.Series(state.pressure_m, index=list(judge.network.node_ids))
        drawn = float(state.demand_m3_per_s[~judge.network.fixed].sum())
    shown = result.water_nodes["pressure_head_m"]
    junctions = shown.index[shown.index.isin(pressure.index)]
    free = junctions[1:]
    assert pressure[free].to_numpy() == pytest.approx(shown[free].to_numpy(), abs=1e-2)
    values = tiny_pole().values
    peak = result.plots["water_peak_hour_m3_per_s"].sum() / values.number("networks.water_efficiency")
    source = result.water_nodes["peak_hour_m3_per_s"].sum() - drawn
    assert drawn + source == pytest.approx(peak, rel=1e-3)
    assert result.pole["water_pressure_least_m"].iloc[0] >= values.number("networks.water_min_head")


def test_a_source_that_runs_short_comes_first():
    result = designed(with_tie_in(0.0, 70.0, capacity=[50.0]))
    assert result.findings[0].code == "NET-SOURCE-SHORT-WATER"
    water = result.balance[result.balance["network"] == "water"]
    assert water["granted"].iloc[0] == pytest.approx(50.0 / 86_400.0)
    assert water["asked"].is_monotonic_increasing


def test_a_grant_that_is_not_given_is_asked_for():
    result = designed(with_tie_in(0.0, 70.0, capacity=[np.nan]))
    assert "NET-GRANT-UNKNOWN-WATER" in {f.code for f in result.findings}


def test_without_tie_ins_the_step_says_so_and_gives_the_demand():
    site = tiny_site()
    object.__setattr__(site, "tie_ins", site.tie_ins.iloc[:0])
    result = designed(site)
    assert result.status == "partial"
    assert "NET-NO-TIE-IN" in {f.code for f in result.findings}
    assert result.plots["water_m3_per_s"].sum() > 0.0
    assert not len(result.water_mains)


def test_a_source_too_low_is_named_with_the_metres_short():
    result = designed(with_tie_in(0.0, 70.0, head_m=[12.0]))
    short = next(f for f in result.findings if f.code == "NET-WATER-LOW-PRESSURE")
    assert short.severity == "blocking"
    assert short.params["value"] >= tiny_pole().values.number("networks.water_min_head") - 12.0


def test_the_same_seed_gives_the_same_network():
    one, other = designed(effort="standard"), designed(effort="standard")
    assert one.files == other.files


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_every_column_and_finding_has_words(lang):
    for table in networks.TABLES.values():
        for column in table:
            assert text.label(f"networks.{column.name}", lang) != f"networks.{column.name}"
    for finding in designed(with_tie_in(0.0, 70.0, capacity=[1.0])).findings:
        assert text.message(finding, lang)
