"""The difference of two versions of a plan as a paper: HTML, PDF and JSON, in Arabic, French and English."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, get_args

from qutb.appraisal import Appraisal
from qutb.compare import compare, comparison_json
from qutb.core import QUIET, Context
from qutb.dossier.content import DossierContent
from qutb.dossier.edition import Edition, dossier_code
from qutb.dossier.folders import FileWriter, write_folder
from qutb.dossier.html import render_html
from qutb.dossier.pages.difference import difference_pages
from qutb.dossier.pages.difference_view import Revision
from qutb.dossier.pdf import render_pdf
from qutb.dossier.writing import check_request
from qutb.plan import Difference, difference
from qutb.text import LANGUAGES, Lang, day, direction, isolate, label

__all__ = ["difference_page", "write_difference"]

_FORMATS = ("html", "pdf", "json")
_MARK = "difference.json"


def difference_page(old: Appraisal, new: Appraisal, *, lang: Lang, run_date: date) -> DossierContent:
    """What ``new`` changes of ``old``, as content for the dossier's renderers.

    Both are appraised on equal terms; raises ``UsageError`` naming what differs where they are not.
    """
    return _content(_revision(old, new, lang, run_date, difference(old.plan, new.plan)))


def write_difference(
    old: Appraisal,
    new: Appraisal,
    out_dir: Path | str,
    *,
    run_date: date,
    languages: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = _FORMATS,
    ctx: Context = QUIET,
) -> dict[str, Path]:
    """Write the difference into ``out_dir``, all of it or nothing; its files by name, such as ``"pdf.ar"``.

    ``difference.json`` holds every changed row and is always there. Equal inputs and date give equal bytes. Raises as
    :func:`~qutb.dossier.write_dossier`.
    """
    check_request(languages, formats)
    changes = difference(old.plan, new.plan)
    files: dict[str, tuple[str, FileWriter]] = {}
    for lang in (known for known in get_args(Lang) if known in languages):
        content = _content(_revision(old, new, lang, run_date, changes))
        if "html" in formats:
            files[f"html.{lang}"] = (f"difference.{lang}.html", partial(_write_html, content))
        if "pdf" in formats:
            files[f"pdf.{lang}"] = (f"difference.{lang}.pdf", partial(_write_pdf, content))
    files["json"] = (_MARK, partial(_write_json, _revision(old, new, "en", run_date, changes)))
    return write_folder(Path(out_dir), files, mark=_MARK, ctx=ctx)


def _revision(old: Appraisal, new: Appraisal, lang: Lang, run_date: date, changes: Difference) -> Revision:
    comparison = compare([old, new])
    both = dict(zip(comparison.plans, (old, new), strict=True))
    edition = Edition(lang=lang, appraisals=both, comparison=comparison, run_date=run_date)
    return Revision(edition=edition, changes=changes)


def _content(revision: Revision) -> DossierContent:
    edition = revision.edition
    lang = edition.lang
    code, date_words = isolate(dossier_code(edition), lang), day(edition.run_date, lang)
    code_line = f"{edition.word('code')} {code}"
    return DossierContent(
        lang=lang,
        direction=direction(lang),
        title=edition.pole_name,
        subtitle=f"{label('difference.title', lang)} · {date_words} · {code_line}",
        date=date_words,
        code=code,
        iso_date=edition.run_date.isoformat(),
        pages=difference_pages(revision),
        words={
            "contents": edition.word("contents"),
            "page": edition.word("page"),
            "as_table": edition.word("as_table"),
            "code-line": code_line,
        },
    )


def _write_html(content: DossierContent, path: Path) -> None:
    path.write_text(render_html(content), "utf-8")


def _write_pdf(content: DossierContent, path: Path) -> None:
    path.write_bytes(render_pdf(content))


def _write_json(revision: Revision, path: Path) -> None:
    edition = revision.edition
    data: dict[str, Any] = {
        "run_date": edition.run_date.isoformat(),
        "code": dossier_code(edition),
        "old": {"digest": revision.old.plan.digest, "layers": dict(revision.old.plan.table_digests)},
        "new": {"digest": revision.new.plan.digest, "layers": dict(revision.new.plan.table_digests)},
        "comparison": comparison_json(edition.comparison),
        **revision.changes.to_json(),
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8")
