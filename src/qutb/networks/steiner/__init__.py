"""The shortest tree along given ways that joins given places, with a bound: ducts, first layouts, off-site lines."""

from qutb.networks.steiner.problem import SteinerProblem, read_steiner
from qutb.networks.steiner.solving import SteinerTree, solve_steiner

__all__ = ["SteinerProblem", "SteinerTree", "read_steiner", "solve_steiner"]
