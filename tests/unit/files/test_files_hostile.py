"""Files that are wrong, damaged or meant to harm: a clear error with its code, and nothing else happens."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from qutb.core import CrsError, FormatError, InputError, LimitError
from qutb.files import LIMITS, Limits, read_layers, write_layers
from qutb.text import LANGUAGES, error_text, hint, message

CRS = "EPSG:32628"


def squares(count: int = 3) -> gpd.GeoDataFrame:
    shapes = shapely.box(*(np.arange(count) * 20 + d for d in (414_000, 0, 414_010, 10)))
    return gpd.GeoDataFrame({"plot_id": [f"P-{n}" for n in range(count)]}, geometry=shapely.transform(shapes, _north))


def _north(xy: np.ndarray) -> np.ndarray:
    return xy + np.array([0, 2_613_000])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.gpkg"
    write_layers(path, {"plots": squares()}, crs=CRS)
    return path


def refused(path: Path, kind: type[InputError], code: str, **options: object) -> InputError:
    """The error that reading ``path`` raises; it has words in every language and exit code 3."""
    with pytest.raises(kind) as caught:
        read_layers(path, **options)  # type: ignore[arg-type]
    error = caught.value
    assert error.code == code
    assert error.exit_code == 3
    for lang in LANGUAGES:
        words = error_text(error, lang)
        assert not words.startswith(error.code)
        assert "{" not in words, words
    return error


def test_a_missing_file_is_named(tmp_path):
    assert refused(tmp_path / "gone.gpkg", FormatError, "FILE-NOT-FOUND").where == "gone.gpkg"


def test_a_folder_is_no_file(tmp_path):
    refused(tmp_path, FormatError, "FILE-IS-FOLDER")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.gpkg").touch()
    refused(tmp_path / "empty.gpkg", FormatError, "FILE-EMPTY")


@pytest.mark.parametrize("content", [b"hello, a letter", b"%PDF-1.7\n", b"\x00" * 64, b"<kml></kml>", b"AC1032"])
def test_what_is_no_geofile_is_refused_whatever_its_name(tmp_path, content):
    path = tmp_path / "plan.gpkg"
    path.write_bytes(content)
    refused(path, FormatError, "FILE-NOT-GEO")


def test_a_database_that_is_no_geopackage_is_refused(tmp_path):
    path = tmp_path / "plan.gpkg"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE plots (plot_id TEXT)")
        base.commit()
    refused(path, FormatError, "FILE-NOT-GPKG")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_geopackage_is_refused(good, share):
    whole = good.read_bytes()
    good.write_bytes(whole[: int(len(whole) * share)])
    refused(good, FormatError, "FILE-DAMAGED")


def test_a_truncated_geojson_is_refused(tmp_path):
    path = tmp_path / "plots.geojson"
    write_layers(path, {"plots": squares()}, crs=CRS)
    path.write_bytes(path.read_bytes()[:-40])
    refused(path, FormatError, "FILE-DAMAGED", crs=CRS)


def test_json_that_is_no_geojson_is_refused(tmp_path):
    path = tmp_path / "plots.geojson"
    path.write_text(json.dumps({"type": "Topology", "objects": {}}))
    refused(path, FormatError, "FILE-DAMAGED", crs=CRS)


def test_a_damaged_shape_inside_a_sound_geopackage_is_said(good):
    with closing(sqlite3.connect(good)) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger}"')
        blob = base.execute("SELECT geometry FROM plots WHERE fid = 2").fetchone()[0]
        base.execute("UPDATE plots SET geometry = ? WHERE fid = 2", (blob[:60],))
        base.commit()
    try:
        layers = read_layers(good)
    except FormatError as error:
        assert error.code == "FILE-DAMAGED"
    else:
        assert shapely.is_missing(layers["plots"].geometry.to_numpy()).tolist() == [False, True, False]


def test_layers_without_system_ask_for_one(tmp_path):
    path = tmp_path / "plan.gpkg"
    write_layers(path, {"plots": squares()}, crs="local")
    refused(path, CrsError, "FILE-CRS-MISSING")
    assert read_layers(path, crs="local").crs == "local"
    assigned = read_layers(path, crs=CRS)
    assert [n.code for n in assigned.notes] == ["FILE-CRS-ASSIGNED"]
    assert assigned["plots"].crs == CRS


def test_degrees_are_refused_with_the_zone_to_use(tmp_path):
    path = tmp_path / "plots.geojson"
    write_layers(path, {"plots": squares()}, crs=CRS)
    error = refused(path, CrsError, "FILE-CRS-GEOGRAPHIC")
    assert error.params["suggestion"] == CRS  # UTM 28N: 15.8 W lies between 18 W and 12 W


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:4326", "FILE-CRS-GEOGRAPHIC"),
        ("EPSG:3857", "FILE-CRS-MERCATOR"),
        ("EPSG:999999", "FILE-CRS-UNKNOWN"),
        ("EPSG:2229", "FILE-CRS-NOT-METRIC"),  # California zone 5 in feet
    ],
)
def test_a_system_that_is_not_metric_is_refused(good, crs, code):
    refused(good, CrsError, code, crs=crs)


def test_web_mercator_in_a_file_is_refused(tmp_path):
    path = tmp_path / "plan.gpkg"
    write_layers(path, {"plots": squares()}, crs="EPSG:3857")
    refused(path, CrsError, "FILE-CRS-MERCATOR")


def test_geojson_in_metres_counts_as_without_system(tmp_path):
    path = tmp_path / "plots.geojson"
    shape = shapely.geometry.mapping(squares().geometry.iloc[0])
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    refused(path, CrsError, "FILE-CRS-MISSING")
    assert read_layers(path, crs=CRS)["plots"].area.sum() == pytest.approx(100.0)  # 10 m x 10 m


def test_layers_in_two_systems_ask_for_one(tmp_path):
    path = tmp_path / "plan.gpkg"
    write_layers(path, {"plots": squares()}, crs=CRS)
    squares().set_crs(CRS).to_crs("EPSG:32629").to_file(path, layer="other", driver="GPKG")
    refused(path, CrsError, "FILE-CRS-MIXED")
    both = read_layers(path, crs=CRS)
    assert both["other"].area.sum() == pytest.approx(300.0, rel=1e-6)


def test_coordinates_far_from_their_system_are_said(tmp_path):
    path = tmp_path / "plan.gpkg"
    write_layers(path, {"plots": squares()}, crs="EPSG:26195")  # UTM figures: northings there are near 560,000
    (note,) = read_layers(path).notes
    assert (note.code, note.severity) == ("FILE-CRS-FAR", "warning")
    assert note.where[0].startswith("xy:414")


def test_more_vertices_than_the_limit_are_refused(good):
    refused(good, LimitError, "FILE-MANY-VERTICES", limits=Limits(vertices=10))


def test_more_features_than_the_limit_are_refused(good):
    refused(good, LimitError, "FILE-MANY-FEATURES", limits=Limits(features=2))


def test_a_larger_file_than_the_limit_is_refused(good):
    refused(good, LimitError, "FILE-TOO-LARGE", limits=Limits(file_bytes=10_000))


def test_a_reader_that_takes_too_long_is_stopped(good):
    refused(good, LimitError, "FILE-SLOW", limits=Limits(seconds=0))


def test_memory_is_bounded(tmp_path):
    pytest.importorskip("resource")
    path = tmp_path / "line.gpkg"
    line = shapely.linestrings(np.random.default_rng(0).random((1_500_000, 2)))
    write_layers(path, {"line": gpd.GeoDataFrame(geometry=[line])}, crs=CRS)
    with pytest.raises((LimitError, FormatError)) as caught:
        read_layers(path, limits=Limits(memory_bytes=8 * 2**20))
    assert caught.value.code in ("FILE-MEMORY", "FILE-READER-DIED", "FILE-ROWS-LOST")


@pytest.mark.slow
def test_ten_million_vertices_are_refused(tmp_path):
    path = tmp_path / "line.gpkg"
    angle = np.linspace(0, 2 * np.pi, 10_000_000)
    ring = np.column_stack([414_000 + 1000 * np.cos(angle), 2_613_000 + 1000 * np.sin(angle)])
    write_layers(path, {"plots": gpd.GeoDataFrame(geometry=[shapely.linestrings(ring)])}, crs=CRS)
    refused(path, LimitError, "FILE-MANY-VERTICES")


def test_triggers_never_run_and_are_named(good):
    with closing(sqlite3.connect(good)) as base:
        base.execute("CREATE TABLE victim (n INTEGER)")
        base.execute("CREATE TRIGGER evil AFTER UPDATE ON gpkg_contents BEGIN INSERT INTO victim VALUES (1); END")
        base.execute("CREATE VIEW tempting AS SELECT * FROM plots")
        base.commit()
    before = good.read_bytes()
    layers = read_layers(good)
    assert {n.code: n.params["names"] for n in layers.notes} == {"FILE-TRIGGERS": ["evil"], "FILE-VIEWS": ["tempting"]}
    assert len(layers["plots"]) == 3
    assert good.read_bytes() == before
    assert [f.name for f in good.parent.iterdir()] == ["good.gpkg"]
    for lang in LANGUAGES:
        assert "evil" in message(layers.notes[0], lang)
        assert hint(layers.notes[0], lang)


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_zip_bomb_is_stopped(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"plots.geojson": b"0" * (64 * 2**20)})
    assert path.stat().st_size < 100_000
    refused(path, LimitError, "FILE-ZIP-BOMB")


def test_a_zip_that_lies_about_its_size_is_stopped(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"plots.geojson": b"0" * (64 * 2**20)})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.index(signature) + offset
        raw[at : at + 4] = struct.pack("<I", 1000)
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_layers(path)
    assert caught.value.code in ("FILE-ZIP-BOMB", "FILE-DAMAGED")


@pytest.mark.parametrize("name", ["../../plots.geojson", "/etc/plots.geojson", "C:\\plots.geojson", "a/../../b.shp"])
def test_a_zip_entry_never_leaves_its_folder(tmp_path, name):
    path = zipped(tmp_path / "slip.zip", {name: b"{}"})
    refused(path, FormatError, "FILE-ZIP-PATH")


def test_a_link_inside_a_zip_is_refused(tmp_path):
    path = tmp_path / "link.zip"
    entry = zipfile.ZipInfo("plots.geojson")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    refused(path, FormatError, "FILE-ZIP-PATH")


def test_a_zip_without_layers_is_refused(tmp_path):
    refused(zipped(tmp_path / "text.zip", {"readme.txt": b"hello"}), FormatError, "FILE-ZIP-EMPTY")


def test_a_zip_with_too_many_entries_is_refused(tmp_path):
    entries = {f"{n}.txt": b"" for n in range(LIMITS.zip_entries + 1)}
    refused(zipped(tmp_path / "many.zip", entries), LimitError, "FILE-ZIP-MANY")


def test_a_damaged_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "cut.zip", {"plots.geojson": b"{}" * 100})
    path.write_bytes(path.read_bytes()[:60])
    refused(path, FormatError, "FILE-DAMAGED")


def test_a_path_with_spaces_and_arabic_is_read(good, tmp_path):
    path = tmp_path / "قطب الداخلة" / "plan final (2).gpkg"
    path.parent.mkdir()
    path.write_bytes(good.read_bytes())
    assert len(read_layers(path)["plots"]) == 3
    archive = tmp_path / "مخطط ثالث.zip"
    zipped(archive, {"مجلد/بقع.gpkg": good.read_bytes()})
    assert len(read_layers(archive)["plots"]) == 3


def test_another_reader_of_braces_is_never_called(tmp_path):
    """A STACTA or ESRI JSON document could make the library fetch addresses; it is no GeoJSON and is refused."""
    path = tmp_path / "plots.geojson"
    path.write_text('{"displayFieldName": "", "geometryType": "esriGeometryPoint", "features": []}')
    refused(path, FormatError, "FILE-DAMAGED", crs=CRS)


def test_a_geopackage_open_in_another_program_is_read_with_its_last_edits(good):
    with closing(sqlite3.connect(good)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE note (text TEXT)")
        base.commit()
        assert good.with_name("good.gpkg-wal").exists()
        assert "note" in read_layers(good)


def test_a_geopackage_from_memory_bytes_is_a_copy(good):
    """Reading works on a copy: the user's file keeps its time stamp and nothing appears beside it."""
    stamp = good.stat().st_mtime_ns
    read_layers(good)
    assert good.stat().st_mtime_ns == stamp
    assert io.BytesIO(good.read_bytes()).read(6) == b"SQLite"
