"""The steps of an appraisal, in order, on one screen.

The signature of a step's ``run`` is its dependency list: each parameter is an input below or the name of an
earlier step. Nothing else decides what re-runs after an edit. A step marked ``on_request`` runs only when it is
asked for; what reads it takes ``None`` where it did not run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from qutb import access, capacity, cost, finance, form, jobs, mobility, networks, plan, uptake
from qutb.core import StepResult

__all__ = ["INPUTS", "ON_REQUEST", "STEPS", "Step"]


@dataclass(frozen=True)
class Step:
    """A named step and the function that runs it; ``on_request``: only when asked for."""

    name: str
    run: Callable[..., StepResult]
    on_request: bool = False

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Inputs and earlier steps this one reads, as its signature says; ``ctx`` is left out."""
        return tuple(p for p in inspect.signature(self.run).parameters if p != "ctx")


INPUTS = {
    "plan": "the master plan, all its tables",
    "shapes": "the plan's geometry alone: a change of use leaves it as it was",
    "refined": "the version this plan names as refined, with what it holds, where the pole has it",
    "site": "outline, constraints, land, existing roads, tie-ins",
    "brief": "the programme: targets, facilities, census town",
    "actors": "other actors' projects around the pole",
    "commitments": "who promised what, when",
    "values": "the pack's dated values with the pole's own terms over them",
    "seed": "the seed of every random draw",
    "effort": "draft, standard or full, counted in iterations",
}

STEPS: tuple[Step, ...] = (
    Step("fabric", plan.fabric_run),
    Step("validity", plan.validity_run),
    Step("capacity", capacity.run),
    Step("refinement", plan.refinement_run),
    Step("form", form.run),
    Step("access", access.run),
    Step("mobility", mobility.run),
    Step("networks", networks.run, on_request=True),
    Step("cost", cost.run),
    Step("uptake", uptake.run),
    Step("finance", finance.run),
    Step("jobs", jobs.run),
)

ON_REQUEST = tuple(step.name for step in STEPS if step.on_request)
