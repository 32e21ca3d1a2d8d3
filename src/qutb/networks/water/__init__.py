"""Water: least-cost diameters under limits of pressure and speed, judged by EPANET."""

from qutb.networks.water.design import Design, design_water, write_inp
from qutb.networks.water.pole import PoleWater, design_pole_water
from qutb.networks.water.task import CatalogueEntry, WaterTask, read_task, task_from_data

__all__ = [
    "CatalogueEntry",
    "Design",
    "PoleWater",
    "WaterTask",
    "design_pole_water",
    "design_water",
    "read_task",
    "task_from_data",
    "write_inp",
]
