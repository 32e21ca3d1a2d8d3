"""``qutb steiner solve``: the shortest tree that joins the terminals of a graph, with a bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from qutb.networks import SteinerTree

__all__ = ["steiner_app"]

steiner_app = typer.Typer(
    help="Shortest trees on their own: join places along a graph.", no_args_is_help=True, rich_markup_mode=None
)

FileArg = Annotated[Path, typer.Argument(metavar="FILE", help="Graph and terminals, SteinLib .stp or PACE .gr.")]
SecondsOpt = Annotated[float, typer.Option("--seconds", min=0.1, help="Seconds of search at most.")]
SeedOpt = Annotated[int, typer.Option("--seed", min=0, help="Seed of the search.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


@steiner_app.callback()
def _steiner() -> None:
    """Shortest trees on their own: join places along a graph."""


@steiner_app.command("solve")
def solve(file: FileArg, seconds: SecondsOpt = 5.0, seed: SeedOpt = 1, as_json: JsonOpt = False) -> None:
    """qutb steiner solve instance.gr --seconds 5 --json: a shortest tree, and how far from proven it is."""
    from qutb.cli.output import guarded

    guarded(lambda: _solve(file, seconds, seed, as_json))


def _solve(file: Path, seconds: float, seed: int, as_json: bool) -> None:
    from qutb.cli.output import context, print_json
    from qutb.networks import read_steiner, solve_steiner

    tree = solve_steiner(read_steiner(file), seconds=seconds, seed=seed, ctx=context(as_json))
    if as_json:
        print_json(tree.to_json())
    else:
        _print(tree)


def _print(tree: SteinerTree) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_table

    lang = chosen_language()
    rows = [
        [text.label(f"steiner.{name}", lang), _shown(value, lang)]
        for name, value in tree.to_json().items()
        if name != "tree"
    ]
    print_table([[text.label("steiner.measure", lang), text.label("steiner.value", lang)], *rows])


def _shown(value: Any, lang: Any) -> str:
    from qutb import text

    if isinstance(value, str):
        return text.label(f"water.stopped.{value}", lang)
    return text.number(value, lang, 0 if isinstance(value, int) or value == int(value) else 4)
