"""``qutb remedies``: the cheapest single change for each thing a plan falls short of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from qutb.dossier import Edition
    from qutb.remedies import Remedies

__all__ = ["remedies"]

PoleArg = Annotated[Path, typer.Argument(help="The pole's folder, with pole.toml.")]
PlanOpt = Annotated[str, typer.Option("--plan", help="A plan of the pole, by name.")]
EffortOpt = Annotated[str, typer.Option("--effort", help="draft, standard or full: how many changes are tried.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
QuietOpt = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


def remedies(
    pole: PoleArg, plan: PlanOpt, effort: EffortOpt = "standard", as_json: JsonOpt = False, quiet: QuietOpt = False
) -> None:
    """qutb remedies my-pole --plan bay: the cheapest single change for each thing the plan falls short of.

    The dossier shows the same table; there the effort is that of the appraisal.
    """
    from qutb.cli.output import guarded

    guarded(lambda: _remedies(pole, plan, effort, as_json, quiet))


def _remedies(folder: Path, plan: str, effort: Any, as_json: bool, quiet: bool) -> None:
    from datetime import date

    from qutb.appraisal import appraise
    from qutb.cli.output import chosen_language, context, print_json
    from qutb.compare import compare
    from qutb.dossier import Edition, remedies_json
    from qutb.pole import open_pole
    from qutb.remedies import find_remedies

    ctx = context(quiet or as_json)
    appraisal = appraise(open_pole(folder), plan, effort=effort, ctx=ctx)
    found = find_remedies(appraisal, ctx=ctx)
    if as_json:
        print_json({"plan": appraisal.plan.name, "digest": appraisal.digest, "remedies": remedies_json(found)})
        return
    edition = Edition(
        lang=chosen_language(),
        appraisals={plan: appraisal},
        comparison=compare({plan: appraisal}),
        run_date=date.today(),
        remedies={plan: found},
    )
    _print(edition, plan, found)


def _print(edition: Edition, plan: str, found: Remedies) -> None:
    from qutb.cli.output import print_line, print_table
    from qutb.core import Finding
    from qutb.dossier import remedy_rows
    from qutb.text import label, message

    print_line(label("remedies.head", edition.lang).format(plan=edition.title(plan)))
    for code in found.not_seen:
        print_line(message(Finding(code=code, severity="note"), edition.lang))
    if found.not_seen:
        return
    if not len(found.shortfalls):
        print_line(edition.word("no_shortfall"))
        return
    heads = [edition.word(key) for key in ("shortfall", "remedy", "gains", "remedy_price", "price_each")]
    rows = [
        [" ".join((c.text, f"({c.sub})") if c.sub else (c.text,)) for c in row] for row in remedy_rows(edition, found)
    ]
    print_table([heads, *rows], wrap=True)
