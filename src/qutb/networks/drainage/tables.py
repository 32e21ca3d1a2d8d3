"""The tables of sewers and storm drains, and what the pole says of them in one row."""

from __future__ import annotations

from typing import Literal

from qutb.core import Column, Table

__all__ = ["POLE_COLUMNS", "TABLES"]

_EXACT = "least cost over diameter and level on the tree, proven on the grid"
_MEANING = {"_low": ", low end", "": "", "_high": ", high end"}
_PRICES = ("value:catalogue:sewer_pipes", "value:catalogue:drainage_works")


def _is(
    name: str,
    unit: str,
    description: str,
    formula: str = "",
    *reads: str,
    kind: Literal["text", "number", "integer", "boolean", "geometry"] = "number",
) -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, formula=formula, reads=reads, nullable=True)


def _cost(name: str, what: str, formula: str) -> tuple[Column, ...]:
    return tuple(_is(f"{name}{end}", "currency", what + words, formula, *_PRICES) for end, words in _MEANING.items())


_LEVEL = "absent where levels are not surveyed"
_PIPES = (
    _is("edge_id", "", "Way of the layout", kind="text"),
    _is("street_id", "", "Street", kind="text"),
    _is("from_node", "", "Manhole at the upper end", kind="text"),
    _is("to_node", "", "Manhole at the lower end", kind="text"),
    _is("length_m", "m", "Length", "", "streets.geometry", "value:networks.manhole_spacing"),
    _is("location", "", "onsite or offsite", kind="text"),
    _is("phase", "", "Phase by which it must stand", "first phase with a plot that drains through it", kind="text"),
    _is("pipe", "", "Pipe of the catalogue", _EXACT, kind="text"),
    _is("diameter_m", "m", "Inner diameter", _EXACT, "value:catalogue:sewer_pipes"),
    _is("start_invert_m", "m", "Invert at the upper end", f"{_EXACT}; {_LEVEL}"),
    _is("end_invert_m", "m", "Invert at the lower end", f"{_EXACT}; {_LEVEL}"),
    _is("start_ground_m", "m", "Ground at the upper end", _LEVEL, "spot_heights.level_m"),
    _is("end_ground_m", "m", "Ground at the lower end", _LEVEL, "spot_heights.level_m"),
    _is("slope_ratio", "ratio", "Slope", f"fall / length; {_LEVEL}"),
    _is("flow_m3_per_s", "m3/s", "Design flow", "gathered flow at its peak"),
    _is("velocity_m_per_s", "m/s", "Velocity at the design flow", f"Manning, part full; {_LEVEL}"),
    _is("fill_ratio", "ratio", "Depth of flow over diameter", f"Manning, part full; {_LEVEL}"),
    _is("swmm_velocity_m_per_s", "m/s", "Velocity at the design flow in SWMM", "dynamic wave, steady"),
    _is("swmm_fill_ratio", "ratio", "Depth of flow over diameter in SWMM", "dynamic wave, steady"),
    *_cost("cost_amount", "Cost of pipe and trench", "pipe by length + trench by volume, dearer with depth"),
    _is("geometry", "m", "Line in the direction of flow", kind="geometry"),
)
_NODES = (
    _is("x_m", "m", "Easting"),
    _is("y_m", "m", "Northing"),
    _is("level_m", "m", "Level of the ground", _LEVEL, "spot_heights.level_m"),
    _is("invert_m", "m", "Lowest invert", _LEVEL),
    _is("depth_m", "m", "Depth of the lowest invert", f"ground - invert; {_LEVEL}"),
    _is("is_outlet", "", "A tree ends here", kind="boolean"),
    _is("lift_m", "m", "Lift of the pump here", f"{_EXACT}; absent without a pump"),
    _is(
        "pump_power_w", "W", "Electric power of the pump here", "weight x flow x lift / efficiency; absent without one"
    ),
    _is("location", "", "onsite or offsite", kind="text"),
    _is("phase", "", "Phase by which it must stand", "first phase with a plot that drains through it", kind="text"),
)
_PROFILES = (
    _is("profile", "", "Profile: 1 is the longest way to a tie-in, then the longest that joins one", kind="integer"),
    _is("node_id", "", "Manhole", kind="text"),
    _is("station_m", "m", "Distance from the head of the profile"),
    _is("ground_m", "m", "Level of the ground", "", "spot_heights.level_m"),
    _is("arriving_invert_m", "m", "Invert of the pipe of this profile that arrives"),
    _is("invert_m", "m", "Invert of the pipe that leaves"),
    _is("diameter_m", "m", "Inner diameter of the pipe that leaves", _EXACT),
)
_WORDS = {"sewer": "sewers", "storm": "storm drains"}
TABLES = {
    f"{trade}_{name}": Table(name=f"{trade}_{name}", key=key, description=what.format(word), columns=columns)
    for trade, word in _WORDS.items()
    for name, key, what, columns in (
        ("pipes", "pipe_id", "Pipes of the {}, by their own id.", _PIPES),
        ("nodes", "node_id", "Manholes of the {}.", _NODES),
        ("profiles", "row", "Long profiles of the {}, manhole by manhole.", _PROFILES),
    )
}


def _pole(trade: str, word: str) -> tuple[Column, ...]:
    return (
        _is(f"{trade}_length_m", "m", f"Length of {word}"),
        _is(f"{trade}_offsite_length_m", "m", f"Length of {word} off site"),
        _is(f"{trade}_manholes", "manholes", f"Manholes of {word}", kind="integer"),
        _is(f"{trade}_flow_m3_per_s", "m3/s", f"Design flow at the end of {word}"),
        _is(f"{trade}_depth_most_m", "m", f"Deepest invert of {word}", _LEVEL),
        _is(f"{trade}_pumps", "pumps", f"Pumping stations of {word}", _LEVEL, kind="integer"),
        *_cost(f"{trade}_cost_amount", f"Cost of {word} with manholes and pumps", "sum of elements"),
    )


POLE_COLUMNS = (
    *_pole("sewer", "sewers"),
    *_pole("storm", "storm drains"),
    _is(
        "storm_retention_m3",
        "m3",
        "Volume of retention for the design rain",
        "method of rains",
        "value:catalogue:storm_rain",
        "value:networks.storm_release",
    ),
)
