"""Rules of the zones held against their plots: uses, sizes, what is built, height, setback, parking.

The rules are the plan's own table ``zones``. Sizes and fronts are asked of lots only; uses, coverage, ratio
and height also of blocks and zones. Coverage, setback and height read the footprints where there are any.
A height that rests on an assumed storey height gives no verdict: it is a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qutb.core import Finding, Severity
from qutb.plan.checks import Case, named
from qutb.plan.findings import about
from qutb.plan.result_tables import VALIDITY_TABLES

__all__ = ["zone_breaches", "zone_findings", "zone_uses", "zones_not_seen"]

STOREY_HEIGHT = "plan.storey_height"
_TOLERANCE = 1e-3
_COLUMNS = [c.name for c in VALIDITY_TABLES["breaches"]]


@dataclass(frozen=True)
class _Rule:
    """A column of ``zones``: ``side`` +1 where the value may not be above it, -1 where not below."""

    code: str
    column: str
    unit: str
    side: int
    severity: Severity


_RULES = (
    _Rule("PLAN-ZONE-COVERAGE", "ground_coverage_ratio_max", "ratio", 1, "blocking"),
    _Rule("PLAN-ZONE-FAR", "floor_area_ratio_max", "", 1, "blocking"),
    _Rule("PLAN-ZONE-HEIGHT", "height_max_m", "m", 1, "blocking"),
    _Rule("PLAN-ZONE-AREA", "plot_area_min_m2", "m2", -1, "warning"),
    _Rule("PLAN-ZONE-FRONT", "frontage_min_m", "m", -1, "warning"),
    _Rule("PLAN-ZONE-SETBACK", "setback_m", "m", -1, "blocking"),
    _Rule("PLAN-ZONE-PARKING", "parking_spaces_per_dwelling", "spaces", -1, "warning"),
)


def zone_uses(case: Case) -> Iterator[Finding]:
    """Plots of a use that their zone does not list."""
    plots = case.plan.plots
    if not len(case.plan.zones):
        return
    allowed = plots["zone_code"].map(case.plan.zones["allowed_uses"])
    judged = allowed.notna() & plots["use"].notna()
    pairs = zip(plots.loc[judged, "use"], allowed[judged], strict=True)
    clash = judged.index[judged][[use not in str(words).split() for use, words in pairs]]
    for zone, ids in plots.loc[clash].groupby("zone_code", sort=True).groups.items():
        found = sorted(plots.loc[ids, "use"].unique())
        known = str(case.plan.zones.loc[zone, "allowed_uses"]).split()
        yield about("PLAN-ZONE-USE", "blocking", named("plot", ids), zone=str(zone), found=found, known=known)


def zone_breaches(case: Case) -> pd.DataFrame:
    """Every plot beyond a rule of its zone, with value and limit."""
    if not len(case.plan.zones):
        return pd.DataFrame(columns=_COLUMNS)
    measured, assumed = _measured(case)
    tables = [_beyond(case, rule, measured[rule.column], assumed) for rule in _RULES]
    filled = [t for t in tables if len(t)]
    return pd.concat(filled, ignore_index=True)[_COLUMNS] if filled else pd.DataFrame(columns=_COLUMNS)


def _beyond(case: Case, rule: _Rule, value: np.ndarray, assumed: np.ndarray) -> pd.DataFrame:
    plots = case.plan.plots
    limit = _limits(case, rule.column)
    if rule.column == "parking_spaces_per_dwelling":
        limit = limit * plots["dwellings"].to_numpy(dtype=float)
    out = rule.side * (value - limit) > _TOLERANCE * np.abs(limit)
    return pd.DataFrame(
        {
            "plot_id": plots.index[out],
            "zone_code": plots["zone_code"].to_numpy(dtype=object)[out],
            "rule": rule.column,
            "value": value[out],
            "limit": limit[out],
            "unit": rule.unit,
            "assumed": assumed[out] if rule.column == "height_max_m" else False,
        }
    )


def _limits(case: Case, column: str) -> np.ndarray:
    rule = pd.to_numeric(case.plan.zones[column], errors="coerce")
    limits: np.ndarray = case.plan.plots["zone_code"].map(rule).to_numpy(dtype=float)
    return limits


def _measured(case: Case) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    """What each plot has of each rule, absent where it is not seen, and where the height is assumed."""
    plots, shape = case.plan.plots, case.shape
    lots = case.plan.words("detail").among(["lot"])
    given = {c: plots[c].to_numpy(dtype=float) for c in ("ground_coverage_ratio", "floor_area_ratio", "storeys")}
    built = _built(case)
    coverage = np.fmax(given["ground_coverage_ratio"], built["coverage"])
    ratio = given["floor_area_ratio"]
    ratio = np.where(np.isnan(ratio), given["storeys"] * given["ground_coverage_ratio"], ratio)
    height, assumed = _heights(case, built, given["storeys"])
    return {
        "ground_coverage_ratio_max": coverage,
        "floor_area_ratio_max": np.fmax(ratio, built["floor_area_ratio"]),
        "height_max_m": height,
        "plot_area_min_m2": np.where(lots, shape["area_m2"].to_numpy(), np.nan),
        "frontage_min_m": np.where(lots, shape["frontage_m"].to_numpy(), np.nan),
        "setback_m": built["setback_m"],
        "parking_spaces_per_dwelling": plots["parking_spaces"].to_numpy(dtype=float),
    }, assumed


def _built(case: Case) -> Mapping[str, np.ndarray]:
    """What the footprints on each plot come to; absent where none is drawn."""
    table, plots = case.fabric.footprints, case.plan.plots.index
    buildings = case.plan.buildings.reindex(table["building_id"])
    storeys, height = (buildings[c].to_numpy(dtype=float) for c in ("storeys", "height_m"))
    area = case.shape["area_m2"].to_numpy()
    rows = table.assign(floor=table["area_m2"] * storeys, storeys=storeys, height=height).groupby("plot_id")
    covered = rows["area_m2"].sum().reindex(plots).to_numpy(dtype=float)
    floor = rows["floor"].agg(lambda f: f.sum(skipna=False)).reindex(plots).to_numpy(dtype=float)
    return {
        "coverage": covered / area,
        "floor_area_ratio": floor / area,
        "setback_m": rows["setback_m"].min().reindex(plots).to_numpy(dtype=float),
        "storeys": rows["storeys"].max().reindex(plots).to_numpy(dtype=float),
        "height_m": rows["height"].max().reindex(plots).to_numpy(dtype=float),
    }


def _heights(case: Case, built: Mapping[str, np.ndarray], storeys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height [m] of each plot: given for plot or building, else storeys x the pack's storey height, then assumed."""
    given = np.fmax(case.plan.plots["height_m"].to_numpy(dtype=float), built["height_m"])
    drawn = np.fmax(storeys, built["storeys"])
    if not np.isfinite(_limits(case, "height_max_m")).any() or not (np.isnan(given) & ~np.isnan(drawn)).any():
        return given, np.zeros(len(given), dtype=bool)
    storey = case.values.find(STOREY_HEIGHT)
    reckoned = drawn * storey.central if storey else np.full(len(given), np.nan)
    return np.where(np.isnan(given), reckoned, given), np.isnan(given)


