"""Wastewater and storm water: gravity trees along the layout, sized together with their levels, proved by SWMM."""

from qutb.networks.drainage.design import Drainage, design_sewers
from qutb.networks.drainage.sizing import (
    SewerPipes,
    SewerPrices,
    SewerRules,
    SewerSizing,
    SewerTree,
    size_sewers,
)
from qutb.networks.drainage.storm import design_storm
from qutb.networks.drainage.tables import POLE_COLUMNS, TABLES

__all__ = [
    "POLE_COLUMNS",
    "TABLES",
    "Drainage",
    "SewerPipes",
    "SewerPrices",
    "SewerRules",
    "SewerSizing",
    "SewerTree",
    "design_sewers",
    "design_storm",
    "size_sewers",
]
