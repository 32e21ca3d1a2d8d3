"""SVG marks with deterministic bytes, and right-to-left text solved once.

The drawing's unit is 0.01 mm and every coordinate is a whole number. The root is always left to right and
every place is computed here: Arabic words go inside U+2067 .. U+2069, so that browsers and PDF makers
alike order them from the right, whatever the page around them says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from qutb.draw.palette import INK
from qutb.text import Lang

__all__ = [
    "FONTS",
    "FONT_FAMILIES",
    "circle",
    "clip_url",
    "document",
    "fitted",
    "group",
    "hatch_id",
    "line",
    "rect",
    "shown",
    "span_mm",
    "text",
    "units",
    "wrap",
]

FONTS = Path(__file__).parent / "fonts"
FONT_FAMILIES = {
    "ar": "'Noto Naskh Arabic','Noto Sans',sans-serif",
    "fr": "'Noto Sans','Noto Naskh Arabic',sans-serif",
    "en": "'Noto Sans','Noto Naskh Arabic',sans-serif",
}
_OWN = "\x00"  # stands before every id until the drawing's digest is known
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")
_NARROW = frozenset("iljtfrI.,:;'|!()[]/ -\u00a0\u202f")
_WIDE = frozenset("mwMWQO@%&")
_NO_WIDTH = re.compile("[\u064b-\u065f\u200e\u200f\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def units(length_mm: float) -> int:
    """Whole drawing units (0.01 mm) of a length [mm]."""
    return round(length_mm * 100)


def shown(words: str, lang: Lang) -> str:
    """``words`` escaped, and set to run from the right when the language does."""
    clean = escape(_CONTROL.sub("", words), quote=False)
    return f"\u2067{clean}\u2069" if lang == "ar" and _RIGHT_TO_LEFT.search(words) else clean


def text(
    x_mm: float,
    y_mm: float,
    words: str,
    lang: Lang,
    *,
    size_mm: float = 2.8,
    anchor: str = "start",
    color: str = INK["text"],
    bold: bool = False,
    halo: bool = False,
) -> str:
    """One line of words on the base line ``y_mm``; ``anchor`` start is always the left end."""
    more = "" if anchor == "start" else f' text-anchor="{anchor}"'
    more += ' font-weight="bold"' if bold else ""
    more += f' paint-order="stroke" stroke="#fff" stroke-width="{units(size_mm * 0.3)}"' if halo else ""
    return (
        f'<text x="{units(x_mm)}" y="{units(y_mm)}" font-size="{units(size_mm)}" fill="{color}"{more}>'
        f"{shown(words, lang)}</text>"
    )


def rect(
    x_mm: float,
    y_mm: float,
    width_mm: float,
    height_mm: float,
    *,
    fill: str = "none",
    stroke: str = "none",
    stroke_width_mm: float = 0.15,
) -> str:
    """A rectangle from its upper left corner."""
    edge = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="{units(stroke_width_mm)}"'
    return (
        f'<rect x="{units(x_mm)}" y="{units(y_mm)}" width="{units(width_mm)}" height="{units(height_mm)}" '
        f'fill="{fill}"{edge}/>'
    )


def line(
    points_mm: Sequence[tuple[float, float]],
    *,
    stroke: str = INK["frame"],
    width_mm: float = 0.2,
    dash_mm: Sequence[float] = (),
    fill: str = "none",
) -> str:
    """A line through points [mm]."""
    path = "M" + "L".join(f"{units(x)} {units(y)}" for x, y in points_mm)
    dash = f' stroke-dasharray="{" ".join(str(units(d)) for d in dash_mm)}"' if dash_mm else ""
    return f'<path d="{path}" fill="{fill}" stroke="{stroke}" stroke-width="{units(width_mm)}"{dash}/>'


def circle(x_mm: float, y_mm: float, radius_mm: float, *, fill: str, stroke: str = "none") -> str:
    """A disc with a thin edge."""
    edge = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="20"'
    return f'<circle cx="{units(x_mm)}" cy="{units(y_mm)}" r="{units(radius_mm)}" fill="{fill}"{edge}/>'


def group(marks: Iterable[str], **attributes: str) -> str:
    """Marks under common attributes; ``clip`` names a clip path made by :func:`document`."""
    names = {"clip": "clip-path"}
    given = "".join(f' {names.get(k, k.replace("_", "-"))}="{v}"' for k, v in attributes.items())
    return f"<g{given}>{''.join(marks)}</g>"


def hatch_id(kind: str) -> str:
    """What to fill with for a hatch of :data:`~qutb.draw.palette.HATCHES`."""
    return f"url(#{_OWN}{kind})"


_HATCH_MARKS = {
    "rising": ("M-10 80L80 -10M60 150L150 60", 140),
    "falling": ("M-10 60L80 150M60 -10L150 80", 140),
    "level": ("M0 50H100", 100),
    "upright": ("M50 0V100", 100),
    "cross": ("M0 70H140M70 0V140", 140),
    "dots": ("M30 40h10M100 110h10", 140),
    "added": ("M-10 80L80 -10M60 150L150 60", 140),
    "removed": ("M-10 60L80 150M60 -10L150 80", 140),
}


def _hatch(kind: str) -> str:
    path, size = _HATCH_MARKS[kind]
    cap, wide = (' stroke-linecap="round"', 30) if kind == "dots" else ("", 14)
    ink, opacity = (INK[kind], ".9") if kind in INK else (INK["hatch"], ".42")
    return (
        f'<pattern id="{_OWN}{kind}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f'<path d="{path}" fill="none" stroke="{ink}" stroke-opacity="{opacity}" stroke-width="{wide}"{cap}/>'
        "</pattern>"
    )


def document(
    body: Iterable[str],
    *,
    size_mm: tuple[float, float],
    lang: Lang,
    title: str,
    description: str = "",
    clips_mm: Sequence[tuple[float, float, float, float]] = (),
) -> str:
    """The whole SVG. Its ids start with its digest, so several drawings can stand in one page.

    ``clips_mm``: rectangles x, y, width, height that groups name as ``clip_url(n)``.
    """
    inner = "".join(body)
    used = [kind for kind in _HATCH_MARKS if hatch_id(kind) in inner]
    clips = "".join(
        f'<clipPath id="{_OWN}clip{n}"><path d="M{units(x)} {units(y)}h{units(w)}v{units(h)}h-{units(w)}z"/></clipPath>'
        for n, (x, y, w, h) in enumerate(clips_mm)
    )
    defs = "".join(map(_hatch, used)) + clips
    width, height = units(size_mm[0]), units(size_mm[1])
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{size_mm[0]:g}mm" '
        f'height="{size_mm[1]:g}mm" role="img" aria-labelledby="{_OWN}t {_OWN}d" lang="{lang}" direction="ltr" '
        f'font-family="{FONT_FAMILIES[lang]}" font-size="280" fill="{INK["text"]}" stroke-linejoin="round">'
        f'<title id="{_OWN}t">{shown(title, lang)}</title><desc id="{_OWN}d">{shown(description or title, lang)}</desc>'
        + (f"<defs>{defs}</defs>" if defs else "")
        + f"{inner}</svg>"
    )
    return whole.replace(_OWN, "q" + hashlib.sha256(whole.encode()).hexdigest()[:8])


def clip_url(number: int) -> str:
    """What a group's ``clip`` is given to be cut by the drawing's clip rectangle ``number``."""
    return f"url(#{_OWN}clip{number})"


def span_mm(words: str, size_mm: float, *, bold: bool = False) -> float:
    """Width [mm] a line of words takes, within about a tenth, from mean advances of the shipped fonts."""
    plain = _NO_WIDTH.sub("", words)
    ems = sum(_advance(c) for c in plain)
    return ems * size_mm * (1.06 if bold else 1.0)


def _advance(character: str) -> float:
    if character in _NARROW:
        return 0.31
    if character in _WIDE:
        return 0.86
    if "\u0600" <= character <= "\u06ff":
        return 0.5
    return 0.64 if character.isupper() else 0.57


def wrap(words: str, width_mm: float, size_mm: float) -> list[str]:
    """``words`` cut at spaces into lines no wider than ``width_mm``; a single longer word stays whole."""
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and span_mm(longer, size_mm) <= width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(words: str, width_mm: float, size_mm: float) -> str:
    """``words``, cut with an ellipsis where they are wider than ``width_mm``."""
    if span_mm(words, size_mm) <= width_mm:
        return words
    kept = words
    while kept and span_mm(kept + "…", size_mm) > width_mm:
        kept = kept[:-1]
    return kept.rstrip() + "…"
