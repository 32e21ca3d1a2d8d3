"""Water designs and shortest trees on published instances; layout, demand and water of the sample pole.

``python benchmarks/bench_networks_water.py`` prints the rows of ``benchmarks/README.md``; instances that are not in
the repository are left out. Under pytest it is a smoke of the small ones.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fixtures.two_loops import LEAST_COST, write_two_loops  # noqa: E402
from qutb import capacity, networks, open_pole  # noqa: E402
from qutb.plan import fabric_run  # noqa: E402

SHARED = ROOT.parent / "shared" / "data" / "networks"
SAMPLE = ROOT / "src" / "qutb_ma" / "samples" / "dakhla"


@pytest.mark.parametrize("feet", [False, True])
def test_two_loops(benchmark, tmp_path, feet):
    task = networks.read_task(write_two_loops(tmp_path, feet=feet))
    design = benchmark.pedantic(
        networks.design_water, args=(task,), kwargs={"seconds": 20.0, "proof_seconds": 0.1}, rounds=1
    )
    assert design.cost == pytest.approx(LEAST_COST)


def rows_water(name: str, seconds: float, seeds: range) -> None:
    """Cost, seconds and bounds over seeds."""
    path = SHARED / "water" / f"{name}.json"
    if not path.exists():
        return
    task = networks.read_task(path)
    designs = [networks.design_water(task, seconds=seconds, seed=seed) for seed in seeds]
    costs = [d.cost for d in designs]
    print(
        f"| {name}, {len(seeds)} seeds, {seconds:g} s | {min(costs):,.2f} to {max(costs):,.2f}, "
        f"median {statistics.median(costs):,.2f}; feasible {sum(d.feasible for d in designs)}; "
        f"search {statistics.median(d.search_seconds for d in designs):.2f} s, to best "
        f"{statistics.median(d.time_to_best_seconds for d in designs):.2f} s; proven bound "
        f"{max(d.bound.proven for d in designs):,.0f}; with these flows {designs[0].bound.these_flows:,.0f} |"
    )


def rows_steiner(seconds: float) -> None:
    """Mean gap to the proven optima, and what is proven here."""
    table = SHARED / "steiner" / "optima.csv"
    if not table.exists():
        return
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    trees = [networks.solve_steiner(networks.read_steiner(table.parent / r["file"]), seconds=seconds) for r in rows]
    gaps = np.array([t.length / float(r["upper"]) - 1.0 for t, r in zip(trees, rows, strict=True)])
    print(
        f"| {len(rows)} trees, {seconds:g} s each | mean gap {100 * gaps.mean():.3f} %, "
        f"worst {100 * gaps.max():.2f} %, "
        f"{(gaps <= 0).sum()} optimal, {sum(t.gap == 0 for t in trees)} proven so; "
        f"mean gap to own bound {100 * np.mean([t.gap for t in trees]):.2f} % |"
    )


def rows_pole() -> None:
    """Seconds of the step by effort on the sample's plan, warm."""
    pole = open_pole(SAMPLE)
    plan = pole.plan("bay")
    fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    given = {"plan": plan, "fabric": fabric, "capacity": held, "site": pole.site, "values": pole.values, "seed": 1}
    networks.run(**given, effort="draft")
    for effort in ("draft", "standard", "full"):
        began, used = time.perf_counter(), time.process_time()
        result = networks.run(**given, effort=effort)
        row = result.pole.iloc[0]
        print(
            f"| water of the sample pole, {effort} | {time.perf_counter() - began:.1f} s "
            f"({time.process_time() - used:.1f} s of processor), {row['water_cost_amount']:,.0f} {result.currency}, "
            f"least pressure {row['water_pressure_least_m']:.2f} m |"
        )


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--balerma", type=int, default=0, help="seeds of two minutes each")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:  # compile before anything is timed
        networks.design_water(networks.read_task(write_two_loops(Path(folder))), seconds=1.0, proof_seconds=0.1)
    rows_water("HAN", 30.0, range(10))
    rows_steiner(5.0)
    rows_pole()
    if asked.balerma:
        rows_water("BIN", 120.0, range(asked.balerma))


if __name__ == "__main__":
    main()
