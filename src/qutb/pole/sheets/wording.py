"""Changes in words: one line each, by sheet and row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from qutb.pole.sheets.layout import column_label, tab_name
from qutb.pole.sheets.model import Change
from qutb.text import Lang, isolate, label, number

__all__ = ["change_lines"]


def change_lines(changes: Iterable[Change], lang: Lang) -> Iterator[str]:
    """``Prix / roads.kerb / Central: – → 120 (Prix!J9)``."""
    for change in changes:
        where = f"{tab_name(change.sheet, lang)} / {isolate(change.row, lang)}"
        place = isolate(change.place.partition(":")[2], lang)
        if change.kind == "changed":
            what = f"{column_label(change.field, lang)}: {_shown(change.old, lang)} → {_shown(change.new, lang)}"
        else:
            what = label(f"sheet.change.{change.kind}", lang)
        yield f"{where} / {what} ({place})"


def _shown(value: Any, lang: Lang) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return label(f"sheet.choice.{'yes' if value else 'no'}", lang)
    return number(value, lang) if isinstance(value, int | float) else isolate(str(value), lang)
