"""The compiled parts: one self-contained file a subject, loaded only when a name of it is first asked for."""

from importlib import import_module
from typing import Any

_HOMES = {
    "COMPILED_ASSIGNMENT": "assignment",
    "Bushes": "assignment",
    "equalise": "assignment",
    "excess": "assignment",
    "load_trees": "assignment",
    "recount": "assignment",
    "reshape": "assignment",
    "start_bushes": "assignment",
    "tree_costs": "assignment",
    "COMPILED_FINANCE": "finance",
    "run_draws": "finance",
    "run_months": "finance",
    "COMPILED_FLOWS": "flows",
    "least_walking_flow": "flows",
    "COMPILED_HYDRAULICS": "hydraulics",
    "Hydraulics": "hydraulics",
    "Limits": "hydraulics",
    "Search": "hydraulics",
    "anneal_diameters": "hydraulics",
    "option_losses": "hydraulics",
    "solve_heads": "hydraulics",
    "COMPILED_GRAPH": "graph",
    "door_distances": "graph",
    "more_people_within": "graph",
    "people_within": "graph",
    "spread": "graph",
    "walks_within": "graph",
    "COMPILED_DRAINAGE": "drainage",
    "SewerGrid": "drainage",
    "least_costs": "drainage",
    "trace_back": "drainage",
    "BOUND_BY": "uptake",
    "COMPILED_UPTAKE": "uptake",
    "PARAMETERS": "uptake",
    "STAGES": "uptake",
    "Setting": "uptake",
    "fill": "uptake",
    "COMPILED_STEINER": "steiner",
    "Graph": "steiner",
    "ascend": "steiner",
    "first_tree": "steiner",
    "improve_tree": "steiner",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"qutb.kernels.{_HOMES[name]}"), name)
