"""Units, money, errors, findings, tables, results: plain Python that everything else stands on."""

from qutb.core.context import EFFORTS, QUIET, Context, Effort
from qutb.core.digests import (
    DIGEST_VERSION,
    canonical_json,
    digest_bytes,
    digest_json,
    digest_parts,
    short_code,
)
from qutb.core.errors import (
    Cancelled,
    CrsError,
    FormatError,
    InputError,
    LimitError,
    PackError,
    QutbError,
    SolverError,
    UsageError,
)
from qutb.core.findings import SEVERITIES, VERDICTS, Check, Finding, Severity, Verdict, blocking, by_severity
from qutb.core.money import split_by_largest_remainder, to_ledger
from qutb.core.results import Provenance, Status, StepResult
from qutb.core.tables import Column, Standing, Table
from qutb.core.units import DAYS_PER_YEAR, from_si, si_factor, si_unit, to_si, years_between
from qutb.core.work_items import Location, WorkItem, work_package_name

__all__ = [
    "DAYS_PER_YEAR",
    "DIGEST_VERSION",
    "EFFORTS",
    "QUIET",
    "SEVERITIES",
    "VERDICTS",
    "Cancelled",
    "Check",
    "Column",
    "Context",
    "CrsError",
    "Effort",
    "Finding",
    "FormatError",
    "InputError",
    "LimitError",
    "Location",
    "PackError",
    "Provenance",
    "QutbError",
    "Severity",
    "SolverError",
    "Standing",
    "Status",
    "StepResult",
    "Table",
    "UsageError",
    "Verdict",
    "WorkItem",
    "blocking",
    "by_severity",
    "canonical_json",
    "digest_bytes",
    "digest_json",
    "digest_parts",
    "from_si",
    "short_code",
    "si_factor",
    "si_unit",
    "split_by_largest_remainder",
    "to_ledger",
    "to_si",
    "work_package_name",
    "years_between",
]
