"""What was done against the model: contracts and the register of plots from the developer's own systems.

Contracts (one row each): contract, holder, amount, amendments, certified, paid, and optional phase. Register: plot_id,
state, and optional date and price. States in order: available, reserved, sold, titled, permitted, built, occupied.
Estimate at completion = contracts with amendments + works of the model not yet contracted.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from qutb.core import Finding, FormatError
from qutb.finance.flow_files import decoded_text, read_amount, read_day
from qutb.finance.step import Finance

__all__ = ["PLOT_STATES", "compare_actuals", "read_contracts", "read_register", "residents_counted"]

PLOT_STATES = ("available", "reserved", "sold", "titled", "permitted", "built", "occupied")
_CONTRACT = ("contract", "holder", "amount", "amendments", "certified", "paid")
_DAYS_A_YEAR = 365.25
_AMOUNTS = ("amount", "amendments", "certified", "paid")
_WORDS = {
    "marché": "contract", "marche": "contract", "الصفقة": "contract", "titulaire": "holder", "صاحب الصفقة": "holder",
    "نائل الصفقة": "holder", "montant": "amount", "المبلغ": "amount", "avenants": "amendments", "الملاحق": "amendments",
    "décomptes": "certified", "decomptes": "certified", "الكشوف": "certified", "payé": "paid", "paye": "paid",
    "المؤدى": "paid", "lot": "plot_id", "البقعة": "plot_id", "état": "state", "etat": "state", "الحالة": "state",
    "التاريخ": "date", "prix": "price", "الثمن": "price", "tranche": "phase", "الشطر": "phase",
    "disponible": "available", "réservé": "reserved", "vendu": "sold", "titré": "titled", "autorisé": "permitted",
    "construit": "built", "occupé": "occupied", "متاحة": "available", "محجوزة": "reserved", "مبيعة": "sold",
    "محفظة": "titled", "مرخصة": "permitted", "مبنية": "built", "مأهولة": "occupied",
}  # fmt: skip


def read_contracts(path: Path) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Contracts by id with amounts [currency]; a bad row is named and left out."""
    rows = _rows(path, _CONTRACT)
    faults: list[Finding] = []
    read: dict[str, dict[str, Any]] = {}
    for line, cells in rows:
        amounts = {name: read_amount(cells.get(name, "") or "0") for name in _AMOUNTS}
        bad = next((name for name, value in amounts.items() if value is None), None)
        if bad:
            faults.append(_fault("FIN-FLOW-AMOUNT", line, given=cells.get(bad, "")))
            continue
        known = {name: value for name, value in amounts.items() if value is not None}
        contract = cells["contract"]
        if contract in read:
            faults.append(_fault("FIN-ACT-TWICE", line, "warning", given=contract))
        if known["paid"] > known["certified"]:
            paid, certified = known["paid"], known["certified"]
            faults.append(_fault("FIN-ACT-OVERPAID", line, "warning", paid=paid, certified=certified))
        read[contract] = {"holder": cells["holder"], "phase": cells.get("phase", ""), **known}
    columns = ["holder", "phase", *_AMOUNTS]
    return pd.DataFrame.from_dict(read, orient="index", columns=columns).rename_axis("contract"), tuple(faults)


def read_register(path: Path, plots: set[str]) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """State, date and price of each plot; unknown plots and states are named and left out."""
    faults: list[Finding] = []
    read: dict[str, dict[str, Any]] = {}
    for line, cells in _rows(path, ("plot_id", "state")):
        plot, state = cells["plot_id"], _WORDS.get(cells["state"].lower(), cells["state"].lower())
        if plot not in plots:
            faults.append(_fault("FIN-ACT-PLOT", line, given=plot))
        elif state not in PLOT_STATES:
            faults.append(_fault("FIN-ACT-STATE", line, given=cells["state"], known=", ".join(PLOT_STATES)))
        else:
            if plot in read:
                faults.append(_fault("FIN-ACT-TWICE", line, "warning", given=plot))
            day = read_day(cells.get("date", ""))
            read[plot] = {"state": state, "date": day, "price": read_amount(cells.get("price", "") or "")}
    return pd.DataFrame.from_dict(read, orient="index", columns=["state", "date", "price"]).rename_axis(
        "plot_id"
    ), tuple(faults)


