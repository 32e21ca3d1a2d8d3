"""The bay-facing grid: streets run square to the shore, heights rise inland, the promenade is the front room."""

from __future__ import annotations

from qutb.plan import Plan

from .compose import Scheme, belt_seams, borders, compose, shore_paths, tie, weave
from .programme import KINDS, Lot
from .site import core_patch
from .streets import spread

__all__ = ["plan"]

ACROSS = "LLcLLLALLLcLL"
ALONG = "LLLcLLLALLLcLLLL"

MAP = """
HHh PmmQ QmmP hHH
HHv Pamm mmaP vHH
vvv aakF Naaa vvv
vvv aSam zmac vvv

vvr raaw wSar Svv
rrS Poam maoP rrr
rnr Poym meoP rnr
rLL raam mbar CCs

sss baam mcbb sss
sss sPPm mPPs sSs
sSn yPPb bPPg nss
sss ssbb bSss sss

sss soom moos sst
iii tnSm mntt tCC
iiV ttLL wGGt ttR
IIi usdw xGGt RRR
IIi eUUx wkxR RRR
"""
PHASES = "22222 1111 33333\n" * 17


def plan() -> Plan:
    """The entry `bay`."""
    sheet = core_patch(shore_m=114.0, road_m=40.0, north_east_m=38.0, south_west_m=24.0)
    across = spread(ACROSS, sheet.width_m, "LL")
    along = spread(ALONG, sheet.depth_m, "cL")
    streets, cells = weave(sheet, across, along, (ACROSS, ALONG), MAP, PHASES)
    paths = [across[i] for i in (2, 4, 6, 8, 10)]
    return compose(
        Scheme(
            name="bay",
            title={"en": "Facing the bay", "fr": "Face à la baie", "ar": "في مواجهة الخليج"},
            streets=[
                *streets,
                *borders(sheet, "cLLL"),
                *(tie(sheet, letter, across[i]) for i, letter in ((2, "c"), (6, "A"), (10, "c"))),
                *shore_paths(sheet, paths),
            ],
            cells=cells,
            kinds=KINDS,
            phases=[
                ("P1", "The axis, from the road to the bay", "agreement signed and off-site water committed"),
                ("P2", "South-western quarters", "half of P1 built"),
                ("P3", "North-eastern quarters", "half of P2 built"),
            ],
            seams=belt_seams(sheet, paths),
            storeys=_graded,
        )
    )


def _graded(lot: Lot, s: float, t: float) -> float | None:
    """Three storeys behind the promenade, one more every third of the way inland."""
    if lot.storeys is None or lot.dwellings or lot.use not in ("housing_apartment", "mixed", "office", "hotel"):
        return lot.storeys
    return min(3.0 + int(3 * t) + (1.0 if lot.use == "mixed" else 0.0), 6.0)
