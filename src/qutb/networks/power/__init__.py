"""Power and public lighting: substations, feeders of both levels, sized at least cost and proved by pandapower."""

from qutb.networks.power.design import Power, design_power
from qutb.networks.power.tables import POLE_COLUMNS, TABLES

__all__ = ["POLE_COLUMNS", "TABLES", "Power", "design_power"]
