"""Ids from one version to the next: what is proposed, what a person confirms, what is then applied.

Nothing is applied by itself. The proposal has one row a pair of rows of the two versions; the person corrects
``proposed_id``, the id that the row of the new version shall bear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import shapely

from qutb.core import Finding, blocking
from qutb.plan.findings import about
from qutb.plan.model import Plan
from qutb.plan.result_tables import MATCHES
from qutb.plan.versions import match_rows

__all__ = ["MATCHED_LAYERS", "apply_matches", "keep_outlines", "propose_matches"]

MATCHED_LAYERS = ("plots", "streets", "street_areas", "buildings")
_KEYS = {"plots": "plot", "streets": "street", "street_areas": "area", "buildings": "building"}


def propose_matches(old: Plan, new: Plan) -> pd.DataFrame:
    """Which row of ``new`` is which of ``old``, layer by layer, by overlap and text (table ``MATCHES``)."""
    tables = [_layer_matches(old, new, layer) for layer in MATCHED_LAYERS]
    filled = [t for t in tables if len(t)]
    return pd.concat(filled or tables[:1], ignore_index=True)[[c.name for c in MATCHES]]


def _layer_matches(old: Plan, new: Plan, layer: str) -> pd.DataFrame:
    before, after = getattr(old, layer), getattr(new, layer)
    found = match_rows(before, after, layer).assign(layer=layer)
    for side, frame in (("old", before), ("new", after)):
        area = pd.Series(shapely.area(frame.geometry.to_numpy()), index=frame.index.astype(str))
        found[f"{side}_area_m2"] = area.reindex(found[f"{side}_id"]).to_numpy()
    return found


def apply_matches(new: Plan, matches: pd.DataFrame) -> tuple[Plan, tuple[Finding, ...]]:
    """``new`` with the ids confirmed in ``matches`` (columns layer, new_id, proposed_id), and what was wrong.

    A row of ``new`` that ``matches`` does not name, or names without an id, keeps its own. With a blocking finding
    (an id that the plan does not have, two rows that would bear one id) the plan comes back as it was.
    """
    findings: list[Finding] = []
    renamed = {}
    for layer in MATCHED_LAYERS:
        frame = getattr(new, layer)
        rows = matches[(matches["layer"] == layer) & (matches["new_id"] != "")]
        names, found = _names(frame.index.astype(str), rows, layer)
        findings += found
        renamed[layer] = names
    if blocking(findings):
        return new, tuple(findings)
    tables = {layer: _with_ids(getattr(new, layer), names) for layer, names in renamed.items()}
    floors = new.plot_floors
    named = floors["plot_id"].astype(str).map(renamed["plots"])
    return replace(new, **tables, plot_floors=floors.assign(plot_id=named.fillna(floors["plot_id"]))), tuple(findings)


def _names(ids: pd.Index, rows: pd.DataFrame, layer: str) -> tuple[Mapping[str, str], list[Finding]]:
    """New id by present id, and what cannot be."""
    kind = _KEYS[layer]
    asked = rows.drop_duplicates(["new_id", "proposed_id"])
    asked = asked[asked["proposed_id"] != ""]
    unknown = sorted(set(rows["new_id"]) - set(ids))
    torn = asked.loc[asked["new_id"].duplicated(keep=False), "new_id"].unique()
    names = {**{i: i for i in ids}, **dict(zip(asked["new_id"], asked["proposed_id"], strict=True))}
    names = {i: names[i] for i in ids}
    count = pd.Series(names).value_counts()
    twice = sorted(count.index[count > 1])
    silent = sorted(set(ids) - set(rows["new_id"])) if len(rows) else []
    cases = (("UNKNOWN", unknown), ("TORN", sorted(torn)), ("TWICE", twice))
    found = [
        about(f"PLAN-MATCH-{code}", "blocking", [f"{kind}:{i}" for i in which], layer=layer)
        for code, which in cases
        if len(which)
    ]
    if silent:
        found.append(about("PLAN-MATCH-SILENT", "note", [f"{kind}:{i}" for i in silent], layer=layer))
    return names, found


def _with_ids(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    ids = pd.Index([names[str(i)] for i in frame.index], name=frame.index.name, dtype=object)
    return frame.set_axis(ids)


def keep_outlines(old: Plan, new: Plan, within_m: float) -> tuple[Plan, tuple[Finding, ...]]:
    """``new`` with the outline of ``old`` on every row of one id that moved by no more than ``within_m`` [m].

    A drawing exported anew moves vertices by less than it means; with its ids matched and its outlines kept it has the
    digest of the earlier version, so that opinions given on that version stand.
    """
    tables, findings = {}, []
    for layer in MATCHED_LAYERS:
        before, after = getattr(old, layer), getattr(new, layer)
        ids = after.index.intersection(before.index)
        a, b = before.geometry.loc[ids].to_numpy(), after.geometry.loc[ids].to_numpy()
        shift = shapely.hausdorff_distance(a, b)
        kept = (shift <= within_m) & (shift > 0)
        if kept.any():
            shapes = after.geometry.copy()
            shapes.loc[ids[kept]] = a[kept]
            tables[layer] = after.assign(geometry=shapes.to_numpy())
            where = [f"{_KEYS[layer]}:{i}" for i in sorted(ids[kept].astype(str))]
            value = float(shift[kept].max())
            findings.append(
                about("PLAN-OUTLINE-KEPT", "note", where, layer=layer, value=value, limit=within_m, unit="m")
            )
    return replace(new, **tables), tuple(findings)
