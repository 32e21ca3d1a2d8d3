"""Refinement: a plan at lot detail checked against the block or zone version that it refines.

Each row of the earlier version is called a block here, whether it is a zone or a block. A lot belongs to the
block that holds most of it; lots and new streets must fill the block, the use and the facilities agreed for it
must be there, and what it holds (dwellings, floor) must be kept. Tolerances of outline are those of drawing;
that of the programme is a pack value, ``plan.refinement_programme_tolerance``, and zero where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import shapely

from qutb.core import QUIET, Column, Context, Finding, Severity, StepResult, Table, by_severity
from qutb.plan.cover import polygonal, united
from qutb.plan.findings import about
from qutb.plan.model import Plan
from qutb.plan.tables import DETAILS

if TYPE_CHECKING:
    from qutb.capacity import Capacity
    from qutb.pack import Values

__all__ = ["REFINEMENT_TABLES", "Refined", "Refinement", "check_refinement", "refinement_run"]

OUTLINE_M = 0.10  # two drawings of one line may lie so far apart
HOME_MIN = 0.5
FILL_SHARE = 0.01
FILL_M2 = 1.0
FILLED_M2 = 0.01
PROGRAMME_TOLERANCE = "plan.refinement_programme_tolerance"
HELD = ("dwellings", "floor_area_m2")
_PUBLIC_USES = ("facility", "green", "sport", "worship")
_SERVING_USES = ("green", "parking", "utility")  # a block of any use may give land to them
_MIXED_USES = ("housing_apartment", "retail", "office", "mixed")


def _is(name: str, unit: str, description: str, formula: str = "", *reads: str, kind: str = "number") -> Column:
    return Column(name=name, kind=kind, unit=unit, description=description, formula=formula, reads=reads)  # type: ignore[arg-type]


_BLOCKS = Table(
    name="blocks",
    key="block_id",
    description="Each block or zone of the earlier version with the lots that refine it.",
    columns=(
        _is("use", "", "Use in the earlier version", kind="text"),
        _is("lots", "plots", "Lots that lie in it", "count", "plots.geometry", kind="integer"),
        _is("area_m2", "m2", "Area in the earlier version", "area of the polygon"),
        _is("lots_area_m2", "m2", "Lots inside it, counted once", "area of the union of lots and block"),
        _is(
            "new_streets_area_m2",
            "m2",
            "New streets inside it",
            "street areas, else width along centre lines, inside the block and in no lot",
            "streets.geometry",
            "streets.width_m",
            "street_areas.geometry",
        ),
        _is("left_area_m2", "m2", "Neither lot nor street", "area - lots - new streets"),
        _is("dwellings_before", "dwellings", "Dwellings of the earlier version"),
        _is("dwellings", "dwellings", "Dwellings of its lots", "sum over lots", "capacity.plots.dwellings"),
        _is("floor_area_before_m2", "m2", "Floor of the earlier version"),
        _is("floor_area_m2", "m2", "Floor of its lots", "sum over lots", "capacity.plots.floor_area_m2"),
    ),
)
_POLE = Table(
    name="pole",
    key="pole",
    description="All blocks of the earlier version together; absent where the plan refines none.",
    columns=(
        _is("blocks", "blocks", "Blocks or zones of the earlier version", "count", kind="integer"),
        _is("blocks_without_lots", "blocks", "Those without a lot", "", "refinement.blocks.lots", kind="integer"),
        _is("lots", "plots", "Lots that lie in a block", "", "refinement.blocks.lots", kind="integer"),
        *(c for c in _BLOCKS if c.name not in ("use", "lots")),
    ),
)
REFINEMENT_TABLES = {t.name: t for t in (_BLOCKS, _POLE)}


@dataclass(frozen=True, eq=False, kw_only=True)
class Refined:
    """The earlier version that a plan names, with what each of its rows holds (``capacity.plots``)."""

    plan: Plan
    held: pd.DataFrame


@dataclass(frozen=True, eq=False, kw_only=True)
class Refinement(StepResult):
    """The blocks of the earlier version beside the lots that refine them; empty where the plan refines none."""

    TABLES: ClassVar[Mapping[str, Table]] = REFINEMENT_TABLES

    blocks: pd.DataFrame
    pole: pd.DataFrame


def refinement_run(
    *, plan: Plan, refined: Refined | None, capacity: Capacity, values: Values, ctx: Context = QUIET
) -> Refinement:
    """Check a plan against the version it names in ``refines``, where the pole holds it."""
    if refined is None:
        said = {"version": plan.refines}
        return Refinement(
            blocks=_NOTHING,
            pole=_summed(_NOTHING),
            findings=(Finding(code="PLAN-REFINE-UNKNOWN", severity="warning", params=said),) if plan.refines else (),
            not_seen=("PLAN-REFINE-UNSEEN",) if plan.refines else (),
        )
    case = _Case(lots=plan, blocks=refined.plan, values=values, held=(refined.held, capacity.plots))
    blocks = case.table if case.comparable else _NOTHING
    findings = _findings(case)
    ctx.report("refinement", 1.0)
    return Refinement(blocks=blocks, pole=_summed(blocks), findings=findings)


_NOTHING = pd.DataFrame(
    {c.name: pd.Series(dtype="object" if c.kind == "text" else "float64") for c in _BLOCKS},
    index=pd.Index([], name=_BLOCKS.key, dtype=object),
)


def _summed(blocks: pd.DataFrame) -> pd.DataFrame:
    row: dict[str, float] = {"blocks": len(blocks), "blocks_without_lots": int((blocks["lots"] == 0).sum())}
    row |= {"lots": int(blocks["lots"].sum())}
    row |= {c.name: float(blocks[c.name].sum(min_count=1)) for c in _POLE if c.name not in row}
    return pd.DataFrame([row], index=pd.Index(["pole"], name="pole"))


def check_refinement(
    lots: Plan, blocks: Plan, values: Values, held: tuple[pd.DataFrame, pd.DataFrame] | None = None
) -> tuple[Finding, ...]:
    """What of ``blocks`` the later version ``lots`` does not keep, gravest first.

    Parameters
    ----------
    held : dwellings and floor_area_m2 by plot_id of ``blocks`` and of ``lots``, as ``capacity.plots`` gives
        them; without it only what both plans state themselves is compared.
    """
    return _findings(_Case(lots=lots, blocks=blocks, values=values, held=held or (_stated(blocks), _stated(lots))))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Case:
    """Two versions laid over each other."""

    lots: Plan
    blocks: Plan
    values: Values
    held: tuple[pd.DataFrame, pd.DataFrame]

    @property
    def comparable(self) -> bool:
        return self.lots.crs == self.blocks.crs

    @cached_property
    def block_shapes(self) -> np.ndarray:
        return polygonal(self.blocks.plots.geometry.to_numpy())

    @cached_property
    def lot_shapes(self) -> np.ndarray:
        return polygonal(self.lots.plots.geometry.to_numpy())

    @cached_property
    def mixed_uses(self) -> Mapping[object, set[str]]:
        """Uses of the floors that the earlier version lists, by plot."""
        floors = self.blocks.plot_floors.groupby("plot_id")["use"]
        return {plot: {*uses, "mixed"} for plot, uses in floors.agg(set).items()}

    @cached_property
    def shared(self) -> pd.DataFrame:
        """Pairs (lot, block) of rows that share land, with the area [m2]."""
        tree, lots = shapely.STRtree(self.block_shapes), self.lot_shapes
        shapely.prepare(self.block_shapes)
        lot, block = tree.query(shapely.point_on_surface(lots), predicate="within")
        whole = shapely.covers(self.block_shapes[block], lots[lot])
        lot, block = lot[whole], block[whole]
        cut = np.setdiff1d(np.arange(len(lots)), lot)
        row, across = tree.query(lots[cut], predicate="intersects")
        parts = shapely.intersection(lots[cut[row]], self.block_shapes[across])
        area = np.concatenate([shapely.area(lots[lot]), shapely.area(parts)])
        rows = {"lot": np.concatenate([lot, cut[row]]), "block": np.concatenate([block, across]), "area_m2": area}
        return pd.DataFrame(rows).sort_values(["lot", "block"], ignore_index=True)

    @cached_property
    def home(self) -> pd.DataFrame:
        """For each lot: row of its block (-1: none) and the area outside it [m2]."""
        area = shapely.area(self.lot_shapes)
        best = self.shared.sort_values(["area_m2", "block"], ascending=[False, True]).drop_duplicates("lot")
        row, inside = np.full(len(area), -1), np.zeros(len(area))
        row[best["lot"]], inside[best["lot"]] = best["block"], best["area_m2"]
        row[inside < HOME_MIN * area] = -1
        return pd.DataFrame({"block": row, "outside_m2": area - inside}, index=self.lots.plots.index)

    @cached_property
    def table(self) -> pd.DataFrame:
        ids = self.blocks.plots.index
        rows, placed = np.arange(len(ids)), self.home["block"].to_numpy()
        area = shapely.area(self.block_shapes)
        covered = self._covered(area)
        streets = _new_streets(self.lots, self.block_shapes, covered)
        lots_area = shapely.area(covered)
        columns = {
            "use": self.blocks.plots["use"].to_numpy(dtype=object),
            "lots": np.bincount(placed[placed >= 0], minlength=len(ids)),
            "area_m2": area,
            "lots_area_m2": lots_area,
            "new_streets_area_m2": streets,
            "left_area_m2": np.maximum(area - lots_area - streets, 0.0),
        }
        for name, before in zip(HELD, ("dwellings_before", "floor_area_before_m2"), strict=True):
            old, new = (frame[name].astype(float) for frame in self.held)
            columns[before] = old.reindex(ids).to_numpy()
            by_block = new.reindex(self.lots.plots.index).groupby(placed).sum(min_count=1)
            columns[name] = by_block.reindex(rows).to_numpy()
        return pd.DataFrame(columns, index=pd.Index(ids, name=_BLOCKS.key))[[c.name for c in _BLOCKS]]

    def _covered(self, area: np.ndarray) -> np.ndarray:
        """What the lots cover of each block; the block itself where their areas add up to it."""
        within = self.shared[self.home["block"].to_numpy()[self.shared["lot"]] >= 0]
        total = np.bincount(within["block"], weights=within["area_m2"], minlength=len(area))
        filled = np.abs(total - area) < FILLED_M2
        rest = within[~filled[within["block"]]]
        parts = shapely.intersection(self.lot_shapes[rest["lot"]], self.block_shapes[rest["block"]])
        return np.where(filled, self.block_shapes, united(parts, rest["block"].to_numpy(), len(area)))


def _new_streets(lots: Plan, blocks: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Area [m2] of right of way inside each block and in no lot."""
    open_blocks = np.flatnonzero(covered != blocks)
    rest = shapely.difference(blocks[open_blocks], covered[open_blocks])
    if not len(rest):
        return np.zeros(len(blocks))
    if len(lots.street_areas):
        ways = polygonal(lots.street_areas.geometry.to_numpy())
    else:
        width = pd.to_numeric(lots.streets["width_m"]).to_numpy(dtype=float) / 2
        lines = lots.streets.geometry.to_numpy(dtype=object)
        ways = shapely.buffer(lines, width, cap_style="square", join_style="mitre")
    block, way = shapely.STRtree(ways).query(rest, predicate="intersects")
    parts = shapely.intersection(rest[block], ways[way])
    return shapely.area(united(parts, open_blocks[block], len(blocks)))


