"""The base DXF: the layers a plan is drawn on, the site in its true place, a legend in three languages.

The legend, the site and the block ``QUTB_LOT`` are there to draw with; what is read back are the layers
``QUTB_PLOT_*``, ``QUTB_STREET_*`` and the texts and blocks that lie in the plots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from qutb.dossier import STREET_COLOURS
from qutb.draw import INK, PALETTE
from qutb.files import DxfPen, save_drawing
from qutb.kit.words import Words
from qutb.plan import STREET_CLASSES, USES
from qutb.pole import CONSTRAINTS, TIE_INS, Pole
from qutb.text import LANGUAGES, Lang

__all__ = ["LOT_BLOCK", "DrawingLayer", "drawing_layers", "write_base_drawing", "write_layer_map"]

LOT_BLOCK = "QUTB_LOT"
_LOT_TAGS = ("LOT", "ILOT", "TRANCHE", "USAGE", "NIVEAUX", "ZONE", "CES", "COS", "LOGEMENTS")
_LEGEND = "QUTB_LEGEND"
_DASHED = {"footpath": "DASHED", "cycleway": "DASHED"}
_ROW_SHARE = 0.55  # of a row's height is text
_LETTER = 0.72  # mean width of a letter, in text heights
_SWATCH = 4.0  # in text heights


@dataclass(frozen=True)
class DrawingLayer:
    """A layer of the drawing: its name, what it holds in each language, colour and line.

    ``read_as`` is what the reading of drawings takes it for; a use or street class goes with it.
    """

    name: str
    words: Callable[[Words], str]
    colour: str
    linetype: str = ""
    filled: bool = False
    read_as: Mapping[str, str] = field(default_factory=lambda: {"role": "ignore"})


def drawing_layers(pole: Pole) -> list[DrawingLayer]:
    """Layers to draw on, then those that show the site."""
    kinds = sorted(set(pole.site.constraints["kind"].dropna().astype(str)))
    nets = sorted(set(pole.site.tie_ins["kind"].dropna().astype(str)))
    return [
        *(_plot_layer(use) for use in PALETTE if use in USES),
        DrawingLayer("QUTB_PLOT_NUMBER", lambda w: w.say("layer_number"), INK["text"], read_as=_role("text")),
        *(_street_layer(kind) for kind in STREET_CLASSES),
        DrawingLayer(
            "QUTB_STREET_AREA",
            lambda w: w.say("layer_street_area"),
            INK["street_line"],
            read_as=_role("street_areas"),
        ),
        DrawingLayer("QUTB_BUILDING", lambda w: w.say("layer_building"), INK["muted"], read_as=_role("buildings")),
        DrawingLayer(
            "QUTB_SITE_BOUNDARY", lambda w: w.say("layer_site"), INK["site"], "DASHDOT", read_as=_role("boundary")
        ),
        *(DrawingLayer(_constraint(k), _constraint_words(k), INK["constraint"], "DASHED") for k in kinds),
        DrawingLayer("QUTB_EXISTING_ROAD", lambda w: w.say("layer_road"), INK["existing_road"]),
        *(DrawingLayer(_tie_in(k), _tie_in_words(k), INK["accent"]) for k in nets),
        DrawingLayer("QUTB_SPOT_HEIGHT", lambda w: w.say("layer_spot_height"), INK["muted"]),
        DrawingLayer(_LEGEND, lambda w: w.say("layer_legend"), INK["muted"]),
    ]


def _role(role: str, **more: str) -> dict[str, str]:
    return {"role": role, **more}


def _plot_layer(use: str) -> DrawingLayer:
    read_as = _role("plots", use=use)
    return DrawingLayer(f"QUTB_PLOT_{use}", _use_words(use), PALETTE[use], filled=True, read_as=read_as)


def _street_layer(kind: str) -> DrawingLayer:
    colour, line = STREET_COLOURS[kind], _DASHED.get(kind, "")
    read_as = _role("streets", street_class=kind)
    return DrawingLayer(f"QUTB_STREET_{kind}", _street_words(kind), colour, line, read_as=read_as)


def write_layer_map(pole: Pole, path: Path) -> Path:
    """Write what each layer of the base drawing holds, as answers to the reading of drawings: nothing is guessed."""
    lines = ['form = "qutb-layers/1"', "confirmed = true", 'unit = "m"', "", "[layers]"]
    for one in drawing_layers(pole):
        parts = ", ".join(f'{key} = "{value}"' for key, value in one.read_as.items())
        lines.append(f'"{one.name}" = {{ {parts} }}')
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    return path


def _use_words(use: str) -> Callable[[Words], str]:
    return lambda w: w.say("layer_use", use=w.named(f"use.{use}", use))


def _street_words(kind: str) -> Callable[[Words], str]:
    return lambda w: w.say("layer_street", street=w.named(f"street_class.{kind}", kind))


def _constraint_words(kind: str) -> Callable[[Words], str]:
    return lambda w: w.say("layer_constraint", kind=w.listed(CONSTRAINTS, CONSTRAINTS["kind"]).get(kind, kind))


def _tie_in_words(kind: str) -> Callable[[Words], str]:
    return lambda w: w.say("layer_tie_in", kind=w.listed(TIE_INS, TIE_INS["kind"]).get(kind, kind))


def _constraint(kind: str) -> str:
    return f"QUTB_CONSTRAINT_{kind}"


def _tie_in(kind: str) -> str:
    return f"QUTB_TIE_IN_{kind}"


def write_base_drawing(pole: Pole, path: Path, *, lang: Lang) -> Path:
    """Write the base DXF of ``pole``; its layers are described in the three languages, ``lang`` first."""
    pen = DxfPen.blank(lang, {})
    every = {x: Words(pole, x) for x in (lang, *(x for x in LANGUAGES if x != lang))}
    layers = drawing_layers(pole)
    for one in layers:
        described = " | ".join(one.words(w) for w in every.values())
        pen.layer(one.name, description=described, colour=one.colour, linetype=one.linetype)
    _lot_block(pen, every[lang])
    _site(pen, pole)
    _legend(pen, pole, layers, every)
    pen.drawing.header["$MEASUREMENT"] = 1
    pen.drawing.header["$LTSCALE"] = _text_height(pole)
    _view(pen, pole)
    save_drawing(pen.drawing, path)
    return path


def _lot_block(pen: DxfPen, words: Words) -> None:
    """A block to put into each plot: the tags are read as the plot's fields."""
    block = pen.drawing.blocks.new(LOT_BLOCK)
    for number, tag in enumerate(_LOT_TAGS):
        block.add_attdef(
            tag,
            insert=(0.0, -2.6 * number),
            height=2.0,
            dxfattribs={"prompt": f"{tag} ({words.say('layer_plot')})" if not number else tag, "style": "QUTB"},
        )


