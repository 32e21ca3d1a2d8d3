"""The page for approval: what it says in three languages, and that it fits one sheet."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest

import qutb
from qutb.dossier import write_statement

POLE = Path(__file__).parents[3] / "examples" / "pole_tiny"


@cache
def appraised():
    return qutb.appraise(qutb.open_pole(POLE), "plan", effort="draft")


@pytest.fixture(scope="module")
def statement(tmp_path_factory):
    return write_statement(appraised(), tmp_path_factory.mktemp("s") / "out", run_date=date(2026, 11, 24))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("Take-up statement", "remote new towns", "Owner of the follow-up", "demands no waiver")),
        (
            "fr",
            ("Déclaration de remplissage", "villes nouvelles isolées", "Responsable du suivi", "n&#x27;exige aucune"),
        ),
        ("ar", ("بيان الامتلاء", "مدينة جديدة نائية", "المسؤول عن التتبع", "لا يفرض أي استثناء")),
    ],
)
def test_the_statement_names_its_class_and_asks_for_answers(statement, lang, said):
    page = statement[f"html.{lang}"].read_text("utf-8")
    for words in said:
        assert words in page, words
    assert appraised().code in page


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
def test_it_is_one_sheet(statement, lang):
    assert statement[f"pdf.{lang}"].read_bytes().count(b"/Type /Page\n") <= 1


def test_it_is_kept_as_data_with_the_digests(statement):
    data = json.loads(statement["json"].read_text("utf-8"))
    assert (data["digest"], data["plan_digest"]) == (appraised().digest, appraised().plan.digest)
    assert data["pole"]["risk_year"] == 10
