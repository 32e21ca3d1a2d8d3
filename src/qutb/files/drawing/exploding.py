"""Records to shapes as seen: blocks taken apart at each place, curves cut, the unit guessed. Runs in the child."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from qutb.files.drawing.curves import flattened
from qutb.files.drawing.entities import BY_BLOCK, Record
from qutb.files.drawing.sections import Block, Contents
from qutb.files.drawing.units import UNITS, guess_unit

__all__ = ["NESTING_MOST", "Drawn", "Exploder", "TooMany"]

NESTING_MOST = 10
_INHERITED = "\x00"  # layer 0 inside a block takes the layer of its insert
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


class Exploder:
    """What model space shows, blocks taken apart and curves cut; ``facts`` and ``problems`` grow on the way."""

    def __init__(self, contents: Contents, request: dict[str, Any]) -> None:
        self.records, self.blocks, self.limits = contents.records, contents.blocks, request["limits"]
        self.asked_unit, self.chord_m = request.get("unit") or "", float(request.get("chord_m") or 0.01)
        self.zone = request.get("zone")
        self.facts = contents.facts()
        self.problems: list[dict[str, Any]] = []
        self.vertices = self.inserts = self.groups = 0
        self.cache: dict[str, list[Drawn]] = {}

    def explode(self) -> list[Drawn]:
        self.unit = self.asked_unit or self._guessed_unit()
        self.chord = self.chord_m / UNITS[self.unit]
        self.facts |= {"unit": self.unit, "chord": self.chord}
        shown = [r for r in self.records if not r.paper]
        drawn = self._drawn(shown, 0, ())
        self.facts["paper"] = _on_sheets(self.records)
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

    def _say(self, cause: str, record: Record, **params: Any) -> list[Drawn]:
        """Note a problem; nothing is drawn for it."""
        self.problems.append(
            {"cause": cause, "entity": record.entity, "layer": record.layer, "line": record.line, **params}
        )
        return []


def _on_sheets(records: list[Record]) -> dict[str, int]:
    """What is drawn on sheets is not read; closed shapes there are told."""
    paper = [r for r in records if r.paper]
    return {"entities": len(paper), "closed": sum(r.kind in ("ring", "hatch") for r in paper)}


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


def _turn(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])
