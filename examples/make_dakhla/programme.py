"""What a block holds: its way of being cut and the use, height, segment and tenure of its lots, by letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

__all__ = ["BELT", "GREEN", "KINDS", "SPORT_BY_THE_SHORE", "Kind", "Lot", "with_storeys"]


@dataclass(frozen=True)
class Lot:
    """What one lot is for. ``floors`` shares the floor area of a mixed lot among uses."""

    use: str
    storeys: float | None = None
    coverage: float | None = None
    segment: str | None = None
    tenure: str | None = None
    facility: str | None = None
    places: float | None = None
    dwellings: float | None = None
    floors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """How a block is cut: ``rows``, ``ring`` or ``shares``, and what its lots are.

    Double rows about ``strip_m`` deep are parted by lanes (0: one double row); ``shop`` replaces lots that
    front a collector or an arterial. ``parts`` are shares of the block's length, one lot each.
    """

    cut: str
    lots: tuple[Lot, ...]
    front_m: float = 0.0
    strip_m: float = 0.0
    lane: str = "n"
    depth_m: float = 0.0
    parts: tuple[float, ...] = (1.0,)
    shop: Lot | None = None
    corner: float = 1.25


def with_storeys(lot: Lot, storeys: float) -> Lot:
    """The lot at another height."""
    return replace(lot, storeys=storeys)


GREEN = Lot("green")
SQUARE = Lot("green")
SPORT_GROUND = Lot("sport", facility="local_sports_ground")


def _facility(kind: str, storeys: float, coverage: float, places: float | None = None) -> Lot:
    return Lot("facility", storeys, coverage, facility=kind, places=places)


PRESCHOOL = _facility("preschool", 1, 0.35, 200)
OVEN = _facility("oven_and_hammam", 1, 0.6)
MOSQUE = Lot("worship", 1, 0.55, facility="neighbourhood_mosque", places=900)

VILLA = Lot("housing_villa", 2, 0.35, "high", "ownership", dwellings=1)
ROW = Lot("housing_row", 2, 0.7, "middle", "ownership", dwellings=1)
SELF_BUILD = Lot("self_build_row", 3, 0.75, "middle", "self_build", dwellings=2)
RESETTLED = Lot("housing_resettlement", 3, 0.8, "resettlement", "self_build", dwellings=2)
APARTMENT = Lot("housing_apartment", 4, 0.5, "middle", "ownership")
RENTAL = Lot("housing_apartment", 4, 0.5, "middle", "rental")
SOCIAL = Lot("housing_social", 5, 0.5, "social", "ownership")
MIXED = Lot("mixed", 5, 0.55, "middle", "ownership", floors={"housing_apartment": 0.75, "retail": 0.15, "office": 0.1})
SHOP_HOUSE = Lot("mixed", 3, 0.7, "middle", "self_build", dwellings=1, floors={"self_build_row": 0.67, "retail": 0.33})
SHOP_RENTAL = Lot("mixed", 4, 0.55, "middle", "rental", floors={"housing_apartment": 0.75, "retail": 0.25})

KINDS: dict[str, Kind] = {
    # housing
    "v": Kind("rows", (VILLA,), front_m=14.0, strip_m=46.0),
    "r": Kind("rows", (ROW,), front_m=8.2, strip_m=27.0, shop=SHOP_HOUSE),
    "s": Kind("rows", (SELF_BUILD,), front_m=8.8, strip_m=27.0, shop=SHOP_HOUSE),
    "t": Kind("rows", (RESETTLED,), front_m=7.4, strip_m=27.0, shop=replace(SHOP_HOUSE, segment="resettlement")),
    "a": Kind("rows", (APARTMENT,), front_m=30.0, corner=1.1, shop=replace(SHOP_RENTAL, tenure="ownership")),
    "b": Kind("rows", (RENTAL,), front_m=30.0, corner=1.1, shop=SHOP_RENTAL),
    "o": Kind("rows", (SOCIAL,), front_m=36.0, corner=1.1),
    # town
    "m": Kind("rows", (MIXED,), front_m=30.0, corner=1.1),
    "w": Kind("rows", (Lot("office", 5, 0.5),), front_m=40.0, corner=1.0),
    "k": Kind(
        "shares",
        (_facility("market", 1, 0.6), Lot("parking"), Lot("retail", 2, 0.6)),
        parts=(0.45, 0.15, 0.4),
    ),
    "h": Kind("rows", (Lot("hotel", 4, 0.4),), front_m=60.0, corner=1.0),
    "H": Kind("shares", (Lot("hotel", 4, 0.35), Lot("hotel", 4, 0.35)), parts=(0.5, 0.5)),
    # neighbourhood and town facilities
    "n": Kind("shares", (PRESCHOOL, SQUARE, MOSQUE, OVEN), parts=(0.3, 0.27, 0.25, 0.18)),
    "N": Kind("shares", (_facility("library", 2, 0.4), SQUARE, MOSQUE, PRESCHOOL), parts=(0.2, 0.3, 0.25, 0.25)),
    "F": Kind("shares", (Lot("worship", 1, 0.5, facility="friday_mosque", places=4000), SQUARE), parts=(0.5, 0.5)),
    "S": Kind("shares", (_facility("primary_school", 2, 0.3, 780),)),
    "C": Kind("shares", (_facility("lower_secondary_school", 2, 0.3, 1200),)),
    "L": Kind("shares", (_facility("upper_secondary_school", 3, 0.25, 1000),)),
    "e": Kind(
        "shares",
        (_facility("urban_health_centre", 2, 0.4), SQUARE, _facility("post_office", 2, 0.5), PRESCHOOL),
        parts=(0.35, 0.2, 0.15, 0.3),
    ),
    "y": Kind(
        "shares",
        (_facility("youth_centre", 2, 0.4), SPORT_GROUND, _facility("womens_centre", 2, 0.4)),
        parts=(0.25, 0.5, 0.25),
    ),
    "z": Kind(
        "shares",
        (_facility("communal_office", 3, 0.4), SQUARE, _facility("police_civil_protection", 2, 0.4)),
        parts=(0.35, 0.25, 0.4),
    ),
    "c": Kind(
        "shares",
        (_facility("cultural_centre", 3, 0.4), SQUARE, _facility("multipurpose_hall", 2, 0.5)),
        parts=(0.4, 0.3, 0.3),
    ),
    "V": Kind("shares", (_facility("vocational_training_centre", 2, 0.35, 600),)),
    "d": Kind("shares", (_facility("covered_sports_hall", 1, 0.5), Lot("parking")), parts=(0.75, 0.25)),
    # open ground
    "P": Kind("shares", (GREEN,)),
    "Q": Kind("shares", (SQUARE,)),
    "g": Kind("shares", (SPORT_GROUND,)),
    "G": Kind("shares", (Lot("sport", facility="municipal_stadium"),)),
    "R": Kind("shares", (Lot("land_reserve"),)),
    # work and services
    "i": Kind("rows", (Lot("industry", 1, 0.6),), front_m=32.0, corner=1.0),
    "I": Kind("rows", (Lot("logistics", 1, 0.5),), front_m=70.0, corner=1.0),
    "u": Kind("shares", (Lot("utility", 1, 0.3), Lot("utility", 1, 0.3)), parts=(0.5, 0.5)),
    "U": Kind("shares", (Lot("utility", 1, 0.2),)),
    "x": Kind("shares", (Lot("parking"), Lot("retail", 2, 0.5)), parts=(0.5, 0.5)),
}
BELT = Kind("shares", (GREEN,))
SPORT_BY_THE_SHORE = Kind("shares", (SPORT_GROUND,))
