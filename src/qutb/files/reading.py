"""Layers from files: a child process parses, this side checks coordinate system and geometry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from qutb.core import CrsError, Finding, FormatError, InputError, LimitError
from qutb.files.crs import Datum, Reading, reading_of, transformed
from qutb.files.limits import LIMITS, Limits
from qutb.plan import LOCAL_CRS

__all__ = ["Layers", "in_metres", "read_layers"]

_CHILD = Path(__file__).with_name("child.py")
_ERRORS: dict[str, type[InputError]] = {
    "FormatError": FormatError,
    "CrsError": CrsError,
    "LimitError": LimitError,
}
_FRUGAL = {  # pools and threads reserve address space that the memory limit would take for use
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "GDAL_NUM_THREADS": "1",
}
_SINGLE = {4: 0, 5: 1, 6: 3}  # multi type id -> its single type id


@dataclass(frozen=True, eq=False, kw_only=True)
class Layers:
    """What a file holds: a frame a layer in file order, all in ``crs`` (``"EPSG:n"`` or ``"local"``).

    A layer with geometry is a GeoDataFrame with the column ``geometry``; dates are ISO text. ``notes`` says
    what was assigned, reprojected, guessed, left out.
    """

    frames: Mapping[str, pd.DataFrame]
    crs: str
    notes: tuple[Finding, ...] = ()

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.frames[name]

    def __contains__(self, name: object) -> bool:
        return name in self.frames


def read_layers(
    path: str | Path,
    *,
    crs: str | None = None,
    datum: Datum | None = None,
    encoding: str | None = None,
    limits: Limits = LIMITS,
) -> Layers:
    """Layers of a GeoPackage, GeoJSON, Shapefile, or a zip of them.

    Parameters
    ----------
    crs : ``"EPSG:n"`` to assign or reproject to, ``"local"`` for metres without a place on Earth; without it
        the file's own system is kept, and must be projected in metres.
    datum : ``"shift"`` or ``"as_is"``, asked for where the change of datum is not known at this place.
    encoding : of a Shapefile's text, where it does not say and the guess is wrong.

    Raises ``FormatError``, ``CrsError`` or ``LimitError`` with a code that has words in ar, fr, en.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory(prefix="qutb-") as folder:
        result = _parse(path, Path(folder), encoding, limits)
        raw = {entry["name"]: (_frame(Path(folder), entry), entry["crs"]) for entry in result["layers"]}
    notes = tuple(
        Finding(code=n["code"], severity="note", params={"file": path.name, **n["params"]}) for n in result["notes"]
    )
    spatial = {name: source for name, (frame, source) in raw.items() if "geometry" in frame}
    reading = reading_of(spatial, _bounds(raw), crs=crs, datum=datum, where=path.name)
    frames = {name: _placed(frame, name, reading) for name, (frame, _) in raw.items()}
    return Layers(frames=frames, crs=reading.crs, notes=notes + reading.notes)


def in_metres(
    frame: gpd.GeoDataFrame, *, crs: str | None = None, where: str = ""
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """A frame that was read elsewhere, placed as :func:`read_layers` places a layer, and what was done to it."""
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)).assign(geometry=frame.geometry.to_numpy())
    source = None if frame.crs is None else frame.crs.to_wkt()
    reading = reading_of({"": source}, _bounds({"": (plain, source)}), crs=crs, where=where)
    return gpd.GeoDataFrame(_placed(plain, "", reading)), reading.notes


def _parse(path: Path, folder: Path, encoding: str | None, limits: Limits) -> dict[str, Any]:
    request = {"path": str(path.absolute()), "out": str(folder), "encoding": encoding, "limits": asdict(limits)}
    command = [sys.executable, "-P", "-X", "utf8", str(_CHILD)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=limits.seconds,
            cwd=folder,
            env={**os.environ, **_FRUGAL},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LimitError("FILE-SLOW", path.name, most=limits.seconds) from None
    answer = folder / "result.json"
    if not answer.is_file():
        raise _death(path, done.returncode, done.stderr)
    result: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if "error" in result:
        error = result["error"]
        raise _ERRORS[error["kind"]](error["code"], path.name, **error["params"])
    return result


def _death(path: Path, code: int, stderr: bytes) -> InputError:
    said = stderr.decode("utf-8", "replace").strip().splitlines()
    if any("bad_alloc" in line or "MemoryError" in line for line in said):
        return LimitError("FILE-MEMORY", path.name, most=LIMITS.memory_bytes // 2**20)
    return FormatError("FILE-READER-DIED", path.name, exit=code, fault=said[-1][:300] if said else "")


def _crs(crs: str) -> str | None:
    return None if crs == LOCAL_CRS else crs


def _frame(folder: Path, entry: dict[str, Any]) -> pd.DataFrame:
    with pa.OSFile(str(folder / entry["file"])) as source:
        table = pa.ipc.open_file(source).read_all()
    geometry = None
    if entry["geometry"] is not None:
        geometry = table.column(entry["geometry"])
        table = table.drop_columns([entry["geometry"]])
    frame: pd.DataFrame = _plain(table).to_pandas().rename(columns=entry["names"])
    if geometry is None:
        return frame
    spatial: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=_shapes(geometry.to_numpy(zero_copy_only=False)))
    return spatial


def _plain(table: pa.Table) -> pa.Table:
    """Dates and times as ISO text, lists as JSON; bytes are not kept."""
    for index, column in enumerate(table.schema):
        kind = column.type
        if pa.types.is_temporal(kind):
            table = table.set_column(index, column.name, table.column(index).cast(pa.string()))
        elif pa.types.is_nested(kind):
            text = [None if v is None else json.dumps(v, ensure_ascii=False) for v in table.column(index).to_pylist()]
            table = table.set_column(index, column.name, pa.array(text, pa.string()))
    return table.drop_columns([c.name for c in table.schema if pa.types.is_binary(c.type)])


def _shapes(wkb: np.ndarray) -> np.ndarray:
    """Shapes in the plane; a collection of one part is that part."""
    try:
        shapes: np.ndarray = shapely.force_2d(shapely.from_wkb(wkb))
    except shapely.errors.GEOSException as fault:
        raise FormatError("FILE-DAMAGED", "", fault=str(fault)) from fault
    alone = np.isin(shapely.get_type_id(shapes), list(_SINGLE)) & (shapely.get_num_geometries(shapes) == 1)
    shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    return shapes


def _bounds(raw: Mapping[str, tuple[pd.DataFrame, str | None]]) -> tuple[float, float, float, float] | None:
    boxes = [shapely.total_bounds(f["geometry"].to_numpy()) for f, _ in raw.values() if "geometry" in f and len(f)]
    boxes = [b for b in boxes if np.isfinite(b).all()]
    if not boxes:
        return None
    stack = np.array(boxes)
    return (*stack[:, :2].min(axis=0).tolist(), *stack[:, 2:].max(axis=0).tolist())


def _placed(frame: pd.DataFrame, name: str, reading: Reading) -> pd.DataFrame:
    if "geometry" not in frame:
        return frame
    moved = transformed(frame["geometry"].to_numpy(), reading.transformers.get(name))
    placed: pd.DataFrame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=moved, crs=_crs(reading.crs))
    return placed
