"""What is wrong with a network before any design of it: parts without a source, no demand, sources too low."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qutb.core import Finding, InputError
from qutb.networks.water.epanet import Network
from qutb.networks.water.problem import Problem
from qutb.networks.water.task import WaterTask

__all__ = ["refuse_unreached", "remarks"]


def refuse_unreached(task: WaterTask, network: Network) -> None:
    """Raise ``InputError`` where nodes have no way to a reservoir or tank."""
    count = len(network.node_ids)
    ways = coo_array((np.ones(len(network.tail)), (network.tail, network.head)), shape=(count, count))
    _, part = connected_components(ways, directed=False)
    lost = np.flatnonzero(~np.isin(part, part[network.fixed]))
    if len(lost):
        raise InputError("NET-WATER-UNREACHED", str(task.inp), value=len(lost), node=network.node_ids[lost[0]])


def remarks(problem: Problem) -> tuple[Finding, ...]:
    """No demand at all; a node that asks for more head than any source has, where no pump could lift it."""
    found = []
    network, needs = problem.network, problem.needs
    if not network.demand_m3_per_s.any():
        found.append(Finding(code="NET-WATER-NO-DEMAND", severity="warning", where=(problem.task.inp.name,)))
    top = float(network.head_m[network.fixed].max())
    highest = int(np.argmax(needs.least_m))
    if network.plain and needs.least_m[highest] > top:
        found.append(
            Finding(
                code="NET-WATER-LOW-SOURCE",
                severity="blocking",
                where=(f"node:{network.node_ids[highest]}",),
                params={
                    "node": network.node_ids[highest],
                    "value": round(top, 2),
                    "limit": round(float(needs.least_m[highest]), 2),
                    "unit": "m",
                },
            )
        )
    return tuple(found)
