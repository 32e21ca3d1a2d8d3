"""Sheets, their rows as plain data, and the differences between two states of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from qutb.core import Finding, Table

__all__ = [
    "DENSITY_COLUMNS",
    "ENTRY",
    "PROVENANCE",
    "Book",
    "Change",
    "Record",
    "Rows",
    "Sheet",
    "Tab",
    "Understood",
    "equal",
]

Record = Mapping[str, Any]  # field -> text, float, bool, ISO date or None
Rows = dict[str, dict[str, Any]]  # row id -> record, in order
DENSITY_COLUMNS = ("storeys", "ground_coverage_ratio", "floor_area_ratio")
PROVENANCE = ("entered_by", "entered_date", "second_person")
ENTRY = "entry"
_CLOSE = 1e-9


class Book(Mapping[str, Rows]):
    """Rows by sheet, made when first asked for: a file of prices needs no plan to be read."""

    def __init__(self, makers: Mapping[str, Callable[[], Rows]]) -> None:
        self._makers = makers
        self._made: dict[str, Rows] = {}

    def __getitem__(self, sheet: str) -> Rows:
        if sheet not in self._made:
            self._made[sheet] = self._makers[sheet]()
        return self._made[sheet]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of the workbook.

    ``key`` names the columns whose values are the row's id; ``shown`` are the columns written for the reader and
    never read back; in an ``open`` sheet rows may be added and removed. ``per_row_unit`` are the columns whose
    unit stands in the row's own ``unit``; ``lists`` those that hold several choices; in a ``confirmable`` sheet
    the status ``confirmed`` needs a second person; rows of a ``numbered`` sheet are known by their number alone.
    """

    table: Table
    key: tuple[str, ...]
    shown: frozenset[str] = frozenset()
    open: bool = False
    per_row_unit: frozenset[str] = frozenset()
    confirmable: bool = False
    lists: frozenset[str] = frozenset()
    numbered: bool = False
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def editable(self) -> tuple[str, ...]:
        """Columns read back."""
        return tuple(c.name for c in self.table if c.name not in self.shown)

    @property
    def content(self) -> tuple[str, ...]:
        """Columns read back that are neither key nor who, when, second person."""
        return tuple(n for n in self.editable if n not in self.key and n not in PROVENANCE)

    def row_id(self, record: Record) -> str:
        """``"bay/ZA"``: the key's values joined."""
        return "/".join(str(record.get(name) or "") for name in self.key)


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A sheet as a file gives it: rows as read, and the place of each cell (row id, column) in it."""

    sheet: Sheet
    title: str
    rows: Rows
    places: Mapping[tuple[str, str], str]
    columns: tuple[str, ...]
    unread: frozenset[tuple[str, str]] = frozenset()

    def place(self, row: str, column: str = "") -> str:
        """``cell:Prix!F12``, or the sheet where the cell is not in the file."""
        found = self.places.get((row, column)) or self.places.get((row, ""))
        return found or f"sheet:{self.title}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that differs: a row ``added`` or ``removed`` (``field`` empty), or one field ``changed``."""

    sheet: str
    row: str
    kind: Literal["added", "changed", "removed"]
    field: str = ""
    old: Any = None
    new: Any = None
    place: str = ""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class Understood:
    """The sheets recognised in a file, and what was said on the way."""

    tabs: Mapping[str, Tab]
    findings: tuple[Finding, ...]


def equal(one: Any, other: Any) -> bool:
    """The same value: numbers within a billionth, text but for spaces and letters a code page lost, absent as empty."""
    if isinstance(one, bool) or isinstance(other, bool):
        return bool(one is not None) == bool(other is not None) and bool(one) == bool(other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= _CLOSE * max(1.0, abs(one), abs(other))
    one, other = _bare(one), _bare(other)
    return bool(one == other) or (isinstance(one, str) and isinstance(other, str) and _letters_lost(one, other))


def _letters_lost(one: str, other: str) -> bool:
    """``other`` is ``one`` with ``?`` for letters that a code page does not have."""
    return len(one) == len(other) and all(
        a == b or (b == "?" and not a.isascii()) for a, b in zip(one, other, strict=True)
    )


def _bare(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return " ".join(unicodedata.normalize("NFC", value).split()) or None
