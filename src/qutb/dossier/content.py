"""What a dossier says, as plain data: pages of blocks. HTML, PDF and tests read this and nothing else.

Text is already in its language, numbers written, names isolated. ``tone`` says what a text means (better,
blocking ...); renderers choose how that looks, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from qutb.text import Lang

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Columns",
    "DossierContent",
    "Facts",
    "Figure",
    "Head",
    "Heading",
    "Item",
    "Page",
    "TableBlock",
    "Text",
    "cell",
    "to_plain",
]

Tone = Literal[
    "", "muted", "strong", "code", "better", "worse", "equal", "unknown", "blocking", "warning", "note", "group"
]
Align = Literal["start", "end", "center"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A table cell: ``text``, a smaller line ``sub``, then a ``badge`` (a word with a tone) with a ``note``."""

    text: str
    sub: str = ""
    badge: str = ""
    note: str = ""
    tone: Tone = ""


def cell(text: str, sub: str = "", badge: str = "", tone: Tone = "") -> Cell:
    """A cell in one line of code."""
    return Cell(text=text, sub=sub, badge=badge, tone=tone)


@dataclass(frozen=True, kw_only=True)
class Head:
    """Heading of a column; ``width`` is its share against the other columns'."""

    text: str
    align: Align = "start"
    width: float = 1.0
    sub: str = ""


@dataclass(frozen=True, kw_only=True)
class TableBlock:
    """Rows under heads. A row of one cell is a group heading across the table."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    dense: bool = False
    kind: str = field(default="table", init=False)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing with words for those who cannot see it and the table that says the same."""

    svg: str
    alt: str
    caption: str = ""
    width_mm: float = 186.0
    twin: TableBlock | None = None
    kind: str = field(default="figure", init=False)


@dataclass(frozen=True, kw_only=True)
class Heading:
    text: str
    level: int = 2
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True, kw_only=True)
class Text:
    text: str
    tone: Tone = ""
    kind: str = field(default="text", init=False)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A point of a list: ``text``, what to do or where as ``sub``, a ``badge`` and a ``note`` beside it."""

    text: str
    sub: str = ""
    badge: str = ""
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True, kw_only=True)
class Bullets:
    items: tuple[Item, ...]
    kind: str = field(default="bullets", init=False)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Key figures in a strip: ``text`` large, ``sub`` under it, ``badge`` the word beside."""

    items: tuple[Item, ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Blocks side by side."""

    columns: tuple[tuple[Block, ...], ...]
    kind: str = field(default="columns", init=False)


Block = TableBlock | Figure | Heading | Text | Bullets | Facts | Columns


@dataclass(frozen=True, kw_only=True)
class Page:
    """A titled run of blocks. ``fit`` keeps it on one sheet; ``follow`` starts it under the page
    before; ``sheet`` is a drawing that fills its own paper.
    """

    key: str
    title: str
    blocks: tuple[Block, ...] = ()
    fit: bool = False
    follow: bool = False
    sheet: Figure | None = None
    sheet_size_mm: tuple[float, float] = (420.0, 297.0)


@dataclass(frozen=True, kw_only=True)
class DossierContent:
    """A dossier in one language. ``words`` are the few texts the renderers themselves need."""

    lang: Lang
    direction: str
    title: str
    subtitle: str
    date: str
    code: str
    iso_date: str
    pages: tuple[Page, ...]
    words: Mapping[str, str]


def to_plain(part: Any) -> Any:
    """Content as dictionaries, lists and text, for the PDF template and tests."""
    if is_dataclass(part) and not isinstance(part, type):
        return {f.name: to_plain(getattr(part, f.name)) for f in fields(part)}
    if isinstance(part, tuple | list):
        return [to_plain(p) for p in part]
    if isinstance(part, Mapping):
        return {str(k): to_plain(v) for k, v in part.items()}
    return part