def _stated(plan: Plan) -> pd.DataFrame:
    """Dwellings and floor that the plan itself gives, by plot; absent where it gives none."""
    plots = plan.plots
    ratio = plots["floor_area_ratio"].fillna(plots["storeys"] * plots["ground_coverage_ratio"]).astype(float)
    drawn = ratio * shapely.area(plots.geometry.to_numpy())
    listed = plan.plot_floors.groupby("plot_id")["floor_area_m2"].sum().reindex(plots.index)
    return pd.DataFrame({"dwellings": plots["dwellings"].astype(float), "floor_area_m2": listed.fillna(drawn)})


# checks -----------------------------------------------------------------------------------------------


def _findings(case: _Case) -> tuple[Finding, ...]:
    if not case.comparable:
        params = {"version": case.blocks.name, "found": case.lots.crs, "known": case.blocks.crs}
        return (Finding(code="PLAN-REFINE-CRS", severity="blocking", params=params),)
    return by_severity(finding for check in _CHECKS for finding in check(case))


def _told(
    case: _Case, code: str, severity: Severity, kind: str, ids: Iterable[object], **params: Any
) -> Iterator[Finding]:
    where = [f"{kind}:{i}" for i in sorted(map(str, ids))]
    if where:
        yield about(code, severity, where, version=case.blocks.name, **params)


