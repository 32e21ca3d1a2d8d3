"""Scores of the curve on towns it did not see, beside rules that need no model.

A town that was fitted is forecast by the curve fitted again without it (or without its whole country). Each town
counts once: errors are averaged over its counts, then over towns. Shares are floored at 0.01 before a logarithm.

    mae_log      mean |log(share / median forecast)|
    brier_50/20  mean (P(share < 50 / 20 %) - it was)^2
    coverage_80  part of the shares inside the 80 % band;  width_80: its upper over its lower end, mean in logs
    auc_within_region  two towns of one region at ages at most 5 years apart: how often the fuller one was foreseen
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from qutb.core import QUIET, Context, Finding, InputError
from qutb.uptake.baselines import BASELINES, chance_below
from qutb.uptake.curve import FLOOR, Curve
from qutb.uptake.forecast import forecast
from qutb.uptake.towns import UNKNOWN_REGION, Towns

__all__ = ["Leave", "Score", "score"]

Array = npt.NDArray[np.float64]
Leave = Literal["town", "country"]

_ALIKE_YEARS = 5.0
_LATER_YEARS = 3.0
_RESAMPLES = 2000
_EVENTS = {"50": 0.5, "20": 0.2}


@dataclass(frozen=True, eq=False, kw_only=True)
class Score:
    """``rows``: one forecast a count, with errors. ``later``: forecasts after a town's first count."""

    rows: pd.DataFrame
    later: pd.DataFrame
    leave: Leave
    findings: tuple[Finding, ...]
    in_fit: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The measures by name, baselines beside them, then town by town."""
        auc, interval, pairs = _concordance(self.rows, "median")
        return {
            **_measures(self.rows),
            "mae_log_interval": _interval(self.rows, "error"),
            "auc_within_region": auc,
            "auc_within_region_interval": interval,
            "auc_within_region_pairs": pairs,
            "baselines": {name: _baseline(self.rows, name) for name in BASELINES},
            "after_one_observation": _after_one(self.later),
            "unseen": self.leave,
            "towns": int(self.rows["town"].nunique()),
            "observations": len(self.rows),
            "towns_in_fit": list(self.in_fit),
            "by_town": _by_town(self.rows),
            "findings": [f.to_json() for f in self.findings],
        }


def score(curve: Curve, towns: Towns, *, leave: Leave = "town", ctx: Context = QUIET) -> Score:
    """The curve's forecasts of ``towns`` beside what was counted; none saw the town (or country) it is of."""
    rows, later = [], []
    placed = _placed(towns.rows, curve)
    groups = list(placed.groupby(leave, sort=True))
    strange: dict[str, list[str]] = {}
    for number, (name, group) in enumerate(groups):
        ctx.report("uptake", number / len(groups))
        unseen = _without(curve, str(name), group, leave)
        for own, town in group.groupby("town", sort=True):
            rows.append(_forecasts(unseen, town))
            later.append(_later(unseen, town))
            if town["region"].iloc[0] not in unseen.regions:
                strange.setdefault(town["region"].iloc[0], []).append(str(own))
    fitted = set(curve.rows["town"])
    return Score(
        rows=pd.concat(rows, ignore_index=True),
        later=pd.concat(later, ignore_index=True),
        leave=leave,
        findings=(*towns.findings, *_never_seen(strange)),
        in_fit=tuple(sorted(fitted & set(towns.rows["town"]))),
    )


def _without(curve: Curve, name: str, group: pd.DataFrame, leave: Leave) -> Curve:
    """The curve that saw neither the country nor, whatever country they are filed under, these towns."""
    hidden = curve.rows["town"].isin(group["town"])
    if leave == "country":
        hidden |= curve.rows["country"] == name
    names = sorted(set(curve.rows.loc[hidden, "town"]))
    if len(names) == curve.rows["town"].nunique():
        raise InputError("UPT-NOTHING-LEFT", name)
    return curve.without(names)


