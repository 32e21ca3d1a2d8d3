"""The tables of the networks."""

from __future__ import annotations

from typing import Literal

from qutb.core import Column, Table
from qutb.networks.balance import BALANCE
from qutb.networks.bill_tables import BILL, ELEMENTS
from qutb.networks.demand import DEMAND
from qutb.networks.drainage import POLE_COLUMNS as DRAINAGE_POLE
from qutb.networks.drainage import TABLES as DRAINAGE
from qutb.networks.power import POLE_COLUMNS as POWER_POLE
from qutb.networks.power import TABLES as POWER
from qutb.networks.works_tables import CONNECTIONS, FIBRE_DUCTS, FIBRE_POINTS, STREETS, WORKS

__all__ = ["TABLES"]

_EFFORT = "search judged by EPANET"


def _is(
    name: str,
    unit: str,
    description: str,
    formula: str = "",
    *reads: str,
    kind: Literal["text", "number", "integer", "boolean", "geometry"] = "number",
) -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, formula=formula, reads=reads, nullable=True)


def _cost(name: str, what: str) -> tuple[Column, ...]:
    return tuple(
        _is(f"{name}{end}", "currency", what + words, "length x unit price", "value:catalogue:water_pipes")
        for end, words in (("_low", ", low end"), ("", ""), ("_high", ", high end"))
    )


_MAINS = Table(
    name="water_mains",
    key="edge_id",
    description="Water mains, with flow and velocity of the peak hour.",
    columns=(
        _is("street_id", "", "Street", kind="text"),
        _is("from_node", "", "Node at the start of the line", kind="text"),
        _is("to_node", "", "Node at its end", kind="text"),
        _is("length_m", "m", "Length", "", "streets.geometry"),
        _is("location", "", "onsite or offsite", kind="text"),
        _is("phase", "", "Phase by which it must stand", "first phase that needs it to be served", kind="text"),
        _is("pipe", "", "Pipe of the catalogue", _EFFORT, kind="text"),
        _is("diameter_m", "m", "Inner diameter", _EFFORT),
        _is("flow_m3_per_s", "m3/s", "Flow in the peak hour, in the direction of the line", "EPANET"),
        _is("velocity_m_per_s", "m/s", "Velocity in the peak hour", "EPANET", "value:networks.water_max_velocity"),
        *_cost("cost_amount", "Cost"),
        _is("geometry", "m", "Line", kind="geometry"),
    ),
)
_NODES = Table(
    name="water_nodes",
    key="node_id",
    description="Nodes of the water network, with head and pressure of the peak hour.",
    columns=(
        _is("x_m", "m", "Easting"),
        _is("y_m", "m", "Northing"),
        _is("level_m", "m", "Level of the ground; 0 everywhere where it is not known", "", "spot_heights.level_m"),
        _is("peak_hour_m3_per_s", "m3/s", "Drawn here in the peak hour", "plots joined here / efficiency"),
        _is("hydrant", "", "A hydrant stands here", "", "value:networks.hydrant_spacing", kind="boolean"),
        _is("head_m", "m", "Head", "EPANET"),
        _is("pressure_head_m", "m", "Pressure above the ground", "head - level", "value:networks.water_min_head"),
        _is("fire_short_m", "m", "Head missing for a fire at this hydrant", "EPANET", "value:networks.fire_min_head"),
    ),
)
_POLE = Table(
    name="pole",
    key="pole",
    description="The networks in one row.",
    columns=(
        _is("water_mains_length_m", "m", "Water mains"),
        _is("water_mains_offsite_length_m", "m", "Water mains off site"),
        _is("water_hydrants", "hydrants", "Fire hydrants", kind="integer"),
        _is(
            "water_storage_m3",
            "m3",
            "Water to be stored",
            "hours of the peak day + one fire",
            "value:networks.storage_hours",
            "value:networks.fire_flow",
            "value:networks.fire_hours",
        ),
        _is("water_pressure_least_m", "m", "Least pressure in the peak hour", "EPANET"),
        _is("water_velocity_most_m_per_s", "m/s", "Highest velocity in the peak hour", "EPANET"),
        *_cost("water_cost_amount", "Water mains, cost"),
        _is("water_designs_tried", "designs", "Water designs tried", kind="integer"),
        *DRAINAGE_POLE,
        *POWER_POLE,
        *WORKS,
    ),
)
TABLES = {
    "plots": DEMAND,
    "connections": CONNECTIONS,
    "balance": BALANCE,
    "water_mains": _MAINS,
    "water_nodes": _NODES,
    **DRAINAGE,
    **POWER,
    "fibre_ducts": FIBRE_DUCTS,
    "fibre_points": FIBRE_POINTS,
    "streets": STREETS,
    "elements": ELEMENTS,
    "bill": BILL,
    "pole": _POLE,
}
