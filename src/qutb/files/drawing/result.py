"""What came of a drawing, whole: the plan and everything that was chosen, made and left out on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from qutb.core import Finding
from qutb.files.drawing.answers import Answers
from qutb.files.drawing.scan import Scan
from qutb.files.drawing.telling import told
from qutb.plan import Plan

__all__ = ["DrawingImport"]


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawingImport:
    """What came of a drawing.

    ``closures`` (x_m, y_m, length_m) lists the gaps closed, ``dropped`` (cause, layer, count, area_m2) what is
    in no table; ``area_in_m2 = plots_area_m2 + other_area_m2 + dropped`` to 1 m2. ``matches`` are the ids against
    the earlier version, ``residuals`` those of the control points, ``spot_heights`` the levels drawn.
    """

    plan: Plan
    scan: Scan
    answers: Answers
    findings: tuple[Finding, ...]
    closures: pd.DataFrame
    open_ends: pd.DataFrame
    dropped: pd.DataFrame
    area_in_m2: float
    plots_area_m2: float
    other_area_m2: float
    uses_by: Mapping[str, int]
    ids_by: Mapping[str, int]
    spot_heights: gpd.GeoDataFrame
    residuals: pd.DataFrame
    matches: pd.DataFrame | None = None

    @property
    def dropped_m2(self) -> float:
        return float(self.dropped["area_m2"].sum())

    @property
    def unexplained_m2(self) -> float:
        """Area that neither a table nor a cause holds: the reader's own error, at most 1 m2."""
        return self.area_in_m2 - self.plots_area_m2 - self.other_area_m2 - self.dropped_m2

    @property
    def ids_kept_share(self) -> float:
        """Share of the earlier version's plots that are here under their own id; 1 without an earlier version."""
        if self.matches is None:
            return 1.0
        old = self.matches[self.matches["old_id"] != ""]
        kept = old["old_id"] == old["kept_id"]
        return float(old.loc[kept, "old_id"].nunique()) / max(int(old["old_id"].nunique()), 1)

    def to_toml(self) -> str:
        """The answers taken, as ``layers.toml`` to confirm."""
        return self.scan.to_toml()

    def to_json(self) -> dict[str, Any]:
        """Plain data, under the names of ``qutb plan import --json``."""
        return told(self)
