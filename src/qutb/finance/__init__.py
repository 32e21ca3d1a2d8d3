"""Business model: what each partner pays, earns and risks, month by month over 30 years, traceable to plots.

    works of a month  = bill of the phase x (1 + contingency) x index / months of works
    sales of a month  = area of the zone x price x growth x change of the sales curve 3 x**2 - 2 x**3
    net before loans  = receipts + VAT collected + subsidies - costs - VAT deductible - VAT paid - taxes
    cash              = cash before + net - interest + calls + loans drawn - loans paid back - what is shared

The engine's rows are described in ``qutb.finance.tables``; the workbook (``qutb.finance.workbook``) holds the same
rows as formulas. Works run by phase after phase until a schedule exists; the pace of homes follows the years to
fill. Left out: depreciation, instalments of taxes, refund of VAT credits, inflation of other costs than works, the
buildings that buyers put up, money market interest. Who pays what stands in commitments once agreed.

Also here: returns of dated flows (XIRR and XNPV as the spreadsheet programs define them, with every root) and
waterfalls that share money by the terms of an agreement, to the centime (:mod:`qutb.finance.waterfall_terms`).
"""

from qutb.finance.actuals import PLOT_STATES, compare_actuals, read_contracts, read_register, residents_counted
from qutb.finance.building import build_model
from qutb.finance.debt import Cover, cover, sculpted
from qutb.finance.draws import DRAW_COLUMNS, draw_factors, simulate
from qutb.finance.engine import ROWS, Flows, run_model
from qutb.finance.faults import model_faults
from qutb.finance.flow_files import FlowFile, read_flows
from qutb.finance.model import FACTORS, MONTHS, NO_FACTORS, Model, factors
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
from qutb.finance.sensitivity import (
    break_even_price,
    conflict,
    factor_ranges,
    first_phases,
    present_value,
    tornado,
    what_if,
)
from qutb.finance.step import Finance, run
from qutb.finance.tables import TABLES
from qutb.finance.waterfall import PartnerResult, Waterfall, flow_faults, share_out
from qutb.finance.waterfall_terms import Terms, Tier, read_terms, terms_from

__all__ = [
    "DRAW_COLUMNS",
    "FACTORS",
    "MONTHS",
    "NO_FACTORS",
    "PLOT_STATES",
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
    "compare_actuals",
    "conflict",
    "cover",
    "draw_factors",
    "factor_ranges",
    "factors",
    "first_phases",
    "flow_faults",
    "irr_roots",
    "mirr",
    "model_faults",
    "present_value",
    "read_contracts",
    "read_flows",
    "read_register",
    "read_terms",
    "reported_root",
    "residents_counted",
    "returns_of",
    "run",
    "run_model",
    "sculpted",
    "share_out",
    "sign_changes",
    "simulate",
    "terms_from",
    "tornado",
    "what_if",
    "xnpv",
    "years_365",
]