def zone_findings(case: Case, breaches: pd.DataFrame) -> Iterator[Finding]:
    """One finding a zone and rule, with its worst plot; assumed heights apart, as a note."""
    rules = {rule.column: rule for rule in _RULES}
    for (column, zone, assumed), rows in breaches.groupby(["rule", "zone_code", "assumed"], sort=True):
        rule = rules[str(column)]
        worst = rows.iloc[int((rule.side * (rows["value"] - rows["limit"])).to_numpy(dtype=float).argmax())]
        storey = case.values.find(STOREY_HEIGHT) if assumed else None
        yield about(
            f"{rule.code}-ASSUMED" if assumed else rule.code,
            "note" if assumed else rule.severity,
            named("plot", rows["plot_id"]),
            source=storey.reference if storey else None,
            zone=str(zone),
            value=float(worst["value"]),
            limit=float(worst["limit"]),
            unit=rule.unit,
            worst=str(worst["plot_id"]),
        )


def zones_not_seen(case: Case) -> tuple[str, ...]:
    """Codes of the rules that this plan does not let be seen on all the plots they are asked of."""
    if not len(case.plan.zones):
        return ()
    measured, assumed = _measured(case)
    unseen = {
        "PLAN-ZONE-UNSEEN-LOTS": ("plot_area_min_m2", "frontage_min_m"),
        "PLAN-ZONE-UNSEEN-BUILT": ("ground_coverage_ratio_max", "floor_area_ratio_max"),
        "PLAN-ZONE-UNSEEN-HEIGHT": ("height_max_m",),
        "PLAN-ZONE-UNSEEN-SETBACK": ("setback_m",),
        "PLAN-ZONE-UNSEEN-PARKING": ("parking_spaces_per_dwelling",),
    }
    built = ~case.plan.words("use").among(["green", "land_reserve"])
    dwellings = case.plan.plots["dwellings"].to_numpy(dtype=float)
    housing = case.plan.words("use").each(lambda use: str(use).startswith(("housing", "self_build", "mixed")), False)
    missing = {column: np.isnan(value) & built for column, value in measured.items()}
    missing["height_max_m"] |= assumed & built
    missing["parking_spaces_per_dwelling"] |= np.isnan(dwellings)
    missing["parking_spaces_per_dwelling"] &= housing
    for column in ("plot_area_min_m2", "frontage_min_m"):
        missing[column] |= np.isnan(measured[column])
    return tuple(
        code
        for code, columns in unseen.items()
        if any((np.isfinite(_limits(case, c)) & (_limits(case, c) > 0) & missing[c]).any() for c in columns)
    )
