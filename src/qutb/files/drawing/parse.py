"""A whole drawing to flat arrays: sections read, blocks exploded, curves cut. Runs in the child process."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from qutb.files.drawing.entities import (
    ANNOTATION,
    BY_BLOCK,
    BY_LAYER,
    STRUCTURE,
    UNREADABLE,
    Record,
    colour_of,
    flattened,
    record_of,
)
from qutb.files.drawing.tags import Tags, encoding_of, tags_of
from qutb.files.drawing.units import UNITS, guess_unit

__all__ = ["KINDS", "NESTING_MOST", "TooMany", "parse"]

_OWN_CRS = b"QUTB_CRS"
KINDS = ("ring", "line", "hatch", "point")
NESTING_MOST = 10
_INHERITED = "\x00"  # layer 0 inside a block takes the layer of its insert
_NAMED = 20
_FEW = 5


class TooMany(Exception):  # noqa: N818
    """More vertices or shapes than the limits allow."""

    def __init__(self, code: str, found: int, most: int) -> None:
        super().__init__(code, found, most)
        self.code, self.found, self.most = code, found, most


@dataclass(slots=True)
class Drawn:
    """One shape or text after exploding: ``kind``, points in drawing units, and where it came from."""

    kind: str
    layer: str
    points: np.ndarray
    entity: str
    handle: str
    line: int
    colour: int
    group: int = -1
    insert: int = -1
    block: str = ""
    level: float | None = None
    spatial: bool = False
    text: dict[str, Any] | None = None
    xdata: dict[str, list[str]] | None = None


@dataclass(slots=True)
class Block:
    """A block definition: its base point and records; ``xref`` is the path of an external drawing."""

    base: np.ndarray
    records: list[Record] = field(default_factory=list)
    xref: str = ""
    anonymous: bool = False


def parse(data: bytes, request: dict[str, Any], out: Path) -> dict[str, Any]:
    """Read ``data`` and write ``shapes.npz`` and ``texts.json`` to ``out``; returns facts and problems."""
    reader = _Reader(tags_of(data), request)
    reader.read()
    drawn = reader.explode()
    return {**reader.facts, **_written(drawn, reader, out)}


class _Reader:
    """Reads sections in order, then explodes what model space shows."""

    def __init__(self, tags: Tags, request: dict[str, Any]) -> None:
        self.tags, self.limits = tags, request["limits"]
        self.asked_unit, self.chord_m = request.get("unit") or "", float(request.get("chord_m") or 0.01)
        self.zone = request.get("zone")
        self.sections = tags.sections()
        self.header = self._header()
        self.encoding, guessed = encoding_of(self.header, self._sample())
        if request.get("encoding"):
            self.encoding, guessed = request["encoding"], False
        self.blocks: dict[str, Block] = {}
        self.records: list[Record] = []
        self.problems: list[dict[str, Any]] = []
        self.seen: Counter[tuple[str, str]] = Counter()
        self.unread: dict[tuple[str, str, str], list[int]] = {}
        self.vertices = self.inserts = self.groups = 0
        self.cache: dict[str, list[Drawn]] = {}
        self.facts: dict[str, Any] = {
            "encoding": self.encoding,
            "encoding_guessed": guessed,
            "binary": tags.binary,
            "version": self.header.get("$ACADVER", b"").strip().decode("ascii", "replace"),
            "insunits": _whole(self.header.get("$INSUNITS", b"0")),
            "own_crs": self._own_crs(),
        }

    def decode(self, value: bytes) -> str:
        text = value.decode("utf-8" if self.tags.binary else self.encoding, "replace").strip("\r\n")
        return _unescaped(text) if "\\U+" in text or "\\u+" in text or "\\M+" in text else text

    def _header(self) -> dict[str, bytes]:
        first, last = self.sections.get("HEADER", (0, 0))
        if not last:
            return {}
        begin, end = int(self.tags.starts[first - 1]), int(self.tags.starts[last])
        values = self.tags.values[begin:end]
        named = np.flatnonzero(self.tags.codes[begin:end] == 9).tolist()
        return {values[i].strip().decode("ascii", "replace"): values[i + 1] for i in named if i + 1 < len(values)}

    def _own_crs(self) -> str:
        """The coordinate system that a drawing of Qutb names among its properties."""
        first, last = self.sections.get("HEADER", (0, 0))
        begin, end = int(self.tags.starts[first - 1]), int(self.tags.starts[last])
        values = [v.strip() for v in self.tags.values[begin:end]]
        at = values.index(_OWN_CRS) + 2 if _OWN_CRS in values else len(values)
        return values[at].decode("ascii", "replace") if at < len(values) else ""

    def _sample(self) -> bytes:
        """The text of the file that may hold letters: names and contents."""
        texts = np.flatnonzero(np.isin(self.tags.codes, (1, 2, 3, 8)))
        return b"\n".join([self.tags.values[i] for i in texts.tolist()])[: 1 << 22]

    # sections -----------------------------------------------------------------------------------------

    def read(self) -> None:
        self.layers = self._layers()
        self._blocks()
        first, last = self.sections.get("ENTITIES", (0, 0))
        self.records = self._records(first, last)

    def _layers(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        first, last = self.sections.get("TABLES", (0, 0))
        for name, start, stop in self.tags.entities(first, last):
            if name != "LAYER":
                continue
            pairs = dict(zip(self.tags.codes[start:stop].tolist(), self.tags.values[start:stop], strict=True))
            layer = self.decode(pairs.get(2, b""))
            hidden = _whole(pairs.get(62, b"7")) < 0 or bool(_whole(pairs.get(70, b"0")) & 1)
            found[layer] = {"colour": abs(colour_of(pairs, 7)), "hidden": hidden}
        return found

    def _blocks(self) -> None:
        first, last = self.sections.get("BLOCKS", (0, 0))
        opened = -1
        for position in range(first, last):
            at = int(self.tags.starts[position])
            name = self.tags.name(at)
            if name == "BLOCK":
                opened = position
            elif name == "ENDBLK" and opened >= 0:
                self._block(opened, position)
                opened = -1

    def _block(self, first: int, last: int) -> None:
        start, stop = int(self.tags.starts[first]), int(self.tags.starts[first + 1])
        pairs: dict[int, bytes] = {}
        for code, value in zip(self.tags.codes[start:stop].tolist(), self.tags.values[start:stop], strict=True):
            pairs.setdefault(code, value)
        name = self.decode(pairs.get(2, b""))
        if name.upper().startswith(("*PAPER_SPACE", "*MODEL_SPACE", "$PAPER_SPACE", "$MODEL_SPACE")):
            return
        flags = _whole(pairs.get(70, b"0"))
        base = np.array([float(pairs.get(10, b"0")), float(pairs.get(20, b"0"))])
        xref = self.decode(pairs.get(1, b"")) if flags & 4 else ""
        block = Block(base, xref=xref, anonymous=name.startswith("*"))
        block.records = self._records(first + 1, last, inside=True)
        self.blocks[name.lower()] = block

    def _records(self, first: int, last: int, *, inside: bool = False) -> list[Record]:
        """Records between two positions; vertices and attributes go to the entity they follow."""
        records: list[Record] = []
        head: Record | None = None
        for name, start, stop in self.tags.entities(first, last):
            if name == "VERTEX" and head is not None:
                self._vertex(head, start, stop)
                continue
            if name == "ENDBLK":
                break
            try:
                record = record_of(name, self.tags, start, stop, self.decode)
            except (ValueError, IndexError, KeyError, OverflowError):
                self._unread("damaged", name, start, stop)
                continue
            if record is None:
                self._strange(name, start, stop)
            elif name == "ATTRIB" and head is not None and head.kind == "insert":
                head.data["attributes"].append(record)
                continue
            else:
                records.append(record)
                if not inside:
                    self.seen[(record.layer, name)] += 1
            if name == "SEQEND":
                head = None
            elif record is not None:
                head = record
        return [r for r in map(_with_vertices, records) if r is not None]

    def _vertex(self, head: Record, start: int, stop: int) -> None:
        if "vertices" not in head.data:
            return
        pairs: dict[int, bytes] = {}
        for code, value in zip(self.tags.codes[start:stop].tolist(), self.tags.values[start:stop], strict=True):
            pairs.setdefault(code, value)
        if _whole(pairs.get(70, b"0")) & 16:  # control frame of a curve, not the curve
            return
        head.data["vertices"].append((float(pairs.get(10, b"0")), float(pairs.get(20, b"0"))))
        head.data["bulges"].append(float(pairs.get(42, b"0")))
        head.data["levels"].append(float(pairs.get(30, b"0")))

    def _strange(self, name: str, start: int, stop: int) -> None:
        if name in UNREADABLE:
            self._unread(UNREADABLE[name], name, start, stop)
        elif name in STRUCTURE:
            return
        elif name in ANNOTATION:
            self._unread("annotation", name, start, stop)
        else:
            self._unread("unknown", name, start, stop)

    def _unread(self, cause: str, name: str, start: int, stop: int) -> None:
        values, codes = self.tags.values[start:stop], self.tags.codes[start:stop]
        at = np.flatnonzero(codes == 8)
        layer = self.decode(values[int(at[0])]) if len(at) else ""
        self.unread.setdefault((cause, name, layer), []).append(self.tags.line(start))

    # exploding ----------------------------------------------------------------------------------------

    def explode(self) -> list[Drawn]:
        self.unit = self.asked_unit or self._guessed_unit()
        self.chord = self.chord_m / UNITS[self.unit]
        self.facts |= {"unit": self.unit, "chord": self.chord}
        shown = [r for r in self.records if not r.paper]
        drawn = self._drawn(shown, 0, ())
        self._paper([r for r in self.records if r.paper])
        for shape in drawn:
            if shape.layer == _INHERITED:
                shape.layer = "0"
        return drawn

    def _guessed_unit(self) -> str:
        """From the sizes in model space; blocks count at their insert's point only."""
        shown = [r for r in self.records if not r.paper]
        rings = [r.data["points"] for r in shown if r.kind == "ring" and "points" in r.data]
        sides = [float(np.sqrt(np.prod(np.ptp(p, axis=0)))) for p in rings if len(p) > 2]
        heights = [r.data["height"] for r in shown if r.kind == "text"]
        corners = [r.data["points"] for r in shown if "points" in r.data and len(r.data["points"])]
        loops = [p for r in shown for p, _ in r.data.get("loops", ())]
        sides += [float(np.sqrt(np.prod(np.ptp(p, axis=0)))) for p in loops if len(p) > 2]
        if len(sides) < _FEW:  # a frame alone says nothing about plots; the sides of lines do
            lines = [r.data["points"] for r in shown if r.kind == "line" and "points" in r.data]
            sides = [float(np.hypot(*np.diff(p, axis=0).T).max()) for p in lines if len(p) > 1]
        corners = corners or loops
        extent = float(np.hypot(*np.ptp(np.concatenate(corners), axis=0))) if corners else 0.0
        side, height = (float(np.median(v)) if len(v) >= _FEW else 0.0 for v in (sides, heights))
        middle = np.median(np.concatenate(corners), axis=0).tolist() if corners else None
        self.facts |= {"side": side, "extent": extent, "text_height": height}
        return guess_unit(self.facts["insunits"], side, extent, height, middle, self.zone)

    def _drawn(self, records: list[Record], depth: int, above: tuple[str, ...]) -> list[Drawn]:
        drawn: list[Drawn] = []
        for record in records:
            if record.kind == "insert":
                drawn += self._inserted(record, depth, above)
            elif record.kind == "mesh":
                self._say("mesh", record)
            else:
                try:
                    drawn += self._shaped(record, inside=depth > 0)
                except (ValueError, IndexError, ArithmeticError, KeyError) as fault:
                    self._say("damaged", record, fault=str(fault)[:80])
        return drawn

    def _shaped(self, record: Record, *, inside: bool) -> list[Drawn]:
        data = record.data
        layer = _INHERITED if inside and record.layer == "0" else record.layer
        about: dict[str, Any] = {
            "layer": layer,
            "entity": record.entity,
            "handle": record.handle,
            "line": record.line,
            "colour": record.colour,
            "level": data.get("level"),
            "spatial": bool(data.get("spatial")),
            "xdata": data.get("xdata"),
        }
        if record.kind in ("text", "point"):
            points = data["points"] * np.array([-1.0, 1.0]) if data.get("back") else data["points"]
            text = None
            if record.kind == "text":
                text = {k: data[k] for k in ("text", "tag", "height", "rotation", "across", "up")}
            return [self._count(Drawn(kind=record.kind, points=points, text=text, **about))]
        loops = [p for p in flattened(record, self.chord) if len(p) > 1 and isfinite(p.sum())]
        if record.kind == "hatch":
            self.groups += 1
            return [self._count(Drawn(kind="hatch", points=p, group=self.groups, **about)) for p in loops]
        return [self._count(Drawn(kind=record.kind, points=p, **about)) for p in loops]

    def _count(self, shape: Drawn) -> Drawn:
        self.vertices += len(shape.points)
        if self.vertices > self.limits["vertices"]:
            raise TooMany("FILE-MANY-VERTICES", self.vertices, self.limits["vertices"])
        return shape

    def _inserted(self, record: Record, depth: int, above: tuple[str, ...]) -> list[Drawn]:
        name = record.data["block"].lower()
        block = self.blocks.get(name)
        if block is None:
            return self._say("block_missing", record, block=record.data["block"])
        if block.xref and not block.records:
            return self._say("xref", record, block=block.xref)
        if name in above:
            return self._say("block_in_itself", record, block=record.data["block"])
        if depth >= NESTING_MOST:
            return self._say("nesting", record, block=record.data["block"])
        if name not in self.cache:
            self.cache[name] = self._drawn(block.records, depth + 1, (*above, name))
        drawn = self._placed(record, block, self.cache[name])
        texts = [self._shaped(a, inside=False) for a in record.data["attributes"]]
        for text in (t for several in texts for t in several):
            text.insert, text.block = self.inserts, record.data["block"]
            drawn.append(text)
        return drawn

    def _placed(self, record: Record, block: Block, content: list[Drawn]) -> list[Drawn]:
        """The block's content at each place of the insert's grid."""
        columns, rows, wide, deep = record.data["grid"]
        turn = _turn(record.data["rotation"])
        back = np.diag([-1.0, 1.0]) if record.data.get("back") else np.eye(2)
        matrix = back @ turn @ np.diag(record.data["scale"])
        drawn: list[Drawn] = []
        for cell in range(columns * rows):
            self.inserts += 1
            if self.inserts > self.limits["features"]:
                raise TooMany("FILE-MANY-FEATURES", self.inserts, self.limits["features"])
            step = turn @ np.array([wide * (cell % columns), deep * (cell // columns)])
            origin = back @ (record.data["points"][0] + step)
            drawn += self._cell(record, content, matrix, origin - matrix @ block.base, block.anonymous)
        return drawn

    def _cell(
        self, record: Record, content: list[Drawn], matrix: np.ndarray, shift: np.ndarray, anonymous: bool
    ) -> list[Drawn]:
        groups: dict[int, int] = {}
        size = float(np.sqrt(abs(np.linalg.det(matrix))))
        angle = float(np.arctan2(matrix[1, 0], matrix[0, 0]))
        drawn = []
        for shape in content:
            group = shape.group
            if group >= 0 and group not in groups:
                self.groups += 1
                groups[group] = self.groups
            text = shape.text
            if text is not None:
                text = {**text, "height": text["height"] * size, "rotation": text["rotation"] + angle}
            made = replace(
                shape,
                points=shape.points @ matrix.T + shift,
                layer=record.layer if shape.layer == _INHERITED else shape.layer,
                colour=record.colour if shape.colour == BY_BLOCK else shape.colour,
                group=groups.get(group, -1),
                insert=self.inserts,
                block="" if anonymous else record.data["block"],
                text=text,
                level=record.data["level"] if shape.kind == "point" else shape.level,
                xdata=shape.xdata or record.data.get("xdata"),
            )
            drawn.append(self._count(made))
        if not content or all(s.kind == "text" for s in content):
            drawn.append(_anchor(record, shift, matrix, self.inserts))
        return drawn

    def _paper(self, records: list[Record]) -> None:
        """What is drawn on sheets is not read; closed shapes there are told."""
        closed = sum(r.kind in ("ring", "hatch") for r in records)
        self.facts["paper"] = {"entities": len(records), "closed": closed}

    def _say(self, cause: str, record: Record, **params: Any) -> list[Drawn]:
        """Note a problem; nothing is drawn for it."""
        self.problems.append(
            {"cause": cause, "entity": record.entity, "layer": record.layer, "line": record.line, **params}
        )
        return []


def _anchor(record: Record, shift: np.ndarray, matrix: np.ndarray, insert: int) -> Drawn:
    """A block of texts alone still marks a place, for instance a survey point."""
    return Drawn(
        kind="point",
        layer=record.layer,
        points=record.data["points"],
        entity="INSERT",
        handle=record.handle,
        line=record.line,
        colour=record.colour,
        insert=insert,
        block=record.data["block"],
        level=record.data["level"],
    )


def _with_vertices(record: Record) -> Record | None:
    """An old-style polyline with the vertices that followed it; nothing if there were fewer than two."""
    if "vertices" not in record.data:
        return record
    points = record.data.pop("vertices")
    levels = record.data.pop("levels")
    record.data["points"] = np.array(points, dtype=float).reshape(-1, 2)
    record.data["bulges"] = np.array(record.data["bulges"], dtype=float)
    record.data["spatial"] = bool(record.data["spatial"]) and len(set(levels)) > 1
    return record if record.kind == "mesh" or len(points) > 1 else None


def _turn(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _whole(value: bytes) -> int:
    try:
        return int(float(value))
    except ValueError:
        return 0


def _unescaped(text: str) -> str:
    from ezdxf.lldxf.encoding import decode_dxf_unicode

    return str(decode_dxf_unicode(text))


# handing over ------------------------------------------------------------------------------------------


def _seen(shape: Drawn, colours: dict[str, int]) -> int:
    """The colour a shape is seen in."""
    return colours.get(shape.layer, 7) if shape.colour in (BY_BLOCK, BY_LAYER) else shape.colour


def _written(drawn: list[Drawn], reader: _Reader, out: Path) -> dict[str, Any]:
    shapes = [d for d in drawn if d.text is None]
    texts = [d for d in drawn if d.text is not None]
    layers = sorted({d.layer for d in drawn} | set(reader.layers))
    number = {name: i for i, name in enumerate(layers)}
    blocks = sorted({d.block for d in drawn})
    block_number = {name: i for i, name in enumerate(blocks)}
    kinds = {kind: i for i, kind in enumerate(KINDS)}
    entities = sorted({d.entity for d in shapes})
    entity_number = {name: i for i, name in enumerate(entities)}
    colours = {name: layer["colour"] for name, layer in reader.layers.items()}
    np.savez(
        out / "shapes.npz",
        kind=np.array([kinds[d.kind] for d in shapes], dtype=np.int8),
        layer=np.array([number[d.layer] for d in shapes], dtype=np.int32),
        block=np.array([block_number[d.block] for d in shapes], dtype=np.int32),
        entity=np.array([entity_number[d.entity] for d in shapes], dtype=np.int32),
        colour=np.array([_seen(d, colours) for d in shapes], dtype=np.int32),
        group=np.array([d.group for d in shapes], dtype=np.int64),
        insert=np.array([d.insert for d in shapes], dtype=np.int64),
        line=np.array([d.line for d in shapes], dtype=np.int64),
        level=np.array([np.nan if d.level is None else d.level for d in shapes], dtype=float),
        spatial=np.array([d.spatial for d in shapes], dtype=bool),
        count=np.array([len(d.points) for d in shapes], dtype=np.int64),
        points=np.concatenate([d.points for d in shapes]) if shapes else np.empty((0, 2)),
    )
    rows = [[number[d.layer], *map(float, d.points[0]), d.insert, d.line, d.level, d.text] for d in texts]
    tagged = {str(i): d.xdata for i, d in enumerate(shapes) if d.xdata}
    handles = [d.handle for d in shapes]
    (out / "texts.json").write_text(
        json.dumps({"texts": rows, "xdata": tagged, "handles": handles}, ensure_ascii=False), "utf-8", "replace"
    )
    return {
        "layers": [{"name": n, **reader.layers.get(n, {"colour": 7, "hidden": False})} for n in layers],
        "blocks": blocks,
        "entities": entities,
        "counts": [[layer, entity, n] for (layer, entity), n in sorted(reader.seen.items())],
        "unread": [
            {"cause": c, "entity": e, "layer": y, "count": len(lines), "lines": lines[:_NAMED]}
            for (c, e, y), lines in sorted(reader.unread.items())
        ],
        "problems": reader.problems,
    }
