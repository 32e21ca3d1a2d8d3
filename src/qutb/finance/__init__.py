"""Business model: what each partner pays, earns and risks, month by month, traceable to plots.

Returns of dated flows (XIRR and XNPV as the spreadsheet programs define them, with every root), and waterfalls
that share money by the terms of an agreement, to the centime.
"""

from qutb.finance.building import build_model
from qutb.finance.debt import Cover, cover, sculpted
from qutb.finance.engine import ROWS, Flows, run_model
from qutb.finance.faults import model_faults
from qutb.finance.flow_files import FlowFile, read_flows
from qutb.finance.model import FACTORS, MONTHS, Model, factors
from qutb.finance.returns import (
    ROOT_RULE,
    Returns,
    irr_roots,
    mirr,
    reported_root,
    returns_of,
    sign_changes,
    xnpv,
    years_365,
)
from qutb.finance.sensitivity import break_even_price, conflict, first_phases, present_value, tornado, what_if
from qutb.finance.step import Finance, run
from qutb.finance.tables import TABLES
from qutb.finance.waterfall import PartnerResult, Waterfall, flow_faults, share_out
from qutb.finance.waterfall_terms import Terms, Tier, read_terms, terms_from

__all__ = [
    "FACTORS",
    "MONTHS",
    "ROOT_RULE",
    "ROWS",
    "TABLES",
    "Cover",
    "Finance",
    "FlowFile",
    "Flows",
    "Model",
    "PartnerResult",
    "Returns",
    "Terms",
    "Tier",
    "Waterfall",
    "break_even_price",
    "build_model",
    "conflict",
    "cover",
    "factors",
    "first_phases",
    "flow_faults",
    "irr_roots",
    "mirr",
    "model_faults",
    "present_value",
    "read_flows",
    "read_terms",
    "reported_root",
    "returns_of",
    "run",
    "run_model",
    "sculpted",
    "share_out",
    "sign_changes",
    "terms_from",
    "tornado",
    "what_if",
    "xnpv",
    "years_365",
]
