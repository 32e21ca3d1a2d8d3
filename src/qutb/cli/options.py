"""Options that several commands share, and the way a command runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer


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
AlsoOpt = Annotated[
    list[str] | None, typer.Option("--also", help="A step that runs only on request: networks; repeat.")
]
StrictOpt = Annotated[bool, typer.Option("--strict", help="Exit with 1 on a blocking finding.")]
QuietOpt = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
DateOpt = Annotated[str | None, typer.Option("--date", help="Date written on the papers, YYYY-MM-DD; default today.")]
CrsOpt = Annotated[str | None, typer.Option("--crs", help="EPSG:n, or local for metres without a map.")]
DatumOpt = Annotated[str | None, typer.Option("--datum", help="shift or as_is, where no datum shift is published.")]
EncodingOpt = Annotated[str | None, typer.Option("--encoding", help="Code page of a Shapefile's texts, e.g. cp1256.")]
ProfileOpt = Annotated[Path | None, typer.Option("--profile", help="TOML that maps foreign layers and columns.")]


def day_of(text: str | None) -> date:
    """The day of ``--date``; today where none is given."""
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise typer.BadParameter(f"{text} is not a date such as 2026-11-23") from fault


def exit_if(blocked: Any) -> None:
    """End with 1 when a blocking finding was asked to count."""
    if blocked:
        raise typer.Exit(1)


def run_command(command: str, *args: Any) -> Any:
    """Load what commands need and run one."""
    from qutb.cli import running
    from qutb.cli.output import guarded

    return guarded(lambda: getattr(running, command)(*args))
