"""From streets and lettered cells to a master plan: lanes, right of way, blocks, lots, ids and phases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops

from qutb.plan import Plan

from . import cutting
from .patch import Patch
from .programme import BELT, SPORT_BY_THE_SHORE, Kind, Lot, with_storeys
from .site import BOUNDARY, CRS, PARCEL_LINE, RELEASED_LATER, ROAD, SETBACK_M, SHORE, inset
from .streets import CLASSES, Street, blocks_between, extended, grid_street, noded, right_of_way

__all__ = ["Cell", "Scheme", "belt_seams", "borders", "compose", "outward", "shore_paths", "tie", "weave"]

REACH_M = 40.0
WALK_M = 14.0  # the walk lies this far from the shore
LONG_M = 170.0  # a block longer than this gets a path across
WIDE_M2 = 6_000.0
SLENDER = 2.2  # no lot is deeper than this many fronts
NUMBERS = ("capacity_places", "storeys", "ground_coverage_ratio", "floor_area_ratio", "dwellings")


@dataclass(frozen=True)
class Cell:
    """A letter laid at a place; ``s`` and ``t`` are its fractions in the sheet it was drawn on."""

    key: str
    phase: str
    point: shapely.Point
    s: float
    t: float


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """One entry before it is cut into lots. ``storeys`` may set another height for a lot where it stands;
    ``shop_letters`` are the classes of street on which shops stand.
    """

    name: str
    title: Mapping[str, str]
    streets: Sequence[Street]
    cells: Sequence[Cell]
    kinds: Mapping[str, Kind]
    phases: Sequence[tuple[str, str, str]]
    seams: Sequence[shapely.LineString] = ()
    shop_letters: str = "Ac"
    storeys: Callable[[Lot, float, float], float | None] = field(default=lambda lot, s, t: lot.storeys)


# ---- drawing a sheet from a text map ---------------------------------------------------------------------


def weave(
    patch: Patch, across: Sequence[float], along: Sequence[float], letters: tuple[str, str], text: str, phases: str
) -> tuple[list[Street], list[Cell]]:
    """Streets and cells of a sheet: ``text`` has a line for each row of cells and a letter for each cell.

    ``across`` and ``along`` are the fractions of the streets that run inland and along the shore, ``letters``
    their classes. Neighbouring cells with the same capital letter are one cell: no street parts them.
    """
    rows = [line.replace(" ", "") for line in text.splitlines() if line.strip()]
    phase_rows = [line.replace(" ", "") for line in phases.splitlines() if line.strip()]
    s, t = [0.0, *across, 1.0], [0.0, *along, 1.0]
    if {len(r) for r in rows} != {len(s) - 1} or len(rows) != len(t) - 1 or len(phase_rows) != len(rows):
        raise ValueError(
            f"the map has {len(rows)} rows of {[len(r) for r in rows]}; {len(t) - 1} of {len(s) - 1} asked"
        )
    streets = _inland(patch, s, t, letters[0], rows) + _alongshore(patch, s, t, letters[1], rows)
    cells = []
    for j, row in enumerate(rows):
        for i, key in enumerate(row):
            mid = (s[i] + s[i + 1]) / 2, (t[j] + t[j + 1]) / 2
            point = shapely.Point(patch.at(np.array([mid[0]]), np.array([mid[1]]))[0])
            cells.append(Cell(key, "P" + phase_rows[j][i], point, *mid))
    return streets, cells


def _one(a: str, b: str) -> bool:
    return a == b and a.isupper()


def _inland(patch: Patch, s: list[float], t: list[float], letters: str, rows: list[str]) -> list[Street]:
    streets = []
    for i, letter in enumerate(letters, start=1):
        open_ = [not _one(row[i - 1], row[i]) for row in rows]
        streets += [grid_street(patch, letter, (s[i], t[a]), (s[i], t[b])) for a, b in _runs(open_)]
    return streets


def _alongshore(patch: Patch, s: list[float], t: list[float], letters: str, rows: list[str]) -> list[Street]:
    streets = []
    for j, letter in enumerate(letters, start=1):
        open_ = [not _one(a, b) for a, b in zip(rows[j - 1], rows[j], strict=True)]
        streets += [grid_street(patch, letter, (s[a], t[j]), (s[b], t[j])) for a, b in _runs(open_)]
    return streets


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    """Start and end of each unbroken run of true flags."""
    marks = np.flatnonzero(np.diff([0, *map(int, flags), 0]))
    return [(int(a), int(b)) for a, b in marks.reshape(-1, 2)]


def borders(patch: Patch, letters: str) -> list[Street]:
    """The four border streets: along the shore, along the road, south-west, north-east."""
    sides = (patch.near, patch.far, patch.left, patch.right)
    return [Street(x, extended(side)) for x, side in zip(letters, sides, strict=True)]


def tie(patch: Patch, letter: str, s: float) -> Street:
    """A street from the road-side border to the existing road."""
    start, before = patch.at(np.array([s, s]), np.array([1.0, 0.98]))
    way = (start - before) / np.hypot(*(start - before))
    ray = shapely.LineString([start - way * 0.6, start + way * 200])
    end = ray.intersection(ROAD)
    return Street(letter, shapely.LineString([ray.coords[0], end.coords[0]]))


def outward(side: shapely.LineString, fraction: float, length_m: float) -> shapely.LineString:
    """A line square to a border street, from its centre line out of the sheet."""
    here = side.interpolate(fraction, normalized=True)
    ahead = side.interpolate(min(fraction + 0.001, 1.0), normalized=True)
    back = side.interpolate(max(fraction - 0.001, 0.0), normalized=True)
    way = np.array([ahead.x - back.x, ahead.y - back.y])
    normal = np.array([-way[1], way[0]]) / np.hypot(*way)
    start = np.array([here.x, here.y])
    if shapely.Point(start + normal * 60).distance(BOUNDARY.centroid) < here.distance(BOUNDARY.centroid):
        normal = -normal
    return shapely.LineString([start - normal * 0.6, start + normal * length_m])


# ---- from scheme to plan ---------------------------------------------------------------------------------


def compose(scheme: Scheme) -> Plan:
    """The master plan of a scheme."""
    blocks = _first_blocks(scheme)
    main = shapely.union_all(np.array([x.line for x in scheme.streets]))
    lanes = [lane for block in blocks for lane in _lanes(block, main)]
    streets = [*scheme.streets, *lanes]
    pieces = noded(streets)
    lane_way = shapely.union_all(np.array([x.line.buffer(x.width_m / 2, cap_style="flat") for x in lanes]))
    lots = _numbered([lot for block in blocks for lot in _lots(block, lane_way, scheme)])
    _shops_on_main_streets(lots, pieces, scheme)
    plots = _plots(lots)
    return Plan.build(
        name=scheme.name,
        crs=CRS,
        title=scheme.title,
        plots=plots,
        streets=_street_table(pieces, plots, scheme),
        plot_floors=_floors(lots),
        phases=pd.DataFrame(
            [
                {"phase": code, "rank": rank, "name": name, "start_rule": rule}
                for rank, (code, name, rule) in enumerate(scheme.phases, start=1)
            ]
        ),
    )


@dataclass
class _Block:
    outline: shapely.Polygon
    cell: Cell
    kind: Kind


def _first_blocks(scheme: Scheme) -> list[_Block]:
    """The ground between the drawn streets, each piece with the letter laid on it."""
    pieces = noded(scheme.streets)
    way = right_of_way(scheme.streets, pieces)
    outlines = blocks_between(BOUNDARY, way)
    points = np.array([c.point for c in scheme.cells])
    block, cell = shapely.STRtree(points).query(outlines, predicate="contains")
    first: dict[int, int] = {}
    for b, c in zip(block, cell, strict=True):
        first.setdefault(int(b), int(c))
    found = []
    for b, outline in enumerate(outlines):
        if b in first:
            cell_ = scheme.cells[first[b]]
            found.append(_Block(outline, cell_, scheme.kinds[cell_.key]))
        else:
            found.extend(_belts(outline, scheme))
    return found


def _belts(outline: shapely.Polygon, scheme: Scheme) -> list[_Block]:
    """Ground around the sheet, cut at the seams: green, with a sports ground here and there along the shore.

    On the parcel released later it waits for the last phase.
    """
    parts = cutting.cut(outline, [s for s in (*scheme.seams, PARCEL_LINE) if s.intersects(outline)])
    points = np.array([c.point for c in scheme.cells])
    found = []
    for part in parts:
        nearest = scheme.cells[int(np.argmin(shapely.distance(points, part.centroid)))]
        wide = WALK_M < part.distance(SHORE) < SETBACK_M / 2 and part.area > WIDE_M2
        kind = SPORT_BY_THE_SHORE if wide and round(SHORE.project(part.centroid) / 95) % 4 == 1 else BELT
        late = RELEASED_LATER.contains(part.representative_point())
        phase = scheme.phases[-1][0] if late else nearest.phase
        found.append(_Block(part, replace(nearest, key="*", phase=phase), kind))
    return found


def _lanes(block: _Block, main: shapely.Geometry) -> list[Street]:
    """Lanes and paths inside a block, each from street to street."""
    kind, outline = block.kind, block.outline
    if kind.cut == "ring":
        _, _, path = cutting.ring(outline, kind.depth_m, kind.front_m)
        lines = [("f", extended(path, REACH_M, REACH_M))]
    elif (strips := _strips(block)) > 1:
        width = CLASSES[kind.lane][1]
        lines = [(kind.lane, x) for x in cutting.lanes_through(outline, strips, width, REACH_M)]
        if cutting.length_m(outline) > LONG_M:
            lines.append(("f", cutting.lane_across(outline, 0.5, REACH_M)))
    else:
        return []
    return [Street(letter, _to_streets(line, main)) for letter, line in lines]


def _strips(block: _Block) -> int:
    """How many double rows the depth of a block takes."""
    if not block.kind.strip_m:
        return 1
    lane_m = CLASSES[block.kind.lane][1]
    return max(1, round((cutting.depth_m(block.outline) + lane_m) / (block.kind.strip_m + lane_m)))


def _to_streets(line: shapely.LineString, main: shapely.Geometry) -> shapely.LineString:
    """A line through a block, drawn too long on purpose, cut back to the centre lines it first meets."""
    hits = shapely.get_coordinates(line.intersection(main))
    along = shapely.line_locate_point(line, shapely.points(hits))
    middle = line.length / 2
    return extended(shapely.ops.substring(line, along[along < middle].max(), along[along > middle].min()))


@dataclass
class _Row:
    """A lot on its way to the table of plots."""

    outline: shapely.Polygon
    lot: Lot
    cell: Cell
    kind: Kind
    block: shapely.Point
    plot_id: str = ""
    block_id: str = ""


def _lots(block: _Block, lane_way: shapely.Geometry, scheme: Scheme) -> list[_Row]:
    if block.kind.cut == "ring":
        return _ring_lots(block, lane_way, scheme)
    parts = blocks_between(block.outline, lane_way) if _strips(block) > 1 else [block.outline]
    return [row for part in parts for row in _cut_lots(part, block, scheme)]


def _ring_lots(block: _Block, lane_way: shapely.Geometry, scheme: Scheme) -> list[_Row]:
    edge, court, _ = cutting.ring(block.outline, block.kind.depth_m, block.kind.front_m)
    at = block.outline.centroid
    return [
        _row(part, lot, block, at, scheme)
        for lot, whole in zip(block.kind.lots, (edge, court), strict=True)
        for x in whole
        for part in blocks_between(x, lane_way)
    ]


def _cut_lots(part: shapely.Polygon, block: _Block, scheme: Scheme) -> list[_Row]:
    kind, at = block.kind, part.centroid
    if kind.cut == "rows":
        front_m = max(kind.front_m, cutting.depth_m(part) / 2 / SLENDER)
        return [_row(x, kind.lots[0], block, at, scheme) for x in cutting.double_row(part, front_m, kind.corner)]
    lots = cutting.shares(part, kind.parts)
    return [_row(x, lot, block, at, scheme) for x, lot in zip(lots, kind.lots, strict=True)]


def _row(outline: shapely.Polygon, lot: Lot, block: _Block, at: shapely.Point, scheme: Scheme) -> _Row:
    storeys = scheme.storeys(lot, block.cell.s, block.cell.t)
    lot = lot if storeys in (lot.storeys, None) else with_storeys(lot, storeys)
    return _Row(outline, lot, block.cell, block.kind, at)


_ALONG = np.array([0.768, 0.640])  # direction of the shore
_INLAND = np.array([0.640, -0.768])


def _numbered(rows: list[_Row]) -> list[_Row]:
    """Lots in order of place, row of blocks by row of blocks from the shore, with ids that say block and lot."""
    blocks = sorted(
        {(r.block.x, r.block.y) for r in rows}, key=lambda p: (round(np.dot(p, _INLAND) / 40), np.dot(p, _ALONG))
    )
    number = {p: f"{n:03d}" for n, p in enumerate(blocks, start=1)}
    rows.sort(key=lambda r: (number[r.block.x, r.block.y], *_within(r.outline)))
    count: dict[str, int] = {}
    for row in rows:
        row.block_id = number[row.block.x, row.block.y]
        count[row.block_id] = count.get(row.block_id, 0) + 1
        row.plot_id = f"{row.block_id}-{count[row.block_id]:02d}"
    return rows


def _within(outline: shapely.Polygon) -> tuple[float, float]:
    centre = np.array([outline.centroid.x, outline.centroid.y])
    return round(float(centre @ _INLAND) / 12), float(centre @ _ALONG)


def _shops_on_main_streets(rows: list[_Row], pieces: gpd.GeoDataFrame, scheme: Scheme) -> None:
    """Lots that front one of the scheme's shopping streets take the block's shop lot, where it has one."""
    main = pieces[pieces["letter"].isin(list(scheme.shop_letters))]
    half = main["letter"].map(lambda x: CLASSES[x][1] / 2 + 0.3).to_numpy()
    outlines = np.array([r.outline for r in rows])
    hit, _ = shapely.STRtree(outlines).query(
        shapely.buffer(main.geometry.to_numpy(), half, cap_style="flat"), "intersects"
    )[::-1]
    for i in np.unique(hit):
        row = rows[i]
        if row.kind.shop is not None and row.lot is not row.kind.shop:
            storeys = scheme.storeys(row.kind.shop, row.cell.s, row.cell.t)
            row.lot = with_storeys(row.kind.shop, storeys) if storeys else row.kind.shop


def _plots(rows: list[_Row]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "plot_id": [r.plot_id for r in rows],
            "detail": "lot",
            "block_id": [r.block_id for r in rows],
            "phase": [r.cell.phase for r in rows],
            "use": [r.lot.use for r in rows],
            "facility_type": [r.lot.facility for r in rows],
            "capacity_places": [r.lot.places for r in rows],
            "segment": [r.lot.segment for r in rows],
            "tenure": [r.lot.tenure for r in rows],
            "storeys": [r.lot.storeys for r in rows],
            "ground_coverage_ratio": [r.lot.coverage for r in rows],
            "floor_area_ratio": [_far(r.lot) for r in rows],
            "dwellings": [r.lot.dwellings for r in rows],
        },
        geometry=[r.outline for r in rows],
        crs=CRS,
    ).astype(dict.fromkeys(NUMBERS, "float64"))


def _far(lot: Lot) -> float | None:
    return None if lot.storeys is None or lot.coverage is None else round(lot.storeys * lot.coverage, 3)


def _floors(rows: list[_Row]) -> pd.DataFrame:
    """Floor area by use of the mixed lots [m2]."""
    return pd.DataFrame(
        [
            {"plot_id": r.plot_id, "use": use, "floor_area_m2": round(r.outline.area * (_far(r.lot) or 0.0) * share, 1)}
            for r in rows
            for use, share in r.lot.floors.items()
        ]
    )


def _street_table(pieces: gpd.GeoDataFrame, plots: gpd.GeoDataFrame, scheme: Scheme) -> gpd.GeoDataFrame:
    centres = shapely.get_coordinates(shapely.centroid(pieces.geometry))
    pieces = pieces.iloc[np.lexsort((centres @ _ALONG, np.round(centres @ _INLAND / 40)))].reset_index(drop=True)
    prefix = pieces["letter"].str.upper()
    return gpd.GeoDataFrame(
        {
            "street_id": prefix + "-" + (pieces.groupby(prefix).cumcount() + 1).map("{:03d}".format),
            "street_class": pieces["letter"].map(lambda x: CLASSES[x][0]),
            "width_m": pieces["letter"].map(lambda x: CLASSES[x][1]),
            "lanes": pieces["letter"].map(lambda x: float(CLASSES[x][2])),
            "phase": _street_phases(pieces, plots, [code for code, _, _ in scheme.phases]),
        },
        geometry=pieces.geometry.to_numpy(),
        crs=CRS,
    )


def _street_phases(pieces: gpd.GeoDataFrame, plots: gpd.GeoDataFrame, order: list[str]) -> list[str]:
    """A street is built with the first phase it serves."""
    reach = pieces["letter"].map(lambda x: CLASSES[x][1] / 2 + 1.0).to_numpy()
    street, plot = shapely.STRtree(plots.geometry.to_numpy()).query(
        pieces.geometry.to_numpy(), "dwithin", distance=reach
    )
    rank = plots["phase"].map(order.index).to_numpy()
    first = pd.Series(rank[plot]).groupby(street).min()
    return [order[i] for i in first.reindex(range(len(pieces)), fill_value=0)]


# ---- the edge of the site --------------------------------------------------------------------------------


def shore_paths(patch: Patch, places: Sequence[float]) -> list[Street]:
    """A walk along the shore, and paths to it from the promenade at both ends and at ``places``."""
    walk = inset(SHORE, WALK_M)
    paths = []
    for place in (0.0, *places, 1.0):
        ray = outward(patch.near, place, 3 * SETBACK_M)
        paths.append(extended(shapely.ops.substring(ray, 0.0, ray.project(ray.intersection(walk))), 0.0))
    stops = [walk.project(shapely.Point(path.coords[-1])) for path in (paths[0], paths[-1])]
    return [Street("f", line) for line in (*paths, extended(shapely.ops.substring(walk, *stops)))]


def belt_seams(patch: Patch, places: Sequence[float], spacing_m: float = 190.0) -> list[shapely.LineString]:
    """Cuts across the green edge of the site, square to the border streets; on the shore, between the paths."""
    seams = []
    for side in (patch.far, patch.left, patch.right):
        count = max(1, round(side.length / spacing_m))
        seams += [outward(side, k / count, 4 * REACH_M) for k in range(count + 1)]
    for a, b in pairwise((0.0, *places, 1.0)):
        count = max(1, round((b - a) * patch.near.length / (0.75 * spacing_m)))
        seams += [outward(patch.near, a + (b - a) * k / count, 3 * SETBACK_M) for k in range(1, count)]
    return seams
