"""A drawing to a plan: read, placed, outlines made, texts attached, streets found, every square metre told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from qutb.core import CrsError, Finding, InputError, Severity, UsageError
from qutb.files.crs import metric_crs, transformed, transformer_between
from qutb.files.drawing.answers import Answers, LayerAnswer
from qutb.files.drawing.buildings import built_among
from qutb.files.drawing.labels import Labels, labels_of, parsed_texts
from qutb.files.drawing.ledger import Ledger
from qutb.files.drawing.legend import legend_of
from qutb.files.drawing.marks import marked, own_number, with_own_values
from qutb.files.drawing.parts import parts_of
from qutb.files.drawing.placing import Placement, placement_of
from qutb.files.drawing.plots import Outlines, closed_rows, outlines_of
from qutb.files.drawing.raw import Raw, read_raw
from qutb.files.drawing.remarks import remarks_of
from qutb.files.drawing.scan import Scan, scan_raw
from qutb.files.drawing.shaping import on_grid
from qutb.files.drawing.streets import class_of, derived_streets, drawn_streets, measured_widths
from qutb.files.drawing.telling import told
from qutb.files.drawing.units import UNITS
from qutb.files.drawing.uses import with_uses
from qutb.files.limits import LIMITS, Limits
from qutb.plan import LOCAL_CRS, PLAN_TABLES, Plan, match_ids, read_tables

__all__ = ["DrawingImport", "read_drawing"]

_AXIS_AWAY_M = 1.0
_DIVIDING = 0.5
_NOTHING_M2 = 1e-4
_OF_PLAN = {table.name: table for table in PLAN_TABLES}


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


def read_drawing(
    path: str | Path,
    *,
    crs: str | None = None,
    answers: Answers | None = None,
    previous: Plan | None = None,
    limits: Limits = LIMITS,
) -> DrawingImport:
    """Read a DXF as a plan in ``crs`` (``"EPSG:n"`` or ``"local"``; a drawing that Qutb wrote knows its own).

    Without ``answers`` the scan's proposal is taken and that is said. ``previous`` gives its ids to plots that
    bear none. Raises ``FormatError``, ``LimitError``, ``CrsError`` (no or unsure system) or ``InputError``.
    """
    path = Path(path)
    asked = answers or Answers()
    crs = crs or asked.crs
    if crs not in ("", LOCAL_CRS):
        metric_crs(crs)
    where = "" if asked.control else asked.source_crs or crs
    raw = read_raw(path, unit=asked.unit, encoding=asked.encoding, chord_m=asked.chord_m, crs=where, limits=limits)
    stated = str(raw.facts["own_crs"])
    if not crs and not stated:
        raise UsageError("DRAW-CRS-NEEDED", path.name)
    if stated not in ("", LOCAL_CRS) and not asked.control:
        asked = asked.model_copy(update={"source_crs": asked.source_crs or stated})
    scan = scan_raw(raw, asked)
    return _Import(path, crs or stated, asked, previous, raw, scan).done()


class _Import:
    """One import, step by step; each step adds to the ledger and to what is said."""

    def __init__(self, path: Path, crs: str, asked: Answers, previous: Plan | None, raw: Raw, scan: Scan) -> None:
        self.path, self.crs, self.asked, self.previous = path, crs, asked, previous
        self.scan, self.answers = scan, scan.proposal
        self.said: list[Finding] = []
        self.ledger = Ledger()
        self.residuals = pd.DataFrame(columns=["name", "dx_m", "dy_m", "residual_m"])
        self.raw = self._placed(raw)

    def done(self) -> DrawingImport:
        shapes, texts = self._with_roles()
        rows, closed, mended = closed_rows(shapes, self.ledger, self.answers.gap_m)
        rows = self._one_part(rows)
        shapes, texts = self._near(shapes, texts, rows)
        parsed = parsed_texts(texts, self.asked.words)
        rows = self._by_legend(rows, parsed)
        texts, parsed = (t[self._roles(t) != "ignore"].reset_index(drop=True) for t in (texts, parsed))
        rows = self._with_buildings(rows, shapes)
        outlines = self._outlines(rows, shapes, parsed)
        labels = labels_of(parsed, outlines.plots, self.answers.text_reach_m)
        plots, uses_by = with_uses(outlines, labels, self._blocks(rows), parsed, self.answers)
        plots, ids_by = self._with_ids(plots, labels)
        plots, matches = self._matched(plots, ids_by)
        streets = self._streets(shapes, plots, parsed)
        frames = {"plots": plots.drop(columns="named"), "streets": streets, **self._others(rows)}
        frames = {n: with_own_values(self._rounded(f), _OF_PLAN[n]) for n, f in frames.items() if len(f)}
        plan, found = read_tables(frames, name=self.path.stem, crs=self.crs)
        self._account(rows)
        closures = pd.concat([c for c in (closed, outlines.closures) if len(c)] or [closed], ignore_index=True)
        result = DrawingImport(
            plan=plan,
            scan=self.scan,
            answers=self.answers,
            findings=(),
            closures=closures,
            open_ends=outlines.open_ends,
            dropped=self._dropped(),
            area_in_m2=self.ledger.came_m2,
            plots_area_m2=float(plan.plots.area.sum()),
            other_area_m2=sum(float(t.area.sum()) for t in (plan.street_areas, plan.buildings) if len(t)),
            uses_by=uses_by,
            ids_by=ids_by,
            spot_heights=self._levels(shapes, texts),
            residuals=self.residuals,
            matches=matches,
        )
        said = remarks_of(result, labels, plots, mended, asked=self.asked)
        findings = (*self.scan.findings, *self.said, *said, *found)
        return replace(result, findings=findings, plan=replace(plan, remarks=findings))

    # place --------------------------------------------------------------------------------------------

    def _placed(self, raw: Raw) -> Raw:
        shapes, texts = raw.shapes.copy(), raw.texts.copy()
        dots = shapely.points(texts[["x_m", "y_m"]].to_numpy(dtype=float)) if len(texts) else np.empty(0, object)
        lines = shapes["geometry"].to_numpy()
        if self.asked.control:
            placement = self._control()
            lines, dots = (shapely.transform(g, placement) for g in (lines, dots))
        lines, dots = self._projected(lines, dots)
        shapes["geometry"] = lines
        if len(texts):
            texts[["x_m", "y_m"]] = shapely.get_coordinates(dots)
        return replace(raw, shapes=shapes, texts=texts)

    def _control(self) -> Placement:
        unit = UNITS[self.scan.unit]
        ask = self.asked
        placement = placement_of(ask.control, unit, ask.residual_most_m, ask.accept_residuals, self.path.name)
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
        datum = self.asked.datum or None
        source = self.asked.source_crs
        target = CRS.from_user_input(self.crs)
        if source and source != self.crs:
            mover = transformer_between(metric_crs(source), target, bounds, datum=datum, where=self.path.name)
            params = {"file": self.path.name, "source": source, "target": self.crs}
            self.said.append(Finding(code="FILE-CRS-REPROJECTED", severity="note", params=params))
            return transformed(lines, mover), transformed(dots, mover)
        self._sure(target, bounds, datum)
        return lines, dots

    def _sure(self, crs: CRS, bounds: tuple[float, float, float, float], datum: Any) -> None:
        area = crs.area_of_use
        place = _degrees(crs, bounds)
        if area is not None and (place is None or not _within(place, area.bounds)):
            params = {"crs": self.crs, "x": round(bounds[0], 1), "y": round(bounds[1], 1)}
            self.said.append(Finding(code="DRAW-FAR", severity="warning", params=params))
            return
        try:
            transformer_between(crs, CRS.from_epsg(4326), bounds, datum=datum, where=self.path.name)
        except CrsError as fault:
            if fault.code == "FILE-DATUM-UNKNOWN" and datum == "as_is":
                return
            raise
        if datum:
            params = {"file": self.path.name, "datum": datum, "operation": self.crs}
            self.said.append(Finding(code="FILE-DATUM-USED", severity="note", params=params))

    # what is where ------------------------------------------------------------------------------------

    def _layer(self, name: str) -> LayerAnswer:
        return self.answers.layers.get(name) or LayerAnswer(role="ignore")

    def _with_roles(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        shapes, texts = self.raw.shapes, self.raw.texts
        shapes["role"] = self._roles(shapes)
        shapes["use"] = shapes["layer"].map({name: self._layer(name).use for name in shapes["layer"].unique()})
        shapes["source"] = ""
        return shapes, texts

    def _roles(self, frame: pd.DataFrame) -> pd.Series:
        return frame["layer"].map({name: self._layer(name).role for name in frame["layer"].unique()})

    def _one_part(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of one drawing where the file holds several, far apart."""
        boxes = parts_of(rows[rows["role"] == "plots"])
        if len(boxes) < 2:
            return rows
        chosen = self.asked.part or 1
        if chosen > len(boxes):
            raise InputError("DRAW-PART-UNKNOWN", self.path.name, part=chosen, found=len(boxes))
        said = [
            f"{n + 1}: {b.plots} plots, {b.area_m2:.0f} m2, x {b.x_m:.0f} y {b.y_m:.0f}" for n, b in enumerate(boxes)
        ]
        params = {"found": len(boxes), "part": chosen, "said": "; ".join(said)}
        severity: Severity = "note" if self.asked.part else "warning"
        self.said.append(Finding(code="DRAW-PARTS", severity=severity, params=params))
        self.box = boxes[chosen - 1].box
        inside = shapely.intersects(shapely.box(*self.box), rows["geometry"].to_numpy())
        away = rows[~inside]
        for layer, some in away.groupby("layer", sort=True):
            self.ledger.drop("other_part", str(layer), float(some["area_m2"].sum()), len(some))
        return rows[inside].reset_index(drop=True)

    box: tuple[float, float, float, float] | None = None

    def _near(self, shapes: pd.DataFrame, texts: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Lines and texts of the chosen part."""
        if self.box is None:
            return shapes, texts
        frame = shapely.box(*self.box).buffer(self.answers.street_width_most_m)
        near = shapely.intersects(frame, shapes["geometry"].to_numpy())
        x, y = texts["x_m"], texts["y_m"]
        west, south, east, north = frame.bounds
        return shapes[near], texts[(x >= west) & (x <= east) & (y >= south) & (y <= north)]

    def _by_legend(self, rows: pd.DataFrame, parsed: pd.DataFrame) -> pd.DataFrame:
        """Rows with the uses that a legend gives their colours, without the boxes of the legend."""
        plots = rows[rows["role"] == "plots"]
        legend = legend_of(plots, parsed)
        boxes = plots[legend.boxes]
        if boxes.empty:  # a legend on a layer of its own, which is not read
            legend = legend_of(rows[rows["role"] == "ignore"], parsed)
        if not legend.boxes.any():
            return rows
        given = pd.Series(legend.uses(plots), index=plots.index)
        given = given[(plots["use"] == "") & (given != "") & ~plots.index.isin(boxes.index)]
        rows.loc[given.index, "use"] = given
        params = {"count": len(given), "said": ", ".join(sorted(given.unique()))}
        self.said.append(Finding(code="DRAW-LEGEND", severity="note", params=params))
        for layer, some in boxes.groupby("layer", sort=True):
            self.ledger.drop("legend", str(layer), float(some["area_m2"].sum()), len(some))
        return rows.drop(index=boxes.index).reset_index(drop=True)

    def _with_buildings(self, rows: pd.DataFrame, shapes: pd.DataFrame) -> pd.DataFrame:
        """Rows in which buildings on layers without a telling name have their role."""
        proposed = self.scan.layers["reason"].astype(str).str.startswith("shapes")
        plots = rows[rows["role"] == "plots"]
        lines = self._plot_lines(rows, shapes)["geometry"].to_numpy()
        built = built_among(plots, lines, set(self.scan.layers.index[proposed]), self.answers.gap_m)
        rows.loc[plots.index[built], "role"] = "buildings"
        for layer, some in plots[built].groupby("layer", sort=True):
            where, params = (
                (f"layer:{layer}",),
                {"count": len(some), "value": float(some["area_m2"].sum()), "unit": "m2"},
            )
            self.said.append(Finding(code="DRAW-BUILDINGS-FOUND", severity="warning", where=where, params=params))
        return rows

    def _plot_lines(self, rows: pd.DataFrame, shapes: pd.DataFrame) -> pd.DataFrame:
        """Open lines of the layers that hold plots, and outlines of blocks where those only divide them."""
        used = set(rows.loc[rows["kind"] == "ring", "row"])
        lines = shapes[(shapes["role"] == "plots") & (shapes["kind"] == "line")]
        lines = lines[~lines.index.isin(used)].copy()
        lines["row"] = lines.index
        return pd.concat([lines, self._block_edges(rows, lines)])

    def _outlines(self, rows: pd.DataFrame, shapes: pd.DataFrame, parsed: pd.DataFrame) -> Outlines:
        plots = rows[rows["role"] == "plots"].reset_index(drop=True)
        said = parsed[parsed["kind"].isin(["plot_id", "use"])]
        marks = shapely.points(said[["x_m", "y_m"]].to_numpy(dtype=float)) if len(said) else np.empty(0, object)
        outlines = outlines_of(plots, self._plot_lines(rows, shapes), marks, self.ledger, self.answers)
        if not len(outlines.plots):
            raise InputError("DRAW-NO-PLOTS", self.path.name, layers=", ".join(map(str, self.scan.layers.index[:12])))
        return outlines

    def _block_edges(self, rows: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
        """Outlines of blocks as lines, where lots are drawn only as lines that divide them."""
        blocks = self._blocks(rows)
        drawn = float(rows.loc[(rows["role"] == "plots") & (rows["kind"] == "ring"), "area_m2"].sum())
        if not len(lines) or not len(blocks) or drawn > 0.5 * float(blocks["area_m2"].sum()):
            return lines.iloc[:0]
        land, drawn_lines = shapely.union_all(blocks["geometry"].to_numpy()), lines["geometry"].to_numpy()
        inside = shapely.length(shapely.intersection(drawn_lines, land)).sum()
        if inside < _DIVIDING * shapely.length(drawn_lines).sum():  # streets, then, not sides of lots
            return lines.iloc[:0]
        edges = blocks.assign(kind="line", geometry=shapely.boundary(blocks["geometry"].to_numpy()))
        return edges[[c for c in lines.columns if c in edges]]

    def _blocks(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["role"] == "blocks"].reset_index(drop=True)

    # ids ----------------------------------------------------------------------------------------------

    def _with_ids(self, plots: pd.DataFrame, labels: Labels) -> tuple[pd.DataFrame, dict[str, int]]:
        """Ids from Qutb's own marks, else texts, else made; ids used twice told apart by a suffix."""
        own = plots["tags"].map(marked).replace("", None).astype(object)
        text = labels.by_plot["plot_id"].astype(object)
        ids = own.where(own.notna(), text)
        ids = ids.map(lambda v: str(v).strip() if isinstance(v, str) and v.strip() else None)
        made = ids.isna().to_numpy()
        taken = set(ids.dropna())
        fresh = (f"N-{n}" for n in range(1, 10_000_000) if f"N-{n}" not in taken)
        ids = ids.where(~made, [next(fresh) if m else "" for m in made])
        again = ids.duplicated(keep="first").to_numpy()
        self.twice = sorted(set(ids[again]))
        ids = _apart(ids)
        counts = {
            "mark": int(own.notna().sum()),
            "text": int((own.isna() & ~made).sum()),
            "made": int(made.sum()),
            "suffixed": int(again.sum()),
        }
        if len(self.twice):
            where = tuple(f"plot:{i}" for i in self.twice[:50])
            params = {"count": int(again.sum()), "example": f"{self.twice[0]} → {self.twice[0]}~2"}
            self.said.append(Finding(code="DRAW-ID-TWICE", severity="warning", where=where, params=params))
        return plots.assign(plot_id=ids.to_numpy(), named=~made), counts

    def _matched(self, plots: pd.DataFrame, ids_by: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Ids of the earlier version for plots that are the same land and bear no number of their own."""
        if self.previous is None:
            return plots, None
        land = gpd.GeoDataFrame(geometry=plots["geometry"].to_numpy(), index=plots["plot_id"].astype(str))
        matches = match_ids(self.previous.plots, land)
        found = matches[matches["status"].isin(["same", "renamed"])]
        wish = plots["plot_id"].map(dict(zip(found["new_id"], found["old_id"], strict=True)))
        taken = set(plots.loc[plots["named"], "plot_id"])
        given = ~plots["named"] & wish.notna() & ~wish.isin(taken)
        ids = _apart(wish.where(given, plots["plot_id"]))
        matches["kept_id"] = matches["new_id"].map(dict(zip(plots["plot_id"], ids, strict=True)))
        ids_by |= {"made": ids_by["made"] - int(given.sum()), "previous": int(given.sum())}
        return plots.assign(plot_id=ids, named=plots["named"] | given), matches

    # streets ------------------------------------------------------------------------------------------

    def _streets(self, shapes: pd.DataFrame, plots: pd.DataFrame, parsed: pd.DataFrame) -> pd.DataFrame:
        land = plots["geometry"].to_numpy()
        lines = shapes[(shapes["role"] == "streets") & (shapes["kind"] == "line")].copy()
        if not len(lines):
            lines = self._stray_axes(shapes, land)
        most = self.answers.street_width_most_m
        if len(lines):
            streets = drawn_streets(lines)
            measured = measured_widths(streets["geometry"].to_numpy(), land, most)
            own = pd.Series([own_number(tags, "width_m") for tags in streets["tags"]])
            streets["width_m"] = own.fillna(pd.Series(measured)).fillna(_by_text(streets, parsed))
        else:
            streets = derived_streets(land, most).assign(layer="", tags=None)
            params = {"count": len(streets), "most": most}
            self.said.append(Finding(code="DRAW-STREETS-DERIVED", severity="warning", params=params))
        lacking = streets["width_m"].isna()
        if lacking.any():
            params = {"count": int(lacking.sum()), "used": self.answers.default_width_m}
            self.said.append(Finding(code="DRAW-WIDTH-ASSUMED", severity="warning", params=params))
        streets["width_m"] = streets["width_m"].fillna(self.answers.default_width_m).clip(0.5, 200.0).round(2)
        by_width = class_of(streets["width_m"].to_numpy(dtype=float), self.answers.class_widths_m)
        given = np.array([self._layer(name).street_class for name in streets["layer"]], dtype=object)
        streets["street_class"] = np.where(given == "", by_width, given) if len(streets) else by_width
        ids = [marked(tags) or f"S-{n + 1}" for n, tags in enumerate(streets["tags"])]
        streets["street_id"] = _apart(pd.Series(ids, dtype=object)).to_numpy()
        return streets[["street_id", "street_class", "width_m", "tags", "geometry"]]

    def _stray_axes(self, shapes: pd.DataFrame, land: np.ndarray) -> pd.DataFrame:
        """Lines on the layers of plots that run between plots and bound none: centre lines on a wrong layer."""
        lines = shapes[(shapes["role"] == "plots") & (shapes["kind"] == "line")].copy()
        if not len(lines):
            return lines
        middles = shapely.line_interpolate_point(lines["geometry"].to_numpy(), 0.5, normalized=True)
        (at, _), distance = shapely.STRtree(land).query_nearest(middles, return_distance=True, all_matches=False)
        away = np.zeros(len(lines), dtype=bool)
        away[at] = distance > _AXIS_AWAY_M
        found = lines[away]
        if len(found):
            where = tuple(f"layer:{name}" for name in sorted(found["layer"].unique()))
            self.said.append(
                Finding(code="DRAW-STREETS-FOUND", severity="warning", where=where, params={"count": len(found)})
            )
        return found

    # the rest -----------------------------------------------------------------------------------------

    def _others(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        areas = rows[rows["role"] == "street_areas"].reset_index(drop=True)
        built = rows[rows["role"] == "buildings"].reset_index(drop=True)
        return {
            "street_areas": areas[["tags", "geometry"]].assign(area_id=_named(areas, "V")),
            "buildings": built[["tags", "geometry"]].assign(building_id=_named(built, "B")),
        }

    def _account(self, rows: pd.DataFrame) -> None:
        """What layers of other roles held, by cause."""
        for (role, layer), part in rows.groupby(["role", "layer"], sort=True):
            if role not in ("plots", "street_areas", "buildings"):
                self.ledger.drop(f"role_{role}", str(layer), float(part["area_m2"].sum()), len(part))

    def _rounded(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Shapes on whole millimetres; what that adds or takes is a cause of its own."""
        shapes = np.array(frame["geometry"].to_numpy(), dtype=object)
        if shapely.get_dimensions(shapes[0]) != 2:
            return frame
        rounded = on_grid(shapes)
        self.ledger.drop("rounding", "", float(shapely.area(shapes).sum() - shapely.area(rounded).sum()), 0)
        whole = shapely.area(rounded) > 0
        return frame.assign(geometry=rounded)[whole]

    def _dropped(self) -> pd.DataFrame:
        went = sorted(self.ledger.went.items())
        rows = [(c, y, e.count, e.area_m2) for (c, y), e in went if e.count or abs(e.area_m2) > _NOTHING_M2]
        return pd.DataFrame(rows, columns=["cause", "layer", "count", "area_m2"])

    def _levels(self, shapes: pd.DataFrame, texts: pd.DataFrame) -> gpd.GeoDataFrame:
        from qutb.files.drawing.survey import levels_of

        points = shapes[(shapes["role"] == "spot_heights") & (shapes["kind"] == "point")]
        return levels_of(points, texts, self.crs)


def _apart(ids: pd.Series) -> pd.Series:
    while ids.duplicated().any():
        turn = ids.groupby(ids).cumcount()
        ids = ids.where(turn == 0, ids.astype(str) + "~" + (turn + 1).astype(str))
    return ids


def _named(rows: pd.DataFrame, letter: str) -> list[str]:
    names = pd.Series([marked(tags) or f"{letter}-{n + 1}" for n, tags in enumerate(rows["tags"])], dtype=object)
    return [str(n) for n in _apart(names)]


def _by_text(streets: pd.DataFrame, parsed: pd.DataFrame) -> pd.Series:
    """The width written nearest to a line, within 15 m."""
    widths = parsed[parsed["kind"] == "width"]
    found = pd.Series(np.nan, index=streets.index)
    if len(widths):
        points = shapely.points(widths[["x_m", "y_m"]].to_numpy(dtype=float))
        lines, near = shapely.STRtree(points).query_nearest(
            streets["geometry"].to_numpy(), max_distance=15.0, all_matches=False
        )
        found.iloc[lines] = widths["value"].to_numpy(dtype=float)[near]
    return found


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
