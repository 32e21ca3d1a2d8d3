"""The steps in order, what is kept, what is explained, what is written."""

from __future__ import annotations

import ast
import configparser
import json
from pathlib import Path

import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import INPUTS, ON_REQUEST, STEPS, Cache, appraisal_json, appraise, read_table
from qutb.core import StepResult, UsageError
from qutb.pack import read_overrides

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tiny():
    return appraise(tiny_pole(), "plan")


def test_each_parameter_of_a_step_is_an_input_or_made_before_it_is_used():
    made = set(INPUTS)
    for step in STEPS:
        assert set(step.reads) <= made, f"{step.name} reads what is not made yet: {set(step.reads) - made}"
        made.add(step.name)


def test_the_steps_stand_in_the_order_of_the_import_layers():
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", "utf-8")
    layers = config["importlinter:contract:flow"]["layers"].split()
    rooms = [room.strip("()") for room in layers if room != "|"]
    own = [step.name for step in STEPS if step.name in rooms]
    assert own == sorted(own, key=rooms.index, reverse=True)


def test_every_step_ran_and_says_what_it_read(tiny):
    assert list(tiny.results) == [s.name for s in STEPS if not s.on_request]
    for name, result in tiny.results.items():
        assert isinstance(result, StepResult)
        assert result.provenance.step == name
        assert result.provenance.version
    assert "capacity.household_size" in "".join(tiny.capacity.provenance.values_read)


def test_the_same_inputs_give_the_same_digest_and_another_use_another(tiny):
    assert appraise(tiny_pole(), "plan").digest == tiny.digest
    assert appraise(tiny_pole(), tiny_plan().with_plot("A-17", use="retail")).digest != tiny.digest


def test_a_change_of_use_leaves_the_fabric_as_it_was(tiny):
    edited = tiny.with_plan(tiny.plan.with_plot("A-17", use="office"))
    assert edited.fabric is tiny.fabric
    assert edited.capacity is not tiny.capacity


def test_an_edit_taken_back_costs_nothing(tiny):
    edited = tiny.with_plan(tiny.plan.with_plot("A-17", use="office"))
    back = edited.with_plan(tiny_plan())
    assert all(back.results[name] is tiny.results[name] for name in tiny.results)


def test_a_value_that_a_step_did_not_read_does_not_run_it_again():
    cache = Cache()
    pole = tiny_pole()
    first = appraise(pole, "plan", cache=cache)
    entry = {"value": 9.0, "status": "assumed", "source": "test", "derivation": "none"}
    more = read_overrides(
        {"nobody.reads.this": {"description": "d", "unit": "m", "values": {"2020-01-01": entry}}}, "pole"
    )
    again = appraise(tiny_pole(values=pole.values.with_overrides(more)), "plan", cache=cache)
    assert all(again.results[name] is first.results[name] for name in first.results)


def test_a_value_that_a_step_read_runs_it_again():
    cache = Cache()
    pole = tiny_pole()
    first = appraise(pole, "plan", cache=cache)
    entry = {"value": 2.5, "status": "assumed", "source": "test", "derivation": "none"}
    smaller = read_overrides(
        {
            "capacity.household_size": {
                "description": "d",
                "unit": "people/dwelling",
                "values": {"2020-01-01": entry},
            }
        },
        "pole",
    )
    again = appraise(tiny_pole(values=pole.values.with_overrides(smaller)), "plan", cache=cache)
    assert again.capacity is not first.capacity
    assert again.fabric is first.fabric


def test_no_input_is_changed_by_a_run():
    pole = tiny_pole()
    before = pole.plan("plan").plots.copy(deep=True)
    appraise(pole, "plan")
    assert pole.plan("plan").plots.equals(before)


def test_a_run_can_stop_early():
    assert list(appraise(tiny_pole(), "plan", to="capacity").results)[-1] == "capacity"


def test_a_step_on_request_runs_only_when_it_is_named(tiny):
    assert ON_REQUEST == ("networks",)
    also = appraise(tiny_pole(), "plan", also=("networks",), effort="draft")
    assert list(also.results) == [s.name for s in STEPS]
    assert also.terms["steps"] != tiny.terms["steps"]
    assert list(appraise(tiny_pole(), "plan", to="networks", effort="draft").results)[-1] == "networks"
    assert "networks" not in appraise(tiny_pole(), "plan", to="mobility", also=("networks",), effort="draft").results


