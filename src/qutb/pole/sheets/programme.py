"""A programme without geometry: a table of uses and areas becomes a plan that can be appraised.

Each row gives a use, an area and what it holds; ``plots`` splits it into that many lots. Outlines are schematic
(:mod:`qutb.pole.sheets.schematic`): they carry the areas, are marked in the column ``schematic`` and no step
reads a distance, a front or a shape from them. See docs/decisions/0006-programme-without-geometry.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import Finding, InputError, Severity, Table, blocking, by_severity
from qutb.pack import CatalogueRow, Values
from qutb.plan import LOCAL_CRS, SEGMENTS, TENURES, USES, Plan, empty_table, read_tables
from qutb.pole.model import Site
from qutb.pole.sheets.cells import folded
from qutb.pole.sheets.grid import read_grids
from qutb.pole.sheets.layout import understand
from qutb.pole.sheets.model import Sheet, Tab
from qutb.pole.sheets.schematic import cut_by_areas, square
from qutb.pole.sheets.specs import column
from qutb.pole.tables import SITE_TABLES
from qutb.text import LANGUAGES, all_labels, label

__all__ = ["PROGRAMME", "read_programme"]

_HECTARE = 10_000.0
_AGREES = 0.005  # areas in tables are rounded to two figures of a hectare
_PLOTS_MAX = 20_000
_GROUND = ("site", "right_of_way", "total")
_PER_ROW = ("dwellings", "capacity_places")


_COLUMNS = (
    column("row_id"),
    column("use", nullable=False),
    column("facility_type"),
    column("segment", choices=SEGMENTS),
    column("tenure", choices=TENURES),
    column("zone_code"),
    column("phase"),
    column("plots", "integer", minimum=0.0),
    column("area_ha", "number", "ha", minimum=0.0),
    column("floor_area_m2", "number", "m2", minimum=0.0),
    column("floor_area_ratio", "number", "ratio", minimum=0.0, maximum=30.0),
    column("ground_coverage_ratio", "number", "ratio", minimum=0.0, maximum=1.0),
    column("storeys", "number", "storeys", minimum=0.0),
    column("dwellings", "number", "dwellings", minimum=0.0),
    column("capacity_places", "number", "places", minimum=0.0),
)


def _aliases() -> dict[str, tuple[str, ...]]:
    """Other headings offices use, from the labels ``sheet.words.<column>``."""
    return {
        c.name: tuple(w for lang in LANGUAGES for w in label(key, lang).split("|"))
        for c in _COLUMNS
        if (key := f"sheet.words.{c.name}") in all_labels()
    }


PROGRAMME = Sheet(
    table=Table(name="programme", key="use", description="programme", columns=_COLUMNS),
    key=("use",),
    open=True,
    numbered=True,
    aliases=_aliases(),
)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A row that can be laid out: its use and area [m2], and the place it came from."""

    name: str
    use: str
    facility_type: str | None
    area_m2: float
    plots: int
    cells: Mapping[str, Any]
    place: str


def read_programme(
    path: str | Path,
    *,
    name: str = "",
    site: Site | None = None,
    site_area_m2: float | None = None,
    values: Values | None = None,
) -> tuple[Plan, Site, tuple[Finding, ...]]:
    """The plan that a table of uses and areas implies, the ground it stands on, and what was found.

    ``site`` is the pole's own, so that the programme is compared with drawn plans on equal terms; without it the
    ground is a square of ``site_area_m2``, of the file's own line for the site, or of the areas given. ``values``
    name the facility types that a row may hold. Areas hold within a millimetre's width of their outline.
    Raises ``FormatError``, ``LimitError``, and ``InputError`` where no row can be laid out.
    """
    path = Path(path)
    grids, notes = read_grids(path)
    read = understand(grids, [PROGRAMME])
    tab = read.tabs.get("programme")
    if tab is None:
        found = ", ".join(g.name for g in grids)
        raise InputError("PROGRAMME-NO-TABLE", path.name, found=found)
    facilities = values.catalogues.get("facilities", ()) if values is not None else ()
    reader = _Reader(tab, _use_words(), _facility_words(facilities))
    rows = reader.rows()
    if not rows:
        raise InputError("PROGRAMME-NO-ROWS", path.name)
    plan_site, said = _ground(rows, reader, site, site_area_m2)
    frames = _frames(rows, plan_site)
    plan, told = read_tables(frames, name=name or path.stem, crs=plan_site.crs)
    area = sum(r.area_m2 for r in rows)
    schematic = Finding(code="PLAN-SCHEMATIC", severity="note", params={"rows": len(rows), "value": area, "unit": "m2"})
    findings = by_severity((*notes, *read.findings, *reader.findings, *said, schematic, *told))
    kept = (*plan.remarks, schematic, *blocking((*read.findings, *reader.findings, *said)))
    return replace(plan, remarks=kept), plan_site, findings


# rows ------------------------------------------------------------------------------------------------------


