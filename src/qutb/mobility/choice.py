"""Mode choice: a nested logit over walking, cycling, bus, shared taxi and car.

With time ``t_m`` [s], constant ``k_m`` [s of time, fare and comfort included], taste ``beta`` [1/s] and nest
scale ``s``: ``V_m = -beta (t_m + k_m)``; in a nest ``P(m | n) = exp(V_m / s) / sum``, its inclusive value
``s ln sum exp(V / s)``; nests are chosen by logit on it (Ben-Akiva and Lerman 1985). Nests: on foot and by
cycle; bus and shared taxi; car. Those without a car choose among the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

__all__ = ["MODES", "NESTS", "mode_shares"]

NESTS = (("walk", "cycle"), ("bus", "shared_taxi"), ("car",))
MODES = tuple(mode for nest in NESTS for mode in nest)


def mode_shares(
    cost_s: Mapping[str, np.ndarray], *, taste_per_s: float, nest_scale: float, car_share: float
) -> dict[str, np.ndarray]:
    """Share of each mode by pair; adds up to 1, or to 0 where no mode has a way.

    ``cost_s`` is time plus constant by mode, infinite where the mode has no way; ``car_share`` 0..1 of
    travellers have a car at hand.
    """
    with_car = _choose(cost_s, NESTS, taste_per_s, nest_scale)
    without = _choose(cost_s, NESTS[:-1], taste_per_s, nest_scale)
    stuck = sum(without.values()) <= 0.5
    share = np.where(stuck, 1.0, car_share)
    zero = np.zeros_like(share)
    return {mode: share * with_car[mode] + (1 - share) * without.get(mode, zero) for mode in MODES}


def _choose(
    cost_s: Mapping[str, np.ndarray], nests: tuple[tuple[str, ...], ...], taste: float, scale: float
) -> dict[str, np.ndarray]:
    modes = [mode for nest in nests for mode in nest]
    best = np.minimum.reduce([cost_s[m] for m in modes])
    rest = np.where(np.isfinite(best), best, 0.0)
    inner = {m: np.exp(-taste / scale * (cost_s[m] - rest)) for m in modes}
    sums = [np.add.reduce([inner[m] for m in nest]) for nest in nests]
    weights = [total**scale for total in sums]
    whole = np.add.reduce(weights)
    shares = {}
    for nest, total, weight in zip(nests, sums, weights, strict=True):
        part = np.divide(weight, whole, out=np.zeros_like(whole), where=whole > 0)
        for mode in nest:
            shares[mode] = part * np.divide(inner[mode], total, out=np.zeros_like(total), where=total > 0)
    return shares
