"""Finding and reading packs: folders of data announced through the entry point group ``qutb.packs``."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

from qutb.core import PackError
from qutb.pack.values import CatalogueRow, Parameter, Values

__all__ = ["Pack", "available_packs", "load_pack", "read_catalogue", "read_overrides"]


@dataclass(frozen=True, eq=False)
class Pack:
    """A country or client's dated values, catalogues and samples. ``folder`` holds ``pack.toml``."""

    name: str
    title: Mapping[str, str]
    currency: str
    minor_digits: int
    folder: Path
    parameters: Mapping[str, Parameter]
    catalogues: Mapping[str, tuple[CatalogueRow, ...]]

    def at(self, when: date) -> Values:
        """The pack's values in force at ``when``."""
        return Values(self.parameters, self.catalogues, when, self.name, self.currency)


def available_packs() -> tuple[str, ...]:
    """Names of the packs installed beside Qutb."""
    return tuple(sorted(point.name for point in entry_points(group="qutb.packs")))


def load_pack(name_or_folder: str | Path) -> Pack:
    """The pack of that name among those installed, or the one in that folder."""
    folder = Path(name_or_folder)
    if not (folder / "pack.toml").is_file():
        folder = _installed(str(name_or_folder))
    return _read(folder.resolve())


def read_overrides(text: Mapping[str, Any], origin: str) -> dict[str, Parameter]:
    """Parameters a pole gives in place of the pack's, same form as a parameter file."""
    return {key: Parameter.from_data(key, data, origin) for key, data in text.items()}


def _installed(name: str) -> Path:
    for point in entry_points(group="qutb.packs"):
        if point.name == name:
            return Path(str(files(point.value)))
    raise PackError("PACK-UNKNOWN", name, known=", ".join(available_packs()))


@cache
def _read(folder: Path) -> Pack:
    try:
        head = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise PackError("PACK-UNREADABLE", str(folder / "pack.toml"), fault=str(fault)) from fault
    name = str(head["name"])
    return Pack(
        name=name,
        title=dict(head["title"]),
        currency=str(head["currency"]),
        minor_digits=int(head["minor_digits"]),
        folder=folder,
        parameters=_parameters(folder, name),
        catalogues={f.stem: read_catalogue(f) for f in sorted((folder / "catalogues").glob("*.csv"))},
    )


def _parameters(folder: Path, origin: str) -> dict[str, Parameter]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Parameter] = {}
    for file in sorted((folder / "parameters").rglob("*.yaml")):
        try:
            data = yaml.load(file.read_text("utf-8"), Loader=loader) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as fault:
            raise PackError("PACK-UNREADABLE", str(file), fault=str(fault)) from fault
        for key, entry in data.items():
            if key in found:
                raise PackError("PACK-DUPLICATE", str(file), key=key)
            found[key] = Parameter.from_data(key, entry, origin)
    return found


def read_catalogue(file: Path) -> tuple[CatalogueRow, ...]:
    """Rows of a catalogue CSV (UTF-8, comma) as text; absent is ``""``."""
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = tuple(dict(row) for row in csv.DictReader(handle))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise PackError("PACK-CATALOGUE", f"{file.name}:{number}")
    return rows
