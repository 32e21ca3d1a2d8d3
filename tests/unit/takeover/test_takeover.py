"""A pole under way is entered as transcribed acts: each wrong row is located, nothing is half-written."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from fixtures.tiny import tiny_pole
from qutb.core import FormatError, InputError, short_code
from qutb.pole import open_pole, write_pole
from qutb.pole.takeover import read_takeover, transcribed_acts, write_template
from qutb.text import LANGUAGES, hint, message

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return write_pole(tiny_pole(), tmp_path_factory.mktemp("takeover") / "pole")


@pytest.fixture(scope="module")
def template(written, tmp_path_factory) -> Path:
    return write_template(written, tmp_path_factory.mktemp("forms") / "t.xlsx", lang="fr", when=TODAY)


@pytest.fixture
def folder(written, tmp_path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "pole"))


class Book:
    """The template open to fill, with one scan beside it."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.path = folder.parent / "reprise.xlsx"
        self.folder = folder
        self.opened = openpyxl.load_workbook(template)
        (folder.parent / "scans").mkdir()
        (folder.parent / "scans" / "acte.pdf").write_bytes(b"%PDF scan")
        self.set("Saisie", "entered_by", value="Amina Benali")
        self.set("Saisie", "entered_date", value=TODAY)

    def set(self, tab: str, row: str, /, **cells) -> None:
        page = self.opened[tab]
        columns = {c.value: c.column for c in page[1]}
        at = next(r for r in range(1, page.max_row + 1) if page.cell(r, 1).value == row)
        for name, value in cells.items():
            page.cell(at, columns[name]).value = value

    def add(self, tab: str, /, **cells) -> int:
        page = self.opened[tab]
        columns = {c.value: c.column for c in page[1]}
        at = 6
        while any(page.cell(at, c).value is not None for c in columns.values()):
            at += 1
        common = {"signatory": "Le Directeur", "scan_file": "scans\\acte.pdf", "second_person": "Karim Alaoui"}
        for name, value in {**common, **cells}.items():
            page.cell(at, columns[name]).value = value
        return at

    def read(self):
        self.opened.save(self.path)
        return read_takeover(self.folder, self.path, today=TODAY)

    def codes(self) -> list[str]:
        findings = self.read().findings
        for finding in findings:
            for lang in LANGUAGES:
                assert "{" not in message(finding, lang) + hint(finding, lang), finding
        return [f.code for f in findings]


@pytest.fixture
def book(template, folder) -> Book:
    return Book(template, folder)


@pytest.fixture
def under_way(book) -> Book:
    """An agreement, an approved plan, works begun and accepted, one lot sold and occupied, one commitment."""
    book.add("Conventions", reference="C-2015", kind="Convention", holder="État; Al Omrane", date_of_act="12/03/2015")
    book.add("Plan en vigueur", plan_file="plan", date_of_act=date(2016, 5, 2))
    book.add("Travaux", work_package="P1-water-onsite", event="Commencé", date_of_act="01/06/2016")
    book.add("Travaux", work_package="P1-water-onsite", event="Réception provisoire", date_of_act="30/11/2017")
    book.add(
        "Lots en cours", plot_id="A-17", event="Vendu", holder="SARL X", amount="1 200 000", date_of_act="4/2/2018"
    )
    book.add("Lots en cours", plot_id="A-17", event="Occupé", date_of_act="15 septembre 2020")
    book.add(
        "Engagements",
        id="eau",
        object="Adduction",
        debtor="ONEE",
        creditor="Pôle",
        amount=5_000_000,
        status="Engagé",
        date_of_act="12/03/2015",
    )
    return book


def test_the_acts_are_kept_with_days_people_scan_and_digest(under_way):
    taken = under_way.read()
    assert [f.code for f in taken.findings] == []
    assert transcribed_acts(under_way.folder) == ()
    assert taken.write() == ("commitments.csv", "transcribed.csv")
    acts = {a["act_id"]: a for a in transcribed_acts(under_way.folder)}
    assert len(acts) == 7
    sold = acts["lot_sold:A-17@2018-02-04"]
    assert (sold["amount"], sold["holder"], sold["signatory"]) == ("1200000", "SARL X", "Le Directeur")
    assert (sold["date_of_act"], sold["date_of_entry"]) == ("2018-02-04", "2026-11-23")
    assert (sold["entered_by"], sold["second_person"]) == ("Amina Benali", "Karim Alaoui")
    assert (sold["scan_file"], sold["scan_digest"]) == (
        "scans/acte.pdf",
        "sha256:" + hashlib.sha256(b"%PDF scan").hexdigest(),
    )
    plan = acts["plan_in_force:plan@2016-05-02"]
    assert plan["plan_digest"] == open_pole(under_way.folder).plan("plan").digest
    assert open_pole(under_way.folder).commitments.loc["eau", "amount"] == 5_000_000


def test_every_act_is_marked_transcribed_and_none_can_claim_more(under_way):
    under_way.read().write()
    assert {a["standing"] for a in transcribed_acts(under_way.folder)} == {"transcribed"}
    path = under_way.folder / "transcribed.csv"
    path.write_text(path.read_text("utf-8").replace(",transcribed,", ",regular,", 1), "utf-8")
    with pytest.raises(FormatError) as refused:
        transcribed_acts(under_way.folder)
    assert (refused.value.code, refused.value.where) == ("TAKEOVER-STANDING", "transcribed.csv:2")


def test_reading_the_same_file_again_adds_nothing(under_way):
    under_way.read().write()
    again = under_way.read()
    assert (len(again.acts), again.new_acts, again.findings, again.write()) == (7, (), (), ())


