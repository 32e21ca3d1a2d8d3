"""Workbooks as Excel reads them: words, units, order and nothing that runs."""

from __future__ import annotations

import time
from datetime import date, datetime

import openpyxl
import pytest

from qutb.dossier.xlsx import SheetColumn, SheetTable, write_xlsx

RUN = date(2026, 11, 23)
PLOTS = SheetTable(
    name="Plots",
    title="Plots of the plan",
    note="Bay",
    columns=[
        SheetColumn(key="plot_id", label="Plot"),
        SheetColumn(key="area_m2", label="Area", unit="m2", kind="number"),
        SheetColumn(key="share", label="Share", unit="ratio", kind="number"),
        SheetColumn(key="density", label="Density", unit="people/m2", kind="number"),
        SheetColumn(key="plots", label="Count", kind="integer"),
        SheetColumn(key="released", label="Released", kind="date"),
    ],
    rows=[
        {"plot_id": "A-17", "area_m2": 3120.0, "share": 0.25, "density": 0.015, "plots": 1, "released": RUN},
        {"plot_id": "A-18", "area_m2": float("nan"), "share": None, "density": float("inf"), "plots": 2},
    ],
)


def written(tmp_path, *sheets, lang="en", **more):
    path = write_xlsx(tmp_path / "book.xlsx", sheets or [PLOTS], lang=lang, run_date=RUN, **more)
    return openpyxl.load_workbook(path)


def test_a_table_is_read_back_as_it_was(tmp_path):
    rows = list(written(tmp_path)["Plots"].iter_rows(values_only=True))
    assert rows[0][0] == "Plots of the plan"
    assert rows[2] == ("Plot", "Area", "Share", "Density", "Count", "Released")
    # people/m2 is read in people/ha: 0.015 x 10,000 = 150
    assert rows[3] == ("", "m²", "%", "people/ha", "", "")
    assert rows[4] == ("A-17", 3120, 0.25, pytest.approx(150), 1, datetime(2026, 11, 23))
    assert rows[5] == ("A-18", None, None, None, 2, None)


def test_ratios_are_percent_by_format_not_by_value(tmp_path):
    cell = written(tmp_path)["Plots"]["C5"]
    assert (cell.value, cell.number_format) == (0.25, "0.0%")


@pytest.mark.parametrize("text", ["=1+1", "+212 5", "-5", "@cmd", '=HYPERLINK("x")', "http://a.b", "00123", "\t=1"])
def test_text_stays_text(tmp_path, text):
    table = SheetTable(name="t", title="=2", columns=[SheetColumn(key="a", label="=A1")], rows=[{"a": text}])
    sheet = written(tmp_path, table)["t"]
    assert (sheet["A5"].value, sheet["A5"].data_type, sheet["A5"].hyperlink) == (text, "s", None)
    assert sheet["A1"].data_type == sheet["A3"].data_type == "s"
    assert sheet["A5"].quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))


def test_arabic_sheets_run_from_right_to_left(tmp_path):
    assert written(tmp_path, lang="ar")["Plots"].sheet_view.rightToLeft
    assert not written(tmp_path, lang="fr")["Plots"].sheet_view.rightToLeft


def test_units_are_named_in_the_language(tmp_path):
    assert written(tmp_path, lang="ar")["Plots"]["B4"].value == "م²"


def test_heads_stay_in_view_and_on_every_printed_page(tmp_path):
    sheet = written(tmp_path, code="QK7-4M2P")["Plots"]
    assert sheet.freeze_panes == "B5"
    assert sheet.print_title_rows == "$3:$4"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.oddFooter.left.text == "QK7-4M2P"


def test_a_comparison_has_its_unit_in_each_row(tmp_path):
    table = SheetTable(
        name="Comparison",
        title="c",
        unit_from_row=True,
        columns=[
            SheetColumn(key="name", label="Measure"),
            SheetColumn(key="unit", label="Unit", kind="unit"),
            SheetColumn(key="bay", label="Bay", kind="number"),
        ],
        rows=[
            {"name": "Streets", "unit": "ratio", "bay": 0.3},
            {"name": "Density", "unit": "people/m2", "bay": 0.01},
            {"name": "Cost", "unit": "MAD/m2", "bay": 390.4, "tone": "worse"},
            {"name": "COS", "unit": "index", "bay": 1.2},
            {"name": "None", "unit": None, "bay": None},
        ],
    )
    sheet = written(tmp_path, table, lang="fr")["Comparison"]
    assert [(r[1].value, r[2].value, r[2].number_format) for r in sheet["A5:C8"]] == [
        ("%", 0.3, "0.0%"),
        ("hab/ha", pytest.approx(100), "#,##0"),
        ("MAD/m²", 390.4, "#,##0"),
        (None, 1.2, "0.00"),
    ]


def test_tabs_have_names_that_excel_takes(tmp_path):
    names = ["a/b:c?", "A" * 40, "A" * 40, "'x'", "", "History"]
    tables = [SheetTable(name=n, title="", columns=[SheetColumn(key="a", label="a")], rows=[]) for n in names]
    tabs = written(tmp_path, *tables).sheetnames
    assert len({t.lower() for t in tabs}) == len(names)
    assert all(0 < len(t) <= 31 and not set("[]:*?/\\") & set(t) and t.lower() != "history" for t in tabs)


def test_a_very_long_text_is_cut_to_what_a_cell_holds(tmp_path):
    table = SheetTable(name="t", title="", columns=[SheetColumn(key="a", label="a")], rows=[{"a": "x" * 40_000}])
    assert len(written(tmp_path, table)["t"]["A5"].value) == 32_767


def test_the_same_tables_and_date_give_the_same_bytes(tmp_path):
    one = write_xlsx(tmp_path / "1.xlsx", [PLOTS], lang="ar", run_date=RUN).read_bytes()
    time.sleep(1.1)  # a clock in the file would show
    assert write_xlsx(tmp_path / "2.xlsx", [PLOTS], lang="ar", run_date=RUN).read_bytes() == one


def test_nothing_is_left_half_written(tmp_path):
    class Unprintable:
        def __str__(self):
            raise RuntimeError("no")

    bad = SheetTable(name="t", title="", columns=[SheetColumn(key="a", label="a")], rows=[{"a": Unprintable()}])
    with pytest.raises(RuntimeError):
        write_xlsx(tmp_path / "قطب 1" / "book.xlsx", [bad], lang="ar", run_date=RUN)
    assert list((tmp_path / "قطب 1").iterdir()) == []


def test_a_workbook_without_sheets_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one sheet"):
        write_xlsx(tmp_path / "x.xlsx", [], lang="en", run_date=RUN)
