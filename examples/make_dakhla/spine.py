"""The linear spine: one bending boulevard carries transit, shops and offices; quarters hang on it on both sides,
parted by green wedges.
"""

from __future__ import annotations

import numpy as np
import shapely

from qutb.plan import Plan

from .compose import Scheme, belt_seams, borders, compose, shore_paths, tie, weave
from .patch import Patch
from .programme import KINDS, Lot
from .site import core_patch
from .streets import Street, extended, spread

__all__ = ["plan"]

ACROSS = "llllAllllcllll"
TO_THE_BAY = "llllcllllcllll"
WEIGHTS = [1, 1, 1, 0.32, 1, 1, 1, 0.32, 1, 1, 1, 0.32, 1, 1, 1]
ALONG = "lllclllll"

# from the promenade to the spine
BAY_SIDE = """
HHh P mma Q hHH P vvv
HHv P aar Q hHH P vvv
vvv P aSr g ray P vvv
vvr P rrn g nSr P vvr

rSr P rrr P rrr P rrr
rnr P rrb Q brr P rSr
rrr P rCC P orr P rnr
CCe P bSb Q bok P rrr
mar P mmF P cam P arm
mwm Q wzm Q wmm Q wwm
"""
# from the spine to the existing road
ROAD_SIDE = """
mwm Q wwm Q mwm Q mwm
amm P mar P aam P mma
osr P oNr P oar P ook
sgs P sss P sSs P sns
sSs P sss P oss P sto

nss P sss P tnt P ttS
iii Q ssy P LLt P ttd
LLi P isx P yts P RRR
iii P iiV P sst P RRR
IIu P iiU P ttt P RRR
"""
PHASES = "111 1 222 2 333 3 444\n" * 10


def _spine(sheet: Patch) -> shapely.LineString:
    """The boulevard: an S from the south-western to the north-eastern side."""
    s = np.linspace(0.0, 1.0, 60)
    return shapely.LineString(sheet.at(s, 0.49 + 0.075 * np.sin(2 * np.pi * (s - 0.08))))


def plan() -> Plan:
    """The entry `spine`."""
    sheet = core_patch(shore_m=114.0, road_m=35.0, north_east_m=32.0, south_west_m=20.0)
    boulevard = _spine(sheet)
    ends = [_fraction(sheet, boulevard, i) for i in (0, -1)]
    bay_side = Patch(sheet.near, boulevard, sheet.line((0, 0), (0, ends[0])), sheet.line((1, 0), (1, ends[1])))
    road_side = Patch(boulevard, sheet.far, sheet.line((0, ends[0]), (0, 1)), sheet.line((1, ends[1]), (1, 1)))
    across = spread(ACROSS, sheet.width_m, "LL", WEIGHTS)
    north = spread(ALONG, bay_side.depth_m, "cA")
    south = spread(ALONG[::-1], road_side.depth_m, "AL")
    north_streets, north_cells = weave(bay_side, across, north, (TO_THE_BAY, ALONG), BAY_SIDE, PHASES)
    south_streets, south_cells = weave(road_side, across, south, (ACROSS, ALONG[::-1]), ROAD_SIDE, PHASES)
    paths = [across[i] for i in (2, 5, 8, 11)]
    return compose(
        Scheme(
            name="spine",
            title={"en": "Along the spine", "fr": "Le long de l'axe", "ar": "على طول المحور"},
            streets=[
                *north_streets,
                *south_streets,
                Street("A", extended(boulevard)),
                *borders(sheet, "cLLL"),
                *(tie(road_side, letter, across[i]) for i, letter in ((2, "L"), (4, "A"), (9, "c"), (11, "L"))),
                *shore_paths(sheet, paths),
            ],
            cells=[*north_cells, *south_cells],
            kinds=KINDS,
            phases=[
                ("P1", "First stretch of the spine", "agreement signed and off-site water committed"),
                ("P2", "Second stretch", "half of P1 built"),
                ("P3", "Third stretch", "half of P2 built"),
                ("P4", "North-eastern stretch", "half of P3 built"),
            ],
            seams=belt_seams(sheet, paths),
            storeys=_towards_the_spine,
        )
    )


def _fraction(sheet: Patch, boulevard: shapely.LineString, end: int) -> float:
    """Fraction of the depth at which the boulevard leaves the sheet."""
    side = sheet.left if end == 0 else sheet.right
    return float(side.project(shapely.Point(boulevard.coords[end]), normalized=True))


def _towards_the_spine(lot: Lot, s: float, t: float) -> float | None:
    """Six storeys for offices and five for mixed lots, which line the boulevard; four behind."""
    return 6.0 if lot.use == "office" else lot.storeys
