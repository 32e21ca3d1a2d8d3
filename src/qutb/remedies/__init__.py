"""The best single change: for each thing the plan falls short of, what mends most of it for the least money.

What a plan falls short of is read from access and mobility: users without a place, a phase below its floor of
service, plots without a door or a way, streets with more traffic than they bear. Edits are proposed by rule
(:mod:`qutb.remedies.proposals`), tried by the fast engine of ``qutb.access``, and the best of each kind measured
by the steps themselves on the edited plan. The price is the difference of ``qutb.cost`` plus the saleable land
given up at what its servicing costs; buildings and land purchase are not in it. Only one change is tried at a
time: two remedies may hinder or help each other.
"""

from qutb.remedies.changes import KINDS, Change, changed_plan
from qutb.remedies.finding import Remedies, find_remedies
from qutb.remedies.measuring import Measured, measure
from qutb.remedies.proposals import proposals
from qutb.remedies.shortfalls import Shortfall, shortfalls_of
from qutb.remedies.tables import TABLES

__all__ = [
    "KINDS",
    "TABLES",
    "Change",
    "Measured",
    "Remedies",
    "Shortfall",
    "changed_plan",
    "find_remedies",
    "measure",
    "proposals",
    "shortfalls_of",
]
