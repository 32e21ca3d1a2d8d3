"""One DXF entity, a slice of pairs, to a record: what it is, on which layer, its points. In drawing units.

Curves are kept as drawn and cut when the unit is known (``curves.py``). Runs in the child process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qutb.files.drawing.tags import Tags

__all__ = [
    "ANNOTATION",
    "BY_BLOCK",
    "BY_LAYER",
    "STRUCTURE",
    "UNREADABLE",
    "Record",
    "colour_of",
    "record_of",
]

BY_BLOCK, BY_LAYER, TRUE_COLOUR = 0, 256, 1 << 24
UNREADABLE = {
    "ACAD_PROXY_ENTITY": "proxy",
    "REGION": "solid",
    "3DSOLID": "solid",
    "BODY": "solid",
    "SURFACE": "solid",
    "EXTRUDEDSURFACE": "solid",
    "LOFTEDSURFACE": "solid",
    "PLANESURFACE": "solid",
    "MESH": "solid",
    "IMAGE": "image",
    "OLE2FRAME": "image",
    "OLEFRAME": "image",
    "PDFUNDERLAY": "image",
    "DWFUNDERLAY": "image",
    "DGNUNDERLAY": "image",
}
ANNOTATION = {
    "DIMENSION",
    "ARC_DIMENSION",
    "LARGE_RADIAL_DIMENSION",
    "LEADER",
    "MULTILEADER",
    "MLEADER",
    "TOLERANCE",
    "ACAD_TABLE",
    "WIPEOUT",
    "XLINE",
    "RAY",
    "LIGHT",
    "SUN",
    "SHAPE",
    "HELIX",
}
STRUCTURE = {"SEQEND", "VERTEX", "ATTDEF", "ENDBLK", "VIEWPORT", "GEODATA"}


@dataclass(slots=True)
class Record:
    """``kind``: ring, line, hatch, point, text, insert; ``data`` holds points and whatever the kind needs."""

    kind: str
    entity: str
    layer: str
    handle: str
    line: int
    paper: bool = False
    colour: int = 256
    data: dict[str, Any] = field(default_factory=dict)


_Pairs = dict[int, bytes]


def record_of(name: str, tags: Tags, start: int, stop: int, decode: Callable[[bytes], str]) -> Record | None:
    """The record of an entity; ``None`` where this room does not draw such entities."""
    maker = _MAKERS.get(name)
    if maker is None:
        return None
    pairs = _pairs(tags, start, stop)
    record = Record(
        kind="",
        entity=name,
        layer=decode(pairs.get(8, b"0")) or "0",
        handle=pairs.get(5, b"").strip().decode("ascii", "replace"),
        line=tags.line(start),
        paper=pairs.get(67, b"0").strip() == b"1",
        colour=colour_of(pairs),
    )
    maker(record, pairs, tags, start, stop, decode)
    if 1001 in pairs:
        record.data["xdata"] = _xdata(tags, start, stop, decode)
    return record


def colour_of(pairs: Mapping[int, bytes], otherwise: int = BY_LAYER) -> int:
    """The colour number, 1 to 255; true colours lie above 2**24; 0 is the insert's, 256 the layer's."""
    return TRUE_COLOUR | _int(pairs, 420) if 420 in pairs else _int(pairs, 62, otherwise)


def _pairs(tags: Tags, start: int, stop: int) -> _Pairs:
    """The first value of each code."""
    return dict(zip(tags.codes[start:stop][::-1].tolist(), tags.values[start:stop][::-1], strict=True))


def _float(pairs: _Pairs, code: int, otherwise: float = 0.0) -> float:
    value = pairs.get(code)
    return otherwise if value is None else float(value)


def _int(pairs: Mapping[int, bytes], code: int, otherwise: int = 0) -> int:
    value = pairs.get(code)
    return otherwise if value is None else int(float(value))


def _all(tags: Tags, start: int, stop: int, code: int) -> np.ndarray:
    at = np.flatnonzero(tags.codes[start:stop] == code) + start
    return np.array([float(tags.values[i]) for i in at.tolist()])


def _columns(tags: Tags, start: int, stop: int, *codes: int) -> np.ndarray:
    parts = [_all(tags, start, stop, c) for c in codes]
    count = min(len(p) for p in parts)
    return np.column_stack([p[:count] for p in parts])


def _xdata(tags: Tags, start: int, stop: int, decode: Callable[[bytes], str]) -> dict[str, list[str]]:
    """Extended data by application: its texts and numbers in order, as text."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for code, value in zip(tags.codes[start:stop].tolist(), tags.values[start:stop], strict=True):
        if code == 1001:
            current = found.setdefault(decode(value), [])
        elif code in (1000, 1003, 1005, 1040, 1070, 1071):
            current.append(decode(value))
    return found


