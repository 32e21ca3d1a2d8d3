"""The class that ships with Qutb: remote new towns of four continents, their counts, sources and fitted curve."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from qutb.core import FormatError
from qutb.uptake.curve import Curve, fit
from qutb.uptake.towns import Towns, read_towns

__all__ = [
    "fit_towns",
    "like_towns",
    "read_model",
    "reference_curve",
    "reference_list",
    "reference_sources",
    "reference_towns",
    "write_model",
]

_FOLDER = files("qutb.uptake") / "reference"


def fit_towns(towns: Towns, *, seed: int = 0) -> Curve:
    """The curve of a class of towns; the digest of their file stands in it."""
    return fit(towns.rows, seed=seed, digest=towns.digest)


def write_model(curve: Curve, path: Path | str) -> None:
    """The curve as a JSON file, a line a field."""
    lines = (f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in curve.to_json().items())
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def read_model(path: Path | str) -> Curve:
    """The curve written by :func:`write_model`; raises ``FormatError`` on any other file."""
    file = Path(path)
    try:
        data: Any = json.loads(file.read_text("utf-8"))
        return Curve.from_json(data)
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise FormatError("UPT-NO-MODEL", file.name, fault=str(fault)) from fault


@cache
def reference_curve() -> Curve:
    """The curve fitted to :func:`reference_towns`, as shipped."""
    with as_file(_FOLDER / "model.json") as path:
        return read_model(path)


@cache
def reference_towns() -> Towns:
    """The counts behind it: usable towns of the list, census figures where there are any."""
    with as_file(_FOLDER / "new_towns.csv") as path:
        return read_towns(path)


def reference_list() -> Path:
    """The list of towns as a file, to fit again or to add to."""
    return Path(str(_FOLDER / "new_towns.csv"))


@cache
def reference_sources() -> dict[str, tuple[str, str]]:
    """What each source is and its address, by the ids in the list of towns."""
    lines = csv.DictReader((_FOLDER / "sources.csv").read_text("utf-8").splitlines())
    return {line["id"]: (line["read"], line["address"]) for line in lines}


def like_towns(curve: Curve, *, region: str, target_people: float, count: int = 5) -> pd.DataFrame:
    """Last counts of the towns most like a plan: those of its region first, then by size of the target."""
    last = curve.rows.groupby("town", sort=True).tail(1)
    distance = np.abs(np.log(last["target_people"] / target_people)) + 10.0 * (last["region"] != region)
    chosen = last.assign(distance=distance).sort_values(["distance", "town"]).head(count)
    return chosen.drop(columns="distance").set_index("town")
