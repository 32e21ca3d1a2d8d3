"""Write the sheets of a pole, read them back, see the difference, and only then write it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qutb.core import Finding, InputError, UsageError, blocking, by_severity
from qutb.pole.sheets.apply import apply_difference
from qutb.pole.sheets.current import State, state_of
from qutb.pole.sheets.differ import Difference, Entry, difference_of, entry_of
from qutb.pole.sheets.grid import read_grids
from qutb.pole.sheets.layout import understand
from qutb.pole.sheets.model import ENTRY, Change
from qutb.pole.sheets.workbook import write_workbook
from qutb.text import Lang

__all__ = ["Reading", "read_sheets", "write_sheets"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """A file read against a pole: what would change and what is wrong. Nothing is written until :meth:`write`."""

    state: State
    file: str
    sheets: tuple[str, ...]
    difference: Difference
    findings: tuple[Finding, ...]
    today: date

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.difference.changes

    def write(self) -> tuple[str, ...]:
        """Write the changes into the pole's files, all or none; the names of the files.

        Raises ``InputError`` while a finding blocks.
        """
        stops = blocking(self.findings)
        if stops:
            raise InputError("SHEET-REFUSED", self.file, count=len(stops), first=stops[0].params.get("cell", ""))
        if not self.changes:
            return ()
        return apply_difference(self.state, self.difference, file=self.file, today=self.today)

    def to_json(self) -> dict[str, Any]:
        """The reading as plain data: file, sheets read, changes, findings."""
        return {
            "file": self.file,
            "sheets": list(self.sheets),
            "changes": [c.to_json() for c in self.changes],
            "findings": [f.to_json() for f in self.findings],
            "blocked": bool(blocking(self.findings)),
        }


def write_sheets(folder: str | Path, path: str | Path, *, lang: Lang, when: date, sheets: Iterable[str] = ()) -> Path:
    """Write the pole in ``folder`` as one workbook in ``lang``; ``sheets`` names some of them, default all.

    Raises ``UsageError`` for an unknown sheet or a path that is no ``.xlsx``.
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise UsageError("SHEET-SUFFIX", path.name)
    state = state_of(folder, lang)
    title = state.pole.name.get(lang) or next(iter(state.pole.name.values()))
    return write_workbook(path, _chosen(state, sheets), state.book, lang=lang, title=title, when=when)


def _chosen(state: State, names: Iterable[str]) -> Sequence[Any]:
    wanted = list(names)
    known = [s.name for s in state.sheets]
    for name in wanted:
        if name not in known:
            raise UsageError("SHEET-NONE-SUCH", name, known=", ".join(known))
    return [s for s in state.sheets if not wanted or s.name in wanted or s.name == ENTRY]


def read_sheets(
    folder: str | Path, path: str | Path, *, today: date, entered_by: str = "", entered_date: date | None = None
) -> Reading:
    """Read a workbook or CSV against the pole in ``folder``; nothing is written.

    ``entered_by`` and ``entered_date`` sign the rows that do not say who entered them and when. Raises
    ``FormatError`` or ``LimitError`` for a file that cannot be read, ``InputError`` where no sheet is recognised.
    """
    path = Path(path)
    state = state_of(folder)
    grids, notes = read_grids(path)
    read = understand(grids, state.sheets, state.book)
    if not read.tabs:
        known = ", ".join(s.name for s in state.sheets)
        raise InputError("SHEET-NOTHING", path.name, found=", ".join(g.name for g in grids), known=known)
    given = Entry(entered_by=entered_by, entered_date=entered_date.isoformat() if entered_date else "")
    entry, said = entry_of(read, given)
    difference = difference_of(state, read, entry, today)
    return Reading(
        state=state,
        file=path.name,
        sheets=tuple(read.tabs),
        difference=difference,
        findings=by_severity((*notes, *read.findings, *said, *difference.findings)),
        today=today,
    )
