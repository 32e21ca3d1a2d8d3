"""The dossier as a tagged PDF, set by typst with the shipped fonts only."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from qutb.core import SolverError
from qutb.dossier.content import DossierContent, to_plain
from qutb.draw import FONTS

__all__ = ["render_pdf", "svg_png"]

_ACCESSIBLE = ["ua-1"]
_NO_GLYPH = "could not be displayed with font"


def render_pdf(content: DossierContent) -> bytes:
    """The PDF's bytes: the same for the same content. Raises ``SolverError`` if the document cannot be set."""
    import typst

    data = to_plain(content)
    data["ymd"] = [int(part) for part in content.iso_date.split("-")]
    words, when = json.dumps(data), _noon(content.iso_date)
    try:
        return _compiled(words, when, _ACCESSIBLE)
    except typst.TypstError as fault:
        if _NO_GLYPH not in str(fault):
            raise SolverError("DOSSIER-PDF", fault=str(fault)) from fault
    # A name in a script the shipped fonts have not: it shows as boxes, so the file may not call itself PDF/UA.
    try:
        return _compiled(words, when, [])
    except typst.TypstError as fault:
        raise SolverError("DOSSIER-PDF", fault=str(fault)) from fault


def _compiled(words: str, when: int, standards: list[str]) -> bytes:
    import typst

    compiler = typst.Compiler(_template(), font_paths=_fonts(), sys_inputs={"data": words})
    made: bytes = compiler.compile(format="pdf", timestamp=when, pdf_standards=standards)
    return made


_PICTURE = """#set page(width: auto, height: auto, margin: 0mm)
#set text(font: ("Noto Sans", "Noto Naskh Arabic"), fallback: false)
#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1mm)"""


def svg_png(svg: str, width_mm: float, *, dots_per_inch: float = 200.0) -> bytes:
    """A drawing as a picture for formats that cannot hold it as lines; set with the shipped fonts."""
    import typst

    inputs = {"svg": svg, "width": f"{width_mm:g}"}
    try:
        compiler = typst.Compiler(_PICTURE.encode(), font_paths=_fonts(), sys_inputs=inputs)
        made: bytes = compiler.compile(format="png", ppi=dots_per_inch)
    except typst.TypstError as fault:
        raise SolverError("DOSSIER-PDF", fault=str(fault)) from fault
    return made


@cache
def _template() -> bytes:
    return files("qutb.dossier").joinpath("dossier.typ").read_bytes()


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _noon(iso_date: str) -> int:
    when = date.fromisoformat(iso_date)
    return int(datetime(when.year, when.month, when.day, 12, tzinfo=UTC).timestamp())
