"""A folder of papers, written beside its place and put there whole: all of it or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from qutb.core import QUIET, Context, InputError

__all__ = ["FileWriter", "write_folder"]

FileWriter = Callable[[Path], object]


def write_folder(
    target: Path, files: Mapping[str, tuple[str, FileWriter]], *, mark: str, ctx: Context = QUIET
) -> dict[str, Path]:
    """Write each of ``files`` (key -> its path in the folder and what writes it) and return their paths by key.

    A folder that holds the file ``mark``, or nothing, is replaced as a whole; another is left alone. Raises
    ``InputError`` where the folder holds other files or cannot be written.
    """
    _may_replace(target, mark)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as fault:
        raise InputError("DOSSIER-FOLDER", str(target), fault=str(fault)) from fault
    try:
        for number, (name, write) in enumerate(files.values()):
            ctx.report("dossier", number / len(files))
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            write(draft / name)
        draft.chmod(0o755)
        _swap(draft, target)
    except OSError as fault:
        raise InputError("DOSSIER-FOLDER", str(target), fault=str(fault)) from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    ctx.report("dossier", 1.0)
    return {key: target / name for key, (name, _) in files.items()}


def _may_replace(target: Path, mark: str) -> None:
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / mark).is_file())):
        raise InputError("DOSSIER-FOLDER", str(target), fault="not empty" if target.is_dir() else "not a folder")


def _swap(draft: Path, target: Path) -> None:
    """Put ``draft`` in the place of ``target``; the old one is removed only once the new one stands."""
    if not target.exists():
        draft.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.replace(old / "folder")
    try:
        draft.replace(target)
    except OSError:
        (old / "folder").replace(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
