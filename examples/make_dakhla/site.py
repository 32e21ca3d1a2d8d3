"""The ground of the illustrative pole: an outline drawn by hand for the project, and the sheet streets follow.

The outline is nobody's boundary. It lies on the east shore of Dakhla bay near El Argoub, its shoreline on the
north-west side, in EPSG:32628, on whole metres.
"""

from __future__ import annotations

import shapely
import shapely.ops

from .patch import Patch, smooth
from .streets import extended

__all__ = [
    "BOUNDARY",
    "CRS",
    "PARCEL_LINE",
    "RELEASED",
    "RELEASED_LATER",
    "ROAD",
    "ROAD_SIDE",
    "SERVITUDE_M",
    "SETBACK_M",
    "SHORE",
    "core_patch",
    "inset",
]

CRS = "EPSG:32628"
SETBACK_M = 100.0  # comparator: coastal green strip of the Libyan planning standards
ROAD_AXIS_M = 15.0  # the existing road runs this far outside the outline
SERVITUDE_M = 25.0  # assumed: ground along the existing road kept free of building

_SHORE = [
    (411_097, 2_613_125),
    (411_317, 2_613_299),
    (411_580, 2_613_468),
    (411_841, 2_613_639),
    (412_084, 2_613_831),
    (412_307, 2_614_063),
    (412_437, 2_614_236),
    (412_530, 2_614_382),
]
_NORTH_EAST = [(412_530, 2_614_382), (412_917, 2_613_988), (413_212, 2_613_661), (413_468, 2_613_341)]
_ROAD_SIDE = [
    (411_968, 2_612_027),
    (412_345, 2_612_283),
    (412_698, 2_612_548),
    (413_024, 2_612_844),
    (413_271, 2_613_109),
    (413_468, 2_613_341),
]
_SOUTH_WEST = [(411_097, 2_613_125), (411_384, 2_612_763), (411_701, 2_612_338), (411_968, 2_612_027)]

SHORE = shapely.LineString(_SHORE)
NORTH_EAST = shapely.LineString(_NORTH_EAST)
ROAD_SIDE = shapely.LineString(_ROAD_SIDE)
SOUTH_WEST = shapely.LineString(_SOUTH_WEST)
BOUNDARY = shapely.Polygon([*_SHORE, *_NORTH_EAST[1:], *_ROAD_SIDE[::-1][1:], *_SOUTH_WEST[::-1][1:-1]])
PARCEL_LINE = shapely.LineString([(411_900, 2_614_530), (413_400, 2_612_740)])  # drawn by hand too
RELEASED_LATER, RELEASED = sorted(shapely.ops.split(BOUNDARY, PARCEL_LINE).geoms, key=lambda p: -p.centroid.y)
ROAD = extended(ROAD_SIDE.offset_curve(-ROAD_AXIS_M), 900.0, 900.0)


def inset(side: shapely.LineString, distance_m: float) -> shapely.LineString:
    """A side of the outline moved into the site and smoothed, long enough to meet its neighbours."""
    moved = side.offset_curve(distance_m)
    if moved.intersection(BOUNDARY).length < moved.length / 2:
        moved = side.offset_curve(-distance_m)
    return extended(smooth(moved), 400.0, 400.0)


def core_patch(shore_m: float, road_m: float, north_east_m: float, south_west_m: float) -> Patch:
    """The sheet whose borders are the centre lines of the streets this far inside the four sides."""
    near, far = inset(SHORE, shore_m), inset(ROAD_SIDE, road_m)
    left, right = inset(SOUTH_WEST, south_west_m), inset(NORTH_EAST, north_east_m)
    return Patch(
        near=_between(near, left, right),
        far=_between(far, left, right),
        left=_between(left, near, far),
        right=_between(right, near, far),
    )


def _between(line: shapely.LineString, first: shapely.LineString, last: shapely.LineString) -> shapely.LineString:
    stops = [line.project(line.intersection(other)) for other in (first, last)]
    return shapely.ops.substring(line, *stops)
