"""Text columns as whole numbers: each text is read once, then compared and summed by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Words"]


@dataclass(frozen=True, eq=False)
class Words:
    """A text column: ``codes`` by row point into ``names``, -1 where nothing is said."""

    codes: np.ndarray
    names: tuple[Any, ...]

    @classmethod
    def of(cls, column: pd.Series) -> Words:
        codes, names = pd.factorize(column.to_numpy(dtype=object))
        return cls(codes, tuple(names))

    @property
    def absent(self) -> np.ndarray:
        """Rows where nothing is said."""
        return np.asarray(self.codes < 0)

    def among(self, wanted: Iterable[object]) -> np.ndarray:
        """Rows whose text is one of those; a row that says nothing is not."""
        some = set(wanted)
        return self.each(lambda name: name in some, False)

    def each(self, of_name: Callable[[Any], Any], absent: Any) -> np.ndarray:
        """What ``of_name`` gives for the text of each row, ``absent`` where nothing is said."""
        return np.array([*(of_name(name) for name in self.names), absent])[self.codes]

    def filled(self, name: str) -> Words:
        """The column with ``name`` where nothing is said."""
        absent = self.absent
        if not absent.any():
            return self
        names = self.names if name in self.names else (*self.names, name)
        return Words(np.where(absent, names.index(name), self.codes), names)

    def at(self, rows: np.ndarray) -> Words:
        """The column of those rows; a row of -1 says nothing."""
        return Words(np.append(self.codes, -1)[rows], self.names)

    def found(self, rows: np.ndarray) -> list[str]:
        """Texts said in those rows (a mask), in order of the alphabet."""
        return sorted(str(self.names[code]) for code in np.unique(self.codes[rows]) if code >= 0)

    def sums(self, amount: np.ndarray) -> dict[Any, float]:
        """Sum of ``amount`` by text; what is not known counts nothing."""
        known = np.where(np.isnan(amount), 0.0, amount)
        totals = np.bincount(self.codes + 1, weights=known, minlength=len(self.names) + 1)
        return dict(zip(self.names, totals[1:].tolist(), strict=True))
