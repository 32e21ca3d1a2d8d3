"""The master plan: plots, streets, phases; validity; the one street graph; digest and difference of versions."""

from qutb.plan.digests import digest_table, snap
from qutb.plan.door import read_table, read_tables
from qutb.plan.fabric import Fabric, fabric_run
from qutb.plan.matching import MATCHED_LAYERS, apply_matches, keep_outlines, propose_matches
from qutb.plan.model import LOCAL_CRS, Plan, Shapes, empty_table
from qutb.plan.refining import Refined, Refinement, check_refinement, refinement_run
from qutb.plan.result_tables import MATCHES
from qutb.plan.tables import (
    ATTRIBUTE_TABLES,
    BUILDINGS,
    DETAILS,
    GEOMETRY_TABLES,
    HOUSING_USES,
    PHASES,
    PLAN_TABLES,
    PLOT_FLOORS,
    PLOTS,
    SEGMENTS,
    STREET_AREAS,
    STREET_CLASSES,
    STREETS,
    TENURES,
    USES,
    ZONES,
)
from qutb.plan.validity import Validity, validity_run
from qutb.plan.versions import Difference, difference, match_ids
from qutb.plan.words import Words

__all__ = [
    "ATTRIBUTE_TABLES",
    "BUILDINGS",
    "DETAILS",
    "GEOMETRY_TABLES",
    "HOUSING_USES",
    "LOCAL_CRS",
    "MATCHED_LAYERS",
    "MATCHES",
    "PHASES",
    "PLAN_TABLES",
    "PLOTS",
    "PLOT_FLOORS",
    "SEGMENTS",
    "STREETS",
    "STREET_AREAS",
    "STREET_CLASSES",
    "TENURES",
    "USES",
    "ZONES",
    "Difference",
    "Fabric",
    "Plan",
    "Refined",
    "Refinement",
    "Shapes",
    "Validity",
    "Words",
    "apply_matches",
    "check_refinement",
    "difference",
    "digest_table",
    "empty_table",
    "fabric_run",
    "keep_outlines",
    "match_ids",
    "propose_matches",
    "read_table",
    "read_tables",
    "refinement_run",
    "snap",
    "validity_run",
]
