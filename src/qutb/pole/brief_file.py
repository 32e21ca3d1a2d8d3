"""``pole.toml`` and ``brief.toml``: read with pydantic, each fault located; written in one fixed order."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qutb.core import FormatError, InputError
from qutb.pole.model import Brief, Criterion, Pole, Target

__all__ = ["PoleHead", "brief_text", "pole_text", "read_brief", "read_head", "read_toml"]

_Names = dict[Annotated[str, Field(pattern="^(ar|fr|en)$")], str]
_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PoleHead(_Strict):
    """``pole.toml``."""

    name: _Names = Field(min_length=1)
    crs: str = Field(pattern=r"^(EPSG:\d{4,6}|local)$")
    start_date: date
    pack: str = Field(min_length=1)
    pack_date: date
    partners: tuple[dict[str, str], ...] = ()


class _Target(_Strict):
    measure: str = Field(pattern=r"^[a-z_]+(\.[a-z0-9_]+)+$")
    low: float | None = None
    high: float | None = None
    source: str = ""


class _Criterion(_Strict):
    measure: str = Field(pattern=r"^[a-z_]+(\.[a-z0-9_]+)+$")
    better: Literal["more", "less"]
    weight: float | None = Field(default=None, ge=0)


class _Brief(_Strict):
    title: _Names = {}
    town: str = ""
    facilities: dict[str, int] = {}
    targets: tuple[_Target, ...] = ()
    criteria: tuple[_Criterion, ...] = ()
    weights_adopted: bool = False
    notes: _Names = {}


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as data; raises ``FormatError`` with line and column."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise FormatError("POLE-FILE-MISSING", path.name, folder=str(path.parent)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise FormatError("POLE-TOML", path.name, fault=str(fault)) from fault


def read_head(path: Path) -> PoleHead:
    return _checked(PoleHead, read_toml(path), path.name)


def read_brief(path: Path) -> Brief:
    """The programme, its defaults where a key is absent."""
    data = _checked(_Brief, read_toml(path), path.name)
    return Brief(
        title=dict(data.title),
        town=data.town,
        targets=tuple(Target(**t.model_dump()) for t in data.targets),
        facilities=dict(data.facilities),
        criteria=tuple(Criterion(**c.model_dump()) for c in data.criteria),
        weights_adopted=data.weights_adopted,
        notes=dict(data.notes),
    )


def _checked(model: type[_Model], data: Mapping[str, Any], where: str) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as faults:
        first = faults.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        params = {"key": place, "fault": first["msg"], "more": faults.error_count() - 1}
        raise InputError("POLE-KEY", f"{where}: {place}", **params) from None


def pole_text(pole: Pole) -> str:
    """``pole.toml`` of a pole."""
    head: dict[str, Any] = {
        "crs": pole.crs,
        "start_date": pole.start_date,
        "pack": pole.pack,
        "pack_date": pole.pack_date,
    }
    return _toml(head, {"name": dict(pole.name)}, {"partners": [dict(p) for p in pole.partners]})


def brief_text(brief: Brief) -> str:
    """``brief.toml`` of a brief."""
    head = {"town": brief.town, "weights_adopted": brief.weights_adopted}
    tables: dict[str, Mapping[str, Any]] = {
        "title": dict(brief.title),
        "facilities": dict(brief.facilities),
        "notes": dict(brief.notes),
    }
    lists: dict[str, list[Mapping[str, Any]]] = {
        "targets": [vars(t) for t in brief.targets],
        "criteria": [vars(c) for c in brief.criteria],
    }
    return _toml(head, tables, lists)


def _toml(
    head: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], lists: Mapping[str, list[Mapping[str, Any]]]
) -> str:
    parts = [_pairs(head)]
    parts += [f"[{name}]\n{_pairs(table)}" for name, table in tables.items() if table]
    parts += [f"[[{name}]]\n{_pairs(row)}" for name, rows in lists.items() for row in rows]
    return "\n".join(parts)


def _pairs(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(k)} = {_value(v)}\n" for k, v in table.items() if v is not None)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
