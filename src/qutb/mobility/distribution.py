"""Gravity: trips between zones fall off with travel time, rows and columns balanced.

``T_ij = a_i P_i b_j A_j exp(-decay c_ij)``; production constrained with ``b = 1``, doubly constrained by
Furness's iteration (1965). Trips of a zone from which nothing can be reached are not made: they are counted.
"""

from __future__ import annotations

import numpy as np

__all__ = ["gravity"]

_ROUNDS = 200
_TOLERANCE = 1e-9


def gravity(
    productions: np.ndarray, attractions: np.ndarray, time_s: np.ndarray, decay_per_s: float, *, balanced: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Trips from row to column, and the productions that can reach nothing.

    ``time_s`` [i, j] is infinite where there is no way. With ``balanced`` the columns follow ``attractions``
    scaled to the trips made, as far as who can reach whom allows; rows always add up to ``productions``.
    """
    fall = np.exp(-decay_per_s * np.where(np.isfinite(time_s), time_s, np.inf))
    pull = fall * attractions
    reach = pull.sum(axis=1)
    lost = np.where(reach > 0, 0.0, productions)
    made = productions - lost
    a = np.divide(made, reach, out=np.zeros_like(reach), where=reach > 0)
    if balanced and made.sum() > 0:
        a, pull = _furness(made, attractions, fall)
    return a[:, None] * pull, lost


def _furness(made: np.ndarray, attractions: np.ndarray, fall: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reached = (made[:, None] * fall).sum(axis=0) > 0
    wanted = np.where(reached, attractions, 0.0)
    wanted = wanted * (made.sum() / wanted.sum())
    b = wanted.copy()
    for _ in range(_ROUNDS):
        rows = fall @ b
        a = np.divide(made, rows, out=np.zeros_like(made), where=rows > 0)
        columns = a @ fall
        new = np.divide(wanted, columns, out=np.zeros_like(b), where=columns > 0)
        settled = np.abs(new - b).max(initial=0.0) <= _TOLERANCE * b.max(initial=0.0)
        b = new
        if settled:
            break
    rows = fall @ b
    a = np.divide(made, rows, out=np.zeros_like(made), where=rows > 0)
    return a, fall * b
