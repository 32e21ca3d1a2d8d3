"""``qutb plan import``: a drawing (or any geofile) to a plan, with its layer map proposed, confirmed, remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from qutb.files import DrawingImport
    from qutb.plan import Plan
    from qutb.text import Lang

__all__ = ["plan_import"]


def plan_import(
    file: Annotated[Path, typer.Argument(help="DXF; or GeoPackage, GeoJSON, KML, Shapefile, zip.")],
    out: Annotated[Path, typer.Option("--out", help="GeoPackage to write; layers.toml is written beside it.")],
    crs: Annotated[str | None, typer.Option("--crs", help="EPSG:n, or local for metres without a map.")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help="layers.toml, confirmed or in part.")] = None,
    previous: Annotated[Path | None, typer.Option("--previous", help="Earlier version, whose ids are kept.")] = None,
    profile: Annotated[Path | None, typer.Option("--profile", help="TOML for layers that are no drawing.")] = None,
    heights: Annotated[Path | None, typer.Option("--heights", help="GeoPackage for the spot heights found.")] = None,
    datum: Annotated[str | None, typer.Option("--datum", help="shift or as_is, where the datum is not sure.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on a blocking finding.")] = False,
) -> None:
    """qutb plan import bay.dxf --crs EPSG:32628 --out bay.gpkg: read a drawing; say what was chosen and left out."""
    from qutb.cli.output import guarded

    if guarded(lambda: _imported(file, out, crs, answers, previous, profile, heights, datum, as_json)) and strict:
        raise typer.Exit(1)


def _imported(
    file: Path,
    out: Path,
    crs: str | None,
    answers: Path | None,
    previous: Path | None,
    profile: Path | None,
    heights: Path | None,
    datum: str | None,
    as_json: bool,
) -> bool:
    """Write the plan; true when a finding blocks."""
    from qutb.core import UsageError
    from qutb.files import is_drawing

    if out.suffix.lower() != ".gpkg":
        raise UsageError("FILE-SUFFIX", out.name, known=".gpkg")
    if datum not in (None, "shift", "as_is"):
        raise UsageError("DRAW-ANSWERS-KEY", "--datum", key="datum", fault="shift, as_is")
    if not is_drawing(file):
        return _geofile(file, out, crs, previous, profile, datum, as_json)
    return _drawing(file, out, crs, answers, previous, heights, datum, as_json)


def _drawing(
    file: Path,
    out: Path,
    crs: str | None,
    answers: Path | None,
    previous: Path | None,
    heights: Path | None,
    datum: str | None,
    as_json: bool,
) -> bool:
    from qutb.cli.output import chosen_language, print_findings, print_json, print_line
    from qutb.core import UsageError, blocking
    from qutb.files import Answers, read_answers, read_drawing, read_plan, replacing, write_layers, write_plan

    if crs is None:
        raise UsageError("DRAW-CRS-NEEDED", file.name)
    remembered = out.with_suffix(".layers.toml")
    source = answers or (remembered if remembered.is_file() else None)
    asked = read_answers(source) if source else Answers()
    if datum:
        asked = asked.model_copy(update={"datum": datum})
    earlier = read_plan(previous)[0] if previous else None
    result = read_drawing(file, crs=crs, answers=asked, previous=earlier)
    if heights is not None:
        write_layers(heights, {"spot_heights": result.spot_heights}, crs=crs)
    write_plan(result.plan, out)
    if answers is None and not remembered.is_file():
        with replacing(remembered) as draft:
            draft.write_text(result.to_toml(), "utf-8")
    written = {"written": str(out), "answers": str(source or remembered)}
    if as_json:
        print_json({**result.to_json(), **written})
    else:
        lang = chosen_language()
        _show(result, lang)
        print_findings(result.findings, lang)
        print_line(str(out))
        print_line(str(source or remembered))
    return bool(blocking(result.findings))


def _show(result: DrawingImport, lang: Lang) -> None:
    from qutb import text
    from qutb.cli.output import print_line, print_table

    names = ("layer", "role", "use", "closed", "closed_area_m2", "open", "hatches", "texts")
    rows = [[text.label(f"drawing.{n}", lang) for n in names]]
    for name, row in result.scan.layers.iterrows():
        area = text.quantity(row["closed_area_m2"], "m2", lang)
        counts = [text.number(int(row[c]), lang) for c in ("closed", "open", "hatches", "texts")]
        use = text.label(f"use.{row['use']}", lang) if row["use"] else ""
        rows.append([str(name), str(row["role"]), use, counts[0], area, *counts[1:]])
    print_table(rows, aligned_right_from=3)
    print_line()
    facts = [
        ("plots", text.number(len(result.plan.plots), lang)),
        ("streets", text.number(len(result.plan.streets), lang)),
    ]
    facts += [("closures", text.number(len(result.closures), lang))]
    facts += [("area_in_m2", text.quantity(result.area_in_m2, "m2", lang))]
    facts += [("dropped_m2", text.quantity(result.dropped_m2, "m2", lang))]
    for key, value in facts:
        print_line(f"{text.label(f'drawing.{key}', lang)}: {value}")
    for cause, rows_of in result.dropped.groupby(result.dropped["cause"].str.replace("role_.*", "role", regex=True)):
        area = text.quantity(float(rows_of["area_m2"].sum()), "m2", lang)
        print_line(f"  {text.label(f'drawing.cause.{cause}', lang)}: {area} ({int(rows_of['count'].sum())})")
    for row in result.residuals.itertuples(index=False):
        print_line(f"{text.label('drawing.residual_m', lang)} {row.name}: {row.residual_m:.3f} m")
    if result.matches is not None:
        counts = result.matches["status"].value_counts()
        said = ", ".join(f"{text.label(f'match.{s}', lang)} {n}" for s, n in counts.items())
        print_line(
            f"{text.label('drawing.ids_kept', lang)}: {text.quantity(result.ids_kept_share, 'ratio', lang)} ({said})"
        )


def _geofile(
    file: Path,
    out: Path,
    crs: str | None,
    previous: Path | None,
    profile: Path | None,
    datum: str | None,
    as_json: bool,
) -> bool:
    """Layers that are no drawing go the way of ``plan convert``, with the ids of the earlier version shown."""
    from qutb.cli.output import chosen_language, print_findings, print_json, print_line
    from qutb.core import blocking
    from qutb.files import read_plan, write_plan

    plan, findings = read_plan(file, crs=crs, profile=profile, datum=datum)  # type: ignore[arg-type]
    matches = _against(previous, plan)
    write_plan(plan, out)
    if as_json:
        area = float(plan.plots.area.sum())
        about: dict[str, Any] = {"file": file.name, "plan": plan.name, "crs": plan.crs, "digest": plan.digest}
        print_json(
            {
                **about,
                "plots": len(plan.plots),
                "plots_area_m2": area,
                "streets": len(plan.streets),
                "ids_matched": matches,
                "findings": [f.to_json() for f in findings],
                "written": str(out),
            }
        )
    else:
        print_findings(findings, chosen_language())
        print_line(str(out))
    return bool(blocking(findings))


def _against(previous: Path | None, plan: Plan) -> list[dict[str, Any]] | None:
    from qutb.files import read_plan
    from qutb.plan import match_ids

    if previous is None:
        return None
    rows: list[dict[str, Any]] = match_ids(read_plan(previous)[0].plots, plan.plots).to_dict("records")
    return rows
