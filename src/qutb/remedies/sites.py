"""Where a facility could stand: in each block, the ground that one needs, of land that nobody yet uses in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from qutb.plan import HOUSING_USES, Fabric, Plan

__all__ = ["OFFERED", "Site", "sites_of"]

OFFERED = (*HOUSING_USES, "mixed", "retail", "office", "land_reserve")
_LEAST = 0.25  # a site that holds less than a quarter of the usual unit is not proposed


@dataclass(frozen=True, kw_only=True)
class Site:
    """Plots of one block, the address first, and the places they have room for (NaN: not counted in places)."""

    plots: tuple[str, ...]
    places: float
    area_m2: float


@dataclass(frozen=True)
class _Need:
    """Ground and places of a unit as the plan draws them."""

    area_m2: float
    places: float


def sites_of(
    plan: Plan, fabric: Fabric, service: Any, reached: np.ndarray, wanted: float, place_m2: float
) -> list[Site]:
    """One site a block for one more unit of ``service``, in order of the blocks.

    A unit is as large as the median of those the plan has; without any, as large as the ``wanted`` places ask
    at ``place_m2`` [m2] each (NaN: not known, the largest plot stands for it). In a block the smallest plot that
    is large enough takes it, else neighbours of the largest plot join until the ground suffices; where it does
    not, the unit has the places its ground has room for. Green, facilities, industry and hotels stay.
    """
    index = plan.plots.index
    area = fabric.plots["area_m2"].reindex(index).to_numpy("float64")
    offered = plan.words("use").among(OFFERED) & plan.plots["facility_type"].isna().to_numpy() & (area > 0)
    need = _need(area, service, wanted, place_m2)
    block = fabric.plots["block_id"].reindex(index).astype(str).to_numpy()
    centres = shapely.get_coordinates(shapely.centroid(plan.plots.geometry.to_numpy()))
    rows = np.flatnonzero(offered)
    rows = rows[np.argsort(block[rows], kind="stable")]
    parts = np.split(rows, np.flatnonzero(block[rows][1:] != block[rows][:-1]) + 1) if len(rows) else []
    found = [_site(part, area, reached, centres, need) for part in parts]
    return [
        Site(plots=tuple(map(str, index[chosen])), places=_places(need, held), area_m2=held)
        for chosen, held in found
        if len(chosen) and held >= _LEAST * need.area_m2
    ]


def _need(area: np.ndarray, service: Any, wanted: float, place_m2: float) -> _Need:
    own = area[service.rows]
    if service.places is None:
        return _Need(float(np.median(own)) if len(own) else 0.0, np.nan)
    known = service.places > 0
    if not known.any():
        return _Need(wanted * place_m2 if np.isfinite(place_m2) else 0.0, float(np.ceil(wanted)))
    return _Need(float(np.median(own[known])), float(np.median(service.places[known])))


def _site(
    rows: np.ndarray, area: np.ndarray, reached: np.ndarray, centres: np.ndarray, need: _Need
) -> tuple[np.ndarray, float]:
    """Rows of the plots taken in one block and their area [m2]."""
    with_door = rows[reached[rows]]
    if not len(with_door):
        return with_door, 0.0
    enough = with_door[area[with_door] >= need.area_m2]
    if len(enough) and need.area_m2 > 0:
        smallest = enough[[np.argmin(area[enough])]]
        return smallest, float(area[smallest].sum())
    first = with_door[np.argmax(area[with_door])]
    order = rows[np.argsort(np.hypot(*(centres[rows] - centres[first]).T), kind="stable")]
    last = int(np.searchsorted(np.cumsum(area[order]), need.area_m2)) + 1
    taken = order[:last]
    return taken, float(area[taken].sum())


def _places(need: _Need, held_m2: float) -> float:
    return float(np.floor(need.places * min(1.0, held_m2 / need.area_m2))) if need.area_m2 > 0 else need.places
