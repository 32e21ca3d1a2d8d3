"""What a file changes in a pole, and whether each change may be entered.

Every change has a person and a day. ``confirmed`` has a second person, of another name; a confirmed number that
changes is confirmed anew. A change that breaks one of these is named by its cell and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from qutb.core import Finding, Severity
from qutb.pole.sheets.cells import folded, read_cell
from qutb.pole.sheets.current import ENTRY_ITEMS, State, measures
from qutb.pole.sheets.grid import Cell
from qutb.pole.sheets.model import DENSITY_COLUMNS, ENTRY, PROVENANCE, Change, Rows, Tab, Understood, equal
from qutb.pole.sheets.specs import column

__all__ = ["Difference", "Entry", "difference_of", "entry_of", "same_person"]

_FACILITY_VALUES = ("population_per_unit", "site_area_m2", "service_radius_m")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who enters the file and when, for rows that do not say it themselves."""

    entered_by: str = ""
    entered_date: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The changes, what was found wrong, and the sheets as they would be."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    after: Mapping[str, Rows] = field(default_factory=dict)


def entry_of(read: Understood, given: Entry) -> tuple[Entry, tuple[Finding, ...]]:
    """What the sheet of entry says, under what the caller says."""
    tab = read.tabs.get(ENTRY)
    said: dict[str, str] = {}
    findings = []
    for item in ENTRY_ITEMS:
        words = (tab.rows.get(item, {}).get("value") if tab else None) or ""
        if item == "entered_date" and words and tab is not None:
            found = read_cell(Cell(ref="", value=_typed(words)), column("entered_date", "date"))
            if found.value is None:
                place = tab.place(item, "value")
                findings.append(_at("SHEET-DATE", "blocking", place, given=str(words), column="entered_date"))
            words = found.value or ""
        said[item] = getattr(given, item) or str(words)
    return Entry(**said), tuple(findings)


def _typed(words: Any) -> Any:
    try:
        return float(words)
    except ValueError:
        return words


def difference_of(state: State, read: Understood, entry: Entry, today: date) -> Difference:
    """What ``read`` changes in ``state``."""
    changes: list[Change] = []
    findings: list[Finding] = []
    after: dict[str, Rows] = {}
    for name, tab in read.tabs.items():
        if name == ENTRY:
            continue
        sheet_after, sheet_changes = _merged(tab, state.book[name])
        if not sheet_changes:
            continue
        signed = _Signing(state, tab, entry, today)
        for row in dict.fromkeys(c.row for c in sheet_changes):
            mine = [c for c in sheet_changes if c.row == row]
            if row in sheet_after:
                sheet_after[row] = signed.row(row, sheet_after[row], mine)
            else:
                signed.removed(row)
        findings += signed.findings
        changes += sheet_changes
        after[name] = sheet_after
    return Difference(changes=tuple(changes), findings=tuple(findings), after=after)


def _at(code: str, severity: Severity, place: str, **params: Any) -> Finding:
    return Finding(code=code, severity=severity, where=(place,), params={"cell": place.partition(":")[2], **params})


def _merged(tab: Tab, before: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, dict[str, Any]], list[Change]]:
    """The rows as they would be and what differs; what the file does not hold stays."""
    sheet = tab.sheet
    after: dict[str, dict[str, Any]] = {}
    changes: list[Change] = []
    for row, given in tab.rows.items():
        old = before.get(row)
        if old is None:
            after[row] = {c.name: given.get(c.name) for c in sheet.table}
            changes.append(Change(sheet=sheet.name, row=row, kind="added", place=tab.place(row)))
            continue
        after[row] = dict(old)
        for name in sheet.editable:
            if name in sheet.key or name not in given or equal(old.get(name), given[name]):
                continue
            after[row][name] = given[name]
            change = Change(
                sheet=sheet.name,
                row=row,
                kind="changed",
                field=name,
                old=old.get(name),
                new=given[name],
                place=tab.place(row, name),
            )
            changes.append(change)
    gone = [row for row in before if row not in tab.rows]
    if sheet.open:
        place = f"sheet:{tab.title}"
        changes += [Change(sheet=sheet.name, row=row, kind="removed", place=place) for row in gone]
    else:
        after = {row: after.get(row, dict(old)) for row, old in before.items()}
    return after, changes


