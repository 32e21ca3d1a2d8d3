"""What of a drawing cannot be read, and what its header says against its content, as findings with layer and line."""

from __future__ import annotations

from typing import Any

import pandas as pd

from qutb.core import Finding
from qutb.files.drawing.answers import Answers
from qutb.files.drawing.raw import Raw
from qutb.files.drawing.units import header_unit

__all__ = ["problems_of"]

_PROBLEMS = {
    "proxy": ("DRAW-PROXY", "warning"),
    "solid": ("DRAW-SOLID", "warning"),
    "image": ("DRAW-IMAGE", "note"),
    "unknown": ("DRAW-UNKNOWN-ENTITY", "warning"),
    "damaged": ("DRAW-ENTITY-DAMAGED", "warning"),
    "annotation": ("DRAW-ANNOTATION", "note"),
    "mesh": ("DRAW-MESH", "warning"),
    "xref": ("DRAW-XREF-MISSING", "warning"),
    "block_missing": ("DRAW-BLOCK-MISSING", "warning"),
    "block_in_itself": ("DRAW-BLOCK-IN-ITSELF", "warning"),
    "nesting": ("DRAW-NESTING", "warning"),
}


def problems_of(raw: Raw, asked: Answers) -> tuple[Finding, ...]:
    """What of the file cannot be read or is read otherwise than drawn, with its layer and lines."""
    found = [_unread(entry) for entry in raw.facts["unread"]]
    told = pd.DataFrame(raw.facts["problems"])
    if len(told):
        told = told.reindex(columns=["cause", "entity", "layer", "line", "block"])
        for (cause, entity, layer, block), rows in told.fillna({"block": ""}).groupby(
            ["cause", "entity", "layer", "block"], sort=True
        ):
            entry = {
                "cause": cause,
                "entity": entity,
                "layer": layer,
                "count": len(rows),
                "lines": rows["line"].tolist(),
            }
            found.append(_unread({**entry, "block": block}))
    spatial = raw.shapes[raw.shapes["spatial"] & (raw.shapes["kind"] != "point")]
    for layer, rows in spatial.groupby("layer", sort=True):
        found.append(_about("DRAW-SPATIAL", "note", str(layer), rows["line"].tolist(), count=len(rows)))
    return (*found, *_said_of_file(raw, asked))


def _unread(entry: dict[str, Any]) -> Finding:
    code, severity = _PROBLEMS.get(str(entry["cause"]), ("DRAW-UNKNOWN-ENTITY", "warning"))
    params = {"count": entry["count"], "entity": entry["entity"], "block": entry.get("block", "")}
    return _about(code, severity, str(entry["layer"]), list(entry["lines"]), **params)


def _about(code: str, severity: Any, layer: str, lines: list[int], **params: Any) -> Finding:
    where = (f"layer:{layer}", *(f"line:{n}" for n in lines[:5])) if layer else tuple(f"line:{n}" for n in lines[:5])
    return Finding(code=code, severity=severity, where=where, params=params)


def _said_of_file(raw: Raw, asked: Answers) -> list[Finding]:
    facts = raw.facts
    said = []
    header = header_unit(facts["insunits"])
    if not asked.unit and header and header != raw.unit:
        said.append(Finding(code="DRAW-UNIT-DOUBT", severity="warning", params={"header": header, "used": raw.unit}))
    elif not asked.unit and not header:
        said.append(Finding(code="DRAW-UNIT-GUESSED", severity="note", params={"used": raw.unit}))
    if facts["encoding_guessed"]:
        said.append(Finding(code="DRAW-ENCODING", severity="note", params={"encoding": facts["encoding"]}))
    if facts["paper"]["closed"]:
        said.append(Finding(code="DRAW-PAPER", severity="warning", params=dict(facts["paper"])))
    empty = [e["name"] for e in facts["layers"]]
    used = set(raw.shapes["layer"]) | set(raw.texts["layer"])
    empty = [name for name in empty if name not in used and name not in ("0", "Defpoints")]
    if empty:
        where = tuple(f"layer:{n}" for n in empty[:20])
        said.append(Finding(code="DRAW-LAYERS-EMPTY", severity="note", where=where, params={"count": len(empty)}))
    return said
