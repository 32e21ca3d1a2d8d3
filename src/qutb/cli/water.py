"""``qutb water design``: least-cost diameters of a water network for a design task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from qutb.networks import Design

__all__ = ["water_app"]

water_app = typer.Typer(
    help="Water networks on their own: least-cost diameters.", no_args_is_help=True, rich_markup_mode=None
)

TaskArg = Annotated[Path, typer.Argument(metavar="TASK", help="JSON with the pipes to decide, catalogue and limits.")]
SecondsOpt = Annotated[float, typer.Option("--seconds", min=0.1, help="Seconds of search at most.")]
SeedOpt = Annotated[int, typer.Option("--seed", min=0, help="Seed of the search.")]
OutOpt = Annotated[Path | None, typer.Option("--out", help="JSON to write the diameters to, by pipe.")]
InpOpt = Annotated[Path | None, typer.Option("--inp", help="EPANET file to write the design to.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


@water_app.callback()
def _water() -> None:
    """Water networks on their own: least-cost diameters."""


@water_app.command("design")
def design(
    task: TaskArg,
    seconds: SecondsOpt = 120.0,
    seed: SeedOpt = 1,
    out: OutOpt = None,
    inp: InpOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb water design task.json --seconds 120 --seed 1 --out design.json: the cheapest diameters that hold.

    EPANET judges the design from a cold start. The search ends when fresh starts agree or the time is up.
    Exit 4 where none meets the limits: the design that falls short least is written, with what it lacks.
    """
    from qutb.cli.output import guarded

    if not guarded(lambda: _design(task, seconds, seed, out, inp, as_json)):
        raise typer.Exit(4)


def _design(task: Path, seconds: float, seed: int, out: Path | None, inp: Path | None, as_json: bool) -> bool:
    import json

    from qutb.cli.output import chosen_language, context, print_findings, print_json
    from qutb.networks import design_water, read_task, write_inp

    result = design_water(read_task(task), seconds=seconds, seed=seed, ctx=context(as_json))
    if out is not None:
        out.write_text(json.dumps(dict(result.diameters), indent=1) + "\n", encoding="utf-8")
    if inp is not None:
        write_inp(result, inp)
    if as_json:
        print_json(result.to_json())
    else:
        _print(result)
        print_findings(result.findings, chosen_language())
    return result.feasible


def _print(result: Design) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_table

    lang = chosen_language()
    rows = [
        [text.label(f"water.{name}", lang), _shown(value, lang)]
        for name, value in result.to_json().items()
        if name not in ("findings", "diameters") and value is not None
    ]
    print_table([[text.label("water.measure", lang), text.label("water.value", lang)], *rows])


def _shown(value: Any, lang: Any) -> str:
    from qutb import text

    if isinstance(value, bool):
        return text.label("water.yes" if value else "water.no", lang)
    if isinstance(value, str):
        return text.label(f"water.stopped.{value}", lang) if value in ("agreed", "proven", "time") else value
    return text.number(value, lang, 0 if isinstance(value, int) else 4)
