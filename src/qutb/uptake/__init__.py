"""How many years the dwellings of a plan take to fill: the first line of every summary.

    growth = (households of the last census - households of the one before) / years between
    years to fill = (dwellings of the plan + other actors' dwellings) / (growth x captured share)

Growth is that of the brief's census town, all households net. The captured share is the part of them that
comes to the pole and to the other actors' dwellings named in ``actors``, who draw on the same households and
fill at the same pace; nobody can measure it beforehand, so it is an open input with a range. Left out:
sales that are never lived in, pace that changes over the years, firms and tourists.
"""

from qutb.uptake.curve import Curve
from qutb.uptake.curve import fit as fit_rows
from qutb.uptake.forecast import Forecast, forecast
from qutb.uptake.publishing import reckon_scores, reference_scores, scores_page
from qutb.uptake.reference_class import (
    fit_towns,
    like_towns,
    read_model,
    reference_curve,
    reference_list,
    reference_sources,
    reference_towns,
    write_model,
)
from qutb.uptake.replay import replay
from qutb.uptake.scoring import Score, score
from qutb.uptake.step import Uptake, class_line, first_line, run
from qutb.uptake.tables import SHARES_SHOWN
from qutb.uptake.towns import Towns, read_towns

__all__ = [
    "SHARES_SHOWN",
    "Curve",
    "Forecast",
    "Score",
    "Towns",
    "Uptake",
    "class_line",
    "first_line",
    "fit_rows",
    "fit_towns",
    "forecast",
    "like_towns",
    "read_model",
    "read_towns",
    "reckon_scores",
    "reference_curve",
    "reference_list",
    "reference_scores",
    "reference_sources",
    "reference_towns",
    "replay",
    "run",
    "score",
    "scores_page",
    "write_model",
]
