"""The first look at a drawing: what each layer holds and what it is likely to be. Nothing is decided here.

A layer is proposed by its name (``vocabulary.toml``), else by its shapes: many closed outlines of the size of
lots are plots, long lines between plots are centre lines, outlines that cover others are blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding
from qutb.files.drawing.answers import Answers, LayerAnswer
from qutb.files.drawing.buildings import stand_in
from qutb.files.drawing.linework import faces_of
from qutb.files.drawing.problems import problems_of
from qutb.files.drawing.raw import Raw, read_raw
from qutb.files.drawing.units import header_unit
from qutb.files.drawing.words import Meaning, meaning_of, storeys_of
from qutb.files.limits import LIMITS, Limits

__all__ = ["Scan", "closed_shapes", "scan_drawing", "scan_raw", "use_of_storeys"]

_LOT_M2 = (30.0, 60_000.0)
_MANY = 10
_APARTMENT_STOREYS = 5
_SAID_MOST = 200
_FILLED = 0.7
_BESIDE_M = 3.0
_BETWEEN = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan:
    """What a drawing holds; ``layers`` (index layer) has counts, areas, lengths and the proposal.

    ``proposal`` is the whole of the answers Qutb would give; ``findings`` what cannot be read, and where.
    """

    file: str
    unit: str
    unit_said: str
    encoding: str
    bounds_m: tuple[float, float, float, float] | None
    layers: pd.DataFrame
    blocks: Mapping[str, int]
    texts: int
    proposal: Answers
    findings: tuple[Finding, ...] = ()
    raw: Raw | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data, as printed by ``qutb plan import --json``."""
        rows = self.layers.reset_index().astype(object)
        rows = rows.where(rows.notna(), None)
        return {
            "file": self.file,
            "unit": self.unit,
            "unit_in_header": self.unit_said,
            "encoding": self.encoding,
            "bounds_m": list(self.bounds_m) if self.bounds_m else None,
            "layers": rows.to_dict("records"),
            "blocks": dict(self.blocks),
            "texts": self.texts,
        }

    def to_toml(self) -> str:
        """The proposal as ``layers.toml``, each layer with what it holds, largest area first."""
        ask = self.proposal
        lines = [
            'form = "qutb-layers/1"',
            f"file = {_quoted(self.file)}",
            "confirmed = false                # true once you have read it",
            f'unit = "{ask.unit}"                      # $INSUNITS: {self.unit_said or "-"}',
            f'encoding = "{ask.encoding}"',
            f"gap_m = {ask.gap_m}",
            f"chord_m = {ask.chord_m}",
            f"text_reach_m = {ask.text_reach_m}",
            "",
            "[layers]",
        ]
        for name, row in self.layers.iterrows():
            answer = ask.layers[str(name)]
            said = {k: v for k, v in answer.model_dump().items() if v not in ("", None)}
            inner = ", ".join(f"{k} = {_quoted(v) if isinstance(v, str) else v}" for k, v in said.items())
            holds = f"{row['closed']} closed {row['closed_area_m2']:.0f} m2"
            holds += f", {row['open']} open {row['open_length_m']:.0f} m"
            holds += f", {row['hatches']} hatches, {row['texts']} texts ({row['reason']})"
            lines.append(f"{_quoted(str(name))} = {{ {inner} }}  # {holds}")
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def scan_drawing(path: str | Path, *, answers: Answers | None = None, limits: Limits = LIMITS) -> Scan:
    """Look at a DXF file. Raises ``FormatError`` (DWG, no DXF, cut) or ``LimitError``."""
    asked = answers or Answers()
    raw = read_raw(Path(path), unit=asked.unit, encoding=asked.encoding, chord_m=asked.chord_m, limits=limits)
    return scan_raw(raw, asked)


