"""Plans made by rule for timing: blocks of lots on a street grid, phases west to east, mixed uses.

``synthetic_plan(6000, seed=1)`` gives a plan and its site; ``defects`` breaks a share of it on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.plan import Plan, empty_table
from qutb.pole import SPOT_HEIGHTS, Site

CRS = "EPSG:32628"
ORIGIN = np.array([414_000.0, 2_613_000.0])
TILT_DEG = 12.0
BLOCK_M = (120.0, 44.0)
STREET_M = 12.0
COLLECTOR_M = 20.0
EVERY = 5
DEFECTS = ("overlap", "bow_tie", "outside", "sliver", "gap", "two_pieces")

# use, segment, storeys, coverage, floor area ratio, lots along the block, rows, weight
_KINDS = [
    ("self_build_row", "social", 3, 0.75, 2.0, 12, 2, 30),
    ("housing_row", "middle", 2, 0.60, 1.2, 10, 2, 24),
    ("housing_villa", "high", 2, 0.40, 0.6, 5, 2, 12),
    ("housing_apartment", "middle", 5, 0.45, 2.2, 4, 1, 12),
    ("housing_social", "social", 5, 0.50, 2.4, 4, 1, 6),
    ("mixed", "middle", 4, 0.50, 2.0, 4, 1, 6),
    ("retail", None, 2, 0.60, 1.0, 6, 2, 3),
    ("office", None, 4, 0.50, 1.8, 3, 1, 2),
    ("hotel", None, 4, 0.40, 1.4, 2, 1, 1),
    ("facility", None, 2, 0.30, 0.6, 1, 1, 3),
    ("green", None, np.nan, np.nan, np.nan, 1, 1, 4),
]


def synthetic_plan(plots: int, seed: int = 0, defects: Iterable[str] | Mapping[str, float] = ()) -> tuple[Plan, Site]:
    """A plan of exactly ``plots`` lots and its site. ``defects`` maps names of :data:`DEFECTS` to the share of
    plots (or streets) broken; a bare name breaks one in a hundred.
    """
    random = np.random.default_rng(seed)
    kinds = _kinds_of_blocks(plots, random)
    columns = max(1, int(np.ceil(np.sqrt(len(kinds) * BLOCK_M[1] / BLOCK_M[0]))))
    rows = int(np.ceil(len(kinds) / columns))
    x = _grid(columns, BLOCK_M[0])
    y = _grid(rows, BLOCK_M[1])
    lots = _lots(kinds, columns, x, y)[:plots]
    streets = _streets(x, y)
    breaks = dict(defects) if isinstance(defects, Mapping) else dict.fromkeys(defects, 0.01)
    lots, streets = _broken(lots, streets, breaks, random)
    outline = shapely.box(x[0][0], y[0][0], x[-1][1], y[-1][1])
    return _plan(lots, streets), _site(outline)


def _kinds_of_blocks(plots: int, random: np.random.Generator) -> np.ndarray:
    weights = np.array([k[-1] for k in _KINDS], dtype=float)
    per_block = np.array([k[5] * k[6] for k in _KINDS])
    guess = int(plots / (per_block @ weights / weights.sum()) * 1.3) + 30
    kinds = random.choice(len(_KINDS), size=guess, p=weights / weights.sum())
    enough = int(np.searchsorted(np.cumsum(per_block[kinds]), plots)) + 1
    return kinds[:enough]


def _grid(blocks: int, size: float) -> list[tuple[float, float, float]]:
    """West and east end of each street-block pair: (start of street, start of next street, street width)."""
    widths = [COLLECTOR_M if i % EVERY == 0 else STREET_M for i in range(blocks + 1)]
    starts = np.concatenate([[0.0], np.cumsum(np.array(widths[:-1]) + size)])
    ends = starts + np.array(widths)
    return list(zip(starts.tolist(), ends.tolist(), widths, strict=True))


def _lots(kinds: np.ndarray, columns: int, x: list, y: list) -> pd.DataFrame:
    frames = []
    for block, kind in enumerate(kinds):
        use, segment, storeys, coverage, ratio, along, deep, _ = _KINDS[kind]
        left, bottom = x[block % columns][1], y[block // columns][1]
        i, j = (a.ravel() for a in np.meshgrid(np.arange(along), np.arange(deep)))
        w, h = BLOCK_M[0] / along, BLOCK_M[1] / deep
        frames.append(
            pd.DataFrame(
                {
                    "block_id": f"B{block}",
                    "column": block % columns,
                    "use": use,
                    "segment": segment,
                    "storeys": float(storeys),
                    "ground_coverage_ratio": coverage,
                    "floor_area_ratio": ratio,
                    "left": left + i * w,
                    "bottom": bottom + j * h,
                    "w": w,
                    "h": h,
                }
            )
        )
    lots = pd.concat(frames, ignore_index=True)
    lots["phase"] = "P" + (1 + lots["column"] * 4 // columns).astype(str)
    lots["geometry"] = shapely.box(lots["left"], lots["bottom"], lots["left"] + lots["w"], lots["bottom"] + lots["h"])
    lots["plot_id"] = lots["block_id"] + "-" + (lots.groupby("block_id").cumcount() + 1).astype(str)
    return lots


def _streets(x: list, y: list) -> pd.DataFrame:
    (west, east), (south, north) = (x[0][0], x[-1][1]), (y[0][0], y[-1][1])
    across = [(a + w / 2, south, a + w / 2, north, w) for a, _, w in x]
    along = [(west, a + w / 2, east, a + w / 2, w) for a, _, w in y]
    both = np.array(across + along)
    ids = [f"V{i}" for i in range(len(x))] + [f"H{i}" for i in range(len(y))]
    wide = both[:, 4] == COLLECTOR_M
    return pd.DataFrame(
        {
            "street_id": ids,
            "street_class": np.where(wide, "collector", "local"),
            "width_m": both[:, 4],
            "lanes": 2.0,
            "phase": "P1",
            "geometry": shapely.linestrings(both[:, :4].reshape(-1, 2, 2)),
        }
    )


def _broken(
    lots: pd.DataFrame, streets: pd.DataFrame, shares: Mapping[str, float], random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    order = random.permutation(len(lots))
    start = 0
    drop: list[int] = []
    shapes = lots["geometry"].to_numpy().copy()
    for name, share in shares.items():
        count = max(1, round(share * len(lots)))
        chosen, start = order[start : start + count], start + count
        if name == "gap":
            drop.extend(chosen)
        elif name == "two_pieces":
            streets = streets.assign(geometry=_apart(streets["geometry"].to_numpy()))
        else:
            shapes[chosen] = _BREAKS[name](shapes[chosen])
    lots = lots.assign(geometry=shapes).drop(index=drop)
    return lots, streets


def _moved(shapes: np.ndarray, dx: float, dy: float) -> np.ndarray:
    return shapely.transform(shapes, lambda xy: xy + np.array([dx, dy]))


def _bow_tie(shapes: np.ndarray) -> np.ndarray:
    rings = shapely.get_coordinates(shapes).reshape(-1, 5, 2)[:, [0, 2, 1, 3, 0]]
    return shapely.polygons(rings)


def _sliver(shapes: np.ndarray) -> np.ndarray:
    b = shapely.bounds(shapes)
    return shapely.box(b[:, 0], b[:, 1], b[:, 0] + 0.3, b[:, 3])


def _apart(lines: np.ndarray) -> np.ndarray:
    """The last street moved beyond the others, so that it meets none."""
    lines = lines.copy()
    lines[-1] = shapely.transform(lines[-1], lambda xy: xy + np.array([0.0, 400.0]))
    return lines


_BREAKS = {
    "overlap": lambda shapes: _moved(shapes, 2.0, 0.0),
    "outside": lambda shapes: _moved(shapes, -1e5, 0.0),
    "bow_tie": _bow_tie,
    "sliver": _sliver,
}


def _placed(shapes: np.ndarray) -> np.ndarray:
    turn = np.deg2rad(TILT_DEG)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return shapely.transform(shapes, lambda xy: xy @ rotation + ORIGIN)


def _plan(lots: pd.DataFrame, streets: pd.DataFrame) -> Plan:
    lots = lots.drop(columns=["column", "left", "bottom", "w", "h"])
    lots["detail"] = "lot"
    lots["facility_type"] = np.where(lots["use"] == "facility", "primary_school", None)
    lots["capacity_places"] = np.where(lots["use"] == "facility", 480.0, np.nan)
    mixed = lots[lots["use"] == "mixed"]
    floor = shapely.area(mixed["geometry"].to_numpy()) * mixed["floor_area_ratio"].to_numpy()
    floors = pd.concat(
        pd.DataFrame({"plot_id": mixed["plot_id"], "use": use, "floor_area_m2": floor * share})
        for use, share in (("housing_apartment", 0.6), ("retail", 0.2), ("office", 0.2))
    )
    return Plan.build(
        name=f"synthetic_{len(lots)}",
        crs=CRS,
        plots=lots.assign(geometry=_placed(lots["geometry"].to_numpy())),
        streets=streets.assign(geometry=_placed(streets["geometry"].to_numpy())),
        plot_floors=floors.sort_values(["plot_id", "use"]),
        phases=pd.DataFrame({"phase": [f"P{i}" for i in range(1, 5)], "rank": range(1, 5)}),
    )


def _site(outline: shapely.Polygon) -> Site:
    west, south, east, north = outline.bounds
    here = _placed(np.array([outline]))[0]
    strip = _placed(np.array([shapely.box(west - 500, south - 400, east + 500, south + 30)]))
    road = _placed(
        np.array([shapely.linestrings([[west - 800, COLLECTOR_M / 2 + south], [west, COLLECTOR_M / 2 + south]])])
    )
    middle = (west + east) / 2
    parcels = _placed(shapely.box([west - 9, middle], south - 9, [middle, east + 9], north + 9))
    return Site(
        crs=CRS,
        boundary=here,
        constraints=_frame(
            "constraint_id", ["K-1"], strip, kind="coast_setback", allowed_uses="green", status="assumed", source="rule"
        ),
        land=_frame(
            "parcel_id",
            ["T-1", "T-2"],
            parcels,
            regime="state domain",
            owner="State",
            status="released",
            release_date=None,
        ),
        roads=_frame("road_id", ["R-1"], road, street_class="arterial", width_m=20.0),
        tie_ins=_frame(
            "tie_in_id",
            ["W-1"],
            shapely.get_point(road, -1),
            kind="water",
            capacity=400.0,
            capacity_unit="m3/day",
            available_date="2028-01-01",
            owner="utility",
            letter=None,
        ),
        spot_heights=empty_table(SPOT_HEIGHTS, CRS),
    )


def _frame(key: str, ids: list[str], shapes: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {key: ids, **{n: [v] * len(ids) for n, v in columns.items()}}, geometry=shapes, crs=CRS
    ).set_index(key)
