"""The commands on packs."""

from __future__ import annotations

from typing import Annotated

import typer

from qutb.cli.options import (
    DateOpt,
    JsonOpt,
    day_of,
    run_command,
)

__all__ = ["pack_app"]

pack_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@pack_app.command("show")
def pack_show(
    name: Annotated[str, typer.Argument(help="Pack name or folder.")],
    key: Annotated[str | None, typer.Argument(help="Show only keys that start so.")] = None,
    when: DateOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb pack show ma capacity.: values in force, with unit, status and source."""
    run_command("pack_show", name, key or "", day_of(when), as_json)
