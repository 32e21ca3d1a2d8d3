"""What is wrong in a workbook is named by sheet and cell, in three languages, and blocks the writing."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from qutb.core import Column, FormatError, InputError, LimitError, QutbError, UsageError
from qutb.pole.sheets import Cell, read_cell, read_grids, read_sheets, write_sheets
from qutb.text import LANGUAGES, error_text, hint, message

TODAY = date(2026, 11, 23)


def column(kind: str = "number", unit: str = "", **more) -> Column:
    return Column(name="x", kind=kind, unit=unit, description="", **more)


def read(value, kind: str = "number", unit: str = "", *, percent: bool = False, **more):
    found = read_cell(Cell(ref="A1", value=value, percent=percent), column(kind, unit, **more))
    return found.value, found.code


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("1 234,5", 1234.5),
        ("1\u00a0234,5", 1234.5),
        ("1\u202f234\u202f567,25", 1234567.25),
        ("1.234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("12 500 000", 12_500_000.0),
        ("1.234.567", 1_234_567.0),
        ("١٬٢٣٤٫٥", 1234.5),
        ("١٢٣", 123.0),
        ("-0,25", -0.25),
        ("−3", -3.0),
        ("1,250", 1.25),
        ("0.125", 0.125),
        ("1e3", 1000.0),
        (3, 3.0),
    ],
)
def test_numbers_are_read_as_people_here_type_them(given, value):
    assert read(given) == (value, "")


@pytest.mark.parametrize("given", ["environ 200", "200 à 300", "n.d.", "12 ha", "1.2.3,4,5", "-", True])
def test_words_in_a_number_are_refused(given):
    assert read(given) == (None, "SHEET-NUMBER")


def test_a_point_that_may_part_thousands_is_told():
    assert read("1.234") == (1.234, "SHEET-THOUSANDS")


@pytest.mark.parametrize(
    ("given", "shown_in_percent", "unit", "value", "code"),
    [
        ("30 %", False, "ratio", 0.3, ""),
        (0.3, True, "ratio", 0.3, ""),
        (0.3, False, "ratio", 0.3, ""),
        (30, False, "ratio", 0.3, "SHEET-PERCENT"),
        ("30", False, "share", 0.3, "SHEET-PERCENT"),
        ("30 %", False, "%", 30.0, ""),
        (0.3, True, "%", 30.0, ""),
        (30, False, "%", 30.0, ""),
        (0.3, False, "%", 0.3, "SHEET-PERCENT"),
        ("٣٠٪", False, "share", 0.3, ""),
    ],
)
def test_percent_and_ratio_are_told_apart(given, shown_in_percent, unit, value, code):
    more = {"maximum": 1.0} if unit != "%" else {}
    assert read(given, unit=unit, percent=shown_in_percent, **more) == (value, code)


def test_a_ratio_above_one_that_may_be_so_is_no_percent():
    assert read("2,4", unit="ratio", maximum=30.0) == (2.4, "")


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("31/12/2027", "2027-12-31"),
        ("31-12-2027", "2027-12-31"),
        ("31.12.2027", "2027-12-31"),
        ("2027-12-31", "2027-12-31"),
        ("31 décembre 2027", "2027-12-31"),
        ("1er août 2027", "2027-08-01"),
        ("31 déc. 2027", "2027-12-31"),
        ("23 نونبر 2026", "2026-11-23"),
        ("٢٣/١١/٢٠٢٦", "2026-11-23"),
        ("23 November 2026", "2026-11-23"),
        (date(2027, 12, 31), "2027-12-31"),
    ],
)
def test_days_are_read_as_people_here_write_them(given, day):
    assert read(given, "date") == (day, "")


def test_a_serial_number_is_a_day_and_is_told():
    assert read(46_387, "date") == ("2026-12-31", "SHEET-DATE-SERIAL")  # days since 30 December 1899


@pytest.mark.parametrize("given", ["31/02/2027", "12/31/2027", "31/12/27", "2027", "fin 2027", 12])
def test_a_day_in_doubt_is_refused(given):
    assert read(given, "date") == (None, "SHEET-DATE")


@pytest.mark.parametrize("given", ["Comparator", "référence comparée", "REFERENCE COMPAREE", "قيمة للمقارنة"])
def test_a_choice_is_read_in_any_language_with_or_without_accents(given):
    assert read(given, "text", choices=("confirmed", "comparator", "assumed")) == ("comparator", "")


@pytest.mark.parametrize(("given", "levels"), [("R+4", 5.0), ("r + 2", 3.0), ("RDC", 1.0), ("RDC+1", 2.0), (4, 4.0)])
def test_storeys_are_read_as_r_plus_n(given, levels):
    assert read(given, unit="storeys") == (levels, "")


# a workbook ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pole(written) -> Path:
    return written


@pytest.fixture(scope="module")
def template(pole, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("bad") / "fr.xlsx"
    return write_sheets(pole, path, lang="fr", when=TODAY, sheets=("targets", "actors", "prices"))


@pytest.fixture
def book(template):
    return openpyxl.load_workbook(template)


def found(pole: Path, book, tmp_path: Path, name: str = "b.xlsx") -> list[tuple[str, str, str]]:
    book.save(tmp_path / name)
    findings = read_sheets(pole, tmp_path / name, today=TODAY, entered_by="A B", entered_date=TODAY).findings
    for finding in findings:
        for lang in LANGUAGES:
            assert "{" not in message(finding, lang) + hint(finding, lang), finding
    return [(f.code, f.severity, f.where[0]) for f in findings]


def test_an_error_of_a_formula_is_named_by_its_cell(pole, book, tmp_path):
    book["Objectifs"]["F6"].value = "#REF!"
    book["Objectifs"]["F6"].data_type = "e"
    assert found(pole, book, tmp_path) == [("SHEET-FORMULA-ERROR", "blocking", "cell:Objectifs!F6")]


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#VALEUR!", "#NOM?", "Err:502"])
def test_an_error_that_became_text_is_one_too(pole, book, tmp_path, error):
    book["Objectifs"]["F6"].value = f" {error}"
    assert found(pole, book, tmp_path) == [("SHEET-FORMULA-ERROR", "blocking", "cell:Objectifs!F6")]


def test_a_formula_that_was_never_computed_is_named(pole, book, tmp_path):
    book["Objectifs"]["F6"].value = "=E6*2"
    assert found(pole, book, tmp_path) == [("SHEET-FORMULA-NO-RESULT", "blocking", "cell:Objectifs!F6")]


def test_merged_cells_among_the_rows_are_named(pole, book, tmp_path):
    book["Prix"].merge_cells("O6:O9")
    assert ("SHEET-MERGED", "blocking", "cell:Prix!O6:O9") in found(pole, book, tmp_path)


def test_merged_titles_do_not_matter(pole, book, tmp_path):
    book["Prix"].merge_cells("B2:F2")
    assert found(pole, book, tmp_path) == []


def test_rows_above_and_columns_between_do_not_matter(pole, book, tmp_path):
    page = book["Objectifs"]
    page.insert_cols(5)
    page.insert_rows(1, 3)
    page["B2"] = "Version du 12 mars"
    page["G9"].value = 190
    book.save(tmp_path / "b.xlsx")
    reading = read_sheets(pole, tmp_path / "b.xlsx", today=TODAY, entered_by="A", entered_date=TODAY)
    assert [(c.row, c.field, c.new, c.place) for c in reading.changes] == [
        ("capacity.dwellings", "high", 190.0, "cell:Objectifs!G9")
    ]


def test_a_tab_renamed_is_still_known_and_told(pole, book, tmp_path):
    book["Objectifs"].title = "Feuil3"
    assert found(pole, book, tmp_path) == [("SHEET-NAME", "note", "sheet:Feuil3")]


def test_a_tab_that_is_not_known_is_told_with_the_nearest_name(pole, book, tmp_path):
    page = book.create_sheet("Prixx")
    page["A1"] = "n'importe quoi"
    book.save(tmp_path / "b.xlsx")
    (told,) = read_sheets(pole, tmp_path / "b.xlsx", today=TODAY).findings
    assert (told.code, told.where) == ("SHEET-UNKNOWN", ("sheet:Prixx",))
    assert "Prix" in hint(told, "fr")


def test_a_table_typed_anew_without_hidden_ids_is_known_by_its_headings(pole, tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Objectifs"
    for row in ([], ["Objectifs du pôle"], [], ["Mesure", "Haut", "Observations"], ["capacity.dwellings", "190"]):
        page.append(row)
    book.save(tmp_path / "b.xlsx")
    reading = read_sheets(pole, tmp_path / "b.xlsx", today=TODAY, entered_by="A", entered_date=TODAY)
    assert [(c.field, c.old, c.new) for c in reading.changes] == [("high", 200.0, 190.0)]
    assert {f.code for f in reading.findings} == {"SHEET-SHIFTED", "SHEET-COLUMNS-ABSENT", "SHEET-COLUMN-UNKNOWN"}


def test_a_row_that_stands_twice_is_named_with_the_first(pole, book, tmp_path):
    page = book["Prix"]
    for at in range(1, page.max_column + 1):
        page.cell(40, at).value = page.cell(6, at).value
    assert found(pole, book, tmp_path) == [("SHEET-ROW-TWICE", "blocking", "cell:Prix!A40")]


def test_a_price_nobody_asks_for_is_refused(pole, book, tmp_path):
    book["Prix"]["B40"] = "roads.gold"
    assert found(pole, book, tmp_path) == [("SHEET-ROW-UNKNOWN", "blocking", "cell:Prix!B40")]


def test_a_value_that_no_calculation_reads_is_refused_with_near_names(written, tmp_path):
    path = write_sheets(written, tmp_path / "v.xlsx", lang="fr", when=TODAY, sheets=("values",))
    book = openpyxl.load_workbook(path)
    page = book["Valeurs"]
    columns = {c.value: c.column for c in page[1]}
    given = {"key": "uptake.captured_shares", "central": 0.3, "status": "Hypothèse", "source": "Étude"}
    for name, value in given.items():
        page.cell(page.max_row + (name == "key"), columns[name]).value = value
    book.save(path)
    (told,) = read_sheets(written, path, today=TODAY, entered_by="A B", entered_date=TODAY).findings
    assert (told.code, told.severity) == ("SHEET-VALUE-UNKNOWN", "blocking")
    for lang in LANGUAGES:
        assert "uptake.captured_shares" in message(told, lang)
        assert "uptake.captured_share" in hint(told, lang).replace("\u2066", "").replace("\u2069", "").split("، ")[0]


def test_low_central_and_high_go_up(pole, book, tmp_path):
    columns = {c.value: c.column for c in book["Prix"][1]}
    cells = {"low": 100, "central": 90, "high": 120, "status": "Hypothèse", "source": "x", "price_date": "1/1/2026"}
    for name, value in cells.items():
        book["Prix"].cell(6, columns[name]).value = value
    assert found(pole, book, tmp_path) == [("SHEET-RANGE", "blocking", "cell:Prix!K6")]


def test_a_measure_that_is_none_is_refused_with_those_near(pole, book, tmp_path):
    book["Objectifs"]["B7"] = "capacity.dwelings"
    book["Objectifs"]["E7"] = 5
    assert found(pole, book, tmp_path) == [("SHEET-MEASURE", "blocking", "cell:Objectifs!B7")]


def test_macros_are_not_run_and_told(pole, template, tmp_path):
    path = tmp_path / "macros.xlsm"
    path.write_bytes(template.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    reading = read_sheets(pole, path, today=TODAY)
    assert ([f.code for f in reading.findings], reading.changes) == (["SHEET-MACROS"], ())


# files that are none ---------------------------------------------------------------------------------------


def refused(path: Path, kind: type[QutbError], code: str) -> None:
    with pytest.raises(kind) as caught:
        read_grids(path)
    assert caught.value.code == code
    for lang in LANGUAGES:
        assert "{" not in error_text(caught.value, lang)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "SHEET-OLD-FORMAT"),
        ("secret.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "SHEET-OLD-FORMAT"),  # a password makes it so
        ("text.xlsx", b"not a workbook", "SHEET-FILE"),
        ("cut.xlsx", b"PK\x03\x04 cut short", "SHEET-FILE"),
        ("picture.csv", b"\x89PNG\0\0\0\r", "SHEET-FILE"),
        ("empty.xlsx", b"", "SHEET-FILE"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_in_words(tmp_path, name, data, code):
    (tmp_path / name).write_bytes(data)
    refused(tmp_path / name, FormatError, code)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    refused(tmp_path / "none.xlsx", FormatError, "SHEET-NO-FILE")


def test_an_archive_that_swells_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b"0" * 100 * 2**20)
    refused(tmp_path / "bomb.xlsx", LimitError, "SHEET-TOO-LARGE")


def test_a_workbook_without_any_known_sheet_is_refused(pole, tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = "Bonjour"
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(InputError) as caught:
        read_sheets(pole, tmp_path / "b.xlsx", today=TODAY)
    assert caught.value.code == "SHEET-NOTHING"


def test_only_known_sheets_and_xlsx_are_written(pole, tmp_path):
    for path, sheets, code in (
        (tmp_path / "a.csv", (), "SHEET-SUFFIX"),
        (tmp_path / "a.xlsx", ("x",), "SHEET-NONE-SUCH"),
    ):
        with pytest.raises(UsageError) as caught:
            write_sheets(pole, path, lang="fr", when=TODAY, sheets=sheets)
        assert caught.value.code == code


def test_a_csv_says_which_code_page_it_was_read_in(tmp_path):
    (tmp_path / "a.csv").write_bytes("Libellé;Prix\nPavé;12\n".encode("cp1252"))
    (tmp_path / "b.csv").write_bytes("البيان;Prix\nرصيف;12\n".encode("cp1256"))
    (tmp_path / "c.csv").write_bytes('Libellé,Prix\n"Pavé, gris",12\n'.encode("utf-8-sig"))
    for name, encoding, word in (("a", "cp1252", "Pavé"), ("b", "cp1256", "رصيف"), ("c", None, "Pavé, gris")):
        (grid,), notes = read_grids(tmp_path / f"{name}.csv")
        assert [n.params["encoding"] for n in notes] == ([encoding] if encoding else [])
        assert (grid.rows[1][0].value, grid.rows[1][1].value) == (word, "12")