def _site(pen: DxfPen, pole: Pole) -> None:
    site = pole.site
    height = _text_height(pole)
    pen.shape(site.boundary, "QUTB_SITE_BOUNDARY")
    for row_id, row in site.constraints.iterrows():
        pen.shape(row["geometry"], _constraint(str(row["kind"])), shape_id=str(row_id))
    for row_id, row in site.roads.iterrows():
        pen.shape(row["geometry"], "QUTB_EXISTING_ROAD", shape_id=str(row_id))
    here: dict[tuple[float, float], int] = {}
    for row_id, row in site.tie_ins.iterrows():
        layer = _tie_in(str(row["kind"]))
        pen.shape(row["geometry"], layer, shape_id=str(row_id))
        x, y = map(float, shapely.get_coordinates(row["geometry"])[0])
        pen.space.add_circle((x, y), height, dxfattribs={"layer": layer})
        line = here[x, y] = here.get((x, y), -1) + 1  # several networks may arrive at one point
        pen.text(str(row_id), (x + 1.5 * height, y - 1.6 * height * line), height, layer)
    for row_id, row in site.spot_heights.iterrows():
        x, y = shapely.get_coordinates(row["geometry"])[0]
        pen.shape(row["geometry"], "QUTB_SPOT_HEIGHT", shape_id=str(row_id))
        pen.text(f"{row['level_m']:.2f}", (x, y), height / 2, "QUTB_SPOT_HEIGHT")


