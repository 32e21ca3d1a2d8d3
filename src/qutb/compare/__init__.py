"""Plans side by side on equal terms, in words, without an overall score unless the rules adopt one."""

from qutb.compare.comparison import WORDS, Cell, Comparison, Row, Word, compare, comparison_json
from qutb.compare.measures import GROUPS, MEASURES, NOT_MEASURED, Better, Group, Measure
from qutb.compare.ranking import CriterionSensitivity, Ranking
from qutb.compare.terms import EqualTerms, values_read
from qutb.compare.wording import (
    alike_text,
    cell_text,
    difference_text,
    plan_title,
    range_text,
    text_rows,
    value_text,
    word_text,
)

__all__ = [
    "GROUPS",
    "MEASURES",
    "NOT_MEASURED",
    "WORDS",
    "Better",
    "Cell",
    "Comparison",
    "CriterionSensitivity",
    "EqualTerms",
    "Group",
    "Measure",
    "Ranking",
    "Row",
    "Word",
    "alike_text",
    "cell_text",
    "compare",
    "comparison_json",
    "difference_text",
    "plan_title",
    "range_text",
    "text_rows",
    "value_text",
    "values_read",
    "word_text",
]
