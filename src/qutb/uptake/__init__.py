"""How fast a pole fills, how sure that is, what would leave it empty, and which dates must hold.

Demand first, the first line of every summary:

    growth = (households of the last census - households of the one before) / years between
    years to fill = (dwellings of the plan + other actors' dwellings) / (growth x captured share)

Growth is that of the brief's census town, all households net. The captured share is the part of them that comes to
the pole and to the other actors' dwellings named in ``actors``, who draw on the same households and fill at the same
pace; nobody can measure it beforehand, so it is an open input with a range.

Then the outside view: the share of their target that towns of a class reached, by year, with calibrated bands
(``curve``, ``forecast``; scored in public on towns left out, ``scoring``). Then the inside view: the plan's own
calendar, services, links and jobs in many draws, held to the class at its level and free in its differences
(``calendar``, ``inside``). Then the answers: bands by year, risks, what binds, causes ranked on the same draws, the
latest date of each school, street and link, and the demand that grows with the residents (``answers``).

Sources: Bass (1969) for imitation; Flyvbjerg, Holm and Buhl (2005) for the reference class; those of the towns in
``reference/sources.csv``. Left out: decline of whole towns, cash and slipping works (``risk``), firms and tourists.
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
