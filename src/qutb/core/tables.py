"""What a table is, in plain Python: the one description that validation, ``explain``, the reference
page and the web read. ``qutb.plan.schema`` builds the pandera schema from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Column", "Standing", "Table"]

Standing = Literal["given", "assumed", "computed"]
Kind = Literal["text", "number", "integer", "boolean", "date", "geometry"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its unit ends its name, its formula and what it reads explain every number in it.

    ``reads`` names other columns (``"plots.storeys"``, ``"capacity.plots.dwellings"``) and pack values
    (``"value:capacity.household_size"``); braces are filled from the row:
    ``"value:capacity.floor_per_dwelling.{use}"``.
    """

    name: str
    kind: Kind
    unit: str
    description: str
    formula: str = ""
    reads: tuple[str, ...] = ()
    standing: Standing = "computed"
    nullable: bool = False
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A named table: its key (index) and its columns in order."""

    name: str
    key: str
    description: str
    columns: tuple[Column, ...]
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})

    def __getitem__(self, name: str) -> Column:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def to_json(self) -> dict[str, Any]:
        """Name, key and columns as plain data, for the published schema and the web."""
        return {
            "name": self.name,
            "key": self.key,
            "description": self.description,
            "columns": [
                {k: (list(v) if isinstance(v, tuple) else v) for k, v in vars(c).items()} for c in self.columns
            ],
        }