def scan_raw(raw: Raw, asked: Answers) -> Scan:
    """The scan of a drawing already read."""
    layers = _proposed(_measured(raw), raw)
    given = {name: asked.layer(str(name)) for name in layers.index}
    proposal = {str(n): given[n] or LayerAnswer(**_answer(row)) for n, row in layers.iterrows()}
    for name, answer in given.items():
        if answer is not None:
            layers.loc[name, ["role", "use", "reason"]] = [answer.role, answer.use, "answer"]
    changes: dict[str, Any] = {
        "layers": proposal,
        "unit": raw.unit,
        "file": raw.file,
        "encoding": raw.facts["encoding"],
    }
    corners = shapely.total_bounds(raw.shapes["geometry"].to_numpy()) if len(raw.shapes) else np.full(4, np.nan)
    return Scan(
        file=raw.file,
        unit=raw.unit,
        unit_said=header_unit(raw.facts["insunits"]),
        encoding=raw.facts["encoding"],
        bounds_m=tuple(corners.tolist()) if np.isfinite(corners).all() else None,
        layers=layers,
        blocks=raw.shapes.loc[raw.shapes["block"] != ""].groupby("block")["insert"].nunique().to_dict(),
        texts=len(raw.texts),
        proposal=asked.model_copy(update=changes),
        findings=problems_of(raw, asked),
        raw=raw,
    )


def closed_shapes(shapes: pd.DataFrame) -> np.ndarray:
    """Polygons of the rows that are rings (``None`` for others), as drawn, without mending."""
    made = np.full(len(shapes), None, dtype=object)
    lines = shapes["geometry"].to_numpy()
    rings = (shapes["kind"].isin(["ring", "hatch"])).to_numpy() & (shapely.get_num_coordinates(lines) >= 3)
    for row in np.flatnonzero(rings):
        made[row] = _polygon(shapely.get_coordinates(lines[row]))
    return made


def _polygon(points: np.ndarray) -> shapely.Geometry | None:
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = np.any(points[1:] != points[:-1], axis=1)
    points = points[keep]
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    return shapely.Polygon(points) if len(points) >= 3 else None


# measures ------------------------------------------------------------------------------------------------


def _measured(raw: Raw) -> pd.DataFrame:
    """Counts, areas and lengths by layer."""
    shapes = raw.shapes
    polygons = closed_shapes(shapes)
    work = pd.DataFrame({"layer": shapes["layer"], "kind": shapes["kind"], "entity": shapes["entity"]})
    work["area"] = shapely.area(polygons)
    work["length"] = shapely.length(shapes["geometry"].to_numpy())
    rings, opened = work[work["kind"] == "ring"], work[work["kind"] == "line"]
    hatches = shapes[shapes["kind"] == "hatch"]
    names = pd.Index([entry["name"] for entry in raw.facts["layers"]], name="layer")
    facts = pd.DataFrame(index=names)
    facts["hidden"] = [bool(entry["hidden"]) for entry in raw.facts["layers"]]
    facts["colour"] = [int(entry["colour"]) for entry in raw.facts["layers"]]
    by = rings.groupby("layer")["area"]
    facts["closed"], facts["closed_area_m2"], facts["closed_median_m2"] = by.count(), by.sum(), by.median()
    facts["circles"] = rings[rings["entity"] == "CIRCLE"].groupby("layer")["area"].count()
    lines = opened.groupby("layer")["length"]
    facts["open"], facts["open_length_m"], facts["open_median_m"] = lines.count(), lines.sum(), lines.median()
    facts["hatches"] = hatches.groupby("layer")["group"].nunique()
    facts["points"] = work[work["kind"] == "point"].groupby("layer")["length"].count()
    facts["texts"] = raw.texts.groupby("layer")["text"].count() if len(raw.texts) else 0
    counts = ["closed", "circles", "open", "hatches", "points", "texts"]
    facts[counts] = facts[counts].fillna(0).astype(int)
    return facts.fillna({"closed_area_m2": 0.0, "open_length_m": 0.0, "closed_median_m2": 0.0, "open_median_m": 0.0})