def _placed(rows: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    """Rows whose region the file does not give take that of their country among the towns fitted."""
    known = dict(zip(curve.rows["country"], curve.rows["region"], strict=True))
    found = rows["country"].map(known).fillna(UNKNOWN_REGION)
    return rows.assign(region=rows["region"].where(rows["region"] != UNKNOWN_REGION, found))


def _never_seen(strange: Mapping[str, list[str]]) -> list[Finding]:
    """A note a region that no fit knew, with its towns."""
    return [
        Finding(code="UPT-REGION-UNSEEN", severity="note", params={"region": region, "town": ", ".join(sorted(names))})
        for region, names in sorted(strange.items())
    ]


def _forecasts(curve: Curve, town: pd.DataFrame) -> pd.DataFrame:
    first = town.iloc[0]
    seen = forecast(
        curve, region=first["region"], target_people=first["target_people"], age_years=town["age_years"].to_numpy()
    )
    share = town["share"].to_numpy()
    made = {"median": seen.median, "low": seen.quantile(0.1), "high": seen.quantile(0.9)}
    frame = town[["town", "country", "region", "year", "age_years", "share"]].assign(**made)
    frame["error"] = np.abs(np.log(share / made["median"]))
    frame["inside"] = (share >= made["low"]) & (share <= made["high"])
    frame["log_width"] = np.log(made["high"] / made["low"])
    for name, limit in _EVENTS.items():
        happened = share < limit
        frame[f"chance_{name}"] = seen.below(limit)
        frame[f"brier_{name}"] = (frame[f"chance_{name}"] - happened) ** 2
        frame[f"base_brier_{name}"] = (chance_below(curve.rows, town, limit) - happened) ** 2
    for name, rule in BASELINES.items():
        frame[name] = np.maximum(rule(curve.rows, town), FLOOR)
    return frame


def _later(curve: Curve, town: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of counts at least three years after the first one, which is known; and the simple rules'."""
    first = town.iloc[0]
    rest = town[town["age_years"] >= first["age_years"] + _LATER_YEARS]
    ages, share = rest["age_years"].to_numpy(), rest["share"].to_numpy()
    known = forecast(
        curve,
        region=first["region"],
        target_people=first["target_people"],
        age_years=ages,
        seen=((first["age_years"], first["share"]),),
    )
    frame = rest[["town", "age_years", "share"]].copy()
    frame["error"] = np.abs(np.log(share / known.median))
    frame["inside"] = (share >= known.quantile(0.1)) & (share <= known.quantile(0.9))
    frame["linear"] = np.abs(np.log(share / (first["share"] * ages / first["age_years"])))
    frame["persistence"] = np.abs(np.log(share / first["share"]))
    return frame


def _measures(rows: pd.DataFrame) -> dict[str, float]:
    return {
        "mae_log": _mean(rows, "error"),
        "brier_50": _mean(rows, "brier_50"),
        "brier_20": _mean(rows, "brier_20"),
        "coverage_80": _mean(rows, "inside"),
        "width_80": float(np.exp(_mean(rows, "log_width"))),
    }


def _baseline(rows: pd.DataFrame, name: str) -> dict[str, float | None]:
    """Its error; its Brier scores as a yes or no, for the region's mean as the rate among the region's towns."""
    error = rows.assign(error=np.abs(np.log(rows["share"] / rows[name])))
    found: dict[str, float | None] = {"mae_log": _mean(error, "error")}
    for event, limit in _EVENTS.items():
        said = ((rows[name] < limit) != (rows["share"] < limit)).astype(float)
        if name == "macro_region_mean":
            said = rows[f"base_brier_{event}"]
        found[f"brier_{event}"] = _mean(rows.assign(said=said), "said")
    found["auc_within_region"] = _concordance(rows, name)[0]
    found["mae_log_gain_interval"] = _interval(error.assign(error=error["error"] - rows["error"]), "error")  # type: ignore[assignment]
    return found


def _after_one(later: pd.DataFrame) -> dict[str, Any]:
    if later.empty:
        return {"towns": 0}
    return {
        "mae_log": _mean(later, "error"),
        "mae_log_interval": _interval(later, "error"),
        "coverage_80": _mean(later, "inside"),
        "linear": _mean(later, "linear"),
        "linear_gain_interval": _interval(later.assign(gain=later["linear"] - later["error"]), "gain"),
        "persistence": _mean(later, "persistence"),
        "towns": int(later["town"].nunique()),
    }


def _mean(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].astype(float).groupby(rows["town"]).mean().mean())


def _interval(rows: pd.DataFrame, column: str) -> list[float] | None:
    """80 % range of the mean under resampling of towns."""
    each = rows[column].astype(float).groupby(rows["town"]).mean().to_numpy()
    if len(each) < 2:
        return None
    drawn = np.random.default_rng(0).integers(len(each), size=(_RESAMPLES, len(each)))
    return [float(q) for q in np.quantile(each[drawn].mean(axis=1), [0.1, 0.9])]


def _concordance(rows: pd.DataFrame, forecast_column: str) -> tuple[float | None, list[float] | None, int]:
    """Of pairs of towns of one region at like ages, the part ordered as foreseen; its 80 % range over towns."""
    codes, names = pd.factorize(rows["town"], sort=True)
    share, said = rows["share"].to_numpy(), np.log(rows[forecast_column].to_numpy())
    age, region = rows["age_years"].to_numpy(), rows["region"].to_numpy()
    alike = (region[:, None] == region) & (np.abs(age[:, None] - age) <= _ALIKE_YEARS)
    alike &= (codes[:, None] != codes) & (share[:, None] > share)
    right = np.where(np.isclose(said[:, None], said), 0.5, said[:, None] > said)
    fuller, emptier = np.nonzero(alike)
    counted, concordant = np.zeros((2, len(names), len(names)))
    np.add.at(counted, (codes[fuller], codes[emptier]), 1.0)
    np.add.at(concordant, (codes[fuller], codes[emptier]), right[fuller, emptier])
    shared = counted + counted.T
    each = np.divide(concordant + concordant.T, shared, out=np.zeros_like(shared), where=shared > 0)
    pairs = (shared > 0).astype(float)
    if not pairs.any():
        return None, None, 0
    return float(each.sum() / pairs.sum()), _pair_interval(each, pairs), int(pairs.sum() / 2)


def _pair_interval(each: Array, pairs: Array) -> list[float]:
    """Each pair of towns counts once, times how often both were drawn."""
    size = len(each)
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1.0 / size), size=_RESAMPLES).astype(float)
    weight = ((drawn @ pairs) * drawn).sum(axis=1)
    right = ((drawn @ each) * drawn).sum(axis=1)
    return [float(q) for q in np.quantile(right[weight > 0] / weight[weight > 0], [0.1, 0.9])]


def _by_town(rows: pd.DataFrame) -> list[dict[str, Any]]:
    last = rows.groupby("town", sort=True).tail(1)
    columns = ["town", "region", "year", "age_years", "share", "low", "median", "high", "chance_50", "chance_20"]
    records: list[Mapping[str, Any]] = last[columns].to_dict("records")
    return [dict(record) for record in records]
