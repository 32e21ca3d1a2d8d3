"""A takeover workbook read, judged and written as transcribed acts, all or none.

An act older than Qutb is recorded and never becomes regular: its ``standing`` is ``transcribed`` for good. What
cannot be (a scan that is not there, a lot the plan does not have, an occupation before the building) is refused
with its cell; what should not have been (works before an approved plan) is recorded and told.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from qutb.core import Finding, FormatError, InputError, Severity, blocking, by_severity
from qutb.pole.folder import open_pole
from qutb.pole.model import Pole
from qutb.pole.sheets import (
    Entry,
    Tab,
    Understood,
    append_rows,
    entry_of,
    installed,
    read_grids,
    same_person,
    understand,
    write_workbook,
)
from qutb.pole.takeover.forms import COLUMNS, FORMS, SHEETS, TOTAL_ITEMS, Act, Form
from qutb.pole.takeover.papers import Papers
from qutb.text import Lang, label, number

__all__ = ["Takeover", "read_takeover", "transcribed_acts", "write_template"]

TRANSCRIBED_FILE = "transcribed.csv"
STANDING = "transcribed"
_COMMITMENT_COLUMNS = ("object", "debtor", "creditor", "quantity", "unit", "amount", "promised_date", "status")


@dataclass(frozen=True, eq=False, kw_only=True)
class Takeover:
    """A takeover file judged: the acts it holds, those that are new, and what was found."""

    pole: Pole
    file: str
    acts: tuple[Act, ...]
    new_acts: tuple[Act, ...]
    commitments: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...]

    def write(self) -> tuple[str, ...]:
        """Add the new acts to ``transcribed.csv`` and their commitments; the names of the files written.

        Raises ``InputError`` while a finding blocks.
        """
        stops = blocking(self.findings)
        if stops:
            raise InputError("SHEET-REFUSED", self.file, count=len(stops), first=stops[0].params.get("cell", ""))
        if not self.new_acts or self.pole.folder is None:
            return ()
        writers = [lambda folder: append_rows(folder / TRANSCRIBED_FILE, COLUMNS, self.new_acts)]
        if self.commitments:
            names = [self.pole.commitments.index.name, *self.pole.commitments.columns]
            writers.append(lambda folder: append_rows(folder / "commitments.csv", names, self.commitments))
        return installed(self.pole.folder, writers)

    def lines(self, lang: Lang) -> Iterator[str]:
        """How many acts of each kind, and how many of them are new."""
        new = Counter(str(act["kind"]) for act in self.new_acts)
        for kind, count in sorted(Counter(str(act["kind"]) for act in self.acts).items()):
            words = {
                "kind": label(f"takeover.{kind}", lang),
                "count": number(count, lang),
                "new": number(new[kind], lang),
            }
            yield label("takeover.line", lang).format(**words)

    def to_json(self) -> dict[str, Any]:
        """The takeover as plain data."""
        return {
            "file": self.file,
            "acts": [dict(act) for act in self.acts],
            "new": [act["act_id"] for act in self.new_acts],
            "findings": [f.to_json() for f in self.findings],
            "blocked": bool(blocking(self.findings)),
        }


def transcribed_acts(folder: str | Path) -> tuple[Act, ...]:
    """The acts transcribed into the pole in ``folder``, in the order they were entered.

    Raises ``FormatError`` for a file that is damaged or in which an act claims another standing.
    """
    path = Path(folder) / TRANSCRIBED_FILE
    if not path.is_file():
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            acts = tuple(dict(row) for row in csv.DictReader(handle))
    except UnicodeDecodeError as fault:
        raise FormatError("POLE-CSV", path.name, fault=str(fault)) from fault
    for line, act in enumerate(acts, start=2):
        if act.get("standing") != STANDING or None in act or None in act.values():
            raise FormatError("TAKEOVER-STANDING", f"{path.name}:{line}", found=act.get("standing"))
    return acts


def write_template(folder: str | Path, path: str | Path, *, lang: Lang, when: date) -> Path:
    """Write an empty takeover workbook for the pole in ``folder``."""
    pole = open_pole(folder)
    totals = {item: {"item": item, "label": label(f"takeover.total.{item}", lang)} for item in TOTAL_ITEMS}
    signing = {i: {"item": i, "label": label(f"sheet.entry.{i}", lang)} for i in ("entered_by", "entered_date")}
    rows: dict[str, dict[str, dict[str, Any]]] = {"totals": totals, "entry": signing}
    title = pole.name.get(lang) or next(iter(pole.name.values()))
    return write_workbook(Path(path), SHEETS, rows, lang=lang, title=title, when=when)


def read_takeover(folder: str | Path, path: str | Path, *, today: date) -> Takeover:
    """Read a takeover workbook against the pole in ``folder``; nothing is written.

    Scans and plans are looked for beside the workbook, then in the pole. Raises ``FormatError``, ``LimitError``,
    and ``InputError`` where no sheet of a takeover is recognised.
    """
    path, folder = Path(path), Path(folder)
    pole = open_pole(folder)
    grids, notes = read_grids(path)
    read = understand(grids, SHEETS, {"totals": {item: {} for item in TOTAL_ITEMS}})
    if not any(form.sheet.name in read.tabs for form in FORMS):
        found = ", ".join(g.name for g in grids)
        raise InputError("TAKEOVER-NOTHING", path.name, found=found)
    entry, said = entry_of(read, Entry())
    case = _Case(
        pole=pole, read=read, entry=entry, today=today, papers=Papers(path.parent, folder, pole), file=path.name
    )
    case.judge(transcribed_acts(folder))
    return Takeover(
        pole=pole,
        file=path.name,
        acts=tuple(case.acts),
        new_acts=tuple(case.new_acts),
        commitments=tuple(case.commitments),
        findings=by_severity((*notes, *read.findings, *said, *case.findings)),
    )


@dataclass(eq=False, kw_only=True)
class _Case:
    """A takeover before its judge: acts as they are made, each with the place it came from."""

    pole: Pole
    read: Understood
    entry: Entry
    today: date
    papers: Papers
    file: str
    acts: list[Act] = field(default_factory=list)
    new_acts: list[Act] = field(default_factory=list)
    commitments: list[Mapping[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, tuple[Tab, str]] = field(default_factory=dict)

    def judge(self, before: Sequence[Act]) -> None:
        for form in FORMS:
            tab = self.read.tabs.get(form.sheet.name)
            for row, record in tab.rows.items() if tab else ():
                self._act(form, tab, row, record)  # type: ignore[arg-type]
        known = {act["act_id"]: act for act in before}
        self._keep_new(known)
        together = [*(a for a in before if a["act_id"] not in {n["act_id"] for n in self.acts}), *self.acts]
        self._lots(together)
        self._orders(together)
        self._totals(together)

    def say(self, code: str, tab: Tab, row: str, name: str, severity: Severity = "blocking", **params: Any) -> None:
        place = tab.place(row, name)
        known = {"cell": place.partition(":")[2], "row": row, "column": name, "sheet": tab.title, **params}
        self.findings.append(Finding(code=code, severity=severity, where=(place,), params=known))

    def at(self, code: str, act: Act, name: str, severity: Severity = "blocking", **params: Any) -> None:
        """A finding on an act: at its cell, or at the file it was entered from before."""
        if act["act_id"] in self.places:
            tab, row = self.places[act["act_id"]]
            self.say(code, tab, row, name, severity, **params)

    # acts

    def _act(self, form: Form, tab: Tab, row: str, record: dict[str, Any]) -> None:
        signed = {
            **record,
            "entered_by": record.get("entered_by") or self.entry.entered_by,
            "entered_date": record.get("entered_date") or self.entry.entered_date,
        }
        self._complete(form, tab, row, signed)
        papers, faults = self.papers.of(form.kind, signed)
        for code, name, params in faults:
            self.say(code, tab, row, name, **params)
        kind, thing = form.kind_of(record), str(record.get(form.object_from))
        act = {
            **dict.fromkeys(COLUMNS),
            **{n: record.get(n) for n in COLUMNS if n in record},
            **papers,
            "act_id": f"{kind}:{thing}@{record.get('date_of_act')}",
            "kind": kind,
            "object": thing,
            "date_of_entry": signed["entered_date"],
            "entered_by": signed["entered_by"],
            "standing": STANDING,
            "recorded": self.today.isoformat(),
            "file": self.file,
        }
        self.acts.append(act)
        self.places[act["act_id"]] = (tab, row)
        if form.kind == "commitment":
            self._commitment(tab, row, record, act)

    def _complete(self, form: Form, tab: Tab, row: str, record: Mapping[str, Any]) -> None:
        """Everything an act must have, and its two people and two days."""
        must = [c.name for c in form.sheet.table if not c.nullable and c.required and c.name not in form.sheet.key]
        for name in (*must, "entered_by", "entered_date"):
            if record.get(name) in (None, "") and (row, name) not in tab.unread:
                self.say("SHEET-MISSING", tab, row, name)
        first, second = record.get("entered_by"), record.get("second_person")
        if first and second and same_person(str(first), str(second)):
            self.say("SHEET-SAME-PERSON", tab, row, "second_person", given=second)
        done, entered = record.get("date_of_act"), record.get("entered_date")
        if done and entered and str(entered) < str(done):
            self.say("TAKEOVER-ENTRY-BEFORE-ACT", tab, row, "date_of_act", given=done, limit=entered)
        if entered and str(entered) > self.today.isoformat():
            self.say("SHEET-FUTURE", tab, row, "entered_date", given=entered)

    def _commitment(self, tab: Tab, row: str, record: Mapping[str, Any], act: Act) -> None:
        """A commitment is entered once: one that the pole has already must be the same."""
        held = self.pole.commitments
        if row not in held.index:
            given = {n: record.get(n) for n in _COMMITMENT_COLUMNS}
            self.commitments.append({"id": row, **given, "source": act["scan_file"]})
        elif record.get("amount") is not None and held.loc[row, "amount"] != record["amount"]:
            params = {"given": record["amount"], "limit": float(held.loc[row, "amount"])}
            self.say("TAKEOVER-COMMITMENT", tab, row, "amount", **params)

    def _keep_new(self, known: Mapping[str, Act]) -> None:
        """Acts entered before are passed over; one that now says otherwise is refused, since none is rewritten."""
        for act in self.acts:
            before = known.get(act["act_id"])
            if before is None:
                self.new_acts.append(act)
            elif any(_said(act.get(n)) != _said(before.get(n)) for n in COLUMNS if n not in ("recorded", "file")):
                other = [
                    n for n in COLUMNS if _said(act.get(n)) != _said(before.get(n)) and n not in ("recorded", "file")
                ]
                self.at("TAKEOVER-ALREADY", act, "date_of_act", given=act["act_id"], fields=", ".join(other))
        entered = {act["object"] for act in self.new_acts if act["kind"] == "commitment"}
        self.commitments = [c for c in self.commitments if c["id"] in entered]

    # what the acts say together

    def _lots(self, acts: Sequence[Act]) -> None:
        """Every lot stands in the plan in force, which is the last one approved."""
        from difflib import get_close_matches

        lots = [a for a in acts if str(a["kind"]).startswith("lot_")]
        plans = sorted((a for a in acts if a["kind"] == "plan_in_force"), key=lambda a: str(a["date_of_act"]))
        if not lots:
            return
        if not plans:
            self.at("TAKEOVER-NO-PLAN-ROW", lots[0], "plot_id")
            return
        ids = self.papers.plots_of(str(plans[-1]["plan_digest"]))
        if ids is None:
            return  # the plan itself is named already
        for act in lots:
            if act["object"] not in ids:
                near = ", ".join(get_close_matches(str(act["object"]), sorted(ids), 3)) or "–"
                self.at("TAKEOVER-LOT", act, "plot_id", given=act["object"], known=near)

    def _orders(self, acts: Sequence[Act]) -> None:
        days = {(str(a["kind"]), str(a["object"])): str(a["date_of_act"] or "") for a in acts}
        for act in acts:
            for earlier, severity in _ORDERS.get(str(act["kind"]), ()):
                first = days.get((earlier, str(act["object"])))
                done = str(act["date_of_act"] or "")
                if first and done and done < first:
                    params = {"given": done, "limit": first, "earlier": earlier, "kind": act["kind"]}
                    self.at("TAKEOVER-ORDER", act, "date_of_act", severity, **params)
                elif first is None and severity == "blocking" and earlier.startswith("works"):
                    self.at("TAKEOVER-NO-START", act, "date_of_act", "warning", given=act["object"])
        self._before(acts, "plan_in_force", ("works_begun", "lot_sold", "lot_permitted"), "TAKEOVER-BEFORE-PLAN")
        everything = tuple({str(a["kind"]) for a in acts} - {"agreement", "plan_in_force"})
        self._before(acts, "agreement", everything, "TAKEOVER-BEFORE-AGREEMENT")

    def _before(self, acts: Sequence[Act], first: str, kinds: Sequence[str], code: str) -> None:
        """Acts that ran ahead of the first of another kind: recorded, and told."""
        days = [str(a["date_of_act"]) for a in acts if a["kind"] == first and a["date_of_act"]]
        if not days:
            return
        for act in acts:
            done = str(act["date_of_act"] or "")
            if act["kind"] in kinds and done and done < min(days):
                self.at(code, act, "date_of_act", "warning", given=done, limit=min(days))

    def _totals(self, acts: Sequence[Act]) -> None:
        """Totals that the file states against the acts it holds with those entered before."""
        tab = self.read.tabs.get("totals")
        for item, record in tab.rows.items() if tab else ():
            stated = record.get("value")
            if stated is None or tab is None:
                continue
            found = _total(item, acts)
            if abs(found - stated) > 0.005:
                self.say("TAKEOVER-SUM", tab, item, "value", given=stated, limit=found)


_ORDERS: Mapping[str, tuple[tuple[str, Severity], ...]] = {
    # an act: what cannot come after it (blocking) or should not (warning)
    "works_provisional_acceptance": (("works_begun", "blocking"),),
    "works_final_acceptance": (("works_provisional_acceptance", "blocking"),),
    "lot_built": (("lot_permitted", "warning"),),
    "lot_occupied": (("lot_built", "blocking"), ("lot_sold", "warning")),
}


def _total(item: str, acts: Sequence[Act]) -> float:
    if item.endswith("_amount"):
        kinds = ("agreement", "addendum") if item.startswith("agreements") else ("commitment",)
        return sum(float(a["amount"] or 0.0) for a in acts if a["kind"] in kinds)
    return float(sum(a["kind"] == f"lot_{item.removeprefix('lots_')}" for a in acts))


def _said(value: Any) -> str:
    """A value as the CSV says it."""
    if value is None:
        return ""
    return f"{float(value):.12g}" if isinstance(value, int | float) else _number_said(str(value))


def _number_said(text: str) -> str:
    try:
        return f"{float(text):.12g}"
    except ValueError:
        return " ".join(text.split())
