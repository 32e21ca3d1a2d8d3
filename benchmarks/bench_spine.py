"""A plan through all steps, cold and after one edit; validity at 50,000 plots; the help page.

Cold: empty result cache in a warm process. Each subject is timed beside the plain geopandas run. All steps run at
draft effort, where the reach is set, and at standard effort; what each step takes is printed, and what those of the
spine, which the reach of 2 s and 0.2 s was set for, take together.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from itertools import cycle

import pytest
from plans import synthetic_plan
from reference import plain_appraisal

import qutb
from fixtures.tiny import tiny_pole
from qutb.appraisal import STEPS
from qutb.core import Context
from qutb.plan import fabric_run, validity_run

SPINE = ("fabric", "validity", "capacity", "refinement", "form", "cost", "uptake")
SIZES = (1_000, 6_000)
EFFORTS = ("draft", "standard")
USES = ("retail", "office", "hotel", "housing_row", "housing_apartment", "industry", "sport", "worship")
LARGE = 50_000


@pytest.fixture(scope="module", params=SIZES)
def pole(request):
    plan, site = synthetic_plan(request.param, seed=1)
    made = replace(tiny_pole(plan=plan), site=site)
    qutb.appraise(made, plan.name)
    return made


def _fresh(pole):
    """The same plan without the digests it has computed: what a file just read is."""
    plan = replace(next(iter(pole.plans.values()))())
    return (replace(pole, plans={plan.name: lambda: plan}, _read={}), plan.name), {}


@pytest.mark.parametrize("effort", EFFORTS)
def test_all_steps_cold(benchmark, pole, effort):
    benchmark.pedantic(lambda p, name: qutb.appraise(p, name, effort=effort), setup=lambda: _fresh(pole), rounds=5)


def test_all_steps_plain_geopandas(benchmark, pole):
    plan = next(iter(pole.plans.values()))()
    benchmark.pedantic(plain_appraisal, args=(plan, pole.site), rounds=3)


@pytest.mark.parametrize("effort", EFFORTS)
def test_one_plot_changes_its_use(benchmark, pole, effort):
    plan = next(iter(pole.plans.values()))()
    first = qutb.appraise(pole, plan, effort=effort)
    plot = plan.plots.index[len(plan.plots) // 2]
    uses = cycle(USES)
    benchmark.pedantic(
        lambda use: first.with_plan(plan.with_plot(plot, use=use)), setup=lambda: ((next(uses),), {}), rounds=8
    )


@dataclass
class StepClock:
    """Processor seconds by step, told from what the appraisal reports as it goes."""

    seconds: dict[str, float] = field(default_factory=dict)
    _step: str = ""
    _since: float = 0.0

    def report(self, stage: str, _share: float) -> None:
        now = time.process_time()
        if stage == self._step or stage not in {"done", *(s.name for s in STEPS)}:
            return
        if self._step:
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + now - self._since
        self._step, self._since = stage, now


def _table(title: str, rounds: list[dict[str, float]]) -> str:
    """Least and median milliseconds by step, for the spine and for all."""
    parts = {name: [r[name] for r in rounds] for name in rounds[0] if max(r[name] for r in rounds) >= 0.5e-3}
    sums = {
        "the spine": [sum(r.get(n, 0.0) for n in SPINE) for r in rounds],
        "all steps": [sum(r.values()) for r in rounds],
    }
    told = [f"{n} {min(v) * 1e3:.0f}, {sorted(v)[len(v) // 2] * 1e3:.0f}" for n, v in {**parts, **sums}.items()]
    return f"\n{title}, CPU ms, least and median: {'; '.join(told)}"


@pytest.mark.parametrize("effort", EFFORTS)
def test_step_by_step(pole, effort, capsys):
    cold, edited = [], []
    for _ in range(3):
        clock = StepClock()
        (fresh, name), _ = _fresh(pole)
        first = qutb.appraise(fresh, name, effort=effort, ctx=Context(progress=clock.report))
        cold.append(clock.seconds)
    plan = first.plan
    for use in USES:
        clock = StepClock()
        first.with_plan(plan.with_plot(plan.plots.index[len(plan.plots) // 2], use=use), Context(progress=clock.report))
        edited.append(clock.seconds)
    with capsys.disabled():
        print(_table(f"{len(plan.plots)} plots, {effort}, cold", cold), end="")
        print(_table(f"{len(plan.plots)} plots, {effort}, one change of use", edited[1:]))


def test_validity_of_50_000_plots(benchmark):
    plan, site = synthetic_plan(LARGE, seed=1)
    values = tiny_pole().values

    def validate():
        fabric = fabric_run(shapes=plan.shapes, site=site)
        return validity_run(plan=plan, fabric=fabric, site=site, values=values)

    benchmark.pedantic(validate, rounds=2)


_MEMORY = """
import json, resource, sys
sys.path[:0] = ["tests", "benchmarks"]
from plans import synthetic_plan
from fixtures.tiny import tiny_pole
from qutb.plan import fabric_run, validity_run
plan, site = synthetic_plan(int(sys.argv[1]), seed=1)
fabric = fabric_run(shapes=plan.shapes, site=site)
validity_run(plan=plan, fabric=fabric, site=site, values=tiny_pole().values)
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
"""


def test_memory_of_50_000_plots(benchmark, capsys):
    pytest.importorskip("resource", reason="peak memory is read from the operating system")

    def peak():
        run = subprocess.run([sys.executable, "-c", _MEMORY, str(LARGE)], capture_output=True, text=True, check=True)
        return json.loads(run.stdout)

    peak_bytes = benchmark.pedantic(peak, rounds=1)
    with capsys.disabled():
        print(f"\npeak memory, {LARGE} plots validated: {peak_bytes / 1e9:.2f} GB")


def test_help_page(benchmark, capsys):
    resource = pytest.importorskip("resource", reason="CPU time of a child is read from the operating system")

    def cpu_seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "qutb", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    seconds = sorted(cpu_seconds() for _ in range(9))[4]
    benchmark.pedantic(cpu_seconds, rounds=3)
    with capsys.disabled():
        print(f"\nqutb --help: {seconds * 1000:.0f} ms of CPU")
