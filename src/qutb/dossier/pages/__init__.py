"""The pages of a dossier, from appraisals to content."""

from qutb.dossier.pages.comparison import comparison_page
from qutb.dossier.pages.decision import decision_page
from qutb.dossier.pages.land import land_page
from qutb.dossier.pages.plan import plan_pages, sheet_pages
from qutb.dossier.pages.remedies import remedy_rows
from qutb.dossier.pages.shared import limit_standing
from qutb.dossier.pages.sources import read_values, sources_page
from qutb.dossier.pages.uptake_plan import uptake_overview_page, uptake_pages

__all__ = [
    "comparison_page",
    "decision_page",
    "land_page",
    "limit_standing",
    "plan_pages",
    "read_values",
    "remedy_rows",
    "sheet_pages",
    "sources_page",
    "uptake_overview_page",
    "uptake_pages",
]
