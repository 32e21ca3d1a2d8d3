"""Write two drawings as offices send them, and the outline of the site: ``python examples/make_two_plans.py FOLDER``.

Both plans fill the same 12.6 ha. ``atelier.dxf`` is drawn in millimetres while its header says metres, a layer a
use, lots numbered beside their middle, some outlines drawn twice, one layer named ``Calque12``, a frame, trees and a
hatch under everything. ``bureau.dxf`` is drawn in local coordinates with three stakes, in bare lines that stop short
of the corners, with uses and numbers in Arabic (cp1256) and no street axes. Equal calls give equal drawings.
``docs/two-plans-in-a-morning.md`` follows them from here to the decision sheet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import ezdxf
import geopandas as gpd
import numpy as np
from ezdxf import units
from ezdxf.enums import TextEntityAlignment
from shapely import Polygon, box
from shapely.affinity import rotate, translate

CRS = "EPSG:32628"
ORIGIN = (414_000.0, 2_613_000.0)  # of local coordinates, near Dakhla
TURN_DEG = 8.0
SITE = box(0, 0, 420, 300)
LOCAL_SHIFT = np.array([1000.0, 5000.0])  # the bureau's own grid
STAKES = {"B1": (0.0, 0.0), "B2": (420.0, 0.0), "B3": (420.0, 300.0)}


class Lot(NamedTuple):
    """A lot in local metres: number, use, storeys in words, corners."""

    number: str
    use: str
    storeys: str
    shape: Polygon


# (west, south, east, north), columns, rows, use, storeys
_ATELIER = [
    ((0, 0, 204, 40), 12, 1, "villas", "R+1"),
    ((216, 0, 420, 40), 12, 1, "villas", "R+1"),
    ((0, 52, 204, 92), 17, 2, "rows", "R+2"),
    ((216, 52, 420, 92), 17, 2, "rows", "R+2"),
    ((0, 104, 204, 140), 4, 1, "mixed", "R+4"),
    ((216, 104, 318, 140), 2, 1, "shops", "R+1"),
    ((318, 104, 369, 140), 1, 1, "offices", "R+3"),
    ((369, 104, 420, 140), 1, 1, "parking", ""),
    ((0, 160, 204, 196), 4, 1, "flats", "R+4"),
    ((216, 160, 318, 196), 1, 1, "school", "R+1"),
    ((318, 160, 369, 196), 1, 1, "mosque", ""),
    ((369, 160, 420, 196), 1, 1, "green", ""),
    ((0, 208, 204, 248), 17, 2, "rows", "R+2"),
    ((216, 208, 420, 248), 6, 1, "social", "R+4"),
    ((0, 260, 204, 300), 12, 1, "villas", "R+1"),
    ((216, 260, 318, 300), 1, 1, "sport", ""),
    ((318, 260, 420, 300), 1, 1, "green", ""),
]
_BUREAU = [
    ((0, 0, 94, 66), 6, 1, "villas", "R+1"),
    ((106, 0, 200, 66), 3, 1, "flats", "R+4"),
    ((220, 0, 314, 66), 3, 1, "flats", "R+4"),
    ((326, 0, 420, 66), 6, 1, "villas", "R+1"),
    ((0, 78, 94, 144), 3, 2, "flats", "R+4"),
    ((106, 78, 200, 144), 2, 2, "mixed", "R+5"),
    ((220, 78, 314, 144), 2, 2, "mixed", "R+5"),
    ((326, 78, 420, 144), 3, 2, "social", "R+4"),
    ((0, 156, 94, 222), 3, 2, "social", "R+4"),
    ((106, 156, 200, 222), 1, 1, "green", ""),
    ((220, 156, 267, 222), 1, 1, "school", "R+2"),
    ((267, 156, 314, 222), 1, 2, "mosque", ""),
    ((326, 156, 420, 222), 3, 2, "flats", "R+4"),
    ((0, 234, 94, 300), 2, 1, "hotel", "R+3"),
    ((106, 234, 200, 300), 3, 1, "flats", "R+4"),
    ((220, 234, 314, 300), 2, 1, "shops", "R+1"),
    ((326, 234, 420, 300), 1, 1, "green", ""),
]
_ATELIER_AXES = [((0, y), (420, y)) for y in (46, 98, 150, 202, 254)] + [((210, 0), (210, 300))]
_LAYERS = {
    "villas": "LOTS VILLAS",
    "rows": "Maisons en bande",
    "mixed": "USAGE MIXTE",
    "shops": "COMMERCES",
    "offices": "BUREAUX",
    "parking": "PARKING",
    "flats": "IMMEUBLES",
    "school": "ECOLE PRIMAIRE",
    "mosque": "MOSQUEE",
    "green": "ESPACES VERTS",
    "social": "Calque12",
    "sport": "TERRAINS DE SPORT",
}
_WORDS = {
    "villas": "فيلات",
    "flats": "عمارات سكنية",
    "mixed": "سكن وتجارة",
    "social": "سكن اجتماعي",
    "green": "مساحة خضراء",
    "school": "مدرسة ابتدائية",
    "mosque": "مسجد",
    "hotel": "فندق",
    "shops": "محلات تجارية",
}


def lots(rows: list[tuple]) -> Iterator[Lot]:
    """Each rectangle cut into its columns and rows, numbered as it comes."""
    number = 0
    for (west, south, east, north), columns, deep, use, storeys in rows:
        x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, deep + 1)
        for j in range(deep):
            for i in range(columns):
                number += 1
                yield Lot(str(number), use, storeys, box(x[i], y[j], x[i + 1], y[j + 1]))


def placed(shape: Polygon) -> Polygon:
    """From local metres to the system of the map."""
    return translate(rotate(shape, TURN_DEG, origin=(0, 0)), *ORIGIN)


def write_site(path: Path) -> None:
    """The outline as the organiser has it."""
    outline = gpd.GeoDataFrame({"name": ["site"]}, geometry=[placed(SITE)], crs=CRS)
    outline.to_file(path, driver="GPKG", layer="site")


def write_atelier(path: Path) -> None:
    """Millimetres under a header of metres, in place on the map."""
    drawing = ezdxf.new("R2010")
    drawing.header["$INSUNITS"] = units.M
    space, chance = drawing.modelspace(), np.random.default_rng(1)

    def layer(name: str) -> dict[str, str]:
        if name not in drawing.layers:
            drawing.layers.add(name)
        return {"layer": name}

    def points(shape: Polygon) -> list[tuple[float, float]]:
        return [(x * 1000, y * 1000) for x, y in placed(shape).exterior.coords[:-1]]

    hatch = space.add_hatch(dxfattribs=layer("FOND"))
    hatch.paths.add_polyline_path(points(SITE), is_closed=True)
    for lot in lots(_ATELIER):
        for _ in range(1 + (chance.random() < 0.2)):  # some outlines are drawn twice
            space.add_lwpolyline(points(lot.shape), close=True, dxfattribs=layer(_LAYERS[lot.use]))
        words = f"{lot.number}\\P{lot.storeys}" if lot.storeys else lot.number
        beside = translate(lot.shape.centroid, *chance.uniform(-4, 4, 2))
        at = [(v * 1000) for v in placed(beside).coords[0]]
        space.add_mtext(
            words, dxfattribs={**layer("NUMEROS"), "char_height": 2500, "insert": at, "attachment_point": 5}
        )
    for a, b in _ATELIER_AXES:
        ends = [placed(box(x, y, x, y)).centroid for x, y in (a, b)]
        space.add_lwpolyline([(p.x * 1000, p.y * 1000) for p in ends], dxfattribs=layer("AXES VOIRIE"))
    space.add_lwpolyline(points(SITE.buffer(60, join_style="mitre")), close=True, dxfattribs=layer("CADRE"))
    for x, y in chance.uniform((0, 143), (420, 157), (40, 2)):
        tree = placed(box(x, y, x, y)).centroid
        space.add_circle((tree.x * 1000, tree.y * 1000), 1500, dxfattribs=layer("ARBRES"))
    space.add_text("PLAN DE MASSE", height=9000, dxfattribs=layer("CARTOUCHE")).set_placement(
        tuple(v * 1000 for v in placed(box(0, -45, 0, -45)).centroid.coords[0])
    )
    drawing.saveas(path)


def write_bureau(path: Path) -> None:
    """Local metres with stakes, bare lines with open corners, Arabic words in cp1256, no axes."""
    drawing = ezdxf.new("R2000")
    drawing.encoding = "cp1256"
    drawing.header["$INSUNITS"] = units.M
    space, chance = drawing.modelspace(), np.random.default_rng(2)
    for name in ("LIMITES", "TEXTES", "BORNES"):
        drawing.layers.add(name)
    drawn = set()
    for lot in lots(_BUREAU):
        for a, b in pairwise(np.array(lot.shape.exterior.coords)):
            side = tuple(sorted([tuple(a), tuple(b)]))
            if side in drawn:
                continue
            drawn.add(side)
            way = (b - a) / np.hypot(*(b - a))
            short = chance.uniform(0, 0.4, 2) * (chance.random(2) < 0.2)  # m, at some ends
            ends = (a + way * short[0] + LOCAL_SHIFT, b - way * short[1] + LOCAL_SHIFT)
            space.add_line(*ends, dxfattribs={"layer": "LIMITES"})
        x, y = np.array(lot.shape.centroid.coords[0]) + LOCAL_SHIFT
        for words, down in ((f"بقعة {lot.number}", 0.0), (_WORDS[lot.use], 3.0), (lot.storeys, 6.0)):
            text = space.add_text(words, height=1.8, dxfattribs={"layer": "TEXTES"})
            text.set_placement((x, y - down), align=TextEntityAlignment.MIDDLE_CENTER)
    for name, at in STAKES.items():
        stake = np.array(at) + LOCAL_SHIFT
        space.add_point(stake, dxfattribs={"layer": "BORNES"})
        space.add_text(name, height=1.5, dxfattribs={"layer": "BORNES"}).set_placement(stake + 1.0)
    drawing.saveas(path)


def write_stakes(path: Path) -> None:
    """The surveyor's list of the stakes, in the system of the map."""
    lines = ["name;east;north"]
    for name, at in STAKES.items():
        true = placed(box(*at, *at)).centroid
        lines.append(f"{name};{true.x:.3f};{true.y:.3f}")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def main(folder: Path) -> None:
    """Write ``site.gpkg``, ``atelier.dxf``, ``bureau.dxf`` and ``stakes.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_site(folder / "site.gpkg")
    write_atelier(folder / "atelier.dxf")
    write_bureau(folder / "bureau.dxf")
    write_stakes(folder / "stakes.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
