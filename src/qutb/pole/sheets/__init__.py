"""Sheets: a pole as one workbook to fill in Excel, read back with its difference; programmes without geometry."""

from qutb.pole.sheets.apply import append_rows, installed
from qutb.pole.sheets.cells import choice_label, folded, read_cell
from qutb.pole.sheets.current import ENTRIES_FILE
from qutb.pole.sheets.differ import Entry, entry_of, same_person
from qutb.pole.sheets.grid import Cell, Grid, read_grids
from qutb.pole.sheets.layout import column_label, tab_name, understand
from qutb.pole.sheets.model import Change, Sheet, Tab, Understood
from qutb.pole.sheets.programme import PROGRAMME, read_programme
from qutb.pole.sheets.session import Reading, read_sheets, write_sheets
from qutb.pole.sheets.specs import column, provenance_columns, sheet_of_entry
from qutb.pole.sheets.wording import change_lines
from qutb.pole.sheets.workbook import write_workbook

__all__ = [
    "ENTRIES_FILE",
    "PROGRAMME",
    "Cell",
    "Change",
    "Entry",
    "Grid",
    "Reading",
    "Sheet",
    "Tab",
    "Understood",
    "append_rows",
    "change_lines",
    "choice_label",
    "column",
    "column_label",
    "entry_of",
    "folded",
    "installed",
    "provenance_columns",
    "read_cell",
    "read_grids",
    "read_programme",
    "read_sheets",
    "same_person",
    "sheet_of_entry",
    "tab_name",
    "understand",
    "write_sheets",
    "write_workbook",
]
