"""The bill of the networks in place of ratios: for each trade and place that it covers."""

from __future__ import annotations

import pandas as pd

from qutb.cost.tables import ITEMS

__all__ = ["with_bill"]

# The ratio stands for the source substation behind the tie-in, which a line to it does not replace; a quote does.
_BEHIND_THE_TIE_IN = {("power", "offsite")}


def with_bill(by_ratio: pd.DataFrame, bill: pd.DataFrame) -> pd.DataFrame:
    """Items by ratio of what the bill leaves out, then the lines of the bill.

    What the networks did not design (no tie-in, no way), or cannot price (sewers without levels), stays by ratio.
    """
    pairs = set(zip(bill["trade"], bill["location"], strict=True))
    unknown = bill[bill["cost_amount"].isna()]
    pairs -= set(zip(unknown["trade"], unknown["location"], strict=True))
    quoted = bill[bill["basis"] == "quoted"]
    pairs -= _BEHIND_THE_TIE_IN - set(zip(quoted["trade"], quoted["location"], strict=True))
    covered = [pair in pairs for pair in zip(by_ratio["trade"], by_ratio["location"], strict=True)]
    kept = by_ratio[[not c for c in covered]]
    known = [pair in pairs | _BEHIND_THE_TIE_IN for pair in zip(bill["trade"], bill["location"], strict=True)]
    lines = bill.loc[known & bill["cost_amount"].notna(), [c.name for c in ITEMS if c.name in bill]]
    return pd.concat([kept, lines]) if len(kept) and len(lines) else (kept if len(kept) else lines)
