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
from qutb.plan.words import Words

__all__ = ["STREET_CHECKS", "references"]

_ON_FOOT = ("footpath", "cycleway")


def pieces(case: Case) -> Iterator[Finding]:
    """Streets apart from the main network: blocking unless that piece meets an existing road of its own."""
    edges = case.fabric.edges
    piece, street, length = (edges[c].to_numpy() for c in ("component", "street_id", "length_m"))
    planned = ~edges["existing"].to_numpy() & (case.plan.streets.index.get_indexer(street) >= 0)
    if not planned.any():
        return
    names, of = np.unique(piece[planned], return_inverse=True)
    lengths = np.bincount(of, weights=length[planned])
    main = names[lengths.argmax()]
    tied = set(case.fabric.nodes["component"].to_numpy()[case.fabric.nodes["tied"].to_numpy()])
    for name, value in zip(names.tolist(), lengths.tolist(), strict=True):
        if name == main:
            continue
        streets = pd.unique(street[planned & (piece == name)])
        walked = case.plan.streets["street_class"].reindex(streets).isin(_ON_FOOT)
        mild = name in tied or bool(walked.all())
        yield about(
            "PLAN-STREETS-APART",
            "warning" if mild else "blocking",
            named("street", streets),
            value=value,
            unit="m",
            piece=name,
        )
    if "PLAN-NO-ROADS" not in case.fabric.not_seen and main not in tied:
        streets = pd.unique(street[planned & (piece == main)])
        yield about("PLAN-STREETS-UNTIED", "blocking", named("street", streets), value=float(lengths.max()), unit="m")


def drawn_wrongly(case: Case) -> Iterator[Finding]:
    cases: tuple[tuple[str, str, Severity], ...] = (
        ("zero_length", "PLAN-STREET-ZERO", "warning"),
        ("duplicate", "PLAN-STREET-TWICE", "warning"),
        ("near_miss", "PLAN-STREET-SHORT", "warning"),
    )
    faults = case.fabric.street_faults
    if faults.empty:
        return
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
    edges = case.fabric.edges
    if not case.rank or edges.empty:
        return
    when = np.where(edges["existing"], 0.0, _built(case, edges["street_id"])[0])
    code, _ = pd.factorize(np.concatenate([edges["from_node"], edges["to_node"]]))
    ends = code.reshape(2, len(edges))
    roots = bool((when == 0).any())
    for phase, number in sorted(case.rank.items(), key=lambda item: item[1]):
        if not roots and number == min(case.rank.values()):
            continue  # the first phase is what the others must reach
        loose = _unreached(ends, when, number, roots)
        if loose.any():
            streets = edges.loc[loose, "street_id"].unique()
            length = float(edges.loc[loose, "length_m"].sum())
            where = [f"phase:{phase}", *named("street", streets)]
            yield about("PLAN-PHASE-APART", "blocking", where, phase=str(phase), value=length, unit="m")


def _built(case: Case, street_ids: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Rank of the phase of each street named, NaN where it has none; whether it exists or the plan has it not."""
    streets = case.plan.streets
    row = streets.index.get_indexer(street_ids)
    rank = np.append(case.rank_of(Words.of(streets["phase"])), np.nan)
    exists = np.append((streets["status"] == "existing").to_numpy(dtype=bool), True)
    return rank[row], exists[row]


def _unreached(ends: np.ndarray, when: np.ndarray, number: float, roots: bool) -> np.ndarray:
    """Edges of phase ``number`` in a piece that holds neither an existing road nor an earlier phase."""
    built = when <= number
    count = int(ends.max()) + 1
    links = coo_array((np.ones(int(built.sum())), ends[:, built]), shape=(count, count))
    _, label = connected_components(links, directed=False)
    source = built & ((when == 0) if roots else (when < number))
    reached = np.isin(label[ends[0]], np.unique(label[ends[0, source]]))
    loose: np.ndarray = (when == number) & ~reached
    return loose


def phase_fronts(case: Case) -> Iterator[Finding]:
    """Plots serviced before any of the streets they front is built."""
    fronts, plots = case.fabric.fronts, case.plan.plots.index
    if not case.rank or fronts.empty:
        return
    rank, exists = _built(case, fronts["street_id"])
    soonest = np.full(len(plots), np.inf)
    np.fmin.at(soonest, plots.get_indexer(fronts["plot_id"]), np.where(exists, 0.0, rank))
    early = plots[np.isfinite(soonest) & (soonest > case.rank_of(case.plan.words("phase")))]
    if len(early):
        yield about("PLAN-PHASE-FRONT", "warning", named("plot", early))


def references(case: Case) -> Iterator[Finding]:
    """What ties the tables together, judged again after each edit."""
    yield from reference_findings(case.plan)


STREET_CHECKS = (pieces, drawn_wrongly, phase_network, phase_fronts, references)
