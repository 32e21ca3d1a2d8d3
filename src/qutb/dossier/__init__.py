"""The dossier: one decision sheet, then pages, sheets, tables and data, in Arabic, French and English."""

from qutb.dossier.content import (
    Block,
    Bullets,
    Cell,
    Columns,
    DossierContent,
    Figure,
    Head,
    Heading,
    Item,
    Page,
    TableBlock,
    Text,
    cell,
)
from qutb.dossier.data import dossier_json, dossier_schema, remedies_json
from qutb.dossier.difference import difference_page, write_difference
from qutb.dossier.docx import render_docx
from qutb.dossier.edition import Edition
from qutb.dossier.folders import FileWriter, write_folder
from qutb.dossier.geopackage import StyledLayer, appraisal_layers, layer_kind, use_style, write_styled_geopackage
from qutb.dossier.html import render_html
from qutb.dossier.lots_drawing import STREET_COLOURS
from qutb.dossier.pages import remedy_rows
from qutb.dossier.pages.uptake import statement_page, write_statement
from qutb.dossier.papers import PAPERS, write_papers
from qutb.dossier.pdf import render_pdf
from qutb.dossier.picture import comparison_picture
from qutb.dossier.qgis_styles import LayerStyle, RowList, Rule, Symbol, style_elements
from qutb.dossier.utilities import write_utilities
from qutb.dossier.writing import FORMATS, check_request, write_dossier
from qutb.dossier.xlsx import SheetColumn, SheetTable, write_xlsx

__all__ = [
    "FORMATS",
    "PAPERS",
    "STREET_COLOURS",
    "Block",
    "Bullets",
    "Cell",
    "Columns",
    "DossierContent",
    "Edition",
    "Figure",
    "FileWriter",
    "Head",
    "Heading",
    "Item",
    "LayerStyle",
    "Page",
    "RowList",
    "Rule",
    "SheetColumn",
    "SheetTable",
    "StyledLayer",
    "Symbol",
    "TableBlock",
    "Text",
    "appraisal_layers",
    "cell",
    "check_request",
    "comparison_picture",
    "difference_page",
    "dossier_json",
    "dossier_schema",
    "layer_kind",
    "remedies_json",
    "remedy_rows",
    "render_docx",
    "render_html",
    "render_pdf",
    "statement_page",
    "style_elements",
    "use_style",
    "write_difference",
    "write_dossier",
    "write_folder",
    "write_papers",
    "write_statement",
    "write_styled_geopackage",
    "write_utilities",
    "write_xlsx",
]
