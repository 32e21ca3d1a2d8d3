"""What is wrong with streets that people walk: pieces apart, loops, doubles, bridges without level, one-way traps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qutb.core import Finding, Severity

__all__ = ["driving_findings", "network_findings"]

_ON_FOOT = (
    *("footpath", "cycleway", "steps"),
    *("footway", "path", "pedestrian", "platform", "corridor", "bridleway", "trail", "elevator"),  # OpenStreetMap's
)


def driving_findings(edges: pd.DataFrame, streets: pd.DataFrame) -> tuple[Finding, ...]:
    """Loops, bridges without a level, one-way traps: what a plan's own checks leave open."""
    return (*_loops(edges), *_bridges(edges, streets), *_traps(edges, streets))


def network_findings(edges: pd.DataFrame, faults: pd.DataFrame, streets: pd.DataFrame) -> tuple[Finding, ...]:
    """All that is wrong with a bare network; ``faults`` as in the fabric."""
    found = [*_apart(edges), *driving_findings(edges, streets)]
    for fault, code in (("zero_length", "ACC-STREET-ZERO"), ("duplicate", "ACC-STREET-TWICE")):
        rows = faults[faults["fault"] == fault]
        if len(rows):
            found.append(_finding(code, rows["street_id"], rows[["x_m", "y_m"]].to_numpy(dtype=float)))
    return tuple(found)


def _finding(
    code: str, streets: Iterable[object], points: np.ndarray, severity: Severity = "warning", **params: object
) -> Finding:
    names = list(dict.fromkeys(str(s) for s in streets))
    at = [f"xy:{x:.2f},{y:.2f}" for x, y in points if np.isfinite(x)]
    where = (*(f"street:{name}" for name in names), *at)
    return Finding(code=code, severity=severity, where=where, params={"count": len(names), **params})


def _middles(edges: pd.DataFrame) -> np.ndarray:
    lines = edges["geometry"].to_numpy()
    points: np.ndarray = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    return points


def _apart(edges: pd.DataFrame) -> list[Finding]:
    pieces, of = np.unique(edges["component"].to_numpy(), return_inverse=True)
    if len(pieces) < 2:
        return []
    length = np.bincount(of, weights=edges["length_m"].to_numpy(dtype=float))
    off = edges[of != length.argmax()].drop_duplicates("component")
    outside = float(length.sum() - length.max())
    found = _finding("ACC-STREETS-APART", off["street_id"], _middles(off), value=outside, unit="m")
    return [Finding(**{**vars(found), "params": {**found.params, "count": len(pieces)}})]


def _loops(edges: pd.DataFrame) -> list[Finding]:
    loops = edges[edges["from_node"] == edges["to_node"]]
    return [_finding("ACC-STREET-LOOP", loops["street_id"], _middles(loops), "note")] if len(loops) else []


def _bridges(edges: pd.DataFrame, streets: pd.DataFrame) -> list[Finding]:
    """Streets marked as bridge or tunnel, on the ground, cut by streets they only cross."""
    marked = pd.Series(False, index=streets.index)
    for column in ("bridge", "tunnel"):
        if column in streets:
            marked |= streets[column].notna() & ~streets[column].astype(str).str.lower().isin(("", "no", "0", "false"))
    ground = pd.to_numeric(streets["level"]).fillna(0) == 0
    names = set(streets.index[marked & ground].astype(str))
    pieces = edges[edges["street_id"].isin(names)]
    cut = pieces["street_id"].map(pieces["street_id"].value_counts()) > 1
    pieces = pieces[cut.to_numpy(dtype=bool)].drop_duplicates("street_id")
    return [_finding("ACC-BRIDGE-LEVEL", pieces["street_id"], _middles(pieces))] if len(pieces) else []


def _traps(edges: pd.DataFrame, streets: pd.DataFrame) -> list[Finding]:
    """Driven edges outside the largest strongly connected part of their piece."""
    if "oneway" not in streets or not streets["oneway"].eq(True).any():
        return []
    classes = edges["street_id"].map(streets["street_class"]) if "street_class" in streets else edges["street_id"]
    driven = edges[~classes.isin(_ON_FOOT).to_numpy(dtype=bool)]
    oneway = driven["street_id"].isin(streets.index[streets["oneway"].eq(True)]).to_numpy(dtype=bool)
    code, names = pd.factorize(np.concatenate([driven["from_node"], driven["to_node"]]))
    first, last = code[: len(driven)], code[len(driven) :]
    back = ~oneway
    links = (np.concatenate([first, last[back]]), np.concatenate([last, first[back]]))
    graph = coo_array((np.ones(len(links[0])), links), shape=(len(names), len(names)))
    _, strong = connected_components(graph, directed=True, connection="strong")
    _, weak = connected_components(graph, directed=False)
    main = _largest_parts(strong, weak)
    trapped = driven[~(np.isin(strong[first], main) & np.isin(strong[last], main))]
    return [_finding("ACC-ONE-WAY-TRAP", trapped["street_id"], _middles(trapped))] if len(trapped) else []


def _largest_parts(strong: np.ndarray, weak: np.ndarray) -> np.ndarray:
    """The strongly connected part with most nodes of every piece."""
    size = np.bincount(strong)
    table = pd.DataFrame({"weak": weak, "strong": strong, "size": size[strong]})
    table = table.sort_values(["weak", "size", "strong"], ascending=[True, False, True])
    parts: np.ndarray = table.drop_duplicates("weak")["strong"].to_numpy()
    return parts
