"""A pole folder opens as it was written; what is wrong in it is named by file and key."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from fixtures.tiny import CRS, tiny_plan, tiny_pole
from qutb.core import CrsError, FormatError, InputError, QutbError, UsageError
from qutb.files import write_layers
from qutb.pole import Brief, Criterion, Pole, Target, new_pole, open_pole, write_pole
from qutb.text import LANGUAGES, error_text

EXAMPLE = Path(__file__).parents[3] / "examples" / "pole_tiny"


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return write_pole(tiny_pole(), tmp_path_factory.mktemp("poles") / "قطب صغير")


@pytest.fixture
def folder(written, tmp_path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(written, tmp_path / "pole"))


def same(one: Pole, other: Pole) -> None:
    for part in ("name", "crs", "start_date", "pack", "pack_date", "partners"):
        assert getattr(one, part) == getattr(other, part), part
    assert one.site.digest == other.site.digest
    assert one.brief == other.brief
    assert one.actors_digest == other.actors_digest
    assert one.commitments_digest == other.commitments_digest
    assert list(one.plans) == list(other.plans)
    for name in one.plans:
        mine, its = one.plan(name), other.plan(name)
        assert (mine.digest, mine.title, mine.refines) == (its.digest, its.title, its.refines)
        assert mine.shapes.digest == its.shapes.digest


def refused(folder: Path, kind: type[QutbError], code: str) -> QutbError:
    with pytest.raises(kind) as caught:
        open_pole(folder)
    assert (caught.value.code, caught.value.exit_code) == (code, 3)
    for lang in LANGUAGES:
        assert not re.search(r"\{[a-z_]+\}", error_text(caught.value, lang))
    return caught.value


def test_what_is_written_is_opened_again(written):
    same(tiny_pole(), open_pole(written))


def test_writing_twice_gives_equal_bytes(written, tmp_path):
    again = write_pole(open_pole(written), tmp_path / "again")
    files = sorted(f.relative_to(written) for f in written.rglob("*") if f.is_file())
    assert files == sorted(f.relative_to(again) for f in again.rglob("*") if f.is_file())
    assert [f for f in files if (written / f).read_bytes() != (again / f).read_bytes()] == []


def test_the_shipped_example_is_the_fixture():
    same(tiny_pole(), open_pole(EXAMPLE))


def test_nothing_is_said_about_the_example():
    pole = open_pole(EXAMPLE)
    assert (pole.remarks, pole.plan("plan").remarks) == ((), ())


def test_plans_are_read_when_asked_for(folder):
    (folder / "plans" / "broken.gpkg").write_bytes(b"not a plan")
    pole = open_pole(folder)
    assert list(pole.plans) == ["broken", "plan"]
    assert len(pole.plan("plan").plots) == 9
    with pytest.raises(FormatError, match=r"broken\.gpkg"):
        pole.plan("broken")
    with pytest.raises(UsageError, match="broken, plan"):
        pole.plan("other")


def test_a_full_brief_and_rows_come_back(tmp_path):
    pole = tiny_pole()
    brief = Brief(
        title={"ar": 'برنامج "أول"', "fr": "Programme d'été\nsuite"},
        town="12.391.01.01",
        targets=(
            Target(measure="capacity.dwellings", low=1.5, source='letter "7"'),
            Target(measure="form.far", high=2),
        ),
        facilities={"primary_school": 2, "حي": 1},
        criteria=(Criterion(measure="cost.cost_amount", better="less", weight=0.25),),
        weights_adopted=True,
        notes={"en": "Back\\slash, tab\t."},
    )
    actors = pd.DataFrame(
        {
            "actor_id": ["port", "uni"],
            "name": ["Port, Atlantique", "جامعة"],
            "kind": ["port", "university"],
            "date": ["2028-06-01", None],
            "firmness": ["committed", "announced"],
            "jobs": [1200.0, np.nan],
        }
    ).set_index("actor_id")
    commitments = pd.DataFrame(
        {
            "id": ["C-1"],
            "object": ["water main"],
            "debtor": ["utility"],
            "creditor": ["developer"],
            "amount": [1.25e8],
            "promised_date": ["2028-01-01"],
            "status": ["voted"],
        }
    ).set_index("id")
    changed = Pole(**{**vars_of(pole), "brief": brief, "actors": actors, "commitments": commitments})
    back = open_pole(write_pole(changed, tmp_path / "full"))
    assert back.brief == brief
    assert back.remarks == ()
    assert back.actors.loc["port", "jobs"] == 1200.0
    assert pd.isna(back.actors.loc["uni", "jobs"])
    assert back.actors.loc["uni", "name"] == "جامعة"
    assert back.commitments.loc["C-1", "promised_date"] == "2028-01-01"
    same(back, open_pole(write_pole(back, tmp_path / "again")))


def vars_of(pole: Pole) -> dict[str, object]:
    return {name: getattr(pole, name) for name in Pole.__dataclass_fields__ if not name.startswith("_")}


def test_own_values_and_prices_stand_over_the_pack(folder):
    (folder / "values.yaml").write_text(
        "capacity.household_size:\n"
        "  description: People in an occupied dwelling\n"
        "  unit: people/dwelling\n"
        "  kind: behaviour\n"
        "  values:\n"
        "    2024-09-01: {value: 2.5, status: confirmed, source: survey of the pole}\n",
        "utf-8",
    )
    (folder / "prices.csv").write_text("price_key,unit,central\nown.item,m2,12\n", "utf-8")
    pole = open_pole(folder)
    assert pole.values.number("capacity.household_size") == 2.5
    assert pole.values.get("capacity.household_size").reference == "pole:capacity.household_size@2024-09-01"
    assert [r["central"] for r in pole.values.catalogue("prices") if r["price_key"] == "own.item"] == ["12"]
    copy = write_pole(pole, folder.with_name("copy"))
    assert open_pole(copy).values.number("capacity.household_size") == 2.5


def test_a_folder_that_is_none_is_refused(tmp_path):
    refused(tmp_path / "gone", FormatError, "POLE-NO-FOLDER")
    assert refused(tmp_path, FormatError, "POLE-FILE-MISSING").where == "pole.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("pole.toml", "start_date = 2027-01-01", 'start_date = "soon"', "start_date"),
        ("pole.toml", "EPSG:32628", "UTM 28", "crs"),
        ("pole.toml", 'pack = "ma"', "", "pack"),
        ("brief.toml", 'measure = "capacity.dwellings"', 'measure = "capacity dwellings"', "targets.0.measure"),
        ("brief.toml", "weights_adopted = false", "weights_adoptd = false", "weights_adoptd"),
        ("brief.toml", "primary_school = 1", 'primary_school = "one"', "facilities.primary_school"),
    ],
)
def test_a_wrong_key_is_named(folder, file, old, new, place):
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert refused(folder, InputError, "POLE-KEY").params["key"] == place


def test_a_broken_line_is_named(folder):
    (folder / "pole.toml").write_text("name = [unclosed", "utf-8")
    assert "line 1" in str(refused(folder, FormatError, "POLE-TOML").params["fault"])


def test_degrees_are_no_system_for_a_pole(folder):
    path = folder / "pole.toml"
    path.write_text(path.read_text("utf-8").replace("EPSG:32628", "EPSG:4326"), "utf-8")
    refused(folder, CrsError, "FILE-CRS-GEOGRAPHIC")


def test_a_site_without_boundary_is_refused(folder):
    write_layers(folder / "site.gpkg", {"land": tiny_pole().site.land}, crs=CRS)
    refused(folder, FormatError, "POLE-NO-BOUNDARY")
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=CRS)
    write_layers(folder / "site.gpkg", {"boundary": line}, crs=CRS)
    refused(folder, FormatError, "POLE-BOUNDARY-EMPTY")


def test_text_in_a_number_of_a_csv_is_a_remark(folder):
    (folder / "actors.csv").write_text("actor_id,name,kind,jobs\nport,Port,port,many\n", "utf-8")
    pole = open_pole(folder)
    assert [(f.code, f.where) for f in pole.remarks] == [("PLAN-NUMBER", ("actor:port",))]


def test_a_csv_of_a_french_excel_in_another_encoding_is_refused(folder):
    (folder / "actors.csv").write_bytes("actor_id,name,kind\nport,Port fermé,port\n".encode("cp1252"))
    refused(folder, FormatError, "POLE-CSV")


def test_own_values_that_are_no_yaml_are_refused(folder):
    (folder / "values.yaml").write_text("a: [b", "utf-8")
    refused(folder, FormatError, "POLE-YAML")


def test_a_price_without_key_is_refused(folder):
    (folder / "prices.csv").write_text("price_key,unit,central\n,m2,12\n", "utf-8")
    refused(folder, FormatError, "POLE-PRICES")


def test_a_failed_write_leaves_what_was_there(folder, monkeypatch):
    before = (folder / "site.gpkg").read_bytes()
    pole = open_pole(folder)
    monkeypatch.setattr("qutb.files.writing.write_arrow", _full_disk)
    with pytest.raises(FormatError) as caught:
        write_pole(pole, folder)
    assert caught.value.code == "FILE-NOT-WRITTEN"
    assert (folder / "site.gpkg").read_bytes() == before
    assert [f.name for f in folder.iterdir() if f.name.startswith(".")] == []


def _full_disk(*args: object, **options: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_new_pole_starts_from_its_outline(tmp_path):
    outline = gpd.GeoDataFrame(geometry=[shapely.box(414_000, 2_613_000, 415_000, 2_614_000)])
    write_layers(tmp_path / "outline.geojson", {"outline": outline}, crs=CRS)
    facts = {"name": {"fr": "Pôle", "ar": "قطب"}, "pack": "ma", "start_date": date(2027, 1, 1)}
    pole = new_pole(
        tmp_path / "new", boundary=tmp_path / "outline.geojson", crs=CRS, pack_date=date(2026, 11, 1), **facts
    )
    assert pole.site.boundary.area == pytest.approx(1_000_000, abs=5)  # 1 km x 1 km
    assert (pole.crs, list(pole.plans), len(pole.site.land)) == (CRS, [], 0)
    with pytest.raises(UsageError) as caught:
        new_pole(tmp_path / "new", boundary=tmp_path / "outline.geojson", crs=CRS, pack_date=date(2026, 11, 1), **facts)
    assert caught.value.code == "POLE-EXISTS"


def test_the_plan_of_a_pole_is_read_in_its_system(folder):
    moved = tiny_plan().plots.to_crs("EPSG:32629")
    write_layers(folder / "plans" / "east.gpkg", {"plots": moved}, crs="EPSG:32629")
    plan = open_pole(folder).plan("east")
    assert plan.crs == CRS
    assert next(f.code for f in plan.remarks) == "FILE-CRS-REPROJECTED"
    assert plan.plots.area.sum() == pytest.approx(tiny_plan().plots.area.sum(), rel=1e-5)
