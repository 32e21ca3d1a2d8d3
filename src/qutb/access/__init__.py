"""How people reach schools, shops, green and one another on foot: exactly, phase by phase, with places counted.

The walking network is the plan's street graph. Plots enter it by doors on the edges they front, never at a node.
The walk between two plots is the least over their doors; along one edge it stays on the edge. A service is within
reach of a person when the walk to its nearest unit is no longer than the pack's limit. Where a service is counted
in places, people are sent to places by a maximum flow and then by least walking, proven by the prices of places.

Sources: Dijkstra (1959) for ways; Edmonds and Karp (1972) for flows; Church and ReVelle (1974) for covering; the
figures of the pack for reach, floors and speed. Left out: slopes, crossings of traffic, shade, opening hours.
"""

from qutb.access.edits import Edit, Trials, edited_plan
from qutb.access.measures import equity, gini, weighted_mean, weighted_quantiles, worst_tenth_mean
from qutb.access.network import Doors, Network, doors_on, network_of, walking_network
from qutb.access.provision import Placing, Provision, best_next, best_places, least_unserved, provide
from qutb.access.solving import Solution, prepare, solve
from qutb.access.state import Score, State
from qutb.access.step import Access, run, state_at

__all__ = [
    "Access",
    "Doors",
    "Edit",
    "Network",
    "Placing",
    "Provision",
    "Score",
    "Solution",
    "State",
    "Trials",
    "best_next",
    "best_places",
    "doors_on",
    "edited_plan",
    "equity",
    "gini",
    "least_unserved",
    "network_of",
    "prepare",
    "provide",
    "run",
    "solve",
    "state_at",
    "walking_network",
    "weighted_mean",
    "weighted_quantiles",
    "worst_tenth_mean",
]
