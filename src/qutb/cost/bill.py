"""The bill of the networks in place of ratios: for each trade and place that it covers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qutb.cost.tables import ITEMS

__all__ = ["with_bill"]

# The ratio stands for the source substation behind the tie-in, which a line to it does not replace; a quote does.
_BEHIND_THE_TIE_IN = {("power", "offsite")}


def with_bill(by_ratio: pd.DataFrame, bill: pd.DataFrame) -> pd.DataFrame:
    """Items by ratio of what the bill leaves out, then the lines of the bill.

    What the networks did not design (no tie-in, no way), or cannot price (sewers without levels), stays by ratio.
    """
    pairs = _pairs(bill) - _pairs(bill[bill["cost_amount"].isna()])
    covered = pairs - (_BEHIND_THE_TIE_IN - _pairs(bill[bill["basis"] == "quoted"]))
    kept = by_ratio[~_among(by_ratio, covered)]
    lines = bill.loc[_among(bill, pairs), [c.name for c in ITEMS if c.name in bill]]
    return pd.concat([kept, lines]) if len(kept) and len(lines) else (kept if len(kept) else lines)


def _pairs(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(rows["trade"], rows["location"], strict=True))


def _among(rows: pd.DataFrame, pairs: set[tuple[str, str]]) -> np.ndarray:
    return np.array([pair in pairs for pair in zip(rows["trade"], rows["location"], strict=True)], bool)
