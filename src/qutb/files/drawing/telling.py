"""What came of a drawing as plain data, under the names that ``qutb plan import --json`` publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from qutb.files.drawing.result import DrawingImport
    from qutb.plan import Plan

__all__ = ["plan_told", "told"]


def told(result: DrawingImport) -> dict[str, Any]:
    """Layers found and chosen, what was made, closed, dropped and kept; areas [m2], lengths [m]."""
    return {
        "file": result.scan.file,
        "format": "dxf",
        **plan_told(result.plan),
        "unit": result.answers.unit,
        "unit_in_header": result.scan.unit_said,
        "encoding": result.scan.encoding,
        "layers_found": result.scan.to_json()["layers"],
        "layers_chosen": {n: a.model_dump(exclude_defaults=True) for n, a in result.answers.layers.items()},
        "uses_from": dict(result.uses_by),
        "ids_from": dict(result.ids_by),
        "closures": _records(result.closures),
        "open_ends": _records(result.open_ends),
        "closed_area_in_m2": result.area_in_m2,
        "other_tables_area_m2": result.other_area_m2,
        "dropped_m2": result.dropped_m2,
        "dropped_m2_by_cause": _by_cause(result.dropped),
        "dropped": _records(result.dropped),
        "unexplained_m2": result.unexplained_m2,
        "control_residuals_m": _records(result.residuals),
        "spot_heights": len(result.spot_heights),
    }


def plan_told(plan: Plan) -> dict[str, Any]:
    """What a plan holds, counted and measured."""
    plots = plan.plots.assign(area_m2=plan.plots.geometry.area)
    by_use = plots.groupby("use", sort=True)["area_m2"].agg(["count", "sum"])
    return {
        "plan": plan.name,
        "crs": plan.crs,
        "digest": plan.digest,
        "plots": len(plots),
        "plots_area_m2": float(plots["area_m2"].sum()),
        "plots_by_use": {str(u): {"plots": int(r["count"]), "area_m2": float(r["sum"])} for u, r in by_use.iterrows()},
        "streets": len(plan.streets),
        "street_length_m": float(plan.streets.geometry.length.sum()) if len(plan.streets) else 0.0,
    }


def _by_cause(dropped: pd.DataFrame) -> dict[str, float]:
    area = dropped.groupby("cause")["area_m2"].sum().sort_values(ascending=False)
    return {str(cause): float(m2) for cause, m2 in area.items()}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data to a millimetre; what is not known or not finite is null."""
    plain = table.replace([np.inf, -np.inf], np.nan).round(3).astype(object)
    return [{str(k): v for k, v in row.items()} for row in plain.where(plain.notna(), None).to_dict("records")]
