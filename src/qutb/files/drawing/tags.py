"""Group codes and values of a DXF file, ASCII or binary, with the line each stands on.

The whole file is split once and its codes kept as one array, so that 50 MB take seconds: an entity is a slice.
Runs in the child process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

__all__ = ["BINARY", "Cut", "NotDxf", "Tags", "encoding_of", "tags_of"]

BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_UTF8_SINCE = b"AC1021"  # R2007: from here on text is UTF-8 whatever the code page says


class NotDxf(Exception):  # noqa: N818  (an answer, not a fault)
    """The bytes are no DXF; ``line`` is the first that shows it."""

    def __init__(self, line: int, found: str) -> None:
        super().__init__(line, found)
        self.line, self.found = line, found


class Cut(Exception):  # noqa: N818
    """The file ends before its end mark; ``line`` is the last, ``section`` and ``entity`` where it stops."""

    def __init__(self, line: int, section: str, entity: str) -> None:
        super().__init__(line, section, entity)
        self.line, self.section, self.entity = line, section, entity


@dataclass(frozen=True, eq=False)
class Tags:
    """``codes[i]`` and ``values[i]`` (bytes) of each pair; ``starts`` are the pairs with code 0."""

    codes: np.ndarray
    values: list[bytes]
    starts: np.ndarray
    binary: bool = False

    def name(self, at: int) -> str:
        return self.values[at].strip().decode("ascii", "replace").upper()

    def line(self, at: int) -> int:
        """The line of the file, counted from 1; in a binary file the number of the pair."""
        return at + 1 if self.binary else 2 * at + 1

    def sections(self) -> dict[str, tuple[int, int]]:
        """Name of each section with its first and last position in ``starts``."""
        found: dict[str, tuple[int, int]] = {}
        name, first = "", 0
        for position, at in enumerate(self.starts.tolist()):
            value = self.values[at].strip()
            if value == b"SECTION":
                name = self.name(at + 1) if at + 1 < len(self.values) else ""
                first = position + 1
            elif value == b"ENDSEC" and name:
                found[name], name = (first, position), ""
        if name:
            last = int(self.starts[-1])
            raise Cut(self.line(last), name, self.name(last))
        return found

    def entities(self, first: int, last: int) -> Iterator[tuple[str, int, int]]:
        """Type, first and one past last pair of each entity between two positions of ``starts``."""
        bounds = self.starts[first : last + 1].tolist()
        for start, stop in pairwise(bounds):
            yield self.name(start), start, stop


def tags_of(data: bytes) -> Tags:
    """All pairs of a file; raises ``NotDxf`` or ``Cut``."""
    if data.startswith(BINARY):
        return _binary(data)
    lines = _lines(data)
    codes = _codes(lines)
    values = lines[1::2]
    if len(values) < len(codes):
        codes = codes[:-1]
    tags = Tags(codes, values, np.flatnonzero(codes == 0))
    if not len(tags.starts) or tags.name(int(tags.starts[0])) not in ("SECTION", "EOF"):
        raise NotDxf(1, lines[0][:40].decode("latin-1") if lines else "")
    return tags


def _lines(data: bytes) -> list[bytes]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in data[:4096]:
        raise NotDxf(1, data[:24].decode("latin-1"))
    head = data[:65536]
    if b"\r\n" in head:
        data = data.replace(b"\r\n", b"\n")
    if b"\r" in head and b"\n" not in head:
        data = data.replace(b"\r", b"\n")
    lines = data.split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _codes(lines: list[bytes]) -> np.ndarray:
    try:
        return np.array(list(map(int, lines[0::2])), dtype=np.int32)
    except ValueError:
        return _until_fault(lines)


def _until_fault(lines: list[bytes]) -> np.ndarray:
    """Where the first group code is no number: no DXF at all, or damage that is located."""
    for number, line in enumerate(lines[0::2]):
        try:
            int(line)
        except ValueError:
            raise NotDxf(2 * number + 1, line[:40].decode("latin-1")) from None
    raise AssertionError  # pragma: no cover


def _binary(data: bytes) -> Tags:
    from ezdxf.lldxf.const import DXFError
    from ezdxf.lldxf.tagger import binary_tags_loader

    codes, values = [], []
    try:
        for tag in binary_tags_loader(data, errors="surrogateescape"):
            codes.append(tag.code)
            values.append(_bytes_of(tag.value))
    except (DXFError, IndexError, ValueError) as fault:
        if not codes:
            raise NotDxf(1, str(fault)[:60]) from None
        starts = np.flatnonzero(np.array(codes) == 0)
        entity = values[int(starts[-1])].decode("ascii", "replace") if len(starts) else ""
        raise Cut(len(codes), "", entity) from None
    array = np.array(codes, dtype=np.int32)
    return Tags(array, values, np.flatnonzero(array == 0), binary=True)


def _bytes_of(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogateescape")


def encoding_of(header: dict[str, bytes], texts: bytes) -> tuple[str, bool]:
    """Encoding of the file's text and whether it was guessed against what the header says.

    UTF-8 since R2007, else the code page of the header; bytes that are no such text are judged by their
    look: Arabic words have runs of high bytes, French words single accents.
    """
    page = header.get("$DWGCODEPAGE", b"").strip().decode("ascii", "replace").lower()
    said = "utf-8" if header.get("$ACADVER", b"").strip() >= _UTF8_SINCE else _page(page)
    if texts.isascii():
        return said, False
    try:
        texts.decode("utf-8")
        fits_utf8 = True
    except UnicodeDecodeError:
        fits_utf8 = False
    if fits_utf8:
        return "utf-8", said != "utf-8"
    if said not in ("utf-8", "cp1252"):
        return said, False
    guess = "cp1256" if _longest_run(texts) >= 3 else "cp1252"
    return guess, guess != said


def _page(page: str) -> str:
    number = page.rpartition("_")[2]
    if number.isdigit():
        try:
            "".encode(f"cp{number}")
        except LookupError:
            return "cp1252"
        return f"cp{number}"
    return "cp1252"


def _longest_run(text: bytes) -> int:
    high = np.frombuffer(text, dtype=np.uint8) >= 0xC0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], high.view(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
