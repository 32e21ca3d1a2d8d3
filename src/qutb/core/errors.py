"""What stops the program. A wrong plan is a :class:`~qutb.core.findings.Finding`, not an error.

    QutbError                 exit   when
    ├── UsageError             2     the command or call is wrong
    ├── InputError             3     a file or a value given cannot be used
    │   ├── FormatError        3     not a file of that kind, or damaged
    │   ├── CrsError           3     no, unknown or geographic coordinate system
    │   ├── LimitError         3     larger than the stated limits of size, memory or time
    │   └── PackError          3     a pack, value or catalogue is missing or malformed
    ├── SolverError            4     an engine did not converge
    └── Cancelled            130     the user asked to stop

Each says what is wrong, where, and what to do next; ``code`` is looked up in ``qutb.text``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

__all__ = [
    "Cancelled",
    "CrsError",
    "FormatError",
    "InputError",
    "LimitError",
    "PackError",
    "QutbError",
    "SolverError",
    "UsageError",
]


class QutbError(Exception):
    """The program cannot go on.

    Parameters
    ----------
    code : message code, e.g. ``"FILE-CRS-MISSING"``; ``qutb.text`` turns it into words in ar, fr, en.
    where : file, layer, row or key concerned.
    params : what the message's braces stand for.
    """

    exit_code: ClassVar[int] = 3
    speak: ClassVar[Callable[[QutbError], str]] = staticmethod(lambda error: _plain(error))  # qutb.text sets words

    def __init__(self, code: str, where: str = "", **params: object) -> None:
        self.code = code
        self.where = where
        self.params: Mapping[str, object] = params
        super().__init__(code, where, params)

    def __str__(self) -> str:
        return type(self).speak(self)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (_rebuild, (type(self), self.code, self.where, dict(self.params)))


def _plain(error: QutbError) -> str:
    return f"{error.code} {error.where} {dict(error.params)}"


def _rebuild(kind: type[QutbError], code: str, where: str, params: dict[str, object]) -> QutbError:
    return kind(code, where, **params)


class UsageError(QutbError):
    """The command or call is wrong."""

    exit_code = 2


class InputError(QutbError):
    """A file or a value given cannot be used."""

    exit_code = 3


class FormatError(InputError):
    """Not a file of that kind, or damaged."""


class CrsError(InputError):
    """No, unknown or geographic coordinate system."""


class LimitError(InputError):
    """Larger than the stated limits of size, memory or time."""


class PackError(InputError):
    """A pack, value or catalogue is missing or malformed."""


class SolverError(QutbError):
    """An engine did not converge."""

    exit_code = 4


class Cancelled(QutbError):  # noqa: N818  (the user's wish, not a fault)
    """The user asked to stop."""

    exit_code = 130
