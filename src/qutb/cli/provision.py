"""``qutb provision solve``: people of buildings sent to places of facilities within a walk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from qutb.access import Solution
    from qutb.core import Finding

__all__ = ["provision_app"]

provision_app = typer.Typer(
    help="Provision on its own: people, places and walks.", no_args_is_help=True, rich_markup_mode=None
)

BuildingsArg = Annotated[Path, typer.Argument(metavar="BUILDINGS", help="GeoPackage or Parquet with column demand.")]
FacilitiesArg = Annotated[
    Path, typer.Argument(metavar="FACILITIES", help="GeoPackage or Parquet with column capacity.")
]
NetworkOpt = Annotated[Path | None, typer.Option("--network", help="Streets; without them, straight lines.")]
LimitOpt = Annotated[float, typer.Option("--limit-m", min=0.0, help="Longest walk, in metres.")]
AddOpt = Annotated[int, typer.Option("--add", min=0, help="Further facilities to site at buildings.")]
PlacesOpt = Annotated[float | None, typer.Option("--places", min=0.0, help="Places of each further facility.")]
CrsOpt = Annotated[str | None, typer.Option("--crs", help="EPSG:n to take all files to, or local for plain metres.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


@provision_app.callback()
def _provision() -> None:
    """Provision on its own: people, places and walks."""


@provision_app.command("solve")
def solve(
    buildings: BuildingsArg,
    facilities: FacilitiesArg,
    network: NetworkOpt = None,
    limit_m: LimitOpt = 500.0,
    add: AddOpt = 0,
    places: PlacesOpt = None,
    crs: CrsOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb provision solve homes.gpkg schools.gpkg --network streets.gpkg --limit-m 500 --json: who has a place.

    The most people are served, then with the least walking; what is left over is named. A walk runs along the
    streets from the foot of the one place on its nearest street to that of the other. All files in one projected
    system in metres, or taken to that of --crs.
    """
    from qutb.cli.output import guarded

    guarded(lambda: _solve(buildings, facilities, network, limit_m, add, places, crs, as_json))


def _solve(
    buildings: Path,
    facilities: Path,
    network: Path | None,
    limit_m: float,
    add: int,
    places: float | None,
    crs: str | None,
    as_json: bool,
) -> None:
    import time
    from dataclasses import replace

    from qutb.access import prepare
    from qutb.access import solve as run_solve
    from qutb.cli.output import print_json

    homes, remarks = _frame(buildings, crs, lambda f: "demand" in f)
    sites, more = _frame(facilities, crs, lambda f: "capacity" in f)
    _same_crs(facilities, sites, homes)
    given: dict[str, Any] = {"limit_m": limit_m, "more_units": add, "places_of_each": places}
    remarks += more
    if network is not None:
        lines, more = _frame(network, crs, lambda f: bool(_is_line(f).any()))
        _same_crs(network, lines, homes)
        given["fabric"], given["streets"] = _streets(lines[_is_line(lines)])
        remarks += (*more, *_no_lines(lines))
    loading = time.perf_counter()
    prepare()
    began = time.perf_counter()
    solution = run_solve(homes, sites, **given)
    seconds = {"seconds": time.perf_counter() - began, "seconds_to_load": began - loading}
    solution = replace(solution, findings=(*remarks, *solution.findings))
    data = {**solution_json(solution, homes, sites), **{k: round(v, 6) for k, v in seconds.items()}}
    if as_json:
        print_json(data)
    else:
        _print(data, solution)


