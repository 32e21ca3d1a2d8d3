"""Draws of what nobody has measured: one column a parameter, the same numbers for every variant of a plan."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from qutb.kernels import PARAMETERS
from qutb.pack import Values

__all__ = ["draw_parameters", "mean_of"]

Array = npt.NDArray[np.float64]

_TENTH = float(ndtri(0.9))


def draw_parameters(values: Values, *, count: int, seed: int) -> Array:
    """``count`` draws [draw, parameter] in the order of ``PARAMETERS``, spread evenly over each law.

    A value ``uptake.<parameter>`` of the pack or the pole stands for the prior of that name.
    """
    rng = np.random.default_rng(seed)
    columns = []
    for name in PARAMETERS:
        scores = ndtri((rng.permutation(count) + rng.random(count)) / count)
        columns.append(_law(_prior(name, values), scores))
    return np.column_stack(columns)


@cache
def _priors() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((files("qutb.uptake") / "reference" / "priors.toml").read_text("utf-8"))


def _prior(name: str, values: Values) -> Mapping[str, Any]:
    own = values.find(f"uptake.{name}")
    shipped = _priors()[name]
    return shipped if own is None else {**shipped, "low": own.low, "central": own.central, "high": own.high}


def _law(prior: Mapping[str, Any], scores: Array) -> Array:
    """The central value at score 0; below and above it, low and high at a tenth of the draws."""
    there, back = _SCALES[prior["kind"]]
    low, central, high = (there(float(prior[end])) for end in ("low", "central", "high"))
    spread = np.where(scores < 0, central - low, high - central) / _TENTH
    return back(central + spread * scores)


_SCALES: Mapping[str, Any] = {
    "real": (float, np.asarray),
    "positive": (np.log, np.exp),
    "share": (lambda x: np.log(x / (1 - x)), lambda x: 1 / (1 + np.exp(-x))),
}


def mean_of(name: str, values: Values) -> float:
    """A central figure that all draws share: the pack's or the pole's ``uptake.<name>``, else the one shipped."""
    own = values.find(f"uptake.{name}")
    return float(_priors()[name]["central"]) if own is None else own.central
