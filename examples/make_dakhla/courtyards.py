"""Courtyard superblocks: through traffic stays outside, each superblock turns round a garden, and streets are short
and staggered so that the wind finds no corridor.
"""

from __future__ import annotations

from dataclasses import replace

from qutb.plan import Plan

from .compose import Cell, Scheme, belt_seams, borders, compose, shore_paths, tie, weave
from .patch import Patch
from .programme import GREEN, KINDS, Kind, Lot
from .site import core_patch
from .streets import Street, grid_street, spread

__all__ = ["plan"]

# A superblock is nine cells: arms A to D turn round a garden G; E and F are ends of arms used on their own.
# "h" is half a superblock.
PINWHEELS = {
    "+": "AAB\nDGB\nDCC",
    "-": "BAA\nBGD\nCCD",
    "e": "AAB\nDGB\nDCE",
    "f": "AFB\nDGB\nDCE",
    "h": "A\nB\nC",
}

# Superblocks row by row from the shore inland: pinwheel, what A B C D G (E F) hold, phase.
SUPERBLOCKS = (
    "eHvvvPn1 -HavaP1 fHaabQFz1 fmaamQck2 eHavaPn2 -hvvvP3",
    "hvrr1 fraorPSn1 +mbamP1 fwabaQed2 frborPSy2 erarvPn3 hvvv3",
    "esrosSn1 -sboCP1 eboobPN1 fssoLPSe2 esoosSn2 esrorSn3",
    "hiIi1 eiIiudV1 fttoLSyn1 +tooCP2 fsttsPkx2 esRtGPn3 hRRR3",
)
ALONG = "cAc"
BETWEEN = ("ccAcc", "cccAcc", "ccAcc", "cccAcc")


def _court(kind: Kind) -> Kind:
    """The same lots round a green court."""
    return Kind("ring", (kind.lots[0], GREEN), front_m=34.0, depth_m=27.0, shop=kind.shop)


COURTS = {key: _court(KINDS[key]) for key in "abom"}


def plan() -> Plan:
    """The entry `courtyards`."""
    sheet = core_patch(shore_m=114.0, road_m=40.0, north_east_m=52.0, south_west_m=24.0)
    streets, cells = _superblocks(sheet)
    across = spread(BETWEEN[3], sheet.width_m, "LL", [0.5, 1, 1, 1, 1, 1, 0.5])
    paths = spread(BETWEEN[0], sheet.width_m, "LL")
    return compose(
        Scheme(
            name="courtyards",
            title={"en": "Courtyard quarters", "fr": "Quartiers à cours", "ar": "أحياء الأفنية"},
            streets=[
                *streets,
                *borders(sheet, "cLLL"),
                *(tie(sheet, letter, across[i]) for i, letter in ((1, "c"), (3, "A"), (5, "c"))),
                *shore_paths(sheet, paths),
            ],
            cells=cells,
            kinds={**KINDS, **COURTS},
            phases=[
                ("P1", "South-western superblocks", "agreement signed and off-site water committed"),
                ("P2", "Middle superblocks", "half of P1 built"),
                ("P3", "North-eastern superblocks", "north-eastern parcel released"),
            ],
            seams=belt_seams(sheet, paths),
            storeys=_even,
            shop_letters="A",
        )
    )


def _superblocks(sheet: Patch) -> tuple[list[Street], list[Cell]]:
    t = [0.0, *spread(ALONG, sheet.depth_m, "cL"), 1.0]
    streets = [grid_street(sheet, x, (0.0, f), (1.0, f)) for x, f in zip(ALONG, t[1:-1], strict=True)]
    cells: list[Cell] = []
    for j, words in enumerate(SUPERBLOCKS):
        weights = [0.5 if word[0] == "h" else 1.0 for word in words.split()]
        inner = spread(BETWEEN[j], sheet.width_m, "LL", weights)
        streets += [grid_street(sheet, x, (f, t[j]), (f, t[j + 1])) for x, f in zip(BETWEEN[j], inner, strict=True)]
        s = [0.0, *inner, 1.0]
        for i, word in enumerate(words.split()):
            more, held = _superblock(sheet.part(s[i], s[i + 1], t[j], t[j + 1]), word)
            streets += more
            cells += held
    return streets, cells


def _superblock(patch: Patch, word: str) -> tuple[list[Street], list[Cell]]:
    """Streets and cells of one superblock from its word."""
    pinwheel, held, phase = PINWHEELS[word[0]], word[1:-1], word[-1]
    columns = len(pinwheel.split()[0])
    across = spread("ll", patch.width_m, "cc") if columns == 3 else []
    along = spread("ll", patch.depth_m, "cc")
    phases = "\n".join([phase * columns] * 3)
    streets, cells = weave(patch, across, along, ("ll"[: len(across)], "ll"), pinwheel, phases)
    order = "ABC" if columns == 1 else "ABCDGEF"
    holds = dict(zip(order, held, strict=False))
    return streets, [replace(cell, key=holds[cell.key]) for cell in cells]


def _even(lot: Lot, s: float, t: float) -> float | None:
    """Four storeys round the courts, five where they mix shops and offices."""
    if lot.use == "housing_social":
        return 4.0
    return lot.storeys
