"""Colours of uses and marks, one palette for maps, charts, workbooks and QGIS.

Housing runs from light yellow to brick with density, work is red to violet, what is public is blue, what grows
is green, what is kept free is grey. A colour never speaks alone: uses that a colour-blind reader could
confuse carry a hatch, and every class carries its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["HATCHES", "INK", "PALETTE", "RAMP", "color_of", "contrast_ratio", "luminance"]

PALETTE: Mapping[str, str] = MappingProxyType(
    {
        "housing_villa": "#fff3b0",
        "housing_row": "#ffe07a",
        "self_build_row": "#f7d08a",
        "housing_apartment": "#fdb863",
        "housing_social": "#f08c4b",
        "housing_resettlement": "#e8a58a",
        "mixed": "#e0705f",
        "retail": "#f4a6b7",
        "office": "#d79ad6",
        "hotel": "#ad7ee6",
        "industry": "#a9a0b8",
        "logistics": "#c9c2d6",
        "facility": "#7fb2e5",
        "worship": "#5cc0c7",
        "sport": "#a6d96a",
        "green": "#6abf69",
        "utility": "#9fb4c4",
        "parking": "#d5dbe1",
        "land_reserve": "#e9e6df",
        "right_of_way": "#f7f6f3",
        "unassigned": "#ffffff",
        "other": "#bdbdbd",
    }
)
HATCHES: Mapping[str, str] = MappingProxyType(
    {
        "self_build_row": "rising",
        "housing_resettlement": "falling",
        "mixed": "level",
        "office": "rising",
        "industry": "level",
        "logistics": "falling",
        "sport": "dots",
        "worship": "cross",
        "utility": "dots",
        "parking": "upright",
        "land_reserve": "rising",
        "unassigned": "falling",
    }
)
INK: Mapping[str, str] = MappingProxyType(
    {
        "text": "#1c2430",
        "muted": "#55606e",
        "frame": "#1c2430",
        "grid": "#d9dde2",
        "hatch": "#4a4a4a",
        "plot_line": "#6b6257",
        "site": "#1c2430",
        "street": "#ffffff",
        "street_line": "#8a8f96",
        "existing_road": "#7a4b1e",
        "constraint": "#b3261e",
        "water": "#cfe5f2",
        "land": "#fbfaf7",
        "finding": "#b3261e",
        "added": "#1a7f37",
        "removed": "#b3261e",
        "redrawn": "#b35900",
        "renamed": "#6a3fb5",
        "kept": "#eceff2",
        "valued": "#ffe9a8",
        "low_high": "#8fa9c4",
        "central": "#123a63",
        "band": "#f2e6c2",
        "band_line": "#9a7b1f",
        "band_text": "#6b5410",
        "accent": "#1f5d8c",
        "unserved": "#b3261e",
        "unit": "#1f5d8c",
        "proposed": "#0b6e3a",
        "ground": "#eef0f2",
    }
)

# From good to bad, told apart by lightness where hues are not: blue to brown, each darker or lighter than the next.
RAMP: tuple[str, ...] = ("#2b6ca3", "#8fc1dd", "#f3c969", "#b5451b")


def color_of(key: str) -> str:
    """Fill of a use; the neutral colour of ``other`` for a word the palette does not know."""
    return PALETTE.get(key, PALETTE["other"])


def luminance(color: str) -> float:
    """Relative luminance 0..1 of ``#rrggbb`` (WCAG 2.2)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(one: str, other: str) -> float:
    """Contrast 1..21 between two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
