"""A whole drawing to flat arrays, handed over in files. Runs in the child process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from qutb.files.drawing.entities import BY_BLOCK, BY_LAYER
from qutb.files.drawing.exploding import Drawn, Exploder, TooMany
from qutb.files.drawing.sections import Contents
from qutb.files.drawing.tags import tags_of

__all__ = ["KINDS", "TooMany", "parse"]

KINDS = ("ring", "line", "hatch", "point")
_NAMED = 20


def parse(data: bytes, request: dict[str, Any], out: Path) -> dict[str, Any]:
    """Read ``data`` and write ``shapes.npz`` and ``texts.json`` to ``out``; returns facts and problems."""
    contents = Contents(tags_of(data), request.get("encoding") or "")
    exploder = Exploder(contents, request)
    drawn = exploder.explode()
    return {**exploder.facts, **_written(drawn, contents, out), "problems": exploder.problems}


def _seen(shape: Drawn, colours: dict[str, int]) -> int:
    """The colour a shape is seen in."""
    return colours.get(shape.layer, 7) if shape.colour in (BY_BLOCK, BY_LAYER) else shape.colour


def _written(drawn: list[Drawn], contents: Contents, out: Path) -> dict[str, Any]:
    shapes = [d for d in drawn if d.text is None]
    texts = [d for d in drawn if d.text is not None]
    layers = sorted({d.layer for d in drawn} | set(contents.layers))
    number = {name: i for i, name in enumerate(layers)}
    blocks = sorted({d.block for d in drawn})
    block_number = {name: i for i, name in enumerate(blocks)}
    kinds = {kind: i for i, kind in enumerate(KINDS)}
    entities = sorted({d.entity for d in shapes})
    entity_number = {name: i for i, name in enumerate(entities)}
    colours = {name: layer["colour"] for name, layer in contents.layers.items()}
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
        "layers": [{"name": n, **contents.layers.get(n, {"colour": 7, "hidden": False})} for n in layers],
        "blocks": blocks,
        "entities": entities,
        "counts": [[layer, entity, n] for (layer, entity), n in sorted(contents.seen.items())],
        "unread": [
            {"cause": c, "entity": e, "layer": y, "count": len(lines), "lines": lines[:_NAMED]}
            for (c, e, y), lines in sorted(contents.unread.items())
        ],
    }
