"""The appraisal: STEPS, one function that runs them, keeps what is unchanged, explains each number."""

from qutb.appraisal.engine import Appraisal, Cache, appraise
from qutb.appraisal.explaining import Explanation, Reading, explain
from qutb.appraisal.steps import INPUTS, ON_REQUEST, STEPS, Step
from qutb.appraisal.storing import appraisal_json, read_table, result_json, write_appraisal

__all__ = [
    "INPUTS",
    "ON_REQUEST",
    "STEPS",
    "Appraisal",
    "Cache",
    "Explanation",
    "Reading",
    "Step",
    "appraisal_json",
    "appraise",
    "explain",
    "read_table",
    "result_json",
    "write_appraisal",
]
