"""The reader that runs in a process of its own: foreign bytes are parsed here and nowhere else.

Started by path with a request on standard input, so that it imports nothing of Qutb and little besides
(about 0.2 s). It writes one Arrow file a layer and ``result.json`` into the folder it is given; the parent
reads those. See ``docs/decisions/0002-parsers-in-a-child.md``.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import sys
import warnings
import zipfile
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".fields.json")
MAGIC = {b"SQLite format 3\x00": "GPKG", b"\x00\x00\x27\x0a": "ESRI Shapefile", b"PK\x03\x04": "zip"}
READABLE = (".gpkg", ".geojson", ".json", ".shp", ".dbf", ".kml")
CHUNK = MEGABYTE = 1 << 20
IN_MEGABYTES = ("FILE-TOO-LARGE", "FILE-ZIP-BOMB")


class Refused(Exception):  # noqa: N818  (an answer to the parent, not a fault of the program)
    """The file cannot be used: ``kind`` is the parent's error class, ``code`` its message."""

    def __init__(self, kind: str, code: str, **params: object) -> None:
        super().__init__(code)
        self.answer = {"kind": kind, "code": code, "params": params}


def main() -> int:
    request = json.load(sys.stdin)
    out = Path(request["out"])
    try:
        result = read(request, out)
    except Refused as refusal:
        result = {"error": refusal.answer}
    except MemoryError:
        result = {"error": {"kind": "LimitError", "code": "FILE-MEMORY", "params": _memory(request)}}
    except Exception as fault:  # noqa: BLE001  (the parent must hear of whatever a parser throws)
        result = {"error": {"kind": "FormatError", "code": "FILE-DAMAGED", "params": {"fault": _short(fault)}}}
    (out / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    return 0


def read(request: dict[str, Any], out: Path) -> dict[str, Any]:
    """Copy, unzip, open, and hand over every layer as Arrow."""
    limits = request["limits"]
    notes: list[dict[str, Any]] = []
    source = checked(Path(request["path"]), limits)
    kind = sniff(source)
    work = out / "work"
    work.mkdir()
    if kind == "zip":
        files = openable(unzip(source, work, limits))
        if not files:
            raise Refused("FormatError", "FILE-ZIP-EMPTY")
    else:
        files = [copied(source, work, kind, limits)]
    limit_memory(limits)
    reader = Reader(limits, out, notes, request.get("encoding"))
    for file in files:
        reader.read(file)
    if not reader.layers:
        raise Refused("FormatError", "FILE-NO-LAYERS")
    return {"layers": reader.layers, "notes": notes, "formats": reader.formats}


def openable(files: list[Path]) -> list[Path]:
    """The files to open among those of a zip: not the parts and sidecars of a Shapefile."""
    files = [f for f in files if f.suffix in READABLE and not f.name.endswith(".fields.json")]
    return [f for f in files if not (f.suffix == ".dbf" and f.with_suffix(".shp") in files)]


def checked(path: Path, limits: dict[str, int]) -> Path:
    """The path, if it is a regular file of bearable size."""
    try:
        facts = path.stat()
    except OSError as fault:
        raise Refused("FormatError", "FILE-NOT-FOUND", fault=_short(fault)) from None
    if stat.S_ISDIR(facts.st_mode):
        raise Refused("FormatError", "FILE-IS-FOLDER")
    if not stat.S_ISREG(facts.st_mode):
        raise Refused("FormatError", "FILE-NOT-REGULAR")
    if facts.st_size == 0:
        raise Refused("FormatError", "FILE-EMPTY")
    _within(facts.st_size, limits["file_bytes"], "FILE-TOO-LARGE")
    return path


def sniff(path: Path) -> str:
    """The format by the file's first bytes; its name decides nothing."""
    with path.open("rb") as handle:
        head = handle.read(4096)
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return "GeoJSON"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and b"<kml" in head and b"/kml/2" in head:
        return "KML"
    if path.suffix.lower() == ".dbf" and head[0] in (0x03, 0x30, 0x83, 0xF5):
        return "ESRI Shapefile"
    raise Refused("FormatError", "FILE-NOT-GEO", suffix=path.suffix)


def copied(source: Path, work: Path, kind: str, limits: dict[str, int]) -> Path:
    """A copy to read from, so that no journal is written beside the user's file and it cannot change meanwhile."""
    if kind == "ESRI Shapefile":
        return _copied_shapefile(source, work, limits)
    suffix = {"GPKG": ".gpkg", "KML": ".kml"}.get(kind, ".geojson")
    target = work / (source.stem + suffix)
    shutil.copyfile(source, target)
    journal = source.with_name(source.name + "-wal")  # QGIS leaves the last edits there while it is open
    if kind == "GPKG" and journal.is_file():
        _within(journal.stat().st_size, limits["file_bytes"], "FILE-TOO-LARGE")
        shutil.copyfile(journal, target.with_name(target.name + "-wal"))
    return target


def _copied_shapefile(source: Path, work: Path, limits: dict[str, int]) -> Path:
    beside = {f.name.lower(): f for f in source.parent.iterdir() if f.is_file()}
    for part in SHAPEFILE_PARTS:
        found = beside.get(source.stem.lower() + part)
        if found is not None:
            _within(found.stat().st_size, limits["file_bytes"], "FILE-TOO-LARGE")
            shutil.copyfile(found, work / (source.stem + part))
    return work / (source.stem + source.suffix.lower())


def unzip(source: Path, work: Path, limits: dict[str, int]) -> list[Path]:
    """Unpack what can be read, counting real bytes; names in the archive never become paths."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            for entry in entries:
                _check_entry(entry)
            _within(len(entries), limits["zip_entries"], "FILE-ZIP-MANY")
            budget = min(limits["unzipped_bytes"], limits["zip_ratio"] * source.stat().st_size + 10 * CHUNK)
            return _unpacked(archive, entries, work, budget)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as fault:
        raise Refused("FormatError", "FILE-DAMAGED", fault=_short(fault)) from None


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in PurePosixPath(name).parts or "\x00" in name:
        raise Refused("FormatError", "FILE-ZIP-PATH", entry=name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("FormatError", "FILE-ZIP-PATH", entry=name)
    if entry.flag_bits & 0x1:
        raise Refused("FormatError", "FILE-ZIP-LOCKED", entry=name)


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], work: Path, budget: int) -> list[Path]:
    folders: dict[str, Path] = {}
    files, spent = [], 0
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if not name.name.lower().endswith((*SHAPEFILE_PARTS, *READABLE)):
            continue
        folder = folders.setdefault(str(name.parent), work / f"z{len(folders)}")
        folder.mkdir(exist_ok=True)
        target = folder / (name.stem.removesuffix(".fields") + _suffix(name.name))
        with archive.open(entry) as packed, target.open("wb") as plain:
            while chunk := packed.read(CHUNK):
                spent += len(chunk)
                _within(spent, budget, "FILE-ZIP-BOMB")
                plain.write(chunk)
        files.append(target)
    return sorted(files)


def _suffix(name: str) -> str:
    return ".fields.json" if name.lower().endswith(".fields.json") else PurePosixPath(name).suffix.lower()


def limit_memory(limits: dict[str, int]) -> None:
    """Import the parser, then cap memory and processor time above what that took (where the system can)."""
    for absent in ("geopandas", "pandas", "pyproj", "shapely"):  # pyogrio would load them: 1 s for nothing
        sys.modules[absent] = None  # type: ignore[assignment]
    import pyarrow
    import pyogrio.raw  # noqa: F401

    pyarrow.set_cpu_count(1)
    try:
        import resource
    except ImportError:  # Windows: the parent's clock and the limits on bytes and vertices remain
        return
    try:
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + limits["memory_bytes"],) * 2)
    except (OSError, ValueError):  # macOS has no /proc and refuses RLIMIT_AS
        pass
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"] + 1,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Reader:
    """Reads files one after the other; features and vertices are counted over all of them."""

    def __init__(self, limits: dict[str, int], out: Path, notes: list[dict[str, Any]], encoding: str | None) -> None:
        self.limits, self.out, self.notes, self.encoding = limits, out, notes, encoding
        self.layers: list[dict[str, Any]] = []
        self.formats: list[str] = []
        self.features = self.vertices = 0

    def read(self, file: Path) -> None:
        import pyogrio

        kind = sniff(file)
        names = {}
        encoding = None
        path = str(file)
        if kind == "GPKG":
            hidden = self._sqlite_extras(file)
            pyogrio.set_gdal_config_options({"OGR_SQLITE_PRAGMA": "trusted_schema=0,query_only=1"})
        elif kind == "GeoJSON":
            hidden, path = set(), f"GeoJSON:{path}"  # never TopoJSON, STACTA or another reader of braces
        elif kind == "KML":
            hidden = set()
        else:
            hidden = set()
            names = _long_names(file)
            encoding = self.encoding or self._shapefile_encoding(file)
        self.formats.append(kind)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            for name, _ in pyogrio.list_layers(path):
                if name not in hidden:
                    self._layer(path, str(name), names, encoding)
        for text in dict.fromkeys(str(w.message) for w in said):
            self.notes.append({"code": "FILE-READER-SAID", "params": {"text": text[:300]}})

    def _layer(self, path: str, name: str, names: dict[str, str], encoding: str | None) -> None:
        import pyarrow as pa
        import pyogrio
        from pyogrio.raw import open_arrow

        announced = pyogrio.read_info(path, layer=name, encoding=encoding, force_feature_count=True)["features"]
        before = self.features
        target = self.out / f"layer{len(self.layers)}.arrow"
        with open_arrow(path, layer=name, encoding=encoding, use_pyarrow=True, batch_size=4096) as (meta, stream):
            spatial = meta["geometry_type"] is not None
            geometry = (meta["geometry_name"] or "wkb_geometry") if spatial else None
            with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, stream.schema) as writer:
                for batch in stream:
                    self._count(batch, geometry)
                    writer.write_batch(batch)
        if self.features - before < announced:  # GDAL ends a stream early, without a word, when memory is short
            raise Refused("FormatError", "FILE-ROWS-LOST", layer=name, read=self.features - before, rows=announced)
        self.layers.append(
            {
                "name": name,
                "file": target.name,
                "crs": meta["crs"],
                "geometry": geometry,
                "geometry_type": meta["geometry_type"],
                "names": names,
            }
        )

    def _count(self, batch: Any, geometry: str | None) -> None:
        self.features += batch.num_rows
        _within(self.features, self.limits["features"], "FILE-MANY-FEATURES")
        if geometry is None:
            return
        self.vertices += _vertices(batch.column(geometry))
        _within(self.vertices, self.limits["vertices"], "FILE-MANY-VERTICES")

    def _sqlite_extras(self, file: Path) -> set[str]:
        """Views, which are not read; triggers that GDAL did not make, which never run. Both are said."""
        try:
            with closing(sqlite3.connect(file)) as base:
                base.execute("PRAGMA query_only=1")
                rows = base.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
                known = base.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_contents'").fetchall()
        except sqlite3.DatabaseError as fault:
            raise Refused("FormatError", "FILE-DAMAGED", fault=_short(fault)) from None
        if not known:
            raise Refused("FormatError", "FILE-NOT-GPKG")
        triggers = sorted(name for kind, name in rows if kind == "trigger" and not _usual_trigger(name))
        views = sorted(name for kind, name in rows if kind == "view")
        for code, found in (("FILE-TRIGGERS", triggers), ("FILE-VIEWS", views)):
            if found:
                self.notes.append({"code": code, "params": {"count": len(found), "names": found[:5]}})
        return set(views)

    def _shapefile_encoding(self, file: Path) -> str | None:
        """Encoding of a DBF that does not name its own: UTF-8 if it is, else by the look of its letters."""
        table = file.with_suffix(".dbf")
        if file.with_suffix(".cpg").is_file() or not table.is_file():
            return None
        with table.open("rb") as handle:
            head = handle.read(32)
            handle.seek(int.from_bytes(head[8:10], "little"))
            text = handle.read(4 * CHUNK)
        if len(head) < 32 or head[29] not in (0x00, 0x57) or text.isascii():
            return None
        guess = guess_encoding(text)
        self.notes.append({"code": "FILE-ENCODING-GUESSED", "params": {"encoding": guess, "layer": file.stem}})
        return guess


def guess_encoding(text: bytes) -> str:
    """``UTF-8``, ``CP1256`` (three high letters in a row: Arabic words) or ``CP1252``."""
    try:
        text[: max(0, len(text) - 4)].decode("utf-8")
    except UnicodeDecodeError:
        run = longest = 0
        for byte in text:
            run = run + 1 if byte >= 0xC0 else 0
            longest = max(longest, run)
        return "CP1256" if longest >= 3 else "CP1252"
    return "UTF-8"


def _vertices(column: Any) -> int:
    """Upper bound of the vertices in a WKB column: 16 bytes each, less the headers."""
    import pyarrow.compute as pc

    total = pc.sum(pc.binary_length(column)).as_py() or 0
    bound: int = max(0, (int(total) - 9 * (len(column) - column.null_count)) // 16)
    return bound


def _usual_trigger(name: str) -> bool:
    return name.startswith(("rtree_", "trigger_insert_feature_count_", "trigger_delete_feature_count_", "gpkg_"))


def _long_names(file: Path) -> dict[str, str]:
    """Field names as they were before the Shapefile cut them, from the sidecar Qutb writes."""
    sidecar = file.with_suffix(".fields.json")
    if not sidecar.is_file() or sidecar.stat().st_size > CHUNK:
        return {}
    names = json.loads(sidecar.read_text("utf-8"))
    return {str(k): str(v) for k, v in names.items()} if isinstance(names, dict) else {}


def _within(value: int, limit: int, code: str) -> None:
    if value > limit:
        unit = MEGABYTE if code in IN_MEGABYTES else 1
        raise Refused("LimitError", code, found=-(-value // unit), most=limit // unit)


def _memory(request: dict[str, Any]) -> dict[str, int]:
    return {"most": int(request["limits"]["memory_bytes"]) // MEGABYTE}


def _short(fault: BaseException) -> str:
    """The fault in one line, without the path of the working copy."""
    lines = str(fault).strip().splitlines() or [type(fault).__name__]
    return lines[0].replace(str(Path.cwd()), "")[:300]


if __name__ == "__main__":
    sys.exit(main())
