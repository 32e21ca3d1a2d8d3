"""The step: form of plots, blocks and pole, checks against comparators, land balance beside known plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from qutb.capacity import Capacity
from qutb.core import QUIET, Context, Finding, StepResult, Table
from qutb.form.checks import checks
from qutb.form.plots import aligned, block_form, plot_form
from qutb.form.pole import pole_form
from qutb.form.tables import BLOCKS, COMPARATORS, PLOTS, POLE, SHAPE_MEASURES
from qutb.pack import Values
from qutb.plan import Fabric, Plan

if TYPE_CHECKING:
    from qutb.pole import Site

__all__ = ["Form", "run"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Form(StepResult):
    """Form of the plan by plot, block and pole, and its land balance beside known plans."""

    TABLES: ClassVar[Mapping[str, Table]] = {
        "pole": POLE,
        "blocks": BLOCKS,
        "plots": PLOTS,
        "comparators": COMPARATORS,
    }

    pole: pd.DataFrame
    blocks: pd.DataFrame
    plots: pd.DataFrame
    comparators: pd.DataFrame


def run(*, plan: Plan, fabric: Fabric, capacity: Capacity, site: Site, values: Values, ctx: Context = QUIET) -> Form:
    """Measure the form of a plan.

    Parameters
    ----------
    plan, fabric, capacity, site : the plan, what it draws, what it holds and where.
    values : limits and radii, keys ``form.*``.

    Returns
    -------
    Form
        One row a plot, a block and the pole; checks against the pack's limits.
        A measure that the plan's grain cannot show is NaN and named in ``not_seen``.
    """
    plots = plot_form(plan, fabric, capacity, values)
    ctx.report("form", 0.5)
    blocks = block_form(fabric, capacity, plots, values)
    row = pole_form(plan, fabric, capacity, site, plots, blocks, values)
    unseen, hidden = _not_seen(plan, fabric, row)
    row |= dict.fromkeys(hidden, np.nan)
    judged = checks(row, values, hidden)
    names = [c.name for c in POLE if c.name != "pole"]
    return Form(
        pole=pd.DataFrame([[row[name] for name in names]], columns=names, index=pd.Index(["pole"], name="pole")),
        blocks=blocks,
        plots=plots,
        comparators=_comparators(row, values),
        checks=judged,
        findings=(
            *_single_function_blocks(row, blocks, values),
            *_far_from_green(row, plots, fabric, capacity, values),
            *_no_wind(values),
        ),
        not_seen=unseen,
    )


def _not_seen(plan: Plan, fabric: Fabric, row: Mapping[str, float]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of what this grain of plan hides, and the measures that fall with it."""
    codes: list[str] = []
    hidden: list[str] = []
    if not len(plan.streets):
        codes.append("FORM-UNSEEN-STREETS")
        hidden += ["street_share", "street_density_m_per_m2", "street_length_per_dwelling_m"]
        hidden += ["intersection_density_per_m2", "boundary_connection_gap_max_m", "wind_exposed_street_share"]
    if plan.schematic:
        codes.append("FORM-UNSEEN-SCHEMATIC")
        hidden += SHAPE_MEASURES
    if not len(fabric.blocks) or _zones_alone(plan):
        codes.append("FORM-UNSEEN-BLOCKS")
        hidden += ["single_function_block_share", "block_area_median_m2", "block_perimeter_median_m"]
        hidden += ["block_longest_side_median_m", "block_longest_side_max_m"]
    if len(plan.plots) and not plan.words("detail").among(["lot"]).any():
        codes.append("FORM-UNSEEN-LOTS")
        hidden += ["plot_aspect_ratio_median", "plot_rectangularity_median", "plot_area_median_m2", "frontage_median_m"]
    if not row["tenure_known_share"] >= 1 - 1e-9:
        codes.append("FORM-UNSEEN-TENURE")
        hidden += ["largest_tenure_share"]
    return tuple(codes), tuple(hidden)


def _zones_alone(plan: Plan) -> bool:
    """All rows are zones: none of them is a block with streets around it."""
    return bool(len(plan.plots)) and bool(plan.words("detail").among(["zone"]).all())


def _comparators(row: Mapping[str, float], values: Values) -> pd.DataFrame:
    """Known plans from keys ``form.comparator.<measure>.<case>`` in force, beside this one."""
    rows = []
    for key in values.keys("form.comparator."):
        value = values.find(key)
        case = key.removeprefix("form.comparator.")
        measure = case.partition(".")[0]
        if value is not None and measure in row:
            rows.append((case, measure, row[measure], value.central, value.unit, value.status, value.source))
    names = ["comparator", *(c.name for c in COMPARATORS if c.name != "comparator")]
    return pd.DataFrame(rows, columns=names).set_index("comparator")


def _single_function_blocks(row: Mapping[str, float], blocks: pd.DataFrame, values: Values) -> list[Finding]:
    """Names the blocks where the share of single-function blocks is above the limit."""
    limit = values.limit("form.single_function_block_share_max")
    share = row["single_function_block_share"]
    if limit is None or not share > limit.central:
        return []
    where = tuple(f"block:{b}" for b in blocks.index[blocks["single_function"]])
    params = {"value": float(share), "limit": limit.central, "unit": "ratio", "blocks": len(where)}
    return [
        Finding(code="FORM-SPECIALISED-BLOCKS", severity="note", where=where, params=params, source=limit.reference)
    ]


def _far_from_green(
    row: Mapping[str, float], plots: pd.DataFrame, fabric: Fabric, capacity: Capacity, values: Values
) -> list[Finding]:
    """Names the blocks with inhabitants out of reach of green."""
    share = row["residents_near_green_share"]
    if not share < 1:
        return []
    lived_in = aligned(capacity.plots, plots.index)["population"].to_numpy() > 0
    beyond = plots["greens_within_reach"].to_numpy() == 0
    far = aligned(fabric.plots, plots.index)["block_id"][lived_in & beyond]
    reach, size = values.get("form.green_reach"), values.get("form.green_area_counted")
    params = {"value": 1 - float(share), "unit": "ratio", "reach": reach.central, "size": size.central}
    where = tuple(f"block:{b}" for b in sorted(far.dropna().astype(str).unique()))
    return [Finding(code="FORM-FAR-FROM-GREEN", severity="note", where=where, params=params, source=reach.reference)]


def _no_wind(values: Values) -> list[Finding]:
    """Says that exposure was not evaluated where no wind is given."""
    if values.find("form.prevailing_wind_from") is not None:
        return []
    return [Finding(code="FORM-NO-WIND", severity="note", where=("pole",))]
