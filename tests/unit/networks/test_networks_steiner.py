"""Shortest trees: equal to the proven optimum on small graphs, bounds never above it, wrong files named."""

from __future__ import annotations

import csv
import itertools
import json

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from typer.testing import CliRunner

from fixtures.shared import shared_data
from qutb.cli.steiner import steiner_app
from qutb.core import FormatError, InputError
from qutb.networks.steiner import SteinerProblem, read_steiner, solve_steiner

_CROSS = """SECTION Graph
Nodes 5
Edges 8
E 1 5 2
E 2 5 2
E 3 5 2
E 4 5 2
E 1 2 3
E 2 3 3
E 3 4 3
E 4 1 3
END
SECTION Terminals
Terminals 4
T 1
T 2
T 3
T 4
END
EOF
"""


def shortest_by_trying_all(problem):
    """The optimum: a shortest spanning tree over every choice of further nodes."""
    others = [v for v in range(problem.nodes) if v not in problem.terminals]
    best = np.inf
    for size in range(len(others) + 1):
        for more in itertools.combinations(others, size):
            chosen = np.concatenate([problem.terminals, np.array(more, int)])
            row = np.full(problem.nodes, -1)
            row[chosen] = np.arange(len(chosen))
            inside = (row[problem.tail] >= 0) & (row[problem.head] >= 0)
            ends = row[problem.tail[inside]], row[problem.head[inside]]
            graph = coo_array((problem.length[inside], ends), shape=(len(chosen),) * 2).tocsr()
            tree = minimum_spanning_tree(graph)
            if tree.nnz == len(chosen) - 1:
                best = min(best, float(tree.sum()))
    return best


def random_problem(seed):
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(10) for j in range(i + 1, 10) if j == i + 1 or rng.random() < 0.25]
    ends = np.array(pairs)
    length = rng.integers(1, 20, len(pairs)).astype(float)
    terminals = np.sort(rng.permutation(10)[:4])
    return SteinerProblem(nodes=10, tail=ends[:, 0], head=ends[:, 1], length=length, terminals=terminals)


def test_a_cross_is_joined_through_its_centre(tmp_path):
    path = tmp_path / "cross.gr"
    path.write_text(_CROSS, encoding="utf-8")
    tree = solve_steiner(read_steiner(path), seconds=2.0)
    assert tree.length == 8.0  # four arms of 2; three sides would be 9
    assert tree.lower_bound == 8.0
    assert tree.stopped == "proven"


@pytest.mark.parametrize("seed", range(6))
def test_small_graphs_reach_the_optimum_and_the_bound_stays_below(seed):
    problem = random_problem(seed)
    best = shortest_by_trying_all(problem)
    tree = solve_steiner(problem, seconds=1.0, seed=seed)
    assert tree.length == best
    assert tree.lower_bound <= best


@pytest.mark.shared
def test_published_instances_come_within_half_a_percent():
    table = shared_data("networks", "steiner", "optima.csv")
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::13]
    gaps = []
    for row in rows:
        tree = solve_steiner(read_steiner(table.parent / row["file"]), seconds=0.7)
        assert tree.lower_bound <= float(row["upper"]) + 1e-6
        gaps.append(tree.length / float(row["upper"]) - 1.0)
    assert np.mean(gaps) <= 0.005


@pytest.mark.parametrize(
    ("wrong", "right", "code"),
    [
        ("E 1 5 2", "E 1 9 2", "NET-STP-FORMAT"),
        ("E 1 5 2", "E 1 5 -2", "NET-STP-FORMAT"),
        ("E 1 5 2", "E 1 5", "NET-STP-FORMAT"),
        ("T 1", "", "NET-STP-FORMAT"),
    ],
)
def test_a_wrong_line_is_refused_by_number(tmp_path, wrong, right, code):
    path = tmp_path / "wrong.gr"
    text = _CROSS.replace(wrong, right)
    if wrong == "T 1":
        text = "\n".join(line for line in _CROSS.splitlines() if not line.startswith("T "))
    path.write_text(text, encoding="utf-8")
    with pytest.raises((FormatError, InputError)) as refused:
        read_steiner(path)
    assert refused.value.code == code


def test_terminals_that_nothing_joins_are_named(tmp_path):
    path = tmp_path / "apart.gr"
    path.write_text(_CROSS.replace("Nodes 5", "Nodes 6").replace("T 4", "T 4\nT 6"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        solve_steiner(read_steiner(path), seconds=1.0)
    assert refused.value.code == "NET-STP-APART"


def test_the_command_prints_length_bound_and_tree(tmp_path):
    path = tmp_path / "cross.gr"
    path.write_text(_CROSS, encoding="utf-8")
    told = json.loads(CliRunner().invoke(steiner_app, ["solve", str(path), "--json"]).output)
    assert (told["length"], told["lower_bound"], told["gap"]) == (8.0, 8.0, 0.0)
    assert sorted(map(sorted, told["tree"])) == [[1, 5], [2, 5], [3, 5], [4, 5]]
