"""Results on stdout, progress on stderr, errors in the user's language."""

from __future__ import annotations

import json
import locale
import os
import sys
from typing import TYPE_CHECKING, Any

from qutb.core import Context, QutbError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qutb.core import Finding
    from qutb.text import Lang

__all__ = ["chosen_language", "context", "fail", "print_findings", "print_json", "print_line", "print_table"]


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


def print_table(rows: Sequence[Sequence[str]], *, aligned_right_from: int = 1) -> None:
    """Rows as columns of text, the first row being the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [
            c.ljust(w) if i < aligned_right_from else c.rjust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        print_line("  ".join(cells).rstrip())
        if number == 0:
            print_line("  ".join("-" * w for w in widths))


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
