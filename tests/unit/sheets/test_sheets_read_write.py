"""A pole written as a workbook reads back without a difference, and what is filled in becomes the pole."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from fixtures.tiny import tiny_pole
from qutb.core import InputError, blocking
from qutb.files import write_plan
from qutb.pole import open_pole
from qutb.pole.sheets import Reading, read_sheets, write_sheets
from qutb.text import LANGUAGES, hint, message

TODAY = date(2026, 11, 23)


@pytest.fixture
def folder(written, tmp_path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "pole"))


@pytest.fixture(scope="module")
def workbook(written, tmp_path_factory) -> Path:
    return write_sheets(written, tmp_path_factory.mktemp("books") / "pole.xlsx", lang="fr", when=TODAY)


@pytest.fixture
def book(workbook, tmp_path):
    """A function that opens one tab of the French workbook to fill, and gives another that saves and reads it."""

    def opened(title: str):
        filled = openpyxl.load_workbook(workbook)
        for other in set(filled.sheetnames) - {title, "Saisie"}:
            del filled[other]

        def read(folder: Path, **more) -> Reading:
            filled.save(tmp_path / "filled.xlsx")
            return read_sheets(folder, tmp_path / "filled.xlsx", today=TODAY, **more)

        return filled, read

    return opened


def fill(page, row: str, /, **cells) -> None:
    """Fill cells of the row with that hidden id; columns by their hidden id."""
    columns = {c.value: c.column for c in page[1]}
    at = next((r for r in range(1, page.max_row + 1) if page.cell(r, 1).value == row), None)
    if at is None:
        at = max(page.max_row + 1, 6)
    for name, value in cells.items():
        page.cell(at, columns[name]).value = value


def signed(opened, name: str = "Amina Benali", day: date = TODAY) -> None:
    fill(opened["Saisie"], "entered_by", value=name)
    fill(opened["Saisie"], "entered_date", value=day)


def codes(reading: Reading) -> list[str]:
    for finding in reading.findings:
        for lang in LANGUAGES:
            assert "{" not in message(finding, lang) + hint(finding, lang), finding
    return [f.code for f in reading.findings if f.severity == "blocking"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_workbook_in_any_language_reads_back_without_a_difference(written, tmp_path, lang):
    reading = read_sheets(written, write_sheets(written, tmp_path / "p.xlsx", lang=lang, when=TODAY), today=TODAY)
    assert (reading.changes, reading.findings) == ((), ())
    assert {"brief", "targets", "facilities", "zones", "prices", "values", "calendar"} <= set(reading.sheets)


def test_all_26_facility_types_stand_beside_document_and_page(workbook):
    page = openpyxl.load_workbook(workbook)["Équipements"]
    assert page.max_row - 5 == 26
    heads = [c.value for c in page[4]]
    assert {"Document", "Page", "Saisi par", "Source", "Date de saisie", "Deuxième personne"} <= set(heads)


def test_every_value_of_the_pack_has_unit_status_source_and_an_empty_cell(workbook, written):
    page = openpyxl.load_workbook(workbook)["Valeurs"]
    columns = {c.value: c.column - 1 for c in page[1]}
    rows = list(page.iter_rows(min_row=6, values_only=True))
    assert {r[0] for r in rows} == set(open_pole(written).values.parameters)
    assert all(r[columns["pack_source"]] and r[columns["pack_status"]] for r in rows)
    assert all(r[columns["central"]] is None for r in rows)


def test_nothing_is_written_until_asked(folder, book):
    opened, read = book("Objectifs")
    fill(opened["Objectifs"], "capacity.dwellings", high=180)
    signed(opened)
    reading = read(folder)
    (change,) = reading.changes
    assert (change.sheet, change.row, change.field) == ("targets", "capacity.dwellings", "high")
    assert (change.old, change.new, change.place) == (200.0, 180.0, "cell:Objectifs!F6")
    assert open_pole(folder).brief.targets[0].high == 200.0
    (folder / "scans").mkdir()
    (folder / "scans" / "acte.pdf").write_bytes(b"%PDF")
    assert "brief.toml" in reading.write()
    assert (folder / "scans" / "acte.pdf").read_bytes() == b"%PDF"
    assert open_pole(folder).brief.targets[0].high == 180.0


def test_who_source_and_date_are_kept_and_shown_again(folder, book, tmp_path):
    opened, read = book("Objectifs")
    fill(opened["Objectifs"], "capacity.dwellings", high=180)
    signed(opened)
    read(folder).write()
    (entry,) = csv.DictReader((folder / "entries.csv").read_text("utf-8").splitlines())
    assert (entry["row"], entry["old"], entry["new"]) == ("capacity.dwellings", "200", "180")
    assert (entry["entered_by"], entry["entered_date"], entry["file"]) == ("Amina Benali", "2026-11-23", "filled.xlsx")
    again = openpyxl.load_workbook(write_sheets(folder, tmp_path / "again.xlsx", lang="en", when=TODAY))["Targets"]
    columns = {c.value: c.column for c in again[1]}
    assert again.cell(6, columns["entered_by"]).value == "Amina Benali"
    assert again.cell(6, columns["entered_date"]).value.date() == TODAY


def test_a_change_that_nobody_signs_is_refused(folder, book):
    opened, read = book("Objectifs")
    fill(opened["Objectifs"], "capacity.dwellings", high=180)
    reading = read(folder)
    assert codes(reading) == ["SHEET-WHEN", "SHEET-WHO"]
    with pytest.raises(InputError) as refused:
        reading.write()
    assert refused.value.code == "SHEET-REFUSED"
    assert not (folder / "entries.csv").exists()
    assert codes(read(folder, entered_by="Amina Benali", entered_date=TODAY)) == []


def test_a_price_of_the_pole_stands_over_the_pack(folder, book):
    opened, read = book("Prix")
    fill(opened["Prix"], "roads.kerb", central="1 234,50", price_date="01/07/2026", status="Comparateur", source="BPDE")
    signed(opened)
    assert codes(read(folder)) == ["SHEET-CHOICE"]
    fill(opened["Prix"], "roads.kerb", status="Référence comparée")
    read(folder).write()
    kept = {r["price_key"]: r for r in open_pole(folder).values.catalogue("prices")}
    assert (kept["roads.kerb"]["low"], kept["roads.kerb"]["central"]) == ("1234.5", "1234.5")
    assert kept["roads.kerb"]["entered_by"] == "Amina Benali"
    assert kept["roads.footway"]["status"] == "assumed"


def test_a_confirmed_norm_needs_a_second_person_of_another_name(folder, book):
    opened, read = book("Équipements")
    page = opened["Équipements"]
    fill(page, "primary_school", population_per_unit=8000, site_area_m2=6000, status="Confirmé")
    signed(opened)
    reading = read(folder)
    (refused,) = blocking(reading.findings)
    assert (refused.code, refused.where) == ("SHEET-SECOND-PERSON", ("cell:Équipements!Q7",))
    fill(page, "primary_school", second_person="BENALI  amina")
    assert codes(read(folder)) == ["SHEET-SAME-PERSON"]
    fill(page, "primary_school", second_person="Karim Alaoui")
    assert set(read(folder).write()) == {"catalogues/facilities.csv", "entries.csv"}
    row = next(r for r in open_pole(folder).values.catalogue("facilities") if r["facility_type"] == "primary_school")
    assert (row["status"], row["population_per_unit"], row["second_person"]) == ("confirmed", "8000", "Karim Alaoui")


def test_a_confirmed_norm_is_what_the_capacity_is_checked_by(folder, book):
    from qutb.appraisal import appraise

    opened, read = book("Équipements")
    page = opened["Équipements"]
    fill(page, "market", population_per_unit=100, status="confirmed", page="12", second_person="K. Alaoui")
    fill(page, "market", document="Référentiel 2018")
    signed(opened)
    before = appraise(open_pole(folder), "plan", to="capacity").capacity.facilities.loc["market"]
    read(folder).write()
    after = appraise(open_pole(folder), "plan", to="capacity").capacity.facilities.loc["market"]
    assert (before["verdict"], after["verdict"]) == ("not_evaluated", "not_met")
    assert after["source"] == "Référentiel 2018, 12"


def test_a_confirmed_number_that_changes_is_confirmed_anew(folder, book):
    opened, read = book("Équipements")
    page = opened["Équipements"]
    fill(page, "market", population_per_unit=100, status="confirmed", document="R", page="12")
    fill(page, "market", entered_by="A", entered_date=date(2026, 11, 1), second_person="K")
    read(folder).write()
    fill(page, "market", population_per_unit=120)
    assert codes(read(folder)) == ["SHEET-CONFIRM-AGAIN"]
    fill(page, "market", entered_date=date(2026, 11, 20))
    assert codes(read(folder)) == []


def test_a_value_of_the_pole_is_read_by_the_appraisal_and_goes_when_emptied(folder, book, tmp_path):
    opened, read = book("Valeurs")
    page = opened["Valeurs"]
    cells = {"low": "20 %", "central": 0.3, "high": "40", "status": "Hypothèse", "source": "Étude de marché"}
    fill(page, "uptake.captured_share", **cells)
    signed(opened)
    reading = read(folder)
    assert [f.code for f in reading.findings] == ["SHEET-PERCENT"]
    reading.write()
    value = open_pole(folder).values.get("uptake.captured_share")
    assert (value.low, value.central, value.high) == (0.2, 0.3, 0.4)
    fill(page, "uptake.captured_share", **dict.fromkeys(cells))
    read(folder).write()
    assert not (folder / "values.yaml").exists()


def test_rows_are_added_and_removed_where_a_sheet_is_open(folder, book):
    opened, read = book("Engagements")
    page = opened["Engagements"]
    fill(page, "", id="eau", object="Adduction", debtor="ONEE", creditor="Pôle", amount="12 500 000", status="Engagé")
    signed(opened)
    reading = read(folder)
    assert [(c.kind, c.row) for c in reading.changes] == [("added", "eau")]
    reading.write()
    assert open_pole(folder).commitments.loc["eau", "amount"] == 12_500_000
    fill(page, "", **dict.fromkeys(("id", "object", "debtor", "creditor", "amount", "status")))
    for row in page.iter_rows(min_row=6):
        for cell in row:
            cell.value = None
    assert [(c.kind, c.row) for c in read(folder).changes] == [("removed", "eau")]


def test_zone_rules_go_into_the_plan_and_make_a_new_version(folder, book):
    opened, read = book("Règles de zone")
    fill(opened["Règles de zone"], "", plan="plan", zone_code="ZA", allowed_uses="Villas; Commerces", setback_m=5)
    fill(opened["Règles de zone"], "ZA")
    signed(opened)
    before = open_pole(folder).plan("plan").digest
    reading = read(folder)
    assert [f.code for f in reading.findings] == ["SHEET-ZONES-DIGEST"]
    assert "plans/plan.gpkg" in reading.write()
    plan = open_pole(folder).plan("plan")
    assert plan.zones.loc["ZA", "allowed_uses"] == "housing_villa retail"
    assert plan.digest != before
    assert plan.table_digests["plots"] == tiny_pole().plan("plan").table_digests["plots"]


def test_densities_fill_the_lots_that_a_drawing_leaves_without(folder, tmp_path):
    plan = tiny_pole().plan("plan")
    bare = plan.with_plot("A-17", floor_area_ratio=None).with_plot("B-1", ground_coverage_ratio=None)
    write_plan(bare.with_plot("C-1", use="housing_villa", floor_area_ratio=None), folder / "plans" / "plan.gpkg")
    path = write_sheets(folder, tmp_path / "d.xlsx", lang="fr", when=TODAY, sheets=("densities",))
    opened = openpyxl.load_workbook(path)
    page = opened["Densités"]
    fill(page, "plan/housing_apartment", floor_area_ratio="2,4")  # its one lot has none
    fill(page, "plan/housing_social", storeys=6, ground_coverage_ratio="45 %")  # its one lot has 5 storeys
    fill(page, "plan/housing_villa", floor_area_ratio=0.9)  # A-16 has its own, C-1 has none
    signed(opened)
    opened.save(path)
    reading = read_sheets(folder, path, today=TODAY)
    assert codes(reading) == []
    assert {f.code for f in reading.findings} == {"SHEET-LOTS-KEPT", "SHEET-PLAN-DIGEST"}
    assert "plans/plan.gpkg" in reading.write()
    plots = open_pole(folder).plan("plan").plots
    assert plots["floor_area_ratio"][["A-17", "A-16", "C-1"]].tolist() == [2.4, 0.6, 0.9]
    assert plots.loc["B-1", ["storeys", "ground_coverage_ratio"]].tolist() == [6.0, 0.45]
    assert codes(read_sheets(folder, path, today=TODAY)) == ["SHEET-LOTS-OWN"], "villas differ now"


def test_land_keeps_its_outline_and_takes_its_standing(folder, book):
    opened, read = book("Foncier")
    fill(opened["Foncier"], "T-1", status="Promis", release_date="31 décembre 2027")
    signed(opened)
    read(folder).write()
    land = open_pole(folder).site.land
    assert (land.loc["T-1", "status"], land.loc["T-1", "release_date"]) == ("promised", "2027-12-31")
    assert land.geometry.iloc[0].equals(tiny_pole().site.land.geometry.iloc[0])


def test_days_of_the_calendar_are_kept(folder, book, tmp_path):
    opened, read = book("Calendrier")
    fill(opened["Calendrier"], "", day_id="fete", kind="Jour férié", start_date="30/07/2027", name="Fête du Trône")
    signed(opened)
    assert "calendar.toml" in read(folder).write()
    again = read_sheets(folder, write_sheets(folder, tmp_path / "a.xlsx", lang="ar", when=TODAY), today=TODAY)
    assert again.changes == ()


def test_a_failed_move_leaves_every_file_as_it_was(folder, book, monkeypatch):
    opened, read = book("Objectifs")
    fill(opened["Objectifs"], "capacity.dwellings", high=180)
    signed(opened)
    reading = read(folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if self.name == "entries.csv" and "new" in self.parts:
            raise OSError("disk full")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        reading.write()
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before
    assert list(folder.parent.glob(".qutb-*")) == []


def test_every_tab_heading_and_choice_has_words_in_each_language(written):
    from qutb.pole.sheets import PROGRAMME, choice_label
    from qutb.pole.sheets.current import state_of
    from qutb.pole.takeover import FORMS
    from qutb.text import all_labels

    sheets = (*state_of(written).sheets, PROGRAMME, *(form.sheet for form in FORMS))
    wanted = {f"sheet.tab.{s.name}" for s in sheets}
    wanted |= {f"sheet.column.{c.name}" for s in sheets for c in s.table if not c.name.startswith("age_")}
    assert wanted - set(all_labels()) == set()
    assert [c for s in sheets for f in s.table for c in f.choices if choice_label(c, "ar") == c] == []
