"""The same workbook saved by LibreOffice, as a French Excel lays it out, or as CSV reads as the same pole."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from qutb.pole.sheets import read_sheets, write_sheets

TODAY = date(2026, 11, 23)
_CSV = "csv:Text - txt - csv (StarCalc):59,34,76,1,,1036,false,true,false,false,false,-1"  # ; " UTF-8 French, all tabs

FILLED = {
    # sheet, row: cells as a number, date or word typed in a French Excel
    ("Prix", "roads.kerb"): {
        "low": 1100.25,
        "central": 1234.5,
        "high": 12345.678,
        "price_date": date(2026, 7, 1),
        "status": "Hypothèse",
        "source": "BPDE « tranche 1 » ; n° 12",
    },
    ("Valeurs", "uptake.captured_share"): {
        "central": 1 / 3,
        "status": "Hypothèse",
        "source": "Étude",
    },
    ("Équipements", "market"): {
        "population_per_unit": 20000,
        "document": "Référentiel 2018",
        "page": 45,
        "status": "Confirmé",
        "second_person": "كريم العلوي",
    },
    ("Objectifs", "capacity.dwellings"): {"high": 180},
    ("Foncier", "T-1"): {"status": "Promis", "release_date": date(2027, 12, 31)},
    ("Saisie", "entered_by"): {"value": "Amina Benali"},
    ("Saisie", "entered_date"): {"value": date(2026, 11, 20)},
}


@pytest.fixture(scope="module")
def pole(written) -> Path:
    return written


@pytest.fixture(scope="module")
def template(pole, tmp_path_factory) -> Path:
    sheets = ("prices", "values", "facilities", "targets", "land")
    return write_sheets(pole, tmp_path_factory.mktemp("blank") / "fr.xlsx", lang="fr", when=TODAY, sheets=sheets)


def filled(template: Path, path: Path, *, as_typed=lambda value: value) -> Path:
    """The French workbook with some cells filled, each as ``as_typed`` gives it."""
    book = openpyxl.load_workbook(template)
    for (tab, row), cells in FILLED.items():
        page = book[tab]
        columns = {c.value: c.column for c in page[1]}
        at = next(r for r in range(1, page.max_row + 1) if page.cell(r, 1).value == row)
        for name, value in cells.items():
            page.cell(at, columns[name]).value = as_typed(value)
    book.save(path)
    return path


def seen(reading) -> dict[tuple[str, str, str], object]:
    """Changes by sheet, row and column, without their places."""
    assert [f for f in reading.findings if f.severity == "blocking"] == []
    return {(c.sheet, c.row, c.field): round(c.new, 9) if isinstance(c.new, float) else c.new for c in reading.changes}


@pytest.fixture(scope="module")
def wanted(pole, template, tmp_path_factory):
    path = filled(template, tmp_path_factory.mktemp("xlsx") / "rempli.xlsx")
    changes = seen(read_sheets(pole, path, today=TODAY))
    assert changes[("prices", "roads.kerb", "high")] == 12345.678
    assert changes[("facilities", "market", "second_person")] == "كريم العلوي"
    assert len(changes) == 17
    return path, changes


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """A function that lets LibreOffice save a file in another format; skips aloud where there is none."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed: workbooks saved by it are not tried")
    profile = tmp_path_factory.mktemp("profile")

    def convert(path: Path, kind: str, out: Path) -> Path:
        command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
        subprocess.run([*command, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=120)
        return out

    return convert


def test_a_workbook_saved_by_libreoffice_reads_the_same(pole, wanted, converted, tmp_path):
    path, changes = wanted
    converted(path, "xlsx", tmp_path / "direct")
    assert seen(read_sheets(pole, tmp_path / "direct" / path.name, today=TODAY)) == changes


@pytest.mark.slow
def test_a_workbook_that_was_an_ods_in_between_reads_the_same(pole, wanted, converted, tmp_path):
    path, changes = wanted
    converted(path, "ods", tmp_path)
    converted(tmp_path / "rempli.ods", "xlsx", tmp_path / "back")
    assert seen(read_sheets(pole, tmp_path / "back" / path.name, today=TODAY)) == changes


@pytest.fixture(scope="module")
def tables(wanted, converted, tmp_path_factory) -> dict[str, str]:
    """The text of each filled tab, saved by LibreOffice with semicolons and decimal commas."""
    out = converted(wanted[0], _CSV, tmp_path_factory.mktemp("csv"))
    return {tab: (out / f"rempli-{tab}.csv").read_text("utf-8") for tab, _ in FILLED if tab != "Saisie"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp1256"])
def test_each_sheet_saved_as_semicolon_csv_with_decimal_comma_reads_the_same(pole, wanted, tables, tmp_path, encoding):
    found: dict[tuple[str, str, str], object] = {}
    for tab, text in tables.items():
        file = tmp_path / f"rempli-{tab}.csv"
        file.write_bytes(text.encode(encoding, "replace"))
        assert b";" in file.read_bytes()
        reading = read_sheets(pole, file, today=TODAY, entered_by="Amina Benali", entered_date=date(2026, 11, 20))
        found |= seen(reading)
    assert found == {k: kept(v, encoding) for k, v in wanted[1].items()}


def kept(value: object, encoding: str) -> object:
    """What a code page keeps of a text: no Arabic in cp1252, no capital É in cp1256."""
    return value.encode(encoding, "replace").decode(encoding) if isinstance(value, str) else value


def typed_in_french(value: object) -> object:
    """What stands in the cell when a column was formatted as text, or pasted from Word."""
    if isinstance(value, float):
        whole, _, rest = f"{value:.12f}".rstrip("0").partition(".")
        return f"{int(whole):,}".replace(",", "\u00a0") + ("," + rest if rest else "")
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else value


def test_numbers_and_dates_as_french_text_read_the_same(pole, template, wanted, tmp_path):
    changes = seen(read_sheets(pole, filled(template, tmp_path / "t.xlsx", as_typed=typed_in_french), today=TODAY))
    assert changes == wanted[1]


def test_dates_that_lost_their_format_read_the_same(pole, template, wanted, tmp_path):
    def serial(value: object) -> object:
        return (value - date(1899, 12, 30)).days if isinstance(value, date) else value

    reading = read_sheets(pole, filled(template, tmp_path / "t.xlsx", as_typed=serial), today=TODAY)
    assert seen(reading) == wanted[1]
    assert {f.code for f in reading.findings} == {"SHEET-DATE-SERIAL"}