def _frame(
    path: Path, crs: str | None, fits: Callable[[gpd.GeoDataFrame], bool]
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """The first layer that fits, else the first with shapes, keyed by its column ``id`` or by row; and remarks."""
    import geopandas as gpd

    from qutb.core import Finding, FormatError
    from qutb.files import in_metres, read_layers

    if path.suffix.lower() in (".parquet", ".geoparquet"):
        try:
            read = gpd.read_parquet(path)
        except ValueError as fault:
            raise FormatError("ACC-NO-TABLE", str(path)) from fault
        frame, remarks = in_metres(read, crs=crs, where=path.name)
    else:
        layers = read_layers(path, crs=crs)
        shaped = [f for f in layers.frames.values() if isinstance(f, gpd.GeoDataFrame)]
        if not shaped:
            raise FormatError("ACC-NO-TABLE", str(path))
        frame, remarks = next(filter(fits, shaped), shaped[0]), layers.notes
    frame = frame.reset_index(drop=True)
    if "id" not in frame:
        return frame, remarks
    unclear = frame["id"].isna() | frame["id"].duplicated(keep=False)
    if not unclear.any():
        return frame.set_index(frame["id"].astype(str)), remarks
    where = tuple(f"row:{row}" for row in frame.index[unclear])
    params = {"count": len(where), "file": path.name}
    return frame, (*remarks, Finding(code="ACC-ID-UNCLEAR", severity="note", where=where, params=params))


def _same_crs(path: Path, frame: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    from qutb.core import CrsError

    if frame.crs != other.crs:
        raise CrsError("ACC-OTHER-CRS", str(path), crs=str(frame.crs), limit=str(other.crs))


def _is_line(frame: gpd.GeoDataFrame) -> Any:
    return frame.geom_type.isin(("LineString", "MultiLineString")) & ~frame.geometry.is_empty


def _no_lines(frame: gpd.GeoDataFrame) -> tuple[Finding, ...]:
    """Rows of the streets that are no lines and are left out."""
    from qutb.core import Finding

    where = tuple(f"street:{name}" for name in frame.index[~_is_line(frame)])
    return (Finding(code="ACC-NOT-A-LINE", severity="warning", where=where, params={"count": len(where)}),)[
        : len(where)
    ]


def _streets(lines: gpd.GeoDataFrame) -> tuple[Any, gpd.GeoDataFrame]:
    """The street graph of bare lines. Columns read where there are: level or layer, oneway (-1: against the line),
    street_class or highway, bridge, tunnel, width_m.
    """
    import pandas as pd
    import shapely

    from qutb.plan import LOCAL_CRS, Plan, fabric_run
    from qutb.pole import bare_site

    frame = lines.copy()
    frame["street_id"] = frame.index.astype(str)
    level = frame["level"] if "level" in frame else frame.get("layer")
    frame["level"] = pd.to_numeric(level, errors="coerce").fillna(0) if level is not None else 0
    oneway = frame.get("oneway")
    if oneway is not None:
        said = oneway.astype(str).str.lower()
        against = said.isin(("-1", "-1.0", "reverse"))
        frame.loc[against, "geometry"] = shapely.reverse(frame.geometry[against].to_numpy())
        frame["oneway"] = against | said.isin(("yes", "true", "1", "1.0"))
    if "street_class" not in frame and "highway" in frame:
        frame["street_class"] = frame["highway"]
    if "width_m" not in frame:
        frame["width_m"] = 0.0
    crs = f"EPSG:{lines.crs.to_epsg()}" if lines.crs is not None and lines.crs.to_epsg() else LOCAL_CRS
    plan = Plan.build(name="network", crs=crs, streets=frame.reset_index(drop=True))
    return fabric_run(shapes=plan.shapes, site=bare_site(plan)), plan.streets


def solution_json(solution: Solution, homes: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> dict[str, Any]:
    """The answer as plain data: totals, proof, facilities, unserved buildings, who goes where, further units."""
    import numpy as np

    provision, people = solution.provision, solution.people
    served = provision.served
    cause = solution.cause
    left = np.flatnonzero(provision.unserved > 0)
    origin, site = np.nonzero(provision.flow > 0)
    taken = provision.flow.sum(axis=0)
    return {
        "distance": "straight" if solution.straight else "network",
        "limit_m": solution.limit_m,
        "buildings": len(homes),
        "facilities": len(sites),
        "demand": float(people.sum()),
        "capacity": float(solution.places.sum()),
        "served": served,
        "unserved": round(float(provision.unserved.sum()), 3),
        "served_share": served / float(people.sum()) if people.sum() > 0 else None,
        "walk_mean_m": provision.walk_person_m / served if served > 0 else None,
        "gap_person_m": provision.gap_person_m,
        "proven": provision.gap_person_m == 0.0,
        "sites": [
            {"id": str(sites.index[i]), "capacity": solution.places[i], "served": taken[i], "price_m": _known(price)}
            for i, price in enumerate(provision.price_m.tolist())
        ],
        "unserved_buildings": [
            {"id": str(homes.index[i]), "demand": people[i], "unserved": provision.unserved[i], "cause": cause[i]}
            for i in left.tolist()
        ],
        "flows": [
            {
                "building": str(homes.index[o]),
                "facility": str(sites.index[s]),
                "people": provision.flow[o, s],
                "walk_m": solution.walk_m[o, s],
            }
            for o, s in zip(origin.tolist(), site.tolist(), strict=True)
        ],
        "further": _further(solution, homes),
        "findings": [f.to_json() for f in solution.findings],
    }


def _known(number: float) -> float | None:
    return None if number != number else number


def _further(solution: Solution, homes: gpd.GeoDataFrame) -> dict[str, Any] | None:
    placing = solution.placing
    if placing is None:
        return None
    return {
        "buildings": [str(homes.index[solution.candidates[i]]) for i in placing.chosen],
        "candidates": len(solution.candidates),
        "served": placing.served,
        "bound": placing.bound,
        "status": placing.status,
    }


def _print(data: dict[str, Any], solution: Solution) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_findings, print_line, print_table

    lang = chosen_language()
    rows = [[text.label("access.provision.measure", lang), text.label("access.provision.value", lang)]]
    for name in ("demand", "capacity", "served", "unserved", "served_share", "walk_mean_m", "gap_person_m"):
        value = data[name]
        unit = {"served_share": "ratio", "walk_mean_m": "m"}.get(name)
        shown = "-" if value is None else text.quantity(value, unit, lang) if unit else text.number(value, lang)
        rows.append([text.label(f"access.provision.{name}", lang), shown])
    if data["further"]:
        rows.append([text.label("access.provision.further", lang), ", ".join(data["further"]["buildings"]) or "-"])
        rows.append([text.label("access.provision.further_served", lang), text.number(data["further"]["served"], lang)])
        rows.append([text.label("access.provision.bound", lang), text.number(data["further"]["bound"], lang)])
    print_table(rows)
    print_line()
    print_findings(solution.findings, lang)