def compare_actuals(
    finance: Finance, contracts: pd.DataFrame | None, register: pd.DataFrame | None
) -> Mapping[str, Any]:
    """Figures of what was done beside the model: amounts [currency], shares [ratio], counts, observations of uptake.

    ``uptake_observations`` lists month, plots sold or further so far: what a fit of the pace of sales reads.
    """
    figures: dict[str, Any] = {}
    works = float(finance.phases["works_amount"].sum())
    if contracts is not None:
        committed = float((contracts["amount"] + contracts["amendments"]).sum())
        figures |= {
            "works_planned_amount": works,
            "contracted_amount": committed,
            "amendments_amount": float(contracts["amendments"].sum()),
            "certified_amount": float(contracts["certified"].sum()),
            "paid_amount": float(contracts["paid"].sum()),
            "owed_amount": float((contracts["certified"] - contracts["paid"]).sum()),
            "estimate_at_completion_amount": committed + max(0.0, works - float(contracts["amount"].sum())),
        }
    if register is not None:
        reached = register["state"].map(PLOT_STATES.index)
        figures |= {f"plots_{s}": int((reached >= n).sum()) for n, s in enumerate(PLOT_STATES) if n}
        gone = register[reached >= PLOT_STATES.index("sold")]
        figures["sold_amount"] = float(pd.to_numeric(gone["price"], errors="coerce").sum())
        figures["sold_planned_amount"] = float(finance.plots["sales_amount"].reindex(gone.index).fillna(0.0).sum())
        figures["uptake_observations"] = _observations(gone)
    return figures


def residents_counted(register: pd.DataFrame, people: pd.Series, start: date) -> pd.DataFrame:
    """What uptake takes as counts of this pole: id, age [year] since ``start``, people living on occupied plots.

    One row a year in which somebody moved in, at the last date of it; ``people`` are the plan's, by plot. Plots
    occupied without a date, or before ``start``, count from the first row on.
    """
    lived = register[register["state"] == "occupied"]
    moved = pd.Series({plot: day for plot, day in lived["date"].items() if day is not None and day > start})
    last = sorted({day.year: day for day in sorted(moved)}.values())
    early = [plot for plot in lived.index if plot not in moved.index]
    rows = []
    for day in last:
        held = [*early, *moved.index[[d <= day for d in moved]]]
        age = round((day - start).days / _DAYS_A_YEAR, 3)
        rows.append({"id": f"register-{day}", "age_years": age, "people": round(float(people.reindex(held).sum()))})
    return pd.DataFrame(rows, columns=["id", "age_years", "people"])


def _observations(gone: pd.DataFrame) -> list[dict[str, Any]]:
    months = pd.Series([d.strftime("%Y-%m") for d in gone["date"] if d is not None], dtype="object")
    counts = months.value_counts().sort_index().cumsum()
    return [{"month": str(month), "plots_sold": int(count)} for month, count in counts.items()]


def _rows(path: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    table = _sheet(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    head = [_WORDS.get(cell.strip().lower(), cell.strip().lower()) for cell in table[0]] if table else []
    missing = [name for name in needed if name not in head]
    if missing:
        raise FormatError("FIN-ACT-HEAD", path.name, missing=", ".join(missing))
    return [
        (n, dict(zip(head, (c.strip() for c in row), strict=False))) for n, row in enumerate(table[1:], 2) if any(row)
    ]


def _csv(path: Path) -> list[list[str]]:
    lines = decoded_text(path).splitlines()
    sign = max(";\t,", key=lines[0].count) if lines else ","
    return list(csv.reader(lines, delimiter=sign))


def _sheet(path: Path) -> list[list[str]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as fault:
        raise FormatError("FIN-ACT-HEAD", path.name, missing="xlsx") from fault
    rows = [["" if v is None else str(v) for v in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    return rows


def _fault(code: str, line: int, severity: Any = "blocking", **params: object) -> Finding:
    return Finding(code=code, severity=severity, where=(f"row:{line}",), params=params)
