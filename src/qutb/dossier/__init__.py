"""The dossier: one decision sheet, then pages, sheets, tables and data, in Arabic, French and English."""

from qutb.dossier.data import dossier_json, dossier_schema
from qutb.dossier.edition import Edition
from qutb.dossier.geopackage import StyledLayer, appraisal_layers, write_styled_geopackage
from qutb.dossier.picture import comparison_picture
from qutb.dossier.writing import FORMATS, write_dossier
from qutb.dossier.xlsx import SheetColumn, SheetTable, write_xlsx

__all__ = [
    "FORMATS",
    "Edition",
    "SheetColumn",
    "SheetTable",
    "StyledLayer",
    "appraisal_layers",
    "comparison_picture",
    "dossier_json",
    "dossier_schema",
    "write_dossier",
    "write_styled_geopackage",
    "write_xlsx",
]