class _Signing:
    """Judges the changed rows of one sheet: who, when, second person, and what the subject asks."""

    def __init__(self, state: State, tab: Tab, entry: Entry, today: date) -> None:
        self.state, self.tab, self.sheet, self.entry, self.today = state, tab, tab.sheet, entry, today
        self.findings: list[Finding] = []
        self.before = state.book[tab.sheet.name]

    def say(self, code: str, row: str, name: str = "", severity: Severity = "blocking", **params: Any) -> None:
        params = {"row": row, "column": name, "sheet": self.tab.title, **params}
        self.findings.append(_at(code, severity, self.tab.place(row, name), **params))

    def removed(self, row: str) -> None:
        if not (self.entry.entered_by and self.entry.entered_date):
            self.say("SHEET-WHO", row)
        if row in self._of_pack():
            self.say("SHEET-PACK-ROW", row, severity="warning")

    def _of_pack(self) -> set[str]:
        rows = self.state.pack_rows.get(self.sheet.name, ())
        return {row[self.sheet.key[0]] for row in rows}

    def row(self, row: str, record: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
        """The record with its person and day; what is wrong with it is told."""
        signed = self._signed(row, record, changes)
        for name in self.sheet.editable:
            must = not self.sheet.table[name].nullable and self.sheet.table[name].required
            if must and signed.get(name) in (None, "") and (row, name) not in self.tab.unread:
                self.say("SHEET-MISSING", row, name)
        if self.sheet.confirmable and signed.get("status") == "confirmed":
            self._confirmed(row, signed, changes)
        for check in _CHECKS.get(self.sheet.name, _GENERAL):
            check(self, row, signed)
        return signed

    def _signed(self, row: str, record: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
        own = {c.field for c in changes} if row in self.before else set(PROVENANCE)
        signed = dict(record)
        for name in ("entered_by", "entered_date"):
            if getattr(self.entry, name) and (name not in own or not record.get(name)):
                signed[name] = getattr(self.entry, name)
        if not signed.get("source") and self.entry.source:
            signed["source"] = self.entry.source
        if not signed.get("entered_by"):
            self.say("SHEET-WHO", row, "entered_by")
        if not signed.get("entered_date"):
            self.say("SHEET-WHEN", row, "entered_date")
        elif str(signed["entered_date"]) > self.today.isoformat():
            self.say("SHEET-FUTURE", row, "entered_date", given=signed["entered_date"])
        return signed

    def _confirmed(self, row: str, record: Mapping[str, Any], changes: list[Change]) -> None:
        first, second = record.get("entered_by"), record.get("second_person")
        if not second:
            self.say("SHEET-SECOND-PERSON", row, "second_person")
        elif first and same_person(str(first), str(second)):
            self.say("SHEET-SAME-PERSON", row, "second_person", given=second)
        if not record.get("source") and not record.get("document"):
            self.say("SHEET-SOURCE", row, "source")
        old = self.before.get(row, {})
        touched = {c.field for c in changes} & set(self.sheet.content) - {"status"}
        if old.get("status") == "confirmed" and touched and "entered_date" not in {c.field for c in changes}:
            self.say("SHEET-CONFIRM-AGAIN", row, "entered_date")


def same_person(one: str, other: str) -> bool:
    """The same names in any order, case or accent."""
    return sorted(folded(one).split()) == sorted(folded(other).split())


# what each subject asks ------------------------------------------------------------------------------------

_Check = Callable[[_Signing, str, Mapping[str, Any]], None]


def _range(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    """low <= central <= high where they are given."""
    ends = [(n, float(record[n])) for n in ("low", "central", "high") if record.get(n) is not None]
    for (_, one), (name, other) in pairwise(ends):
        if one > other:
            signing.say("SHEET-RANGE", row, name, given=other, limit=one)


def _override(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    """A pole's own price or value has a central number, a standing, a source and, for a price, its day."""
    given = any(record.get(n) is not None for n in ("low", "central", "high"))
    if not given:
        return
    asked = ("central", "status", "source") + (("price_date",) if signing.sheet.name == "prices" else ())
    for name in asked:
        if record.get(name) in (None, "") and (row, name) not in signing.tab.unread:
            signing.say("SHEET-SOURCE" if name == "source" else "SHEET-MISSING", row, name)
    if signing.sheet.name == "values" and record.get("status") == "assumed":
        parameter = signing.state.pole.values.parameters.get(row)
        if parameter is not None and parameter.kind == "threshold":
            signing.say("SHEET-THRESHOLD", row, "status", severity="warning")


def _facility(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    filled = any(record.get(n) is not None for n in _FACILITY_VALUES)
    if record.get("status") == "confirmed":
        if not filled:
            signing.say("SHEET-CONFIRMED-EMPTY", row, "status")
        for name in ("document", "page"):
            if not record.get(name):
                signing.say("SHEET-MISSING", row, name)
    elif filled:
        signing.say("SHEET-NOT-CONFIRMED", row, "status", severity="warning")


def _measure(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    from difflib import get_close_matches

    known = measures()
    if row not in known:
        near = ", ".join(get_close_matches(row, list(known), 3)) or "capacity.dwellings, cost.cost_per_dwelling"
        signing.say("SHEET-MEASURE", row, "measure", given=row, known=near)


def _brief_item(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    value = record.get("value")
    if row == "town" and value:
        codes = {r["code"] for r in signing.state.pack_rows.get("towns", ())}
        codes |= set(signing.state.own_rows.get("towns", {}))
        if codes and value not in codes:
            signing.say("SHEET-TOWN", row, "value", given=value)
    if row == "weights_adopted" and value:
        read = read_cell(Cell(ref="", value=value), column("value", "boolean"))
        if read.value is None:
            signing.say("SHEET-BOOLEAN", row, "value", given=value)


def _zone(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    if record.get("plan") not in signing.state.pole.plans:
        signing.say("SHEET-PLAN", row, "plan", given=record.get("plan"), known=", ".join(signing.state.pole.plans))
    else:
        signing.say("SHEET-ZONES-DIGEST", row, "plan", severity="note", given=record.get("plan"))


def _density(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    """Figures for all lots of a use; where lots have figures of their own, only the others take it."""
    plots = signing.state.pole.plan(record["plan"]).plots
    mine = plots[plots["use"] == record["use"]]
    for name in DENSITY_COLUMNS:
        given, before = record.get(name), signing.before[row].get(name)
        if equal(given, before):
            continue
        own = int(mine[name].notna().sum()) if before is None else 0
        if own == len(mine):
            signing.say("SHEET-LOTS-OWN", row, name, count=own)
        elif own:
            signing.say("SHEET-LOTS-KEPT", row, name, severity="note", count=own, others=len(mine) - own)
    if record["plan"] not in {f.params["given"] for f in signing.findings if f.code == "SHEET-PLAN-DIGEST"}:
        signing.say("SHEET-PLAN-DIGEST", row, "plan", severity="note", given=record["plan"])


def _calendar_day(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    start, end = record.get("start_date"), record.get("end_date")
    if start and end and end < start:
        signing.say("SHEET-END-BEFORE-START", row, "end_date", given=end, limit=start)


def _catalogue_row(signing: _Signing, row: str, record: Mapping[str, Any]) -> None:
    if not record.get("source"):
        signing.say("SHEET-SOURCE", row, "source")


_GENERAL: tuple[_Check, ...] = (_catalogue_row,)
_CHECKS: Mapping[str, tuple[_Check, ...]] = {
    "brief": (_brief_item,),
    "targets": (_measure, _range),
    "criteria": (_measure,),
    "facilities": (_facility,),
    "prices": (_range, _override),
    "values": (_range, _override),
    "zones": (_zone,),
    "densities": (_density,),
    "calendar": (_calendar_day,),
    "commitments": (),
    "actors": (),
    "land": (),
}
