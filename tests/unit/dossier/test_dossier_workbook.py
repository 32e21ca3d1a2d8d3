"""The dossier's workbook speaks its reader's language, codes and headings too."""

from __future__ import annotations

import re

import pytest

from qutb.dossier.workbook import workbook_sheets
from qutb.text import LANGUAGES

CODE = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
IDS = {"item_id", "work_package", "price_key", "key"}  # names that price book, works and pack are looked up by


@pytest.fixture(params=LANGUAGES)
def sheets(request, edition):
    return workbook_sheets(edition(request.param))


def test_no_heading_is_a_column_name(sheets):
    heads = [column.label for sheet in sheets for column in sheet.columns]
    assert [head for head in heads if CODE.search(head)] == []


def test_no_cell_is_a_code(sheets):
    codes = {
        (sheet.title, column.key, row[column.key])
        for sheet in sheets
        for column in sheet.columns
        if column.kind == "text" and column.key not in IDS
        for row in sheet.rows
        if isinstance(row.get(column.key), str) and CODE.fullmatch(row[column.key])
    }
    assert codes == set()
