"""A four-sided sheet of ground: its grid lines follow its sides, so that streets bend with the shore."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["Patch", "smooth"]

STEP_M = 20.0


def smooth(line: shapely.LineString, rounds: int = 4) -> shapely.LineString:
    """The line with its corners cut (Chaikin), ends kept."""
    points = shapely.get_coordinates(line)
    for _ in range(rounds):
        cut = np.stack([0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]], axis=1)
        points = np.vstack([points[:1], cut.reshape(-1, 2)[1:-1], points[-1:]])
    return shapely.LineString(points)


@dataclass(frozen=True)
class Patch:
    """A Coons patch. ``near`` and ``far`` run along s at t = 0 and t = 1; ``left`` and ``right`` along t."""

    near: shapely.LineString
    far: shapely.LineString
    left: shapely.LineString
    right: shapely.LineString

    def at(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Points [m] at fractions s (along the shore) and t (from the shore inland)."""
        s, t = (np.clip(np.asarray(x, dtype=float), 0.0, 1.0) for x in (s, t))
        sides = [_along(self.near, s), _along(self.far, s), _along(self.left, t), _along(self.right, t)]
        near, far, left, right = sides
        a, b, c, d = (shapely.get_coordinates(side)[i] for side in (self.near, self.far) for i in (0, -1))
        s, t = s[:, None], t[:, None]
        corners = (1 - s) * (1 - t) * a + s * (1 - t) * b + (1 - s) * t * c + s * t * d
        return (1 - t) * near + t * far + (1 - s) * left + s * right - corners

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> shapely.LineString:
        """The line between two (s, t) points, drawn with a vertex about every 20 m."""
        (s0, t0), (s1, t1) = start, end
        size = max(self.near.length, self.far.length) * abs(s1 - s0) + self.left.length * abs(t1 - t0)
        steps = np.linspace(0.0, 1.0, max(2, int(size / STEP_M) + 1))
        return shapely.LineString(self.at(s0 + steps * (s1 - s0), t0 + steps * (t1 - t0)))

    def part(self, s0: float, s1: float, t0: float, t1: float) -> Patch:
        """The sheet between two lines each way."""
        return Patch(
            near=self.line((s0, t0), (s1, t0)),
            far=self.line((s0, t1), (s1, t1)),
            left=self.line((s0, t0), (s0, t1)),
            right=self.line((s1, t0), (s1, t1)),
        )

    @property
    def width_m(self) -> float:
        """Mean length along s."""
        return float(self.near.length + self.far.length) / 2

    @property
    def depth_m(self) -> float:
        """Mean length along t."""
        return float(self.left.length + self.right.length) / 2


def _along(line: shapely.LineString, fraction: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(shapely.line_interpolate_point(line, fraction, normalized=True))
