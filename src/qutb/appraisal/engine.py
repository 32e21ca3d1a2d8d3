"""Runs the steps, keeps what is unchanged.

A kept result is found again by the digest of what its step was given and of the pack values it read, so an
edit re-runs only what depends on it. ``ctx`` never counts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import qutb
from qutb.appraisal.steps import ON_REQUEST, STEPS, Step
from qutb.core import (
    EFFORTS,
    QUIET,
    Check,
    Context,
    Effort,
    Finding,
    Provenance,
    StepResult,
    UsageError,
    blocking,
    by_severity,
    digest_json,
    digest_parts,
    short_code,
)
from qutb.plan import Plan, Refined
from qutb.pole import Pole

if TYPE_CHECKING:
    from qutb.appraisal.explaining import Explanation

__all__ = ["Appraisal", "Cache", "appraise"]

ON_BLOCKING = "on_a_plan_with_blocking_findings"


@dataclass
class Cache:
    """Results kept in memory, the least recently used dropped first. Safe to share between appraisals."""

    size: int = 64
    _kept: OrderedDict[str, list[tuple[Mapping[str, str], StepResult]]] = field(default_factory=OrderedDict)

    def find(self, given: str, values: Any) -> StepResult | None:
        """The result for these inputs whose values read are still the same, if kept."""
        for read, result in self._kept.get(given, ()):
            if all(values.digest_of(key) == digest for key, digest in read.items()):
                self._kept.move_to_end(given)
                return result
        return None

    def keep(self, given: str, result: StepResult) -> None:
        """Keep ``result``, unless a cap in seconds cut it short."""
        if result.provenance.stopped == "time":
            return
        self._kept.setdefault(given, []).append((result.provenance.values_read, result))
        self._kept.move_to_end(given)
        while len(self._kept) > self.size:
            self._kept.popitem(last=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Appraisal:
    """What the steps found about one plan of one pole. Results stand under their step's name."""

    pole: Pole
    plan: Plan
    results: Mapping[str, StepResult]
    effort: Effort
    seed: int
    cache: Cache

    def __getattr__(self, name: str) -> StepResult:
        results = self.__dict__.get("results", {})
        if name in results:
            result: StepResult = results[name]
            return result
        raise AttributeError(f"the appraisal has no step {name!r}; it has {', '.join(results)}")

    @cached_property
    def terms(self) -> Mapping[str, str]:
        """Digests of what two plans must share to be compared: the equal terms."""
        return MappingProxyType(
            {
                "version": qutb.__version__,
                "pack": f"{self.pole.pack}@{self.pole.pack_date.isoformat()}",
                "values": self.pole.values.digest,
                "brief": self.pole.brief.digest,
                "site": self.pole.site.digest,
                "actors": self.pole.actors_digest,
                "effort": self.effort,
                "seed": str(self.seed),
                "steps": " ".join(self.results),
            }
        )

    @cached_property
    def digest(self) -> str:
        """Digest of plan, terms and values read: the same inputs give the same one."""
        read = {name: digest_json(dict(r.provenance.values_read)) for name, r in self.results.items()}
        return digest_parts({"plan": self.plan.digest, **self.terms, **read})

    @property
    def code(self) -> str:
        """The short digest code printed on paper."""
        return short_code(self.digest)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the import said and what every step found, blocking first."""
        found = [f for result in self.results.values() for f in result.findings]
        return by_severity([*self.plan.remarks, *found])

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Every check of every step, in the order of the steps."""
        return tuple(c for result in self.results.values() for c in result.checks)

    @cached_property
    def not_seen(self) -> tuple[str, ...]:
        """Codes of what the plan's grain or the pack hides from the steps, each once."""
        return tuple(dict.fromkeys(code for result in self.results.values() for code in result.not_seen))

    def explain(self, key: str, where: str = "pole") -> Explanation:
        """How the number ``key``, e.g. ``"capacity.dwellings"``, came about at ``where``, e.g. ``"plot:A-17"``."""
        from qutb.appraisal.explaining import explain

        return explain(self, key, where)

    def with_plan(self, plan: Plan, ctx: Context = QUIET) -> Appraisal:
        """The appraisal of an edited plan on the same terms; unchanged steps are taken from the cache."""
        return _run(self.pole, plan, tuple(self.results), self.effort, self.seed, self.cache, ctx)

    def write(self, folder: Path | str) -> Path:
        """Write the results under ``folder``/<digest>/ and return that folder."""
        from qutb.appraisal.storing import write_appraisal

        return write_appraisal(self, Path(folder))


