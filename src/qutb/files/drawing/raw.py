"""What the child read, in arrays: shapes in metres on layers, texts with their place, what could not be read."""

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

import numpy as np
import pandas as pd
import shapely

from qutb.core import FormatError, InputError, LimitError
from qutb.files.drawing.units import UNITS
from qutb.files.limits import LIMITS, Limits

__all__ = ["Raw", "is_drawing", "read_raw"]

_CHILD = Path(__file__).with_name("child.py")
_KINDS = np.array(["ring", "line", "hatch", "point"], dtype=object)
_ERRORS: dict[str, type[InputError]] = {"FormatError": FormatError, "LimitError": LimitError}
_PATIENCE = 3  # seconds by the clock for each of the processor: a busy machine is no fault of the drawing
_OUT_OF_TIME = 24  # SIGXCPU
_FRUGAL = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Raw:
    """A drawing as read: ``shapes`` and ``texts`` in metres from the drawing's own origin; ``facts`` as told.

    ``shapes``: kind (ring, line, hatch, point), layer, block, entity, colour, group, insert, line, level,
    spatial, handle, tags, geometry. A ring is a line here: what is a plot is decided later.
    ``texts``: layer, text, tag, x_m, y_m (middle of the text), height_m, width_m, insert, line,
    level.
    """

    file: str
    unit: str
    shapes: pd.DataFrame
    texts: pd.DataFrame
    facts: Mapping[str, Any]


def is_drawing(path: str | Path) -> bool:
    """Whether a file goes to the drawing reader: DXF or DWG by its first bytes, or by its name."""
    path = Path(path)
    if path.suffix.lower() in (".dxf", ".dwg"):
        return True
    try:
        with path.open("rb") as handle:
            head = handle.read(64)
    except OSError:
        return False
    return head.startswith((b"AC10", b"AutoCAD Binary DXF")) or head.split()[:2] == [b"0", b"SECTION"]


def read_raw(
    path: Path, *, unit: str = "", encoding: str = "", chord_m: float = 0.01, crs: str = "", limits: Limits = LIMITS
) -> Raw:
    """Parse a DXF in a child process; ``unit`` ``""`` means guess. Raises ``FormatError`` or ``LimitError``."""
    with tempfile.TemporaryDirectory(prefix="qutb-") as folder:
        request = {
            "path": str(path.absolute()),
            "out": folder,
            "unit": unit,
            "encoding": encoding,
            "chord_m": chord_m,
            "zone": _zone(crs),
            "limits": asdict(limits),
        }
        facts = _asked(path, request, Path(folder), limits)
        said = json.loads((Path(folder) / "texts.json").read_text("utf-8"))
        with np.load(Path(folder) / "shapes.npz") as arrays:
            columns = {name: arrays[name] for name in arrays.files}
    factor = UNITS[facts["unit"]]
    shapes = _shapes(columns, said, facts, factor)
    return Raw(file=path.name, unit=facts["unit"], shapes=shapes, texts=_texts(said, facts, factor), facts=facts)


def _zone(crs: str) -> list[float] | None:
    """The area of use of a system in its own metres, west south east north."""
    if not crs.startswith("EPSG:"):
        return None
    from pyproj import CRS, Transformer

    system = CRS.from_user_input(crs)
    if system.area_of_use is None or system.geodetic_crs is None:
        return None
    mover = Transformer.from_crs(system.geodetic_crs, system, always_xy=True)
    bounds = mover.transform_bounds(*system.area_of_use.bounds)
    return [float(b) for b in bounds] if np.isfinite(bounds).all() else None


def _asked(path: Path, request: dict[str, Any], folder: Path, limits: Limits) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-X", "utf8", str(_CHILD)],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=_PATIENCE * limits.seconds,
            cwd=folder,
            env={**os.environ, **_FRUGAL},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LimitError("FILE-SLOW", path.name, most=_PATIENCE * limits.seconds) from None
    if done.returncode == -_OUT_OF_TIME:
        raise LimitError("FILE-SLOW", path.name, most=limits.seconds)
    answer = folder / "result.json"
    if not answer.is_file():
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise FormatError("FILE-READER-DIED", path.name, exit=done.returncode, fault=said[-1][:300] if said else "")
    result: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if "error" in result:
        error = result["error"]
        raise _ERRORS[error["kind"]](error["code"], path.name, **error["params"])
    return result


def _shapes(columns: dict[str, np.ndarray], said: dict[str, Any], facts: dict[str, Any], factor: float) -> pd.DataFrame:
    count = columns["count"]
    points = columns["points"] * factor
    kind = _KINDS[columns["kind"]]
    owner = np.repeat(np.arange(len(count)), count)
    geometry = np.full(len(count), None, dtype=object)
    dots = kind == "point"
    lines = ~dots
    if lines.any():
        number = np.cumsum(lines) - 1
        on_line = lines[owner]
        geometry[lines] = shapely.linestrings(points[on_line], indices=number[owner[on_line]])
    if dots.any():
        geometry[dots] = shapely.points(points[dots[owner]])
    layers = np.array([entry["name"] for entry in facts["layers"]], dtype=object)
    blocks = np.array(facts["blocks"] or [""], dtype=object)
    entities = np.array(facts["entities"] or [""], dtype=object)
    tags = {int(k): v for k, v in said["xdata"].items()}
    return pd.DataFrame(
        {
            "kind": kind,
            "layer": layers[columns["layer"]] if len(kind) else kind,
            "block": blocks[columns["block"]] if len(kind) else kind,
            "entity": entities[columns["entity"]] if len(kind) else kind,
            "colour": columns["colour"],
            "group": columns["group"],
            "insert": columns["insert"],
            "line": columns["line"],
            "level": columns["level"] * factor,
            "spatial": columns["spatial"],
            "handle": said["handles"],
            "tags": [tags.get(i) for i in range(len(kind))],
            "geometry": geometry,
        }
    )


def _texts(said: dict[str, Any], facts: dict[str, Any], factor: float) -> pd.DataFrame:
    layers = [entry["name"] for entry in facts["layers"]]
    rows = []
    for layer, x, y, insert, line, level, text in said["texts"]:
        height, turn = text["height"] * factor, text["rotation"]
        lines = max(1, text["text"].count("\\P") + 1)
        width = 0.7 * height * max(map(len, text["text"].split("\\P")))
        across = text["across"] * width
        up = text["up"] * 1.4 * height * lines
        rows.append(
            (
                layers[layer],
                text["text"],
                text["tag"],
                x * factor + across * np.cos(turn) - up * np.sin(turn),
                y * factor + across * np.sin(turn) + up * np.cos(turn),
                height,
                width,
                insert,
                line,
                np.nan if level is None else level * factor,
            )
        )
    names = ["layer", "text", "tag", "x_m", "y_m", "height_m", "width_m", "insert", "line", "level"]
    return pd.DataFrame(rows, columns=names)
