"""The checks of validity on streets and phases: one connected network, tied to what exists, phase by phase."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qutb.core import Finding, Severity
from qutb.plan.checks import Case, named
from qutb.plan.findings import about
from qutb.plan.references import reference_findings

__all__ = ["STREET_CHECKS"]

_ON_FOOT = ("footpath", "cycleway")


def pieces(case: Case) -> Iterator[Finding]:
    """Streets apart from the main network: blocking unless that piece meets an existing road of its own."""
    edges = case.fabric.edges
    planned = edges[~edges["existing"] & edges["street_id"].isin(case.plan.streets.index)]
    if planned.empty:
        return
    main = planned.groupby("component")["length_m"].sum().idxmax()
    tied = set(case.fabric.nodes.loc[case.fabric.nodes["tied"], "component"])
    walked = case.plan.streets["street_class"].isin(_ON_FOOT)
    for piece, rows in planned[planned["component"] != main].groupby("component", sort=True):
        streets = rows["street_id"].unique()
        mild = piece in tied or bool(walked.reindex(streets).all())
        yield about(
            "PLAN-STREETS-APART",
            "warning" if mild else "blocking",
            named("street", streets),
            value=float(rows["length_m"].sum()),
            unit="m",
            piece=int(piece),
        )
    if "PLAN-NO-ROADS" not in case.fabric.not_seen and main not in tied:
        length = float(planned.loc[planned["component"] == main, "length_m"].sum())
        streets = planned.loc[planned["component"] == main, "street_id"].unique()
        yield about("PLAN-STREETS-UNTIED", "blocking", named("street", streets), value=length, unit="m")


def drawn_wrongly(case: Case) -> Iterator[Finding]:
    cases: tuple[tuple[str, str, Severity], ...] = (
        ("zero_length", "PLAN-STREET-ZERO", "warning"),
        ("duplicate", "PLAN-STREET-TWICE", "warning"),
        ("near_miss", "PLAN-STREET-SHORT", "warning"),
    )
    faults = case.fabric.street_faults
    for fault, code, severity in cases:
        rows = faults[faults["fault"] == fault]
        if len(rows):
            where = [*named("street", rows["street_id"].unique()), *_points(rows)]
            others = sorted(set(rows["other_id"]) - {""})
            value = float(rows["distance_m"].max())
            yield about(code, severity, where, rows=len(rows), others=others, value=value, unit="m")


def _points(rows: pd.DataFrame) -> list[str]:
    at = rows.dropna(subset=["x_m", "y_m"])
    return [f"xy:{x:.2f},{y:.2f}" for x, y in zip(at["x_m"], at["y_m"], strict=True)]


def phase_network(case: Case) -> Iterator[Finding]:
    """Phases whose streets reach neither an existing road nor the streets of an earlier phase."""
    rank = pd.to_numeric(case.plan.phases["rank"])
    edges = case.fabric.edges
    if not len(rank) or edges.empty:
        return
    when = edges["street_id"].map(case.plan.streets["phase"]).map(rank)
    when = when.mask(edges["existing"], 0.0)
    roots = bool((when == 0).any())
    for phase, number in rank.sort_values(kind="stable").items():
        if not roots and number == when.min():
            continue  # the first phase is what the others must reach
        loose = _unreached(edges, when.to_numpy(dtype=float), float(number), roots)
        if loose.any():
            streets = edges.loc[loose, "street_id"].unique()
            length = float(edges.loc[loose, "length_m"].sum())
            where = [f"phase:{phase}", *named("street", streets)]
            yield about("PLAN-PHASE-APART", "blocking", where, phase=str(phase), value=length, unit="m")


def _unreached(edges: pd.DataFrame, when: np.ndarray, number: float, roots: bool) -> np.ndarray:
    """Edges of phase ``number`` in a piece that holds neither an existing road nor an earlier phase."""
    built = when <= number
    code, _ = pd.factorize(np.concatenate([edges["from_node"], edges["to_node"]]))
    start, end = code[: len(edges)], code[len(edges) :]
    count = int(code.max()) + 1
    links = coo_array((np.ones(int(built.sum())), (start[built], end[built])), shape=(count, count))
    _, label = connected_components(links, directed=False)
    source = built & ((when == 0) if roots else (when < number))
    reached = np.isin(label[start], np.unique(label[start[source]]))
    loose: np.ndarray = (when == number) & ~reached
    return loose


def phase_fronts(case: Case) -> Iterator[Finding]:
    """Plots serviced before any of the streets they front is built."""
    rank = pd.to_numeric(case.plan.phases["rank"])
    fronts = case.fabric.fronts
    streets = case.plan.streets
    if not len(rank) or fronts.empty:
        return
    built = fronts["street_id"].map(streets["phase"]).map(rank)
    exists = ~fronts["street_id"].isin(streets.index[streets["status"] != "existing"])
    soonest = built.mask(exists, 0.0).groupby(fronts["plot_id"]).min()
    own = case.plan.plots["phase"].map(rank).reindex(soonest.index)
    early = soonest.index[(soonest > own).to_numpy(dtype=bool)]
    if len(early):
        yield about("PLAN-PHASE-FRONT", "warning", named("plot", early))


def references(case: Case) -> Iterator[Finding]:
    """What ties the tables together, judged again after each edit."""
    yield from reference_findings(case.plan)


STREET_CHECKS = (pieces, drawn_wrongly, phase_network, phase_fronts, references)
