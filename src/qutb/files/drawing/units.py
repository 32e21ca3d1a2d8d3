"""What one drawing unit is worth in metres. The header often lies, so the size of things is asked too."""

from __future__ import annotations

__all__ = ["UNITS", "guess_unit", "header_unit"]

UNITS = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048}
_INSUNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m", 7: "km", 14: "dm"}
_USUAL = ("mm", "cm", "m")
_LOT_SIDE_M = (6.0, 150.0)  # the square root of a median plot: 36 m2 to 2 ha
_SIDE_EVER_M = (1.5, 1_500.0)
_EXTENT_M = (60.0, 30_000.0)
_EXTENT_EVER_M = (20.0, 200_000.0)
_TEXT_M = (0.3, 25.0)


def header_unit(code: int) -> str:
    """The unit ``$INSUNITS`` names, ``""`` if none or one nobody builds in."""
    return _INSUNITS.get(code, "")


def guess_unit(
    code: int,
    side: float,
    extent: float,
    text: float,
    middle: list[float] | None = None,
    zone: list[float] | None = None,
) -> str:
    """Unit by the median side of closed shapes, the extent and the median text height, all in drawing units.

    Each measure that is of a usual size counts one, the header one and a half: it wins a draw, not a proof.
    A size that no plan has counts three against; ``middle`` inside ``zone`` [m], the
    area of the coordinate system asked for, counts two and a half.
    """
    said = header_unit(code)
    best, most = said or "m", -1.0
    for unit in dict.fromkeys([*([said] if said else []), "m", *_USUAL]):
        factor = UNITS[unit]
        votes = 1.5 * (unit == said)
        votes += 1.5 * _within(side * factor, _LOT_SIDE_M) + _within(extent * factor, _EXTENT_M)
        votes += 0.5 * _within(text * factor, _TEXT_M)
        votes -= 3 * (side > 0 and not _within(side * factor, _SIDE_EVER_M))
        votes -= 3 * (extent > 0 and not _within(extent * factor, _EXTENT_EVER_M))
        if middle and zone:
            x, y = (v * factor for v in middle)
            votes += 2.5 * (zone[0] <= x <= zone[2] and zone[1] <= y <= zone[3])
        if votes > most:
            best, most = unit, votes
    return best


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
