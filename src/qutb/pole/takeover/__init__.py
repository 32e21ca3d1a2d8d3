"""Takeover: a pole already under way, entered from a workbook as acts that are transcribed and never regular."""

from qutb.pole.takeover.forms import FORMS, LOT_EVENTS, WORKS_EVENTS
from qutb.pole.takeover.reading import Takeover, read_takeover, transcribed_acts, write_template

__all__ = [
    "FORMS",
    "LOT_EVENTS",
    "WORKS_EVENTS",
    "Takeover",
    "read_takeover",
    "transcribed_acts",
    "write_template",
]
