"""Writing the grid with xlsxwriter. Formulas carry no stored result, so every program computes them on opening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from qutb.core import digest_json, short_code
from qutb.finance.model import MONTHS, Model
from qutb.finance.workbook.content import SHEETS, build_grid
from qutb.finance.workbook.grid import FIRST, KEY, LABEL, OPENING, TOTAL, UNIT, Block, Grid, TimeSheet
from qutb.text import Lang, direction, label

__all__ = ["model_code", "write_workbook"]

_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "font_color": "#1F3A4D"},
    "head": {"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"},
    "key": {"font_color": "#8A8A8A", "font_size": 8},
    "label": {},
    "input": {"font_color": "#0B3FBF", "bg_color": "#FFF8DC", "num_format": "#,##0.00####"},
    "calc": {"num_format": "#,##0.00"},
    "output": {"bold": True, "num_format": "#,##0.00", "bg_color": "#E4F1EA"},
    "month": {"bold": True, "num_format": "mmm yy", "bg_color": "#1F3A4D", "font_color": "#FFFFFF"},
}
_TABS = {
    **dict.fromkeys(SHEETS[:6], "#E0B400"),
    **dict.fromkeys(SHEETS[6:11], "#7A8B99"),
    "outputs": "#2E8B57",
    "checks": "#B03A2E",
}


class _Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas use no function newer than 2007: nothing in them needs to be looked for and renamed.

    xlsxwriter would look at each of the 80,000 formulas for thirty newer functions, three quarters of the time.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


def model_code(model: Model) -> str:
    """Short code of all inputs of a model: the workbook carries it, so that a later one is told apart."""
    tables = (model.phases, model.zones, model.partners, model.tiers, model.subsidies, model.plots)
    data = [t.reset_index().astype(str).to_dict("split")["data"] for t in tables]
    return short_code(digest_json({"scalars": dict(model.scalars), "tables": data, "start": str(model.start_date)}))


def write_workbook(model: Model, path: Path, *, title: str, lang: Lang, run_date: date) -> Path:
    """Write ``model`` as a workbook with live formulas in ``lang``; equal inputs and date give equal bytes."""
    grid = build_grid(model, lang)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    made = datetime(run_date.year, run_date.month, run_date.day)
    book.set_properties({"title": title, "subject": f"qutb {model_code(model)}", "created": made})
    book.set_calc_mode("auto")
    styles = {name: book.add_format(dict(look)) for name, look in _FORMATS.items()}
    sheets = {}
    for name in SHEETS:
        sheets[name] = book.add_worksheet(grid.titles[name], worksheet_class=_Sheet)
        sheets[name].set_tab_color(_TABS[name])
        if direction(lang) == "rtl":
            sheets[name].right_to_left()
        sheets[name].write_string(0, 1, f"{title} · {grid.titles[name]}", styles["title"])
    sheets["inputs"].write_string(1, 1, label("finance.workbook_note", lang).format(code=model_code(model)))
    for block in (*grid.blocks, *grid.results):
        _write_block(sheets[block.sheet], block, styles)
    for sheet in grid.time:
        _write_time(sheets[sheet.name], grid, sheet, model, styles, lang)
    book.close()
    return path


def _write_block(sheet: Any, block: Block, styles: Mapping[str, Any]) -> None:
    for column, head in enumerate(block.heads):
        sheet.write_string(2, column, head, styles["head"])
    for cell in block.cells:
        style = styles.get(cell.style)
        if isinstance(cell.content, float):
            sheet.write_number(cell.row, cell.column, cell.content, style)
        elif cell.content.startswith("="):
            sheet.write_formula(cell.row, cell.column, cell.content, style, "")
        else:
            sheet.write_string(cell.row, cell.column, cell.content, style)
    sheet.set_column(KEY, KEY, 16)
    sheet.set_column(1, 1, 44 if block.heads[1:] and len(block.heads) == 4 else 18)
    sheet.set_column(2, 20, 18)
    sheet.freeze_panes(3, 1)


def _write_time(sheet: Any, grid: Grid, spec: TimeSheet, model: Model, styles: Mapping[str, Any], lang: Lang) -> None:
    heads = ("", label("finance.measure", lang), label("finance.unit", lang), label("finance.total", lang), "")
    for column, head in enumerate(heads):
        sheet.write_string(2, column, head, styles["head"])
    first = 12 * model.start_date.year + model.start_date.month - 1
    for t in range(MONTHS):
        month = first + t
        sheet.write_datetime(2, FIRST + t, datetime(month // 12, month % 12 + 1, 1), styles["month"])
    calc = styles["calc"]
    for n, row in enumerate(spec.rows):
        at = spec.top + n
        sheet.write_string(at, KEY, row.key, styles["key"])
        sheet.write_string(at, LABEL, row.label)
        sheet.write_string(at, UNIT, row.unit.strip())
        if row.total:
            sheet.write_formula(at, TOTAL, f"={row.total}({grid.resolved(spec.name, f'[{row.key}:]')})", calc, "")
        if row.opening is not None:
            sheet.write_number(at, OPENING, row.opening, styles["input"])
        for column, formula in enumerate(grid.formulas(spec, row), start=FIRST):
            sheet.write_formula(at, column, formula, calc, "")
    sheet.set_column(KEY, KEY, 16)
    sheet.set_column(LABEL, LABEL, 40)
    sheet.set_column(UNIT, UNIT, 8)
    sheet.set_column(TOTAL, TOTAL, 18)
    sheet.set_column(OPENING, OPENING, 6)
    sheet.set_column(FIRST, FIRST + MONTHS, 14)
    sheet.freeze_panes(3, FIRST)
