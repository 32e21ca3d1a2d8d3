"""Plans of the past as promised at launch: what the class said of them with nothing counted later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qutb.pack import CatalogueRow
from qutb.uptake.curve import Curve, fit
from qutb.uptake.forecast import forecast

__all__ = ["replay"]

_ASKED_AT = 10.0


def replay(promises: Sequence[CatalogueRow], curve: Curve, *, region: str) -> list[dict[str, Any]]:
    """For each promise (launch_year, target_people, counted_year, counted_people) what was to be expected.

    ``at_launch`` comes from counts up to the launch year alone, whatever country they are of; ``today`` from all
    rows of ``curve``. Both at year 10 and, where somebody counted since, at that age. No promise is itself in a fit.
    """
    told = []
    for row in promises:
        launch, target = float(row["launch_year"]), float(row["target_people"])
        known = curve.rows[curve.rows["year"] <= launch]
        counted = float(row["counted_people"]) / target if row["counted_people"] else None
        age = float(row["counted_year"]) - launch if row["counted_year"] else None
        then = fit(known, seed=curve.seed)
        told.append(
            {
                "id": row["id"],
                "name": row["name_en"],
                "launch_year": launch,
                "target_people": target,
                "age_years": age,
                "share": counted,
                "towns_known": int(known["town"].nunique()),
                "at_launch": _said(then, region, target, age),
                "today": _said(curve, region, target, age),
            }
        )
    return told


def _said(curve: Curve, region: str, target: float, age: float | None) -> dict[str, Any]:
    ages = np.array([_ASKED_AT] if age is None else [_ASKED_AT, age])
    seen = forecast(curve, region=region, target_people=target, age_years=ages)
    shares = {name: seen.quantile(p).tolist() for name, p in (("low", 0.1), ("median", 0.5), ("high", 0.9))}
    return {**shares, "chance_50": seen.below(0.5).tolist(), "region_known": region in curve.regions}
