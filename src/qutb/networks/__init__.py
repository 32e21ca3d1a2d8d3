"""Networks: laid out on one layout, sized at least cost, proved by an independent solver, balanced with the sources."""

from qutb.networks.demand import Demand, demand_of
from qutb.networks.layout import Layout, lay_out
from qutb.networks.phasing import bring_forward
from qutb.networks.steiner import SteinerProblem, SteinerTree, read_steiner, solve_steiner
from qutb.networks.step import Networks, run
from qutb.networks.tables import TABLES
from qutb.networks.water import Design, WaterTask, design_water, read_task, write_inp

__all__ = [
    "TABLES",
    "Demand",
    "Design",
    "Layout",
    "Networks",
    "SteinerProblem",
    "SteinerTree",
    "WaterTask",
    "bring_forward",
    "demand_of",
    "design_water",
    "lay_out",
    "read_steiner",
    "read_task",
    "run",
    "solve_steiner",
    "write_inp",
]
