"""Two versions of a plan seen in one language: what the difference page and its tables share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.compare import value_text
from qutb.dossier.edition import Edition
from qutb.plan import PLAN_TABLES, Difference
from qutb.text import isolate, label

__all__ = ["KINDS", "LAYERS", "REDRAWN_M", "Revision"]

REDRAWN_M = 0.05  # an outline that moved by less is the same drawing exported anew
LAYERS = tuple(t.name for t in PLAN_TABLES)
KINDS = ("added", "removed", "split", "merged", "renamed", "geometry", "shifted", "attributes")
_IDS_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Two versions of a plan in one language: ``edition`` holds both, the earlier as its base."""

    edition: Edition
    changes: Difference

    @property
    def old(self) -> Appraisal:
        return self.edition.appraisals[self.edition.comparison.plans[0]]

    @property
    def new(self) -> Appraisal:
        return self.edition.appraisals[self.edition.comparison.plans[1]]

    def word(self, key: str) -> str:
        return label(f"difference.{key}", self.edition.lang)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The changes, with outlines that only shifted within the drawing's tolerance apart as ``shifted``."""
        table = self.changes.changes
        slight = (table["change"] == "geometry") & (table["shift_m"] <= REDRAWN_M)
        return table.assign(change=table["change"].mask(slight, "shifted"))

    def kind(self, change: str) -> str:
        return self.word("shifted") if change == "shifted" else label(f"change.{change}", self.edition.lang)

    def ids(self, change: str, side: str, layer: str = "plots") -> pd.Index:
        """Ids on one side, ``old`` or ``new``, of the rows of that change."""
        rows = self.rows
        found = rows.loc[(rows["layer"] == layer) & (rows["change"] == change), f"{side}_id"]
        return pd.Index(found[found != ""].drop_duplicates())

    def names(self, ids: Iterable[object], shown: int = _IDS_SHOWN) -> str:
        """Ids in words, the first of many."""
        every = sorted(dict.fromkeys(str(i) for i in ids if str(i)))
        more = f" (+{self.edition.count(len(every) - shown)})" if len(every) > shown else ""
        return isolate(", ".join(every[:shown]), self.edition.lang) + more

    def signed(self, before: float, after: float, unit: str) -> str:
        """``+120`` in its own best unit; a dash where nothing differs that can be read."""
        if not (math.isfinite(before) and math.isfinite(after)) or math.isclose(before, after, rel_tol=1e-9):
            return "–"
        unit = unit.replace("currency", self.edition.currency)
        shown = value_text(abs(after - before), unit, self.edition.lang).strip("\u2068\u2069")
        figures, space, name = shown.partition("\u00a0")
        if not any(c in "123456789" for c in figures):
            return "–"
        return isolate(("+" if after > before else "-") + figures, self.edition.lang) + space + name

    def extent(self, rows: pd.DataFrame, side: str) -> str:
        """Area of the rows on one side, each counted once; their length where they are lines."""
        once = rows[rows[f"{side}_id"] != ""].drop_duplicates(f"{side}_id")
        for column, unit in ((f"{side}_area_m2", "m2"), (f"{side}_length_m", "m")):
            amount = once[column].astype(float).sum(min_count=1)
            if amount > 0:
                return self.edition.value(float(amount), unit)
        return "–"
