"""The commands on a pole: new, demo, appraise, explain, compare, dossier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qutb.cli.options import (
    AlsoOpt,
    CrsOpt,
    DateOpt,
    EffortOpt,
    JsonOpt,
    OutOpt,
    PlanOpt,
    PoleArg,
    QuietOpt,
    StrictOpt,
    day_of,
    exit_if,
    run_command,
)

__all__ = ["appraise", "compare", "demo", "dossier", "explain", "new"]


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    boundary: Annotated[Path, typer.Option("--boundary", help="File with the outline of the site.")],
    name: Annotated[str, typer.Option("--name", help="Name of the pole.")] = "",
    start: Annotated[str | None, typer.Option("--start", help="First day of the pole, YYYY-MM-DD.")] = None,
    crs: CrsOpt = None,
    pack: Annotated[str, typer.Option("--pack", help="Pack of values.")] = "ma",
) -> None:
    """qutb new my-pole --boundary site.gpkg --name "My pole": make a pole folder to fill."""
    run_command("new", folder, boundary, name or folder.name, day_of(start), crs, pack)


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("out/demo"),
    effort: EffortOpt = "draft",
    when: DateOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """qutb demo: appraise the sample pole's plans, compare them and write the dossier."""
    run_command("demo", out, effort, day_of(when), quiet)


def appraise(
    pole: PoleArg,
    plan: PlanOpt,
    to: Annotated[str | None, typer.Option("--to", help="Last step to run.")] = None,
    also: AlsoOpt = None,
    effort: EffortOpt = "standard",
    out: OutOpt = None,
    as_json: JsonOpt = False,
    strict: StrictOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """qutb appraise my-pole --plan bay --to capacity: run the steps on one plan."""
    exit_if(run_command("appraise", pole, plan, to, also or [], effort, out, as_json, quiet) and strict)


def explain(
    pole: PoleArg,
    key: Annotated[str, typer.Argument(help="A number, such as capacity.dwellings.")],
    plan: PlanOpt,
    where: Annotated[str, typer.Option("--where", help="pole, plot:ID, block:ID or phase:ID.")] = "pole",
    also: AlsoOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb explain my-pole capacity.dwellings --plan bay --where plot:A-17: how a number was computed."""
    run_command("explain", pole, key, plan, where, also or [], as_json)


def compare(
    pole: PoleArg,
    plans: Annotated[list[str] | None, typer.Option("--plan", help="A plan; repeat. Default: all.")] = None,
    base: Annotated[str | None, typer.Option("--base", help="The plan others are compared with.")] = None,
    also: AlsoOpt = None,
    effort: EffortOpt = "standard",
    as_json: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """qutb compare my-pole --base bay: the plans side by side, on equal terms."""
    run_command("compare", pole, plans or [], base, also or [], effort, as_json, quiet)


def dossier(
    pole: PoleArg,
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("out/dossier"),
    plans: Annotated[list[str] | None, typer.Option("--plan", help="A plan; repeat. Default: all.")] = None,
    base: Annotated[str | None, typer.Option("--base", help="The plan others are compared with.")] = None,
    languages: Annotated[str, typer.Option("--languages", help="ar, fr, en, separated by commas.")] = "ar,fr,en",
    formats: Annotated[str, typer.Option("--formats", help="html, pdf, xlsx, gpkg, json.")] = "html,pdf,xlsx,gpkg,json",
    also: AlsoOpt = None,
    effort: EffortOpt = "standard",
    when: DateOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """qutb dossier my-pole --out dossier: decision sheet, comparison, maps and tables as files."""
    parts = languages.split(","), formats.split(",")
    run_command("dossier", pole, out, plans or [], base, *parts, also or [], effort, day_of(when), quiet)
