"""Makes the illustrative Dakhla pole of ``qutb_ma``: an outline, a programme and three entries at lot detail.

``python -m examples.make_dakhla`` writes ``src/qutb_ma/samples/dakhla`` again, byte for byte the same.
Each entry is a text map of lettered cells laid on a sheet of ground whose grid lines follow the shore
(``patch``); ``streets`` finds crossings and right of way, ``cutting`` cuts blocks into lots, ``programme`` says
what a letter holds, ``compose`` puts the plan together, ``record`` writes site, brief, actors and commitments.
"""

from __future__ import annotations

from pathlib import Path

from qutb.plan import Plan
from qutb.pole import write_pole

from . import bay, courtyards, spine
from .record import pole

__all__ = ["FOLDER", "entries", "make", "pole"]

FOLDER = Path(__file__).parents[2] / "src" / "qutb_ma" / "samples" / "dakhla"


def entries() -> list[Plan]:
    """The three entries."""
    return [bay.plan(), courtyards.plan(), spine.plan()]


def make(folder: Path = FOLDER) -> Path:
    """Write the pole folder and return it."""
    return write_pole(pole(entries()), folder)
