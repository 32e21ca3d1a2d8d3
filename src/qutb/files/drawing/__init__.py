"""Drawings from AutoCAD (DXF): scan, layer map, plots, texts, streets, survey points; nothing lost unsaid."""

from qutb.files.drawing.answers import Answers, Control, LayerAnswer, read_answers
from qutb.files.drawing.raw import is_drawing
from qutb.files.drawing.reading import read_drawing
from qutb.files.drawing.result import DrawingImport
from qutb.files.drawing.scan import Scan, scan_drawing
from qutb.files.drawing.survey import is_survey, read_survey

__all__ = [
    "Answers",
    "Control",
    "DrawingImport",
    "LayerAnswer",
    "Scan",
    "is_drawing",
    "is_survey",
    "read_answers",
    "read_drawing",
    "read_survey",
    "scan_drawing",
]