def _text_height(pole: Pole) -> float:
    """Legend text that reads at the scale the whole site is shown in [m]."""
    xmin, ymin, xmax, ymax = shapely.bounds(pole.site.boundary)
    return float(max(xmax - xmin, ymax - ymin)) / 110


def _legend(pen: DxfPen, pole: Pole, layers: list[DrawingLayer], every: dict[Lang, Words]) -> None:
    """Right of the site, from its top down: title, coordinates, then a row a layer."""
    height = _text_height(pole)
    left, top = _legend_corner(pole)
    columns = _columns(layers, every, left, height)
    right = columns[-1]
    for lang in LANGUAGES:
        place = {"ar": (right, top + 3 * height), "fr": (left, top + 3 * height), "en": (left, top + 5.4 * height)}
        words = every[lang]
        title = f"{words.pole_name} · {words.say('legend')}"
        pen.text(title, place[lang], 1.3 * height, _LEGEND, align="RIGHT" if lang == "ar" else "LEFT")
    row = height / _ROW_SHARE
    for number, one in enumerate(layers):
        _legend_row(pen, one, every, columns, top - number * row, height)
    for number, lang in enumerate(LANGUAGES, start=1):
        note = every[lang].say("legend.note", crs=pole.crs)
        x, align = (right, "RIGHT") if lang == "ar" else (left, "LEFT")
        pen.text(note, (x, top - (len(layers) + number) * row), height, _LEGEND, align=align)


def _columns(layers: list[DrawingLayer], every: dict[Lang, Words], left: float, height: float) -> list[float]:
    """Where swatch, layer name, French and English begin and Arabic ends [m]."""
    texts = [[one.name for one in layers], *([one.words(every[x]) for one in layers] for x in ("fr", "en", "ar"))]
    widths = [(max(map(len, some)) * _LETTER + 2.0) * height for some in texts]
    places = [left, left + _SWATCH * height]
    for width in widths:
        places.append(places[-1] + width)
    return places


def _legend_corner(pole: Pole) -> tuple[float, float]:
    """Beside the site and what is drawn around it, as far as that stays near."""
    xmin, _, xmax, ymax = shapely.bounds(pole.site.boundary)
    width = xmax - xmin
    around = [pole.site.constraints, pole.site.roads, pole.site.tie_ins]
    reach = max([float(xmax), *(float(shapely.bounds(g)[2]) for f in around for g in f["geometry"])])
    return min(reach, float(xmax + 0.5 * width)) + 0.08 * float(width), float(ymax) - _text_height(pole)


def _legend_row(
    pen: DxfPen, one: DrawingLayer, every: dict[Lang, Words], x: list[float], base: float, height: float
) -> None:
    box = shapely.box(x[0], base, x[0] + 3 * height, base + height)
    if one.filled:
        pen.fill(shapely.get_coordinates(box.exterior)[:-1], _LEGEND, one.colour)
        pen.shape(box, _LEGEND, colour=INK["plot_line"])
    else:
        line = shapely.LineString([(x[0], base + height / 2), (x[0] + 3 * height, base + height / 2)])
        pen.shape(line, _LEGEND, colour=one.colour)
    pen.text(one.name, (x[1], base), height, _LEGEND)
    pen.text(one.words(every["fr"]), (x[2], base), height, _LEGEND)
    pen.text(one.words(every["en"]), (x[3], base), height, _LEGEND)
    pen.text(one.words(every["ar"]), (x[5], base), height, _LEGEND, align="RIGHT")


def _view(pen: DxfPen, pole: Pole) -> None:
    """The drawing opens on the whole site and its legend."""
    xmin, ymin, _, ymax = shapely.bounds(pole.site.boundary)
    right = _legend_corner(pole)[0] + 130 * _text_height(pole)
    pen.drawing.set_modelspace_vport(
        height=1.2 * max(ymax - ymin, (right - xmin) / 1.8), center=((xmin + right) / 2, (ymin + ymax) / 2)
    )
