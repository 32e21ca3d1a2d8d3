"""Networks and trip tables in the TNTP format of "Transportation Networks for Research".

Metadata lines ``<KEY> value`` end with ``<END OF METADATA>``; ``~`` starts a comment; a link is a row
``init_node term_node capacity length free_flow_time b power [speed toll type] ;``; trips are
``Origin n`` followed by ``destination : trips;``. The cost of a link adds toll and length by the factors of the
metadata (``TOLL FACTOR``, ``DISTANCE FACTOR``) or of the call. Every error names file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qutb.core import Finding, FormatError, InputError
from qutb.mobility.equilibrium import Demand, Network

__all__ = ["TntpNetwork", "read_network", "read_trips"]

_KEY = re.compile(r"\s*<([^>]*)>\s*([^\s~]*)")
_CELL = re.compile(r"\s*(\d+)\s*:\s*([-+.\deE]+)\s*$")
_LINK_FIELDS = ("init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll")
_LARGEST_FILE_BYTES = 200_000_000
_TOTAL_TOLERANCE = 1e-3
Line = tuple[int, str]


@dataclass(frozen=True, eq=False, kw_only=True)
class TntpNetwork:
    """A network as read: ``network`` with node ``n`` of the file at row ``n - 1``; remarks on what is odd."""

    network: Network
    zones: int
    nodes: int
    first_through_node: int
    remarks: tuple[Finding, ...] = ()


def read_network(path: Path, *, toll_factor: float | None = None, length_factor: float | None = None) -> TntpNetwork:
    """The network of a ``*_net.tntp`` file; factors given stand over those of its metadata."""
    meta, body = _parts(path)
    zones, nodes = _whole(meta, "NUMBER OF ZONES", path), _whole(meta, "NUMBER OF NODES", path)
    first = _whole(meta, "FIRST THRU NODE", path, 1)
    declared = _whole(meta, "NUMBER OF LINKS", path, -1)
    if zones > nodes:
        raise FormatError("TRAFFIC-ZONES", path.name, zones=zones, nodes=nodes)
    if nodes > 10_000_000:
        raise FormatError("TRAFFIC-NUMBER", path.name, text=str(nodes), name="NUMBER OF NODES")
    rows, lines = _links(path, body, nodes)
    if declared not in (-1, len(rows)):
        raise FormatError("TRAFFIC-COUNT", path.name, value=len(rows), declared=declared)
    toll = _factor(meta, "TOLL FACTOR", path) if toll_factor is None else toll_factor
    distance = _factor(meta, "DISTANCE FACTOR", path) if length_factor is None else length_factor
    network = Network(
        tail=rows[:, 0].astype(np.int64) - 1,
        head=rows[:, 1].astype(np.int64) - 1,
        capacity=rows[:, 2],
        length=rows[:, 3],
        free=rows[:, 4],
        b=rows[:, 5],
        power=rows[:, 6],
        fixed=toll * rows[:, 8] + distance * rows[:, 3],
        through=np.arange(nodes) >= first - 1,
    )
    return TntpNetwork(
        network=network,
        zones=zones,
        nodes=nodes,
        first_through_node=first,
        remarks=tuple(_remarks(path, network, lines)),
    )


def read_trips(path: Path, *, zones: int) -> tuple[Demand, tuple[Finding, ...]]:
    """The trip table of a ``*_trips.tntp`` file between ``zones`` zones, and remarks."""
    meta, body = _parts(path)
    told = _whole(meta, "NUMBER OF ZONES", path, zones)
    if told != zones:
        raise FormatError("TRAFFIC-OTHER-ZONES", path.name, value=told, zones=zones)
    cells: dict[tuple[int, int], float] = {}
    origin = 0
    for number, text in body:
        words = text.split()
        if words[0].lower() == "origin":
            origin = _zone(words[1] if len(words) > 1 else "", zones, path, number)
            continue
        for piece in filter(str.strip, text.split(";")):
            match = _CELL.match(piece)
            if not origin or match is None:
                raise FormatError("TRAFFIC-CELL", f"{path.name}:{number}", text=piece.strip())
            pair = (origin, _zone(match[1], zones, path, number))
            if pair in cells:
                raise FormatError("TRAFFIC-PAIR-TWICE", f"{path.name}:{number}", origin=pair[0], destination=pair[1])
            cells[pair] = _number(match[2], "trips", path, number)
    ends = np.array(list(cells), dtype=np.int64).reshape(-1, 2) - 1
    demand = Demand(origin=ends[:, 0], destination=ends[:, 1], trips=np.array(list(cells.values()), dtype=np.float64))
    return demand, tuple(_total(meta, demand, path))


def _parts(path: Path) -> tuple[Mapping[str, tuple[int, str]], list[Line]]:
    """Metadata by key and the lines after it that say something, with their numbers."""
    if not path.is_file():
        raise InputError("TRAFFIC-NO-FILE", str(path))
    if path.stat().st_size > _LARGEST_FILE_BYTES:
        raise FormatError("TRAFFIC-FILE-LARGE", path.name, limit=_LARGEST_FILE_BYTES // 1_000_000)
    meta: dict[str, tuple[int, str]] = {}
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    for number, text in enumerate(lines, 1):
        key = _KEY.match(text)
        if key is None:
            continue
        name = " ".join(key[1].upper().split())
        if name == "END OF METADATA":
            return meta, [(n, t) for n, t in _said(lines[number:], number + 1)]
        meta[name] = (number, key[2])
    raise FormatError("TRAFFIC-NO-METADATA", path.name)


def _said(lines: list[str], first: int) -> Iterator[Line]:
    for number, text in enumerate(lines, first):
        spoken = text.partition("~")[0].strip()
        if spoken and not spoken.lower().startswith(("init", "from")) and spoken.strip(";").strip():
            yield number, spoken


def _whole(meta: Mapping[str, tuple[int, str]], key: str, path: Path, default: int | None = None) -> int:
    if key not in meta:
        if default is None:
            raise FormatError("TRAFFIC-NO-KEY", path.name, key=key)
        return default
    number, text = meta[key]
    value = _number(text, key, path, number)
    if value < 1 or value != int(value):
        raise FormatError("TRAFFIC-NUMBER", f"{path.name}:{number}", text=text, name=key)
    return int(value)


def _factor(meta: Mapping[str, tuple[int, str]], key: str, path: Path) -> float:
    if key not in meta:
        return 0.0
    number, text = meta[key]
    return _number(text, key, path, number)


def _number(text: str, name: str, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError as fault:
        raise FormatError("TRAFFIC-NUMBER", f"{path.name}:{line}", text=text, name=name) from fault
    if not value >= 0:
        raise FormatError("TRAFFIC-NEGATIVE", f"{path.name}:{line}", text=text, name=name)
    return value


def _zone(text: str, zones: int, path: Path, line: int) -> int:
    if not text.isdigit() or not 1 <= int(text) <= zones:
        raise FormatError("TRAFFIC-ZONE", f"{path.name}:{line}", text=text, zones=zones)
    return int(text)


def _links(path: Path, body: list[Line], nodes: int) -> tuple[np.ndarray, list[int]]:
    rows, lines = [], []
    for number, text in body:
        words = text.replace(";", " ").split()
        if len(words) < 7:
            raise FormatError("TRAFFIC-SHORT-ROW", f"{path.name}:{number}", value=len(words))
        row = [_number(word, name, path, number) for word, name in zip(words, _LINK_FIELDS, strict=False)]
        for name, end in zip(_LINK_FIELDS, row[:2], strict=False):
            if end != int(end) or not 1 <= end <= nodes:
                raise FormatError("TRAFFIC-NODE", f"{path.name}:{number}", text=words[0], name=name, nodes=nodes)
        rows.append(row + [0.0] * (len(_LINK_FIELDS) - len(row)))
        lines.append(number)
    if not rows:
        raise FormatError("TRAFFIC-NO-LINKS", path.name)
    return np.array(rows, dtype=np.float64), lines


def _remarks(path: Path, network: Network, lines: list[int]) -> Iterator[Finding]:
    closed = np.flatnonzero(~network.open)
    if len(closed):
        where = tuple(f"{path.name}:{lines[i]}" for i in closed[:20])
        yield Finding(code="TRAFFIC-CLOSED", severity="note", where=where, params={"value": len(closed)})
    pairs = network.tail * len(network.through) + network.head
    _, first = np.unique(pairs, return_index=True)
    twice = np.setdiff1d(np.arange(len(pairs)), first)
    if len(twice):
        where = tuple(f"{path.name}:{lines[i]}" for i in twice[:20])
        yield Finding(code="TRAFFIC-PARALLEL", severity="note", where=where, params={"value": len(twice)})


def _total(meta: Mapping[str, tuple[int, str]], demand: Demand, path: Path) -> Iterator[Finding]:
    if "TOTAL OD FLOW" not in meta:
        return
    number, text = meta["TOTAL OD FLOW"]
    told, found = _number(text, "TOTAL OD FLOW", path, number), float(demand.trips.sum())
    if abs(told - found) > _TOTAL_TOLERANCE * max(told, 1.0):
        params = {"value": found, "limit": told}
        yield Finding(code="TRAFFIC-TOTAL", severity="warning", where=(f"{path.name}:{number}",), params=params)