@cache
def _use_words() -> Mapping[str, str]:
    words: dict[str, str] = {}
    for use in (*USES, *_GROUND):
        words.setdefault(folded(use), use)
        for key in (f"use.{use}", f"sheet.use_words.{use}"):
            for lang in LANGUAGES if key in all_labels() else ():
                for said in label(key, lang).split("|"):
                    words.setdefault(folded(said), use)
    return words


def _facility_words(rows: Sequence[CatalogueRow]) -> Mapping[str, CatalogueRow]:
    words: dict[str, CatalogueRow] = {}
    for row in rows:
        for key in ("facility_type", "name_fr", "name_ar", "name_en"):
            for said in (row[key], *row[key].split("/")):
                words.setdefault(folded(said), row)
    return words


class _Reader:
    """Turns rows as read into rows that can be laid out; what is wrong gathers in ``findings``."""

    def __init__(self, tab: Tab, uses: Mapping[str, str], facilities: Mapping[str, CatalogueRow]) -> None:
        self.tab, self.uses, self.facilities = tab, uses, facilities
        self.findings: list[Finding] = []
        self.ground: dict[str, float] = {}
        self._made: list[_Row] = []

    def say(self, code: str, row: str, name: str = "", severity: Severity = "blocking", **params: Any) -> None:
        place = self.tab.place(row, name)
        known = {"cell": place.partition(":")[2], "column": name, "sheet": self.tab.title, **params}
        self.findings.append(Finding(code=code, severity=severity, where=(place,), params=known))

    def rows(self) -> list[_Row]:
        since_total = 0.0
        for number, cells in self.tab.rows.items():
            use, kind = self._use(number, cells)
            if use == "total":
                self._total(number, cells, since_total)
            elif use in _GROUND:
                self._ground(number, str(use), cells)
            elif use:
                made = self._row(number, use, kind, cells)
                if made is not None:
                    self._made.append(made)
                    since_total += made.area_m2
        return self._made

    def _use(self, number: str, cells: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """The use a row names, and the facility type where it names one."""
        from difflib import get_close_matches

        words = folded(str(cells.get("use") or ""))
        named = self.facilities.get(folded(str(cells.get("facility_type") or ""))) or self.facilities.get(words)
        kind = named["facility_type"] if named else cells.get("facility_type")
        if cells.get("facility_type") and named is None and self.facilities:
            known = ", ".join(get_close_matches(folded(str(kind)), list(self.facilities), 2)) or "–"
            self.say("PROGRAMME-FACILITY", number, "facility_type", given=kind, known=known)
            kind = None
        if words.split(" ")[0] in ("total", "totaux", "sous", "المجموع", "مجموع"):
            return "total", None
        use = self.uses.get(words) or ((named.get("plot_use") or "facility") if named else None)
        if use is None:
            near = [self.uses[n] for n in get_close_matches(words, list(self.uses), 2)]
            self.say("PROGRAMME-USE", number, "use", given=cells.get("use"), known=", ".join(near or USES))
        return use, kind

    def _total(self, number: str, cells: Mapping[str, Any], since: float) -> None:
        """A line of totals is not a use: it is compared with the rows above and left out."""
        given = cells.get("area_ha")
        if given is None or since == 0:
            return
        area, whole = given * _HECTARE, sum(r.area_m2 for r in self._made) + self.ground.get("right_of_way", 0.0)
        fits = any(abs(area - one) <= _AGREES * area for one in (since, whole, self.ground.get("site", -1.0)))
        if not fits:
            params = {"value": area, "limit": whole, "unit": "m2"}
            self.say("PROGRAMME-TOTAL", number, "area_ha", severity="warning", **params)

    def _ground(self, number: str, use: str, cells: Mapping[str, Any]) -> None:
        if cells.get("area_ha"):
            self.ground[use] = self.ground.get(use, 0.0) + cells["area_ha"] * _HECTARE
        else:
            self.say("PROGRAMME-AREA", number, "area_ha")

    def _row(self, number: str, use: str, kind: str | None, cells: Mapping[str, Any]) -> _Row | None:
        area = self._area(number, cells)
        if area is None:
            return None
        plots = int(cells.get("plots") or 0)
        if plots + sum(max(r.plots, 1) for r in self._made) > _PLOTS_MAX:
            self.say("PROGRAMME-PLOTS", number, "plots", limit=_PLOTS_MAX)
            return None
        name = self._name(str(cells.get("row_id") or f"{use}-{len(self._made) + 1}"))
        return _Row(
            name=name,
            use=use,
            facility_type=kind,
            area_m2=area,
            plots=plots,
            cells=self._agreed(number, cells, area),
            place=self.tab.place(number),
        )

    def _name(self, wanted: str) -> str:
        taken = {r.name for r in self._made}
        name, turn = wanted, 2
        while name in taken:
            name, turn = f"{wanted}~{turn}", turn + 1
        return name

    def _area(self, number: str, cells: Mapping[str, Any]) -> float | None:
        area, floor, ratio = (cells.get(n) for n in ("area_ha", "floor_area_m2", "floor_area_ratio"))
        if area:
            return float(area) * _HECTARE
        if floor and ratio:
            return float(floor) / float(ratio)
        if (number, "area_ha") not in self.tab.unread:
            self.say("PROGRAMME-AREA", number, "area_ha")
        return None

    def _agreed(self, number: str, cells: Mapping[str, Any], area: float) -> dict[str, Any]:
        """The cells with the ratio that the floor area gives; a ratio that disagrees is told and gives way."""
        agreed = dict(cells)
        floor, ratio = cells.get("floor_area_m2"), cells.get("floor_area_ratio")
        if floor:
            agreed["floor_area_ratio"] = floor / area
            if ratio and abs(floor / area / ratio - 1) > 0.02:
                params = {"given": ratio, "read": round(floor / area, 3)}
                self.say("PROGRAMME-RATIO", number, "floor_area_ratio", severity="warning", **params)
        return agreed


# ground ----------------------------------------------------------------------------------------------------


def _ground(
    rows: Sequence[_Row], reader: _Reader, site: Site | None, site_area_m2: float | None
) -> tuple[Site, list[Finding]]:
    """The site the rows stand on: the one given where they fit in it, else a square of the area known."""
    used = sum(r.area_m2 for r in rows)
    streets = reader.ground.get("right_of_way", 0.0)
    told = reader.ground.get("site")
    whole = shapely.area(site.boundary) if site is not None else site_area_m2 or told or used + streets
    findings = []
    sheet = f"sheet:{reader.tab.title}"
    if used + streets > whole * (1 + _AGREES):
        params = {"value": used + streets, "limit": whole, "unit": "m2"}
        findings.append(Finding(code="PROGRAMME-TOO-LARGE", severity="blocking", where=(sheet,), params=params))
    elif streets and abs(used + streets - whole) > _AGREES * whole:
        params = {"value": whole - used - streets, "limit": whole, "unit": "m2"}
        findings.append(Finding(code="PROGRAMME-REST", severity="warning", where=(sheet,), params=params))
    if told and abs(told - whole) > _AGREES * whole:
        params = {"value": told, "limit": whole, "unit": "m2"}
        findings.append(Finding(code="PROGRAMME-SITE", severity="warning", where=(sheet,), params=params))
    if site is None and site_area_m2 is None and not told:
        params = {"value": whole, "unit": "m2"}
        findings.append(Finding(code="PROGRAMME-NO-SITE", severity="warning", where=(sheet,), params=params))
    if site is not None and used <= whole:
        return site, findings
    crs = site.crs if site is not None else LOCAL_CRS
    tables: dict[str, Any] = {t.name: empty_table(t, crs) for t in SITE_TABLES}
    return Site(crs=crs, boundary=square(max(whole, used)), **tables), findings


# tables ----------------------------------------------------------------------------------------------------


def _frames(rows: Sequence[_Row], site: Site) -> dict[str, pd.DataFrame]:
    counts = np.array([max(r.plots, 1) for r in rows])
    areas = np.repeat([r.area_m2 / max(r.plots, 1) for r in rows], counts)
    shapes = cut_by_areas(site.boundary, areas * min(1.0, shapely.area(site.boundary) / areas.sum()))
    plots = pd.DataFrame([plot for row in rows for plot in _plots(row)])
    crs = None if site.crs == LOCAL_CRS else site.crs
    frames: dict[str, pd.DataFrame] = {"plots": gpd.GeoDataFrame(plots, geometry=shapes, crs=crs)}
    phases = sorted({str(r.cells["phase"]) for r in rows if r.cells.get("phase")}, key=_natural)
    if phases:
        frames["phases"] = pd.DataFrame({"phase": phases, "rank": range(1, len(phases) + 1)})
    return frames


def _natural(name: str) -> tuple[Any, ...]:
    """``T2`` before ``T10``."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", name))


def _plots(row: _Row) -> list[dict[str, Any]]:
    """One lot for each plot of the row, or one zone; what the row holds is shared out."""
    count = max(row.plots, 1)
    digits = len(str(count))
    shared = {name: _shares(row.cells.get(name), count) for name in _PER_ROW}
    same = {
        "detail": "lot" if row.plots else "zone",
        "block_id": row.name,
        "use": row.use,
        "facility_type": row.facility_type,
        "schematic": True,
        **{n: row.cells.get(n) for n in ("segment", "tenure", "zone_code", "phase", "storeys")},
        **{n: row.cells.get(n) for n in ("floor_area_ratio", "ground_coverage_ratio")},
    }
    return [
        {
            "plot_id": row.name if count == 1 else f"{row.name}-{number + 1:0{digits}d}",
            **same,
            **{name: shares[number] for name, shares in shared.items()},
        }
        for number in range(count)
    ]


def _shares(total: float | None, count: int) -> list[float | None]:
    """``total`` in ``count`` parts that add up to it, whole where it is whole."""
    if total is None:
        return [None] * count
    if not float(total).is_integer():
        return [total / count] * count
    return [float(n) for n in np.diff(np.floor(np.arange(count + 1) * total / count + 1e-9))]
