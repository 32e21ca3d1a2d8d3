"""The business model as a spreadsheet with live formulas under the FAST rules, written, read back and checked.

Sheets: inputs, phases, zones, plots, partners, subsidies; then calculations with one column a month, the same month
in the same column on every sheet; then outputs and checks. Column A of every sheet holds the key that a program
reads, so the words may be in any language.
"""

from qutb.finance.workbook.fast import fast_faults
from qutb.finance.workbook.reading import Difference, ReadBack, accept, read_workbook
from qutb.finance.workbook.writing import write_workbook

__all__ = ["Difference", "ReadBack", "accept", "fast_faults", "read_workbook", "write_workbook"]
