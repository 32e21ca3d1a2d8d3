"""Compiling with numba where that works, plain Python where it does not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["COMPILED", "cache_folder", "compiler"]

try:
    import numba
except ImportError:  # a machine without a wheel of numba: slower, never wrong
    numba = None

COMPILED = numba is not None and os.environ.get("QUTB_NO_NUMBA", "") == ""

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def cache_folder(source: Path) -> Path:
    """Where the compiled code of one kernel file is kept: a folder named after the digest of that file."""
    given = os.environ.get("QUTB_CACHE") or os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    root = Path(given) if given else Path.home() / ".cache"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    return root / "qutb" / "kernels" / f"{source.stem}-{digest}"


def compiler(file: str) -> tuple[bool, Wrap]:
    """Whether functions of ``file`` get compiled, and the decorator that does it.

    Compiled code is kept in :func:`cache_folder`; where that cannot be written functions stay as they are.
    """
    folder = _writable(cache_folder(Path(file))) if COMPILED else None
    if folder is None:
        return False, lambda function: function

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder)  # read once, when the cache of a function is made
        try:
            return numba.njit(cache=True, nogil=True)(function)
        finally:
            numba.config.CACHE_DIR = before

    return True, wrap


def _writable(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return folder