def _grain(case: _Case) -> Iterator[Finding]:
    """A version refines only what is coarser."""
    finest = [max((DETAILS.index(d) for d in p.plots["detail"].dropna().unique()), default=0) for p in _both(case)]
    if finest[0] <= finest[1]:
        params = {"version": case.blocks.name, "found": DETAILS[finest[0]], "known": DETAILS[finest[1]]}
        yield Finding(code="PLAN-REFINE-GRAIN", severity="note", params=params)


def _both(case: _Case) -> tuple[Plan, Plan]:
    return case.lots, case.blocks


def _lots_outside(case: _Case) -> Iterator[Finding]:
    out = case.home[case.home["block"] < 0]
    area = float(shapely.area(case.lot_shapes)[case.home["block"] < 0].sum())
    yield from _told(case, "PLAN-REFINE-OUTSIDE", "blocking", "plot", out.index, value=area, unit="m2")


def _lots_across(case: _Case) -> Iterator[Finding]:
    allowed = OUTLINE_M * shapely.length(case.lot_shapes)
    over = case.home[(case.home["block"] >= 0) & (case.home["outside_m2"] > allowed)]
    area = float(over["outside_m2"].sum())
    yield from _told(
        case, "PLAN-REFINE-ACROSS", "blocking", "plot", over.index, value=area, unit="m2", distance=OUTLINE_M
    )


