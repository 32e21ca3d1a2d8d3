"""``qutb plan match|diff|refine``: ids from version to version, what a version changes, what it must keep."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from qutb.core import Finding
    from qutb.pack import Values
    from qutb.plan import Plan
    from qutb.pole import Pole

__all__ = ["pack_values", "plan_diff", "plan_match", "plan_refine"]

_OldArg = Annotated[str, typer.Argument(help="The earlier version: a file, or with --pole a plan's name.")]
_NewArg = Annotated[str, typer.Argument(metavar="NEW", help="The later version: a file, or a plan's name.")]
_PoleOpt = Annotated[Path | None, typer.Option("--pole", help="Pole folder on whose site and terms both stand.")]
_CrsOpt = Annotated[str | None, typer.Option("--crs", help="EPSG:n, or local for metres without a map.")]
_JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
_QuietOpt = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
_DateOpt = Annotated[str | None, typer.Option("--date", help="Date written on the papers, YYYY-MM-DD; default today.")]


def plan_match(
    old: _OldArg,
    new: _NewArg,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The mapping to write, .csv or .xlsx; with --confirmed the plan, .gpkg."),
    ] = None,
    confirmed: Annotated[
        Path | None, typer.Option("--confirmed", help="The mapping, corrected: its proposed_id are applied.")
    ] = None,
    keep_outlines: Annotated[
        float, typer.Option("--keep-outlines", min=0.0, help="Metres within which the earlier outline is kept.")
    ] = 0.0,
    pole: _PoleOpt = None,
    crs: _CrsOpt = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Code page of the CSV, e.g. cp1256.")] = None,
    as_json: _JsonOpt = False,
) -> None:
    """qutb plan match v1.gpkg v2.gpkg --out matches.xlsx: which plot is which, for you to confirm; then
    qutb plan match v1.gpkg v2.gpkg --confirmed matches.xlsx --out v2_with_ids.gpkg.
    """
    from qutb.cli.output import guarded

    guarded(lambda: _match(old, new, out, confirmed, keep_outlines, pole, crs, encoding, as_json))


def plan_diff(
    old: _OldArg,
    new: _NewArg,
    pole: _PoleOpt = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the difference page; needs --pole.")] = None,
    languages: Annotated[str, typer.Option("--languages", help="ar, fr, en, separated by commas.")] = "ar,fr,en",
    formats: Annotated[str, typer.Option("--formats", help="html, pdf, json.")] = "html,pdf,json",
    effort: Annotated[str, typer.Option("--effort", help="draft, standard or full.")] = "standard",
    when: _DateOpt = None,
    crs: _CrsOpt = None,
    as_json: _JsonOpt = False,
    quiet: _QuietOpt = False,
) -> None:
    """qutb plan diff bay bay-2 --pole my-pole --out diff: what changed, as a page with map, tables and figures."""
    from qutb.cli.output import guarded

    wanted = languages.split(","), formats.split(",")
    guarded(lambda: _diff(old, new, pole, out, *wanted, effort, _day(when), crs, as_json, quiet))


def plan_refine(
    lots: Annotated[str, typer.Argument(metavar="LOTS", help="The finer version: a file, or a plan's name.")],
    blocks: Annotated[str, typer.Option("--of", help="The block or zone version it refines.")],
    pole: _PoleOpt = None,
    out: Annotated[Path | None, typer.Option("--out", help="GeoPackage to write, naming what it refines.")] = None,
    crs: _CrsOpt = None,
    as_json: _JsonOpt = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on a blocking finding.")] = False,
) -> None:
    """qutb plan refine lots.gpkg --of blocks.gpkg: does the lot version keep the block version? --out names it."""
    from qutb.cli.output import guarded

    if guarded(lambda: _refine(lots, blocks, pole, out, crs, as_json)) and strict:
        raise typer.Exit(1)


def _match(
    old: str,
    new: str,
    out: Path | None,
    confirmed: Path | None,
    within_m: float,
    pole: Path | None,
    crs: str | None,
    encoding: str | None,
    as_json: bool,
) -> None:
    from qutb.plan import propose_matches

    earlier, later = _versions(old, new, _opened(pole), crs)
    if confirmed is not None:
        _apply(earlier, later, confirmed, out, within_m, encoding, as_json)
        return
    matches = propose_matches(earlier, later)
    if out is not None:
        from qutb.files import write_matches

        write_matches(matches, out)
    _show_matches(matches, earlier, out, as_json)


def _show_matches(matches: pd.DataFrame, old: Plan, out: Path | None, as_json: bool) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_json, print_line, print_table

    counts = matches.groupby(["layer", "status"], sort=False).size()
    if as_json:
        counted = [{"layer": layer, "status": status, "pairs": int(n)} for (layer, status), n in counts.items()]
        print_json({"ids_kept_share": _kept_share(matches, old), "counts": counted, "matches": _records(matches)})
        return
    lang = chosen_language()
    rows = [[text.label(f"difference.{key}", lang) for key in ("layer", "change", "rows")]]
    for (layer, status), n in counts.items():
        rows.append([text.label(f"layer.{layer}", lang), text.label(f"match.{status}", lang), text.number(n, lang)])
    print_table(rows, aligned_right_from=2)
    share = text.quantity(_kept_share(matches, old), "ratio", lang)
    print_line(f"{share} {text.label('difference.fact.ids_kept', lang)}")
    if out is not None:
        print_line(str(out))
        print_line(text.label("difference.confirm", lang))


def _kept_share(matches: pd.DataFrame, old: Plan) -> float:
    plots = matches[(matches["layer"] == "plots") & matches["status"].isin(["same", "renamed"])]
    return float(len(plots)) / max(len(old.plots), 1)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def _apply(
    old: Plan, new: Plan, confirmed: Path, out: Path | None, within_m: float, encoding: str | None, as_json: bool
) -> None:
    """Write the new version under the ids confirmed; nothing is written when one cannot be applied."""
    from qutb.cli.output import chosen_language, print_findings, print_json, print_line
    from qutb.core import InputError, UsageError, blocking
    from qutb.files import read_matches, write_plan
    from qutb.plan import apply_matches, keep_outlines

    if out is None or out.suffix.lower() != ".gpkg":
        raise UsageError("FILE-SUFFIX", out.name if out else "--out", known=".gpkg")
    named, findings = apply_matches(new, read_matches(confirmed, encoding=encoding))
    if blocking(findings):
        print_findings(findings, chosen_language())
        raise InputError("PLAN-MATCH-REFUSED", confirmed.name)
    if within_m > 0:
        named, kept = keep_outlines(old, named, within_m)
        findings = (*findings, *kept)
    write_plan(named, out)
    if as_json:
        print_json({"plan": str(out), "digest": named.digest, "findings": [f.to_json() for f in findings]})
        return
    print_findings(findings, chosen_language())
    print_line(str(out))


def _diff(
    old: str,
    new: str,
    pole: Path | None,
    out: Path | None,
    languages: Sequence[str],
    formats: Sequence[str],
    effort: Any,
    run_date: date,
    crs: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    from qutb.cli.output import chosen_language, print_json, print_line
    from qutb.core import UsageError
    from qutb.plan import difference

    opened = _opened(pole)
    if out is not None and opened is None:
        raise UsageError("CLI-DIFF-POLE", "--out")
    earlier, later = _versions(old, new, opened, crs)
    changes = difference(earlier, later)
    if as_json:
        print_json(changes.to_json())
    else:
        for line in changes.lines(chosen_language()):
            print_line(line)
    if out is not None and opened is not None:
        written = _write_page(opened, earlier, later, out, languages, formats, effort, run_date, quiet or as_json)
        for path in () if as_json else written:
            print_line(str(path))


def _write_page(
    pole: Pole,
    old: Plan,
    new: Plan,
    out: Path,
    languages: Sequence[str],
    formats: Sequence[str],
    effort: Any,
    run_date: date,
    quiet: bool,
) -> tuple[Path, ...]:
    from qutb.appraisal import Cache, appraise
    from qutb.cli.output import context
    from qutb.dossier import check_request, write_difference

    check_request(languages, formats)
    cache, ctx = Cache(), context(quiet)
    before, after = (appraise(pole, plan, effort=effort, cache=cache, ctx=ctx) for plan in (old, new))
    written = write_difference(
        before, after, out, run_date=run_date, languages=languages, formats=formats, ctx=context(quiet)
    )
    return tuple(written.values())


def _refine(lots: str, blocks: str, pole: Path | None, out: Path | None, crs: str | None, as_json: bool) -> bool:
    """Print what the finer version does not keep; true when a finding blocks."""
    from dataclasses import replace

    from qutb.cli.output import chosen_language, print_findings, print_json, print_line
    from qutb.core import blocking, short_code
    from qutb.files import write_plan

    opened = _opened(pole)
    earlier, later = _versions(blocks, lots, opened, crs)
    findings = _refinement(opened, earlier, later)
    known = opened is not None and blocks in opened.plans
    if out is not None:
        write_plan(replace(later, refines=blocks if known else short_code(earlier.digest)), out)
    if as_json:
        print_json({"refines": earlier.digest, "findings": [f.to_json() for f in findings]})
    else:
        print_findings(findings, chosen_language())
        print_line(f"{len(blocking(findings))} / {len(findings)}")
    return bool(blocking(findings))


def _refinement(pole: Pole | None, earlier: Plan, later: Plan) -> tuple[Finding, ...]:
    """With a pole what both versions hold is computed; without one, only what they state is compared."""
    from qutb.appraisal import appraise
    from qutb.plan import check_refinement

    if pole is None:
        return check_refinement(later, earlier, pack_values())
    held = tuple(appraise(pole, plan, to="capacity").results["capacity"].tables()["plots"] for plan in (earlier, later))
    return check_refinement(later, earlier, pole.values, (held[0], held[1]))


def pack_values() -> Values:
    """The values of the first pack installed, for files that belong to no pole."""
    from qutb.pack import available_packs, load_pack

    return load_pack(available_packs()[0]).at(date.today())


def _opened(pole: Path | None) -> Pole | None:
    from qutb.pole import open_pole

    return None if pole is None else open_pole(pole)


def _versions(old: str, new: str, pole: Pole | None, crs: str | None) -> tuple[Plan, Plan]:
    return _version(old, pole, crs), _version(new, pole, crs)


def _version(name: str, pole: Pole | None, crs: str | None) -> Plan:
    """A plan of the pole by its name, else a file, read in the pole's system."""
    from qutb.files import read_plan

    if pole is not None and name in pole.plans:
        return pole.plan(name)
    return read_plan(Path(name), crs=crs or (pole.crs if pole else None))[0]


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError as fault:
        raise typer.BadParameter(f"{text} is not a date such as 2026-11-23") from fault
