"""Shapes and texts of a drawing into the plan's system: control points, units of the source, choice of datum."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from qutb.core import CrsError, Finding
from qutb.files.crs import Datum, metric_crs, transformed, transformer_between
from qutb.files.drawing.answers import Answers
from qutb.files.drawing.control import Placement, placement_of
from qutb.files.drawing.raw import Raw
from qutb.files.drawing.units import UNITS
from qutb.plan import LOCAL_CRS

__all__ = ["Placed", "placed_in"]


@dataclass(eq=False)
class Placed:
    """``raw`` in the plan's system, what is left at each control point, what was said on the way."""

    raw: Raw
    residuals: pd.DataFrame
    said: list[Finding]


def placed_in(crs: str, raw: Raw, asked: Answers) -> Placed:
    """The drawing in ``crs``: moved by its control points, if any are given, then reprojected if it is elsewhere.

    Raises ``InputError`` (residuals, scale) or ``CrsError`` (a datum that is not sure here).
    """
    return _Placing(crs, asked, raw.file).placed(raw)


@dataclass(eq=False)
class _Placing:
    crs: str
    asked: Answers
    file: str
    said: list[Finding] = field(default_factory=list)
    residuals: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["name", "dx_m", "dy_m", "residual_m"])
    )

    def placed(self, raw: Raw) -> Placed:
        shapes, texts = raw.shapes.copy(), raw.texts.copy()
        dots = shapely.points(texts[["x_m", "y_m"]].to_numpy(dtype=float)) if len(texts) else np.empty(0, object)
        lines = shapes["geometry"].to_numpy()
        if self.asked.control:
            placement = self._control(raw.unit)
            lines, dots = (shapely.transform(g, placement) for g in (lines, dots))
        lines, dots = self._projected(lines, dots)
        shapes["geometry"] = lines
        if len(texts):
            texts[["x_m", "y_m"]] = shapely.get_coordinates(dots)
        return Placed(replace(raw, shapes=shapes, texts=texts), self.residuals, self.said)

    def _control(self, unit: str) -> Placement:
        ask = self.asked
        placement = placement_of(ask.control, UNITS[unit], ask.residual_most_m, ask.accept_residuals, self.file)
        self.residuals = placement.residuals
        said = ", ".join(f"{r.name}: {r.residual_m:.3f} m" for r in placement.residuals.itertuples(index=False))
        params = {
            "said": said,
            "value": float(placement.residuals["residual_m"].max()),
            "unit": "m",
            "scale": round(placement.scale, 6),
            "rotation": round(placement.rotation_deg, 4),
        }
        self.said.append(Finding(code="DRAW-PLACED", severity="note", params=params))
        return placement

    def _projected(self, lines: np.ndarray, dots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Into the plan's system; a system whose datum is not sure here is taken only with a choice."""
        if self.crs == LOCAL_CRS or not len(lines):
            return lines, dots
        box = shapely.total_bounds(lines)
        bounds = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
        datum: Datum | None = self.asked.datum or None
        source = self.asked.source_crs
        target = CRS.from_user_input(self.crs)
        if source and source != self.crs:
            mover = transformer_between(metric_crs(source), target, bounds, datum=datum, where=self.file)
            params = {"file": self.file, "source": source, "target": self.crs}
            self.said.append(Finding(code="FILE-CRS-REPROJECTED", severity="note", params=params))
            return transformed(lines, mover), transformed(dots, mover)
        self._sure(target, bounds, datum)
        return lines, dots

    def _sure(self, crs: CRS, bounds: tuple[float, float, float, float], datum: Datum | None) -> None:
        area = crs.area_of_use
        place = _degrees(crs, bounds)
        if area is not None and (place is None or not _within(place, area.bounds)):
            params = {"crs": self.crs, "x": round(bounds[0], 1), "y": round(bounds[1], 1)}
            self.said.append(Finding(code="DRAW-FAR", severity="warning", params=params))
            return
        try:
            transformer_between(crs, CRS.from_epsg(4326), bounds, datum=datum, where=self.file)
        except CrsError as fault:
            if fault.code == "FILE-DATUM-UNKNOWN" and datum == "as_is":
                return
            raise
        if datum:
            params = {"file": self.file, "datum": datum, "operation": self.crs}
            self.said.append(Finding(code="FILE-DATUM-USED", severity="note", params=params))


def _degrees(crs: CRS, bounds: tuple[float, float, float, float]) -> tuple[float, float] | None:
    from pyproj import Transformer

    base = crs.geodetic_crs
    if base is None:
        return None
    x, y = Transformer.from_crs(crs, base, always_xy=True).transform(
        (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    )
    return (float(x), float(y)) if np.isfinite([x, y]).all() else None


def _within(place: tuple[float, float], area: tuple[float, ...]) -> bool:
    west, south, east, north = area
    return west - 2 <= place[0] <= east + 2 and south - 2 <= place[1] <= north + 2