def _without_lots(case: _Case) -> Iterator[Finding]:
    empty = case.table[case.table["lots"] == 0]
    area = float(empty["area_m2"].sum())
    yield from _told(case, "PLAN-REFINE-NO-LOTS", "warning", "block", empty.index, value=area, unit="m2")


def _unfilled(case: _Case) -> Iterator[Finding]:
    table = case.table
    allowed = np.maximum(FILL_M2, FILL_SHARE * table["area_m2"])
    left = table[(table["lots"] > 0) & (table["left_area_m2"] > allowed)]["left_area_m2"]
    yield from _told(case, "PLAN-REFINE-LEFT", "warning", "block", left.index, value=float(left.sum()), unit="m2")


def _uses(case: _Case) -> Iterator[Finding]:
    """Lots of a use that their block does not have: blocking where public land is given to another use."""
    placed = case.home["block"].to_numpy()
    known = placed >= 0
    use = case.lots.plots["use"].to_numpy(dtype=object)[known]
    pairs = pd.DataFrame({"block": placed[known], "use": use}, index=case.lots.plots.index[known])
    pairs = pairs[use != case.blocks.plots["use"].to_numpy(dtype=object)[placed[known]]]
    fits = {key: _fits(case, *key) for key in set(pairs.itertuples(index=False, name=None))}
    clash = pairs[np.array([not fits[key] for key in pairs.itertuples(index=False, name=None)], dtype=bool)]
    public = case.blocks.plots["use"].isin(_PUBLIC_USES).to_numpy()[clash["block"].to_numpy()]
    lost, other = clash[public], clash[~public]
    cases: tuple[tuple[str, Severity, pd.DataFrame], ...] = (
        ("PLAN-REFINE-PUBLIC", "blocking", lost),
        ("PLAN-REFINE-USE", "warning", other),
    )
    for code, severity, rows in cases:
        area = float(shapely.area(case.lots.plots.loc[rows.index].geometry.to_numpy()).sum())
        found = sorted(map(str, rows["use"].dropna().unique()))
        known_uses = sorted(map(str, case.blocks.plots["use"].iloc[rows["block"].unique()].dropna().unique()))
        yield from _told(
            case,
            code,
            severity,
            "plot",
            rows.index,
            value=area,
            unit="m2",
            found=found,
            known=known_uses,
        )


