"""One change through the steps: what it mends, what it costs, what it gives up, what it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from qutb import capacity, cost, mobility
from qutb.access import Trials, state_at
from qutb.appraisal import Appraisal
from qutb.capacity import Capacity
from qutb.core import StepResult, blocking
from qutb.cost import Cost
from qutb.form import SALEABLE_USES
from qutb.plan import Fabric, Plan, Validity, fabric_run, validity_run
from qutb.remedies.changes import Change, changed_plan, second_half
from qutb.remedies.shortfalls import Shortfall, excess_by_street, standing_of

__all__ = ["Measured", "measure"]

_ENDS = ("_low", "", "_high")
_REDRAWN = ("add_passage", "widen_street")
_SOONER = ("advance_plot", "advance_street", "split_phase")
_WORST = ("assumed", "comparator", "confirmed")


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """A change beside the plan as it is: ``gained`` in the shortfall's unit; amounts in currency (low, central, high).

    ``works`` is the difference of ``qutb.cost``; ``price`` adds the saleable land given up at the mean cost of
    servicing a saleable m2. ``brought_forward`` is what falls due in an earlier phase than before.
    """

    change: Change
    gained: float
    works: tuple[float, float, float]
    price: tuple[float, float, float]
    brought_forward: float
    dwellings: float
    land_given_up_m2: float
    new_blocking: int
    status: str

    @property
    def price_each(self) -> float:
        """Price of one person served, or of one vehicle an hour less above what is allowed."""
        return self.price[1] / self.gained if self.gained > 0 else np.inf


def measure(appraisal: Appraisal, trials: Trials, change: Change, shortfall: Shortfall) -> Measured:
    """Run the steps that the change touches on the changed plan and read the differences to ``trials``, the start.

    Walks, reach and places are read by the functions of the access step; its tables are not made.
    """
    plan = changed_plan(appraisal.plan, change)
    before, after = appraisal.results, _steps(appraisal, plan, change)
    given_up = _land_given_up(appraisal, change)
    works = _differences(before["cost"], after.cost)
    low, mid, high = (np.array(works) + _land_prices(appraisal) * given_up).tolist()
    return Measured(
        change=change,
        gained=_gained(appraisal, trials, plan, after, shortfall),
        works=works,
        price=(low, mid, high),
        brought_forward=_brought_forward(before["cost"], after.cost) if change.kind in _SOONER else 0.0,
        dwellings=_pole(after.capacity, "dwellings") - _pole(before["capacity"], "dwellings"),
        land_given_up_m2=given_up,
        new_blocking=len(blocking(after.validity.findings)) - len(blocking(before["validity"].findings)),
        status=_status(before["cost"], after.cost, given_up),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Steps:
    """Results on the changed plan."""

    fabric: Fabric
    validity: Validity
    capacity: Capacity
    cost: Cost


def _steps(appraisal: Appraisal, plan: Plan, change: Change) -> _Steps:
    """The steps from the first that the change touches, as in the appraisal."""
    pole, values = appraisal.pole, appraisal.pole.values
    fabric: Any = appraisal.results["fabric"]
    if change.kind in _REDRAWN:
        fabric = fabric_run(shapes=plan.shapes, site=pole.site)
    validity = validity_run(plan=plan, fabric=fabric, site=pole.site, values=values)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=values)
    price = cost.run(plan=plan, fabric=fabric, validity=validity, capacity=held, values=values)
    return _Steps(fabric=fabric, validity=validity, capacity=held, cost=price)


def _gained(appraisal: Appraisal, trials: Trials, plan: Plan, after: _Steps, shortfall: Shortfall) -> float:
    pole, values = appraisal.pole, appraisal.pole.values
    if shortfall.kind == "overload":
        moving = mobility.run(
            plan=plan,
            fabric=after.fabric,
            capacity=after.capacity,
            site=pole.site,
            brief=pole.brief,
            actors=pole.actors,
            values=values,
            effort=appraisal.effort,
        )
        start: Any = appraisal.results["mobility"]
        return float(excess_by_street(start, values).sum() - excess_by_street(moving, values).sum())
    halves = (shortfall.phase, second_half(appraisal.plan, shortfall.phase)) if shortfall.phase else ()
    now = Trials(plan, after.fabric, state_at(plan, after.fabric, after.capacity, values))
    return standing_of(shortfall, now, halves) - standing_of(shortfall, trials, halves)


def _pole(result: StepResult, column: str) -> float:
    return float(result.tables()["pole"][column].iloc[0])


def _differences(before: StepResult, after: StepResult) -> tuple[float, float, float]:
    """Low, central, high: a saving is least where prices are low."""
    low, mid, high = (_pole(after, f"cost_amount{e}") - _pole(before, f"cost_amount{e}") for e in _ENDS)
    return min(low, high), mid, max(low, high)


def _land_prices(appraisal: Appraisal) -> np.ndarray:
    """What servicing a saleable m2 costs on this plan [currency/m2], low, central, high."""
    area = appraisal.results["fabric"].tables()["plots"]["area_m2"].reindex(appraisal.plan.plots.index)
    saleable = float(area[appraisal.plan.plots["use"].isin(SALEABLE_USES)].sum())
    amounts = np.array([_pole(appraisal.results["cost"], f"cost_amount{e}") for e in _ENDS])
    return amounts / saleable if saleable > 0 else np.zeros(len(_ENDS))


def _land_given_up(appraisal: Appraisal, change: Change) -> float:
    """Saleable land [m2] that the change takes: whole plots, the strip of a passage, what a street grows by."""
    plots = appraisal.plan.plots
    for_sale = plots["use"].isin(SALEABLE_USES)
    if change.kind == "widen_street":
        streets = appraisal.plan.streets
        wider = change.width_m - float(streets.at[change.street, "width_m"])
        return wider * float(shapely.length(streets.geometry[change.street]))
    edit = change.edit
    if edit is not None and edit.line is not None:
        strip = shapely.buffer(shapely.LineString(edit.line), edit.width_m / 2, cap_style="flat")
        return float(shapely.area(shapely.intersection(plots.geometry[for_sale].to_numpy(), strip)).sum())
    if change.kind not in ("add_facility", "move_facility"):
        return 0.0
    taken = for_sale.loc[list(change.plots)]
    area = appraisal.results["fabric"].tables()["plots"]["area_m2"]
    return float(area.loc[taken.index[taken]].sum())


def _brought_forward(before: StepResult, after: StepResult) -> float:
    """Works that fall due earlier: the most by which what is spent by the end of a phase exceeds the plan's."""
    then, now = (r.tables()["phases"]["cost_amount"] for r in (before, after))
    ahead = now.reindex(now.index.union(then.index, sort=False)).fillna(0.0)
    order = [p for p in now.index if p in ahead.index]
    spent, planned = ahead[order].cumsum(), then.reindex(order).fillna(0.0).cumsum()
    return max(float((spent - planned).iloc[:-1].max()) if len(order) > 1 else 0.0, 0.0)


def _status(before: StepResult, after: StepResult, given_up_m2: float) -> str:
    """Least standing among the prices that the difference comes from; land given up rests on all of them."""
    then, now = (r.tables()["items"] for r in (before, after))
    quantity = now["quantity"].sub(then["quantity"], fill_value=0.0)
    moved = quantity.index[quantity.abs() > 1e-9]
    both = pd.concat([then["status"], now["status"]])
    found = set(both if given_up_m2 > 0 else both[both.index.isin(moved)])
    return next((s for s in _WORST if s in found), "")
