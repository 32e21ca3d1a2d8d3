"""The commands ``qutb kit``, ``qutb watch`` and ``qutb papers``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["kit", "papers", "watch"]

_PoleArg = Annotated[Path, typer.Argument(help="The pole's folder, with pole.toml.")]
_DateOpt = Annotated[str | None, typer.Option("--date", help="Date written on the papers, YYYY-MM-DD; default today.")]
_QuietOpt = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


def kit(
    pole: _PoleArg,
    out: Annotated[Path, typer.Option("--out", help="Folder to write to: new, empty, or an earlier kit.")],
    opens_in: Annotated[str, typer.Option("--opens-in", help="Language the base files open in: ar, fr or en.")] = "fr",
    when: _DateOpt = None,
    quiet: _QuietOpt = False,
) -> None:
    """qutb kit my-pole --out kit: all that competitors need to draw a plan and check it themselves."""
    from qutb.cli.output import context, guarded, print_line

    def run() -> None:
        from qutb.kit import write_kit
        from qutb.pole import open_pole

        files = write_kit(open_pole(pole), out, run_date=_day(when), lang=opens_in, ctx=context(quiet))  # type: ignore[arg-type]
        for path in files.values():
            print_line(str(path))

    guarded(run)


def watch(
    pole: _PoleArg,
    plan: Annotated[
        str | None, typer.Option("--plan", help="A plan of the pole, or a file; default: every plan of the pole.")
    ] = None,
    effort: Annotated[str, typer.Option("--effort", help="draft, standard or full.")] = "draft",
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between two looks.")] = 1.0,
) -> None:
    """qutb watch my-pole --plan bay: at each save, what changed. Ctrl-C ends."""
    from qutb.cli.output import chosen_language, guarded, print_line

    def run() -> None:
        from qutb import kit as room

        room.watch(pole, plan, lang=chosen_language(), say=print_line, effort=effort, every_s=every)  # type: ignore[arg-type]

    guarded(run)


def papers(
    pole: _PoleArg,
    plan: Annotated[str, typer.Option("--plan", help="A plan of the pole, by name.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write to: new, empty, or earlier papers.")],
    languages: Annotated[str, typer.Option("--languages", help="Any of ar,fr,en.")] = "ar,fr,en",
    only: Annotated[
        str, typer.Option("--only", help="Any of drawing,lots,zones,departments.")
    ] = "drawing,lots,zones,departments",
    effort: Annotated[str, typer.Option("--effort", help="draft, standard or full.")] = "standard",
    when: _DateOpt = None,
    quiet: _QuietOpt = False,
) -> None:
    """qutb papers my-pole --plan bay --out papers: drawing, table of lots, zone rules, sheets by department."""
    from qutb.cli.output import context, guarded, print_line

    def run() -> None:
        from qutb.appraisal import appraise
        from qutb.dossier import write_papers
        from qutb.pole import open_pole

        appraisal = appraise(open_pole(pole), plan, effort=effort, ctx=context(quiet))  # type: ignore[arg-type]
        files = write_papers(
            appraisal,
            out,
            run_date=_day(when),
            languages=_listed(languages),
            papers=_listed(only),
            ctx=context(quiet),
        )
        for path in files.values():
            print_line(str(path))

    guarded(run)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError as fault:
        raise typer.BadParameter(f"{text} is not a date such as 2026-11-23") from fault
