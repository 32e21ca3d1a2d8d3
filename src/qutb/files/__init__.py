"""Files in and out: GeoPackage, GeoJSON, Shapefile; DXF out. Foreign files are parsed in a child process."""

from qutb.files.crs import Datum, metric_crs
from qutb.files.drawing import (
    Answers,
    Control,
    DrawingImport,
    LayerAnswer,
    Scan,
    is_drawing,
    is_survey,
    read_answers,
    read_drawing,
    read_survey,
    scan_drawing,
)
from qutb.files.dxf import DxfPen, plan_drawing, save_drawing, write_dxf
from qutb.files.geofiles import GeofileImport, read_geofile
from qutb.files.limits import LIMITS, Limits
from qutb.files.matches import read_matches, write_matches
from qutb.files.plans import read_plan, write_plan
from qutb.files.profiles import Profile, read_profile
from qutb.files.reading import Layers, in_metres, read_layers
from qutb.files.writing import FORMATS, replacing, write_layers

__all__ = [
    "FORMATS",
    "LIMITS",
    "Answers",
    "Control",
    "Datum",
    "DrawingImport",
    "DxfPen",
    "GeofileImport",
    "LayerAnswer",
    "Layers",
    "Limits",
    "Profile",
    "Scan",
    "in_metres",
    "is_drawing",
    "is_survey",
    "metric_crs",
    "plan_drawing",
    "read_answers",
    "read_drawing",
    "read_geofile",
    "read_layers",
    "read_matches",
    "read_plan",
    "read_profile",
    "read_survey",
    "replacing",
    "save_drawing",
    "scan_drawing",
    "write_dxf",
    "write_layers",
    "write_matches",
    "write_plan",
]
