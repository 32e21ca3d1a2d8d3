"""Follows ``docs/two-plans-in-a-morning.md`` word for word and writes its outputs and pictures anew.

In the page, a ``console`` block runs each line after ``$``; a ``diff FILE`` block replaces and adds lines of that
file; a ``file NAME`` block is a file to save. An output may be cut by lines ``…``.
A test follows the page and compares what it says with what comes.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

import ezdxf
from typer.testing import CliRunner

import qutb
from qutb.cli.app import app
from qutb.dossier import comparison_picture

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "two-plans-in-a-morning.md"
PICTURES = ROOT / "docs" / "pictures"
ENVIRONMENT = {"QUTB_LANG": "en", "COLUMNS": "110"}
_BLOCK = re.compile(r"^```(console|diff|file)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CUT = "…"


class Reader:
    """Someone who follows the page in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def follow(self, page: str) -> str:
        """Do all the page says, in order; the page with what was really printed."""
        return _BLOCK.sub(self._block, page)

    def _block(self, found: re.Match[str]) -> str:
        kind, name, body = found.groups()
        if kind == "console":
            return f"```console\n{self._console(body)}```"
        path = self.folder / name
        path.write_text(edited(path.read_text("utf-8"), body) if kind == "diff" else body, "utf-8")
        return found[0]

    def _console(self, body: str) -> str:
        """Each command with its output; an output that the page does not show stays out."""
        lines = []
        for step in re.split(r"^(?=\$ )", body, flags=re.MULTILINE)[1:]:
            command, *shown = step.splitlines()
            printed = self._run(shlex.split(command.removeprefix("$ "))).splitlines()
            lines += [command, *(cut_like(shown, printed) if shown else [])]
        return "".join(f"{line.rstrip()}\n" for line in lines)

    def _run(self, words: list[str]) -> str:
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            return ""
        with chdir(self.folder):
            if words[0] == "python":
                return _script(ROOT / words[1], words[1:])
            done = CliRunner().invoke(app, words[1:], env=ENVIRONMENT)
        if done.exit_code:
            raise RuntimeError(f"{shlex.join(words)} ended with {done.exit_code}:\n{done.output}")
        return done.stdout


def _script(path: Path, words: list[str]) -> str:
    before = sys.argv
    sys.argv = words
    try:
        runpy.run_path(str(path), run_name="__main__")
    finally:
        sys.argv = before
    return ""


def edited(text: str, changes: str) -> str:
    """``text`` with each line after ``-`` replaced by the lines after ``+`` below it; others are added at the end."""
    for part in re.findall(r"((?:^-.*\n)?(?:^\+.*\n)+)", changes, re.MULTILINE):
        lines = part.splitlines()
        new = "\n".join(line[1:] for line in lines if line.startswith("+"))
        if not lines[0].startswith("-"):
            text += new + "\n"
            continue
        old = re.compile(rf"^{re.escape(lines[0][1:])}(?P<rest>\s*(#.*)?)$", re.MULTILINE)
        if not old.search(text):
            raise ValueError(f"no line {lines[0][1:]!r} to change")
        text = old.sub(lambda found, new=new: new + found["rest"], text, count=1)
    return text


def cut_like(shown: list[str], printed: list[str]) -> list[str]:
    """``printed`` cut where ``shown`` is: parts between lines ``…`` keep their number of lines and their first words.

    The first part stands at the head, the last at the end; those between begin where their words before any figure do.
    """
    parts = [part.splitlines() for part in "\n".join(shown).split(_CUT)]
    parts = [[line for line in part if line] for part in parts]
    if len(parts) == 1:
        return printed
    head, *middle, tail = parts
    cut = printed[: len(head)]
    for part in filter(None, middle):
        at = next((n for n, line in enumerate(printed) if _words(line) == _words(part[0])), len(printed))
        cut += [_CUT, *printed[at : at + len(part)]]
    return [*cut, _CUT, *printed[len(printed) - len(tail) :]]


