"""Two versions of a plan: which plot is which, and what changed, layer by layer.

Plots are the same when they share most of their land: intersection over union of at least one half can hold
for one pair only while plots do not overlap. Pieces that lie by four fifths inside one old plot are its
split; old plots that lie so inside one new plot are merged. The text of the id decides only what overlap
leaves open. Every rule reads the same from new to old, so a difference turned round is the reverse difference.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import Table
from qutb.plan.cover import polygonal
from qutb.plan.model import Plan
from qutb.plan.result_tables import DIFFERENCE_TABLES, ID_MATCHES
from qutb.plan.tables import PLAN_TABLES
from qutb.text import Lang, all_labels, isolate, label

__all__ = ["Difference", "difference", "match_ids", "match_rows"]

MATCH_MIN = 0.5
PART_MIN = 0.8
SURE_MIN = 0.95
CORRIDOR_M = 2.0  # a centre line is the same where it stays so near to the old one
_NAMED = 8
_NO_NAMES: Mapping[str, str] = {}
_FIGURES = {ord(sign): str(n % 10) for n, sign in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_DRAWN = ("plots", "streets", "street_areas", "buildings")


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """``changes`` of rows and ``attributes`` that differ; empty tables when the plans are equal."""

    TABLES: ClassVar[Mapping[str, Table]] = DIFFERENCE_TABLES

    changes: pd.DataFrame
    attributes: pd.DataFrame

    @property
    def empty(self) -> bool:
        return self.changes.empty

    def to_json(self) -> dict[str, Any]:
        """Plain data: ``{"changes": [...], "attributes": [...]}``, absent as null."""
        return {name: _records(getattr(self, name)) for name in self.TABLES}

    def lines(self, lang: Lang) -> list[str]:
        """What changed in words: a line a layer and kind of change, then the values that differ."""
        said = []
        for (layer, change), rows in self.changes.groupby(["layer", "change"], sort=False):
            ids = rows["new_id"].where(rows["new_id"] != "", rows["old_id"]).drop_duplicates()
            more = f" (+{len(ids) - _NAMED})" if len(ids) > _NAMED else ""
            names = isolate(", ".join(ids.head(_NAMED)) + more, lang)
            said.append(f"{label(f'layer.{layer}', lang)} · {label(f'change.{change}', lang)} {len(ids)}: {names}")
        for row in self.attributes.itertuples(index=False):
            column = _worded(f"plan.{row.column}", str(row.column), lang)
            old, new = (
                _worded(f"{row.column}.{value}", value or "–", lang) for value in (row.old_value, row.new_value)
            )
            said.append(f"{isolate(str(row.new_id), lang)} · {column}: {old} → {new}")
        return said


def _worded(key: str, otherwise: str, lang: Lang) -> str:
    return label(key, lang) if key in all_labels() else isolate(otherwise, lang)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def match_ids(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Which plot of ``new`` is which of ``old`` (frames indexed by plot_id, same system).

    One row a pair: old_id, new_id, proposed_id (unique among new plots), score (intersection over union),
    status ``same | renamed | split | merged | new | gone``. Nothing is applied: a person confirms.
    """
    pairs = _paired(old, new)
    rows = [pairs, _alone(old.index, pairs["old_id"], "gone"), _alone(new.index, pairs["new_id"], "new")]
    table = pd.concat([r for r in rows if len(r)] or rows[:1], ignore_index=True)
    table["proposed_id"] = _proposed(table)
    table = table.sort_values(["old_id", "new_id"], ignore_index=True)
    return table[[c.name for c in ID_MATCHES]]


def match_rows(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, layer: str) -> pd.DataFrame:
    """:func:`match_ids` for a drawn layer of plans: streets by the strip of 2 m on either side of their centre line."""
    return match_ids(_areal(old), _areal(new)) if layer == "streets" else match_ids(old, new)


