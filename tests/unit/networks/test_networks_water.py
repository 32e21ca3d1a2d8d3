"""Least-cost design: limits hold, bounds hold, wrong tasks are named."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from fixtures.two_loops import write_two_loops
from qutb.cli.water import water_app
from qutb.core import FormatError, InputError
from qutb.kernels import solve_heads
from qutb.networks.water import design_water, read_task
from qutb.networks.water.epanet import Judge
from qutb.networks.water.problem import problem_of

_TREE = """[JUNCTIONS]
A 10 5
B 12 8
C 9 4
D 15 6
[RESERVOIRS]
R 60
[PIPES]
1 R A 800 200 120 0
2 A B 600 200 120 0
3 A C 700 200 120 0
4 C D 900 200 120 0
[OPTIONS]
UNITS LPS
HEADLOSS {law}
[END]
"""


def write_tree(folder, *, law="H-W", roughness=None, **changes):
    text = _TREE.format(law=law)
    if roughness is not None:
        text = text.replace(" 120 0", f" {roughness} 0")
    (folder / "tree.inp").write_text(text, encoding="utf-8")
    task = {
        "inp": "tree.inp",
        "decision_pipes": ["1", "2", "3", "4"],
        "diameters": [100, 150, 200, 250],
        "unit_costs": [10, 16, 25, 40],
        "min_pressure_m": 25,
        **changes,
    }
    path = folder / "tree.json"
    path.write_text(json.dumps(task), encoding="utf-8")
    return path


def every_design(task):
    """Cheapest feasible cost by trying all 4^4 designs in EPANET."""
    best = np.inf
    with Judge(task.inp) as judge:
        length = judge.network.length_m
        for code in range(4**4):
            picks = [code // 4**k % 4 for k in range(4)]
            cost = sum(task.catalogue[k].unit_cost * length[i] for i, k in enumerate(picks))
            if cost < best:
                judge.lay({i: task.catalogue[k].diameter for i, k in enumerate(picks)})
                if (judge.run().pressure_m[~judge.network.fixed] >= task.min_pressure_m).all():
                    best = cost
    return best


def test_a_branched_network_is_sized_to_proof_at_once(tmp_path):
    task = read_task(write_tree(tmp_path))
    design = design_water(task, seconds=5.0)
    assert design.stopped == "proven"
    assert design.cost == pytest.approx(every_design(task))
    assert design.bound.proven == pytest.approx(design.cost)


@pytest.mark.parametrize(("law", "roughness"), [("H-W", 120), ("D-W", 0.05), ("C-M", 0.011)])
def test_the_compiled_solver_gives_the_heads_of_epanet(tmp_path, law, roughness):
    path = write_two_loops(tmp_path)
    inp = tmp_path / "two_loops.inp"
    inp.write_text(
        inp.read_text("utf-8").replace(" 130 0", f" {roughness} 0").replace("HEADLOSS H-W", f"HEADLOSS {law}"), "utf-8"
    )
    task = read_task(path)
    with Judge(task.inp, accuracy=1e-5) as judge:
        problem = problem_of(task, judge.network)
        option = np.array([10, 8, 9, 5, 9, 8, 8, 4])[problem.core.links]
        heads, flows, _ = solve_heads(problem.core.hydraulics, option)
        options = problem.whole(option)
        entry = problem.choice.entry
        judge.lay({r: task.catalogue[entry[r, k]].diameter for r, k in enumerate(options)})
        state = judge.run()
    assert heads == pytest.approx(state.head_m[problem.core.nodes], abs=2e-4)
    assert flows == pytest.approx(state.flow_m3_per_s[problem.core.links], abs=2e-6)


def test_the_same_seed_gives_the_same_design(tmp_path):
    task = read_task(write_two_loops(tmp_path))
    one, other = (design_water(task, seconds=30.0, seed=3, proof_seconds=0.1) for _ in range(2))
    assert one.diameters == other.diameters


def test_the_proven_bound_does_not_fall_when_demand_rises(tmp_path):
    bounds = []
    for share in (0.6, 0.8, 1.0):
        task = read_task(write_tree(tmp_path))
        text = task.inp.read_text("utf-8").replace("[END]", f"DEMAND MULTIPLIER {share}\n[END]")
        task.inp.write_text(text, "utf-8")
        bounds.append(design_water(task, seconds=5.0).bound.proven)
    assert bounds == sorted(bounds)


def test_a_larger_catalogue_never_raises_a_proven_optimum(tmp_path):
    small = design_water(read_task(write_tree(tmp_path)), seconds=5.0)
    more = write_tree(tmp_path, diameters=[100, 125, 150, 200, 250], unit_costs=[10, 12, 16, 25, 40])
    assert design_water(read_task(more), seconds=5.0).cost <= small.cost


def test_pressure_that_no_pipe_can_give_is_named_with_what_is_short(tmp_path):
    design = design_water(read_task(write_two_loops(tmp_path, min_pressure_m=70)), seconds=1.0, proof_seconds=0.1)
    assert not design.feasible
    codes = {f.code for f in design.findings}
    assert codes == {"NET-WATER-LOW-SOURCE", "NET-WATER-SHORT"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"max_velocity_ms": 0.05}, "NET-WATER-FAST"),
        ({"min_pressure_m": 30, "max_pressure_m": {"2": 31}}, "NET-WATER-HIGH"),
    ],
)
def test_limits_that_no_design_meets_are_named_each_by_its_own_words(tmp_path, changes, code):
    task = read_task(write_two_loops(tmp_path, **changes))
    design = design_water(task, seconds=3.0, proof_seconds=0.1)
    assert not design.feasible
    assert code in {f.code for f in design.findings}


def test_where_no_design_holds_the_one_that_falls_short_least_is_given(tmp_path):
    task = read_task(write_two_loops(tmp_path, min_pressure_m=70))  # 10 m more than the source has over most nodes
    design = design_water(task, seconds=5.0, proof_seconds=0.1)
    assert not design.feasible
    assert design.stopped == "agreed"

    def lacking(diameters):
        with Judge(task.inp) as judge:
            judge.lay({judge.network.link_ids.index(p): d for p, d in diameters.items()})
            return -np.minimum(judge.run().pressure_m - 70, 0.0)[~judge.network.fixed].sum()

    largest = dict.fromkeys(design.diameters, task.catalogue[-1].diameter)
    assert lacking(design.diameters) <= lacking(largest) + 1e-6


def test_what_epanet_cannot_read_is_told_with_its_line(tmp_path):
    path = write_tree(tmp_path)
    inp = tmp_path / "tree.inp"
    inp.write_text(inp.read_text("utf-8").replace("3 A C 700", "3 A Q 700"), "utf-8")
    with pytest.raises(FormatError) as refused:
        design_water(read_task(path), seconds=1.0)
    assert "3 A Q 700" in str(refused.value.params["fault"])


def test_a_network_without_demand_is_named(tmp_path):
    design = design_water(read_task(write_two_loops(tmp_path, demand=0.0)), seconds=2.0, proof_seconds=0.1)
    assert "NET-WATER-NO-DEMAND" in {f.code for f in design.findings}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"diameters": [], "unit_costs": []}, "NET-TASK-CATALOGUE"),
        ({"diameters": [100, 0], "unit_costs": [1, 2]}, "NET-TASK-DIAMETER"),
        ({"diameters": [100, "wide"], "unit_costs": [1, 2]}, "NET-TASK-FIELD"),
        ({"unit_costs": [1.0]}, "NET-TASK-FIELD"),
        ({"decision_pipes": []}, "NET-TASK-NO-PIPES"),
        ({"decision_pipes": ["1", "none"]}, "NET-TASK-PIPE"),
        ({"max_pressure_m": {"none": 60}}, "NET-TASK-NODE"),
        ({"diameter_unit": "cubits"}, "NET-TASK-UNIT"),
        ({"inp": "elsewhere.inp"}, "NET-TASK-INP"),
    ],
)
def test_a_wrong_task_is_refused_by_name(tmp_path, changes, code):
    with pytest.raises((FormatError, InputError)) as refused:
        design_water(read_task(write_two_loops(tmp_path, **changes)), seconds=1.0)
    assert refused.value.code == code


def test_a_task_without_a_limit_is_refused(tmp_path):
    path = write_two_loops(tmp_path)
    data = json.loads(path.read_text("utf-8"))
    del data["min_pressure_m"]
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(InputError) as refused:
        read_task(path)
    assert refused.value.code == "NET-TASK-NO-LIMIT"


def test_nodes_without_a_way_to_a_source_are_named(tmp_path):
    path = write_two_loops(tmp_path)
    inp = tmp_path / "two_loops.inp"
    inp.write_text(inp.read_text("utf-8").replace("[RESERVOIRS]", "X 10 5\nY 10 5\n[RESERVOIRS]"), "utf-8")
    inp.write_text(inp.read_text("utf-8").replace("[OPTIONS]", "9 X Y 100 200 130 0\n[OPTIONS]"), "utf-8")
    with pytest.raises(InputError) as refused:
        design_water(read_task(path), seconds=1.0)
    assert refused.value.code == "NET-WATER-UNREACHED"


def test_the_command_writes_diameters_and_an_epanet_file(tmp_path):
    out, inp = tmp_path / "design.json", tmp_path / "out.inp"
    ran = CliRunner().invoke(
        water_app, ["design", str(write_tree(tmp_path)), "--out", str(out), "--inp", str(inp), "--json"]
    )
    assert ran.exit_code == 0
    told = json.loads(ran.output)
    assert json.loads(out.read_text("utf-8")) == told["diameters"]
    with Judge(inp) as judge:
        assert (judge.run().pressure_m[~judge.network.fixed] >= 25).all()
