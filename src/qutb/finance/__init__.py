"""Business model: what each partner pays, earns and risks, month by month, traceable to plots.

Returns of dated flows (XIRR and XNPV as the spreadsheet programs define them, with every root), and waterfalls
that share money by the terms of an agreement, to the centime.
"""

from qutb.finance.flow_files import FlowFile, read_flows
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
from qutb.finance.waterfall import PartnerResult, Waterfall, flow_faults, share_out
from qutb.finance.waterfall_terms import Terms, Tier, read_terms, terms_from

__all__ = [
    "ROOT_RULE",
    "FlowFile",
    "PartnerResult",
    "Returns",
    "Terms",
    "Tier",
    "Waterfall",
    "flow_faults",
    "irr_roots",
    "mirr",
    "read_flows",
    "read_terms",
    "reported_root",
    "returns_of",
    "share_out",
    "sign_changes",
    "terms_from",
    "xnpv",
    "years_365",
]
