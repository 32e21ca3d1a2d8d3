"""The pole on disk: one folder, friendly to git, opened as one frozen record and written back the same.

::

    my-pole/  pole.toml  brief.toml  site.gpkg  actors.csv  commitments.csv  prices.csv  values.yaml  plans/*.gpkg
              catalogues/*.csv  calendar.toml  entries.csv  transcribed.csv

Only ``pole.toml`` and ``site.gpkg`` must be there. ``prices.csv`` stands over rows of the pack's price book,
``values.yaml`` over its values, ``catalogues/<name>.csv`` over rows of its other catalogues.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from qutb.core import Finding, FormatError, Table, UsageError
from qutb.files import metric_crs, read_layers, read_plan, replacing, write_layers, write_plan
from qutb.pack import CatalogueRow, Values, load_pack, read_catalogue, read_overrides
from qutb.plan import LOCAL_CRS, Plan, empty_table, read_table
from qutb.pole.brief_file import PoleHead, brief_text, pole_text, read_brief, read_head
from qutb.pole.model import Brief, Pole, Site
from qutb.pole.tables import ACTORS, COMMITMENTS, SITE_TABLES

__all__ = ["new_pole", "open_pole", "write_pole", "write_site"]

_BOUNDARY = "boundary"
_OWN = "pole"
_TERMS = ("prices.csv", "values.yaml", "calendar.toml", "entries.csv", "transcribed.csv")


def open_pole(folder: str | Path) -> Pole:
    """The pole in ``folder``. Plans are read when first asked for.

    Raises ``FormatError``, ``CrsError``, ``LimitError`` or ``InputError`` naming file, key, row.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FormatError("POLE-NO-FOLDER", str(folder))
    head = read_head(folder / "pole.toml")
    _check_crs(head)
    site = _read_site(folder / "site.gpkg", head.crs)
    actors, actors_said = _read_csv(folder / "actors.csv", ACTORS)
    commitments, commitments_said = _read_csv(folder / "commitments.csv", COMMITMENTS)
    return Pole(
        folder=folder,
        name=dict(head.name),
        crs=head.crs,
        start_date=head.start_date,
        pack=head.pack,
        pack_date=head.pack_date,
        partners=tuple(dict(p) for p in head.partners),
        site=site,
        brief=read_brief(folder / "brief.toml") if (folder / "brief.toml").is_file() else Brief(),
        actors=actors,
        commitments=commitments,
        values=_read_values(folder, head),
        plans=_plans(folder, head.crs),
        remarks=(*site.remarks, *actors_said, *commitments_said),
    )


def write_pole(pole: Pole, folder: str | Path) -> Path:
    """Write ``pole`` with all its plans and its own terms to ``folder``; equal poles give equal bytes."""
    folder = Path(folder)
    plans = {name: pole.plan(name) for name in pole.plans}
    folder.mkdir(parents=True, exist_ok=True)
    _write_text(folder / "pole.toml", pole_text(pole))
    _write_text(folder / "brief.toml", brief_text(pole.brief))
    write_site(folder / "site.gpkg", pole.site, pole.start_date)
    _write_csv(folder / "actors.csv", pole.actors)
    _write_csv(folder / "commitments.csv", pole.commitments)
    _copy_terms(pole.folder, folder)
    for name, plan in plans.items():
        write_plan(plan, folder / "plans" / f"{name}.gpkg", when=pole.start_date)
    return folder


def new_pole(
    folder: str | Path,
    *,
    boundary: str | Path,
    name: Mapping[str, str],
    pack: str,
    crs: str | None = None,
    start_date: date,
    pack_date: date,
) -> Pole:
    """Start a pole folder from the polygons of a file: the outline given, all else empty and ready to fill.

    Raises ``UsageError`` where a pole is already, and what ``qutb.files.read_layers`` raises.
    """
    folder = Path(folder)
    if (folder / "pole.toml").exists():
        raise UsageError("POLE-EXISTS", str(folder))
    layers = read_layers(boundary, crs=crs)
    tables: dict[str, Any] = {t.name: empty_table(t, layers.crs) for t in SITE_TABLES}
    pole = Pole(
        folder=None,
        name=name,
        crs=layers.crs,
        start_date=start_date,
        pack=pack,
        pack_date=pack_date,
        partners=(),
        site=Site(crs=layers.crs, boundary=_outline(next(iter(layers.frames.values())), Path(boundary).name), **tables),
        brief=Brief(title=name),
        actors=empty_table(ACTORS),
        commitments=empty_table(COMMITMENTS),
        values=load_pack(pack).at(pack_date),
        plans={},
    )
    write_pole(pole, folder)
    (folder / "plans").mkdir(exist_ok=True)
    return open_pole(folder)


def _check_crs(head: PoleHead) -> None:
    if head.crs != LOCAL_CRS:
        metric_crs(head.crs)


