"""What a plan holds: floor, dwellings, people, beds, jobs, pupils, parking, demand for facilities.

A plot's floor is area x floor area ratio, else area x coverage x storeys, else its ``plot_floors``. Dwellings
are those the plan gives, else residential floor over gross floor per dwelling of the use. People are
dwellings x occupied share x household size of the brief's census town. Everything is summed from plots, with
fractions kept inside: rounding is for screens. Ranges take all low or all high values at once, so they are wide.

Sources: census of the town (ages by five-year group, split evenly within a group), comparators and marked
assumptions of the pack; no figure stands in this code.
"""

from qutb.capacity.floors import ECONOMIC_USES
from qutb.capacity.step import Capacity, run
from qutb.capacity.tables import MEASURES, SCHOOL_LEVELS

__all__ = ["ECONOMIC_USES", "MEASURES", "SCHOOL_LEVELS", "Capacity", "run"]
