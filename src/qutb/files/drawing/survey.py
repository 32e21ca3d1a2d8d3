"""Survey points: DXF points and blocks with a level, XYZ and CSV files, as spot heights."""

from __future__ import annotations

import io
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.core import FormatError, InputError
from qutb.files.drawing.raw import is_drawing, read_raw
from qutb.files.drawing.words import clean_text, plain_words, tag_meaning
from qutb.files.limits import LIMITS, Limits
from qutb.plan import LOCAL_CRS

__all__ = ["is_survey", "levels_of", "read_survey"]

SUFFIXES = (".xyz", ".csv", ".txt", ".asc", ".pts")

_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")
_X, _Y, _Z = (
    ("x", "e", "est", "easting", "x m"),
    ("y", "n", "nord", "northing", "y m"),
    ("z", "alt", "altitude", "h", "elevation", "level", "level m", "cote"),
)
_NAME = ("id", "nom", "name", "point", "point id", "num", "numero", "matricule", "pt", "no")
_REACH_M = 3.0


def levels_of(points: pd.DataFrame, texts: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    """Spot heights (point_id, level_m, geometry) of points with a height, an attribute or a number beside them."""
    shapes = points["geometry"].to_numpy()
    level = points["level"].to_numpy(dtype=float)
    written = _written(points, texts)
    flat = ~np.isfinite(level) | (level == 0.0)
    level = np.where(flat & np.isfinite(written), written, level)
    known = np.isfinite(level) & ~((level == 0.0) & ~np.isfinite(written))
    ids = [f"H-{n + 1}" for n in range(int(known.sum()))]
    frame = gpd.GeoDataFrame(
        {"point_id": ids, "level_m": level[known]}, geometry=shapes[known], crs=None if crs == LOCAL_CRS else crs
    )
    return frame.set_index("point_id")


def _written(points: pd.DataFrame, texts: pd.DataFrame) -> np.ndarray:
    """The level written as an attribute of the point's block, else as the nearest number."""
    level = np.full(len(points), np.nan)
    if not len(texts) or not len(points):
        return level
    numbers = texts.assign(plain=[clean_text(t) for t in texts["text"]])
    numbers = numbers[numbers["plain"].str.match(_NUMBER)]
    tagged = numbers[(numbers["tag"].map(tag_meaning) == "level").to_numpy(dtype=bool)]
    by_insert = dict(zip(tagged["insert"], tagged["plain"].str.replace(",", ".").astype(float), strict=True))
    level[:] = [by_insert.get(i, np.nan) if i >= 0 else np.nan for i in points["insert"]]
    plain = numbers[numbers["role"] == "spot_heights"] if "role" in numbers else numbers
    if len(plain):
        places = shapely.points(plain[["x_m", "y_m"]].to_numpy(dtype=float))
        found, near = shapely.STRtree(places).query_nearest(
            points["geometry"].to_numpy(), max_distance=_REACH_M, all_matches=False
        )
        values = plain["plain"].str.replace(",", ".").astype(float).to_numpy()[near]
        level[found] = np.where(np.isfinite(level[found]), level[found], values)
    return level


def is_survey(path: str | Path) -> bool:
    """Whether a file goes to the reader of survey points, by its name."""
    return Path(path).suffix.lower() in SUFFIXES


def read_survey(path: str | Path, *, crs: str, limits: Limits = LIMITS) -> gpd.GeoDataFrame:
    """Spot heights of a DXF, XYZ or CSV file (``;``, ``,``, tab or spaces; decimal comma; a heading or none).

    Columns by heading (x, y, z; est, nord, altitude), else number, x, y, z or x, y, z. Rows that are no point
    raise ``FormatError`` with their line; a file without any point ``InputError``.
    """
    path = Path(path)
    heights = _drawn(path, crs, limits) if is_drawing(path) else _listed(path, crs, limits)
    if not len(heights):
        raise InputError("DRAW-NO-LEVELS", path.name)
    return heights


def _drawn(path: Path, crs: str, limits: Limits) -> gpd.GeoDataFrame:
    """The points with a level of a drawing, on whatever layer they lie."""
    raw = read_raw(path, crs=crs, limits=limits)
    return levels_of(raw.shapes[raw.shapes["kind"] == "point"], raw.texts, crs)


def _listed(path: Path, crs: str, limits: Limits) -> gpd.GeoDataFrame:
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise FormatError("FILE-TOO-LARGE", path.name, found=size >> 20, most=limits.file_bytes >> 20)
        text = _decoded(path.read_bytes())
    except OSError as fault:
        raise FormatError("FILE-NOT-FOUND", path.name, fault=fault.strerror or str(fault)) from fault
    lines = [(n, line.strip()) for n, line in enumerate(io.StringIO(text), 1) if line.strip() and line[0] != "#"]
    if not lines:
        raise FormatError("FILE-EMPTY", path.name)
    rows = [(n, _cells(line)) for n, line in lines]
    head = _heading(rows[0][1])
    body = rows[1:] if head is not None else rows
    names = head or _columns(len(rows[0][1]))
    return _frame(body, names, crs, path.name)


def _decoded(data: bytes) -> str:
    """Text in UTF-16 or UTF-8 where it is, else in cp1256: every byte is a letter there."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1256", "replace")


def _cells(line: str) -> list[str]:
    for mark in (";", "\t"):
        if mark in line:
            return [c.strip() for c in line.split(mark)]
    spaced = line.split()
    if "," in line and not (len(spaced) >= 3 and all("," not in c.strip(",") or _NUMBER.match(c) for c in spaced)):
        return [c.strip() for c in line.split(",")]
    return spaced


def _heading(cells: list[str]) -> dict[str, int] | None:
    if sum(bool(_NUMBER.match(c)) for c in cells) >= 2:
        return None
    words = [" ".join(plain_words(c)) for c in cells]
    found = {}
    for name, known in (("x", _X), ("y", _Y), ("z", _Z), ("id", _NAME)):
        at = [i for i, w in enumerate(words) if w in known]
        if at:
            found[name] = at[0]
    return found if {"x", "y", "z"} <= set(found) else None


def _columns(count: int) -> dict[str, int]:
    return {"x": 0, "y": 1, "z": 2} if count == 3 else {"id": 0, "x": 1, "y": 2, "z": 3}


def _frame(rows: list[tuple[int, list[str]]], names: dict[str, int], crs: str, where: str) -> gpd.GeoDataFrame:
    made = []
    for number, cells in rows:
        try:
            made.append([float(cells[names[c]].replace(" ", "").replace(",", ".")) for c in ("x", "y", "z")])
        except (ValueError, IndexError):
            raise FormatError("DRAW-SURVEY-LINE", where, line=number, found=" ".join(cells)[:60]) from None
    table = np.array(made, dtype=float).reshape(-1, 3)
    at = names.get("id")
    ids = [cells[at] if at is not None and cells[at] else f"H-{n + 1}" for n, (_, cells) in enumerate(rows)]
    frame = gpd.GeoDataFrame(
        {"point_id": ids, "level_m": table[:, 2]},
        geometry=shapely.points(table[:, :2]),
        crs=None if crs == LOCAL_CRS else crs,
    )
    return frame.set_index("point_id")