def _read_site(path: Path, crs: str) -> Site:
    layers = read_layers(path, crs=crs)
    if _BOUNDARY not in layers:
        raise FormatError("POLE-NO-BOUNDARY", path.name, found=", ".join(layers.frames))
    read = {t.name: read_table(layers.frames.get(t.name), t, crs) for t in SITE_TABLES}
    remarks = (*layers.notes, *(f for _, found in read.values() for f in found))
    tables: dict[str, Any] = {name: table for name, (table, _) in read.items()}
    return Site(crs=crs, boundary=_outline(layers[_BOUNDARY], path.name), remarks=remarks, **tables)


def _outline(frame: pd.DataFrame, where: str) -> shapely.Geometry:
    """The union of the polygons of a layer."""
    shapes: Iterable[shapely.Geometry | None] = frame["geometry"].to_numpy() if "geometry" in frame else ()
    areas = [s for s in shapes if s is not None and s.geom_type in ("Polygon", "MultiPolygon") and not s.is_empty]
    if not areas:
        raise FormatError("POLE-BOUNDARY-EMPTY", where)
    return areas[0] if len(areas) == 1 else shapely.union_all(areas)


def write_site(path: Path, site: Site, when: date) -> None:
    """``site.gpkg`` of a site: its boundary and tables."""
    crs = None if site.crs == LOCAL_CRS else site.crs
    outline = gpd.GeoDataFrame({"name": ["site"]}, geometry=[site.boundary], crs=crs)
    tables = {t.name: getattr(site, t.name) for t in SITE_TABLES}
    write_layers(path, {_BOUNDARY: outline, **tables}, crs=site.crs, tables=SITE_TABLES, when=when)


def _read_csv(path: Path, table: Table) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    if not path.is_file():
        return empty_table(table), ()
    try:
        rows = read_catalogue(path)
    except UnicodeDecodeError as fault:
        raise FormatError("POLE-CSV", path.name, fault=str(fault)) from fault
    numbers = {c.name for c in table if c.kind in ("number", "integer")}
    cells = [{name: _cell(text, name in numbers) for name, text in row.items()} for row in rows]
    return read_table(pd.DataFrame(cells) if cells else None, table, LOCAL_CRS)


def _cell(text: str, number: bool) -> str | float | None:
    """A cell as written by Qutb; a figure in another spelling stays text, for the door to read and say."""
    try:
        return float(text) if number else text or None
    except ValueError:
        return text or None


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    buffer = io.StringIO()
    frame.to_csv(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    _write_text(path, buffer.getvalue())


def _read_values(folder: Path, head: PoleHead) -> Values:
    """The pack's values at the pole's date, under its own."""
    values = load_pack(head.pack).at(head.pack_date)
    parameters = read_overrides(_yaml(folder / "values.yaml"), _OWN)
    catalogues = {**_catalogues(folder / "catalogues", values), **_prices(folder / "prices.csv", values)}
    return values.with_overrides(parameters, catalogues) if parameters or catalogues else values


def _yaml(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    import yaml

    try:
        data = yaml.safe_load(path.read_text("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise FormatError("POLE-YAML", path.name, fault=str(fault)) from fault
    if not isinstance(data or {}, dict):
        raise FormatError("POLE-YAML", path.name, fault="no keys")
    return data or {}


def _prices(path: Path, values: Values) -> dict[str, tuple[CatalogueRow, ...]]:
    """The price book with the pole's rows over those of the same ``price_key``."""
    if not path.is_file():
        return {}
    own = {row.get("price_key", ""): row for row in read_catalogue(path)}
    if not all(own):
        raise FormatError("POLE-PRICES", path.name)
    book = values.catalogues.get("prices", ())
    merged = [{**row, **own.pop(row["price_key"], {})} for row in book]
    return {"prices": (*merged, *own.values())}


def _catalogues(folder: Path, values: Values) -> dict[str, tuple[CatalogueRow, ...]]:
    """Catalogues of the pack with the pole's rows over those of the same key, which stands in the first column."""
    merged = {}
    for file in sorted(folder.glob("*.csv")):
        book = values.catalogues.get(file.stem, ())
        rows = read_catalogue(file)
        key = next(iter((*book, *rows)), {"": ""})
        name = next(iter(key))
        own = {row.get(name, ""): row for row in rows}
        if not all(own):
            raise FormatError("POLE-CATALOGUE", f"{folder.name}/{file.name}", key=name)
        merged[file.stem] = (*({**row, **own.pop(row[name], {})} for row in book), *own.values())
    return merged


def _copy_terms(source: Path | None, folder: Path) -> None:
    if source is None or source.resolve() == folder.resolve():
        return
    others = [f"catalogues/{file.name}" for file in sorted((source / "catalogues").glob("*.csv"))]
    for name in (*_TERMS, *others):
        if (source / name).is_file():
            with replacing(folder / name) as draft:
                draft.write_bytes((source / name).read_bytes())


def _plans(folder: Path, crs: str) -> dict[str, Callable[[], Plan]]:
    files = sorted((folder / "plans").glob("*.gpkg"))
    return {file.stem: partial(_read_plan, file, crs) for file in files}


def _read_plan(file: Path, crs: str) -> Plan:
    plan, _ = read_plan(file, crs=crs)
    return plan


def _write_text(path: Path, text: str) -> None:
    with replacing(path) as draft:
        draft.write_text(text, "utf-8", newline="\n")
