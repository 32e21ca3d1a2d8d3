"""The steps of an appraisal, in order, on one screen.

The signature of a step's ``run`` is its dependency list: each parameter is an input below or the name of an
earlier step. Nothing else decides what re-runs after an edit.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from qutb import access, capacity, cost, form, mobility, plan, uptake
from qutb.core import StepResult

__all__ = ["INPUTS", "STEPS", "Step"]


@dataclass(frozen=True)
class Step:
    """A named step and the function that runs it."""

    name: str
    run: Callable[..., StepResult]

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
    Step("cost", cost.run),
    Step("uptake", uptake.run),
)
