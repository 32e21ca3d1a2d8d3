"""A table of uses and areas is appraised without a drawing, and says what it cannot see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fixtures.tiny import tiny_pole, tiny_site
from qutb.appraisal import appraise
from qutb.core import InputError
from qutb.files import read_plan, write_plan
from qutb.pack import load_pack
from qutb.pole.sheets import read_programme
from qutb.pole.sheets.schematic import cut_by_areas, square
from qutb.text import LANGUAGES, hint, message

VALUES = load_pack("ma").at(date(2026, 11, 1))
TABLE = """Tableau des surfaces;;;;;;;
;;;;;;;
Affectation;Nombre de lots;Superficie (ha);COS;Niveaux;Logements;Places;Tranche
Périmètre;;100;;;;;
Villas;300;12,00;0,6;R+1;;;T1
Immeubles;;20;1,8;R+4;2 000;;T2
École primaire;2;1,2;;;;960;T1
Espaces verts;;10,00;;;;;T1
Commerce;;2,8;1,0;;;;T10
Voirie;;54;;;;;
TOTAL;;100,00;;;;;
"""


def table(tmp_path: Path, words: str = TABLE, encoding: str = "utf-8") -> Path:
    path = tmp_path / "programme.csv"
    path.write_text(words, encoding)
    return path


def codes(findings) -> list[str]:
    for finding in findings:
        for lang in LANGUAGES:
            assert "{" not in message(finding, lang) + hint(finding, lang), finding
    return sorted({f.code for f in findings if f.severity != "note"})


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    return read_programme(table(tmp_path_factory.mktemp("programme")), values=VALUES)


@pytest.fixture(scope="module")
def appraisal(programme):
    plan, site, _ = programme
    return appraise(replace(tiny_pole(), site=site, crs=site.crs, plans={plan.name: lambda: plan}), plan)


def test_each_row_keeps_its_area_and_each_lot_its_share(programme):
    plan, _, findings = programme
    area = plan.plots.area.groupby(plan.plots["use"]).sum() / 10_000
    assert area.round(3).to_dict() == {
        "facility": 1.2,
        "green": 10.0,
        "housing_apartment": 20.0,
        "housing_villa": 12.0,
        "retail": 2.8,
    }
    villas = plan.plots[plan.plots["use"] == "housing_villa"]
    assert (len(villas), set(villas["detail"]), set(villas["storeys"])) == (300, {"lot"}, {2.0})  # R+1: 2 levels
    assert villas.area.between(399.5, 400.5).all()  # by hand: 12 ha / 300
    assert codes(findings) == []


def test_the_land_balance_adds_up_to_the_site(appraisal):
    balance = appraisal.validity.balance
    assert balance["area_m2"].sum() == pytest.approx(1_000_000, abs=0.01)
    assert balance.loc["right_of_way", "area_m2"] == pytest.approx(540_000, abs=20)
    assert balance.loc["unassigned", "area_m2"] == 0


def test_capacity_is_that_of_the_table(appraisal):
    pole = appraisal.capacity.pole.loc["pole"]
    assert pole["dwellings"] == 2_000 + 300  # given, and one for each villa lot by the pack's rule
    assert pole["floor_area_m2"] == pytest.approx(120_000 * 0.6 + 200_000 * 1.8 + 28_000 * 1.0, rel=1e-4)
    assert appraisal.capacity.facilities.loc["primary_school", "places_planned"] == 960


def test_cost_is_the_gross_area_at_the_price_of_known_operations(appraisal):
    pole = appraisal.cost.pole.loc["pole"]
    assert pole["onsite_cost_amount"] == pytest.approx(1_000_000 * 340, rel=1e-5)
    assert pole["onsite_cost_amount_low"] == pytest.approx(1_000_000 * 257, rel=1e-5)
    assert appraisal.cost.phases["onsite_cost_amount"].sum() == pytest.approx(1_000_000 * 340, rel=1e-5)
    (check,) = appraisal.cost.checks
    assert check.verdict == "not_evaluated"  # it would be compared with itself
    assert "COST-BY-GROSS-AREA" in {f.code for f in appraisal.cost.findings}
    assert appraisal.cost.status == "partial"


def test_years_to_fill_follow_from_the_dwellings(appraisal):
    uptake = appraisal.uptake.pole.loc["pole"]
    assert uptake["years_to_fill"] == pytest.approx(2_300 / (0.5 * 1_993.2), rel=1e-6)  # half of Dakhla's growth


def test_what_is_not_drawn_is_not_measured(appraisal):
    form = appraisal.form.pole.loc["pole"]
    hidden = [
        "block_area_median_m2",
        "plot_aspect_ratio_median",
        "residents_near_green_share",
        "street_density_m_per_m2",
    ]
    assert form[hidden].isna().all()
    assert form["housing_land_share"] == pytest.approx(0.32, abs=1e-4)  # by hand: 32 of 100 ha
    assert "FORM-UNSEEN-SCHEMATIC" in appraisal.form.not_seen
    assert "PLAN-UNSEEN-SCHEMATIC" in appraisal.validity.not_seen
    assert not [f for f in appraisal.findings if f.code.startswith("PLAN-") and f.severity == "blocking"]
    assert "PLAN-SCHEMATIC" in {f.code for f in appraisal.findings}


def test_phases_are_in_their_natural_order(programme):
    assert list(programme[0].phases.index) == ["T1", "T2", "T10"]


def test_on_the_poles_own_site_a_programme_stands_on_equal_terms_with_a_drawn_plan(tmp_path):
    words = "Usage;Superficie (ha);COS;Logements\nImmeubles;1,5;2;200\nEspaces verts;0,5;;\n"
    plan, site, findings = read_programme(table(tmp_path, words), site=tiny_site())
    pole = tiny_pole()
    one, other = appraise(pole, "plan"), appraise(pole, plan)
    assert site.digest == pole.site.digest
    assert dict(one.terms) == dict(other.terms)
    assert codes(findings) == []
    assert shapely.covers(shapely.buffer(site.boundary, 0.01), plan.plots.geometry).all()
    assert other.validity.balance.loc["right_of_way", "area_m2"] == pytest.approx(30_800 - 20_000, abs=1)


def test_a_programme_written_as_a_plan_still_says_that_it_is_not_drawn(programme, tmp_path):
    plan = programme[0]
    write_plan(plan, tmp_path / "plan.gpkg")
    again, _ = read_plan(tmp_path / "plan.gpkg", crs="local")
    assert again.schematic
    assert again.digest == plan.digest
    assert not tiny_pole().plan("plan").schematic


def test_a_workbook_with_square_metres_and_other_headings_is_read_the_same(tmp_path, programme):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Feuil1"
    page.append(["Programme du lot 3"])
    page.append(["Désignation", "Lots", "Surface (m²)", "C.O.S", "Gabarit", "Nb logements", "Élèves", "Phase"])
    for row in (
        ["Périmètre", None, 1_000_000],
        ["Villas", 300, 120_000, 0.6, "R+1", None, None, "T1"],
        ["Habitat collectif", None, "200 000", 1.8, "R+4", 2000, None, "T2"],
        ["École primaire", 2, 12_000, None, None, None, 960, "T1"],
        ["Espace vert", None, 100_000, None, None, None, None, "T1"],
        ["Commerces", None, 28_000, 1, None, None, None, "T10"],
    ):
        page.append(row)
    book.save(tmp_path / "p.xlsx")
    plan, site, findings = read_programme(tmp_path / "p.xlsx", values=VALUES)
    assert codes(findings) == []
    assert plan.table_digests["plots"] == programme[0].table_digests["plots"]
    assert site.digest == programme[1].digest


def test_a_total_that_does_not_add_up_is_told(tmp_path):
    words = TABLE.replace("TOTAL;;100,00", "TOTAL;;98,00")
    assert codes(read_programme(table(tmp_path, words), values=VALUES)[2]) == ["PROGRAMME-TOTAL"]


def test_land_that_no_row_uses_is_told_in_hectares(tmp_path):
    words = TABLE.replace("Voirie;;54", "Voirie;;50").replace("TOTAL;;100,00", "TOTAL;;96,00")
    _, _, findings = read_programme(table(tmp_path, words), values=VALUES)
    (rest,) = [f for f in findings if f.code == "PROGRAMME-REST"]
    assert rest.params["value"] == pytest.approx(40_000)


def test_rows_larger_than_the_site_block(tmp_path):
    words = TABLE.replace("Périmètre;;100", "Périmètre;;40")
    plan, _, findings = read_programme(table(tmp_path, words), values=VALUES)
    assert "PROGRAMME-TOO-LARGE" in codes(findings)
    assert "PROGRAMME-TOO-LARGE" in {f.code for f in plan.remarks}
    assert plan.plots.area.sum() == pytest.approx(460_000, abs=5)  # all rows are still there


def test_a_row_left_out_is_named_by_its_cell(tmp_path):
    words = TABLE.replace("Immeubles;;20", "Imeuble R;;20").replace("Commerce;;2,8", "Commerce;;beaucoup")
    plan, _, findings = read_programme(table(tmp_path, words), values=VALUES)
    assert [(f.code, f.where) for f in findings if f.severity == "blocking"] == [
        ("PROGRAMME-USE", ("cell:programme!A6",)),
        ("SHEET-NUMBER", ("cell:programme!C9",)),
    ]
    assert set(plan.plots["use"]) == {"facility", "green", "housing_villa"}


def test_floor_area_gives_the_ratio_and_a_ratio_that_disagrees_is_told(tmp_path):
    words = "Usage;Superficie (ha);Surface de plancher (m²);COS\nBureaux;1;15 000;2\nCommerces;;8 000;0,8\n"
    plan, _, findings = read_programme(table(tmp_path, words))
    assert codes(findings) == ["PROGRAMME-NO-SITE", "PROGRAMME-RATIO"]
    assert plan.plots.set_index("use")["floor_area_ratio"].to_dict() == {"office": 1.5, "retail": 0.8}
    assert plan.plots.area.round(0).tolist() == [10_000, 10_000]


def test_an_arabic_table_in_cp1256_is_read(tmp_path):
    words = "الاستعمال;عدد البقع;المساحة;المساكن\nفيلات;10;0,4;10\nعمارات سكنية;;2;300\nالموقع;;4;\n"
    plan, _, findings = read_programme(table(tmp_path, words, "cp1256"))
    assert codes(findings) == []
    assert plan.plots.groupby("use").size().to_dict() == {"housing_apartment": 1, "housing_villa": 10}


def test_a_file_without_such_a_table_is_refused(tmp_path):
    with pytest.raises(InputError) as refused:
        read_programme(table(tmp_path, "a;b;c\n1;2;3\n"))
    assert refused.value.code == "PROGRAMME-NO-TABLE"


@given(st.lists(st.floats(0.01, 50.0), min_size=1, max_size=60))
def test_any_ground_is_cut_into_the_areas_asked(hectares):
    areas = [h * 10_000 for h in hectares]
    ground = shapely.difference(square(sum(areas) * 2.5), shapely.box(0, 0, *[np.sqrt(sum(areas)) * 0.6] * 2))
    pieces = cut_by_areas(ground, areas)
    assert shapely.area(pieces) == pytest.approx(areas, rel=1e-3, abs=2.0)
    assert shapely.area(shapely.union_all(pieces)) == pytest.approx(sum(areas), rel=1e-4, abs=2.0)
    assert shapely.covers(shapely.buffer(ground, 0.01), np.array(pieces, dtype=object)).all()
