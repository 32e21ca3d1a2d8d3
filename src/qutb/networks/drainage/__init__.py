"""Wastewater and storm water: gravity trees along the layout, sized together with their levels, proved by SWMM."""

from qutb.networks.drainage.sizing import (
    SewerPipes,
    SewerPrices,
    SewerRules,
    SewerSizing,
    SewerTree,
    size_sewers,
)

__all__ = ["SewerPipes", "SewerPrices", "SewerRules", "SewerSizing", "SewerTree", "size_sewers"]