def _words(line: str) -> str:
    return re.split(r"\d", line)[0].strip()


# pictures ------------------------------------------------------------------------------------------------


def as_drawn(files: Mapping[str, Path]) -> str:
    """Drawings side by side as their lines stand in the file, on black."""
    width, height, gap = 460.0, 360.0, 12.0
    parts = [_panel(path, name, n * (width + gap), width, height) for n, (name, path) in enumerate(files.items())]
    whole = f"{len(parts) * (width + gap) - gap:g} {height:g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole}" font-family="monospace" font-size="11">'
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _panel(path: Path, name: str, left: float, width: float, height: float) -> str:
    lines = list(_lines(path))
    xs, ys = [x for line in lines for x, _ in line], [y for line in lines for _, y in line]
    scale = min(width / (max(xs) - min(xs)), height / (max(ys) - min(ys))) * 0.92
    x0, y0 = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2

    def at(x: float, y: float) -> tuple[str, str]:
        return f"{left + width / 2 + (x - x0) * scale:.1f}", f"{height / 2 - (y - y0) * scale:.1f}"

    outlines = "".join("M" + "L".join(" ".join(at(*point)) for point in line) for line in lines)
    placed = [(text, *at(x, y)) for text, x, y in _texts(path)]
    words = "".join(f'<text x="{x}" y="{y}">{text}</text>' for text, x, y in placed)
    return (
        f'<rect x="{left:g}" width="{width:g}" height="{height:g}" fill="#1d2430"/>'
        f'<path d="{outlines}" fill="none" stroke="#d7dde6" stroke-width="0.5"/>'
        f'<g font-size="4.5" fill="#e3c567" text-anchor="middle">{words}</g>'
        f'<text x="{left + 8:g}" y="{height - 8:g}" fill="#9fb0c4">{name}</text>'
    )


def _lines(path: Path) -> list[list[tuple[float, float]]]:
    found = []
    for entity in ezdxf.readfile(path).modelspace().query("LINE LWPOLYLINE"):
        if entity.dxftype() == "LINE":
            found.append([(p.x, p.y) for p in (entity.dxf.start, entity.dxf.end)])
        elif entity.dxf.layer != "CADRE":
            points = [(x, y) for x, y, *_ in entity.get_points()]
            found.append(points + points[:1] * entity.closed)
    return found


def _texts(path: Path) -> list[tuple[str, float, float]]:
    texts = ezdxf.readfile(path).modelspace().query('TEXT MTEXT[layer!="CARTOUCHE"]')
    plain = [t.dxf.text if t.dxftype() == "TEXT" else t.plain_text().replace("\n", " ") for t in texts]
    places = [t.dxf.align_point if t.dxf.hasattr("align_point") else t.dxf.insert for t in texts]
    return [(words, at.x, at.y) for words, at in zip(plain, places, strict=True) if words]


def pictures(folder: Path) -> None:
    """The drawings, the plans read from them, the decision sheet."""
    PICTURES.mkdir(exist_ok=True)
    drawings = {name: folder / name for name in ("atelier.dxf", "bureau.dxf")}
    (PICTURES / "morning-drawings.svg").write_text(as_drawn(drawings), "utf-8")
    pole = qutb.open_pole(folder / "my-pole")
    appraisals = {name: qutb.appraise(pole, name, effort="draft") for name in pole.plans}
    picture = comparison_picture(appraisals, qutb.compare_plans(appraisals), "en")
    (PICTURES / "morning-plans.svg").write_text(picture, "utf-8")
    sheet = folder / "dossier" / "dossier.en.pdf"
    size = ["-png", "-r", "72", "-f", "1", "-l", "1", "-singlefile"]
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", *size, sheet, PICTURES / "morning-decision"], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        reader = Reader(Path(work))
        PAGE.write_text(reader.follow(PAGE.read_text("utf-8")), "utf-8")
        pictures(reader.folder)
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    os.environ |= ENVIRONMENT
    main()
