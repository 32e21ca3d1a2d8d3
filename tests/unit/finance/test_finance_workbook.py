"""The workbook: LibreOffice computes what the engine computed, the FAST rules hold, changes come back line by line."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date

import numpy as np
import pytest
from openpyxl import load_workbook

from fixtures.business import business_model
from qutb.core import FormatError
from qutb.finance import ROWS, present_value, run_model
from qutb.finance.workbook import accept, fast_faults, read_workbook, write_workbook

WHEN = date(2026, 11, 24)


@pytest.fixture(scope="module")
def model():
    return business_model(zones=3, phases=2)


@pytest.fixture(scope="module")
def written(model, tmp_path_factory):
    return write_workbook(model, tmp_path_factory.mktemp("book") / "model.xlsx", title="Bay", lang="fr", run_date=WHEN)


def _changed(written, tmp_path, change):
    book = load_workbook(written)
    change(book)
    book.save(tmp_path / "changed.xlsx")
    return tmp_path / "changed.xlsx"


def _rows(book):
    """Row over time by key."""
    return {
        row[0]: np.array([v if isinstance(v, int | float) else np.nan for v in row[5:365]], dtype="float64")
        for sheet in book.worksheets[6:11]
        for row in sheet.iter_rows(min_row=4, values_only=True)
    }


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_computes_the_same_numbers(model, written, tmp_path):
    done = subprocess.run(
        [
            "soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path), str(written),
        ],
        capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    book = load_workbook(tmp_path / written.name, data_only=True)
    flows = run_model(model)
    rows = _rows(book)
    assert np.abs(rows["sales"]).sum() > 0, "formulas were not computed: the stored results stand"
    for name in ROWS:
        scale = max(1.0, float(np.abs(flows[name]).max()))
        assert np.abs(rows[name] - flows[name]).max() <= 1e-9 * scale, name
    for n, partner in enumerate(model.partners.index):
        for block, ours in (("put", flows.put), ("got", flows.got), ("net", flows.net)):
            assert rows[f"{block}.{partner}"] == pytest.approx(ours[n], rel=1e-9, abs=1e-3)
    outputs = {row[0]: row[3] for row in book.worksheets[11].iter_rows(min_row=4, values_only=True)}
    assert outputs["npv_amount"] == pytest.approx(present_value(flows.project, 0.08), rel=1e-9)
    assert outputs["sales_amount"] == pytest.approx(flows["sales"].sum(), rel=1e-9)
    checks = [row[3] for row in book.worksheets[12].iter_rows(min_row=4, values_only=True)]
    left = flows["revolver"][-1] + flows["term"][-1]
    assert checks == [0, 0, int(left > 0.01), 0, 0]


def test_no_result_is_stored_that_could_pass_for_a_computed_one(written):
    book = load_workbook(written, data_only=True)
    stored = [cell.value for cell in book.worksheets[9][8][5:]]
    assert not any(stored)


def test_a_plot_is_found_and_its_zone_sums_over_it(model, written):
    book = load_workbook(written)
    plots = {row[0]: row for row in book.worksheets[3].iter_rows(min_row=4, values_only=True)}
    assert plots["A-1"][3] == model.plots.at["A-1", "area_m2"]
    assert str(book.worksheets[2]["D4"].value).startswith("=SUMIFS('Lots'!$D$4")


def test_the_fast_rules_hold(written):
    assert fast_faults(written) == ()


def test_each_broken_rule_is_seen(written, tmp_path):
    def change(book):
        book.worksheets[11]["D4"].value = "=1.05*'Ventes'!$D$4"
        book.worksheets[11]["D5"].value = "=OFFSET('Ventes'!$D$4,1,0)"
        book.worksheets[9]["Z9"].value = "=Y9+Y10"

    found = {(f.code, f.where[0].rpartition("!")[2]) for f in fast_faults(_changed(written, tmp_path, change))}
    assert found == {("FIN-FAST-CONSTANT", "D4"), ("FIN-FAST-FUNCTION", "D5"), ("FIN-FAST-ROW", "Z9")}


def test_changes_come_back_line_by_line_and_can_be_taken_over_and_faults_are_named(model, written, tmp_path):
    from qutb.pack import load_pack, read_overrides

    def change(book):
        cell = next(row[3] for row in book.worksheets[0].iter_rows(min_row=4) if row[0].value == "indexation")
        cell.value = 0.03
        book.worksheets[3]["D4"].value = 9999
        book.worksheets[9]["H10"].value = 5
        book.worksheets[0]["D5"].value = "three"

    back = read_workbook(_changed(written, tmp_path, change), model)
    assert [(d.key, d.after, d.value_key) for d in back.differences] == [
        ("scalar.indexation", 0.03, "finance.indexation"),
        ("plots.A-1.area_m2", 9999, ""),
    ]
    places = {(f.code, f.where[0].rpartition("!")[2]) for f in back.findings}
    assert places == {("FIN-WB-FORMULA", "H10"), ("FIN-WB-VALUE", "D5")}
    values = load_pack("ma").at(date(2026, 11, 1))
    entries, without = accept(back.differences, values, source="model.xlsx", when=WHEN)
    assert [d.key for d in without] == ["plots.A-1.area_m2"]
    taken = values.with_overrides(read_overrides(entries, "pole"))
    assert taken.number("finance.indexation") == 0.03


def test_a_workbook_of_other_terms_says_so(model, written):
    back = read_workbook(written, model.with_scalars(indexation=0.04))
    assert {f.code for f in back.findings} == {"FIN-WB-OTHER"} and len(back.differences) == 1


def test_a_foreign_file_is_refused_in_words(model, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(FormatError, match="no workbook of this model"):
        read_workbook(tmp_path / "x.xlsx", model)


def test_each_language_has_its_sheets(model, tmp_path):
    write_workbook(model, tmp_path / "a.xlsx", title="الخليج", lang="ar", run_date=WHEN)
    back = read_workbook(tmp_path / "a.xlsx", model)
    assert back.differences == () and back.findings == ()
    book = load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert book.sheetnames[0] == "المدخلات"
    book.close()


def test_equal_inputs_give_equal_bytes(model, written, tmp_path):
    again = write_workbook(model, tmp_path / "model.xlsx", title="Bay", lang="fr", run_date=WHEN)
    assert again.read_bytes() == written.read_bytes()
