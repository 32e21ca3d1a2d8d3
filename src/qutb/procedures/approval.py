"""The master plan: from a draft through consultation and the departments' opinions to a plan in force.

One case is one version of the plan, known by its digest. A later version is another case; what changed decides
which opinions fall (:mod:`qutb.procedures.opinion`).
"""

from functools import partial

from qutb.procedures.approval_facts import GUARDS, ApprovalFacts
from qutb.procedures.model import CLOCK, Procedure, Transition

__all__ = ["APPROVAL"]

T = partial(Transition, "approval")
Judge = partial(T, role="approving_authority", apart=("propose",), other_person=("submit", "declare_complete"))
FIT = ("opinions_in", "no_unfavourable_opinion", "reservations_owned", "no_blocking_finding")
READY = ("accepted_by_both", "remarks_closed", "appraised_or_stated")

# fmt: off
TABLE = (
    T("draft", "consultation", event="propose", role="planner", needs=("appraised_or_stated",)),
    T("consultation", "consultation", event="accept_partner", role="partner_signatory"),
    T("consultation", "consultation", event="accept_developer", role="developer_signatory", apart=("accept_partner",)),
    T("consultation", "draft", event="take_back", role="planner", needs=("reasoned",)),
    T("consultation", "submitted", event="submit", role="director", needs=READY),
    T("submitted", "draft", event="return", role="programme_officer", needs=("reasoned",)),
    T("submitted", "opinions", event="declare_complete", role="programme_officer", needs=("file_complete",),
      other_person=("propose",)),
    T("opinions", "inquiry", event="open_inquiry", role="inquiry_officer", needs=("inquiry_on_track", "opinions_in")),
    T("inquiry", "heard", event="report_inquiry", role="inquiry_officer", needs=("inquiry_reported",)),
    Judge("opinions", "approved", event="approve", needs=("inquiry_not_on_track", *FIT)),
    Judge("heard", "approved", event="approve", needs=FIT),
    Judge("opinions", "refused", event="refuse", needs=("opinions_in", "reasoned")),
    Judge("heard", "refused", event="refuse", needs=("opinions_in", "reasoned")),
    T("opinions", "replaced", event="revise", role="planner", needs=("later_version",)),
    T("inquiry", "replaced", event="revise", role="planner", needs=("later_version",)),
    T("heard", "replaced", event="revise", role="planner", needs=("later_version",)),
    T("approved", "in_force", event="publish", role="director", needs=("published_where_asked",)),
    T("in_force", "replaced", event="replace", role=CLOCK, needs=("later_version_in_force",)),
    T("in_force", "expired", event="expire", role=CLOCK, needs=("term_passed",)),
)
# fmt: on

APPROVAL: Procedure[ApprovalFacts] = Procedure(name="approval", initial="draft", transitions=TABLE, guards=GUARDS)