def _plane(record: Record, pairs: _Pairs) -> None:
    """Notes an entity drawn on its back (mirrored) or on a tilted plane."""
    if 230 not in pairs:
        return
    normal = (_float(pairs, 210), _float(pairs, 220), _float(pairs, 230, 1.0))
    if abs(normal[0]) > 1e-9 or abs(normal[1]) > 1e-9:
        record.data["normal"] = normal
    elif normal[2] < 0:
        record.data["back"] = True


def _lwpolyline(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, _: Any) -> None:
    points = _columns(tags, start, stop, 10, 20)
    record.kind = "ring" if _int(pairs, 70) & 1 else "line"
    record.data["points"] = points
    if 42 in pairs:
        record.data["bulges"] = _bulges(tags, start, stop, len(points))
    _plane(record, pairs)


def _bulges(tags: Tags, start: int, stop: int, count: int) -> np.ndarray:
    """The bulge of each vertex: a code 42 belongs to the last code 10 before it."""
    codes = tags.codes[start:stop]
    bulges = np.zeros(count)
    vertex = np.cumsum(codes == 10) - 1
    for i in np.flatnonzero(codes == 42).tolist():
        if 0 <= vertex[i] < count:
            bulges[vertex[i]] = float(tags.values[start + i])
    return bulges


def _polyline(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, _: Any) -> None:
    """The head of an old-style polyline; its vertices follow as entities of their own."""
    flags = _int(pairs, 70)
    record.kind = "mesh" if flags & 80 else "ring" if flags & 1 else "line"
    record.data.update(vertices=[], bulges=[], levels=[], spatial=bool(flags & 8))
    _plane(record, pairs)


def _line(record: Record, pairs: _Pairs, *_: Any) -> None:
    record.kind = "line"
    ends = [[_float(pairs, 10), _float(pairs, 20)], [_float(pairs, 11), _float(pairs, 21)]]
    record.data["points"] = np.array(ends)
    if _float(pairs, 30) != _float(pairs, 31):
        record.data["spatial"] = True


def _circle(record: Record, pairs: _Pairs, *_: Any) -> None:
    record.kind = "ring" if record.entity == "CIRCLE" else "line"
    full = record.kind == "ring"
    turn = (0.0, 360.0) if full else (_float(pairs, 50), _float(pairs, 51, 360.0))
    record.data["arc"] = (_float(pairs, 10), _float(pairs, 20), abs(_float(pairs, 40)), *np.radians(turn))
    _plane(record, pairs)


def _ellipse(record: Record, pairs: _Pairs, *_: Any) -> None:
    low, high = _float(pairs, 41), _float(pairs, 42, 2 * np.pi)
    record.kind = "ring" if abs(abs(high - low) - 2 * np.pi) < 1e-6 else "line"
    record.data["ellipse"] = (*(_float(pairs, c) for c in (10, 20, 11, 21, 40)), low, high)
    if _float(pairs, 230, 1.0) < 0:  # the axis is in world coordinates; only the sense of turn changes
        record.data["ellipse"] = (*record.data["ellipse"][:5], -high, -low)


def _spline(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, _: Any) -> None:
    record.kind = "ring" if _int(pairs, 70) & 1 else "line"
    record.data["spline"] = {
        "degree": _int(pairs, 71, 3),
        "control": _columns(tags, start, stop, 10, 20),
        "fit": _columns(tags, start, stop, 11, 21) if 11 in pairs else np.empty((0, 2)),
        "knots": _all(tags, start, stop, 40),
        "weights": _all(tags, start, stop, 41),
    }


def _solid(record: Record, pairs: _Pairs, *_: Any) -> None:
    record.kind = "ring"
    order = (0, 1, 2, 3) if record.entity == "3DFACE" else (0, 1, 3, 2)
    corners = [[_float(pairs, 10 + i), _float(pairs, 20 + i)] for i in range(4) if 10 + i in pairs]
    record.data["points"] = np.array([corners[i] for i in order if i < len(corners)])
    _plane(record, pairs)


def _point(record: Record, pairs: _Pairs, *_: Any) -> None:
    record.kind = "point"
    record.data["points"] = np.array([[_float(pairs, 10), _float(pairs, 20)]])
    record.data["level"] = _float(pairs, 30) if 30 in pairs else None


