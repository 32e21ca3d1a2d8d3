"""Steady flow in a circular sewer running part full, by Manning.

``Q = A R^(2/3) sqrt(s) / n``; at a fill of ``y / D`` the wetted angle is ``t = 2 acos(1 - 2 y / D)``, the area
``D^2 (t - sin t) / 8`` and the hydraulic radius ``D (1 - sin t / t) / 4``. Valid for fills up to 0.93, above which a
circular pipe carries less the fuller it is. Arrays broadcast.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["area_m2", "fill_of", "full_velocity_m_per_s", "radius_m", "slope_most", "slope_to_carry", "slope_to_clean"]

_FULLEST = 0.93
_HALVINGS = 50


def _angle(fill: ArrayLike) -> np.ndarray:
    return np.asarray(2.0 * np.arccos(1.0 - 2.0 * np.asarray(fill, float)))


def area_m2(diameter_m: ArrayLike, fill: ArrayLike) -> np.ndarray:
    """Wetted area [m2] at a fill [share of the diameter]."""
    angle = _angle(fill)
    return np.asarray(np.square(diameter_m) / 8.0 * (angle - np.sin(angle)))


def radius_m(diameter_m: ArrayLike, fill: ArrayLike) -> np.ndarray:
    """Hydraulic radius [m] at a fill."""
    angle = np.maximum(_angle(fill), 1e-9)
    return np.asarray(np.asarray(diameter_m) / 4.0 * (1.0 - np.sin(angle) / angle))


def _carried(diameter_m: ArrayLike, fill: ArrayLike) -> np.ndarray:
    """``A R^(2/3)``: what is carried for each unit of ``sqrt(s) / n``."""
    return np.asarray(area_m2(diameter_m, fill) * radius_m(diameter_m, fill) ** (2.0 / 3.0))


def full_velocity_m_per_s(diameter_m: ArrayLike, slope: ArrayLike, manning: float) -> np.ndarray:
    """Velocity [m/s] with the pipe full, which is the one with it half full."""
    return np.asarray((np.asarray(diameter_m) / 4.0) ** (2.0 / 3.0) * np.sqrt(slope) / manning)


def slope_to_carry(flow_m3_per_s: ArrayLike, diameter_m: ArrayLike, fill: float, manning: float) -> np.ndarray:
    """Least slope [m/m] at which the flow fills the pipe to ``fill`` at most."""
    return np.asarray((np.asarray(flow_m3_per_s) * manning / _carried(diameter_m, fill)) ** 2)


def slope_to_clean(diameter_m: ArrayLike, velocity_m_per_s: float, manning: float) -> np.ndarray:
    """Least slope [m/m] at which the pipe, full or half full, runs at the velocity that keeps it clean."""
    return np.asarray((velocity_m_per_s * manning / (np.asarray(diameter_m) / 4.0) ** (2.0 / 3.0)) ** 2)


def slope_most(
    flow_m3_per_s: ArrayLike, diameter_m: ArrayLike, velocity_m_per_s: float, fill: float, manning: float
) -> np.ndarray:
    """Most slope [m/m] at which the flow runs no faster than ``velocity_m_per_s``; 0 where no slope is slow enough."""
    flow, diameter = np.broadcast_arrays(np.asarray(flow_m3_per_s, float), np.asarray(diameter_m, float))
    wanted = flow / velocity_m_per_s
    found = _fill_where(lambda share: area_m2(diameter, share), wanted)
    with np.errstate(divide="ignore"):
        slope = (velocity_m_per_s * manning / radius_m(diameter, found) ** (2.0 / 3.0)) ** 2
    return np.asarray(np.where(wanted > area_m2(diameter, fill), 0.0, slope))


def fill_of(flow_m3_per_s: ArrayLike, diameter_m: ArrayLike, slope: ArrayLike, manning: float) -> np.ndarray:
    """Fill [share of the diameter] at which the flow runs; NaN where the pipe cannot carry it."""
    wanted = np.asarray(flow_m3_per_s) * manning / np.sqrt(slope)
    found = _fill_where(lambda share: _carried(diameter_m, share), wanted)
    return np.asarray(np.where(wanted > _carried(diameter_m, _FULLEST), np.nan, found))


def _fill_where(measure: Callable[[np.ndarray], np.ndarray], wanted: np.ndarray) -> np.ndarray:
    """The fill at which a measure that grows with it reaches ``wanted``, by halving."""
    low, high = np.zeros(np.shape(wanted)), np.full(np.shape(wanted), _FULLEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        short = measure(middle) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return 0.5 * (low + high)
