"""A master plan in memory: frozen tables in one projected metric system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding, Table, digest_parts
from qutb.plan.digests import column_digests, digest_table, snap
from qutb.plan.tables import BUILDINGS, PHASES, PLAN_TABLES, PLOT_FLOORS, PLOTS, STREET_AREAS, STREETS, ZONES
from qutb.plan.words import Words

__all__ = ["LOCAL_CRS", "Plan", "Shapes", "empty_table"]

LOCAL_CRS = "local"
_SHAPE_COLUMNS = ["block_id", "geometry"]
_PANDAS_KIND = {"text": "object", "number": "float64", "integer": "float64", "boolean": "object", "date": "object"}


def empty_table(table: Table, crs: str = LOCAL_CRS) -> pd.DataFrame:
    """A frame with the table's columns and no row."""
    columns = {c.name: pd.Series(dtype=_PANDAS_KIND[c.kind]) for c in table if c.kind != "geometry"}
    frame = pd.DataFrame(columns)
    if "geometry" in table:
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=_crs(crs)))
    return frame.set_index(table.key) if table.key else frame


def _crs(crs: str) -> str | None:
    return None if crs == LOCAL_CRS else crs


@dataclass(frozen=True, eq=False, kw_only=True)
class Shapes:
    """What a plan draws, without what it is for: plots with their block, streets, street areas, footprints.

    A change of use leaves it, and every measure that reads only it, as it was.
    """

    crs: str
    plots: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    street_areas: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    digest: str

    def plots_near(self, rows: np.ndarray, distance_m: float) -> np.ndarray:
        """How many of the plots in ``rows`` each plot's centre is within ``distance_m`` [m] of, in a straight line."""
        new = [row for row in rows.tolist() if (row, distance_m) not in self._near]
        outlines = self.plots.geometry.to_numpy()[new]
        of, reached = self._centres.query(outlines, predicate="dwithin", distance=distance_m)
        parts = np.split(reached, np.searchsorted(of, np.arange(1, len(new))))
        self._near.update({(row, distance_m): part for row, part in zip(new, parts, strict=bool(new))})
        near = [self._near[row, distance_m] for row in rows.tolist()]
        return np.bincount(np.concatenate([*near, np.empty(0, dtype=int)]), minlength=len(self.plots))

    @cached_property
    def _centres(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.centroid(self.plots.geometry.to_numpy()))

    @cached_property
    def _near(self) -> dict[tuple[int, float], np.ndarray]:
        """Plots near one plot: drawing alone, so that a change of use asks only about the plot that changed."""
        return {}


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """One master plan. Tables are indexed by their key; make one with :meth:`build`, change with ``with_*``.

    ``crs`` is ``"EPSG:n"`` (projected, metres) or ``"local"``. ``remarks`` holds what the import said.
    """

    name: str
    crs: str
    title: Mapping[str, str] = field(default_factory=dict)
    refines: str = ""
    plots: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    plot_floors: pd.DataFrame
    zones: pd.DataFrame
    phases: pd.DataFrame
    street_areas: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    remarks: tuple[Finding, ...] = ()

    @classmethod
    def build(
        cls, *, name: str, crs: str, title: Mapping[str, str] | None = None, refines: str = "", **tables: Any
    ) -> Plan:
        """A plan from frames: coordinates snapped to 1 mm, rings normalised, absent columns added as empty.

        ``tables`` are named as in :data:`~qutb.plan.tables.PLAN_TABLES`, keyed by index or by key column.
        Values are not judged here: ``qutb.plan.read_tables`` does that at the door.
        """
        known = {t.name: t for t in PLAN_TABLES}
        frames = {n: _shaped(tables.get(n), known[n], crs) for n in known}
        remarks = tuple(tables.get("remarks", ()))
        return cls(name=name, crs=crs, title=dict(title or {}), refines=refines, remarks=remarks, **frames)

    @cached_property
    def table_digests(self) -> Mapping[str, str]:
        """Digest of each table by name."""
        rest = {t.name: digest_table(getattr(self, t.name)) for t in PLAN_TABLES if t is not PLOTS}
        return {"plots": digest_parts(self._plot_digests), **rest}

    @cached_property
    def _plot_digests(self) -> Mapping[str, str]:
        return column_digests(self.plots)

    @cached_property
    def digest(self) -> str:
        """What opinions bind to: the plan's content, not its name or file."""
        return digest_parts({**self.table_digests, "crs": self.crs, "refines": self.refines})

    @cached_property
    def shapes(self) -> Shapes:
        """The plan's geometry alone."""
        plots = {name: self._plot_digests[name] for name in ("@index", *_SHAPE_COLUMNS)}
        parts = {
            "crs": self.crs,
            "plots": digest_parts(plots),
            "streets": self.table_digests["streets"],
            "street_areas": self.table_digests["street_areas"],
            "buildings": digest_table(self.buildings[["geometry"]]),
        }
        return Shapes(
            crs=self.crs,
            plots=self.plots[_SHAPE_COLUMNS],
            streets=self.streets,
            street_areas=self.street_areas,
            buildings=self.buildings[["geometry"]],
            digest=digest_parts(parts),
        )

    @property
    def schematic(self) -> bool:
        """Whether outlines only hold areas, for want of a drawing: no place, front or shape is read from them."""
        return "schematic" in self.plots and bool(self.plots["schematic"].eq(True).any())

    def words(self, column: str) -> Words:
        """A text column of ``plots``, read once."""
        if column not in self._words:
            self._words[column] = Words.of(self.plots[column])
        return self._words[column]

    @cached_property
    def _words(self) -> dict[str, Words]:
        return {}

    def with_plot(self, plot_id: str, **changes: Any) -> Plan:
        """A plan in which one plot differs in the columns given."""
        plots = self.plots.copy()
        for column, value in changes.items():
            plots.loc[plot_id, column] = value
        if "geometry" in changes:
            plots.loc[[plot_id], "geometry"] = snap(plots.loc[[plot_id], "geometry"].to_numpy())
        edited = replace(self, plots=plots)
        if len(plots) == len(self.plots) and plots.index.name:
            edited._keep_what_stays(self, changes)
        return edited

    def with_plots(self, plot_ids: Sequence[str], **changes: Any) -> Plan:
        """A plan in which several plots take the same values in the columns given; outlines and blocks stay."""
        moved = changes.keys() & set(_SHAPE_COLUMNS)
        if moved:
            raise ValueError(f"with_plots leaves {', '.join(sorted(moved))} as drawn")
        plots = self.plots.copy()
        for column, value in changes.items():
            plots.loc[list(plot_ids), column] = value
        edited = replace(self, plots=plots)
        edited.__dict__["shapes"] = self.shapes
        return edited

    def _keep_what_stays(self, before: Plan, changed: Mapping[str, Any]) -> None:
        """Take over what an edit of these columns of plots cannot have changed, so that it is not read again."""
        digests = {**before._plot_digests, **column_digests(self.plots[list(changed)])}
        own = self.__dict__
        own["_plot_digests"] = digests
        own["table_digests"] = {**before.table_digests, "plots": digest_parts(digests)}
        own["_words"] = {name: words for name, words in before._words.items() if name not in changed}
        if not changed.keys() & set(_SHAPE_COLUMNS):
            own["shapes"] = before.shapes


def _shaped(frame: pd.DataFrame | None, table: Table, crs: str) -> pd.DataFrame:
    if frame is None or len(frame) == 0:
        return empty_table(table, crs)
    frame = frame.reset_index() if table.key and frame.index.name == table.key else frame.copy()
    for column in table:
        if column.name not in frame:
            frame[column.name] = _default(column.name, len(frame))
    frame = frame[[c.name for c in table] + [c for c in frame.columns if c not in table]]
    if "geometry" in table:
        frame = gpd.GeoDataFrame(frame, geometry=snap(frame["geometry"].to_numpy()), crs=_crs(crs))
    return frame.set_index(table.key) if table.key else frame.reset_index(drop=True)


def _default(column: str, rows: int) -> Any:
    if column == "status":
        return "planned"
    if column == "level":
        return 0
    return np.full(rows, np.nan) if column in _NUMBERS else None


_NUMBERS = {
    c.name
    for t in (PLOTS, STREETS, PLOT_FLOORS, ZONES, PHASES, STREET_AREAS, BUILDINGS)
    for c in t
    if c.kind in ("number", "integer")
}
