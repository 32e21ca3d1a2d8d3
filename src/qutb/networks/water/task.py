"""A design task: which pipes of an EPANET file may take which diameters, what they cost, what must be met."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qutb.core import FormatError, InputError

__all__ = ["CatalogueEntry", "WaterTask", "read_task", "task_from_data"]

_METRES = {"mm": 1e-3, "m": 1.0, "in": 0.0254}


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """One pipe of the catalogue: its label, diameter [m], cost per unit of length, roughness where its own."""

    label: str
    diameter: float
    diameter_m: float
    unit_cost: float
    unit_cost_major: float
    roughness: float | None = None


@dataclass(frozen=True, kw_only=True)
class WaterTask:
    """What is asked of a least-cost design.

    ``decision_pipes`` in the order of the file; ``optional`` whether a pipe may be left out; ``fixed_pipes``
    pipe -> diameter in the task's unit; heads and pressures in metres, speed in m/s; ``skipped_nodes`` are
    not checked. ``length_unit_m`` turns the length of a pipe into metres of the task's unit costs (None: the
    unit of the EPANET file).
    """

    name: str
    inp: Path
    decision_pipes: tuple[str, ...]
    catalogue: tuple[CatalogueEntry, ...]
    diameter_unit: str = "mm"
    currency: str = ""
    min_pressure_m: float | None = None
    min_head_m: Mapping[str, float] = field(default_factory=dict)
    max_pressure_m: Mapping[str, float] = field(default_factory=dict)
    max_velocity_m_per_s: float | None = None
    skipped_nodes: frozenset[str] = frozenset()
    major_pipes: frozenset[str] = frozenset()
    optional: bool = False
    fixed_pipes: Mapping[str, float] = field(default_factory=dict)
    best_known: float | None = None

    @property
    def diameter_unit_m(self) -> float:
        """Metres in the task's unit of diameter."""
        return _METRES[self.diameter_unit]


def read_task(path: Path) -> WaterTask:
    """Read a task file.

    Raises
    ------
    FormatError : not JSON, or a field is missing or of the wrong kind.
    InputError : an empty catalogue, a diameter or cost that is not a positive number, no limit on pressure.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as fault:
        raise FormatError("NET-TASK-FORMAT", str(path), fault=str(fault)) from fault
    if not isinstance(data, dict):
        raise FormatError("NET-TASK-FORMAT", str(path), fault=type(data).__name__)
    return task_from_data(data, path)


def task_from_data(data: Mapping[str, Any], path: Path) -> WaterTask:
    """The task that ``data`` describes; its EPANET file is sought beside ``path``."""
    unit = _field(data, path, "diameter_unit", str, "mm")
    if unit not in _METRES:
        raise InputError("NET-TASK-UNIT", str(path), unit=unit)
    inp = path.parent / _field(data, path, "inp", str)
    if not inp.is_file():
        raise InputError("NET-TASK-INP", str(path), inp=inp.name)
    pipes = tuple(str(p) for p in _field(data, path, "decision_pipes", list))
    if not pipes:
        raise InputError("NET-TASK-NO-PIPES", str(path))
    if "min_pressure_m" not in data and "min_head_ft" not in data:
        raise InputError("NET-TASK-NO-LIMIT", str(path))
    speed = _field(data, path, "max_velocity_ms", float, math.nan)
    return WaterTask(
        name=_field(data, path, "name", str, path.stem),
        inp=inp,
        decision_pipes=pipes,
        catalogue=_catalogue(data, path, unit),
        diameter_unit=unit,
        currency=_field(data, path, "currency", str, ""),
        min_pressure_m=_field(data, path, "min_pressure_m", float) if "min_pressure_m" in data else None,
        min_head_m={n: h * 0.3048 for n, h in _numbers(data, path, "min_head_ft").items()},
        max_pressure_m=_numbers(data, path, "max_pressure_m"),
        max_velocity_m_per_s=None if math.isnan(speed) else speed,
        skipped_nodes=frozenset(str(n) for n in _field(data, path, "exclude_nodes", list, [])),
        major_pipes=frozenset(str(p) for p in _field(data, path, "major_road_pipes", list, [])),
        optional=bool(data.get("optional", False)),
        fixed_pipes=_numbers(data, path, "fixed_pipes"),
        best_known=_field(data, path, "best_known", float, math.nan) if data.get("best_known") else None,
    )


def _catalogue(data: Mapping[str, Any], path: Path, unit: str) -> tuple[CatalogueEntry, ...]:
    diameters = _column(data, path, "diameters")
    costs = _column(data, path, "unit_costs", like=diameters)
    major = _column(data, path, "unit_cost_major_road", like=diameters) if "unit_cost_major_road" in data else costs
    rough = _column(data, path, "roughness_by_option", like=diameters) if "roughness_by_option" in data else None
    labels = data.get("diameter_labels")
    if not isinstance(labels, list) or len(labels) != len(diameters):
        labels = [f"{d:g} {unit}" for d in diameters]
    if not diameters:
        raise InputError("NET-TASK-CATALOGUE", str(path))
    entries = [
        CatalogueEntry(
            label=str(labels[i]),
            diameter=d,
            diameter_m=d * _METRES[unit],
            unit_cost=costs[i],
            unit_cost_major=major[i],
            roughness=rough[i] if rough else None,
        )
        for i, d in enumerate(diameters)
    ]
    for entry in entries:
        if not (entry.diameter > 0.0 and math.isfinite(entry.diameter) and entry.unit_cost >= 0.0):
            raise InputError("NET-TASK-DIAMETER", str(path), diameter=entry.diameter, cost=entry.unit_cost)
    return tuple(entries)


def _field(data: Mapping[str, Any], path: Path, name: str, kind: type, default: Any = ...) -> Any:
    """A field of the task, of the kind asked for; a whole number stands for a decimal one."""
    value = data.get(name, default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if value is ... or not isinstance(value, kind):
        raise FormatError("NET-TASK-FIELD", str(path), field=name)
    return value


def _column(data: Mapping[str, Any], path: Path, name: str, *, like: list[float] | None = None) -> list[float]:
    values = _field(data, path, name, list)
    good = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values)
    if not good or (like is not None and len(values) != len(like)):
        raise FormatError("NET-TASK-FIELD", str(path), field=name)
    return [float(v) for v in values]


def _numbers(data: Mapping[str, Any], path: Path, name: str) -> dict[str, float]:
    """A mapping of id to number; absent is empty."""
    values = data.get(name) or {}
    if not isinstance(values, dict) or not all(isinstance(v, int | float) for v in values.values()):
        raise FormatError("NET-TASK-FIELD", str(path), field=name)
    return {str(k): float(v) for k, v in values.items()}
