"""The sections of a drawing to records: header, layers, blocks, entities. Runs in the child process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qutb.files.drawing.entities import ANNOTATION, STRUCTURE, UNREADABLE, Record, colour_of, record_of
from qutb.files.drawing.tags import Tags, encoding_of

__all__ = ["Block", "Contents"]

_OWN_CRS = b"QUTB_CRS"


@dataclass(slots=True)
class Block:
    """A block definition: its base point and records; ``xref`` is the path of an external drawing."""

    base: np.ndarray
    records: list[Record] = field(default_factory=list)
    xref: str = ""
    anonymous: bool = False


class Contents:
    """``layers``, ``blocks`` and ``records`` of a drawing; ``unread`` what no record could be made of, by its lines."""

    def __init__(self, tags: Tags, encoding: str) -> None:
        self.tags = tags
        self.sections = tags.sections()
        self.header = self._header()
        self.encoding, self.encoding_guessed = encoding_of(self.header, self._sample())
        if encoding:
            self.encoding, self.encoding_guessed = encoding, False
        self.seen: Counter[tuple[str, str]] = Counter()
        self.unread: dict[tuple[str, str, str], list[int]] = {}
        self.layers = self._layers()
        self.blocks: dict[str, Block] = {}
        self._read_blocks()
        self.records = self._records(*self.sections.get("ENTITIES", (0, 0)))

    def facts(self) -> dict[str, Any]:
        """What the file says of itself."""
        return {
            "encoding": self.encoding,
            "encoding_guessed": self.encoding_guessed,
            "binary": self.tags.binary,
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

    def _read_blocks(self) -> None:
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


def _whole(value: bytes) -> int:
    try:
        return int(float(value))
    except ValueError:
        return 0


def _unescaped(text: str) -> str:
    from ezdxf.lldxf.encoding import decode_dxf_unicode

    return str(decode_dxf_unicode(text))
