"""A site for a plan that came without one."""

from __future__ import annotations

import numpy as np
import shapely

from qutb.plan import Plan, empty_table
from qutb.pole.model import Site
from qutb.pole.tables import SITE_TABLES

__all__ = ["bare_site"]


def bare_site(plan: Plan) -> Site:
    """The site a plan implies: its plots and the right of way around its centre lines, and nothing else known.

    No constraint, land row, road or tie-in can be checked against it; holes between plots count as gaps.
    """
    streets = plan.streets.geometry.to_numpy()
    widths = plan.streets["width_m"].fillna(0.0).to_numpy()
    ways = shapely.buffer(streets, widths / 2, cap_style="flat", quad_segs=4)
    drawn = np.concatenate([plan.plots.geometry.to_numpy(), plan.street_areas.geometry.to_numpy(), ways])
    outline = shapely.union_all(shapely.make_valid(drawn[~shapely.is_missing(drawn)]))
    tables = {table.name: empty_table(table, plan.crs) for table in SITE_TABLES}
    return Site(crs=plan.crs, boundary=shapely.normalize(outline), **tables)
