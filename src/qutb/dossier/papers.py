"""The papers that leave the office: drawing with its table of lots, table of lots, zone rules, department sheets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from qutb.appraisal import Appraisal
from qutb.compare import compare
from qutb.core import QUIET, Context, UsageError
from qutb.dossier.content import DossierContent, Page
from qutb.dossier.departments import department_name, department_page, departments
from qutb.dossier.docx import render_docx
from qutb.dossier.edition import Edition
from qutb.dossier.folders import FileWriter, write_folder
from qutb.dossier.lots import lot_pages, lot_sheets, zone_pages
from qutb.dossier.lots_drawing import write_lots_drawing
from qutb.dossier.pdf import render_pdf
from qutb.dossier.xlsx import write_xlsx
from qutb.text import LANGUAGES, day, direction

__all__ = ["PAPERS", "write_papers"]

PAPERS = ("drawing", "lots", "zones", "departments")
_MARK = "papers.json"


def write_papers(
    appraisal: Appraisal,
    out_dir: Path | str,
    *,
    run_date: date,
    languages: Sequence[str] = LANGUAGES,
    papers: Sequence[str] = PAPERS,
    ctx: Context = QUIET,
) -> dict[str, Path]:
    """Write the papers of one plan into ``out_dir`` and return its files by name, such as ``"lots.docx.fr"``.

    Every page bears the short code of the appraisal. Equal inputs give equal bytes; an earlier set is replaced
    as a whole. Raises ``UsageError`` on an unknown language or paper, ``InputError`` where the folder cannot be
    written.
    """
    for asked, known, code in ((languages, LANGUAGES, "DOSSIER-LANGUAGE"), (papers, PAPERS, "DOSSIER-FORMAT")):
        for name in asked:
            if name not in known:
                raise UsageError(code, name, known=", ".join(known))
    plan = appraisal.plan.name
    comparison = compare({plan: appraisal})
    files: dict[str, tuple[str, FileWriter]] = {}
    for lang in (x for x in LANGUAGES if x in languages):
        edition = Edition(lang=lang, appraisals={plan: appraisal}, comparison=comparison, run_date=run_date)
        files |= _files(edition, plan, papers)
    files["json"] = (_MARK, partial(_record, appraisal, run_date))
    return write_folder(Path(out_dir), files, mark=_MARK, ctx=ctx)


def _files(edition: Edition, plan: str, papers: Sequence[str]) -> dict[str, tuple[str, FileWriter]]:
    lang = edition.lang
    files: dict[str, tuple[str, FileWriter]] = {}
    if "drawing" in papers:
        files[f"drawing.{lang}"] = (f"plan.{lang}.dxf", lambda path: write_lots_drawing(edition, plan, path))
    if "lots" in papers:
        files[f"lots.docx.{lang}"] = (f"lots.{lang}.docx", partial(_lots_docx, edition, plan))
        files[f"lots.xlsx.{lang}"] = (f"lots.{lang}.xlsx", partial(_lots_xlsx, edition, plan))
    if "zones" in papers:
        files[f"zones.docx.{lang}"] = (f"zones.{lang}.docx", partial(_zones_docx, edition, plan))
    if "departments" in papers:
        for row in departments(edition):
            name = row["department"]
            made = _Once(edition, plan, name)
            files[f"departments.{name}.docx.{lang}"] = (f"departments/{name}.{lang}.docx", made.docx)
            files[f"departments.{name}.pdf.{lang}"] = (f"departments/{name}.{lang}.pdf", made.pdf)
    return files


class _Once:
    """A department's sheet, made when first written, in two formats."""

    def __init__(self, edition: Edition, plan: str, name: str) -> None:
        self.edition, self.plan, self.name = edition, plan, name
        self._content: DossierContent | None = None

    def content(self) -> DossierContent:
        if self._content is None:
            row = next(r for r in departments(self.edition) if r["department"] == self.name)
            page = department_page(self.edition, self.plan, row)
            self._content = _content(self.edition, self.plan, (page,), department_name(self.edition, row))
        return self._content

    def docx(self, path: Path) -> None:
        path.write_bytes(render_docx(self.content()))

    def pdf(self, path: Path) -> None:
        path.write_bytes(render_pdf(self.content()))


def _content(edition: Edition, plan: str, pages: tuple[Page, ...], subject: str) -> DossierContent:
    """Pages of one paper: pole, plan and subject over them, the digest code on every one."""
    code = edition.code(plan)
    when = day(edition.run_date, edition.lang)
    line = edition.word("digest").format(code=code)
    return DossierContent(
        lang=edition.lang,
        direction=direction(edition.lang),
        title=edition.pole_name,
        subtitle=f"{edition.title(plan)} · {subject} · {when} · {line}",
        date=when,
        code=code,
        iso_date=edition.run_date.isoformat(),
        pages=pages,
        words={k: edition.word(k) for k in ("contents", "page", "as_table")} | {"code-line": line},
    )


def _lots_docx(edition: Edition, plan: str, path: Path) -> None:
    content = _content(edition, plan, lot_pages(edition, plan), edition.named("papers.lots", "lots"))
    path.write_bytes(render_docx(content, landscape=True))


def _zones_docx(edition: Edition, plan: str, path: Path) -> None:
    content = _content(edition, plan, zone_pages(edition, plan), edition.named("papers.zones", "zones"))
    path.write_bytes(render_docx(content, landscape=True))


def _lots_xlsx(edition: Edition, plan: str, path: Path) -> None:
    code, lang = edition.appraisals[plan].code, edition.lang
    sheets = lot_sheets(edition, plan)
    write_xlsx(path, sheets, lang=lang, run_date=edition.run_date, title=edition.pole_name, code=code)


def _record(appraisal: Appraisal, run_date: date, path: Path) -> None:
    """Which plan and terms the papers are of, in full: the printed code is short."""
    data = {
        "form": "qutb-papers/1",
        "run_date": run_date.isoformat(),
        "plan": appraisal.plan.name,
        "plan_digest": appraisal.plan.digest,
        "digest": appraisal.digest,
        "code": appraisal.code,
        "terms": dict(appraisal.terms),
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
