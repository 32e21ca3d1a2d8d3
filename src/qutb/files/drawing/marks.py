"""What Qutb's own drawings carry: each shape its id and values as extended data, so that they come back whole.

The data of the application ``QUTB`` is a list of strings: the id, then names and values in turn. A value longer
than a string of extended data may be goes on under an empty name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from qutb.core import Table

__all__ = ["OWN", "OWN_CRS", "apart", "marked", "marks_of", "own_number", "with_own_values"]

OWN = "QUTB"
OWN_CRS = "QUTB_CRS"  # property of the drawing
_LONGEST = 250
_UNSEEN = ("detail",)  # guessed from sizes, never drawn


def marks_of(shape_id: str, values: Mapping[str, Any]) -> list[str]:
    """The id and the values that are there, as strings."""
    marks = [shape_id]
    for name, value in values.items():
        text = "" if value is None or value is pd.NaT or value != value else str(value)
        for start in range(0, len(text), _LONGEST):
            marks += [name if start == 0 else "", text[start : start + _LONGEST]]
    return marks


def marked(tags: Any) -> str:
    """The id that a shape carries; ``""`` if it carries none."""
    marks = tags.get(OWN) if isinstance(tags, dict) else None
    return str(marks[0]) if marks else ""


def own_number(tags: Any, name: str) -> float:
    """A number that a shape carries; NaN if it carries none of that name."""
    return float(dict(_pairs(tags)).get(name, "nan"))


def with_own_values(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The rows with the values that their shapes carry (column ``tags``), in the kinds of ``table``.

    What is drawn or written for all to see stands before what a shape carries unseen.
    """
    own = pd.DataFrame([dict(_pairs(tags)) for tags in frame["tags"]], index=frame.index)
    frame = frame.drop(columns="tags")
    for name in own.columns.difference(["geometry", table.key]):
        kind = table[name].kind if name in table else "text"
        given = own[name]
        if kind in ("number", "integer"):
            given = pd.to_numeric(given, errors="coerce")
        if name not in frame:
            frame[name] = given
        elif name in _UNSEEN:
            frame[name] = given.where(given.notna(), frame[name])
        else:
            frame[name] = frame[name].where(frame[name].notna(), given)
    return frame


def apart(ids: pd.Series) -> pd.Series:
    """Ids used twice told apart by a suffix: ``12``, ``12~2``."""
    while ids.duplicated().any():
        turn = ids.groupby(ids).cumcount()
        ids = ids.where(turn == 0, ids.astype(str) + "~" + (turn + 1).astype(str))
    return ids


def _pairs(tags: Any) -> Iterator[tuple[str, str]]:
    marks = tags.get(OWN, []) if isinstance(tags, dict) else []
    name, text = "", ""
    for n, value in _twos(marks[1:]):
        if n:
            if name:
                yield name, text
            name, text = n, value
        else:
            text += value
    if name:
        yield name, text


def _twos(words: list[str]) -> Iterator[tuple[str, str]]:
    return zip(words[::2], words[1::2], strict=False)