def _fits(case: _Case, block: int, use: object) -> bool:
    row = case.blocks.plots.iloc[block]
    agreed, zone = row["use"], row["zone_code"]
    if use == agreed or pd.isna(agreed) or pd.isna(use):
        return True
    if use in _SERVING_USES and agreed not in _PUBLIC_USES:
        return True
    rule = case.blocks.zones["allowed_uses"].get(zone) if pd.notna(zone) else None
    if isinstance(rule, str):
        return use in rule.split()
    return agreed == "mixed" and use in case.mixed_uses.get(row.name, _MIXED_USES)


def _facilities(case: _Case) -> Iterator[Finding]:
    """Facilities agreed in a block that none of its lots has, and places that are fewer."""
    asked = case.blocks.plots[case.blocks.plots["facility_type"].notna()]
    if asked.empty:
        return
    lots = case.lots.plots[["facility_type", "capacity_places"]].assign(block=case.home["block"].to_numpy())
    given = lots.dropna(subset=["facility_type"]).groupby(["block", "facility_type"])["capacity_places"]
    rows = case.blocks.plots.index.get_indexer(asked.index)
    keys = pd.MultiIndex.from_arrays([rows, asked["facility_type"]])
    there = keys.isin(given.size().index)
    lost = asked[~there]
    types = sorted(lost["facility_type"].unique())
    yield from _told(case, "PLAN-REFINE-FACILITY", "blocking", "block", lost.index, found=types)
    before = asked["capacity_places"].astype(float)
    now = given.sum(min_count=1).reindex(keys).to_numpy(dtype=float)
    fewer = there & (now < before * (1 - _tolerance(case)) - 0.5)
    value, limit = float(now[fewer].sum()), float(before[fewer].sum())
    yield from _told(
        case, "PLAN-REFINE-PLACES", "warning", "block", asked.index[fewer], value=value, limit=limit, unit="places"
    )


def _programme(case: _Case) -> Iterator[Finding]:
    """Dwellings and floor of each block that has lots, beside those of the earlier version."""
    tolerance = case.values.find(PROGRAMME_TOLERANCE)
    table = case.table[case.table["lots"] > 0]
    cases = (
        ("PLAN-REFINE-DWELLINGS", "dwellings_before", "dwellings", 1.0, "dwellings"),
        ("PLAN-REFINE-FLOOR", "floor_area_before_m2", "floor_area_m2", 1.0, "m2"),
    )
    for code, old, new, least, unit in cases:
        before, now = table[old], table[new]
        off = (now - before).abs() > np.maximum(least, _tolerance(case) * before)
        rows = table[off & before.notna() & now.notna()]
        where = [f"block:{i}" for i in sorted(map(str, rows.index))]
        if where:
            yield about(
                code,
                "warning",
                where,
                source=tolerance.reference if tolerance else None,
                version=case.blocks.name,
                value=float(rows[new].sum()),
                limit=float(rows[old].sum()),
                unit=unit,
                percent=round(100 * _tolerance(case), 1),
            )


def _tolerance(case: _Case) -> float:
    known = case.values.find(PROGRAMME_TOLERANCE)
    return known.central if known else 0.0


_CHECKS = (_grain, _lots_outside, _lots_across, _without_lots, _unfilled, _uses, _facilities, _programme)
