"""All commands on one screen; each is built only when it is called, so that ``qutb --help`` costs little."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

import qutb

__all__ = ["COMMANDS", "app", "main"]


class Entry(NamedTuple):
    """A command or a group of them: where it is, and what it is for."""

    module: str
    name: str
    help: str


COMMANDS = {
    "new": Entry("poles", "new", "Make a pole folder to fill."),
    "demo": Entry("poles", "demo", "Appraise the sample pole's plans, compare them, write the dossier."),
    "appraise": Entry("poles", "appraise", "Run the steps on one plan."),
    "explain": Entry("poles", "explain", "How a number was computed."),
    "compare": Entry("poles", "compare", "Plans side by side, on equal terms."),
    "dossier": Entry("poles", "dossier", "Decision sheet, comparison, maps and tables as files."),
    "remedies": Entry("remedies", "remedies", "The cheapest single change for each thing a plan falls short of."),
    "kit": Entry("kit", "kit", "All that competitors need to draw a plan and check it."),
    "watch": Entry("kit", "watch", "At each save of a plan, what changed."),
    "papers": Entry("kit", "papers", "Drawing, table of lots, zone rules, sheets per department."),
    "utilities": Entry("utilities", "utilities", "Notes, tables, drawings and solver files by network."),
    "plan": Entry("plans", "plan_app", "One plan: import, check, balance, match, diff, refine, convert."),
    "pole": Entry("sheets", "pole_app", "A pole already under way, taken over from a workbook."),
    "pack": Entry("packs", "pack_app", "Packs of dated values."),
    "sheets": Entry("sheets", "sheets_app", "The pole's figures as one workbook: write, fill, read."),
    "provision": Entry("provision", "provision_app", "Provision on its own: people, places and walks."),
    "traffic": Entry("traffic", "traffic_app", "Traffic on its own: assign trips to a network."),
    "water": Entry("water", "water_app", "Water networks on their own: least-cost diameters."),
    "steiner": Entry("steiner", "steiner_app", "Shortest trees on their own: join places along a graph."),
    "uptake": Entry("uptake", "uptake_app", "Take-up on its own: fit a class of towns, score it on others."),
    "finance": Entry("finance", "finance_app", "Money: returns, waterfalls, the workbook of a plan."),
}


class LazyGroup(TyperGroup):
    """The commands of the table, loaded when they are asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def, override]
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = getattr(import_module(f"qutb.cli.{entry.module}"), entry.name)
        if isinstance(found, typer.Typer):
            group = get_group(found)
            group.help = group.help or entry.help
            return group
        alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        alone.command(cmd_name)(found)
        return get_command(alone)

    def format_commands(self, ctx, formatter) -> None:  # type: ignore[no-untyped-def]
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


app = typer.Typer(
    name="qutb",
    cls=LazyGroup,
    help="Qutb: from the master plans of a new urban pole to one comparison and dossier.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)


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


def main() -> None:
    """Run the command line."""
    app()
