"""Mobility."""

from qutb.mobility.equilibrium import Assignment, Demand, Network, assign
from qutb.mobility.tntp import TntpNetwork, read_network, read_trips

__all__ = ["Assignment", "Demand", "Network", "TntpNetwork", "assign", "read_network", "read_trips"]
