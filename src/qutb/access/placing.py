"""Where one more unit of a service would serve most: candidates are one plot a block, tried exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from qutb.access.provision import best_next, covered
from qutb.access.services import Service
from qutb.access.state import Reading, State
from qutb.plan import Fabric, Plan

__all__ = ["candidate_plots", "next_unit", "typical_places"]

_KEPT_USES = ("facility", "worship", "hotel", "utility", "sport")


def candidate_plots(plan: Plan, fabric: Fabric, state: State) -> np.ndarray:
    """The largest plot with a door of every block, plots that already serve the public left out."""
    area = fabric.plots["area_m2"].reindex(plan.plots.index).to_numpy(dtype="float64")
    block = fabric.plots["block_id"].reindex(plan.plots.index).astype(str)
    free = ~plan.plots["use"].isin(_KEPT_USES).to_numpy() & plan.plots["facility_type"].isna().to_numpy()
    rows = np.flatnonzero(free & state.network.reached & (area > 0))
    table = pd.DataFrame({"row": rows, "area": area[rows], "block": block.to_numpy()[rows]})
    table = table.sort_values(["block", "area", "row"], ascending=[True, False, True]).drop_duplicates("block")
    return np.sort(table["row"].to_numpy(dtype=np.int64))


def typical_places(service: Service) -> float:
    """Places of one more unit: the median of those the plan has; without any, as many as it takes."""
    known = service.places[service.places > 0] if service.places is not None else np.empty(0)
    return float(np.median(known)) if len(known) else np.inf


def next_unit(plan: Plan, state: State, service: Service, reading: Reading, candidates: np.ndarray) -> dict[str, Any]:
    """Plot, users added and bound of the best further unit, where users go without and a reach is known.

    People who live on the candidate are counted where they are.
    """
    nothing = {"best_next_plot": None, "best_next_served": np.nan, "best_next_bound": np.nan}
    if service.reach is None or not len(candidates):
        return nothing
    limit = service.reach.value
    without = float(reading.provision.unserved.sum()) if reading.provision else reading.asked - reading.in_reach
    if without < 1.0:
        return nothing
    near = state.network.within(candidates, limit)
    if reading.provision is None:
        lacking = np.where(reading.walk_m <= limit, 0.0, reading.users)
        gains = covered(near, lacking)
        best, gain = int(gains.argmax()), float(gains.max())
    else:
        placing = best_next(
            reading.provision,
            state.network.walks(reading.sites, limit),
            reading.users,
            _places_there(service, reading),
            near,
            typical_places(service),
            limit,
        )
        best, gain = (placing.chosen[0] if placing.chosen else -1), placing.served - reading.provision.served
    if best < 0 or gain < 1.0:
        return {"best_next_plot": None, "best_next_served": 0.0, "best_next_bound": 0.0}
    return {
        "best_next_plot": plan.plots.index[candidates[best]],
        "best_next_served": gain,
        "best_next_bound": gain,
    }


def _places_there(service: Service, reading: Reading) -> np.ndarray:
    assert service.places is not None
    return service.places[np.isin(service.rows, reading.sites)]
