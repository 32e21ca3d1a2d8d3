"""Layers to files. Each file is written beside its place and moved there when whole: nothing half-written.

Equal layers give equal bytes: the date inside a GeoPackage is an argument, not the clock.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.raw import write_arrow
from pyproj import CRS

from qutb.core import CrsError, Finding, FormatError, Table, UsageError
from qutb.files.crs import Datum, returning, transformer_between
from qutb.plan import LOCAL_CRS

__all__ = ["FORMATS", "replacing", "write_layers"]

FORMATS = (".gpkg", ".geojson", ".shp", ".zip")
_LOCAL_WKT = 'LOCAL_CS["Undefined Cartesian SRS",UNIT["metre",1]]'
_PLAIN_DATE = date(2000, 1, 1)
_DBF_TEXT_BYTES = 254
_DBF_NAME = 10
_TYPES = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_MULTI = {0: 4, 1: 5, 3: 6, 4: 4, 5: 5, 6: 6}


def write_layers(
    path: str | Path,
    layers: Mapping[str, pd.DataFrame],
    *,
    crs: str,
    tables: Iterable[Table] = (),
    when: date = _PLAIN_DATE,
    datum: Datum | None = None,
    kinds: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Write frames, in order, to ``.gpkg``, ``.geojson`` (one layer, WGS 84), ``.shp`` (one) or ``.zip`` (Shapefiles).

    A frame with a column ``geometry`` becomes a spatial layer, any other a table; a named index becomes the
    first column. ``crs`` is ``"EPSG:n"`` or ``"local"``. ``tables`` give the kinds of the columns of layers of
    their names, so that an empty layer has its columns too; other kinds are seen from the values. ``kinds``
    gives layers a type of geometry, such as ``"MultiPolygon"``, whatever lies in them yet. Returns notes on
    what the format cannot hold.
    Raises ``UsageError`` for another suffix or layers that do not fit, ``CrsError`` for local GeoJSON.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError("FILE-SUFFIX", path.name, known=" ".join(FORMATS))
    known = {t.name: t for t in tables}
    ready = {name: _layer(frame, known.get(name)) for name, frame in layers.items()}
    for name, kind in (kinds or {}).items():
        ready[name] = replace(ready[name], kind=kind)
    with _dated(when), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # cut names are restored by the sidecar and said below
        try:
            return writer(path, ready, crs, datum)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as fault:
            raise FormatError("FILE-NOT-WRITTEN", path.name, fault=str(fault)) from fault


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary sibling to write to, moved over ``path`` if all goes well and removed if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".qutb-", dir=path.parent))
    try:
        draft = folder / path.name
        yield draft
        draft.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _dated(when: date) -> Iterator[None]:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{when.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


@dataclass(frozen=True, eq=False)
class _Layer:
    """A layer ready to be written: attributes, shapes (``None`` for a plain table) and the type that holds them."""

    attributes: pa.Table
    shapes: np.ndarray | None
    kind: str | None


_Layers = Mapping[str, _Layer]


def _geopackage(path: Path, layers: _Layers, crs: str, datum: Datum | None) -> tuple[Finding, ...]:
    with replacing(path) as draft:
        for name, layer in layers.items():
            _write(draft, name, layer, "GPKG", _wkt(crs), {"GEOMETRY_NAME": "geometry"})
    return ()


def _geojson(path: Path, layers: _Layers, crs: str, datum: Datum | None) -> tuple[Finding, ...]:
    name, layer = _only(path, layers)
    if crs == LOCAL_CRS or layer.shapes is None:
        raise CrsError("FILE-GEOJSON-LOCAL", path.name)
    bounds = tuple(shapely.total_bounds(layer.shapes).tolist()) if len(layer.shapes) else None
    mover = transformer_between(CRS.from_user_input(crs), CRS.from_epsg(4326), bounds, datum=datum, where=path.name)
    moved = replace(layer, shapes=returning(layer.shapes, mover))
    with replacing(path) as draft:
        _write(draft, name, moved, "GeoJSON", "EPSG:4326", {"COORDINATE_PRECISION": "9"})  # 0.1 mm
    params = {"file": path.name, "source": crs, "target": "EPSG:4326"}
    return (Finding(code="FILE-CRS-REPROJECTED", severity="note", params=params),)


def _shapefile(path: Path, layers: _Layers, crs: str, datum: Datum | None) -> tuple[Finding, ...]:
    _, layer = _only(path, layers)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".qutb-", dir=path.parent))
    try:
        notes = _shape_parts(folder, path.stem, layer, crs)
        for part in sorted(folder.iterdir(), key=lambda p: p.suffix == ".shp"):  # the .shp last: its parts are there
            part.replace(path.parent / part.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return notes


def _zip(path: Path, layers: _Layers, crs: str, datum: Datum | None) -> tuple[Finding, ...]:
    notes: tuple[Finding, ...] = ()
    with tempfile.TemporaryDirectory(prefix="qutb-") as folder, replacing(path) as draft:
        for name, layer in layers.items():
            notes += _shape_parts(Path(folder), name, layer, crs)
        with zipfile.ZipFile(draft, "w") as archive:
            for part in sorted(Path(folder).iterdir()):
                entry = zipfile.ZipInfo(part.name, (2000, 1, 1, 0, 0, 0))
                archive.writestr(entry, part.read_bytes(), zipfile.ZIP_DEFLATED)
    return notes


_Writer = Callable[[Path, _Layers, str, "Datum | None"], tuple[Finding, ...]]
_WRITERS: dict[str, _Writer] = {".gpkg": _geopackage, ".geojson": _geojson, ".shp": _shapefile, ".zip": _zip}


def _shape_parts(folder: Path, name: str, layer: _Layer, crs: str) -> tuple[Finding, ...]:
    """One Shapefile with its sidecar of whole field names; text in UTF-8."""
    if layer.kind == "Unknown" and layer.shapes is not None and len(layer.shapes):
        raise UsageError("FILE-SHAPEFILE-MIXED", name)
    names = _short_names(layer.attributes.column_names)
    long = [c for c in layer.attributes.column_names if _longest(layer.attributes.column(c)) > _DBF_TEXT_BYTES]
    short = replace(
        layer, attributes=layer.attributes.rename_columns([names[c] for c in layer.attributes.column_names])
    )
    _write(folder / f"{name}.shp", name, short, "ESRI Shapefile", _wkt(crs), {"ENCODING": "UTF-8"})
    cut = {short: long for long, short in names.items() if short != long}
    if cut:
        (folder / f"{name}.fields.json").write_text(json.dumps(cut, ensure_ascii=False, indent=1), "utf-8")
    notes = [Finding(code="FILE-NAMES-CUT", severity="note", params={"layer": name, "names": list(cut)})] if cut else []
    notes += [
        Finding(code="FILE-TEXT-CUT", severity="warning", params={"layer": name, "column": c, "most": _DBF_TEXT_BYTES})
        for c in long
    ]
    return tuple(notes)


def _write(path: Path, name: str, layer: _Layer, driver: str, crs: str, options: Mapping[str, str]) -> None:
    table, kind, shapes = layer.attributes, layer.kind, layer.shapes
    if shapes is None:
        options = {k: v for k, v in options.items() if k == "ENCODING"}
        path = path.with_suffix(".dbf") if driver == "ESRI Shapefile" else path
    else:
        if driver == "ESRI Shapefile":
            kind = kind.removeprefix("Multi") if kind else kind
        elif kind and kind.startswith("Multi"):
            shapes = _promoted(shapes)
        columns = dict(zip(table.column_names, table.columns, strict=True))
        table = pa.table({**columns, "geometry": pa.array(shapely.to_wkb(shapes), pa.binary())})
    write_arrow(
        table,
        path,
        layer=name,
        driver=driver,
        geometry_name=None if shapes is None else "geometry",
        geometry_type=kind,
        crs=None if shapes is None else crs,
        layer_options=dict(options),
    )


def _layer(frame: pd.DataFrame, table: Table | None) -> _Layer:
    frame = frame.reset_index() if frame.index.name else frame
    kinds = {c.name: c.kind for c in table} if table else {}
    columns = {str(c): _column(frame[c], kinds.get(str(c), "")) for c in frame.columns if c != "geometry"}
    shapes = frame["geometry"].to_numpy() if "geometry" in frame else None
    return _Layer(pa.table(columns), shapes, None if shapes is None else _kind(shapes))


def _column(series: pd.Series, kind: str) -> pa.Array:
    """Numbers, truth values and dates as such, all else as text; not-a-number is absent."""
    arrow = _ARROW.get(kind)
    if arrow is None and (pd.api.types.is_bool_dtype(series) or pd.api.types.is_numeric_dtype(series)):
        return pa.Array.from_pandas(series)
    values = [None if _absent(v) else v for v in series]
    arrow = arrow or _seen([v for v in values if v is not None])
    return pa.array([None if v is None else _PLAIN[arrow](v) for v in values], arrow)


_ARROW = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
_PLAIN: dict[pa.DataType, Callable[[Any], Any]] = {
    pa.string(): str,
    pa.float64(): float,
    pa.int64(): int,
    pa.bool_(): bool,
    pa.date32(): lambda v: v if isinstance(v, date) else date.fromisoformat(str(v)[:10]),
}


def _seen(values: list[Any]) -> pa.DataType:
    """The kind all values of a mixed column share, else text."""
    for kinds, arrow in ((bool, pa.bool_()), (date, pa.date32()), (int, pa.int64()), ((int, float), pa.float64())):
        if values and all(isinstance(v, kinds) and (kinds is bool or not isinstance(v, bool)) for v in values):
            return arrow
    return pa.string()


def _absent(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and bool(np.isnan(value)))


def _kind(shapes: np.ndarray) -> str:
    """The narrowest type that holds all shapes."""
    ids = {int(i) for i in np.unique(shapely.get_type_id(shapes)) if i >= 0}
    if len(ids) == 1:
        return _TYPES.get(ids.pop(), "Unknown")
    multi = {_MULTI.get(i, -1) for i in ids}
    return _TYPES[multi.pop()] if len(multi) == 1 and -1 not in multi else "Unknown"


def _promoted(shapes: np.ndarray) -> np.ndarray:
    makers = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}
    ids = shapely.get_type_id(shapes)
    whole = shapes.copy()
    for single, maker in makers.items():
        rows = np.flatnonzero(ids == single)
        whole[rows] = maker(shapes[rows], indices=np.arange(len(rows))) if len(rows) else whole[rows]
    return whole


def _short_names(names: list[str]) -> dict[str, str]:
    """Ten-byte field names, told apart by a number where the cut makes two equal."""
    short: dict[str, str] = {}
    for name in names:
        cut, number = _cut(name, _DBF_NAME), 1
        while cut.lower() in {s.lower() for s in short.values()}:
            cut = f"{_cut(name, _DBF_NAME - 1 - len(str(number)))}_{number}"
            number += 1
        short[name] = cut
    return short


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode("utf-8", "ignore")


def _longest(column: pa.ChunkedArray) -> int:
    if not pa.types.is_string(column.type):
        return 0
    return max((len(v.encode()) for v in column.to_pylist() if v is not None), default=0)


def _only(path: Path, layers: _Layers) -> tuple[str, _Layer]:
    name, layer = next(iter(layers.items()), ("", None))
    if layer is None or len(layers) != 1 or layer.shapes is None:
        raise UsageError("FILE-ONE-LAYER", path.name, found=", ".join(layers))
    return name, layer


def _wkt(crs: str) -> str:
    return _LOCAL_WKT if crs == LOCAL_CRS else crs
