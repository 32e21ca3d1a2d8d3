"""Maps, plan sheets and charts as SVG from plain geometry and rows; right-to-left solved once.

Nothing here knows a plan: geometries, colours and words come in, deterministic text comes out. ``FONTS`` is the
folder of the fonts that every page and PDF uses (Noto Naskh Arabic and Noto Sans, SIL Open Font License).
"""

from qutb.draw.charts import Bars, Range, Share, bars_svg, donut_svg, ranges_svg
from qutb.draw.fans import Course, Fan, fan_svg
from qutb.draw.maps import Layer, LegendEntry, map_svg, use_layers
from qutb.draw.palette import HATCHES, INK, PALETTE, RAMP, color_of, contrast_ratio
from qutb.draw.profiles import Profile, profile_svg
from qutb.draw.sheets import PAPERS, Sheet, sheet_svg
from qutb.draw.svg import FONT_FAMILIES, FONTS

__all__ = [
    "FONTS",
    "FONT_FAMILIES",
    "HATCHES",
    "INK",
    "PALETTE",
    "PAPERS",
    "RAMP",
    "Bars",
    "Course",
    "Fan",
    "Layer",
    "LegendEntry",
    "Profile",
    "Range",
    "Share",
    "Sheet",
    "bars_svg",
    "color_of",
    "contrast_ratio",
    "donut_svg",
    "fan_svg",
    "map_svg",
    "profile_svg",
    "ranges_svg",
    "sheet_svg",
    "use_layers",
]
