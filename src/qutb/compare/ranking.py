"""The ranking that the rules of a competition ask for, and how much it hangs on the weights they adopted.

Score of a plan = sum over criteria of weight x mark; the mark runs from 0 (worst plan of those compared) to
1 (best). It is made only where the brief adopts weights.

Sensitivity: one weight moves from 0 to 1 while the others keep their proportions; the score is then linear in
that weight, so the place where the first plan changes is exact. The share of firsts is drawn over weights
spread evenly (Dirichlet with all parameters 1) with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CriterionSensitivity", "Ranking", "rank"]

_DRAWS = 10_000
_TIE = 1e-12


@dataclass(frozen=True, kw_only=True)
class CriterionSensitivity:
    """The first plan stays first while the weight lies between ``low`` and ``high`` [ratio].

    ``first_below`` and ``first_above`` name the plan that takes over beyond, or are empty.
    """

    measure: str
    weight: float
    low: float
    high: float
    first_below: str = ""
    first_above: str = ""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Plans from first to last by adopted weights. ``left_out`` are criteria some plan has no value for."""

    order: tuple[str, ...]
    scores: Mapping[str, float]
    weights: Mapping[str, float]
    left_out: tuple[str, ...]
    sensitivity: tuple[CriterionSensitivity, ...]
    first_share: Mapping[str, float]
    seed: int

    def to_json(self) -> dict[str, Any]:
        return {
            "order": list(self.order),
            "scores": dict(self.scores),
            "weights": dict(self.weights),
            "left_out": list(self.left_out),
            "sensitivity": [dict(vars(s)) for s in self.sensitivity],
            "first_share": dict(self.first_share),
            "seed": self.seed,
        }


def rank(
    plans: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    weights: Mapping[str, float],
    more_is_better: Mapping[str, bool],
    seed: int = 0,
) -> Ranking | None:
    """Rank ``plans`` by ``values`` of each criterion (one a plan, in the same order).

    ``weights`` need not add up to 1. Returns ``None`` if no criterion has a value for every plan.
    """
    judged = [k for k in weights if k in values and all(v is not None for v in values[k])]
    total = sum(weights[k] for k in judged)
    if not judged or total <= 0:
        return None
    marks = np.array([_marks(values[k], more_is_better[k]) for k in judged])
    shares = np.array([weights[k] / total for k in judged])
    scores = shares @ marks
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    return Ranking(
        order=tuple(plans[i] for i in order),
        scores={plans[i]: float(scores[i]) for i in order},
        weights={k: float(w) for k, w in zip(judged, shares, strict=True)},
        left_out=tuple(k for k in weights if k not in judged),
        sensitivity=tuple(_sensitivity(i, judged[i], shares, marks, order[0], plans) for i in range(len(judged))),
        first_share=_first_shares(plans, marks, seed),
        seed=seed,
    )


def _marks(values: Sequence[float | None], more_is_better: bool) -> np.ndarray:
    numbers = np.array(values, dtype=float)
    spread = float(np.ptp(numbers))
    if spread <= _TIE:
        return np.ones(len(numbers))
    ascending: np.ndarray = (numbers - numbers.min()) / spread
    return ascending if more_is_better else 1.0 - ascending


def _sensitivity(
    i: int, measure: str, shares: np.ndarray, marks: np.ndarray, first: int, plans: Sequence[str]
) -> CriterionSensitivity:
    weight = float(shares[i])
    low, high, below, above = 0.0, 1.0, "", ""
    rest = np.delete(shares, i) @ np.delete(marks, i, axis=0)
    rest = rest / (1.0 - weight) if weight < 1.0 else np.zeros(marks.shape[1])
    for other in range(marks.shape[1]):
        lead_rest, lead_mark = rest[first] - rest[other], marks[i, first] - marks[i, other]
        if other == first or abs(lead_rest - lead_mark) <= _TIE:
            continue
        turn = float(lead_rest / (lead_rest - lead_mark))
        if lead_mark > lead_rest and low < turn <= weight:
            low, below = turn, plans[other]
        elif lead_mark < lead_rest and weight <= turn < high:
            high, above = turn, plans[other]
    return CriterionSensitivity(
        measure=measure, weight=weight, low=low, high=high, first_below=below, first_above=above
    )


def _first_shares(plans: Sequence[str], marks: np.ndarray, seed: int) -> dict[str, float]:
    draws = np.random.default_rng(seed).dirichlet(np.ones(len(marks)), _DRAWS)
    scores = draws @ marks
    firsts = scores >= scores.max(axis=1, keepdims=True) - _TIE
    shares = (firsts / firsts.sum(axis=1, keepdims=True)).mean(axis=0)
    return {plan: float(share) for plan, share in zip(plans, shares, strict=True)}
