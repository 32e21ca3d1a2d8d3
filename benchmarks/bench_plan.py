"""Fabric and validity by size of plan and by share of broken geometry, beside plain geopandas.

Run: ``python -m pytest benchmarks/bench_plan.py --benchmark-only``. Compare rows of one group: machines
differ, ratios less so. The 50,000-plot rows are marked slow; memory is asserted there.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

sys.path.insert(0, str(Path(__file__).parent))

from plans import synthetic_plan

from qutb.plan import PLAN_TABLES, Fabric, Plan, difference, fabric_run, match_ids, read_tables, validity_run
from qutb.pole import Site

SIZES = [600, 6_000, pytest.param(50_000, marks=pytest.mark.slow)]
SEVERITIES = [0.0, 0.01, 0.1, 0.3]
BROKEN = ("overlap", "bow_tie", "outside", "sliver", "gap")
LIMIT_S = {6_000: 1.2, 50_000: 15.0}  # of processor time, so that a busy machine does not fail a run
AFTER_EDIT_S = 0.08
MEMORY_BYTES = 1.5e9


@cache
def made(plots: int, severity: float = 0.0) -> tuple[Plan, Site]:
    return synthetic_plan(plots, seed=1, defects={name: severity / len(BROKEN) for name in BROKEN if severity})


def cpu_s(run: Callable[[], object]) -> float:
    """Least processor time [s] of three runs."""
    times = []
    for _ in range(3):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def ours(plan: Plan, site: Site) -> Fabric:
    fabric = fabric_run(shapes=plan.shapes, site=site)
    validity_run(plan=plan, fabric=fabric, site=site, values=None)
    return fabric


def plain(plan: Plan, site: Site) -> float:
    """The same findings and balance as one would write them with geopandas alone."""
    plots = plan.plots.reset_index()
    plots["geometry"] = plots.geometry.make_valid()
    pairs = gpd.overlay(plots[["plot_id", "geometry"]], plots[["plot_id", "geometry"]], keep_geom_type=True)
    pairs = pairs[pairs["plot_id_1"] < pairs["plot_id_2"]]
    corridor = plan.streets.geometry.buffer(plan.streets["width_m"] / 2 + 1.0, cap_style="square")
    union = plots.union_all()
    rest = site.boundary.difference(union)
    gaps = rest.difference(corridor.union_all())
    front = plots.geometry.boundary.intersection(corridor.union_all()).length
    outside = plots.geometry.difference(site.boundary).area
    boxes = plots.geometry.minimum_rotated_rectangle()
    restricted, titles = (
        gpd.overlay(plots[["plot_id", "geometry"]], zones.reset_index(), how="intersection", keep_geom_type=True)
        for zones in (site.constraints, site.land)
    )
    nodes = shapely.node(plan.streets.union_all())
    blocks = plots.dissolve("block_id").area
    measures = (pairs.area, front, outside, boxes.area, restricted.area, titles.area, blocks)
    return float(sum(m.sum() for m in measures) + gaps.area + nodes.length)


@pytest.mark.parametrize("plots", SIZES)
@pytest.mark.parametrize("engine", [ours, plain], ids=["qutb", "geopandas"])
def test_by_plots(benchmark, plots, engine):
    benchmark.group = f"fabric and validity, {plots} plots"
    plan, site = made(plots)
    assert plan.shapes.digest  # made once when a plan is read
    benchmark.pedantic(engine, args=(plan, site), rounds=1 if plots > 10_000 else 3, warmup_rounds=1)
    if engine is ours and plots in LIMIT_S:
        assert cpu_s(lambda: ours(plan, site)) <= LIMIT_S[plots]


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("engine", [ours, plain], ids=["qutb", "geopandas"])
def test_by_severity(benchmark, severity, engine):
    benchmark.group = f"6000 plots, {severity:.0%} of them broken"
    benchmark.pedantic(engine, args=made(6_000, severity), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("plots", SIZES)
def test_after_one_plot_changes_its_use(benchmark, plots):
    benchmark.group = "validity after one change of use"
    plan, site = made(plots, 0.01)
    fabric = fabric_run(shapes=plan.shapes, site=site)
    edited = plan.with_plot(plan.plots.index[7], use="retail")
    inputs = {"plan": edited, "fabric": fabric, "site": site, "values": None}
    benchmark.pedantic(validity_run, kwargs=inputs, rounds=5, warmup_rounds=1)
    if plots == 6_000:
        assert cpu_s(lambda: validity_run(**inputs)) <= AFTER_EDIT_S


@pytest.mark.parametrize("plots", SIZES)
def test_through_the_door(benchmark, plots):
    benchmark.group = "door"
    plan, _ = made(plots)
    frames = {t.name: getattr(plan, t.name) for t in PLAN_TABLES}
    benchmark.pedantic(read_tables, args=(frames,), kwargs={"name": "x", "crs": plan.crs}, rounds=2, warmup_rounds=1)


@pytest.mark.parametrize("plots", [600, 6_000])
def test_versions(benchmark, plots):
    benchmark.group = "matching and difference of two versions"
    old, new = made(plots)[0], made(plots, 0.1)[0]
    benchmark.pedantic(lambda: (match_ids(old.plots, new.plots), difference(old, new)), rounds=2, warmup_rounds=1)


@pytest.mark.slow
def test_memory_of_50_000_plots():
    ours(*made(50_000, 0.01))
    unit = 1 if sys.platform == "darwin" else 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit <= MEMORY_BYTES
