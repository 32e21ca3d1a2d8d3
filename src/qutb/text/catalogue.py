"""Messages, labels and glossary as files: one TOML a room, the three languages side by side.

``messages/<room>.toml``::

    [PLAN-OVERLAP]
    message = { en = "...", fr = "...", ar = "..." }
    hint    = { en = "...", fr = "...", ar = "..." }

``labels/<room>.toml``::

    "capacity.dwellings" = { en = "Dwellings", fr = "Logements", ar = "المساكن" }

Braces in a message are filled from the finding's ``params``; ``value``, ``limit`` and other numbers are
written in ``params["unit"]`` the way the language writes them; ``{where}`` is the list of places.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from qutb.core import Check, Finding, PackError, QutbError
from qutb.text.formats import isolate, number, quantity

Lang = Literal["ar", "fr", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)

_Words = Mapping[str, str]
_PLACES_SHOWN = 8
_NAMES = {"column": "plan.", "layer": "layer.", "measure": "", "state": "state.", "role": "role.", "event": "event."}
_ALSO_IN_FILES = ("column", "layer")  # params that the reader has to find in a file too


@cache
def _entries(folder: str) -> Mapping[str, Mapping[str, object]]:
    entries: dict[str, Mapping[str, object]] = {}
    for file in sorted(files("qutb.text").joinpath(folder).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        for code, entry in tomllib.loads(file.read_text("utf-8")).items():
            if code in entries:
                raise PackError("TEXT-DUPLICATE", file.name, code_name=code)
            entries[code] = entry
    return entries


@cache
def _glossary() -> Mapping[str, Mapping[str, str]]:
    text = files("qutb.text").joinpath("glossary.csv").read_text("utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


@cache
def all_codes() -> tuple[str, ...]:
    """Every message code, sorted."""
    return tuple(sorted(_entries("messages")))


@cache
def all_labels() -> tuple[str, ...]:
    """Every label key, sorted."""
    return tuple(sorted(_entries("labels")))


def missing_translations() -> list[str]:
    """``"code.part.lang"`` for every message, hint or label without words in one language."""
    gaps = [
        f"{code}.{part}.{lang}"
        for code, entry in _entries("messages").items()
        for part in ("message", "hint")
        for lang in LANGUAGES
        if not _part(entry, part).get(lang)
    ]
    gaps += [f"{key}.{lang}" for key, words in _entries("labels").items() for lang in LANGUAGES if not words.get(lang)]
    return gaps


def message(about: Finding | Check, lang: Lang) -> str:
    """What is wrong, in words."""
    return _fill(about.code, "message", lang, _params(about), about.where)


def hint(about: Finding | Check, lang: Lang) -> str:
    """What to do next, in words."""
    return _fill(about.code, "hint", lang, _params(about), about.where)


def error_text(error: QutbError, lang: Lang) -> str:
    """What stopped the program and the remedy, in words; never fails on an unknown code."""
    if error.code not in _entries("messages"):
        return f"{error.code}: {error.where} {dict(error.params)}"
    where = (error.where,) if error.where else ()
    said = _fill(error.code, "message", lang, error.params, where)
    return f"{said} {_fill(error.code, 'hint', lang, error.params, where)}"


def label(key: str, lang: Lang) -> str:
    """Words for a column, use, verdict, heading. Raises ``PackError`` if the key has none."""
    try:
        return str(_entries("labels")[key][lang])
    except KeyError:
        raise PackError("TEXT-NO-LABEL", key, lang=lang) from None


def term(term_id: str, lang: Lang) -> str:
    """A glossary term in ``lang``; an Arabic term not yet confirmed falls back to French."""
    row = _glossary().get(term_id)
    if row is None:
        raise PackError("TEXT-NO-LABEL", term_id, lang=lang)
    return row[lang] or row["fr"]


def place(where: str, lang: Lang) -> str:
    """``plot:A-17`` as ``plot A-17`` in the language; what is no place of the plan stays as it is."""
    kind, _, name = where.partition(":")
    words = _entries("labels").get(f"place.{kind}") if name else None
    return f"{words[lang]} {isolate(name, lang)}" if words else isolate(where, lang)


def _comma(lang: Lang) -> str:
    return "،" if lang == "ar" else ","


def _params(about: Finding | Check) -> Mapping[str, object]:
    if isinstance(about, Finding):
        return about.params
    limit = about.limit_low if about.limit_low is not None else about.limit_high
    return {
        "value": about.value,
        "limit": limit,
        "limit_low": about.limit_low,
        "limit_high": about.limit_high,
        "unit": about.unit,
    }


def _part(entry: Mapping[str, object], part: str) -> _Words:
    words = entry.get(part, {})
    return words if isinstance(words, Mapping) else {}


def _fill(code: str, part: str, lang: Lang, params: Mapping[str, object], where: tuple[str, ...]) -> str:
    entry = _entries("messages").get(code)
    if entry is None:
        raise PackError("TEXT-NO-MESSAGE", code)
    unit = str(params.get("unit", ""))
    shown = {name: _show(name, value, unit, lang) for name, value in params.items()}
    counted = params.get("count")  # a finding may name only the first of many places
    every = max(len(where), counted) if isinstance(counted, int) else len(where)
    more = f" (+{number(every - _PLACES_SHOWN, lang)})" if len(where) > _PLACES_SHOWN else ""
    shown["where"] = f"{_comma(lang)} ".join(place(w, lang) for w in where[:_PLACES_SHOWN]) + more
    return _part(entry, part).get(lang, "").format_map(_Blank(shown))


class _Blank(dict[str, str]):
    """An absent parameter shows as its own braces, so that a message never fails."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _show(name: str, value: object, unit: str, lang: Lang) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        measured = unit and (name.startswith(("value", "limit")))
        return quantity(value, unit, lang) if measured else number(value, lang)
    if name in _NAMES:
        return _named(name, str(value), lang)
    if isinstance(value, list | tuple):
        return isolate(", ".join(str(v) for v in value), lang)
    return isolate(str(value), lang)


def _named(param: str, name: str, lang: Lang) -> str:
    """A thing in the reader's words; a column or layer beside the name to look for in the file."""
    words = _entries("labels").get(_NAMES[param] + name)
    if words is None or (lang == "en" and param in _ALSO_IN_FILES):
        return isolate(name, lang)
    return f"{words[lang]} ({isolate(name, lang)})" if param in _ALSO_IN_FILES else str(words[lang])