def _areal(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    strips = shapely.buffer(streets.geometry.to_numpy(), CORRIDOR_M, cap_style="flat")
    return gpd.GeoDataFrame(index=streets.index, geometry=strips)


def _paired(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    links = _without_crossed(_links(old, new))
    links["part"], links["whole"] = links["of_new"] >= PART_MIN, links["of_old"] >= PART_MIN
    split = links["part"] & (links["part"].groupby(links["old"]).transform("sum") > 1)
    merged = links["whole"] & (links["whole"].groupby(links["new"]).transform("sum") > 1)
    both = split & merged  # plots that overlap one another: neither
    alike = links["score"] >= MATCH_MIN
    taken_old = set(links.loc[(split | merged) & ~both, "old"])
    taken_new = set(links.loc[(split | merged) & ~both, "new"])
    free = ~links["old"].isin(taken_old) & ~links["new"].isin(taken_new)
    one = _best(links[alike & free])
    groups = [
        links[split & ~both].assign(status="split"),
        links[merged & ~both].assign(status="merged"),
        one.assign(status=np.where(_names(old, one["old"]) == _names(new, one["new"]), "same", "renamed")),
    ]
    found = pd.concat([g for g in groups if len(g)] or groups[:1])
    table = pd.DataFrame(
        {
            "old_id": _names(old, found["old"]),
            "new_id": _names(new, found["new"]),
            "score": found["score"].to_numpy(dtype=float),
            "status": found["status"].to_numpy(dtype=object),
        }
    )
    return _with_moved(table, old, new, links)


def _names(frame: gpd.GeoDataFrame, rows: pd.Series) -> np.ndarray:
    names: np.ndarray = frame.index.astype(str).to_numpy(dtype=object)[rows.to_numpy(dtype=int)]
    return names


def _links(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs of rows that share land, with the share of each and their intersection over union."""
    a, b = polygonal(old.geometry.to_numpy()), polygonal(new.geometry.to_numpy())
    i, j = shapely.STRtree(b).query(a, predicate="intersects")
    common = shapely.area(a[i])
    differ = ~shapely.equals_exact(a[i], b[j], tolerance=0.0)
    common[differ] = shapely.area(shapely.intersection(a[i[differ]], b[j[differ]]))
    area_a, area_b = shapely.area(a)[i], shapely.area(b)[j]
    with np.errstate(divide="ignore", invalid="ignore"):
        links = pd.DataFrame(
            {
                "old": i,
                "new": j,
                "of_old": common / area_a,
                "of_new": common / area_b,
                "score": common / (area_a + area_b - common),
            }
        )
    return links[common > 0].sort_values(["old", "new"], ignore_index=True)


def _without_crossed(links: pd.DataFrame) -> pd.DataFrame:
    """Links less those between plots that each have an all but equal partner elsewhere: they overlap twice."""
    sure = _best(links[links["score"] >= SURE_MIN])
    new_of, old_of = sure.set_index("old")["new"], sure.set_index("new")["old"]
    other_new, other_old = links["old"].map(new_of), links["new"].map(old_of)
    crossed = other_new.notna() & other_old.notna() & (other_new != links["new"])
    return links[~crossed].reset_index(drop=True)


def _best(links: pd.DataFrame) -> pd.DataFrame:
    """One partner each, the best first; overlapping plots could otherwise claim two."""
    ranked = links.sort_values(["score", "old", "new"], ascending=[False, True, True])
    for _ in range(2):
        ranked = ranked[~ranked["old"].duplicated() & ~ranked["new"].duplicated()]
    return ranked


def _with_moved(table: pd.DataFrame, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Plots whose text is the same though they no longer share half their land."""
    left_old = set(old.index.astype(str)) - set(table["old_id"])
    left_new = set(new.index.astype(str)) - set(table["new_id"])
    exact = left_old & left_new
    texts_old, texts_new = _by_text(left_old - exact), _by_text(left_new - exact)
    alike = {(texts_old[text], texts_new[text]) for text in texts_old.keys() & texts_new.keys()}
    moved = sorted({(name, name) for name in exact} | alike)
    if not moved:
        return table
    score = pd.Series(links["score"].to_numpy(), index=[_names(old, links["old"]), _names(new, links["new"])])
    kept = pd.DataFrame(moved, columns=["old_id", "new_id"])
    kept["status"] = np.where(kept["old_id"] == kept["new_id"], "same", "renamed")
    kept["score"] = [float(score.get(pair, 0.0)) for pair in moved]
    return pd.concat([t for t in (table, kept) if len(t)], ignore_index=True)


def _by_text(ids: set[str]) -> dict[str, str]:
    """Ids by what is left of their text without signs, case and script of figures; texts borne twice are left out."""
    plain = {name: "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum()) for name in ids}
    plain = {name: text.translate(_FIGURES) for name, text in plain.items()}
    count = Counter(plain.values())
    return {text: name for name, text in plain.items() if text and count[text] == 1}


def _alone(ids: pd.Index, taken: pd.Series, status: str) -> pd.DataFrame:
    rest = ids.astype(str)[~ids.astype(str).isin(taken)]
    old, new = (rest, "") if status == "gone" else ("", rest)
    return pd.DataFrame({"old_id": old, "new_id": new, "score": 0.0, "status": status}, index=range(len(rest)))


def _proposed(table: pd.DataFrame) -> pd.Series:
    """The id each new plot should bear: the old one where it is the same or merged, else its own unless taken."""
    keeps, merged = table["status"].isin(["same", "renamed"]), table["status"] == "merged"
    wish = table["old_id"].where(keeps, table["new_id"])
    wish = wish.mask(merged, _eldest(table[merged]).reindex(table["new_id"]).to_numpy())
    rank = np.select([keeps, merged], [0, 1], 2)
    asked = pd.DataFrame({"new_id": table["new_id"], "wish": wish, "rank": rank})[table["status"] != "gone"]
    asked = asked.sort_values("rank", kind="stable").drop_duplicates("new_id").set_index("new_id")["wish"]
    while asked.duplicated().any():
        turn = asked.groupby(asked).cumcount()
        asked = asked.where(turn == 0, asked + "~" + (turn + 1).astype(str))
    return table["new_id"].map(asked).fillna("")


def _eldest(merged: pd.DataFrame) -> pd.Series:
    """For merged plots: their own id if it is one of the old ones, else the id of the largest."""
    own = merged["old_id"] == merged["new_id"]
    ranked = merged.assign(own=own).sort_values(["own", "score", "old_id"], ascending=[False, False, True])
    return ranked.drop_duplicates("new_id").set_index("new_id")["old_id"]


def difference(old: Plan, new: Plan) -> Difference:
    """What changed from ``old`` to ``new``: rows by id while the land agrees, then by overlap; then their values."""
    changes, attributes = [], []
    renamed: Mapping[str, str] = {}
    for table in PLAN_TABLES:
        if not renamed and old.table_digests[table.name] == new.table_digests[table.name]:
            continue
        before, after = _keyed(getattr(old, table.name), table, renamed), _keyed(getattr(new, table.name), table)
        rows, pairs = _row_changes(before, after, table)
        if table.name == "plots":
            moved = pairs[pairs["old_id"] != pairs["new_id"]]
            renamed = dict(zip(moved["old_id"], moved["new_id"], strict=True))
        values = _value_changes(before, after, pairs, table)
        edited = values[["old_id", "new_id"]].drop_duplicates().assign(change="attributes")
        changes.append(_sized(pd.concat([t for t in (rows, edited) if len(t)] or [rows]), before, after, table))
        attributes.append(values)
    return Difference(changes=_stacked(changes, "changes"), attributes=_stacked(attributes, "attributes"))


def _stacked(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    columns = [c.name for c in DIFFERENCE_TABLES[name]]
    filled = [t for t in tables if len(t)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def _keyed(frame: pd.DataFrame, table: Table, renamed: Mapping[str, str] = _NO_NAMES) -> pd.DataFrame:
    """Rows by text id; floors, which have no id, by plot and use, under the plot's new id where it is ``renamed``."""
    if table.key:
        return frame.set_axis(frame.index.astype(str))
    plot = frame["plot_id"].astype(str)
    frame = frame.assign(plot_id=plot.map(renamed).fillna(plot)) if renamed else frame
    ids = frame["plot_id"].astype(str) + "/" + frame["use"].astype(str)
    turn = ids.groupby(ids).cumcount()
    ids = ids.where(turn == 0, ids + "~" + (turn + 1).astype(str))
    return frame.set_axis(pd.Index(ids, dtype=object))


def _row_changes(before: pd.DataFrame, after: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows changed (old_id, new_id, change) and the pairs that are one row in both."""
    kept = before.index.intersection(after.index).sort_values()
    kept = kept.difference(_strayed(before, after, kept, table), sort=False)
    pairs = pd.DataFrame({"old_id": kept, "new_id": kept, "change": ""})
    gone, fresh = before.drop(index=kept), after.drop(index=kept)
    met = _met(gone, fresh, table)
    one_row = met["change"].isin(["same", "renamed"])
    pairs = pd.concat([t for t in (pairs, met[one_row]) if len(t)] or [pairs], ignore_index=True)
    lost = gone.index.difference(met["old_id"], sort=True)
    made = fresh.index.difference(met["new_id"], sort=True)
    rows = [
        pd.DataFrame({"old_id": lost, "new_id": "", "change": "removed"}),
        pd.DataFrame({"old_id": "", "new_id": made, "change": "added"}),
        met[met["change"] != "same"],
        _redrawn(before, after, pairs) if "geometry" in table else met.iloc[:0],
    ]
    filled = [r for r in rows if len(r)]
    return pd.concat(filled or rows[:1], ignore_index=True), pairs


def _strayed(before: pd.DataFrame, after: pd.DataFrame, ids: pd.Index, table: Table) -> pd.Index:
    """Ids that now stand for other land or another line: the land decides which row is which."""
    if table.name not in _DRAWN:
        return ids[:0]
    ids = ids[_wkb(before.loc[ids]) != _wkb(after.loc[ids])]
    frames = [f.loc[ids, ["geometry"]] for f in (before, after)]
    a, b = ((_areal(f) if table.name == "streets" else f).geometry.to_numpy() for f in frames)
    a, b = polygonal(a), polygonal(b)
    common = shapely.area(shapely.intersection(a, b))
    return ids[common < MATCH_MIN * (shapely.area(a) + shapely.area(b) - common)]


def _met(gone: pd.DataFrame, fresh: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows that are the same piece of land or the same line, by overlap and text."""
    empty = pd.DataFrame(columns=["old_id", "new_id", "change"])
    if table.name not in _DRAWN or not len(gone) or not len(fresh):
        return empty
    matches = match_rows(gone, fresh, table.name)
    found = matches[~matches["status"].isin(["new", "gone"])].rename(columns={"status": "change"})
    return found[["old_id", "new_id", "change"]] if len(found) else empty


def _wkb(frame: pd.DataFrame) -> np.ndarray:
    text: np.ndarray = shapely.to_wkb(frame["geometry"].to_numpy(dtype=object), hex=True)
    return text


def _redrawn(before: pd.DataFrame, after: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    differ = _wkb(before.loc[pairs["old_id"]]) != _wkb(after.loc[pairs["new_id"]])
    return pairs[differ].assign(change="geometry")


def _value_changes(before: pd.DataFrame, after: pd.DataFrame, pairs: pd.DataFrame, table: Table) -> pd.DataFrame:
    old, new = before.loc[pairs["old_id"]], after.loc[pairs["new_id"]]
    found = []
    for column in sorted((set(before) | set(after)) - {"geometry"}):
        a, b = _told(old, column), _told(new, column)
        at = a != b
        values = {"column": column, "old_value": a[at], "new_value": b[at]}
        found.append(pairs.loc[at, ["old_id", "new_id"]].assign(layer=table.name, **values))
    filled = [f for f in found if len(f)]
    columns = [c.name for c in DIFFERENCE_TABLES["attributes"]]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def _told(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Values as text, ``""`` where absent; numbers by value, not by type."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        values = values.astype(float).round(9)
    kinds = {v: _word(v) for v in values.dropna().drop_duplicates()}
    told: np.ndarray = values.map(kinds).astype(object).where(values.notna(), "").to_numpy(dtype=object)
    return told


def _word(value: object) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _sized(rows: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows with the area or length of what they were and are."""
    rows = rows.assign(layer=table.name)
    for side, frame, column in (("old", before, "old_id"), ("new", after, "new_id")):
        shapes = frame["geometry"].to_numpy(dtype=object) if "geometry" in frame else np.full(len(frame), None)
        flat = shapely.get_dimensions(shapes) == 2
        area = pd.Series(np.where(flat, shapely.area(shapes), np.nan), index=frame.index, dtype=float)
        length = pd.Series(np.where(flat, np.nan, shapely.length(shapes)), index=frame.index, dtype=float)
        rows[f"{side}_area_m2"] = area.reindex(rows[column]).to_numpy()
        rows[f"{side}_length_m"] = length.reindex(rows[column]).to_numpy()
    return rows.assign(shift_m=_shifts(rows, before, after))


def _shifts(rows: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    shift = np.full(len(rows), np.nan)
    redrawn = (rows["change"] == "geometry").to_numpy()
    if redrawn.any():
        old, new = before["geometry"].loc[rows["old_id"][redrawn]], after["geometry"].loc[rows["new_id"][redrawn]]
        shift[redrawn] = shapely.hausdorff_distance(old.to_numpy(), new.to_numpy())
    return shift