def test_an_act_once_transcribed_is_not_rewritten(under_way):
    under_way.read().write()
    page = under_way.opened["Lots en cours"]
    amount = next(c.column for c in page[1] if c.value == "amount")
    page.cell(6, amount).value = 900_000
    assert under_way.codes() == ["TAKEOVER-ALREADY"]


def wrong(book: Book, code: str, cell: str) -> None:
    """The finding stands at that cell, blocks, and nothing is written."""
    taken = book.read()
    found = next(f for f in taken.findings if f.code == code)
    assert (found.severity, found.where) == ("blocking", (f"cell:{cell}",))
    assert all("{" not in message(found, lang) + hint(found, lang) for lang in LANGUAGES)
    with pytest.raises(InputError):
        taken.write()
    assert not (book.folder / "transcribed.csv").exists()


def test_a_scan_that_is_not_there_is_refused(under_way):
    under_way.add(
        "Conventions", reference="C-2", kind="Avenant", holder="X", date_of_act="1/1/2017", scan_file="no.pdf"
    )
    wrong(under_way, "TAKEOVER-NO-SCAN", "Conventions!H7")


def test_a_scan_with_another_digest_is_refused(under_way):
    under_way.add(
        "Conventions", reference="C-2", kind="Avenant", holder="X", date_of_act="1/1/2017", scan_digest="sha256:00"
    )
    wrong(under_way, "TAKEOVER-SCAN-DIGEST", "Conventions!I7")


def test_a_scan_outside_the_folders_is_not_read(under_way):
    (under_way.folder.parent.parent / "elsewhere.pdf").write_bytes(b"x")
    cells = {"reference": "C-2", "kind": "Avenant", "holder": "X", "date_of_act": "1/1/2017"}
    under_way.add("Conventions", **cells, scan_file="../elsewhere.pdf")
    wrong(under_way, "TAKEOVER-NO-SCAN", "Conventions!H7")


def test_a_lot_the_plan_does_not_have_is_refused_with_those_near(under_way):
    under_way.add("Lots en cours", plot_id="A-71", event="Vendu", date_of_act="4/2/2018")
    wrong(under_way, "TAKEOVER-LOT", "Lots en cours!B8")
    assert "A-17" in message(under_way.read().findings[0], "fr") + hint(under_way.read().findings[0], "fr")


def test_the_digest_of_the_plan_is_known(under_way):
    page = under_way.opened["Plan en vigueur"]
    page.cell(6, 3).value = short_code(open_pole(under_way.folder).plan("plan").digest)
    assert under_way.codes() == []
    page.cell(6, 3).value = "AAAA-BBBB"
    wrong(under_way, "TAKEOVER-PLAN-DIGEST", "Plan en vigueur!C6")


def test_a_plan_the_pole_does_not_have_is_refused(under_way):
    under_way.opened["Plan en vigueur"].cell(6, 2).value = "plan-2014.gpkg"
    wrong(under_way, "TAKEOVER-PLAN", "Plan en vigueur!B6")


def test_acceptance_before_the_start_is_refused(under_way):
    under_way.add("Travaux", work_package="P1-roads", event="Commencé", date_of_act="1/6/2018")
    under_way.add("Travaux", work_package="P1-roads", event="Réception provisoire", date_of_act="1/5/2018")
    wrong(under_way, "TAKEOVER-ORDER", "Travaux!G9")


def test_an_act_entered_before_it_was_done_is_refused(under_way):
    under_way.add("Lots en cours", plot_id="C-1", event="Construit", date_of_act="1/1/2027")
    wrong(under_way, "TAKEOVER-ENTRY-BEFORE-ACT", "Lots en cours!G8")


def test_the_second_person_is_another(under_way):
    under_way.add("Lots en cours", plot_id="C-1", event="Vendu", date_of_act="1/1/2019", second_person="Benali AMINA")
    wrong(under_way, "SHEET-SAME-PERSON", "Lots en cours!M8")


def test_an_act_without_signatory_is_refused(under_way):
    under_way.add("Lots en cours", plot_id="C-1", event="Vendu", date_of_act="1/1/2019", signatory=None)
    wrong(under_way, "SHEET-MISSING", "Lots en cours!H8")


def test_totals_that_do_not_agree_are_refused(under_way):
    under_way.set("Totaux", "lots_sold", value=1)
    under_way.set("Totaux", "commitments_amount", value="5 000 000,00")
    assert under_way.codes() == []
    under_way.set("Totaux", "lots_sold", value=312)
    wrong(under_way, "TAKEOVER-SUM", "Totaux!D8")


def test_works_before_the_plan_are_recorded_and_told(under_way):
    under_way.add("Travaux", work_package="P0-roads", event="Commencé", date_of_act="1/9/2015")
    taken = under_way.read()
    (told,) = taken.findings
    assert (told.code, told.severity) == ("TAKEOVER-BEFORE-PLAN", "warning")
    assert taken.write()


def test_a_commitment_the_pole_has_with_another_amount_is_refused(under_way):
    under_way.read().write()
    (under_way.folder / "transcribed.csv").unlink()
    page = under_way.opened["Engagements"]
    amount = next(c.column for c in page[1] if c.value == "amount")
    page.cell(6, amount).value = 7_000_000
    wrong(under_way, "TAKEOVER-COMMITMENT", f"Engagements!{page.cell(6, amount).column_letter}6")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_empty_form_in_any_language_holds_no_act(folder, tmp_path, lang):
    path = write_template(folder, tmp_path / "form.xlsx", lang=lang, when=TODAY)
    taken = read_takeover(folder, path, today=TODAY)
    assert (taken.acts, taken.findings) == ((), ())
