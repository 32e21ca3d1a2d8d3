"""What the user confirms about a drawing, as ``layers.toml``: proposed with counts, edited, remembered.

::

    confirmed = true
    unit = "m"                                  # mm, cm, m
    gap_m = 1.0                                 # open ends nearer than this are joined, each listed
    [layers]
    "LOT VILLA" = { role = "plots", use = "housing_villa" }
    "Calque*" = { role = "ignore" }             # * stands for anything
    [words]
    "HE2" = "housing_apartment"                 # what a text on a plot means
    [[control]]                                 # local coordinates: at least two points
    name = "B1"
    drawn = [1000.0, 2000.0]
    true = [412345.10, 2613001.25]
"""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from qutb.core import FormatError, InputError
from qutb.plan import DETAILS, STREET_CLASSES, USES

__all__ = ["ROLES", "Answers", "Control", "LayerAnswer", "read_answers"]

Role = Literal[
    "plots",
    "blocks",
    "streets",
    "ways",
    "street_areas",
    "boundary",
    "buildings",
    "text",
    "control",
    "spot_heights",
    "ignore",
]
ROLES: tuple[Role, ...] = Role.__args__  # type: ignore[attr-defined]
_ENCODINGS = Literal["", "utf-8", "cp1256", "cp1252"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LayerAnswer(_Strict):
    """What one layer (or a pattern of names) holds."""

    role: Role
    use: str = ""
    facility_type: str = ""
    street_class: str = ""
    storeys: float | None = None
    phase: str = ""

    @field_validator("use")
    @classmethod
    def _known_use(cls, value: str) -> str:
        return _one_of(value, USES)

    @field_validator("street_class")
    @classmethod
    def _known_class(cls, value: str) -> str:
        return _one_of(value, STREET_CLASSES)


class Control(_Strict):
    """A point known twice: as drawn, in drawing units, and in the plan's system, in metres."""

    name: str = ""
    drawn: tuple[float, float]
    true: tuple[float, float]


class Answers(_Strict):
    """All answers; what is left out is proposed by the scan."""

    form: Literal["qutb-layers/1"] = "qutb-layers/1"
    file: str = ""
    confirmed: bool = False
    unit: Literal["", "mm", "cm", "dm", "m", "km", "in", "ft"] = ""
    encoding: _ENCODINGS = ""
    part: int = Field(default=0, ge=0)
    detail: str = ""
    default_use: str = ""
    gap_m: float = Field(default=1.0, gt=0, le=20)
    chord_m: float = Field(default=0.01, gt=0, le=1)
    text_reach_m: float = Field(default=12.0, ge=0, le=200)
    street_width_most_m: float = Field(default=80.0, gt=1, le=300)
    default_width_m: float = Field(default=12.0, gt=0.5, le=200)
    source_crs: str = Field(default="", pattern=r"^(EPSG:\d{4,6})?$")
    datum: Literal["", "shift", "as_is"] = ""
    residual_most_m: float = Field(default=0.5, gt=0)
    accept_residuals: bool = False
    class_widths_m: dict[str, float] = {"arterial": 30.0, "collector": 20.0, "local": 10.0, "lane": 6.0}
    layers: dict[str, LayerAnswer] = {}
    words: dict[str, str] = {}
    colours: dict[str, str] = {}
    control: tuple[Control, ...] = ()

    @field_validator("detail")
    @classmethod
    def _known_detail(cls, value: str) -> str:
        return _one_of(value, DETAILS)

    @field_validator("default_use")
    @classmethod
    def _known_use(cls, value: str) -> str:
        return _one_of(value, USES)

    @field_validator("words", "colours")
    @classmethod
    def _known_uses(cls, value: dict[str, str]) -> dict[str, str]:
        for use in value.values():
            _one_of(use, USES)
        return value

    def layer(self, name: str) -> LayerAnswer | None:
        """The answer for a layer: by its name, else by the first pattern that fits."""
        if name in self.layers:
            return self.layers[name]
        folded = name.casefold()
        for pattern, answer in self.layers.items():
            if fnmatchcase(folded, pattern.casefold()):
                return answer
        return None


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value and value not in known:
        raise ValueError(f"{value}: {', '.join(known)}")
    return value


def read_answers(path: str | Path) -> Answers:
    """The answers in a TOML file; raises ``FormatError`` or ``InputError`` naming the key at fault."""
    path = Path(path)
    try:
        return Answers.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise FormatError("DRAW-ANSWERS-UNREADABLE", path.name, fault=str(fault)) from fault
    except ValidationError as faults:
        first = faults.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError("DRAW-ANSWERS-KEY", path.name, key=place, fault=first["msg"]) from None
