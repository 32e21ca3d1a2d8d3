"""Files in and out: GeoPackage, GeoJSON, Shapefile; DXF out. Foreign files are parsed in a child process."""

from qutb.files.crs import Datum, metric_crs
from qutb.files.limits import LIMITS, Limits
from qutb.files.plans import read_native_plan, write_plan
from qutb.files.reading import Layers, read_layers
from qutb.files.tables import coerced
from qutb.files.writing import FORMATS, replacing, write_layers

__all__ = [
    "FORMATS",
    "LIMITS",
    "Datum",
    "Layers",
    "Limits",
    "coerced",
    "metric_crs",
    "read_layers",
    "read_native_plan",
    "replacing",
    "write_layers",
    "write_plan",
]
