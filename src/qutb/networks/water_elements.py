"""What the water network is made of, for the bill: mains, hydrants, connections, storage."""

from __future__ import annotations

import pandas as pd

from qutb.networks.bill import elements
from qutb.networks.demand import Demand
from qutb.networks.layout import Layout
from qutb.networks.water import PoleWater

__all__ = ["water_elements"]


def water_elements(water: PoleWater, layout: Layout, demand: Demand) -> pd.DataFrame:
    """Elements of the water network; storage stands in the first phase, hydrants with the first main at them."""
    mains = water.mains
    hydrants = water.nodes.index[water.nodes["hydrant"].astype(bool)]
    served = layout.connections[demand.plots["water_m3_per_s"].reindex(layout.connections.index) > 0.0]
    parts = [
        elements(
            [f"water:{e}" for e in mains.index],
            trade="water",
            catalogue="water_pipes",
            item=mains["pipe"].to_numpy(),
            quantity=mains["length_m"].to_numpy(float),
            unit="m",
            location=mains["location"].to_numpy(),
            rank=mains["rank"].to_numpy(),
        ),
        elements(
            [f"hydrant:{n}" for n in hydrants],
            trade="water",
            item="water.hydrant",
            quantity=1.0,
            unit="hydrant",
            location=layout.nodes["location"].reindex(hydrants).to_numpy(),
            rank=_first_rank(mains).reindex(hydrants).fillna(0).astype(int).to_numpy(),
        ),
        elements(
            [f"water-connection:{p}" for p in served.index],
            trade="water",
            item="water.connection",
            quantity=1.0,
            unit="connection",
            location="onsite",
            rank=served["rank"].to_numpy(),
        ),
        elements(
            ["water-storage"],
            trade="water",
            item="water.storage",
            quantity=float(water.totals["water_storage_m3"]),
            unit="m3",
            location="offsite",
            rank=0,
        ),
    ]
    return pd.concat(parts)


def _first_rank(lines: pd.DataFrame) -> pd.Series:
    """First phase in which a line stands at each node."""
    ends = pd.concat([lines.set_index("from_node")["rank"], lines.set_index("to_node")["rank"]])
    return ends.groupby(level=0).min()
