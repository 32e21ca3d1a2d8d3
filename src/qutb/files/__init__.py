"""Files in and out: GeoPackage, GeoJSON, Shapefile; DXF out. Foreign files are parsed in a child process."""

from qutb.files.crs import Datum, metric_crs
from qutb.files.dxf import DxfPen, plan_drawing, save_drawing, write_dxf
from qutb.files.limits import LIMITS, Limits
from qutb.files.matches import read_matches, write_matches
from qutb.files.plans import read_plan, write_plan
from qutb.files.profiles import Profile, read_profile
from qutb.files.reading import Layers, read_layers
from qutb.files.writing import FORMATS, replacing, write_layers

__all__ = [
    "FORMATS",
    "LIMITS",
    "Datum",
    "DxfPen",
    "Layers",
    "Limits",
    "Profile",
    "metric_crs",
    "plan_drawing",
    "read_layers",
    "read_matches",
    "read_plan",
    "read_profile",
    "replacing",
    "save_drawing",
    "write_dxf",
    "write_layers",
    "write_matches",
    "write_plan",
]
