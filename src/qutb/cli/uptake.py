"""``qutb uptake fit``, ``score``, ``statement``: the curve of a class, its worth elsewhere, a page for approval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qutb.core import Finding
    from qutb.text import Lang
    from qutb.uptake import Curve

__all__ = ["uptake_app"]

uptake_app = typer.Typer(
    help="Take-up on its own: fit a class of towns, score it on others.", no_args_is_help=True, rich_markup_mode=None
)

TownsArg = Annotated[Path, typer.Argument(metavar="TOWNS", help="CSV with one count of one town a row.")]
ModelArg = Annotated[Path, typer.Argument(metavar="MODEL", help="JSON written by fit.")]
OutOpt = Annotated[Path, typer.Option("--out", help="JSON to write the model to.")]
SeedOpt = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")]
UnseenOpt = Annotated[str, typer.Option("--unseen", help="What a forecast may not have seen: town or country.")]
PoleArg = Annotated[Path, typer.Argument(help="The pole's folder, with pole.toml.")]
PlanOpt = Annotated[str, typer.Option("--plan", help="A plan of the pole, by name.")]
FolderOpt = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
LanguagesOpt = Annotated[str, typer.Option("--languages", help="ar, fr, en, separated by commas.")]
EffortOpt = Annotated[str, typer.Option("--effort", help="draft, standard or full.")]
DateOpt = Annotated[str | None, typer.Option("--date", help="Date written on the page, YYYY-MM-DD; default today.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


@uptake_app.callback()
def _uptake() -> None:
    """Take-up on its own: fit a class of towns, score it on others."""


@uptake_app.command("fit")
def fit(towns: TownsArg, out: OutOpt, seed: SeedOpt = 0, as_json: JsonOpt = False) -> None:
    """qutb uptake fit towns.csv --out model.json: the share of their target that such towns reach, by year."""
    from qutb.cli.output import guarded

    guarded(lambda: _fit(towns, out, seed, as_json))


@uptake_app.command("score")
def score(model: ModelArg, towns: TownsArg, unseen: UnseenOpt = "town", as_json: JsonOpt = False) -> None:
    """qutb uptake score model.json others.csv --json: errors on towns the model did not see, beside simple rules.

    A town that the model was fitted to is forecast by the model fitted again without it.
    """
    from qutb.cli.output import guarded

    if unseen not in ("town", "country"):
        raise typer.BadParameter(f"{unseen}: choose town or country", param_hint="--unseen")
    guarded(lambda: _score(model, towns, unseen, as_json))


@uptake_app.command("statement")
def statement(
    pole: PoleArg,
    plan: PlanOpt,
    out: FolderOpt = Path("out/statement"),
    languages: LanguagesOpt = "ar,fr,en",
    effort: EffortOpt = "standard",
    when: DateOpt = None,
) -> None:
    """qutb uptake statement my-pole --plan bay --out statement: one page for approval, as HTML and PDF."""
    from qutb.cli.output import guarded

    guarded(lambda: _statement(pole, plan, out, languages.split(","), effort, when))


def _statement(pole: Path, plan: str, out: Path, languages: list[str], effort: Any, when: str | None) -> None:
    from datetime import date

    import qutb
    from qutb.cli.output import context, print_line
    from qutb.dossier import write_statement

    appraisal = qutb.appraise(qutb.open_pole(pole), plan, effort=effort, ctx=context())
    day = date.fromisoformat(when) if when else date.today()
    for path in write_statement(appraisal, out, run_date=day, languages=languages).values():
        print_line(str(path))


def _fit(file: Path, out: Path, seed: int, as_json: bool) -> None:
    from qutb.cli.output import print_json
    from qutb.uptake import fit_towns, read_towns, write_model

    towns = read_towns(file)
    curve = fit_towns(towns, seed=seed)
    write_model(curve, out)
    figures = {**_fitted(curve), "findings": [f.to_json() for f in towns.findings]}
    if as_json:
        print_json(figures)
    else:
        _print(figures, "uptake.fit.", towns.findings)


def _fitted(curve: Curve) -> dict[str, Any]:
    """Medians of the posterior, in words a reader checks against other studies."""
    import numpy as np

    middle = np.exp(np.median(curve.hyper, axis=0)).tolist()
    return {
        "towns": int(curve.rows["town"].nunique()),
        "observations": len(curve.rows),
        "regions": len(curve.regions),
        "size_elasticity": float(np.median(curve.elasticity)),
        "time_scale_years": middle[0],
        "imitation": middle[1],
        "region_sd": middle[2],
        "town_sd": middle[3],
        "noise_sd": middle[4],
        "digest": curve.digest,
    }


def _score(model: Path, file: Path, unseen: Any, as_json: bool) -> None:
    from qutb.cli.output import context, print_json
    from qutb.uptake import read_model, read_towns
    from qutb.uptake import score as score_towns

    curve, towns = read_model(model), read_towns(file)
    result = score_towns(curve, towns, leave=unseen, ctx=context(as_json))
    figures = result.to_json()
    if as_json:
        print_json(figures)
    else:
        _print_score(figures, result.findings)


def _print_score(figures: Mapping[str, Any], findings: Sequence[Finding]) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_line, print_table

    lang = chosen_language()
    shown = ("towns", "observations", "mae_log", "brier_50", "brier_20", "coverage_80", "width_80", "auc_within_region")
    _print({name: figures[name] for name in shown}, "uptake.score.", ())
    print_line()
    measures = ("mae_log", "brier_50", "brier_20", "auc_within_region")
    rows = [[text.label("uptake.score.rule", lang), *(text.label(f"uptake.score.{m}", lang) for m in measures)]]
    rows.append([text.label("uptake.score.model", lang), *(_number(figures[m], lang) for m in measures)])
    for name, found in figures["baselines"].items():
        rows.append([text.label(f"uptake.rule.{name}", lang), *(_number(found[m], lang) for m in measures)])
    print_table(rows)
    _print({}, "", findings)


def _print(figures: Mapping[str, Any], prefix: str, findings: Sequence[Finding]) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_findings, print_line, print_table

    lang = chosen_language()
    rows = [
        [text.label(f"{prefix}{name}", lang), _number(value, lang)]
        for name, value in figures.items()
        if name != "findings"
    ]
    if rows:
        print_table([[text.label("uptake.score.measure", lang), text.label("uptake.score.value", lang)], *rows])
    if findings:
        print_line()
        print_findings(findings, lang)


def _number(value: Any, lang: Lang) -> str:
    from qutb import text

    if value is None:
        return "–"
    if isinstance(value, str):
        return value[:12]
    return text.number(value, lang, 0 if isinstance(value, int) else 3)
