"""A drawing to a plan: read, placed, outlines made, texts attached, streets found, every square metre told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding, InputError, Severity, UsageError
from qutb.files.crs import metric_crs
from qutb.files.drawing.answers import Answers, LayerAnswer
from qutb.files.drawing.buildings import built_among
from qutb.files.drawing.ids import with_earlier_ids, with_ids
from qutb.files.drawing.labels import labels_of, parsed_texts
from qutb.files.drawing.ledger import Ledger
from qutb.files.drawing.legend import legend_of
from qutb.files.drawing.marks import apart, marked, with_own_values
from qutb.files.drawing.parts import parts_of
from qutb.files.drawing.placing import placed_in
from qutb.files.drawing.plots import Outlines, closed_rows, outlines_of
from qutb.files.drawing.raw import Raw, read_raw
from qutb.files.drawing.remarks import remarks_of
from qutb.files.drawing.result import DrawingImport
from qutb.files.drawing.scan import Scan, scan_raw
from qutb.files.drawing.shaping import on_grid
from qutb.files.drawing.streets import streets_of
from qutb.files.drawing.uses import with_uses
from qutb.files.limits import LIMITS, Limits
from qutb.plan import LOCAL_CRS, PLAN_TABLES, Plan, read_tables

__all__ = ["read_drawing"]

_DIVIDING = 0.5
_NOTHING_M2 = 1e-4
_OF_PLAN = {table.name: table for table in PLAN_TABLES}


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
        placed = placed_in(crs, raw, asked)
        self.raw, self.residuals, self.said = placed.raw, placed.residuals, placed.said
        self.ledger = Ledger()

    def done(self) -> DrawingImport:
        shapes, texts = self._with_roles()
        rows, closed, mended = closed_rows(shapes, self.ledger, self.answers.gap_m)
        rows, box = self._one_part(rows)
        shapes, texts = self._near(shapes, texts, box)
        parsed = parsed_texts(texts, self.asked.words)
        rows = self._by_legend(rows, parsed)
        texts, parsed = (t[self._roles(t) != "ignore"].reset_index(drop=True) for t in (texts, parsed))
        rows = self._with_buildings(rows, shapes)
        outlines = self._outlines(rows, shapes, parsed)
        labels = labels_of(parsed, outlines.plots, self.answers.text_reach_m)
        plots, uses_by = with_uses(outlines, labels, self._blocks(rows), parsed, self.answers)
        plots, ids_by, twice = with_ids(plots, labels)
        plots, matches = self._matched(plots, ids_by)
        streets, about = streets_of(shapes, plots["geometry"].to_numpy(), parsed, self.answers)
        self.said += [*twice, *about]
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

    def _one_part(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, shapely.Geometry | None]:
        """The rows of one drawing, and its box, where the file holds several, far apart."""
        boxes = parts_of(rows[rows["role"] == "plots"])
        if len(boxes) < 2:
            return rows, None
        chosen = self.asked.part or 1
        if chosen > len(boxes):
            raise InputError("DRAW-PART-UNKNOWN", self.path.name, part=chosen, found=len(boxes))
        said = [f"{n + 1}: {b.plots}, {b.area_m2:.0f} m2, x {b.x_m:.0f} y {b.y_m:.0f}" for n, b in enumerate(boxes)]
        params = {"found": len(boxes), "part": chosen, "said": "; ".join(said)}
        severity: Severity = "note" if self.asked.part else "warning"
        self.said.append(Finding(code="DRAW-PARTS", severity=severity, params=params))
        box = shapely.box(*boxes[chosen - 1].box)
        inside = shapely.intersects(box, rows["geometry"].to_numpy())
        away = rows[~inside]
        for layer, some in away.groupby("layer", sort=True):
            self.ledger.drop("other_part", str(layer), float(some["area_m2"].sum()), len(some))
        return rows[inside].reset_index(drop=True), box

    def _near(
        self, shapes: pd.DataFrame, texts: pd.DataFrame, box: shapely.Geometry | None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Lines and texts of the chosen part."""
        if box is None:
            return shapes, texts
        frame = box.buffer(self.answers.street_width_most_m)
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
        if len(given):
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
            where = (f"layer:{layer}",)
            params = {"count": len(some), "value": float(some["area_m2"].sum()), "unit": "m2"}
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

    def _matched(self, plots: pd.DataFrame, ids_by: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        if self.previous is None:
            return plots, None
        plots, matches, given = with_earlier_ids(plots, self.previous)
        ids_by |= {"made": ids_by["made"] - given, "previous": given}
        return plots, matches

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


def _named(rows: pd.DataFrame, letter: str) -> list[str]:
    names = pd.Series([marked(tags) or f"{letter}-{n + 1}" for n, tags in enumerate(rows["tags"])], dtype=object)
    return [str(n) for n in apart(names)]
