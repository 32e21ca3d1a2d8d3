"""``qutb utilities``: what each utility gets to check and stamp."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qutb.cli.options import DateOpt, EffortOpt, PlanOpt, PoleArg, QuietOpt, day_of

__all__ = ["utilities"]

_ALL = "water,sewer,storm,power,fibre,streets"


def utilities(
    pole: PoleArg,
    plan: PlanOpt,
    out: Annotated[Path, typer.Option("--out", help="Folder to write to: new, empty, or an earlier bundle.")],
    only: Annotated[str, typer.Option("--only", help=f"Any of {_ALL}.")] = _ALL,
    languages: Annotated[str, typer.Option("--languages", help="Any of ar,fr,en.")] = "ar,fr",
    effort: EffortOpt = "standard",
    when: DateOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """qutb utilities my-pole --plan bay --out utilities: notes, tables, drawings and solver files by network."""
    from qutb.cli.output import context, guarded, print_line

    def run() -> None:
        from qutb.appraisal import appraise
        from qutb.dossier import write_utilities
        from qutb.pole import open_pole

        ctx = context(quiet)
        appraisal = appraise(open_pole(pole), plan, to="networks", effort=effort, ctx=ctx)  # type: ignore[arg-type]
        files = write_utilities(
            appraisal,
            out,
            run_date=day_of(when),
            networks=_listed(only),
            languages=_listed(languages),  # type: ignore[arg-type]
            ctx=ctx,
        )
        for path in files.values():
            print_line(str(path))

    guarded(run)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
