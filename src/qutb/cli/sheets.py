"""``qutb sheets write|read``: the pole as one workbook to fill in Excel, and its difference before it is written."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from qutb.pole.sheets import Reading
    from qutb.text import Lang

__all__ = ["pole_app", "programme", "sheets_app", "takeover"]

sheets_app = typer.Typer(
    help="The pole's figures as one workbook: write it, fill it in Excel, read it back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

pole_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

PoleArg = Annotated[Path, typer.Argument(help="The pole's folder, with pole.toml.")]
YesOpt = Annotated[bool, typer.Option("--yes", help="Write the changes shown.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
ByOpt = Annotated[str, typer.Option("--by", help="Who enters the file, for rows that do not say it.")]
DateOpt = Annotated[str | None, typer.Option("--date", help="Day of entry, YYYY-MM-DD; default: as the file says.")]
LangOpt = Annotated[str | None, typer.Option("--lang", help="Language of the headings: ar, fr or en.")]


@sheets_app.command("write")
def write(
    pole: PoleArg,
    out: Annotated[Path, typer.Option("--out", help="The workbook to write, .xlsx.")] = Path("sheets.xlsx"),
    lang: LangOpt = None,
    sheet: Annotated[list[str] | None, typer.Option("--sheet", help="A sheet; repeat. Default: all.")] = None,
) -> None:
    """qutb sheets write my-pole --out my-pole.xlsx --lang fr: brief, rules, prices, values as one workbook."""
    _guarded(lambda: _write(pole, out, lang, sheet or []))


@sheets_app.command("read")
def read(
    pole: PoleArg,
    file: Annotated[Path, typer.Argument(help="The workbook or one sheet as CSV.")],
    yes: YesOpt = False,
    by: ByOpt = "",
    entered: DateOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb sheets read my-pole my-pole.xlsx: show what would change; with --yes, write it, whole or not at all."""
    _guarded(lambda: _read(pole, file, yes, by, entered, as_json))


@pole_app.command("takeover")
def takeover(
    pole: PoleArg,
    file: Annotated[Path, typer.Argument(help="The takeover workbook; with --template, the one to write.")],
    template: Annotated[bool, typer.Option("--template", help="Write an empty workbook to fill.")] = False,
    yes: YesOpt = False,
    lang: LangOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb pole takeover my-pole takeover.xlsx: enter a pole under way as transcribed acts."""
    _guarded(lambda: _takeover(pole, file, template, yes, lang, as_json))


def programme(
    pole: PoleArg,
    file: Annotated[Path, typer.Argument(help="Workbook or CSV of uses and areas, without geometry.")],
    name: Annotated[str, typer.Option("--name", help="Name of the plan made; default: the file's.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Write the plan into the pole.")] = False,
    as_json: JsonOpt = False,
) -> None:
    """qutb plan programme my-pole uses.xlsx --yes: a table of uses becomes a plan of the pole to appraise."""
    _guarded(lambda: _programme(pole, file, name, yes, as_json))


def _guarded(job: Callable[[], bool]) -> None:
    """Run ``job``; an error ends with its exit code and a sentence, findings that block with 3."""
    from qutb.cli.output import guarded

    if guarded(job):
        raise typer.Exit(3)


def _language(asked: str | None) -> Lang:
    from qutb.cli.output import chosen_language

    return chosen_language(asked)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise typer.BadParameter(f"{text} is not a date such as 2026-11-23") from fault


def _write(pole: Path, out: Path, lang: str | None, sheets: list[str]) -> bool:
    from qutb.cli.output import print_line
    from qutb.pole.sheets import write_sheets

    print_line(str(write_sheets(pole, out, lang=_language(lang), when=date.today(), sheets=sheets)))
    return False


def _read(pole: Path, file: Path, yes: bool, by: str, entered: str | None, as_json: bool) -> bool:
    from qutb.cli.output import print_json
    from qutb.core import blocking
    from qutb.pole.sheets import read_sheets

    reading = read_sheets(pole, file, today=date.today(), entered_by=by, entered_date=_day(entered))
    blocked = bool(blocking(reading.findings))
    written = reading.write() if yes and not blocked else ()
    if as_json:
        print_json({**reading.to_json(), "written": list(written)})
    else:
        _show(reading, written, yes)
    return blocked


def _show(reading: Reading, written: tuple[str, ...], yes: bool) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_findings, print_line
    from qutb.core import blocking
    from qutb.pole.sheets import change_lines

    lang = chosen_language()
    for line in change_lines(reading.changes, lang):
        print_line(line)
    print_findings(reading.findings, lang)
    stops = len(blocking(reading.findings))
    if stops:
        print_line(text.label("sheet.blocked", lang).format(count=stops))
    elif not reading.changes:
        print_line(text.label("sheet.nothing_changed", lang))
    elif yes:
        print_line(text.label("sheet.written", lang).format(files=", ".join(written)))
    else:
        print_line(text.label("sheet.to_write", lang).format(count=len(reading.changes)))


def _takeover(pole: Path, file: Path, template: bool, yes: bool, lang: str | None, as_json: bool) -> bool:
    from qutb.cli.output import print_json, print_line
    from qutb.core import blocking
    from qutb.pole.takeover import read_takeover, write_template

    if template:
        print_line(str(write_template(pole, file, lang=_language(lang), when=date.today())))
        return False
    taken = read_takeover(pole, file, today=date.today())
    blocked = bool(blocking(taken.findings))
    written = taken.write() if yes and not blocked else ()
    if as_json:
        print_json({**taken.to_json(), "written": list(written)})
    else:
        _show_takeover(taken, written, yes)
    return blocked


def _show_takeover(taken: Any, written: tuple[str, ...], yes: bool) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_findings, print_line
    from qutb.core import blocking

    lang = chosen_language()
    for line in taken.lines(lang):
        print_line(line)
    print_findings(taken.findings, lang)
    stops = len(blocking(taken.findings))
    if stops:
        print_line(text.label("sheet.blocked", lang).format(count=stops))
    elif yes:
        print_line(text.label("sheet.written", lang).format(files=", ".join(written)))
    else:
        print_line(text.label("takeover.to_write", lang).format(count=len(taken.new_acts)))


def _programme(folder: Path, file: Path, name: str, yes: bool, as_json: bool) -> bool:
    from qutb.cli.output import chosen_language, print_findings, print_json, print_line
    from qutb.core import UsageError, blocking
    from qutb.files import write_plan
    from qutb.pole import open_pole
    from qutb.pole.sheets import read_programme

    pole = open_pole(folder)
    plan, _, findings = read_programme(file, name=name, site=pole.site, values=pole.values)
    out = folder / "plans" / f"{plan.name}.gpkg"
    blocked = bool(blocking(findings))
    if yes and not blocked:
        if out.exists():
            raise UsageError("PROGRAMME-EXISTS", plan.name)
        write_plan(plan, out, when=pole.start_date)
    written = [f"plans/{out.name}"] if yes and not blocked else []
    if as_json:
        areas = plan.plots.area.groupby(plan.plots["use"]).sum().to_dict()
        said = [f.to_json() for f in findings]
        print_json({"plan": plan.name, "digest": plan.digest, "area_m2": areas, "findings": said, "written": written})
    else:
        print_findings(findings, chosen_language())
        for path in written:
            print_line(path)
    return blocked
