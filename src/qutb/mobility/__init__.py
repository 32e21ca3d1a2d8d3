"""Mobility: who travels where and why, by which mode, on which streets, and what that asks of the plan.

Four steps and their answer (Ortuzar and Willumsen, Modelling Transport): outings by purpose from residents and
tourists; gravity ``T_ij = a_i P_i b_j A_j exp(-decay t_ij)`` on travel times, work and study balanced at both
ends; a nested logit over walking, cycling, bus, shared taxi and car; user equilibrium of the morning peak
hour on the street graph, the road to the city included. Every outing comes back: over a day as many trips
end in a zone as begin there. Trips that cannot be made are counted, never dropped.

Rates and behaviour stand in the pack under ``mobility.*``, each with its source and standing.
:func:`assign` with :func:`read_network` and :func:`read_trips` is the engine on its own.
"""

from qutb.mobility.choice import MODES, NESTS, mode_shares
from qutb.mobility.demand import PURPOSES
from qutb.mobility.distribution import gravity
from qutb.mobility.equilibrium import Assignment, Demand, Network, assign, prepare, skim
from qutb.mobility.run import Mobility, run
from qutb.mobility.tables import TABLES
from qutb.mobility.tntp import TntpNetwork, read_network, read_trips

__all__ = [
    "MODES",
    "NESTS",
    "PURPOSES",
    "TABLES",
    "Assignment",
    "Demand",
    "Mobility",
    "Network",
    "TntpNetwork",
    "assign",
    "gravity",
    "mode_shares",
    "prepare",
    "read_network",
    "read_trips",
    "run",
    "skim",
]