def _proposed(facts: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    rows = [_proposal(str(name), row) for name, row in facts.iterrows()]
    columns = ["role", "use", "facility_type", "street_class", "storeys", "reason"]
    table = facts.assign(**{c: [r[i] for r in rows] for i, c in enumerate(columns)})
    table = _with_plots(table)
    table = _with_lines_placed(table, raw)
    return table.sort_values(["closed_area_m2", "open_length_m", "texts"], ascending=False, kind="stable")


def use_of_storeys(storeys: float) -> str:
    """The likely use of a plot that tells only its height; the reader says how often this was taken."""
    return "housing_apartment" if storeys >= _APARTMENT_STOREYS else "housing_row"


_Row = tuple[str, str, str, str, float, str]


def _proposal(name: str, row: pd.Series) -> _Row:
    """Role, use, facility, street class, storeys and why, of one layer by itself."""
    told = meaning_of(name)
    storeys = storeys_of(name)
    drawn = row["closed"] + row["hatches"] + row["open"]
    if not drawn:
        return _without_shapes(row, told)
    if row["hidden"] and name.lower() != "0":
        return ("ignore", told.use, "", "", np.nan, "layer is off")
    if told.use and told.role not in ("ignore", "text", "buildings", "blocks", "spot_heights", "control"):
        return ("plots", told.use, told.facility_type, "", storeys or np.nan, f"name: {told.word}")
    if told.use and row["hatches"] + row["closed"]:
        return ("plots", told.use, told.facility_type, "", storeys or np.nan, f"name: {told.word}")
    if storeys:
        return ("plots", use_of_storeys(storeys), "", "", float(storeys), f"name: R+{storeys - 1}")
    if told.role or told.street_class:
        return _by_role(row, told)
    return ("", "", "", "", np.nan, "")


def _without_shapes(row: pd.Series, told: Meaning) -> _Row:
    if row["points"] and not row["texts"]:
        return ("control" if told.role == "control" else "spot_heights", "", "", "", np.nan, "points")
    if told.role in ("ignore", "spot_heights", "control"):
        return (told.role, "", "", "", np.nan, f"name: {told.word}")
    return ("text" if row["texts"] else "ignore", "", "", "", np.nan, "texts" if row["texts"] else "empty")


def _by_role(row: pd.Series, told: Meaning) -> _Row:
    role = told.role or "ways"
    reason = f"name: {told.word}"
    if role in ("ignore", "text", "control", "spot_heights", "streets") and _lots(row):
        return ("plots", "", "", "", np.nan, "shapes, against the name")
    return (role, "", "", told.street_class, np.nan, reason)


def _lots(row: pd.Series) -> bool:
    """Many closed outlines of the size of lots, and not circles (trees, manholes)."""
    plain = row["closed"] - row["circles"]
    return bool(plain >= _MANY and _LOT_M2[0] <= row["closed_median_m2"] <= _LOT_M2[1])


def _with_plots(table: pd.DataFrame) -> pd.DataFrame:
    """Layers whose names say nothing, by their shapes; some layer holds the plots unless there is none."""
    unknown = table["role"] == ""
    closed = table["closed"] - table["circles"] + table["hatches"]
    by_shape = unknown & (closed > 0) & ((table["closed_median_m2"] >= _LOT_M2[0]) | (table["hatches"] > 0))
    table.loc[by_shape, ["role", "reason"]] = ["plots", "shapes: closed outlines"]
    held = (table["role"] == "plots") & (closed + table["open"] > 0)
    if not held.any():
        table = _fallback(table, closed)
    return table


def _fallback(table: pd.DataFrame, closed: pd.Series) -> pd.DataFrame:
    """No layer is named or shaped as plots: blocks, else the layer with most closed area, else most lines."""
    for wanted in ("blocks", "boundary", "street_areas", "ignore", "text"):
        some = (table["role"] == wanted) & (closed >= 2) & ~table["hidden"]
        if some.any():
            best = table.loc[some, "closed_area_m2"].idxmax()
            table.loc[best, ["role", "reason"]] = ["plots", "no other layer holds closed outlines"]
            return table
    lines = (table["open"] > 0) & table["role"].isin(["", "blocks", "boundary", "ignore"]) & ~table["hidden"]
    if lines.any():
        best = table.loc[lines, "open_length_m"].idxmax()
        table.loc[best, ["role", "reason"]] = ["plots", "no closed outline: lines"]
    return table


def _with_lines_placed(table: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """Open lines of unnamed layers and of ways: between plots they are centre lines, on edges they are kerbs."""
    waiting = table.index[(table["role"].isin(["", "ways"])) & (table["open"] > 0)]
    if not len(waiting):
        table.loc[table["role"] == "", ["role", "reason"]] = ["ignore", "nothing recognised"]
        return table.assign(role=table["role"].replace({"ways": "street_areas"}))
    named = table.index[table["role"] == "plots"]
    rows = raw.shapes[raw.shapes["layer"].isin(named)]
    edges = rows.loc[rows["kind"] != "point", "geometry"].to_numpy()
    polygons = closed_shapes(rows[rows["kind"] == "ring"])
    polygons = polygons[~shapely.is_missing(polygons)]
    fills = closed_shapes(rows[rows["kind"] == "hatch"])
    fills = fills[~shapely.is_missing(fills) & shapely.is_valid(fills)]
    areas = np.concatenate([polygons, fills])
    of_blocks = raw.shapes["layer"].isin(table.index[table["role"] == "blocks"]) & (raw.shapes["kind"] == "ring")
    blocks = shapely.boundary(closed_shapes(raw.shapes[of_blocks]))
    for name in waiting:
        lines = raw.shapes.loc[(raw.shapes["layer"] == name) & (raw.shapes["kind"] == "line"), "geometry"].to_numpy()
        role, reason = _place_of(lines, edges, polygons, table.loc[name])
        if role != "streets" and table.loc[name, "role"] == "ways" and _plots_beside(lines, areas):
            role, reason = "streets", "lines that part plots"
        around = {"streets": polygons, "ignore": fills}.get(role, polygons[:0])
        if len(around) and table.loc[name, "role"] == "":
            faces, _ = faces_of(np.concatenate([lines, blocks[~shapely.is_missing(blocks)]]), Answers().gap_m)
            if (stand_in if role == "streets" else _fill)(around, faces):
                role, reason = "plots", "lines around outlines" if role == "streets" else "lines around hatches"
        table.loc[name, ["role", "reason"]] = [role, reason]
    table.loc[table["role"] == "", ["role", "reason"]] = ["ignore", "nothing recognised"]
    return table


def _place_of(lines: np.ndarray, edges: np.ndarray, polygons: np.ndarray, row: pd.Series) -> tuple[str, str]:
    lines = lines[:: max(1, len(lines) // _SAID_MOST)]
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    named = row["role"] == "ways"
    if not len(edges):
        return ("streets", row["reason"]) if named else ("plots", "lines, no closed outline")
    tree = shapely.STRtree(edges)
    _, distance = tree.query_nearest(middles, return_distance=True, all_matches=False)
    away = float(np.median(distance))
    inside = 0.0
    if len(polygons):
        inside = len(np.unique(shapely.STRtree(polygons).query(middles, predicate="within")[0])) / len(middles)
    if away > 1.0 and inside < 0.5:
        return ("streets", f"lines {away:.0f} m from plots" if not named else row["reason"])
    if named:
        return ("ignore" if not row["closed"] else "street_areas", "kerbs: lines on the edges of plots")
    if inside >= 0.5 or not len(polygons):
        return ("plots", "lines that divide outlines")
    touching = _ends_touch(lines, tree)
    return ("plots", "lines between outlines") if touching > 0.5 and away > 0.05 else ("ignore", "lines on edges")


def _plots_beside(lines: np.ndarray, polygons: np.ndarray) -> bool:
    """Whether most lines have plots on both sides: a plan without widths draws its streets on their edges."""
    if not len(polygons):
        return False
    tree = shapely.STRtree(polygons)
    sides = []
    for offset in (_BESIDE_M, -_BESIDE_M):
        middles = shapely.line_interpolate_point(shapely.offset_curve(lines, offset), 0.5, normalized=True)
        held = np.zeros(len(lines), dtype=bool)
        held[np.unique(tree.query(middles, predicate="within")[0])] = True
        sides.append(held)
    return bool((sides[0] & sides[1]).mean() > _BETWEEN)


def _fill(fills: np.ndarray, faces: np.ndarray) -> bool:
    """Whether most hatches fill a face of lines each: the lines are then the outlines of plots, not kerbs."""
    if not len(faces):
        return False
    fill, face = shapely.STRtree(faces).query(shapely.point_on_surface(fills), predicate="within")
    whole = shapely.area(fills[fill]) >= _FILLED * shapely.area(faces[face])
    return len(np.unique(face[whole])) >= _FILLED * len(fills)


def _ends_touch(lines: np.ndarray, tree: shapely.STRtree) -> float:
    ends = shapely.get_point(lines, 0)
    found = tree.query(ends, predicate="dwithin", distance=0.1)
    return len(np.unique(found[0])) / len(ends)


def _answer(row: pd.Series) -> dict[str, Any]:
    storeys = row["storeys"]
    plots = row["role"] == "plots"
    return {
        "role": row["role"] or "ignore",
        "use": row["use"] if plots else "",
        "facility_type": row["facility_type"] if plots else "",
        "street_class": row["street_class"],
        "storeys": float(storeys) if plots and np.isfinite(storeys) else None,
    }
