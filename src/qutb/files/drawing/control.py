"""Local coordinates placed by points known twice: a similarity through them, with what is left at each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.core import InputError
from qutb.files.drawing.answers import Control

__all__ = ["Placement", "placement_of"]

_SCALE_OFF = 0.01


@dataclass(frozen=True, eq=False)
class Placement:
    """``x' = a x - b y + c``, ``y' = b x + a y + d``; ``residuals``: name, dx_m, dy_m, residual_m of each point."""

    a: float
    b: float
    c: float
    d: float
    residuals: pd.DataFrame

    @property
    def scale(self) -> float:
        return float(np.hypot(self.a, self.b))

    @property
    def rotation_deg(self) -> float:
        return float(np.degrees(np.arctan2(self.b, self.a)))

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        moved: np.ndarray = xy @ np.array([[self.a, self.b], [-self.b, self.a]]) + np.array([self.c, self.d])
        return moved


def placement_of(control: tuple[Control, ...], unit_m: float, most_m: float, accept: bool, where: str) -> Placement:
    """Least squares over at least two points; refused when a residual or the scale is off, unless accepted.

    Four unknowns: two points leave no residual, so the scale, which should be 1, is their only test.
    """
    drawn = np.array([p.drawn for p in control], dtype=float) * unit_m
    true = np.array([p.true for p in control], dtype=float)
    spread = np.ptp(drawn, axis=0).max() if len(drawn) else 0.0
    if len(control) < 2 or spread <= 1e-6:
        raise InputError("DRAW-CONTROL-FEW", where, found=len(control))
    origin, target = drawn.mean(axis=0), true.mean(axis=0)
    p, q = drawn - origin, true - target
    size = float((p * p).sum())
    a = float((p * q).sum()) / size
    b = float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()) / size
    shift = target - np.array([a * origin[0] - b * origin[1], b * origin[0] + a * origin[1]])
    placement = Placement(a, b, float(shift[0]), float(shift[1]), pd.DataFrame())
    left = true - placement(drawn)
    names = [point.name or f"{n + 1}" for n, point in enumerate(control)]
    table = pd.DataFrame({"name": names, "dx_m": left[:, 0], "dy_m": left[:, 1], "residual_m": np.hypot(*left.T)})
    placement = Placement(a, b, float(shift[0]), float(shift[1]), table)
    worst = table.loc[table["residual_m"].idxmax()]
    if not accept and worst["residual_m"] > most_m:
        said = ", ".join(f"{r.name}: {r.residual_m:.3f} m" for r in table.itertuples(index=False))
        raise InputError(
            "DRAW-RESIDUALS", where, point=worst["name"], value=worst["residual_m"], most=most_m, said=said
        )
    if not accept and abs(placement.scale - 1) > _SCALE_OFF:
        raise InputError("DRAW-SCALE", where, scale=round(placement.scale, 6))
    return placement
