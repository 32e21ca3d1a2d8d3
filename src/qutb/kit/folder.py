"""The kit as a folder: base files to draw on, programme, rules, and the pole itself to check against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import qutb
from qutb.core import QUIET, Context, UsageError, digest_bytes, digest_parts, short_code
from qutb.dossier import FileWriter, render_html, render_pdf, write_folder
from qutb.kit.drawing import write_base_drawing, write_layer_map
from qutb.kit.package import base_layers, write_base_package
from qutb.kit.programme import write_programme
from qutb.kit.project import write_project
from qutb.kit.rules import check_content, rules_content
from qutb.kit.words import Words
from qutb.plan import empty_table
from qutb.pole import COMMITMENTS, Pole, write_pole
from qutb.text import LANGUAGES, Lang

__all__ = ["LAYER_MAP", "PACKAGE", "kit_code", "write_kit"]

PACKAGE = "base.gpkg"
LAYER_MAP = "base.layers.toml"
_MARK = "kit.json"


def write_kit(
    pole: Pole,
    out_dir: Path | str,
    *,
    run_date: date,
    lang: Lang = "fr",
    languages: Sequence[Lang] = LANGUAGES,
    ctx: Context = QUIET,
) -> dict[str, Path]:
    """Write the kit of ``pole`` into ``out_dir`` and return its files by name, such as ``"rules.ar"``.

    ``lang`` is the language in which the base files open by themselves. The pole in the kit has neither plans
    nor commitments. Equal poles and dates give equal bytes; an earlier kit is replaced as a whole. Raises
    ``UsageError`` on an unknown language, ``InputError`` where the folder cannot be written.
    """
    for name in (lang, *languages):
        if name not in LANGUAGES:
            raise UsageError("DOSSIER-LANGUAGE", name, known=", ".join(LANGUAGES))
    code = kit_code(pole)
    files: dict[str, tuple[str, FileWriter]] = {
        "gpkg": (PACKAGE, partial(_package, pole, lang, run_date)),
        "dxf": ("base.dxf", lambda path: write_base_drawing(pole, path, lang=lang)),
    }
    files["layers"] = (LAYER_MAP, partial(write_layer_map, pole))
    for one in languages:
        files |= _papers(Words(pole, one), run_date, code)
    files["pole"] = ("pole", partial(_pole, pole))
    files["json"] = (_MARK, partial(_manifest, code, run_date))
    return write_folder(Path(out_dir), files, mark=_MARK, ctx=ctx)


def kit_code(pole: Pole) -> str:
    """Short code of what every competitor is given alike: site, brief, values, version."""
    parts = {
        "site": pole.site.digest,
        "brief": pole.brief.digest,
        "values": pole.values.digest,
        "actors": pole.actors_digest,
        "version": qutb.__version__,
    }
    return short_code(digest_parts(parts))


def _package(pole: Pole, lang: Lang, run_date: date, path: Path) -> None:
    write_base_package(pole, path, lang=lang, run_date=run_date)


def _papers(words: Words, run_date: date, code: str) -> dict[str, tuple[str, FileWriter]]:
    lang = words.lang

    def project(path: Path) -> None:
        write_project(path, base_layers(words.pole, lang), words, package=PACKAGE)

    def rules(path: Path) -> None:
        path.write_bytes(render_pdf(rules_content(words, run_date=run_date, code=code)))

    def check(path: Path) -> None:
        path.write_text(render_html(check_content(words, run_date=run_date, code=code)), "utf-8", newline="\n")

    def programme(path: Path) -> None:
        write_programme(words, path, run_date=run_date, code=code)

    return {
        f"project.{lang}": (f"base.{lang}.qgs", project),
        f"programme.{lang}": (f"programme.{lang}.xlsx", programme),
        f"rules.{lang}": (f"rules.{lang}.pdf", rules),
        f"check.{lang}": (f"check.{lang}.html", check),
    }


def _pole(pole: Pole, path: Path) -> None:
    """The pole without what competitors draw themselves or need not see; ``plans`` is there for their plan."""
    write_pole(replace(pole, plans={}, commitments=empty_table(COMMITMENTS)), path)
    (path / "plans").mkdir(exist_ok=True)


def _manifest(code: str, run_date: date, path: Path) -> None:
    """Every file of the kit with its digest: what a competitor was given can be proved later."""
    folder = path.parent
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    data = {
        "form": "qutb-kit/1",
        "version": qutb.__version__,
        "run_date": run_date.isoformat(),
        "code": code,
        "files": {f.relative_to(folder).as_posix(): digest_bytes(f.read_bytes()) for f in files},
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