def _text(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, decode: Callable[[bytes], str]) -> None:
    record.kind = "text"
    across, up = _int(pairs, 72), _int(pairs, 73 if record.entity == "TEXT" else 74)
    aligned = (across or up) and 11 in pairs and across != 5
    x, y = (_float(pairs, 11), _float(pairs, 21)) if aligned else (_float(pairs, 10), _float(pairs, 20))
    record.data.update(
        text=decode(pairs.get(1, b"")),
        tag=decode(pairs.get(2, b"")) if record.entity == "ATTRIB" else "",
        points=np.array([[x, y]]),
        height=_float(pairs, 40, 1.0),
        rotation=np.radians(_float(pairs, 50)),
        across=(0.5, 0.0, -0.5, 0.0, 0.0, 0.5)[across % 6] if aligned or not across else 0.5,
        up=(0.5, 0.5, 0.0, -0.5)[up % 4] if across != 4 else 0.0,
        level=_float(pairs, 30) if 30 in pairs else None,
    )
    _plane(record, pairs)


def _mtext(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, decode: Callable[[bytes], str]) -> None:
    record.kind = "text"
    codes = tags.codes[start:stop]
    parts = [tags.values[start + i] for i in np.flatnonzero((codes == 3) | (codes == 1)).tolist()]
    corner = max(1, _int(pairs, 71, 1)) - 1
    turn = np.arctan2(_float(pairs, 21), _float(pairs, 11)) if 11 in pairs else np.radians(_float(pairs, 50))
    record.data.update(
        text=decode(b"".join(parts)),
        tag="",
        points=np.array([[_float(pairs, 10), _float(pairs, 20)]]),
        height=_float(pairs, 40, 1.0),
        rotation=turn,
        across=(0.5, 0.0, -0.5)[corner % 3],
        up=(-0.5, 0.0, 0.5)[min(2, corner // 3)],
        level=None,
    )


def _insert(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, decode: Callable[[bytes], str]) -> None:
    record.kind = "insert"
    record.data.update(
        block=decode(pairs.get(2, b"")),
        points=np.array([[_float(pairs, 10), _float(pairs, 20)]]),
        level=_float(pairs, 30) if 30 in pairs else None,
        scale=(_float(pairs, 41, 1.0), _float(pairs, 42, 1.0)),
        rotation=np.radians(_float(pairs, 50)),
        grid=(
            max(1, _int(pairs, 70, 1)),
            max(1, _int(pairs, 71, 1)),
            _float(pairs, 44),
            _float(pairs, 45),
        ),
        attributes=[],
    )
    _plane(record, pairs)


def _mline(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, _: Any) -> None:
    record.kind = "ring" if _int(pairs, 71) & 2 else "line"
    record.data["points"] = _columns(tags, start, stop, 11, 21)


def _hatch(record: Record, pairs: _Pairs, tags: Tags, start: int, stop: int, _: Any) -> None:
    """Boundary loops: plain polylines here, edge paths (arcs, ellipses, splines) through ezdxf."""
    record.kind = "hatch"
    loops = _plain_loops(tags, start, stop)
    if loops is None:
        record.data["source"] = _source(tags, start, stop)
    else:
        record.data["loops"] = loops
        _plane(record, pairs)


def _plain_loops(tags: Tags, start: int, stop: int) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Vertices and bulges of each loop, if all loops are polylines."""
    codes = tags.codes[start:stop]
    heads = np.flatnonzero(codes == 92).tolist()
    after = np.flatnonzero(codes == 75)
    end = int(after[0]) if len(after) and heads and after[0] > heads[0] else len(codes)
    loops = []
    for head, next_head in zip(heads, [*heads[1:], end], strict=True):
        if not int(float(tags.values[start + head])) & 2:
            return None
        a, b = start + head, start + next_head
        points = _columns(tags, a, b, 10, 20)
        loops.append((points, _bulges(tags, a, b, len(points))))
    return loops


def _source(tags: Tags, start: int, stop: int) -> str:
    rows = zip(tags.codes[start:stop].tolist(), tags.values[start:stop], strict=True)
    return "".join(f"{code}\n{value.strip().decode('latin-1')}\n" for code, value in rows if code < 1000)


_MAKERS: dict[str, Callable[..., None]] = {
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _polyline,
    "LINE": _line,
    "CIRCLE": _circle,
    "ARC": _circle,
    "ELLIPSE": _ellipse,
    "SPLINE": _spline,
    "SOLID": _solid,
    "TRACE": _solid,
    "3DFACE": _solid,
    "POINT": _point,
    "TEXT": _text,
    "ATTRIB": _text,
    "MTEXT": _mtext,
    "INSERT": _insert,
    "MLINE": _mline,
    "HATCH": _hatch,
    "MPOLYGON": _hatch,
}