def test_results_with_and_without_a_step_on_request_are_kept_side_by_side():
    pole, cache = tiny_pole(), Cache()
    without = appraise(pole, "plan", cache=cache, effort="draft")
    designed = appraise(pole, "plan", cache=cache, effort="draft", also=("networks",))
    assert designed.mobility is without.mobility
    assert designed.cost is not without.cost
    assert appraise(pole, "plan", cache=cache, effort="draft").cost is without.cost
    edited = designed.with_plan(designed.plan.with_plot("A-17", use="office"))
    assert list(edited.results) == list(designed.results)


@pytest.mark.parametrize("wrong", [{"to": "poetry"}, {"also": ("poetry",)}, {"effort": "heroic"}])
def test_an_unknown_step_or_effort_is_refused_by_name(wrong):
    with pytest.raises(UsageError, match=r"poetry|heroic"):
        appraise(tiny_pole(), "plan", **wrong)


def test_a_number_is_explained_with_what_it_read(tiny):
    words = str(tiny.explain("capacity.dwellings", where="plot:A-17"))
    assert "A-17" in words
    assert "capacity." in words
    for lang in ("ar", "fr"):
        assert tiny.explain("capacity.dwellings", where="plot:A-17").words(lang)


def test_every_column_of_every_result_is_described_and_reads_what_there_is(tiny):
    for step, result in tiny.results.items():
        for name, table in result.TABLES.items():
            frame = getattr(result, name)
            assert set(frame.columns) | {frame.index.name} >= {c.name for c in table}, f"{step}.{name}"
            for column in table:
                assert column.description, f"{step}.{name}.{column.name}"
                assert column.unit or column.kind != "number", f"{step}.{column.name}"


def test_every_number_of_the_pole_can_be_explained(tiny):
    for step, result in tiny.results.items():
        if "pole" in result.TABLES:
            for column in result.TABLES["pole"]:
                if column.kind == "number":
                    assert str(tiny.explain(f"{step}.{column.name}"))


@pytest.mark.parametrize(
    ("key", "where"),
    [("poetry.lines", "pole"), ("capacity.rhymes", "pole"), ("capacity.dwellings", "plot:Z-99")],
)
def test_what_cannot_be_explained_says_what_can(tiny, key, where):
    with pytest.raises(UsageError):
        tiny.explain(key, where)


def test_a_walk_is_explained_by_its_plot_and_its_service(tiny):
    walk = tiny.explain("access.distance_m", "plot:A-17,facility:primary_school")
    assert (walk.value, walk.unit) == (52.0, "m")  # M: 78 - 26
    share = tiny.explain("access.in_reach_share", "phase:P1,facility:primary_school")
    assert share.value == 1.0  # walk 0 m and 52 m
    with pytest.raises(UsageError) as refused:
        tiny.explain("access.distance_m", "plot:A-17,facility:stadium")
    assert refused.value.code == "EXPLAIN-NO-PLACE"


def test_results_are_written_once_and_read_with_pyarrow_alone(tiny, tmp_path):
    folder = tiny.write(tmp_path)
    assert tiny.write(tmp_path) == folder
    head = json.loads((folder / "appraisal.json").read_text("utf-8"))
    assert head["digest"] == tiny.digest
    assert read_table(folder, "capacity", "plots").num_rows == 9
    assert not list(tmp_path.glob(".writing-*"))


def test_written_bytes_are_the_same_for_the_same_inputs(tiny, tmp_path):
    one, two = tiny.write(tmp_path / "a"), appraise(tiny_pole(), "plan").write(tmp_path / "b")
    files = sorted(f.relative_to(one) for f in one.rglob("*") if f.is_file())
    assert files == sorted(f.relative_to(two) for f in two.rglob("*") if f.is_file())
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


def test_the_head_of_an_appraisal_is_plain_json(tiny):
    assert json.loads(json.dumps(appraisal_json(tiny)))["code"] == tiny.code


def test_no_step_takes_a_whole_pole():
    for file in (ROOT / "src/qutb").glob("*/*.py"):
        if file.parent.name in {"pole", "appraisal", "compare", "dossier", "cli", "generate"}:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "run":
                assert "pole" not in {a.arg for a in node.args.kwonlyargs}, file
