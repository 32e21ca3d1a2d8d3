"""The pole folder as one frozen record: site, brief, terms, actors, commitments, plans."""

from qutb.pole.bare import bare_site
from qutb.pole.folder import new_pole, open_pole, write_pole
from qutb.pole.model import Brief, Criterion, Pole, Site, Target
from qutb.pole.tables import ACTORS, COMMITMENTS, CONSTRAINTS, LAND, ROADS, SITE_TABLES, SPOT_HEIGHTS, TIE_INS

__all__ = [
    "ACTORS",
    "COMMITMENTS",
    "CONSTRAINTS",
    "LAND",
    "ROADS",
    "SITE_TABLES",
    "SPOT_HEIGHTS",
    "TIE_INS",
    "Brief",
    "Criterion",
    "Pole",
    "Site",
    "Target",
    "bare_site",
    "new_pole",
    "open_pole",
    "write_pole",
]
