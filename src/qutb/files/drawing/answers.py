"""What the user confirms about a drawing, as ``layers.toml``: proposed with counts, edited, remembered.

::

    confirmed = true
    unit = "m"                                  # mm, cm, m
    gap_m = 1.0                                 # open ends nearer than this are joined, each listed
    [layers]
    "LOT VILLA" = { role = "plots", use = "housing_villa" }
    "Espaces verts" = "green"                   # a use, a role or a street class alone is enough
    "Calque*" = "ignore"                        # * stands for anything, case does not matter
    [words]
    "HE2" = "housing_apartment"                 # what a text on a plot means
    [[control]]                                 # local coordinates: at least two points
    name = "B1"
    drawn = [1000.0, 2000.0]
    true = [412345.10, 2613001.25]

Roles, uses and street classes may also be written as Qutb shows them in Arabic, French or English.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from qutb import text
from qutb.core import FormatError, InputError
from qutb.files.drawing.words import meaning_of
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
_UNITS = {
    "mm": ("millimetre", "millimètre", "millimeter", "مليمتر", "ملم"),
    "cm": ("centimetre", "centimètre", "centimeter", "سنتيمتر", "سم"),
    "m": ("metre", "mètre", "meter", "متر", "م"),
}
_BOUNDS = {"greater_than": "≤", "greater_than_equal": "<", "less_than": "≥", "less_than_equal": ">"}
_TOLD_MOST = 3


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LayerAnswer(_Strict):
    """What one layer (or a pattern of names) holds."""

    role: Role
    use: str = ""
    facility_type: str = ""
    street_class: str = ""
    storeys: float | None = Field(default=None, gt=0, le=200)
    phase: str = ""

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: Any) -> Any:
        """``"green"`` for ``{ role = "plots", use = "green" }``; a use tells the role, and so does a street class."""
        if isinstance(given, str):
            given = _meant(given)
        if not isinstance(given, Mapping):
            return given
        whole = dict(given)
        for key, known in (("role", ROLES), ("use", USES), ("street_class", STREET_CLASSES)):
            if isinstance(whole.get(key), str):
                whole[key] = _code(whole[key], key, known)
        if not whole.get("role"):
            whole["role"] = "streets" if whole.get("street_class") else "plots" if whole.get("use") else ""
        return whole

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
    crs: str = Field(default="", pattern=r"^(EPSG:\d{4,6}|local)?$")
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

    @field_validator("unit", mode="before")
    @classmethod
    def _plain_unit(cls, value: Any) -> Any:
        word = str(value).strip().casefold()
        return next((unit for unit, names in _UNITS.items() if word.removesuffix("s") in names), word)

    @field_validator("encoding", mode="before")
    @classmethod
    def _plain_encoding(cls, value: Any) -> Any:
        word = str(value).strip().casefold().replace("_", "-")
        return {"utf8": "utf-8", "windows-1256": "cp1256", "windows-1252": "cp1252"}.get(word, word)

    @field_validator("detail")
    @classmethod
    def _known_detail(cls, value: str) -> str:
        return _one_of(value, DETAILS)

    @field_validator("default_use")
    @classmethod
    def _known_use(cls, value: str) -> str:
        return _one_of(_code(value, "use", USES), USES)

    @field_validator("words", "colours")
    @classmethod
    def _known_uses(cls, value: dict[str, str]) -> dict[str, str]:
        return {word: _one_of(_code(use, "use", USES), USES) for word, use in value.items()}

    @field_validator("class_widths_m")
    @classmethod
    def _known_classes(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            _one_of(name, STREET_CLASSES)
        return value

    def layer(self, name: str) -> LayerAnswer | None:
        """The answer for a layer: by its name, else by the first pattern that fits."""
        if name in self.layers:
            return self.layers[name]
        return next((answer for pattern, answer in self.layers.items() if _fits(name, pattern)), None)

    def absent(self, names: Iterable[str]) -> tuple[str, ...]:
        """The layers and patterns answered for that fit none of ``names``."""
        names = tuple(names)
        return tuple(p for p in self.layers if p not in names and not any(_fits(name, p) for name in names))


def _fits(name: str, pattern: str) -> bool:
    one, other = _folded(name), _folded(pattern)
    return one == other or fnmatchcase(one, other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _one_of(value: str, known: Iterable[str]) -> str:
    known = tuple(known)
    if value and value not in known:
        raise ValueError(f"{value}: {', '.join(known)}")
    return value


def _meant(word: str) -> dict[str, str]:
    """What one word says of a layer: a use, a role or a street class."""
    for key, known in (("use", USES), ("role", ROLES), ("street_class", STREET_CLASSES)):
        plain = _folded(word)
        code = plain if plain in known else _names(key).get(plain)
        if code:
            return {key: code}
    told = meaning_of(word)
    said = {"use": told.use, "facility_type": told.facility_type, "role": "" if told.use else told.role}
    found = {key: value for key, value in (said | {"street_class": told.street_class}).items() if value}
    return found or {"role": word}


def _code(word: str, kind: str, known: Iterable[str]) -> str:
    """The code that ``word`` is, or names in Arabic, French or English; else the word itself."""
    plain = _folded(word)
    if plain in known:
        return plain
    return _names(kind).get(plain) or (kind == "use" and meaning_of(word).use) or word


@cache
def _names(kind: str) -> Mapping[str, str]:
    """Codes by the words that Qutb shows for them."""
    book = {"use": ("use", USES), "role": ("drawing.role", ROLES), "street_class": ("street_class", STREET_CLASSES)}
    prefix, codes = book[kind]
    return {_folded(text.label(f"{prefix}.{c}", lang)): c for c in codes for lang in text.LANGUAGES}


def read_answers(path: str | Path) -> Answers:
    """The answers in a TOML file; raises ``FormatError`` or ``InputError`` naming the line and key at fault."""
    path = Path(path)
    try:
        source = path.read_text("utf-8-sig")
        return Answers.model_validate(tomllib.loads(source))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise FormatError("DRAW-ANSWERS-UNREADABLE", path.name, fault=str(fault)) from fault
    except ValidationError as faults:
        first, *more = sorted(faults.errors(), key=lambda e: e["type"] != "extra_forbidden")
        places = [".".join(map(str, e["loc"])) for e in more[:_TOLD_MOST]]
        keys = tuple(str(part) for part in first["loc"])
        said = _fault(first) + (f" ({', '.join(places)} …)" if places else "")
        where = f"{path.name}:{_line(source, keys)}"
        raise InputError("DRAW-ANSWERS-KEY", where, key=".".join(keys), fault=said) from None


def _fault(error: Mapping[str, Any]) -> str:
    """What is wrong, in signs and codes that stand in any language; for an unknown key, the one that was meant."""
    kind, keys, given = str(error["type"]), tuple(map(str, error["loc"])), error["input"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"layers": LayerAnswer, "control": Control}
        known = list(models.get(keys[0] if len(keys) > 1 else "", Answers).model_fields)
        near = difflib.get_close_matches(keys[-1], known, 1, 0.5)
        return f"{keys[-1]} → {near[0]}?" if near else f"{keys[-1]} → {', '.join(known)}"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in _BOUNDS:
        return f"{given} {_BOUNDS[kind]} {next(iter(context.values()))}"
    expected = context.get("expected") or context.get("pattern") or kind.removesuffix("_type").removesuffix("_parsing")
    return f"{given} → {expected}"


def _line(source: str, keys: tuple[str, ...]) -> int:
    """The line where the last of ``keys`` that the file writes stands; 1 if none does."""
    lines, at = source.splitlines(), 0
    for key in keys:
        word = re.compile(rf"(?<![\w.-]){re.escape(key)}(?![\w-])")
        at = next((n for n in range(at, len(lines)) if word.search(lines[n])), at)
    return at + 1
