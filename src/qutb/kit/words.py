"""The kit's words, lists of values and names of columns in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from qutb.core import Column, Table
from qutb.pole import Pole
from qutb.text import Lang, all_labels, isolate, label, unit_name

__all__ = ["Words"]

_CODED = {"status": "street_status", **{c: c for c in ("use", "segment", "tenure", "detail", "street_class")}}
_CODED_ON_SITE = {
    ("constraints", "kind"): "constraint",
    ("constraints", "status"): "status",
    ("land", "status"): "land_status",
    ("roads", "street_class"): "street_class",
    ("tie_ins", "kind"): "kit.tie_in",
}
_UNITS_SHOWN = ("m", "m2")


@dataclass(frozen=True)
class Words:
    """What a kit of ``pole`` says in ``lang``."""

    pole: Pole
    lang: Lang

    def say(self, key: str, **fill: str) -> str:
        """The kit's own words ``kit.<key>``, braces filled."""
        words = label(f"kit.{key}", self.lang)
        return words.format_map(fill) if fill else words

    @property
    def pole_name(self) -> str:
        name = self.pole.name
        return name.get(self.lang) or name.get("en") or next(iter(name.values()), "")

    def column(self, table: Table, name: str) -> str:
        """Name of a column as a form shows it, with its unit where it is measured."""
        keys = (f"plan.{name}", f"draw.column.{name}", f"kit.column.{name}")
        found = next((k for k in _own_first(table, name, keys) if k in _known()), "")
        words = label(found, self.lang) if found else name
        unit = table[name].unit if name in table else ""
        return f"{words} ({unit_name(unit, self.lang)})" if unit in _UNITS_SHOWN and "(" not in words else words

    def layer(self, name: str) -> str:
        keys = (f"layer.{name}", f"draw.layer.{name}", f"kit.layer.{name}")
        return label(next(k for k in keys if k in _known()), self.lang)

    def listed(self, table: Table, column: Column) -> Mapping[str, str]:
        """Code and name of each value a column may hold; empty where anything may stand."""
        if column.name == "facility_type":
            return self.facilities()
        group = _CODED_ON_SITE.get((table.name, column.name)) or (_CODED.get(column.name) if column.choices else None)
        if not group:
            return {}
        return {value: self.named(f"{group}.{value}", value) for value in column.choices or _values(group)}

    def facilities(self) -> dict[str, str]:
        """The pack's facility types by code."""
        rows = self.pole.values.catalogues.get("facilities", ())
        return {
            row["facility_type"]: row.get(f"name_{self.lang}") or row["facility_type"]
            for row in rows
            if row.get("facility_type")
        }

    def named(self, key: str, otherwise: str) -> str:
        return label(key, self.lang) if key in _known() else isolate(otherwise, self.lang)


def _own_first(table: Table, name: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """A site table's ``status`` is no street's."""
    return keys[::-1] if table.name in ("constraints", "land", "tie_ins") else keys


def _values(group: str) -> tuple[str, ...]:
    return tuple(k.removeprefix(f"{group}.") for k in sorted(_known()) if k.startswith(f"{group}."))


@cache
def _known() -> frozenset[str]:
    return frozenset(all_labels())
