"""Results on stdout, progress on stderr, errors in the user's language."""

from __future__ import annotations

import json
import locale
import os
import re
import shutil
import sys
import textwrap
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from qutb.core import Context, InputError, QutbError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qutb.core import Finding
    from qutb.text import Lang

__all__ = ["chosen_language", "context", "fail", "guarded", "print_findings", "print_json", "print_line", "print_table"]

_T = TypeVar("_T")
_PARTS = re.compile(r" (?=[\[(])")


def chosen_language(asked: str | None = None) -> Lang:
    """The language asked for, else ``QUTB_LANG``, else the system's, else English."""
    for wish in (asked, os.environ.get("QUTB_LANG"), locale.getlocale()[0]):
        short = (wish or "")[:2].lower()
        if short == "ar":
            return "ar"
        if short in ("fr", "en"):
            return "fr" if short == "fr" else "en"
    return "en"


def print_line(line: str = "") -> None:
    """One line of a result, UTF-8 whatever the console."""
    sys.stdout.buffer.write((line + "\n").encode("utf-8"))
    sys.stdout.flush()


def print_json(data: Any) -> None:
    """A result as JSON."""
    print_line(json.dumps(data, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def print_table(rows: Sequence[Sequence[str]], *, aligned_right_from: int = 1, wrap: bool = False) -> None:
    """Rows as columns of text, the first row being the heading; ``wrap`` folds cells to the terminal's width."""
    folded = [[[cell] for cell in row] for row in rows]
    if wrap and _total(_widths(folded)) > _screen():
        folded = _folded(rows, _screen())
    widths = _widths(folded)
    for number, row in enumerate(folded):
        for line in zip_longest(*row, fillvalue=""):
            cells = [
                _padded(c, w, right=i >= aligned_right_from) for i, (c, w) in enumerate(zip(line, widths, strict=True))
            ]
            print_line("  ".join(cells).rstrip())
        if number == 0:
            print_line("  ".join("-" * w for w in widths))


def _screen() -> int:
    return shutil.get_terminal_size((120, 24)).columns


def _folded(rows: Sequence[Sequence[str]], width: int) -> list[list[list[str]]]:
    """Cells as lines: a range or remark in brackets starts its own, and none is wider than its share."""
    first = max(_wide(row[0]) for row in rows)
    share = max(16, (width - first) // max(1, len(rows[0]) - 1) - 2)
    return [
        [
            [row[0]],
            *([line for part in _PARTS.split(c) for line in textwrap.wrap(part, share) or [""]] for c in row[1:]),
        ]
        for row in rows
    ]


def _widths(folded: Sequence[Sequence[Sequence[str]]]) -> list[int]:
    return [max(_wide(line) for cell in column for line in cell) for column in zip(*folded, strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def _padded(text: str, width: int, *, right: bool) -> str:
    gap = " " * (width - _wide(text))
    return gap + text if right else text + gap


def _wide(text: str) -> int:
    """Columns that ``text`` takes on screen: marks and invisible signs take none."""
    return sum(unicodedata.category(sign) not in ("Mn", "Cf") for sign in text)


def print_findings(findings: Sequence[Finding], lang: Lang) -> None:
    """Each finding with its severity, what is wrong and what to do."""
    from qutb import text

    for finding in findings:
        severity = text.label(f"severity.{finding.severity}", lang)
        print_line(f"[{severity}] {finding.code}: {text.message(finding, lang)}")
        print_line(f"    {text.hint(finding, lang)}")


def context(quiet: bool = False) -> Context:
    """Progress on stderr, unless quiet or not on a terminal."""
    if quiet or not sys.stderr.isatty():
        return Context()

    def progress(stage: str, share: float) -> None:
        sys.stderr.write(f"\r{stage:<14}{share:>5.0%}" + ("\n" if share >= 1 else ""))
        sys.stderr.flush()

    return Context(progress=progress)


def fail(error: QutbError) -> int:
    """Say on stderr what stopped the program and the remedy; the exit code."""
    from qutb import text

    words = text.error_text(error, chosen_language())
    sys.stderr.buffer.write(f"qutb: {words} [{error.code}]\n".encode())
    return error.exit_code


def guarded(run: Callable[[], _T]) -> _T:
    """What ``run`` returns; what stops it ends the program with its exit code and a sentence, not a stack trace."""
    try:
        return run()
    except QutbError as error:
        raise typer.Exit(fail(error)) from None
    except BrokenPipeError:
        raise  # the reader of our output has gone: nobody to tell
    except OSError as fault:
        refused = InputError("CLI-SYSTEM", str(fault.filename or ""), fault=fault.strerror or str(fault))
        raise typer.Exit(fail(refused)) from None
