"""Qutb (قطب): one checkable model of a new urban pole.

>>> import qutb
>>> pole = qutb.open_pole("examples/pole_tiny")
>>> a = qutb.appraise(pole, "plan")
>>> print(a.explain("capacity.dwellings", where="plot:A-17"))

The names below are loaded on first use, so that ``import qutb`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0.dev0"

_DOORS = {
    "open_pole": ("qutb.pole", "open_pole"),
    "Pole": ("qutb.pole", "Pole"),
    "appraise": ("qutb.appraisal", "appraise"),
    "Appraisal": ("qutb.appraisal", "Appraisal"),
    "compare_plans": ("qutb.compare", "compare"),  # qutb.compare is the room itself
    "Comparison": ("qutb.compare", "Comparison"),
    "write_dossier": ("qutb.dossier", "write_dossier"),
}

__all__ = ["__version__", *sorted(_DOORS)]


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        room, thing = _DOORS[name]
        return getattr(import_module(room), thing)
    raise AttributeError(f"module 'qutb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
