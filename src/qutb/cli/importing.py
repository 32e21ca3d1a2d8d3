"""``qutb plan import``: a drawing, any geofile or survey points to a plan, with all that was chosen and left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from qutb.core import Finding
    from qutb.files import Answers
    from qutb.plan import Plan

__all__ = ["plan_import"]


class _Order(NamedTuple):
    """What was asked for; ``datum`` and ``encoding`` go before those of the answers."""

    file: Path
    out: Path | None
    crs: str | None
    answers: Path | None
    previous: Path | None
    matches: Path | None
    refines: Path | None
    levels: Path | None
    datum: str | None
    encoding: str | None

    @property
    def beside(self) -> Path:
        """Where the answers about this plan are remembered: of a drawing its layers, of a geofile its profile."""
        from qutb.files import is_drawing

        kind = ".layers.toml" if is_drawing(self.file) else ".profile.toml"
        return (self.out or Path("plan")).with_suffix(kind)


class _Read(NamedTuple):
    """What came of the file, not yet written; ``told`` is the published JSON, ``proposal`` answers to confirm."""

    plan: Plan
    told: dict[str, Any]
    findings: tuple[Finding, ...]
    proposal: str = ""
    earlier: Plan | None = None
    levels: gpd.GeoDataFrame | None = None
    matches: pd.DataFrame | None = None


_FileArg = Annotated[Path, typer.Argument(help="DXF, GeoPackage, GeoJSON, KML, Shapefile or zip; survey XYZ or CSV.")]
_OutOpt = Annotated[Path | None, typer.Option("--out", help="GeoPackage to write; NAME.layers.toml goes beside it.")]
_CrsOpt = Annotated[str | None, typer.Option("--crs", help="EPSG:n, or local for metres without a map.")]
_AnswersOpt = Annotated[Path | None, typer.Option("--answers", help="layers.toml, whole or in part.")]
_PreviousOpt = Annotated[Path | None, typer.Option("--previous", help="Earlier version, whose ids are kept.")]
_MatchesOpt = Annotated[
    Path | None, typer.Option("--matches", help="With --previous, .csv or .xlsx: written to confirm, then applied.")
]
_RefinesOpt = Annotated[Path | None, typer.Option("--refines", help="The block version that these lots must keep.")]
_LevelsOpt = Annotated[Path | None, typer.Option("--levels", help="GeoPackage for the spot heights found.")]
_DatumOpt = Annotated[str | None, typer.Option("--datum", help="shift or as_is, where no datum shift is published.")]
_EncodingOpt = Annotated[str | None, typer.Option("--encoding", help="Code page of texts: utf-8, cp1256 or cp1252.")]


def plan_import(
    file: _FileArg,
    out: _OutOpt = None,
    crs: _CrsOpt = None,
    answers: _AnswersOpt = None,
    previous: _PreviousOpt = None,
    matches: _MatchesOpt = None,
    refines: _RefinesOpt = None,
    levels: _LevelsOpt = None,
    datum: _DatumOpt = None,
    encoding: _EncodingOpt = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on a blocking finding.")] = False,
) -> None:
    """qutb plan import bay.dxf --crs EPSG:32628 --out bay.gpkg: read a drawing, say what was chosen and left out;
    then correct bay.layers.toml and import again with --answers bay.layers.toml.
    """
    from qutb.cli.output import guarded

    order = _Order(file, out, crs, answers, previous, matches, refines, levels, datum, encoding)
    if guarded(lambda: _imported(order, as_json)) and strict:
        raise typer.Exit(1)


def _imported(order: _Order, as_json: bool) -> bool:
    """Read all, then write all; true when a finding blocks."""
    from qutb.core import blocking
    from qutb.files import is_drawing, is_survey

    _check(order)
    if is_survey(order.file) or order.out is None:
        _survey(order, as_json)
        return False
    read = _drawing(order) if is_drawing(order.file) else _geofile(order)
    read = _refined(_matched(read, order), order)
    told = read.told | {"digest": read.plan.digest, "findings": [f.to_json() for f in read.findings]}
    told["written"] = _write(read, order)
    _say(told, read.findings, as_json)
    return bool(blocking(read.findings))


def _check(order: _Order) -> None:
    """Refuse options that cannot be met before anything is read."""
    from qutb.core import UsageError

    if order.out is None and order.levels is None:
        raise UsageError("FILE-SUFFIX", "--out", known=".gpkg")
    for path, known in ((order.out, ".gpkg"), (order.levels, ".gpkg"), (order.matches, ".csv .xlsx")):
        if path is not None and path.suffix.lower() not in known.split():
            raise UsageError("FILE-SUFFIX", path.name, known=known)
    if order.matches is not None and order.previous is None:
        raise UsageError("DRAW-MATCHES-ALONE", "--matches")
    if order.datum not in (None, "shift", "as_is"):
        raise UsageError("RUN-NO-DATUM", str(order.datum))
    if order.encoding not in (None, "utf-8", "cp1256", "cp1252"):
        raise UsageError("DRAW-ENCODING-UNKNOWN", str(order.encoding))


# read ---------------------------------------------------------------------------------------------------


def _drawing(order: _Order) -> _Read:
    from qutb.files import read_drawing

    asked, source, path, said = _answers(order)
    earlier = _version(order.previous, order.crs or asked.crs or None)
    result = read_drawing(order.file, crs=order.crs, answers=asked, previous=earlier)
    told = result.to_json() | {"answers": {"source": source, "file": str(path), "confirmed": asked.confirmed}}
    proposal = result.to_toml() if source == "proposal" else ""
    return _Read(result.plan, told, (*said, *result.findings), proposal, earlier, result.spot_heights)


def _answers(order: _Order) -> tuple[Answers, str, Path, list[Finding]]:
    """Answers given; else those remembered beside the plan, once confirmed; else none, and the proposal is taken."""
    from qutb.files import Answers, read_answers

    asked, source, path = Answers(), "proposal", order.beside
    said: list[Finding] = []
    if order.answers is not None:
        asked, source, path = read_answers(order.answers), "file", order.answers
    elif path.is_file():
        remembered = read_answers(path)
        said = _remembered(path, remembered.confirmed)
        asked, source = (remembered, "remembered") if remembered.confirmed else (asked, source)
    given = {"datum": order.datum, "encoding": order.encoding}
    return asked.model_copy(update={k: v for k, v in given.items() if v}), source, path, said


def _geofile(order: _Order) -> _Read:
    """Layers that are no drawing; their answers are a profile."""
    from qutb.files import read_geofile, read_profile

    path, said = order.answers or order.beside, []
    profile = read_profile(path) if path.is_file() or order.answers else None
    if profile is not None and order.answers is None:
        said, profile = _remembered(path, profile.confirmed), profile if profile.confirmed else None
    result = read_geofile(
        order.file,
        crs=order.crs,
        profile=profile,
        datum=order.datum,  # type: ignore[arg-type]
        encoding=order.encoding,
    )
    given = "file" if order.answers else "remembered"
    source = given if profile else "names" if result.native else "proposal"
    answers = {
        "source": source,
        "file": "" if source == "names" else str(path),
        "confirmed": profile is not None and profile.confirmed,
    }
    earlier = _version(order.previous, result.plan.crs)
    told = result.to_json() | {"answers": answers}
    return _Read(result.plan, told, (*said, *result.findings), result.proposal, earlier)


def _remembered(path: Path, confirmed: bool) -> list[Finding]:
    from qutb.core import Finding

    code = "DRAW-ANSWERS-REMEMBERED" if confirmed else "DRAW-ANSWERS-WAITING"
    return [Finding(code=code, severity="note", params={"file": path.name})]


def _survey(order: _Order, as_json: bool) -> None:
    """Survey points alone: a GeoPackage of spot heights, as ``site.gpkg`` keeps them."""
    from qutb.core import Finding, UsageError
    from qutb.files import read_survey

    if order.crs is None:
        raise UsageError("DRAW-CRS-NEEDED", order.file.name)
    heights = read_survey(order.file, crs=order.crs)
    path = order.levels or order.out or Path()
    _write_levels(heights, path, order.crs)
    said = (Finding(code="DRAW-LEVELS-ONLY", severity="note", params={"count": len(heights), "file": path.name}),)
    told = {
        "file": order.file.name,
        "format": order.file.suffix.lower().removeprefix("."),
        "crs": order.crs,
        "spot_heights": len(heights),
        "level_m_low": float(heights["level_m"].min()),
        "level_m_high": float(heights["level_m"].max()),
        "written": [str(path)],
        "findings": [f.to_json() for f in said],
    }
    _say(told, said, as_json)


# against other versions ---------------------------------------------------------------------------------


def _version(path: Path | None, crs: str | None) -> Plan | None:
    from qutb.files import read_plan

    return None if path is None else read_plan(path, crs=crs)[0]


def _matched(read: _Read, order: _Order) -> _Read:
    """Ids against the earlier version: shown, and applied once a person has confirmed them."""
    from qutb.core import InputError, blocking
    from qutb.files import read_matches
    from qutb.plan import apply_matches, propose_matches

    if read.earlier is None:
        return read
    plan, findings = read.plan, read.findings
    if order.matches is not None and order.matches.is_file():
        plan, found = apply_matches(plan, read_matches(order.matches))
        if blocking(found):
            raise InputError("PLAN-MATCH-REFUSED", order.matches.name)
        findings = (*findings, *found)
    matches = propose_matches(read.earlier, plan)
    plots = matches[matches["layer"] == "plots"]
    kept = int(plots.loc[plots["status"] == "same", "old_id"].nunique())
    told = {
        "ids_before": len(read.earlier.plots),
        "ids_kept": kept,
        "ids_kept_share": kept / max(len(read.earlier.plots), 1),
        "ids_matched": plots.drop(columns="layer").round(3).to_dict("records"),
    }
    return read._replace(plan=plan, findings=findings, told=read.told | told, matches=matches)


def _refined(read: _Read, order: _Order) -> _Read:
    """The plan naming the block version it refines, with what it does not keep of it."""
    from dataclasses import replace

    from qutb.cli.revising import pack_values
    from qutb.core import short_code
    from qutb.plan import check_refinement

    blocks = _version(order.refines, read.plan.crs)
    if blocks is None:
        return read
    found = check_refinement(read.plan, blocks, pack_values())
    told = {"refines": {"plan": blocks.name, "digest": blocks.digest, "findings": len(found)}}
    plan = replace(read.plan, refines=short_code(blocks.digest))
    return read._replace(plan=plan, findings=(*read.findings, *found), told=read.told | told)


# write and say ------------------------------------------------------------------------------------------


def _write(read: _Read, order: _Order) -> list[str]:
    """Each file whole or not at all; the plan first. Their paths."""
    from qutb.files import replacing, write_matches, write_plan

    assert order.out is not None  # _survey has taken the other case
    write_plan(read.plan, order.out)
    written = [order.out]
    if order.levels is not None and read.levels is not None:
        _write_levels(read.levels, order.levels, read.plan.crs)
        written.append(order.levels)
    if order.matches is not None and read.matches is not None and not order.matches.is_file():
        write_matches(read.matches, order.matches)
        written.append(order.matches)
    if read.proposal and not order.beside.is_file():
        with replacing(order.beside) as draft:
            draft.write_text(read.proposal, "utf-8")
        written.append(order.beside)
    return [str(path) for path in written]


def _write_levels(heights: gpd.GeoDataFrame, path: Path, crs: str) -> None:
    from qutb.files import write_layers

    write_layers(path, {"spot_heights": heights}, crs=crs)


def _say(told: dict[str, Any], findings: tuple[Finding, ...], as_json: bool) -> None:
    from qutb.cli.import_report import print_report
    from qutb.cli.output import chosen_language, print_findings, print_json, print_line

    if as_json:
        print_json(told)
        return
    lang = chosen_language()
    print_report(told, lang)
    print_findings(findings, lang)
    for path in told["written"]:
        print_line(path)
