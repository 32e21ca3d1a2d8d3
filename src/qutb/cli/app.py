"""The commands and their options. Examples stand first in each help text."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

import qutb
from qutb.cli import importing, kit, provision, remedies, revising, sheets, traffic

app = typer.Typer(
    name="qutb",
    help="Qutb: from the master plans of a new urban pole to one comparison and dossier.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)
plan_app = typer.Typer(
    help="One master plan: import, check, balance, match, diff, refine, convert.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
pole_app = typer.Typer(help="A pole folder as a whole.", no_args_is_help=True, rich_markup_mode=None)
pack_app = typer.Typer(help="Packs of dated values.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(plan_app, name="plan")
app.add_typer(pole_app, name="pole")
app.add_typer(pack_app, name="pack")
app.add_typer(sheets.sheets_app, name="sheets")
app.add_typer(provision.provision_app, name="provision")
app.add_typer(traffic.traffic_app, name="traffic")
app.command("kit")(kit.kit)
app.command("watch")(kit.watch)
app.command("remedies")(remedies.remedies)
app.command("papers")(kit.papers)
plan_app.command("import")(importing.plan_import)
plan_app.command("match")(revising.plan_match)
plan_app.command("diff")(revising.plan_diff)
plan_app.command("refine")(revising.plan_refine)
plan_app.command("programme")(sheets.programme)
pole_app.command("takeover")(sheets.takeover)


@pole_app.callback()
def _pole() -> None:
    """A pole folder as a whole."""


class Source(NamedTuple):
    """A file with a plan and how to read it."""

    file: Path
    crs: str | None = None
    profile: Path | None = None
    datum: str | None = None
    encoding: str | None = None


PoleArg = Annotated[Path, typer.Argument(help="The pole's folder, with pole.toml.")]
PlanOpt = Annotated[str, typer.Option("--plan", help="A plan of the pole, by name.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
OutOpt = Annotated[Path | None, typer.Option("--out", help="Folder to write to.")]
EffortOpt = Annotated[str, typer.Option("--effort", help="draft, standard or full.")]
StrictOpt = Annotated[bool, typer.Option("--strict", help="Exit with 1 on a blocking finding.")]
QuietOpt = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
DateOpt = Annotated[str | None, typer.Option("--date", help="Date written on the papers, YYYY-MM-DD; default today.")]
CrsOpt = Annotated[str | None, typer.Option("--crs", help="EPSG:n, or local for metres without a map.")]
DatumOpt = Annotated[str | None, typer.Option("--datum", help="shift or as_is, where no datum shift is published.")]
EncodingOpt = Annotated[str | None, typer.Option("--encoding", help="Code page of a Shapefile's texts, e.g. cp1256.")]
ProfileOpt = Annotated[Path | None, typer.Option("--profile", help="TOML that maps foreign layers and columns.")]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="ar, fr or en.")] = None,
) -> None:
    if lang:
        if lang[:2].lower() not in ("ar", "fr", "en"):
            raise typer.BadParameter(f"{lang}: choose ar, fr or en", param_hint="--lang")
        os.environ["QUTB_LANG"] = lang
    if version:
        typer.echo(f"qutb {qutb.__version__}")
        raise typer.Exit


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    boundary: Annotated[Path, typer.Option("--boundary", help="File with the outline of the site.")],
    name: Annotated[str, typer.Option("--name", help="Name of the pole.")] = "",
    start: Annotated[str | None, typer.Option("--start", help="First day of the pole, YYYY-MM-DD.")] = None,
    crs: CrsOpt = None,
    pack: Annotated[str, typer.Option("--pack", help="Pack of values.")] = "ma",
) -> None:
    """qutb new my-pole --boundary site.gpkg --name "My pole": make a pole folder to fill."""
    _call("new", folder, boundary, name or folder.name, _date(start), crs, pack)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("out/demo"),
    effort: EffortOpt = "draft",
    when: DateOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """qutb demo: appraise the sample pole's plans, compare them and write the dossier."""
    _call("demo", out, effort, _date(when), quiet)


@app.command()
def appraise(
    pole: PoleArg,
    plan: PlanOpt,
    to: Annotated[str | None, typer.Option("--to", help="Last step to run.")] = None,
    effort: EffortOpt = "standard",
    out: OutOpt = None,
    as_json: JsonOpt = False,
    strict: StrictOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """qutb appraise my-pole --plan bay --to capacity: run the steps on one plan."""
    _exit_if(_call("appraise", pole, plan, to, effort, out, as_json, quiet) and strict)


@app.command()
def explain(
    pole: PoleArg,
    key: Annotated[str, typer.Argument(help="A number, such as capacity.dwellings.")],
    plan: PlanOpt,
    where: Annotated[str, typer.Option("--where", help="pole, plot:ID, block:ID or phase:ID.")] = "pole",
    as_json: JsonOpt = False,
) -> None:
    """qutb explain my-pole capacity.dwellings --plan bay --where plot:A-17: how a number was computed."""
    _call("explain", pole, key, plan, where, as_json)


@app.command()
def compare(
    pole: PoleArg,
    plans: Annotated[list[str] | None, typer.Option("--plan", help="A plan; repeat. Default: all.")] = None,
    base: Annotated[str | None, typer.Option("--base", help="The plan others are compared with.")] = None,
    effort: EffortOpt = "standard",
    as_json: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """qutb compare my-pole --base bay: the plans side by side, on equal terms."""
    _call("compare", pole, plans or [], base, effort, as_json, quiet)


@app.command()
def dossier(
    pole: PoleArg,
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("out/dossier"),
    plans: Annotated[list[str] | None, typer.Option("--plan", help="A plan; repeat. Default: all.")] = None,
    base: Annotated[str | None, typer.Option("--base", help="The plan others are compared with.")] = None,
    languages: Annotated[str, typer.Option("--languages", help="ar, fr, en, separated by commas.")] = "ar,fr,en",
    formats: Annotated[str, typer.Option("--formats", help="html, pdf, xlsx, gpkg, json.")] = "html,pdf,xlsx,gpkg,json",
    effort: EffortOpt = "standard",
    when: DateOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """qutb dossier my-pole --out dossier: decision sheet, comparison, maps and tables as files."""
    _call("dossier", pole, out, plans or [], base, languages.split(","), formats.split(","), effort, _date(when), quiet)


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
    _exit_if(_call("plan_check", Source(file, crs, profile, datum, encoding), pole, as_json))


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
    _call("plan_balance", Source(file, crs, profile, datum, encoding), pole, as_json)


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
    _call("plan_convert", Source(file, crs, profile, datum, encoding), out)


@pack_app.command("show")
def pack_show(
    name: Annotated[str, typer.Argument(help="Pack name or folder.")],
    key: Annotated[str | None, typer.Argument(help="Show only keys that start so.")] = None,
    when: DateOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb pack show ma capacity.: values in force, with unit, status and source."""
    _call("pack_show", name, key or "", _date(when), as_json)


def _date(text: str | None) -> date:
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise typer.BadParameter(f"{text} is not a date such as 2026-11-23") from fault


def _exit_if(blocked: Any) -> None:
    if blocked:
        raise typer.Exit(1)


def _call(command: str, *args: Any) -> Any:
    """Load what commands need and run one."""
    from qutb.cli import running
    from qutb.cli.output import guarded

    return guarded(lambda: getattr(running, command)(*args))


def main() -> None:
    """Run the command line."""
    app()
