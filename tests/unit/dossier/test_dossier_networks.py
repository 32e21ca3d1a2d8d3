"""Networks on paper: pages in three languages, long profiles, what a utility gets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import ezdxf
import geopandas as gpd
import openpyxl
import pytest
from shapely import Point

from fixtures.tiny import CRS, ORIGIN, tiny_pole
from qutb.appraisal import Cache, appraise
from qutb.compare import NOT_MEASURED, compare
from qutb.core import UsageError
from qutb.dossier import Edition, Figure, TableBlock, render_html, write_utilities
from qutb.dossier.build import build_content
from qutb.dossier.pages.networks import network_pages, networks_shown
from qutb.draw import Profile, profile_svg
from qutb.networks.water.epanet import Judge

RUN_DATE = date(2026, 11, 24)
EVERY = ("water", "sewer", "storm", "power", "fibre", "streets")


def _at(x_m, y_m):
    return Point(ORIGIN[0] + x_m, ORIGIN[1] + y_m)


def _pole(levels: bool):
    pole = tiny_pole()
    kinds = ["water", "sewer", "power", "fibre", "road"]
    tie_ins = gpd.GeoDataFrame(
        {
            "tie_in_id": [f"T-{k}" for k in kinds],
            "kind": kinds,
            "capacity": [50.0, 400.0, 5.0, None, None],
            "capacity_unit": ["m3/day", "m3/day", "MVA", None, None],
            "available_date": None,
            "owner": "utility",
            "letter": None,
            "geometry": [_at(0, 70)] * 5,
        },
        crs=CRS,
    ).set_index("tie_in_id")
    spots = {_at(x, y): 6.0 + x / 100.0 for x in (-500, 400) for y in (-200, 300)} if levels else {}
    heights = gpd.GeoDataFrame(
        {"point_id": [str(n) for n in range(len(spots))], "level_m": list(spots.values())},
        geometry=list(spots),
        crs=CRS,
    ).set_index("point_id")
    return replace(pole, site=replace(pole.site, tie_ins=tie_ins, spot_heights=heights))


@pytest.fixture(scope="module")
def cache():
    return Cache()


@pytest.fixture(scope="module")
def surveyed(cache):
    return appraise(_pole(levels=True), "plan", effort="draft", also=("networks",), cache=cache)


@pytest.fixture(scope="module")
def flat(cache):
    return appraise(_pole(levels=False), "plan", effort="draft", also=("networks",), cache=cache)


def edition_of(appraisal, lang="en"):
    return Edition(lang=lang, appraisals={"plan": appraisal}, comparison=compare([appraisal]), run_date=RUN_DATE)


def words_of(page):
    parts = []
    for block in page.blocks:
        if isinstance(block, TableBlock):
            parts += [c.text + c.badge for row in block.rows for c in row]
        parts.append(getattr(block, "text", ""))
    return " ".join(parts)


def test_the_first_page_tells_which_source_runs_short(surveyed):
    page = network_pages(edition_of(surveyed), "plan")[0]
    assert "runs short" in words_of(page)
    assert "50\u00a0m³/day" in words_of(page)


def test_every_network_has_its_page_with_map_and_bill(surveyed):
    edition = edition_of(surveyed)
    assert networks_shown(edition, "plan") == EVERY
    for page in network_pages(edition, "plan")[1:]:
        assert any(isinstance(b, Figure) for b in page.blocks)
        bill = next(b for b in page.blocks if isinstance(b, TableBlock))
        assert len(bill.rows) > 1


def test_long_profiles_stand_where_levels_are_known_and_only_there(surveyed, flat):
    sewer = {a: network_pages(edition_of(a), "plan")[2] for a in (surveyed, flat)}
    assert sum(isinstance(b, Figure) for b in sewer[surveyed].blocks) >= 2
    assert sum(isinstance(b, Figure) for b in sewer[flat].blocks) == 1
    assert "levels of the ground are not known" in words_of(sewer[flat])


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_the_pages_speak_each_language(surveyed, lang):
    html = render_html(build_content(edition_of(surveyed, lang)))
    for name in EVERY:
        assert f'id="networks-{name}-plan"' in html
    assert "dossier.net" not in html
    assert "net.item" not in html


def test_networks_are_compared_only_where_they_ran(surveyed, cache):
    without = appraise(_pole(levels=True), "plan", effort="draft", cache=cache)
    assert not any(r.measure.group == "networks" for r in compare([without]).rows)
    rows = [r for r in compare([surveyed]).rows if r.measure.group == "networks"]
    assert all(r.cells[0].value is not None for r in rows)
    assert "networks" in NOT_MEASURED
    assert "networks" not in compare([surveyed]).not_measured


def test_a_profile_draws_the_ground_and_the_pipe_below_it():
    profile = Profile(
        station_m=[0.0, 50.0, 100.0],
        ground_m=[5.0, 5.2, 4.8],
        arriving_invert_m=[float("nan"), 3.5, 3.2],
        invert_m=[3.8, 3.5, float("nan")],
        diameter_m=[0.2, 0.2, float("nan")],
    )
    for lang in ("en", "ar"):
        svg = profile_svg(profile, lang=lang, title="Profile 1", words=("Ground", "Pipe"))
        assert svg.count("<path") >= 3 + 4
        assert "NaN" not in svg


# the bundle ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundle(surveyed, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "utilities"
    return write_utilities(surveyed, out, run_date=RUN_DATE, languages=("fr",), networks=("water", "sewer"))


def test_a_bundle_holds_note_tables_drawing_and_solver_file(bundle):
    expected = {"note.pdf.fr", "note.docx.fr", "tables.fr", "drawing.fr"}
    assert set(bundle) == {
        *(f"{n}.{part}" for n in ("water", "sewer") for part in expected),
        "water.water.inp",
        "sewer.sewer.inp",
        "json",
    }
    assert all(path.stat().st_size > 500 for path in bundle.values())
    assert bundle["water.note.pdf.fr"].read_bytes().startswith(b"%PDF")


def test_the_epanet_file_of_the_bundle_runs(bundle, surveyed):
    with Judge(bundle["water.water.inp"]) as judge:
        state = judge.run()
    assert float(state.pressure_m[~judge.network.fixed].min()) == pytest.approx(
        surveyed.networks.pole["water_pressure_least_m"].iloc[0], abs=0.02
    )


def test_the_drawing_is_cut_by_phase_and_its_lines_carry_their_ids(bundle, surveyed):
    drawing = ezdxf.readfile(bundle["water.drawing.fr"])
    assert not drawing.audit().errors
    lines = [e for e in drawing.modelspace() if e.dxf.layer.startswith("QUTB_WATER_P")]
    assert sum(e.dxftype() == "LWPOLYLINE" for e in lines) == len(surveyed.networks.water_mains)
    connections = [e for e in drawing.modelspace() if "CONNECTIONS" in e.dxf.layer]
    assert len(connections) == len(surveyed.networks.connections)


def test_the_tables_hold_bill_lines_places_and_connections_with_demand(bundle, surveyed):
    book = openpyxl.load_workbook(bundle["water.tables.fr"])
    assert len(book.sheetnames) == 5
    assert book.worksheets[-1].max_row >= 9  # a row a plot


def test_the_record_names_plan_and_terms(bundle, surveyed):
    record = json.loads(bundle["json"].read_text("utf-8"))
    assert record["digest"] == surveyed.digest


def test_a_plan_without_networks_is_refused(cache, tmp_path):
    without = appraise(_pole(levels=True), "plan", effort="draft", cache=cache)
    with pytest.raises(UsageError) as refused:
        write_utilities(without, tmp_path / "u", run_date=RUN_DATE)
    assert refused.value.code == "DOSSIER-NO-NETWORKS"


@pytest.mark.parametrize(("asked", "code"), [({"networks": ("gas",)}, "NETWORK"), ({"languages": ("de",)}, "LANGUAGE")])
def test_an_unknown_network_or_language_is_refused(surveyed, tmp_path, asked, code):
    with pytest.raises(UsageError) as refused:
        write_utilities(surveyed, tmp_path / "u", run_date=RUN_DATE, **asked)
    assert refused.value.code == f"DOSSIER-{code}"
    assert not (tmp_path / "u").exists()