def appraise(
    pole: Pole,
    plan: str | Plan,
    *,
    to: str | None = None,
    also: Collection[str] = (),
    effort: Effort = "standard",
    seed: int = 0,
    cache: Cache | None = None,
    ctx: Context = QUIET,
) -> Appraisal:
    """Run the steps on one plan, up to and with ``to`` (default: all).

    Steps on request run only where ``also`` or ``to`` names them; the others then do without. A blocking finding
    does not stop later steps: their provenance says that they ran on such a plan.
    Raises ``UsageError`` on an unknown plan, step or effort.
    """
    for name in (*also, *(() if to is None else (to,))):
        if name not in {s.name for s in STEPS}:
            raise UsageError("RUN-NO-STEP", name, known=", ".join(s.name for s in STEPS))
    if effort not in EFFORTS:
        raise UsageError("RUN-NO-EFFORT", effort, known=", ".join(EFFORTS))
    chosen = pole.plan(plan) if isinstance(plan, str) else plan
    return _run(pole, chosen, _asked(to, also), effort, seed, Cache() if cache is None else cache, ctx)


def _asked(to: str | None, also: Collection[str]) -> tuple[str, ...]:
    """Steps to run: all up to ``to``, those on request only where they are named."""
    names = [s.name for s in STEPS]
    last = len(names) if to is None else names.index(to) + 1
    return tuple(name for name in names[:last] if name not in ON_REQUEST or name == to or name in also)


def _run(
    pole: Pole, plan: Plan, asked: Collection[str], effort: Effort, seed: int, cache: Cache, ctx: Context
) -> Appraisal:
    inputs = _inputs(pole, plan, effort, seed)
    digests = _input_digests(pole, plan, effort, seed)
    results: dict[str, StepResult] = {}
    chosen = [step for step in STEPS if step.name in asked]
    for name in ON_REQUEST:
        inputs[name], digests[name] = None, ""
    for number, step in enumerate(chosen):
        if "refined" in step.reads:
            inputs["refined"], digests["refined"] = _refined(pole, plan, effort, seed, cache, ctx)
        ctx.report(step.name, number / len(chosen))
        known = {**inputs, **results}
        result = _result(step, known, digests, pole, cache, ctx, has_blocking=_has_blocking(plan, results))
        results[step.name] = result
        digests[step.name] = digest_parts(
            {**result.provenance.digests, "read": digest_json(dict(result.provenance.values_read))}
        )
    ctx.report("done", 1.0)
    return Appraisal(pole=pole, plan=plan, results=MappingProxyType(results), effort=effort, seed=seed, cache=cache)


def _refined(
    pole: Pole, plan: Plan, effort: Effort, seed: int, cache: Cache, ctx: Context
) -> tuple[Refined | None, str]:
    """The version that ``plan`` refines with what it holds, and the digest of both; the pole may not have it."""
    earlier = pole.version(plan.refines) if plan.refines else None
    if earlier is None or earlier is plan:
        return None, ""
    capacity = _run(pole, earlier, _asked("capacity", ()), effort, seed, cache, ctx).results["capacity"]
    read = {"read": digest_json(dict(capacity.provenance.values_read)), "plan": earlier.digest}
    return Refined(plan=earlier, held=capacity.tables()["plots"]), digest_parts({**capacity.provenance.digests, **read})


def _inputs(pole: Pole, plan: Plan, effort: Effort, seed: int) -> dict[str, Any]:
    return {
        "plan": plan,
        "shapes": plan.shapes,
        "site": pole.site,
        "brief": pole.brief,
        "actors": pole.actors,
        "commitments": pole.commitments,
        "values": pole.values,
        "seed": seed,
        "effort": effort,
    }


def _input_digests(pole: Pole, plan: Plan, effort: Effort, seed: int) -> dict[str, str]:
    return {
        "plan": plan.digest,
        "shapes": plan.shapes.digest,
        "site": pole.site.digest,
        "brief": pole.brief.digest,
        "actors": pole.actors_digest,
        "commitments": pole.commitments_digest,
        "values": f"{pole.pack}@{pole.values.when.isoformat()}",  # what was read of them is digested by key
        "seed": str(seed),
        "effort": effort,
    }


def _result(
    step: Step,
    known: Mapping[str, Any],
    digests: Mapping[str, str],
    pole: Pole,
    cache: Cache,
    ctx: Context,
    *,
    has_blocking: bool,
) -> StepResult:
    own = {"version": qutb.__version__, "step": step.name, **{name: digests[name] for name in step.reads}}
    given = digest_parts(own)
    kept = cache.find(given, pole.values)
    if kept is not None:
        return kept
    with pole.values.recording() as read:
        result = step.run(**{name: known[name] for name in step.reads}, ctx=ctx)
    made = result.provenance
    provenance = Provenance(
        version=qutb.__version__,
        step=step.name,
        pack=pole.pack,
        pack_date=pole.pack_date.isoformat(),
        digests=own,
        values_read={key: pole.values.digest_of(key) for key in sorted(read)},
        seed=known["seed"],
        effort=known["effort"],
        solver=made.solver,
        status=ON_BLOCKING if has_blocking else made.status,
        gap=made.gap,
        stopped=made.stopped,
    )
    result = result.with_provenance(provenance)
    cache.keep(given, result)
    return result


def _has_blocking(plan: Plan, results: Mapping[str, StepResult]) -> bool:
    return bool(blocking(plan.remarks)) or any(blocking(r.findings) for r in results.values())
