"""The commands on one master plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qutb.cli import importing, revising, sheets
from qutb.cli.options import (
    CrsOpt,
    DatumOpt,
    EncodingOpt,
    JsonOpt,
    ProfileOpt,
    Source,
    exit_if,
    run_command,
)

__all__ = ["plan_app"]

plan_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
plan_app.command("import")(importing.plan_import)
plan_app.command("match")(revising.plan_match)
plan_app.command("diff")(revising.plan_diff)
plan_app.command("refine")(revising.plan_refine)
plan_app.command("programme")(sheets.programme)


@plan_app.command("check")
def plan_check(
    file: Annotated[Path, typer.Argument(help="GeoPackage, GeoJSON or Shapefile.")],
    pole: Annotated[Path | None, typer.Option("--pole", help="Pole folder whose site the plan must fit.")] = None,
    crs: CrsOpt = None,
    profile: ProfileOpt = None,
    datum: DatumOpt = None,
    encoding: EncodingOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb plan check plan.gpkg --pole my-pole: what is wrong with a plan; exits with 1 on a blocking finding."""
    exit_if(run_command("plan_check", Source(file, crs, profile, datum, encoding), pole, as_json))


@plan_app.command("balance")
def plan_balance(
    file: Annotated[Path, typer.Argument(help="GeoPackage, GeoJSON or Shapefile.")],
    pole: Annotated[Path | None, typer.Option("--pole", help="Pole folder whose site the plan must fit.")] = None,
    crs: CrsOpt = None,
    profile: ProfileOpt = None,
    datum: DatumOpt = None,
    encoding: EncodingOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb plan balance plan.gpkg: land by use, in hectares and in share of the site."""
    run_command("plan_balance", Source(file, crs, profile, datum, encoding), pole, as_json)


@plan_app.command("convert")
def plan_convert(
    file: Annotated[Path, typer.Argument(help="GeoPackage, GeoJSON or Shapefile.")],
    out: Annotated[Path, typer.Option("--out", help="File to write: .gpkg, .geojson, .shp, .zip or .dxf.")],
    crs: CrsOpt = None,
    profile: ProfileOpt = None,
    datum: DatumOpt = None,
    encoding: EncodingOpt = None,
) -> None:
    """qutb plan convert plan.gpkg --out plan.dxf: the same plan in another format."""
    run_command("plan_convert", Source(file, crs, profile, datum, encoding), out)
