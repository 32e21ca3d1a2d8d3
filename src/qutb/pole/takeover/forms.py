"""The sheets of a takeover workbook, and the acts their rows stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qutb.core import Column, Table
from qutb.pole.sheets import Sheet, column, sheet_of_entry
from qutb.pole.tables import COMMITMENTS

__all__ = ["COLUMNS", "FORMS", "LOT_EVENTS", "SHEETS", "TOTALS", "WORKS_EVENTS", "Act", "Form"]

LOT_EVENTS = ("sold", "titled", "permitted", "built", "occupied")
WORKS_EVENTS = ("begun", "provisional_acceptance", "final_acceptance")
TOTAL_ITEMS = ("agreements_amount", "commitments_amount", *(f"lots_{event}" for event in LOT_EVENTS))
COLUMNS = (
    "act_id",
    "kind",
    "object",
    "date_of_act",
    "date_of_entry",
    "signatory",
    "entered_by",
    "second_person",
    "scan_file",
    "scan_digest",
    "standing",
    "holder",
    "reference",
    "quantity",
    "unit",
    "amount",
    "plan_file",
    "plan_digest",
    "note",
    "recorded",
    "file",
)
Act = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A sheet of acts: what an act's kind and object are made from."""

    sheet: Sheet
    kind: str
    object_from: str
    event: str = ""

    def kind_of(self, record: Mapping[str, Any]) -> str:
        """``lot_sold``, ``works_begun``, ``agreement``."""
        return f"{self.kind}_{record.get(self.event)}" if self.event else str(record.get("kind") or self.kind)


def _signed() -> tuple[Column, ...]:
    """What every act has: its day and signatory, its scan, and who entered and checked it."""
    return (
        column("date_of_act", "date", nullable=False),
        column("signatory", nullable=False),
        column("scan_file", nullable=False),
        column("scan_digest"),
        column("entered_by"),
        column("entered_date", "date"),
        column("second_person", nullable=False),
        column("note"),
    )


def _form(name: str, kind: str, key: Sequence[str], columns: Sequence[Column], *, event: str = "") -> Form:
    table = Table(name=name, key=key[0], description=name, columns=(*columns, *_signed()))
    sheet = Sheet(table=table, key=tuple(key), open=True)
    return Form(sheet=sheet, kind=kind, object_from=key[0], event=event)


AGREEMENTS = _form(
    "agreements",
    "agreement",
    ("reference",),
    (
        column("reference"),
        column("kind", choices=("agreement", "addendum"), nullable=False),
        column("holder", nullable=False),
        column("amount", "number", "currency", minimum=0.0),
    ),
)
PLAN_IN_FORCE = _form(
    "plan_in_force",
    "plan_in_force",
    ("plan_file",),
    (column("plan_file"), column("plan_digest"), column("reference")),
)
WORKS = _form(
    "works",
    "works",
    ("work_package", "event"),
    (
        column("work_package"),
        column("event", choices=WORKS_EVENTS),
        column("holder"),
        column("reference"),
        column("amount", "number", "currency", minimum=0.0),
    ),
    event="event",
)
LOTS = _form(
    "lots",
    "lot",
    ("plot_id", "event"),
    (
        column("plot_id"),
        column("event", choices=LOT_EVENTS),
        column("holder"),
        column("reference"),
        column("amount", "number", "currency", minimum=0.0),
    ),
    event="event",
)
PROMISES = _form(
    "commitments",
    "commitment",
    ("id",),
    tuple(c for c in COMMITMENTS if c.name != "source"),
)
FORMS: tuple[Form, ...] = (AGREEMENTS, PLAN_IN_FORCE, WORKS, LOTS, PROMISES)
TOTALS = Sheet(
    table=Table(
        name="totals",
        key="item",
        description="totals",
        columns=(column("item"), column("label"), column("value", "number", minimum=0.0)),
    ),
    key=("item",),
    shown=frozenset({"label"}),
)
SHEETS: tuple[Sheet, ...] = (sheet_of_entry(), *(form.sheet for form in FORMS), TOTALS)
