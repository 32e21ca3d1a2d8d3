"""Ids of plots: their own marks, else texts, else those of the same land in the earlier version, else made."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from qutb.core import Finding
from qutb.files.drawing.labels import Labels
from qutb.files.drawing.marks import apart, marked
from qutb.plan import Plan, match_ids

__all__ = ["with_earlier_ids", "with_ids"]

_LISTED = 50


def with_ids(plots: pd.DataFrame, labels: Labels) -> tuple[pd.DataFrame, dict[str, int], list[Finding]]:
    """Plots with ``plot_id`` and ``named`` (it was not made here), how many ids came from what, and what is said."""
    own = plots["tags"].map(marked).replace("", None).astype(object)
    text = labels.by_plot["plot_id"].astype(object)
    ids = own.where(own.notna(), text)
    ids = ids.map(lambda v: str(v).strip() if isinstance(v, str) and v.strip() else None)
    made = ids.isna().to_numpy()
    taken = set(ids.dropna())
    fresh = (f"N-{n}" for n in range(1, 10_000_000) if f"N-{n}" not in taken)
    ids = ids.where(~made, [next(fresh) if m else "" for m in made])
    again = ids.duplicated(keep="first").to_numpy()
    counts = {
        "mark": int(own.notna().sum()),
        "text": int((own.isna() & ~made).sum()),
        "made": int(made.sum()),
        "suffixed": int(again.sum()),
    }
    return plots.assign(plot_id=apart(ids).to_numpy(), named=~made), counts, _twice(ids[again])


def _twice(ids: pd.Series) -> list[Finding]:
    if ids.empty:
        return []
    names = sorted(set(ids))
    where = tuple(f"plot:{i}" for i in names[:_LISTED])
    params = {"count": len(ids), "example": f"{names[0]} → {names[0]}~2"}
    return [Finding(code="DRAW-ID-TWICE", severity="warning", where=where, params=params)]


def with_earlier_ids(plots: pd.DataFrame, previous: Plan) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Ids of the earlier version for plots that are the same land and bear no number; the matches; how many."""
    land = gpd.GeoDataFrame(geometry=plots["geometry"].to_numpy(), index=plots["plot_id"].astype(str))
    matches = match_ids(previous.plots, land)
    found = matches[matches["status"].isin(["same", "renamed"])]
    wish = plots["plot_id"].map(dict(zip(found["new_id"], found["old_id"], strict=True)))
    taken = set(plots.loc[plots["named"], "plot_id"])
    given = ~plots["named"] & wish.notna() & ~wish.isin(taken)
    ids = apart(wish.where(given, plots["plot_id"]))
    matches["kept_id"] = matches["new_id"].map(dict(zip(plots["plot_id"], ids, strict=True)))
    return plots.assign(plot_id=ids, named=plots["named"] | given), matches, int(given.sum())
