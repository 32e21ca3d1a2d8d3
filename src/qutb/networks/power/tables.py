"""The tables of power and lighting, and what the pole says of them in one row."""

from __future__ import annotations

from typing import Literal

from qutb.core import Column, Table

__all__ = ["POLE_COLUMNS", "TABLES"]

_MEANING = {"_low": ", low end", "": "", "_high": ", high end"}
_SWEEP = "radial sweep at the design load of every branch"
_FLOW = "pandapower at the design load of every branch; absent in a draft"


def _is(
    name: str,
    unit: str,
    description: str,
    formula: str = "",
    *reads: str,
    kind: Literal["text", "number", "integer", "boolean", "geometry"] = "number",
) -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, formula=formula, reads=reads, nullable=True)


def _cost(name: str, what: str, formula: str, *reads: str) -> tuple[Column, ...]:
    return tuple(_is(f"{name}{end}", "currency", what + words, formula, *reads) for end, words in _MEANING.items())


_BOOKS = ("value:catalogue:power_cables", "value:catalogue:power_transformers", "value:catalogue:prices")
_LINES = Table(
    name="power_lines",
    key="line_id",
    description="Lines of medium and low voltage; low voltage by its substation.",
    columns=(
        _is("level", "", "mv or lv", kind="text"),
        _is("substation_id", "", "Substation that feeds it; absent at medium voltage", kind="text"),
        _is("edge_id", "", "Way of the layout", kind="text"),
        _is("street_id", "", "Street", kind="text"),
        _is("from_node", "", "Node that feeds", kind="text"),
        _is("to_node", "", "Node fed; of a stub, the node it starts at", kind="text"),
        _is("length_m", "m", "Length", "", "streets.geometry"),
        _is("location", "", "onsite or offsite", kind="text"),
        _is("phase", "", "Phase by which it must stand", "first phase with a plot fed through it", kind="text"),
        _is("cable", "", "Cable of the catalogue", "least cost on the grid of voltage steps", kind="text"),
        _is("circuits", "circuits", "Cables side by side", "least cost on the grid of voltage steps", kind="integer"),
        _is(
            "power_drawn_w",
            "W",
            "Design power",
            "sum of own peaks below x coincidence of their loads",
            "networks.plots.power_w",
            "value:networks.power_coincidence",
            "value:networks.power_load_unit",
        ),
        _is("current_a", "A", "Current", _SWEEP, "value:networks.power_factor"),
        _is(
            "loading_ratio",
            "ratio",
            "Current over what the cables may carry, spare taken off",
            _SWEEP,
            "value:networks.power_cable_k",
            "value:networks.power_spare",
        ),
        _is("flow_loading_ratio", "ratio", "The same in pandapower", _FLOW),
        *_cost("cost_amount", "Cost", "length x circuits x unit price", _BOOKS[0]),
        _is("geometry", "m", "Line, from the node that feeds", kind="geometry"),
    ),
)
_NODES = Table(
    name="power_nodes",
    key="row",
    description="Nodes of both levels; a place has one for each level and substation that pass.",
    columns=(
        _is("node_id", "", "Node of the layout; of a stub, with its way", kind="text"),
        _is("level", "", "mv or lv", kind="text"),
        _is("substation_id", "", "Substation that feeds it; absent at medium voltage", kind="text"),
        _is("x_m", "m", "Easting"),
        _is("y_m", "m", "Northing"),
        _is(
            "voltage_ratio",
            "ratio",
            "Voltage over that at the root of its level",
            _SWEEP,
            "value:networks.lv_voltage_drop",
            "value:networks.mv_voltage_drop",
        ),
        _is("flow_voltage_ratio", "ratio", "Voltage over nominal in pandapower, transformers included", _FLOW),
    ),
)
_SUBSTATIONS = Table(
    name="power_substations",
    key="substation_id",
    description="Substations from medium to low voltage.",
    columns=(
        _is("node_id", "", "Node of the layout", kind="text"),
        _is("x_m", "m", "Easting"),
        _is("y_m", "m", "Northing"),
        _is("transformer", "", "Transformer of the catalogue", "cheapest whole network", kind="text"),
        _is("transformers", "transformers", "How many of it", kind="integer"),
        _is("rated_va", "VA", "Rated power", "transformers x rating", _BOOKS[1]),
        _is("load_va", "VA", "Load", "coincident power / power factor", "value:networks.power_coincidence"),
        _is("location", "", "onsite or offsite", kind="text"),
        _is("phase", "", "Phase by which it must stand", "first phase with a plot it feeds", kind="text"),
        *_cost("cost_amount", "Cost", "transformers x unit price", _BOOKS[1]),
    ),
)
TABLES = {table.name: table for table in (_LINES, _NODES, _SUBSTATIONS)}
POLE_COLUMNS = (
    _is("power_load_va", "VA", "Power asked at the tie-ins", "coincident power of all / power factor"),
    _is("power_rated_va", "VA", "Transformers installed"),
    _is("power_substations_count", "substations", "Substations", kind="integer"),
    _is("power_mv_length_m", "m", "Medium-voltage cable", "length x circuits"),
    _is("power_lv_length_m", "m", "Low-voltage cable", "length x circuits"),
    _is("power_offsite_length_m", "m", "Cable off site", "length x circuits"),
    _is("power_voltage_least_ratio", "ratio", "Lowest voltage over that at the root of its level", _SWEEP),
    _is("power_loading_most_ratio", "ratio", "Highest load of a cable over what it may carry", _SWEEP),
    _is("power_losses_w", "W", "Losses at the peak", "pandapower; in a draft, of the cables by the sweep"),
    _is(
        "lighting_points",
        "points",
        "Light points",
        "sides x length / spacing",
        "value:cost.light_spacing_m",
        kind="integer",
    ),
    _is("lighting_power_w", "W", "Power of public lighting", "points x power", "value:networks.lighting_power"),
    *_cost("power_cost_amount", "Cost of power and lighting", "sum of elements", *_BOOKS),
)
