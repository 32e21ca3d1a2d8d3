"""Design flows: wastewater at its peak; storm water by Caquot or the rational method; the volume of retention.

Wastewater (Instruction technique 1977): peak over mean flow is ``base + term / sqrt(Q)``, ``Q`` the mean flow in L/s.
Rain by Montana: intensity ``i = a t^b``, a in mm/min, t in minutes, b below 0.
Rational: ``Q = C i(t) A``, t the time from the farthest plot.
Caquot (same instruction): ``Q = k^(1/u) I^(v/u) C^(1/u) A^(w/u)`` with k = 0.5^b a / 6.6, u = 1 + 0.287 b,
v = -0.41 b, w = 0.95 + 0.507 b, I [m/m], A [ha], times ``(M / 2)^(0.84 b / u)``, M = L / sqrt(A) at least 0.8. Valid
for 0.2% <= I <= 5%, C >= 0.2 and A <= 200 ha; slopes are taken into that range.
Retention, method of rains: the most that ``C A`` times the depth of rain exceeds what a constant outlet lets out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qutb.pack import Values

__all__ = ["Rain", "caquot_m3_per_s", "peak_wastewater_m3_per_s", "rain_of", "rational_m3_per_s", "retention_m3"]

_HA_M2 = 10_000.0
_LITRES = 1_000.0
_SLOPES = 0.002, 0.05
_LEAST_ELONGATION = 0.8
_MM_PER_MIN = 1e-3 / 60.0


@dataclass(frozen=True, kw_only=True)
class Rain:
    """Design rain of a return period: Montana's ``a`` [mm/min] and ``b``; ``method`` caquot or rational."""

    method: str
    return_period_years: float
    a: float
    b: float


def rain_of(values: Values, end: str = "") -> Rain:
    """The design rain of the pack (first row of its catalogue ``storm_rain``); ``end`` _low or _high of a range."""
    row = values.catalogue("storm_rain")[0]
    return Rain(
        method=row["method"],
        return_period_years=float(row["return_period_years"]),
        a=float(row[f"montana_a_mm_per_min{end}"]),
        b=float(row["montana_b"]),
    )


def peak_wastewater_m3_per_s(mean_m3_per_s: np.ndarray, base: float, term: float, most: float) -> np.ndarray:
    """Peak of a mean flow; ``term`` for a flow in L/s. 0 stays 0."""
    litres = np.maximum(mean_m3_per_s * _LITRES, 1e-12)
    return np.asarray(np.minimum(base + term / np.sqrt(litres), most) * mean_m3_per_s)


def caquot_m3_per_s(
    rain: Rain, area_m2: np.ndarray, runoff: np.ndarray, slope: np.ndarray, path_m: np.ndarray
) -> np.ndarray:
    """Peak storm flow of catchments: area, mean runoff, slope and length of the longest path of each."""
    area = np.maximum(area_m2, 1.0) / _HA_M2
    u = 1.0 + 0.287 * rain.b
    k = 0.5**rain.b * rain.a / 6.6
    elongation = np.maximum(path_m / np.sqrt(np.maximum(area_m2, 1.0)), _LEAST_ELONGATION)
    flow = (
        k ** (1.0 / u)
        * np.clip(slope, *_SLOPES) ** (-0.41 * rain.b / u)
        * runoff ** (1.0 / u)
        * area ** ((0.95 + 0.507 * rain.b) / u)
    )
    return np.asarray(flow * (elongation / 2.0) ** (0.84 * rain.b / u))


def rational_m3_per_s(rain: Rain, area_m2: np.ndarray, runoff: np.ndarray, minutes: np.ndarray) -> np.ndarray:
    """Peak storm flow of catchments whose farthest water takes so many minutes."""
    return np.asarray(runoff * rain.a * minutes**rain.b * _MM_PER_MIN * area_m2)


def retention_m3(rain: Rain, active_m2: float, outlet_m3_per_s: float) -> float:
    """Volume that holds the design rain on an active area (area x runoff) above a constant outlet.

    The excess ``S a t^(1 + b) - q t`` is largest where ``S a (1 + b) t^b = q``.
    """
    if active_m2 <= 0.0:
        return 0.0
    rate = outlet_m3_per_s / active_m2 / _MM_PER_MIN  # mm/min over the active area
    minutes = (rate / (rain.a * (1.0 + rain.b))) ** (1.0 / rain.b)
    return float((rain.a * minutes ** (1.0 + rain.b) - rate * minutes) * 1e-3 * active_m2)
