"""What each command does. Loaded only when one runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import cast, get_args

from qutb import text
from qutb.appraisal import ON_REQUEST, Appraisal, Cache, appraisal_json
from qutb.appraisal import appraise as run_appraisal
from qutb.cli.options import Source
from qutb.cli.output import (
    chosen_language,
    context,
    print_findings,
    print_json,
    print_line,
    print_table,
)
from qutb.compare import Comparison, comparison_json, text_rows
from qutb.compare import compare as run_comparison
from qutb.core import Effort, Finding, PackError, UsageError, blocking
from qutb.dossier import check_request, write_dossier
from qutb.draw import PALETTE
from qutb.files import FORMATS, Datum, read_plan, write_dxf, write_plan
from qutb.pack import Values, available_packs, load_pack
from qutb.plan import Plan, fabric_run, validity_run
from qutb.pole import Pole, Site, bare_site, new_pole, open_pole
from qutb.uptake import Uptake, first_line

__all__ = [
    "appraise",
    "compare",
    "demo",
    "dossier",
    "explain",
    "new",
    "pack_show",
    "plan_balance",
    "plan_check",
    "plan_convert",
]


def new(folder: Path, boundary: Path, name: str, start: date, crs: str | None, pack: str) -> None:
    names = {str(lang): name for lang in text.LANGUAGES}
    new_pole(folder, boundary=boundary, name=names, pack=pack, crs=crs, start_date=start, pack_date=date.today())
    print_line(str(folder))
    print_line(text.label("cli.new.next", chosen_language()))


def demo(out: Path, effort: Effort, run_date: date, quiet: bool) -> None:
    """The main job on the sample pole: appraise, compare, dossier; the comparison is printed, then the paths."""
    began = time.perf_counter()
    pole = open_pole(_sample_folder())
    written = _write_dossier(
        pole,
        out,
        (),
        None,
        text.LANGUAGES,
        ("html", "pdf", "xlsx", "gpkg", "json"),
        ON_REQUEST,
        effort,
        run_date,
        quiet,
    )
    print_line()
    lang = chosen_language()
    seconds = text.number(round(time.perf_counter() - began), lang)
    print_line(text.label("cli.demo.files", lang).format(files=len(written), seconds=seconds))
    for key in (f"pdf.{lang}", f"html.{lang}"):
        if key in written:
            print_line(f"  {written[key]}")
    print_line(f"{text.label('cli.demo.dossier', lang)}: {out.resolve()}")


def appraise(
    pole: Path,
    plan: str,
    to: str | None,
    also: Sequence[str],
    effort: Effort,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> bool:
    """Run the steps on one plan; true when a finding blocks."""
    appraisal = run_appraisal(open_pole(pole), plan, to=to, also=also, effort=effort, ctx=context(quiet or as_json))
    if out is not None:
        written = appraisal.write(out)
        if not as_json:
            print_line(str(written))
    if as_json:
        print_json(appraisal_json(appraisal))
    else:
        _print_appraisal(appraisal)
    return bool(blocking(appraisal.findings))


def explain(pole: Path, key: str, plan: str, where: str, also: Sequence[str], as_json: bool) -> None:
    """How a number came about; a step on request that the number belongs to is asked for."""
    own = [name for name in ON_REQUEST if key.startswith(f"{name}.")]
    explanation = run_appraisal(open_pole(pole), plan, also=(*also, *own)).explain(key, where)
    if as_json:
        print_json(explanation.to_json())
    else:
        print_line(explanation.words(chosen_language()))


def compare(
    pole: Path,
    plans: Sequence[str],
    base: str | None,
    also: Sequence[str],
    effort: Effort,
    as_json: bool,
    quiet: bool,
) -> None:
    comparison, _ = _compared(open_pole(pole), plans, base, also, effort, quiet or as_json)
    if as_json:
        print_json(comparison_json(comparison))
    else:
        print_table(text_rows(comparison, chosen_language()), wrap=True)


def dossier(
    pole: Path,
    out: Path,
    plans: Sequence[str],
    base: str | None,
    languages: Sequence[str],
    formats: Sequence[str],
    also: Sequence[str],
    effort: Effort,
    run_date: date,
    quiet: bool,
) -> None:
    written = _write_dossier(open_pole(pole), out, plans, base, languages, formats, also, effort, run_date, quiet)
    for path in written.values():
        print_line(str(path))


def plan_check(source: Source, pole: Path | None, as_json: bool) -> bool:
    """Print what is wrong with a plan; true when a finding blocks."""
    plan, site, values = _plan_and_site(source, pole)
    fabric = fabric_run(shapes=plan.shapes, site=site)
    validity = validity_run(plan=plan, fabric=fabric, site=site, values=values)
    findings = (*plan.remarks, *fabric.findings, *validity.findings)
    if as_json:
        print_json({"plan": plan.name, "digest": plan.digest, "findings": [f.to_json() for f in findings]})
    else:
        print_findings(findings, chosen_language())
        line = text.label("cli.check.sum" if findings else "cli.check.none", chosen_language())
        print_line(line.format(found=len(findings), blocking=len(blocking(findings))))
    return bool(blocking(findings))


def plan_balance(source: Source, pole: Path | None, as_json: bool) -> None:
    plan, site, values = _plan_and_site(source, pole)
    fabric = fabric_run(shapes=plan.shapes, site=site)
    balance = validity_run(plan=plan, fabric=fabric, site=site, values=values).balance
    if as_json:
        print_json({use: row.to_dict() for use, row in balance.iterrows()})
        return
    lang = chosen_language()
    head = [
        text.label(key, lang) for key in ("plan.use", "validity.plots", "validity.area_m2", "validity.share_of_site")
    ]
    rows = [
        [
            text.label(f"use.{use}", lang),
            text.number(row["plots"], lang),
            text.quantity(row["area_m2"], "m2", lang),
            text.quantity(row["share_of_site"], "ratio", lang),
        ]
        for use, row in balance.iterrows()
    ]
    print_table([head, *rows])


def plan_convert(source: Source, out: Path) -> None:
    if out.suffix.lower() not in (*FORMATS, ".dxf"):
        raise UsageError("FILE-SUFFIX", out.name, known=" ".join((*FORMATS, ".dxf")))
    plan, findings = _plan(source)
    if out.suffix.lower() == ".dxf":
        write_dxf(plan, out, lang=chosen_language(), colours=PALETTE)
    else:
        write_plan(plan, out)
    print_findings(findings, chosen_language())
    print_line(str(out))


def pack_show(name: str, prefix: str, when: date, as_json: bool) -> None:
    values = load_pack(name).at(when)
    found = [v for key in values.keys(prefix) if (v := values.find(key)) is not None]
    if prefix and not found:
        rooms = sorted({key.partition(".")[0] for key in values.keys("")})
        raise UsageError("CLI-NO-VALUES", prefix, pack=name, known=", ".join(rooms))
    if as_json:
        print_json([vars(v) | {"valid_from": v.valid_from.isoformat()} for v in found])
        return
    lang = chosen_language()
    rows = [
        [v.key, v.given_as, text.label(f"standing.{v.status}", lang), v.valid_from.isoformat(), v.source] for v in found
    ]
    head = [text.label(f"cli.pack.{name}", lang) for name in ("key", "value", "status", "from", "source")]
    print_table([head, *rows], aligned_right_from=5)


def _sample_folder() -> Path:
    """The first sample pole that an installed pack ships."""
    for name in available_packs():
        for marker in sorted((load_pack(name).folder / "samples").glob("*/pole.toml")):
            return marker.parent
    raise PackError("DEMO-NO-SAMPLE", ", ".join(available_packs()))


def _compared(
    pole: Pole, plans: Sequence[str], base: str | None, also: Sequence[str], effort: Effort, quiet: bool
) -> tuple[Comparison, Mapping[str, Appraisal]]:
    ctx, cache = context(quiet), Cache()
    chosen = tuple(plans) or tuple(pole.plans)
    if not chosen:
        raise UsageError("POLE-NO-PLANS", str(pole.folder))
    appraisals = {name: run_appraisal(pole, name, also=also, effort=effort, cache=cache, ctx=ctx) for name in chosen}
    return run_comparison(appraisals, base=base), appraisals


def _write_dossier(
    pole: Pole,
    out: Path,
    plans: Sequence[str],
    base: str | None,
    languages: Sequence[str],
    formats: Sequence[str],
    also: Sequence[str],
    effort: Effort,
    run_date: date,
    quiet: bool,
) -> Mapping[str, Path]:
    check_request(languages, formats)
    comparison, appraisals = _compared(pole, plans, base, also, effort, quiet)
    print_table(text_rows(comparison, chosen_language()), wrap=True)
    return write_dossier(
        appraisals, comparison, out, languages=languages, formats=formats, run_date=run_date, ctx=context(quiet)
    )


def _print_appraisal(appraisal: Appraisal) -> None:
    lang = chosen_language()
    print_line(f"{text.isolate(appraisal.plan.name, lang)}  {appraisal.code}")
    reached = appraisal.results.get("uptake")
    if isinstance(reached, Uptake):
        print_line(first_line(reached, lang))
    print_findings((*appraisal.pole.remarks, *appraisal.findings), lang)
    if appraisal.not_seen:
        print_line(f"{text.label('grain.not_seen', lang)}:")
    for code in appraisal.not_seen:
        print_line(f"    {text.message(Finding(code=code, severity='note'), lang)}")


def _plan(source: Source) -> tuple[Plan, tuple[Finding, ...]]:
    if source.datum not in (None, *get_args(Datum)):
        raise UsageError("RUN-NO-DATUM", str(source.datum))
    datum = cast("Datum | None", source.datum)
    return read_plan(source.file, crs=source.crs, profile=source.profile, datum=datum, encoding=source.encoding)


def _plan_and_site(source: Source, pole: Path | None) -> tuple[Plan, Site, Values]:
    """The plan with the pole's site, or on its own outline where no pole is given."""
    if pole is not None:
        opened = open_pole(pole)
        plan, _ = _plan(source._replace(crs=source.crs or opened.crs))
        return plan, opened.site, opened.values
    plan, _ = _plan(source)
    pack = load_pack(available_packs()[0])
    return plan, bare_site(plan), pack.at(date.today())
