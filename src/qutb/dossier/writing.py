"""Writing a dossier: every format and language beside each other, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import get_args

from qutb.appraisal import Appraisal
from qutb.compare import Comparison, compare
from qutb.core import QUIET, Context, UsageError
from qutb.dossier.build import build_content
from qutb.dossier.content import DossierContent
from qutb.dossier.data import dossier_json
from qutb.dossier.edition import Edition, dossier_code
from qutb.dossier.folders import FileWriter, write_folder
from qutb.dossier.geopackage import appraisal_layers, write_styled_geopackage
from qutb.dossier.html import render_html
from qutb.dossier.pdf import render_pdf
from qutb.dossier.workbook import workbook_sheets
from qutb.dossier.xlsx import write_xlsx
from qutb.remedies import Remedies, find_remedies
from qutb.text import LANGUAGES, Lang

__all__ = ["FORMATS", "check_request", "write_dossier"]

FORMATS = ("html", "pdf", "xlsx", "gpkg", "json")
_MARK = "dossier.json"  # a folder that holds it, or nothing, may be replaced


def write_dossier(
    appraisals: Mapping[str, Appraisal] | Sequence[Appraisal] | Appraisal,
    comparison: Comparison | None,
    out_dir: Path | str,
    *,
    run_date: date,
    languages: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = FORMATS,
    remedies: Mapping[str, Remedies] | None = None,
    ctx: Context = QUIET,
) -> dict[str, Path]:
    """Write the dossier into ``out_dir`` and return its files by name, such as ``"pdf.ar"`` or ``"gpkg.bay"``.

    ``run_date`` is the date on every paper; the clock is not read, so equal inputs give equal bytes. An earlier
    dossier in ``out_dir`` is replaced as a whole; another folder that holds files is left alone. ``remedies`` by
    plan are looked for at the appraisals' effort where they are not given; ``{}`` leaves them out.
    Raises ``UsageError`` on an unknown language or format, ``InputError`` where the folder cannot be written.
    """
    named = _named(appraisals, comparison)
    check_request(languages, formats)
    shown = comparison or compare(named)
    found = {name: find_remedies(a, ctx=ctx) for name, a in named.items()} if remedies is None else remedies
    editions = {
        lang: Edition(lang=lang, appraisals=named, comparison=shown, run_date=run_date, remedies=found)
        for lang in get_args(Lang)
        if lang in languages
    }
    files = _files(editions, tuple(f for f in FORMATS if f in formats))
    return write_folder(Path(out_dir), files, mark=_MARK, ctx=ctx)


def check_request(languages: Sequence[str], formats: Sequence[str]) -> None:
    """Raise ``UsageError`` on a language or format that the dossier does not have, before long work begins."""
    _known(languages, LANGUAGES, "DOSSIER-LANGUAGE")
    _known(formats, FORMATS, "DOSSIER-FORMAT")


def _named(
    appraisals: Mapping[str, Appraisal] | Sequence[Appraisal] | Appraisal, comparison: Comparison | None
) -> dict[str, Appraisal]:
    if isinstance(appraisals, Appraisal):
        appraisals = [appraisals]
    if isinstance(appraisals, Mapping):
        return dict(appraisals)
    names = comparison.plans if comparison else tuple(a.plan.name for a in appraisals)
    return dict(zip(names, appraisals, strict=True))


def _known(asked: Iterable[str], known: Sequence[str], code: str) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(code, name, known=", ".join(known))


def _files(editions: Mapping[Lang, Edition], formats: Sequence[str]) -> dict[str, tuple[str, FileWriter]]:
    """Key, file name and writer of every file asked for."""
    files: dict[str, tuple[str, FileWriter]] = {}
    first = next(iter(editions.values()))
    for lang, edition in editions.items():
        content = _once(edition)
        if "html" in formats:
            files[f"html.{lang}"] = (f"dossier.{lang}.html", partial(_write_html, content))
        if "pdf" in formats:
            files[f"pdf.{lang}"] = (f"dossier.{lang}.pdf", partial(_write_pdf, content))
        if "xlsx" in formats:
            files[f"xlsx.{lang}"] = (f"dossier.{lang}.xlsx", partial(_write_workbook, edition))
    if "gpkg" in formats:
        for name, stem in _file_names(first.comparison.plans).items():
            files[f"gpkg.{name}"] = (f"{stem}.gpkg", partial(_write_geopackage, first, name))
    # The JSON is also what marks the folder as a dossier, so it is always there.
    files["json"] = (_MARK, partial(_write_json, first))
    return files


def _once(edition: Edition) -> Callable[[], DossierContent]:
    made: list[DossierContent] = []

    def content() -> DossierContent:
        if not made:
            made.append(build_content(edition))
        return made[0]

    return content


def _write_html(content: Callable[[], DossierContent], path: Path) -> None:
    path.write_text(render_html(content()), "utf-8")


def _write_pdf(content: Callable[[], DossierContent], path: Path) -> None:
    path.write_bytes(render_pdf(content()))


def _write_workbook(edition: Edition, path: Path) -> None:
    write_xlsx(
        path,
        workbook_sheets(edition),
        lang=edition.lang,
        run_date=edition.run_date,
        title=edition.pole_name,
        code=dossier_code(edition),
    )


def _write_geopackage(edition: Edition, plan: str, path: Path) -> None:
    appraisal = edition.appraisals[plan]
    layers = appraisal_layers(appraisal, edition.lang, edition.remedies.get(plan))
    write_styled_geopackage(path, layers, crs=appraisal.plan.crs, lang=edition.lang, run_date=edition.run_date)


def _write_json(edition: Edition, path: Path) -> None:
    path.write_text(json.dumps(dossier_json(edition), ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8")


def _file_names(plans: Iterable[str]) -> dict[str, str]:
    """A file name for each plan: letters of any script, figures, ``-`` and ``_``; no two differ by case alone."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for plan in plans:
        stem = stem_once = "".join(c if c.isalnum() or c in "-_" else "_" for c in plan) or "plan"
        count = 1
        while stem.casefold() in taken:
            count += 1
            stem = f"{stem_once}-{count}"
        taken.add(stem.casefold())
        names[plan] = stem
    return names
